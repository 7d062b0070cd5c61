"""Says what must never be of survey calls and of periodic duties; each rule names what broke it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from channels.model import Channel
from tests.simulation.duties import Turn
from tests.simulation.telephone import Ringing
from tests.simulation.view import Rule, View, instant

_AT_ONCE = timedelta(minutes=2)  # from the carrier's taking a call to the ring, unless it queues it
_OVERDUE = timedelta(minutes=1)  # after this somebody looks what became of it
_ENDED = tuple(f"invitation.{state}" for state in ("cancelled", "completed", "expired"))


def _ours(view: View) -> Iterator[Ringing]:
    return (call for call in view.telephone.calls.values() if not call.inbound)


def what_is_queued_rings_in_its_window(view: View) -> Iterator[str]:
    """A call that its carrier dials late is taken back, if anybody looked in time."""
    zones = {(one.source, one.id): ZoneInfo(one.zone) for one in view.ticketing.customers}
    window = view.rules.policy.windows.get(Channel.VOICE, view.rules.policy.window)
    for call in _ours(view):
        row = view.contacts.get(call.contact)
        if row is None or call.rang_at is None or call.rang_at - call.at < _AT_ONCE:
            continue
        zone = zones[row["source"], row["customer"]]

        def open_(at: datetime, zone: ZoneInfo = zone) -> bool:
            local = at.astimezone(zone)
            return window.opens <= local.hour * 60 + local.minute < window.closes

        seen = _looked_at(view, call)
        if not open_(call.rang_at) and any(not open_(at) for at in seen):
            yield f"{call.contact} was queued, and rang at {call.rang_at.astimezone(zone)}"


def what_is_over_rings_nobody(view: View) -> Iterator[str]:
    """Nor does one whose survey was over when somebody looked."""
    over = {row["about"]: instant(row["at"]) for kind in _ENDED for row in view.told(kind)}
    for row in view.told("invitation.resumed"):
        over.pop(row["about"], None)
    for call in _ours(view) if over else ():
        contact = view.contacts.get(call.contact)
        ended = over.get(contact["thread"]) if contact else None
        if ended is not None and any(ended < at for at in _looked_at(view, call)):
            yield f"{call.contact} was queued, and rang though its survey was over at {ended}"


def _looked_at(view: View, call: Ringing) -> list[datetime]:
    """When somebody looked what became of a call that then rang after all."""
    sent = _sent_at(view, call.contact)
    if sent is None or call.rang_at is None:
        return []
    since = max(sent, call.at + _OVERDUE)
    return [at for at in view.duties.looked if since < at < call.rang_at]


def _sent_at(view: View, contact: str) -> datetime | None:
    sent = (row for row in view.told("contact.sent") if row["detail"]["contact"] == contact)
    first = next(sent, None)
    return None if first is None else instant(first["at"])


def one_call_at_a_time_on_a_number(view: View) -> Iterator[str]:
    by_number: dict[str, list[Ringing]] = defaultdict(list)
    for call in _ours(view):
        if call.rang_at is not None:
            by_number[call.number].append(call)
    for number, calls in by_number.items():
        calls.sort(key=lambda call: (call.rang_at, call.sid))
        for before, later in pairwise(calls):
            if before.over_at is None or (later.rang_at and later.rang_at < before.over_at):
                yield f"{number} rings for {later.contact} in the call of {before.contact}"


def a_machine_never_starts_a_survey(view: View) -> Iterator[str]:
    heard = {str(row["id"]).rpartition("-")[0] for row in view.tables["inbound"]}
    for call in _ours(view):
        if call.inhuman and call.sid in heard:
            yield f"{call.contact}: a machine answered {call.sid}, and was taken at its word"
        if call.how == "machine" and call.asked:
            yield f"{call.contact}: the machine that answered {call.sid} was asked"


def a_turn_is_answered_alike(view: View) -> Iterator[str]:
    yield from view.telephone.unlike


def a_duty_is_done_once_an_interval(view: View) -> Iterator[str]:
    done: dict[tuple[str, int], list[Turn]] = defaultdict(list)
    for turn in view.duties.turns:
        before = done[turn.name, turn.interval]
        if any(other.sure and other.ended_at < turn.began_at for other in before):
            yield f"{turn.name} was done again at {turn.began_at}"
        before.append(turn)


# --- Once all is quiet ---


def lasting(view: View) -> list[str]:
    """The calls of which no end is known."""
    return [
        row["id"]
        for row in view.tables["contacts"]
        if row["channel"] == Channel.VOICE and row["state"] == "sent"
    ]


def every_call_has_ended(view: View) -> Iterator[str]:
    for contact in lasting(view):
        yield f"{contact} rings for ever"


def what_was_left_is_not_left_there(view: View) -> Iterator[str]:
    for sid, there in view.telephone.recordings.items():
        if there and sid in view.telephone.told_of:
            yield f"{sid} is still at the carrier's"


ALWAYS: dict[Rule, tuple[str, ...]] = {
    what_is_queued_rings_in_its_window: ("calls", "contacts"),
    what_is_over_rings_nobody: ("calls", "contacts"),
    one_call_at_a_time_on_a_number: ("calls",),
    a_machine_never_starts_a_survey: ("calls", "inbound"),
    a_turn_is_answered_alike: ("calls",),
    a_duty_is_done_once_an_interval: ("duties",),
}

AT_REST: tuple[Rule, ...] = (every_call_has_ended, what_was_left_is_not_left_there)
