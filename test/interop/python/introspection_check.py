"""What SQLAlchemy, Alembic, Django, asyncpg and psycopg find out about a database, as JSON: one tool each time.

Reads where to connect, as JSON, from standard input.
"""

import asyncio
import io
import json
import ssl
import sys
from collections.abc import Callable

GIVEN = json.load(sys.stdin)
SCHEMA = "crm"
TABLES = ["people", "orders", "events"]


def tls() -> dict[str, str]:
    return {"sslmode": "verify-full", "sslrootcert": GIVEN["ca"]} if GIVEN["ca"] else {"sslmode": "disable"}


def engine(**more: object):
    import sqlalchemy as sa

    where = {"username": GIVEN["user"], "password": GIVEN["token"], "host": GIVEN["host"], "port": GIVEN["port"]}
    url = sa.URL.create("postgresql+psycopg", database=GIVEN["database"], **where)
    return sa.create_engine(url, connect_args=tls(), **more)


def sqlalchemy() -> object:
    import sqlalchemy as sa

    base = engine()
    look = sa.inspect(base)
    views = look.get_view_names(SCHEMA) + look.get_materialized_view_names(SCHEMA)
    found = {
        "schemas": look.get_schema_names(),
        "tables": look.get_table_names(SCHEMA),
        "sequences": look.get_sequence_names(SCHEMA),
        "enums": look.get_enums(SCHEMA),
        "domains": look.get_domains(SCHEMA),
        "views": {name: look.get_view_definition(name, SCHEMA) for name in views},
    }
    for table in found["tables"]:
        found[table] = {
            "columns": look.get_columns(table, SCHEMA),
            "primary key": look.get_pk_constraint(table, SCHEMA),
            "foreign keys": look.get_foreign_keys(table, SCHEMA),
            "indexes": look.get_indexes(table, SCHEMA),
            "unique": look.get_unique_constraints(table, SCHEMA),
            "checks": look.get_check_constraints(table, SCHEMA),
            "comment": look.get_table_comment(table, SCHEMA),
            "there": look.has_table(table, SCHEMA),
        }
    metadata = sa.MetaData()
    metadata.reflect(base, schema=SCHEMA, views=True)
    found["reflected"] = {
        name: [(column.name, repr(column.type), column.nullable) for column in table.columns]
        for name, table in sorted(metadata.tables.items())
    }
    return found


def alembic() -> object:
    import sqlalchemy as sa
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    wanted = sa.MetaData(schema=SCHEMA)
    key = sa.Column("id", sa.BigInteger, primary_key=True)
    sa.Table("people", wanted, key, sa.Column("email", sa.Text), sa.Column("motto", sa.Text))
    with engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_schemas": True, "compare_type": True})
        return sorted(str(change)[:60] for change in compare_metadata(context, wanted))


def django() -> object:
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": GIVEN["database"],
        "USER": GIVEN["user"],
        "PASSWORD": GIVEN["token"],
        "HOST": GIVEN["host"],
        "PORT": GIVEN["port"],
        "OPTIONS": {**tls(), "options": f"-c search_path={SCHEMA}"},
    }
    settings.configure(DATABASES={"default": database}, INSTALLED_APPS=[])
    django.setup()
    models = io.StringIO()
    call_command("inspectdb", *TABLES, stdout=models)
    found = {"models": models.getvalue()}
    with connection.cursor() as cursor:
        look = connection.introspection
        found["tables"] = [tuple(table) for table in look.get_table_list(cursor)]
        for table in TABLES:
            found[table] = {
                "constraints": look.get_constraints(cursor, table),
                "relations": look.get_relations(cursor, table),
                "key": look.get_primary_key_column(cursor, table),
            }
    return found


def drivers() -> object:
    import asyncpg
    import psycopg
    from psycopg.types import TypeInfo
    from psycopg.types.composite import CompositeInfo
    from psycopg.types.enum import EnumInfo
    from psycopg.types.range import RangeInfo

    async def types() -> object:
        context = ssl.create_default_context(cafile=GIVEN["ca"]) if GIVEN["ca"] else False
        where = {"host": GIVEN["host"], "port": GIVEN["port"], "user": GIVEN["user"], "password": GIVEN["token"]}
        connection = await asyncpg.connect(database=GIVEN["database"], ssl=context, **where)
        row = await connection.fetchrow("SELECT home, mood, tags, ARRAY[mood] AS moods FROM crm.people WHERE id = 1")
        await connection.close()
        return dict(row)

    found = {"asyncpg": asyncio.run(types())}
    where = {"host": GIVEN["host"], "port": GIVEN["port"], "user": GIVEN["user"], "password": GIVEN["token"]}
    with psycopg.connect(dbname=GIVEN["database"], **where, **tls()) as connection:
        for kind, name in ((TypeInfo, "zip"), (EnumInfo, "mood"), (CompositeInfo, "place"), (RangeInfo, "span")):
            info = kind.fetch(connection, f"{SCHEMA}.{name}")
            found[name] = {key: value for key, value in vars(info).items() if isinstance(value, (str, int, list))} if info else None
    return found


TOOLS: dict[str, Callable[[], object]] = {
    "sqlalchemy": sqlalchemy,
    "alembic": alembic,
    "django": django,
    "drivers": drivers,
}


def described(value: object) -> str:
    return str(value) if value is None or isinstance(value, (str, int)) else repr(value)


if __name__ == "__main__":
    print(json.dumps(TOOLS[sys.argv[1]](), default=described, sort_keys=False))
