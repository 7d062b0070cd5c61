"""Says what a dial is: one try to join an agent and a customer; and whether an agent is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from callbacks.promises.model import CallbackRules, CallOutcome, DialMode
from channels import terms


class Stage(StrEnum):
    """How far a dial is; it only ever moves forward."""

    LEASED = "leased"  # nobody was called yet
    CALLED = "called"  # the agent's phone was called, or may have been
    INTENDED = "intended"  # the customer's phone may ring
    JOINED = "joined"  # both took the call
    OVER = "over"


ORDER = tuple(Stage)


class Reason(StrEnum):
    """Why a dial ended as it did, where its outcome does not tell."""

    DECLINED = "agent_declined"
    SILENT = "agent_silent"  # took the call and pressed nothing
    UNREACHED = "agent_unreached"
    NEVER_RANG = "never_rang"
    CARRIER = "carrier_away"
    GATE = "gate"
    GONE = "not_wanted"  # moved or cancelled while the agent's phone rang
    UNKNOWN = "unknown"  # nobody can tell any more


#: Of these an agent is away until they say that they are there again.
ABSENCES = frozenset({Reason.SILENT, Reason.UNREACHED})

#: Of these the customer's phone never rang, unless the carrier named a call of theirs.
NO_RINGS = frozenset({Reason.NEVER_RANG, Reason.CARRIER, Reason.GATE, Reason.GONE})


class Presence(StrEnum):
    """Whether an agent may be rung; `on_call` is never said, but seen from the dials."""

    THERE = "there"
    AWAY = "away"
    ON_CALL = "on_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody who phones customers; `phone` as E.164."""

    id: str
    name: str | None = None
    team: str | None = None
    phone: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the operator says of dialling; `version` is that of the rules, for the journal.

    `grace`: the time after a phone must have stopped ringing for the carrier to tell of it; then
    it is asked.
    """

    callbacks: CallbackRules = field(default_factory=CallbackRules)
    policy: terms.Rules = terms.DEFAULT
    version: str = ""
    agents: Mapping[str, Agent] = field(default_factory=dict)
    grace: timedelta = timedelta(seconds=60)
    brand: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """What an agent said last, and since when it is so; `seen_at`: when they last said anything.

    `rested_at`: since when they have had no call.
    """

    agent: str
    state: Presence
    since: datetime
    seen_at: datetime
    rested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One dial of a callback; the database holds it to one in hand a callback, number and agent.

    `phone_ix` is the number's keyed look-up. `rings`: how often the agent's phone was called, for
    it alone may ring twice. `agent_call` and `customer_call` are the carrier's ids. `leg_at`: when
    the customer's phone was let ring, None again where it never did. `machine`: the carrier took
    whoever answered for one. `status` is the carrier's word for how the joining ended.
    """

    id: str
    callback: str
    agent: str
    mode: DialMode
    phone_ix: bytes
    at: datetime
    contact: str
    stage: Stage = Stage.LEASED
    rings: int = 0
    agent_call: str | None = None
    customer_call: str | None = None
    called_at: datetime | None = None
    leg_at: datetime | None = None
    joined_at: datetime | None = None
    machine: bool = False
    status: str | None = None
    seconds: int | None = None
    outcome: CallOutcome | None = None
    reason: str | None = None
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it holds the callback, the number and the agent."""
        return self.stage is not Stage.OVER

    def before(self, stage: Stage) -> bool:
        """Whether it has not come as far as a stage."""
        return ORDER.index(self.stage) < ORDER.index(stage)
