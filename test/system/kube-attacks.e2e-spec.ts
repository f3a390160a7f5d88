import { KubeWorld, statusOf } from '../support/kube-double/kube-world.js';

// What broke once: protected values carried to places where nothing is masked, or written down in arguments; connections
// that change what they are in the middle.

const deployments = '/apis/apps/v1/namespaces/team-a/deployments';
const pods = '/api/v1/namespaces/team-a/pods';
const patch = ['Content-Type: application/json-patch+json'];
const envKey = 'env-key-3f9a';

let world: KubeWorld;

beforeAll(async () => {
  world = await KubeWorld.start();
  const template = { spec: { containers: [{ name: 'app', env: [{ name: 'API_KEY', value: envKey }] }] } };
  const applied = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: { template } }) };
  const web = world.double.get('apps/v1', 'Deployment', 'team-a', 'web') as { metadata: object } & Parameters<
    typeof world.double.put
  >[0];
  world.double.put({ ...web, metadata: { ...web.metadata, annotations: applied } });
});
afterEach(() => world?.isUnharmed());
afterAll(() => world?.stop());

describe('a protected value', () => {
  it.each([
    ['of an annotation, dry', '?dryRun=All', '/metadata/annotations', '/spec/template/metadata/annotations', 400],
    ['of metadata, dry', '?dryRun=All', '/metadata', '/spec/template/metadata', 400],
    ['of an annotation', '', '/metadata/annotations', '/spec/template/metadata/annotations', 403],
  ])('is not carried to where nothing is masked: %s', async (_, query, from, path, code) => {
    const body = JSON.stringify([{ op: 'copy', from, path }]);
    const seen = await world.during(async () => {
      const answer = await world.ask(`PATCH ${deployments}/web${query}`, { lines: patch, body });
      expect(statusOf(answer).code).toBe(code);
      expect(answer.body).not.toContain(envKey);
    });
    expect(seen).toEqual([]);
  });

  it('in the arguments of a command, or in a parameter, is masked in the record and in the log', async () => {
    const { client, answer } = await world.upgrade(
      `${pods}/web-0/exec?command=echo&command=-n%20canary-0badf00d&stdout=1`,
    );
    expect(answer.status).toBe(101);
    await client.ended();
    await world.ask(`GET ${pods}?labelSelector=app%3Dcanary-0badf00d`);
    let texts: string[] = [];
    const command = /-- echo '-n sallyport:v1:[0-9a-f]{16}'/;
    // the record is shipped a moment later
    for (let tries = 0; tries < 50 && !texts.some((text) => command.test(text)); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const operations = await world.gateway.operations({ target: 'double' });
      texts = await Promise.all(
        operations.map(async ({ id }) => JSON.stringify(await world.gateway.call(`/v1/operations/${id}`))),
      );
    }
    expect(texts).toContainEqual(expect.stringMatching(command));
    texts.push(world.gateway.sallyport.output());
    for (const text of texts) expect(text).not.toContain('canary-0badf00d');
  });
});

describe('a watch whose connection turns into something else', () => {
  const upgrade = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: v5.channel.k8s.io',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ];
  it.each([
    ['a tunnel', 'CONNECT elsewhere:1', []],
    ['a log by WebSocket', `GET /k8s/double${pods}/web-0/log?follow=1`, upgrade],
    ['a command', `GET /k8s/double${pods}/web-0/exec?command=sh&stdin=1`, upgrade],
    ['noise', 'NOISE', []],
  ])('leaves no stream behind when it ends: %s', async (_, line, lines) => {
    const client = await world.begin(`GET ${pods}?watch=1`);
    expect((await client.head()).status).toBe(200);
    client.request(line, [world.bearer(), ...lines]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.destroy();
    await world.noStreamLeft();
  });
});
