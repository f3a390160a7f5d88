import type { FuncCall } from '@pgsql/types';
import { printsDefinition } from './definition-functions.js';
import { Refused, refusals } from './refusals.js';
import type { LineageContext } from './result.js';
import { mayBeCast } from '../resolve.js';
import { stringsOf } from './tree.js';

/**
 * Built-in functions whose result depends on their arguments, the clock or catalog structure alone: no SQL text, no relation contents,
 * no files, no other sessions, no definitions. Everything that is not listed is refused.
 */
const LISTED = new Set(
  [
    // aggregates and windows
    'array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp every json_agg json_object_agg jsonb_agg',
    'jsonb_object_agg max min mode percentile_cont percentile_disc range_agg range_intersect_agg regr_avgx regr_avgy regr_count',
    'regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp string_agg sum var_pop var_samp',
    'variance xmlagg any_value json_agg_strict jsonb_agg_strict json_object_agg_strict json_object_agg_unique jsonb_object_agg_strict',
    'cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number',
    // numbers
    'abs acos acosd acosh asin asind asinh atan atan2 atan2d atand atanh cbrt ceil ceiling cos cosd cosh cot cotd degrees div erf erfc',
    'exp factorial floor gcd lcm ln log log10 min_scale mod pi pow power radians random random_normal round scale setseed sign sin sind',
    'sinh sqrt tan tand tanh trim_scale trunc width_bucket gamma lgamma to_number numeric int2 int4 int8 float4 float8',
    // text and bytes
    'ascii bit_length btrim char_length character_length chr concat concat_ws convert convert_from convert_to decode encode format',
    'get_bit get_byte initcap left length like lower lpad ltrim md5 normalize is_normalized octet_length overlay parse_ident position',
    'quote_ident quote_literal quote_nullable regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace',
    'regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse right rpad rtrim set_bit set_byte sha224 sha256',
    'sha384 sha512 split_part starts_with string_to_array string_to_table strpos substr substring text to_ascii to_bin to_hex to_oct',
    'translate unicode_assigned unistr upper varchar bpchar name casefold crc32 crc32c similar_to_escape similar_escape like_escape',
    'notlike texteq textcat bit_count bytea reverse collation',
    // dates
    'age clock_timestamp date date_add date_bin date_part date_subtract date_trunc extract isfinite justify_days justify_hours',
    'justify_interval make_date make_interval make_time make_timestamp make_timestamptz now overlaps pg_sleep pg_sleep_for',
    'statement_timestamp timeofday timezone timestamp timestamptz time timetz interval to_char to_date to_timestamp',
    'transaction_timestamp',
    // JSON
    'array_to_json json_array_elements json_array_elements_text json_array_length json_build_array json_build_object json_each',
    'json_each_text json_extract_path json_extract_path_text json_object json_object_keys json_strip_nulls json_to_record',
    'json_to_recordset json_typeof jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array',
    'jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object',
    'jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty',
    'jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof row_to_json to_json to_jsonb',
    'jsonb_path_exists_tz jsonb_path_match_tz jsonb_path_query_tz',
    // arrays, ranges, series
    'array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_positions array_prepend',
    'array_remove array_replace array_reverse array_sample array_shuffle array_sort array_to_string array_upper cardinality',
    'generate_series generate_subscripts trim_array unnest isempty lower_inc lower_inf upper_inc upper_inf range_merge multirange',
    'int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange tsmultirange',
    'tstzmultirange datemultirange',
    // enums, uuid, network, geometry, text search, XML
    'enum_first enum_last enum_range gen_random_uuid uuidv4 uuidv7 uuid_extract_timestamp uuid_extract_version abbrev broadcast family',
    'host hostmask inet_merge inet_same_family masklen netmask network set_masklen macaddr8_set7bit area box center circle diagonal',
    'diameter height isclosed isopen line lseg npoints path pclose point polygon popen radius slope width bound_box array_to_tsvector',
    'get_current_ts_config json_to_tsvector jsonb_to_tsvector numnode phraseto_tsquery plainto_tsquery querytree setweight strip',
    'to_tsquery to_tsvector ts_delete ts_filter ts_headline ts_rank ts_rank_cd tsquery_phrase tsvector_to_array websearch_to_tsquery',
    'xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlcomment xmlconcat xmlexists xpath xpath_exists xmltext',
    // sequences
    'currval lastval nextval setval',
    // session and structure
    'current_catalog current_database current_role current_schema current_schemas current_setting current_user inet_client_addr',
    'inet_client_port inet_server_addr inet_server_port pg_backend_pid pg_is_in_recovery pg_my_temp_schema pg_is_other_temp_schema',
    'pg_postmaster_start_time pg_conf_load_time session_user system_user user version set_config pg_client_encoding',
    'pg_char_to_encoding pg_encoding_to_char pg_get_userbyid pg_typeof format_type to_regclass to_regcollation to_regnamespace',
    'to_regoper to_regoperator to_regproc to_regprocedure to_regrole to_regtype to_regtypemod pg_basetype col_description',
    'obj_description shobj_description pg_table_is_visible pg_type_is_visible pg_function_is_visible pg_operator_is_visible',
    'pg_opclass_is_visible pg_opfamily_is_visible pg_collation_is_visible pg_conversion_is_visible pg_ts_config_is_visible',
    'pg_ts_dict_is_visible pg_ts_parser_is_visible pg_ts_template_is_visible pg_statistics_obj_is_visible has_any_column_privilege',
    'has_column_privilege has_database_privilege has_function_privilege has_language_privilege has_schema_privilege',
    'has_sequence_privilege has_server_privilege has_table_privilege has_tablespace_privilege has_type_privilege pg_has_role',
    'pg_get_function_identity_arguments pg_get_function_result pg_get_serial_sequence pg_relation_is_publishable pg_relation_size',
    'pg_table_size pg_indexes_size pg_total_relation_size pg_database_size pg_tablespace_size pg_size_pretty pg_size_bytes',
    'pg_column_size pg_relation_filenode pg_sequence_parameters pg_get_keywords pg_partition_ancestors pg_partition_root',
    'pg_partition_tree aclexplode acldefault makeaclitem pg_index_column_has_property pg_index_has_property',
    'pg_indexam_has_property pg_collation_for pg_input_is_valid pg_describe_object pg_identify_object pg_tablespace_location',
    'pg_current_xact_id pg_current_xact_id_if_assigned pg_current_snapshot txid_current txid_current_snapshot',
    'txid_current_if_assigned pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all',
    'pg_advisory_unlock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared',
    'pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared hashtext hashtextextended',
    'getdatabaseencoding pg_encoding_max_length pg_blocking_pids pg_safe_snapshot_blocking_pids pg_options_to_table',
    'pg_relation_is_updatable pg_column_is_updatable pg_get_replica_identity_index pg_jit_available pg_tablespace_databases',
    'pg_listening_channels pg_notification_queue_usage pg_get_acl pg_identify_object_as_address pg_filenode_relation',
    // comparison support that clients write
    'num_nonnulls num_nulls',
  ].flatMap((line) => line.split(' ')),
);

