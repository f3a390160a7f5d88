import { TestGateway, until } from '../support/gateway.js';
import { execute, startPostgres, type TestPostgres } from '../support/postgres.js';
import { type Reply, summary, type WireClient } from '../support/wire-client.js';
import { client } from '../support/wire-frames.js';

// Values that are told by their own shape, in columns no rule names, on one database behind four targets: `shop` has a protected column
// and therefore the standard detectors, the others an entry of `detect` with one action each.

const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');

/** a value that a detector finds, and some of it that must not be seen anywhere */
const FOUND: Readonly<Record<string, readonly [value: string, secret: string]>> = {
  email: ['ask alice.kowalska@example.com', 'kowalska'],
  card: ['paid with 4539 1488 0343 6467', '1488 0343'],
  iban: ['to DE89370400440532013000 please', '370400440532'],
  'us-ssn': ['{"ssn": "512-73-9046"}', '73-9046'],
  jwt: [`Bearer ${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'alice' })}.c2lnbmF0dXJl`, 'c2lnbmF0dXJl'],
  'private-key': ['-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END PRIVATE KEY-----', 'MIIEvQ'],
  'connection-string': ['postgres://app:pa55word@db.internal/shop', 'pa55word'],
};

/** values that only look like one */
const CLEAR: readonly string[] = [
  '4242',
  '1299.00',
  '-12345.678901',
  '2026-01-02 03:04:05.678901+00',
  '2026-01-02T03:04:05Z',
  '5f0e7c1a-9b1d-4c1e-8a34-4539148803431234',
  '00000000-4539-1488-0343-646700000000',
  '453914880343646700000000abcdef0123456789',
  '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b',
  'ORD-2026-000123-4',
  'order 4539148803436468',
  '4539148803436468',
  '1234567812345670',
  '45391488034364671234',
  '900-12-3456',
  '2026-11-23-001',
  '192.168.100.200',
  'v1.2.3-rc.4',
  'pkg@1.2.3',
  'icon@2x.png',
  'git@github.com:org/repository.git',
  '+49 30 901820',
  'DE88370400440532013000',
  'AKIA',
  'sk-lamp-blue',
  'eyJ is how it begins',
  'postgres://app:$PASSWORD@db/shop',
  'host=db user=app',
];

const SECRETS = Object.values(FOUND).map(([, secret]) => secret);
const NAMES = Object.keys(FOUND);
const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

let postgres: TestPostgres;
let gateway: TestGateway;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.createDatabase('shop');
  const rows = Object.values(FOUND).map(([value], i) => `(${i}, ${quoted(value)}, ARRAY['lamp', ${quoted(value)}])`);
  await execute(
    url,
    `CREATE TABLE users (id int, email text); INSERT INTO users VALUES (1, 'eve@example.com');
     CREATE TABLE notes (id int, note text, words text[]); INSERT INTO notes VALUES ${rows.join()};
     CREATE TABLE clear (id int, value text); INSERT INTO clear VALUES ${CLEAR.map((value, i) => `(${i}, ${quoted(value)})`).join()};
     CREATE ROLE app LOGIN; GRANT SELECT ON users, notes, clear TO app`,
  );
  const target = (name: string): object => ({
    name,
    postgres: { host: '127.0.0.1', port: postgres.port, database: 'shop', tls: 'disable' },
    credential: { user: 'app' },
  });
  const targets = ['shop', 'masked', 'watched', 'closed'];
  gateway = await TestGateway.start({
    config: JSON.stringify({
      targets: targets.map(target),
      protect: [{ class: 'personal', columns: ['shop.public.users.email'] }],
      detect: [
        { name: 'mask', targets: ['masked'], action: 'mask' },
        { name: 'tell', targets: ['watched'], action: 'alert' },
        { name: 'refuse', targets: ['closed'], action: 'refuse' },
      ],
      rules: [
        {
          name: 'everything',
          who: { groups: ['analysts'] },
          on: { target: targets, does: ['read', 'write', 'schema', 'session', 'connect', 'unknown'] },
          effect: 'allow',
        },
      ],
    }),
  });
});
afterEach(() => gateway?.closeClients());
afterAll(async () => {
  await gateway?.stop();
  await postgres?.stop();
});

const session = (target: string): Promise<WireClient> => gateway.wire('alice', { database: target });

/** Frames of an answer, and whether any of them has something of a value in it. */
async function leaks(wire: WireClient, ...frames: readonly Buffer[]): Promise<{ reply: Reply; leaked: string[] }> {
  wire.send(...frames);
  const answer = await wire.until('Z');
  const bytes = Buffer.concat(answer.map(({ body }) => body)).toString('latin1');
  return { reply: summary(answer), leaked: SECRETS.filter((secret) => bytes.includes(secret)) };
}

