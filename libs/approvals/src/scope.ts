import { compileGlob, type Glob } from '@app/identity';
import type { Operation } from '@app/policy';

/**
 * What a grant given ahead of time covers: globs, each condition must hold. Left out: not limited, but for capabilities, which are never
 * given in passing.
 */
export interface AccessScope {
  readonly targets: readonly string[];
  /** effect classes, word for word */
  readonly does?: readonly string[] | undefined;
  /** statement kinds, lower case, word for word */
  readonly statements?: readonly string[] | undefined;
  /** over `target.schema.table`; an operation that names no object is not covered then */
  readonly objects?: readonly string[] | undefined;
  /** protected classes that may be read, or choose rows where that is known; empty: none */
  readonly reads?: readonly string[] | undefined;
  /** protected classes that may be written; empty: none */
  readonly writes?: readonly string[] | undefined;
  /** by name of attribute; one that does not apply to an operation does not cover it */
  readonly attributes?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly capabilities?: readonly string[] | undefined;
}

interface CompiledScope {
  readonly targets: readonly Glob[];
  readonly objects: readonly Glob[] | null;
  readonly reads: readonly Glob[] | null;
  readonly writes: readonly Glob[] | null;
  readonly capabilities: readonly Glob[];
  readonly attributes: readonly (readonly [name: string, globs: readonly Glob[]])[];
}

const compiled = new WeakMap<AccessScope, CompiledScope>();

/**
 * Whether the scope covers *all* the operation does, as a rule that allows must: every object, class, statement kind, value and power. A
 * `*` in a name of the operation stands for what could be anything, and is covered by a star of the scope only.
 * @throws GlobError when a pattern of the scope is none; {@link checkScope} says so before
 */
export function coversScope(scope: AccessScope, operation: Operation): boolean {
  const globs = compile(scope);
  if (!some(globs.targets, operation.target)) return false;
  if (scope.does && !scope.does.includes(operation.effect)) return false;
  if (scope.statements && !(any(operation.kinds) && operation.kinds.every((kind) => scope.statements?.includes(kind))))
    return false;
  if (globs.objects && !(any(operation.objects) && all(globs.objects, operation.objects))) return false;
  if (globs.reads && !all(globs.reads, [...operation.reads, ...(operation.filters ?? [])])) return false;
  if (globs.writes && !all(globs.writes, operation.writes)) return false;
  if (!all(globs.capabilities, operation.capabilities)) return false;
  return globs.attributes.every(([name, patterns]) => {
    const values = attribute(operation, name);
    return any(values) && all(patterns, values);
  });
}

/** @throws GlobError for a pattern that is none, RangeError for a scope that names no target or an empty list of them */
export function checkScope(scope: AccessScope): void {
  if (scope.targets.length === 0) throw new RangeError('a scope names at least one target');
  for (const key of ['does', 'statements', 'objects'] as const)
    if (scope[key]?.length === 0) throw new RangeError(`${key} names nothing; leave it out to mean all`);
  for (const [name, values] of Object.entries(scope.attributes ?? {}))
    if (values.length === 0) throw new RangeError(`${name} names nothing; leave it out to mean all`);
  compile(scope);
}

function compile(scope: AccessScope): CompiledScope {
  let made = compiled.get(scope);
  if (!made) {
    const globs = (patterns: readonly string[]): readonly Glob[] => patterns.map(compileGlob);
    made = {
      targets: globs(scope.targets),
      objects: scope.objects ? globs(scope.objects) : null,
      reads: scope.reads ? globs(scope.reads) : null,
      writes: scope.writes ? globs(scope.writes) : null,
      capabilities: globs(scope.capabilities ?? []),
      attributes: Object.entries(scope.attributes ?? {}).map(([name, patterns]) => [name, globs(patterns)] as const),
    };
    compiled.set(scope, made);
  }
  return made;
}

/** A name of a family that is not listed is spoken for by `family:*`, as in rules. */
function attribute({ attributes }: Operation, name: string): readonly string[] {
  if (Object.hasOwn(attributes, name)) return attributes[name] ?? [];
  const family = name.indexOf(':');
  return family < 0 ? [] : (attributes[`${name.slice(0, family)}:*`] ?? []);
}

const any = (values: readonly string[]): boolean => values.length > 0;
const some = (globs: readonly Glob[], text: string): boolean => globs.some((glob) => glob.matches(text));
const all = (globs: readonly Glob[], texts: readonly string[]): boolean => texts.every((text) => some(globs, text));
