import type { ResourceFacts } from './resource-facts.js';
import type { FieldRule } from './field-rule.js';
import { parseEntry } from './parse-entry.js';
import { ResourceShape } from './resource-shape.js';

/** What the plan reads of one entry under `protect`. */
export interface ProtectEntry {
  readonly class: string;
  /** fields: `secrets.data`, `configmaps.data.KEY`, `pods.env`, `RESOURCE.GROUP/path.to.field` */
  readonly kubernetes: readonly string[];
  /** patterns; here only whether there are any */
  readonly patterns?: readonly unknown[];
}

/** Answers of these are no objects: text, or whatever someone else serves. */
const NOT_OBJECTS = ['log', 'proxy', 'exec', 'attach', 'portforward'];

/** Shapes are cheap to make again; names of resources are the client's to choose. */
const MOST_SHAPES = 256;

/** What is masked in all answers of one target. Immutable to its users; keeps the compiled paths of the resources asked for. */
export class RedactionPlan {
  private readonly shapes = new Map<string, ResourceShape>();

  constructor(
    readonly rules: readonly FieldRule[],
    /** there are patterns: they are looked for in texts of every resource */
    readonly patterned: boolean,
  ) {}

  /** The paths of one resource. */
  shape(facts: ResourceFacts): ResourceShape {
    const group = facts.group === 'core' ? '' : facts.group;
    const id = `${facts.resource}.${group}/${facts.subresource}`;
    const known = this.shapes.get(id);
    if (known !== undefined) return known;
    if (this.shapes.size >= MOST_SHAPES) this.shapes.clear();
    const shape = new ResourceShape(this.rules, this.patterned, { ...facts, group });
    this.shapes.set(id, shape);
    return shape;
  }
}

/**
 * What is to be masked in the objects of a cluster. `secrets.data` and `secrets.stringData` are in every plan, as class `secret` unless an
 * entry claims them.
 * @throws Error that names the entry: no such field, a number or boolean, a field that clients cannot do without
 */
export function compileRedaction(protect: readonly ProtectEntry[]): RedactionPlan {
  const configured = protect.flatMap((entry) => entry.kubernetes.map((name) => parseEntry(entry.class, name)));
  const builtIn = ['secrets.data', 'secrets.stringData'].map((name) => parseEntry('secret', name));
  return new RedactionPlan(
    [...configured, ...builtIn],
    protect.some((entry) => (entry.patterns ?? []).length > 0),
  );
}

/** Whether an answer may hold something to mask: then it has to be JSON, not compressed, and go through `answerRedactor`. */
export function mayMask(plan: RedactionPlan, facts: ResourceFacts & { readonly verb: string }): boolean {
  if (facts.resource === '' || facts.verb === 'proxy' || NOT_OBJECTS.includes(facts.subresource)) return false;
  const shape = plan.shape(facts);
  return shape.carries || shape.patterned;
}
