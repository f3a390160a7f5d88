import { LEAF, PathAutomaton, SCALAR, SPAN } from '@app/masking';
import type { FieldRule, RuleStep } from './field-rule.js';
import { podPlaces, podPlacesAnywhere } from './pod-places.js';
import type { ResourceFacts } from './resource-facts.js';

/** What is done with the value of a place. */
export const MASKED = 1;
export const BASE64 = 2;
/** a JSON document in a string, masked by the same rules */
export const JSON_TEXT = 4;
export const ANNOTATION = 8;
/** an error's message: what it quotes */
export const MESSAGE = 16;
/** patterns */
export const TEXT = 32;
export const NAME = 64;
export const NAMESPACE = 128;
/** an object of the resource, or what stands around it */
export const OBJECT = 256;
/** an element of a list or a table */
export const ITEM = 512;
/** `fieldsV1` of `managedFields` */
export const FIELDS = 1024;
export const NO_SCALAR = 2048;
/** a table's cell that may show a protected field */
export const CELL = 4096;

const LEAVES = MASKED | JSON_TEXT | ANNOTATION | MESSAGE | TEXT | NAME | NAMESPACE | CELL;
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const TEMPLATES = ['template', 'spec.template', 'spec.jobTemplate', 'spec.jobTemplate.spec.template'];
const WORKLOAD_PARTS = ['env', 'command', 'args'] as const;

/** Tokens that the API server hands out or gets to see. */
const TOKENS: readonly (ResourceFacts & { readonly path: string })[] = [
  { group: '', resource: 'serviceaccounts', subresource: 'token', path: 'status.token' },
  { group: 'authentication.k8s.io', resource: 'tokenreviews', subresource: '', path: 'spec.token' },
];

const path = (dotted: string): RuleStep[] => dotted.split('.').map((key) => ({ key }));

interface Use {
  readonly uses: number;
  readonly rule: FieldRule | null;
}

/**
 * All places of one resource's answers, whichever way they are wrapped: an object, a list, a table, a watch event, a `Status`. Nothing
 * depends on `kind`, which may come behind the data: the type of objects is that of the request, and what a wrapper is called (`items`,
 * `rows`, `object`) is followed at the top of a document only. Items of a list inside a list could be of any type: there `data` and
 * `stringData` are masked as a Secret's, and every pod template's protected parts at any depth.
 */
export class ResourceShape {
  readonly automaton = new PathAutomaton();
  /** some fields are masked by rule, so that messages about them quote values */
  readonly carries: boolean;
  /** of documents */
  readonly root: number;
  /** of an object by itself */
  readonly object: number;
  /** of what kubectl applied last, of this object or of the one it was copied from */
  readonly applied: number;
  /** of a JSON document in an annotation */
  readonly annotated: number;
  private readonly tags: Use[] = [];
  private readonly uses: (Use | undefined)[] = [];
  private readonly flags: (number | undefined)[] = [];

  constructor(
    rules: readonly FieldRule[],
    readonly patterned: boolean,
    readonly facts: ResourceFacts,
  ) {
    const document = this.place(OBJECT | ITEM);
    const object = this.place(OBJECT | ITEM);
    const custom = this.drawRules(object, rules);
    this.carries = custom !== null;
    if (this.carries || patterned) {
      this.drawMetadata(object, custom === true);
      this.drawWrappers(document, object, rules, custom === true);
    }
    if (patterned) this.drawTexts(object);
    const text = this.place(patterned ? TEXT : 0);
    this.automaton.step(text, 'any', text);
    this.root = this.automaton.state([document, object]);
    this.object = this.automaton.state([object]);
    // annotations are copied from owners of another kind: a ControllerRevision has its StatefulSet's
    const copied = this.place(0);
    if (this.carries)
      for (const rule of rules)
        if (rule.field.in === 'pods') this.drawMask(copied, podPlacesAnywhere(rule.field.part), rule, false);
    this.applied = this.automaton.state([object, copied]);
    this.annotated = patterned ? this.automaton.state([object, copied, text]) : this.applied;
  }

  /** What is done in a state, all its places taken together. */
  usesOf(state: number): number {
    return this.use(state).uses;
  }

  /** The rule that masks in a state. */
  ruleOf(state: number): FieldRule | null {
    return this.use(state).rule;
  }

  /** What a rewriter has to tell about a state. */
  flagsOf(state: number): number {
    const known = this.flags[state];
    if (known !== undefined) return known;
    const uses = this.usesOf(state);
    const flags =
      ((uses & LEAVES) !== 0 ? LEAF : 0) |
      ((uses & (OBJECT | ITEM)) !== 0 ? SPAN : 0) |
      ((uses & NO_SCALAR) !== 0 ? SCALAR : 0);
    this.flags[state] = flags;
    return flags;
  }

