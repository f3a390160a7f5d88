import pg from 'pg';
import { sleep } from '../support/sallyport.mjs';

const PAUSE_MS = 150;
const PATIENCE_MS = 240_000;
const ID = /\b[0-9A-HJKMNP-TV-Z]{26}\b/;

/**
 * One held write, sent again over a new connection as often as it takes until somebody answers that it ran. What was cut off may have run:
 * then it runs once more, by another approval.
 * @param asked told of each approval the client is told of, once; its promise is waited for before the statement is sent again
 * @returns how often it was sent
 */
export async function live({ options, key, asked }) {
  const known = new Map();
  const end = performance.now() + PATIENCE_MS;
  for (let sent = 1; ; sent += 1, await sleep(PAUSE_MS)) {
    if (performance.now() > end) throw new Error(`${key} did not come through`);
    const tell = (text) => {
      const id = ID.exec(text)?.[0];
      if (id !== undefined && !known.has(id)) known.set(id, asked(id));
    };
    if (await once(options, key, tell)) return sent;
    await Promise.all(known.values());
  }
}

async function once(options, key, tell) {
  const client = new pg.Client({ ...options, connectionTimeoutMillis: 20_000 });
  client.on('error', () => undefined);
  client.on('notice', ({ message, detail, hint }) => tell(`${message} ${detail} ${hint}`));
  try {
    await client.connect();
    await client.query(`INSERT INTO ran (key) VALUES ('${key}')`);
    return true;
  } catch (error) {
    // refused for good: nothing that is tried again can help
    if (error.code === '42501' || error.code === 'SP002') throw error;
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
