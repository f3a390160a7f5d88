"""Decodes one column after the other in binary and prints, as JSON, what went wrong with each; null where nothing did."""

import asyncio
import json
import os
import ssl
import sys

GIVEN = json.loads(os.environ["MASKED"])
COLUMNS = [cell.split(".") for cell in GIVEN["cells"]]


async def by_asyncpg() -> dict[str, str | None]:
    import asyncpg

    connection = await asyncpg.connect(
        host=GIVEN["host"],
        port=GIVEN["port"],
        user=GIVEN["user"],
        password=GIVEN["token"],
        database=GIVEN["database"],
        ssl=ssl.create_default_context(cafile=GIVEN["ca"]),
        timeout=20,
    )
    said: dict[str, str | None] = {}
    for table, column in COLUMNS:
        try:
            prepared = await connection.prepare(f"SELECT {column} FROM {table} WHERE id = $1")
            for _ in range(2):
                assert len(await prepared.fetch(1)) == 1
            said[f"{table}.{column}"] = None
        except Exception as error:
            said[f"{table}.{column}"] = f"{type(error).__name__}: {error}"
    await connection.close()
    return said


def by_psycopg() -> dict[str, str | None]:
    import psycopg

    said: dict[str, str | None] = {}
    with psycopg.connect(
        host=GIVEN["host"],
        port=GIVEN["port"],
        user=GIVEN["user"],
        password=GIVEN["token"],
        dbname=GIVEN["database"],
        sslmode="verify-full",
        sslrootcert=GIVEN["ca"],
        autocommit=True,
    ) as connection:
        for table, column in COLUMNS:
            try:
                with connection.cursor(binary=True) as cursor:
                    for prepare in (False, True):
                        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", (1,), prepare=prepare)
                        assert len(cursor.fetchall()) == 1
                said[f"{table}.{column}"] = None
            except Exception as error:
                said[f"{table}.{column}"] = f"{type(error).__name__}: {error}"
    return said


print(json.dumps(asyncio.run(by_asyncpg()) if sys.argv[1] == "asyncpg" else by_psycopg()))
