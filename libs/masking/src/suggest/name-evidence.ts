import { PERSONAL_CLASSES, type PersonalClass, type TypeKind } from './personal-classes.js';

/** How far a column's name speaks for a class. */
export interface NameEvidence {
  readonly personal: PersonalClass;
  /** `strong`: the name says it by itself */
  readonly strength: 'strong' | 'weak';
  /** the word, as the table of classes has it */
  readonly word: string;
}

/** Last words that make a column say something about such a value instead of holding it. */
const ABOUT = new Set(
  (
    'id ids count total verified confirmed valid enabled disabled active required type kind status state flag format length size changed ' +
    'updated created sent opened clicked bounced template subject domain provider policy expires expiry expiration at on by url link icon color'
  ).split(' '),
);

/** First words with the same meaning. */
const ASKS = new Set('is has can should num nb number_of count total last_changed'.split(' '));

/** Tables whose bare `name` is that of a person. */
const PEOPLE =
  /(?:^|_)(?:users?|customers?|clients?|people|persons?|employees?|staff|patients?|contacts?|members?|accounts?|subscribers?|students?|teachers?|authors?|leads?|guests?|drivers?|applicants?|kunden?|mitarbeiter|personen|personnes?|clientes?|usuarios?|pracownicy|klienci|osoby)(?:_|$)/u;

/** The words of a name: `customerEmail`, `customer_email`, `CUSTOMER-EMAIL` are the same two; accents are dropped. */
export function wordsOf(name: string): readonly string[] {
  return name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, '$1_$2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '');
}

function isIn(sequence: string, joined: string): boolean {
  return `_${joined}_`.includes(`_${sequence}_`);
}

/** The longest word of the list that the name has. */
function found(list: readonly string[], joined: string): string | null {
  return list.filter((word) => isIn(word, joined)).sort((a, b) => b.length - a.length)[0] ?? null;
}

/**
 * Every class the name of a column speaks for, strong before weak, longer words before shorter. A name that only says something about
 * such a value (`email_verified`, `address_id`, `password_changed_at`) speaks for none.
 * @param table name of its table: a bare `name` is a person's in tables of people only
 */
export function nameEvidence(table: string, column: string, type: TypeKind): readonly NameEvidence[] {
  const words = wordsOf(column);
  const joined = words.join('_');
  const last = words.at(-1) ?? '';
  const exact = PERSONAL_CLASSES.some(({ strong }) => strong.includes(joined));
  if (!exact && ((words.length > 1 && ABOUT.has(last)) || ASKS.has(words[0] ?? ''))) return [];
  const ofPeople = PEOPLE.test(wordsOf(table).join('_'));
  return PERSONAL_CLASSES.flatMap((personal): NameEvidence[] => {
    if (!personal.types.includes(type)) return [];
    const strong = found(personal.strong, joined);
    if (strong !== null) return [{ personal, strength: 'strong', word: strong }];
    const weak = found(personal.weak, joined);
    if (weak === null) return [];
    // `products.name` is no person
    if (personal.name === 'person-name' && !(ofPeople && joined === weak)) return [];
    return [{ personal, strength: 'weak', word: weak }];
  }).sort((a, b) => Number(b.strength === 'strong') - Number(a.strength === 'strong') || b.word.length - a.word.length);
}
