import assert from 'node:assert/strict';
import { client } from '../../kube-server/rest.mjs';
import { kubeWorld } from '../kube/world.mjs';

const table = (version, include) => [
  `application/json;as=Table;v=${version};g=meta.k8s.io,application/json`,
  include === undefined ? '' : `includeObject=${include}`,
];
/** Numbers and spellings that a parser and printer of JSON would not keep. */
const oddities = `{"apiVersion":"interop.example.com/v1","kind":"Oddity","metadata":{"name":"odd"},"spec":{
  "big":9007199254740993,"bigger":-9223372036854775808,"float":1.5e300,"tiny":0.1,"nothing":null,"deep":[[[{"a":[]}]]],
  "text":"\\u2028 \\u0000 \\ud83d\\ude00 <&> \\"","":"","data":{"password":"no secret here"}}}`;
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'oddities.interop.example.com' },
  spec: {
    group: 'interop.example.com',
    scope: 'Namespaced',
    names: { plural: 'oddities', singular: 'oddity', kind: 'Oddity' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/**
 * What is asked, in order: sentence, method, path, Accept, body.
 * @returns {[string, string, string, (string | undefined)?, unknown?][]}
 */
function requests(namespace) {
  const base = `/api/v1/namespaces/${namespace}`;
  const pods = `${base}/pods`;
  const partial = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';
  const lists = [undefined, 'None', 'Metadata', 'Object'].map((include) => {
    const [accept, query] = table('v1', include);
    return [
      `pods as a table${include === undefined ? '' : ` including ${include}`}`,
      'GET',
      `${pods}?${query}`,
      accept,
    ];
  });
  return [
    ['one pod', 'GET', `${pods}/b-0`],
    ['one pod, indented', 'GET', `${pods}/b-0?pretty=true`],
    ['one pod as YAML', 'GET', `${pods}/b-0`, 'application/yaml'],
    ['pods', 'GET', pods],
    ['pods, the first of them', 'GET', `${pods}?limit=2`],
    ...lists,
    ['metadata of pods alone', 'GET', pods, partial],
    ['a ConfigMap as protobuf', 'GET', `${base}/configmaps/big`, 'application/vnd.kubernetes.protobuf'],
    ['a ConfigMap of 900 KB', 'GET', `${base}/configmaps/big`],
    [
      'an object with odd numbers and texts',
      'GET',
      `/apis/interop.example.com/v1/namespaces/${namespace}/oddities/odd`,
    ],
    ['events of a watch', 'GET', `${pods}?watch=1&timeoutSeconds=1&resourceVersion=0`],
    ['a status', 'GET', `${pods}/b-0/status`],
    ['a scale', 'GET', `/apis/apps/v1/namespaces/${namespace}/deployments/none/scale`],
    ['what is not there', 'GET', `${pods}/nobody-home`],
    ['a type that is not there', 'GET', `${base}/gadgets`],
    ['an empty list', 'GET', `${base}/services`],
    ['discovery', 'GET', '/apis', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'],
    ['discovery of old', 'GET', '/api/v1'],
    ['the version', 'GET', '/version'],
    ['the index of OpenAPI', 'GET', '/openapi/v3'],
    ['OpenAPI as protobuf', 'GET', '/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'],
    ['an Accept that nothing serves', 'GET', pods, 'image/png'],
    ['a refused object', 'POST', `${base}/configmaps?dryRun=All`, undefined, { metadata: { name: 'Not_Valid' } }],
    ['a method that is not allowed', 'PATCH', pods, undefined, {}],
  ];
}

/** What may differ between two requests, one after the other: how far the cluster has come, in the metadata of lists. */
const settled = (text) =>
  text
    .replaceAll(/"metadata":\s?\{\s*"resourceVersion":\s?"\w+"/gu, '"metadata":{"resourceVersion":"N"')
    .replaceAll(/"continue":"[\w=-]+"/gu, '"continue":"TOKEN"');

/** Answers where nothing is masked: the same bytes, and the same headers that say something of them. */
export async function checkKubeBytes(steps, sallyports) {
  const world = kubeWorld(steps, sallyports);
  if (world === null) return;
  const { admin } = await world.cluster();
  const gateway = await world.gateway('plain');
  const [namespace] = await world.namespaces();
  await prepare(admin, namespace);
  const sides = [await world.direct(namespace), await world.through(gateway, namespace)];
  const [direct, through] = sides.map(({ server, ca, token }, i) =>
    client(server, ca, {
      authorization: `Bearer ${token}`,
      ...(i === 0 ? { 'impersonate-user': 'alice@example.com', 'impersonate-group': 'analysts' } : {}),
    }),
  );
  for (const [say, method, path, accept = 'application/json', body] of requests(namespace)) {
    await steps.step(`the same bytes: ${say}`, async () => {
      const ask = (side) => side(method, path, body, { accept, 'user-agent': 'interop' });
      const [own, behind] = [await ask(direct), await ask(through)];
      assert.equal(behind.status, own.status, behind.text);
      assert.equal(settled(behind.bytes.toString('latin1')), settled(own.bytes.toString('latin1')));
      for (const name of ['content-type', 'cache-control', 'etag'])
        if (own.headers[name] !== undefined) assert.equal(behind.headers[name], own.headers[name], name);
    });
  }
  await unreadable(steps, [direct, through], namespace);
}

/** A body that nobody can read is refused before the cluster sees it; the status is the cluster's. */
async function unreadable(steps, [direct, through], namespace) {
  await steps.step('a body that is no JSON is refused as directly, in other words', async () => {
    const ask = (side) => side('POST', `/api/v1/namespaces/${namespace}/configmaps`, '{"metadata":');
    const [own, behind] = [await ask(direct), await ask(through)];
    for (const { status, json } of [own, behind]) assert.deepEqual([status, json.reason], [400, 'BadRequest']);
  });
}

async function prepare(admin, namespace) {
  const base = `/api/v1/namespaces/${namespace}`;
  const create = async (path, body) => {
    const { status, text } = await admin('POST', path, body);
    if (status !== 201 && status !== 409) throw new Error(text);
  };
  await create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  for (let i = 0; i < 5; i++)
    await create(`${base}/pods`, {
      metadata: { name: `b-${i}` },
      spec: { containers: [{ name: 'main', image: 'i' }] },
    });
  await create(`${base}/configmaps`, { metadata: { name: 'big' }, data: { text: 'é\\"'.repeat(180_000) } });
  const odd = `/apis/interop.example.com/v1/namespaces/${namespace}/oddities`;
  for (let tries = 0; ; tries++) {
    const { status, text } = await admin('POST', odd, oddities);
    if (status === 201) break;
    if (tries > 100) throw new Error(text);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (;;) {
    const { json } = await admin('GET', `${base}/pods`);
    if (json.items.every(({ status }) => status.phase === 'Running')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
