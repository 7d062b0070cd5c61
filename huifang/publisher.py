"""Tells other systems what happened: on the out stream, and to desks that listen."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.vault import derived_id
from scheduler import deadletters
from scheduler import store as jobs
from scheduler.job import Job, Leased
from scheduler.publication import PUBLISH, Publication, alone, news_of
from scheduler.store import Again
from tickets.ports import Desk, DeskError

_AT_ONCE = 16


def cloud_event(publication: Publication) -> dict[str, Any]:
    """The publication as a CloudEvent in structured form."""
    return {
        "specversion": "1.0",
        "id": publication.id,
        "source": "huifang",
        "type": publication.type,
        "time": publication.time,
        "subject": publication.ticket or publication.id,  # a call may be about no ticket
        "datacontenttype": "application/json",
        "data": dict(publication.data),
    }


@dataclass(slots=True, kw_only=True)
class Publisher:
    """Handles both kinds of job: each event reaches each sink at least once, under one id."""

    database: Database
    redis: Redis | None
    out_stream: str
    desk_of: Callable[[str], Desk | None]
    most_kept: int = 1_000_000  # entries of the out stream
    barrier: Barrier = OPEN

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Publish a batch in the order of its events; what a sink did not take is tried again."""
        news = [(leased, one) for leased in batch for one in news_of(leased.job)]
        lost = await self._to_stream([publication for _, publication in news])
        told = await self._to_desks([publication for _, publication in news])
        failed: dict[str, list[tuple[Publication, str]]] = {}
        for leased, publication in news:
            if reason := lost or told.get(publication.id):
                failed.setdefault(leased.job.key, []).append((publication, reason))
        await self.barrier.reach("publisher.published")
        async with self.database.write() as conn:
            await self._settle(conn, batch, failed, now)

    async def _settle(
        self,
        conn: AsyncConnection,
        batch: Sequence[Leased],
        failed: Mapping[str, list[tuple[Publication, str]]],
        now: datetime,
    ) -> None:
        again: list[Again] = []
        done: list[Leased] = []
        parts: list[Job] = []
        for leased in batch:
            missed = failed.get(leased.job.key, [])
            if not missed:
                done.append(leased)
                continue
            at = PUBLISH.ladder.next_attempt_at(leased.attempt, now)
            if at is None:
                await deadletters.bury(conn, {leased.job.key: (leased, missed[0][1])}, now)
            elif len(missed) < len(news_of(leased.job)):
                # What came through of a bundle need not be told again for the sake of the rest.
                parts.extend(alone(publication, at) for publication, _ in missed)
                done.append(leased)
            else:
                again.append(Again(leased=leased, at=at, error=missed[0][1]))
        await jobs.enqueue(conn, parts)
        await jobs.retry(conn, again)
        await jobs.finish(conn, done, now)

    async def _to_stream(self, news: Sequence[Publication]) -> str | None:
        """Add a batch in one trip; the reason why that failed, perhaps half way."""
        if self.redis is None:
            return None
        pipe = self.redis.pipeline(transaction=False)
        for publication in news:
            pipe.xadd(
                self.out_stream,
                {"event": orjson.dumps(cloud_event(publication))},
                maxlen=self.most_kept,
                approximate=True,
            )
        try:
            await pipe.execute()
        except (RedisError, OSError, TimeoutError) as fault:
            return f"stream: {type(fault).__name__}"
        return None

    async def _to_desks(self, news: Sequence[Publication]) -> dict[str, str]:
        """Tell the desks that listen; why one could not be told, by the event's id."""
        heard = [(desk, each) for each in news if (desk := self.desk_of(each.source)) is not None]
        room = asyncio.Semaphore(_AT_ONCE)

        async def tell(desk: Desk, publication: Publication) -> str | None:
            async with room:
                return await _told(desk, publication)

        said = await asyncio.gather(*(tell(desk, each) for desk, each in heard))
        return {each.id: why for (_, each), why in zip(heard, said, strict=True) if why}


async def _told(desk: Desk, publication: Publication) -> str | None:
    at = datetime.fromisoformat(publication.time)
    try:
        await desk.hear(
            derived_id("e_", publication.id), publication.type, at, dict(publication.data)
        )
    except DeskError as error:
        return f"desk: {error.detail}"
    return None
