"""Erases a customer: from every table, every job, the streams, the exports and the carriers."""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import privacy as recovery
from channels import privacy as people
from huifang.exporting.jobs import Forgetting
from huifang.exporting.shelf import Shelf
from huifang.settings import Settings
from huifang.streams import Streams, Traces
from kernel import journal
from kernel.engine import Database
from kernel.faults import NotFound
from kernel.journal import Entry
from kernel.vault import Vault, derived_id
from scheduler import privacy as queue
from scheduler import store as jobs
from scheduler.job import Kind, Ladder, Leased
from surveys import privacy as surveys
from tickets import privacy as tickets

Who = tuple[str, str]  # (source, customer id)

BEGUN, ENDED = "customer.erasure_begun", "customer.erased"

#: What jobs hold of customers, sealed, and a recording's question: without it, it is deleted only.
_FIELDS = frozenset({"said", "to", "comment", "document", "question"})
#: Asking a ticketing system for a customer would bring them back; nobody is left to be phoned.
_VOID = frozenset({"ticket.fetch", "callback.request"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """Finish what was begun: `person` of `source` by their `tickets` and `threads`; `words`, their
    numbers, mailboxes and name, sealed, by which to know what cannot be read otherwise.
    """

    person: str
    source: str
    by: str
    tickets: list[str]
    threads: list[str]
    promised: list[str]
    words: str | None


#: The law gives a month; whatever is away for days comes back within it.
ERASE = Kind(
    name="customer.erase",
    payload=Erase,
    ladder=Ladder(
        pauses=tuple(timedelta(minutes=pause) for pause in (1, 5, 30, 120, *(720,) * 20)),
        tell_after=timedelta(hours=12),
    ),
)


def words_place(person: str) -> str:
    """Where the words of an erasure stand sealed in its job; moved elsewhere they do not open."""
    return f"jobs.words|{person}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How far an erasure is; `erased` counts what it took away so far."""

    customer: str
    source: str
    state: str  # running or done
    erased: Mapping[str, int]


@dataclass(slots=True, kw_only=True)
class Erasure:
    """Begins erasures, and as handler of `customer.erase` jobs finishes them.

    What an index leads to goes in the transaction that begins it. The rest has to be searched for
    and is a job: each step bears being done twice, so that one cut short is begun anew.
    """

    database: Database
    vault: Vault
    streams: Streams
    forget_exports: Callable[[datetime], Awaitable[int]]
    tell: Callable[[str, int], None] = field(default=lambda what, number: None)

    async def begin(self, who: Who, by: str, now: datetime) -> Report:
        """Erase what an index leads to, and have the rest erased; NotFound where nobody is known.

        Asked for again, it tells how far it is.
        """

        async def work(conn: AsyncConnection) -> Report:
            if not await _is_known(conn, who):
                return await _report(conn, who)
            wanted, erased = await self._rows(conn, who, by, now)
            await journal.append(conn, [_entry(BEGUN, who, by, erased, now)])
            key = derived_id("e_", *who, now.isoformat())
            await jobs.enqueue(conn, [ERASE.job(key, wanted, due_at=now)])
            return Report(customer=who[1], source=who[0], state="running", erased=erased)

        return await self.database.transact(work)

    async def _rows(
        self, conn: AsyncConnection, who: Who, by: str, now: datetime
    ) -> tuple[Erase, dict[str, int]]:
        which = await tickets.tickets_of(conn, who)
        asked = [item.id for item in await surveys.invitations_of(conn, who)]
        promised = await recovery.callback_ids(conn, who)
        threads = {*asked, *promised, *await recovery.complaint_ids(conn, asked)}
        erased = {"tickets": await tickets.erase(conn, who)}
        found = await people.known(conn, self.vault, who, threads)
        counted, copies = await people.erase(conn, found, self.vault.index_key, now)
        erased |= counted | await surveys.erase(conn, who, asked, now)
        erased |= await recovery.erase(conn, self.vault, asked, promised, now)
        await jobs.enqueue(conn, copies)
        name = found.person.name if found.person else None
        words = json.dumps([*found.values, *([name] if name else [])], ensure_ascii=False)
        sealed = self.vault.seal(words, words_place(who[1])) or b""
        wanted = Erase(
            person=who[1],
            source=who[0],
            by=by,
            tickets=which,
            threads=sorted(found.threads),
            promised=promised,
            words=base64.b64encode(sealed).decode(),
        )
        return wanted, erased

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Finish erasures, one after the other."""
        for leased in batch:
            wanted = ERASE.read(leased.job)
            erased = await self.finish(wanted, now)
            async with self.database.write() as conn:
                await jobs.require(conn, [leased])
                await self._end(conn, leased.job.key, wanted, erased, now)
                await jobs.finish(conn, [leased], now)
            await self.database.compact()

    async def complete(self, who: Who, now: datetime) -> dict[str, int]:
        """Finish an erasure that was just begun without waiting for a dispatcher."""
        key = f"{ERASE.name}:{derived_id('e_', *who, now.isoformat())}"
        async with self.database.read() as conn:
            payload = await queue.payload_of(conn, key)
        if payload is None:
            return {}
        wanted = Erase(**payload)
        erased = await self.finish(wanted, now)
        async with self.database.write() as conn:
            await self._end(conn, key, wanted, erased, now)
            await jobs.cancel(conn, [key], now)
        await self.database.compact()
        return erased

    async def finish(self, wanted: Erase, now: datetime) -> dict[str, int]:
        """Search what no index leads to; what was erased, counted."""
        erased = {"jobs": await self._jobs(wanted, now)}
        await self.database.transact(lambda conn: self._late(conn, wanted, now))
        erased["events"] = await self._events(wanted)
        subject = _subject(wanted)
        words = self._words(wanted)
        traces = Traces(is_told_of=subject.is_told_of, words=words)
        erased["stream_entries"] = await self.streams.wipe(traces)
        self.tell("stream entries", erased["stream_entries"])
        erased["exports"] = await self.forget_exports(now)
        self.tell("exports", erased["exports"])
        return erased

    def _words(self, wanted: Erase) -> list[str]:
        if wanted.words is None:
            return []
        sealed = base64.b64decode(wanted.words)
        found = json.loads(self.vault.open(sealed, words_place(wanted.person)) or "[]")
        return [str(word) for word in found]

    async def _late(self, conn: AsyncConnection, wanted: Erase, now: datetime) -> None:
        """What was being written while it was erased."""
        nobody = (wanted.source, "")  # whoever came back since is not erased again
        found = await people.known(conn, self.vault, nobody, wanted.threads)
        mine = [thread for thread in wanted.threads if thread not in wanted.promised]
        _, copies = await people.erase(conn, found, self.vault.index_key, now)
        await surveys.erase(conn, nobody, mine, now)
        await recovery.erase(conn, self.vault, mine, wanted.promised, now)
        await jobs.enqueue(conn, copies)

    async def _jobs(self, wanted: Erase, now: datetime) -> int:
        whose = queue.Subject(
            source=wanted.source,
            customer=wanted.person,
            tickets=frozenset(wanted.tickets),
            threads=frozenset(wanted.threads),
        )
        how = queue.Scrub(fields=_FIELDS, void=_VOID)
        total, after = 0, ""
        while True:
            async with self.database.write() as conn:
                number, at = await queue.scrub(conn, whose, how, after, now)
            total += number
            self.tell("jobs", total)
            if at is None:
                return total
            after = at

    async def _events(self, wanted: Erase) -> int:
        subject, total, after = _subject(wanted), 0, ""
        while True:
            async with self.database.read() as conn:
                found, at = await tickets.events_of(conn, self.vault, subject, after)
            if found:
                async with self.database.write() as conn:
                    await tickets.forget_payloads(conn, wanted.source, found)
            total += len(found)
            self.tell("events", total)
            if at is None:
                return total
            after = at

    async def _end(
        self,
        conn: AsyncConnection,
        key: str,
        wanted: Erase,
        erased: Mapping[str, int],
        now: datetime,
    ) -> None:
        who = (wanted.source, wanted.person)
        await queue.settle(conn, key, asdict(replace(wanted, words=None)))
        await journal.append(conn, [_entry(ENDED, who, wanted.by, erased, now)])


def _subject(wanted: Erase) -> tickets.Subject:
    return tickets.Subject(
        source=wanted.source, customer=wanted.person, tickets=frozenset(wanted.tickets)
    )


def _entry(kind: str, who: Who, by: str, erased: Mapping[str, int], now: datetime) -> Entry:
    return Entry(
        at=now, kind=kind, about=who[1], source=who[0], detail={"actor": by, "erased": dict(erased)}
    )


async def _is_known(conn: AsyncConnection, who: Who) -> bool:
    """Whether anything leads to a customer still."""
    return bool(
        await people.is_known(conn, who)
        or await tickets.tickets_of(conn, who)
        or await surveys.invitations_of(conn, who)
        or await recovery.callback_ids(conn, who)
    )


async def _report(conn: AsyncConnection, who: Who) -> Report:
    """What the journal says of an erasure before; NotFound where it knows of none."""
    found: dict[str, Entry] = {
        entry.kind: entry
        for entry in (await journal.about(conn, [who[1]]))[who[1]]
        if entry.kind in (BEGUN, ENDED) and entry.source == who[0]
    }
    if BEGUN not in found:
        raise NotFound(f"no customer {who[1]} is known from {who[0]}")
    ended = found.get(ENDED)
    over = ended is not None and ended.at >= found[BEGUN].at
    erased: dict[str, Any] = dict(found[BEGUN].detail["erased"])
    if ended is not None and over:
        erased |= ended.detail["erased"]
    state = "done" if over else "running"
    return Report(customer=who[1], source=who[0], state=state, erased=erased)


async def sources_erased(conn: AsyncConnection, customer: str) -> list[str]:
    """The sources from which a customer of this id was erased."""
    entries = (await journal.about(conn, [customer]))[customer]
    return sorted({str(each.source) for each in entries if each.kind == BEGUN})


def open_erasure(
    settings: Settings, database: Database, vault: Vault, redis: Redis | None
) -> Erasure:
    """What erases from everything that the settings name."""
    exports = Forgetting(
        database=database, shelf=Shelf(folder=settings.exports), kept_for=lambda: timedelta(0)
    )
    streams = Streams(redis=redis, stream=settings.stream, group=settings.stream_group)
    return Erasure(database=database, vault=vault, streams=streams, forget_exports=exports.erase)
