import pg from 'pg';
import { built } from '../nightly/built.mjs';

const STEP = 5_000;

/**
 * Reads all of the record out of the audit database and checks what every epoch promises: numbers without gap from 0, each line naming the
 * one before, the stored leaf being the line's.
 * @returns sessions (pid at the target, epoch, intents and reads in order), who closed them, intents and what became of them, faults found
 */
export async function readRecord(url) {
  const { chainDigest, NO_PREVIOUS } = await built('libs/audit/src/index.js');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const record = {
    epochs: [],
    events: 0,
    sessions: new Map(),
    /** by `epoch:n` */
    intents: new Map(),
    recovered: [],
    /** epochs that closed a session, by session: its own, or that of a killed worker's successor, which may be read before it */
    closes: new Map(),
    operations: new Map(),
    faults: [],
  };
  try {
    const { rows: epochs } = await client.query('SELECT DISTINCT epoch FROM audit_event ORDER BY epoch');
    for (const { epoch } of epochs) {
      let expected = 0;
      let previous = NO_PREVIOUS;
      let kind = '';
      let process = null;
      for (;;) {
        const { rows } = await client.query(
          'SELECT n::float8 AS n, line, leaf FROM audit_event WHERE epoch = $1 AND n >= $2 ORDER BY n LIMIT $3',
          [epoch, expected, STEP],
        );
        for (const { n, line, leaf } of rows) {
          if (n !== expected) record.faults.push(`epoch ${epoch}: number ${n} where ${expected} was due`);
          const next = chainDigest(previous, line);
          if (next === null) record.faults.push(`epoch ${epoch}, number ${n}: the line does not name the one before`);
          else if (next !== leaf.toString('hex'))
            record.faults.push(`epoch ${epoch}, number ${n}: another leaf is stored`);
          previous = next ?? leaf.toString('hex');
          expected = n + 1;
          const event = JSON.parse(line.toString('utf8'));
          if (event.e !== epoch || event.n !== n)
            record.faults.push(`epoch ${epoch}, number ${n}: the line says ${event.e}, ${event.n}`);
          kind = event.k;
          if (kind === 'epoch.open') process = event.writer.process;
          take(record, event);
          record.events += 1;
        }
        if (rows.length < STEP) break;
      }
      record.epochs.push({ epoch, process, events: expected, closed: kind === 'epoch.close' });
    }
  } finally {
    await client.end();
  }
  return record;
}

function take(record, event) {
  const { e, n, k, s, o } = event;
  if (k === 'session.open') record.sessions.set(s, { epoch: e, pid: event.up?.pid ?? null, writes: [], reads: [] });
  const session = record.sessions.get(s);
  switch (k) {
    case 'session.close':
      record.closes.set(s, [...(record.closes.get(s) ?? []), e]);
      return;
    case 'op':
    case 'op.intent': {
      if (record.operations.has(o)) record.faults.push(`operation ${o} is recorded twice`);
      record.operations.set(o, `${e}:${n}`);
      if (k === 'op.intent') record.intents.set(`${e}:${n}`, { o, session: s, end: 0, recovered: 0 });
      const of = event.eff === 'write' ? session?.writes : session?.reads;
      of?.push(event.hm);
      return;
    }
    case 'op.end': {
      const intent = record.intents.get(record.operations.get(o) ?? '');
      if (intent === undefined) record.faults.push(`operation ${o} ended without an intent`);
      else intent.end += 1;
      return;
    }
    case 'op.recovered':
      // its intent may stand in an epoch that is read later
      record.recovered.push(event.old);
      return;
    default:
      return;
  }
}
