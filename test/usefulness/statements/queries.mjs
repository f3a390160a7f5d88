// Queries with structure: WITH, windows, LATERAL, recursion, sets.
export const queries = [
  {
    says: 'a chain of WITH queries',
    sql: "WITH paid AS (SELECT * FROM orders WHERE status = 'paid'), per AS (SELECT customer_id, sum(total) AS spent FROM paid GROUP BY 1) SELECT width_bucket(spent, 0, 5000, 5) AS bucket, count(*) FROM per GROUP BY 1 ORDER BY 1",
  },
  {
    says: 'a WITH query of people, joined later',
    sql: 'WITH people AS (SELECT id, full_name, country FROM customers WHERE segment = $1) SELECT p.id, p.full_name, o.product FROM people p JOIN orders o ON o.customer_id = p.id ORDER BY o.id LIMIT 20',
    params: ['partner'],
    masks: ['full_name'],
  },
  {
    says: 'a running total',
    sql: 'SELECT id, placed_at, total, sum(total) OVER (PARTITION BY customer_id ORDER BY placed_at, id) AS running FROM orders WHERE customer_id = 8 ORDER BY placed_at, id',
  },
  {
    says: 'the rank of products',
    sql: 'SELECT product, sum(total) AS turnover, rank() OVER (ORDER BY sum(total) DESC) FROM orders GROUP BY product ORDER BY 3',
  },
  {
    says: 'the days since the order before',
    sql: 'SELECT id, placed_at - lag(placed_at) OVER (PARTITION BY customer_id ORDER BY placed_at) AS since FROM orders WHERE customer_id < 50 ORDER BY id',
  },
  {
    says: 'a moving average',
    sql: 'SELECT day, avg(turnover) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS week FROM (SELECT placed_at::date AS day, sum(total) AS turnover FROM orders GROUP BY 1) d ORDER BY day LIMIT 60',
  },
  {
    says: 'the last three orders of each of five customers',
    sql: 'SELECT c.id, o.id AS order_id, o.total FROM customers c CROSS JOIN LATERAL (SELECT id, total FROM orders WHERE customer_id = c.id ORDER BY placed_at DESC, id LIMIT 3) o WHERE c.id IN (1, 8, 15, 22, 29) ORDER BY c.id, o.id',
  },
  {
    says: 'the same with names',
    sql: 'SELECT c.full_name, o.product FROM customers c LEFT JOIN LATERAL (SELECT product FROM orders WHERE customer_id = c.id ORDER BY placed_at DESC, id LIMIT 1) o ON true WHERE c.id <= 20 ORDER BY c.id',
    masks: ['full_name'],
  },
  {
    says: 'top products per country by row_number',
    sql: 'SELECT country, product, n FROM (SELECT c.country, o.product, count(*) AS n, row_number() OVER (PARTITION BY c.country ORDER BY count(*) DESC, o.product) AS place FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1, 2) t WHERE place <= 2 ORDER BY country, place',
  },
  {
    says: 'quartiles of customers',
    sql: 'SELECT quartile, count(*), min(spent), max(spent) FROM (SELECT customer_id, sum(total) AS spent, ntile(4) OVER (ORDER BY sum(total), customer_id) AS quartile FROM orders GROUP BY customer_id) q GROUP BY quartile ORDER BY quartile',
  },
  {
    says: 'first and last order',
    sql: 'SELECT DISTINCT customer_id, first_value(product) OVER w AS first, last_value(product) OVER w AS last FROM orders WHERE customer_id < 30 WINDOW w AS (PARTITION BY customer_id ORDER BY placed_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY customer_id',
  },
  {
    says: 'sessions: gaps of thirty days',
    sql: "SELECT customer_id, count(*) FILTER (WHERE gap) + 1 AS visits FROM (SELECT customer_id, placed_at - lag(placed_at) OVER (PARTITION BY customer_id ORDER BY placed_at) > interval '30 days' AS gap FROM orders) g GROUP BY customer_id ORDER BY customer_id LIMIT 20",
  },
  {
    says: 'a recursive calendar',
    sql: "WITH RECURSIVE days(d) AS (SELECT date '2025-02-01' UNION ALL SELECT d + 1 FROM days WHERE d < '2025-02-28') SELECT d, (SELECT count(*) FROM orders WHERE placed_at::date = d) FROM days ORDER BY d",
  },
  {
    says: 'recursion over keys, names joined afterwards',
    sql: 'WITH RECURSIVE r(id, depth) AS (SELECT 1::bigint, 0 UNION ALL SELECT id * 2, depth + 1 FROM r WHERE depth < 6) SELECT r.depth, c.id, c.full_name FROM r JOIN customers c ON c.id = r.id ORDER BY r.depth',
    masks: ['full_name'],
  },
  {
    says: 'customers with orders and without tickets',
    sql: 'SELECT customer_id FROM orders EXCEPT SELECT customer_id FROM tickets ORDER BY 1 LIMIT 20',
  },
  {
    says: 'customers of both',
    sql: 'SELECT customer_id FROM orders INTERSECT SELECT customer_id FROM tickets ORDER BY 1 LIMIT 20',
  },
  {
    says: 'a timeline of a customer from three tables',
    sql: "SELECT 'order' AS what, placed_at AS at, product AS detail FROM orders WHERE customer_id = $1 UNION ALL SELECT 'ticket', opened_at, subject FROM tickets WHERE customer_id = $1 UNION ALL SELECT 'payment', paid_on::timestamptz, method FROM payments WHERE customer_id = $1 ORDER BY at, what, detail",
    params: [12],
  },
  {
    says: 'a directory from two tables',
    sql: 'SELECT id, email AS contact FROM customers WHERE id <= 10 UNION ALL SELECT customer_id, iban FROM payments WHERE id <= 10 AND iban IS NOT NULL ORDER BY 1',
    masks: ['contact'],
  },
  {
    says: 'a self join: neighbours by city',
    sql: 'SELECT a.id, b.id AS other FROM customers a JOIN customers b ON b.city = a.city AND b.id > a.id WHERE a.id < 4 ORDER BY 1, 2 LIMIT 20',
  },
  {
    says: 'a correlated subquery in the target list',
    sql: 'SELECT c.id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS orders, (SELECT max(placed_at) FROM orders o WHERE o.customer_id = c.id) AS latest FROM customers c ORDER BY c.id LIMIT 20',
  },
  {
    says: 'the name by a subquery',
    sql: 'SELECT o.id, (SELECT c.full_name FROM customers c WHERE c.id = o.customer_id) AS customer FROM orders o ORDER BY o.id LIMIT 20',
    masks: ['customer'],
  },
  {
    says: 'orders above the average of their product',
    sql: 'SELECT o.id, o.product, o.total FROM orders o WHERE o.total > (SELECT avg(total) FROM orders i WHERE i.product = o.product) ORDER BY o.id LIMIT 20',
  },
  {
    says: 'all of a list of products',
    sql: "SELECT customer_id FROM orders WHERE product IN ('desk', 'chair') GROUP BY customer_id HAVING count(DISTINCT product) = 2 ORDER BY 1 LIMIT 20",
  },
  {
    says: 'USING',
    sql: 'SELECT customer_id, o.product, t.subject FROM orders o JOIN tickets t USING (customer_id) ORDER BY customer_id, o.id, t.id LIMIT 20',
  },
  {
    says: 'a full join of two counts',
    sql: 'SELECT coalesce(o.day, t.day) AS day, o.n AS orders, t.n AS tickets FROM (SELECT placed_at::date AS day, count(*) AS n FROM orders GROUP BY 1) o FULL JOIN (SELECT opened_at::date AS day, count(*) AS n FROM tickets GROUP BY 1) t ON t.day = o.day ORDER BY 1 LIMIT 50',
  },
  {
    says: 'values as a table',
    sql: "SELECT v.label, count(o.id) FROM (VALUES ('small', 0, 100), ('middle', 100, 500), ('large', 500, 100000)) v(label, low, high) LEFT JOIN orders o ON o.total >= v.low AND o.total < v.high GROUP BY v.label ORDER BY v.label",
  },
  {
    says: 'an array as a parameter, unnested',
    sql: 'SELECT p.product, count(o.id) FROM unnest($1::text[]) AS p(product) LEFT JOIN orders o ON o.product = p.product GROUP BY p.product ORDER BY 1',
    params: [['desk', 'lamp', 'sofa']],
  },
  {
    says: 'RFM scores',
    sql: 'WITH r AS (SELECT customer_id, max(placed_at) AS latest, count(*) AS n, sum(total) AS spent FROM orders GROUP BY customer_id) SELECT customer_id, ntile(5) OVER (ORDER BY latest, customer_id) AS r, ntile(5) OVER (ORDER BY n, customer_id) AS f, ntile(5) OVER (ORDER BY spent, customer_id) AS m FROM r ORDER BY customer_id LIMIT 20',
  },
  {
    says: 'mail addresses of those who wait longest',
    sql: "WITH waiting AS (SELECT customer_id, min(opened_at) AS since FROM tickets WHERE status = 'waiting' GROUP BY 1) SELECT w.since, c.email FROM waiting w JOIN customers c ON c.id = w.customer_id ORDER BY w.since, c.id LIMIT 15",
    masks: ['email'],
  },
  {
    says: 'months side by side by lag',
    sql: "SELECT month, turnover, round(100 * (turnover - lag(turnover) OVER (ORDER BY month)) / nullif(lag(turnover) OVER (ORDER BY month), 0), 1) AS growth FROM (SELECT date_trunc('month', placed_at)::date AS month, sum(total) AS turnover FROM orders GROUP BY 1) m ORDER BY month",
  },
  {
    says: 'a materialised WITH query',
    sql: 'WITH big AS MATERIALIZED (SELECT id, customer_id FROM orders WHERE total > 1000) SELECT count(*), count(DISTINCT customer_id) FROM big',
  },
  {
    says: 'a sample of a table',
    sql: 'SELECT count(*) > 0 AS some FROM orders TABLESAMPLE BERNOULLI (50) REPEATABLE (7)',
  },
  { says: 'partitions by name', sql: 'SELECT count(*), sum(amount) FROM payments_2025_03' },
  {
    says: 'ages for a list',
    sql: "SELECT id, full_name, date_part('year', age('2026-01-01', date_of_birth)) AS age FROM customers ORDER BY id LIMIT 10",
    masks: ['full_name', 'age'],
  },
  { says: 'customers of an age', sql: "SELECT count(*) FROM customers WHERE date_of_birth < '1960-01-01'", masks: [] },
];
