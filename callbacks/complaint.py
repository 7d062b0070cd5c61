"""Decides which step a complaint may take next, and which of its deadlines have passed unmet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from callbacks.model import Complaint, ComplaintState, Telling


class Step(StrEnum):
    """What may be done with a complaint."""

    ACKNOWLEDGE = "acknowledge"
    START = "start"
    RESOLVE = "resolve"
    TELL = "tell"
    CLOSE = "close"
    ASSIGN = "assign"
    CLASSIFY = "classify"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfOrder:
    """The step does not fit the state; these do."""

    possible: tuple[Step, ...]


#: The step each state waits for. Telling ends with the carrier's word and not with the step.
_FORWARD: Mapping[ComplaintState, tuple[Step, ComplaintState]] = MappingProxyType(
    {
        ComplaintState.REGISTERED: (Step.ACKNOWLEDGE, ComplaintState.ACKNOWLEDGED),
        ComplaintState.ACKNOWLEDGED: (Step.START, ComplaintState.IN_PROGRESS),
        ComplaintState.IN_PROGRESS: (Step.RESOLVE, ComplaintState.RESOLVED),
        ComplaintState.RESOLVED: (Step.TELL, ComplaintState.RESOLVED),
        ComplaintState.TOLD: (Step.CLOSE, ComplaintState.CLOSED),
    }
)
_ANY_TIME = (Step.ASSIGN, Step.CLASSIFY)
_IN_VAIN = (Telling.UNSURE, Telling.FAILED)

#: The order of the states.
_ORDER = tuple(ComplaintState)
#: The state by which each deadline is met.
MET_BY: Mapping[str, ComplaintState] = MappingProxyType(
    {
        "respond": ComplaintState.ACKNOWLEDGED,
        "resolve": ComplaintState.RESOLVED,
        "tell": ComplaintState.TOLD,
    }
)


def possible(state: ComplaintState, telling: Telling = Telling.NONE) -> tuple[Step, ...]:
    """What may be done now, the way forward first.

    While the customer is being told nothing else goes forward. Whom no message reaches is told by
    other means, so such a complaint may be told again, or closed.
    """
    if state is ComplaintState.CLOSED:
        return ()
    if state is not ComplaintState.RESOLVED:
        return (_FORWARD[state][0], *_ANY_TIME)
    if telling in _IN_VAIN:
        return (Step.TELL, Step.CLOSE, *_ANY_TIME)
    return _ANY_TIME if telling is Telling.GOING else (Step.TELL, *_ANY_TIME)


def take(item: Complaint, step: Step) -> Complaint | OutOfOrder:
    """The complaint after a step, or that the step is out of order; contract section 8."""
    allowed = possible(item.state, item.telling)
    if step not in allowed:
        return OutOfOrder(possible=allowed)
    if step in _ANY_TIME:
        return item
    if step is Step.CLOSE:
        return replace(item, state=ComplaintState.CLOSED)
    moved = replace(item, state=_FORWARD[item.state][1])
    if step is Step.TELL:
        return replace(moved, telling=Telling.GOING, tellings=item.tellings + 1)
    return moved


def on_ticket_closed(item: Complaint, cycle: int) -> Complaint | None:
    """The complaint after its ticket was closed as `cycle`; None: a person must be told.

    A closing resolves what somebody acknowledged. Of what nobody did, a desk that closes at once
    is no recovery. An earlier closing, or one of what is resolved already, changes nothing.
    """
    if cycle <= item.cycle or is_past(item.state, ComplaintState.IN_PROGRESS):
        return item
    if item.state is ComplaintState.REGISTERED:
        return None
    return replace(item, state=ComplaintState.RESOLVED)


def is_past(state: ComplaintState, other: ComplaintState) -> bool:
    """Whether a state comes after another one."""
    return _ORDER.index(state) > _ORDER.index(other)


def overdue(item: Complaint, now: datetime) -> list[str]:
    """The deadlines unmet at `now`: `respond`, `resolve`, `tell`; a deadline itself is too late."""
    ends = {"respond": item.respond_by, "resolve": item.resolve_by, "tell": item.tell_by}
    return [name for name, by in ends.items() if now >= by and not is_met(item, name)]


def is_met(item: Complaint, deadline: str) -> bool:
    """Whether what a deadline asks for was done."""
    return not is_past(MET_BY[deadline], item.state)
