"""Alembic: migrations written by autogenerate, run up and down, online and as SQL."""

import tempfile
from io import StringIO
from pathlib import Path

import alembic
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from drivers import CA, DATABASE, HOST, PORT, TOKEN, USER
from interop import end, expect, step
from sqlalchemy.dialects import postgresql

SCHEMA = "drv_alembic"
print(f"        Alembic {alembic.__version__}, SQLAlchemy {sa.__version__}")

engine = sa.create_engine(
    sa.URL.create("postgresql+psycopg", username=USER, password=TOKEN, host=HOST, port=PORT, database=DATABASE),
    connect_args={"sslmode": "verify-full", "sslrootcert": CA, "options": f"-c search_path={SCHEMA}"},
)

#: constraints with names, so that they can be dropped again
NAMES = {
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

ENVIRONMENT = """
from alembic import context
given = context.config.attributes
if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=given["metadata"])
    with context.begin_transaction():
        context.run_migrations()
else:
    with given["engine"].connect() as connection:
        context.configure(connection=connection, target_metadata=given["metadata"], compare_server_default=True)
        with context.begin_transaction():
            context.run_migrations()
"""
TEMPLATE = '''"""${message}"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
def upgrade():
    ${upgrades if upgrades else "pass"}
def downgrade():
    ${downgrades if downgrades else "pass"}
'''


def first() -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=NAMES)
    sa.Table("teams", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20), nullable=False))
    return metadata


def second() -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=NAMES)
    sa.Table(
        "teams",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(60), nullable=False, unique=True),
        sa.Column("settings", postgresql.JSONB, server_default="{}", nullable=False, comment="as people set them"),
    )
    sa.Table(
        "members",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("team_id", sa.ForeignKey("teams.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("joined", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.CheckConstraint("joined > '2000-01-01'", name="joined_lately"),
    )
    return metadata


folder = Path(tempfile.mkdtemp(prefix="alembic-"))
(folder / "versions").mkdir()
(folder / "env.py").write_text(ENVIRONMENT)
(folder / "script.py.mako").write_text(TEMPLATE)


def config(metadata: sa.MetaData) -> Config:
    made = Config(stdout=StringIO(), output_buffer=StringIO())
    made.set_main_option("script_location", str(folder))
    made.set_main_option("path_separator", "os")
    made.attributes.update(engine=engine, metadata=metadata)
    return made


def tables() -> list[str]:
    with engine.connect() as connection:
        return sorted(sa.inspect(connection).get_table_names())


def differences(metadata: sa.MetaData) -> list:
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_server_default": True}), metadata)


@step("sets up its schema")
def _() -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))


@step("writes a migration by comparing with an empty schema, and runs it")
def _() -> None:
    command.revision(config(first()), "first", autogenerate=True, rev_id="one")
    command.upgrade(config(first()), "head")
    expect(tables(), ["alembic_version", "teams"])
    expect(differences(first()), [])


@step("finds what changed: columns, types, keys, indexes, comments, defaults")
def _() -> None:
    command.revision(config(second()), "second", autogenerate=True, rev_id="two")
    command.upgrade(config(second()), "head")
    expect(tables(), ["alembic_version", "members", "teams"])
    expect(differences(second()), [])


@step("knows where it is, and goes down and up again")
def _() -> None:
    with engine.connect() as connection:
        expect(MigrationContext.configure(connection).get_current_revision(), "two")
    command.downgrade(config(second()), "one")
    expect(tables(), ["alembic_version", "teams"])
    command.downgrade(config(second()), "base")
    expect(tables(), ["alembic_version"])
    command.upgrade(config(second()), "head")
    expect(tables(), ["alembic_version", "members", "teams"])


@step("writes all of it as SQL, which runs as one text")
def _() -> None:
    offline = config(second())
    command.upgrade(offline, "head", sql=True)
    text = offline.output_buffer.getvalue()
    command.downgrade(config(second()), "base")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
        connection.commit()
        with connection.connection.driver_connection.cursor() as cursor:
            connection.connection.driver_connection.autocommit = True
            cursor.execute(text)
    expect(tables(), ["alembic_version", "members", "teams"])


@step("drops what it made")
def _() -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA {SCHEMA} CASCADE"))
    engine.dispose()


end()
