import type { DescribedOperation } from '@app/gate';
import type { StatementDescription } from '@app/sql';

/** A statement with its values, as the client sent it. */
export interface SentStatement {
  readonly text: string;
  readonly statement: StatementDescription;
  readonly described: DescribedOperation;
  /** bound values as rendered JSON, protected ones already replaced */
  readonly parameters: readonly string[];
  /** exact values with types and formats; empty: none */
  readonly values: () => Buffer;
}

const NO_VALUES = Buffer.alloc(0);

/** A statement of a message of its own: no values. */
export const unbound = (): Buffer => NO_VALUES;
