"""SQLAlchemy on psycopg 3: engine, pool, Core and ORM as programs use them."""

import sqlalchemy as sa
from interop import DROP, DSN, MASKED, TOKEN, at_target, end, expect, expect_drop_refused, expect_refused, raised, step
from sqlalchemy import event, func, orm
from sqlalchemy.exc import DBAPIError, PendingRollbackError, ProgrammingError


class Base(orm.DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, primary_key=True)
    full_name: orm.Mapped[str]
    email: orm.Mapped[str]
    city: orm.Mapped[str]
    orders: orm.Mapped[list["Order"]] = orm.relationship(back_populates="customer", order_by="Order.id")


class Order(Base):
    __tablename__ = "orders"
    id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, primary_key=True)
    customer_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("customers.id"))
    product: orm.Mapped[str]
    quantity: orm.Mapped[int]
    total: orm.Mapped[float] = orm.mapped_column(sa.Numeric(10, 2, asdecimal=False))
    customer: orm.Mapped[Customer] = orm.relationship(back_populates="orders")


connects: list[str] = []


def make_engine(**options: object) -> sa.Engine:
    engine = sa.create_engine(DSN.replace("postgresql://", "postgresql+psycopg://", 1), **options)

    @event.listens_for(engine, "do_connect")
    def give_token(dialect, record, arguments, parameters) -> None:
        # a pool connects again when it likes: each time with the token of now
        parameters["password"] = TOKEN

    @event.listens_for(engine, "connect")
    def connected(connection, record) -> None:
        connects.append(connection.info.user)

    return engine


engine = make_engine(pool_size=5, pool_pre_ping=True)
Session = orm.sessionmaker(engine)
print(f"        SQLAlchemy {sa.__version__}")


def refused(error: DBAPIError) -> None:
    expect(type(error), ProgrammingError)
    expect(error.connection_invalidated, False)
    expect_drop_refused(error.orig)


@step("connects with a token for each connection of its pool")
def _() -> None:
    with engine.connect() as one, engine.connect() as other:
        for connection in (one, other):
            expect(connection.execute(sa.text("SELECT email FROM customers WHERE id = 1")).scalar_one(), MASKED[1])
    expect(connects, ["alice@example.com"] * 2)
    expect(engine.dialect.server_version_info >= (15,), True)
    expect(engine.dialect.default_schema_name, "public")


@step("selects by Core with bound values, masked")
def _() -> None:
    customers = Customer.__table__
    query = (
        sa.select(customers.c.id, customers.c.full_name, customers.c.email.label("mail"))
        .where(customers.c.id.in_([1, 2, 3]))
        .order_by(customers.c.id.desc())
    )
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    expect([row["id"] for row in rows], [3, 2, 1])
    expect([row["mail"] for row in rows], ["****@example.com", "****@example.net", "****@example.org"])


@step("loads objects and what they refer to, masked")
def _() -> None:
    truth = at_target("SELECT id, product, quantity, total::float8 FROM orders WHERE customer_id = 15 ORDER BY id")
    expect(len(truth) > 0, True)
    with Session() as session:
        query = sa.select(Customer).where(Customer.id == 15).options(orm.selectinload(Customer.orders))
        customer = session.scalars(query).one()
        expect(customer.email.startswith("****@example."), True)
        expect([(o.id, o.product, o.quantity, o.total) for o in customer.orders], truth)
        joined = sa.select(Order).join(Order.customer).where(Customer.city == "Paris").order_by(Order.id).limit(3)
        orders = session.scalars(joined.options(orm.joinedload(Order.customer))).all()
        expect([order.customer.city for order in orders], ["Paris"] * 3)
        expect([order.customer.email[:5] for order in orders], ["****@"] * 3)


