import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import ts from 'typescript';
import { bodyHash } from './chain.js';
import { KeyStore } from './keys.js';
import { seal } from './seal.js';

describe('the key store', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = (more: { cacheMs?: number; now?: () => number } = {}): KeyStore =>
    new KeyStore({ folder: join(folder, 'k'), ...more });
  const dataKey = Buffer.alloc(32, 3);

  it('refuses a master key of the wrong length, naming its file', () => {
    open();
    writeFileSync(join(folder, 'k', 'master.key'), 'short');
    expect(open).toThrow(/master\.key/);
  });

  it('refuses a key file that another master key wrapped, naming it and not its content', () => {
    open().wrap(dataKey, '2026-11-22', 'x');
    const other = new KeyStore({ folder: join(folder, 'k'), master: Buffer.alloc(32, 1) });
    expect(() => other.wrap(dataKey, '2026-11-22', 'x')).toThrow(
      expect.objectContaining({ code: 'corrupt', message: expect.stringContaining('kek/default/2026-11-22.key') }),
    );
  });

  it('refuses to unwrap under a day that has no key', () => {
    expect(() => open().unwrap('default/2026-11-22', Buffer.alloc(60), 'x')).toThrow(
      expect.objectContaining({ code: 'missing' }),
    );
  });

  it.each(['../../etc/passwd', 'default/../x', 'default/2026-11-22.key', '/2026-11-22'])(
    'refuses %s as the id of a key',
    (kek) => {
      expect(() => open().unwrap(kek, Buffer.alloc(60), 'x')).toThrow(expect.objectContaining({ code: 'missing' }));
    },
  );

  it('refuses to unwrap for another context', () => {
    const keys = open();
    const { kek, wrapped } = keys.wrap(dataKey, '2026-11-22', 'd/2026-11-22/A');
    expect(() => keys.unwrap(kek, wrapped, 'd/2026-11-22/B')).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });

  it('unwraps in another process what it wrapped in this one', () => {
    const { kek, wrapped } = open().wrap(dataKey, '2026-11-22', 'x');
    expect(open().unwrap(kek, wrapped, 'x')).toEqual(dataKey);
  });

  it('keeps its folders 0700 and its files 0600, and leaves no drafts', () => {
    const keys = open();
    keys.wrap(dataKey, '2026-11-22', 'x');
    keys.monthKey('2026-11');
    const found = readdirSync(join(folder, 'k'), { recursive: true, withFileTypes: true });
    expect(
      found
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .toSorted(),
    ).toEqual(['2026-11-22.key', '2026-11.key', 'master.key'].toSorted());
    for (const entry of found) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      expect(mode).toBe(entry.isDirectory() ? 0o700 : 0o600);
    }
  });

  it('gives the same month key to all, and another each month', () => {
    expect(open().monthKey('2026-11')).toEqual(open().monthKey('2026-11'));
    expect(open().monthKey('2026-11')).not.toEqual(open().monthKey('2026-12'));
  });

  it('never brings a destroyed key back', () => {
    const keys = open();
    const { kek, wrapped } = keys.wrap(dataKey, '2026-11-22', 'x');
    const destroyed = keys.destroy('2026-11-22');
    expect(destroyed).toEqual({ key: 'default/2026-11-22', wrappedHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(keys.destroy('2026-11-22')).toEqual(destroyed);
    for (const store of [keys, open()]) {
      expect(() => store.unwrap(kek, wrapped, 'x')).toThrow(expect.objectContaining({ code: 'destroyed' }));
      expect(() => store.wrap(dataKey, '2026-11-22', 'x')).toThrow(expect.objectContaining({ code: 'destroyed' }));
    }
  });

  it('forgets a key that another process destroyed once its cache runs out', () => {
    let now = 0;
    const keys = open({ cacheMs: 1_000, now: () => now });
    const { kek, wrapped } = keys.wrap(dataKey, '2026-11-22', 'x');
    open().destroy('2026-11-22');
    expect(keys.unwrap(kek, wrapped, 'x')).toEqual(dataKey);
    now = 1_001;
    expect(() => keys.unwrap(kek, wrapped, 'x')).toThrow(expect.objectContaining({ code: 'destroyed' }));
  });

  it('opens a body of the database only for its own event', () => {
    const keys = open();
    const salt = Buffer.alloc(32, 9);
    const body = Buffer.from('{"statement":"SELECT 1"}');
    const row = { dk: 'd/2026-11-22/S', ...keys.wrap(dataKey, '2026-11-22', 'd/2026-11-22/S') };
    const ct = seal(dataKey, 'aa:5', salt, body);
    const opened = keys.openBody(row, ct, 'aa', 5);
    expect(bodyHash(opened.salt, opened.body)).toBe(bodyHash(salt, body));
    expect(() => keys.openBody(row, ct, 'aa', 6)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });

  it('agrees on one key when several threads race for it', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const script = `
      const { workerData, parentPort } = require('node:worker_threads');
      const { source, folder, shared } = workerData;
      Atomics.wait(shared, 0, 0);
      import(source).then(({ KeyFolder }) => parentPort.postMessage(new KeyFolder(folder).createOnce('k', Buffer.from(String(Math.random()))).toString()));
    `;
    const source = compiled('key-folder.ts', folder);
    const racers = Array.from(
      { length: 6 },
      () => new Worker(script, { eval: true, workerData: { source, folder, shared } }),
    );
    const results = racers.map(
      (racer) => new Promise((resolve, reject) => racer.once('message', resolve).once('error', reject)),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    Atomics.store(shared, 0, 1);
    Atomics.notify(shared, 0);
    expect(new Set(await Promise.all(results)).size).toBe(1);
  });
});

/** The module and what it imports, without types, in a folder from which plain threads can load them. */
function compiled(name: string, folder: string): string {
  for (const file of [name, 'audit.error.ts']) {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8');
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    writeFileSync(join(folder, file.replace(/ts$/, 'js')), outputText);
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return pathToFileURL(join(folder, name.replace(/ts$/, 'js'))).href;
}
