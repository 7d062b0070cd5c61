"""Keeps what SQLAlchemy made of a statement for the next test, whose database is another one."""

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.util import LRUCache

# The product opens one database and compiles each statement once in its life; every test opens its
# own, and would spend a fifth of its time on compiling what the test before it compiled.
_COMPILED: LRUCache[Any, Any] = LRUCache(2_000)


class _Alike:
    """All of a kind count as one, for they are all set up by `kernel.engine.open_database`."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


class Sqlite(_Alike, SQLiteDialect_aiosqlite):
    """As it comes, but equal to each other."""

    supports_statement_cache = True


class Postgresql(_Alike, PGDialect_asyncpg):
    """As it comes, but equal to each other."""

    supports_statement_cache = True


def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_COMPILED)


def keep() -> None:
    """Share from now on, in this process."""
    registry.register("sqlite.aiosqlite", __name__, Sqlite.__name__)
    registry.register("postgresql.asyncpg", __name__, Postgresql.__name__)
    event.listen(Engine, "engine_connect", _share)
