// Answers of an API, built as JSON by the database.
export const documents = [
  { says: 'a row as JSON', sql: 'SELECT row_to_json(o) AS document FROM orders o WHERE id = 1' },
  {
    says: 'a document of an order',
    sql: "SELECT jsonb_build_object('id', o.id, 'lines', jsonb_build_array(jsonb_build_object('product', o.product, 'quantity', o.quantity))) AS document FROM orders o ORDER BY o.id LIMIT 5",
  },
  {
    says: 'a list of documents',
    sql: "SELECT json_agg(json_build_object('id', id, 'total', total) ORDER BY id) AS documents FROM orders WHERE customer_id = 8",
  },
  {
    says: 'a customer with orders inside',
    sql: "SELECT c.id, c.city, (SELECT coalesce(json_agg(o.product ORDER BY o.id), '[]') FROM orders o WHERE o.customer_id = c.id) AS orders FROM customers c WHERE c.id <= 10 ORDER BY c.id",
  },
  {
    says: 'a customer with the name inside',
    sql: "SELECT c.id, json_build_object('name', c.full_name, 'city', c.city) AS document FROM customers c WHERE c.id <= 5 ORDER BY c.id",
    masks: ['document'],
  },
  {
    says: 'a whole customer as JSON',
    sql: 'SELECT to_jsonb(c) AS document FROM customers c WHERE id = 1',
    masks: ['document'],
  },
  {
    says: 'an object of counts',
    sql: 'SELECT jsonb_object_agg(status, n) AS counts FROM (SELECT status, count(*) AS n FROM orders GROUP BY status) s',
  },
  {
    says: 'a document read as a table',
    sql: `SELECT x.product, x.quantity FROM jsonb_to_recordset($1::jsonb) AS x(product text, quantity int)`,
    params: ['[{"product":"desk","quantity":2},{"product":"lamp","quantity":1}]'],
  },
  {
    says: 'elements of a list',
    sql: `SELECT value ->> 'a' AS a FROM jsonb_array_elements('[{"a":"x"},{"a":"y"}]') ORDER BY 1`,
  },
  {
    says: 'a path into a document',
    sql: `SELECT jsonb_path_query_array('{"lines":[{"n":1},{"n":5}]}', '$.lines[*] ? (@.n > 2)') AS found`,
  },
  {
    says: 'JSON_TABLE over a parameter',
    sql: `SELECT j.* FROM JSON_TABLE($1::jsonb, '$[*]' COLUMNS (product text PATH '$.p', n int PATH '$.n')) j`,
    params: ['[{"p":"desk","n":2}]'],
  },
  {
    says: 'an array of keys',
    sql: 'SELECT customer_id, array_agg(id ORDER BY id) AS orders FROM orders WHERE customer_id < 40 GROUP BY customer_id ORDER BY customer_id',
  },
  {
    says: 'a table of CSV by hand',
    sql: "SELECT concat_ws(';', id, product, to_char(total, 'FM999990.00')) AS line FROM orders ORDER BY id LIMIT 10",
  },
  {
    says: 'dates for people',
    sql: "SELECT id, to_char(placed_at AT TIME ZONE 'Europe/Berlin', 'DD.MM.YYYY HH24:MI') AS at FROM orders ORDER BY id LIMIT 10",
  },
  {
    says: 'a document without what is empty',
    sql: "SELECT jsonb_strip_nulls(jsonb_build_object('iban', p.iban, 'amount', p.amount)) AS document FROM payments p ORDER BY p.id LIMIT 5",
    masks: ['document'],
  },
];
