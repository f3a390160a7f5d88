import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { kubectl, newestKubectl } from '../../kube-server/kubectl.mjs';
import { client } from '../../kube-server/rest.mjs';
import { allOperations, settledRecord } from '../kube/record.mjs';
import { kubeWorld } from '../kube/world.mjs';

/** What the gateway asks for itself: whether it may impersonate, whose token this is, what an object is labelled. */
const ownQuestions = /^\/apis\/(?:authorization|authentication)\.k8s\.io\/|^\/(?:version|readyz|livez)\b/u;

/** Lines of the cluster's own audit log, a witness that knows nothing of the gateway. */
function witnessed(auditLog) {
  return readFileSync(auditLog, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The record against the cluster's audit log: no request by the gateway's credential without its operation. */
export async function checkKubeRecord(steps, sallyports) {
  const world = kubeWorld(steps, sallyports);
  if (world === null) return;
  const { auditLog, admin } = await world.cluster();
  const from = witnessed(auditLog).length;
  const gateway = await world.gateway('record');
  const [namespace] = await world.namespaces();
  const side = { ...world.through(gateway, namespace), home: world.scratch };
  const file = newestKubectl();
  const run = (args, options = {}) => kubectl(file, args, { ...side, ...options });
  await traffic(run, side, namespace);
  await settledRecord(gateway.file);
  const seen = witnessed(auditLog)
    .slice(from)
    .filter(({ user }) => user.username === 'gateway');
  const operations = await allOperations(gateway.file);
  const known = new Set(operations.map(({ id }) => id));
  const isOwn = ({ impersonatedUser, requestURI }) => impersonatedUser === undefined && ownQuestions.test(requestURI);

  await steps.step('every request in the audit log of the cluster has its operation, by Audit-ID', () => {
    const asked = seen.filter((event) => !isOwn(event));
    assert.ok(asked.length > 40, `${asked.length} requests`);
    const missing = asked.filter(({ auditID }) => !known.has(auditID));
    steps.note(
      `${asked.length} audit lines, ${known.size} operations, ${seen.length - asked.length} questions of the gateway's own`,
    );
    assert.deepEqual(
      missing.map(({ verb, requestURI, user, impersonatedUser }) => [
        verb,
        requestURI,
        user.username,
        impersonatedUser?.username,
      ]),
      [],
    );
  });
  await steps.step('every one of them names alice, and her session, as the cluster saw her', () => {
    for (const event of seen.filter((one) => !isOwn(one))) {
      const { impersonatedUser, requestURI } = event;
      assert.equal(impersonatedUser?.username, 'alice@example.com', requestURI);
      assert.ok(impersonatedUser.groups.includes('analysts'), requestURI);
      assert.match(JSON.stringify(impersonatedUser.extra ?? {}), /session/u);
    }
  });
  await steps.step('every operation that was not refused reached the cluster', () => {
    const reached = new Set(seen.map(({ auditID }) => auditID));
    const lost = operations.filter(({ id, result }) => result.status === 'ok' && !reached.has(id));
    // answered by the gateway itself
    assert.deepEqual(
      lost
        .map(({ verb, statement }) => [verb, statement])
        .filter(([, statement]) => !/selfsubject/iu.test(statement ?? '')),
      [],
    );
  });
  await steps.step('what was refused is in the record, and did not reach the cluster', async () => {
    const refused = operations.filter(({ result }) => result.status === 'refused');
    assert.ok(
      refused.some(({ statement }) => /portforward/u.test(statement ?? '')),
      JSON.stringify(refused.map(({ statement }) => statement)),
    );
    const reached = new Set(seen.map(({ auditID }) => auditID));
    assert.deepEqual(
      refused.filter(({ id }) => reached.has(id)),
      [],
    );
    assert.equal((await admin('GET', `/api/v1/namespaces/${namespace}/pods/p`)).status, 404);
  });
}

/** A bit of everything, by kubectl and by hand. */
async function traffic(run, { server, ca, token }, namespace) {
  const manifest = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'main', image: 'i' }] },
  });
  const commands = [
    'version',
    'auth whoami',
    'auth can-i create pods',
    'get pods',
    'get pods -A -o yaml',
    'describe nodes',
    'apply --server-side -f -',
    'wait --for=condition=Ready pod/p --timeout=30s',
    'exec p -- true',
    'exec p -- false',
    'exec -i p -- cat',
    'attach -i p',
    'logs p',
    'create configmap c --from-literal=a=b',
    'patch configmap c -p {"data":{"a":"c"}}',
    'get secrets -o yaml',
    'create configmap c --from-literal=a=b',
    'get configmap nobody-home',
    'explain pods',
    'port-forward p :7',
    'delete configmap c',
    'delete pod p --now',
  ];
  for (const command of commands)
    await run(command.split(' '), { input: command.endsWith('-f -') ? manifest : 'typed\n', withinMs: 60_000 });
  const ask = client(server, ca, { authorization: `Bearer ${token}` });
  for (let i = 0; i < 20; i++)
    await ask('GET', `/api/v1/namespaces/${namespace}/pods?watch=1&timeoutSeconds=1&resourceVersion=0`);
  await Promise.all(Array.from({ length: 50 }, () => ask('GET', `/api/v1/namespaces/${namespace}`)));
}
