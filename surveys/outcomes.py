"""Brings an invitation forward by what became of one of its contacts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from channels.errors import SendErrorKind
from channels.model import Channel, MessageClass
from channels.policy import Reason
from channels.ports import Outcome, OutcomeKind
from kernel.values import changed
from scheduler.job import Job
from surveys import delivery, waits
from surveys.delivery import send_job
from surveys.jobs import REMIND, Remind
from surveys.model import OPEN_STATES, Invitation, InvitationState
from surveys.news import item_of, published

_WENT_OUT = frozenset(
    {
        OutcomeKind.SENT,
        OutcomeKind.UNKNOWN,
        OutcomeKind.DELIVERED,
        OutcomeKind.RETURNED,
        OutcomeKind.UNREACHED,
    }
)


def after(
    before: Invitation, item: Outcome, now: datetime, made: int = 0, *, heard: bool = True
) -> tuple[Invitation, list[Job]]:
    """An invitation after one of its contacts came to something, with the jobs that follow.

    `made`: how many of its contacts may have reached somebody, of `max_contacts`. `heard`: whether
    any other system is told of it.
    """
    moved, following = _moved(before, item, now, made)
    if moved.state is InvitationState.INVITED and before.state is InvitationState.PLANNED and heard:
        news = item_of(moved)
        following = [published("survey.invited", before.id, moved, news, now), *following]
    attempted = moved.attempted or item.kind in _WENT_OUT
    delivered = moved.delivered or item.kind is OutcomeKind.DELIVERED
    if (attempted, delivered) != (moved.attempted, moved.delivered):
        moved = replace(moved, attempted=attempted, delivered=delivered)
    return moved, following


def _moved(
    before: Invitation, item: Outcome, now: datetime, made: int
) -> tuple[Invitation, list[Job]]:
    planned = before.state is InvitationState.PLANNED
    reminds = item.message_class is MessageClass.REMINDER
    match item.kind:
        case OutcomeKind.DEFERRED if item.until is not None:
            return replace(before, due_at=item.until, reason=item.reason), []
        case OutcomeKind.SUPPRESSED if planned:
            nowhere = item.reason == Reason.NO_ADDRESS
            state = InvitationState.UNREACHABLE if nowhere else InvitationState.SUPPRESSED
            return replace(before, state=state, reason=item.reason), []
        case OutcomeKind.SENT | OutcomeKind.UNKNOWN if planned:
            return _invited(before, item, now)
        case OutcomeKind.SENT | OutcomeKind.UNKNOWN if reminds:
            return _reminded(before, item, now)
        case OutcomeKind.FAILED if item.reason == SendErrorKind.OPT_OUT:
            if before.state not in OPEN_STATES:
                return before, []
            # Who told the carrier to stop is asked by no other channel either.
            state = InvitationState.CANCELLED
            return replace(before, state=state, reason="opt_out", question=None), []
        case OutcomeKind.FAILED if reminds:
            return _passed_over(before, item, now, made)
        case OutcomeKind.RETURNED if not reminds and before.state in (
            InvitationState.PLANNED,
            InvitationState.INVITED,
        ):
            return _anew(before, item)
        case OutcomeKind.DELIVERED if before.state is InvitationState.IN_PROGRESS:
            return before, _rest(before, item, now)
        case OutcomeKind.UNREACHED:
            return _unreached(before, item, now, made)
        case OutcomeKind.FAILED if before.state in (
            InvitationState.PLANNED,
            InvitationState.INVITED,
        ):
            return _next_channel(before, item, now, made)
        case _:
            return before, []


def _invited(before: Invitation, item: Outcome, now: datetime) -> tuple[Invitation, list[Job]]:
    """Asked for the first time: from now on count reminders, the fallback and the expiry."""
    over = now + before.lasts
    invited = changed(
        before,
        state=InvitationState.INVITED,
        channel=item.channel,
        reason=item.reason,
        expires_at=over,
        attempted=True,
    )
    return invited, [waits.first(invited, item.contact, item.channel or "", over)]


def _reminded(before: Invitation, item: Outcome, now: datetime) -> tuple[Invitation, list[Job]]:
    """Asked again; by another channel, that is the one in use from now on."""
    if before.state is not InvitationState.INVITED:
        return before, []
    if item.channel in (None, before.channel):
        return replace(before, reason=None), []
    rest = tuple(name for name in before.channels if name != before.channel)
    moved = replace(before, channel=item.channel, channels=rest, reason=None)
    return moved, _fallback(moved, item, now)


def _passed_over(
    before: Invitation, item: Outcome, now: datetime, made: int
) -> tuple[Invitation, list[Job]]:
    """What it repeats did arrive; a channel that cannot follow makes way for the next."""
    is_next = item.channel != before.channel and item.channel in before.channels
    if before.state is not InvitationState.INVITED or item.channel is None or not is_next:
        return before, []
    rest = tuple(name for name in before.channels if name != item.channel)
    moved = replace(before, channels=rest)
    others = [name for name in rest if name != before.channel]
    if not others or made >= before.max_contacts:
        return moved, []
    step = delivery.after(item.channel)
    return moved, [send_job(moved, step, others, now, message_class=MessageClass.REMINDER)]


def _fallback(invitation: Invitation, item: Outcome, now: datetime) -> list[Job]:
    """The next channel's turn, if there is one and it comes before the end."""
    span, over = invitation.terms.fallback_after, invitation.expires_at
    others = [name for name in invitation.channels if name != item.channel]
    if span is None or over is None or item.channel is None or not others or now + span >= over:
        return []
    due = Remind(invitation=invitation.id, until=over.isoformat(), channel=item.channel)
    return [REMIND.job(f"{invitation.id}:{item.contact}:next", due, due_at=now + span)]


