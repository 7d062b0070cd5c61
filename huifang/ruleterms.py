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
    """A ticketing system: a generic one that is told by webhooks, or one whose API we call."""

    NONE = "none"
    WEBHOOK = "webhook"
    TMF621 = "tmf621"
    ZENDESK = "zendesk"
    ZAMMAD = "zammad"
    FRESHDESK = "freshdesk"
    CHATWOOT = "chatwoot"
    JIRA = "jira"


#: What a desk of a kind cannot be called without; an operator's own network may need no token.
DESK_NEEDS: Mapping[DeskKind, tuple[str, ...]] = MappingProxyType(
    {
        DeskKind.NONE: (),
        DeskKind.WEBHOOK: ("url",),
        DeskKind.TMF621: ("url",),
        DeskKind.ZENDESK: ("url", "token"),
        DeskKind.ZAMMAD: ("url", "token"),
        DeskKind.FRESHDESK: ("url", "token"),
        DeskKind.CHATWOOT: ("url", "token"),
        DeskKind.JIRA: ("url", "token"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRules:
    """The desk of an event source, with what DESK_NEEDS of its kind.

    `secret` signs what a `webhook` is posted, or shows that what a native system posts is its own.
    """

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

    satisfaction: float = 85.0
    resolved: float = 0.95
    respond: timedelta = 15 * _MINUTE
    resolve: timedelta = 2 * _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRule:
    """A scheduled report: `every` is day, week or month, `at` a time of day of `tz`.

    `to` are roles of `people:`, ids of agents, or mailboxes. None: of all programs or teams, in
    each reader's own language, on the centre's clock.
    """

    id: str
    every: str
    to: tuple[str, ...]
    at: str = "08:00"
    program: str | None = None
    team: str | None = None
    locale: str | None = None
    tz: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long things are kept; `events` for 184 days at least."""

    events: timedelta = 200 * _DAY
    journal: timedelta = 730 * _DAY
    comments: timedelta = 400 * _DAY
    exports: timedelta = 7 * _DAY
