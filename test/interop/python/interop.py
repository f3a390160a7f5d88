"""What the Python checks share: where Sallyport is, the truth at the target, and steps told as the other checks tell them."""

import json
import os
import re
import sys
import traceback
from collections.abc import Callable

import psycopg

GIVEN = json.loads(os.environ["INTEROP"])
#: without a password: the token is given beside it
DSN = GIVEN["dsn"]
TOKEN = GIVEN["token"]

MASKED = ("B. B.", "****@example.org", "****7919", "****")
DROP = "DROP TABLE customers"

_failed = 0


def step(sentence: str) -> Callable[[Callable[[], None]], None]:
    """Runs the function it decorates at once, as one step."""

    def run(body: Callable[[], None]) -> None:
        global _failed
        try:
            body()
        except Exception:
            _failed += 1
            print(f"   FAIL {sentence}")
            print("        " + traceback.format_exc(limit=-2, chain=False).replace("\n", "\n        "), flush=True)
        else:
            print(f"   ok   {sentence}", flush=True)

    return run


def end() -> None:
    sys.exit(1 if _failed else 0)


def at_target(text: str, *values: object) -> list[tuple]:
    """Runs one text past the gateway, as the target's superuser."""
    with psycopg.connect(GIVEN["superuserUrl"], autocommit=True) as connection:
        return connection.execute(text, values).fetchall()


def expect(actual: object, wanted: object) -> None:
    if actual != wanted:
        raise AssertionError(f"{actual!r} is not {wanted!r}")


def expect_refused(error: psycopg.Error, rule: str | None, reason: str, message: str) -> None:
    """The error is a refusal of the gateway: SQLSTATE, message, and a DETAIL that a program can read."""
    expect(type(error), psycopg.errors.InsufficientPrivilege)
    expect(error.sqlstate, "42501")
    expect(error.diag.severity_nonlocalized, "ERROR")
    if not re.search(message, error.diag.message_primary or ""):
        raise AssertionError(f"{error.diag.message_primary!r} does not say {message!r}")
    detail = json.loads(error.diag.message_detail or "")
    expect((detail["rule"], detail["reason"]), (rule, reason))
    if not re.fullmatch("[0-9A-Z]{26}", detail["operation"]):
        raise AssertionError(f"{detail['operation']!r} is no operation")


def expect_drop_refused(error: psycopg.Error) -> None:
    expect_refused(error, "no destructive statements", "rule", "Destructive statements go through")


def raised(body: Callable[[], object], kind: type[Exception] = psycopg.Error) -> Exception:
    """The error that `body` ends with."""
    try:
        result = body()
    except kind as error:
        return error
    raise AssertionError(f"no error, but {result!r}")
