"""Asks delivery to tell customers of their callbacks: each message is one contact."""

from datetime import datetime, timedelta

from callbacks.promises.model import Callback, CallbackState, Origin
from callbacks.promises.wording import Telling
from channels.jobs import SEND, Send
from channels.model import Channel, MessageClass
from kernel.vault import derived_id
from scheduler.job import Job, Priority

#: After those of complaints in the alphabet, which is the order in which conversations are asked:
#: complaints are locked before callbacks.
CONVERSATION = "tocall"

WAYS = (Channel.SMS, Channel.EMAIL)

_USEFUL = timedelta(days=3)
#: Who asked by these has spoken just now, and hears at once when we call.
_ASKED = frozenset({Origin.CUSTOMER, Origin.PAGE, Origin.PHONE})
#: Whom nobody has told the slot yet. An agent tells it; a care call is told before its slot.
CONFIRMED = _ASKED | {Origin.COMPLAINT}


def contact_id(item: Callback, what: Telling) -> str:
    """The contact by which a customer is told something of a callback as it stands now."""
    return derived_id("c_", item.id, what.value, str(item.revision))


def told_by(item: Callback, contact: str) -> Telling | None:
    """What a contact tells of a callback; None: it was about what has changed since."""
    return next((what for what in Telling if contact_id(item, what) == contact), None)


def is_wanted(item: Callback, what: Telling) -> bool:
    """Whether something is still to be told."""
    match what:
        case Telling.EXHAUSTED:
            return item.state is CallbackState.EXHAUSTED
        case Telling.CANCELLED:
            return item.state is CallbackState.CANCELLED
        case Telling.CONFIRM | Telling.REMIND:
            return item.is_open and item.state is not CallbackState.DIALING
        case Telling.APOLOGY | Telling.PUT_OFF:
            return item.is_open


def send_job(item: Callback, what: Telling, now: datetime, at: datetime | None = None) -> Job:
    """The job that tells a customer something, at `at` or now."""
    contact = contact_id(item, what)
    spoken = what is Telling.CONFIRM and item.origin in _ASKED and not item.missed
    payload = Send(
        contact=contact,
        conversation=CONVERSATION,
        thread=item.id,
        message_class=(MessageClass.CONVERSATION if spoken else MessageClass.SERVICE).value,
        source=item.source,
        customer=item.customer,
        ticket=item.ticket,
        wanted=[way.value for way in WAYS],
        fixed=None,
        spoken_at=item.asked_at.isoformat() if spoken else None,
    )
    due_at = now if at is None else max(at, now)
    before = due_at + _USEFUL
    if what in (Telling.CONFIRM, Telling.REMIND):
        before = item.slot.begin
    elif item.attempt_at is not None:  # it names a slot
        before = min(before, item.slot.end)
    return SEND.job(contact, payload, due_at=due_at, not_after=before, priority=Priority.CALLBACK)
