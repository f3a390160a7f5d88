/** Types as far as the grammar keeps them apart, so that most statements are accepted: text, number, date, boolean, jsonb, text[], others. */
export type Type = 't' | 'n' | 'd' | 'b' | 'j' | 'a' | 'o';

export interface Column {
  readonly name: string;
  readonly type: Type;
}

export interface Source {
  /** as it can be written before a dot */
  readonly name: string;
  readonly columns: readonly Column[];
}

/** What names mean at one level of a generated statement. */
export interface Level {
  readonly sources: Source[];
  readonly parent: Level | null;
  /** WITH queries that may be read here */
  readonly ctes: readonly Source[];
}

const columns = (text: string): Column[] =>
  text.split(' ').map((one) => {
    const [name = '', type = 't'] = one.split(':');
    return { name, type: type as Type };
  });

/** The tables and views of the schema as statements write them. */
export const RELATIONS: readonly (Source & { readonly writable: boolean })[] = (
  [
    ['users', 'id:n email:t ssn:t salary:n dob:d label:t', true],
    ['users', 'id:n email:t ssn:t salary:n dob:d label:t', true],
    ['orders', 'id:n user_id:n label:t email:t amount:n placed:d', true],
    ['orders', 'id:n user_id:n label:t email:t amount:n placed:d', true],
    ['users_eu', 'id:n email:t ssn:t salary:n dob:d label:t', true],
    ['public.users', 'id:n email:t ssn:t salary:n dob:d label:t', true],
    ['people', 'id:n note:t tags:a extra:j born:d ratio:n flag:b kinds:a facts:j', true],
    ['homes', 'id:n state:o home:o work:t pin:o', false],
    ['events', 'id:n day:d who:t what:t', true],
    ['events_low', 'id:n day:d who:t what:t', false],
    ['computed', 'id:n first:t shout:t n:n', false],
    ['virtuals', 'id:n first:t loud:t n:n twice:n', false],
    ['"Users"', '"Email":t id:n "select":t', true],
    ['notes', 'id:n email:t', true],
    ['public.notes', 'id:n email:t', true],
    ['app.notes', 'id:n email:t', true],
    ['app.orders', 'id:n email:t', true],
    ['labels', 'id:n label:t', true],
    ['v_clean', 'id:n label:t', false],
    ['v_mixed', 'id:n contact:t label:t code:t', false],
    ['v_deep', 'id:n who:t label:t amount:n', false],
    ['v_rows', 'id:n doc:o label:t', false],
    ['v_union', 'id:n label:t', false],
    ['v_count', 'label:t n:n most:n', false],
    ['m_users', 'id:n email:t label:t', false],
  ] as const
).map(([name, list, writable]) => ({ name, columns: columns(list), writable }));

/** Names that mean something else elsewhere. */
export const CONFUSING: readonly [string, ...string[]] = [
  'email',
  'id',
  'label',
  'users',
  'orders',
  'x',
  'u',
  'o',
  'notes',
  'w',
];

export function sourceNames(level: Level | null): Source[] {
  const found: Source[] = [];
  for (let each = level; each; each = each.parent) found.push(...each.sources);
  return found;
}
