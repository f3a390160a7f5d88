"""libpq 18 by itself, as programs in C use it: TLS from the first byte, protocol 3.2, pipelines, SCRAM-PLUS, OAUTHBEARER."""

import ctypes
import os
import select
import threading
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_void_p, cast, string_at

from drivers import CA, DATABASE, DIRECT, FORBIDDEN, HOST, PORT, TOKEN, USER, expect_closed, minted, wait_asleep
from interop import GIVEN, end, expect, step

pq = ctypes.CDLL(os.environ["LIBPQ"])
VERSION = pq.PQlibVersion()
print(f"        libpq {VERSION // 10000}.{VERSION % 10000}")

COMMAND_OK, TUPLES_OK, COPY_OUT, COPY_IN, FATAL, PIPELINE_SYNC, PIPELINE_ABORTED = 1, 2, 3, 4, 7, 10, 11
TUPLES_CHUNK = 12

for name, kind in {
    "PQconnectdb": c_void_p,
    "PQexec": c_void_p,
    "PQexecParams": c_void_p,
    "PQprepare": c_void_p,
    "PQexecPrepared": c_void_p,
    "PQclosePrepared": c_void_p,
    "PQgetResult": c_void_p,
    "PQnotifies": c_void_p,
    "PQcancelCreate": c_void_p,
    "PQerrorMessage": c_char_p,
    "PQresultErrorField": c_char_p,
    "PQcancelErrorMessage": c_char_p,
    "PQcmdTuples": c_char_p,
    "PQparameterStatus": c_char_p,
    "PQsslAttribute": c_char_p,
    "PQescapeLiteral": c_void_p,
}.items():
    getattr(pq, name).restype = kind
pq.PQgetvalue.restype = c_char_p


class Notify(Structure):
    _fields_ = [("relname", c_char_p), ("be_pid", c_int), ("extra", c_char_p)]


class Connection:
    def __init__(self, **changes: object) -> None:
        options = {
            "host": HOST,
            "port": PORT,
            "dbname": DATABASE,
            "user": USER,
            "password": TOKEN,
            "sslmode": "verify-full",
            "sslrootcert": CA,
            "connect_timeout": 20,
            "gssencmode": "disable",
            **changes,
        }
        quoted = (str(value).replace("\\", "\\\\").replace("'", "\\'") for value in options.values() if value is not None)
        names = (name for name, value in options.items() if value is not None)
        text = " ".join(f"{name}='{value}'" for name, value in zip(names, quoted))
        self.raw = c_void_p(pq.PQconnectdb(text.encode()))
        self.ok = pq.PQstatus(self.raw) == 0
        self.error = (pq.PQerrorMessage(self.raw) or b"").decode()

    def __enter__(self) -> "Connection":
        if not self.ok:
            raise AssertionError(self.error)
        return self

    def __exit__(self, *_: object) -> None:
        pq.PQfinish(self.raw)

    def result(self) -> "Result | None":
        found = pq.PQgetResult(self.raw)
        return None if not found else Result(c_void_p(found))

    def execute(self, text: str) -> "Result":
        return Result(c_void_p(pq.PQexec(self.raw, text.encode())))

    def values(self, *values: str | None):
        array = (c_char_p * max(len(values), 1))(*(None if value is None else value.encode() for value in values))
        return len(values), array

    def parameters(self, text: str, *values: str | None, binary: bool = False) -> "Result":
        count, array = self.values(*values)
        return Result(c_void_p(pq.PQexecParams(self.raw, text.encode(), count, None, array, None, None, int(binary))))

    def send(self, text: str, *values: str | None) -> None:
        count, array = self.values(*values)
        expect(pq.PQsendQueryParams(self.raw, text.encode(), count, None, array, None, None, 0), 1)

    def alive(self) -> None:
        expect(self.execute("SELECT 'alive'").rows(), [["alive"]])


