"""Takes the events of requests in flight together: one commit for all who came during the last."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from kernel.faults import Unavailable, described
from kernel.sql import passing
from tickets.model import Event
from tickets.service import Intake, Outcome, Taken, taken

log = structlog.get_logger("tickets")

MOST_WAITING = 5_000  # events of requests not answered yet
MOST_TOGETHER = 500  # events in one transaction, unless one request brings more
PATIENCE = timedelta(seconds=8)  # below what senders wait for an answer
_RETRY_AFTER = {"Retry-After": "5"}  # seconds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Asked:
    events: Sequence[Event]
    now: datetime
    answer: asyncio.Future[Taken]


@dataclass(slots=True, kw_only=True)
class Gathering:
    """Answers each request after the commit that keeps its events, and adds no wait of its own.

    Whoever finds nothing under way goes at once. Nobody is heard whose events could not be kept:
    where too many wait, or the database is away or too slow, the answer is Unavailable.
    """

    intake: Intake
    most_waiting: int = MOST_WAITING
    patience: timedelta = PATIENCE
    _waiting: deque[_Asked] = field(default_factory=deque, init=False)
    _held: int = field(default=0, init=False)  # events waiting or under way
    _since: float | None = field(default=None, init=False)  # when what is under way began
    _work: asyncio.Task[None] | None = field(default=None, init=False)

    async def take(self, events: Sequence[Event], now: datetime) -> Taken:
        """Keep events; Unavailable where that cannot be promised, and telling again is harmless."""
        if not events:
            return taken((), ())
        self._refuse_excess(len(events))
        asked = _Asked(events=events, now=now, answer=asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self._held += len(events)
        if self._work is None:
            # In a context of its own: it works for others than the request that began it, too.
            self._work = asyncio.create_task(self._keep_all(), name="gathering", context=Context())
        try:
            async with asyncio.timeout(self.patience.total_seconds()):
                return await asked.answer
        except TimeoutError as fault:
            raise _unavailable("the database does not answer in time") from fault
        finally:
            self._held -= len(events)

    async def close(self) -> None:
        """End what is under way."""
        if self._work is not None:
            await self._work

    def _refuse_excess(self, more: int) -> None:
        if self._held and self._held + more > self.most_waiting:
            raise _unavailable("too many events wait to be kept")
        elapsed = asyncio.get_running_loop().time() - self._since if self._since else 0.0
        if elapsed > self.patience.total_seconds():
            raise _unavailable("the database does not answer in time")

    async def _keep_all(self) -> None:
        try:
            while batch := self._next():
                self._since = asyncio.get_running_loop().time()
                await self._keep(batch)
        finally:
            self._since = self._work = None

    def _next(self) -> list[_Asked]:
        """The next requests in line; who went away or was told to come again is not served."""
        batch: list[_Asked] = []
        room = MOST_TOGETHER
        while self._waiting and (not batch or len(self._waiting[0].events) <= room):
            asked = self._waiting.popleft()
            if not asked.answer.done():
                batch.append(asked)
                room -= len(asked.events)
        return batch

    async def _keep(self, batch: Sequence[_Asked]) -> None:
        events = [event for asked in batch for event in asked.events]
        try:
            outcomes = await self.intake.settle(events, max(asked.now for asked in batch))
        except Exception as fault:
            if not passing(fault):
                log.exception("gathering.failed")
            log.warning("gathering.waiting", **described(fault))
            for asked in batch:
                _refuse(asked, fault)
            return
        rest = iter(outcomes)
        for asked in batch:
            _tell(asked, [next(rest) for _ in asked.events])


def _tell(asked: _Asked, outcomes: Sequence[Outcome]) -> None:
    if asked.answer.done():
        return
    asked.answer.set_result(taken(asked.events, outcomes))


def _refuse(asked: _Asked, fault: Exception) -> None:
    if not asked.answer.done():
        refusal = _unavailable("the database cannot be reached")
        refusal.__cause__ = fault
        asked.answer.set_exception(refusal)


def _unavailable(why: str) -> Unavailable:
    return Unavailable(f"{why}; nothing is lost, send it again", headers=_RETRY_AFTER)
