import { client } from '../support/wire-frames.js';

/** Messages that are sent at once in one session, and how far the answer is read before the next step. */
export interface Step {
  /** one of the session's names within its script; the first that is named is opened first */
  readonly session: string;
  /** what is counted, such as `simple` or `extended, binary` */
  readonly kind: string;
  /** for reports, and what is looked up in the list of differences */
  readonly says: string;
  /** may depend on the values of the row that the server itself answered last, to send them back */
  readonly send: readonly Buffer[] | ((row: readonly (Buffer | null)[]) => readonly Buffer[]);
  /** types of messages one of which ends the answer; empty: nothing is read */
  readonly until: string;
  /** afterwards, wait until this session's backend waits for a lock */
  readonly blocks?: boolean;
}

/** A script has sessions of its own, and a schema of its own if it makes one. */
export interface Script {
  readonly name: string;
  readonly steps: readonly Step[];
  /** of the startup packet */
  readonly startup?: Readonly<Record<string, string>>;
}

/** The ways in which one and the same statement without parameters can be sent. */
export const ways = ['simple', 'extended, text', 'extended, binary'] as const;

/** A statement sent in one way. */
export function statement(sql: string, way: (typeof ways)[number], session = 'a'): Step {
  const send =
    way === 'simple'
      ? [client.query(sql)]
      : [
          client.parse('', sql),
          client.bind('', { results: way === 'extended, binary' ? 1 : 0 }),
          client.describePortal(),
          client.execute(),
          client.sync(),
        ];
  return { session, kind: way, says: sql, send, until: 'Z' };
}
