"""When a customer who was not reached is dialled again, and when enough was tried."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callbacks.promises.attempts import BREATH, Ladder, after
from callbacks.promises.model import (
    Attempt,
    Callback,
    CallbackRules,
    CallbackState,
    CallOutcome,
    NextDay,
    Slot,
)
from callbacks.promises.slots import Place
from scheduler.hours import Window, daily

RULES = CallbackRules()
VAIN = (CallOutcome.NO_ANSWER, CallOutcome.BUSY, CallOutcome.MACHINE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


BEGIN = at("2026-11-20 10:00")  # a Friday
ITEM = Callback(
    id="cb_1",
    source="/tickets",
    customer="C-1",
    ticket="T-1",
    topic="care",
    reason=None,
    slot=Slot(begin=BEGIN, end=BEGIN + timedelta(minutes=30)),
    asked_at=BEGIN - timedelta(days=1),
    state=CallbackState.CLAIMED,
    agent="A-9",
    attempt_at=BEGIN,
    claimed_until=BEGIN + timedelta(minutes=15),
)


def ladder(opens: int = 9, closes: int = 20, rules: CallbackRules = RULES) -> Ladder:
    hours = daily(Window(opens=opens * 60, closes=closes * 60))
    return Ladder(rules=rules, customer=Place(hours=hours, zones=(ZoneInfo("Asia/Shanghai"),)))


def tried(
    outcomes: Sequence[tuple[str, CallOutcome]], item: Callback = ITEM, by: Ladder | None = None
) -> Callback:
    for when, outcome in outcomes:
        item = after(item, Attempt(at=at(when), outcome=outcome, by="A-9"), by or ladder())
    return item


def test_who_was_reached_is_called_no_more() -> None:
    done = tried([("2026-11-20 10:05", CallOutcome.REACHED)])
    assert (done.state, done.attempt_at, done.claimed_until) == (CallbackState.DONE, None, None)
    assert done.closed_at == at("2026-11-20 10:05")
    assert done.agent == "A-9"


@pytest.mark.parametrize("outcome", VAIN)
def test_what_rang_in_vain_goes_up_the_ladder_from_the_slots_begin(outcome: CallOutcome) -> None:
    first = tried([("2026-11-20 10:05", outcome)])
    assert (first.state, first.attempt_at) == (CallbackState.PROMISED, at("2026-11-20 11:00"))
    assert (first.agent, first.rung) == (None, 1)
    second = tried([("2026-11-20 11:02", outcome)], first)
    assert second.attempt_at == at("2026-11-23 10:00")  # the next day the centre is open
    third = tried([("2026-11-23 10:01", outcome)], second)
    assert (third.state, third.reason_closed) == (CallbackState.EXHAUSTED, outcome.value)
    assert [each.outcome for each in third.attempts] == [outcome] * 3


def test_nobody_is_rung_again_at_once_because_the_attempt_before_was_late() -> None:
    late = tried([("2026-11-20 10:55", CallOutcome.NO_ANSWER)])
    assert late.attempt_at == at("2026-11-20 10:55") + BREATH


def test_who_was_tried_ahead_of_the_slot_is_called_in_it_all_the_same() -> None:
    early = tried([("2026-11-20 08:00", CallOutcome.NO_ANSWER)])
    assert (early.state, early.attempt_at, early.rung) == (CallbackState.PROMISED, BEGIN, 1)
    close = tried([("2026-11-20 09:50", CallOutcome.BUSY)])
    assert close.attempt_at == at("2026-11-20 09:50") + BREATH


def test_an_agent_who_declines_burns_no_attempt_of_the_customers() -> None:
    item = tried([("2026-11-20 10:01", CallOutcome.DECLINED)] * 9)
    assert (item.state, item.rung, item.attempt_at) == (CallbackState.DUE, 0, BEGIN)
    assert (item.agent, item.revision) == (None, ITEM.revision)
    assert len(item.attempts) == 9


def test_an_alternate_number_that_is_none_gives_way_to_the_customers_own() -> None:
    other = replace(ITEM, phone="+8613900139000")
    once = tried([("2026-11-20 10:05", CallOutcome.INVALID)], other)
    assert (once.phone, once.state, once.rung) == (None, CallbackState.DUE, 0)
    assert once.attempt_at == at("2026-11-20 10:05")
    twice = tried([("2026-11-20 10:06", CallOutcome.INVALID)], once)
    assert (twice.state, twice.reason_closed) == (CallbackState.EXHAUSTED, "invalid")


def test_no_more_rings_in_a_day_than_the_limit() -> None:
    rules = CallbackRules(
        attempts=(timedelta(0), timedelta(hours=1), timedelta(hours=2), timedelta(hours=3)),
        max_dials_per_day=2,
    )
    by = ladder(rules=rules)
    item = tried([("2026-11-20 10:00", VAIN[0]), ("2026-11-20 11:00", VAIN[1])], by=by)
    assert item.attempt_at == at("2026-11-23 10:00")


def test_the_next_attempt_waits_for_hours_that_suit_the_customer() -> None:
    item = tried([("2026-11-20 10:05", CallOutcome.BUSY)], by=ladder(14, 20))
    assert item.attempt_at == at("2026-11-20 14:00")


def test_a_ladder_of_next_days_goes_on_from_the_day_of_the_attempt() -> None:
    rules = CallbackRules(attempts=(timedelta(0), NextDay.NEXT_DAY, NextDay.NEXT_DAY))
    by = ladder(rules=rules)
    first = tried([("2026-11-20 10:05", CallOutcome.BUSY)], by=by)
    assert first.attempt_at == at("2026-11-23 10:00")
    second = tried([("2026-11-23 10:05", CallOutcome.BUSY)], first, by)
    assert second.attempt_at == at("2026-11-24 10:00")
