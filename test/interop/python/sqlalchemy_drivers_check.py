"""SQLAlchemy on psycopg and on asyncpg: a token for each connection, reflection, bulk writes, cursors, disconnects."""

import asyncio
import datetime
import sys
from decimal import Decimal

import sqlalchemy as sa
from drivers import CA, DATABASE, DIRECT, FORBIDDEN, HOST, PORT, TOKEN, USER, tls
from interop import GIVEN, at_target, end, expect, raised, step
from sqlalchemy import event, orm
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

[DIALECT] = sys.argv[1:]
SCHEMA = f"drv_alchemy_{DIALECT}"
print(f"        SQLAlchemy {sa.__version__} on {DIALECT}")


def engine_of(database: str, **options: object):
    """A token is asked for at each connect, as programs do whose tokens are short-lived."""
    url = sa.URL.create(f"postgresql+{DIALECT}", username=USER, host=HOST, port=PORT, database=database)
    if DIALECT == "asyncpg":
        made = create_async_engine(url, connect_args={"ssl": tls(), "timeout": 20}, **options)
        listened = made.sync_engine
    else:
        connect = {"sslmode": "verify-full", "sslrootcert": CA, "connect_timeout": 20}
        listened = made = sa.create_engine(url, connect_args=connect, **options)

    @event.listens_for(listened, "do_connect")
    def _(_dialect: object, _record: object, _arguments: object, parameters: dict) -> None:
        parameters["password"] = TOKEN

    return made


def with_session(body, database: str = DATABASE, **options: object) -> None:
    """Runs `body(session)` in a session of its own; on asyncpg inside the loop that the driver wants."""
    engine = engine_of(database, **options)
    if DIALECT != "asyncpg":
        try:
            with orm.Session(engine) as session:
                body(session)
        finally:
            engine.dispose()
        return

    async def whole() -> None:
        try:
            async with AsyncSession(engine) as session:
                await session.run_sync(body)
        finally:
            await engine.dispose()

    asyncio.run(asyncio.wait_for(whole(), 60))


def session_step(sentence: str, database: str = DATABASE, **options: object):
    def run(body) -> None:
        step(sentence)(lambda: with_session(body, database, **options))

    return run


class Base(orm.DeclarativeBase):
    metadata = sa.MetaData(schema=SCHEMA)


class Author(Base):
    __tablename__ = "authors"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(40), unique=True)
    born: orm.Mapped[datetime.date | None]
    notes: orm.Mapped[dict | None] = orm.mapped_column(postgresql.JSONB)
    tags: orm.Mapped[list[str] | None] = orm.mapped_column(postgresql.ARRAY(sa.Text))
    books: orm.Mapped[list["Book"]] = orm.relationship(back_populates="author", cascade="all, delete-orphan")


class Book(Base):
    __tablename__ = "books"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    author_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey(Author.id))
    title: orm.Mapped[str]
    price: orm.Mapped[Decimal] = orm.mapped_column(sa.Numeric(10, 2))
    author: orm.Mapped[Author] = orm.relationship(back_populates="books")


@session_step("creates its schema and tables")
def _(session: orm.Session) -> None:
    connection = session.connection()
    connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    connection.execute(sa.schema.CreateSchema(SCHEMA))
    Base.metadata.create_all(connection)
    session.commit()


@session_step("writes objects and what belongs to them, and loads them again")
def _(session: orm.Session) -> None:
    author = Author(name="Ä. Nobody", born=datetime.date(1970, 1, 2), notes={"a": [1]}, tags=["x", "y"])
    author.books = [Book(title=f"Volume {i}", price=Decimal(i)) for i in range(1, 21)]
    session.add(author)
    session.commit()
    session.expire_all()
    [found] = session.scalars(sa.select(Author).options(orm.selectinload(Author.books))).all()
    expect((found.name, found.born, found.notes, found.tags), ("Ä. Nobody", datetime.date(1970, 1, 2), {"a": [1]}, ["x", "y"]))
    expect(sum(book.price for book in found.books), Decimal(210))


@session_step("writes two thousand rows at once, and gets their keys in order")
def _(session: orm.Session) -> None:
    insert = sa.insert(Author).returning(Author.id, sort_by_parameter_order=True)
    ids = session.scalars(insert, [{"name": f"n{i}"} for i in range(2000)]).all()
    expect((len(ids), sorted(ids) == list(ids)), (2000, True))
    session.commit()


@session_step("writes what is there already by ON CONFLICT")
def _(session: orm.Session) -> None:
    insert = postgresql.insert(Author).values([{"name": "n1", "born": datetime.date(2000, 1, 1)}, {"name": "new", "born": None}])
    upsert = insert.on_conflict_do_update(index_elements=["name"], set_={"born": insert.excluded.born})
    session.execute(upsert)
    session.commit()
    expect(session.scalar(sa.select(Author.born).where(Author.name == "n1")), datetime.date(2000, 1, 1))


