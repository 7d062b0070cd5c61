"""Takes entries that tell of one customer out of the streams of Redis."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

_PAGE = 500  # entries asked for at once
_EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """How an entry is known to tell of a customer: by its event, or where that cannot be read by
    one of the `words`: a number, a mailbox, a name.
    """

    is_told_of: Callable[[Any], bool]
    words: Sequence[str]

    def in_entry(self, fields: Mapping[str, str]) -> bool:
        """Whether an entry tells of them; total."""
        try:
            document = json.loads(fields.get(_EVENT, ""))
        except ValueError:
            document = None
        if self.is_told_of(document):
            return True
        texts = "\n".join(str(value) for value in fields.values())
        return any(word in texts for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """The stream of events with its dead letters; without `redis` there is none."""

    redis: Redis | None
    stream: str
    group: str

    async def wipe(self, traces: Traces) -> int:
        """Delete the entries that tell of a customer: how many. What nobody has taken in yet stays:
        it is told after the erasure, and is judged when it is taken in.
        """
        if self.redis is None:
            return 0
        taken = await self._taken()
        gone = 0 if taken is None else await self._sweep(self.stream, taken, traces)
        return gone + await self._sweep(f"{self.stream}:dead", "+", traces)

    async def _sweep(self, stream: str, until: str, traces: Traces) -> int:
        assert self.redis is not None
        gone, since = 0, "-"
        while True:
            entries: Any = await self.redis.xrange(stream, since, until, count=_PAGE)
            theirs = [id_ for id_, fields in entries if traces.in_entry(fields)]
            if theirs:
                gone += int(await self.redis.xdel(stream, *theirs))
            if len(entries) < _PAGE:
                return gone
            since = f"({entries[-1][0]}"

    async def _taken(self) -> str | None:
        """Up to which entry all were taken in; None: nobody reads the stream, or nothing was."""
        assert self.redis is not None
        if not await self.redis.exists(self.stream):
            return None
        groups: Any = await self.redis.xinfo_groups(self.stream)
        read = {each["name"]: each["last-delivered-id"] for each in groups}
        last = read.get(self.group)
        if last in (None, "0-0"):
            return None
        pending: Any = await self.redis.xpending_range(self.stream, self.group, "-", "+", 1)
        if not pending:
            return str(last)
        return f"({pending[0]['message_id']}"
