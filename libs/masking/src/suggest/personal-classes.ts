import type { DetectorName } from '../detectors/detector.js';

/** What a column may hold that people want kept. */
export interface PersonalClass {
  /** name of the class, as `protect` would have it */
  readonly name: string;
  /** what it is, in the plural, for reasons */
  readonly noun: string;
  /** words of a column's name that say so by themselves; words of several parts are joined by `_` */
  readonly strong: readonly string[];
  /** words that say so only beside other evidence */
  readonly weak: readonly string[];
  /** kinds of types that can hold it */
  readonly types: readonly TypeKind[];
  /** names of the detectors whose hits speak for it */
  readonly detectors: readonly DetectorName[];
}

/** What kind of values a type holds, as far as it matters here. */
export type TypeKind = 'text' | 'integer' | 'number' | 'date' | 'bytes' | 'json' | 'network' | 'place' | 'other';

const words = (text: string): readonly string[] => text.split(' ');

/**
 * Classes of personal data and secrets with the words that columns of them are named by: English, German, French, Spanish, Polish.
 * In order: of two that fit equally well the first is taken.
 */
export const PERSONAL_CLASSES: readonly PersonalClass[] = [
  {
    name: 'secret',
    noun: 'passwords, tokens and keys',
    strong: words(
      'password passwd pwd passphrase password_hash pass_hash secret client_secret api_key apikey access_key private_key secret_key ' +
        'access_token refresh_token auth_token session_token token credential credentials otp_secret totp totp_secret mfa_secret ' +
        'recovery_code passwort kennwort geheimnis mot_de_passe contrasena haslo',
    ),
    weak: words('salt pin hash key signature cookie'),
    types: ['text', 'bytes', 'json'],
    detectors: [],
  },
  {
    name: 'email',
    noun: 'e-mail addresses',
    strong: words(
      'email e_mail mail email_address mail_address emailaddress courriel adresse_mail correo correo_electronico adres_email',
    ),
    weak: words('contact login username user_name recipient sender'),
    types: ['text', 'json'],
    detectors: ['email'],
  },
  {
    name: 'national-id',
    noun: 'national identifiers',
    strong: words(
      'ssn social_security social_security_number national_id national_insurance nino pesel dni nie nif nir curp cpf sin_number ' +
        'passport passport_number passport_no id_card id_number tax_id tin steuer_id steueridnr steuernummer ' +
        'sozialversicherungsnummer personalausweis codice_fiscale numero_securite_sociale driving_licence drivers_license license_number',
    ),
    weak: words('tax identity document_number'),
    types: ['text', 'integer', 'number'],
    detectors: ['us-ssn', 'uk-nino', 'pl-pesel', 'es-dni', 'fr-nir', 'de-steuer-id', 'it-codice-fiscale'],
  },
  {
    name: 'card',
    noun: 'payment card numbers',
    strong: words(
      'card_number card_no cardnumber credit_card creditcard credit_card_number cc_number ccnum pan cvv cvc cvv2 kartennummer numero_carte numero_tarjeta numer_karty',
    ),
    weak: words('card cc expiry'),
    types: ['text', 'integer', 'number'],
    detectors: ['card'],
  },
  {
    name: 'bank-account',
    noun: 'bank accounts',
    strong: words(
      'iban bank_account bank_account_number account_iban sort_code routing_number kontonummer bankverbindung compte_bancaire cuenta_bancaria numer_konta',
    ),
    weak: words('account_number account_no bic swift'),
    types: ['text', 'integer', 'number'],
    detectors: ['iban'],
  },
  {
    name: 'phone',
    noun: 'telephone numbers',
    strong: words(
      'phone phone_number telephone tel mobile mobile_number mobile_phone cell cell_phone cellphone msisdn fax home_phone work_phone telefon telefonnummer handy ' +
        'handynummer rufnummer mobilfunk telefono movil portable telephone_number komorka numer_telefonu',
    ),
    weak: words('number contact'),
    types: ['text', 'integer', 'number'],
    detectors: ['phone'],
  },
  {
    name: 'person-name',
    noun: 'names of people',
    strong: words(
      'first_name firstname last_name lastname full_name fullname middle_name given_name givenname family_name familyname surname forename maiden_name ' +
        'display_name contact_name customer_name patient_name employee_name cardholder card_holder account_holder nachname vorname familienname ' +
        'prenom nom_de_famille apellido apellidos nombre_completo imie nazwisko',
    ),
    weak: words('name nom nombre nickname author owner'),
    types: ['text'],
    detectors: [],
  },
  {
    name: 'birth-date',
    noun: 'dates of birth',
    strong: words(
      'dob birth_date birthdate birthday date_of_birth born born_on born_at year_of_birth birth_year geburtsdatum geburtstag date_de_naissance naissance fecha_nacimiento data_urodzenia',
    ),
    weak: words('birth age'),
    types: ['date', 'text', 'integer'],
    detectors: [],
  },
  {
    name: 'address',
    noun: 'postal addresses',
    strong: words(
      'street street_address address_line address_line1 address_line2 address1 address2 postal_address home_address billing_address shipping_address ' +
        'delivery_address strasse anschrift hausnummer adresse rue direccion calle domicilio ulica adres',
    ),
    weak: words('address addr postcode postal_code zip zipcode zip_code plz code_postal codigo_postal'),
    types: ['text', 'json'],
    detectors: [],
  },
  {
    name: 'salary',
    noun: 'incomes',
    strong: words(
      'salary wage wages income annual_income net_income gehalt lohn einkommen salaire revenu sueldo salario wynagrodzenie pensja',
    ),
    weak: words('compensation bonus pay'),
    types: ['integer', 'number', 'text'],
    detectors: [],
  },
  {
    name: 'health',
    noun: 'health data',
    strong: words(
      'diagnosis diagnoses icd icd10 icd_code medication medications allergy allergies blood_type blood_group medical_history disability diagnose diagnostico rozpoznanie',
    ),
    weak: words('condition treatment symptoms'),
    types: ['text', 'json'],
    detectors: [],
  },
  {
    name: 'network-address',
    noun: 'network addresses of people',
    strong: words(
      'ip ip_address ipaddress ip_addr remote_addr remote_ip client_ip last_ip last_login_ip user_ip mac_address device_id imei imsi',
    ),
    weak: words('host remote'),
    types: ['network', 'text'],
    detectors: [],
  },
  {
    name: 'location',
    noun: 'places of people',
    strong: words('latitude longitude geolocation gps gps_position home_location last_location'),
    weak: words('lat lng lon location coordinates position'),
    types: ['number', 'place', 'text', 'json'],
    detectors: [],
  },
  {
    name: 'personal-text',
    noun: 'free text about people',
    strong: [],
    weak: words(
      'note notes comment comments remark remarks bio biography message body transcript bemerkung kommentar notiz commentaire comentario uwagi',
    ),
    types: ['text', 'json'],
    detectors: [],
  },
];
