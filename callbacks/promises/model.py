"""Says what a callback is: a promise to phone a customer in a slot, kept until it ends."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from callbacks.model import Opening

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class CallbackState(StrEnum):
    """How far a callback is; contract section 8. `missed` waits for a new slot."""

    PROMISED = "promised"
    DUE = "due"
    CLAIMED = "claimed"
    DIALING = "dialing"
    DONE = "done"
    MISSED = "missed"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"


#: What a callback ends in; nothing follows.
ENDS = frozenset({CallbackState.DONE, CallbackState.EXHAUSTED, CallbackState.CANCELLED})
#: What an agent may take up, or wait for.
WAITING = frozenset({CallbackState.PROMISED, CallbackState.DUE, CallbackState.MISSED})


class CallOutcome(StrEnum):
    """What came of an attempt; `declined`: by the agent, before the customer's phone rang."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MACHINE = "machine"
    INVALID = "invalid"
    DECLINED = "declined"


class Origin(StrEnum):
    """Who asked for a callback; `customer` by text, `page` and `phone` are the customer too."""

    PROGRAM = "program"
    AGENT = "agent"
    CUSTOMER = "customer"
    COMPLAINT = "complaint"
    PAGE = "page"
    PHONE = "phone"


class Urgency(IntEnum):
    """Of two promises for the same slot the smaller one goes first."""

    URGENT = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3


class NextDay(StrEnum):
    """An attempt that waits for the next day the centre is open."""

    NEXT_DAY = "next_day"


class DialMode(StrEnum):
    """Whose leg of a callback is dialled first."""

    AGENT_FIRST = "agent_first"
    CUSTOMER_FIRST = "customer_first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """How far ahead a slot may be booked."""

    earliest: timedelta = _HOUR
    latest: timedelta = 14 * _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRules:
    """How callbacks are promised and dialled, and when the centre is open for them.

    `capacity` counts promises per slot; `attempts` count from the slot's begin.
    """

    slot: timedelta = 30 * _MINUTE
    capacity: int = 4
    book: Booking = field(default_factory=Booking)
    remind: timedelta = 15 * _MINUTE
    attempts: tuple[timedelta | NextDay, ...] = (timedelta(0), 60 * _MINUTE, NextDay.NEXT_DAY)
    ring: timedelta = timedelta(seconds=25)
    mode: DialMode = DialMode.AGENT_FIRST
    max_dials_per_day: int = 2
    opening: Opening = field(default_factory=Opening)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Slot:
    """A stretch of time: from `begin` to before `end`; on the wire `{from, until}`."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to reach the customer; `by` is the agent, "" where none was in it."""

    at: datetime
    outcome: CallOutcome
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One promise to phone a customer.

    `chosen`: the customer chose the slot, so that windows do not bind. `phone` is another number
    than the customer's own, as E.164. `agent` holds it until `claimed_until`, or held it when it
    ended. `attempt_at`: when it is next to be dialled, None once it ended or was missed. `rung`:
    how many steps of the ladder are used up in this slot. `revision` counts how often slot or
    attempt were set anew: what was due for an earlier one is void. `cycle`: the closing that
    earned a care call. `missed` counts slots which went by without an attempt.
    """

    id: str
    source: str
    customer: str
    ticket: str | None
    topic: str
    reason: str | None
    slot: Slot
    asked_at: datetime
    chosen: bool = False
    phone: str | None = None
    state: CallbackState = CallbackState.PROMISED
    attempts: tuple[Attempt, ...] = ()
    priority: Urgency = Urgency.NORMAL
    agent: str | None = None
    notes: str | None = None
    origin: Origin = Origin.AGENT
    complaint: str | None = None
    cycle: int | None = None
    attempt_at: datetime | None = None
    claimed_until: datetime | None = None
    rung: int = 0
    revision: int = 0
    missed: int = 0
    closed_at: datetime | None = None
    reason_closed: str | None = None

    @property
    def who(self) -> tuple[str, str]:
        """The customer: source and id."""
        return self.source, self.customer

    @property
    def key(self) -> tuple[str, str, str]:
        """What only one open callback may have: source, customer and topic."""
        return self.source, self.customer, self.topic

    @property
    def is_open(self) -> bool:
        """Whether the promise still stands."""
        return self.state not in ENDS
