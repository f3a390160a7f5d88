import { calledFunctions, classify, missingClauses } from './classify/index.js';
import { ByteOffsets } from './byte-offsets.js';
import type { MaskingRefusal, StatementDescription, TextDescription } from './description.js';
import { collectRelations, traceStatement, type LineageResult } from './lineage/index.js';
import { parseText, utf8Length, type ParsedStatement } from './parse.js';
import { recordText, strippedText } from './record-text.js';
import type { KnowledgeIndex } from './resolve.js';

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
  'TransactionStmt VariableSetStmt VariableShowStmt DiscardStmt DeallocateStmt ClosePortalStmt FetchStmt UnlistenStmt'.split(
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
  const isNameless = nameless.has(Object.keys(node)[0] ?? '');
  const traced = index.strict ? traceStatement(node, { index, searchPath }) : null;
  const named = traced ?? collectRelations(node, { index, searchPath });
  const { objects, unresolved } = named;
  const { redaction, ...known } = classify(node, {
    index,
    searchPath,
    objects,
    unresolved,
    staleCatalog: staleCatalog && !isNameless,
  });
  const source = {
    text,
    start: offsets.indexOf(start),
    end: offsets.indexOf(end),
    redaction,
    protectedAt: (traced?.protectedLiterals ?? []).map(({ location }) => offsets.indexOf(location)),
  };
  return {
    ...known,
    objects,
    unresolved,
    ...proven(traced, staleCatalog && !isNameless),
    missing: missingClauses(node),
    calls: calledFunctions(node, index),
    recordText: recordText(source),
    strippedText: strippedText(source),
  };
}

type Proven = Pick<
  StatementDescription,
  'lineage' | 'outputs' | 'refusal' | 'reads' | 'writes' | 'filters' | 'protectedParameters'
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
      protectedParameters: [],
    };
  const { lineage, outputs, refusal, reads, writes, filters, protectedParameters } = traced;
  if (stale && lineage !== 'refused')
    return { lineage: 'refused', outputs: null, refusal: moved, reads, writes, filters: null, protectedParameters };
  return { lineage, outputs, refusal, reads, writes, filters, protectedParameters };
}

/** What stands in the record in place of a text that does not parse: it may hold anything, so none of it. */
export function unparsableText(bytes: number): string {
  return `(unparsable statement, ${bytes} bytes)`;
}
