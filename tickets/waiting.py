"""Waits for desks: for several at once, and until one that failed may be asked again."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from scheduler import deadletters
from scheduler import store as jobs
from scheduler.job import Job, Leased
from scheduler.notices import OPERATION, Notice, raise_many
from scheduler.store import Again
from tickets.ports import DeskError

#: A desk that is still misconfigured so long after somebody saw to it is told of anew.
TOLD_AGAIN = timedelta(days=1)

_T = TypeVar("_T")


async def side_by_side(works: Iterable[Awaitable[_T]]) -> list[_T]:
    """What all of them return; what the first in order raised, once none is under way any more.

    So one that failed never has its neighbours begun again while they still run.
    """
    found: list[_T] = []
    for each in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(each, BaseException):
            raise each
        found.append(each)
    return found


async def put_off(
    conn: AsyncConnection,
    leased: Leased,
    at: datetime | None,
    source: str,
    error: DeskError,
    now: datetime,
    follow: Sequence[Job] = (),
) -> bool:
    """Have a desk asked again `at` an instant, or give its job up for None; whether it was ours.

    That the desk of this source will not let us in is told to whoever runs the service. `follow`:
    jobs that come of it, saved here since notices come after jobs in the order of locks.
    """
    if leased.job.key not in await jobs.held(conn, [leased]):
        return False
    if at is None:
        await deadletters.bury(conn, {leased.job.key: (leased, error.detail)}, now)
    else:
        await jobs.retry(conn, [Again(leased=leased, at=at, error=error.detail)])
    await jobs.enqueue(conn, follow)
    if at is not None and error.misconfigured:
        await raise_many(conn, [_misconfigured(source, error)], now)
    return True


def _misconfigured(source: str, error: DeskError) -> Notice:
    """A desk that will not let us in: one matter for each source, however many orders wait."""
    return Notice(
        kind="desk.misconfigured",
        subject=source,
        source=source,
        facts={"error": error.detail},
        roles=OPERATION,
        again_after=TOLD_AGAIN,
    )
