import type { AuditSink, KeyStore } from '@app/audit';
import { openRecording, type RecordedPerson } from './recorded.js';

const frames = ['ms', 'ch', 'data'].map((name) => ({ name, masked: false }));

/** One session of alice in a cluster: a list, an exec with input, output and a part that was not kept, and a refusal. */
export async function recordCluster(
  folder: string,
  keys: KeyStore,
  sink: AuditSink,
  person: (name: string, act: readonly string[]) => RecordedPerson,
): Promise<void> {
  let at = Date.now() - 60_000;
  const recording = await openRecording(folder, keys, sink, () => (at += 1_000));
  const facts = { pid: 'u_alice', act: [], tgt: 'prod', proto: 'kubernetes' };
  const write = (kind: Parameters<typeof recording.append>[0], members: object, body?: object) =>
    recording.append(kind, 'S-kubectl', { ...facts, ...members }, body);
  const decided = { hm: '0'.repeat(64), cls: [], pol: 'sha256:abc', rule: ['alice works'], appr: null };
  write(
    'session.open',
    { auth: 'oidc', pur: null, up: null, release: 'durable' },
    {
      principal: { ...person('alice', []), azp: null, method: 'oidc', jti: null, sid: null },
      client: { address: '127.0.0.1', port: 50_000, application: 'kubectl' },
      upstream: { server: 'https://10.0.0.1:6443' },
    },
  );
  write(
    'op',
    {
      o: 'O-list',
      ...decided,
      verb: 'list',
      kinds: ['list pods'],
      rel: ['team-a/pods/*'],
      fp: 'GET /api/v1/namespaces/{namespace}/pods',
      eff: 'read',
      verdict: 'allow',
      rows: 2,
      cols: 1,
      masked: {},
      clear: { object: 2 },
      bytes: 900,
      chunk: 0,
      last: true,
      status: 'ok',
      code: '200',
      ms: 4,
      tag: null,
    },
    {
      statement: 'GET /api/v1/namespaces/team-a/pods?limit=500',
      parameters: [],
      columns: [{ name: 'object', masked: false }],
      rows: [['{"kind":"Pod"}'], ['{"kind":"Pod"}']],
    },
  );
  const exec = { o: 'O-exec' };
  write(
    'op.intent',
    {
      ...exec,
      ...decided,
      verb: 'connect',
      kinds: ['exec'],
      rel: ['team-a/pods/web/exec'],
      fp: 'GET /api/v1/namespaces/{namespace}/pods/{name}/exec',
      eff: 'connect',
      verdict: 'allow',
    },
    {
      statement:
        "GET /api/v1/namespaces/team-a/pods/web/exec?container=app&stdin=true&stdout=true&tty=true exec pod/web -c app -- sh -c 'a -- b'",
      parameters: [],
    },
  );
  const part = (chunk: number, rows: unknown[][], bytes: number) =>
    [{ ...exec, rows: rows.length, cols: 3, masked: {}, clear: {}, bytes, chunk, last: false }, rows] as const;
  const output = (chunk: number, rows: unknown[][], bytes: number) => {
    const [members] = part(chunk, rows, bytes);
    write('op.result', members, { columns: frames, rows });
  };
  output(0, [[5, 'o', '$ ']], 2);
  write(
    'op.input',
    { ...exec, rows: 2, bytes: 3, chunk: 0 },
    {
      columns: frames,
      rows: [
        [1, 'r', '100x30'],
        [20, 'i', 'ls\n'],
      ],
    },
  );
  output(
    1,
    [
      [30, 'o', 'web\r\n'],
      [40, 'o', { b64: '/w==' }],
    ],
    6,
  );
  output(
    2,
    [
      [15, 'e', 'late'],
      [50, 'o', { bytes: 9, sha256: 'f'.repeat(64) }],
    ],
    13,
  );
  output(3, [[60, 'x', '3']], 0);
  write('op.end', { ...exec, status: 'error', code: '3', ms: 61, tag: 'exit 3' });
  write(
    'op.blocked',
    {
      o: 'O-refused',
      ...decided,
      verb: 'delete',
      kinds: ['delete pods'],
      rel: ['team-b/pods/web'],
      fp: 'DELETE /api/v1/namespaces/{namespace}/pods/{name}',
      eff: 'write',
      verdict: 'deny',
      rule: [],
      why: 'no-rule',
    },
    {
      statement: 'DELETE /api/v1/namespaces/team-b/pods/web',
      parameters: [],
      refusal: { message: 'No rule allows it.' },
    },
  );
  write('session.close', { why: 'client' });
  await recording.ship();
}
