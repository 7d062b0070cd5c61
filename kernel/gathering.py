"""Takes requests in flight together: one piece of work for all who came during the last."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

from kernel.faults import Unavailable, described
from kernel.sql import contended, passing

Q = TypeVar("Q")
A = TypeVar("A")

log = structlog.get_logger("kernel")

_RETRY_AFTER = {"Retry-After": "5"}  # seconds
_TOO_SLOW = "the database does not answer in time"
_TURNS = 3  # of the loop, from the bytes of a request to its place in the line


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Asked(Generic[Q, A]):
    request: Q
    answer: asyncio.Future[A]


@dataclass(slots=True, kw_only=True)
class Gathering(Generic[Q, A]):
    """Answers each request after the work that settles it, and adds no wait of its own.

    Whoever finds nothing under way goes at once. `work` is given requests in the order in which
    they came, and answers each after its commit; None for one that must be taken by itself, next.
    Where it fails each is tried by itself, so that one which cannot be settled fails alone; where
    the database is away or too slow, or too many wait, the answer is Unavailable: telling again
    must be harmless.

    `size`: how much of what is bounded a request is; `keys`: two that have one in common are never
    taken together, and stay in order. `kind`: only those of one are taken together. `what`: the
    name of what waits.
    """

    what: str
    work: Callable[[Sequence[Q]], Awaitable[Sequence[A | None]]]
    most_waiting: int
    most_together: int
    patience: timedelta
    size: Callable[[Q], int] = lambda request: 1
    keys: Callable[[Q], Collection[Hashable]] = lambda request: ()
    kind: Callable[[Q], Hashable] = lambda request: None
    _waiting: deque[_Asked[Q, A]] = field(default_factory=deque, init=False)
    _held: int = field(default=0, init=False)  # waiting or under way
    _since: float | None = field(default=None, init=False)  # when what is under way began
    _task: asyncio.Task[None] | None = field(default=None, init=False)

    async def take(self, request: Q) -> A:
        """The answer to a request; Unavailable where none can be promised."""
        size = self.size(request)
        self._refuse_excess(size)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[A] = loop.create_future()
        asked = _Asked(request=request, answer=answer)
        self._waiting.append(asked)
        self._held += size
        if self._task is None or self._task.done():  # cancelled before it began, it tells nobody
            # In a context of its own: it works for others than the request that began it, too.
            self._task = asyncio.create_task(self._work_on(), name="gathering", context=Context())
        end = loop.call_later(self.patience.total_seconds(), _give_up, answer)
        try:
            return await answer
        finally:
            end.cancel()
            self._held -= size

    async def close(self) -> None:
        """End what is under way."""
        if self._task is not None:
            await self._task

    def _refuse_excess(self, more: int) -> None:
        if self._held and self._held + more > self.most_waiting:
            raise unavailable(f"too many {self.what} wait")
        elapsed = asyncio.get_running_loop().time() - self._since if self._since else 0.0
        if elapsed > self.patience.total_seconds():
            raise unavailable(_TOO_SLOW)

    async def _work_on(self) -> None:
        batch: Sequence[_Asked[Q, A]] = ()
        try:
            while batch := self._next():
                await self._settle(batch)
                for _ in range(_TURNS):  # whoever is at the door by now comes along
                    await asyncio.sleep(0)
        except BaseException as fault:  # noqa: BLE001 - whatever ends us ends who waits for us
            for asked in (*batch, *self._waiting):
                if not asked.answer.done():
                    asked.answer.set_exception(fault)
        finally:
            self._since = self._task = None

    def _next(self) -> list[_Asked[Q, A]]:
        """The next in line; who went away or was told to come again is not served."""
        batch: list[_Asked[Q, A]] = []
        later: list[_Asked[Q, A]] = []
        seen: set[Hashable] = set()
        room = self.most_together
        while self._waiting and (not batch or self.size(self._waiting[0].request) <= room):
            asked = self._waiting.popleft()
            if asked.answer.done():
                continue
            keys = self.keys(asked.request)
            alike = not batch or self.kind(asked.request) == self.kind(batch[0].request)
            if alike and seen.isdisjoint(keys):
                batch.append(asked)
                room -= self.size(asked.request)
            else:
                later.append(asked)
            seen.update(keys)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _settle(self, batch: Sequence[_Asked[Q, A]]) -> None:
        self._since = asyncio.get_running_loop().time()
        try:
            answers = await self.work([asked.request for asked in batch])
        except Exception as fault:  # noqa: BLE001 - whoever waits for the answer is told
            if len(batch) == 1 or _is_away(fault):
                self._refuse(batch, fault)
                return
            log.warning("gathering.apart", what=self.what, count=len(batch), **described(fault))
            answers = [None] * len(batch)
        apart = []
        for asked, answer in zip(batch, answers, strict=True):
            if answer is None:
                apart.append(asked)
            elif not asked.answer.done():
                asked.answer.set_result(answer)
        for asked in apart:
            if not asked.answer.done():
                await self._settle([asked])

    def _refuse(self, batch: Sequence[_Asked[Q, A]], fault: Exception) -> None:
        if passing(fault):
            log.warning("gathering.waiting", what=self.what, **described(fault))
        for asked in batch:
            if asked.answer.done():
                continue
            refusal = fault
            if passing(fault):
                refusal = unavailable("the database cannot be reached")
                refusal.__cause__ = fault
            asked.answer.set_exception(refusal)


def _give_up(answer: asyncio.Future[A]) -> None:
    if not answer.done():
        answer.set_exception(unavailable(_TOO_SLOW))


def unavailable(why: str) -> Unavailable:
    """What whoever has to come again is told."""
    return Unavailable(f"{why}; nothing is lost, send it again", headers=_RETRY_AFTER)


def _is_away(fault: Exception) -> bool:
    """Whether nobody would fare better alone: but for who only had to give way to others."""
    gave_way = isinstance(fault, DBAPIError) and contended(fault)
    return isinstance(fault, Unavailable) or (passing(fault) and not gave_way)
