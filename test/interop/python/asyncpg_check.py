"""asyncpg, the package itself: everything prepared, everything binary."""

import asyncio
import io
import ipaddress
import ssl

import asyncpg
from drivers import (
    DATABASE,
    DIRECT,
    FORBIDDEN,
    HOST,
    PEOPLE,
    PORT,
    TOKEN,
    USER,
    astep,
    expect_closed,
    masked,
    minted,
    tls,
)
from interop import GIVEN, end, expect

print(f"        asyncpg {asyncpg.__version__}")
SCHEMA = "drv_asyncpg"


async def fresh_token() -> str:
    return TOKEN


def connect(**changes: object):
    options = dict(host=HOST, port=PORT, database=DATABASE, user=USER, password=fresh_token, ssl=tls(), timeout=20)
    return asyncpg.connect(**{**options, **changes})


@astep("connects over TLS with the token from a callback, and sets up its schema")
async def _() -> None:
    connection = await connect()
    try:
        await connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
        expect(await connection.fetchval("SELECT 'zwölf 🙂'::text"), "zwölf 🙂")
    finally:
        await connection.close()


async def session(**changes: object):
    return await connect(server_settings={"search_path": SCHEMA, "application_name": "drivers"}, **changes)


def session_step(sentence: str, **changes: object):
    """A step on a connection of its own, which is good afterwards."""

    def run(body) -> None:
        async def whole() -> None:
            connection = await session(**changes)
            try:
                await body(connection)
                expect(await connection.fetchval("SELECT $1::int + 1", 1), 2)
            finally:
                await connection.close(timeout=10)

        astep(sentence)(whole)

    return run


@astep("does not connect for another authority, nor to a database that is not there")
async def _() -> None:
    for changes in ({"ssl": ssl.create_default_context()}, {"database": "nothing_of_that_name"}):
        try:
            await connect(**changes)
        except (OSError, asyncpg.PostgresError):
            continue
        raise AssertionError(f"connected with {changes}")


@session_step("runs simple queries, several statements in one")
async def _(c) -> None:
    expect(await c.execute("CREATE TABLE items (id int PRIMARY KEY, name text, at timestamptz); SELECT 1"), "SELECT 1")
    expect(await c.execute("SHOW search_path"), "SHOW")
    expect(await c.fetchval("SHOW search_path"), SCHEMA)


@session_step("prepares once and runs again and again, with every type binary")
async def _(c) -> None:
    statement = await c.prepare("SELECT * FROM public.numbers WHERE id = $1")
    for i in range(1, 12):
        row = await statement.fetchrow(i)
        expect((row["id"], row["name"], row["raw"]), (i, f"number {i}", i.to_bytes(4, "big")))
    values = [7, 2**40, "ä", None, True, [1, None, 3], b"\0\xff"]
    row = await c.fetchrow("SELECT $1::int4, $2::int8, $3::text, $4::text, $5::bool, $6::int4[], $7::bytea", *values)
    expect(list(row), values)


@session_step("looks up a type of its own and uses it")
async def _(c) -> None:
    await c.execute("CREATE TYPE mood AS ENUM ('calm', 'wild'); CREATE TYPE pair AS (a int, b text)")
    expect(await c.fetchval("SELECT $1::mood", "wild"), "wild")
    expect(tuple(await c.fetchval("SELECT $1::pair", (1, "x"))), (1, "x"))
    expect(await c.fetchval("SELECT array['calm'::mood]"), ["calm"])


@session_step("writes a batch, all of it or nothing")
async def _(c) -> None:
    await c.executemany("INSERT INTO items (id, name) VALUES ($1, $2)", [(i, f"n{i}") for i in range(1, 501)])
    expect(await c.fetchval("SELECT count(*) FROM items"), 500)
    try:
        await c.executemany("INSERT INTO items (id, name) VALUES ($1, $2)", [(501, "x"), (1, "again")])
    except asyncpg.UniqueViolationError:
        pass
    else:
        raise AssertionError("no error")
    expect(await c.fetchval("SELECT count(*) FROM items"), 500)


