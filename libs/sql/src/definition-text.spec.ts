import { maskDefinition, maskDefinitionName } from './definition-text.js';

describe('the text of a definition', () => {
  it.each([
    [
      " SELECT id,\n    email\n   FROM users\n  WHERE email = 'alice@example.com'::text;",
      " SELECT id,\n    email\n   FROM users\n  WHERE email = '***'::text;",
    ],
    ["CHECK ((name <> 'O''Brien'::text))", "CHECK ((name <> '***'::text))"],
    ['CHECK ((salary > (250000)::numeric))', "CHECK ((salary > ('***')::numeric))"],
    ["CHECK ((salary > '-250000'::integer))", "CHECK ((salary > '***'::integer))"],
    ["FOR VALUES IN ('512-73-9046', '512-73-9047')", "FOR VALUES IN ('***', '***')"],
    ["FOR VALUES FROM ('2024-01-01') TO (MAXVALUE)", "FOR VALUES FROM ('***') TO (MAXVALUE)"],
    ['FOR VALUES FROM (42) TO (7)', "FOR VALUES FROM ('***') TO ('***')"],
    ["E'a\\'b c' || x", "'***' || x"],
    ['B\'1010\'::"bit"', '\'***\'::"bit"'],
    ["U&'d\\0061ta'", "'***'"],
    [
      "CREATE OR REPLACE FUNCTION public.f()\n RETURNS text\n LANGUAGE plpgsql\nAS $function$\nBEGIN RETURN 'x'; -- alice\nEND $function$\n",
      "CREATE OR REPLACE FUNCTION public.f()\n RETURNS text\n LANGUAGE plpgsql\nAS '***'\n",
    ],
    ["EXECUTE FUNCTION f('alice', '7')", "EXECUTE FUNCTION f('***', '***')"],
    ['SELECT 1 /* alice */ -- bob', 'SELECT 1 /* *** */ /* *** */'],
    ["x = ANY (ARRAY['a'::text, 'b'::text])", "x = ANY (ARRAY['***'::text, '***'::text])"],
    ["('alice@example.com'::regclass)", "('***'::regclass)"],
    ["'alice'::text::regclass", "'***'::text::regclass"],
    ['(x)::text IN (1234)', "(x)::text IN ('***')"],
    ['f(1234, 12)', "f('***', '***')"],
    ['numeric(1234)', "numeric('***')"],
    ["(x)::numeric(10,'7')", "(x)::numeric(10,'***')"],
    ['1.5 0x1F 1e9 .5', "'***' '***' '***' '***'"],
  ])('hides the values of %s', (definition, masked) => {
    expect(maskDefinition(definition)).toBe(masked);
  });

  it.each([
    "nextval('users_id_seq'::regclass)",
    'nextval(\'"Sales"."Order_id_seq"\'::regclass)',
    "to_tsvector('english'::regconfig, body)",
    "''::text",
    "'{}'::jsonb",
    'CURRENT_TIMESTAMP',
    'gen_random_uuid()',
    'false',
    '0',
    '(0)::numeric(10,2)',
    '((x)::character varying(255) IS NOT NULL)',
    '(shape)::public.geometry(Point,4326)',
    'FOR VALUES WITH (modulus 4, remainder 2)',
    'PRIMARY KEY (id)',
    'FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE',
    'CREATE UNIQUE INDEX users_email_key ON public.users USING btree (lower(email)) WHERE (deleted_at IS NULL)',
    'CREATE INDEX "odd name" ON public."T" USING gin (("doc" -> $1))',
    'UNIQUE ("a""b", c)',
    'PARTITION BY RANGE (created_at)',
  ])('keeps %s as it is', (definition) => {
    expect(maskDefinition(definition)).toBe(definition);
  });

  it('hides a value of which only the beginning is there', () => {
    const definition = "CREATE VIEW v AS SELECT $tag$ alice $tag$, 'bob''s', \"c\", E'd\\'e' /* f */ ";
    for (let length = 0; length <= definition.length; length++)
      expect(maskDefinition(definition.slice(0, length))).not.toMatch(/ali|bob|s'|\\|f/u);
  });

  it('takes time in proportion to its length', () => {
    for (const unit of ['(1,', "'", '$', '$a$', '::numeric(', '1,', 'a.1', 'a.', '"', '/*', '--'])
      expect(maskDefinition(unit.repeat(100_000)).length).toBeGreaterThan(0);
  });
});

describe('a definition without the double quotes around it', () => {
  it('is shown when it is a single name, and hidden as a whole otherwise', () => {
    for (const name of ['email', 'Straße', '_a$1']) expect(maskDefinitionName(name)).toBe(name);
    for (const other of [
      '',
      '42',
      'a b',
      "'alice'::text",
      'Fn"(\'x\', "c',
      'lower(email)',
      'a\nb',
      'alice@example.com',
    ])
      expect(maskDefinitionName(other)).toBe("'***'");
  });
});
