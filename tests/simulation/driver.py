"""Runs SQLite without threads, so that no scheduler but the seed decides who comes first."""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Protocol

_WRITTEN = re.compile(r"\b(?:INTO|UPDATE|DELETE FROM) (\w+)")


@cache
def written(statement: str) -> frozenset[str]:
    """The tables that a statement writes to, or more."""
    return frozenset(_WRITTEN.findall(statement))


class Owner(Protocol):
    """The process to which a connection belongs."""

    writing: int

    def touch(self) -> None:
        """Raise where the process is dead."""

    async def at_begin(self) -> None:
        """Before a transaction others may go first."""

    def before_commit(self) -> None:
        """The last moment at which all is lost."""

    def after_commit(self, tables: Iterable[str]) -> None:
        """The first moment at which nothing is; `tables` may hold something else now."""


class Reel:
    """A cursor as aiosqlite's, done at once."""

    def __init__(self, owner: Owner, line: "Line") -> None:
        self._owner = owner
        self._line = line
        self._raw = line.raw.cursor()

    async def __aenter__(self) -> "Reel":
        return self

    @property
    def description(self) -> Any:
        return self._raw.description

    @property
    def rowcount(self) -> int:
        return self._raw.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._raw.lastrowid

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> "Reel":
        if operation.startswith("BEGIN"):
            await self._owner.at_begin()
        self._owner.touch()
        self._raw.execute(operation, parameters)
        self._line.tables |= written(operation)
        if operation == "BEGIN IMMEDIATE":
            self._line.writes()
        return self

    async def executemany(self, operation: str, parameters: Sequence[Any]) -> "Reel":
        self._owner.touch()
        self._raw.executemany(operation, parameters)
        self._line.tables |= written(operation)
        return self

    async def fetchall(self) -> list[Any]:
        return self._raw.fetchall()

    async def close(self) -> None:
        if self._line.up:
            self._raw.close()


class Line:
    """A connection as aiosqlite's; with its process it dies, and what was not committed is gone."""

    def __init__(self, owner: Owner, path: str) -> None:
        # Nobody ever waits for another: a transaction that meets one under way is a fault.
        self.raw = sqlite3.connect(path, timeout=0.05, isolation_level=None)
        self.up = True
        self.tables: set[str] = set()  # written to since the last commit
        self._owner = owner
        self._writing = False

    @property
    def _connection(self) -> sqlite3.Connection | None:
        return self.raw if self.up else None

    isolation_level = None

    def cursor(self) -> Reel:
        self._owner.touch()
        return Reel(self._owner, self)

    def writes(self) -> None:
        self._writing = True
        self._owner.writing += 1

    async def create_function(self, *args: Any, **kwargs: Any) -> None:
        self.raw.create_function(*args, **kwargs)

    async def commit(self) -> None:
        self._owner.touch()
        if not self._writing:
            self.raw.commit()
            return
        self._owner.before_commit()
        self.raw.commit()
        self._ended()
        tables, self.tables = self.tables, set()
        self._owner.after_commit(tables)

    async def rollback(self) -> None:
        if self.up:
            self.raw.rollback()
        self._ended()

    async def close(self) -> None:
        self.cut()

    def stop(self) -> None:
        self.cut()

    def cut(self) -> None:
        """End as the connections of a killed process do."""
        self._ended()
        if self.up:
            self.up = False
            self.raw.close()

    def _ended(self) -> None:
        if self._writing:
            self._writing = False
            self._owner.writing -= 1
