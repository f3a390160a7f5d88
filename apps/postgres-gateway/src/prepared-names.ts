import type { DescribedOperation, Admission } from '@app/gate';
import type { RowField } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';

/** A prepared statement as the gateway knows it. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
  /** null: an empty text */
  statement: StatementDescription | null;
  described: DescribedOperation | null;
  /** what `statement` was described against; when it is no longer in force, it is described again */
  basis: string;
  parameterTypes: readonly number[];
  /** columns as the target described them, formats 0; null: not described yet; empty: returns no rows */
  fields: readonly RowField[] | null;
}

/** A portal: a prepared statement with values, admitted once. */
export interface Portal {
  readonly name: string;
  readonly prepared: Prepared;
  readonly resultFormats: readonly number[];
  readonly parameters: readonly string[];
  /** the first Execute uses it, each later one is an operation of its own */
  admission: Admission | null;
  readonly described: DescribedOperation | null;
  /** columns with the formats of the Bind; null: not known yet */
  fields: readonly RowField[] | null;
}

/** Takes one change of the maps back. */
export type Undo = () => void;

/**
 * Names of prepared statements, portals and SQL cursors of one session. Changes apply when a message is forwarded; the caller keeps
 * the undo until the target acknowledged it (postgres.md §5.2).
 */
export class PreparedNames {
  readonly #statements = new Map<string, Prepared>();
  readonly #portals = new Map<string, Portal>();
  readonly #cursors = new Set<string>();
  readonly #most: number;

  /** @param most statements, and portals, a session may hold */
  constructor(most: number) {
    this.#most = most;
  }

  statement(name: string): Prepared | undefined {
    return this.#statements.get(name);
  }

  portal(name: string): Portal | undefined {
    return this.#portals.get(name);
  }

  /** room for one more prepared statement or portal */
  get full(): boolean {
    return this.#statements.size >= this.#most || this.#portals.size >= this.#most;
  }

  addStatement(prepared: Prepared): Undo {
    return replace(this.#statements, prepared.name, prepared);
  }

  addPortal(portal: Portal): Undo {
    return replace(this.#portals, portal.name, portal);
  }

  closeStatement(name: string): Undo {
    return replace(this.#statements, name, undefined);
  }

  closePortal(name: string): Undo {
    return replace(this.#portals, name, undefined);
  }

  /** SQL DEALLOCATE, or PREPARE of the same name: the protocol's statement is gone. `*`: all */
  forgetStatement(name: string): void {
    if (name === '*') this.#statements.clear();
    else this.#statements.delete(name);
  }

  declareCursor(name: string): void {
    this.#cursors.add(name);
  }

  /** Whether `FETCH name` reads a cursor that was declared through this session and passed, and no portal. */
  mayFetch(name: string): boolean {
    return this.#cursors.has(name) && !this.#portals.has(name);
  }

  closeCursor(name: string): void {
    if (name === '*') {
      this.#cursors.clear();
      this.#portals.clear();
    } else {
      this.#cursors.delete(name);
      this.#portals.delete(name);
    }
  }

  /** A simple query destroys the unnamed statement and portal, even an empty or unparsable one. */
  simpleQuery(): void {
    this.#statements.delete('');
    this.#portals.delete('');
  }

  /** Portals end with the transaction. @returns admissions of those that were bound and never executed */
  transactionEnded(): Admission[] {
    const unused: Admission[] = [];
    for (const portal of this.#portals.values()) if (portal.admission) unused.push(portal.admission);
    this.#portals.clear();
    return unused;
  }
}

function replace<T>(map: Map<string, T>, name: string, value: T | undefined): Undo {
  const previous = map.get(name);
  if (value === undefined) map.delete(name);
  else map.set(name, value);
  return () => {
    if (previous === undefined) map.delete(name);
    else map.set(name, previous);
  };
}
