"""Keeps what exports were asked for and how far they are."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.exporting.model import UNDER_WAY, Export, ExportState, Format, Grain, Made, Order
from huifang.exporting.tables import exports
from kernel.cursors import Place
from kernel.endpoint import Role
from kernel.listing import newest
from kernel.sql import among, insert_all

_PART = 500  # exports looked at in one go


async def add(
    conn: AsyncConnection, id_: str, job: str, order: Order, by: str, role: Role, now: datetime
) -> Export:
    """Write a new export, which the job of this key will make."""
    row = {
        "id": id_,
        "job": job,
        "state": ExportState.QUEUED.value,
        "format": order.format.value,
        "grain": order.grain.value,
        "filter": dict(order.filter),
        "tz": order.tz,
        "bom": order.bom,
        "comments": order.comments,
        "identities": order.identities,
        "by": by,
        "role": int(role),
        "progress": 0.0,
        "created_at": now,
    }
    await insert_all(conn, exports, [row])
    return _export((await conn.execute(select(exports).where(exports.c.id == id_))).one())


async def load(conn: AsyncConnection, id_: str) -> Export | None:
    """An export; None: there is none."""
    row = (await conn.execute(select(exports).where(exports.c.id == id_))).one_or_none()
    return None if row is None else _export(row)


async def listed(
    conn: AsyncConnection, after: Place | None, limit: int
) -> tuple[list[Export], Place | None]:
    """Exports, newest first, and the place after which there are more, if any."""
    of = exports.c
    rows, more = await newest(conn, select(exports), of.created_at, of.id, after, limit)
    return [_export(row) for row in rows], more


async def under_way(conn: AsyncConnection) -> list[Export]:
    """Exports that are not over; there are a few at most."""
    states = [state.value for state in UNDER_WAY]
    query = select(exports).where(exports.c.state.in_(states)).order_by(exports.c.id)
    return [_export(row) for row in await conn.execute(query)]


async def hand_over(conn: AsyncConnection, id_: str, job: str) -> None:
    """Have another job make an export."""
    values = {"job": job, "state": ExportState.QUEUED.value, "progress": 0.0}
    await conn.execute(update(exports).where(*_under_way(id_)).values(values))


async def begin(conn: AsyncConnection, id_: str, now: datetime) -> Export | None:
    """Have an export run, from its beginning; None where nobody wants it any more."""
    values = {"state": ExportState.RUNNING.value, "started_at": now, "progress": 0.0}
    changed = await conn.execute(
        update(exports).where(*_under_way(id_)).values(values).returning(exports)
    )
    row = changed.one_or_none()
    return None if row is None else _export(row)


async def advance(conn: AsyncConnection, id_: str, progress: float) -> bool:
    """Note how far it is; False where nobody wants it any more."""
    changed = await conn.execute(
        update(exports).where(*_under_way(id_)).values(progress=progress).returning(exports.c.id)
    )
    return changed.first() is not None


async def done(conn: AsyncConnection, id_: str, made: Made, now: datetime) -> None:
    """Note that the file is made."""
    values: dict[str, Any] = {
        "rows": made.rows,
        "bytes": made.bytes,
        "sha256": made.sha256,
        "versions": {survey: list(versions) for survey, versions in made.versions.items()},
        "columns": [list(column) for column in made.columns],
        "progress": 1.0,
    }
    await _end(conn, id_, ExportState.DONE, now, values)


async def fail(conn: AsyncConnection, id_: str, reason: str, now: datetime) -> None:
    """Note that there will be no file, and why."""
    await _end(conn, id_, ExportState.FAILED, now, {"reason": reason[:200]})


async def cancel(conn: AsyncConnection, id_: str, now: datetime) -> None:
    """Note that nobody wants it any more."""
    await _end(conn, id_, ExportState.CANCELLED, now, {})


async def _end(
    conn: AsyncConnection, id_: str, state: ExportState, now: datetime, values: dict[str, Any]
) -> None:
    ended = {"state": state.value, "ended_at": now, **values}
    await conn.execute(update(exports).where(*_under_way(id_)).values(ended))


def _under_way(id_: str) -> tuple[Any, ...]:
    return exports.c.id == id_, exports.c.state.in_([state.value for state in UNDER_WAY])


async def kept_until(conn: AsyncConnection, before: datetime) -> list[str]:
    """Some exports which ended before an instant and whose files were not taken away since."""
    query = (
        select(exports.c.id)
        .where(exports.c.removed_at.is_(None), exports.c.ended_at < before)
        .order_by(exports.c.ended_at)
        .limit(_PART)
    )
    return list((await conn.execute(query)).scalars())


async def remove(conn: AsyncConnection, ids: Collection[str], now: datetime) -> None:
    """Note that files are not kept any more."""
    mine = among(conn, ids, exports.c.id)
    await conn.execute(
        update(exports).where(mine, exports.c.removed_at.is_(None)).values(removed_at=now)
    )


def _export(row: Any) -> Export:
    return Export(
        id=row.id,
        job=row.job,
        state=ExportState(row.state),
        order=Order(
            format=Format(row.format),
            grain=Grain(row.grain),
            filter=row.filter,
            tz=row.tz,
            bom=row.bom,
            comments=row.comments,
            identities=row.identities,
        ),
        by=row.by,
        role=Role(row.role),
        progress=row.progress,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        made=None if row.sha256 is None else _made(row),
        reason=row.reason,
        removed_at=row.removed_at,
    )


def _made(row: Any) -> Made:
    return Made(
        rows=row.rows,
        bytes=row.bytes,
        sha256=row.sha256,
        versions=row.versions,
        columns=[(name, kind) for name, kind in row.columns],
    )
