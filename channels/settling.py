"""Finds out what became of contacts whose sending was interrupted or left without an answer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels import ledger, outcomes
from channels.errors import SendError, SendErrorKind
from channels.jobs import SEND
from channels.ledger import Contact, Progress
from channels.model import Channel, ContactState
from channels.ports import Accepted, Carrier, Conversation, Message, OutcomeKind
from kernel.engine import Database
from kernel.journal import append
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.store import Again

_AT_ONCE = 16  # questions to a carrier under way at one time
_LISTED_BEFORE = timedelta(days=1)  # ids this old cannot be the message looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long things may take.

    A send must leave within `send_within` of its intent. An unknown one is settled
    `settle_after` its intent, which must exceed `send_within` and the carrier's timeout
    together: then a process that was stopped and goes on sends nothing another has sent.
    """

    send_within: timedelta = timedelta(seconds=10)
    settle_after: timedelta = timedelta(seconds=30)
    unknown_until: timedelta = timedelta(hours=72)


@dataclass(slots=True, kw_only=True)
class Settling:
    """Asks the carrier's list; only what it proves absent may be sent again."""

    database: Database
    vault: Vault
    carriers: Mapping[Channel, Carrier]
    conversations: Mapping[str, Conversation]
    patience: Patience = field(default_factory=Patience)

    async def settle(
        self, unsettled: Sequence[tuple[Leased, Contact]], now: datetime
    ) -> list[Leased]:
        """The jobs whose contacts surely never went out; all others are put off or ended."""
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(leased: Leased, contact: Contact) -> Leased | None:
            at = contact.intended_at + self.patience.settle_after
            if at > now:
                async with self.database.write() as conn:
                    await jobs.retry(conn, [Again(leased=leased, at=at, burn=False)])
                return None
            async with room:
                return leased if await self._absent(leased, contact, now) else None

        found = await asyncio.gather(*(one(leased, contact) for leased, contact in unsettled))
        return [leased for leased in found if leased is not None]

    async def _absent(self, leased: Leased, contact: Contact, now: datetime) -> bool:
        try:
            found = await self._find(contact)
        except SendError as error:
            await self._still_unknown(leased, contact, error, now)
            return False
        send = SEND.read(leased.job)
        async with self.database.write() as conn:
            if found is not None:
                await outcomes.settled(
                    conn, self.conversations, contact, "carrier_list", now, found
                )
                await jobs.finish(conn, [leased], now)
                return False
            if not await jobs.held(conn, [leased]):
                return False
            await ledger.give_back(conn, [(contact.id, contact.attempt)], "absent")
            await append(conn, [outcomes.entry(now, "contact.proven_absent", send)])
            return True

    async def _find(self, contact: Contact) -> Accepted | None:
        since = contact.intended_at - _LISTED_BEFORE
        async with self.database.read() as conn:
            known = await ledger.carrier_ids_at(conn, [contact.address.index], since)
        message = Message(
            contact=contact.id,
            to=contact.address.value,
            text=contact.text,
            intended_at=contact.intended_at,
        )
        return await self.carriers[contact.channel].find(message, known)

    async def _still_unknown(
        self, leased: Leased, contact: Contact, error: SendError, now: datetime
    ) -> None:
        """Ask again later; what cannot be proven is never repeated."""
        send = SEND.read(leased.job)
        over = now - contact.intended_at > self.patience.unknown_until
        async with self.database.write() as conn:
            step = Progress(id=contact.id, state=ContactState.UNKNOWN, at=now, error=error.code)
            await ledger.advance(conn, [step])
            provable = error.kind is not SendErrorKind.AMBIGUOUS or error.retryable
            if not over and provable:
                at = now + self.patience.settle_after
                again = Again(leased=leased, at=at, error=error.detail, burn=False)
                await jobs.retry(conn, [again])
                return
            await append(conn, [outcomes.entry(now, "contact.unsettled", send)])
            told = outcomes.outcome(contact, OutcomeKind.UNKNOWN, "unknown")
            await outcomes.tell(conn, self.conversations, [(contact.conversation, told)], now)
            await jobs.finish(conn, [leased], now)
