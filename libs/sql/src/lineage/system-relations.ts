import type { CatalogRelation } from '../catalog.js';

/** Built-in types that hold expressions or values of other relations. */
const VALUE_TYPES = new Set([
  194, // pg_node_tree
  2277, // anyarray
  3361, // pg_ndistinct
  3402, // pg_dependencies
  5017, // pg_mcv_list
]);

/** System relations that hold names and structure only, with the columns of each that may hold values or definitions. */
const READABLE: ReadonlyMap<string, readonly string[]> = new Map([
  ['pg_catalog.pg_aggregate', ['agginitval', 'aggminitval']],
  ['pg_catalog.pg_am', []],
  ['pg_catalog.pg_amop', []],
  ['pg_catalog.pg_amproc', []],
  ['pg_catalog.pg_attrdef', ['adbin', 'adsrc']],
  ['pg_catalog.pg_attribute', ['attmissingval', 'attfdwoptions', 'attoptions']],
  ['pg_catalog.pg_auth_members', []],
  ['pg_catalog.pg_available_extensions', []],
  ['pg_catalog.pg_cast', []],
  ['pg_catalog.pg_class', ['relpartbound', 'reloptions']],
  ['pg_catalog.pg_collation', []],
  ['pg_catalog.pg_constraint', ['conbin', 'consrc']],
  ['pg_catalog.pg_conversion', []],
  ['pg_catalog.pg_database', []],
  ['pg_catalog.pg_depend', []],
  ['pg_catalog.pg_description', []],
  ['pg_catalog.pg_enum', []],
  ['pg_catalog.pg_event_trigger', []],
  ['pg_catalog.pg_extension', ['extconfig', 'extcondition']],
  ['pg_catalog.pg_foreign_data_wrapper', ['fdwoptions']],
  ['pg_catalog.pg_foreign_server', ['srvoptions']],
  ['pg_catalog.pg_foreign_table', ['ftoptions']],
  ['pg_catalog.pg_index', ['indexprs', 'indpred']],
  ['pg_catalog.pg_indexes', ['indexdef']],
  ['pg_catalog.pg_inherits', []],
  ['pg_catalog.pg_language', []],
  ['pg_catalog.pg_namespace', []],
  ['pg_catalog.pg_opclass', []],
  ['pg_catalog.pg_operator', []],
  ['pg_catalog.pg_opfamily', []],
  ['pg_catalog.pg_partitioned_table', ['partexprs']],
  ['pg_catalog.pg_policy', ['polqual', 'polwithcheck']],
  ['pg_catalog.pg_proc', ['prosrc', 'prosqlbody', 'probin', 'proargdefaults', 'proconfig']],
  ['pg_catalog.pg_publication', []],
  ['pg_catalog.pg_publication_namespace', []],
  ['pg_catalog.pg_publication_rel', ['prqual']],
  ['pg_catalog.pg_publication_tables', ['rowfilter']],
  ['pg_catalog.pg_range', []],
  ['pg_catalog.pg_rewrite', ['ev_qual', 'ev_action']],
  ['pg_catalog.pg_roles', ['rolpassword', 'rolconfig']],
  ['pg_catalog.pg_sequence', []],
  ['pg_catalog.pg_settings', []],
  ['pg_catalog.pg_shdescription', []],
  ['pg_catalog.pg_statistic_ext', ['stxexprs']],
  ['pg_catalog.pg_tables', []],
  ['pg_catalog.pg_tablespace', []],
  ['pg_catalog.pg_timezone_abbrevs', []],
  ['pg_catalog.pg_timezone_names', []],
  ['pg_catalog.pg_trigger', ['tgargs', 'tgqual']],
  ['pg_catalog.pg_ts_config', []],
  ['pg_catalog.pg_ts_dict', ['dictinitoption']],
  ['pg_catalog.pg_type', ['typdefault', 'typdefaultbin']],
  ['pg_catalog.pg_user', ['passwd', 'useconfig']],
  ['information_schema.applicable_roles', []],
  ['information_schema.attributes', ['attribute_default']],
  ['information_schema.check_constraint_routine_usage', []],
  ['information_schema.check_constraints', ['check_clause']],
  ['information_schema.collations', []],
  ['information_schema.column_privileges', []],
  ['information_schema.column_udt_usage', []],
  ['information_schema.columns', ['column_default', 'generation_expression']],
  ['information_schema.constraint_column_usage', []],
  ['information_schema.constraint_table_usage', []],
  ['information_schema.domain_constraints', []],
  ['information_schema.domains', ['domain_default']],
  ['information_schema.element_types', []],
  ['information_schema.enabled_roles', []],
  ['information_schema.information_schema_catalog_name', []],
  ['information_schema.key_column_usage', []],
  ['information_schema.parameters', ['parameter_default']],
  ['information_schema.referential_constraints', []],
  ['information_schema.role_table_grants', []],
  ['information_schema.routines', ['routine_definition']],
  ['information_schema.schemata', []],
  ['information_schema.sequences', []],
  ['information_schema.sql_features', []],
  ['information_schema.table_constraints', []],
  ['information_schema.table_privileges', []],
  ['information_schema.tables', []],
  ['information_schema.triggers', ['action_condition', 'action_statement']],
  ['information_schema.views', ['view_definition']],
]);

/**
 * Columns of a system relation that may hold values or definitions; null when the relation is not listed at all:
 * statistics, activity, definitions, large objects and whatever a newer server brings.
 */
export function blockedColumnsOf(relation: CatalogRelation): ReadonlySet<string> | null {
  const named = READABLE.get(`${relation.schema}.${relation.name}`);
  if (!named) return null;
  const typed = relation.columns.filter((column) => VALUE_TYPES.has(column.typeOid)).map((column) => column.name);
  return new Set([...named, ...typed]);
}
