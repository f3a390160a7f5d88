"""psycopg 3 on an unprotected target: COPY, notifications, cancelling, cursors at the server, types of its own."""

import asyncio
import ipaddress
import threading
import time
from decimal import Decimal

import psycopg
from drivers import CA, DATABASE, DIRECT, FORBIDDEN, HOST, PEOPLE, PORT, TOKEN, USER, expect_closed, masked, minted, wait_asleep
from interop import GIVEN, end, expect, raised, step
from psycopg import pq
from psycopg.rows import dict_row
from psycopg.types.composite import CompositeInfo, register_composite
from psycopg.types.enum import EnumInfo, register_enum

SCHEMA = "drv_psycopg"
print(f"        psycopg {psycopg.__version__} ({pq.__impl__}), libpq {pq.version()}")


def connect(database: str = DATABASE, **changes: object) -> psycopg.Connection:
    path = {} if database == GIVEN["guarded"] else {"options": f"-c search_path={SCHEMA} -c statement_timeout=60s"}
    options = dict(host=HOST, port=PORT, dbname=database, user=USER, password=TOKEN, sslmode="verify-full", sslrootcert=CA)
    return psycopg.connect(**{**options, "connect_timeout": 20, **path, **changes})


@step("connects with options of its own, and sets up its schema")
def _() -> None:
    with connect(autocommit=True) as c:
        c.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
        expect(c.execute("SHOW search_path").fetchone(), (SCHEMA,))
        c.execute("CREATE TABLE items (id int PRIMARY KEY, name text, amount numeric)")


for binary in (False, True):

    @step(f"copies rows in and out, {'binary' if binary else 'text'}")
    def _() -> None:
        how = "(FORMAT binary)" if binary else ""
        with connect() as c:
            with c.cursor().copy(f"COPY items FROM STDIN {how}") as copy:
                if binary:
                    copy.set_types(["int4", "text", "numeric"])
                for i in range(1000):
                    copy.write_row((i, f"tab\there {i}" if i % 2 else None, Decimal(i)))
            with c.cursor().copy(f"COPY (SELECT * FROM items ORDER BY id) TO STDOUT {how}") as copy:
                copy.set_types(["int4", "text", "numeric"])
                rows = list(copy.rows())
            expect((len(rows), rows[1], rows[2][1]), (1000, (1, "tab\there 1", Decimal(1)), None))
            c.rollback()
            expect(c.execute("SELECT count(*) FROM items").fetchone(), (0,))


@step("copies blocks of CSV, and breaks a copy off by an exception")
def _() -> None:
    with connect() as c:
        with c.cursor().copy("COPY items FROM STDIN (FORMAT csv, HEADER)") as copy:
            for piece in ("id,na", 'me,amount\n1,"a ', '""b"""', ",1.5\n2,,\n"):
                copy.write(piece)
        expect(c.execute("SELECT * FROM items ORDER BY id").fetchall(), [(1, 'a "b"', Decimal("1.5")), (2, None, None)])
        c.commit()

        def broken() -> None:
            with c.cursor().copy("COPY items FROM STDIN") as copy:
                copy.write_row((3, "never", 1))
                raise KeyError("broken off")

        raised(broken, KeyError)
        c.rollback()
        expect(c.execute("SELECT count(*) FROM items").fetchone(), (2,))


@step("is told of an error in a copy, and goes on")
def _() -> None:
    with connect(autocommit=True) as c:

        def copy() -> None:
            with c.cursor().copy("COPY items FROM STDIN") as rows:
                for i in range(10, 5000):
                    rows.write_row((i if i < 4000 else "no number", "x" * 100, 1))

        expect(raised(copy).sqlstate, "22P02")
        expect(c.execute("SELECT count(*) FROM items").fetchone(), (2,))


@step("leaves in the middle of a copy, of which nothing stays")
def _() -> None:
    c = connect()
    copy = c.cursor().copy("COPY items FROM STDIN").__enter__()
    for i in range(100, 2000):
        copy.write_row((i, "never", 1))
    c.pgconn.finish()
    with connect(autocommit=True) as again:
        expect(again.execute("SELECT count(*) FROM items").fetchone(), (2,))


@step("cancels a long query from another thread, safely, and goes on")
def _() -> None:
    with connect(autocommit=True) as c:
        threading.Thread(target=lambda: (wait_asleep(), c.cancel_safe())).start()
        expect(raised(lambda: c.execute("SELECT pg_sleep(50)")).sqlstate, "57014")
        expect(c.execute("SELECT 1").fetchone(), (1,))


@step("listens, and hears another session while it waits")
def _() -> None:
    with connect(autocommit=True) as c, connect(autocommit=True) as speaker:
        c.execute("LISTEN drv_psycopg")
        speaker.execute("SELECT pg_notify('drv_psycopg', %s)", ["first"])
        speaker.execute("NOTIFY drv_psycopg, 'second'")
        heard = [(n.channel, n.payload) for n in c.notifies(timeout=20, stop_after=2)]
        expect(heard, [("drv_psycopg", "first"), ("drv_psycopg", "second")])
        c.execute("UNLISTEN drv_psycopg")


