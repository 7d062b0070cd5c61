"""Decides which step a callback may take next, and what becomes of a promise nobody kept."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from callbacks.promises.model import (
    ENDS,
    Callback,
    CallbackState,
    Origin,
    Slot,
)
from channels.jobs import ASKED_TOPIC
from tickets.model import ClosureRow, TicketRow

LEASE = timedelta(minutes=15)
"""How long an agent holds a callback, from the claim or from when it is to be dialled."""

MOST_MISSED = 3
"""Slots that may go by unkept; then no new one is promised before a person has looked at it."""

#: Why a callback ended, besides what people and the gate say.
SOLVED, DELETED = "ticket_solved", "deleted"
GOT_THROUGH, NO_SLOT = "got_through", "no_slot"

BY_AGENT = "by_agent"
_WORD = re.compile(r"[A-Za-z][A-Za-z_]{0,63}")

#: Who cancels for these has it from the customer.
_FROM_THE_CUSTOMER = frozenset({"customer", GOT_THROUGH})

#: Closings which say that nothing was settled, in letters and digits alone.
UNSOLVED = frozenset(
    {
        *("inactivity", "noresponse", "noreply", "rejected", "duplicate", "merged", "spam"),
        *("unresolved", "unsolved", "notresolved", "notsolved", "wontfix", "cannotreproduce"),
        *("未解决", "无法解决", "未回复", "无回应", "重复", "已合并"),
    }
)


class Step(StrEnum):
    """What may be done with a callback."""

    CLAIM = "claim"
    DIAL = "dial"
    OUTCOME = "outcome"
    RESCHEDULE = "reschedule"
    RELEASE = "release"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfOrder:
    """The step does not fit the state; these do. `agent`: who holds it, where that is why."""

    possible: tuple[Step, ...]
    agent: str | None = None


_FREE = (Step.CLAIM, Step.RESCHEDULE, Step.CANCEL)
_STEPS: Mapping[CallbackState, tuple[Step, ...]] = MappingProxyType(
    {
        CallbackState.PROMISED: _FREE,
        CallbackState.DUE: _FREE,
        CallbackState.MISSED: _FREE,
        CallbackState.CLAIMED: (
            *(Step.DIAL, Step.OUTCOME, Step.RELEASE),
            *(Step.RESCHEDULE, Step.CANCEL),
        ),
        CallbackState.DIALING: (Step.OUTCOME,),
    }
)


def possible(item: Callback, now: datetime) -> tuple[Step, ...]:
    """What may be done now, the way forward first; whom a claim holds off is told apart."""
    return _STEPS.get(as_it_stands(item, now).state, ())


def as_it_stands(item: Callback, now: datetime) -> Callback:
    """The callback once a claim that ran out is taken back, and what is due is called so."""
    ran_out = item.claimed_until is not None and item.claimed_until <= now
    if item.state is CallbackState.CLAIMED and ran_out:
        item = waiting(item, now)
    due = item.attempt_at is not None and item.attempt_at <= now
    if item.state is CallbackState.PROMISED and due:
        return replace(item, state=CallbackState.DUE)
    return item


def waiting(item: Callback, now: datetime) -> Callback:
    """The callback in the queue again, held by nobody; one that was missed is so still."""
    if item.attempt_at is None:
        return replace(item, state=CallbackState.MISSED, agent=None, claimed_until=None)
    state = CallbackState.DUE if item.attempt_at <= now else CallbackState.PROMISED
    return replace(item, state=state, agent=None, claimed_until=None)


def claim(item: Callback, agent: str, now: datetime) -> Callback | OutOfOrder:
    """Give a callback to an agent for a while; who has it already has it for longer.

    One that is not due yet is held until it is, and `LEASE` longer.
    """
    item = as_it_stands(item, now)
    mine = item.state is CallbackState.CLAIMED and item.agent == agent
    if not mine and Step.CLAIM not in possible(item, now):
        holder = None if item.state in ENDS else item.agent
        return OutOfOrder(possible=possible(item, now), agent=holder)
    until = max(now, item.attempt_at or now) + LEASE
    return replace(item, state=CallbackState.CLAIMED, agent=agent, claimed_until=until)


def release(item: Callback, now: datetime) -> Callback | OutOfOrder:
    """Give a callback back to the queue."""
    return _step(item, Step.RELEASE, now) or waiting(item, now)


def reschedule(item: Callback, slot: Slot, now: datetime, *, chosen: bool) -> Callback | OutOfOrder:
    """Promise another slot; the ladder begins anew in it, and what was tried is kept."""
    return _step(item, Step.RESCHEDULE, now) or promised_anew(item, slot, chosen=chosen)


def promised_anew(item: Callback, slot: Slot, *, chosen: bool) -> Callback:
    """The callback in another slot."""
    return replace(
        item,
        slot=slot,
        chosen=chosen,
        state=CallbackState.PROMISED,
        agent=None,
        claimed_until=None,
        attempt_at=slot.begin,
        rung=0,
        revision=item.revision + 1,
    )


def cancel(item: Callback, reason: str, now: datetime) -> Callback | OutOfOrder:
    """End a callback that is not wanted any more; not while somebody is on the phone for it."""
    return _step(item, Step.CANCEL, now) or cancelled(item, reason, now)


def cancelled(item: Callback, reason: str, now: datetime) -> Callback:
    """The callback, ended."""
    return replace(
        item,
        state=CallbackState.CANCELLED,
        claimed_until=None,
        attempt_at=None,
        revision=item.revision + 1,
        closed_at=now,
        reason_closed=reason,
    )


def worded(reason: str) -> tuple[str, str | None]:
    """Why somebody cancels as one stable word, and what they said where they said more than that.

    What is said freely may hold a name or a number, so no journal keeps it.
    """
    return (reason, None) if _WORD.fullmatch(reason) else (BY_AGENT, reason)


def noted(item: Callback, words: str | None) -> str | None:
    """The notes with some more: what was noted of an earlier attempt stays, and is said once."""
    known = item.notes.split("\n") if item.notes else []
    more = [each for each in (words or "").split("\n") if each not in known]
    return "\n".join([*known, *more]).strip() or None


def must_hear(item: Callback, reason: str, remind: timedelta, now: datetime) -> bool:
    """Whether the customer is to be told that somebody cancelled a callback.

    Not who said so themselves; nor of a care call of which nobody told them yet.
    """
    reminded = now >= item.slot.begin - remind
    told = item.origin is not Origin.PROGRAM or item.revision > 0 or reminded
    return told and reason not in _FROM_THE_CUSTOMER


def may_end(item: Callback, now: datetime) -> OutOfOrder | None:
    """Whether an outcome may be recorded; None: it may."""
    return _step(item, Step.OUTCOME, now)


def _step(item: Callback, step: Step, now: datetime) -> OutOfOrder | None:
    allowed = possible(item, now)
    return None if step in allowed else OutOfOrder(possible=allowed)


# --- time ---


def kept_until(item: Callback) -> datetime | None:
    """By when somebody must have dialled: the slot's end, later for what the ladder put off."""
    if item.attempt_at is None:
        return None
    length = item.slot.end - item.slot.begin
    return max(item.slot.end, item.attempt_at + length)


