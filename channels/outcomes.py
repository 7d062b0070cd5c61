"""Records what became of contacts, and tells whoever wanted them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, store
from channels.errors import SendError, SendErrorKind
from channels.jobs import SEND, SETTLE, Send
from channels.ledger import Contact, Progress
from channels.model import Channel, ContactState, MessageClass, OptOut, OptOutState
from channels.ports import Accepted, Conversation, Outcome, OutcomeKind
from kernel.journal import Entry, append
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.notices import OPERATION, Notice, raise_many
from scheduler.publication import publish
from scheduler.store import Again

#: Codes of our own for what we held back ourselves: no attempt was made.
LATE, CLOSING, AWAY = "late", "closing", "carrier_away"
OURS = (LATE, CLOSING, AWAY)

_CONFIGURATION_PAUSE = timedelta(minutes=5)
_MISCONFIGURED_AGAIN = timedelta(days=1)  # told again of what is still so, once acknowledged


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A contact whose intent was committed, with what the carrier said."""

    leased: Leased
    send: Send
    contact: Contact
    said: Accepted | SendError


def entry(now: datetime, kind: str, send: Send, **detail: Any) -> Entry:
    """A journal entry about the thread of a contact."""
    return Entry(
        at=now,
        kind=kind,
        about=send.thread,
        source=send.source,
        ticket=send.ticket,
        detail={"contact": send.contact, **detail},
    )


def outcome(contact: Contact, kind: OutcomeKind, reason: str | None = None) -> Outcome:
    """What the author of a contact is told."""
    return Outcome(
        kind=kind,
        contact=contact.id,
        thread=contact.thread,
        message_class=contact.message_class,
        channel=contact.channel,
        reason=reason,
    )


