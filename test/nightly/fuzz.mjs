import { built } from './built.mjs';

const STREAMS = 1_000_000;
const STEP = 20_000;

/** Hostile byte streams for every reader of the wire codec. */
export async function runFuzz(tally, { seeds: streams = STREAMS }) {
  const { fuzzWire } = await built('libs/pg-wire/src/testing/fuzz.js');
  let refused = 0;
  let messages = 0;
  // a failure is thrown on with the seed that repeats it
  for (let first = 0; first < streams; first += STEP) {
    const report = fuzzWire(1 + first, Math.min(STEP, streams - first));
    refused += report.refused;
    messages += report.messages;
    tally.progress(`${first + STEP} of ${streams} streams, ${messages} messages, ${refused} refused`);
  }
  tally.check(
    `${streams} streams end in messages or in a ProtocolError`,
    refused > 0 && messages > 0,
    `${messages} messages, ${refused} refused, ${tally.seconds()} s`,
  );
}