/** The same of the schema `information_schema`, which has to be written: drivers take keys apart with it. */
const LISTED_OF_INFORMATION_SCHEMA: ReadonlySet<string> = new Set(['_pg_expandarray']);

/** Functions whose effect is named by an argument: the argument has to be a constant. */
export const CONSTANT_ARGUMENTS: ReadonlySet<string> = new Set(['set_config']);

/** Columns of the functions that may stand in FROM and return more than one; all other listed ones return one. */
const COLUMNS: ReadonlyMap<string, readonly string[]> = new Map([
  ['json_each', ['key', 'value']],
  ['json_each_text', ['key', 'value']],
  ['jsonb_each', ['key', 'value']],
  ['jsonb_each_text', ['key', 'value']],
  ['aclexplode', ['grantor', 'grantee', 'privilege_type', 'is_grantable']],
  ['pg_partition_tree', ['relid', 'parentrelid', 'isleaf', 'level']],
  ['_pg_expandarray', ['x', 'n']],
  ['pg_options_to_table', ['option_name', 'option_value']],
  ['pg_get_keywords', ['word', 'catcode', 'barelabel', 'catdesc', 'baredesc']],
]);

/** Columns that are named by their OUT parameter although there is one only. */
const NAMED_RESULT: ReadonlyMap<string, string> = new Map([
  ['json_array_elements', 'value'],
  ['json_array_elements_text', 'value'],
  ['jsonb_array_elements', 'value'],
  ['jsonb_array_elements_text', 'value'],
  ['pg_partition_ancestors', 'relid'],
]);

/** Functions in FROM that need a column definition list. */
const RECORDS: ReadonlySet<string> = new Set([
  'json_to_record',
  'json_to_recordset',
  'jsonb_to_record',
  'jsonb_to_recordset',
]);

/** Functions in FROM whose columns are the ones of the table of this file and never depend on their arguments. */
const CERTAIN: ReadonlySet<string> = new Set([
  'generate_series',
  'generate_subscripts',
  ...COLUMNS.keys(),
  ...NAMED_RESULT.keys(),
]);

/**
 * The name of a listed built-in function, without `pg_catalog`.
 * @throws Refused when it is not listed, or a user-defined function of that name exists that could be meant
 */
export function requireListedFunction(context: LineageContext, call: FuncCall): string {
  const names = stringsOf(call.funcname) ?? [];
  const written = names.join('.');
  const name = names.at(-1) ?? '';
  const schema = names.length === 2 ? (names[0] ?? '') : null;
  const listed = schema === 'information_schema' ? LISTED_OF_INFORMATION_SCHEMA : LISTED;
  const known = schema === null || schema === 'pg_catalog' || schema === 'information_schema';
  const prints = schema !== 'information_schema' && printsDefinition(name);
  if (names.length > 2 || !known || (!listed.has(name) && !prints))
    throw new Refused(refusals.functionNotListed(written));
  const schemas = context.index.userFunctionSchemas.get(name);
  if (schemas && (schema === null || schemas.has(schema))) throw new Refused(refusals.functionShadowed(name));
  if (mayBeCast(context.index, schema, name)) throw new Refused(refusals.functionShadowed(name));
  return name;
}

/** What a function of `count` arguments in FROM gives: its column names, null for a column definition list. */
export function resultColumns(
  name: string,
  alias: string | null,
  count: number,
): { columns: readonly string[] | null; certain: boolean } {
  if (RECORDS.has(name)) return { columns: null, certain: true };
  // of several arrays it makes a column each
  if (name === 'unnest' && count > 1)
    return { columns: Array.from({ length: count }, () => alias ?? name), certain: true };
  const columns = COLUMNS.get(name) ?? [NAMED_RESULT.get(name) ?? alias ?? name];
  return { columns, certain: CERTAIN.has(name) };
}
