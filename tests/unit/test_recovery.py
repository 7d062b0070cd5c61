"""How complaints were made good, in figures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from huifang.recovery import Episode, Recovered, recovered

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OPENED = NOW - timedelta(days=1)
MINUTE = timedelta(minutes=1)
GOOD = Episode(
    opened_at=OPENED,
    respond_by=OPENED + 15 * MINUTE,
    resolve_by=OPENED + 120 * MINUTE,
    acknowledged_at=OPENED + 10 * MINUTE,
    resolved_at=OPENED + 60 * MINUTE,
    answered_at=OPENED + 180 * MINUTE,
    settled=True,
    before=20.0,
    after=80.0,
)
SCORES = st.sampled_from([20.0, 40.0, 60.0, 80.0, 100.0, 14.285714, 0.0])


def test_the_rise_of_the_score_is_told_in_pairs_with_its_interval() -> None:
    rises = [60.0, 40.0, 80.0, 20.0, 0.0]
    told = recovered([replace(GOOD, after=20.0 + each) for each in rises], 1, NOW)
    low, high = stats.t.interval(0.95, 4, loc=40, scale=stats.sem(rises))
    assert (told.paired, told.score_before, told.score_after, told.delta) == (5, 20.0, 60.0, 40.0)
    assert (told.delta_low, told.delta_high) == pytest.approx((low, high), abs=1e-4)


@given(st.lists(st.tuples(SCORES, SCORES), min_size=2, max_size=40))
def test_the_rise_is_that_of_an_independent_program(pairs: list[tuple[float, float]]) -> None:
    found = [replace(GOOD, before=before, after=after) for before, after in pairs]
    told = recovered([*found, replace(GOOD, after=None)], 1, NOW)
    rises = [after - before for before, after in pairs]
    assert told.paired == len(pairs)
    assert told.delta == pytest.approx(sum(rises) / len(rises), abs=1e-6)
    low, high = told.delta, told.delta
    if stats.sem(rises) > 0:
        low, high = stats.t.interval(0.95, len(rises) - 1, loc=told.delta, scale=stats.sem(rises))
    limits = (max(low or 0.0, -100.0), min(high or 0.0, 100.0))
    assert (told.delta_low, told.delta_high) == pytest.approx(limits, abs=1e-3)


def test_what_was_not_answered_again_is_in_no_pair_and_not_taken_for_unrecovered() -> None:
    silent = replace(GOOD, answered_at=None, settled=None, after=None)
    again = replace(GOOD, settled=False, after=20.0)
    told = recovered([GOOD, silent, again, again], 1, NOW)
    assert told.paired == 3
    assert told.recovered_rate == pytest.approx(1 / 3, abs=1e-6)
    assert (told.to_recover.n, told.to_recover.mean) == (1, 180 * 60)


def test_late_is_what_was_done_at_its_deadline_or_is_still_undone_after_it() -> None:
    late = replace(GOOD, acknowledged_at=GOOD.respond_by, resolved_at=None)
    young = replace(
        GOOD, respond_by=NOW + MINUTE, resolve_by=NOW + MINUTE, acknowledged_at=None,
        resolved_at=None,
    )  # fmt: skip
    told = recovered([GOOD, late, young], 1, NOW)
    assert (told.acknowledged_in_time, told.resolved_in_time) == (0.5, 0.5)
    assert (told.to_acknowledge.n, told.to_acknowledge.median) == (2, 12.5 * 60)
    assert told.to_resolve.n == 1


def test_few_complaints_tell_nothing() -> None:
    assert recovered([GOOD] * 9, 10, NOW) == Recovered()
    assert recovered([], 0, NOW) == Recovered()
    assert recovered([GOOD], 1, NOW).delta_low is None
