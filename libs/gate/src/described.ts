import type { Operation, Oracle } from '@app/policy';

/** One operation as its protocol described it, ready for the gate. Immutable and shared by all who send the same text, so that decisions and rendered lines are cached by identity. */
export interface DescribedOperation {
  readonly operation: Operation;
  /** proven to change nothing but the session's own state: may be forwarded before its intent is durable */
  readonly harmless: boolean;
  /** ends what is under way (COMMIT, ROLLBACK): may still run while the record takes nothing new */
  readonly finishes: boolean;
  /** literal-stripped text for the line, at most 4 KiB */
  readonly stripped: string;
  /** statement for the body, protected literals and secrets already replaced */
  readonly statement: string;
  /** HMAC-SHA256 of the exact bytes under the monthly key, hex */
  readonly hmac: string;
  /** what may have made it count as more than it is (an unknown name), for the hint of a default deny; null: nothing */
  readonly doubt: string | null;
  /**
   * What the record must not have of the answer, since it would show secrets of the operation itself: messages of errors quote it, rows
   * may repeat it. Nothing unless said.
   */
  readonly withholds?: 'nothing' | 'messages' | 'messages-and-rows';
  /** of the operation's oracles those that do not simply pass; left out: none. Moot where a grant lets the class leave unmasked */
  readonly oracles?: readonly OracleDemand[];
  /** what masking demands, found while describing: refused whatever the rules say */
  readonly refusal: DescribedRefusal | null;
}

/** Under which condition one use of a protected class passes that does not show it. */
export interface OracleDemand extends Oracle {
  /** how often the operation does it: a statement of many conditions asks as often */
  readonly times: number;
  /** nothing, or so many of one person in so many ms */
  readonly allows: 'nothing' | { readonly count: number; readonly per: number };
  /** told where it does not pass */
  readonly refusal: DescribedRefusal;
}

/** A refusal that does not come from a rule: masking, an unsupported feature, an unreadable text, a pinned setting. */
export interface DescribedRefusal {
  readonly code: 'masking' | 'unsupported' | 'unreadable' | 'setting' | 'not-recordable';
  readonly message: string;
  /** the message for the record, where the one for the client quotes what was sent */
  readonly recorded?: string;
  readonly hint: string | null;
  readonly retry: 'never' | 'later' | 'after-change';
  /** in what the target reads the statement otherwise than the gateway does, without any value: recorded as an event of its own */
  readonly differs?: readonly string[];
}

/** Column of a result as the record names it. */
export interface RecordedColumn {
  readonly name: string;
  readonly masked: boolean;
}

/** What detectors found in one place of what a target sent. */
export interface FoundHere {
  /** a column of a result, or what else the target said */
  readonly in: 'column' | 'error' | 'notice' | 'notification' | 'setting';
  /** of the column, channel or setting; null: it has none */
  readonly name: string | null;
  readonly detector: string;
  /** what became of the values */
  readonly action: 'alert' | 'mask' | 'refuse';
  readonly values: number;
}

/** What one chunk of a result was: counts since the last chunk, values already masked. */
export interface ResultChunk {
  readonly rows: number;
  /** bytes towards the client */
  readonly bytes: number;
  readonly columns: readonly RecordedColumn[];
  /** non-null values by column in order, masked ones for masked columns */
  readonly values: readonly number[] | null;
  /** rendered JSON of the recorded rows, without brackets: `["7","****@example.com"],[…]`; empty: none */
  readonly recorded: string;
  /** of all input up to here, hex, with its last part */
  readonly sha256?: string;
  /** what detectors found in it; left out: nothing */
  readonly found?: readonly FoundHere[];
}

/** What a session was told unasked. */
export interface NotifiedChunk {
  readonly rows: number;
  /** towards the client */
  readonly bytes: number;
  /** of these without their payload */
  readonly withheld: number;
  readonly channels: ReadonlyMap<string, number>;
  /** rendered JSON rows `[channel, payload, pid]`, as many as the recording level says */
  readonly recorded: string;
}

/** How a result ended. */
export interface ResultEnd {
  readonly status: 'ok' | 'error' | 'cancelled' | 'skipped' | 'unknown';
  /** code of an error, as its protocol has it */
  readonly code: string | null;
  /** message of an error as the client sees it (scrubbed) */
  readonly message: string | null;
  /** command tag */
  readonly tag: string | null;
}
