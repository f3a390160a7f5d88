import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../support/sallyport.mjs';

const TPCB = `\\set aid random(1, 100000)
\\set bid 1
\\set tid random(1, 10)
\\set delta random(-5000, 5000)
BEGIN;
UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = :bid;
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
END;
`;
const SELECT = `\\set aid random(1, 100000)
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
`;

/** Which client does what; one process each, since a client dies with the worker that serves it. */
const CLIENTS = [
  ['tpcb', 'simple'],
  ['tpcb', 'simple'],
  ['tpcb', 'extended'],
  ['tpcb', 'prepared'],
  ['select', 'simple'],
  ['select', 'simple'],
  ['select', 'extended'],
  ['select', 'prepared'],
];

/** pgbench on eight connections, each started again as often as it dies. */
export class Load {
  #stopping = false;
  #children = new Set();
  #loops = [];
  /** times a client had to be started again */
  restarts = 0;

  /** @param pace `clients` at once (they take turns in what they do), `rate` of each in transactions a second (default: as fast as it goes) */
  constructor(pgbench, scratch, env, { clients = CLIENTS.length, rate } = {}) {
    const scripts = {};
    for (const [name, text] of Object.entries({ tpcb: TPCB, select: SELECT })) {
      scripts[name] = join(scratch, `${name}.sql`);
      writeFileSync(scripts[name], text);
    }
    const paced = rate === undefined ? [] : ['-R', String(rate)];
    for (let at = 0; at < clients; at++) {
      const [script, mode] = CLIENTS[at % CLIENTS.length];
      const how = ['-n', '-c', '1', '-T', '3600', '-M', mode, '-f', scripts[script], ...paced];
      this.#loops.push(this.#loop(pgbench, how, env));
    }
  }

  async #loop(pgbench, args, env) {
    while (!this.#stopping) {
      await new Promise((resolve) => {
        const child = spawn(pgbench, args, { env, stdio: 'ignore' });
        this.#children.add(child);
        child.once('exit', () => {
          this.#children.delete(child);
          resolve();
        });
        child.once('error', resolve);
      });
      if (this.#stopping) return;
      this.restarts += 1;
      await sleep(100);
    }
  }

  async stop() {
    this.#stopping = true;
    for (const child of this.#children) child.kill('SIGTERM');
    await Promise.all(this.#loops);
  }
}
