"""Holds the only places where SQLite and PostgreSQL differ."""

from collections import namedtuple
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import index
from typing import Any

import asyncpg
import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Integer,
    String,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    text,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import TypeDecorator

POSTGRESQL = "postgresql"

_CONTENDED = frozenset({"40001", "40P01"})  # serialization failure, deadlock detected
_ABOUT_DATA = frozenset({"22", "23"})  # SQLSTATE classes: data exception, integrity violation
_ROWS = 1_000  # written by one statement
_STATEMENTS = 256  # kept, one a table and set of columns
_SQLITE_INSTANT = "%Y-%m-%d %H:%M:%S.%f"
_PARAMETER = "rows_"  # SQLAlchemy keeps the names of columns for itself


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

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """None where the driver gives aware UTC by itself."""
        return None if dialect.name == POSTGRESQL else super().result_processor(dialect, coltype)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), POSTGRESQL)
#: A growing number: SQLite counts by itself only in a column that is exactly INTEGER.
Serial = BigInteger().with_variant(Integer(), "sqlite")


def insert(conn: AsyncConnection, table: Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if _has_documents(conn) else sqlite.insert(table)


async def fetch(
    conn: AsyncConnection, query: Any, given: Mapping[str, Any] | None = None
) -> list[Any]:
    """The rows of a query as named tuples, which are read ten times as fast as the library's."""
    found = await conn.execute(query, given)
    return list(map(_named(tuple(found.keys())), found))


async def fetch_where(
    conn: AsyncConnection,
    where: Column[Any],
    values: Collection[Any],
    *of: Any,
    lock: bool = False,
    also: Any = True,
) -> list[Any]:
    """The rows of a table, or these columns `of` them, where a column is one of the values, in its
    order; locked in it if so wanted. The statement is kept; `also` is a condition of its module.
    """
    query = _rows_where(_has_documents(conn), where, of, lock, also)
    return await fetch(conn, query, {_PARAMETER: sorted(values)})


@lru_cache(maxsize=_STATEMENTS)
def _rows_where(
    documents: bool, where: Column[Any], of: tuple[Any, ...], lock: bool, also: Any
) -> Any:
    query = select(*(of or where.table.c)).where(_among_given(documents, where, _PARAMETER), also)
    query = query.order_by(where)
    return query.with_for_update() if documents and lock else query


@lru_cache(maxsize=_STATEMENTS)
def _named(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns)._make  # type: ignore[attr-defined]


async def hold_still(conn: AsyncConnection) -> None:
    """Have a transaction that only reads see one instant of the database; call it first of all."""
    if conn.dialect.name == POSTGRESQL:  # the other one does so by itself
        await conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


async def insert_new(
    conn: AsyncConnection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Insert the rows that no unique key forbids; the `returning` columns of those written.

    Rows must all have the same columns. Written in the order given, so many at a time.
    """
    if not rows:
        return []
    statement = _unless_known(_has_documents(conn), table, tuple(rows[0]), tuple(returning))
    return await _write(conn, statement, rows)


async def insert_all(
    conn: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows of which none exists yet, all with the same columns."""
    if rows and _has_documents(conn):
        await _copy(conn, table, rows)
    elif rows:
        await _write(conn, _rows_into(False, table, tuple(rows[0])), rows)


async def _copy(conn: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows that meet no others need no statement: nothing is planned, and pages fill at once."""
    _refuse_naive(rows)
    names = list(rows[0])
    raw: Any = (await conn.get_raw_connection()).driver_connection
    if not raw.is_in_transaction():
        await conn.execute(select(1))  # the library begins with the first statement it is given
    try:
        records = zip(*(_column(table.c[name].type, name, rows) for name in names), strict=True)
        await raw.copy_records_to_table(table.name, records=list(records), columns=names)
    except (ValueError, TypeError) as fault:
        raise DataError(f"COPY {table.name}", None, fault, hide_parameters=True) from fault
    except asyncpg.PostgresError as fault:
        raise DBAPIError(f"COPY {table.name}", None, fault, hide_parameters=True) from fault


def _column(kind: Any, name: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The values of one column, ready for the driver."""
    values = [row[name] for row in rows]
    write = _writer(kind)
    return values if write is None else [None if it is None else write(it) for it in values]


def _writer(kind: Any) -> Callable[[Any], Any] | None:
    """What makes a value of a column ready for the driver; None: it is."""
    if isinstance(kind, JSON):
        return _text
    return index if isinstance(kind, Integer) else None  # the driver would cut a fraction off


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


async def upsert(
    conn: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> None:
    """Insert the rows, or overwrite all but `keys` where they exist; later rows win."""
    latest = list({tuple(row[key] for key in keys): row for row in rows}.values())
    if latest:
        statement = _over_known(_has_documents(conn), table, tuple(latest[0]), tuple(keys))
        await _write(conn, statement, latest)


async def _write(
    conn: AsyncConnection, statement: Any, rows: Sequence[Mapping[str, Any]]
) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        values = _document(part) if _has_documents(conn) else [dict(row) for row in part]
        result = await conn.execute(statement, values)
        if result.returns_rows:
            found.extend(map(tuple, result))
    return found


def _has_documents(conn: AsyncConnection) -> bool:
    """Whether all rows of a statement can travel as one parameter, a JSON document: a row costs a
    quarter of what a parameter for each of its values does, half of what arrays do.
    """
    return conn.dialect.name == POSTGRESQL


# Statements are kept: for one row, making one takes longer than the database takes to carry it out.
@lru_cache(maxsize=_STATEMENTS)
def _rows_into(documents: bool, table: Table, names: tuple[str, ...]) -> Any:
    if not documents:
        return sqlite.insert(table)
    return postgresql.insert(table).from_select(list(names), select(*_given(table, names).c))


@lru_cache(maxsize=_STATEMENTS)
def _unless_known(
    documents: bool, table: Table, names: tuple[str, ...], returning: tuple[str, ...]
) -> Any:
    statement = _rows_into(documents, table, names).on_conflict_do_nothing()
    return statement.returning(*(table.c[name] for name in returning)) if returning else statement


@lru_cache(maxsize=_STATEMENTS)
def _over_known(
    documents: bool, table: Table, names: tuple[str, ...], keys: tuple[str, ...]
) -> Any:
    statement = _rows_into(documents, table, names)
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changed)


@lru_cache(maxsize=_STATEMENTS)
def _given(table: Table, names: tuple[str, ...]) -> Any:
    """The rows of `_document`, to be selected from."""
    # Read as it goes, without being made a tree of first: half the time where values are texts.
    document = func.json_to_recordset(cast(bindparam(_PARAMETER, type_=Text()), postgresql.JSON))
    columns = (column(name, _unbounded(table.c[name].type)) for name in names)
    return document.table_valued(*columns, name="given").render_derived(with_types=True)


def _unbounded(kind: Any) -> Any:
    # Texts without the column's length: a cast to it cuts what is too long, and says nothing.
    return Text() if isinstance(kind, String) else kind


def _refuse_naive(rows: Sequence[Mapping[str, Any]]) -> None:
    # Rows of one statement are made in one place: the first tells whether its times are instants.
    if any(isinstance(value, datetime) and value.tzinfo is None for value in rows[0].values()):
        raise ValueError("a naive datetime cannot be stored")


def _document(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    _refuse_naive(rows)
    return {_PARAMETER: orjson.dumps(rows, default=_written).decode()}


def _written(value: object) -> str:
    """What JSON has no word for, as PostgreSQL reads it."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"a {type(value).__name__} cannot be stored")


def contended(fault: DBAPIError) -> bool:
    """Whether the database gave a transaction up so that another could go on: try it again."""
    return getattr(fault.orig, "sqlstate", None) in _CONTENDED


def passing(fault: BaseException) -> bool:
    """Whether the database was away, busy or full, so that another try may do.

    Not so what it says of the data itself, nor what is no fault of the database at all, such as one
    of a file.
    """
    if isinstance(fault, DBAPIError):
        state = getattr(fault.orig, "sqlstate", None) or ""
        return not isinstance(fault, DataError | IntegrityError) and state[:2] not in _ABOUT_DATA
    if isinstance(fault, StatementError):
        return False
    if isinstance(fault, OSError) and fault.filename is not None:
        return False
    # What goes wrong while connecting comes from the driver as it is.
    away = SQLAlchemyError | asyncpg.PostgresError | asyncpg.InterfaceError | OSError | TimeoutError
    return isinstance(fault, away)


def lacks_schema(fault: BaseException) -> bool:
    """Whether a table or a column that a statement names is not there: nobody has migrated."""
    if not isinstance(fault, DBAPIError):
        return False
    undefined = getattr(fault.orig, "sqlstate", None) in {"42P01", "42703"}
    return undefined or str(fault.orig).startswith(("no such table", "no such column"))


def skip_locked(query: Any, conn: AsyncConnection) -> Any:
    """FOR UPDATE SKIP LOCKED where there are row locks; on SQLite the one writer is the lock."""
    return query.with_for_update(skip_locked=True) if _has_documents(conn) else query


def lock_rows(query: Any, conn: AsyncConnection) -> Any:
    """FOR UPDATE where there are row locks; order the select, so that two never wait in a ring."""
    return query.with_for_update() if _has_documents(conn) else query


def among(conn: AsyncConnection, values: Collection[Any], *columns: Column[Any]) -> Any:
    """Whether the column, or the columns as a tuple, are one of the `values`.

    Where there are arrays all values travel as one parameter a column: the statement is the same
    however many there are, so that it is compiled, sent and planned as one.
    """
    ordered = sorted(values)
    if not _has_documents(conn):
        return _among_listed(ordered, columns)
    if len(columns) == 1:
        return columns[0] == any_(_values(columns[0], ordered))
    parts = zip(*ordered, strict=True) if ordered else ([] for _ in columns)
    arrays = [_values(column, list(part)) for column, part in zip(columns, parts, strict=True)]
    rows = func.unnest(*arrays).table_valued(*(column.name for column in columns), name="among")
    return tuple_(*columns).in_(select(*rows.render_derived().c))


def family(conn: AsyncConnection) -> str:
    """Which kind of database it is: a key to keep statements under that are made for one."""
    return str(conn.dialect.name)


def among_those(conn: AsyncConnection, column: Column[Any], name: str) -> Any:
    """Whether the column is one of the values that a statement is given as its parameter `name`.

    For statements that are made once and carried out with other values each time.
    """
    return _among_given(_has_documents(conn), column, name)


def _among_given(documents: bool, column: Column[Any], name: str) -> Any:
    if not documents:
        return column.in_(bindparam(name, expanding=True))
    return column == any_(bindparam(name, type_=ARRAY(_unbounded(column.type), dimensions=1)))


def _among_listed(values: Sequence[Any], columns: Sequence[Column[Any]]) -> Any:
    if len(columns) == 1:
        return columns[0].in_(values)
    # The tuple alone would find no index there; the single columns lead to one.
    near = (
        column.in_(sorted({value[place] for value in values}))
        for place, column in enumerate(columns)
    )
    return and_(tuple_(*columns).in_(values), *near)


def _values(column: Column[Any], values: Sequence[Any]) -> Any:
    return literal(values, ARRAY(_unbounded(column.type), dimensions=1))


def latest_of(conn: AsyncConnection, values: Sequence[datetime], at: Any) -> Any:
    """The last of the instants, which are given in order, that is not after the instant `at`."""
    if _has_documents(conn):
        given = Grouping(literal(values, ARRAY(UtcDateTime, dimensions=1)))
        return given[func.width_bucket(at, given)]
    written = [f"{value.astimezone(UTC):{_SQLITE_INSTANT}}" for value in values]
    each = func.json_each(literal(orjson.dumps(written).decode())).table_valued("value").c.value
    last = select(func.max(each)).where(each <= at).scalar_subquery()
    return type_coerce(last, UtcDateTime)


async def overwrite(
    conn: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], key: str
) -> None:
    """Set the columns of existing rows, each row its own values, by `key`.

    Rows must all have the same columns; lock them before, in the order of all others.
    """
    if rows and _has_documents(conn):
        await _write(conn, _by_key(True, table, tuple(rows[0]), key), rows)
    elif rows:
        given = [{_PARAMETER + name: value for name, value in row.items()} for row in rows]
        await conn.execute(_by_key(False, table, tuple(rows[0]), key), given)


@lru_cache(maxsize=_STATEMENTS)
def _by_key(documents: bool, table: Table, names: tuple[str, ...], key: str) -> Any:
    one = {name: bindparam(_PARAMETER + name, type_=table.c[name].type) for name in names}
    told = dict(_given(table, names).c) if documents else one
    return update(table).where(table.c[key] == told.pop(key)).values(told)
