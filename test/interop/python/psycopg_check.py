"""psycopg 3, the package itself."""

import asyncio
import datetime
from decimal import Decimal

import psycopg
from interop import (
    DROP,
    DSN,
    MASKED,
    TOKEN,
    at_target,
    end,
    expect,
    expect_drop_refused,
    expect_refused,
    raised,
    step,
)
from psycopg import pq
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

PROTECTED = "SELECT full_name, email, phone, national_id, date_of_birth FROM customers WHERE id = %s"


def connect(**options: object) -> psycopg.Connection:
    return psycopg.connect(DSN, password=TOKEN, connect_timeout=20, **options)


print(f"        psycopg {psycopg.__version__} ({pq.__impl__}), libpq {pq.version()}")


@step("is refused with a wrong token and without TLS")
def _() -> None:
    wrong = raised(lambda: psycopg.connect(DSN, password="not a token"), psycopg.OperationalError)
    if "password authentication failed" not in str(wrong):
        raise AssertionError(wrong)
    clear = raised(lambda: psycopg.connect(DSN, password=TOKEN, sslmode="disable"), psycopg.OperationalError)
    if "TLS connections only" not in str(clear):
        raise AssertionError(clear)


@step("finds a server that it knows how to talk to")
def _() -> None:
    with connect() as connection:
        info = connection.info
        expect((info.encoding, info.parameter_status("client_encoding")), ("utf-8", "UTF8"))
        expect(info.parameter_status("standard_conforming_strings"), "on")
        [(version,)] = at_target("SELECT current_setting('server_version_num')::int")
        expect((info.server_version, info.user, info.dbname), (version, "alice@example.com", "crm"))
        expect(connection.pgconn.ssl_in_use, True)


@step("refuses another client encoding while connecting and later, and goes on")
def _() -> None:
    raised(lambda: connect(client_encoding="latin1"), psycopg.OperationalError)
    with connect(autocommit=True) as connection:
        refused = raised(lambda: connection.execute("SET client_encoding TO 'LATIN1'"))
        expect(refused.sqlstate, "42501")
        expect(connection.execute("SELECT %s::text", ["zwölf 🙂"]).fetchone(), ("zwölf 🙂",))


@step("gets the same masks in text and in binary")
def _() -> None:
    [truth] = at_target("SELECT email, date_of_birth FROM customers WHERE id = 1")
    expect(truth[0], "boris.berger1@example.org")
    with connect() as connection:
        rows = [connection.execute(PROTECTED, [1], binary=binary).fetchone() for binary in (False, True)]
        wanted = (*MASKED, datetime.date(1967, 1, 1))
        expect(rows, [wanted, wanted])
        expect(truth[1] == wanted[4], False)
        [cards] = {
            tuple(connection.execute("SELECT iban FROM payments WHERE iban IS NOT NULL ORDER BY id LIMIT 3", binary=b))
            for b in (False, True)
        }
        expect([len(iban) for (iban,) in cards], [8, 8, 8])


@step("gets what is not protected as it is, in text and in binary")
def _() -> None:
    text = "SELECT id, placed_at, status, quantity, total, currency FROM orders WHERE id BETWEEN 1 AND 40 ORDER BY id"
    truth = at_target(text)
    expect(len(truth), 40)
    with connect() as connection:
        for binary in (False, True):
            expect(connection.execute(text, binary=binary).fetchall(), truth)
        values = (7, 2**40, Decimal("1.50"), True, None, ["a", None], datetime.date(2026, 1, 2), b"\0\xff")
        casts = "%s::int4, %s::int8, %s::numeric, %s::bool, %s::text, %s::text[], %s::date, %s::bytea"
        for binary in (False, True):
            expect(connection.execute(f"SELECT {casts}", values, binary=binary).fetchone(), values)
        expect(connection.execute("SELECT %s", [Jsonb({"a": [1, "ä"]})]).fetchone(), ({"a": [1, "ä"]},))


