"""Asks delivery to tell a customer what came of a complaint, and what follows when that fails."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations

from callbacks.model import Complaint, ComplaintState, Telling
from channels.jobs import SEND, Send
from channels.model import Channel, MessageClass
from channels.ports import Outcome, OutcomeKind
from kernel.vault import derived_id
from scheduler.job import Job, Priority

#: After those of surveys in the alphabet, which is the order in which conversations are asked:
#: invitations are locked before complaints.
CONVERSATION = "telling"

#: A result is read; a call reads out surveys alone.
WAYS = (Channel.SMS, Channel.EMAIL)

_USEFUL = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The complaint after an outcome; `again`: without these channels, `in_vain`: nobody was told.

    `news`: the customer was told just now.
    """

    complaint: Complaint
    again: frozenset[Channel] | None = None
    in_vain: bool = False
    news: bool = False


def contact_id(complaint: str, number: int, tried: frozenset[Channel] = frozenset()) -> str:
    """The contact of the `number`th telling that leaves out the channels tried in vain."""
    return derived_id("c_", complaint, "tell", str(number), *sorted(tried))


def tried_before(item: Complaint, contact: str) -> frozenset[Channel] | None:
    """The channels that a contact leaves out; None where it is none of the latest telling."""
    return next(
        (tried for tried in _subsets() if contact_id(item.id, item.tellings, tried) == contact),
        None,
    )


def _subsets() -> Iterator[frozenset[Channel]]:
    for size in range(len(WAYS)):
        yield from map(frozenset, combinations(WAYS, size))


def is_wanted(item: Complaint, contact: str) -> bool:
    """Whether a message still has its place: nobody is told what was said anew since."""
    open_ = item.state in (ComplaintState.RESOLVED, ComplaintState.TOLD)
    under_way = item.telling in (Telling.GOING, Telling.SENT)
    return open_ and under_way and tried_before(item, contact) is not None


def after(item: Complaint, outcome: Outcome) -> Told:
    """What an outcome of a contact means for its complaint."""
    tried = tried_before(item, outcome.contact)
    if tried is None or item.telling is Telling.FAILED:
        return Told(complaint=item)
    match outcome.kind:
        case OutcomeKind.SENT | OutcomeKind.DELIVERED:
            news = item.state is ComplaintState.RESOLVED
            state = ComplaintState.TOLD if news else item.state
            told = replace(item, state=state, telling=Telling.SENT)
            return Told(complaint=told, news=news)
        case OutcomeKind.UNKNOWN if item.telling is Telling.GOING:
            return Told(complaint=replace(item, telling=Telling.UNSURE))
        case OutcomeKind.SUPPRESSED:
            return _in_vain(item)
        case OutcomeKind.FAILED | OutcomeKind.RETURNED | OutcomeKind.UNREACHED:
            gone = tried | ({outcome.channel} if outcome.channel else set())
            if item.state is ComplaintState.CLOSED or not set(WAYS) - gone:
                return _in_vain(item)
            return Told(complaint=replace(item, telling=Telling.GOING), again=frozenset(gone))
        case _:
            return Told(complaint=item)


def _in_vain(item: Complaint) -> Told:
    return Told(complaint=replace(item, telling=Telling.FAILED), in_vain=True)


def send_job(
    item: Complaint, customer: str, now: datetime, tried: frozenset[Channel] = frozenset()
) -> Job:
    """The job that tells a customer the result, by the channels not tried in vain."""
    contact = contact_id(item.id, item.tellings, tried)
    payload = Send(
        contact=contact,
        conversation=CONVERSATION,
        thread=item.id,
        message_class=MessageClass.SERVICE.value,
        source=item.source,
        customer=customer,
        ticket=item.ticket,
        wanted=[way.value for way in WAYS if way not in tried],
        fixed=None,
    )
    over = now + _USEFUL
    return SEND.job(contact, payload, due_at=now, not_after=over, priority=Priority.RECOVERY)
