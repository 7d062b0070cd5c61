"""Asks the gate for the customer's leg of a call, writes its intent, and notes how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import conversation, ledger, outcomes
from channels.errors import SendErrorKind
from channels.gate import Board, load_board
from channels.intents import decision
from channels.jobs import Send
from channels.ledger import Contact
from channels.model import Channel, ContactState, MessageClass
from channels.policy import Never, Reason, Rules, SendNow, Verdict, WaitUntil, decide
from channels.ports import Conversation
from kernel.journal import append
from kernel.vault import Vault

_UNREACHED: Mapping[str, str] = MappingProxyType(
    {
        "busy": "busy",
        "no-answer": "no_answer",
        "canceled": "canceled",
        "failed": "failed",
    }
)
# RFC 3261: not found, gone, address incomplete, does not exist anywhere.
_NOBODY = ("404", "410", "484", "604")
INCOMPLETE = "484"

#: Why a leg is not intended that was intended before.
BEFORE = "intended_before"

#: What the carrier calls the end of a call.
ENDS = frozenset({*_UNREACHED, "completed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a call ended, in the carrier's words; `sip`: the network's code for it."""

    status: str
    rang: bool
    machine: bool = False
    sip: str | None = None


async def ask(
    conn: AsyncConnection, vault: Vault, rules: Rules, send: Send, now: datetime
) -> Verdict:
    """What the gate says of a leg, before anybody is rung for it; locks the person and address."""
    board = await load_board(conn, vault, [send], (Channel.VOICE,), rules, now)
    return _verdict(board, send, rules, now)


def _verdict(board: Board, send: Send, rules: Rules, now: datetime) -> Verdict:
    facts = board.facts(send, None)
    if facts is None:
        return Never(reason="customer_gone", trace=())
    return decide(facts, rules, now)


async def intend(
    conn: AsyncConnection,
    vault: Vault,
    rules: Rules,
    policy: str,
    send: Send,
    now: datetime,
) -> Contact | WaitUntil | Never:
    """The contact of a leg that may be dialled now, `sending` once the caller commits; or why not.

    It is one door out with delivery: the same facts under the same locks, of people, addresses and
    contacts in this order. A contact known already was intended before, and is never again.
    """
    board = await load_board(conn, vault, [send], (Channel.VOICE,), rules, now)
    if await ledger.load(conn, vault, [send.contact], lock=True):
        return Never(reason=BEFORE, trace=())
    verdict = _verdict(board, send, rules, now)
    await append(conn, [decision(now, send, verdict, policy)])
    if not isinstance(verdict, SendNow):
        return verdict
    address = board.address(send, Channel.VOICE)
    if address is None:
        return Never(reason=Reason.NO_ADDRESS, trace=verdict.trace)
    contact = Contact(
        id=send.contact,
        message_class=MessageClass(send.message_class),
        conversation=send.conversation,
        thread=send.thread,
        source=send.source,
        customer=send.customer,
        ticket=send.ticket,
        address=address,
        text="",
        state=ContactState.SENDING,
        attempt=1,
        intended_at=now,
    )
    await ledger.intend(conn, vault, [contact])
    return contact


async def ended(
    conn: AsyncConnection,
    conversations: Mapping[str, Conversation],
    contact: Contact,
    how: Ending,
    now: datetime,
) -> None:
    """A call to a customer came to its end; its address and contact are locked by the caller."""
    if how.status == "completed" and not how.machine:
        await outcomes.over(conn, conversations, contact, None, None, now)
    elif how.sip in _NOBODY and how.status == "failed":
        dead = SendErrorKind.DEAD_ADDRESS
        await outcomes.over(conn, conversations, contact, dead, f"sip_{how.sip}", now)
        await ledger.uncount(conn, [contact.id])
    else:
        why = _UNREACHED.get(how.status, "machine")
        rang = how.rang or why == "machine"
        await conversation.unreached(conn, conversations, contact, why, now, rang=rang)


async def absent(
    conn: AsyncConnection,
    conversations: Mapping[str, Conversation],
    contact: Contact,
    now: datetime,
) -> None:
    """The carrier's list proves that the customer's phone never rang; the contact is locked."""
    await append(conn, [outcomes.about_contact(contact, "contact.proven_absent", now, {})])
    await conversation.unreached(conn, conversations, contact, "absent", now, rang=False)
