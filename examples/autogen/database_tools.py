"""The tools of the agent: plain psycopg and plain SQLAlchemy. Nothing here knows of Sallyport.

SALLYPORT_DSN says where the database is and as whom to connect, SALLYPORT_TOKEN is the password. Leave the token out
and name the database itself in the DSN, and the same tools work without a gateway.
"""

import json
import os
from typing import Annotated

import psycopg
import sqlalchemy as sa
from psycopg.rows import dict_row

DSN = os.environ["SALLYPORT_DSN"]
TOKEN = os.environ.get("SALLYPORT_TOKEN")

engine = sa.create_engine(
    sa.make_url(DSN).set(drivername="postgresql+psycopg"),
    connect_args={} if TOKEN is None else {"password": TOKEN},
)
orders = sa.table("orders", *map(sa.column, ("id", "customer_id", "product", "quantity", "status")))


def query_database(sql: Annotated[str, "One SQL statement in the dialect of PostgreSQL"]) -> str:
    """Runs one SQL statement; returns its first 50 rows as JSON, or the error."""
    try:
        with psycopg.connect(DSN, password=TOKEN, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(sql)
            return to_json(cursor.fetchmany(50)) if cursor.description else cursor.statusmessage
    except psycopg.Error as error:
        return to_text(error)


def find_orders(customer_id: Annotated[int, "The id of the customer"]) -> str:
    """Returns the orders of one customer as JSON, or the error."""
    query = sa.select(orders).where(orders.c.customer_id == customer_id).order_by(orders.c.id)
    try:
        with engine.connect() as connection:
            return to_json([dict(row) for row in connection.execute(query).mappings()])
    except sa.exc.DBAPIError as error:
        return to_text(error.orig)


def to_json(rows: list[dict]) -> str:
    return json.dumps(rows, default=str, ensure_ascii=False)


def to_text(error: psycopg.Error) -> str:
    """Everything the server says: a model that reads why, and what would pass, can do better next time."""
    said = error.diag
    lines = [f"ERROR {said.sqlstate}: {said.message_primary or error}"]
    if said.message_detail:
        lines.append(f"DETAIL: {said.message_detail}")
    if said.message_hint:
        lines.append(f"HINT: {said.message_hint}")
    return "\n".join(lines)
