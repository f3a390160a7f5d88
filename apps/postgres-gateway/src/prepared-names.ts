import type { DescribedOperation, Admission } from '@app/gate';
import type { RowField } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';
import { type NameSpace, type Stored, type StoredChange, StoredNames } from './stored-names.js';

/** A prepared statement as the gateway knows it. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
  /** null: an empty text */
  statement: StatementDescription | null;
  described: DescribedOperation | null;
  /** what `statement` was described against; when it is no longer in force, it is described again */
  basis: string;
  /** types as the client declared them, 0: left to the target */
  readonly declaredTypes: readonly number[];
  /** the same with what the target said of them */
  parameterTypes: readonly number[];
  /** columns as the target described them, formats 0; null: not described yet; empty: returns no rows */
  fields: readonly RowField[] | null;
}

/** A portal: a prepared statement with values, admitted once. A class, so that all of them have one shape. */
export class Portal {
  readonly name: string;
  readonly prepared: Prepared;
  /** what the statement was when it was bound: the portal keeps that meaning; null: an empty text */
  readonly statement: StatementDescription | null;
  readonly resultFormats: readonly number[];
  readonly parameters: readonly string[];
  readonly described: DescribedOperation | null;
  /** exact values for the binding of an approval; null: an empty text */
  readonly values: (() => Buffer) | null;
  /** the first Execute uses it, each later one is an operation of its own */
  admission: Admission | null;
  /** columns with the formats of the Bind; null: not known yet */
  fields: readonly RowField[] | null = null;
  /** statements the session had sent when it was bound, itself among them */
  sentBefore = 0;
  /** rows fetched by earlier Executes: a limit holds for the portal, not for each piece */
  rows = 0;

  constructor(
    name: string,
    prepared: Prepared,
    statement: StatementDescription | null,
    resultFormats: readonly number[],
    parameters: readonly string[],
    described: DescribedOperation | null,
    admission: Admission | null,
    values: (() => Buffer) | null,
  ) {
    this.name = name;
    this.prepared = prepared;
    this.statement = statement;
    this.resultFormats = resultFormats;
    this.parameters = parameters;
    this.described = described;
    this.admission = admission;
    this.values = values;
  }
}

/** A change of the maps that the target has not acknowledged. */
export interface NameChange {
  readonly of: 'statement' | 'portal';
  readonly name: string;
  readonly value: Prepared | Portal | undefined;
  /** number of the cycle it was sent in */
  readonly cycle: number;
}

/** One namespace of the target: what it acknowledged, and what it was sent. */
class Names<T extends Prepared | Portal> {
  readonly known = new Map<string, T>();
  readonly #pending = new Map<string, NameChange[]>();
  pending = 0;

  /** `unsettled`: an earlier cycle, not answered yet, may or may not have changed it */
  look(name: string, cycle: number): T | undefined | 'unsettled' {
    const pending = this.#pending.get(name);
    if (pending === undefined) return this.known.get(name);
    const last = pending[pending.length - 1]!;
    // in one cycle the target stops at the first error: what follows a change runs only if the change was made
    return last.cycle === cycle ? (last.value as T | undefined) : 'unsettled';
  }

  isPending(name: string): boolean {
    return this.#pending.has(name);
  }

  send(change: NameChange): void {
    const pending = this.#pending.get(change.name);
    if (pending) pending.push(change);
    else this.#pending.set(change.name, [change]);
    this.pending += 1;
  }

  drop(change: NameChange): void {
    const pending = this.#pending.get(change.name);
    const at = pending?.indexOf(change) ?? -1;
    if (pending === undefined || at < 0) return;
    this.pending -= 1;
    if (pending.length === 1) this.#pending.delete(change.name);
    else pending.splice(at, 1);
  }