class Result:
    def __init__(self, raw: c_void_p) -> None:
        self.raw = raw
        self.status = pq.PQresultStatus(raw)

    def rows(self) -> list[list[str | None]]:
        if self.status not in (TUPLES_OK, TUPLES_CHUNK):
            raise AssertionError(f"{self.status}: {self.field('M')}")
        raw, width = self.raw, pq.PQnfields(self.raw)
        return [
            [None if pq.PQgetisnull(raw, y, x) else pq.PQgetvalue(raw, y, x).decode() for x in range(width)]
            for y in range(pq.PQntuples(raw))
        ]

    def bytes(self, row: int, column: int) -> bytes:
        pointer = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_int, c_int)(("PQgetvalue", pq))(self.raw, row, column)
        return string_at(pointer, pq.PQgetlength(self.raw, row, column))

    def field(self, code: str) -> str | None:
        found = pq.PQresultErrorField(self.raw, ord(code))
        return None if found is None else found.decode()

    def succeeded(self) -> "Result":
        if self.status not in (COMMAND_OK, TUPLES_OK):
            raise AssertionError(f"{self.status}: {self.field('M')}")
        return self


def cancelled(c: Connection) -> None:
    """The cancel request of libpq 17 and later: over TLS, as the connection itself."""
    c.send("SELECT pg_sleep($1::float8)", "50")
    wait_asleep()
    request = c_void_p(pq.PQcancelCreate(c.raw))
    if pq.PQcancelBlocking(request) != 1:
        raise AssertionError(pq.PQcancelErrorMessage(request))
    pq.PQcancelFinish(request)
    expect(c.result().field("C"), "57014")
    expect(c.result(), None)


def copied_out(c: Connection) -> bytes:
    data, buffer = b"", c_void_p()
    while (length := pq.PQgetCopyData(c.raw, byref(buffer), 0)) > 0:
        data += string_at(buffer, length)
        pq.PQfreemem(buffer)
    expect(length, -1)
    c.result().succeeded()
    expect(c.result(), None)
    return data


@step("connects, and tells what it is connected by")
def _() -> None:
    with Connection() as c:
        expect(pq.PQsslAttribute(c.raw, b"protocol"), b"TLSv1.3")
        expect(pq.PQfullProtocolVersion(c.raw), 30000)
        c.alive()


@step("does not connect for another authority, nor with another password method than it wants")
def _() -> None:
    expect(Connection(sslrootcert="/etc/ssl/certs/ca-certificates.crt").ok, False)
    refused = Connection(require_auth="scram-sha-256")
    expect(refused.ok, False)
    expect("scram" in refused.error.lower() or "requirement" in refused.error, True)


@step("speaks TLS from the first byte, and ALPN")
def _() -> None:
    with Connection(sslnegotiation="direct") as c:
        expect(pq.PQsslAttribute(c.raw, b"alpn"), b"postgresql")
        c.alive()


for asked, got in (("3.0", 30000), ("3.2", 30002), ("latest", 30002)):

    @step(f"asks for protocol {asked}, and cancels by its key over TLS")
    def _() -> None:
        with Connection(max_protocol_version=asked, sslnegotiation="direct") as c:
            expect(pq.PQfullProtocolVersion(c.raw), got)
            cancelled(c)
            c.alive()


@step("takes protocol 3.2 where it must")
def _() -> None:
    with Connection(min_protocol_version="3.2", max_protocol_version="latest") as c:
        c.alive()


@step("cancels in the clear, as older programs do")
def _() -> None:
    pq.PQgetCancel.restype = c_void_p
    with Connection() as c:
        c.send("SELECT pg_sleep(50)")
        wait_asleep()
        request = c_void_p(pq.PQgetCancel(c.raw))
        text = ctypes.create_string_buffer(256)
        expect((pq.PQcancel(request, text, 256), text.value), (1, b""))
        pq.PQfreeCancel(request)
        expect(c.result().field("C"), "57014")
        expect(c.result(), None)
        c.alive()


