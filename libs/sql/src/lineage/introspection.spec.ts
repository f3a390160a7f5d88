import { loadParser } from '../parse.js';
import { contextOf, traceOne } from './testing/known-database-spec.js';

beforeAll(loadParser);

describe('what drivers and tools ask of the catalog', () => {
  it('takes keys apart by the function of the information schema, which has to be written in full', () => {
    const keys = 'SELECT (k.keys).n FROM (SELECT information_schema._pg_expandarray(ARRAY[1, 2]) AS keys) k';
    expect(traceOne(keys, contextOf())).toMatchObject({ lineage: 'clean', refusal: null });
    for (const name of ['_pg_expandarray', 'pg_catalog._pg_expandarray', 'information_schema.lower'])
      expect(traceOne(`SELECT ${name}(ARRAY[1])`, contextOf()).refusal?.reason).toContain(`${name} is not known`);
  });
});