@step("finds by an exact protected value, and counts")
def _() -> None:
    with Session() as session:
        found = session.scalars(sa.select(Customer).where(Customer.email == "boris.berger1@example.org")).one()
        expect((found.id, found.email), (1, MASKED[1]))
        per_city = sa.select(Customer.city, func.count()).group_by(Customer.city).order_by(Customer.city)
        truth = at_target("SELECT city, count(*) FROM customers GROUP BY city ORDER BY city")
        expect([tuple(row) for row in session.execute(per_city)], truth)


@step("writes objects: insert, update, delete, each in a transaction")
def _() -> None:
    with Session.begin() as session:
        order = Order(customer_id=5, product="interop", quantity=2, total=10.5)
        session.add(order)
        session.flush()
        number = order.id
    expect(at_target("SELECT quantity FROM orders WHERE id = %s AND product = 'interop'", number), [(2,)])
    with Session.begin() as session:
        session.get_one(Order, number).quantity = 3
    expect(at_target("SELECT quantity FROM orders WHERE id = %s", number), [(3,)])
    with Session.begin() as session:
        session.delete(session.get_one(Order, number))
    expect(at_target("SELECT id FROM orders WHERE product = 'interop'"), [])


@step("rolls back what a refusal in a transaction aborts; the connection stays in the pool")
def _() -> None:
    before = len(connects)
    with engine.connect() as connection:
        insert = sa.text("INSERT INTO tickets (customer_id, subject, body) VALUES (:c, 'interop', 'never')")
        connection.execute(insert, {"c": 6})
        refused(raised(lambda: connection.execute(sa.text(DROP)), DBAPIError))
        aborted = raised(lambda: connection.execute(sa.text("SELECT 1")), DBAPIError)
        expect(aborted.orig.sqlstate, "25P02")
        connection.commit()
        expect(at_target("SELECT id FROM tickets WHERE subject = 'interop'"), [])
        expect(connection.execute(sa.text("SELECT 1")).scalar_one(), 1)
    expect(len(connects), before)


@step("is refused in autocommit, and goes on")
def _() -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        refused(raised(lambda: connection.execute(sa.text(DROP)), DBAPIError))
        error = raised(lambda: connection.execute(sa.select(func.ascii(Customer.email)).limit(1)), ProgrammingError)
        expect_refused(error.orig, None, "masking", "ascii.*public.customers.email")
        expect(connection.execute(sa.select(Customer.email).where(Customer.id == 1)).scalar_one(), MASKED[1])


@step("refuses to flush what no rule allows; the session tells, and works after its rollback")
def _() -> None:
    with Session() as session:
        session.get_one(Customer, 1).city = "Ys"
        error = raised(session.flush, ProgrammingError)
        expect_refused(error.orig, None, "default-deny", "No rule allows you UPDATE")
        session.rollback()
        expect(session.get_one(Customer, 1).city, "Paris")


@step("keeps what was done before a savepoint whose content was refused")
def _() -> None:
    with Session.begin() as session:
        session.add(Order(customer_id=7, product="interop", quantity=1, total=1))
        session.flush()

        def nested() -> None:
            with session.begin_nested():
                session.execute(sa.text(DROP))

        refused(raised(nested, DBAPIError))
    expect(at_target("DELETE FROM orders WHERE product = 'interop' RETURNING customer_id"), [(7,)])


@step("streams through a cursor at the server")
def _() -> None:
    with engine.connect().execution_options(yield_per=50) as connection:
        rows = connection.execute(sa.select(Order.id, Order.product).where(Order.id <= 120).order_by(Order.id))
        seen = [tuple(row) for row in rows]
    expect(seen, at_target("SELECT id, product FROM orders WHERE id <= 120 ORDER BY id"))


@step("reads the names of tables and views")
def _() -> None:
    inspector = sa.inspect(engine)
    expect({"customers", "orders", "tickets", "payments"} <= set(inspector.get_table_names()), True)
    expect(inspector.get_view_names(), ["customer_overview"])


engine.dispose()
end()
