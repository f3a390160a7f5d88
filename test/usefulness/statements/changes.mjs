// What applications write: orders and tickets, in transactions that are rolled back afterwards.
const writes = true;
export const changes = [
  {
    says: 'a new order',
    sql: 'INSERT INTO orders (customer_id, product, quantity, total) VALUES ($1, $2, $3, $4)',
    params: [1, 'desk', 1, '199.00'],
    writes,
  },
  {
    says: 'a new order, returned',
    sql: "INSERT INTO orders (customer_id, product, quantity, total) VALUES (2, 'lamp', 2, 39.80) RETURNING customer_id, product, status, currency",
    writes,
  },
  {
    says: 'several orders',
    sql: "INSERT INTO orders (customer_id, product, quantity, total) VALUES (1, 'desk', 1, 10), (2, 'chair', 2, 20), (3, 'lamp', 3, 30)",
    writes,
  },
  {
    says: 'a new ticket with its text as a value',
    sql: 'INSERT INTO tickets (customer_id, subject, body) VALUES ($1, $2, $3)',
    params: [5, 'Refund', 'Please give me my money back.'],
    writes,
  },
  {
    says: 'a new ticket with its text in the statement',
    sql: "INSERT INTO tickets (customer_id, subject, body, priority) VALUES (5, 'Refund', 'It is broken.', 3) RETURNING subject, priority, status",
    writes,
  },
  {
    says: 'orders copied from others',
    sql: "INSERT INTO orders (customer_id, product, quantity, total) SELECT customer_id, product, quantity, total FROM orders WHERE status = 'returned' AND id < 100",
    writes,
  },
  { says: 'a status', sql: "UPDATE orders SET status = 'shipped' WHERE id = $1", params: [2], writes },
  {
    says: 'a status, returned',
    sql: "UPDATE orders SET status = 'shipped' WHERE id = 9 RETURNING id, status, product",
    writes,
  },
  {
    says: 'a price with arithmetic',
    sql: 'UPDATE orders SET total = round(total * 1.1, 2), quantity = quantity + 1 WHERE id = 10 RETURNING id, total, quantity',
    writes,
  },
  {
    says: 'several columns at once',
    sql: "UPDATE orders SET (status, currency) = ('paid', 'USD') WHERE id = 11 RETURNING status, currency",
    writes,
  },
  {
    says: 'an update by a join',
    sql: "UPDATE orders o SET status = 'cancelled' FROM customers c WHERE c.id = o.customer_id AND c.country = 'NO' AND o.status = 'open'",
    writes,
  },
  {
    says: 'an update by a subquery',
    sql: 'UPDATE tickets SET priority = 1 WHERE customer_id IN (SELECT customer_id FROM orders WHERE total > 1600)',
    writes,
  },
  {
    says: 'an update from VALUES',
    sql: "UPDATE orders o SET status = v.status FROM (VALUES (1, 'paid'), (2, 'shipped')) v(id, status) WHERE o.id = v.id RETURNING o.id, o.status",
    writes,
    unordered: true,
  },
  {
    says: 'closing tickets of a customer',
    sql: "UPDATE tickets SET status = 'closed' WHERE customer_id = $1 AND status <> 'closed'",
    params: [12],
    writes,
  },
  {
    says: 'a longer text of a ticket',
    sql: 'UPDATE tickets SET body = $1 WHERE id = $2',
    params: ['The customer called; all is well.', 3],
    writes,
  },
  {
    says: 'deleting an order',
    sql: 'DELETE FROM orders WHERE id = (SELECT max(id) FROM orders o WHERE NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id))',
    writes,
  },
  {
    says: 'deleting tickets, returned',
    sql: "DELETE FROM tickets WHERE status = 'closed' AND id < 40 RETURNING id, subject",
    writes,
    unordered: true,
  },
  {
    says: 'deleting by a join',
    sql: "DELETE FROM tickets t USING customers c WHERE c.id = t.customer_id AND c.segment = 'partner' AND t.id < 200",
    writes,
  },
  {
    says: 'an upsert that does nothing',
    sql: "INSERT INTO orders (id, customer_id, product, quantity, total) VALUES (1, 1, 'desk', 1, 1) ON CONFLICT (id) DO NOTHING",
    writes,
  },
  {
    says: 'an upsert that updates',
    sql: "INSERT INTO orders (id, customer_id, product, quantity, total) VALUES (1, 1, 'desk', 1, 1) ON CONFLICT (id) DO UPDATE SET quantity = orders.quantity + excluded.quantity, total = excluded.total RETURNING id, total",
    writes,
  },
  {
    says: 'an upsert that stays as it is',
    sql: "INSERT INTO orders AS o (id, customer_id, product, quantity, total) VALUES (1, 1, 'desk', 1, 1) ON CONFLICT (id) DO UPDATE SET total = excluded.total WHERE o.total < excluded.total",
    writes,
  },
  {
    says: 'a MERGE',
    sql: "MERGE INTO orders o USING (VALUES (1, 'paid'), (0, 'open')) v(id, status) ON o.id = v.id WHEN MATCHED THEN UPDATE SET status = v.status",
    writes,
  },
  {
    says: 'a queue: the next ticket, locked',
    sql: "UPDATE tickets SET status = 'waiting' WHERE id = (SELECT id FROM tickets WHERE status = 'open' ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, subject",
    writes,
  },
  {
    says: 'moving rows by a modifying WITH query',
    sql: 'WITH gone AS (DELETE FROM tickets WHERE id = 5 RETURNING customer_id, subject) INSERT INTO orders (customer_id, product, quantity, total) SELECT customer_id, subject, 1, 0 FROM gone RETURNING product',
    writes,
  },
  {
    says: 'the row before and after',
    sql: "UPDATE orders SET status = 'paid' WHERE id = 12 RETURNING old.status AS was, new.status AS is",
    writes,
  },
  {
    says: 'a lock for a change',
    sql: 'SELECT id, status FROM orders WHERE customer_id = 8 ORDER BY id FOR UPDATE',
    writes,
  },
  {
    says: 'a ticket with its text, returned',
    sql: 'UPDATE tickets SET priority = 4 WHERE id = 20 RETURNING id, priority, body',
    writes,
    masks: ['body'],
  },
  {
    says: 'rows from an array of values',
    sql: 'INSERT INTO orders (customer_id, product, quantity, total) SELECT * FROM unnest($1::bigint[], $2::text[], $3::int[], $4::numeric[])',
    params: [
      [1, 2],
      ['desk', 'lamp'],
      [1, 1],
      ['1.00', '2.00'],
    ],
    writes,
  },
  {
    says: 'rows from JSON',
    sql: `INSERT INTO orders (customer_id, product, quantity, total) SELECT customer_id, product, quantity, total FROM jsonb_to_recordset($1) AS x(customer_id bigint, product text, quantity int, total numeric) RETURNING product`,
    params: ['[{"customer_id":1,"product":"vase","quantity":1,"total":9.9}]'],
    writes,
  },
];
