import type { AuditSink, KeyStore } from '@app/audit';
import { openRecording, type RecordedPerson } from './recorded.js';

const decided = { hm: '0'.repeat(64), cls: [], pol: 'sha256:abc', verdict: 'allow', rule: ['alice works'], appr: null };
const read = { rows: 0, cols: 0, masked: {}, clear: {}, bytes: 0, chunk: 0, last: true, subj: [], subj_complete: true };
const email = [
  { name: 'id', masked: false },
  { name: 'email', masked: true },
];

/** Lines of alice's session in PostgreSQL, 100 ms apart: a block with a write, an error in it, a hold, a refusal, a COPY, a crash. */
export const timelineLines: readonly (readonly [kind: string, members: object, body?: object])[] = [
  ['op.intent', { o: 'T-1', ...decided, verb: 'BEGIN', fp: 'BEGIN', eff: 'session', rel: [] }, q('BEGIN')],
  ['op.end', { o: 'T-1', status: 'ok', code: null, ms: 1, tag: 'BEGIN' }],
  [
    'op',
    {
      ...decided,
      ...read,
      o: 'T-2',
      verb: 'SELECT',
      fp: 'SELECT id, email FROM customers WHERE id < $1',
      eff: 'read',
      rel: ['public.customers'],
      cls: ['email'],
      rows: 60,
      cols: 2,
      masked: { email: 60 },
      clear: { id: 60 },
      bytes: 1200,
      status: 'ok',
      code: null,
      ms: 30,
      tag: 'SELECT 60',
    },
    {
      ...q('SELECT id, email FROM customers WHERE id < $1', ['61']),
      columns: email,
      rows: Array.from({ length: 60 }, (_, i) => [`${i}`, '****@example.com']),
    },
  ],
  [
    'op.intent',
    {
      o: 'T-3',
      ...decided,
      verb: 'UPDATE',
      fp: 'UPDATE customers SET email = ?',
      eff: 'write',
      rel: ['public.customers'],
    },
    q("UPDATE customers SET email = '*** email'"),
  ],
  [
    'op.result',
    { o: 'T-3', ...read },
    { columns: [], rows: [], error: { code: '23505', message: 'a key value violates' } },
  ],
  ['op.end', { o: 'T-3', status: 'error', code: '23505', ms: 4, tag: null }],
  ['op.intent', { o: 'T-4', ...decided, verb: 'ROLLBACK', fp: 'ROLLBACK', eff: 'session', rel: [] }, q('ROLLBACK')],
  ['op.end', { o: 'T-4', status: 'ok', code: null, ms: 1, tag: 'ROLLBACK', settles: ['T-3'] }],
  [
    'op.held',
    {
      o: 'T-5',
      ...decided,
      verb: 'DELETE',
      fp: 'DELETE FROM t',
      eff: 'write',
      rel: ['public.t'],
      verdict: 'hold',
      appr: 'A-5',
    },
    q('DELETE FROM t'),
  ],
  ['approval.left', { o: 'T-5', appr: 'A-5', why: 'decided' }],
  ['approval.used', { o: 'T-5', appr: 'A-5' }],
  [
    'op.intent',
    {
      o: 'T-5',
      ...decided,
      verb: 'DELETE',
      fp: 'DELETE FROM t',
      eff: 'write',
      rel: ['public.t'],
      verdict: 'hold',
      appr: 'A-5',
    },
    q('DELETE FROM t'),
  ],
  ['op.end', { o: 'T-5', status: 'ok', code: null, ms: 9, tag: 'DELETE 3' }],
  [
    'op.blocked',
    {
      o: 'T-6',
      ...decided,
      verb: 'DROP TABLE',
      fp: 'DROP TABLE t',
      eff: 'schema',
      rel: ['public.t'],
      verdict: 'deny',
      why: 'rule',
    },
    { ...q('DROP TABLE t'), refusal: { code: 'rule', rule: 'no drops', message: 'Not here.' } },
  ],
  [
    'op.intent',
    { o: 'T-7', ...decided, verb: 'COPY', fp: 'COPY t FROM STDIN', eff: 'write', rel: ['public.t'] },
    q('COPY t FROM STDIN'),
  ],
  ['op.input', { o: 'T-7', rows: 1, bytes: 9, chunk: 0 }, { columns: email, rows: [['1', '***']] }],
  ['op.end', { o: 'T-7', status: 'unknown', code: null, ms: 2, tag: null }],
];

function q(statement: string, parameters: readonly unknown[] = []) {
  return { statement, parameters };
}

/** Sessions of alice: `S-timeline` with {@link timelineLines} and its close, `S-live` that goes on, `S-silent` without anything. */
export async function recordTimeline(
  folder: string,
  keys: KeyStore,
  sink: AuditSink,
  person: (name: string, act: readonly string[]) => RecordedPerson,
): Promise<void> {
  let at = Date.now() - 60_000;
  const recording = await openRecording(folder, keys, sink, () => (at += 100));
  const facts = { pid: 'u_alice', act: [], tgt: 'crm', proto: 'postgres' };
  const open = (session: string): void =>
    recording.append(
      'session.open',
      session,
      { ...facts, auth: 'oidc', pur: null, up: { pid: 99, start: '2026-11-22T12:00:00.000Z' } },
      {
        principal: { ...person('alice', []), azp: null, method: 'oidc', jti: null, sid: null },
        client: { address: '127.0.0.1', port: 50_000, application: 'psql' },
        upstream: { host: 'db', port: 5432, database: 'crm', user: 'sallyport_crm' },
      },
    );
  open('S-timeline');
  for (const [kind, members, body] of timelineLines)
    recording.append(kind as Parameters<typeof recording.append>[0], 'S-timeline', { ...facts, ...members }, body);
  recording.append('session.close', 'S-timeline', { ...facts, why: 'client', ops: 7, rows: 60, ms: 2000 });
  open('S-live');
  const begin = timelineLines[0]!;
  recording.append('op.intent', 'S-live', { ...facts, ...begin[1], o: 'L-1' }, begin[2]);
  open('S-silent');
  recording.append('session.close', 'S-silent', { ...facts, why: 'client', ops: 0, rows: 0, ms: 1 });
  await recording.ship();
}