  /** Forgets what is not acknowledged. @returns admissions of portals that were never executed */
  abandon(): Admission[] {
    const values = [...this.#pending.values()].flat().map(({ value }) => value);
    this.#pending.clear();
    this.pending = 0;
    return values.flatMap((value) => (value && 'admission' in value && value.admission ? [value.admission] : []));
  }

  /** @returns what it replaces */
  commit(change: NameChange): T | undefined {
    this.drop(change);
    const before = this.known.get(change.name);
    if (change.value === undefined) this.known.delete(change.name);
    else this.known.set(change.name, change.value as T);
    return before;
  }
}

/**
 * Names of prepared statements, portals and SQL cursors of one session. A change is true once the target acknowledged it
 * (postgres.md §5.2): until then only messages of the same cycle may build on it, those of later cycles have to wait.
 */
export class PreparedNames {
  readonly #statements = new Names<Prepared>();
  readonly #portals = new Names<Portal>();
  readonly #most: number;
  /** what stands behind names of SQL */
  readonly stored: StoredNames;

  /** @param most statements, and portals, a session may hold */
  constructor(most: number) {
    this.#most = most;
    this.stored = new StoredNames(most);
  }

  statement(name: string, cycle: number): Prepared | undefined | 'unsettled' {
    return this.#statements.look(name, cycle);
  }

  portal(name: string, cycle: number): Portal | undefined | 'unsettled' {
    return this.#portals.look(name, cycle);
  }

  /** room for one more prepared statement or portal */
  get full(): boolean {
    const statements = this.#statements.known.size + this.#statements.pending;
    return statements >= this.#most || this.#portals.known.size + this.#portals.pending >= this.#most;
  }

  addStatement(prepared: Prepared, cycle: number): NameChange {
    return this.#sent({ of: 'statement', name: prepared.name, value: prepared, cycle });
  }

  addPortal(portal: Portal, cycle: number): NameChange {
    return this.#sent({ of: 'portal', name: portal.name, value: portal, cycle });
  }

  close(kind: 'S' | 'P', name: string, cycle: number): NameChange {
    return this.#sent({ of: kind === 'S' ? 'statement' : 'portal', name, value: undefined, cycle });
  }

  /** A simple query destroys the unnamed statement and portal, even an empty or unparsable one. */
  simpleQuery(cycle: number): NameChange[] {
    return [this.close('S', '', cycle), this.close('P', '', cycle)];
  }

  /** The target acknowledged a change. @returns the admission of a portal that is gone and was never executed */
  commit(change: NameChange): Admission | null {
    // one namespace with cursors, and with the names of PREPARE: what the protocol makes or closes is not theirs any more
    if (change.of === 'portal') {
      this.stored.taken('cursor', change.name);
      return this.#portals.commit(change)?.admission ?? null;
    }
    this.stored.taken('prepared', change.name);
    this.#statements.commit(change);
    return null;
  }

  /** The target skipped a change, or refused it. */
  drop(change: NameChange): void {
    if (change.of === 'portal') this.#portals.drop(change);
    else this.#statements.drop(change);
  }

  /** SQL DEALLOCATE, or PREPARE of the same name: the protocol's statement is gone. `*`: all */
  forgetStatement(name: string): void {
    if (name === '*') this.#statements.known.clear();
    else this.#statements.known.delete(name);
  }

  /**
   * What a statement of SQL that is sent now would find behind a name, as `StoredNames.look`; what the protocol gave a name to is not
   * known there.
   */
  behind(
    of: NameSpace,
    name: string,
    cycle: number,
    answered: number,
    before: readonly StoredChange[] = [],
  ): Stored | null | 'unsettled' {
    const protocol = of === 'cursor' ? this.#portals : this.#statements;
    if (protocol.isPending(name)) return protocol.look(name, cycle) === 'unsettled' ? 'unsettled' : null;
    return this.stored.look(of, name, cycle, answered, before);
  }

  /** SQL DECLARE or CLOSE: no portal has the name any more. `*`: all */
  forgetPortal(name: string): void {
    if (name === '*') this.#portals.known.clear();
    else this.#portals.known.delete(name);
  }

  /** The session is over. @returns admissions of portals that were bound and never executed */
  abandon(): Admission[] {
    return [...this.transactionEnded(), ...this.#portals.abandon()];
  }

  /** Portals end with the transaction. @returns admissions of those that were bound and never executed */
  transactionEnded(): Admission[] {
    const unused: Admission[] = [];
    for (const portal of this.#portals.known.values()) if (portal.admission) unused.push(portal.admission);
    this.#portals.known.clear();
    return unused;
  }

  #sent(change: NameChange): NameChange {
    if (change.of === 'portal') this.#portals.send(change);
    else this.#statements.send(change);
    return change;
  }
}
