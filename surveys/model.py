"""Says what a survey is, what is owed for a closure, and what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

Value = int | bool | str  # ratings, resolved, choice id or comment: as on the wire


class QuestionKind(StrEnum):
    """What an answer to a question is."""

    CSAT5 = "csat5"
    NPS = "nps"
    CES7 = "ces7"
    RESOLVED = "resolved"
    CHOICE = "choice"
    COMMENT = "comment"


#: How a question may be worded apart, beside its general text.
CHANNELS = ("sms", "web", "email", "voice")

#: Lowest and highest rating of each scale.
SCALES = {QuestionKind.CSAT5: (1, 5), QuestionKind.NPS: (0, 10), QuestionKind.CES7: (1, 7)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A test of one answer; exactly one of the tests is set. An absent answer meets none."""

    question: str
    at_most: int | None = None
    at_least: int | None = None
    is_: Value | None = None
    in_: tuple[Value, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where to go next: a question's id or `end`; without `when`, always."""

    go: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a `choice` question."""

    id: str
    label: Mapping[str, str]
    score: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; texts are by locale (`zh-CN`, `en`).

    `ask_by` has the wording of single channels, by locale and channel. `labels` are those of a
    scale's ratings, or of `yes` and `no`, by locale; without them the usual ones serve.
    """

    id: str
    kind: QuestionKind
    ask: Mapping[str, str]
    next: tuple[Step, ...]
    headline: bool = False
    optional: bool = False
    options: tuple[Option, ...] = ()
    ask_by: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def asking(self, locale: str, channel: str) -> str:
        """What is asked on a channel: its own wording, else the general one."""
        return _worded(self.ask, self.ask_by, locale, channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A published survey; `version` is the hash of its content and never means anything else."""

    id: str
    version: str
    title: Mapping[str, str]
    start: str
    questions: Mapping[str, Question]
    end: Mapping[str, str]
    low: tuple[Condition, ...]
    end_by: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def ending(self, locale: str, channel: str) -> str:
        """The last words on a channel: its own wording, else the general one."""
        return _worded(self.end, self.end_by, locale, channel)

    @property
    def headline(self) -> Question:
        """The question that gives a response its score."""
        return next(question for question in self.questions.values() if question.headline)


def _worded(
    general: Mapping[str, str], apart: Mapping[str, Mapping[str, str]], locale: str, channel: str
) -> str:
    """In the first locale there is where the one wanted is missing; "" where there is none."""
    known = locale if locale in general else next(iter(general), locale)
    return apart.get(known, {}).get(channel) or general.get(known, "")


class InvitationState(StrEnum):
    """What became of an invitation."""

    PLANNED = "planned"
    INVITED = "invited"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    UNREACHABLE = "unreachable"


NOT_UNDERSTOOD = "not_understood"
"""Why an invitation is over whose customer's replies nobody could read."""

RESUMED = "resumed"
"""Why one that was given up is open again, as long as nothing was answered since."""

OPEN_STATES = frozenset(
    {InvitationState.PLANNED, InvitationState.INVITED, InvitationState.IN_PROGRESS}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Who and what a score is credited to; frozen when the ticket was closed."""

    agent: str | None = None
    team: str | None = None
    region: str | None = None
    product: str | None = None
    category: str | None = None
    channel: str | None = None

    def facts(self) -> dict[str, str | None]:
        """Its values by name."""
        return {
            "agent": self.agent,
            "team": self.team,
            "region": self.region,
            "product": self.product,
            "category": self.category,
            "channel": self.channel,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What its program said of an invitation when it was planned; later rules change nothing.

    `reminders` count from the first send, `fallback_after` from the last one on a channel,
    `accept_late` from expiry. `channels`: those on which it may be answered; none named: on any.
    """

    reminders: tuple[timedelta, ...] = ()
    fallback_after: timedelta | None = None
    accept_late: timedelta = timedelta(days=14)
    channels: tuple[str, ...] = ()
    recovery: bool = False  # asks whether a complaint was settled
    redials: tuple[timedelta, ...] = ()  # after a call that reached nobody
    voicemail: bool = False  # whether a machine gets a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One survey owed for one closure; `id` is derived from the closure."""

    id: str
    source: str
    ticket: str
    cycle: int
    customer: str
    program: str
    survey: str
    version: str
    state: InvitationState
    channels: tuple[str, ...]
    locale: str
    due_at: datetime
    useful_until: datetime
    lasts: timedelta  # from the first send to expiry
    attribution: Attribution
    channel: str | None = None  # the one in use, once invited
    expires_at: datetime | None = None
    reason: str | None = None
    question: str | None = None  # the open one
    asked: int = 0  # how often the open question was asked again
    max_contacts: int = 3  # first sends, reminders and fallbacks together
    terms: Terms = field(default_factory=Terms)
    closed_at: datetime | None = None  # None: planned before it was kept
    attempted: bool = False  # a contact went out, or may have
    delivered: bool = False  # a carrier's receipt says that one arrived

    @property
    def is_collected(self) -> bool:
        """Whether others hand in its answers: its program had no channel to ask by."""
        return not (self.channels or self.terms.channels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer of a response; a comment has words and no value."""

    question: str
    value: Value | None
    at: datetime
    comment: str | None = None  # the comment, or what was said beside a rating
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """When an answer was given as it stands, after how many corrections, and whether too late."""

    at: datetime
    revision: int = 0
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answers to one invitation; `given` tells of each how it came.

    Among `answers` "" stands for a question that was passed over; `told` is without those.
    """

    id: str
    invitation: str
    survey: str
    version: str
    channel: str
    started_at: datetime
    completed_at: datetime | None = None
    score: float | None = None
    rating: int | None = None
    low: bool = False
    suspect: bool = False
    suspect_reason: str | None = None  # while it is: `haste` or `several_ratings`
    late: bool = False
    answers: Mapping[str, Value] = field(default_factory=dict)
    comments: tuple[str, ...] = ()
    given: Mapping[str, Given] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Value]:
        """What was answered, by question, as others are told of it."""
        return {question: value for question, value in self.answers.items() if value != ""}
