import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** What stands before each line of the target's log: backend's session, process, application name. */
export const LOG_PREFIX = '%c|%p|%a|';

const LINE = /^([0-9a-f]+\.[0-9a-f]+)\|(\d+)\|([^|]*)\|LOG:  (?:statement|execute [^:]*): (.*)$/;
const OURS = /\bpgbench_(accounts|branches|tellers|history)\b|^BEGIN\b|^END\b/;
const WRITES = /^(UPDATE|INSERT|END)\b/;

/**
 * What the target ran for clients of the gateway, in order, by session of the gateway. Questions of the gateway's own are counted apart.
 * @returns `{ sessions: Map(session → { pid, writes: text[], reads: text[] }), statements, questions }`
 */
export async function readTargetLog(file) {
  const sessions = new Map();
  let statements = 0;
  let questions = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const found = LINE.exec(line);
    if (found === null || !found[3].startsWith('sp:')) continue;
    const text = found[4];
    if (!OURS.test(text)) {
      questions += 1;
      continue;
    }
    statements += 1;
    const id = found[3].split(':')[1];
    let session = sessions.get(id);
    if (session === undefined) sessions.set(id, (session = { pid: Number(found[2]), writes: [], reads: [] }));
    if (session.pid !== Number(found[2])) throw new Error(`session ${id} has two processes at the target`);
    (WRITES.test(text) ? session.writes : session.reads).push(text);
  }
  return { sessions, statements, questions };
}
