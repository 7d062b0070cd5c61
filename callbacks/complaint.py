"""Tells which deadlines of a complaint have passed unmet."""

from datetime import datetime

from callbacks.model import Complaint, ComplaintState

#: The state by which each deadline is met, in the order of the states.
_ORDER = tuple(ComplaintState)


def overdue(item: Complaint, now: datetime) -> list[str]:
    """The deadlines unmet at `now`: `respond`, `resolve`, `tell`; a deadline itself is in time."""
    wanted = (
        ("respond", item.respond_by, ComplaintState.ACKNOWLEDGED),
        ("resolve", item.resolve_by, ComplaintState.RESOLVED),
        ("tell", item.tell_by, ComplaintState.TOLD),
    )
    reached = _ORDER.index(item.state)
    return [name for name, by, state in wanted if now > by and reached < _ORDER.index(state)]
