"""Writes what customers are told of their complaints, and hears whether it reached them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store
from callbacks.delivery import after, is_wanted, send_job
from callbacks.model import Complaint
from callbacks.news import entry
from callbacks.oneway import OneWay
from channels import store as people
from channels.model import Withdrawn, Words
from channels.pagewording import language
from channels.ports import Outcome, Wanted
from channels.render import Render
from kernel.journal import Entry, append
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Job
from scheduler.notices import Notice, raise_many
from tickets import store as tickets


@dataclass(slots=True, kw_only=True)
class ComplaintConversation(OneWay):
    """The author of results told back; every verb works in the caller's transaction."""

    vault: Vault
    render: Render

    async def compose(
        self, conn: AsyncConnection, wanted: Sequence[Wanted], now: datetime
    ) -> Mapping[str, Words | Withdrawn]:
        """The agent's words in a sentence of ours, in the customer's language."""
        threads = {item.thread for item in wanted}
        found = await store.load(conn, self.vault, threads, lock=True)
        whose = await _customers(conn, found.values())
        known = await people.load_people(conn, self.vault, set(whose.values()))
        said: dict[str, Words | Withdrawn] = {}
        for item in wanted:
            complaint = found.get(item.thread)
            if complaint is None or not is_wanted(complaint, item.contact):
                said[item.contact] = Withdrawn(reason="told_anew")
                continue
            person = known.get(whose[complaint.id]) if complaint.id in whose else None
            spoken = language(item.locale, person.locale if person else None)
            said[item.contact] = self._words(complaint, spoken)
        return said

    def _words(self, complaint: Complaint, locale: str) -> Words:
        facts = {"ticket": complaint.ticket, "text": complaint.result or ""}
        text = self.render.short("result", locale, facts)
        return Words(text=text, locale=locale, form="result")

    async def on_outcome(
        self, conn: AsyncConnection, outcomes: Sequence[Outcome], now: datetime
    ) -> None:
        """Told once a message left; by the next channel if it did not; else a person is told."""
        threads = {item.thread for item in outcomes}
        found = await store.load(conn, self.vault, threads, lock=True)
        whose = await _customers(conn, found.values())
        entries: list[Entry] = []
        wanted: list[Job] = []
        notices: list[Notice] = []
        for item in outcomes:
            before = found.get(item.thread)
            if before is None:
                continue
            told = after(before, item)
            found[item.thread] = told.complaint
            channel = item.channel.value if item.channel else None
            if told.news:
                entries.append(entry(before, "complaint.told", now, channel=channel))
            if told.again is not None and before.id in whose:
                wanted.append(send_job(told.complaint, whose[before.id][1], now, told.again))
            if told.in_vain:
                reason = item.reason or item.kind.value
                entries.append(entry(before, "complaint.not_told", now, reason=reason))
                notices.append(_not_told(told.complaint, reason))
        await store.save(conn, self.vault, list(found.values()))
        await jobs.enqueue(conn, wanted)
        await append(conn, entries)
        await raise_many(conn, notices, now)


async def _customers(
    conn: AsyncConnection, found: Collection[Complaint]
) -> dict[str, tuple[str, str]]:
    """The customer (source, id) of each complaint, by its id."""
    closures = await tickets.closures_of(conn, {(item.source, item.ticket) for item in found})
    return {
        item.id: (item.source, closures[item.closure].customer)
        for item in found
        if item.closure in closures
    }


def _not_told(item: Complaint, reason: str) -> Notice:
    return Notice(
        kind="complaint.not_told",
        subject=f"{item.id}:{item.tellings}",
        source=item.source,
        ticket=item.ticket,
        facts={"complaint": item.id, "reason": reason},
    )
