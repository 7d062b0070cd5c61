"""Reads ticket events from the Redis stream, as one of a consumer group."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from kernel.barrier import OPEN, Barrier
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


@dataclass(slots=True, kw_only=True)
class Subscriber:
    """Takes entries in batches: durable first, then acknowledged; one that cannot be read goes to
    the dead-letter stream with its reason. What a dead consumer left is claimed after `idle`."""

    redis: Redis
    intake: Intake
    clock: Clock
    stream: str
    group: str
    consumer: str
    batch: int = 500
    idle: timedelta = timedelta(seconds=60)
    barrier: Barrier = OPEN
    on_taken: Callable[[str, int], None] = lambda result, count: None
    stopping: bool = False
    _task: asyncio.Task[None] | None = field(default=None, init=False)
    _started: bool = field(default=False, init=False)

    def start(self) -> None:
        """Begin reading."""
        self._task = asyncio.create_task(self.run(), name="subscriber")

    async def stop(self) -> None:
        """End after the batch in hand."""
        self.stopping = True
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task

    async def run(self) -> None:
        """Read until stopped; a lost connection or database only pauses."""
        while not self.stopping:
            try:
                await self.step()
            except Exception as fault:
                # Nothing was acknowledged, so nothing is lost: the entries come again.
                if isinstance(fault, RedisError) or passing(fault):
                    log.warning("subscriber.waiting", reason=type(fault).__name__)
                else:
                    log.exception("subscriber.failed")
                self._started = False
                await asyncio.sleep(_PAUSE)

    async def step(self) -> int:
        """Claim what others left, else read what is new; how many entries were settled."""
        if not self._started:
            await self._join()
            await self._own_leftovers()
            self._started = True
        entries = await self._claimed()
        if not entries:
            entries = await self._read(">", block=BLOCK)
        return await self._settle(entries)

    async def _join(self) -> None:
        try:
            await self.redis.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except ResponseError as fault:
            if "BUSYGROUP" not in str(fault):
                raise

    async def _own_leftovers(self) -> None:
        """Entries given to this consumer before a crash, or whose reply was lost on the way."""
        while entries := await self._read("0", block=None):
            await self._settle(entries)

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

    async def _settle(self, entries: Entries) -> int:
        """Keep what can be read, bury what cannot, then acknowledge."""
        if not entries:
            return 0
        now = self.clock.now()
        good: list[tuple[str, dict[str, str], Event]] = []
        dead: list[tuple[str, dict[str, str], Refused]] = []
        for entry_id, fields in entries:
            read = _read_entry(fields, now)
            if isinstance(read, Refused):
                dead.append((entry_id, fields, read))
            else:
                good.append((entry_id, fields, read))
        outcomes = await self.intake.settle([event for _, _, event in good], now)
        for (entry_id, fields, event), outcome in zip(good, outcomes, strict=True):
            dead += [(entry_id, fields, refused) for refused in taken([event], [outcome]).refused]
        await self.barrier.reach("subscriber.taken")
        await self._bury(dead)
        await self.redis.xack(self.stream, self.group, *[entry_id for entry_id, _ in entries])
        self.on_taken("accepted", outcomes.count(True))
        self.on_taken("duplicate", outcomes.count(False))
        self.on_taken("rejected", len(dead))
        return len(entries)

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
    if any(_mangled(text) for pair in fields.items() for text in pair):
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
