"""Which step a callback may take, what time makes of it, and what customers say of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callbacks.promises import decide
from callbacks.promises.asking import with_words
from callbacks.promises.decide import LEASE, OutOfOrder, Step
from callbacks.promises.model import Callback, CallbackState, Origin, Slot
from callbacks.promises.wording import slot_text, text
from channels.appointments import PromiseWord, read

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HALF = timedelta(minutes=30)
ITEM = Callback(
    id="cb_1",
    source="/tickets",
    customer="C-1",
    ticket="T-1",
    topic="care",
    reason=None,
    slot=Slot(begin=NOW, end=NOW + HALF),
    asked_at=NOW - timedelta(hours=3),
    attempt_at=NOW,
)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("回电", None),
        ("CALL", None),
        ("请打我另一个电话 139-1234-5678", "+8613912345678"),
        ("please call me at +44 20 7946 0018", "+442079460018"),
        ("Please call me back on ＋8613912345678 thanks", "+8613912345678"),
        ("请打我13800138000", None),  # their own
        ("请回电，师傅13912345678没来", None),  # somebody else's
        ("请打我13912345678或13912345679", None),
        ("call me, order 2026112012345678", None),
        ("call me about order 13912345678", None),  # it could be one
    ],
)
def test_a_number_is_taken_of_a_wish_that_says_nothing_else(text: str, phone: str | None) -> None:
    found = with_words(ITEM, text, "zh-CN", "+8613800138000")
    assert found.phone == phone
    assert (found.reason is None) is (len(text) < 9)


def claimed(by: str = "A-1", now: datetime = NOW, item: Callback = ITEM) -> Callback:
    found = decide.claim(item, by, now)
    assert isinstance(found, Callback)
    return found


def test_two_agents_never_have_the_same_callback() -> None:
    mine = claimed()
    assert (mine.state, mine.agent, mine.claimed_until) == (
        CallbackState.CLAIMED,
        "A-1",
        NOW + LEASE,
    )
    other = decide.claim(mine, "A-2", NOW + LEASE - timedelta(seconds=1))
    assert isinstance(other, OutOfOrder)
    assert other.agent == "A-1"
    assert claimed("A-1", NOW + timedelta(minutes=5), mine).claimed_until == NOW + timedelta(
        minutes=20
    )
    assert claimed("A-2", NOW + LEASE, mine).agent == "A-2"


def test_what_is_claimed_ahead_is_held_until_it_is_due() -> None:
    ahead = claimed(now=NOW - timedelta(days=1))
    assert ahead.claimed_until == NOW + LEASE
    assert decide.as_it_stands(ahead, NOW - timedelta(hours=1)).agent == "A-1"
    over = decide.as_it_stands(ahead, NOW + LEASE)
    assert (over.state, over.agent) == (CallbackState.DUE, None)


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        (CallbackState.PROMISED, {Step.CLAIM, Step.RESCHEDULE, Step.CANCEL}),
        (CallbackState.MISSED, {Step.CLAIM, Step.RESCHEDULE, Step.CANCEL}),
        (CallbackState.DIALING, {Step.OUTCOME}),
        (CallbackState.DONE, set()),
        (CallbackState.CANCELLED, set()),
        (CallbackState.EXHAUSTED, set()),
    ],
)
def test_every_state_has_its_steps(state: CallbackState, steps: set[Step]) -> None:
    assert set(decide.possible(replace(ITEM, state=state), NOW)) == steps


def test_another_slot_begins_the_ladder_anew_and_keeps_what_was_tried() -> None:
    later = Slot(begin=NOW + timedelta(days=1), end=NOW + timedelta(days=1) + HALF)
    moved = decide.reschedule(replace(ITEM, rung=2), later, NOW, chosen=True)
    assert isinstance(moved, Callback)
    assert (moved.slot, moved.attempt_at, moved.rung, moved.chosen) == (later, later.begin, 0, True)
    assert moved.revision == ITEM.revision + 1
    assert isinstance(
        decide.cancel(replace(moved, state=CallbackState.DIALING), "x", NOW), OutOfOrder
    )


def test_a_slot_that_ends_without_an_attempt_is_missed_unless_somebody_dials() -> None:
    end = ITEM.slot.end
    assert not decide.is_missed(ITEM, end - timedelta(seconds=1))
    assert decide.is_missed(ITEM, end)
    assert decide.is_missed(claimed(), end)
    assert not decide.is_missed(replace(ITEM, state=CallbackState.DIALING), end)
    again = replace(ITEM, attempt_at=NOW + timedelta(hours=1), rung=1)
    assert not decide.is_missed(again, end)
    assert decide.is_missed(again, NOW + timedelta(hours=1) + HALF)


def test_what_was_missed_is_not_missed_once_more_because_a_claim_ran_out() -> None:
    missed = decide.missed(ITEM)
    late = NOW + timedelta(hours=5)
    for item in (
        decide.as_it_stands(claimed(now=late, item=missed), late + LEASE),
        decide.release(claimed(now=late, item=missed), late),
    ):
        assert isinstance(item, Callback)
        assert (item.state, item.agent) == (CallbackState.MISSED, None)
        assert not decide.is_missed(item, late + LEASE)


def test_new_slots_by_themselves_come_to_an_end_and_a_person() -> None:
    item, rounds = ITEM, 0
    while decide.renews(item := decide.missed(item)):
        item = decide.promised_anew(item, ITEM.slot, chosen=False)
        rounds += 1
    assert rounds == decide.MOST_MISSED
    assert item.state is CallbackState.MISSED
    assert item.is_open


@pytest.mark.parametrize(
    ("origin", "cycle", "closing", "reason", "settled"),
    [
        (Origin.CUSTOMER, None, 1, "resolved", True),
        (Origin.CUSTOMER, None, 1, None, True),
        (Origin.CUSTOMER, None, 1, "inactivity", False),
        (Origin.CUSTOMER, None, 1, " Won't Fix", False),
        (Origin.CUSTOMER, None, 1, "No-Response", False),
        (Origin.CUSTOMER, None, 1, "Resolved", True),
        (Origin.COMPLAINT, 1, 2, "resolved", True),
        (Origin.COMPLAINT, 2, 2, "resolved", False),
        (Origin.PROGRAM, 1, 1, "resolved", False),
        (Origin.PROGRAM, 1, 2, "resolved", False),
    ],
)
def test_a_closing_makes_a_call_needless_that_was_promised_for_what_it_solved(
    origin: Origin, cycle: int | None, closing: int, reason: str | None, *, settled: bool
) -> None:
    item = replace(ITEM, origin=origin, cycle=cycle)
    assert decide.is_settled(item, closing, NOW, reason) is settled
    assert not decide.is_settled(item, closing, ITEM.asked_at, reason)


@pytest.mark.parametrize(
    ("more", "put_off"),
    [
        ({}, False),
        ({"attempt_at": NOW + HALF - timedelta(minutes=1)}, False),  # later in its slot
        ({"attempt_at": NOW + HALF}, True),
        ({"attempt_at": NOW + HALF, "rung": 1}, False),  # the next try of what rang in vain
        ({"attempt_at": NOW + HALF, "state": CallbackState.CLAIMED}, False),
    ],
)
def test_a_promise_is_put_off_that_cannot_be_kept_in_its_slot(
    more: dict[str, Any], *, put_off: bool
) -> None:
    assert decide.is_put_off(replace(ITEM, **more), NOW) is put_off
    assert not decide.is_put_off(replace(ITEM, **more), NOW + HALF)  # then it is due


@pytest.mark.parametrize(
    ("more", "reason", "hears"),
    [
        ({}, "mistake", True),
        ({}, "customer", False),
        ({}, "got_through", False),
        ({"origin": Origin.PROGRAM}, "mistake", False),
        ({"origin": Origin.PROGRAM, "revision": 1}, "mistake", True),  # it was moved, and told of
    ],
)
def test_who_does_not_know_hears_that_a_call_was_cancelled(
    more: dict[str, Any], reason: str, *, hears: bool
) -> None:
    early = ITEM.slot.begin - timedelta(hours=1)
    item, remind = replace(ITEM, **more), timedelta(minutes=15)
    assert decide.must_hear(item, reason, remind, early) is hears
    assert decide.must_hear(item, "mistake", remind, ITEM.slot.begin - remind)


@pytest.mark.parametrize("said", ["王先生已解决", "13800138000", "ok with Tom", "x" * 65])
def test_a_reason_in_an_agents_own_words_is_no_reason_for_the_journal(said: str) -> None:
    assert decide.worded(said) == (decide.BY_AGENT, said)
    assert decide.worded("got_through") == ("got_through", None)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        *[(each, PromiseWord.MOVE) for each in ("改期", "LATER", "later!", "改期。", "Reschedule")],
        *[(each, PromiseWord.DROP) for each in ("不用回电", "NO CALL", "no call.", "不用回电了")],
        *[
            (each, None)
            for each in ("5", "回电", "CALL", "STOP", "没改期", "不用", "no", "", "退订")
        ],
        ("改期太多次了,不满意", None),
    ],
)
def test_the_words_about_a_promised_call_are_whole_messages(
    said: str, word: PromiseWord | None
) -> None:
    assert read(said) is word


@pytest.mark.parametrize("spoken", ["zh-CN", "en"])
def test_texts_name_the_day_and_both_ends_and_fit_two_segments(spoken: str) -> None:
    told = slot_text(ITEM.slot, UTC, spoken)
    assert told in ("11月20日(周五)04:00-04:30", "Fri 20 Nov, 04:00-04:30")
    for what in (
        *("confirm", "remind", "apology", "exhausted", "cancelled", "moved", "dropped"),
        *("called_off", "put_off"),
    ):
        said = text(what, ITEM.slot, UTC, spoken)
        assert len(said) <= (110 if spoken == "zh-CN" else 150), what
