import type { Node } from '@pgsql/types';
import { calledFunctions, classify, missingClauses } from './classify/index.js';
import { ByteOffsets } from './byte-offsets.js';
import { copyDescription } from './copy.js';
import type { MaskingRefusal, StatementDescription, TextDescription } from './description.js';
import { collectRelations, traceStatement, type LineageResult } from './lineage/index.js';
import { constantLocations } from './lineage/tree.js';
import { parseText, utf8Length, type ParsedStatement } from './parse.js';
import { knowsName } from './known-names.js';
import { recordText, strippedText, type RecordedText, type StatementSource } from './record-text.js';
import type { KnowledgeIndex } from './resolve.js';
import { givenIn, storedIn } from './stored.js';
import { writtenValues } from './written.js';
import { anySecret, parameterNumbers, secretsOf, type Secrets } from './secrets.js';

/** What an earlier statement of the same text may have moved: the catalog and search path that were given hold no longer. */
interface Moved {
  searchPath: boolean;
  catalog: boolean;
}

const moved: MaskingRefusal = {
  reason: 'An earlier statement of the same text changes the catalog that this one would be checked against.',
  hint: 'Send the statements one at a time.',
};

/** Statements whose meaning no catalog changes. */
const nameless: ReadonlySet<string> = new Set(
  'TransactionStmt VariableSetStmt VariableShowStmt DiscardStmt DeallocateStmt ClosePortalStmt FetchStmt ListenStmt UnlistenStmt NotifyStmt'.split(
    ' ',
  ),
);

/**
 * Describes one text (a Query or Parse) against one knowledge: parse, classify, resolve, trace, and texts for the record.
 * @param searchPath schemas as `DescribeContext.searchPath`
 * @returns plain data without the tree; `error` when the text does not parse, the text itself then stands nowhere in it
 * @throws SqlRoomError `parser-died`: this thread's parser must not be used again
 */
export function describeText(
  text: string,
  index: KnowledgeIndex,
  searchPath: readonly string[] | null,
): TextDescription {
  const parsed = parseText(text);
  if (parsed.error) return { statements: [], error: parsed.error };
  if (parsed.statements.length === 0) return { statements: [], error: null };
  const offsets = new ByteOffsets(text, utf8Length(text));
  const state: Moved = { searchPath: false, catalog: false };
  const statements = parsed.statements.map((statement) => {
    const path = state.searchPath ? null : searchPath;
    const description = describeStatement(text, offsets, statement, index, path, state.catalog);
    note(state, description);
    return description;
  });
  return { statements, error: null };
}

/** The end of a block may undo what was set and made before this text: only the session knows, and looks at `transaction`. */
function note(state: Moved, { changes, transaction }: StatementDescription): void {
  if (transaction !== null) return;
  if (changes.searchPath) state.searchPath = true;
  if (changes.catalog) state.catalog = true;
}

function describeStatement(
  text: string,
  offsets: ByteOffsets,
  { node, start, end }: ParsedStatement,
  index: KnowledgeIndex,
  searchPath: readonly string[] | null,
  staleCatalog: boolean,
): StatementDescription {
  const stale = staleCatalog && !nameless.has(Object.keys(node)[0] ?? '');
  const traced = index.strict ? traceStatement(node, { index, searchPath }) : null;
  const named = traced ?? collectRelations(node, { index, searchPath });
  const { objects, unresolved } = named;
  const { unread, ...known } = classify(node, {
    index,
    searchPath,
    objects,
    unresolved,
    staleCatalog: stale,
  });
  const refused = traced !== null && (stale || traced.lineage === 'refused');
  const secrets = unread ? anySecret : secretsOf(node);
  const source: StatementSource = {
    text,
    start: offsets.indexOf(start),
    end: offsets.indexOf(end),
    redaction: secrets.redaction,
    protectedAt: protectedPlaces(node, traced, refused, offsets),
    unproven: refused ? { knows: knowsName(index) } : null,
  };
  const recorded = recordText(source);
  const stored = traced === null || refused ? null : storedIn(node);
  const given = traced === null || refused ? null : givenIn(node);
  return {
    ...known,
    objects,
    unresolved,
    ...proven(traced, stale),
    ...hiddenParameters(node, traced, refused || secrets.values),
    ...written(node, refused ? null : traced, index, searchPath),
    missing: missingClauses(node),
    calls: calledFunctions(node, index),
    copy: copyDescription(node, index, searchPath, traced),
    withholds: showsGuesses(node, traced) ? 'messages-and-rows' : withheld(node, recorded, secrets),
    recordText: recorded.text,
    strippedText: strippedText(source),
    ...(given === null ? {} : { given }),
    ...(stored === null
      ? {}
      : {
          stored: {
            text: text.slice(source.start, source.end),
            statement: describeStatement(text, offsets, { node: stored.query, start, end }, index, searchPath, stale),
            holds: stored.holds,
          },
        }),
  };
}

