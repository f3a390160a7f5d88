// What analysts count: groups, buckets of time, shares, cohorts, funnels.
export const reports = [
  { says: 'customers per country', sql: 'SELECT country, count(*) FROM customers GROUP BY country ORDER BY 2 DESC, 1' },
  {
    says: 'segments and newsletters',
    sql: 'SELECT segment, count(*) FILTER (WHERE newsletter) AS subscribed, count(*) AS all FROM customers GROUP BY segment ORDER BY segment',
  },
  {
    says: 'turnover per month',
    sql: "SELECT date_trunc('month', placed_at) AS month, sum(total) AS turnover, count(*) AS orders FROM orders WHERE status <> 'cancelled' GROUP BY 1 ORDER BY 1",
  },
  {
    says: 'turnover per quarter and product',
    sql: "SELECT date_trunc('quarter', placed_at)::date AS quarter, product, sum(total) FROM orders GROUP BY 1, 2 ORDER BY 1, 2",
  },
  {
    says: 'average order per product',
    sql: 'SELECT product, round(avg(total), 2) AS average, min(total), max(total) FROM orders GROUP BY product HAVING count(*) > 100 ORDER BY average DESC',
  },
  {
    says: 'median and the upper decile',
    sql: 'SELECT product, percentile_cont(0.5) WITHIN GROUP (ORDER BY total) AS median, percentile_disc(0.9) WITHIN GROUP (ORDER BY total) AS upper FROM orders GROUP BY product ORDER BY product',
  },
  {
    says: 'share of each status',
    sql: 'SELECT status, round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS percent FROM orders GROUP BY status ORDER BY status',
  },
  {
    says: 'a pivot by FILTER',
    sql: "SELECT product, sum(total) FILTER (WHERE status = 'paid') AS paid, sum(total) FILTER (WHERE status = 'returned') AS returned FROM orders GROUP BY product ORDER BY product",
  },
  {
    says: 'a pivot by CASE',
    sql: "SELECT country, sum(CASE WHEN segment = 'business' THEN 1 ELSE 0 END) AS business, sum(CASE WHEN segment = 'private' THEN 1 ELSE 0 END) AS private FROM customers GROUP BY country ORDER BY country",
  },
  {
    says: 'subtotals by ROLLUP',
    sql: 'SELECT country, segment, count(*) FROM customers GROUP BY ROLLUP (country, segment) ORDER BY country NULLS LAST, segment NULLS LAST',
  },
  {
    says: 'a cube with names for the totals',
    sql: "SELECT coalesce(status, 'all') AS status, coalesce(product, 'all') AS product, sum(quantity) FROM orders GROUP BY CUBE (status, product) ORDER BY 1, 2",
  },
  {
    says: 'grouping sets',
    sql: 'SELECT status, currency, GROUPING(status, currency) AS level, count(*) FROM orders GROUP BY GROUPING SETS ((status), (currency), ()) ORDER BY 3, 1, 2',
  },
  {
    says: 'turnover per country of the customer',
    sql: 'SELECT c.country, sum(o.total) AS turnover FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY c.country ORDER BY turnover DESC',
  },
  {
    says: 'the ten best customers by key',
    sql: 'SELECT customer_id, sum(total) AS spent FROM orders GROUP BY customer_id ORDER BY spent DESC, customer_id LIMIT 10',
  },
  {
    says: 'the ten best customers with their names',
    sql: 'SELECT c.id, c.full_name, s.spent FROM customers c JOIN (SELECT customer_id, sum(total) AS spent FROM orders GROUP BY customer_id) s ON s.customer_id = c.id ORDER BY s.spent DESC, c.id LIMIT 10',
    masks: ['full_name'],
  },
  {
    says: 'the same, grouped by the primary key',
    sql: 'SELECT c.id, c.full_name, sum(o.total) AS spent FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id ORDER BY spent DESC, c.id LIMIT 10',
    masks: ['full_name'],
  },
  {
    says: 'the same, grouped by name too, as many write it',
    sql: 'SELECT c.id, c.full_name, sum(o.total) AS spent FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.full_name ORDER BY spent DESC, c.id LIMIT 10',
    masks: ['full_name'],
  },
  {
    says: 'payments per method and month',
    sql: "SELECT to_char(paid_on, 'YYYY-MM') AS month, method, sum(amount) FROM payments GROUP BY 1, 2 ORDER BY 1, 2",
  },
  {
    says: 'how many payments have an account',
    sql: 'SELECT method, count(*) AS all, count(iban) AS with_account FROM payments GROUP BY method ORDER BY method',
  },
  {
    says: 'days between order and payment',
    sql: 'SELECT p.method, avg(p.paid_on - o.placed_at::date) AS days FROM payments p JOIN orders o ON o.id = p.order_id GROUP BY p.method ORDER BY p.method',
  },
  {
    says: 'a histogram of totals',
    sql: 'SELECT width_bucket(total, 0, 1000, 10) AS bucket, count(*) FROM orders GROUP BY bucket ORDER BY bucket',
  },
  {
    says: 'tickets per weekday',
    sql: 'SELECT extract(isodow FROM opened_at) AS day, count(*) FROM tickets GROUP BY day ORDER BY day',
  },
  {
    says: 'tickets per hour and priority',
    sql: "SELECT date_part('hour', opened_at)::int AS hour, priority, count(*) FROM tickets GROUP BY 1, 2 ORDER BY 1, 2",
  },
  {
    says: 'tickets per subject',
    sql: "SELECT subject, count(*) AS tickets, count(*) FILTER (WHERE status = 'closed') AS closed FROM tickets GROUP BY subject ORDER BY tickets DESC, subject",
  },
  {
    says: 'the ratio of returns',
    sql: "SELECT product, (count(*) FILTER (WHERE status = 'returned'))::numeric / count(*) AS returned FROM orders GROUP BY product ORDER BY returned DESC, product",
  },
  {
    says: 'sign-ups per year',
    sql: 'SELECT extract(year FROM created_at)::int AS year, count(*) FROM customers GROUP BY year ORDER BY year',
  },
  {
    says: 'cohorts by month of sign-up',
    sql: "SELECT date_trunc('month', c.created_at)::date AS cohort, count(DISTINCT c.id) AS customers, count(DISTINCT o.customer_id) AS buyers FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY 1 ORDER BY 1",
  },
  {
    says: 'a retention table',
    sql: "WITH firsts AS (SELECT customer_id, min(date_trunc('month', placed_at)) AS cohort FROM orders GROUP BY customer_id) SELECT f.cohort::date, (extract(year FROM age(date_trunc('month', o.placed_at), f.cohort)) * 12 + extract(month FROM age(date_trunc('month', o.placed_at), f.cohort)))::int AS month, count(DISTINCT o.customer_id) FROM firsts f JOIN orders o USING (customer_id) GROUP BY 1, 2 ORDER BY 1, 2",
  },
  {
    says: 'a funnel',
    sql: 'SELECT count(*) AS customers, count(o.customer_id) AS ordered, count(p.customer_id) AS paid FROM customers c LEFT JOIN (SELECT DISTINCT customer_id FROM orders) o ON o.customer_id = c.id LEFT JOIN (SELECT DISTINCT customer_id FROM payments) p ON p.customer_id = c.id',
  },
  {
    says: 'a funnel by UNION',
    sql: "SELECT 'ordered' AS step, count(DISTINCT customer_id) FROM orders UNION ALL SELECT 'paid', count(DISTINCT customer_id) FROM payments UNION ALL SELECT 'asked', count(DISTINCT customer_id) FROM tickets ORDER BY 1",
  },
  {
    says: 'the calendar with gaps filled',
    sql: "SELECT d::date AS day, count(o.id) FROM generate_series('2025-03-01'::date, '2025-03-31', '1 day') d LEFT JOIN orders o ON o.placed_at::date = d::date GROUP BY d ORDER BY d",
  },
  { says: 'the mode of products', sql: 'SELECT mode() WITHIN GROUP (ORDER BY product) FROM orders' },
  {
    says: 'products of each customer as a list',
    sql: "SELECT customer_id, string_agg(DISTINCT product, ', ' ORDER BY product) AS products FROM orders GROUP BY customer_id ORDER BY customer_id LIMIT 20",
  },
  {
    says: 'correlation of quantity and total',
    sql: 'SELECT round(corr(quantity, total)::numeric, 4), round(stddev(total), 2) FROM orders',
  },
  {
    says: 'how many mail domains in a country',
    sql: 'SELECT country, count(email) FROM customers GROUP BY country ORDER BY country',
  },
  {
    says: 'the oldest customer per city',
    sql: 'SELECT city, min(date_of_birth) AS oldest FROM customers GROUP BY city ORDER BY city',
    masks: ['oldest'],
  },
  {
    says: 'the average age',
    sql: "SELECT avg(extract(year FROM age('2026-01-01', date_of_birth)))::int AS age FROM customers",
    masks: ['age'],
  },
  {
    says: 'customers per decade of birth',
    sql: 'SELECT (extract(year FROM date_of_birth)::int / 10) * 10 AS decade, count(*) FROM customers GROUP BY 1 ORDER BY 1',
    masks: ['decade'],
  },
  {
    says: 'duplicates by telephone number',
    sql: 'SELECT phone, count(*) FROM customers GROUP BY phone HAVING count(*) > 1 ORDER BY 2 DESC LIMIT 10',
    masks: ['phone'],
  },
  {
    says: 'customers per mail domain',
    sql: "SELECT split_part(email, '@', 2) AS domain, count(*) FROM customers GROUP BY 1 ORDER BY 2 DESC",
    masks: ['domain'],
  },
];
