-- Operators and functions of every family, with values that they refuse.
SELECT 7 / 2, 7 % 3, -7 / 2, 2 ^ 10, |/ 25.0, ||/ 27.0, @ -5, 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 4, 256 >> 4
SELECT abs(-1), ceil(1.2), floor(-1.2), round(2.5), round(2.567, 2), trunc(1.99), sign(-3), mod(7, 3), gcd(12, 18), lcm(4, 6), factorial(10)
SELECT sqrt(2), cbrt(27), exp(1), ln(10), log(100), log(2, 8), power(2, 0.5), pi(), degrees(1), radians(180)
SELECT sin(1), cos(1), tan(1), asin(0.5), acos(0.5), atan(1), atan2(1, 2), sind(30), cosd(60), sinh(1), erf(0.5), gamma(5)
SELECT width_bucket(5.35, 0.024, 10.06, 5), scale(1.500), min_scale(1.500), trim_scale(1.500), div(9, 4)
SELECT 1::numeric / 3, 2::numeric ^ 100, 1e-20::numeric * 1e20, 10::numeric % 3
SELECT 1.0::float8 / 3, 'NaN'::float8 = 'NaN', 'Infinity'::float8 - 'Infinity', 0.1::float4 + 0.2::float4
SELECT to_hex(255), to_oct(8), to_bin(5), to_char(1234.5, '9,999.99'), to_char(-5, 'S000'), to_char(12, 'RN'), to_number('1,234.5', '9,999.9')
SELECT random() < 1, random(1, 10) BETWEEN 1 AND 10
SELECT sqrt(-1)
SELECT ln(0)
SELECT 1 / 0
SELECT 1 % 0
SELECT 2147483647 + 1
SELECT 9223372036854775807 + 1
SELECT 32767::int2 + 1::int2
SELECT 1e308::float8 * 10
SELECT power(0, -1)
SELECT power(-8, 0.5)
SELECT factorial(-1)
SELECT (-5)::numeric ^ 0.5
SELECT abs((-2147483648)::int4)
SELECT width_bucket(1, 1, 1, 0)
SELECT 'a' || 'b', 'a' || 1, NULL || 'x', length('äöü'), octet_length('äöü'), bit_length('ä'), char_length('x')
SELECT upper('straße'), lower('ÄÖ'), initcap('hello wORLD'), reverse('abc'), repeat('ab', 3), left('abc', 2), right('abc', -1)
SELECT substring('hello' FROM 2 FOR 3), substring('hello' FROM 'l+'), substring('hello' SIMILAR 'h#"el#"lo' ESCAPE '#'), substr('hello', -1, 3), overlay('hello' PLACING 'XX' FROM 2 FOR 3)
SELECT position('l' IN 'hello'), strpos('hello', 'x'), trim(BOTH 'x' FROM 'xxhixx'), ltrim('  a'), rtrim('a  '), btrim('xyax', 'xy'), lpad('5', 3, '0'), rpad('a', 3, 'xy')
SELECT split_part('a,b,c', ',', 2), split_part('a,b,c', ',', -1), string_to_array('a,b,,c', ',', ''), array_to_string(ARRAY['a', NULL, 'b'], '-', '*'), translate('12345', '143', 'ax'), replace('aXbX', 'X', 'y')
SELECT concat('a', NULL, 1, true), concat_ws('-', 'a', NULL, 'b'), format('%s %I %L %% %2$s', 'a', 'b c', 'd''e'), quote_ident('A b'), quote_literal(E'a\\b'), quote_nullable(NULL)
SELECT ascii('ä'), chr(228), md5('a'), sha256('a'), encode('\x0102ff', 'base64'), decode('AQL/', 'base64'), encode('abc', 'hex'), encode('\x00ff', 'escape')
SELECT regexp_replace('foobar', 'o+', 'X'), regexp_match('foobar', '(o+)(b)'), regexp_split_to_array('a1b2', '\d'), regexp_count('aXbX', 'X'), regexp_instr('abc', 'c'), regexp_like('abc', 'B', 'i'), regexp_substr('abc', '[bc]+')
SELECT regexp_matches('abab', 'a(b)', 'g')
SELECT regexp_split_to_table('a b', ' ')
SELECT 'abc' LIKE 'a%', 'abc' NOT LIKE '_b', 'a%c' LIKE 'a!%c' ESCAPE '!', 'abc' ~ 'B', 'abc' ~* 'B', 'abc' !~ 'x', 'abc' ^@ 'ab', starts_with('abc', 'b')
SELECT unistr('\00e4'), normalize('ä', NFD) = 'ä', 'ä' IS NFC NORMALIZED, to_ascii('ä', 'LATIN1')
SELECT E'tab\there', E'\x41', U&'\00e4', $$dollar $ quoted$$, $tag$with $$ inside$tag$, 'two' 
  ' parts'
