import { describe, expect, it } from 'vitest';
import { detect, DETECTORS, DetectorSet, detectText, STANDARD_DETECTORS } from './detector-set.js';
import type { DetectorName } from './detector.js';

const jsonPart = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const HEADER = jsonPart({ alg: 'HS256', typ: 'JWT' });
const PAYLOAD = jsonPart({ sub: '1' });
const MIXED = 'a1B2c3D4e5F6g7H8i9J0';
const FORTY = MIXED.repeat(2);

/** texts that hold a value, and texts that look like it and hold none */
const TABLE: Readonly<Record<DetectorName, { readonly hits: readonly string[]; readonly misses: readonly string[] }>> =
  {
    email: {
      hits: [
        'alice.kowalska@example.com',
        '{"email":"bob.tremblay@example.org","id":2}',
        '<carol@mail.example.co.uk>, 7',
        'first\\ndave@example.net',
        'zoë@bücher.example',
        'x@xn--bcher-kva.xn--p1ai',
        'a_b+tag@163.com.',
        '(1,alice@example.com,)',
      ],
      misses: [
        '@example.com',
        'alice@localhost',
        'alice@example.',
        'alice@.com',
        'alice.@example.com',
        'pkg@1.2.3',
        'icon@2x.png',
        'getty@tty1.service',
        'git@github.com:org/repository.git',
        'a @ b.com',
        'alice@-example.com',
        'alice@10.0.0.1',
      ],
    },
    phone: {
      hits: [
        '+1-415-555-0137',
        '+44-20-7946-0958',
        '+49 (30) 901820-77',
        '(415) 555-0137',
        '415-555-0137',
        '020 7946 0958',
        '06 12 34 56 78',
      ],
      misses: [
        '4155550137',
        '+00',
        '+0123456789',
        '1e+10',
        '2024-01-02',
        '155-555-0137',
        '12 34 56 78',
        '+1234567890123456',
        '192.168.100.200',
      ],
    },
    card: {
      hits: [
        '4539148803436467',
        '5425233430109903',
        'card: 4916 3385 0608 2832.',
        '4539-1488-0343-6467',
        '378282246310005',
        '3782 822463 10005',
        '30569309025904',
        '2221000000000009',
        '3530111333300000',
        '6200000000000000000',
        '4222222222222',
        '\\n4539148803436467\\n',
        '[1, 4539148803436467]',
        '17 4539 1488 0343 6467',
      ],
      misses: [
        '4539148803436468',
        '1234567812345670',
        '0.4539148803436467',
        '4539148803436467.5',
        '4539148803436467a',
        'a4539148803436467',
        '45391488034364671234',
        '4539 1488-0343 6467',
        '4539 148803436467',
        '00000000-4539-1488-0343-646700000000',
        '4539148803436467-1',
      ],
    },
    iban: {
      hits: [
        'DE89370400440532013000',
        'DE89 3704 0044 0532 0130 00',
        'GB29NWBK60161331926819',
        'PL61109010140000071219812874',
        'NO9386011117947',
        'MT84MALT011000012345MTLCAST001S',
        'FR14 2004 1010 0505 0001 3M02 606',
        'gb29nwbk60161331926819',
      ],
      misses: [
        'DE88370400440532013000',
        'DE8937040044053201300',
        'DE893704004405320130001',
        'XX89370400440532013000',
        'CODE89370400440532013000',
      ],
    },
    'us-ssn': {
      hits: ['512-73-9046', '"ssn":"634-18-2275"', 'ssn 701-55-3384.'],
      misses: [
        '000-12-3456',
        '666-12-3456',
        '900-12-3456',
        '512-00-9046',
        '512-73-0000',
        '512739046',
        '512 73 9046',
        '1512-73-9046',
        '512-73-90461',
        '1-512-73-9046',
        '512-73-9046-1',
      ],
    },
    'uk-nino': {
      hits: ['AB123456C', 'AB 12 34 56 C', 'CE123456D,'],
      misses: ['AB123456E', 'BG123456C', 'DA123456C', 'AO123456C', 'XAB123456C', 'AB12345C', 'ab123456c'],
    },
    'pl-pesel': {
      hits: ['44051401359', 'PESEL 02270312348'],
      misses: ['44051401358', '44131401359', '440514013590', '44053201351'],
    },
    'es-dni': {
      hits: ['12345678Z', '12345678-Z', 'X1234567L', 'Y1234567X'],
      misses: ['12345678A', '1234567Z', 'X1234567M', 'W1234567L', '12345678ZZ'],
    },
    'fr-nir': {
      hits: ['185057800608491', '1 85 05 78 006 084 91'],
      misses: ['185057800608492', '385057800608491', '185157800608491', '1850578006084911'],
    },
    'de-steuer-id': {
      hits: ['86095742719', '86 095 742 719'],
      misses: ['86095742718', '06095742719', '12345678903', '11111111111'],
    },
    'it-codice-fiscale': {
      hits: ['RSSMRA85T10A562S', 'rssmra85t10a562s', 'cf=RSSMRA85T10A562S;'],
      misses: ['RSSMRA85T10A562T', 'RSSMRA85Z10A562S', 'XRSSMRA85T10A562S', 'RSSMRA85T10A562S1'],
    },
    jwt: {
      hits: [
        `${HEADER}.${PAYLOAD}.sig`,
        `Bearer ${HEADER}.${PAYLOAD}.`,
        `{"t":"${HEADER}.${PAYLOAD}.c2ln"}`,
        `\\n${HEADER}.${PAYLOAD}.s`,
      ],
      misses: [
        `${HEADER}.${PAYLOAD}`,
        HEADER,
        `x${HEADER}.${PAYLOAD}.s`,
        `${jsonPart({ id: 1234567 })}.${PAYLOAD}.s`,
        'eyJub3RhaGVhZGVy.b.c',
      ],
    },
    'private-key': {
      hits: [
        '-----BEGIN PRIVATE KEY-----\nMIIE',
        '{"private_key": "-----BEGIN RSA PRIVATE KEY-----\\nMIIE"}',
        '-----BEGIN OPENSSH PRIVATE KEY-----',
        '-----BEGIN PGP PRIVATE KEY BLOCK-----',
      ],
      misses: [
        '-----BEGIN CERTIFICATE-----',
        '-----BEGIN PUBLIC KEY-----',
        'BEGIN PRIVATE KEY',
        '-----BEGIN PRIVATE KEY',
        '----------------',
      ],
    },
    'aws-key': {
      hits: [
        `AKIA${'IOSFODNN7EXAMPLE'}`,
        `"ASIA${'IOSFODNN7EXAMPLE'}"`,
        `aws_secret_access_key = ${FORTY}`,
        `"SecretAccessKey": "${FORTY}"`,
      ],
      misses: [
        'AKIAIOSFODNN7EXAMPL',
        'AKIAIOSFODNN7EXAMPLE1',
        'XAKIAIOSFODNN7EXAMPLE',
        'aws_secret_access_key',
        'secret_access_key = ${KEY}',
      ],
    },
    'google-key': {
      hits: [`AIza${'SyA'.repeat(12)}`, `GOCSPX-${FORTY}`, `ya29.${FORTY}`],
      misses: ['AIzaShort', 'GOCSPX-'],
    },
    'github-token': {
      hits: [`ghp_${FORTY}`, `github_pat_${MIXED}_${MIXED}`, `token=gho_${FORTY}`],
      misses: ['ghp_short', `aghp_${FORTY}`, 'github_pat_'],
    },
    'slack-token': {
      hits: [`xoxb-${'2048-1234567890-abc'}`, `hooks.slack.com/services/${'T00000000/B00000000/XXXXXXXX'}`],
      misses: ['xoxb-', 'xoxz-2048-1234567890', 'hooks.slack.com/services/'],
    },
    'stripe-key': {
      hits: [`sk_live_${MIXED}`, `rk_test_${MIXED}`, `whsec_${MIXED}`],
      misses: [`pk_live_${MIXED}`, 'sk_live_x', `task_live_${MIXED}`],
    },
    'ai-key': {
      hits: [`sk-ant-api03-${MIXED}`, `sk-proj-${MIXED}`, `sk-${FORTY}`],
      misses: [
        'sk-learn-something-that-is-long-enough',
        `risk-${FORTY}`,
        'sk-abcdefghijabcdefghijabcdefghijabcdefghij',
      ],
    },
    'service-token': {
      hits: [
        `glpat-${MIXED}`,
        `npm_${FORTY}`,
        `hf_${FORTY}`,
        `AccountKey=${FORTY}${FORTY}abcdef==`,
        `SG.${MIXED}ab.${FORTY}abc`,
        `dop_v1_${FORTY}${MIXED}abcd`,
      ],
      misses: ['glpat-short', 'npm_config_registry', 'hf_hub', 'SG.1.2'],
    },
    'connection-string': {
      hits: [
        'postgres://app:pa55word@db.internal:5432/crm',
        'see amqp://u:s3cret@mq/ for more',
        'host=db.internal user=app password=pa55word dbname=crm',
        'Server=db;Database=crm;User Id=app;Password=pa55word;',
        'password=pa55word host=db',
      ],
      misses: [
        'postgres://app@db.internal/crm',
        'postgres://app:@db.internal/crm',
        'postgres://app:****@db.internal/crm',
        'postgres://app:${PASSWORD}@db.internal/crm',
        'https://example.com:8080/a@b',
        'password=pa55word',
        'host=db user=app password=$PASSWORD',
        'host=db user=app',
      ],
    },
  };

