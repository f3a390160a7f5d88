"""SQLAlchemy on psycopg 3 waits through holds: Core, ORM and its pool."""

import itertools

import sqlalchemy as sa
from interop import DSN, TOKEN, end, expect, raised, step
from reviewer import approving, denying, until
from sqlalchemy import orm
from sqlalchemy.exc import DBAPIError

PEOPLE = 12_000
numbers = itertools.count(200_001)


class Base(orm.DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, primary_key=True)
    email: orm.Mapped[str]


engine = sa.create_engine(
    DSN.replace("postgresql://", "postgresql+psycopg://", 1), connect_args={"password": TOKEN}, pool_size=2
)


def export() -> sa.Select:
    return sa.select(Customer.id, Customer.email).where(Customer.id > -next(numbers))


@step("Core waits in the transaction that it begins by itself, and gets every row after carol approves")
def _() -> None:
    with engine.connect() as connection:
        decided = approving()
        rows = connection.execute(export()).all()
        expect(len(rows), PEOPLE)
        expect({email.split("@")[0] for _, email in rows}, {"****"})
        connection.commit()
        until(decided.result(), "used")


@step("the ORM waits as well, and writes afterwards in the same session")
def _() -> None:
    with orm.Session(engine) as session:
        decided = approving()
        found = session.scalars(sa.select(Customer).where(Customer.id > -next(numbers))).all()
        decided.result()
        expect(len(found), PEOPLE)
        session.execute(sa.text("UPDATE orders SET quantity = quantity WHERE id = 42"))
        session.commit()


@step("a denial is an error of the statement; the connection stays in the pool")
def _() -> None:
    with engine.connect() as connection:
        decided = denying("fewer, please")
        error = raised(lambda: connection.execute(export()), DBAPIError)
        decided.result()
        expect((error.orig.sqlstate, error.connection_invalidated), ("SP002", False))
        connection.rollback()
        expect(connection.execute(sa.text("SELECT 'on'")).scalar(), "on")


end()
