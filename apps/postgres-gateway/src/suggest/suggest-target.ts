import { type ColumnSuggestion, suggestProtection, type TargetSuggestions } from '@app/masking';
import type { WireLimits } from '@app/pg-wire';
import { closeProtection } from '@app/sql';
import { type CredentialVault, PIN_STATEMENT, type PostgresTarget } from '@app/targets';
import { CATALOG_STATEMENTS, decodeCatalog } from '../catalog-query.js';
import { OwnConnection } from '../own-connection.js';
import { type ProtectedPlaces, protectionRules } from '../target-profiles.js';
import { UpstreamConnection } from '../upstream-connection.js';
import { type Detect, type SampleBounds, sampleTable, whyNot } from './sample-table.js';
import { distinctParts, sampledTables, type SampledTable } from './sampled-columns.js';

/** What the search for columns works with. */
export interface SuggestParts {
  readonly vault: CredentialVault;
  readonly protect: ProtectedPlaces;
  readonly limits: WireLimits;
  /** ms for reaching the server and logging in */
  readonly timeoutMs: number;
  readonly bounds: SampleBounds;
  /** tables that are looked at */
  readonly wanted: (table: SampledTable) => boolean;
  readonly detect: Detect;
  /** after each table */
  readonly onProgress: (progress: { readonly done: number; readonly of: number; readonly table: string }) => void;
}

/**
 * Looks for columns of a target that hold personal data or secrets: names, types, comments and statistics of all, and a sample of the rows
 * of each table, whose values are shown to detectors and dropped. It uses the target's own credential and changes nothing.
 * @throws UpstreamError, QuestionError when the target cannot be reached or its catalog not be read
 */
export async function suggestForTarget(target: PostgresTarget, parts: SuggestParts): Promise<TargetSuggestions> {
  const { vault, limits, timeoutMs } = parts;
  const settings = new Map([['application_name', 'sallyport protect suggest']]);
  const own = new OwnConnection(await UpstreamConnection.open({ target, vault, limits, timeoutMs, settings }));
  try {
    await own.ask(PIN_STATEMENT);
    const classes = await protectedClasses(own, target, parts.protect);
    const tables = (await sampledTables(own)).filter(parts.wanted);
    const distinct = await distinctParts(own);
    const unread: { table: string; why: string }[] = [];
    const suggestions: ColumnSuggestion[] = [];
    for (const [i, table] of tables.entries()) {
      const name = `${table.schema}.${table.name}`;
      const { counts, why } = await sampled(own, table, parts);
      if (why !== null) unread.push({ table: name, why });
      for (const { attnum, relationOid, name: column, type, kind, comment } of table.columns) {
        const found = suggestProtection({
          schema: table.schema,
          table: table.name,
          column,
          type,
          kind,
          comment,
          sampled: counts.get(attnum)?.sampled ?? 0,
          hits: counts.get(attnum)?.hits ?? {},
          distinct: distinct.get(`${name}.${column}`) ?? null,
          protectedAs: classes.get(`${relationOid}.${attnum}`) ?? null,
        });
        if (found) suggestions.push(found);
      }
      parts.onProgress({ done: i + 1, of: tables.length, table: name });
    }
    const columns = tables.reduce((sum, table) => sum + table.columns.length, 0);
    return { target: target.name, tables: tables.length, columns, suggestions, unread };
  } finally {
    own.end();
  }
}

async function protectedClasses(
  own: OwnConnection,
  target: PostgresTarget,
  protect: ProtectedPlaces,
): Promise<ReadonlyMap<string, string>> {
  const rules = protectionRules(protect, target.name);
  if (rules.length === 0) return new Map();
  const one = async (sql: string): Promise<string> => (await own.ask(sql))[0]?.[0] ?? '';
  const [system, user] = CATALOG_STATEMENTS;
  const catalog = decodeCatalog([await one(system), await one(user)], 0);
  return new Map(
    closeProtection(catalog, rules).columns.map((column) => [`${column.relationOid}.${column.attnum}`, column.class]),
  );
}

async function sampled(
  own: OwnConnection,
  table: SampledTable,
  { bounds, detect }: SuggestParts,
): Promise<{ counts: Awaited<ReturnType<typeof sampleTable>>; why: string | null }> {
  try {
    return { counts: await sampleTable(own, table, bounds, detect), why: null };
  } catch (error) {
    if (own.gone) throw new Error(`the target closed the connection while ${table.schema}.${table.name} was read`);
    return { counts: new Map(), why: whyNot(error) };
  }
}
