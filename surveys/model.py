"""Says what a survey is, what is owed for a closure, and what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
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
    """One question; texts are by locale (`zh-CN`, `en`)."""

    id: str
    kind: QuestionKind
    ask: Mapping[str, str]
    next: tuple[Step, ...]
    headline: bool = False
    optional: bool = False
    options: tuple[Option, ...] = ()


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

    @property
    def headline(self) -> Question:
        """The question that gives a response its score."""
        return next(question for question in self.questions.values() if question.headline)


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
        return {part.name: getattr(self, part.name) for part in fields(self)}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer of a response; a comment has words and no value."""

    question: str
    value: Value | None
    at: datetime
    comment: str | None = None  # the comment, or what was said beside a rating


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answers to one invitation."""

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
    late: bool = False
    answers: Mapping[str, Value] = field(default_factory=dict)
    comments: tuple[str, ...] = ()
