import assert from 'node:assert/strict';
import { kubectl, kubectls } from '../../kube-server/kubectl.mjs';
import { scenario } from '../kube/scenario.mjs';
import { compare, transcribe } from '../kube/transcript.mjs';
import { kubeWorld } from '../kube/world.mjs';

/** Every kubectl, unchanged: what it says and how it ends is the same as directly. */
export async function checkKubectl(steps, sallyports) {
  const world = kubeWorld(steps, sallyports);
  if (world === null) return;
  await world.cluster();
  const gateway = await world.gateway('plain');
  for (const [i, { version, file }] of kubectls().entries()) {
    const [own, behind] = await world.namespaces();
    const sides = await Promise.all([world.direct(own), world.through(gateway, behind)]);
    const asked = scenario({ brief: i > 0 });
    const [direct, through] = await Promise.all(sides.map((side) => transcribe(asked, file, side)));
    await compare(steps, `kubectl ${version}:`, direct, through);
    await refused(steps, `kubectl ${version}:`, file, sides[1]);
    if (i === 0) await who(steps, file, sides);
  }
}

/** kubectl tries a refused exec again by another protocol, and prints what it was told then. */
async function refused(steps, prefix, file, side) {
  const ask = (args) => kubectl(file, args, { ...side, home: side.folder });
  await steps.step(`${prefix} an exec that a rule refuses prints the rule's message`, async () => {
    await ask(['run', 'quiet', '--image=example/app:1']);
    await ask(['wait', '--for=condition=Ready', 'pod/quiet', '--timeout=30s']);
    const { status, stderr } = await ask(['exec', 'quiet', '--', 'refused-program']);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^(?:Error from server \(Forbidden\)|error: unable to upgrade connection): That program stays where it is\./u,
    );
  });
}

/** What is not the same, on purpose. */
async function who(steps, file, [direct, through]) {
  const ask = (args, side) => kubectl(file, args, { ...side, home: side.folder });
  await steps.step('auth whoami says alice and her groups, as directly', async () => {
    const [own, behind] = await Promise.all(
      [direct, through].map(async (side) => JSON.parse((await ask(['auth', 'whoami', '-o', 'json'], side)).stdout)),
    );
    const { username, groups } = own.status.userInfo;
    assert.equal(username, 'alice@example.com');
    assert.equal(behind.status.userInfo.username, username);
    assert.deepEqual(behind.status.userInfo.groups, groups);
  });
  await steps.step('--as is refused, by a message that kubectl prints', async () => {
    const { status, stderr } = await ask(['get', 'pods', '--as=someone'], through);
    assert.equal(status, 1);
    assert.match(stderr, /^Error from server \(\w+\): .*impersonat/iu);
  });
  await steps.step('a wrong token is refused, as directly', async () => {
    const { status, stderr } = await ask(['get', 'pods', '--token=nonsense'], through);
    assert.equal(status, 1);
    assert.match(stderr, /Unauthorized|must be logged in/iu);
  });
  await steps.step('port-forward is refused for now, in words', async () => {
    const created = await ask(['run', 'far', '--image=example/app:1'], through);
    assert.equal(created.status, 0, created.stderr);
    await ask(['wait', '--for=condition=Ready', 'pod/far', '--timeout=30s'], through);
    const { status, stderr } = await ask(['port-forward', 'pod/far', ':7'], { ...through, withinMs: 20_000 });
    assert.equal(status, 1);
    assert.match(stderr, /port-forward/iu);
  });
}
