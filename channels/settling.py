"""Finds out what became of contacts whose sending was interrupted or left without an answer."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, outcomes, tables
from channels.errors import SendError, SendErrorKind
from channels.jobs import SEND, SETTLE
from channels.ledger import Contact, Progress
from channels.model import Channel, ContactState
from channels.ports import Accepted, Carrier, Conversation, Message, OutcomeKind
from kernel import cursors
from kernel.engine import Database
from kernel.journal import append
from kernel.listing import newest
from kernel.sql import among
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.notices import Notice, raise_many
from scheduler.store import Again

Unsettled = Sequence[tuple[Leased, Contact]]

_AT_ONCE = 16  # questions to a carrier under way at one time
_LISTED_BEFORE = timedelta(days=1)  # ids this old cannot be the message looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long things may take.

    A send must leave within `send_within` of its intent: what was decided longer ago is decided
    again, for a stop may have come. An unknown one is settled
    `settle_after` its intent, which must exceed `send_within` and the carrier's timeout
    together: then a process that was stopped and goes on sends nothing another has sent.
    """

    send_within: timedelta = timedelta(seconds=3)
    settle_after: timedelta = timedelta(seconds=30)
    unknown_until: timedelta = timedelta(hours=72)


@dataclass(slots=True, kw_only=True)
class Settling:
    """Handles `contact.settle` jobs: asks the carriers' lists, and only what those prove absent may
    be sent again.
    """

    database: Database
    vault: Vault
    carriers: Mapping[Channel, Carrier]
    conversations: Mapping[str, Conversation]
    patience: Patience = field(default_factory=Patience)
    pause: Callable[[Channel, datetime], timedelta] = lambda channel, now: timedelta(0)

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Settle what can be settled; what surely never went out is to be sent again."""
        wanted = {leased.job.key: SETTLE.read(leased.job).contact for leased in batch}
        async with self.database.read() as conn:
            known = await ledger.load(conn, self.vault, set(wanted.values()))
        found = [(leased, known.get(wanted[leased.job.key])) for leased in batch]
        unsettled = [
            (leased, contact)
            for leased, contact in found
            if contact is not None and contact.state in ledger.UNSETTLED
        ]
        due = [item for item in unsettled if self._due_at(item[1], now) <= now]
        again = [
            Again(leased=leased, at=self._due_at(contact, now), burn=False)
            for leased, contact in unsettled
            if self._due_at(contact, now) > now
        ]
        # An attempt that was thought lost said so itself in the meantime.
        again += [
            _to_send(leased, now)
            for leased, contact in found
            if contact is None or contact.state is ContactState.QUEUED
        ]
        await self._settle(batch, due, again, now)

    async def _settle(
        self, batch: Sequence[Leased], due: Unsettled, again: list[Again], now: datetime
    ) -> None:
        """Ask about those due and write down what is known; what is not to be looked at `again`
        is over.
        """
        answers = await self._ask([contact for _, contact in due])
        absent = [item for item in due if answers[item[1].id] is None]
        async with self.database.write() as conn:
            # Contacts before invitations before jobs: everyone locks in this order.
            back = [(contact.id, contact.attempt, "absent") for _, contact in absent]
            gone = await ledger.give_back(conn, back)
            later, given_up = await self._unproven(conn, due, answers, now)
            there = [
                (contact, answer)
                for _, contact in due
                if isinstance(answer := answers[contact.id], Accepted)
            ]
            await outcomes.settled(conn, self.conversations, there, "carrier_list", now)
            await self._give_up(conn, given_up, now)
            await append(
                conn,
                [
                    outcomes.about_contact(contact, "contact.proven_absent", now, {})
                    for _, contact in absent
                    if contact.id in gone
                ],
            )
            await jobs.require(conn, batch)
            again = [*again, *later, *(_to_send(leased, now) for leased, _ in absent)]
            await jobs.retry(conn, again)
            waiting = {item.leased.job.key for item in again}
            over = [leased for leased in batch if leased.job.key not in waiting]
            await jobs.finish(conn, over, now)
            await raise_many(conn, [_unsettled(contact) for contact in given_up], now)

    def _due_at(self, contact: Contact, now: datetime) -> datetime:
        """When to ask: not before its time, and nobody who is known to be away."""
        away_until = now + self.pause(contact.channel, now)
        return max(contact.intended_at + self.patience.settle_after, away_until)

    async def _ask(self, contacts: Sequence[Contact]) -> dict[str, Accepted | SendError | None]:
        """What the carriers' lists say of contacts, by id; None: they prove that it is absent."""
        if not contacts:
            return {}
        since = min(item.intended_at for item in contacts) - _LISTED_BEFORE
        async with self.database.read() as conn:
            indexes = {contact.address.index for contact in contacts}
            known = await _carrier_ids_at(conn, indexes, since)
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(contact: Contact) -> Accepted | SendError | None:
            message = Message(
                contact=contact.id,
                to=contact.address.value,
                text=contact.text,
                intended_at=contact.intended_at,
            )
            async with room:
                try:
                    return await self.carriers[contact.channel].find(message, known)
                except SendError as error:
                    return error

        answers = await asyncio.gather(*(one(contact) for contact in contacts))
        return {contact.id: answer for contact, answer in zip(contacts, answers, strict=True)}

    async def _unproven(
        self,
        conn: AsyncConnection,
        due: Unsettled,
        answers: Mapping[str, Accepted | SendError | None],
        now: datetime,
    ) -> tuple[list[Again], list[Contact]]:
        """Those to ask about again later, and those given up; neither is ever repeated."""
        silent = [
            (leased, contact, error)
            for leased, contact in due
            if isinstance(error := answers[contact.id], SendError)
        ]
        steps = [
            Progress(
                id=contact.id,
                state=ContactState.UNKNOWN,
                at=now,
                attempt=contact.attempt,
                error=error.code,
            )
            for _, contact, error in silent
        ]
        await ledger.advance(conn, steps)
        given_up = [contact for _, contact, error in silent if self._hopeless(contact, error, now)]
        gone = {contact.id for contact in given_up}
        at = now + self.patience.settle_after
        return [
            Again(leased=leased, at=at, error=error.detail, burn=False)
            for leased, contact, error in silent
            if contact.id not in gone
        ], given_up

    async def _give_up(
        self, conn: AsyncConnection, contacts: Sequence[Contact], now: datetime
    ) -> None:
        entries = [outcomes.about_contact(item, "contact.unsettled", now, {}) for item in contacts]
        await append(conn, entries)
        told = [
            (contact.conversation, outcomes.outcome(contact, OutcomeKind.UNKNOWN, "unknown"))
            for contact in contacts
        ]
        await outcomes.tell(conn, self.conversations, told, now)

    def _hopeless(self, contact: Contact, error: SendError, now: datetime) -> bool:
        """Whether nothing will ever be proven: a carrier without a list, or time is up."""
        provable = error.kind is not SendErrorKind.AMBIGUOUS or error.retryable
        return not provable or now - contact.intended_at > self.patience.unknown_until


