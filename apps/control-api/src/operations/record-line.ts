import type { StoredEvent } from '@app/store';

/** Members of a line as the record defines them; what a line of another kind or a later version has is ignored. */
export class RecordLine {
  readonly #members: Readonly<Record<string, unknown>>;

  constructor(readonly event: StoredEvent) {
    const parsed: unknown = JSON.parse(event.line.toString('utf8'));
    this.#members = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  }

  get kind(): StoredEvent['type'] {
    return this.event.type;
  }

  text(name: string): string | null {
    const value = this.#members[name];
    return typeof value === 'string' ? value : null;
  }

  number(name: string): number | null {
    const value = this.#members[name];
    return typeof value === 'number' ? value : null;
  }

  texts(name: string): readonly string[] {
    const value = this.#members[name];
    return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
  }

  /** counts by name: `{"email":12}` */
  counts(name: string): ReadonlyMap<string, number> {
    return new Map(
      Object.entries(this.object(name) ?? {}).filter((one): one is [string, number] => typeof one[1] === 'number'),
    );
  }

  object(name: string): Readonly<Record<string, unknown>> | null {
    return asObject(this.#members[name]);
  }
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