SELECT get_byte('\x0102', 1), set_byte('\x0102', 0, 255), get_bit('\x01', 0), bit_count('\xff'), convert_from('\xc3a4', 'UTF8'), convert_to('ä', 'LATIN1'), crc32('a'), reverse('\x0102'::bytea)
SELECT 'a' < 'B', 'a' < 'B' COLLATE "C", 'a' COLLATE "nowhere"
SELECT chr(0)
SELECT repeat('x', -5), lpad('abc', 2)
SELECT repeat('x', 2000000000)
SELECT 'a' ~ '('
SELECT regexp_replace('a', 'a', 'b', 'q9')
SELECT format('%d', 1)
SELECT format('%s')
SELECT decode('zz', 'hex')
SELECT decode('a', 'nothing')
SELECT convert_from('\xff', 'UTF8')
SELECT convert('\x41', 'UTF8', 'NOTHING')
SELECT substring('a' FROM 1 FOR -1)
SELECT 'abc' LIKE 'a\'
SELECT get_byte('\x01', 5)
SELECT split_part('a', ',', 0)
SELECT quote_ident(NULL), NULL::text LIKE 'a'
SELECT date '2024-02-29' + 1, date '2024-03-01' - date '2024-02-01', date '2024-01-31' + interval '1 month', timestamp '2024-01-01' - timestamp '2023-01-01', time '12:00' + interval '90 minutes'
SELECT extract(year FROM date '2024-02-29'), extract(epoch FROM timestamptz '2024-01-01 00:00Z'), extract(dow FROM date '2024-02-29'), date_part('hour', timestamp '2024-01-01 13:14:15'), extract(julian FROM date '2024-01-01')
SELECT date_trunc('month', timestamp '2024-02-29 12:00'), date_trunc('day', timestamptz '2024-02-29 12:00Z', 'Asia/Tokyo'), date_bin('15 minutes', timestamp '2024-01-01 00:22', timestamp '2024-01-01')
SELECT age(timestamp '2024-03-01', timestamp '2023-01-15'), justify_days('35 days'), justify_hours('27 hours'), justify_interval('1 mon -1 hour')
SELECT make_date(2024, 2, 29), make_time(8, 15, 23.5), make_timestamp(2024, 2, 29, 1, 2, 3.5), make_interval(years => 1, days => 2), make_timestamptz(2024, 1, 1, 0, 0, 0, 'UTC'), to_timestamp(0)
SELECT to_char(timestamp '2024-02-29 13:14:15.678', 'YYYY-MM-DD HH12:MI:SS.MS AM Day Mon Q WW J'), to_date('29 Feb 2024', 'DD Mon YYYY'), to_timestamp('2024-02-29 25', 'YYYY-MM-DD MI')
SELECT timestamp '2024-07-01 12:00' AT TIME ZONE 'Europe/Berlin', timestamptz '2024-07-01 12:00Z' AT TIME ZONE 'America/New_York', timezone('UTC', timestamptz '2024-01-01 00:00+05')
SELECT (date '2024-01-01', date '2024-02-01') OVERLAPS (date '2024-01-15', interval '1 month'), isfinite(date 'infinity'), date 'infinity' > date '2024-01-01'
SELECT interval '1 day' * 2.5, interval '1 hour' / 7, interval '1 year' > interval '365 days', -interval '1 day'
SELECT generate_series(timestamp '2024-01-01', '2024-01-03', '1 day')
SELECT now() = transaction_timestamp(), current_date = now()::date, localtime IS NOT NULL, pg_typeof(clock_timestamp()), statement_timestamp() >= now()
SELECT make_date(2024, 2, 30)
SELECT to_date('x', 'YYYY')
SELECT extract(nothing FROM date '2024-01-01')
SELECT date_trunc('nothing', now())
SELECT now() AT TIME ZONE 'Nowhere'
SELECT date '2024-01-01' + 10000000000
SELECT date '5874897-12-31' + 1
SELECT date_bin('1 month', now(), now())
SELECT 5 BETWEEN 1 AND 10, 5 BETWEEN SYMMETRIC 10 AND 1, 1 IS DISTINCT FROM NULL, NULL IS NOT DISTINCT FROM NULL, NULL IS UNKNOWN, true IS NOT FALSE
SELECT true AND NULL, false AND NULL, true OR NULL, NOT NULL::bool, coalesce(NULL, 2), nullif(1, 1), greatest(1, NULL, 3), least(1, NULL), num_nulls(1, NULL)
SELECT CASE WHEN 1 > 2 THEN 'a' WHEN NULL THEN 'b' ELSE 'c' END, CASE 3 WHEN 1 THEN 'x' END
SELECT CASE WHEN true THEN 1 ELSE 1 / 0 END
SELECT CASE 1 WHEN 'x' THEN 1 END
SELECT ROW(1, 'a', NULL), (1, 2) = (1, 2), (1, 2) < (1, 3), ROW(1, NULL) IS NULL, ROW(NULL, NULL) IS NULL
SELECT (1, 2) = (1, 2, 3)
SELECT 1 IN (1, 2, NULL), 3 NOT IN (1, NULL), 1 = ANY (ARRAY[1, 2]), 1 <> ALL ('{2,3}'), 1 = ANY (SELECT 1)
SELECT ARRAY[1, 2] || 3, ARRAY[1, 2] || ARRAY[[3, 4]], array_append(ARRAY[1], 2), array_cat(ARRAY[1], ARRAY[2]), array_prepend(0, ARRAY[1]), array_remove(ARRAY[1, 2, 1], 1), array_replace(ARRAY[1, 2], 2, 5)
SELECT array_length(ARRAY[[1, 2], [3, 4]], 2), array_ndims(ARRAY[[1]]), array_dims(ARRAY[1, 2]), array_lower(ARRAY[1], 1), array_upper(ARRAY[1, 2], 1), cardinality(ARRAY[[1, 2]]), array_position(ARRAY['a', 'b'], 'b'), array_positions(ARRAY[1, 2, 1], 1)
SELECT ARRAY[1, 2, 3] @> ARRAY[2], ARRAY[1] <@ ARRAY[1, 2], ARRAY[1, 2] && ARRAY[2, 3], (ARRAY[1, 2, 3])[2], (ARRAY[1, 2, 3])[2:], (ARRAY[[1, 2], [3, 4]])[1:2][2:2], (ARRAY[1])[5]
SELECT array_fill(7, ARRAY[2, 2]), array_sort(ARRAY[3, 1, 2]), array_reverse(ARRAY[1, 2]), trim_array(ARRAY[1, 2, 3], 1), array_to_json(ARRAY[1, 2])
SELECT unnest(ARRAY[[1, 2], [3, 4]])
SELECT ARRAY[]
SELECT ARRAY[1, 'x']
SELECT ARRAY[[1, 2], [3]]
SELECT trim_array(ARRAY[1], 5)
SELECT array_fill(1, ARRAY[-1])
SELECT int4range(1, 5) @> 3, int4range(1, 5) && int4range(4, 8), int4range(1, 5) + int4range(5, 7), int4range(1, 10) * int4range(5, 15), int4range(1, 10) - int4range(5, 15), int4range(1, 3) -|- int4range(3, 5), int4range(1, 3) << int4range(7, 9)
SELECT lower(int4range(1, 5)), upper_inc(int4range(1, 5, '[]')), isempty('empty'::int4range), lower_inf('(,5)'::int4range), range_merge(int4range(1, 2), int4range(5, 6)), multirange(int4range(1, 2)), range_agg(r) FROM (VALUES (int4range(1, 3)), (int4range(2, 5))) v(r)
SELECT unnest('{[1,3),[5,7)}'::int4multirange)
SELECT int4range(1, 3) + int4range(7, 9)
SELECT int4range(5, 1)
SELECT '{"a": {"b": [1, 2, {"c": "d"}]}}'::jsonb -> 'a' -> 'b' -> 2 ->> 'c', '{"a": [1, 2]}'::json #>> '{a,1}', '[1, 2]'::jsonb -> -1, '{"a": 1}'::jsonb ->> 'b'
SELECT '{"a": 1, "b": 2}'::jsonb @> '{"a": 1}', '{"a": 1}'::jsonb ? 'a', '["a"]'::jsonb ?| ARRAY['a', 'x'], '{"a": 1}'::jsonb ?& ARRAY['a', 'b'], '{"a": 1}'::jsonb || '{"b": 2}', '{"a": 1, "b": 2}'::jsonb - 'a', '[1, 2]'::jsonb - 0, '{"a": {"b": 1}}'::jsonb #- '{a,b}'
SELECT jsonb_build_object('a', 1, 'b', NULL, 'c', ARRAY[1, 2]), json_build_array(1, 'a', true), to_jsonb(ROW(1, 'x')), row_to_json(ROW(1, 'x')), json_object('{a,1,b,2}'), jsonb_strip_nulls('{"a": null}'), jsonb_pretty('{"a": [1, {"b": 2}]}')
SELECT jsonb_typeof('1'), json_typeof('null'), jsonb_array_length('[1, 2]'), jsonb_set('{"a": 1}', '{b}', '2'), jsonb_insert('[1, 2]', '{1}', '"x"'), jsonb_path_query_array('[1, 2, 3]', '$[*] ? (@ > 1)'), jsonb_path_exists('{"a": 1}', '$.a'), jsonb_path_match('{"a": 1}', '$.a == 1')
SELECT json_object_keys('{"a": 1, "b": 2}')
SELECT jsonb_array_elements('[1, "a", null]')
SELECT JSON_OBJECT('a': 1, 'b': 'x' ABSENT ON NULL), JSON_ARRAY(1, 'a', NULL NULL ON NULL), JSON('{"a": 1}'), JSON_SCALAR('x'), '{"a": 1}' IS JSON OBJECT, JSON_VALUE(jsonb '{"a": 1}', '$.a' RETURNING int), JSON_QUERY(jsonb '{"a": [1]}', '$.a'), JSON_EXISTS(jsonb '{"a": 1}', '$.b'), JSON_SERIALIZE('{"a": 1}' RETURNING text)
SELECT json_value(jsonb '{"a": "x"}', '$.a' RETURNING int ERROR ON ERROR)
SELECT '{"a": 1}'::jsonb ->> 0, jsonb_array_length('{}')
SELECT jsonb_path_query('{}', '$.')
SELECT jsonb_path_query('[]', 'strict $.a')
SELECT jsonb_set('1', '{a}', '2')
SELECT json_object('{a}')
SELECT '{"a": 1}'::jsonb::int
SELECT jsonb '1' < jsonb '"a"', ('{"a": 1}'::jsonb)['a'], '1'::jsonb::int + 1
SELECT xmlelement(name a, xmlattributes('x' AS b), 'text', xmlforest(1 AS c)), xmlconcat('<a/>', '<b/>'), xmlpi(name php, 'x'), xmlcomment('c'), xmlparse(CONTENT 'a<b/>'), xmlserialize(CONTENT '<a/>' AS text)
SELECT xpath('/a/b/text()', '<a><b>1</b><b>2</b></a>'), xpath_exists('/x', '<a/>'), xml_is_well_formed('<a>'), '<a/>'::xml IS DOCUMENT
SELECT xpath('///', '<a/>')
SELECT to_tsvector('english', 'The quick brown foxes') @@ to_tsquery('english', 'fox & quick'), plainto_tsquery('english', 'the cats'), phraseto_tsquery('big cat'), websearch_to_tsquery('"a b" -c or d'), ts_rank(to_tsvector('a b'), 'a'::tsquery), ts_headline('a b c', 'b'::tsquery)
SELECT setweight('a:1 b:2'::tsvector, 'A'), strip('a:1'::tsvector), length('a b'::tsvector), numnode('a & b'::tsquery), querytree('a & !b'::tsquery), tsvector_to_array('a b'), ts_delete('a b', 'a'), 'a'::tsquery && 'b'::tsquery
SELECT ts_lexize('english_stem', 'stars'), ts_parse('default', 'a 1')
SELECT * FROM ts_debug('english', 'a cat')
SELECT to_tsquery('a &')
SELECT point '(1,2)' + point '(1,1)', box '((0,0),(1,1))' && box '((0.5,0.5),(2,2))', circle '((0,0),2)' @> point '(1,1)', point '(0,0)' <-> point '(3,4)', area(box '((0,0),(2,2))'), center(circle '((1,2),3)'), lseg '((0,0),(1,1))' # lseg '((0,1),(1,0))', polygon(box '((0,0),(1,1))'), isclosed(path '((0,0),(1,1))')
SELECT inet '10.1.2.3/8', host('10.1.2.3/8'), network('10.1.2.3/8'), masklen('10.0.0.0/8'), inet '10.0.0.1' << inet '10.0.0.0/8', inet '10.0.0.1' + 5, inet '10.0.0.9' - inet '10.0.0.1', family('::1'), abbrev(cidr '10.0.0.0/8'), trunc(macaddr '08:00:2b:01:02:03'), macaddr8_set7bit('08:00:2b:01:02:03:04:05')
SELECT inet '255.255.255.255' + 1
SELECT B'101' || B'11', B'101' & B'110', ~ B'101', B'101' << 1, 5::bit(4), B'101'::int, substring(B'110' FROM 2), bit_count(B'101'), X'1F'
SELECT B'101' & B'1'
SELECT pg_typeof(1), pg_typeof(1.5), pg_typeof('x'), pg_typeof(NULL), pg_typeof(ARRAY[1.5]), pg_typeof(ROW(1))
SELECT 1::text, '1'::int, 1.9::int, true::int, 0::bool, 'a'::text::char, '2024-01-01'::date::timestamp, CAST('1' AS numeric(3,1)), int4 '5', '{1,2}'::int[], 65::"char"
SELECT true::date
SELECT 1::point
SELECT 'x'::nothing
SELECT 1.5::int2, 40000::int2
SELECT 'abc'::varchar(2), 'abc'::char(2)::text, 123.456::numeric(4,1), 12345::numeric(4,1)
SELECT version() LIKE 'PostgreSQL%', current_database(), current_schema IS NOT NULL, current_user, session_user, user, current_catalog, pg_backend_pid() > 0, inet_client_addr() IS NOT NULL
SELECT pg_get_userbyid(10), has_database_privilege('crm', 'connect'), has_schema_privilege('public', 'usage'), pg_has_role('app', 'member'), to_regclass('nothing'), to_regtype('int4'), format_type(1043, 14), pg_column_size(1), obj_description(1, 'pg_class')
SELECT pg_get_viewdef('pg_tables'::regclass) LIKE '% SELECT%', pg_get_functiondef('abs(int)'::regprocedure), pg_get_indexdef('pg_class_oid_index'::regclass), pg_get_constraintdef(0), pg_get_expr(NULL, 0)
SELECT relname, relkind FROM pg_class WHERE oid = 1259
SELECT typname, typlen, typbyval, typcategory, typarray FROM pg_type WHERE oid IN (16, 23, 25, 2249) ORDER BY oid
SELECT table_name, table_type FROM information_schema.tables WHERE table_name = 'pg_class'
SELECT nspname FROM pg_namespace WHERE nspname LIKE 'pg\_c%' ORDER BY 1
SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attrelid = 'pg_am'::regclass AND a.attnum > 0 ORDER BY a.attnum
SELECT name, setting FROM pg_settings WHERE name IN ('block_size', 'server_encoding') ORDER BY name
SELECT datname, datallowconn FROM pg_database ORDER BY datname
SELECT rolname, rolsuper FROM pg_roles WHERE rolname IN ('app', 'postgres') ORDER BY 1
SELECT * FROM pg_timezone_abbrevs WHERE abbrev = 'UTC'
SELECT collname FROM pg_collation WHERE collname IN ('C', 'default') ORDER BY 1
SELECT count(*) > 2000 FROM pg_proc
SELECT state, query FROM pg_stat_activity WHERE pid = pg_backend_pid()
SELECT * FROM pg_authid
SELECT * FROM pg_read_file('/etc/passwd')
SELECT pg_ls_dir('.')
SELECT pg_terminate_backend(0)
SELECT pg_cancel_backend(0)
SELECT pg_sleep(0)
SELECT pg_sleep(0.01), 1
SELECT pg_relation_size('pg_class') > 0, pg_size_pretty(123456789::bigint), pg_size_bytes('1 GB'), pg_database_size('crm') > 0
SELECT pg_current_xact_id_if_assigned(), pg_is_in_recovery(), pg_conf_load_time() < now(), pg_postmaster_start_time() < now()
SELECT txid_current_if_assigned(), pg_export_snapshot() IS NOT NULL
SELECT gen_random_uuid() <> gen_random_uuid(), uuid_extract_version('00000000-0000-4000-8000-000000000000'), length(uuidv7()::text)
SELECT hashtext('a'), hash_array(ARRAY[1]), pg_lsn '0/10' - pg_lsn '0/0', txid_snapshot_xmin('10:20:'), pg_snapshot_xip('10:20:15'), pg_char_to_encoding('UTF8'), pg_encoding_to_char(6)
SELECT count(*), count(n), sum(n), avg(n), min(n), max(n), stddev(n), variance(n), bool_and(n > 0), bool_or(n > 2), every(n < 10), bit_and(n), bit_or(n), bit_xor(n), corr(n, n), regr_slope(n, n), any_value(1) FROM generate_series(1, 5) n
SELECT array_agg(n ORDER BY n DESC), string_agg(n::text, ',' ORDER BY n), json_agg(n), jsonb_object_agg(n, n * 2), json_object_agg(n, 'x'), xmlagg(xmlelement(name n, n)), range_agg(int4range(n, n + 1)), min(ARRAY[n]), max(ROW(n)) FROM generate_series(1, 3) n
SELECT n, row_number() OVER (), dense_rank() OVER (ORDER BY n % 2), percent_rank() OVER (ORDER BY n), cume_dist() OVER (ORDER BY n), ntile(2) OVER (ORDER BY n), lead(n, 1, 0) OVER (ORDER BY n), first_value(n) OVER (ORDER BY n), last_value(n) OVER (), nth_value(n, 2) OVER () FROM generate_series(1, 4) n ORDER BY n
SELECT sum(n), avg(n) FROM generate_series(1, 0) n
SELECT sum(n::text) FROM generate_series(1, 3) n
SELECT percentile_disc(1.5) WITHIN GROUP (ORDER BY n) FROM generate_series(1, 3) n
SELECT ntile(0) OVER () FROM generate_series(1, 3)
SELECT generate_series(1, 3, 0)
SELECT generate_subscripts(ARRAY[5, 6], 1)
SELECT repeat('Lorem ipsum ', 20000)
SELECT n, repeat('x', n) FROM generate_series(1, 300) n
SELECT n FROM generate_series(1, 5000) n
SELECT decode(repeat('00ff', 50000), 'hex')
SELECT 1 AS a, 2 AS a, 3 AS "?column?", 4 AS "", 5 AS "ä"
SELECT 1 AS "Grüße an alle", 2 AS "a""b"
