import { isListedColumn, systemColumnUse } from './system-relations.js';

const catalog = (name: string) => ({ schema: 'pg_catalog', name });

describe('columns of system relations', () => {
  it.each([
    ['pg_statistic', 'stavalues1'],
    ['pg_stats', 'most_common_vals'],
    ['pg_stats', 'histogram_bounds'],
    ['pg_stats', 'correlation'],
    ['pg_statistic_ext_data', 'stxdmcv'],
    ['pg_stat_activity', 'query'],
    ['pg_prepared_statements', 'statement'],
    ['pg_cursors', 'statement'],
    ['pg_largeobject', 'data'],
    ['pg_attribute', 'attmissingval'],
    ['pg_proc', 'prosrc'],
    ['pg_authid', 'rolpassword'],
    ['pg_user_mapping', 'umoptions'],
  ])('%s.%s may hold values', (name, column) => {
    expect([systemColumnUse(catalog(name), column), isListedColumn(catalog(name), column)]).toEqual(['value', true]);
  });

  it('may hold values where nobody has looked: a column or a relation of a newer server, and one of another schema', () => {
    for (const [schema, name, column] of [
      ['pg_catalog', 'pg_class', 'relnew'],
      ['pg_catalog', 'pg_new', 'oid'],
      ['pg_toast', 'pg_toast_2619', 'chunk_data'],
      ['pg_toast', 'pg_class', 'relname'],
      ['pg_catalog', 'constructor', 'name'],
    ] as const) {
      expect([systemColumnUse({ schema, name }, column), isListedColumn({ schema, name }, column)]).toEqual([
        'value',
        false,
      ]);
    }
  });

  it('hold definitions in some, as text and as trees', () => {
    for (const [schema, name, column] of [
      ['pg_catalog', 'pg_indexes', 'indexdef'],
      ['pg_catalog', 'pg_views', 'definition'],
      ['pg_catalog', 'pg_attrdef', 'adbin'],
      ['pg_catalog', 'pg_class', 'relpartbound'],
      ['information_schema', 'columns', 'column_default'],
      ['information_schema', 'check_constraints', 'check_clause'],
    ] as const)
      expect(systemColumnUse({ schema, name }, column)).toBe('definition');
  });

  it('hold names and structure in most', () => {
    for (const column of ['oid', 'relname', 'relkind', 'reltuples'])
      expect(systemColumnUse(catalog('pg_class'), column)).toBe('plain');
    for (const column of ['table_schema', 'column_name', 'data_type', 'is_nullable'])
      expect(systemColumnUse({ schema: 'information_schema', name: 'columns' }, column)).toBe('plain');
  });
});
