import { Injectable } from '@nestjs/common';
import { AuditReader, type SessionFilter, SessionStore, SessionTerminationStore, type StoredEvent } from '@app/store';
import { describePrincipal, type KnownSession } from '../operations/describe-principal.js';
import { asObject, RecordLine } from '../operations/record-line.js';
import { SessionKnowledge } from '../operations/session-knowledge.js';
import type { SessionJson } from './session.schema.js';

/** A session and whose it is; null: not known any more. */
export interface FoundSession {
  readonly json: SessionJson;
  readonly owner: { readonly iss: unknown; readonly sub: unknown } | null;
}

/** Reads sessions back. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly store: SessionStore,
    private readonly reader: AuditReader,
    private readonly sessions: SessionKnowledge,
    private readonly terminations: SessionTerminationStore,
  ) {}

  async list(filter: SessionFilter): Promise<{ items: SessionJson[]; next: string | null }> {
    const { events, next } = await this.store.list(filter);
    return { items: (await this.assemble(events)).map((found) => found.json), next };
  }

  async find(id: string): Promise<FoundSession | null> {
    const [found] = await this.assemble(await this.reader.sessions([id], ['session.open']));
    return found ?? null;
  }

  private async assemble(opens: readonly StoredEvent[]): Promise<FoundSession[]> {
    const ids = opens.map((open) => open.session).filter((id) => id !== null);
    const lines = opens.map((event) => new RecordLine(event));
    const [closes, knownOf, ended] = await Promise.all([
      this.reader.sessions(ids, ['session.close']),
      this.sessions.of(lines),
      this.terminations.of(ids),
    ]);
    const closeOf = new Map(closes.map((event) => [event.session, new RecordLine(event)]));
    const terminationOf = new Map(ended.map((one) => [one.session, one]));
    return lines.map((line) => {
      const known = knownOf(line);
      const close = closeOf.get(line.event.session);
      const termination = terminationOf.get(line.event.session ?? '');
      return {
        json: {
          ...sessionJson(line, known, close ?? null),
          termination: termination
            ? { by: termination.by.user, reason: termination.reason, at: termination.at.toISOString() }
            : null,
        },
        owner: known.principal && { iss: known.principal['iss'], sub: known.principal['sub'] },
      };
    });
  }
}

function sessionJson(
  line: RecordLine,
  known: KnownSession,
  close: RecordLine | null,
): Omit<SessionJson, 'termination'> {
  const body = known.body?.state === 'open' ? known.body.body : null;
  const upstream = { ...asObject(body?.['upstream']), ...line.object('up') };
  return {
    id: line.event.session ?? '',
    target: line.text('tgt'),
    protocol: line.text('proto'),
    live: close === null,
    openedAt: line.text('t') ?? line.event.ts.toISOString(),
    closedAt: close?.text('t') ?? null,
    why: close?.text('why') ?? null,
    principal: describePrincipal(known, line.texts('act')),
    client: body ? { ...asObject(body['client']) } : null,
    upstream: Object.keys(upstream).length > 0 ? upstream : null,
    erased: known.body?.state === 'erased',
    event: { epoch: line.event.epoch, n: line.event.n },
  };
}