@step("prepares at the server, at once or at the second time, and masks every execution")
def _() -> None:
    for threshold in (0, 1):
        with connect(prepare_threshold=threshold) as connection:
            for i, domain in enumerate(["org", "net", "com"] * 3, start=1):
                rows = connection.execute("SELECT email FROM customers WHERE id = %s", [i], binary=i % 2 == 0).fetchall()
                expect(rows, [(f"****@example.{domain}",)])
            expect(len(connection._prepared._names), 1)


@step("is refused a statement to be prepared each time anew")
def _() -> None:
    with connect(prepare_threshold=0, autocommit=True) as connection:
        for i in (1, 2, 1):
            error = raised(lambda i=i: connection.execute("SELECT ascii(email) FROM customers WHERE id = %s", [i]))
            expect_refused(error, None, "masking", "ascii.*public.customers.email")
            expect("Select the column itself" in error.diag.message_hint, True)
        expect(connection.execute("SELECT email FROM customers WHERE id = %s", [1]).fetchone(), (MASKED[1],))


@step("pipelines a hundred statements")
def _() -> None:
    with connect() as connection, connection.pipeline():
        cursors = [connection.execute("SELECT %s::int, email FROM customers WHERE id = %s", [i, i]) for i in range(1, 101)]
        for i, cursor in enumerate(cursors, start=1):
            number, email = cursor.fetchone()
            expect((number, email[:4]), (i, "****"))


for what, culprit, wanted in (
    ("an error", "SELECT 1 / 0", psycopg.errors.DivisionByZero),
    ("a refusal", DROP, psycopg.errors.InsufficientPrivilege),
):

    @step(f"has everything up to the next Sync undone by {what} in the middle of a pipeline, and goes on")
    def _() -> None:
        with connect(autocommit=True) as connection:
            ticket = "INSERT INTO tickets (customer_id, subject, body) VALUES (3, 'interop', %s)"
            with connection.pipeline() as pipeline:
                before = connection.execute("SELECT email FROM customers WHERE id = 1")
                connection.execute(ticket, ["never"])
                connection.execute(culprit)
                after = connection.execute(ticket, ["nor this"])
                error = raised(pipeline.sync, Exception)
                expect(type(error), wanted)
                if what == "a refusal":
                    expect_drop_refused(error)
                expect(before.fetchone(), (MASKED[1],))
                raised(after.fetchone, psycopg.Error)
                kept = connection.execute(ticket + " RETURNING subject", ["kept"])
                pipeline.sync()
                expect(kept.fetchone(), ("interop",))
            expect(connection.execute("SELECT 'on'").fetchone(), ("on",))
        expect(at_target("DELETE FROM tickets WHERE subject = 'interop' RETURNING body"), [("kept",)])


@step("is refused outside a transaction with all that a program needs, and goes on")
def _() -> None:
    with connect(autocommit=True) as connection:
        expect_drop_refused(raised(lambda: connection.execute(DROP)))
        expect(connection.info.transaction_status, pq.TransactionStatus.IDLE)
        refused = raised(lambda: connection.execute("UPDATE customers SET city = %s WHERE id = %s", ["Ys", 1]))
        expect_refused(refused, None, "default-deny", "No rule allows you UPDATE")
        expect(connection.execute("SELECT city FROM customers WHERE id = %s", [1]).fetchone(), ("Paris",))
    expect(at_target("SELECT city FROM customers WHERE id = 1"), [("Paris",)])


@step("has its transaction aborted by a refusal; COMMIT rolls back at the target; then goes on")
def _() -> None:
    before = at_target("SELECT quantity FROM orders WHERE id = 18")
    with connect() as connection:
        connection.execute("UPDATE orders SET quantity = quantity + 1 WHERE id = %s", [18])
        expect_drop_refused(raised(lambda: connection.execute(DROP)))
        expect(connection.info.transaction_status, pq.TransactionStatus.INERROR)
        expect(raised(lambda: connection.execute("SELECT 1")).sqlstate, "25P02")
        expect(connection.execute("COMMIT").statusmessage, "ROLLBACK")
        expect(at_target("SELECT quantity FROM orders WHERE id = 18"), before)
        expect(connection.execute("SELECT email FROM customers WHERE id = 1").fetchone(), (MASKED[1],))


