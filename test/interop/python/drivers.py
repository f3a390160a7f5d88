"""What the checks of drivers share: where to connect, on which side, and what a masked row looks like."""

import asyncio
import datetime
import json
import ssl
import time
import uuid
from collections.abc import Awaitable, Callable
from decimal import Decimal

from interop import GIVEN, at_target, expect, step

#: True on PostgreSQL itself, where nothing is refused or masked
DIRECT = GIVEN["guarded"] is None
HOST, PORT, CA, DATABASE = GIVEN["host"], GIVEN["port"], GIVEN["ca"], GIVEN["database"]
USER, TOKEN, MINTED = GIVEN["user"], GIVEN["token"], GIVEN["minted"]

FORBIDDEN = "SELECT id FROM public.forbidden"
PEOPLE = (
    "email, full_name, phone, born, salary, badge, score, big, ratio, active, tags, extra, address, seen, photo, city"
)


def masked(json_value: object, address: object) -> tuple:
    """A masked row of `people`, as Python types; drivers differ in JSON and in addresses."""
    return (
        "****@example.org",
        "Z. Y.",
        "****1001",
        datetime.date(1985, 1, 1),
        Decimal(0),
        uuid.UUID("00000000-0000-4000-8000-000000000000"),
        0,
        0,
        0.0,
        False,
        [],
        json_value,
        address,
        datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc),
        b"",
        "Paris",
    )


def tls() -> ssl.SSLContext:
    """As verify-full: the chain and the name."""
    return ssl.create_default_context(cafile=CA)


def astep(sentence: str) -> Callable[[Callable[[], Awaitable[None]]], None]:
    """A step that is a coroutine; none takes longer than a minute."""

    def run(body: Callable[[], Awaitable[None]]) -> None:
        step(sentence)(lambda: asyncio.run(asyncio.wait_for(body(), 60)))

    return run


def expect_closed(sqlstate: str, message: str, detail: str | None) -> None:
    """The refusal of the rule that closes a table."""
    expect((sqlstate, "This table is closed." in message), ("42501", True))
    expect(json.loads(detail or "{}").get("rule"), "nobody looks there")


def minted() -> tuple[str, str]:
    if "why" in MINTED:
        raise AssertionError(MINTED["why"])
    return MINTED["user"], MINTED["secret"]


def wait_asleep() -> None:
    """Returns once some session of the server executes pg_sleep: a cancel request that comes earlier hits nothing."""
    for _ in range(600):
        if at_target("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
            return
        time.sleep(0.1)
    raise AssertionError("nobody sleeps")
