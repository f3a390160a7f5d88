import { KNOWN_PATTERNS } from './known-patterns.js';
import { maskText } from './mask-text.js';
import { compilePatterns } from './pattern-set.js';

const known = compilePatterns(
  [...KNOWN_PATTERNS].flatMap(([name, patterns]) => patterns.map((pattern) => ({ class: name, pattern }))),
);

const masked = (text: string): string => maskText(known, text, (name) => Buffer.from(`<${name}>`)).text;

const lines = [
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA',
  'AoIBAQC7VJTUt9Us8cKjMzEfYyjiWA4R4/M2bS1GB4t7',
  'NXp98C3SC6dV==',
];

describe('the known patterns', () => {
  it.each([
    [
      'a private key over several lines',
      `x -----BEGIN RSA PRIVATE KEY-----\n${lines.join('\n')}\n-----END RSA PRIVATE KEY----- y`,
      'x -----BEGIN RSA PRIVATE KEY-----\n<private-key>\n-----END RSA PRIVATE KEY----- y',
    ],
    [
      'an encrypted one',
      `-----BEGIN EC PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-128-CBC,0F\r\n\r\n${lines.join('\r\n')}\r\n-----END`,
      '-----BEGIN EC PRIVATE KEY-----\r\n<private-key>\r\n-----END',
    ],
    [
      'one in a line of JSON',
      `{"key":"-----BEGIN PRIVATE KEY-----\\n${lines.join('\\n')}\\n-----END PRIVATE KEY-----\\n"}`,
      '{"key":"-----BEGIN PRIVATE KEY-----\\n<private-key>\\n-----END PRIVATE KEY-----\\n"}',
    ],
    [
      'one in a log with times',
      `2024-11-22T14:31:51.246000000Z -----BEGIN PRIVATE KEY-----\n${lines.map((line) => `2024-11-22T14:31:51.246000000Z ${line}`).join('\n')}\n2024-11-22T14:31:51.246000000Z -----END`,
      '2024-11-22T14:31:51.246000000Z -----BEGIN PRIVATE KEY-----\n2024-11-22T14:31:51.246000000Z <private-key>-11-22T14:31:51.246000000Z -----END',
    ],
    ['a JWT', 'a eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln b', 'a eyJ<jwt> b'],
    ['an AWS key id', 'id AKIAIOSFODNN7EXAMPLE.', 'id AKIA<aws-key>.'],
    [
      'an AWS secret',
      'aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY\n',
      'aws_secret_access_key = <aws-key>\n',
    ],
    ['a GitHub token', 'git ghp_0123456789abcdefghijABCDEFGHIJ012345 ok', 'git ghp_<github-token> ok'],
    ['a Slack token', 'xoxb-123456789012-abcdef', 'xoxb-<slack-token>'],
    ['a Google API key', 'k AIzaSyA0123456789abcdefghijklmnopqrstuv k', 'k AIza<google-api-key> k'],
    ['a bearer header', 'Authorization: Bearer abc.def-1 x', 'Authorization: Bearer <authorization> x'],
    ['a bearer header in JSON', '{"authorization":"Basic dXNlcjpwYXNz"}', '{"authorization":"Basic <authorization>"}'],
    ['a password in a URL', 'postgres://app:s3cr@t@db:5432/x', 'postgres://app:<url-password>@db:5432/x'],
    ['an assignment', 'DB_PASSWORD=hunter2 next', 'DB_PASSWORD=<assignment> next'],
    ['an assignment in YAML', 'api-key:  abc123\n', 'api-key:  <assignment>\n'],
    [
      'an assignment in JSON',
      '{"password": "with blanks, and \\"quotes\\"", "a": 1}',
      '{"password": "<assignment>", "a": 1}',
    ],
    [
      'an assignment in JSON in JSON',
      '{"a":"{\\"token\\":\\"x\\ny\\",\\"b\\":\\"c\\"}"}',
      '{"a":"{\\"token\\":\\"<assignment>\\",\\"b\\":\\"c\\"}"}',
    ],
    ['an argument', 'mysql --password hunter2 -h db', 'mysql --password <assignment> -h db'],
    ['a query', '?token=abc&x=1', '?token=<assignment>&x=1'],
  ])('mask %s', (_, text, expected) => {
    expect(masked(text)).toBe(expected);
  });

  it.each([
    'GET /api/v1/namespaces/default/secrets?limit=500 200 12ms',
    'reconciled secretName tls-cert for pod web-0 at http://web:8080/healthz?x=@y',
    'Password: ',
    'the bearer of bad news; authorization failed for user bob',
    'tokens processed: 14, AKIA short, ghp_short, eyJ. eyJabc',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'Ärger mit Umlauten: 你好 🙂',
  ])('let %j pass', (text) => {
    expect(masked(text)).toBe(text);
  });
});
