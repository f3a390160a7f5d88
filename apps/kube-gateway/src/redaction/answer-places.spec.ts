import { byteByByte, CANARY, CANARY_64, factsOf, planOf, redacted } from './testing/answers.js';
import {
  LAST_APPLIED,
  meta,
  secret,
  applied,
  podSpec,
  template,
  plan,
  withPatterns,
  wrappings,
  clean,
} from './testing/objects.js';

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
  [
    'controllerrevisions.apps',
    'the last-applied of its owner, which is of another kind',
    {
      metadata: { ...meta(), annotations: { [LAST_APPLIED]: JSON.stringify({ spec: { template } }) } },
      data: {},
    },
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

describe('places of answers', () => {
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

  it('masks what is protected in the applied copy of a workload', () => {
    const deployment = { metadata: meta(), spec: { template } };
    const annotations = { [LAST_APPLIED]: JSON.stringify(deployment) };
    const answer = { ...deployment, metadata: meta({ annotations }) };
    for (const [, wrapped, watch] of wrappings(answer))
      clean(redacted(plan, factsOf('deployments.apps', { watch }), wrapped));
    const masked = JSON.parse(redacted(plan, factsOf('deployments.apps'), answer).text) as typeof answer;
    const copy = (masked.metadata as { annotations: typeof annotations }).annotations[LAST_APPLIED];
    expect((JSON.parse(copy) as typeof deployment).spec).toEqual(masked.spec);
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

  it('masks what an error quotes of an object with protected fields, wherever it stands', () => {
    const causes = [{ reason: 'FieldValueInvalid', field: 'data[a]', message: `Invalid value: "${CANARY}"` }];
    const message = `Secret "app" is invalid: data[a]: Invalid value: "${CANARY}": no`;
    const status = { kind: 'Status', message, details: { name: 'app', kind: 'secrets', causes }, code: 422 };
    for (const resource of ['secrets', 'pods', 'widgets.example.com']) {
      for (const [answer, watch] of [
        [status, false],
        [{ type: 'ERROR', object: status }, true],
      ] as const) {
        const result = redacted(plan, factsOf(resource, { status: 422, watch }), answer, byteByByte);
        clean(result);
        expect(result).toMatchObject({ masked: { message: 2 } });
        expect(result.text).toContain('Secret \\"app\\" is invalid: data[a]: Invalid value: \\"sallyport:v1:');
      }
    }
    expect(redacted(plan, factsOf('nodes', { status: 422 }), status).text).toBe(JSON.stringify(status));
  });
});
