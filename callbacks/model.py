"""Says what a complaint is: a ticket reopened by a low score, on its way to being closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from channels.jobs import CareCall
from scheduler.hours import Schedule

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_WEEK: tuple[tuple[tuple[int, int], ...], ...] = (*(((9 * 60, 18 * 60),),) * 5, (), ())


class ComplaintState(StrEnum):
    """How far a complaint is; each follows the one before."""

    REGISTERED = "registered"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    TOLD = "told"
    CLOSED = "closed"


class Telling(StrEnum):
    """What became of telling the customer the result."""

    NONE = "none"
    GOING = "going"
    SENT = "sent"
    UNSURE = "unsure"  # it may have arrived, or not
    FAILED = "failed"


class ClockKind(StrEnum):
    """How a complaint's deadlines count: every hour, or opening hours only."""

    CALENDAR = "calendar"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Which complaints a class is for: every list that is given must hold one of the facts.

    `words`: any of them in what the customer said.
    """

    category: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    close_reason: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintClass:
    """What complaints of one class are owed, and who hears of it when they do not get it.

    `callback`: the call that each is owed as well, if it is one.
    """

    id: str = "default"
    when: Circumstances = field(default_factory=Circumstances)
    clock: ClockKind = ClockKind.CALENDAR
    respond: timedelta = 15 * _MINUTE
    resolve: timedelta = 2 * _HOUR
    tell: timedelta = 4 * _HOUR
    escalate_to: tuple[str, ...] = ("team_lead", "manager")
    callback: CareCall | None = None

    def span(self, deadline: str) -> timedelta:
        """The length of `respond`, `resolve` or `tell`."""
        return {"respond": self.respond, "resolve": self.resolve}.get(deadline, self.tell)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """When the service centre is open: hours and holidays on the wall clock of a zone."""

    hours: Schedule = field(default_factory=lambda: Schedule(week=_WEEK, holidays=("CN",)))
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRules:
    """When a low score reopens by itself, and by when what must be done.

    `capacity`: open complaints beyond which reopens are paced; None: no limit.
    """

    reopen: bool = True
    max_reopens: int = 1
    per: timedelta = timedelta(days=30)
    classes: tuple[ComplaintClass, ...] = (ComplaintClass(),)
    capacity: int | None = None
    opening: Opening = field(default_factory=Opening)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One complaint; `attention` says why a person must look at it, when the loop cannot go on.

    `revision` counts how often its deadlines were set anew, `by_hand`: a person chose its class.
    `how` it was resolved and the `result` told to the customer are an agent's words; `tellings`
    counts how often that was asked for.
    """

    id: str
    source: str
    ticket: str
    cycle: int
    invitation: str
    response: str
    state: ComplaintState
    classed: str
    owner: str | None
    opened_at: datetime
    respond_by: datetime
    resolve_by: datetime
    tell_by: datetime
    score: float | None
    rating: int | None
    question: str
    version: str
    answers: Mapping[str, int | bool | str] = field(default_factory=dict)
    comment: str | None = None
    reopen: str = "none"  # none, ordered, accepted, follow_up, refused
    follow_up: str | None = None
    attention: str | None = None
    revision: int = 0
    by_hand: bool = False
    how: str | None = None
    result: str | None = None
    tellings: int = 0
    telling: Telling = Telling.NONE

    @property
    def closure(self) -> tuple[str, str, int]:
        """The closing that was complained of: source, ticket and cycle."""
        return self.source, self.ticket, self.cycle
