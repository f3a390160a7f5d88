"""psycopg 3 waits through holds; it knows nothing of approvals."""

import itertools

import psycopg
from interop import DSN, TOKEN, at_target, end, expect, raised, step
from psycopg import pq
from reviewer import approving, decide, denying, meanwhile, next_approval, until

PEOPLE = 12_000
# apart from those of the other checks, so that nothing is shared by chance
numbers = itertools.count(100_001)
EXPORT = "SELECT id, email FROM customers WHERE id > %s"


def connect(**options: object) -> psycopg.Connection:
    return psycopg.connect(DSN, password=TOKEN, connect_timeout=20, **options)


def masked(rows: list[tuple]) -> None:
    expect(len(rows), PEOPLE)
    expect({email.split("@")[0] for _, email in rows}, {"****"})


for how, options in (("by itself", {"binary": False}), ("in binary", {"binary": True}), ("prepared", {"prepare": True})):

    @step(f"waits inside its own BEGIN, {how}, and gets every row after carol approves")
    def _() -> None:
        notices: list[str] = []
        with connect() as connection:
            connection.add_notice_handler(lambda said: notices.append(said.message_primary))
            decided = approving()
            masked(connection.execute(EXPORT, [-next(numbers)], **options).fetchall())
            approval = decided.result()
            expect(any(approval["id"] in notice for notice in notices), True)
            expect(connection.info.transaction_status, pq.TransactionStatus.INTRANS)
            connection.commit()
            until(approval, "used")


@step("is denied with the reason; its transaction is aborted, and it goes on")
def _() -> None:
    with connect() as connection:
        decided = denying("fewer, please")
        error = raised(lambda: connection.execute(EXPORT, [-next(numbers)]))
        decided.result()
        expect(error.sqlstate, "SP002")
        expect("fewer, please" in error.diag.message_primary, True)
        connection.rollback()
        expect(connection.execute("SELECT 'on'").fetchone(), ("on",))


@step("withdraws what it asked for by cancel(), and goes on")
def _() -> None:
    with connect(autocommit=True) as connection:
        cancelled = meanwhile(lambda _: connection.cancel_safe())
        error = raised(lambda: connection.execute(EXPORT, [-next(numbers)]))
        expect(type(error), psycopg.errors.QueryCanceled)
        until(cancelled.result(), "withdrawn")
        expect(connection.execute("SELECT 'on'").fetchone(), ("on",))


@step("does not wait in a transaction that wrote; after the approval the same runs at once")
def _() -> None:
    before = at_target("SELECT quantity FROM orders WHERE id = 36")
    values = [-next(numbers)]
    with connect() as connection:
        connection.execute("UPDATE orders SET quantity = quantity + 1 WHERE id = 36")
        error = raised(lambda: connection.execute(EXPORT, values))
        expect(error.sqlstate, "SP001")
        expect("end the same operation again after it is approved" in error.diag.message_hint, True)
        connection.rollback()
        approval = next_approval()
        expect(approval["id"] in error.diag.message_hint, True)
        decide(approval, "approve")
        masked(connection.execute(EXPORT, values).fetchall())
        connection.commit()
        until(approval, "used")
    expect(at_target("SELECT quantity FROM orders WHERE id = 36"), before)


@step("an approval of one value is none of another")
def _() -> None:
    with connect(autocommit=True) as connection:
        decided = approving()
        masked(connection.execute(EXPORT, [-next(numbers)]).fetchall())
        decided.result()
        denied = denying("not this one")
        expect(raised(lambda: connection.execute(EXPORT, [-next(numbers)])).sqlstate, "SP002")
        denied.result()


end()
