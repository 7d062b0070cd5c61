"""Decides whether a person may be contacted now, by which channel, or else when or why never."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain

from channels import rulings
from channels.model import Channel
from channels.openings import Openings, openings
from channels.rulings import Answer
from channels.terms import (
    DEFAULT,
    Blackout,
    Cap,
    Counts,
    Facts,
    Never,
    OnCap,
    Past,
    Reach,
    Reason,
    Rules,
    SendNow,
    Verdict,
    WaitUntil,
)
from scheduler.trace import Asked

__all__ = [
    "DEFAULT",
    "Blackout",
    "Cap",
    "Counts",
    "Facts",
    "Never",
    "OnCap",
    "Past",
    "Reach",
    "Reason",
    "Rules",
    "SendNow",
    "Verdict",
    "WaitUntil",
    "decide",
]

MAX_ROUNDS = 16
"""How often a deferral is moved on; caps free once for all, so two rounds settle it."""

# The channel that came nearest to going out says why none did.
_NEARNESS = (*(reason for reason in Reason if reason is not Reason.STALE), Reason.STALE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """One channel under examination; without `openings` any hour will do."""

    channel: Channel
    facts: Facts
    rules: Rules
    openings: Openings | None


def decide(facts: Facts, rules: Rules, now: datetime) -> Verdict:
    """The one gate before every contact: contract section 4, `policy`.

    The first channel with nothing final against it is sent by, or waited for: an hour is no reason
    to hop. Deferred to `useful_until` or beyond is never by that channel. The trace holds no
    personal data.
    """
    consent, useful = rulings.consent(facts), rulings.usefulness(facts, now)
    pause = rulings.pause(facts, now)
    trace = consent.asked + useful.asked + pause.asked
    for refusal in (consent.refusal, useful.refusal):
        if refusal is not None:
            return Never(reason=refusal, trace=trace)
    reasons: list[str] = []
    for channel in _order(facts.person.channels, facts.wanted, facts.fixed):
        verdict = _on_channel(_wish(channel, facts, rules), pause, now, trace)
        if not isinstance(verdict, Never):
            return verdict
        trace = verdict.trace
        reasons.append(verdict.reason)
    return Never(reason=max(reasons, key=_NEARNESS.index, default=Reason.NO_ADDRESS), trace=trace)


@lru_cache(maxsize=256)
def _order(
    chosen: tuple[str, ...], wanted: tuple[Channel, ...], fixed: Channel | None
) -> tuple[Channel, ...]:
    """The channels to try: the customer's own order first, within what the program allows."""
    if fixed is not None:
        return (fixed,)
    own = [channel for name in chosen for channel in wanted if channel == name]
    return tuple(dict.fromkeys((*own, *wanted)))


def _wish(channel: Channel, facts: Facts, rules: Rules) -> _Wish:
    free = rulings.any_hour(facts)
    hours = None if free or channel not in facts.reachable else openings(channel, facts, rules)
    return _Wish(channel=channel, facts=facts, rules=rules, openings=hours)


def _on_channel(wish: _Wish, pause: Answer, now: datetime, before: tuple[Asked, ...]) -> Verdict:
    """The verdict on one channel; its trace begins with what was asked before."""
    answers = _answers(wish, now)
    trace = before + _asked(answers)
    refusal = answers[-1].refusal
    if refusal is not None:
        return Never(reason=refusal, trace=trace)
    waits = [
        (answer.until, answer.reason)
        for answer in (pause, *answers)
        if answer.until is not None and answer.reason is not None
    ]
    if waits:
        at, reason = max(waits, key=lambda wait: wait[0])
        return _deferred(wish, at, reason, trace)
    not_after = rulings.shuts_at(wish.facts, wish.openings, now)
    return SendNow(channel=wish.channel, trace=trace, not_after=not_after)


def _answers(wish: _Wish, now: datetime) -> list[Answer]:
    """What the rules say of a channel at `now`, up to the first refusal."""
    answers: list[Answer] = []
    for answer in _rule_by_rule(wish, now):
        answers.append(answer)
        if answer.refusal is not None:
            break
    return answers


def _rule_by_rule(wish: _Wish, now: datetime) -> Iterator[Answer]:
    channel, facts, rules = wish.channel, wish.facts, wish.rules
    reach = facts.reachable.get(channel)
    yield rulings.address(channel, reach)
    if reach is not None:
        yield rulings.opt_out(channel, reach)
        yield from _times(channel, wish.openings, rules.holidays, now)
        yield rulings.caps(channel, reach, facts, rules, now)
        yield rulings.one_open_question(channel, reach, facts, now)


@lru_cache(maxsize=256)
def _times(
    channel: Channel, openings: Openings | None, holidays: tuple[str, ...], at: datetime
) -> tuple[Answer, ...]:
    """What zone, window, holidays and blackouts say; of a batch, which has one `at`, most alike."""
    answers = (
        rulings.window(channel, openings, at),
        rulings.holiday(openings, holidays, at),
        rulings.blackout(openings, at),
    )
    return answers if openings is None else (rulings.zone(channel, openings), *answers)


def _deferred(wish: _Wish, at: datetime, reason: str, trace: tuple[Asked, ...]) -> Verdict:
    """Moves a deferral on until the hours are open and the caps are free at the same instant.

    The reason stays that of the rule which asked for the longest wait.
    """
    for _ in range(MAX_ROUNDS):
        answers = _answers_later(wish, at)
        trace += tuple(asked for asked in _asked(answers) if asked.verdict != "pass")
        refusal = next((answer.refusal for answer in answers if answer.refusal is not None), None)
        if refusal is not None:
            return Never(reason=refusal, trace=trace)
        later = max((answer.until for answer in answers if answer.until is not None), default=at)
        if later == at:
            return WaitUntil(at=at, reason=reason, trace=trace)
        opening = rulings.opens_at(wish.openings, later)
        if opening is None:
            break
        at = opening
    return _too_late(wish, at, trace)


def _too_late(wish: _Wish, at: datetime, trace: tuple[Asked, ...]) -> Never:
    """There is no hour left in which it is of use, or no hour at all."""
    useful = rulings.usefulness(wish.facts, rulings.longest(at))
    if useful.refusal is not None:
        return Never(reason=useful.refusal, trace=trace + useful.asked)
    return Never(reason=Reason.EMPTY_WINDOW, trace=trace)


def _answers_later(wish: _Wish, at: datetime) -> list[Answer]:
    """What changes with time alone; whether a question is still open then, nobody knows yet."""
    reach = wish.facts.reachable.get(wish.channel)
    useful = rulings.usefulness(wish.facts, at)
    if reach is None or useful.refusal is not None:
        return [useful]
    caps = rulings.caps(wish.channel, reach, wish.facts, wish.rules, at)
    if rulings.opens_at(wish.openings, at) == at:
        return [useful, caps]
    times = _times(wish.channel, wish.openings, wish.rules.holidays, at)
    return [useful, *times, caps]


def _asked(answers: Sequence[Answer]) -> tuple[Asked, ...]:
    return tuple(chain.from_iterable([answer.asked for answer in answers]))
