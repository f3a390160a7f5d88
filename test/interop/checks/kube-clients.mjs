import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { normalise } from '../kube/normalise.mjs';
import { kubeWorld } from '../kube/world.mjs';
import { npmPackage, python, root, run } from '../programs.mjs';

const clientNode = '1.4.0';
const pythonFolder = join(root, 'test', 'interop', 'python');

/** The Python client of Kubernetes: a new one and one of 2022. */
export async function checkKubePython(steps, sallyports) {
  const world = kubeWorld(steps, sallyports);
  if (world === null) return;
  for (const version of ['36', '22']) {
    const program = await python(join(pythonFolder, `kube_${version}.txt`));
    await compareTranscripts(steps, world, `Python ${version}:`, program, [join(pythonFolder, 'kube_client.py')]);
  }
}

/** The JavaScript client of Kubernetes. */
export async function checkKubeNode(steps, sallyports) {
  const world = kubeWorld(steps, sallyports);
  if (world === null) return;
  const folder = await npmPackage('@kubernetes/client-node', clientNode);
  const script = join(root, 'test', 'interop', 'kube', 'node-client.mjs');
  await compareTranscripts(steps, world, 'client-node:', process.execPath, [script, folder]);
}

/** Runs a program that prints a JSON transcript on both sides; what it saw has to be the same. */
async function compareTranscripts(steps, world, prefix, program, args) {
  const [own, behind] = await world.namespaces();
  await world.cluster();
  const gateway = await world.gateway('plain');
  const sides = await Promise.all([world.direct(own, { impersonated: false }), world.through(gateway, behind)]);
  const [direct, through] = await Promise.all(
    sides.map(async (side) => {
      mkdirSync(side.folder, { recursive: true });
      const env = { KUBECONFIG: side.kubeconfig, KUBE_NAMESPACE: side.namespace, NODE_EXTRA_CA_CERTS: side.ca };
      const quiet = { PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1', PYTHONWARNINGS: 'ignore' };
      const { status, stdout, stderr } = await run(program, args, { env: { ...env, ...quiet }, cwd: side.folder });
      assert.equal(status, 0, stderr + stdout);
      return JSON.parse(stdout).map((entry) => ({
        ...entry,
        text: normalise(JSON.stringify(entry, withoutManagers, 1), side),
      }));
    }),
  );
  assert.equal(through.length, direct.length);
  for (const [i, { say, text, raised }] of direct.entries()) {
    await steps.step(`${prefix} ${say}`, () => {
      const [reason] = raised ?? [];
      assert.ok(typeof reason !== 'string' || !reason.endsWith('Error'), `directly:\n${text}`);
      assert.equal(through[i].text, text);
    });
  }
}

/** Who wrote which field comes in the order of the seconds in which they did. */
function withoutManagers(key, value) {
  return key === 'managedFields' ? undefined : value;
}
