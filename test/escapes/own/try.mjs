// Our own escapes: each row of the tables must leak on a plain server, and none through the gateway.
//   node test/escapes/own/try.mjs --port N [--gateway HOST:PORT --user U --password P] [--lanes 3] [--only REGEX] [--out FILE]
// The server of --port is loopback, superuser `postgres` and role `app` by trust; the gateway's configuration is what
// `--configuration` prints. Exits with 0 when every row leaks directly and, with a gateway, none through it.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { attack } from './attack.mjs';
import { found, foundAnyhow } from './reveal.mjs';
import { tables } from './tables.mjs';
import { errorFields, rowsOf } from './wire.mjs';
import { World, configurationOf } from './world.mjs';

const text = { type: 'string' };
const { values: options } = parseArgs({
  options: {
    host: { ...text, default: '127.0.0.1' },
    port: { ...text, default: '5432' },
    gateway: text,
    user: text,
    password: text,
    lanes: { ...text, default: '3' },
    only: text,
    out: text,
    configuration: { type: 'boolean' },
  },
});
const lanes = Array.from({ length: Number(options.lanes) }, (_, number) => `own${number + 1}`);
const world = new World(options.host, Number(options.port));
const only = new RegExp(options.only ?? '');
/** A wait that a case asks for is at least 1.5 s; anything less is the machine. */
const lateMs = 1200;

const plainServer = {
  host: options.host,
  port: Number(options.port),
  secure: false,
  password: '',
  database: (lane) => lane,
  user: (role) => role,
};

function gateway() {
  const [host, port] = options.gateway.split(':');
  return {
    host,
    port: Number(port),
    secure: true,
    password: options.password,
    database: (lane, role) => (role === 'postgres' ? `${lane}-admin` : lane),
    user: () => options.user,
  };
}

const changes =
  /\b(insert|update|delete|merge|create|alter|drop|truncate|do|call|copy|comment|security|cluster|reindex|refresh|analyze|vacuum|import|select\s+into|lo_|setval)\b/iu;
const leavesTraces = (one) => changes.test(JSON.stringify([one.sql, one.falseSql, one.script, one.setup, one.listens]));
const refused = (heard) => errorFields(heard, 'C').some((code) => /^(?:42501|SP\d{3})$/u.test(code));
const told = (heard) =>
  JSON.stringify(
    heard
      .filter(({ t }) => 'DdEC'.includes(t))
      .map(({ t, b }) => [t, t === 'E' ? errorFields([{ t, b }], 'C') : b.toString('latin1')]),
  );

class Lane {
  isFresh = false;

  constructor(name, side, isGateway) {
    Object.assign(this, { name, side, isGateway });
  }

  async #run(one, statements) {
    const traces = leavesTraces(one);
    if (!this.isFresh || traces) await world.fresh(this.name);
    this.isFresh = !traces;
    await world.setUp(this.name, one.setup ?? []);
    return attack(one, statements, this.side, this.name, world);
  }

  async #leaks(one, { heard, ms }) {
    if (one.kind === 'oracle' || one.kind === 'timing') {
      const other = await this.#run(one, one.falseSql);
      if (refused(heard)) return [];
      if (one.kind === 'timing') return Math.abs(ms - other.ms) > lateMs ? ['<later>'] : [];
      return told(heard) === told(other.heard) ? [] : ['<told apart>'];
    }
    const meant = found(one.reveal ?? { op: 'raw' }, heard);
    return meant.length > 0 || !this.isGateway ? meant : foundAnyhow(heard);
  }

  async try(one) {
    try {
      const answer = await this.#run(one, one.sql);
      const leaks = [...new Set(await this.#leaks(one, answer))];
      const errors = errorFields(answer.heard, 'M').slice(0, 3);
      const how =
        leaks.length > 0
          ? 'leak'
          : refused(answer.heard)
            ? 'refused'
            : rowsOf(answer.heard).length > 0
              ? 'masked'
              : 'nothing';
      return {
        id: one.id,
        class: one.class,
        status: leaks.length > 0 ? 'leak' : 'none',
        how,
        leaks: leaks.slice(0, 5),
        errors,
      };
    } catch (error) {
      // what is not let in learns nothing, if it was its own wish that kept it out
      const shut = this.isGateway && one.startup !== undefined && /^startup: .*C42501/u.test(error.message);
      this.isFresh = false;
      return {
        id: one.id,
        class: one.class,
        status: shut ? 'none' : 'fail',
        how: shut ? 'refused' : 'fail',
        leaks: [],
        errors: [error.message],
      };
    }
  }
}

async function tryAll(cases, side, isGateway) {
  const waiting = [...cases];
  const results = [];
  await Promise.all(
    lanes.map(async (name) => {
      const lane = new Lane(name, side, isGateway);
      for (let one = waiting.shift(); one; one = waiting.shift()) results.push(await lane.try(one));
    }),
  );
  return results.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function byClass(direct, through) {
  const table = {};
  for (const { class: name, status } of direct) {
    const row = (table[name] ??= { cases: 0, 'leak directly': 0, refused: 0, masked: 0, nothing: 0, fail: 0, leak: 0 });
    row.cases++;
    if (status === 'leak') row['leak directly']++;
  }
  for (const { class: name, how } of through) table[name][how]++;
  return table;
}

async function main() {
  if (options.configuration) {
    process.stdout.write(configurationOf(lanes, options.port));
    return 0;
  }
  await world.prepare(lanes);
  const [{ server }] = rowsOf(await world.sql('postgres', 'SHOW server_version_num')).map(([cell]) => ({
    server: Math.floor(Number(cell) / 10_000),
  }));
  const cases = tables.filter(({ id, minServer = 0 }) => only.test(id) && minServer <= server);
  const direct = await tryAll(cases, plainServer, false);
  const through = options.gateway === undefined ? [] : await tryAll(cases, gateway(), true);
  const triesOf = new Map(tables.map(({ id, tries }) => [id, tries]));
  const bad = [
    ...direct.filter(({ status }) => status !== 'leak').map((one) => ['does not leak directly', one]),
    ...through
      .filter(({ status }) => status !== 'none')
      .map((one) => [one.status === 'leak' ? 'LEAKS' : 'could not run', one]),
  ];
  if (options.out) writeFileSync(options.out, JSON.stringify({ direct, through }, null, 1));
  console.table(byClass(direct, through));
  for (const [what, { id, leaks, errors }] of bad)
    console.log(
      `${what}: ${id} (${triesOf.get(id)}) ${leaks.join(', ')} ${errors.join(' / ').replaceAll(/\s+/gu, ' ').slice(0, 300)}`,
    );
  const count = (list, status) => list.filter((one) => one.status === status).length;
  console.log(
    `directly ${count(direct, 'leak')} of ${direct.length} leak; through the gateway ${count(through, 'leak')} of ${through.length} leak, ${count(through, 'fail')} could not run`,
  );
  return bad.length === 0 ? 0 : 1;
}

process.exitCode = await main();
