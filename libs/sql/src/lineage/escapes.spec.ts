import { readFileSync } from 'node:fs';
import type { CatalogRelation } from '../catalog.js';
import { loadParser, parseText } from '../parse.js';
import { CATALOG, contextOf, outputsInShort, relation, SEARCH_PATH, traceText } from './testing/known-database-spec.js';

interface Escape {
  readonly id: string;
  readonly sql: readonly (string | { readonly hex: string })[];
  readonly setup?: readonly string[];
  readonly startup?: Readonly<Record<string, string>>;
}

const escapes = JSON.parse(readFileSync('test/escapes/escapes.json', 'utf8')) as Escape[];
const benign = JSON.parse(readFileSync('test/escapes/benign.json', 'utf8')) as Escape[];

/**
 * What each statement of a case comes to: `-` a clean column, a name a masked one, `refused`. Every case that is not here consists
 * of statements that are refused, all of them.
 */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'E002-table-cmd': ['- email ssn full_name phone card notes dob salary'],
  'E005-unicode-ident': ['email'],
  'E008-alias-col-list': ['email ssn card'],
  'E011-tablesample': ['email'],
  'E014-unnamed-second-stmt': ['-; email'],
  'E117-distinct-on': ['- notes'],
  'E121-cte': ['email'],
  'E136-natural-join': ['- email ssn full_name phone card notes dob salary'],
  'E160-child': ['email'],
  // the statement that copies is refused: what is read afterwards was never written
  'E167-insert-select': ['refused', '-'],
  'E170-update-subselect': ['refused', '-'],
  'E191-session-guc-fn': ['refused', '-'],
  'E214-overload-hijack': ['refused', '-'],
  // whoever listens gets no payload of a protected target
  'E229-do-notify': ['no rows', 'refused'],
  'E246-hold-cursor': ['refused', 'no rows', 'no rows'],
  'E266-from-error-context': ['no rows', 'refused', 'refused'],
  'E298-unique-on-clean-index': ['no rows', 'refused'],
  // touches: the error, which prints the row, is scrubbed
  'E301-check-violation-row': ['no rows'],
  // a copy that no rule names: SQL cannot know it, detectors have to
  'E188-existing-trigger-audit': ['-'],
  'E352-binary-text': ['email ssn'],
  'E361-no-describe': ['email'],
  'E364-portal-suspended': ['- email'],
  'E370-close-reparse-pipeline': ['-', 'email'],
  'E373-deallocate-rollback': ['-', 'no rows', 'no rows', 'refused', 'no rows'],
  'E251-columns': ['- email'],
  'E254-delim-letter': ['- email ssn'],
  'E257-binary-query': ['dob salary'],
  'E260-view-q': ['- email ssn full_name phone card notes dob salary'],
  'E263-multi': ['-; card; -'],
  'E382-client-encoding-startup': ['full_name'],
  'E385-sjis-escape': ['refused', 'not UTF-8'],
  'E388-datestyle': ['no rows', 'dob'],
  'E391-function-call-query-to-xml': ['unparsable'],
  'E394-two-queries-one-packet': ['-', 'email'],
};

/** Benign statements that this build refuses, with the reason. */
const REFUSED_BENIGN: Readonly<Record<string, RegExp>> = {
  'B011-clean-view': /^public\.v_o is a view/,
};

/** The views that a case makes beside the gateway, as its catalog shows them. */
function viewsOf({ setup }: Escape): CatalogRelation[] {
  return (setup ?? []).flatMap((sql, position) => {
    const [, schema = 'public', name] = /CREATE VIEW (?:(\w+)\.)?(\w+)/.exec(sql) ?? [];
    const columns = ['id', 'label', 'x', 'z', 'f'].map((column) => [column, 25] as const);
    return name === undefined ? [] : [relation(30_000 + position, `${schema}.${name}`, columns, { kind: 'v' })];
  });
}

function outcome(escape: Escape): string[] {
  const path = escape.startup?.['options'] ? ['pg_temp', 'pg_catalog', 'sx', 'public'] : SEARCH_PATH;
  const context = contextOf({ relations: [...CATALOG.relations, ...viewsOf(escape)] }, path);
  return escape.sql.map((sql) => {
    if (typeof sql !== 'string') return 'not UTF-8';
    if (parseText(sql).error) return 'unparsable';
    const results = traceText(sql, context);
    return results
      .map((result) => (result.lineage === 'refused' ? 'refused' : outputsInShort(result, context)))
      .join('; ');
  });
}

beforeAll(loadParser);

describe('ways to get a protected value out', () => {
  it('are all known to this test', () => {
    const ids = new Set(escapes.map((escape) => escape.id));
    expect(escapes.length).toBeGreaterThanOrEqual(134);
    expect(Object.keys(EXPECTED).filter((id) => !ids.has(id))).toEqual([]);
  });

  it.each(escapes.map((escape) => [escape.id, escape] as const))('%s ends masked or refused', (id, escape) => {
    expect(outcome(escape)).toEqual(EXPECTED[id] ?? escape.sql.map(() => 'refused'));
  });

  it('are refused with a reason and a hint that carry no value', () => {
    const context = contextOf();
    for (const { sql } of escapes) {
      for (const text of sql) {
        if (typeof text !== 'string' || parseText(text).error) continue;
        for (const { refusal } of traceText(text, context)) {
          if (!refusal) continue;
          expect(refusal.reason).not.toMatch(/512-73-9046|alice|4539|kowalska/i);
          expect(refusal.hint.length).toBeGreaterThan(10);
        }
      }
    }
  });
});

describe('statements that must pass', () => {
  const made = relation(31_000, 'pg_temp_3.t', [
    ['a', 23],
    ['email', 25],
  ]);
  it.each(benign.map((each) => [each.id, each] as const))(
    '%s passes with clean columns, or is a known limit',
    (id, { sql }) => {
      const context = contextOf({ relations: [...CATALOG.relations, ...(id === 'B037-ddl-temp' ? [made] : [])] });
      const results = sql.flatMap((text) => traceText(typeof text === 'string' ? text : '', context));
      const reasons = results.map((result) => result.refusal?.reason ?? '');
      const expected = REFUSED_BENIGN[id];
      if (expected) expect(reasons.join('')).toMatch(expected);
      else expect(reasons.join('')).toBe('');
      for (const result of results)
        expect((result.outputs ?? []).filter((output) => output.taint !== 'clean')).toEqual([]);
    },
  );
});
