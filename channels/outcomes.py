"""Records what became of contacts, and tells whoever wanted them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, store
from channels.errors import SendError, SendErrorKind
from channels.jobs import SEND, Send
from channels.ledger import Contact, Progress
from channels.model import ContactState, OptOut, OptOutState
from channels.ports import Accepted, Conversation, Outcome, OutcomeKind
from kernel.journal import Entry, append
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.store import Again

#: Codes of our own for what we held back ourselves: no attempt was made.
LATE, CLOSING = "late", "closing"
OURS = (LATE, CLOSING)

_CONFIGURATION_PAUSE = timedelta(minutes=5)


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


async def record(
    conn: AsyncConnection,
    conversations: Mapping[str, Conversation],
    results: Sequence[Result],
    settle_after: timedelta,
    now: datetime,
) -> None:
    """Write down a batch of results and settle its jobs."""
    again: list[Again] = []
    entries: list[Entry] = []
    told: list[tuple[str, Outcome]] = []
    # Addresses before contacts before invitations: everyone locks in this order.
    troubled = {item.contact.address.index for item in results if isinstance(item.said, SendError)}
    await store.lock_addresses(conn, troubled)
    sent = [result for result in results if isinstance(result.said, Accepted)]
    await _sent(conn, sent, now, entries, told)
    for result in results:
        match result.said:
            case Accepted():
                continue
            case SendError(kind=SendErrorKind.AMBIGUOUS):
                again.append(await _ambiguous(conn, result, settle_after, now, entries))
            case SendError() as error:
                at = _pause(result, error, now)
                if at is None:
                    told.append(await _final(conn, result, error, now, entries))
                else:
                    again.append(await _later(conn, result, error, at, now, entries))
    await append(conn, entries)
    await tell(conn, conversations, told, now)
    await jobs.retry(conn, again)
    waiting = {item.leased.job.key for item in again}
    over = [item.leased for item in results if item.leased.job.key not in waiting]
    await jobs.finish(conn, over, now)


async def _sent(
    conn: AsyncConnection,
    results: Sequence[Result],
    now: datetime,
    entries: list[Entry],
    told: list[tuple[str, Outcome]],
) -> None:
    accepted = [(result, result.said) for result in results if isinstance(result.said, Accepted)]
    steps = [
        Progress(
            id=result.contact.id,
            state=ContactState.SENT,
            at=now,
            carrier_id=said.carrier_id,
            segments=said.segments,
        )
        for result, said in accepted
    ]
    moved = await ledger.advance(conn, steps)
    # A receipt or a reply may have been quicker than the carrier's answer to us.
    late = [(step.id, step.carrier_id or "") for step in steps if step.id not in moved]
    await ledger.set_carrier_id(conn, late)
    for result, said in accepted:
        if result.contact.id in moved:
            about = _about(result.contact)
            entries.append(entry(now, "contact.sent", result.send, segments=said.segments, **about))
            told.append((result.send.conversation, outcome(result.contact, OutcomeKind.SENT)))


async def _ambiguous(
    conn: AsyncConnection,
    result: Result,
    settle_after: timedelta,
    now: datetime,
    entries: list[Entry],
) -> Again:
    error = result.said
    assert isinstance(error, SendError)
    step = Progress(id=result.contact.id, state=ContactState.UNKNOWN, at=now, error=error.code)
    await ledger.advance(conn, [step])
    entries.append(entry(now, "contact.unknown", result.send, **_why(result.contact, error)))
    at = result.contact.intended_at + settle_after
    return Again(leased=result.leased, at=max(at, now), error=error.detail, burn=False)


async def _later(
    conn: AsyncConnection,
    result: Result,
    error: SendError,
    at: datetime,
    now: datetime,
    entries: list[Entry],
) -> Again:
    reason = error.code or str(error.kind)
    await ledger.give_back(conn, [(result.contact.id, result.contact.attempt)], reason)
    await store.close_questions(conn, [result.contact.thread])
    entries.append(entry(now, "contact.refused", result.send, **_why(result.contact, error)))
    burn = error.kind is not SendErrorKind.CONFIGURATION and error.code not in OURS
    return Again(leased=result.leased, at=at, error=error.detail, burn=burn)


async def _final(
    conn: AsyncConnection, result: Result, error: SendError, now: datetime, entries: list[Entry]
) -> tuple[str, Outcome]:
    contact = result.contact
    code = error.code or str(error.kind)
    step = Progress(id=contact.id, state=ContactState.FAILED, at=now, error=code)
    await ledger.advance(conn, [step])
    await mark_failed(conn, contact, error.kind, code, now)
    entries.append(entry(now, "contact.failed", result.send, **_why(contact, error)))
    return result.send.conversation, outcome(contact, OutcomeKind.FAILED, error.kind)


async def mark_failed(
    conn: AsyncConnection, contact: Contact, kind: SendErrorKind, code: str | None, now: datetime
) -> None:
    """What a final failure says of an address, whose row the caller has locked.

    Nobody waits for an answer on it any more; a dead one is not tried again; a stop that the
    carrier holds is one of ours too.
    """
    await store.close_questions(conn, [contact.thread])
    if kind is SendErrorKind.DEAD_ADDRESS:
        await store.mark_dead(conn, [contact.address.index])
    if kind is SendErrorKind.OPT_OUT:
        stop = OptOut(
            channel=contact.channel, at=now, how="carrier", state=OptOutState.FINAL, proof=code
        )
        await store.opt_out(conn, [(contact.address.index, stop)])


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
    contact: Contact,
    how: str,
    now: datetime,
    found: Accepted | None = None,
) -> bool:
    """A contact of unknown fate went out after all, as `how` shows; whether that was news."""
    step = Progress(
        id=contact.id,
        state=ContactState.SENT,
        at=now,
        carrier_id=found.carrier_id if found else None,
        segments=found.segments if found else None,
    )
    if not await ledger.advance(conn, [step]):
        return False
    detail = {"contact": contact.id, "settled_by": how, **_about(contact)}
    await append(conn, [about_contact(contact, "contact.sent", now, detail)])
    told = outcome(contact, OutcomeKind.SENT)
    await tell(conn, conversations, [(contact.conversation, told)], now)
    return True


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


def _about(contact: Contact) -> dict[str, Any]:
    return {"channel": contact.channel, "message_class": contact.message_class}


def _why(contact: Contact, error: SendError) -> dict[str, Any]:
    return {**_about(contact), "error": error.kind, "code": error.code}