def _anew(before: Invitation, item: Outcome) -> tuple[Invitation, list[Job]]:
    """It came back for the time being: the same question once more, by the same channel."""
    if item.until is None or item.channel is None or item.channel not in before.channels:
        return before, []
    planned = replace(
        before,
        state=InvitationState.PLANNED,
        channel=None,
        expires_at=None,
        due_at=item.until,
        reason=item.reason,
    )
    step = delivery.anew(item.contact)
    return planned, [send_job(planned, step, [item.channel], item.until)]


def _next_channel(
    before: Invitation, item: Outcome, now: datetime, made: int
) -> tuple[Invitation, list[Job]]:
    """A channel that reaches nobody: try the next at once, or say that there is none."""
    if item.channel is not None and item.channel not in before.channels:
        return before, []  # told of that failure already: another channel has its turn
    rest = [name for name in before.channels if name != item.channel]
    spent = made >= before.max_contacts
    if not rest or item.channel is None or spent:
        reason = "max_contacts" if rest and spent else item.reason
        return replace(before, state=InvitationState.UNREACHABLE, reason=reason), []
    again = replace(
        before,
        state=InvitationState.PLANNED,
        channels=tuple(rest),
        channel=None,
        expires_at=None,
        due_at=now,
        reason=item.reason,
    )
    return again, [send_job(again, delivery.after(item.channel), rest, now)]


def _rest(before: Invitation, item: Outcome, now: datetime) -> list[Job]:
    """Who hung up midway is asked the rest by the next channel, once, as if they had asked."""
    span, over = before.terms.fallback_after, before.expires_at
    others = [name for name in before.channels if name != item.channel]
    if item.channel is not Channel.VOICE or span is None or not others:
        return []
    if over is not None and now + span >= over:
        return []
    reminder = MessageClass.REMINDER
    return [send_job(before, delivery.LATER, others, now + span, message_class=reminder)]


def _unreached(
    before: Invitation, item: Outcome, now: datetime, made: int
) -> tuple[Invitation, list[Job]]:
    """A call reached nobody: another one, or the next channel, within `max_contacts`.

    One that never rang is not among those `made`.
    """
    if before.state is not InvitationState.INVITED or item.channel is None:
        return before, []
    noted = replace(before, reason=item.reason)
    step, wanted, at = _next(before, item, item.channel, now)
    over = before.expires_at is not None and at >= before.expires_at
    if not wanted or over or made >= before.max_contacts:
        return noted, []
    job = send_job(noted, step, wanted, at, message_class=MessageClass.REMINDER)
    return noted, [job]


def _next(
    before: Invitation, item: Outcome, channel: str, now: datetime
) -> tuple[str, Sequence[str], datetime]:
    """The step, its channels, and when."""
    spans = before.terms.redials
    made = [delivery.contact_id(before, delivery.redial(number)) for number in range(len(spans))]
    number = made.index(item.contact) + 1 if item.contact in made else 0
    if number < len(spans):
        return delivery.redial(number), [channel], now + spans[number]
    return delivery.instead_of(channel), [name for name in before.channels if name != channel], now