  /** @returns null when no rule is about this resource, else whether one has a path of the configuration's own */
  private drawRules(object: number, rules: readonly FieldRule[]): boolean | null {
    const { group, resource, subresource } = this.facts;
    let custom: boolean | null = null;
    for (const rule of rules) {
      const { field } = rule;
      if (field.in === 'pods') {
        const places = podPlaces(field.part, group, resource);
        for (const place of places) this.drawMask(object, place, rule);
        if (places.length > 0) custom ??= false;
      } else if (field.group === group && field.resource === resource) {
        this.drawMask(object, field.path, rule);
        custom = custom === true || field.custom;
      }
    }
    for (const token of TOKENS) {
      if (token.group !== group || token.resource !== resource || token.subresource !== subresource) continue;
      const field = { in: 'resource', group, resource, path: path(token.path), base64: false, custom: false } as const;
      this.drawMask(object, field.path, { class: 'secret', name: `${resource}.${token.path}`, field });
      custom ??= false;
    }
    return custom;
  }

  /** @param typed the objects are known to be of the rule's own type */
  private drawMask(from: number, steps: readonly RuleStep[], rule: FieldRule, typed = true): void {
    const { field } = rule;
    const uses = MASKED | (field.in === 'resource' && field.base64 ? BASE64 : 0);
    const last = steps.at(-1);
    const exact = typeof last === 'object' && 'key' in last;
    const strings = field.in === 'resource' && !field.custom;
    const at = this.draw(from, steps, uses | (typed && (exact || strings) ? NO_SCALAR : 0), rule);
    const below = this.place(uses | (typed && strings ? NO_SCALAR : 0), rule);
    this.automaton.step(at, 'any', below);
    this.automaton.step(below, 'any', below);
  }

  private drawMetadata(object: number, custom: boolean): void {
    const metadata = this.draw(object, path('metadata'), 0);
    this.draw(metadata, path('name'), NAME);
    this.draw(metadata, path('namespace'), NAMESPACE);
    const annotations = this.draw(metadata, path('annotations'), 0);
    const annotation = this.place(ANNOTATION);
    this.automaton.step(annotations, 'any', annotation);
    if (this.carries) this.draw(annotations, [{ key: LAST_APPLIED }], JSON_TEXT);
    if (custom || this.patterned) this.draw(metadata, path('managedFields.fieldsV1'), FIELDS);
  }

  private drawWrappers(document: number, object: number, rules: readonly FieldRule[], custom: boolean): void {
    const element = this.place(OBJECT | ITEM);
    const nested = this.place(OBJECT | ITEM);
    const row = this.place(ITEM);
    const wrap = (from: number, key: string, ...to: number[]): void =>
      to.forEach((place) => this.automaton.step(from, { key }, place));
    wrap(document, 'object', document, object);
    wrap(document, 'items', element, object);
    wrap(document, 'rows', row);
    wrap(row, 'object', element, object);
    wrap(element, 'items', nested, object);
    wrap(nested, 'items', nested, object);
    for (const rule of rules) {
      if (rule.field.in === 'pods') this.drawMask(nested, podPlacesAnywhere(rule.field.part), rule, false);
      else if (rule.field.group === '') this.drawMask(nested, rule.field.path, rule, false);
    }
    if (custom || this.patterned) {
      const cells = this.draw(row, path('cells'), this.patterned ? TEXT : 0);
      const below = this.place((this.patterned ? TEXT : 0) | (custom ? CELL : 0));
      // the first column is the name
      this.automaton.rest(cells, below);
      this.automaton.step(cells, 'any', below);
      this.automaton.step(below, 'any', below);
    }
    const said = (this.carries ? MESSAGE : 0) | (this.patterned ? TEXT : 0);
    this.draw(document, path('message'), said);
    this.draw(document, path('details.causes.message'), said);
  }

  private drawTexts(object: number): void {
    const { group, resource } = this.facts;
    this.draw(object, [{ key: 'status' }, 'deep', { key: 'message' }], TEXT);
    if (resource === 'events') for (const key of ['message', 'note']) this.draw(object, path(key), TEXT);
    for (const template of TEMPLATES) this.draw(object, [...path(`${template}.metadata.annotations`), 'any'], TEXT);
    for (const part of WORKLOAD_PARTS)
      for (const place of podPlaces(part, group, resource)) this.draw(object, place, TEXT);
  }

  /** Draws a path and answers its last place. */
  private draw(from: number, steps: readonly RuleStep[], uses: number, rule: FieldRule | null = null): number {
    let places = [from];
    let last = from;
    steps.forEach((step, index) => {
      last = this.place(index === steps.length - 1 ? uses : 0, rule);
      const behind = step === 'deep' ? [...places, last] : [last];
      // any number of keys leads from the new place to itself
      for (const place of step === 'deep' ? behind : places)
        this.automaton.step(place, step === 'deep' ? 'any' : step, last);
      places = behind;
    });
    return last;
  }

  private place(uses: number, rule: FieldRule | null = null): number {
    return this.automaton.place(this.tags.push({ uses, rule }) - 1);
  }

  private use(state: number): Use {
    const known = this.uses[state];
    if (known !== undefined) return known;
    const tags = this.automaton.tags(state).map((tag) => this.tags[tag] as Use);
    const masking = tags.find((tag) => (tag.uses & MASKED) !== 0);
    // where rules overlap the first one's way of masking holds, base64 included
    const uses = tags.reduce((all, tag) => all | (tag === masking ? tag.uses : tag.uses & ~BASE64), 0);
    const use = { uses, rule: masking?.rule ?? null };
    this.uses[state] = use;
    return use;
  }
}
