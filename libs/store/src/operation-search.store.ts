import type { AuditDatabase } from './audit-database.js';
import { Conditions, likeLiteral } from './conditions.js';
import { encodeCursor } from './cursor.js';
import { addCommon, type CommonFilter } from './search-conditions.js';
import { EVENT_COLUMNS, type EventRow, type StoredEvent, toStoredEvent } from './stored-event.js';

/** What operations are looked for; all conditions hold at once. */
export interface OperationFilter extends CommonFilter {
  readonly session?: string | undefined;
  /** `customers`, `public.customers` or `crm.public.customers`; `web`, `pods/web`, `team-a/pods` or `prod.team-a/pods/web` */
  readonly object?: string | undefined;
  /** found, whatever its case, in verb, objects with their target, or the literal-stripped statement */
  readonly text?: string | undefined;
  /** the command, whatever its case */
  readonly verb?: string | undefined;
  readonly effect?: string | undefined;
  /** `allow`, `deny` or `hold` */
  readonly decision?: string | undefined;
  readonly limit: number;
}

/** One page, newest first. */
export interface Page {
  readonly events: readonly StoredEvent[];
  /** for the next page; null: this is the last one */
  readonly next: string | null;
}

/** Finds operations by the one line that starts each. Nothing is cached: what is shipped is found. */
export class OperationSearchStore {
  constructor(private readonly database: AuditDatabase) {}

  /** @returns lines of kind `op`, `op.intent` or `op.blocked`, one per operation. @throws CursorError, and when the database is down */
  async search(filter: OperationFilter): Promise<Page> {
    const conditions = new Conditions();
    conditions.add([], () => `e.type IN ('op', 'op.intent', 'op.blocked')`);
    // What was blocked after its intent is already found by its intent.
    conditions.add(
      [],
      () => `e.type <> 'op.blocked' OR NOT EXISTS
        (SELECT 1 FROM audit_event i WHERE i.op = e.op AND i.type = 'op.intent' AND i.ts <= e.ts AND i.ts > e.ts - interval '1 day')`,
    );
    addCommon(conditions, filter);
    if (filter.session !== undefined) conditions.add([filter.session], (session) => `e.session = ${session}`);
    if (filter.verb !== undefined) conditions.add([filter.verb], (verb) => `lower(e.verb) = lower(${verb})`);
    for (const [member, wanted] of [
      ['eff', filter.effect],
      ['verdict', filter.decision],
    ] as const)
      if (wanted !== undefined)
        conditions.add([wanted], (value) => `convert_from(e.line, 'UTF8')::json ->> '${member}' = ${value}`);
    if (filter.object !== undefined) addObject(conditions, filter.object);
    if (filter.text !== undefined)
      conditions.add(
        [`%${likeLiteral(filter.text.trim().replace(/\s+/g, ' '))}%`],
        (text) => `audit_text(e.target, e.verb, e.rel, e.fp) ILIKE ${text}`,
      );
    return page(this.database, conditions, filter.limit);
  }
}

function addObject(conditions: Conditions, object: string): void {
  if (object.includes('/')) {
    addPath(conditions, object);
    return;
  }
  const dot = object.indexOf('.');
  if (dot < 0) {
    conditions.add(
      [object, `%.${likeLiteral(object)}`, `%/${likeLiteral(object)}/%`],
      (name, suffix, part) =>
        `EXISTS (SELECT 1 FROM unnest(e.rel) AS rel WHERE rel = ${name} OR rel LIKE ${suffix} OR '/' || rel || '/' LIKE ${part})`,
    );
    return;
  }
  conditions.add(
    [[object], object.slice(0, dot), [object.slice(dot + 1)]],
    (whole, target, rest) => `e.rel @> ${whole}::text[] OR (e.target = ${target} AND e.rel @> ${rest}::text[])`,
  );
}

/** Objects of clusters have parts between slashes, `team-a/pods/web/log`: found by any stretch of whole parts, with or without the target. */
function addPath(conditions: Conditions, object: string): void {
  const dot = object.indexOf('.');
  conditions.add(
    [
      `%/${likeLiteral(object)}/%`,
      dot < 0 ? null : object.slice(0, dot),
      dot < 0 ? null : `/${likeLiteral(object.slice(dot + 1))}/%`,
    ],
    (part, target, rest) =>
      `EXISTS (SELECT 1 FROM unnest(e.rel) AS rel WHERE '/' || rel || '/' LIKE ${part}
         OR (e.target = ${target}::text AND '/' || rel || '/' LIKE ${rest}::text))`,
  );
}

/** Runs a page of a list: one row more than asked tells whether there is a next page. */
export async function page(database: AuditDatabase, conditions: Conditions, limit: number): Promise<Page> {
  const rows = await database.query<EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM audit_event e WHERE ${conditions.toString()}
     ORDER BY e.ts DESC, e.epoch DESC, e.n DESC LIMIT ${limit + 1}`,
    conditions.values,
  );
  const events = rows.slice(0, limit).map(toStoredEvent);
  const last = events.at(-1);
  return { events, next: rows.length > limit && last ? encodeCursor(last) : null };
}
