"""Asks the carrier what became of dials of which nobody told us the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.dialling import store
from callbacks.dialling.jobs import SETTLE
from callbacks.dialling.model import Dial, Reason, Stage
from callbacks.dialling.outcomes import End, Ends
from callbacks.promises.model import Callback, CallbackState, CallOutcome, DialMode
from channels import conversation, ledger, legs
from channels.errors import SendError
from channels.ledger import Contact
from channels.legs import Ending
from channels.model import ContactState
from channels.ports import Conversation, Leg, Switchboard
from kernel.engine import Database
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.notices import Notice, raise_many
from scheduler.store import Again

_AGAIN = timedelta(seconds=60)
_AT_MOST = timedelta(hours=24)  # then nobody will ever tell; no call lasts as long


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What the carrier lists: the call we placed, and the one that was joined to it, if any."""

    placed: Leg | None
    joined: Leg | None


@dataclass(slots=True, kw_only=True)
class SettlingDials:
    """Handles `callback.dial_settle` jobs; the customer's phone never rings for it."""

    database: Database
    vault: Vault
    switchboard: Switchboard | None
    conversations: Mapping[str, Conversation]
    ends: Ends

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Settle what can be settled; look at the rest again."""
        for leased in batch:
            await self._one(leased, SETTLE.read(leased.job).dial, now)

    async def _one(self, leased: Leased, wanted: str, now: datetime) -> None:
        async with self.database.read() as conn:
            dial = (await store.load(conn, [wanted])).get(wanted)
        seen: _Seen | None = None
        if dial is not None and dial.is_open:
            seen = await self._look(dial)
        async with self.database.write() as conn:
            over = await self._settle(conn, dial, seen, now) if dial is not None else True
            await jobs.require(conn, [leased])
            if over:
                await jobs.finish(conn, [leased], now)
                return
            gave_up = dial is not None and now - dial.at > _AT_MOST
            await jobs.retry(conn, [Again(leased=leased, at=now + _AGAIN, burn=False)])
            await raise_many(conn, [_unsettled(dial)] if dial and gave_up else [], now)

    async def _look(self, dial: Dial) -> _Seen | None:
        """None: the carrier cannot say now."""
        first = dial.mode is DialMode.AGENT_FIRST
        call = dial.agent_call if first else dial.customer_call
        if self.switchboard is None or call is None:
            return _Seen(placed=None, joined=None)
        try:
            placed = await self.switchboard.leg(call)
            below = await self.switchboard.legs_of(call)
        except SendError:
            return None
        return _Seen(placed=placed, joined=below[-1] if below else None)

    async def _settle(
        self, conn: AsyncConnection, known: Dial, seen: _Seen | None, now: datetime
    ) -> bool:
        """Whether a dial is settled, perhaps by what was told meanwhile."""
        contact = await conversation.lock_contact(conn, self.vault, known.contact)
        found = await self.ends.lock(conn, known.id)
        if found is None or not found[1].is_open:
            return True
        item, dial = found
        if now - dial.at > _AT_MOST:
            end = End(outcome=CallOutcome.NO_ANSWER, reason=Reason.UNKNOWN)
            await self.ends.over(conn, item, dial, end, now)
            return False  # a person is told
        if seen is None or dial.stage is not known.stage:
            return False
        if dial.mode is DialMode.CUSTOMER_FIRST:
            return await self._customer_first(conn, item, dial, contact, seen, now)
        return await self._agent_first(conn, item, dial, contact, seen, now)

    async def _agent_first(
        self,
        conn: AsyncConnection,
        item: Callback,
        dial: Dial,
        contact: Contact | None,
        seen: _Seen,
        now: datetime,
    ) -> bool:
        if seen.placed is not None and not seen.placed.over:
            return False
        if dial.before(Stage.INTENDED) or contact is None:
            # Whom nobody called is there as before.
            called = dial.stage is not Stage.LEASED
            reason = Reason.UNREACHED if called else Reason.CARRIER
            end = End(outcome=CallOutcome.DECLINED, reason=reason)
            await self.ends.over(conn, item, dial, end, now)
            return True
        leg = seen.joined
        if leg is None:
            await legs.absent(conn, self.conversations, contact, now)
        elif not leg.over:
            return False
        else:
            await self._heard(conn, contact, leg, now)
            talked = leg.status == "completed" and leg.seconds > 0
            if talked:
                dial = await self.ends.joined(conn, item, dial, now)
            reached = CallOutcome.MACHINE if dial.machine else CallOutcome.REACHED
            vain = CallOutcome.BUSY if leg.status == "busy" else CallOutcome.NO_ANSWER
            end = End(outcome=reached if talked else vain, seconds=leg.seconds)
            await self._end(conn, dial.id, end, now)
        return True

    async def _heard(
        self, conn: AsyncConnection, contact: Contact, leg: Leg, now: datetime
    ) -> None:
        """Bring the contact to where the carrier's list says it is."""
        await conversation.arrived(conn, self.conversations, contact, leg.id, now)
        how = Ending(status=leg.status, rang=leg.status != "failed")
        await legs.ended(conn, self.conversations, contact, how, now)

    async def _end(self, conn: AsyncConnection, dial: str, end: End, now: datetime) -> None:
        """End a dial, unless hearing of its contact ended it just now."""
        found = await self.ends.lock(conn, dial)
        if found is not None:
            await self.ends.over(conn, *found, end, now)

    async def _customer_first(
        self,
        conn: AsyncConnection,
        item: Callback,
        dial: Dial,
        contact: Contact | None,
        seen: _Seen,
        now: datetime,
    ) -> bool:
        """What delivery settles by itself is left to it; what was answered is asked about here."""
        waiting = contact is None or contact.state is ContactState.QUEUED
        if waiting and item.state is not CallbackState.DIALING:
            end = End(outcome=CallOutcome.DECLINED, reason=Reason.GONE)
            await self.ends.over(conn, item, dial, end, now)
            return True
        if contact is None or waiting or contact.state in ledger.UNSETTLED:
            return False
        if dial.customer_call is None and contact.carrier_id is not None:
            await store.save(conn, [replace(dial, customer_call=contact.carrier_id)])
            return False
        if seen.placed is None or not seen.placed.over:
            return False
        leg = seen.joined
        if leg is not None and leg.status == "completed" and leg.seconds > 0 and dial.joined_at:
            end = End(outcome=CallOutcome.REACHED, seconds=leg.seconds)
            await self.ends.over(conn, item, dial, end, now)
            return True
        await self._heard(conn, contact, seen.placed, now)
        end = End(outcome=CallOutcome.DECLINED, reason=Reason.UNREACHED)
        await self._end(conn, dial.id, end, now)
        return True


def _unsettled(dial: Dial) -> Notice:
    return Notice(
        kind="contact.unsettled",
        subject=dial.contact,
        facts={
            "contact": dial.contact,
            "channel": "voice",
            "message_class": "promised_callback",
            "intended_at": (dial.leg_at or dial.at).isoformat(),
        },
    )