def waits(item: Callback, now: datetime) -> bool:
    """Whether it is due, and nobody has it in hand."""
    return as_it_stands(item, now).state is CallbackState.DUE


def is_missed(item: Callback, now: datetime) -> bool:
    """Whether the time for an attempt went by and nobody made one.

    Who is dialling is making it; who holds it still may, until the claim runs out.
    """
    over = kept_until(item)
    return waits(item, now) and over is not None and over <= now


def missed(item: Callback) -> Callback:
    """The callback whose time went by; it waits for a new slot, and cannot be missed once more."""
    return replace(
        item,
        state=CallbackState.MISSED,
        agent=None,
        claimed_until=None,
        attempt_at=None,
        missed=item.missed + 1,
        revision=item.revision + 1,
    )


def renews(item: Callback) -> bool:
    """Whether a missed callback gets a new slot by itself: not for ever."""
    return item.state is CallbackState.MISSED and may_renew(item)


def may_renew(item: Callback) -> bool:
    """Whether slots may go by some more before a person must look."""
    return item.missed <= MOST_MISSED


def is_put_off(item: Callback, now: datetime) -> bool:
    """Whether a promise cannot be kept in its slot, since the gate put it off beyond it."""
    if item.state is not CallbackState.PROMISED or item.rung or item.attempt_at is None:
        return False
    return item.attempt_at >= item.slot.end and item.attempt_at > now


def wants_slot(item: Callback, now: datetime) -> bool:
    """Whether a promise was not kept in its slot, or cannot be, and waits for another one."""
    missed = as_it_stands(item, now).state is CallbackState.MISSED
    return missed or is_missed(item, now) or is_put_off(item, now)


def given_up(item: Callback, reason: str, now: datetime) -> Callback:
    """The callback, ended, though nobody kept it."""
    return replace(cancelled(item, reason, now), state=CallbackState.EXHAUSTED)


# --- the ticket ---


def ended_with(
    item: Callback, ticket: TicketRow | None, closings: Iterable[ClosureRow]
) -> str | None:
    """Why a callback is needless by what its ticket came to since; None: it is not."""
    if ticket is None or item.state in ENDS:
        return None
    if ticket.status == "deleted":
        return DELETED if item.asked_at < ticket.changed_at else None
    last = max(closings, key=_closed_at, default=None)
    if ticket.status != "closed" or last is None:
        return None
    why = last.facts.get("close_reason")
    return SOLVED if is_settled(item, last.closure.cycle, last.closed_at, why) else None


def _closed_at(closing: ClosureRow) -> datetime:
    return closing.closed_at


def is_settled(item: Callback, cycle: int, closed_at: datetime, reason: str | None) -> bool:
    """Whether a closing of its ticket makes a callback needless.

    Solved after the promise was made; a care call begins with the closing.
    """
    if item.state in ENDS or item.origin is Origin.PROGRAM:
        return False
    why = unicodedata.normalize("NFKC", reason or "").casefold()
    solved = "".join(filter(str.isalnum, why)) not in UNSOLVED
    return solved and item.asked_at < closed_at and (item.cycle is None or item.cycle < cycle)


def is_answered(item: Callback, ticket: str | None, at: datetime) -> bool:
    """Whether a talk about a ticket makes a callback needless: the customer asked for one, to
    talk to anybody, before it.
    """
    if item.state in ENDS or item.state is CallbackState.DIALING or item.topic != ASKED_TOPIC:
        return False
    return item.asked_at < at and (item.ticket is None or item.ticket == ticket)