/** What `detector.hit` says of a target so far, all values of a detector together. */
async function hits(target: string, where = 'column'): Promise<Record<string, number>> {
  const rows = await gateway.audit(
    `SELECT found->>'detector' AS detector, sum((found->>'values')::int)::int AS values
     FROM (SELECT convert_from(line, 'UTF8')::json AS line FROM audit_event WHERE type = 'detector.hit') AS events,
       json_array_elements(line->'found') AS found
     WHERE line->>'tgt' = '${target}' AND found->>'in' = '${where}' GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ detector, values }) => [String(detector), Number(values)]));
}

describe('what a detector finds in a column that no rule names', () => {
  it('arrives masked in every protocol and format', async () => {
    const wire = await session('shop');
    const sql = 'SELECT id, note, words FROM notes ORDER BY id';
    const wanted = NAMES.map((_, i) => [String(i), '****', '{}']);
    const simple = await leaks(wire, client.query(sql));
    expect(simple.reply.errors).toEqual([]);
    expect([simple.leaked, simple.reply.rows]).toEqual([[], wanted]);
    const cycle = (results: 0 | 1): Buffer[] => [
      client.parse('', sql),
      client.bind('', { results }),
      client.describePortal(),
      client.execute(),
      client.sync(),
    ];
    const text = await leaks(wire, ...cycle(0));
    expect([text.leaked, text.reply.rows]).toEqual([[], wanted]);
    const binary = await leaks(wire, ...cycle(1));
    expect([binary.leaked, binary.reply.errors]).toEqual([[], []]);
    expect(binary.reply.raw.map(([, note]) => note?.toString())).toEqual(NAMES.map(() => '****'));
  });

  it('arrives masked in COPY', async () => {
    const wire = await session('shop');
    for (const options of [
      '',
      ' (FORMAT csv)',
      ' (FORMAT binary)',
      ' (FORMAT csv, FORCE_QUOTE *)',
      " (DELIMITER '|')",
    ]) {
      const { reply, leaked } = await leaks(wire, client.query(`COPY notes (id, note) TO STDOUT${options}`));
      expect([options, leaked, reply.errors, reply.tags]).toEqual([options, [], [], [`COPY ${NAMES.length}`]]);
    }
  });

  it('is taken out of errors and notices', async () => {
    for (const target of ['shop', 'masked', 'closed']) {
      const wire = await session(target);
      for (const i of NAMES.keys()) {
        const { reply, leaked } = await leaks(wire, client.query(`SELECT note::int FROM notes WHERE id = ${i}`));
        expect([target, i, leaked, reply.errors.map(({ code }) => code)]).toEqual([target, i, [], ['22P02']]);
      }
    }
    const wire = await session('masked');
    const shout = `DO $$ DECLARE n text; BEGIN FOR n IN SELECT note FROM notes LOOP RAISE NOTICE 'note: %', n; END LOOP; END $$`;
    const { reply, leaked } = await leaks(wire, client.query(shout));
    expect([leaked, reply.notices.length, reply.errors]).toEqual([[], NAMES.length, []]);
    await until('the record has them', 10_000, async () => (await hits('masked', 'notice'))['email'] === 1);
    expect(Object.keys(await hits('masked', 'error')).sort()).toEqual([...NAMES].sort());
  });

  it('passes with an alert, and the record counts it', async () => {
    const wire = await session('watched');
    const { rows, errors } = await wire.query('SELECT note FROM notes ORDER BY id');
    expect(errors).toEqual([]);
    expect(rows.map(([note]) => note)).toEqual(Object.values(FOUND).map(([value]) => value));
    const once = Object.fromEntries(NAMES.map((name) => [name, 1]));
    await until('the record has them', 10_000, async () => Object.keys(await hits('watched')).length === NAMES.length);
    expect(await hits('watched')).toEqual(once);
  });

  it('ends a result before its row where that is asked for', async () => {
    const wire = await session('closed');
    const sql = `SELECT 'lamp ' || i AS note FROM generate_series(1, 3) AS i UNION ALL SELECT note FROM notes WHERE id = 0`;
    const { reply, leaked } = await leaks(wire, client.query(sql));
    expect([leaked, reply.rows]).toEqual([[], [['lamp 1'], ['lamp 2'], ['lamp 3']]]);
    expect(reply.errors).toMatchObject([
      {
        code: '42501',
        message: expect.stringContaining('email'),
        hint: expect.stringContaining('Leave the column out'),
      },
    ]);
    const copied = await leaks(wire, client.query('COPY notes TO STDOUT'));
    expect([copied.leaked, copied.reply.errors.map(({ code }) => code)]).toEqual([[], ['42501']]);
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
    await until('the record has it', 10_000, async () => ((await hits('closed'))['email'] ?? 0) >= 1);
  });

  it('is nowhere in the record', async () => {
    await until('the record has it', 10_000, async () => ((await hits('shop'))['email'] ?? 0) >= 1);
    const lines = await gateway.audit("SELECT convert_from(line, 'UTF8') AS line FROM audit_event");
    const all = lines.map(({ line }) => String(line)).join('\n');
    // a short one would be found in the digits of some hash sooner or later
    const telling = Object.values(FOUND).map(([value, secret]) => (secret.length < 8 ? value : secret));
    expect(telling.filter((secret) => all.includes(secret))).toEqual([]);
  });

  it('is no finding where the author of the statement wrote it', async () => {
    const wire = await session('shop');
    const [value] = FOUND['email']!;
    expect((await wire.query(`SELECT note FROM notes WHERE note = ${quoted(value)}`)).rows).toEqual([[value]]);
  });
});

describe('what only looks like one', () => {
  it('passes as it is', async () => {
    const sql = 'SELECT value FROM clear ORDER BY id';
    for (const target of ['shop', 'masked', 'closed']) {
      const wire = await session(target);
      const { rows, errors } = await wire.query(sql);
      expect([target, errors]).toEqual([target, []]);
      expect(rows.map(([value]) => value)).toEqual(CLEAR);
    }
  });

  it('is not looked for in numbers, times and identifiers', async () => {
    const wire = await session('closed');
    const sql = `SELECT 4539148803436467::int8, 4539148803436467::numeric, '2026-01-02'::date, '00000000-0000-0000-4539-148803436467'::uuid`;
    expect((await wire.query(sql)).rows).toEqual([
      ['4539148803436467', '4539148803436467', '2026-01-02', '00000000-0000-0000-4539-148803436467'],
    ]);
  });
});