const findsAlone = (name: DetectorName, text: string): boolean => {
  const bytes = Buffer.from(text);
  return new DetectorSet([name]).find(bytes, 0, bytes.length) !== null;
};

describe('detectors', () => {
  it.each(DETECTORS.map(({ name }) => name))('finds %s and nothing that only looks like it', (name) => {
    const { hits, misses } = TABLE[name];
    expect(misses.filter((text) => findsAlone(name, text))).toEqual([]);
    expect(hits.filter((text) => !findsAlone(name, text))).toEqual([]);
  });

  it('finds nothing in what databases are full of', () => {
    const ordinary = [
      'blue lamp',
      'public',
      'not-personal',
      '2024-01-02 03:04:05.123456+00',
      '550e8400-e29b-41d4-a716-446655440000',
      '{"id":1,"label":"blue lamp","amount":10.4539148803436467}',
      '10.0.0.1/32',
      '1700000000000000',
      '3.141592653589793',
      'PostgreSQL 18.0 on x86_64-pc-linux-gnu, compiled by gcc (Debian 14.2.0-19) 14.2.0, 64-bit',
      '1234567890123456789',
      'CREATE INDEX users_email_idx ON public.users USING btree (email)',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'https://shop.example/orders/12345?page=2#top',
      'host, server, password',
      'Seq Scan on orders  (cost=0.00..22.00 rows=1200 width=36)',
      '{app=arwdDxtm/app,=r/app}',
      '(415)',
      '12.345.678,90',
      '+',
      '@',
      '-----',
      'sk-',
      'eyJ',
    ];
    expect(ordinary.filter((text) => detectText(text) !== null)).toEqual([]);
  });

  it('finds the values of a row that was written down as JSON', () => {
    const row = {
      id: 1,
      email: 'alice.kowalska@example.com',
      ssn: '512-73-9046',
      phone: '+1-415-555-0137',
      card: '4539148803436467',
    };
    const bytes = Buffer.from(JSON.stringify(row));
    const all = new DetectorSet(DETECTORS.map(({ name }) => name)).findAll(bytes, 0, bytes.length);
    expect(all.map(({ name, start, end }) => [name, bytes.toString('utf8', start, end)])).toEqual([
      ['email', row.email],
      ['us-ssn', row.ssn],
      ['phone', row.phone],
      ['card', row.card],
    ]);
  });

  it('goes on behind each value, whichever part of it was found last', () => {
    const bytes = Buffer.from('password=a1 host=b password=c2 a@example.com');
    const all = new DetectorSet(['connection-string', 'email']).findAll(bytes, 0, bytes.length);
    expect(all.map(({ start, end }) => bytes.toString('utf8', start, end))).toEqual(['a1', 'c2', 'a@example.com']);
  });

  it('reads nothing outside of the text it is given', () => {
    const bytes = Buffer.from('alice@example.com');
    expect(detect(bytes, 0, bytes.length)).toBe('email');
    expect(detect(bytes, 6, bytes.length)).toBeNull();
    expect(detect(bytes, 5, bytes.length)).toBeNull();
    expect(detect(bytes, 0, 9)).toBeNull();
    expect(detect(bytes, 3, 3)).toBeNull();
    // a number that goes on outside begins and ends where the text does
    const digits = Buffer.from('994539148803436467');
    expect(detect(digits, 2, digits.length)).toBe('card');
  });

  it('leaves those out that nobody asked for', () => {
    const bytes = Buffer.from('+1-415-555-0137');
    expect(new DetectorSet(STANDARD_DETECTORS).find(bytes, 0, bytes.length)).toBeNull();
    expect(new DetectorSet([]).find(Buffer.from('a@example.com'), 0, 13)).toBeNull();
  });

  it('says of each what it finds', () => {
    expect(Object.keys(TABLE).sort()).toEqual(DETECTORS.map(({ name }) => name).sort());
    for (const { description } of DETECTORS) expect(description.length).toBeGreaterThan(10);
  });
});
