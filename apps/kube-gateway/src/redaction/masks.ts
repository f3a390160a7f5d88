import type { MaskKey, TextPatterns } from './mask-key.js';
import { maskMessage } from './message-text.js';
import type { ResourceFacts } from './resource-facts.js';

/** Masks of one answer: which object they are in, and how many there are. */
export class Masks {
  private namespace: string;
  private name: string;
  private identity = '';
  private counts = new Map<string, number>();

  constructor(
    private readonly facts: ResourceFacts & { readonly namespace?: string; readonly name?: string },
    private readonly key: MaskKey,
    private readonly patterns: TextPatterns | null,
  ) {
    this.namespace = facts.namespace ?? '';
    this.name = facts.name ?? '';
    this.identify();
  }

  /** Another object begins: until its metadata has come, it is the one the request names. */
  begin(): void {
    this.namespace = this.facts.namespace ?? '';
    this.name = this.facts.name ?? '';
    this.identify();
  }

  named(name: string): void {
    this.name = name;
    this.identify();
  }

  placed(namespace: string): void {
    this.namespace = namespace;
    this.identify();
  }

  /** What stands for a value at `path`, counted under `as`. */
  mark(as: string, path: string, value: Uint8Array): string {
    this.count(as, 1);
    return this.key.mark(this.identity, path, value);
  }

  markText(as: string, path: string, value: string): string {
    return this.mark(as, path, Buffer.from(value, 'utf8'));
  }

  /** A text behind the patterns; the text itself where there are none. */
  patterned(text: string): string {
    if (this.patterns === null || text === '') return text;
    const { text: masked, counts } = this.patterns(text);
    for (const [name, count] of counts) this.count(name, count);
    return masked;
  }

  /** What an error says about an object with masked fields. */
  message(text: string): string {
    return maskMessage(text, (value) => (value === '' ? '' : this.markText('message', 'message', value)));
  }

  /** By name of the field, or class of the pattern; from zero again afterwards. */
  takeCounts(): ReadonlyMap<string, number> {
    const taken = this.counts;
    this.counts = new Map();
    return taken;
  }

  private count(name: string, more: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + more);
  }

  private identify(): void {
    const { resource, group } = this.facts;
    this.identity = `${resource}${group === '' || group === 'core' ? '' : `.${group}`}/${this.namespace}/${this.name}`;
  }
}
