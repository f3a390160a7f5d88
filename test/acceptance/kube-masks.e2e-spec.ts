import { KubeWorld, statusOf } from '../support/kube-double/kube-world.js';

// Where secrets travel at an API server, through the gateway: none of them arrives, and no mask is ever stored.

const secrets = '/api/v1/namespaces/team-a/secrets';
const pods = '/api/v1/namespaces/team-a/pods';
const json = 'Content-Type: application/json';
const table = 'Accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const partial = 'Accept: application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';
const protobuf = 'Accept: application/vnd.kubernetes.protobuf,application/json';

const password = 'hunter2-canary';
const envKey = 'env-key-3f9a';
const known = [password, envKey].flatMap((text) => [text, Buffer.from(text).toString('base64')]);
const base64Mark = /"c2FsbHlwb3J0OnYx[A-Za-z0-9+/=]+"/;

let world: KubeWorld;

beforeAll(async () => {
  world = await KubeWorld.start();
});
afterEach(() => world?.isUnharmed());
afterAll(() => world?.stop());

function leaksNothing(text: string): void {
  for (const secret of known) expect(text).not.toContain(secret);
}
const body = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'team-a' },
  stringData: { password },
});

describe('a secret does not arrive', () => {
  it.each([
    ['as itself', `GET ${secrets}/db`, []],
    ['in a list', `GET ${secrets}`, []],
    ['in a list over all', 'GET /api/v1/secrets', []],
    ['in a table of whole objects', `GET ${secrets}?includeObject=Object`, [table]],
    ['in a table', `GET ${secrets}`, [table]],
    ['in a table of one', `GET ${secrets}/db`, [table]],
    ['in metadata', `GET ${secrets}/db`, [partial]],
    ['when protobuf is asked for', `GET ${secrets}/db`, [protobuf]],
    ['when protobuf alone is asked for', `GET ${secrets}/db`, ['Accept: application/vnd.kubernetes.protobuf']],
    ['when YAML is asked for', `GET ${secrets}/db`, ['Accept: application/yaml']],
    ['compressed', `GET ${secrets}`, ['Accept-Encoding: gzip']],
    ['indented', `GET ${secrets}/db?pretty=true`, ['User-Agent: curl/8']],
    ['in a pod', `GET ${pods}/web-0`, []],
    ['in pods', `GET ${pods}`, []],
    ['in pods by protobuf', `GET ${pods}`, [protobuf]],
    ['in a table of pods', `GET ${pods}?includeObject=Object`, [table]],
    ['in a deployment', 'GET /apis/apps/v1/namespaces/team-a/deployments/web', []],
  ])('%s', async (_, line, lines) => {
    const answer = await world.ask(line, { lines });
    leaksNothing(answer.body);
    // nothing hides where this cannot look
    expect(answer.headers['content-encoding']).toBeUndefined();
    if (answer.status === 200) expect(JSON.parse(answer.body)).toMatchObject({ kind: expect.any(String) });
  });

  it('though its keys and everything else do', async () => {
    const { body: text } = await world.ask(`GET ${secrets}/db`);
    expect(text).toMatch(base64Mark);
    const secret = JSON.parse(text) as {
      data: Record<string, string>;
      metadata: { annotations: Record<string, string> };
    };
    expect(Object.keys(secret.data)).toEqual(['password', 'user']);
    const applied = secret.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'] ?? '';
    expect(Object.keys((JSON.parse(applied) as { stringData: object }).stringData)).toEqual(['password']);
    expect(secret).toMatchObject({ kind: 'Secret', type: 'Opaque', metadata: { labels: { app: 'web' } } });
    const { body: pod } = await world.ask(`GET ${pods}/web-0`);
    expect(JSON.parse(pod)).toMatchObject({
      spec: { containers: [{ env: [{ name: 'LOG_LEVEL' }, { name: 'API_KEY' }] }] },
    });
  });

  it.each([
    ['by watch', `${secrets}?watch=1`, []],
    ['by an empty watch', `${secrets}?watch=`, []],
    ['by the old watch', '/api/v1/watch/namespaces/team-a/secrets', []],
    [
      'by a list through watch',
      `${secrets}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
      [],
    ],
    ['by a watch of whole tables', `${secrets}?watch=1&includeObject=Object`, [table]],
    ['by a watch of pods', `${pods}?watch=1`, []],
  ])('%s', async (_, target, lines) => {
    const client = await world.begin(`GET ${target}`, { lines });
    const { status } = await client.head();
    if (status !== 200) return;
    const text = await client.chunks('\n');
    expect(JSON.parse(text.split('\n', 1)[0] ?? '')).toMatchObject({ type: 'ADDED' });
    leaksNothing(text);
  });

  it('in what a write gives back, and in dry runs', async () => {
    const create = await world.ask(`POST ${secrets}?dryRun=All`, { lines: [json], body: JSON.stringify(body('dry')) });
    expect(create.status).toBe(201);
    const created = await world.ask(`POST ${secrets}`, { lines: [json], body: JSON.stringify(body('made')) });
    expect(created.status).toBe(201);
    const put = await world.ask(`PUT ${secrets}/made`, { lines: [json], body: JSON.stringify(body('made')) });
    const merge = 'Content-Type: application/merge-patch+json';
    const patch = await world.ask(`PATCH ${secrets}/db`, { lines: [merge], body: '{"metadata":{"labels":{"x":"y"}}}' });
    const gone = await world.ask(`DELETE ${secrets}?labelSelector=nobody`);
    for (const { status, body: text } of [create, created, put, patch, gone]) {
      expect(status).toBeLessThan(300);
      leaksNothing(text);
    }
    expect(world.double.get('v1', 'Secret', 'team-a', 'made')).toMatchObject({ data: { password: known[1] } });
  });

  it('in the text of an error', async () => {
    const changed = [{ op: 'replace', path: '/spec/containers/0/env/0/value', value: 'debug' }];
    const lines = ['Content-Type: application/json-patch+json'];
    const answer = await world.ask(`PATCH ${pods}/web-0`, { lines, body: JSON.stringify(changed) });
    expect(answer.status).toBe(422);
    leaksNothing(answer.body);
    world.double.fault(`GET ${pods}`, { status: 500, message: 'failed near canary-01234567' });
    const quoted = await world.ask(`GET ${pods}`);
    expect(quoted.body).not.toContain('canary-01234567');
    expect(statusOf(quoted).message).toMatch(/^failed near sallyport:v1:/);
  });

  it.each([
    ['protobuf', { protobuf: true }],
    ['compressed', { gzip: true }],
    ['no JSON', { badJson: true }],
    ['of another type', { mediaType: 'text/plain' }],
  ])('when the target answers %s where masks are needed', async (_, fault) => {
    world.double.fault(`GET ${secrets}/db`, fault);
    const answer = await world.ask(`GET ${secrets}/db`).catch(() => null);
    if (answer === null) return;
    leaksNothing(answer.body);
    expect(answer.headers['content-encoding']).toBeUndefined();
    if (answer.status !== 200) expect(statusOf(answer).code).toBe(502);
  });

  it('after JSON of a watch went wrong, and the watch ends', async () => {
    world.double.fault(`GET ${secrets}`, { badJson: true });
    const client = await world.begin(`GET ${secrets}?watch=1`);
    await client.head();
    const text = await client.chunks().catch((error: unknown) => String(error));
    leaksNothing(text);
    await world.noStreamLeft();
  });

  it('in the record, the log, or what people search', async () => {
    const operations = await world.gateway.operations({ target: 'double' });
    expect(operations.length).toBeGreaterThan(5);
    for (const { id } of operations) {
      const { status, body: operation } = await world.gateway.call(`/v1/operations/${id}`);
      expect(status).toBe(200);
      leaksNothing(JSON.stringify(operation));
    }
    leaksNothing(world.gateway.sallyport.output());
  });
});

describe('what is not protected', () => {
  it.each([
    '{"kind":"ConfigMap","apiVersion":"v1","data":{},"big":9007199254740993,"float":1.0,"exp":1e400,"u":"\\u00e9"}',
    '{ "kind" : "ConfigMap",\n\t"apiVersion":"v1", "a":[ ] , "same":1, "same":2 }',
  ])('arrives byte for byte: %s', async (text) => {
    const target = '/api/v1/namespaces/team-a/configmaps/settings';
    world.double.fault(`GET ${target}`, { body: text });
    expect((await world.ask(`GET ${target}`)).body).toBe(text);
  });

  it('keeps its numbers beside what is', async () => {
    const text =
      '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"db","uid":"u","n":9007199254740993,"f":1.0},"data":{"a":"aHVudGVyMi1jYW5hcnk="}}';
    world.double.fault(`GET ${secrets}/db`, { body: text });
    const answer = await world.ask(`GET ${secrets}/db`);
    expect(answer.body).toContain('"n":9007199254740993,"f":1.0');
    leaksNothing(answer.body);
  });
});

describe('a mask', () => {
  const refused = async (line: string, type: string, text: string | Uint8Array) => {
    const before = world.double.get('v1', 'Secret', 'team-a', 'db');
    const seen = await world.during(async () => {
      const answer = await world.ask(line, { lines: [`Content-Type: ${type}`], body: text });
      expect(statusOf(answer)).toMatchObject({ code: 403, message: expect.stringMatching(/masked/) });
    });
    expect(seen).toEqual([]);
    expect(world.double.get('v1', 'Secret', 'team-a', 'db')).toEqual(before);
  };
  const exported = async () => (await world.ask(`GET ${secrets}/db`)).body;

  it('is not stored by a replace of what was exported', async () => {
    await refused(`PUT ${secrets}/db`, 'application/json', await exported());
  });

  it('is not stored by server-side apply, in JSON or YAML', async () => {
    const line = `PATCH ${secrets}/db?fieldManager=x&force=true`;
    await refused(line, 'application/apply-patch+yaml', await exported());
    const { data } = JSON.parse(await exported()) as { data: Record<string, string> };
    const yaml = `apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata:\n  password: >-\n    ${data['password']}\n`;
    await refused(line, 'application/apply-patch+yaml', yaml);
  });

  it('is not stored by a patch, however it is spelt', async () => {
    const mark = 'sallyport:v1:0123456789abcdef';
    const encoded = Buffer.from(mark).toString('base64');
    const line = `PATCH ${secrets}/db`;
    await refused(line, 'application/merge-patch+json', JSON.stringify({ data: { password: encoded } }));
    await refused(line, 'application/strategic-merge-patch+json', JSON.stringify({ stringData: { password: mark } }));
    await refused(
      line,
      'application/json-patch+json',
      `[{"op":"add","path":"/stringData","value":{"a":"\\u0073allyport:v1:0123456789abcdef"}}]`,
    );
    const applied = JSON.stringify({ stringData: { password: mark } });
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': applied };
    await refused(line, 'application/merge-patch+json', JSON.stringify({ metadata: { annotations } }));
  });

  it('is not stored by a creation in protobuf', async () => {
    const field = (number: number, ...parts: Buffer[]): Buffer => {
      const data = Buffer.concat(parts);
      return Buffer.concat([Buffer.from([number * 8 + 2, data.length]), data]);
    };
    const text = (value: string): Buffer => Buffer.from(value);
    const raw = Buffer.concat([
      field(1, field(1, text('copied')), field(3, text('team-a'))),
      field(2, field(1, text('password')), field(2, text('sallyport:v1:0123456789abcdef'))),
    ]);
    const type = field(1, field(1, text('v1')), field(2, text('Secret')));
    await refused(
      `POST ${secrets}`,
      'application/vnd.kubernetes.protobuf',
      Buffer.concat([text('k8s\0'), type, field(2, raw)]),
    );
    expect(world.double.get('v1', 'Secret', 'team-a', 'copied')).toBeNull();
  });

  it('is the same for the same value and another for another', async () => {
    const [first, again] = [await exported(), await exported()];
    expect(first).toMatch(base64Mark);
    expect(again).toBe(first);
    const { data } = JSON.parse(first) as { data: Record<string, string> };
    expect(data['password']).not.toBe(data['user']);
  });
});