/** The constants that the tree puts into protected columns; every one where nothing is proven, since any may be meant for such a column. */
function protectedPlaces(
  node: Node,
  traced: LineageResult | null,
  refused: boolean,
  offsets: ByteOffsets,
): StatementSource['protectedAt'] {
  const known = (traced?.protectedLiterals ?? []).map(({ location, class: className }) => ({
    at: offsets.indexOf(location),
    class: className,
  }));
  if (!refused) return known;
  const places = new Set(known.map(({ at }) => at));
  const others = constantLocations(node).map((location) => ({ at: offsets.indexOf(location), class: null }));
  return [...known, ...others.filter(({ at }) => !places.has(at))];
}

function written(
  node: Node,
  traced: LineageResult | null,
  index: KnowledgeIndex,
  searchPath: readonly string[] | null,
): Pick<StatementDescription, 'written'> {
  if (traced === null || traced.writes.length === 0) return {};
  const values = writtenValues(node, index, searchPath);
  return values.length === 0 ? {} : { written: values };
}

function hiddenParameters(
  node: Node,
  traced: LineageResult | null,
  every: boolean,
): Pick<StatementDescription, 'protectedParameters' | 'parameterClasses'> {
  const known = new Map((traced?.protectedParameters ?? []).map((one) => [one.number, one.class]));
  const numbers = every ? parameterNumbers(node) : [...known.keys()];
  return {
    protectedParameters: numbers,
    parameterClasses: numbers.map((number) => known.get(number) ?? null),
  };
}

/** Of an EXECUTE the values are hidden only because nobody knows here what they are for: its rows are recorded like any. */
function withheld(node: Node, recorded: RecordedText, secrets: Secrets): StatementDescription['withholds'] {
  if (secrets.shown || (recorded.secrets && !('ExecuteStmt' in node))) return 'messages-and-rows';
  return recorded.secrets || secrets.values ? 'messages' : 'nothing';
}

/** A plan prints the conditions, and with them the literals and bound values that meet protected columns. */
function showsGuesses(node: Node, traced: LineageResult | null): boolean {
  if (traced === null || !('ExplainStmt' in node)) return false;
  return traced.protectedLiterals.length > 0 || traced.protectedParameters.length > 0;
}

type Proven = Pick<
  StatementDescription,
  'lineage' | 'outputs' | 'refusal' | 'reads' | 'writes' | 'filters' | 'oracles'
>;

function proven(traced: LineageResult | null, stale: boolean): Proven {
  if (!traced)
    return {
      lineage: 'unchecked',
      outputs: null,
      refusal: null,
      reads: [],
      writes: [],
      filters: [],
      oracles: [],
    };
  const { lineage, outputs, refusal, reads, writes, filters, oracles } = traced;
  if (stale && lineage !== 'refused')
    return { lineage: 'refused', outputs: null, refusal: moved, reads, writes, filters: null, oracles };
  return { lineage, outputs, refusal, reads, writes, filters, oracles };
}

/** What stands in the record in place of a text that does not parse: it may hold anything, so none of it. */
export function unparsableText(bytes: number): string {
  return `(unparsable statement, ${bytes} bytes)`;
}
