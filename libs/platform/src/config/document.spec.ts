import { exampleConfiguration } from './example.js';
import { generatedDocuments } from './document.js';
import { parseConfig } from './load-config.js';

describe('generated documents', () => {
  it.each(generatedDocuments())(
    '$path is what the code says; `npm run docs:config` writes it',
    async ({ path, text }) => {
      await expect(text).toMatchFileSnapshot(`../../../../${path}`);
    },
  );

  it('give every key a meaning', () => {
    const reference = generatedDocuments()[0]?.text ?? '';
    const keys = reference.split('\n').filter((line) => line.startsWith('| `') && !line.startsWith('| `PATH'));
    expect(keys.length).toBeGreaterThan(80);
    expect(keys.filter((line) => line.endsWith('|  |'))).toEqual([]);
  });

  it('show an example that loads without a warning', () => {
    const pem = '-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n';
    const url = 'postgresql://u:p@db/audit';
    const env = {
      CRM_PASSWORD: 'x',
      AUDIT_GATEWAY_URL: url,
      AUDIT_CONTROL_URL: `${url}c`,
      AUDIT_OWNER_URL: `${url}o`,
      REDIS_URL: 'rediss://u:p@redis:6379',
      CHAT_SECRET: `whsec_${'A'.repeat(32)}`,
    };
    const config = parseConfig(exampleConfiguration, 'example', { env, folder: '/etc/sallyport', readFile: () => pem });
    expect(config.warnings).toEqual([]);
    expect(config.limits.idle).toBe(1_800_000);
  });
});
