"""Asks the carrier how calls ended of which nobody told us, and takes back what it still queues."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import conversation, ivr, ledger, legs
from channels.errors import SendError
from channels.gate import load_board
from channels.jobs import Send
from channels.ledger import Contact
from channels.legs import Ending
from channels.model import Channel, ContactState
from channels.policy import Facts, Rules, SendNow, decide
from channels.ports import CallList, Conversation, Leg, Speaker
from channels.tables import calls, contacts
from kernel.engine import Database
from kernel.vault import Vault

log = structlog.get_logger("channels")

#: How often to look.
EVERY = timedelta(seconds=30)
_SOON = timedelta(minutes=1)  # by then a call is told to have been dialled
_LATE = timedelta(minutes=20)  # by then one that was dialled is over
_BACK = timedelta(days=7)
_MOST = 200  # calls of one round
_AT_ONCE = 4
_RINGING, _OVER = 2, 4  # ranks of the carrier's news
_QUEUED = "queued"
_CLOSING = timedelta(seconds=60)  # a call that begins so late would ring after closing time


@dataclass(frozen=True, slots=True, kw_only=True)
class Unended:
    """A periodic duty: calls of which the end was never told are asked for, and settled.

    A call which the carrier has not dialled by the time that its customer may not be rung any more,
    or that nothing is left to ask in it, is cancelled there, and whoever wanted it hears that it
    never rang. `besides`: conversations that ask themselves.
    """

    database: Database
    vault: Vault
    carrier: CallList
    conversations: Mapping[str, Conversation]
    rules: Callable[[], Rules]
    besides: Collection[str] = ()

    async def __call__(self, now: datetime) -> None:
        """Look once; what the carrier cannot say now is looked at again."""
        async with self.database.read() as conn:
            ids = await _unheard(conn, now, self.besides)
            found = await ledger.load(conn, self.vault, ids)
        waiting = iter([found[each] for each in ids if each in found])

        async def some() -> None:
            for contact in waiting:
                try:
                    await self._one(contact, now)
                except SendError as error:
                    log.warning("calls.no_list", reason=error.detail, code=error.code)
                    return

        await asyncio.gather(*(some() for _ in range(_AT_ONCE)))

    async def _one(self, contact: Contact, now: datetime) -> None:
        sid = contact.carrier_id or ""
        leg = await self.carrier.leg(sid)
        queued = leg is not None and leg.status == _QUEUED
        if queued and not (await self._asks(contact) and await self._may_ring(contact, now)):
            # Between the two it may have begun to ring: then it says so, and is left alone.
            leg = await self.carrier.take_back(sid)
        if leg is None or leg.over:
            await self.database.transact(lambda conn: self._ended(conn, contact.id, sid, leg, now))

    async def _ended(
        self, conn: AsyncConnection, id: str, sid: str, leg: Leg | None, now: datetime
    ) -> None:
        contact = await conversation.lock_contact(conn, self.vault, id)
        if contact is None or contact.carrier_id != sid or contact.state is not ContactState.SENT:
            return
        if leg is None:
            await legs.absent(conn, self.conversations, contact, now)
            return
        call = await conversation.open_call(conn, self.vault, sid, contact, now)
        await conversation.move_on(conn, sid, call.sequence, _OVER)
        ending = Ending(
            status=leg.status,
            rang=call.rank >= _RINGING or leg.status in ("completed", "busy", "no-answer"),
            machine=ivr.is_machine(leg.answered_by),
        )
        await legs.ended(conn, self.conversations, contact, ending, now)

    async def _asks(self, contact: Contact) -> bool:
        """Whether the call still has a question: nobody is rung to hear that the matter is over."""
        author: object = self.conversations.get(contact.conversation)
        if not isinstance(author, Speaker):
            return True
        async with self.database.read() as conn:
            said = await author.on_phone(conn, contact.thread, None)
        return said is not None and said.question is not None

    async def _may_ring(self, contact: Contact, now: datetime) -> bool:
        """Whether the gate would have it ring now; the call itself stands in nobody's way."""
        send = _asked_again(contact)
        async with self.database.write() as conn:
            rules = self.rules()
            board = await load_board(conn, self.vault, [send], (Channel.VOICE,), rules, now)
        facts = board.facts(send, None)
        if facts is None:
            return False
        match decide(_alone(facts), rules, now):
            case SendNow(not_after=None):
                return True
            case SendNow(not_after=datetime() as closing):
                return closing - now > _CLOSING
            case _:
                return False


async def _unheard(conn: AsyncConnection, now: datetime, besides: Collection[str]) -> Sequence[str]:
    """Calls of which the next news is overdue, the oldest first."""
    told = func.coalesce(calls.c.rank, -1)
    quiet = (contacts.c.intended_at < now - _LATE) | (
        (contacts.c.intended_at < now - _SOON) & (told < _RINGING)
    )
    query = (
        select(contacts.c.id)
        .outerjoin(calls, calls.c.id == contacts.c.carrier_id)
        .where(
            contacts.c.channel == Channel.VOICE.value,
            contacts.c.state == ContactState.SENT.value,
            contacts.c.carrier_id.is_not(None),
            contacts.c.conversation.not_in(besides),
            contacts.c.intended_at > now - _BACK,
            quiet,
        )
        .order_by(contacts.c.intended_at)
        .limit(_MOST)
    )
    return list(await conn.scalars(query))


def _asked_again(contact: Contact) -> Send:
    return Send(
        contact=contact.id,
        conversation=contact.conversation,
        thread=contact.thread,
        message_class=contact.message_class.value,
        source=contact.source,
        customer=contact.customer,
        ticket=contact.ticket,
        wanted=[Channel.VOICE.value],
        fixed=Channel.VOICE.value,
    )


def _alone(facts: Facts) -> Facts:
    """The same without what the contact itself counts for: it was allowed already."""
    reachable = {
        channel: replace(reach, history=(), open_question=None)
        for channel, reach in facts.reachable.items()
    }
    return replace(facts, history=(), reachable=reachable)
