/** Functions that print definitions whose literals may be values. */
const DEFINITIONS: ReadonlySet<string> = new Set(
  (
    'pg_get_constraintdef pg_get_expr pg_get_function_arg_default pg_get_function_arguments pg_get_function_sqlbody ' +
    'pg_get_functiondef pg_get_indexdef pg_get_partition_constraintdef pg_get_partkeydef pg_get_ruledef ' +
    'pg_get_statisticsobjdef pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions pg_get_triggerdef pg_get_viewdef'
  ).split(' '),
);

/** Whether a built-in function (name without `pg_catalog`) prints a definition: a text, or an array of texts, for `maskDefinition`. */
export function printsDefinition(name: string): boolean {
  return DEFINITIONS.has(name);
}

/**
 * Whether an argument (from 0) of such a function is an expression tree of the catalog: of the type `pg_node_tree`, which nothing else
 * can be cast to, so that whatever it comes from it is a definition and no other value.
 */
export function takesTree(name: string, argument: number): boolean {
  return name === 'pg_get_expr' && argument === 0;
}
