"""Says what `huifang.yaml` may decide, each value with the default of the contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from channels.model import Channel
from scheduler.hours import Window
from scheduler.rates import Rate

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class DeskKind(StrEnum):
    """A ticketing system that this version speaks to."""

    NONE = "none"
    WEBHOOK = "webhook"


LATER_DESKS = ("tmf621", "zendesk", "zammad", "freshdesk", "chatwoot", "jira")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRules:
    """The desk of an event source; `secret` signs what is posted out, a `webhook` has a `url`."""

    kind: DeskKind = DeskKind.NONE
    url: str | None = None
    token: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """When the service centre is open: a window for each weekday (0 is Monday) it opens on.

    `holidays` are ISO 3166 codes of the countries whose public holidays it keeps.
    """

    timezone: str = "Asia/Shanghai"
    hours: Mapping[int, Window] = field(
        default_factory=lambda: dict.fromkeys(range(5), Window(opens=9 * 60, closes=18 * 60))
    )
    holidays: tuple[str, ...] = ("CN",)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRole:
    """Whoever fills a role; without a mailbox its items stand on the board alone."""

    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Someone who serves customers; `phone` as E.164, `email` case-folded."""

    id: str
    name: str | None = None
    team: str | None = None
    phone: str | None = None
    email: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What is aimed at: `satisfaction` of 100, `resolved` as a share."""

    satisfaction: float = 85
    resolved: float = 0.95
    respond: timedelta = 15 * _MINUTE
    resolve: timedelta = 2 * _HOUR


RATES: Mapping[Channel, Rate] = MappingProxyType(
    {
        Channel.SMS: Rate(count=10, per=timedelta(seconds=1)),
        Channel.VOICE: Rate(count=1, per=timedelta(seconds=1)),
        Channel.EMAIL: Rate(count=20, per=timedelta(seconds=1)),
    }
)
"""How fast a carrier's account is used where nothing else is said; texts count in segments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintExtras:
    """What of `complaints` concerns surveys; None: a closing earns what its program says."""

    recovery_survey: str | None = "recovery"


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
    """How callbacks are promised and dialled; they take effect in a later version.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long things are kept; `events` for 184 days at least."""

    events: timedelta = 200 * _DAY
    journal: timedelta = 730 * _DAY
    comments: timedelta = 400 * _DAY
    exports: timedelta = 7 * _DAY
