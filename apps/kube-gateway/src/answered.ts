import type { IncomingMessage } from 'node:http';
import type { Admission } from '@app/gate';
import type { AnswerRelay } from './answer-relay.js';
import type { Entered, ExchangeParts } from './enter.js';
import type { RequestInfo } from './request/index.js';

/** An answer of a cluster, and what was asked. */
export interface Answered {
  readonly answer: IncomingMessage;
  readonly relay: AnswerRelay;
  readonly entered: Entered;
  readonly info: RequestInfo;
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  readonly admission: Admission;
  readonly parts: ExchangeParts;
}
