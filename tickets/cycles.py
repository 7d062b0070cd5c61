"""Decides which closing of its ticket an event tells of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A closing of the ticket that was told before."""

    cycle: int
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The closing an event tells of: `new` if nobody told it before.

    `superseded` if a later closing is known already: it happened, but what it would earn is out
    of date.
    """

    cycle: int
    new: bool
    superseded: bool


def assign(known: Sequence[Known], given: int | None, closed_at: datetime) -> Assigned:
    """The cycle of a closing: as the event gives it, else counted by `closed_at`.

    Counted, the same instant is the same closing and any other takes the next free number, so
    that cycles number the order of arrival and `superseded` the order of events. `known` holds
    every closing of this ticket, in any order; for a batch, put each new one behind it before
    asking for the next.
    """
    if given is not None:
        return Assigned(
            cycle=given,
            new=all(closing.cycle != given for closing in known),
            superseded=any(
                closing.cycle > given and closing.closed_at > closed_at for closing in known
            ),
        )
    same = [closing.cycle for closing in known if closing.closed_at == closed_at]
    free = max((closing.cycle for closing in known), default=0) + 1
    return Assigned(
        cycle=min(same, default=free),
        new=not same,
        superseded=any(closing.closed_at > closed_at for closing in known),
    )