@session_step("copies in: records in binary, a file as CSV")
async def _(c) -> None:
    await c.execute("CREATE TABLE copied (id int, name text, amount numeric)")
    expect(await c.copy_records_to_table("copied", records=[(i, f"r{i}", i) for i in range(1000)], schema_name=SCHEMA), "COPY 1000")
    source = io.BytesIO(b'id,name,amount\n1000,"a ""quoted"", one",1.5\n1001,,2\n')
    expect(await c.copy_to_table("copied", source=source, format="csv", header=True, schema_name=SCHEMA), "COPY 2")
    rows = await c.fetch("SELECT id, name FROM copied WHERE id >= 999 ORDER BY id")
    expect([tuple(row) for row in rows], [(999, "r999"), (1000, 'a "quoted", one'), (1001, None)])


@session_step("copies out: a table as text, a query with a value as CSV, binary")
async def _(c) -> None:
    for options in ({}, {"format": "csv", "header": True}, {"format": "binary"}):
        out = io.BytesIO()
        expect(await c.copy_from_table("numbers", schema_name="public", output=out, **options), "COPY 5000")
        data = out.getvalue()
        if options.get("format") == "binary":
            expect((data[:11], data[-2:]), (b"PGCOPY\n\xff\r\n\0", b"\xff\xff"))
        else:
            expect(data.count(b"\n"), 5000 + bool(options))
    out = io.BytesIO()
    expect(await c.copy_from_query("SELECT id, name FROM public.numbers WHERE id < $1 ORDER BY id", 3, output=out), "COPY 2")
    expect(out.getvalue(), b"1\tnumber 1\n2\tnumber 2\n")


@session_step("is told of an error in the middle of a copy in, keeps nothing of it, and goes on")
async def _(c) -> None:
    before = await c.fetchval("SELECT count(*) FROM copied")
    try:
        await c.copy_to_table("copied", source=io.BytesIO(b"1\tx\t1\nnot a number\tx\t1\n"), schema_name=SCHEMA)
    except asyncpg.InvalidTextRepresentationError:
        pass
    else:
        raise AssertionError("no error")
    expect(await c.fetchval("SELECT count(*) FROM copied"), before)


@session_step("cancels a long query by its time-out and goes on")
async def _(c) -> None:
    try:
        await c.fetchval("SELECT pg_sleep(50)", timeout=2)
    except asyncio.TimeoutError:
        return
    raise AssertionError("no time-out")


@astep("listens, and gets what another session notifies, while idle")
async def _() -> None:
    listener, speaker = await session(), await session()
    try:
        heard: asyncio.Queue = asyncio.Queue()
        await listener.add_listener("drv_asyncpg", lambda _c, _pid, channel, payload: heard.put_nowait((channel, payload)))
        await speaker.execute("SELECT pg_notify('drv_asyncpg', 'one')")
        await speaker.execute("NOTIFY drv_asyncpg, 'two'")
        got = [await asyncio.wait_for(heard.get(), 20) for _ in range(2)]
        expect(got, [("drv_asyncpg", "one"), ("drv_asyncpg", "two")])
    finally:
        await listener.close(timeout=10)
        await speaker.close(timeout=10)


@session_step("reads through a cursor at the server, a few rows at a time, and skips")
async def _(c) -> None:
    async with c.transaction():
        ids = [row["id"] async for row in c.cursor("SELECT id FROM public.numbers WHERE id <= 100 ORDER BY id", prefetch=7)]
        expect(ids, list(range(1, 101)))
        cursor = await c.cursor("SELECT id FROM public.numbers ORDER BY id")
        await cursor.forward(10)
        expect([row["id"] for row in await cursor.fetch(2)], [11, 12])


