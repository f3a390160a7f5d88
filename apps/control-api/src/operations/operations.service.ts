import { Injectable } from '@nestjs/common';
import { AuditReader, type OperationFilter, OperationSearchStore, type StoredEvent, type Visibility } from '@app/store';
import { isVisible } from '../access/caller.js';
import { assembleOperation, headOf } from './assemble-operation.js';
import { BodyOpener } from './body-opener.js';
import type { OperationJson } from './operation.schema.js';
import { RecordLine } from './record-line.js';
import type { KnownSession } from './describe-principal.js';
import { SessionKnowledge } from './session-knowledge.js';

/** Masked rows of one operation in a list; all recorded ones when it is shown alone. */
const ROWS_IN_LIST = 50;
const ROWS_SHOWN = 10_000;
/** bytes of one body in a list: a page of them must fit in memory */
const BODY_IN_LIST = 1024 * 1024;
const OPERATIONS_AT_ONCE = 20;
/** Parts of one result whose bodies a list reads, and the last one: that of a stream may have thousands. */
const PARTS_IN_LIST = 16;

/** One operation as the record has it, and who stands behind it. */
export interface FoundOperation {
  readonly lines: readonly RecordLine[];
  /** the line that starts it */
  readonly head: RecordLine;
  readonly session: KnownSession;
}

/** Reads operations back: lines, bodies and who stands behind them. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly search: OperationSearchStore,
    private readonly reader: AuditReader,
    private readonly bodies: BodyOpener,
    private readonly sessions: SessionKnowledge,
  ) {}

  async find(filter: OperationFilter): Promise<{ items: OperationJson[]; next: string | null }> {
    const { events, next } = await this.search.search(filter);
    const items: OperationJson[] = [];
    for (let from = 0; from < events.length; from += OPERATIONS_AT_ONCE)
      items.push(...(await this.assemble(events.slice(from, from + OPERATIONS_AT_ONCE))));
    return { items, next };
  }

  /** @returns null when there is no such operation, or not for these eyes */
  async show(id: string, visibleTo: Visibility): Promise<OperationJson | null> {
    const found = await this.read(id, visibleTo);
    return found && this.describe(found, found.lines);
  }

  /** @returns null when there is no such operation, or not for these eyes */
  async read(id: string, visibleTo: Visibility): Promise<FoundOperation | null> {
    const lines = (await this.reader.operations([id])).map((event) => new RecordLine(event));
    const head = headOf(lines);
    if (!head) return null;
    const session = (await this.sessions.of([head]))(head);
    const owner = session.principal;
    if (!isVisible(visibleTo, owner && { iss: owner['iss'], sub: owner['sub'] })) return null;
    return { lines, head, session };
  }

  /** @param opened lines whose bodies are read */
  async describe(
    { lines, head, session }: FoundOperation,
    opened: readonly RecordLine[],
  ): Promise<OperationJson | null> {
    const [bodies, settledBy] = await Promise.all([this.bodies.open(opened), this.settledBy(head)]);
    return assembleOperation({ lines, bodies, session, settledBy }, ROWS_SHOWN);
  }

  private async assemble(heads: readonly StoredEvent[]): Promise<OperationJson[]> {
    const ids = heads.map((head) => head.op).filter((id) => id !== null);
    const lines = (await this.reader.operations(ids)).map((event) => new RecordLine(event));
    const [bodies, sessionOf] = await Promise.all([
      this.bodies.open(openedInList(lines), BODY_IN_LIST),
      this.sessions.of(lines),
    ]);
    return ids.flatMap((id) => {
      const own = lines.filter((line) => line.event.op === id);
      const first = own[0];
      if (!first) return [];
      const parts = { lines: own, bodies, session: sessionOf(first), settledBy: null };
      return assembleOperation(parts, ROWS_IN_LIST) ?? [];
    });
  }

  private async settledBy(head: RecordLine): Promise<OperationJson['settledBy']> {
    const { session, op } = head.event;
    if (session === null || op === null) return null;
    for (const event of await this.reader.settling(session, op)) {
      const line = new RecordLine(event);
      const operation = line.text('o');
      if (operation !== null && operation !== op && line.texts('settles').includes(op))
        return { operation, status: line.text('status') ?? 'unknown' };
    }
    return null;
  }
}

/** The lines of a list whose bodies are worth reading: all but the many in the middle of long results and input. */
function openedInList(lines: readonly RecordLine[]): readonly RecordLine[] {
  const parts = new Map<string, RecordLine[]>();
  const opened = lines.filter((line) => {
    if (line.kind !== 'op.result' && line.kind !== 'op.input') return true;
    const key = `${line.event.op} ${line.kind}`;
    const before = parts.get(key);
    if (before === undefined) parts.set(key, [line]);
    else before.push(line);
    return false;
  });
  for (const those of parts.values()) {
    const last = those.at(-1);
    opened.push(...those.slice(0, PARTS_IN_LIST));
    if (last !== undefined && those.length > PARTS_IN_LIST) opened.push(last);
  }
  return opened;
}