@step("keeps what was done outside a refused nested transaction")
def _() -> None:
    with connect() as connection:
        connection.execute("INSERT INTO tickets (customer_id, subject, body) VALUES (4, 'interop', 'outside')")

        def nested() -> None:
            with connection.transaction():
                connection.execute("INSERT INTO tickets (customer_id, subject, body) VALUES (4, 'interop', 'inside')")
                connection.execute(DROP)

        expect_drop_refused(raised(nested))
        connection.commit()
    expect(at_target("DELETE FROM tickets WHERE subject = 'interop' RETURNING body"), [("outside",)])


@step("writes many rows at once and reads back what the server made of them")
def _() -> None:
    with connect() as connection:
        cursor = connection.cursor()
        cursor.executemany(
            "INSERT INTO orders (customer_id, product, quantity, total) VALUES (%s, %s, %s, %s) RETURNING id, total",
            [(i, "interop", i, Decimal(i)) for i in range(1, 6)],
            returning=True,
        )
        made = []
        while True:
            made += cursor.fetchall()
            if not cursor.nextset():
                break
        expect([total for _, total in made], [Decimal(i) for i in range(1, 6)])
        connection.commit()
    gone = at_target("DELETE FROM orders WHERE product = 'interop' RETURNING id, quantity")
    expect(sorted(gone), [(id, quantity) for (id, _), quantity in zip(made, range(1, 6))])


@step("reads through a cursor at the server, in text and in binary")
def _() -> None:
    truth = [{"id": id, "total": total} for id, total in at_target("SELECT id, total FROM orders WHERE id <= 30 ORDER BY id")]
    with connect() as connection:
        for binary in (False, True):
            with connection.cursor("interop", row_factory=dict_row, binary=binary) as cursor:
                cursor.itersize = 7
                cursor.execute("SELECT id, total FROM orders WHERE id <= 30 ORDER BY id")
                expect(list(cursor), truth)


@step("reads protected columns through a cursor at the server, masked, in text and in binary")
def _() -> None:
    with connect() as connection:
        for binary in (False, True):
            with connection.cursor("interop", binary=binary, scrollable=True) as cursor:
                cursor.execute("SELECT id, email FROM customers WHERE id <= 30 ORDER BY id")
                expect(cursor.fetchone(), (1, MASKED[1]))
                cursor.scroll(-1)
                expect(cursor.fetchmany(2)[0], (1, MASKED[1]))
                expect([id for id, email in cursor.fetchall() if email.startswith("****@")], list(range(3, 31)))


@step("streams rows one by one, masked")
def _() -> None:
    with connect() as connection:
        rows = list(connection.cursor().stream("SELECT id, email FROM customers WHERE id <= 90 ORDER BY id"))
        expect([id for id, _ in rows], list(range(1, 91)))
        expect({email.split("@")[0] for _, email in rows}, {"****"})


@step("copies rows out, masked, and goes on")
def _() -> None:
    with connect(autocommit=True) as connection:
        query = "COPY (SELECT id, email FROM customers WHERE id <= 2 ORDER BY id) TO STDOUT"
        with connection.cursor().copy(query) as copy:
            rows = list(copy.rows())
        expect([(id, email.split("@")[0]) for id, email in rows], [("1", "****"), ("2", "****")])
        expect(connection.execute("SELECT 'on'").fetchone(), ("on",))


@step("works asynchronously")
def _() -> None:
    async def work(i: int) -> tuple:
        async with await psycopg.AsyncConnection.connect(DSN, password=TOKEN) as connection:
            cursor = await connection.execute("SELECT %s::int, email FROM customers WHERE id = 1", [i])
            return await cursor.fetchone()

    async def together() -> list[tuple]:
        return await asyncio.gather(*(work(i) for i in range(5)))

    expect(asyncio.run(together()), [(i, MASKED[1]) for i in range(5)])


end()
