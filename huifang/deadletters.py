"""Settles what was given up: jobs after their last try, and stream entries nobody could read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from huifang.identity import COMMAND_LINE
from huifang.logs import mask
from kernel.engine import Database
from kernel.journal import Entry, append
from scheduler import deadletters as jobs
from scheduler.job import Job
from scheduler.notices import OPERATION, Notice, raise_many

STREAM = "stream"  # the kind of what could not be read

_ID = re.compile(r"\d{1,20}-\d{1,20}", re.ASCII)
_PAGE = 500  # entries of the stream asked for at once
_OURS = frozenset({"reason", "path", "entry"})  # fields that the subscriber added
_REASON_LENGTH = 200

_WHO = {"actor": COMMAND_LINE}

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One that was given up: a job under its own key, a stream entry under its stream's and id."""

    key: str
    kind: str
    at: datetime
    error: str
    attempts: int
    ticket: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """Those of the job table, and with `redis` those of the stream `stream`:dead."""

    database: Database
    redis: Redis | None
    stream: str

    async def listed(self, kind: str | None, limit: int) -> list[Letter]:
        """The newest, newest first; `kind` is a job's kind, or `stream`."""
        found: list[Letter] = []
        if kind != STREAM:
            async with self.database.read() as conn:
                found += [_of_job(item) for item in await jobs.listed(conn, kind=kind, limit=limit)]
        if self.redis is not None and kind in {None, STREAM}:
            entries: Any = await self.redis.xrevrange(self._dead, count=limit)
            found += [self._of_entry(id_, fields) for id_, fields in entries]
        return sorted(found, key=lambda letter: letter.at, reverse=True)[:limit]

    async def replay(self, keys: Sequence[str], now: datetime) -> list[str]:
        """Have these tried again, by the ways and the gate of everything; the keys that were.

        A job is due at once with all its tries before it. An entry goes back to the stream in
        one step with its end as a dead letter; told twice, an event is kept once.
        """
        done: list[str] = []
        for part in _parts(self._job_keys(keys)):
            async with self.database.write() as conn:
                due = await jobs.replay(conn, part, now)
                await append(conn, [_entry(now, "deadletter.replayed", job) for job in due])
            done += [job.key for job in due]
        for id_, fields in await self._entries(keys):
            if await self._back(id_, fields):
                done.append(self._key(id_))
        await self._say(now, "deadletter.replayed", done, {})
        return done

    async def replay_all(self, kind: str | None, now: datetime) -> int:
        """Have all that were given up by now tried again, or those of a kind; how many."""
        total = 0
        while kind != STREAM:
            async with self.database.read() as conn:
                letters = await jobs.listed(conn, kind=kind, until=now)
            done = await self.replay([letter.job.key for letter in letters], now)
            total += len(done)
            if not done:
                break
        if kind in {None, STREAM}:
            total += await self._replay_stream(now)
        return total

    async def drop(self, keys: Sequence[str], reason: str, now: datetime) -> list[str]:
        """Settle these for good; the keys that were. The reason stands in the journal."""
        why = {"reason": mask(reason)[:_REASON_LENGTH]}
        done: list[str] = []
        for part in _parts(self._job_keys(keys)):
            async with self.database.write() as conn:
                over = await jobs.drop(conn, part)
                await append(conn, [_entry(now, "deadletter.dropped", job, **why) for job in over])
            done += [job.key for job in over]
        for id_, _ in await self._entries(keys):
            if self.redis is not None and await self.redis.xdel(self._dead, id_):
                done.append(self._key(id_))
        await self._say(now, "deadletter.dropped", done, why)
        return done

    @property
    def _dead(self) -> str:
        return f"{self.stream}:dead"

    def _key(self, id_: str) -> str:
        return f"{self._dead}:{id_}"

    def _is_entry(self, key: str) -> bool:
        return key.startswith(f"{self._dead}:")

    def _job_keys(self, keys: Sequence[str]) -> list[str]:
        return [key for key in keys if not self._is_entry(key)]

    async def _entries(self, keys: Sequence[str]) -> list[tuple[str, Fields]]:
        found: list[tuple[str, Fields]] = []
        for key in dict.fromkeys(keys):
            id_ = key.removeprefix(f"{self._dead}:")
            if self.redis is not None and self._is_entry(key) and _ID.fullmatch(id_):
                entries: Any = await self.redis.xrange(self._dead, id_, id_)
                found += entries
        return found

    async def _back(self, id_: str, fields: Fields) -> bool:
        """Return an entry to the stream; False where nothing of it was left to return."""
        whole: dict[Any, Any] = {name: text for name, text in fields.items() if name not in _OURS}
        if self.redis is None or not whole:
            return False
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.xadd(self.stream, whole)
            pipe.xdel(self._dead, id_)
            await pipe.execute()
        return True

    async def _replay_stream(self, now: datetime) -> int:
        if self.redis is None:
            return 0
        total, since = 0, "-"
        # Up to the newest of this moment: what cannot be read this time either comes back.
        newest: Any = await self.redis.xrevrange(self._dead, count=1)
        while newest:
            entries: Any = await self.redis.xrange(self._dead, since, newest[0][0], count=_PAGE)
            if not entries:
                break
            done = [self._key(id_) for id_, fields in entries if await self._back(id_, fields)]
            await self._say(now, "deadletter.replayed", done, {})
            total, since = total + len(done), f"({entries[-1][0]}"
        return total

    async def _say(self, now: datetime, kind: str, done: Sequence[str], detail: Fields) -> None:
        entries = [
            Entry(at=now, kind=kind, about=key, detail={"kind": STREAM, **_WHO, **detail})
            for key in done
            if self._is_entry(key)
        ]
        if entries:
            async with self.database.write() as conn:
                await append(conn, entries)

    def _of_entry(self, id_: str, fields: Fields) -> Letter:
        where, why = fields.get("path", "-"), fields.get("reason", "-")
        return Letter(
            key=self._key(id_),
            kind=STREAM,
            at=datetime.fromtimestamp(int(id_.partition("-")[0]) / 1000, UTC),
            error=f"{where}: {why}",
            attempts=1,
        )


async def tell_of_entry(database: Database, entry: str, error: str, now: datetime) -> None:
    """Have a person told that entries of the stream could not be read, of which this is the first.

    One item stands for all until it is acknowledged.
    """
    facts = {"job": STREAM, "key": entry, "error": mask(error)[:_REASON_LENGTH]}
    notice = Notice(
        kind="deadletter.new",
        subject=STREAM,
        facts=facts,
        roles=OPERATION,
        again_after=timedelta(0),
    )
    async with database.write() as conn:
        await raise_many(conn, [notice], now)


def _of_job(item: jobs.DeadLetter) -> Letter:
    return Letter(
        key=item.job.key,
        kind=item.job.kind,
        at=item.at,
        error=item.error,
        attempts=item.attempts,
        ticket=item.job.payload.get("ticket"),
    )


def _entry(now: datetime, kind: str, job: Job, **detail: str) -> Entry:
    source, ticket = job.payload.get("source"), job.payload.get("ticket")
    return Entry(
        at=now,
        kind=kind,
        about=job.key,
        source=source,
        ticket=ticket,
        detail={"kind": job.kind, **_WHO, **detail},
    )


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + jobs.MOST] for start in range(0, len(keys), jobs.MOST))
