"""Reads ticket events from the Redis stream, as one of a consumer group."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from huifang.deadletters import tell_of_entry
from kernel.barrier import OPEN, Barrier
from kernel.faults import described
from kernel.sql import passing
from scheduler.ports import Clock
from tickets import intake
from tickets.model import Event, Refused
from tickets.service import Intake, taken

log = structlog.get_logger("subscriber")

Entries = list[tuple[str, dict[str, str]]]

BLOCK = timedelta(seconds=2)  # must stay below the client's socket timeout
_PAUSE = 1.0  # seconds after Redis or the database failed
_DEAD_KEPT = 100_000  # dead letters kept in their stream
_LONGEST_ENTRY = 1_000_000  # characters of an event
_TURN = 50  # entries parsed in one go


def open_redis(url: str) -> Redis:
    """A client that never repeats a command by itself: a repeated XADD is a second entry."""
    return Redis.from_url(
        url,
        protocol=3,
        legacy_responses=False,
        decode_responses=True,
        # Bytes that are no text must reach us to be buried, not stop the reader for good.
        encoding_errors="surrogateescape",
        socket_timeout=BLOCK.total_seconds() + 4,
        socket_connect_timeout=5,
        retry=Retry(NoBackoff(), 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Entries as they were read, those of use with their events."""

    entries: Entries = field(default_factory=list)
    good: list[tuple[str, dict[str, str], Event]] = field(default_factory=list)
    dead: list[tuple[str, dict[str, str], Refused]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Subscriber:
    """Takes entries in batches: durable first, then acknowledged; one that cannot be read goes to
    the dead-letter stream with its reason. What a dead consumer left is claimed after `idle`.

    Batches are kept one after the other, in the order told; where there is a backlog, the next is
    read while the database works.
    """

    redis: Redis
    intake: Intake
    clock: Clock
    stream: str
    group: str
    consumer: str
    batch: int = 2_000
    idle: timedelta = timedelta(seconds=60)
    barrier: Barrier = OPEN
    on_taken: Callable[[str, int], None] = lambda result, count: None
    stopping: bool = False
    _task: asyncio.Task[None] | None = field(default=None, init=False)
    _started: bool = field(default=False, init=False)
    _ahead: _Batch | None = field(default=None, init=False)

    def start(self) -> None:
        """Begin reading."""
        self._task = asyncio.create_task(self.run(), name="subscriber")

    async def stop(self) -> None:
        """End after what is in hand."""
        self.stopping = True
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task

    async def run(self) -> None:
        """Read until stopped; a lost connection or database only pauses."""
        while self._ahead or not self.stopping:
            try:
                await self.step()
            except Exception as fault:
                # Nothing was acknowledged, so nothing is lost: the entries come again.
                if isinstance(fault, RedisError) or passing(fault):
                    log.warning("subscriber.waiting", **described(fault))
                else:
                    log.exception("subscriber.failed")
                self._started, self._ahead = False, None
                await asyncio.sleep(_PAUSE)

    async def step(self) -> int:
        """Settle what others left, else what is new; how many entries it was."""
        if not self._started:
            await self._join()
            await self._own_leftovers()
            self._started = True
        batch, self._ahead = self._ahead, None
        if batch is None:
            batch = await self._next(BLOCK)
        if self.stopping or len(batch.entries) < self.batch:
            return await self._settle(batch)
        settling = asyncio.create_task(self._settle(batch))
        try:
            ahead = await self._next(None)
        finally:
            settled = await settling
        self._ahead = ahead if ahead.entries else None
        return settled

    async def _join(self) -> None:
        try:
            await self.redis.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except ResponseError as fault:
            if "BUSYGROUP" not in str(fault):
                raise

    async def _own_leftovers(self) -> None:
        """Entries given to this consumer before a crash, or whose reply was lost on the way."""
        while entries := await self._read("0", block=None):
            await self._settle(await self._parsed(entries))

    async def _next(self, block: timedelta | None) -> _Batch:
        return await self._parsed(await self._claimed() or await self._read(">", block))

    async def _read(self, since: str, block: timedelta | None) -> Entries:
        reply: Any = await self.redis.xreadgroup(
            self.group,
            self.consumer,
            {self.stream: since},
            count=self.batch,
            block=int(block.total_seconds() * 1000) if block else None,
        )
        return list((reply or {}).get(self.stream, []))

    async def _claimed(self) -> Entries:
        reply: Any = await self.redis.xautoclaim(
            self.stream,
            self.group,
            self.consumer,
            min_idle_time=int(self.idle.total_seconds() * 1000),
            start_id="0-0",
            count=self.batch,
        )
        return list(reply[1])

    async def _parsed(self, entries: Entries) -> _Batch:
        now = self.clock.now()
        batch = _Batch(entries=entries)
        for place, (entry_id, fields) in enumerate(entries):
            read = _read_entry(fields, now)
            if isinstance(read, Refused):
                batch.dead.append((entry_id, fields, read))
            else:
                batch.good.append((entry_id, fields, read))
            if place % _TURN == _TURN - 1:
                await asyncio.sleep(0)  # the batch before may go on
        return batch

    async def _settle(self, batch: _Batch) -> int:
        """Keep what could be read, bury what could not, then acknowledge."""
        if not batch.entries:
            return 0
        dead = list(batch.dead)
        outcomes = await self.intake.settle([event for _, _, event in batch.good], self.clock.now())
        for (entry_id, fields, event), outcome in zip(batch.good, outcomes, strict=True):
            if isinstance(outcome, Exception):
                dead += [(entry_id, fields, it) for it in taken([event], [outcome]).refused]
        await self.barrier.reach("subscriber.taken")
        await self._bury(dead)
        if dead:
            entry_id, _, refused = dead[0]
            why = f"{refused.path}: {refused.reason}"
            await tell_of_entry(self.intake.database, entry_id, why, self.clock.now())
        ids = [entry_id for entry_id, _ in batch.entries]
        await self.redis.xack(self.stream, self.group, *ids)
        self.on_taken("accepted", outcomes.count(True))
        self.on_taken("duplicate", outcomes.count(False))
        self.on_taken("rejected", len(dead))
        return len(batch.entries)

    async def _bury(self, dead: Sequence[tuple[str, Mapping[str, str], Refused]]) -> None:
        for entry_id, fields, refused in dead:
            letter: dict[Any, Any] = {
                **{_plain(name): _plain(value) for name, value in fields.items()},
                "reason": refused.reason,
                "path": refused.path,
                "entry": entry_id,
            }
            await self.redis.xadd(
                f"{self.stream}:dead", letter, maxlen=_DEAD_KEPT, approximate=True
            )


def _read_entry(fields: Mapping[str, str], now: datetime) -> Event | Refused:
    if _mangled("".join(chain.from_iterable(fields.items()))):
        return Refused(id=None, path="event", reason="the entry is not UTF-8")
    if not fields:
        return Refused(id=None, path="event", reason="the entry was trimmed before it was read")
    if len(fields.get("event", "")) > _LONGEST_ENTRY:
        return Refused(id=None, path="event", reason="the event is too long")
    return intake.read_entry(fields, now)


def _mangled(text: str) -> bool:
    """Whether bytes that are no UTF-8 stand in a text as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _plain(text: str) -> str:
    """A text that can be written again; what was no UTF-8 becomes question marks."""
    return text[:_LONGEST_ENTRY].encode(errors="replace").decode()
