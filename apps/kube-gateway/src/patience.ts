import type { RequestInfo } from './request/index.js';

/** Nobody waits longer for an answer: load balancers and clients take a quiet connection for a dead one. */
export const LONGEST_PATIENCE_MS = 240_000;
/** The answer has to be there before the client gives up. */
const MARGIN_MS = 2_000;

const duration = /^\+?(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*$/u;
const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 36e5,
};

/**
 * How long the client of a request can be kept waiting, by what it says of its own patience. `timeout` is what Go clients give up
 * after; `timeoutSeconds` bounds a list likewise, but is the length of a watch, and behind a proxy both belong to who is proxied.
 * @returns ms, from the moment the request came; 0: not at all
 */
export function patienceOf({ query, watch, subresource }: RequestInfo): number {
  if (subresource === 'proxy') return LONGEST_PATIENCE_MS;
  const seconds = query.get('timeoutSeconds')?.[0];
  const said = durationMs(query.get('timeout')?.[0]);
  // watches of informers say their length twice
  const own = watch ? [seconds === undefined ? said : null] : [said, secondsMs(seconds)];
  const bounds = own.filter((ms): ms is number => ms !== null && ms > 0).map((ms) => Math.max(0, ms - MARGIN_MS));
  return Math.floor(Math.min(LONGEST_PATIENCE_MS, ...bounds));
}

function secondsMs(text: string | undefined): number | null {
  return text !== undefined && /^\+?\d{1,15}$/u.test(text) ? Number(text) * 1_000 : null;
}

/** A duration as Go's `time.ParseDuration` reads it (`1m30s`); null: none, or none that the server would take. */
function durationMs(text: string | undefined): number | null {
  if (text === undefined || text.length > 60 || !duration.test(text)) return null;
  let ms = 0;
  for (const [, value, unit] of text.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/gu)) ms += Number(value) * unitMs[unit!]!;
  return Number.isFinite(ms) ? ms : null;
}
