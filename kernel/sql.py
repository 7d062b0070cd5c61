"""Holds the only places where SQLite and PostgreSQL differ."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeDecorator

POSTGRESQL = "postgresql"

_CONTENDED = frozenset({"40001", "40P01"})  # serialization failure, deadlock detected


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in, the same instant in UTC out; naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite compares texts, so there all instants must be written alike."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        utc = value.astimezone(UTC)
        return utc if dialect.name == POSTGRESQL else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), POSTGRESQL)
#: A growing number: SQLite counts by itself only in a column that is exactly INTEGER.
Serial = BigInteger().with_variant(Integer(), "sqlite")


def insert(conn: AsyncConnection, table: Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if conn.dialect.name == POSTGRESQL:
        return postgresql.insert(table)
    return sqlite.insert(table)


async def insert_new(
    conn: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], returning: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Insert the rows that no unique key forbids; the `returning` columns of those written.

    Rows must all have the same columns. Written in statements of bounded size.
    """
    if not rows:
        return []
    # Rows beside the statement, not within it: SQLAlchemy then compiles it once for all of them,
    # and parts them below the databases' limits of parameters by itself.
    statement = insert(conn, table).on_conflict_do_nothing()
    columns = [table.c[name] for name in returning]
    result = await conn.execute(statement.returning(*columns), [dict(row) for row in rows])
    return [tuple(row) for row in result]


async def upsert(
    conn: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> None:
    """Insert the rows, or overwrite all but `keys` where they exist; later rows win."""
    latest = {tuple(row[key] for key in keys): row for row in rows}
    if not latest:
        return
    values = [dict(row) for row in latest.values()]
    statement = insert(conn, table)
    changed = {name: statement.excluded[name] for name in values[0] if name not in keys}
    await conn.execute(
        statement.on_conflict_do_update(index_elements=list(keys), set_=changed), values
    )


def contended(fault: DBAPIError) -> bool:
    """Whether the database gave a transaction up so that another could go on: try it again."""
    return getattr(fault.orig, "sqlstate", None) in _CONTENDED


def skip_locked(select: Any, conn: AsyncConnection) -> Any:
    """FOR UPDATE SKIP LOCKED where there are row locks; on SQLite the one writer is the lock."""
    if conn.dialect.name == POSTGRESQL:
        return select.with_for_update(skip_locked=True)
    return select


def lock_rows(select: Any, conn: AsyncConnection) -> Any:
    """FOR UPDATE where there are row locks; order the select, so that two never wait in a ring."""
    if conn.dialect.name == POSTGRESQL:
        return select.with_for_update()
    return select
