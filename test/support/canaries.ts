import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { TestGateway } from './gateway.js';
import { personOf } from './quickstart.js';

/** Everything a Sallyport wrote and answers, by the name of the place: where a value must not stand is looked for in all of them. */
export class Places {
  readonly #places = new Map<string, Buffer>();

  /** @param answers of its interfaces, by name: bodies stand encrypted everywhere else */
  static async of(gateway: TestGateway, answers: Readonly<Record<string, string>>): Promise<Places> {
    const { home, audit } = gateway.file;
    const places = new Places();
    for (const [name, answer] of Object.entries(answers)) places.#places.set(name, Buffer.from(answer));
    places.#places.set('output', Buffer.from(gateway.sallyport.output()));
    for (const journal of audit.journals) for (const path of filesBelow(journal)) places.#read(path);
    // what the target itself logs is the target's own affair
    for (const path of filesBelow(join(home, 'log'))) if (!path.endsWith('postgres-crm.log')) places.#read(path);
    for (const [table, content] of await auditTables(gateway)) places.#places.set(table, Buffer.from(content));
    return places;
  }

  #read(path: string): void {
    this.#places.set(path, readFileSync(path));
  }

  /** Names of the places where the value stands, in any spelling. */
  with(value: string): string[] {
    return [...this.#places].flatMap(([place, bytes]) =>
      spellings(value).some((text) => bytes.includes(text)) ? [place] : [],
    );
  }
}

/** An answer of the control API as it is, not parsed. */
export function textOf(gateway: TestGateway, path: string, name = 'dave'): Promise<string> {
  const { control, ca } = gateway.file;
  const headers = { authorization: `Bearer ${personOf(gateway.file, name).token}` };
  return new Promise((resolve, reject) => {
    const outgoing = request(control.url + path, { ca: readFileSync(ca), agent: false, headers }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (text: string) => (answer += text));
      response.on('end', () => resolve(answer)).on('error', reject);
    });
    outgoing.on('error', reject).end();
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The rows of every table of the audit database as text, bytes as hexadecimal digits. */
async function auditTables(gateway: TestGateway): Promise<[string, string][]> {
  const tables = await gateway.audit(
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT LIKE 'pg\\_%' AND schemaname <> 'information_schema'",
  );
  const contents: [string, string][] = [];
  for (const { name } of tables) {
    const [row] = await gateway.audit(`SELECT string_agg(t::text, E'\\n') AS content FROM ${String(name)} t`);
    contents.push([String(name), JSON.stringify(row?.['content'] ?? '')]);
  }
  return contents;
}

/** A value as it could be written: plain, in hexadecimal digits, in Base64 at any offset. */
function spellings(value: string): string[] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(offset === 0 ? 0 : 4, -4),
  );
  return [value, bytes.toString('hex'), ...base64];
}
