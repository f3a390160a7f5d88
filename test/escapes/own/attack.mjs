// One case against one side: the statements or messages of a table's row, and everything that was said in return.
import { Wire, frames, rowsOf } from './wire.mjs';

/**
 * Where an attacker connects: `database(lane, role)` and `user(role)` differ between a server and the gateway in front of it.
 * @typedef {{ host: string, port: number, secure: boolean, password: string,
 *   database: (lane: string, role: string) => string, user: (role: string) => string }} Side
 */

async function functionOid(world, lane, signature) {
  const rows = rowsOf(await world.sql(lane, `SELECT '${signature}'::regprocedure::oid`));
  return Number(rows[0][0].toString());
}

/** What changes beside the gateway is learned within 5 s: docs/limits.md. */
const learnsWithinMs = 6500;

/** Messages are sent together up to the next Sync; `Q` is a simple query, with what a COPY of it is given. */
async function play(wire, script, world, lane) {
  let pipeline = [];
  for (const [kind, ...rest] of script) {
    if (wire.closed) return;
    if (kind === 'Q') await wire.query(...rest);
    else if (kind === 'QQ') {
      wire.write(...rest.map(frames.Q));
      for (let answers = 0; answers < rest.length; answers++) await wire.ready();
    } else if (kind === 'F') {
      const [signature, params, format] = rest;
      wire.write(frames.F(await functionOid(world, lane, signature), params, format));
      await wire.ready();
    } else if (kind === 'beside') await world.sql(lane, ...rest);
    else if (kind === 'later') await new Promise((resolve) => setTimeout(resolve, learnsWithinMs));
    else if (kind === 'S') {
      wire.write(...pipeline, frames.S());
      pipeline = [];
      await wire.ready();
    } else pipeline.push(frames[kind](...rest));
  }
}

const open = (side, lane, role, parameters) =>
  Wire.open({
    ...side,
    user: side.user(role),
    database: side.database(lane, role),
    parameters,
  });

/** Tries it; resolves with every message heard and the time it took in milliseconds. */
export async function attack(one, statements, side, lane, world) {
  const role = one.role ?? 'app';
  const listener = one.listens ? await open(side, lane, role, {}) : null;
  if (listener) await listener.query(one.listens);
  const wire = await open(side, lane, role, one.startup);
  const from = performance.now();
  try {
    if (one.script && statements === one.sql) await play(wire, one.script, world, lane);
    for (const sql of statements ?? []) {
      if (wire.closed) break;
      if (one.protocol === 'extended' || one.protocol === 'binary')
        await wire.extended(sql, one.params ?? [], one.protocol === 'binary' ? 1 : 0);
      else await wire.query(sql);
    }
    const ms = performance.now() - from;
    // a notification comes with the next answer
    if (listener) await listener.query('SELECT 1');
    return { heard: [...wire.heard, ...(listener?.heard ?? [])], ms };
  } finally {
    wire.end();
    listener?.end();
  }
}