@step("prepares, describes, runs and closes; reads binary")
def _() -> None:
    with Connection() as c:
        Result(c_void_p(pq.PQprepare(c.raw, b"one", b"SELECT id, name FROM public.numbers WHERE id = $1", 0, None))).succeeded()
        for i in range(1, 9):
            count, values = c.values(str(i))
            result = Result(c_void_p(pq.PQexecPrepared(c.raw, b"one", count, values, None, None, 1)))
            expect((result.bytes(0, 0), result.bytes(0, 1)), (i.to_bytes(4, "big"), f"number {i}".encode()))
        Result(c_void_p(pq.PQclosePrepared(c.raw, b"one"))).succeeded()
        count, values = c.values("1")
        expect(Result(c_void_p(pq.PQexecPrepared(c.raw, b"one", count, values, None, None, 0))).field("C"), "26000")
        c.alive()


@step("pipelines a hundred statements; what follows an error is aborted up to the next Sync")
def _() -> None:
    with Connection() as c:
        expect(pq.PQenterPipelineMode(c.raw), 1)
        for i in range(100):
            c.send("SELECT $1::int", str(i))
        expect(pq.PQpipelineSync(c.raw), 1)
        for text in ("SELECT 1", "SELECT 1/0", "SELECT 2"):
            c.send(text)
        expect(pq.PQpipelineSync(c.raw), 1)
        c.send("SELECT 'after'")
        expect(pq.PQpipelineSync(c.raw), 1)
        for i in range(100):
            expect(c.result().rows(), [[str(i)]])
            expect(c.result(), None)
        expect(c.result().status, PIPELINE_SYNC)
        told = []
        for _ in range(3):
            told.append(c.result().status)
            expect(c.result(), None)
        expect(told, [TUPLES_OK, FATAL, PIPELINE_ABORTED])
        expect(c.result().status, PIPELINE_SYNC)
        expect(c.result().rows(), [["after"]])
        expect(c.result(), None)
        expect(c.result().status, PIPELINE_SYNC)
        expect(pq.PQexitPipelineMode(c.raw), 1)
        c.alive()


@step("reads rows in chunks as they come")
def _() -> None:
    with Connection() as c:
        c.send("SELECT id FROM public.numbers ORDER BY id")
        expect(pq.PQsetChunkedRowsMode(c.raw, 400), 1)
        seen = []
        while (result := c.result()) is not None:
            seen += [int(row[0]) for row in result.rows()]
        expect(seen, list(range(1, 5001)))
        c.alive()


@step("copies in and out")
def _() -> None:
    with Connection() as c:
        c.execute("CREATE TEMP TABLE copied (id int, name text)").succeeded()
        expect(c.execute("COPY copied FROM STDIN").status, COPY_IN)
        for i in range(1000):
            row = f"{i}\tn{i}\n".encode()
            expect(pq.PQputCopyData(c.raw, row, len(row)), 1)
        expect(pq.PQputCopyEnd(c.raw, None), 1)
        expect(pq.PQcmdTuples(c.result().succeeded().raw), b"1000")
        expect(c.result(), None)
        expect(c.execute("COPY (SELECT id, name FROM copied ORDER BY id) TO STDOUT (FORMAT csv)").status, COPY_OUT)
        data = copied_out(c)
        expect(data, "".join(f"{i},n{i}\n" for i in range(1000)).encode())
        expect(c.execute("COPY copied FROM STDIN").status, COPY_IN)
        expect(pq.PQputCopyEnd(c.raw, b"broken off"), 1)
        error = c.result()
        expect((error.field("C"), "broken off" in error.field("M")), ("57014", True))
        expect(c.result(), None)
        c.alive()


@step("listens, and hears another session while it does nothing")
def _() -> None:
    pq.PQnotifies.restype = POINTER(Notify)
    with Connection() as c, Connection() as speaker:
        c.execute("LISTEN drv_libpq").succeeded()
        speaker.execute("NOTIFY drv_libpq, 'hello'").succeeded()
        expect(select.select([pq.PQsocket(c.raw)], [], [], 20)[0] != [], True)
        expect(pq.PQconsumeInput(c.raw), 1)
        heard = pq.PQnotifies(c.raw)
        expect(bool(heard), True)
        expect((heard.contents.relname, heard.contents.extra), (b"drv_libpq", b"hello"))
        c.alive()