def _to_send(leased: Leased, now: datetime) -> Again:
    """Back among those to be sent, where its time puts it."""
    at = min(leased.job.due_at, now)
    return Again(leased=leased, at=at, burn=False, kind=SEND.name)


def _unsettled(contact: Contact) -> Notice:
    return Notice(
        kind="contact.unsettled",
        subject=contact.id,
        source=contact.source,
        ticket=contact.ticket,
        facts={
            "contact": contact.id,
            "channel": contact.channel,
            "message_class": contact.message_class,
            "intended_at": contact.intended_at.isoformat(),
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """A contact of which nobody knows whether it arrived; nothing in it tells whose it is."""

    id: str
    source: str
    ticket: str | None
    customer: str
    channel: str
    message_class: str
    attempt: int
    intended_at: datetime
    error: str | None


async def unsure(
    conn: AsyncConnection,
    *,
    before: datetime | None = None,
    after: cursors.Place | None = None,
    limit: int = 100,
) -> tuple[list[Unsure], cursors.Place | None]:
    """Contacts that are `unknown` to this day, newest first, and the place after which there are
    more, if there are. `before`: only those intended before an instant.
    """
    rows_of = tables.contacts
    query = select(*(rows_of.c[name] for name in Unsure.__dataclass_fields__)).where(
        rows_of.c.state == ContactState.UNKNOWN.value
    )
    if before is not None:
        query = query.where(rows_of.c.intended_at < before)
    rows, more = await newest(conn, query, rows_of.c.intended_at, rows_of.c.id, after, limit)
    return [Unsure(**row._mapping) for row in rows], more


async def _carrier_ids_at(
    conn: AsyncConnection, indexes: Collection[bytes], since: datetime
) -> frozenset[str]:
    """The carrier's ids that the ledger already has for addresses."""
    contacts = tables.contacts.c
    known = (contacts.intended_at >= since, contacts.carrier_id.is_not(None))
    here = among(conn, indexes, contacts.address_ix)
    rows = await conn.execute(select(contacts.carrier_id).where(here, *known))
    return frozenset(row.carrier_id for row in rows)


async def count_unknown(conn: AsyncConnection, since: datetime, before: datetime) -> dict[str, int]:
    """How many contacts intended in a period are unknown to this day, by channel."""
    contacts = tables.contacts.c
    unknown = contacts.state == ContactState.UNKNOWN.value
    then = (contacts.intended_at >= since, contacts.intended_at < before)
    counted = select(contacts.channel, func.count().label("number")).where(unknown, *then)
    rows = await conn.execute(counted.group_by(contacts.channel))
    return {row.channel: row.number for row in rows}
