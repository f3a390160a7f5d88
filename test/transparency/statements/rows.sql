-- Reading and writing rows.
CREATE TABLE items (id int PRIMARY KEY, label text, price numeric(8,2), tags text[], info jsonb)
CREATE TABLE sales (item int REFERENCES items, day date, amount int)
INSERT INTO items VALUES (1, 'pen', 1.5, '{a,b}', '{"color": "red"}'), (2, 'ink', 20, NULL, '[1, 2]'), (3, 'pad', NULL, '{}', NULL)
INSERT INTO sales SELECT 1 + n % 3, date '2024-01-01' + n, n * n % 7 FROM generate_series(1, 30) n
INSERT INTO items DEFAULT VALUES
INSERT INTO items (id) VALUES (1)
INSERT INTO items (id) VALUES (4), (5) RETURNING id, label, id * 2 AS twice
INSERT INTO items (id, label) VALUES (1, 'other') ON CONFLICT DO NOTHING
INSERT INTO items (id, label) VALUES (1, 'quill') ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label || '!' WHERE items.id = 1 RETURNING *, xmax = 0
INSERT INTO items (id, label) VALUES (1, 'x') ON CONFLICT (label) DO NOTHING
INSERT INTO items (id) VALUES (8), (8) ON CONFLICT (id) DO UPDATE SET label = 'twice'
INSERT INTO items VALUES (1, 2, 3, 4, 5, 6)
INSERT INTO items (id, nothing) VALUES (1, 2)
INSERT INTO items (id) VALUES ('x')
INSERT INTO items (id, price) VALUES (9, 1e9)
INSERT INTO sales VALUES (77, '2024-01-01', 1)
INSERT INTO nowhere VALUES (1)
WITH made AS (INSERT INTO items (id, label) VALUES (10, 'cap') RETURNING *) SELECT label, count(*) FROM made GROUP BY label
UPDATE items SET price = price * 1.1 WHERE id < 3
UPDATE items SET (label, price) = ('both', 2) WHERE id = 5 RETURNING *
UPDATE items SET price = s.total FROM (SELECT item, sum(amount) AS total FROM sales GROUP BY item) s WHERE s.item = items.id RETURNING id, price
UPDATE items SET info = jsonb_set(info, '{color}', '"blue"') WHERE info ? 'color' RETURNING info
UPDATE items SET tags[2] = 'z' WHERE id = 1 RETURNING tags
UPDATE items SET label = DEFAULT WHERE id = 10
UPDATE items SET id = 1 WHERE id = 2
UPDATE items SET nothing = 1
UPDATE items SET label = 'x' WHERE false
UPDATE items SET label = old.label RETURNING old.id, new.label
UPDATE items SET price = 7 WHERE id = 3 RETURNING old.price, new.price
DELETE FROM items WHERE id = 10 RETURNING label
DELETE FROM items USING sales WHERE sales.item = items.id AND false
DELETE FROM items WHERE id = 1
DELETE FROM items WHERE id > 100
MERGE INTO items i USING (VALUES (1, 'one'), (20, 'twenty')) v(id, label) ON i.id = v.id WHEN MATCHED THEN UPDATE SET label = v.label WHEN NOT MATCHED THEN INSERT (id, label) VALUES (v.id, v.label)
MERGE INTO items i USING (VALUES (20), (20)) v(id) ON i.id = v.id WHEN MATCHED THEN DELETE RETURNING merge_action(), i.id
MERGE INTO items i USING (VALUES (1), (1)) v(id) ON i.id = v.id WHEN MATCHED THEN UPDATE SET label = 'x'
MERGE INTO items i USING (VALUES (30)) v(id) ON i.id = v.id WHEN NOT MATCHED THEN DO NOTHING
SELECT * FROM items ORDER BY id
SELECT id, label AS "A Label", price::int, tags[1] FROM items ORDER BY 1 DESC LIMIT 2 OFFSET 1
SELECT items FROM items ORDER BY id LIMIT 1
SELECT i.*, i FROM items i ORDER BY id LIMIT 1
SELECT (i).label FROM items i ORDER BY id LIMIT 1
SELECT DISTINCT amount FROM sales ORDER BY amount
SELECT DISTINCT ON (item) item, day FROM sales ORDER BY item, day DESC
SELECT item, count(*), sum(amount), avg(amount), min(day), max(day), string_agg(amount::text, ',' ORDER BY day) FROM sales GROUP BY item HAVING count(*) > 1 ORDER BY item
SELECT item, sum(amount) FROM sales GROUP BY ROLLUP (item) ORDER BY item NULLS LAST
SELECT item, extract(month FROM day), grouping(item), count(*) FROM sales GROUP BY GROUPING SETS ((item), ()) , 2 ORDER BY 1, 2
SELECT item, amount, count(*) FROM sales GROUP BY CUBE (item, amount) ORDER BY 1, 2, 3 LIMIT 5
SELECT item, day, amount, rank() OVER w, lag(amount) OVER w, sum(amount) OVER (PARTITION BY item ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM sales WINDOW w AS (PARTITION BY item ORDER BY amount DESC, day) ORDER BY item, day LIMIT 6
SELECT count(*) FILTER (WHERE amount > 3), percentile_cont(0.5) WITHIN GROUP (ORDER BY amount), mode() WITHIN GROUP (ORDER BY amount) FROM sales
SELECT array_agg(amount ORDER BY day), jsonb_agg(amount), jsonb_object_agg(day, amount) FROM sales WHERE item = 1
SELECT label, amount FROM items JOIN sales ON item = id WHERE amount > 3 ORDER BY label, day
SELECT label, amount FROM items LEFT JOIN sales ON item = id AND amount > 100 ORDER BY id
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v(n, t) FULL JOIN (VALUES (2, 'x'), (3, 'y')) w(n, u) USING (n) ORDER BY n
SELECT * FROM (VALUES (1)) a(x) NATURAL JOIN (VALUES (1), (2)) b(x)
SELECT * FROM items CROSS JOIN LATERAL (SELECT max(amount) FROM sales WHERE item = id) m ORDER BY id LIMIT 2
SELECT id FROM items WHERE EXISTS (SELECT FROM sales WHERE item = id) ORDER BY id
SELECT id FROM items WHERE id IN (SELECT item FROM sales) AND id = ANY ('{1,2}') AND id NOT IN (3) ORDER BY id
SELECT (SELECT label FROM items WHERE id = 1), ARRAY(SELECT id FROM items ORDER BY id)
SELECT (SELECT id FROM items)
SELECT id FROM items WHERE label LIKE 'p%' OR label ILIKE '%N' OR label ~ '^i' OR label SIMILAR TO 'p(a|e)%' ORDER BY id
SELECT 1 UNION SELECT 2 UNION ALL SELECT 2 ORDER BY 1
SELECT 1 INTERSECT SELECT 1 EXCEPT SELECT 2
SELECT 1 UNION SELECT 'x'
SELECT 1, 2 UNION SELECT 3
WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n, sum(n) OVER (ORDER BY n) FROM t
WITH RECURSIVE tree(id, up) AS (VALUES (1, 0), (2, 1), (3, 1)), walk AS (SELECT id, up FROM tree WHERE up = 0 UNION ALL SELECT t.id, t.up FROM tree t JOIN walk w ON t.up = w.id) SEARCH DEPTH FIRST BY id SET o CYCLE id SET c USING p SELECT id, c FROM walk ORDER BY o
WITH a AS MATERIALIZED (SELECT 1 AS x), b AS NOT MATERIALIZED (SELECT 2 AS y) SELECT * FROM a, b
SELECT * FROM items TABLESAMPLE SYSTEM (100) ORDER BY id LIMIT 1
SELECT * FROM items TABLESAMPLE BERNOULLI (0)
SELECT * FROM generate_series(1, 3) WITH ORDINALITY AS s(v, n)
SELECT * FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS s(a, b)
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b', 'c'])
SELECT * FROM json_to_recordset('[{"a": 1, "b": "x"}]') AS x(a int, b text)
SELECT * FROM jsonb_each('{"a": 1, "b": null}')
SELECT * FROM json_table('[{"a": 1}, {"a": 2}]', '$[*]' COLUMNS (n FOR ORDINALITY, a int PATH '$.a', b text PATH '$.b' DEFAULT 'none' ON EMPTY))
SELECT * FROM xmltable('/r/i' PASSING '<r><i k="1">a</i></r>'::xml COLUMNS k int PATH '@k', v text PATH '.')
SELECT * FROM string_to_table('a,b', ',')
SELECT id FROM items ORDER BY id FOR UPDATE
SELECT id FROM items ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
SELECT id FROM items ORDER BY id LIMIT 1 FOR SHARE NOWAIT
SELECT id FROM items FOR KEY SHARE OF nothing
SELECT count(*) FROM sales GROUP BY item FOR UPDATE
SELECT id FROM items ORDER BY id FETCH FIRST 2 ROWS ONLY
SELECT amount FROM sales ORDER BY amount DESC FETCH FIRST 1 ROW WITH TIES
SELECT id FROM items LIMIT -1
SELECT id FROM items LIMIT 'x'
SELECT id FROM items LIMIT NULL
SELECT
SELECT FROM items
SELECT NULL, NULL::int, '', ' ', true, false
VALUES (1, 'a'), (2, 'b')
VALUES (1), (2, 3)
TABLE sales
TABLE ONLY items
SELECT no_such_column FROM items
SELECT items.no_such_column FROM items
SELECT nothing.id FROM items
SELECT id FROM items a, items b
SELECT * FROM no_such_table
SELECT * FROM no_such_schema.no_such_table
SELECT * FROM other_database.public.items
SELECT no_such_function(1)
SELECT label + 1 FROM items
SELECT id FROM items WHERE label
SELECT sum(sum(id)) FROM items
SELECT label, count(*) FROM items
SELECT rank() FROM items
SELECT id FROM items WHERE count(*) > 1
SELECT * FROM items, LATERAL (SELECT nothing.id) x
SELECT generate_series(1, 3), generate_series(1, 2)
SELECT id, generate_series(1, 2) FROM items ORDER BY id LIMIT 3
EXPLAIN (COSTS OFF) SELECT * FROM items WHERE id = 1
EXPLAIN (COSTS OFF, VERBOSE, FORMAT JSON) SELECT id FROM items
EXPLAIN (COSTS OFF, FORMAT XML) SELECT 1
EXPLAIN (COSTS OFF, FORMAT YAML) SELECT 1
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT count(*) FROM items
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) DELETE FROM sales WHERE false
EXPLAIN (NOTHING) SELECT 1
EXPLAIN SELECT * FROM no_such_table
EXPLAIN (COSTS OFF) CREATE TABLE later AS SELECT 1
EXPLAIN (GENERIC_PLAN, COSTS OFF) SELECT * FROM items WHERE id = $1
ANALYZE items
ANALYZE (VERBOSE false) sales (amount)
ANALYZE nothing
VACUUM items
VACUUM (ANALYZE, FREEZE) sales
VACUUM (FULL) items
VACUUM (NOTHING) items
CHECKPOINT
LOCK TABLE items
SELECT $1
SELECT $1::int + 1
SELECT 1; SELECT 2
SELECT 1; SELECT 1 / 0; SELECT 3
INSERT INTO items (id) VALUES (50); INSERT INTO items (id) VALUES (50)
SELECT id FROM items WHERE id = 50
SELECT 1;
;
;;
-- nothing but a comment comes now
 
/* a comment */
/* a comment */ SELECT 1 /* another /* nested */ */
