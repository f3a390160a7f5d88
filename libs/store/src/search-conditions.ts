import { Conditions, likeLiteral } from './conditions.js';
import { type Cursor, decodeCursor } from './cursor.js';

/** Whose events may be found: null is everyone's. */
export type Visibility = { readonly iss: string; readonly sub: string } | null;

/** Conditions that lists of sessions and of operations share. */
export interface CommonFilter {
  readonly visibleTo: Visibility;
  /** the user claim, its part before `@`, or the subject */
  readonly person?: string | undefined;
  readonly agent?: string | undefined;
  readonly target?: string | undefined;
  /** inclusive */
  readonly from?: Date | undefined;
  /** exclusive */
  readonly to?: Date | undefined;
  readonly cursor?: string | undefined;
}

/** Adds the conditions over table alias `e`. @throws CursorError */
export function addCommon(conditions: Conditions, filter: CommonFilter): void {
  if (filter.visibleTo)
    conditions.add(
      [filter.visibleTo.iss, filter.visibleTo.sub],
      (iss, sub) =>
        `e.pid IN (SELECT pid FROM principal_map WHERE principal->>'iss' = ${iss} AND principal->>'sub' = ${sub})`,
    );
  if (filter.person !== undefined)
    conditions.add(
      [
        filter.person.toLowerCase(),
        filter.person,
        filter.person.includes('@') ? null : `${likeLiteral(filter.person.toLowerCase())}@%`,
      ],
      (user, sub, local) =>
        `e.pid IN (SELECT pid FROM principal_map WHERE lower(principal->>'user') = ${user}
           OR principal->>'sub' = ${sub} OR lower(principal->>'user') LIKE ${local}::text)`,
    );
  if (filter.agent !== undefined)
    // `autogen` also finds its parts: `autogen/analyst#1`
    conditions.add(
      [filter.agent, `${likeLiteral(filter.agent)}/%`],
      (agent, part) =>
        `EXISTS (SELECT 1 FROM json_array_elements_text(convert_from(e.line, 'UTF8')::json -> 'act') AS agent
           WHERE agent = ${agent} OR agent LIKE ${part})`,
    );
  if (filter.target !== undefined) conditions.add([filter.target], (target) => `e.target = ${target}`);
  if (filter.from) conditions.add([filter.from], (from) => `e.ts >= ${from}`);
  if (filter.to) conditions.add([filter.to], (to) => `e.ts < ${to}`);
  if (filter.cursor !== undefined) addCursor(conditions, decodeCursor(filter.cursor));
}

function addCursor(conditions: Conditions, cursor: Cursor): void {
  // The first condition is implied by the second, but only it lets whole days be skipped.
  conditions.add(
    [cursor.ts, cursor.epoch, cursor.n],
    (ts, epoch, n) => `e.ts <= ${ts} AND (e.ts, e.epoch, e.n) < (${ts}, ${epoch}, ${n}::bigint)`,
  );
}
