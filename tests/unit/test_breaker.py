"""A breaker opens when nobody is there, tries again ever more rarely, and closes at an answer."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.breaker import FIRST_PAUSE, LONGEST_PAUSE, Breaker

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

instants = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
counts = st.integers(min_value=-3, max_value=1_000)
reports = st.lists(st.tuples(counts, counts, instants), max_size=40)


def told(*told_reports: tuple[int, int, datetime], opens_after: int = 5) -> Breaker:
    breaker = Breaker(opens_after=opens_after)
    for succeeded, failed, now in told_reports:
        breaker = breaker.after(succeeded, failed, now)
    return breaker


def open_breaker() -> Breaker:
    return told((0, 5, NOON))


# --- opening --------------------------------------------------------------------------------------


def test_it_lets_everything_through_until_five_failed_in_a_row() -> None:
    breaker = Breaker()
    for _ in range(4):
        breaker = breaker.after(0, 1, NOON)
        assert breaker.room(NOON) is None
    breaker = breaker.after(0, 1, NOON)
    assert breaker.room(NOON) == 0
    assert breaker.again_at == NOON + SECOND


def test_failures_of_one_batch_count_together() -> None:
    assert told((0, 2, NOON), (0, 3, NOON)).room(NOON) == 0
    assert told((0, 2, NOON), (0, 2, NOON)).room(NOON) is None


def test_a_success_begins_the_count_anew() -> None:
    assert told((0, 4, NOON), (1, 0, NOON), (0, 4, NOON)).room(NOON) is None


def test_a_batch_in_which_one_got_through_says_that_somebody_is_there() -> None:
    assert told((0, 4, NOON), (1, 499, NOON)) == Breaker()


def test_it_may_be_told_when_to_open() -> None:
    assert told((0, 1, NOON), opens_after=1).room(NOON) == 0
    assert told((1, 0, NOON), opens_after=2) == Breaker(opens_after=2)


# --- trying again ---------------------------------------------------------------------------------


def test_after_the_pause_one_may_try_and_not_before() -> None:
    breaker = open_breaker()
    assert breaker.room(NOON + FIRST_PAUSE - timedelta(microseconds=1)) == 0
    assert breaker.room(NOON + FIRST_PAUSE) == 1


def test_the_pauses_double_up_to_a_minute() -> None:
    breaker, pauses = open_breaker(), []
    for _ in range(9):
        assert breaker.again_at is not None
        pauses.append(breaker.pause / SECOND)
        breaker = breaker.after(0, 1, breaker.again_at)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_one_success_closes_it_and_the_next_pause_is_short_again() -> None:
    breaker = open_breaker()
    for _ in range(5):
        assert breaker.again_at is not None
        breaker = breaker.after(0, 1, breaker.again_at)
    closed = breaker.after(1, 0, NOON)
    assert closed.room(NOON) is None
    assert closed.after(0, 5, NOON).pause == FIRST_PAUSE


def test_what_was_under_way_when_it_opened_does_not_lengthen_the_pause() -> None:
    breaker = open_breaker()
    assert breaker.after(0, 200, NOON + SECOND / 2) == breaker
    assert breaker.after(1, 0, NOON + SECOND / 2).room(NOON) is None


def test_a_try_that_says_nothing_leaves_the_next_one_its_turn() -> None:
    breaker = open_breaker()
    assert breaker.after(0, 0, NOON + SECOND).room(NOON + SECOND) == 1


def test_a_clock_that_was_set_back_does_not_lengthen_the_pause() -> None:
    assert open_breaker().room(NOON - timedelta(days=1)) == 1


# --- whatever happens -----------------------------------------------------------------------------


@given(reports, instants)
def test_it_never_stays_open_for_longer_than_a_minute(
    happened: list[tuple[int, int, datetime]], now: datetime
) -> None:
    breaker = told(*happened)
    if breaker.room(now) == 0:
        assert breaker.room(now + LONGEST_PAUSE) == 1


@given(reports, st.integers(min_value=1), st.integers(), instants)
def test_a_success_always_closes(
    happened: list[tuple[int, int, datetime]], succeeded: int, failed: int, now: datetime
) -> None:
    assert told(*happened).after(succeeded, failed, now) == Breaker()


@given(reports, instants)
def test_it_is_open_only_after_so_many_failures_without_a_success(
    happened: list[tuple[int, int, datetime]], now: datetime
) -> None:
    breaker = told(*happened)
    last = max((at for at, report in enumerate(happened) if report[0] > 0), default=-1)
    failed = sum(max(report[1], 0) for report in happened[last + 1 :])
    assert (breaker.room(now) is None) == (failed < 5)


@given(st.lists(st.integers(min_value=0, max_value=120), min_size=2, max_size=60))
def test_while_nobody_answers_tries_are_a_pause_apart(steps: list[int]) -> None:
    breaker, now, tries = open_breaker(), NOON, [NOON]
    for step in steps:
        now += step * SECOND
        if breaker.room(now) == 1:
            tries.append(now)
            breaker = breaker.after(0, 1, now)
    pauses = [min(2**number, 60) * SECOND for number in range(len(tries))]
    assert all(
        later - sooner >= pause
        for (sooner, later), pause in zip(pairwise(tries), pauses, strict=False)
    )


@pytest.mark.parametrize("failed", [1, 5, 10**30])
def test_any_number_of_failures_may_be_reported_at_once(failed: int) -> None:
    assert Breaker().after(0, failed, NOON).room(NOON) == (None if failed < 5 else 0)
