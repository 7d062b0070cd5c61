"""Says by which jobs an invitation goes out: each of its contacts is one."""

from collections.abc import Sequence
from datetime import datetime

from channels.jobs import ASKED_TOPIC, CALLBACK, SEND, Send, WantedCall
from channels.model import Channel, MessageClass
from kernel.vault import derived_id
from scheduler.job import Job, Priority
from surveys.jobs import EXPIRE, Expire
from surveys.model import Invitation

CONVERSATION = "survey"
FIRST, LATER = "first", "later"
"""What a contact is for: the first send, and a reminder that the customer asked for."""


def reminder(number: int) -> str:
    """The step of a program's reminder, counted from 0."""
    return f"reminder {number}"


def after(channel: str) -> str:
    """The step by another channel where this one reached nobody."""
    return f"after {channel}"


def anew(contact: str) -> str:
    """The step that repeats a contact which came back for the time being."""
    return f"anew {contact}"


def redial(number: int) -> str:
    """The step of a call after one that reached nobody, counted from 0."""
    return f"redial {number}"


def instead_of(channel: str) -> str:
    """The step by another channel where nobody answered on this one."""
    return f"instead of {channel}"


def following(message: str) -> str:
    """The step that asks on after a message which a person said belongs there."""
    return f"following {message}"


def contact_id(invitation: Invitation, step: str) -> str:
    """The contact of an invitation that is made at a step."""
    return derived_id("c_", invitation.id, step)


def contacts(invitation: Invitation) -> list[str]:
    """All contacts that an invitation may come to, whatever step it stands at."""
    steps = [FIRST, LATER, *(reminder(n) for n in range(len(invitation.terms.reminders)))]
    steps += [redial(number) for number in range(len(invitation.terms.redials))]
    for channel in Channel:
        steps += (after(channel), instead_of(channel))
    return [contact_id(invitation, step) for step in steps]


def send_keys(invitation: Invitation) -> list[str]:
    """The keys of all jobs that an invitation may have to send it."""
    return [f"{SEND.name}:{contact}" for contact in contacts(invitation)]


def send_job(
    invitation: Invitation,
    step: str,
    wanted: Sequence[str],
    due_at: datetime,
    priority: Priority = Priority.NORMAL,
    message_class: MessageClass | None = None,
) -> Job:
    """The job of one contact of an invitation; the same step is the same contact.

    Without a class it asks for the first time. Whatever asks again has no choice of channels where
    one is wanted, and is of no use once the invitation has expired.
    """
    reminds = message_class in (MessageClass.REMINDER, MessageClass.CONVERSATION)
    asks = MessageClass.RECOVERY if invitation.terms.recovery else MessageClass.INVITATION
    contact = contact_id(invitation, step)
    payload = Send(
        contact=contact,
        conversation=CONVERSATION,
        thread=invitation.id,
        message_class=(message_class or asks).value,
        source=invitation.source,
        customer=invitation.customer,
        ticket=invitation.ticket,
        wanted=list(wanted),
        fixed=wanted[0] if reminds and len(wanted) == 1 else None,
        spoken_at=due_at.isoformat() if message_class is MessageClass.CONVERSATION else None,
    )
    over = invitation.expires_at if reminds else invitation.useful_until
    return SEND.job(contact, payload, due_at=due_at, not_after=over, priority=priority)


def first_send(invitation: Invitation, tier: str | None = None) -> Job:
    """The job that an invitation begins with; whoever is of the tier `vip` goes first."""
    urgency = Priority.VIP if tier == "vip" else Priority.NORMAL
    return send_job(invitation, FIRST, invitation.channels, invitation.due_at, urgency)


def first_job(invitation: Invitation, tier: str | None = None) -> Job:
    """The job that is there from the beginning: its first send, or the end of what nobody sends."""
    if not invitation.is_collected:
        return first_send(invitation, tier)
    over = invitation.useful_until
    return EXPIRE.job(f"{invitation.id}:collected", Expire(invitation=invitation.id), due_at=over)


def call_job(invitation: Invitation, slot: tuple[datetime, datetime] | None, now: datetime) -> Job:
    """The job that has a customer phoned who asked for it on the page, once for an invitation."""
    wanted = WantedCall(
        id=derived_id("cb_", invitation.id, "page"),
        source=invitation.source,
        customer=invitation.customer,
        ticket=invitation.ticket,
        origin="page",
        topic=ASKED_TOPIC,
        invitation=invitation.id,
        slot=None if slot is None else [at.isoformat() for at in slot],
    )
    return CALLBACK.job(f"page:{invitation.id}", wanted, due_at=now)
