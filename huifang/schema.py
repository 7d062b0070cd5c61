"""Brings the database to this version's schema, and tells whether it is there."""

from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

import callbacks.dialling.tables
import callbacks.promises.tables
import callbacks.tables
import channels.tables
import huifang.exporting.tables
import huifang.reporting.tables
import huifang.staff.tables
import huifang.tables
import huifang.watching.tables
import kernel.journal
import scheduler.tables
import surveys.tables
import tickets.tables
from kernel.engine import Database, metadata
from kernel.sql import POSTGRESQL, family

#: Every package's tables hang on the one metadata once these modules are loaded.
TABLES = (
    kernel.journal,
    scheduler.tables,
    tickets.tables,
    channels.tables,
    surveys.tables,
    callbacks.tables,
    callbacks.promises.tables,
    callbacks.dialling.tables,
    huifang.tables,
    huifang.staff.tables,
    huifang.exporting.tables,
    huifang.watching.tables,
    huifang.reporting.tables,
)

_SCRIPTS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    return config


@cache
def head() -> str:
    """The schema version this program needs; its scripts do not change while it runs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def current(database: Database) -> str | None:
    """The schema version the database has; None for an empty one."""
    async with database.read() as conn:
        return await conn.run_sync(_current)


async def migrate(database: Database) -> tuple[str | None, str]:
    """Bring the database to this version, in one transaction; the versions before and after."""
    before = await current(database)

    def upgrade(connection: Connection) -> None:
        command.upgrade(_config(connection), "head")

    async with database.write() as conn:
        await conn.run_sync(upgrade)
        await _lay_out(conn)
    return before, head()


async def _lay_out(conn: AsyncConnection) -> None:
    """Have rows that are written from now on laid out as their tables' `info` has it."""
    if family(conn) == POSTGRESQL:
        for table in metadata.sorted_tables:
            for name, value in table.info.get("storage", {}).items():
                await conn.execute(text(f"ALTER TABLE {table.name} SET ({name} = {value})"))


async def drift(database: Database) -> list[Any]:
    """What a migration from the present schema to the tables as declared would still change."""

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with database.read() as conn:
        return await conn.run_sync(compare)
