// What an application asks all day: one customer, their orders, a page of a list, a search.
export const lookups = [
  {
    says: 'a customer by key',
    sql: 'SELECT * FROM customers WHERE id = $1',
    params: [42],
    masks: ['full_name', 'email', 'phone', 'national_id', 'date_of_birth'],
  },
  {
    says: 'some columns of a customer',
    sql: 'SELECT id, full_name, city, segment FROM customers WHERE id = $1',
    params: [7],
    masks: ['full_name'],
  },
  {
    says: 'a customer by e-mail address',
    sql: 'SELECT id, city, country FROM customers WHERE email = $1',
    params: ['boris.berger1@example.org'],
  },
  {
    says: 'a sign-in by e-mail address, as applications do it',
    sql: 'SELECT c.id, c.email, c.newsletter FROM customers c WHERE c.email = $1 LIMIT 1',
    params: ['clara.costa2@example.net'],
    masks: ['email'],
  },
  {
    says: 'does anybody have this address',
    sql: 'SELECT EXISTS (SELECT 1 FROM customers WHERE email = $1)',
    params: ['nobody@example.com'],
  },
  {
    says: 'customers by a list of keys',
    sql: 'SELECT id, city FROM customers WHERE id = ANY($1) ORDER BY id',
    params: [[3, 5, 8]],
  },
  {
    says: 'customers by keys in the text',
    sql: 'SELECT id, full_name, country FROM customers WHERE id IN (1, 2, 3, 4, 5) ORDER BY id',
    masks: ['full_name'],
  },
  {
    says: 'the first page',
    sql: 'SELECT id, full_name, city FROM customers ORDER BY id LIMIT 25',
    masks: ['full_name'],
  },
  {
    says: 'the third page by OFFSET',
    sql: 'SELECT id, email, city FROM customers ORDER BY id LIMIT 25 OFFSET 50',
    masks: ['email'],
  },
  {
    says: 'the next page by key',
    sql: 'SELECT id, phone, created_at FROM customers WHERE id > $1 ORDER BY id LIMIT 20',
    params: [500],
    masks: ['phone'],
  },
  {
    says: 'the next page by two keys',
    sql: 'SELECT id, placed_at, total FROM orders WHERE (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT 20',
    params: ['2026-01-01', 100000],
  },
  {
    says: 'a page with the total',
    sql: 'SELECT id, city, count(*) OVER () AS total FROM customers WHERE country = $1 ORDER BY id LIMIT 10',
    params: ['FR'],
  },
  {
    says: 'search in a clean column',
    sql: "SELECT id, subject FROM tickets WHERE subject LIKE 'Parcel%' ORDER BY id LIMIT 20",
  },
  {
    says: 'search without regard to case',
    sql: 'SELECT DISTINCT product FROM orders WHERE product ILIKE $1 ORDER BY product',
    params: ['%a%'],
  },
  {
    says: 'the orders of a customer',
    sql: 'SELECT id, placed_at, product, total FROM orders WHERE customer_id = $1 ORDER BY placed_at DESC, id',
    params: [8],
  },
  {
    says: 'orders with the name of who placed them',
    sql: 'SELECT o.id, o.product, o.total, c.full_name FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.id LIMIT 30',
    masks: ['full_name'],
  },
  {
    says: 'open tickets with how to reach people',
    sql: "SELECT t.id, t.subject, c.full_name, c.email, c.phone FROM tickets t JOIN customers c ON c.id = t.customer_id WHERE t.status = 'open' ORDER BY t.id LIMIT 20",
    masks: ['full_name', 'email', 'phone'],
  },
  {
    says: 'one ticket with its text',
    sql: 'SELECT id, subject, body, opened_at FROM tickets WHERE id = $1',
    params: [12],
    masks: ['body'],
  },
  {
    says: 'the last payment of each of three customers',
    sql: 'SELECT DISTINCT ON (customer_id) customer_id, paid_on, amount, iban FROM payments WHERE customer_id IN (8, 15, 22) ORDER BY customer_id, paid_on DESC, id',
    masks: ['iban'],
  },
  {
    says: 'payments of a month',
    sql: "SELECT id, amount, method FROM payments WHERE paid_on >= '2025-03-01' AND paid_on < '2025-04-01' ORDER BY id LIMIT 50",
  },
  {
    says: 'customers without an order',
    sql: 'SELECT c.id, c.city FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL ORDER BY c.id LIMIT 20',
  },
  {
    says: 'customers with a ticket of the highest priority',
    sql: 'SELECT c.id, c.full_name FROM customers c WHERE EXISTS (SELECT 1 FROM tickets t WHERE t.customer_id = c.id AND t.priority = 4) ORDER BY c.id LIMIT 20',
    masks: ['full_name'],
  },
  {
    says: 'customers who never paid',
    sql: 'SELECT c.id FROM customers c WHERE NOT EXISTS (SELECT 1 FROM payments p WHERE p.customer_id = c.id) ORDER BY c.id LIMIT 20',
  },
  {
    says: 'a subquery in IN',
    sql: 'SELECT id, city FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE total > 1500) ORDER BY id LIMIT 20',
  },
  {
    says: 'a line for a parcel',
    sql: "SELECT c.full_name, c.city || ', ' || c.country AS place FROM customers c WHERE c.id = $1",
    params: [77],
    masks: ['full_name'],
  },
  {
    says: 'a greeting',
    sql: "SELECT 'Dear ' || full_name || ',' AS greeting FROM customers WHERE id = $1",
    params: [77],
    masks: ['greeting'],
  },
  {
    says: 'initials',
    sql: 'SELECT id, left(full_name, 1) AS initial FROM customers ORDER BY id LIMIT 10',
    masks: ['initial'],
  },
  {
    says: 'an address in lower case',
    sql: 'SELECT id, lower(email) AS email FROM customers ORDER BY id LIMIT 10',
    masks: ['email'],
  },
  { says: 'who has no bank account on file', sql: 'SELECT count(*) FROM payments WHERE iban IS NULL' },
  {
    says: 'an optional filter as programs write it',
    sql: 'SELECT id, status FROM orders WHERE ($1::text IS NULL OR status = $1) ORDER BY id LIMIT 10',
    params: ['paid'],
  },
  {
    says: 'the view of the support desk',
    sql: 'SELECT id, full_name, city, orders, spent FROM customer_overview WHERE id = $1',
    params: [8],
    masks: ['full_name'],
  },
  {
    says: 'a page of the view',
    sql: 'SELECT * FROM customer_overview ORDER BY id LIMIT 20',
    masks: ['full_name', 'email'],
  },
  {
    says: 'the best customers of the view',
    sql: 'SELECT id, country, spent FROM customer_overview ORDER BY spent DESC, id LIMIT 10',
  },
  {
    says: 'a list in the order of names',
    sql: 'SELECT id, full_name FROM customers ORDER BY full_name, id LIMIT 20',
    masks: ['full_name'],
  },
  {
    says: 'search by a part of the name',
    sql: 'SELECT id, full_name, city FROM customers WHERE full_name ILIKE $1 ORDER BY id LIMIT 20',
    params: ['%berger%'],
    masks: ['full_name'],
  },
];
