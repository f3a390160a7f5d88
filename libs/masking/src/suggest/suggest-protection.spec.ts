import { nameEvidence, wordsOf } from './name-evidence.js';
import { type ColumnEvidence, suggestProtection } from './suggest-protection.js';

const column = (more: Partial<ColumnEvidence>): ColumnEvidence => ({
  schema: 'public',
  table: 'customers',
  column: 'value',
  type: 'text',
  kind: 'text',
  comment: null,
  sampled: 100,
  hits: {},
  distinct: null,
  protectedAs: null,
  ...more,
});

describe('a name is taken apart', () => {
  it.each([
    ['customerEmail', ['customer', 'email']],
    ['CUSTOMER_EMAIL', ['customer', 'email']],
    ['e-mail', ['e', 'mail']],
    ['IBANNumber', ['iban', 'number']],
    ['prénom', ['prenom']],
    ['addressLine2', ['address', 'line2']],
  ])('%s', (name, words) => {
    expect(wordsOf(name)).toEqual(words);
  });
});

describe('a name speaks for', () => {
  it.each([
    ['customers', 'email', 'text', 'email'],
    ['orders', 'billingEmail', 'text', 'email'],
    ['people', 'ssn', 'text', 'national-id'],
    ['kunden', 'geburtsdatum', 'date', 'birth-date'],
    ['klienci', 'nazwisko', 'text', 'person-name'],
    ['users', 'name', 'text', 'person-name'],
    ['users', 'password_hash', 'text', 'secret'],
    ['devices', 'last_ip', 'network', 'network-address'],
    ['staff', 'salary', 'number', 'salary'],
    ['payments', 'card_number', 'text', 'card'],
  ] as const)('%s.%s (%s): %s', (table, name, kind, expected) => {
    expect(nameEvidence(table, name, kind)[0]?.personal.name).toBe(expected);
  });

  it.each([
    ['customers', 'email_verified', 'other'],
    ['customers', 'email_count', 'integer'],
    ['customers', 'address_id', 'integer'],
    ['users', 'password_changed_at', 'date'],
    ['users', 'has_phone', 'text'],
    ['mails', 'email_subject', 'text'],
    ['products', 'name', 'text'],
    ['products', 'product_name', 'text'],
    ['orders', 'amount', 'number'],
    ['orders', 'telemetry', 'text'],
    ['cities', 'streetlights', 'integer'],
  ] as const)('nothing: %s.%s (%s)', (table, name, kind) => {
    expect(nameEvidence(table, name, kind)).toEqual([]);
  });
});

describe('a column is suggested', () => {
  it('surely, where its name and its values agree', () => {
    const found = suggestProtection(column({ column: 'email', hits: { email: 97 } }));
    expect(found).toMatchObject({ class: 'email', confidence: 0.99 });
    expect(found?.reasons).toEqual([
      '97 of 100 sampled values look like or hold e-mail addresses',
      'its name says "email"',
    ]);
  });

  it('by its values alone, whatever it is called', () => {
    expect(suggestProtection(column({ column: 'c17', hits: { card: 60 } }))).toMatchObject({
      class: 'card',
      confidence: 0.85,
    });
  });

  it('with less confidence where few values were seen', () => {
    expect(suggestProtection(column({ column: 'c17', sampled: 2, hits: { iban: 2 } }))?.confidence).toBe(0.57);
  });

  it('by its name alone in an empty table', () => {
    expect(suggestProtection(column({ column: 'ssn', sampled: 0 }))).toMatchObject({
      class: 'national-id',
      confidence: 0.7,
    });
  });

  it('by its comment', () => {
    expect(suggestProtection(column({ column: 'k2', comment: 'Phone number of the customer' }))).toMatchObject({
      class: 'phone',
      confidence: 0.3,
    });
  });

  it('with half the confidence where its values are few and repeat', () => {
    const found = suggestProtection(column({ column: 'mail', distinct: 0.001 }));
    expect(found?.confidence).toBe(0.35);
    expect(found?.reasons.at(-1)).toBe('but its values are few and repeat');
  });

  it('as a secret where a detector without a class of its own recognises it', () => {
    expect(suggestProtection(column({ column: 'settings', kind: 'json', hits: { jwt: 12 } }))).toMatchObject({
      class: 'secret',
      confidence: 0.65,
    });
  });

  it('with the class a rule gives it already', () => {
    expect(suggestProtection(column({ column: 'email', protectedAs: 'contact' }))?.protectedAs).toBe('contact');
  });

  it('not at all where nothing speaks for it', () => {
    expect(suggestProtection(column({ column: 'amount', kind: 'number' }))).toBeNull();
    expect(suggestProtection(column({ column: 'status' }))).toBeNull();
  });
});
