import { readFileSync } from 'node:fs';
import pg from 'pg';
import { residentMemory } from '../soak/memory.mjs';
import { sleep } from '../support/sallyport.mjs';
import { fixed, markdown, whole } from './table.mjs';

const CONNECTIONS = 500;
const TOGETHER = 20;
const FIRST = 2;

/** Memory of the processes in a door with and without so many connections that do nothing. */
export async function idle({ say, print }, doors) {
  const rows = [];
  for (const through of doors) {
    // what the first connections bring along (the catalog, its parser) is not a connection's; more would leave a heap that has grown
    await closed(await opened(through, FIRST));
    await sleep(2_000);
    const before = memoryOf(through);
    const clients = await opened(through, CONNECTIONS);
    await sleep(2_000);
    const after = memoryOf(through);
    await closed(clients);
    rows.push([
      through.name,
      CONNECTIONS,
      whole(before),
      whole(after),
      fixed(((after - before) * 1024) / CONNECTIONS, 1),
    ]);
    say(`idle: ${rows.at(-1).join(' | ')}`);
  }
  print('### Memory of idle connections');
  print(markdown(['through', 'connections', 'MiB before', 'MiB with them', 'KiB each'], rows));
}

function memoryOf({ pids }) {
  return pids().reduce((sum, pid) => sum + (residentMemory(pid) ?? 0), 0);
}

async function opened({ port, user, database, password, ca }, count) {
  const ssl = { ca: readFileSync(ca, 'utf8'), servername: '' };
  const clients = [];
  for (let left = count; left > 0; left -= TOGETHER)
    await Promise.all(
      Array.from({ length: Math.min(left, TOGETHER) }, async () => {
        const client = new pg.Client({ host: '127.0.0.1', port, user, database, password, ssl });
        client.on('error', () => undefined);
        await client.connect();
        clients.push(client);
      }),
    );
  return clients;
}

async function closed(clients) {
  await Promise.all(clients.map((client) => client.end()));
}
