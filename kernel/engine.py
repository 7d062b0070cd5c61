"""Opens the database and hands out read and write transactions."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import MetaData, Table, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kernel.sql import contended, insert_all

T = TypeVar("T")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_BUSY_SECONDS = 15
_POOL = 10  # connections that are kept; as many more are opened while they are needed
_PATIENCE = 30.0  # seconds to wait for one
# What is deleted is overwritten: nobody shall find in the file who was erased.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
_GLANCE, _GLANCES = 0.005, 1_000  # seconds between looks for connections in use, and their number
_TRIES = 4  # of a transaction that deadlocks
_TOLD = "told"  # where a connection keeps what its transaction announces
_LEFT = "left"  # when it was put back
_TRUSTED = 1.0  # seconds after which nobody takes a connection for living
_HELD = "held"  # and the rows that are written last


class Room:
    """Lets so many in at once, in the order in which they came: the pool's own queue lets whoever
    comes last go first, and a reply that waits there starves while others pass it by.
    """

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)

    async def __aenter__(self) -> None:
        """In; TimeoutError where that takes too long."""
        if not self._places.locked():
            await self._places.acquire()
            return
        async with asyncio.timeout(_PATIENCE):
            await self._places.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._places.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One database; who must wait for SQLite's single writer, or for a connection, does so here."""

    engine: AsyncEngine
    writer: asyncio.Lock | None
    room: Room | None = None
    # Told after each commit of what was announced in it.
    listeners: list[Callable[[frozenset[str]], None]] = field(default_factory=list)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write; committed at the end, rolled back by an exception."""
        turn: AbstractAsyncContextManager[Any] = self.writer or self.room or nullcontext()
        async with turn, self.engine.begin() as conn:
            told: set[str] = set()
            info = conn.info
            info[_TOLD], info[_HELD] = told, {}
            try:
                yield conn
                await write_held(conn)
            finally:
                info.pop(_HELD, None)
        for listener in self.listeners:
            listener(frozenset(told))

    async def transact(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `work` in a write transaction, again where it had to give way to another.

        For what nobody would repeat for us, such as a customer's reply; `work` must bear being
        run twice, which all that changes nothing but rows does.
        """
        for _ in range(_TRIES - 1):
            try:
                async with self.write() as conn:
                    return await work(conn)
            except DBAPIError as fault:
                if not contended(fault):
                    raise
        async with self.write() as conn:
            return await work(conn)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads; it never waits for a writer."""
        turn: AbstractAsyncContextManager[Any] = self.room or nullcontext()
        async with turn, self.engine.connect() as conn:
            ready = await conn.execution_options(read_only=True)
            async with ready.begin():
                yield ready

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[AsyncConnection]:
        """For one statement that only reads: none is sent to begin and to end a transaction."""
        if self.writer is not None:  # where they cost nothing, and the driver wants them
            async with self.read() as conn:
                yield conn
            return
        turn: AbstractAsyncContextManager[Any] = self.room or nullcontext()
        async with turn, self.engine.connect() as conn:
            yield await conn.execution_options(isolation_level="AUTOCOMMIT")

    async def ping(self) -> None:
        """Raise unless the database answers."""
        async with self.read() as conn:
            await conn.execute(text("SELECT 1"))

    async def compact(self) -> None:
        """Have no file hold any more what was overwritten or deleted.

        SQLite writes zeros over it, but keeps the pages as they were in its log until it is cut
        short; of PostgreSQL that is autovacuum's work.
        """
        if self.writer is None:
            return
        async with self.writer, self.engine.connect() as conn:
            raw: Any = (await conn.get_raw_connection()).driver_connection
            await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Close every connection; those in use are waited for, some seconds at most.

        The pool would forget what comes back to it later, and leave it open.
        """
        pool: Any = self.engine.pool
        for _ in range(_GLANCES):
            if not pool.checkedout():
                break
            await asyncio.sleep(_GLANCE)
        await self.engine.dispose()


