"""Runs migrations, for `expdb db upgrade`, the tests, and Alembic's own command line."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from expdb.config import load_config
from expdb.errors import SchemaError
from expdb.store.database.engine import Database
from expdb.store.database.upgrade import migration_transaction
from expdb.store.database.views import drop_views, renew_views
from expdb.store.tables import METADATA, VERSION_TABLE, UtcDateTime


def run() -> None:
    """Migrate the connection or engine that was handed over, or else the configured database, under its lock."""
    if context.is_offline_mode():
        raise SchemaError("migrations need a database: --sql is not supported")
    given = context.config.attributes.get("connection")
    if isinstance(given, sa.Connection):
        migrate(given)
    elif isinstance(given, sa.Engine):
        with given.connect() as connection:
            migrate(connection)
    else:
        database = Database(context.config.get_main_option("sqlalchemy.url") or load_config().url)
        try:
            database.prepare()
            with database.schema_lock(), database.writer.connect() as connection:
                migrate(connection)
        finally:
            database.close()


def migrate(connection: sa.Connection) -> None:
    """Run the asked migrations on a connection, all or none of them."""
    with migration_transaction(connection):
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            version_table=VERSION_TABLE,
            render_as_batch=True,
            transactional_ddl=True,
            compare_type=True,
            render_item=render_item,
        )
        with context.begin_transaction():
            drop_views(connection)
            context.run_migrations()
            renew_views(connection)


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own type as plain SQLAlchemy: a migration must not change when our code does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


run()