for binding in ("disable", "require"):

    @step(f"signs in by SCRAM with a minted credential, channel_binding={binding}, and not with another secret")
    def _() -> None:
        user, secret = minted()
        options = dict(user=user, channel_binding=binding, require_auth="scram-sha-256")
        with Connection(password=secret, **options) as c:
            c.alive()
        wrong = Connection(password=secret + "x", **options)
        expect((wrong.ok, "authentication failed" in wrong.error), (False, True))


# -- OAUTHBEARER. The token comes from the program, by the hook that libpq offers for it.


class BearerRequest(Structure):
    pass


BearerRequest._fields_ = [
    ("openid_configuration", c_char_p),
    ("scope", c_char_p),
    ("asynchronous", c_void_p),
    ("cleanup", c_void_p),
    ("token", c_char_p),
    ("user", c_void_p),
]
Hook = CFUNCTYPE(c_int, c_int, c_void_p, c_void_p)
#: what the hook answers with, and what it was asked
hooked: dict = {"token": None, "asked": []}


@Hook
def auth_data(kind: int, _connection: int, data: int) -> int:
    if kind != 1 or hooked["token"] is None:
        return 0
    request = cast(data, POINTER(BearerRequest)).contents
    hooked["asked"].append((request.openid_configuration, request.scope))
    request.token = hooked["token"]
    return 1


if not DIRECT:
    pq.PQsetAuthDataHook(auth_data)
    OAUTH = dict(
        dbname=GIVEN["oauth"],
        password=None,
        oauth_issuer=GIVEN["issuer"],
        oauth_client_id="interop",
        require_auth="oauth",
    )

    @step("discovers the issuer, gets a token from the program, and signs in by OAUTHBEARER")
    def _() -> None:
        hooked.update(token=TOKEN.encode(), asked=[])
        with Connection(**OAUTH) as c:
            c.alive()
        expect(hooked["asked"], [(GIVEN["issuer"].encode() + b"/.well-known/openid-configuration", hooked["asked"][0][1])])

    @step("is not let in by OAUTHBEARER with another token, nor as somebody else")
    def _() -> None:
        hooked.update(token=b"bm90IGEgdG9rZW4", asked=[])
        expect(Connection(**OAUTH).ok, False)
        hooked.update(token=TOKEN.encode())
        expect(Connection(**{**OAUTH, "user": "bob@example.com"}).ok, False)

    @step("is refused outside a transaction and inside one, and goes on")
    def _() -> None:
        with Connection(dbname=GIVEN["fenced"]) as c:
            for refused in (c.execute(FORBIDDEN), c.parameters(FORBIDDEN + " WHERE id = $1", "1")):
                expect_closed(refused.field("C"), refused.field("M"), refused.field("D"))
            c.execute("BEGIN").succeeded()
            expect(c.execute(FORBIDDEN).field("C"), "42501")
            expect(pq.PQtransactionStatus(c.raw), 3)
            expect(c.execute("SELECT 1").field("C"), "25P02")
            c.execute("ROLLBACK").succeeded()
            c.alive()

    @step("gets masked columns in text and in binary, and by COPY")
    def _() -> None:
        with Connection(dbname=GIVEN["guarded"]) as c:
            text = "SELECT email, phone, score, big FROM people WHERE id = $1"
            expect(c.parameters(text, "1").rows(), [["****@example.org", "****1001", "0", "0"]])
            binary = c.parameters(text, "1", binary=True)
            expect([binary.bytes(0, i) for i in range(4)], [b"****@example.org", b"****1001", bytes(4), bytes(8)])
            expect(c.execute("COPY (SELECT id, email FROM people WHERE id = 1) TO STDOUT").status, COPY_OUT)
            expect(copied_out(c), b"1\t****@example.org\n")


@step("is used by several threads at once")
def _() -> None:
    errors: list = []

    def work(i: int) -> None:
        try:
            with Connection() as c:
                for n in range(20):
                    expect(c.parameters("SELECT $1::int + 1", str(i * n)).rows(), [[str(i * n + 1)]])
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    expect(errors, [])


end()
