"""Tells other systems what happened: on the out stream, and to desks that listen."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.vault import derived_id
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.publication import PUBLISH, Publication
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
        "subject": publication.ticket,
        "datacontenttype": "application/json",
        "data": dict(publication.data),
    }


@dataclass(slots=True, kw_only=True)
class Publisher:
    """Handles `event.publish` jobs: each event reaches each sink at least once, under one id."""

    database: Database
    redis: Redis | None
    out_stream: str
    desk_of: Callable[[str], Desk | None]
    most_kept: int = 1_000_000  # entries of the out stream
    barrier: Barrier = OPEN

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Publish a batch in the order of its events; what a sink did not take is tried again."""
        news = [PUBLISH.read(leased.job) for leased in batch]
        lost = await self._to_stream(news)
        room = asyncio.Semaphore(_AT_ONCE)

        async def tell(publication: Publication) -> str | None:
            async with room:
                return await self._to_desk(publication)

        errors = [lost or error for error in await asyncio.gather(*(tell(one) for one in news))]
        await self.barrier.reach("publisher.published")
        async with self.database.write() as conn:
            again, done = [], []
            for leased, error in zip(batch, errors, strict=True):
                if error is None:
                    done.append(leased)
                    continue
                at = PUBLISH.ladder.next_attempt_at(leased.attempt, now)
                if at is None:
                    await jobs.bury(conn, {leased.job.key: (leased, error)}, now)
                else:
                    again.append(Again(leased=leased, at=at, error=error))
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

    async def _to_desk(self, publication: Publication) -> str | None:
        desk = self.desk_of(publication.source)
        if desk is None:
            return None
        at = datetime.fromisoformat(publication.time)
        try:
            await desk.hear(
                derived_id("e_", publication.id), publication.type, at, dict(publication.data)
            )
        except DeskError as error:
            return f"desk: {error.detail}"
        return None
