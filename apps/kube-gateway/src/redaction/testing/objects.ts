import { CANARY, CANARY_64, planOf, type Redacted } from './answers.js';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
export const meta = (more: object = {}): object => ({ name: 'app', namespace: 'team', ...more });
export const secret = {
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: meta(),
  data: { password: CANARY_64, empty: '' },
  type: 'Opaque',
};
export const applied = {
  ...secret,
  metadata: meta({ annotations: { [LAST_APPLIED]: `${JSON.stringify({ ...secret, stringData: { p: CANARY } })}\n` } }),
};
export const container = {
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
export const podSpec = {
  containers: [container],
  initContainers: [container],
  ephemeralContainers: [container],
  nodeName: 'n1',
};
export const template = { metadata: {}, spec: podSpec };
export const everything =
  'pods.env pods.command pods.args configmaps.data.*password* configmaps.binaryData.*.key widgets.example.com/spec.auth.token ' +
  'widgets.example.com/spec.**.hidden widgets.example.com/spec.set';
export const plan = planOf(everything.split(' '));
export const withPatterns = planOf(everything.split(' '), true);

/** Every way in which objects of a resource come. */
export const wrappings = (item: object): [string, unknown, boolean][] => [
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

/** @throws Error that shows where the canary passed, or that nothing was masked */
export const clean = (result: Redacted): void => {
  for (const text of [result.text, ...result.documents])
    for (const canary of ['c4n4ry', CANARY_64.slice(0, 8)])
      if (text.includes(canary)) throw new Error(`${canary} passed: ${text}`);
  if (!/sallyport:v1:|c2FsbHlwb3J0OnYx/.test(result.text)) throw new Error(`nothing is masked: ${result.text}`);
};
