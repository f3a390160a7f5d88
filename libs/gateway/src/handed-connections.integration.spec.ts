import cluster, { type Worker } from 'node:cluster';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeWhatIsNotTaken } from './handed-connections.js';

// A worker that takes nothing once it was told to be busy: its loop stands still, as that of one about to die may.
const program = `
import { createServer } from 'node:net';
process.on('message', () => {
  process.send('busy');
  for (;;);
});
const server = createServer((socket) => socket.end('served')).listen(0, '127.0.0.1', () => process.send(server.address().port));
`;

let folder: string;
let worker: Worker | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  writeFileSync(join(folder, 'worker.mjs'), program);
  cluster.setupPrimary({ exec: join(folder, 'worker.mjs'), execArgv: [], args: [] });
});
afterEach(() => worker?.process.kill('SIGKILL'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said = (from: Worker): Promise<unknown> => new Promise((resolve) => from.once('message', resolve));

/** Until the primary hands a connection on. */
function handing(to: Worker): Promise<void> {
  const send = to.process.send.bind(to.process) as (...parts: unknown[]) => boolean;
  return new Promise((resolve) => {
    to.process.send = ((...parts: unknown[]) => {
      if (JSON.stringify(parts[0])?.includes('"newconn"')) resolve();
      return send(...parts);
    }) as typeof to.process.send;
  });
}

/** What a connection was told before it was closed. */
function fate(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  return new Promise((resolve) => socket.once('close', () => resolve(text)));
}

describe('a connection handed to a worker', () => {
  it('is closed when the worker is killed before it has taken it', async () => {
    worker = cluster.fork();
    closeWhatIsNotTaken(worker);
    const port = Number(await said(worker));
    const busy = said(worker);
    worker.send('be busy');
    await busy;
    const handed = handing(worker);
    const end = fate(port);
    // accepted by the primary and handed on: nobody reads the other end
    await handed;
    worker.process.kill('SIGKILL');
    expect(await end).toBe('');
  });

  it('is served when the worker takes it', async () => {
    worker = cluster.fork();
    closeWhatIsNotTaken(worker);
    expect(await fate(Number(await said(worker)))).toBe('served');
  });
});
