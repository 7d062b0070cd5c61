"""Decides whether a callback may be dialled now, what a dial came to, and who gets what is due."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from callbacks.dialling.model import Agent, Dial, Presence, There
from callbacks.promises.decide import Step, as_it_stands, possible
from callbacks.promises.model import Attempt, Callback, CallbackState, CallOutcome
from scheduler.hours import zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a callback is not dialled: a word for it, and a sentence that says what to do."""

    why: str
    text: str


def refusal(item: Callback, agent: Agent | None, now: datetime) -> Refused | None:
    """Why an agent cannot dial a callback now, before anybody else is asked; None: they can."""
    standing = as_it_stands(item, now)
    if Step.DIAL not in possible(item, now):
        return Refused(
            why="state", text=f"a callback that is {standing.state.value} cannot be dialled now"
        )
    if agent is None:
        text = f"no agent {item.agent} is known; add them to `agents:` in huifang.yaml"
        return Refused(why="agent", text=text)
    if agent.phone is None:
        text = f"agent {agent.id} has no phone; add `phone` to them in `agents:` of huifang.yaml"
        return Refused(why="agent", text=text)
    early = item.attempt_at is not None and now < item.attempt_at
    if early and (item.chosen or item.attempts):
        # What nobody chose may be kept sooner than it was promised; what was chosen may not, nor
        # is a phone rung again before its time.
        at = item.attempt_at.isoformat() if item.attempt_at else ""
        return Refused(why="early", text=f"it is not to be dialled before {at}; reschedule it")
    return None


def day_of(now: datetime, timezone: str) -> datetime:
    """When the day of an instant began, by the centre's calendar."""
    place = zone(timezone) or UTC
    begun = datetime.combine(now.astimezone(place).date(), time.min, tzinfo=place)
    return begun.astimezone(UTC)


#: What an end of the customer's leg in the ledger's words means.
_UNREACHED: Mapping[str, CallOutcome] = {
    "busy": CallOutcome.BUSY,
    "machine": CallOutcome.MACHINE,
}


def unreached(why: str) -> CallOutcome:
    """What a customer's phone that rang in vain means: whatever else it was, nobody answered."""
    return _UNREACHED.get(why, CallOutcome.NO_ANSWER)


def talked(status: str, seconds: int, bridged: str) -> bool:
    """Whether two people were joined, as the carrier tells at the end of a `Dial`."""
    return status == "completed" and seconds > 0 and bridged != "false"


# --- what an agent says of a dial afterwards ---

CORRECTED_WITHIN = timedelta(minutes=15)
"""How long an agent may say otherwise than the carrier did; others rely on it by then."""

_VAIN = frozenset({CallOutcome.NO_ANSWER, CallOutcome.BUSY, CallOutcome.MACHINE})


def corrected(item: Callback, dial: Dial, said: Attempt) -> Callback | None:
    """The callback as an agent's word for what the carrier told already makes it; None: too late.

    The same word again, or another for what rang in vain, changes no step of the ladder. What was
    taken for a talk and was none, or for a machine and was a person, is as it was before it ended:
    the attempt is to be recorded.
    """
    last = item.attempts[-1] if item.attempts else None
    told = dial.ended_at is not None and last is not None and last.at == dial.ended_at
    free = item.state not in (CallbackState.CLAIMED, CallbackState.DIALING)
    if last is None or not told or not free or said.by != dial.agent:
        return None
    if said.at - last.at > CORRECTED_WITHIN:
        return None
    alike = said.outcome is last.outcome or {said.outcome, last.outcome} <= _VAIN
    before = item.attempts[:-1]
    if alike:
        return replace(item, attempts=(*before, replace(last, outcome=said.outcome)))
    heard = last.outcome is CallOutcome.MACHINE and dial.joined_at is not None
    if last.outcome is not CallOutcome.REACHED and not (
        heard and said.outcome is CallOutcome.REACHED
    ):
        return None
    return replace(
        item,
        attempts=before,
        state=CallbackState.DIALING,
        attempt_at=item.slot.begin,
        closed_at=None,
    )


# --- who gets what ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A callback that is due and nobody claimed.

    `owner`: whoever its complaint belongs to, an agent or a team; `team`: that of its ticket;
    `passed`: agents who would not take it before.
    """

    callback: str
    owner: str | None = None
    team: str | None = None
    passed: frozenset[str] = frozenset()


SHIFT = timedelta(hours=12)
"""How long an agent is believed to be there who says nothing any more."""


def is_there(said: There, now: datetime) -> bool:
    """Whether an agent is there, by what they said last."""
    return said.state is Presence.THERE and now - said.seen_at < SHIFT


def free(
    agents: Mapping[str, Agent], said: Mapping[str, There], busy: Collection[str], now: datetime
) -> list[There]:
    """The agents who are there, have a phone, and are not on a call, longest idle first."""
    there = [
        each
        for each in said.values()
        if is_there(each, now)
        and each.agent not in busy
        and (agent := agents.get(each.agent)) is not None
        and agent.phone is not None
    ]
    return sorted(there, key=lambda each: (each.rested_at, each.agent))


def assign(
    waiting: Sequence[Waiting], idle: Sequence[There], agents: Mapping[str, Agent]
) -> list[tuple[str, str]]:
    """Which callback goes to which agent, one each, in the order in which they wait.

    The owner before their team, the ticket's team before all others, and then whoever has been
    without a call for longest. Whoever passed on it gets it once there is nothing else for them:
    what nobody wants keeps nobody waiting.
    """
    left = [agents[each.agent] for each in idle if each.agent in agents]
    given: list[tuple[str, str]] = []
    for passed in (False, True):
        taken = {callback for callback, _ in given}
        for item in (each for each in waiting if each.callback not in taken):
            able = [agent for agent in left if passed or agent.id not in item.passed]
            if able:
                chosen = min(able, key=lambda agent: _distance(item, agent))  # first of equals
                left.remove(chosen)
                given.append((item.callback, chosen.id))
    return given


def _distance(item: Waiting, agent: Agent) -> int:
    own = item.owner is not None
    if own and agent.id == item.owner:
        return 0
    if own and agent.team is not None and agent.team == item.owner:
        return 1
    return 2 if item.team is not None and agent.team == item.team else 3
