"""carol, who decides by REST about what is held, beside the program whose statement waits."""

import json
import ssl
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from interop import GIVEN

_context = ssl.create_default_context(cafile=GIVEN["ca"])
_threads = ThreadPoolExecutor(max_workers=4)
_seen: set[str] = set()
_WITHIN = 60.0


def ask(method: str, path: str, body: object = None) -> dict:
    request = urllib.request.Request(
        GIVEN["control"] + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {GIVEN['reviewer']}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, context=_context, timeout=30) as answer:
        return json.load(answer)


def pending() -> list[dict]:
    return ask("GET", "/v1/approvals?state=pending&limit=100")["items"]


def next_approval() -> dict:
    """The next that waits and was not there before, as it is shown."""
    end = time.monotonic() + _WITHIN
    while time.monotonic() < end:
        for found in pending():
            if found["id"] not in _seen:
                _seen.add(found["id"])
                return ask("GET", f"/v1/approvals/{found['id']}")
        time.sleep(0.1)
    raise AssertionError("nothing was asked for")


def decide(approval: dict, decision: str, reason: str = "checked") -> dict:
    body = {"decision": decision, "rendering": approval["rendering"], "reason": reason}
    return ask("POST", f"/v1/approvals/{approval['id']}/decision", body)


def until(approval: dict, state: str) -> dict:
    end = time.monotonic() + _WITHIN
    while time.monotonic() < end:
        now = ask("GET", f"/v1/approvals/{approval['id']}")
        if now["state"] == state:
            return now
        time.sleep(0.1)
    raise AssertionError(f"{approval['id']} is {now['state']}, not {state}")


def meanwhile(body: Callable[[dict], object]) -> Future:
    """Calls `body` with the next approval, beside what waits for it; `.result()` is the approval."""

    def run() -> dict:
        approval = next_approval()
        body(approval)
        return approval

    return _threads.submit(run)


def approving() -> Future:
    return meanwhile(lambda approval: decide(approval, "approve"))


def denying(reason: str) -> Future:
    return meanwhile(lambda approval: decide(approval, "deny", reason))


# what was pending before is none of this script's
_seen.update(found["id"] for found in pending())
