import { loadParser } from '../parse.js';
import { CATALOG, contextOf, outputsInShort, relation, traceOne } from './testing/known-database-spec.js';

// What lineage once read in another way than the server, each as small as it gets. `test/differential` finds them.

/** A table with a column that the server computes from a protected one. */
const computing = relation(20017, 'public.child', [
  ['id', 23],
  ['secret', 25],
  ['loud', 25, 's'],
]);
const relations = [...CATALOG.relations.filter(({ oid }) => oid !== computing.oid), computing];

beforeAll(loadParser);

it.each([
  ["SELECT string_to_array(loud, ',') FROM child", 'derived(secret)'],
  ['SELECT loud FROM child', 'derived(secret)'],
  ["SELECT x.l || 'x', x.id FROM (SELECT id, loud AS l FROM child) x", 'derived(secret) -'],
])('is read as the server reads it: %s', (text, outputs) => {
  const context = contextOf({ relations });
  expect(outputsInShort(traceOne(text, context), context)).toBe(outputs);
});
