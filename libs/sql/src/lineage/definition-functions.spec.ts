import { printsDefinition, takesTree } from './definition-functions.js';

describe('functions that print definitions', () => {
  it('are known by name; what prints names and types only is none of them', () => {
    for (const name of ['pg_get_viewdef', 'pg_get_expr', 'pg_get_constraintdef', 'pg_get_function_arguments'])
      expect(printsDefinition(name)).toBe(true);
    for (const name of ['pg_get_userbyid', 'pg_get_function_result', 'pg_get_serial_sequence', 'format_type', 'upper'])
      expect(printsDefinition(name)).toBe(false);
  });

  it('take a tree of the catalog as the first argument of pg_get_expr, and nowhere else', () => {
    expect(takesTree('pg_get_expr', 0)).toBe(true);
    for (const [name, argument] of [
      ['pg_get_expr', 1],
      ['pg_get_viewdef', 0],
    ] as const)
      expect(takesTree(name, argument)).toBe(false);
  });
});
