import { join } from 'node:path';
import { FileJournal, type JournalEntry, type KeyStore, Shipper } from '@app/audit';
import type { AuditSink } from '@app/audit';

/** A gateway's part of the record, as a spec wants it: written to a real journal and shipped by the real shipper. */
export interface Recording {
  append(kind: JournalEntry['kind'], session: string, members: object, body?: object): void;
  /** until all is in the database */
  ship(): Promise<void>;
}

/** One person as `session.open` tells. */
export interface RecordedPerson {
  readonly iss: string;
  readonly sub: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly act: readonly string[];
  readonly purpose: string | null;
}

/** Opens a journal below `folder`. */
export async function openRecording(
  folder: string,
  keys: KeyStore,
  sink: AuditSink,
  now: () => number,
): Promise<Recording> {
  const slot = join(folder, 'gateway');
  const writer = { kind: 'postgres-gateway', version: '0', process: 1 };
  const journal = await FileJournal.open(slot, {
    keys,
    writer,
    segmentBytes: 256 * 1024,
    reserveBytes: 0,
    heartbeatMs: 0,
    checkMs: 0,
  });
  return {
    append: (kind, session, members, body) => {
      const text = JSON.stringify({ s: session, ...members });
      journal.append({
        kind,
        at: now(),
        members: text.slice(1, -1),
        body: body === undefined ? null : Buffer.from(JSON.stringify(body)),
        session,
      });
    },
    ship: async () => {
      await journal.close();
      const shipper = new Shipper({ folder: join(slot, journal.epoch), keys, sink, durable: null });
      await shipper.start();
      if (shipper.state !== 'done') throw new Error(`not shipped: ${shipper.error ?? shipper.state}`);
    },
  };
}

/** Records the begin of a session. */
function openSession(recording: Recording, session: string, pid: string, person: RecordedPerson): void {
  recording.append(
    'session.open',
    session,
    {
      pid,
      tgt: 'crm',
      proto: 'postgres',
      act: person.act,
      auth: 'oidc',
      pur: null,
      up: { pid: 99, start: '2026-11-22T12:00:00.000Z' },
    },
    {
      principal: { ...person, azp: null, method: 'oidc', jti: null, sid: null },
      client: { address: '127.0.0.1', port: 50_000, application: 'psql' },
      upstream: { host: 'db', port: 5432, database: 'crm', user: 'sallyport_crm' },
    },
  );
}

/** Members that every start of an operation has. */
function operation(id: string, pid: string, verb: string, rel: string[], fp: string, over: object = {}): object {
  return {
    o: id,
    pid,
    act: [],
    tgt: 'crm',
    proto: 'postgres',
    verb,
    kinds: [verb.toLowerCase()],
    rel,
    fp,
    hm: '0'.repeat(64),
    eff: 'read',
    cls: [],
    pol: 'sha256:abc',
    verdict: 'allow',
    rule: ['analysts read the CRM'],
    appr: null,
    ...over,
  };
}

/** Three sessions of alice, alice by her agent, and bob. */
export async function recordSample(
  folder: string,
  keys: KeyStore,
  sink: AuditSink,
  person: (name: string, act: readonly string[]) => RecordedPerson,
): Promise<void> {
  let at = Date.now() - 60_000;
  const recording = await openRecording(folder, keys, sink, () => (at += 1_000));
  openSession(recording, 'S-alice', 'u_alice', person('alice', []));
  recording.append(
    'op',
    'S-alice',
    {
      ...operation(
        'O-read',
        'u_alice',
        'SELECT',
        ['public.customers'],
        'SELECT id, email FROM customers WHERE id = $1',
        { cls: ['email'] },
      ),
      rows: 1,
      cols: 2,
      masked: { email: 1 },
      clear: { id: 1 },
      bytes: 61,
      subj: [],
      subj_complete: true,
      chunk: 0,
      last: true,
      status: 'ok',
      code: null,
      ms: 3.1,
      tag: 'SELECT 1',
    },
    {
      statement: 'SELECT id, email FROM customers WHERE id = $1',
      parameters: ['7'],
      columns: [
        { name: 'id', masked: false },
        { name: 'email', masked: true },
      ],
      rows: [['7', '****@example.com']],
    },
  );
  recording.append(
    'op.blocked',
    'S-alice',
    {
      ...operation('O-drop', 'u_alice', 'DROP TABLE', ['public.customers'], 'DROP TABLE customers', {
        eff: 'schema',
        verdict: 'deny',
        rule: ['no destructive statements'],
      }),
      why: 'rule',
    },
    {
      statement: 'DROP TABLE customers',
      parameters: [],
      refusal: { rule: 'no destructive statements', message: 'Use the pipeline.' },
    },
  );
  recording.append(
    'op.held',
    'S-alice',
    operation('O-held', 'u_alice', 'SELECT', ['public.customers'], 'SELECT email FROM customers', {
      verdict: 'hold',
      rule: ['bulk export'],
      appr: 'A-1',
    }),
    { statement: 'SELECT email FROM customers', parameters: [] },
  );
  openSession(recording, 'S-agent', 'u_agent', person('alice', ['autogen']));
  recording.append(
    'op.intent',
    'S-agent',
    operation('O-write', 'u_agent', 'UPDATE', ['public.orders'], 'UPDATE orders SET state = ? WHERE id = ?', {
      eff: 'write',
      act: ['autogen'],
    }),
    { statement: `UPDATE orders SET state = 'paid' WHERE id = 3`, parameters: [] },
  );
  recording.append('op.end', 'S-agent', {
    o: 'O-write',
    pid: 'u_agent',
    act: ['autogen'],
    tgt: 'crm',
    proto: 'postgres',
    status: 'ok',
    code: null,
    ms: 2,
    tag: 'UPDATE 1',
  });
  recording.append(
    'op.intent',
    'S-agent',
    operation('O-commit', 'u_agent', 'COMMIT', [], 'COMMIT', { act: ['autogen'] }),
    { statement: 'COMMIT', parameters: [] },
  );
  recording.append('op.end', 'S-agent', {
    o: 'O-commit',
    pid: 'u_agent',
    tgt: 'crm',
    proto: 'postgres',
    settles: ['O-write'],
    status: 'ok',
    code: null,
    ms: 1,
    tag: 'COMMIT',
  });
  recording.append('session.close', 'S-agent', { pid: 'u_agent', tgt: 'crm', proto: 'postgres', why: 'client' });
  openSession(recording, 'S-bob', 'u_bob', person('bob', []));
  recording.append(
    'op.intent',
    'S-bob',
    operation('O-lost', 'u_bob', 'INSERT', ['public.tickets'], 'INSERT INTO tickets VALUES (?)', { eff: 'write' }),
    { statement: 'INSERT INTO tickets VALUES (1)', parameters: [] },
  );
  recording.append('op.recovered', 'S-bob', {
    o: 'O-lost',
    pid: 'u_bob',
    tgt: 'crm',
    proto: 'postgres',
    old: { e: 'e', n: 1, o: 'O-lost' },
    status: 'unknown',
  });
  await recording.ship();
}
