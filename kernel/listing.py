"""Reads lists page by page, newest first: one way for all that are kept by time and id."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.cursors import Place


async def newest(
    conn: AsyncConnection,
    query: Select[Any],
    at: ColumnElement[Any],
    id_: ColumnElement[Any],
    after: Place | None,
    limit: int,
) -> tuple[Sequence[Row[Any]], Place | None]:
    """As many rows of a query, newest first, and the place after which there are more, if any.

    `at` and `id_` are columns that the query selects, and have an index of their own; ids may be
    texts or numbers. `after`: where the page before ended.
    """
    rows = (await conn.execute(ordered(query, at, id_, after, limit))).all()
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]._mapping
    return rows[:limit], Place(at=last[at], id=str(last[id_]))


def ordered(
    query: Select[Any],
    at: ColumnElement[Any],
    id_: ColumnElement[Any],
    after: Place | None,
    limit: int,
) -> Select[Any]:
    """The same rows as a query, and one more, which tells that there are more."""
    if after is not None:
        id_after = id_.type.python_type(after.id)
        query = query.where(or_(at < after.at, and_(at == after.at, id_ < id_after)))
    return query.order_by(at.desc(), id_.desc()).limit(limit + 1)
