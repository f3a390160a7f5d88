/**
 * Finds each of `log` in `record`, in order, each entry of the record serving once.
 * @returns entries of the log without one in the record, and of the record without one in the log
 */
function missing(log, record) {
  let at = 0;
  const unrecorded = [];
  let unseen = 0;
  for (const entry of log) {
    const found = record.indexOf(entry, at);
    if (found < 0) unrecorded.push(entry);
    else {
      unseen += found - at;
      at = found + 1;
    }
  }
  return { unrecorded, unseen: unseen + record.length - at };
}

/**
 * Compares what the target ran with what the record says.
 * @param killed epochs of workers that were killed
 * @param hmac of a statement's exact bytes, as the record has it
 */
export function compare(log, record, killed, hmac) {
  const result = {
    writes: 0,
    writesUnrecorded: 0,
    intentsNotRun: 0,
    reads: 0,
    readsUnrecorded: 0,
    readsUnrecordedElsewhere: 0,
    mostPerSession: 0,
    inFlight: 0,
    unknownSessions: 0,
    wrongProcess: 0,
    openIntents: 0,
    unrecovered: 0,
    recoveredWrongly: 0,
    /** how often and in which epoch, for each */
    sessionsNotClosedOnce: /** @type {string[]} */ ([]),
  };
  for (const [id, { epoch }] of record.sessions) {
    const closes = record.closes.get(id) ?? [];
    if (killed.has(epoch) && !closes.includes(epoch)) result.inFlight += 1;
    if (closes.length !== 1) result.sessionsNotClosedOnce.push(`${closes.length} times in ${epoch}`);
  }
  for (const [id, ran] of log.sessions) {
    const session = record.sessions.get(id);
    if (session === undefined) {
      result.unknownSessions += 1;
      result.writesUnrecorded += ran.writes.length;
      continue;
    }
    if (session.pid !== ran.pid) result.wrongProcess += 1;
    const writes = missing(ran.writes.map(hmac), session.writes);
    const reads = missing(ran.reads.map(hmac), session.reads);
    result.writes += ran.writes.length;
    result.writesUnrecorded += writes.unrecorded.length;
    result.intentsNotRun += writes.unseen;
    result.reads += ran.reads.length;
    result.readsUnrecorded += reads.unrecorded.length;
    if (!killed.has(session.epoch)) result.readsUnrecordedElsewhere += reads.unrecorded.length;
    result.mostPerSession = Math.max(result.mostPerSession, reads.unrecorded.length);
  }
  const recovered = new Map();
  for (const { e, n, o } of record.recovered) {
    const key = `${e}:${n}`;
    recovered.set(key, (recovered.get(key) ?? 0) + 1);
    const intent = record.intents.get(key);
    if (intent === undefined || intent.o !== o || intent.end > 0) result.recoveredWrongly += 1;
  }
  for (const [key, intent] of record.intents) {
    if (intent.end > 1) result.recoveredWrongly += 1;
    if (intent.end > 0) continue;
    result.openIntents += 1;
    if (recovered.get(key) !== 1) result.unrecovered += 1;
  }
  return result;
}