@session_step("nests transactions; a savepoint takes back what it began")
async def _(c) -> None:
    async with c.transaction():
        await c.execute("INSERT INTO items (id, name) VALUES (9001, 'kept')")
        try:
            async with c.transaction():
                await c.execute("INSERT INTO items (id, name) VALUES (9002, 'gone')")
                await c.fetchval("SELECT 1 / $1::int", 0)
        except asyncpg.DivisionByZeroError:
            pass
    expect([row["id"] for row in await c.fetch("SELECT id FROM items WHERE id > 9000")], [9001])


@session_step("has its plans refreshed when a table changes under a prepared statement")
async def _(c) -> None:
    await c.execute("CREATE TABLE shifting (a int); INSERT INTO shifting VALUES (1)")
    expect(tuple(await c.fetchrow("SELECT * FROM shifting")), (1,))
    await c.execute("ALTER TABLE shifting ADD b text DEFAULT 'new'")
    try:
        row = tuple(await c.fetchrow("SELECT * FROM shifting"))
    except asyncpg.InvalidCachedStatementError:
        row = tuple(await c.fetchrow("SELECT * FROM shifting"))
    expect(row, (1, "new"))


@astep("works through a pool, resetting each connection")
async def _() -> None:
    async with asyncpg.create_pool(
        host=HOST, port=PORT, database=DATABASE, user=USER, password=fresh_token, ssl=tls(), min_size=1, max_size=5
    ) as pool:
        answers = await asyncio.gather(*(pool.fetchval("SELECT $1::int", i) for i in range(100)))
        expect(answers, list(range(100)))


@astep("signs in by SCRAM with a minted credential, and not with another secret")
async def _() -> None:
    user, secret = minted()
    connection = await connect(user=user, password=secret)
    expect(await connection.fetchval("SELECT 1"), 1)
    await connection.close()
    try:
        await connect(user=user, password=secret + "x")
    except asyncpg.InvalidPasswordError:
        return
    raise AssertionError("let in")


if not DIRECT:

    @session_step("is refused outside a transaction, with code, message and DETAIL, and goes on", database=GIVEN["fenced"])
    async def _(c) -> None:
        for run in (lambda: c.execute(FORBIDDEN), lambda: c.fetch(FORBIDDEN + " WHERE id = $1", 1)):
            try:
                await run()
            except asyncpg.InsufficientPrivilegeError as error:
                expect_closed(error.sqlstate, error.message, error.detail)
                continue
            raise AssertionError("not refused")

    @session_step("has its transaction aborted by a refusal, and begins another", database=GIVEN["fenced"])
    async def _(c) -> None:
        try:
            async with c.transaction():
                await c.execute("INSERT INTO items (id, name) VALUES (9100, 'never')")
                await c.fetch(FORBIDDEN)
        except asyncpg.InsufficientPrivilegeError:
            pass
        async with c.transaction():
            expect(await c.fetchval("SELECT count(*) FROM items WHERE id = 9100"), 0)

    @astep("decodes masked columns of every type, and of text in bulk")
    async def _() -> None:
        c = await connect(database=GIVEN["guarded"])
        try:
            row = await c.fetchrow(f"SELECT {PEOPLE} FROM people WHERE id = $1", 1)
            expect(tuple(row), masked('{"masked": true}', ipaddress.IPv4Address("0.0.0.0")))
            emails = {row["email"] for row in await c.fetch("SELECT email FROM people")}
            expect(emails, {"****@example.org"})
        finally:
            await c.close(timeout=10)

    @astep("copies protected columns out, masked")
    async def _() -> None:
        c = await connect(database=GIVEN["guarded"])
        try:
            out = io.BytesIO()
            await c.copy_from_query("SELECT id, email, born, city FROM people WHERE id = 1", output=out, format="csv")
            expect(out.getvalue(), b"1,****@example.org,1985-01-01,Paris\n")
        finally:
            await c.close(timeout=10)


@session_step("drops what it made")
async def _(c) -> None:
    await c.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


end()