@session_step("is told of a broken constraint, goes back to a savepoint, and goes on")
def _(session: orm.Session) -> None:
    def again() -> None:
        with session.begin_nested():
            session.execute(sa.insert(Author).values(name="n1"))

    expect(raised(again, IntegrityError).orig.sqlstate, "23505")
    expect(session.scalar(sa.select(sa.func.count()).select_from(Author)), 2002)


@session_step("reads in pieces through a cursor at the server")
def _(session: orm.Session) -> None:
    connection = session.connection(execution_options={"stream_results": True, "yield_per": 300})
    rows = connection.execute(sa.text("SELECT id FROM public.numbers ORDER BY id"))
    expect([id for (id,) in rows], list(range(1, 5001)))


@session_step("reflects tables, keys, indexes and comments")
def _(session: orm.Session) -> None:
    inspector = sa.inspect(session.connection())
    expect(sorted(inspector.get_table_names(schema=SCHEMA)), ["authors", "books"])
    [key] = inspector.get_foreign_keys("books", schema=SCHEMA)
    expect((key["constrained_columns"], key["referred_table"]), (["author_id"], "authors"))
    expect([u["column_names"] for u in inspector.get_unique_constraints("authors", schema=SCHEMA)], [["name"]])
    metadata = sa.MetaData()
    metadata.reflect(session.connection(), schema=SCHEMA)
    columns = {c.name: str(c.type) for c in metadata.tables[f"{SCHEMA}.authors"].columns}
    expect(columns["tags"], "ARRAY")
    expect(columns["notes"], "JSONB")


@session_step("sets isolation levels, and is held to read-only", isolation_level="SERIALIZABLE")
def _(session: orm.Session) -> None:
    expect(session.scalar(sa.text("SHOW transaction_isolation")), "serializable")
    session.execute(sa.text("SET TRANSACTION READ ONLY"))
    error = raised(lambda: session.execute(sa.insert(Author).values(name="never")), DBAPIError)
    expect(error.orig.sqlstate, "25006")


@session_step("notices at the next use that its session was ended, and connects again", pool_pre_ping=True)
def _(session: orm.Session) -> None:
    session.execute(sa.text("SET application_name = 'drv-ended'"))
    session.commit()
    session.connection()
    name = session.scalar(sa.text("SHOW application_name"))
    pid = session.scalar(sa.text("SELECT pg_backend_pid()"))
    session.commit()
    session.close()
    at_target("SELECT pg_terminate_backend(%s)", pid)
    expect((bool(name), session.scalar(sa.text("SELECT 1"))), (True, 1))


if not DIRECT:

    @session_step("is refused outside a transaction and inside one, and goes on", GIVEN["fenced"])
    def _(session: orm.Session) -> None:
        session.execute(sa.insert(Author).values(name="never"))
        error = raised(lambda: session.execute(sa.text(FORBIDDEN)), DBAPIError)
        expect((error.orig.sqlstate, "This table is closed." in str(error.orig)), ("42501", True))
        session.rollback()
        expect(session.scalar(sa.select(sa.func.count()).where(Author.name == "never")), 0)

    @session_step("decodes masked columns by the types of the table", GIVEN["guarded"])
    def _(session: orm.Session) -> None:
        types = {"email": sa.Text, "born": sa.Date, "salary": sa.Numeric, "tags": postgresql.ARRAY(sa.Text)}
        types |= {"extra": postgresql.JSONB, "photo": sa.LargeBinary, "city": sa.Text, "id": sa.Integer}
        people = sa.Table("people", sa.MetaData(), *(sa.Column(name, kind) for name, kind in types.items()))
        row = session.execute(sa.select(people).where(people.c.id == 1)).mappings().one()
        expect((row["email"], row["born"], row["salary"]), ("****@example.org", datetime.date(1985, 1, 1), Decimal(0)))
        expect((row["tags"], row["extra"], row["photo"], row["city"]), ([], {"masked": True}, b"", "Paris"))


    @session_step("reflects a protected table, whose names and types are no secret", GIVEN["guarded"])
    def _(session: orm.Session) -> None:
        people = sa.Table("people", sa.MetaData(), autoload_with=session.connection())
        shown = [(column.name, str(column.type), column.nullable) for column in people.columns][:3]
        expect(shown, [("id", "INTEGER", False), ("email", "TEXT", False), ("full_name", "VARCHAR(40)", False)])
        expect(len(people.columns), 17)



@session_step("drops what it made")
def _(session: orm.Session) -> None:
    Base.metadata.drop_all(session.connection())
    session.execute(sa.schema.DropSchema(SCHEMA))
    session.commit()


end()
