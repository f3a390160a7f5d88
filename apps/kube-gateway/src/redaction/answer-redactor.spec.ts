import { answerRedactor } from './answer-redactor.js';
import { redactObject, redactText } from './index.js';
import { mayMask } from './redaction-plan.js';
import { RedactionError } from './redaction.error.js';
import { byteByByte, CANARY, CANARY_64, factsOf, planOf, redacted, testKey, type Redacted } from './testing/answers.js';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const meta = (more: object = {}): object => ({ name: 'app', namespace: 'team', ...more });
const secret = {
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: meta(),
  data: { password: CANARY_64, empty: '' },
  type: 'Opaque',
};
const applied = {
  ...secret,
  metadata: meta({ annotations: { [LAST_APPLIED]: `${JSON.stringify({ ...secret, stringData: { p: CANARY } })}\n` } }),
};
const container = {
  name: 'c',
  env: [
    { name: 'PASSWORD', value: CANARY },
    { name: 'REF', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  ],
  command: ['run', CANARY],
  args: [`--password=${CANARY}`],
  livenessProbe: { exec: { command: ['check', CANARY] } },
  lifecycle: { preStop: { exec: { command: [CANARY] } } },
  ports: [{ containerPort: 80 }],
};
const podSpec = {
  containers: [container],
  initContainers: [container],
  ephemeralContainers: [container],
  nodeName: 'n1',
};
const template = { metadata: {}, spec: podSpec };
const everything = [
  ...['pods.env', 'pods.command', 'pods.args', 'configmaps.data.*password*', 'configmaps.binaryData.*.key'],
  ...['widgets.example.com/spec.auth.token', 'widgets.example.com/spec.**.hidden', 'widgets.example.com/spec.set'],
];
const plan = planOf(everything);
const withPatterns = planOf(everything, true);

/** Every way in which objects of a resource come. */
const wrappings = (item: object): [string, unknown, boolean][] => [
  ['an object', item, false],
  ['a list', { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [item, item] }, false],
  ['a list of lists', { kind: 'List', items: [{ kind: 'List', items: [item, { items: [item] }] }] }, false],
  ['a table', { kind: 'Table', rows: [{ cells: ['app', 1], object: item }] }, false],
  ['an event', { type: 'ADDED', object: item }, true],
  [
    'a table in an event',
    { type: 'MODIFIED', object: { kind: 'Table', rows: [{ cells: ['app'], object: item }] } },
    true,
  ],
  ['keys in the other order', Object.fromEntries(Object.entries(item).reverse()), false],
];

const places: [string, string, object][] = [
  ['secrets', 'data and last-applied', applied],
  ['secrets', 'stringData', { metadata: meta(), stringData: { a: CANARY, b: { c: [CANARY] } } }],
  ['secrets', 'data that is no map', { metadata: meta(), data: [CANARY_64, { x: CANARY_64 }] }],
  [
    'configmaps',
    'data',
    { metadata: meta(), data: { 'db.password.txt': CANARY, ok: 'fine' }, binaryData: { 'tls.key': CANARY_64 } },
  ],
  ['pods', 'env, command, args', { metadata: meta(), spec: podSpec }],
  ['podtemplates', 'template', { metadata: meta(), template }],
  ['replicationcontrollers', 'template', { metadata: meta(), spec: { template } }],
  ['deployments.apps', 'template', { metadata: meta(), spec: { replicas: 1, template } }],
  ['cronjobs.batch', 'jobTemplate', { metadata: meta(), spec: { jobTemplate: { spec: { template } } } }],
  [
    'controllerrevisions.apps',
    'raw template',
    { metadata: meta(), data: { spec: { template: { $patch: 'replace', spec: podSpec } } } },
  ],
  ['rollouts.argoproj.io', 'template of an unknown kind', { metadata: meta(), spec: { x: { y: template } } }],
  [
    'widgets.example.com',
    'paths',
    { metadata: meta(), spec: { auth: { token: CANARY }, a: [{ b: { hidden: [CANARY] } }] } },
  ],
  [
    'widgets.example.com',
    'a path that names an object',
    { metadata: meta(), spec: { auth: { token: { deep: [CANARY] } } } },
  ],
];

const clean = (result: Redacted): void => {
  for (const text of [result.text, ...result.documents]) {
    expect(text).not.toContain('c4n4ry');
    expect(text).not.toContain(CANARY_64.slice(0, 8));
  }
  expect(result.text).toMatch(/sallyport:v1:|c2FsbHlwb3J0OnYx/);
};

describe('answerRedactor', () => {
  it.each(places)('masks %s: %s, however it is wrapped and cut', (resource, _, item) => {
    for (const [, answer, watch] of wrappings(item)) {
      const facts = factsOf(resource, { watch });
      const result = redacted(plan, facts, answer);
      clean(result);
      expect(redacted(plan, facts, answer, byteByByte)).toEqual(result);
      expect(redacted(plan, facts, JSON.stringify(answer, null, 4), byteByByte).text).not.toContain('c4n4ry');
      // the keys stay, pruning reads them
      expect(Object.keys(JSON.parse(result.text) as object)).toEqual(Object.keys(answer as object));
    }
  });

  it.each([
    [
      'pods',
      'terminated.message',
      { status: { containerStatuses: [{ lastState: { terminated: { message: `x ${CANARY}` } } }] } },
    ],
    ['events', 'message', { message: `failed: ${CANARY}` }],
    ['events.events.k8s.io', 'note', { note: `failed: ${CANARY}` }],
    [
      'services',
      'annotations',
      { metadata: { annotations: { a: `see ${CANARY}`, json: JSON.stringify({ a: { b: [CANARY] } }) } } },
    ],
    [
      'services',
      'keys of managed lists',
      { metadata: { managedFields: [{ fieldsV1: { 'f:x': { [`k:{"name":"${CANARY}"}`]: {} } } }] } },
    ],
    [
      'services',
      'members of managed sets',
      { metadata: { managedFields: [{ fieldsV1: { 'f:x': { [`v:"${CANARY}"`]: {} } } }] } },
    ],
    ['services', 'a cell', { columnDefinitions: [], rows: [{ cells: [CANARY, CANARY], object: { metadata: {} } }] }],
    ['services', 'a Status', { kind: 'Status', message: CANARY, details: { causes: [{ message: CANARY }] } }],
    ['pods', 'annotations of a template', { template: { metadata: { annotations: { a: CANARY } } } }],
  ])('finds patterns in %s: %s', (resource, _, answer) => {
    const result = redacted(withPatterns, factsOf(resource), answer);
    clean(result);
    expect(result.masked).toHaveProperty('canary');
    expect(redacted(withPatterns, factsOf(resource), answer, byteByByte)).toEqual(result);
    expect(redacted(planOf([]), factsOf(resource), answer).text).toBe(JSON.stringify(answer));
  });

  it.each([
    ['serviceaccounts', 'token', { kind: 'TokenRequest', status: { token: CANARY, expirationTimestamp: 'x' } }],
    ['tokenreviews.authentication.k8s.io', '', { spec: { token: CANARY }, status: { authenticated: true } }],
  ])('masks tokens of %s/%s', (resource, subresource, answer) => {
    clean(redacted(planOf([]), factsOf(resource, { subresource }), answer));
  });

  it('masks copies of an object in any annotation: as JSON, within JSON, compressed, or broken', () => {
    const copy = JSON.stringify(secret);
    const annotations = {
      'kapp.k14s.io/original': copy,
      twice: JSON.stringify({ data: { x: 'eA==' }, metadata: { annotations: { [LAST_APPLIED]: copy } } }),
      'objectset.rio.cattle.io/applied': `H4sI${CANARY}`,
      broken: `${copy},`,
      [LAST_APPLIED]: `not JSON: ${CANARY}`,
      owner: 'team a',
    };
    const result = redacted(plan, factsOf('secrets'), { metadata: { annotations } });
    clean(result);
    expect(JSON.parse(result.text)).toHaveProperty(['metadata', 'annotations', 'owner'], 'team a');
  });

  it('masks any JSON in strings that is too deep to look into', () => {
    let text = JSON.stringify(secret);
    for (let layer = 0; layer < 8; layer++)
      text = JSON.stringify({ metadata: { annotations: { [LAST_APPLIED]: text } } });
    clean(redacted(plan, factsOf('secrets'), text));
    const deep = `${'{"metadata":'.repeat(600)}1`;
    clean(redacted(plan, factsOf('secrets'), { metadata: { annotations: { x: `${deep}${CANARY}` } } }));
  });

  it('masks what a set or a list key of managedFields repeats of a protected field', () => {
    const fields = {
      'f:spec': {
        'f:set': { '.': {}, [`v:"${CANARY}"`]: {} },
        'f:auth': { 'f:list': { [`k:{"token":"${CANARY}","port":80}`]: {} } },
        'f:list': { 'k:{"hidden":"c4n4ry"}': { 'f:hidden': {} }, 'k:{"name":"a"}': {} },
      },
    };
    const result = redacted(plan, factsOf('widgets.example.com'), {
      metadata: { managedFields: [{ fieldsV1: fields }] },
    });
    expect(result.text).toContain('"v:\\"sallyport:v1:');
    expect(result.text).toContain('"k:{\\"hidden\\":\\"sallyport:v1:');
    expect(result.text).toContain('"k:{\\"name\\":\\"a\\"}"');
    expect(result.text).not.toContain(`v:"${CANARY}`);
  });

  it('masks columns of a table that may show a field with a rule of its own', () => {
    const cells = ['app', CANARY, '5d3h', 'True', 12, null, `${CANARY} `];
    const result = redacted(plan, factsOf('widgets.example.com'), { rows: [{ cells }, { cells }] });
    clean(result);
    const { rows } = JSON.parse(result.text) as { rows: { cells: unknown[] }[] };
    expect(rows[1]?.cells.filter((_, at) => at !== 1 && at !== 6)).toEqual(['app', '5d3h', 'True', 12, null]);
  });

  it('leaves every other byte as it was', () => {
    const item = `{ "kind":"Deployment","x":9007199254740993,"y":[1.0,1e400,-0.0],"e":"\\u00e9\\u003c","metadata":{"name":"\\u0061"},"spec":{"paused":false,"template":{"spec":{"containers":[{"env":[{"name":"A","value":""}]}]}}}}\n`;
    expect(redacted(plan, factsOf('deployments.apps'), item).text).toBe(item);
    const list = `{"items": [${item},${item}]}`;
    expect(redacted(plan, factsOf('services'), list, byteByByte).text).toBe(list);
    const secrets = `{"kind":"Secret","metadata":{"name":"a","annotations":{"${LAST_APPLIED}":"{ \\"kind\\" : 1.0 }\\n"}},"type":"x"}`;
    expect(redacted(withPatterns, factsOf('secrets'), secrets).text).toBe(secrets);
  });

  it('gives one field of one object one mark, and others another', () => {
    const value = (answer: unknown, more = {}): string[] =>
      redacted(plan, factsOf('secrets', more), answer).text.match(/c2FsbHlwb3J0OnYx[A-Za-z0-9+/]+/g) ?? [];
    const [data, copy] = value(applied);
    expect(copy).toBe(data);
    expect(value({ items: [applied] })[0]).toBe(data);
    expect(value({ data: { password: CANARY_64 } }, { namespace: 'team', name: 'app' })[0]).toBe(data);
    expect(value({ type: 'ADDED', object: applied }, { watch: true })[0]).toBe(data);
    const others = value({
      items: [
        { ...applied, metadata: meta({ name: 'b' }) },
        { ...secret, data: { a: CANARY_64, b: CANARY_64 } },
      ],
    });
    expect(new Set([...others, data]).size).toBe(4);
  });

  it('counts items and masks, and keeps the first documents as they were released', () => {
    const list = { kind: 'SecretList', items: [applied, secret, secret] };
    const kept = redacted(plan, factsOf('secrets'), list, byteByByte, 2);
    expect(kept).toMatchObject({ items: 3, masked: { 'secrets.data': 4, 'secrets.stringData': 1 } });
    const { items } = JSON.parse(kept.text) as { items: unknown[] };
    expect(kept.documents.map((text) => JSON.parse(text) as unknown)).toEqual(items.slice(0, 2));
    expect(redacted(plan, factsOf('secrets'), secret)).toMatchObject({
      items: 1,
      documents: [expect.stringContaining('Opaque')],
    });
    expect(redacted(plan, factsOf('secrets'), { items: [] })).toMatchObject({ items: 0, documents: [] });
    const table = { kind: 'Table', rows: [{ cells: ['a'], object: secret }, { cells: ['b'] }] };
    expect(redacted(plan, factsOf('secrets'), table, byteByByte)).toMatchObject({
      items: 2,
      documents: [expect.anything(), '{"cells":["b"]}'],
    });
    const watch = [secret, { items: [secret] }].map((object) => JSON.stringify({ type: 'ADDED', object })).join('\n');
    expect(redacted(plan, factsOf('secrets', { watch: true }), watch)).toMatchObject({
      items: 2,
      documents: { length: 2 },
    });
    expect(redacted(plan, factsOf('secrets', { status: 404 }), { kind: 'Status' })).toMatchObject({ items: 0 });
  });

  it('mentions a document that is too long to keep', () => {
    const long = redacted(plan, factsOf('configmaps'), { data: { x: 'y'.repeat(300_000) } });
    expect(long.documents).toEqual(['{"omitted":"a document of 300017 bytes"}']);
  });

  it.each([
    ['protobuf', 'application/vnd.kubernetes.protobuf'],
    ['CBOR', 'application/cbor'],
    ['text', 'text/plain'],
    ['nothing', ''],
  ])('refuses %s', (_, mediaType) => {
    expect(() => answerRedactor(plan, factsOf('secrets', { mediaType }), testKey, 0)).toThrow(RedactionError);
  });

  it.each([
    ['is cut off', '{"data":{"a":"'],
    ['is malformed', '{"data":{"a":"b",}}'],
    ['goes on behind its end', '{"data":{}}{"data":{}}'],
    ['is too deep', `${'['.repeat(600)}`],
    ['has a number for a secret', '{"data":{"pin":1234}}'],
    ['has a boolean for a secret', '{"stringData":{"a":[true]}}'],
  ])('refuses an answer that %s', (_, text) => {
    expect(() => redacted(plan, factsOf('secrets'), text)).toThrow(RedactionError);
  });

  it('never quotes a value in its errors', () => {
    expect(() => redacted(plan, factsOf('widgets.example.com'), { spec: { auth: { token: 1234 } } })).toThrow(
      'spec.auth.token is protected (widgets.example.com/spec.auth.token) but holds a number or a boolean; only strings can be masked',
    );
  });

  it('masks bodies and texts by the same rules', () => {
    const body = redactObject(plan, factsOf('secrets'), testKey, Buffer.from(JSON.stringify(secret)));
    expect(Buffer.from(body).toString()).not.toContain(CANARY_64);
    expect(redactText(plan, factsOf('secrets'), testKey, `unknown field "${CANARY}"`)).toMatch(
      /^unknown field "sallyport/,
    );
    expect(redactText(plan, factsOf('nodes'), testKey, `unknown field "x y"`)).toBe('unknown field "x y"');
  });
});

describe('mayMask', () => {
  const asked = (resource: string, subresource = '', chosen = plan): boolean =>
    mayMask(chosen, { ...factsOf(resource), subresource });

  it('is true wherever a rule or a pattern could find something', () => {
    for (const resource of ['secrets', 'pods', 'configmaps', 'deployments.apps', 'x.example.org'])
      expect(asked(resource)).toBe(true);
    expect(asked('serviceaccounts', 'token', planOf([]))).toBe(true);
    expect(asked('nodes', '', withPatterns)).toBe(true);
  });

  it('is false for other resources, and for what is no object', () => {
    for (const resource of ['nodes', 'services', 'roles.rbac.authorization.k8s.io', ''])
      expect(asked(resource)).toBe(false);
    expect(asked('pods', '', planOf([]))).toBe(false);
    expect(asked('pods', 'log', withPatterns)).toBe(false);
    expect(asked('pods', 'proxy', withPatterns)).toBe(false);
  });
});
