"""Makes the file of an export: reads in one transaction, writes in a thread, holds little."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import store as customers
from huifang.exporting import shelf, tickets
from huifang.exporting.columns import Column, ColumnKind, of_responses, of_tickets
from huifang.exporting.model import Format, Grain, Made, Order
from huifang.exporting.parquet import INSTALL, ParquetWriter, is_there
from huifang.exporting.sheets import SheetsWriter
from huifang.exporting.writing import CsvWriter, JsonWriter, Writer
from huifang.numbers import ResponsesSchema
from huifang.scope import selection
from kernel.engine import Database
from kernel.sql import hold_still
from kernel.vault import Vault, VaultError
from surveys import export
from surveys.export import Columns
from surveys.report import Selection

PAGE = 5_000
"""Rows read at a time, unless said otherwise."""

Told = Callable[[float], Awaitable[None]]
"""Hears how far it is, 0 to 1, after each page; what it raises ends the work."""

_FILTER = ResponsesSchema(exclude=("cursor", "limit"))
_IDENTITY = ("name", "phone", "email")


class NotMade(Exception):
    """A file that cannot be made, however often it is tried; says why, without personal data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What is read: how many rows, with which columns, page by page."""

    rows: int
    versions: Sequence[tuple[str, str]]
    columns: Sequence[Column]
    pages: AsyncIterator[Columns]


async def make(
    database: Database, vault: Vault, order: Order, path: Path, told: Told, *, page: int = PAGE
) -> Made:
    """Write what is asked for to `path`, in whose folder nothing else is; what it then holds.

    NotMade where that cannot be; the file, whole or not, is the caller's to take away.
    """
    async with database.read() as conn:
        await hold_still(conn)
        source = await _source(conn, vault, order, page)
        writer = await asyncio.to_thread(_writer, path, order, source)
        rows = await _write(source, writer, told)
    if rows != source.rows:
        raise NotMade(f"{rows} rows were read where {source.rows} were counted")
    size, sha256 = await asyncio.to_thread(shelf.digest, path)
    versions: dict[str, list[str]] = defaultdict(list)
    for survey, version in source.versions:
        versions[survey].append(version)
    return Made(
        rows=rows,
        bytes=size,
        sha256=sha256,
        versions=versions,
        columns=[(column.name, column.kind.value) for column in source.columns],
    )


async def _write(source: _Source, writer: Writer, told: Told) -> int:
    """Write page after page, each while the next is read; how many rows."""
    rows = 0
    writing: asyncio.Task[None] | None = None
    try:
        async for page in source.pages:
            if writing is not None:
                await writing
            writing = asyncio.create_task(_in_thread(writer.write, page))
            rows += len(next(iter(page.values())))
            await told(min(rows / source.rows, 1.0))
        if writing is not None:
            await writing
        await _in_thread(writer.close)
    except BaseException:
        # No thread may still write where the folder is about to be taken away.
        if writing is not None:
            await asyncio.gather(writing, return_exceptions=True)
        with suppress(OSError):
            await asyncio.to_thread(writer.drop)
        raise
    return rows


async def _in_thread(work: Callable[..., None], *given: Any) -> None:
    try:
        await asyncio.to_thread(work, *given)
    except OSError as fault:
        raise NotMade(f"the file cannot be written: {fault.strerror}") from fault


def meant(order: Order) -> tuple[Selection, str]:
    """Which rows an order means, and what its times are about."""
    query: Mapping[str, Any] = _FILTER.load(order.filter)
    return selection(query), query["by"]


async def _source(conn: AsyncConnection, vault: Vault, order: Order, page: int) -> _Source:
    wanted, by = meant(order)
    if order.grain is Grain.RESPONSE:
        known = await export.extent(conn, wanted, by)
        columns = of_responses(
            known.questions, comments=order.comments, identities=order.identities
        )
        rows, versions = known.rows, known.versions
        pages = export.pages(conn, known, wanted, by, page)
        answered = "id"
    else:
        rows, versions = await tickets.extent(conn, wanted)
        columns = of_tickets(comments=order.comments, identities=order.identities)
        pages = tickets.pages(conn, wanted, page)
        answered = "response"
    finished = _finished(conn, vault, order, columns, pages, answered)
    return _Source(rows=rows, versions=versions, columns=columns, pages=finished)


async def _finished(
    conn: AsyncConnection,
    vault: Vault,
    order: Order,
    columns: Sequence[Column],
    pages: AsyncIterator[Columns],
    answered: str,
) -> AsyncIterator[Columns]:
    """Pages with local times, and with what was opened for this export alone."""
    place = ZoneInfo(order.tz)
    local = [column.name for column in columns if column.kind is ColumnKind.LOCAL]
    async for page in pages:
        more = dict(page)
        for name in local:
            more[name] = _local(page[name.removesuffix("_local")], place)
        try:
            if order.comments:
                more |= await _comments(conn, vault, columns, page, answered)
            if order.identities:
                more |= await _identities(conn, vault, page)
        except VaultError as fault:
            raise NotMade(f"what is sealed cannot be opened: {fault}") from fault
        yield more


def _local(instants: Sequence[datetime | None], place: ZoneInfo) -> list[datetime | None]:
    try:
        return [at and at.astimezone(place) for at in instants]
    except OverflowError:
        return [at and _there(at, place) for at in instants]


def _there(at: datetime, place: ZoneInfo) -> datetime | None:
    """Some desks say «no time» by the first of the year 1, before which a zone may have to be."""
    try:
        return at.astimezone(place)
    except OverflowError:
        return None


async def _comments(
    conn: AsyncConnection,
    vault: Vault,
    columns: Sequence[Column],
    page: Columns,
    answered: str,
) -> Columns:
    """All words of each response, and those which are the answer to a question for words."""
    ids = page[answered]
    said = await export.words(conn, vault, {id_ for id_ in ids if id_ is not None})
    none: dict[str, str] = {}
    each = [said.get(id_, none) for id_ in ids]
    found: dict[str, Sequence[Any]] = {
        "comment": ["\n".join(words.values()) or None for words in each]
    }
    for column in columns:
        if column.words:
            survey, question = column.name.partition(".")[0], column.path[1]
            found[column.name] = [
                words.get(question) if survey == own else None
                for words, own in zip(each, page["survey"], strict=True)
            ]
    return found


async def _identities(conn: AsyncConnection, vault: Vault, page: Columns) -> Columns:
    who = list(zip(page["source"], page["customer"], strict=True))
    people = await customers.load_people(conn, vault, set(who))
    found: dict[str, Sequence[Any]] = {"customer_id": page["customer"]}
    for name in _IDENTITY:
        found[f"customer_{name}"] = [
            getattr(people[each], name) if each in people else None for each in who
        ]
    return found


def _writer(path: Path, order: Order, source: _Source) -> Writer:
    try:
        return _opened(path, order, source)
    except OSError as fault:
        raise NotMade(f"the file cannot be written: {fault.strerror}") from fault


def _opened(path: Path, order: Order, source: _Source) -> Writer:
    match order.format:
        case Format.CSV:
            return CsvWriter(path, source.columns, bom=order.bom)
        case Format.JSONL:
            return JsonWriter(path, source.columns)
        case Format.XLSX:
            about = _about(order, source)
            return SheetsWriter(path, source.columns, name=f"{order.grain}s", about=about)
        case Format.PARQUET:
            if not is_there():
                raise NotMade(f"Parquet cannot be written here: {INSTALL}")
            return ParquetWriter(path, source.columns)


def _about(order: Order, source: _Source) -> list[tuple[str, str]]:
    filters = ", ".join(f"{name}={value}" for name, value in order.filter.items())
    versions = ", ".join(f"{survey} {version}" for survey, version in source.versions)
    return [
        ("内容 Rows are", f"{order.grain}s"),
        ("筛选 Filter", filters),
        ("时区 Time zone", order.tz),
        ("问卷版本 Versions", versions),
    ]
