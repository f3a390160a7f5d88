import { field, flag, kubernetes, number } from './testing/protobuf-builder.js';
import { APPLY, JSON_PATCH, MERGE_PATCH, PROTOBUF, said } from './testing/requests.js';

const web = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } } };

describe('what is not read', () => {
  it.each([
    ['a cut document', '{"kind":"Pod"'],
    ['two documents', '{}{}'],
    ['a key that occurs twice', '{"spec":{"hostNetwork":true},"spec":{}}'],
    ['a key that occurs twice by an escape', '{"spec":{},"\\u0073pec":{"hostNetwork":true}}'],
    ['a key that occurs twice far inside', '{"a":[{"b":{"c":1,"c":2}}]}'],
    ['a byte order mark', '\ufeff{}'],
    ['a control character in a string', '{"a":"b\nc"}'],
    ['a comment', '{} // no'],
    ['a number JSON does not know', '{"a":01}'],
    ['an escape JSON does not know', '{"a":"\\x41"}'],
    ['a list where an object is expected', '[]'],
    ['a text where an object is expected', '"pod"'],
    ['nothing but white space', '  '],
    ['an endless nest of lists', '['.repeat(4_000_000)],
    ['an endless nest of objects', '{"a":'.repeat(700_000)],
  ])('refuses %s', (_, body) => {
    expect(said('create pods', body)).toMatchObject({ kind: 'json', readable: false, name: null, labels: null });
  });

  it.each([
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['a broken sequence', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
  ])('refuses %s', (_, body) => {
    expect(said('create pods', body).readable).toBe(false);
  });

  it.each([
    'application/cbor',
    'application/apply-patch+cbor',
    'text/plain',
    'application/json; charset=utf-16',
    '*/*',
  ])('takes %s for a type of others', (contentType) => {
    expect(said('create pods', '{}', contentType)).toMatchObject({ kind: 'other', readable: false });
  });

  it.each([
    ['two documents', 'a: 1\n---\nb: 2\n'],
    ['a directive', '%YAML 1.2\n---\na: 1\n'],
    ['a key that occurs twice', 'spec: {hostNetwork: true}\nspec: {}\n'],
    ['a key that occurs twice, quoted once', 'spec: {}\n"spec": {hostNetwork: true}\n'],
    ['a merge key', 'x: &x {hostNetwork: true}\nspec:\n  <<: *x\n'],
    ['a tag of its own', 'a: !secret b\n'],
    ['a tagged key', '? !!binary aG9zdFBhdGg=\n: {path: /}\n'],
    ['an unknown alias', 'a: *b\n'],
    ['an anchor set twice', 'a: &x 1\nb: &x 2\nc: *x\n'],
    ['an alias that contains itself', 'a: &x [*x]\n'],
    [
      'aliases that multiply',
      'a: &a [x,x,x,x,x,x,x,x]\n' +
        'bcdefgh'.replace(/./g, (n) => `${n}: &${n} [${`*${String.fromCharCode(n.charCodeAt(0) - 1)},`.repeat(8)}]\n`),
    ],
    ['a broken line', 'a: [1\n'],
    ['stairs of lists', '- '.repeat(30_000)],
    ['stairs of brackets', '['.repeat(30_000)],
    ['a very long text', 'a: b\n'.repeat(1) + '# \n'.repeat(40_000)],
  ])('refuses YAML with %s', (_, body) => {
    expect(said('patch pods', body, APPLY)).toMatchObject({ kind: 'yaml', readable: false });
  });

  const pod = kubernetes('v1', 'Pod', field(1, field(1, 'web')), field(2, flag(11)));
  it.each([
    ['another prefix', Buffer.concat([Buffer.from('k8s\x01'), pod.subarray(4)])],
    ['a second object', Buffer.concat([pod, field(2, '')])],
    ['a second type', Buffer.concat([pod, field(1, field(2, 'ConfigMap'))])],
    ['an encoding inside', Buffer.concat([pod, field(3, 'gzip')])],
    ['another content type inside', Buffer.concat([pod, field(4, 'application/json')])],
    ['metadata twice', kubernetes('v1', 'Pod', field(1, field(1, 'web')), field(1, field(1, 'db')))],
    ['a specification twice', kubernetes('v1', 'Pod', field(2, flag(11)), field(2, flag(11, 0)))],
    [
      'a label twice',
      kubernetes('v1', 'Pod', field(1, ...['a', 'b'].map((v) => field(11, field(1, 'x'), field(2, v))))),
    ],
    ['a truth written as text', kubernetes('v1', 'Pod', field(2, field(11, 'true')))],
    ['a group', kubernetes('v1', 'Pod', number((5 << 3) | 3), number((5 << 3) | 4))],
    ['a field number that wraps around', kubernetes('v1', 'Pod', number((1n << 35n) | 18n), number(2), flag(11))],
    ['field number 0', kubernetes('v1', 'Pod', number(2), number(0))],
    ['a name that is not UTF-8', kubernetes('v1', 'Pod', field(1, field(1, Buffer.from([0xc3, 0x28]))))],
  ])('refuses protobuf with %s', (_, body) => {
    expect(said('create pods', body, PROTOBUF)).toMatchObject({ kind: 'protobuf', readable: false });
  });

  it.each([
    ['no list', {}],
    ['an operation without a name', [{ path: '/spec' }]],
    ['an unknown operation', [{ op: 'merge', path: '/spec', value: {} }]],
    [
      'a pointer without its slash, whose first part servers drop',
      [{ op: 'add', path: 'x/spec/hostNetwork', value: true }],
    ],
    ['a copy from nowhere', [{ op: 'copy', path: '/spec' }]],
    ['labels that come from elsewhere', [{ op: 'copy', from: '/metadata/annotations', path: '/metadata/labels' }]],
    [
      'a label that comes from elsewhere',
      [{ op: 'move', from: '/metadata/annotations/a', path: '/metadata/labels/a' }],
    ],
  ])('refuses a JSON Patch with %s', (_, body) => {
    expect(said('patch services', body, JSON_PATCH).readable).toBe(false);
  });

  it('reads every cut of a body as what it is or as nothing, and never throws', () => {
    const bodies: [Buffer, string][] = [
      [Buffer.from(JSON.stringify({ ...web, spec: { containers: [{ name: 'é' }] } })), 'application/json'],
      [pod, PROTOBUF],
      [Buffer.from('kind: Pod\nmetadata: &m\n  name: "web"\nspec: [*m]\n'), APPLY],
    ];
    for (const [body, type] of bodies) {
      expect(said('create pods', body, type)).toMatchObject({ readable: true, name: 'web' });
      for (let end = 1; end < body.length; end++) {
        const cut = said('create pods', body.subarray(0, end), type);
        if (type === 'application/json') expect(cut.readable).toBe(false);
      }
    }
  });

  it('never throws on bytes at random', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 3_000; round++) {
      const body = Buffer.from(pod);
      for (let change = 0; change <= random(4); change++) body[random(body.length)] = random(256);
      const facts = said('create pods', body, PROTOBUF);
      if (!facts.readable) expect(facts.capabilities).toEqual([]);
    }
  });
});

