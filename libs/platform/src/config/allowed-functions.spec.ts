import { allowedFunctions } from './allowed-functions.js';

const definition = `sha256:${'0'.repeat(64)}`;
const read = (entry: object) => allowedFunctions().safeParse([{ definition, ...entry }]);

describe('a function that is allowed', () => {
  it.each([
    ['has no schema', { function: 'slug(text)' }],
    ['has no arguments in brackets', { function: 'public.slug' }],
    ['is of the server', { function: 'pg_catalog.upper(text)' }],
    ['is of the standard', { function: 'information_schema.f(text)' }],
    ['stands in quotes', { function: 'public."Slug"(text)' }],
    ['has no hash', { function: 'public.slug(text)', definition: 'sha256:12' }],
    ['returns what nobody knows', { function: 'public.slug(text)', result: 'masked' }],
  ])('is refused where it %s', (_, entry) => {
    expect(read(entry).success).toBe(false);
  });

  it.each<[string, readonly string[]]>([
    ['public.f()', []],
    ['public.f(text)', ['text']],
    ['public.f( integer , text[])', ['int4', '_text']],
    ['shop.f(timestamp  with time zone, double precision, character varying[])', ['timestamptz', 'float8', '_varchar']],
  ])('has the types of the server: %s', (signature, types) => {
    const [entry] = read({ function: signature }).data ?? [];
    expect(entry).toMatchObject({ name: 'f', arguments: types, result: 'arguments', total: false });
  });
});
