// Statements as object-relational mappers write them.
const sqlalchemy = [
  {
    says: 'SQLAlchemy: a select of an entity',
    sql: 'SELECT customers.id, customers.full_name, customers.email, customers.city \nFROM customers \nWHERE customers.id = $1::BIGINT',
    params: [5],
    masks: ['full_name', 'email'],
  },
  {
    says: 'SQLAlchemy: get by key with labels',
    sql: 'SELECT customers.id AS customers_id, customers.full_name AS customers_full_name, customers.phone AS customers_phone, customers.newsletter AS customers_newsletter \nFROM customers \nWHERE customers.id = $1',
    params: [6],
    masks: ['customers_full_name', 'customers_phone'],
  },
  {
    says: 'SQLAlchemy: select-in loading',
    sql: 'SELECT orders.customer_id AS orders_customer_id, orders.id AS orders_id, orders.product AS orders_product, orders.total AS orders_total \nFROM orders \nWHERE orders.customer_id IN ($1, $2, $3) ORDER BY orders.id',
    params: [1, 8, 15],
  },
  {
    says: 'SQLAlchemy: joined loading below a limit',
    sql: 'SELECT anon_1.customers_id, anon_1.customers_full_name, orders_1.id, orders_1.product \nFROM (SELECT customers.id AS customers_id, customers.full_name AS customers_full_name \nFROM customers ORDER BY customers.id \n LIMIT $1) AS anon_1 LEFT OUTER JOIN orders AS orders_1 ON anon_1.customers_id = orders_1.customer_id ORDER BY anon_1.customers_id, orders_1.id',
    params: [10],
    masks: ['customers_full_name'],
  },
  {
    says: 'SQLAlchemy: a count',
    sql: 'SELECT count(*) AS count_1 \nFROM (SELECT customers.id AS customers_id \nFROM customers \nWHERE customers.country = $1) AS anon_1',
    params: ['DE'],
  },
  {
    says: 'SQLAlchemy: any()',
    sql: 'SELECT customers.id \nFROM customers \nWHERE EXISTS (SELECT 1 \nFROM orders \nWHERE customers.id = orders.customer_id AND orders.total > $1) ORDER BY customers.id \n LIMIT 10',
    params: [1500],
  },
  {
    says: 'SQLAlchemy: refresh after an update',
    sql: 'SELECT orders.status \nFROM orders \nWHERE orders.id = $1',
    params: [3],
  },
  {
    says: 'SQLAlchemy: insert with values of several rows',
    sql: 'INSERT INTO orders (customer_id, product, quantity, total) SELECT p0::BIGINT, p1::TEXT, p2::INTEGER, p3::NUMERIC FROM (VALUES ($1::BIGINT, $2::TEXT, $3::INTEGER, $4::NUMERIC, 0), ($5, $6, $7, $8, 1)) AS imp_sen(p0, p1, p2, p3, sen_counter) ORDER BY sen_counter RETURNING orders.product',
    params: [1, 'desk', 1, '10', 2, 'lamp', 2, '20'],
    writes: true,
  },
];
const django = [
  {
    says: 'Django: a queryset',
    sql: 'SELECT "customers"."id", "customers"."full_name", "customers"."email", "customers"."phone", "customers"."city", "customers"."country" FROM "customers" WHERE "customers"."country" = $1 ORDER BY "customers"."id" ASC LIMIT 21',
    params: ['IT'],
    masks: ['full_name', 'email', 'phone'],
  },
  {
    says: 'Django: get()',
    sql: 'SELECT "customers"."id", "customers"."email" FROM "customers" WHERE "customers"."email" = $1 LIMIT 21',
    params: ['david.duval3@example.com'],
    masks: ['email'],
  },
  {
    says: 'Django: exists()',
    sql: 'SELECT 1 AS "a" FROM "orders" WHERE "orders"."customer_id" = $1 LIMIT 1',
    params: [8],
  },
  {
    says: 'Django: select_related()',
    sql: 'SELECT "tickets"."id", "tickets"."subject", "customers"."id", "customers"."full_name" FROM "tickets" INNER JOIN "customers" ON ("tickets"."customer_id" = "customers"."id") WHERE "tickets"."status" = $1 ORDER BY "tickets"."id" ASC LIMIT 20',
    params: ['open'],
    masks: ['full_name'],
  },
  {
    says: 'Django: annotate()',
    sql: 'SELECT "customers"."city", COUNT("orders"."id") AS "n" FROM "customers" LEFT OUTER JOIN "orders" ON ("customers"."id" = "orders"."customer_id") GROUP BY "customers"."city" ORDER BY "customers"."city" ASC',
  },
  {
    says: 'Django: annotate() of an entity, every column in GROUP BY',
    sql: 'SELECT "customers"."id", "customers"."city", COUNT("orders"."id") AS "n" FROM "customers" LEFT OUTER JOIN "orders" ON ("customers"."id" = "orders"."customer_id") GROUP BY "customers"."id" ORDER BY "customers"."id" ASC LIMIT 10',
  },
  {
    says: 'Django: dates()',
    sql: `SELECT DISTINCT DATE_TRUNC('year', "orders"."placed_at" AT TIME ZONE $1) AS "datefield" FROM "orders" ORDER BY 1 ASC`,
    params: ['UTC'],
  },
  {
    says: 'Django: icontains on a clean column',
    sql: 'SELECT "tickets"."id" FROM "tickets" WHERE UPPER("tickets"."subject"::text) LIKE UPPER($1) ORDER BY "tickets"."id" ASC LIMIT 10',
    params: ['%invoice%'],
  },
  { says: 'Django: a page of the admin, with its count', sql: 'SELECT COUNT(*) AS "__count" FROM "customers"' },
  {
    says: 'Django: update()',
    sql: 'UPDATE "orders" SET "status" = $1 WHERE "orders"."id" IN ($2, $3)',
    params: ['paid', 5, 6],
    writes: true,
  },
];
const typeorm = [
  {
    says: 'TypeORM: findOne',
    sql: 'SELECT "Customer"."id" AS "Customer_id", "Customer"."full_name" AS "Customer_full_name", "Customer"."email" AS "Customer_email" FROM "customers" "Customer" WHERE (("Customer"."id" = $1)) LIMIT 1',
    params: [9],
    masks: ['Customer_full_name', 'Customer_email'],
  },
  {
    says: 'TypeORM: a page with a join, first the keys',
    sql: 'SELECT DISTINCT "distinctAlias"."Customer_id" AS "ids_Customer_id" FROM (SELECT "Customer"."id" AS "Customer_id", "Customer"."full_name" AS "Customer_full_name", "Customer__orders"."id" AS "Customer__orders_id" FROM "customers" "Customer" LEFT JOIN "orders" "Customer__orders" ON "Customer__orders"."customer_id"="Customer"."id") "distinctAlias" ORDER BY "Customer_id" ASC LIMIT 10',
  },
  {
    says: 'TypeORM: then the rows',
    sql: 'SELECT "Customer"."id" AS "Customer_id", "Customer"."full_name" AS "Customer_full_name", "Customer__orders"."id" AS "Customer__orders_id", "Customer__orders"."product" AS "Customer__orders_product" FROM "customers" "Customer" LEFT JOIN "orders" "Customer__orders" ON "Customer__orders"."customer_id"="Customer"."id" WHERE "Customer"."id" IN (1, 2, 3, 8) ORDER BY "Customer_id" ASC, "Customer__orders_id" ASC',
    masks: ['Customer_full_name'],
  },
  {
    says: 'TypeORM: findAndCount',
    sql: 'SELECT COUNT(1) AS "cnt" FROM "orders" "Order" WHERE "Order"."status" = $1',
    params: ['open'],
  },
  {
    says: 'TypeORM: insert with defaults',
    sql: `INSERT INTO "orders"("id", "customer_id", "placed_at", "status", "product", "quantity", "total", "currency") VALUES (DEFAULT, $1, DEFAULT, DEFAULT, $2, $3, $4, DEFAULT) RETURNING "status", "currency"`,
    params: [1, 'desk', 2, '99.90'],
    writes: true,
  },
  {
    says: 'TypeORM: a query builder with named sums',
    sql: 'SELECT "o"."product" AS "product", SUM("o"."total") AS "sum" FROM "orders" "o" WHERE "o"."placed_at" >= $1 GROUP BY "o"."product" ORDER BY "product" ASC',
    params: ['2026-01-01'],
  },
];
const hibernate = [
  {
    says: 'Hibernate: find',
    sql: 'select c1_0.id,c1_0.city,c1_0.country,c1_0.email,c1_0.full_name,c1_0.newsletter,c1_0.segment from customers c1_0 where c1_0.id=$1',
    params: [11],
    masks: ['email', 'full_name'],
  },
  {
    says: 'Hibernate: a fetch join',
    sql: 'select o1_0.id,c1_0.id,c1_0.full_name,o1_0.product,o1_0.total from orders o1_0 join customers c1_0 on c1_0.id=o1_0.customer_id where o1_0.status=$1 order by o1_0.id fetch first $2 rows only',
    params: ['open', 15],
    masks: ['full_name'],
  },
  {
    says: 'Hibernate: a page by offset',
    sql: 'select t1_0.id,t1_0.priority,t1_0.subject from tickets t1_0 order by t1_0.id offset $1 rows fetch first $2 rows only',
    params: [40, 20],
  },
  {
    says: 'Hibernate: a projection',
    sql: 'select o1_0.product,count(o1_0.id),sum(o1_0.total) from orders o1_0 group by o1_0.product order by 1',
  },
  {
    says: 'Hibernate: a collection by subselect',
    sql: 'select t1_0.customer_id,t1_0.id,t1_0.status from tickets t1_0 where t1_0.customer_id in (select c1_0.id from customers c1_0 where c1_0.city=$1) order by t1_0.id fetch first 20 rows only',
    params: ['Oslo'],
  },
  {
    says: 'Hibernate: a versioned update',
    sql: 'update tickets set status=$1, priority=$2 where id=$3 and status=$4',
    params: ['waiting', 3, 1, 'waiting'],
    writes: true,
  },
  {
    says: 'Hibernate: all columns of a ticket',
    sql: 'select t1_0.id,t1_0.body,t1_0.customer_id,t1_0.opened_at,t1_0.priority,t1_0.status,t1_0.subject from tickets t1_0 where t1_0.id=$1',
    params: [4],
    masks: ['body'],
  },
];
const others = [
  {
    says: 'Rails: find_by',
    sql: 'SELECT "customers".* FROM "customers" WHERE "customers"."email" = $1 LIMIT $2',
    params: ['elena.ebert4@example.org', 1],
    masks: ['full_name', 'email', 'phone', 'national_id', 'date_of_birth'],
  },
  {
    says: 'Rails: includes',
    sql: 'SELECT "orders".* FROM "orders" WHERE "orders"."customer_id" IN ($1, $2, $3) ORDER BY "orders"."id"',
    params: [8, 15, 22],
  },
  {
    says: 'Rails: pluck',
    sql: 'SELECT "orders"."id", "orders"."status" FROM "orders" WHERE "orders"."placed_at" BETWEEN $1 AND $2 ORDER BY "orders"."placed_at" DESC, "orders"."id" LIMIT $3',
    params: ['2025-02-01', '2025-02-28', 30],
  },
  {
    says: 'Prisma: findMany with a relation by JSON',
    sql: `SELECT "t1"."id", "t1"."city", "t2"."__prisma_data__" AS "orders" FROM "public"."customers" AS "t1" LEFT JOIN LATERAL (SELECT COALESCE(JSONB_AGG("__prisma_data__"), '[]') AS "__prisma_data__" FROM (SELECT "t4"."__prisma_data__" FROM (SELECT JSONB_BUILD_OBJECT('id', "t3"."id", 'product', "t3"."product") AS "__prisma_data__", "t3"."id" FROM "public"."orders" AS "t3" WHERE "t1"."id" = "t3"."customer_id" ORDER BY "t3"."id") AS "t4") AS "t5") AS "t2" ON TRUE WHERE "t1"."id" < $1 ORDER BY "t1"."id" ASC LIMIT $2`,
    params: [20, 10],
  },
  {
    says: 'Prisma: the same of people',
    sql: `SELECT "t1"."id", "t2"."d" AS "customer" FROM "public"."orders" AS "t1" LEFT JOIN LATERAL (SELECT JSONB_BUILD_OBJECT('id', "t3"."id", 'fullName', "t3"."full_name") AS "d" FROM "public"."customers" AS "t3" WHERE "t1"."customer_id" = "t3"."id" LIMIT $1) AS "t2" ON TRUE ORDER BY "t1"."id" LIMIT $2`,
    params: [1, 10],
    masks: ['customer'],
  },
  {
    says: 'Prisma: an upsert',
    sql: 'INSERT INTO "public"."orders" ("id", "customer_id", "product", "quantity", "total") VALUES ($1, $2, $3, $4, $5) ON CONFLICT ("id") DO UPDATE SET "quantity" = $6 WHERE ("public"."orders"."id" = $7) RETURNING "public"."orders"."id", "public"."orders"."quantity"',
    params: [1, 1, 'desk', 1, '10', 3, 1],
    writes: true,
  },
  {
    says: 'Drizzle: a select',
    sql: 'select "id", "full_name", "city" from "customers" where ("customers"."segment" = $1 and "customers"."newsletter" = $2) order by "customers"."id" limit $3',
    params: ['business', true, 10],
    masks: ['full_name'],
  },
  {
    says: 'jOOQ: a multiset by JSON',
    sql: `select "public"."customers"."id", (select coalesce(jsonb_agg(jsonb_build_array("v0", "v1")), jsonb_build_array()) from (select "public"."tickets"."id" as "v0", "public"."tickets"."subject" as "v1" from "public"."tickets" where "public"."tickets"."customer_id" = "public"."customers"."id" order by "public"."tickets"."id") as "t") as "tickets" from "public"."customers" where "public"."customers"."id" < 40 order by 1`,
  },
  {
    says: 'Entity Framework: a page',
    sql: `SELECT c."id", c."full_name", c."city" FROM "customers" AS c WHERE c."country" = $1 ORDER BY c."id" LIMIT $2 OFFSET $3`,
    params: ['ES', 10, 20],
    masks: ['full_name'],
  },
  {
    says: 'Entity Framework: a grouped sum',
    sql: `SELECT o0."Key" AS "Status", COALESCE(sum(o0."total"), 0.0) AS "Sum" FROM (SELECT o."total", o."status" AS "Key" FROM "orders" AS o) AS o0 GROUP BY o0."Key" ORDER BY o0."Key"`,
  },
  {
    says: 'sqlx: one row',
    sql: 'SELECT id, email, created_at FROM customers WHERE id = $1',
    params: [13],
    masks: ['email'],
  },
];
export const orm = [...sqlalchemy, ...django, ...typeorm, ...hibernate, ...others];