async def insert_last(
    conn: AsyncConnection, table: Table, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Insert rows as `insert_all` does, but where the transaction ends: a table's all at once.

    For what only tells, and locks nothing. In a transaction that is not `Database.write`'s they are
    written now.
    """
    held: dict[Table, list[Mapping[str, Any]]] | None = conn.info.get(_HELD)
    if held is None:
        await insert_all(conn, table, list(rows))
    else:
        held.setdefault(table, []).extend(rows)


async def write_held(conn: AsyncConnection) -> None:
    """Write what `insert_last` holds back: before it is read in the transaction that told it."""
    held: dict[Table, Sequence[Mapping[str, Any]]] = conn.info.get(_HELD) or {}
    while held:
        table, rows = held.popitem()
        await insert_all(conn, table, rows)


def announce(conn: AsyncConnection, topics: Iterable[str]) -> None:
    """Tell the database's listeners of `topics`, should the transaction be committed."""
    told: set[str] = conn.info.setdefault(_TOLD, set())
    told.update(topics)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def open_database(url: str) -> Database:
    """Open `sqlite:///PATH` (its folder is made) or `postgresql://…`; nothing is read yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed.database or "")
    engine = create_async_engine(
        parsed.set(drivername="postgresql+asyncpg"),
        hide_parameters=True,  # an error must not tell whose number it was about
        json_serializer=_json,
        json_deserializer=orjson.loads,
        pool_size=_POOL,
        max_overflow=_POOL,
        connect_args={
            "timeout": 10,
            "command_timeout": 60,
            # Disks seek no more. With the default, half a table waiting is read as a whole for a
            # batch of it, and the plans change as a table grows.
            # Statements here are short; to compile one would take longer than to carry it out.
            "server_settings": {"random_page_cost": "1.1", "jit": "off"},
        },
    )
    _ask_idle_ones(engine)
    return Database(engine=engine, writer=None, room=Room(2 * _POOL))


def _ask_idle_ones(engine: AsyncEngine) -> None:
    """Ask a connection whether it lives before it is used, if it was idle or is known to be closed.

    To ask each time, as the pool would, takes as long as a short transaction; what the server or
    its host closed the driver knows by itself.
    """

    @event.listens_for(engine.sync_engine, "checkin")
    def _left(dbapi: Any, record: Any) -> None:
        record.info[_LEFT] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def _taken(dbapi: Any, record: Any, fairy: Any) -> None:
        idle = time.monotonic() - record.info.get(_LEFT, time.monotonic())
        if idle < _TRUSTED and not dbapi.driver_connection.is_closed():
            return
        try:
            dbapi.ping()
        except Exception as fault:
            raise InvalidatePoolError from fault


def _open_sqlite(path: str) -> Database:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        hide_parameters=True,
        json_serializer=_json,  # but read by `json`: SQLite gives a bare number as a number
        connect_args={"timeout": _BUSY_SECONDS, "isolation_level": None},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(dbapi: Any, record: Any) -> None:
        cursor = dbapi.cursor()
        for pragma in _PRAGMAS:
            cursor.execute("PRAGMA " + pragma)
        cursor.close()

    # The driver opens no transaction for a SELECT, so a read that leads to a write would lose
    # updates silently; IMMEDIATE takes the writer's place from the first statement on.
    @event.listens_for(engine.sync_engine, "begin")
    def _begin(conn: Any) -> None:
        read_only = conn.get_execution_options().get("read_only")
        conn.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    # A cancelled task leaves its statement open, and SQLite keeps the transaction of a closed
    # connection, the writer's place with it, until the last statement has been collected.
    @event.listens_for(engine.sync_engine, "invalidate")
    def _roll_back(dbapi: Any, record: Any, fault: BaseException | None) -> None:
        with suppress(Exception):
            dbapi.rollback()

    return Database(engine=engine, writer=asyncio.Lock())