async def tell(
    conn: AsyncConnection,
    conversations: Mapping[str, Conversation],
    outcomes: Sequence[tuple[str, Outcome]],
    now: datetime,
) -> None:
    """Pass outcomes on to their conversations, by name."""
    by_name: dict[str, list[Outcome]] = {}
    for name, item in outcomes:
        by_name.setdefault(name, []).append(item)
    for name, items in sorted(by_name.items()):
        if name in conversations:
            await conversations[name].on_outcome(conn, items, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What a result makes of its contact, and when its job is to be looked at again, if at all."""

    result: Result
    state: ContactState
    again: Again | None = None

    @property
    def contact(self) -> Contact:
        return self.result.contact

    @property
    def code(self) -> str | None:
        said = self.result.said
        return None if isinstance(said, Accepted) else said.code or str(said.kind)


async def record(
    conn: AsyncConnection,
    conversations: Mapping[str, Conversation],
    results: Sequence[Result],
    settle_after: timedelta,
    now: datetime,
) -> None:
    """Write down a batch of results and settle its jobs.

    A result of an attempt that another has replaced meanwhile says nothing, unless it went out.
    """
    judged = [_judge(result, settle_after, now) for result in results]
    # Addresses before contacts before invitations: everyone locks in this order.
    troubled = {item.contact.address.index for item in judged if item.code is not None}
    await store.lock_addresses(conn, troubled)
    steps = [_step(item, now) for item in judged if item.state is not ContactState.QUEUED]
    moved = await ledger.advance(conn, steps)
    moved |= await ledger.give_back(
        conn,
        [
            (item.contact.id, item.contact.attempt, item.code or "")
            for item in judged
            if item.state is ContactState.QUEUED
        ],
    )
    await _keep_carrier_ids(conn, [item for item in judged if item.contact.id not in moved])
    await _tell(conn, conversations, [item for item in judged if item.contact.id in moved], now)
    again = [item.again for item in judged if item.again is not None]
    await jobs.retry(conn, again)
    await jobs.finish(conn, [item.result.leased for item in judged if item.again is None], now)
    refused = [
        misconfigured(item.contact, item.code)
        for item in judged
        if isinstance(item.result.said, SendError)
        and item.result.said.kind is SendErrorKind.CONFIGURATION
    ]
    await raise_many(conn, refused, now)


def _judge(result: Result, settle_after: timedelta, now: datetime) -> _Judged:
    match result.said:
        case Accepted():
            return _Judged(result=result, state=ContactState.SENT)
        case SendError(kind=SendErrorKind.AMBIGUOUS) as error:
            at = max(result.contact.intended_at + settle_after, now)
            again = Again(
                leased=result.leased, at=at, error=error.detail, burn=False, kind=SETTLE.name
            )
            return _Judged(result=result, state=ContactState.UNKNOWN, again=again)
        case SendError() as error:
            later = _pause(result, error, now)
            if later is None:
                return _Judged(result=result, state=ContactState.FAILED)
            ours = error.kind is SendErrorKind.CONFIGURATION or error.code in OURS
            # A pause the carrier asked for, or its absence, says nothing against this contact.
            burn = not (ours or error.away or error.retry_after is not None)
            again = Again(leased=result.leased, at=later, error=error.detail, burn=burn)
            return _Judged(result=result, state=ContactState.QUEUED, again=again)


def _step(item: _Judged, now: datetime) -> Progress:
    said, contact = item.result.said, item.contact
    if isinstance(said, Accepted):
        return Progress(
            id=contact.id,
            state=item.state,
            at=now,
            carrier_id=said.carrier_id,
            segments=said.segments,
        )
    code = item.code if item.state is ContactState.FAILED else said.code
    return Progress(id=contact.id, state=item.state, at=now, attempt=contact.attempt, error=code)


async def _keep_carrier_ids(conn: AsyncConnection, unmoved: Sequence[_Judged]) -> None:
    """A receipt or a reply was quicker than the carrier's answer to us."""
    late = [
        (item.contact.id, item.result.said.carrier_id)
        for item in unmoved
        if isinstance(item.result.said, Accepted)
    ]
    await ledger.set_carrier_id(conn, late)


_KINDS = {
    ContactState.SENT: "contact.sent",
    ContactState.UNKNOWN: "contact.unknown",
    ContactState.QUEUED: "contact.refused",
    ContactState.FAILED: "contact.failed",
}


async def _tell(
    conn: AsyncConnection,
    conversations: Mapping[str, Conversation],
    moved: Sequence[_Judged],
    now: datetime,
) -> None:
    """What follows from results that were news."""
    entries: list[Entry] = []
    told: list[tuple[str, Outcome]] = []
    back: list[str] = []
    for item in moved:
        send, contact, said = item.result.send, item.contact, item.result.said
        if isinstance(said, Accepted):
            about = {"segments": said.segments, **_about(contact)}
            told.append((send.conversation, outcome(contact, OutcomeKind.SENT)))
        else:
            about = _why(contact, said)
            if item.state is ContactState.FAILED:
                await mark_failed(conn, contact, said.kind, item.code, now)
                told.append((send.conversation, outcome(contact, OutcomeKind.FAILED, said.kind)))
            elif item.state is ContactState.QUEUED and not _repeats(contact):
                back.append(contact.thread)
        entries.append(entry(now, _KINDS[item.state], send, **about))
    await store.close_questions(conn, back)
    await append(conn, entries)
    await tell(conn, conversations, told, now)


async def mark_failed(
    conn: AsyncConnection, contact: Contact, kind: SendErrorKind, code: str | None, now: datetime
) -> None:
    """What a final failure says of an address, whose row the caller has locked.

    Nobody waits for an answer on it any more, unless only the repetition failed; a dead one is
    not tried again; a stop that the carrier holds is one of ours too.
    """
    final = kind in (SendErrorKind.DEAD_ADDRESS, SendErrorKind.OPT_OUT)
    if final or not _repeats(contact):
        await store.close_questions(conn, [contact.thread])
    if kind is SendErrorKind.DEAD_ADDRESS:
        await store.mark_dead(conn, [contact.address.index], contact.channel.value)
    if kind is SendErrorKind.OPT_OUT:
        await _stop(conn, contact, code, now)


async def _stop(conn: AsyncConnection, contact: Contact, code: str | None, now: datetime) -> None:
    """Keep a stop that the carrier told of; the contact's author ends what it asked."""
    stop = OptOut(
        channel=contact.channel, at=now, how="carrier", state=OptOutState.FINAL, proof=code
    )
    if not await store.opt_out(conn, [(contact.address.index, stop)]):
        return
    said = {"channel": stop.channel, "state": stop.state, "how": stop.how}
    await append(conn, [about_contact(contact, "opt_out.recorded", now, said)])
    if contact.ticket is not None:
        news = publish(
            "customer.opted_out",
            contact.id,
            now,
            source=contact.source,
            ticket=contact.ticket,
            data={"customer": contact.customer, "at": now.isoformat(), **said},
        )
        await jobs.enqueue(conn, [news])


def _repeats(contact: Contact) -> bool:
    """Whether it only repeats a question, which is open whatever becomes of the repetition."""
    return contact.message_class is MessageClass.REMINDER


def _pause(result: Result, error: SendError, now: datetime) -> datetime | None:
    """When to try again what the carrier surely did not take; None: it is final."""
    match error.kind:
        case SendErrorKind.CONFIGURATION:
            return now + _CONFIGURATION_PAUSE
        case SendErrorKind.LATER if error.retry_after is not None:
            return now + error.retry_after
        case SendErrorKind.LATER:
            # A carrier may be away for long: the gate ends it once it is of no use any more.
            later = SEND.ladder.next_attempt_at(result.leased.attempt, now)
            return later or now + SEND.ladder.pauses[-1]
        case _:
            return None


async def settled(
    conn: AsyncConnection,
    conversations: Mapping[str, Conversation],
    found: Sequence[tuple[Contact, Accepted | None]],
    how: str,
    now: datetime,
) -> set[str]:
    """Contacts of unknown fate went out after all, as `how` shows; the ids to which it was news."""
    steps = [
        Progress(
            id=contact.id,
            state=ContactState.SENT,
            at=now,
            carrier_id=said.carrier_id if said else None,
            segments=said.segments if said else None,
        )
        for contact, said in found
    ]
    moved = await ledger.advance(conn, steps)
    news = [contact for contact, _ in found if contact.id in moved]
    await append(
        conn,
        [
            about_contact(contact, "contact.sent", now, {"settled_by": how, **_about(contact)})
            for contact in news
        ],
    )
    told = [(contact.conversation, outcome(contact, OutcomeKind.SENT)) for contact in news]
    await tell(conn, conversations, told, now)
    return moved


async def over(
    conn: AsyncConnection,
    conversations: Mapping[str, Conversation],
    contact: Contact,
    failed: SendErrorKind | None,
    code: str | None,
    now: datetime,
    until: datetime | None = None,
) -> bool:
    """A contact arrived, or `failed` on its way, as a receipt says; whether that was news.

    Its address and the contact are locked by the caller. `until`: when it may be asked for anew.
    """
    state = ContactState.DELIVERED if failed is None else ContactState.FAILED
    step = Progress(id=contact.id, state=state, at=now, error=code)
    if not await ledger.advance(conn, [step]):
        return False
    if failed is not None:
        await mark_failed(conn, contact, failed, code, now)
    detail = {"channel": str(contact.channel), "code": code}
    await append(conn, [about_contact(contact, f"contact.{state}", now, detail)])
    if failed is None:
        told = outcome(contact, OutcomeKind.DELIVERED, code)
    else:
        kind = OutcomeKind.FAILED if until is None else OutcomeKind.RETURNED
        told = replace(outcome(contact, kind, failed), until=until)
    await tell(conn, conversations, [(contact.conversation, told)], now)
    if failed is SendErrorKind.CONFIGURATION:
        await raise_many(conn, [misconfigured(contact, code)], now)
    return True


async def replied(
    conn: AsyncConnection,
    conversations: Mapping[str, Conversation],
    heard: Sequence[tuple[str, Sequence[Contact]]],
    now: datetime,
) -> None:
    """A reply proves that we asked in its thread, whatever the carrier told us of it.

    `heard`: the threads replied in, each with what was sent to whoever replied.
    """
    doubted = {
        contact.id: (contact, None)
        for thread, past in heard
        for contact in past
        if contact.thread == thread
        and contact.state in ledger.UNSETTLED
        # Of a call a text proves nothing; the carrier's own questions do.
        and contact.channel is not Channel.VOICE
    }
    await settled(conn, conversations, list(doubted.values()), "reply", now)


def about_contact(contact: Contact, kind: str, now: datetime, detail: Mapping[str, Any]) -> Entry:
    """A journal entry about a contact in the ledger."""
    return Entry(
        at=now,
        kind=kind,
        about=contact.thread,
        source=contact.source,
        ticket=contact.ticket,
        detail={"contact": contact.id, **detail},
    )


def misconfigured(contact: Contact, code: str | None) -> Notice:
    """The carrier will take nothing of the kind until somebody puts the account right."""
    return Notice(
        kind="carrier.misconfigured",
        subject=f"{contact.channel}:{code}",
        facts={"channel": contact.channel, "code": code},
        roles=OPERATION,
        again_after=_MISCONFIGURED_AGAIN,
    )


def _about(contact: Contact) -> dict[str, Any]:
    return {"channel": contact.channel, "message_class": contact.message_class}


def _why(contact: Contact, error: SendError) -> dict[str, Any]:
    return {**_about(contact), "error": error.kind, "code": error.code}
