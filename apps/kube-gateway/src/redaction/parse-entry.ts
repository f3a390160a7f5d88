import type { FieldRule, PodField, ResourceField, RuleStep } from './field-rule.js';

const POD_PARTS: ReadonlyMap<string, PodField['part']> = new Map([
  ['pods.env', 'env'],
  ['pods.command', 'command'],
  ['pods.args', 'args'],
]);

/** Maps of names to values, whose keys may hold dots: all behind the name is one key. */
const MAPS: readonly Pick<ResourceField, 'resource' | 'base64'>[] = [
  { resource: 'secrets', base64: true },
  { resource: 'secrets', base64: false },
  { resource: 'configmaps', base64: false },
  { resource: 'configmaps', base64: true },
];
const MAP_NAMES = ['secrets.data', 'secrets.stringData', 'configmaps.data', 'configmaps.binaryData'];

/** A singular, or a slip of the pen, would protect nothing and say nothing. */
const LEGACY_RESOURCES = (
  'configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods podtemplates ' +
  'replicationcontrollers resourcequotas secrets serviceaccounts services'
).split(' ');

/** What objects of the legacy group begin with; anything else is a slip of the pen. */
const LEGACY_FIELDS = ['metadata', 'spec', 'status', 'data', 'template', 'message', 'subsets', 'secrets', '*', '**'];

/** Without these a client does not know what it holds; their values are in the request or in every table. */
const NEVER_MASKED = ['kind', 'apiVersion', 'metadata.name', 'metadata.namespace', 'metadata.uid'];

/** Numbers and booleans wherever Kubernetes itself uses these names. */
const NO_STRINGS = (
  'replicas generation observedGeneration containerPort hostPort nodePort immutable privileged hostNetwork hostPID hostIPC ' +
  'runAsUser runAsGroup runAsNonRoot readOnly readOnlyRootFilesystem minReadySeconds restartCount priority suspend ' +
  'parallelism completions backoffLimit'
).split(' ');

/**
 * One entry of a `kubernetes` list.
 * @throws Error that names the entry and says what is wrong with it
 */
export function parseEntry(className: string, name: string): FieldRule {
  const part = POD_PARTS.get(name);
  if (part !== undefined) return { class: className, name, field: { in: 'pods', part } };
  return { class: className, name, field: mapField(name) ?? pathField(name) };
}

function mapField(name: string): ResourceField | null {
  const index = MAP_NAMES.findIndex((map) => name === map || name.startsWith(`${map}.`));
  const map = MAPS[index];
  const prefix = MAP_NAMES[index];
  if (map === undefined || prefix === undefined) return null;
  const key = name.slice(prefix.length + 1);
  if (name.length > prefix.length && key === '') throw wrong(name, 'has no key behind the last dot');
  const field = prefix.slice(prefix.indexOf('.') + 1);
  const path: RuleStep[] = [{ key: field }, ...(key === '' ? [] : [keyStep(key)])];
  return { in: 'resource', group: '', ...map, path, custom: false };
}

function pathField(name: string): ResourceField {
  const slash = /^[^['/]*\//.exec(name)?.[0].length ?? 0;
  const dot = name.indexOf('.');
  if (dot < 1) throw wrong(name, 'is no field: RESOURCE.FIELD, or RESOURCE.GROUP/path.to.field');
  const resource = name.slice(0, dot);
  const group = slash === 0 ? '' : name.slice(dot + 1, slash - 1);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(resource) || (slash > 0 && !/^[a-z0-9][a-z0-9.-]*$/.test(group)))
    throw wrong(name, 'begins with no resource: lower-case plural, as in widgets.example.com/spec.token');
  const segments = pathSegments(name, slash === 0 ? name.slice(dot + 1) : name.slice(slash));
  const [first = ''] = segments;
  if (group === '' && !LEGACY_RESOURCES.includes(resource))
    throw wrong(name, `begins with no resource of the core group (${LEGACY_RESOURCES.join(', ')})`);
  if (group === '' && !LEGACY_FIELDS.includes(first))
    throw wrong(name, `names no field of ${resource}: a path begins with metadata, spec, status or data`);
  const path = segments.join('.');
  if (NEVER_MASKED.includes(path)) throw wrong(name, `cannot be masked: clients cannot do without ${path}`);
  const last = segments.at(-1) ?? '';
  if (NO_STRINGS.includes(last)) throw wrong(name, `is a number or a boolean; only strings can be masked`);
  return { in: 'resource', group, resource, path: steps(segments), base64: false, custom: true };
}

/** `metadata.annotations['example.com/token']`: keys in brackets may hold dots; `[*]` and `[]` behind an array say nothing. */
function pathSegments(name: string, path: string): string[] {
  const segments: string[] = [];
  const piece = /\.?(?:\[\s*(?:'([^']+)'|"([^"]+)"|(\*?))\s*\]|([^.[\]'"]+))/y;
  while (piece.lastIndex < path.length) {
    const at = piece.lastIndex;
    const found = piece.exec(path);
    if (found === null || (at > 0 && found[4] !== undefined && path[at] !== '.') || (at === 0 && path[0] === '.'))
      throw wrong(name, `has a path that cannot be read from "${path.slice(at)}" on`);
    const segment = found[1] ?? found[2] ?? found[4];
    if (segment !== undefined) segments.push(segment);
  }
  if (segments.length === 0) throw wrong(name, 'has no path');
  return segments;
}

function steps(segments: readonly string[]): RuleStep[] {
  const found = segments.map((segment): RuleStep => (segment === '**' ? 'deep' : keyStep(segment)));
  // all below a field is masked anyway
  while (found.at(-1) === 'deep') found.pop();
  return segments.at(-1) === '**' ? [...found, 'any'] : found;
}

function keyStep(segment: string): RuleStep {
  if (/^\*+$/.test(segment)) return 'any';
  return segment.includes('*') ? { like: segment } : { key: segment };
}

const wrong = (name: string, what: string): Error => new Error(`protect: kubernetes entry "${name}" ${what}`);