@step("scrolls through a cursor at the server that outlives its transaction")
def _() -> None:
    with connect() as c:
        cursor = c.cursor("held", scrollable=True, withhold=True, row_factory=dict_row)
        cursor.execute("SELECT id FROM public.numbers ORDER BY id")
        c.commit()
        expect(cursor.fetchmany(3), [{"id": 1}, {"id": 2}, {"id": 3}])
        cursor.scroll(100, mode="absolute")
        expect(cursor.fetchone(), {"id": 101})
        cursor.scroll(-2)
        expect(cursor.fetchone(), {"id": 100})
        cursor.close()


@step("pipelines, with its own cursors in between")
def _() -> None:
    with connect(autocommit=True) as c, c.pipeline():
        many = c.cursor()
        many.executemany("INSERT INTO items VALUES (%s, %s, %s)", [(i, "piped", i) for i in range(5000, 5200)])
        counted = c.execute("SELECT count(*) FROM items WHERE name = 'piped'")
        expect(counted.fetchone(), (200,))


@step("reads and writes an enum and a composite type of its own, in text and in binary")
def _() -> None:
    with connect() as c:
        c.execute("CREATE TYPE mood AS ENUM ('calm', 'wild'); CREATE TYPE pair AS (a int, b text)")
        enum, pair = EnumInfo.fetch(c, "mood"), CompositeInfo.fetch(c, "pair")
        register_enum(enum, c)
        register_composite(pair, c)
        for binary in (False, True):
            value = pair.python_type(1, "x")
            row = c.execute("SELECT %s::pair, %s::mood", [value, enum.enum.wild], binary=binary).fetchone()
            expect(row, (value, enum.enum.wild))


@step("does not prepare a transaction for two-phase commit: the server is not set up for it, the gateway does not serve it")
def _() -> None:
    c = connect()
    try:
        c.tpc_begin(c.xid(1, "drv", "psycopg"))
        c.execute("INSERT INTO items VALUES (900, 'two', 2)")
        raised(c.tpc_prepare, psycopg.NotSupportedError)
    finally:
        c.close()
    with connect() as again:
        expect(again.execute("SELECT count(*) FROM items WHERE id = 900").fetchone(), (0,))


@step("signs in with a minted credential, bound to the channel")
def _() -> None:
    user, secret = minted()
    options = dict(user=user, channel_binding="require")
    with connect(password=secret, **options) as c:
        expect(c.execute("SELECT 1").fetchone(), (1,))
    wrong = raised(lambda: connect(password=secret + "x", **options), psycopg.OperationalError)
    expect("authentication failed" in str(wrong), True)


@step("works asynchronously, and cancels what takes too long")
def _() -> None:
    async def work() -> None:
        c = await psycopg.AsyncConnection.connect(
            host=HOST, port=PORT, dbname=DATABASE, user=USER, password=TOKEN, sslmode="verify-full", sslrootcert=CA, autocommit=True
        )
        async with c:
            task = asyncio.create_task(c.execute("SELECT pg_sleep(50)"))
            await asyncio.to_thread(wait_asleep)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
            expect(await (await c.execute("SELECT 1")).fetchone(), (1,))

    from_start = time.monotonic()
    asyncio.run(work())
    expect(time.monotonic() - from_start < 30, True)


if not DIRECT:

    @step("is refused in a transaction and out of it; a pipeline up to its Sync")
    def _() -> None:
        with connect(GIVEN["fenced"], autocommit=True) as c:
            error = raised(lambda: c.execute(FORBIDDEN))
            expect_closed(error.sqlstate, error.diag.message_primary, error.diag.message_detail)
            with c.pipeline() as pipeline:
                c.execute("INSERT INTO items VALUES (901, 'never', 1)")
                c.execute(FORBIDDEN)
                expect(raised(pipeline.sync).sqlstate, "42501")
            with c.transaction():
                c.execute("INSERT INTO items VALUES (902, 'kept', 1)")

                def nested() -> None:
                    with c.transaction():
                        c.execute(FORBIDDEN)

                expect(raised(nested).sqlstate, "42501")
            expect(c.execute("SELECT id FROM items WHERE id > 900 AND id < 5000").fetchall(), [(902,)])

    for binary in (False, True):

        @step(f"decodes masked columns of every type, {'binary' if binary else 'text'}")
        def _() -> None:
            with connect(GIVEN["guarded"]) as c:
                row = c.execute(f"SELECT {PEOPLE} FROM people WHERE id = %s", [1], binary=binary).fetchone()
                expect(row, masked({"masked": True}, ipaddress.ip_address("0.0.0.0")))

    @step("copies protected columns out, masked, in every format; what is computed from them not at all")
    def _() -> None:
        with connect(GIVEN["guarded"], autocommit=True) as c:
            for how in ("", "(FORMAT csv)", "(FORMAT binary)"):
                with c.cursor().copy(f"COPY (SELECT id, email, born FROM people WHERE id = 1) TO STDOUT {how}") as copy:
                    data = b"".join(copy)
                expect((b"****@example.org" in data, b"someone1" in data), (True, False))

            def computed() -> None:
                with c.cursor().copy("COPY (SELECT ascii(email) FROM people) TO STDOUT") as copy:
                    list(copy)

            expect(raised(computed).sqlstate, "42501")


@step("drops what it made")
def _() -> None:
    with connect(autocommit=True) as c:
        c.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


end()
