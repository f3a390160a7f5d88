import pg from 'pg';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gatewayProcesses, personOf, sleep, startSallyport } from '../support/sallyport.mjs';
import { treeOf } from './cpu.mjs';
import { door } from './load.mjs';

/**
 * The configuration that is measured. Each target is the same database under other settings, so that one process shows what each setting costs.
 * @param targets names with `release` and `record` as in the configuration, `protected` true or false, `masks` 'pseudonym': no part is kept, `detectors` false: none, `strict` true: the
 *   target is asked for its own reading of each statement
 */
function configuration(targetPort, targets) {
  const names = Object.keys(targets);
  const covered = names.filter((name) => targets[name].protected);
  const bare = names.filter((name) => targets[name].detectors === false);
  return JSON.stringify({
    detect: bare.length === 0 ? [] : [{ name: 'nothing', targets: bare, detectors: [] }],
    limits: { sessions: { perPerson: 1_000 } },
    targets: names.map((name) => ({
      name,
      postgres: {
        host: '127.0.0.1',
        port: targetPort,
        database: 'bench',
        tls: 'disable',
        strict: targets[name].strict,
      },
      credential: { user: 'app' },
      release: targets[name].release,
      record: targets[name].record,
    })),
    protect: [
      ...protectedBy(
        '',
        covered.filter((name) => targets[name].masks !== 'pseudonym'),
        {
          email: { keep: 'domain' },
          name: { keep: 'initials' },
        },
      ),
      ...protectedBy(
        'hidden-',
        covered.filter((name) => targets[name].masks === 'pseudonym'),
        {
          email: { pseudonym: 'email' },
          name: 'pseudonym',
        },
      ),
    ],
    rules: [
      {
        name: 'analysts read',
        who: { groups: ['analysts'] },
        on: { target: names, does: ['read', 'session'] },
        effect: 'allow',
      },
      {
        name: 'analysts load',
        who: { groups: ['analysts'] },
        on: { target: names, does: ['write'], objects: names.map((name) => `${name}.public.loaded`) },
        effect: 'allow',
      },
      {
        name: 'nothing destructive',
        on: { target: names, does: ['schema'], statements: ['drop', 'truncate'] },
        effect: 'deny',
      },
    ],
  });
}

/** Entries of `protect` for the people of some targets. */
function protectedBy(prefix, names, { email, name }) {
  if (names.length === 0) return [];
  const columns = (column) => names.map((target) => `${target}.public.people.${column}`);
  return [
    { class: `${prefix}email`, columns: columns('email'), mask: email },
    { class: `${prefix}name`, columns: columns('full_name'), mask: name },
  ];
}

/** Starts a Sallyport in front of the target and gives a door for each of its targets. */
export async function startGateway({ home, targetPort, targets, from, env }) {
  const sallyport = await startSallyport({ home, config: configuration(targetPort, targets), from, env });
  const { file } = sallyport;
  const { primary, workers } = gatewayProcesses(file);
  const pids = () => [primary, ...workers];
  const { user, token } = personOf(file, 'alice');
  const doors = {};
  for (const [name, { label }] of Object.entries(targets))
    doors[name] = door({
      name: label ?? name,
      port: file.postgres.port,
      user,
      database: name,
      password: token,
      ca: file.ca,
      pids,
    });
  const audit = new pg.Client({ connectionString: file.audit.superuserUrl });
  await audit.connect();
  return {
    sallyport,
    file,
    doors,
    workers,
    pids,
    shipping: new Shipping(audit),
    audit: auditServer(file),
    stop: async () => {
      await audit.end();
      await sallyport.stop();
    },
  };
}

/** How far the audit database is. */
class Shipping {
  constructor(client) {
    this.client = client;
  }

  /** events in the audit database, as its own statistics count them */
  async events() {
    const { rows } = await this.client.query(
      `SELECT coalesce(sum(n), 0)::float8 AS events FROM (SELECT DISTINCT ON (epoch) n + 1 AS n FROM audit_event ORDER BY epoch, n DESC) AS last`,
    );
    return rows[0].events;
  }

  /** Waits until nothing more arrives. @returns `{ events behind, seconds until they were there }` */
  async caughtUp() {
    const from = performance.now();
    const first = await this.events();
    let last = first;
    let since = from;
    for (;;) {
      await sleep(150);
      const now = await this.events();
      // heartbeats come one by one, every 10 s
      if (now > last + 10) since = performance.now();
      else if (performance.now() - since > 700) return { behind: now - first, seconds: (since - from) / 1000 };
      last = now;
    }
  }
}

/** The audit database's processes, to be stopped and continued. */
function auditServer(file) {
  const { port } = new URL(file.audit.superuserUrl);
  const postmaster = treeOf(file.pid).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(`port=${port}`);
    } catch {
      return false;
    }
  });
  if (postmaster === undefined) throw new Error('the audit database has no process');
  const signal = (name) => {
    for (const pid of treeOf(postmaster))
      try {
        process.kill(pid, name);
      } catch {
        // a backend ended meanwhile
      }
  };
  return { pids: () => treeOf(postmaster), stop: () => signal('SIGSTOP'), go: () => signal('SIGCONT') };
}

/** Certificate and key of a Sallyport's listeners. */
export function listenerTls(file) {
  const folder = join(dirname(file.config), 'tls');
  return { certificate: join(folder, 'server.pem'), key: join(folder, 'server.key') };
}