describe('what is read', () => {
  it('knows a body that is not there', () => {
    expect(said('create pods/exec', '', undefined)).toMatchObject({ kind: 'none', readable: true, labels: null });
  });

  it('takes a body without a type for JSON, as the API server does', () => {
    expect(said('create pods', web, '')).toMatchObject({ kind: 'json', readable: true, name: 'web' });
  });

  it('leaves what is proxied unread', () => {
    expect(said('create pods/proxy', 'a=b', 'text/plain')).toMatchObject({ kind: 'other', readable: true });
  });

  const facts = {
    apiVersion: 'v1',
    objectKind: 'Pod',
    name: 'web',
    namespace: 'shop',
    labels: { app: 'web' },
    readable: true,
  };
  it.each([
    ['JSON', JSON.stringify(web), 'application/json'],
    ['JSON with escapes', JSON.stringify(web).replace('name', '\\u006eame'), 'application/json;charset=UTF-8'],
    ['JSON under the name of YAML', JSON.stringify(web), 'application/yaml'],
    [
      'YAML',
      '# a comment\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: "shop"\n  labels: {app: web}\n',
      'application/yaml',
    ],
    [
      'protobuf',
      kubernetes('v1', 'Pod', field(1, field(1, 'web'), field(3, 'shop'), field(11, field(1, 'app'), field(2, 'web')))),
      PROTOBUF,
    ],
  ])('reads type, name and labels of %s', (_, body, contentType) => {
    expect(said('create pods', body, contentType)).toMatchObject(facts);
  });

  it('knows no name where the server makes one', () => {
    expect(said('create pods', { metadata: { generateName: 'web-' } })).toMatchObject({ name: null, labels: {} });
  });

  it('knows that a whole object without labels has none, and that a patch may leave them as they are', () => {
    expect(said('update pods', { metadata: { name: 'web' } }).labels).toEqual({});
    expect(said('patch pods', { metadata: { name: 'web' } }, MERGE_PATCH).labels).toBeNull();
    expect(said('patch pods', { metadata: { labels: { app: 'x', old: null } } }, MERGE_PATCH).labels).toEqual({
      app: 'x',
    });
    expect(said('patch pods', { metadata: { labels: null } }, MERGE_PATCH).labels).toEqual({});
  });

  it('takes a label named __proto__ for a label', () => {
    const labels = said('create pods', '{"metadata":{"labels":{"__proto__":"x"}}}').labels;
    expect(Object.entries(labels ?? {})).toEqual([['__proto__', 'x']]);
  });

  it('does not take the metadata of a Scale for those of the Deployment', () => {
    expect(
      said('update deployments.apps/scale', { kind: 'Scale', metadata: { labels: { app: 'x' } } }).labels,
    ).toBeNull();
  });

  it('reads labels that a JSON Patch sets, one by one or as a whole', () => {
    const patch = [
      { op: 'add', path: '/metadata/labels/app.kubernetes.io~1name', value: 'web' },
      { op: 'replace', path: '/metadata/labels', value: { tier: 'front' } },
      { op: 'test', path: '/metadata/labels/app', value: 'other' },
      { op: 'remove', path: '/metadata/labels/gone' },
    ];
    expect(said('patch pods', patch, JSON_PATCH).labels).toEqual({ 'app.kubernetes.io/name': 'web', tier: 'front' });
    expect(said('patch pods', [{ op: 'remove', path: '/spec/x' }], JSON_PATCH)).toMatchObject({
      labels: null,
      readable: true,
    });
  });

  it.each([
    ['JSON that asks for one', '{"kind":"DeleteOptions","dryRun":["All"]}', 'application/json', true],
    ['JSON that does not', '{"gracePeriodSeconds":0}', 'application/json', false],
    ['an empty object', '{}', 'application/json', false],
    [
      'protobuf that asks for one',
      kubernetes('meta.k8s.io/v1', 'DeleteOptions', flag(1, 0), field(5, 'All')),
      PROTOBUF,
      true,
    ],
    ['protobuf that does not', kubernetes('v1', 'DeleteOptions', flag(1, 0)), PROTOBUF, false],
  ])('says whether a delete is a dry run: %s', (_, body, contentType, dryRun) => {
    expect(said('delete pods', body, contentType)).toMatchObject({
      readable: true,
      dryRun,
      capabilities: [],
      name: null,
    });
  });

  it('says nothing of a dry run where no options are sent', () => {
    expect(said('delete pods', '').dryRun).toBeNull();
    expect(said('create pods', web).dryRun).toBeNull();
  });
});
