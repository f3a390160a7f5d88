"""Logs in by OAUTHBEARER with libpq 18 itself (ctypes), the token given by the hook that applications have for it.

LIBPQ names the library, CONNINFO where to connect, TOKEN the token. Prints one JSON object: what libpq was told by the server
(openid_configuration, scope), how often it asked for a token, and the answer of SELECT current_database() or the error.
"""
import ctypes
import json
import os

libpq = ctypes.CDLL(os.environ["LIBPQ"])


class BearerRequest(ctypes.Structure):
    """PGoauthBearerRequest of libpq-fe.h"""

    _fields_ = [
        ("openid_configuration", ctypes.c_char_p),
        ("scope", ctypes.c_char_p),
        ("poll", ctypes.c_void_p),
        ("cleanup", ctypes.c_void_p),
        ("token", ctypes.c_char_p),
        ("user", ctypes.c_void_p),
    ]


HOOK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
OAUTH_BEARER_TOKEN = 1
token = ctypes.create_string_buffer(os.environ["TOKEN"].encode())
asked = []


def give_token(kind, _connection, data):
    if kind != OAUTH_BEARER_TOKEN:
        return 0
    request = ctypes.cast(data, ctypes.POINTER(BearerRequest)).contents
    asked.append(
        [text.decode() if text else None for text in (request.openid_configuration, request.scope)]
    )
    request.token = ctypes.cast(token, ctypes.c_char_p)
    return 1


hook = HOOK(give_token)
libpq.PQsetAuthDataHook(hook)
for name, result in [
    ("PQconnectdb", ctypes.c_void_p),
    ("PQerrorMessage", ctypes.c_char_p),
    ("PQexec", ctypes.c_void_p),
    ("PQgetvalue", ctypes.c_char_p),
]:
    getattr(libpq, name).restype = result
connection = ctypes.c_void_p(libpq.PQconnectdb(os.environ["CONNINFO"].encode()))
if libpq.PQstatus(connection) == 0:
    answer = ctypes.c_void_p(libpq.PQexec(connection, b"SELECT current_database()"))
    said = {"row": libpq.PQgetvalue(answer, 0, 0).decode()}
else:
    said = {"error": libpq.PQerrorMessage(connection).decode()}
libpq.PQfinish(connection)
print(json.dumps({"asked": asked, **said}))
