import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import type { TestCertificate } from './certificates.js';
import type { TestPostgres } from './postgres.js';

/** Has the server offer TLS with this certificate and let people in by these lines of pg_hba.conf; the superuser needs none. */
export async function guard(
  postgres: TestPostgres,
  certificate: TestCertificate,
  hba: readonly string[],
): Promise<void> {
  const [row] = await settingsOf(postgres, ['SHOW hba_file']);
  const hbaFile = String(row?.['hba_file']);
  const folder = dirname(hbaFile);
  const { uid, gid } = statSync(folder);
  const files = { certificate: join(folder, 'test-server.pem'), key: join(folder, 'test-server.key') };
  for (const part of ['certificate', 'key'] as const) {
    writeFileSync(files[part], certificate[part], { mode: 0o600 });
    chmodSync(files[part], 0o600);
    if (process.getuid?.() === 0) chownSync(files[part], uid, gid);
  }
  writeFileSync(hbaFile, `${['host all postgres 127.0.0.1/32 trust', ...hba].join('\n')}\n`);
  await settingsOf(postgres, [
    `ALTER SYSTEM SET ssl_cert_file = '${files.certificate}'`,
    `ALTER SYSTEM SET ssl_key_file = '${files.key}'`,
  ]);
  await offerTls(postgres, true);
}

/** Switches TLS on or off and waits until new connections see it. */
export async function offerTls(postgres: TestPostgres, on: boolean): Promise<void> {
  await settingsOf(postgres, [`ALTER SYSTEM SET ssl = ${on ? 'on' : 'off'}`, 'SELECT pg_reload_conf()']);
  for (const end = Date.now() + 10_000; (await answerToTls(postgres.port)) !== (on ? 'S' : 'N');) {
    if (Date.now() > end)
      throw new Error(`the server does not switch TLS ${on ? 'on' : 'off'}; is its certificate readable?`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function answerToTls(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', reject);
    socket.once('data', (chunk: Buffer) => {
      socket.destroy();
      resolve(chunk.toString('latin1'));
    });
    socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
  });
}

/** ALTER SYSTEM wants a statement of its own. */
async function settingsOf(postgres: TestPostgres, statements: readonly string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement));
    return rows;
  } finally {
    await client.end();
  }
}
