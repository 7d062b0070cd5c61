"""Shares, means and scores with their intervals, against figures worked out otherwise."""

from datetime import datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from random import Random
from statistics import fmean, stdev
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from surveys.mixture import shifted
from surveys.periods import periods
from surveys.statistics import (
    Figures,
    Sample,
    Tally,
    changes,
    figures,
    net_promoters,
    student,
    student_bound,
    to_see,
    two_proportions,
    welch,
    wilson,
)

CLOSE = 2e-6
Z = Fraction("1.959963984540054")


def score_test_bounds(hits: int, n: int) -> tuple[float, float]:
    """Wilson's bounds as what they are: the shares p with (hits/n - p)^2 = z^2 p (1 - p) / n.

    Solved as a quadratic equation of whole fractions, its root drawn to fifty digits.
    """
    share, square = Fraction(hits, n), Z * Z
    a, b, c = 1 + square / n, -(2 * share + square / n), share * share
    with localcontext() as context:
        context.prec = 50
        inner = b * b - 4 * a * c
        root = (Decimal(inner.numerator) / Decimal(inner.denominator)).sqrt()
        middle, under = (
            Decimal(-b.numerator) / b.denominator,
            Decimal(2 * a.numerator) / a.denominator,
        )
        return float((middle - root) / under), float((middle + root) / under)


@given(st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_a_share_solves_the_score_tests_equation(case: tuple[int, int]) -> None:
    low, high = wilson(*case)
    assert (low, high) == pytest.approx(score_test_bounds(*case), abs=CLOSE)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_the_published_one(
    hits: int, n: int, low: float, high: float
) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


@given(st.lists(st.integers(0, 10), min_size=1, max_size=300))
def test_the_net_promoter_score_is_the_mean_of_ones_noughts_and_minus_ones(
    ratings: list[int],
) -> None:
    signs = [Fraction((rating >= 9) - (rating <= 6)) for rating in ratings]
    n, mean = len(signs), sum(signs, Fraction()) / len(signs)
    variance = sum(((sign - mean) ** 2 for sign in signs), Fraction()) / n
    half = 1.959963984540054 * float(variance / n) ** 0.5
    score, low, high = net_promoters(signs.count(Fraction(1)), signs.count(Fraction(-1)), n)
    assert score == pytest.approx(float(100 * mean), abs=CLOSE)
    assert low == pytest.approx(max(100 * (float(mean) - half), -100), abs=CLOSE)
    assert high == pytest.approx(min(100 * (float(mean) + half), 100), abs=CLOSE)


def test_a_group_tells_nothing_of_a_kind_it_has_none_of() -> None:
    told = figures(Tally(n=10, ces=10, ces_sum=55, scored=10, score_sum=785.7, low=1), 10)
    assert (told.ces, told.mean_score, told.low_rate) == (5.5, 78.57, 0.1)
    assert told.csat is told.csat_low is told.nps is told.nps_high is told.resolved_rate is None


def test_a_group_of_too_few_tells_nothing_and_one_of_just_enough_does() -> None:
    few = Tally(n=9, csat=9, top=9, scored=9, score_sum=900.0)
    assert figures(few, 10) == Figures()
    assert figures(few, 9).csat == 1.0
    assert figures(few, 9).csat_high == 1.0
    assert figures(Tally(), 0) == Figures()


def test_tallies_of_parts_add_up() -> None:
    one, two = Tally(n=1, csat=1, top=1, score_sum=100.0), Tally(n=2, nps=2, promoters=1, low=1)
    assert one + two == Tally(n=3, csat=1, top=1, nps=2, promoters=1, score_sum=100.0, low=1)


def sample(values: list[float]) -> Sample:
    return Sample(n=len(values), total=sum(values), squares=sum(each * each for each in values))


VALUES = st.lists(st.integers(0, 100).map(float), min_size=2, max_size=60)


@given(VALUES, VALUES)
def test_two_means_are_compared_as_by_an_independent_program(
    one: list[float], other: list[float]
) -> None:
    chance = welch(sample(one), sample(other))
    if len({*one}) == len({*other}) == 1:
        assert chance is None
    else:
        given = [part(side) for side in (one, other) for part in (fmean, stdev, len)]
        told = stats.ttest_ind_from_stats(*given, equal_var=False).pvalue
        assert chance == pytest.approx(told, abs=1e-9)


@given(st.floats(0, 60), st.floats(1, 1e6))
@example(1e-5, 1e6)
@example(0.0, 1.0)
def test_students_t_is_that_of_an_independent_program(t: float, freedom: float) -> None:
    assert student(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), abs=1e-9)


@pytest.mark.parametrize("freedom", [1, 2, 9, 30.5, 1e4])
def test_the_bounds_of_students_t_are_those_of_an_independent_program(freedom: float) -> None:
    assert student_bound(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-6)


@given(st.integers(10, 900), st.integers(10, 900), st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_two_shares_are_compared_as_by_an_independent_program(
    n: int, n_before: int, share: float, share_before: float
) -> None:
    hits, before = round(n * share), round(n_before * share_before)
    chance = two_proportions(hits, n, before, n_before)
    table = [[hits, n - hits], [before, n_before - before]]
    if chance is None:
        expected = [
            min(n, n_before) * sum(column) / (n + n_before) for column in zip(*table, strict=True)
        ]
        assert min(expected) < 5
    else:
        # The square of the pooled z is chi squared of the table.
        told = stats.chi2_contingency(table, correction=False).pvalue
        assert chance == pytest.approx(told, abs=1e-9)


def test_a_change_is_told_where_a_test_says_so_and_nowhere_else() -> None:
    before = Tally(n=200, csat=200, top=160, asked=200, resolved=150, low=20)
    worse = Tally(n=200, csat=200, top=130, asked=200, resolved=149, low=45)
    told = changes(worse, before, 10)
    assert (told["csat"], told["low_rate"], told["resolved_rate"]) == ("down", "up", None)
    assert told["nps"] is told["ces"] is told["mean_score"] is None
    assert set(changes(worse, before, 201).values()) == {None}
    few = Tally(n=4, csat=4, top=0)
    assert changes(few, Tally(n=4, csat=4, top=4), 1)["csat"] is None


@pytest.mark.parametrize(("top", "apart"), [(80, 0.2), (45, 0.2), (90, 0.25), (100, 0.1)])
def test_with_so_many_answers_four_in_five_changes_are_told(top: int, apart: float) -> None:
    """Every outcome of two times, weighed by how often it happens."""
    n = to_see(Tally(n=100, csat=100, top=top), 10, apart)
    assert n is not None
    share = top / 100
    before, now = (stats.binom.pmf(range(n + 1), n, each) for each in (share, share - apart))
    told = sum(
        before[first] * now[second]
        for first in range(n + 1)
        for second in range(n + 1)
        if (two_proportions(second, n, first, n) or 1.0) < 0.05
    )
    assert told == pytest.approx(0.8, abs=0.04)


def test_how_many_answers_a_recommendation_needs_goes_by_how_far_they_spread() -> None:
    n = to_see(Tally(n=100, nps=100, promoters=50, detractors=17), 10)
    assert n is not None
    error = (2 * (0.67 - 0.33**2) / n) ** 0.5
    assert stats.norm.sf(stats.norm.ppf(0.975) - 0.05 / error) == pytest.approx(0.8, abs=1e-3)
    assert to_see(Tally(n=9, nps=9, promoters=5), 10) is None
    assert to_see(Tally(n=20, ces=20, ces_sum=80), 10) is None
    assert to_see(Tally(n=20, nps=20, promoters=20), 10) is None


def test_a_change_of_a_mean_goes_by_how_far_the_answers_spread() -> None:
    def effort(ratings: list[int]) -> Tally:
        squares = sum(each * each for each in ratings)
        return Tally(n=len(ratings), ces=len(ratings), ces_sum=sum(ratings), ces_square=squares)

    steady, wide = effort([4, 5] * 20), effort([1, 7] * 20)
    assert changes(effort([5, 6] * 20), steady, 10)["ces"] == "up"
    assert changes(effort([2, 7] * 20), wide, 10)["ces"] is None
    votes = Tally(n=100, nps=100, promoters=60, detractors=10)
    assert changes(Tally(n=100, nps=100, promoters=30, detractors=30), votes, 10)["nps"] == "down"


def cut(wanted: list[str], zone: str, since: str, until: str) -> list[tuple[str, ...]]:
    place = ZoneInfo(zone)
    found = periods(wanted, place, instant(since), instant(until), 100)
    assert found is not None
    assert all(before.until <= after.since for before, after in pairwise(found))
    assert all(each.since < each.until for each in found)
    hours = [(each.until - each.since).total_seconds() / 3600 for each in found]
    return [(*each.names, f"{hour:g}h") for each, hour in zip(found, hours, strict=True)]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "since", "until", "days"),
    [
        ("Europe/Berlin", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00", ["29 23h"]),
        ("Europe/Berlin", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", ["25 25h"]),
        # At midnight the clocks went to one: that day begins at one.
        ("Africa/Cairo", "2026-04-24T01:00+03:00", "2026-04-24T02:00+03:00", ["24 23h"]),
        # At one the clocks went back to midnight, which came twice: the first is the day's begin.
        ("America/Havana", "2026-11-01T00:00-04:00", "2026-11-02T00:00-05:00", ["01 25h"]),
        # Half an hour of daylight saving.
        ("Australia/Lord_Howe", "2026-10-04T00:00+10:30", "2026-10-05T00:00+11:00", ["04 23.5h"]),
        (
            "Asia/Kolkata",
            "2026-11-20T18:29:59Z",
            "2026-11-20T18:30:00.000001Z",
            ["20 24h", "21 24h"],
        ),
        # Samoa crossed the date line and had no 30th.
        (
            "Pacific/Apia",
            "2011-12-29T12:00-10:00",
            "2011-12-31T12:00+14:00",
            ["29 24h", "31 24h"],
        ),
    ],
)
def test_days_are_those_of_the_wall_clock(
    zone: str, since: str, until: str, days: list[str]
) -> None:
    found = cut(["day"], zone, since, until)
    assert [f"{name[-2:]} {hours}" for name, hours in found] == days


def test_weeks_are_iso_weeks_and_months_are_whole() -> None:
    at = ("2026-12-31T12:00+08:00", "2027-01-04T12:00+08:00")
    assert cut(["week"], "Asia/Shanghai", *at) == [("2026-W53", "168h"), ("2027-W01", "168h")]
    assert cut(["month"], "Asia/Shanghai", *at) == [("2026-12", "744h"), ("2027-01", "744h")]
    both = [("2026-W53", "2026-12", "96h"), ("2026-W53", "2027-01", "72h")]
    assert cut(["week", "month"], "Asia/Shanghai", *at)[:2] == both


def test_more_periods_than_wanted_and_the_end_of_the_calendar_are_none() -> None:
    place = ZoneInfo("Asia/Shanghai")
    since, until = instant("2026-01-01T00:00Z"), instant("2026-12-31T00:00Z")
    assert periods(["day"], place, since, until, 100) is None
    assert len(periods(["week"], place, since, until, 100) or []) == 53
    last = instant("9999-12-30T00:00Z")
    assert periods(["month"], place, last, instant("9999-12-31T23:00Z"), 100) is None
    assert periods(["day"], place, until, since, 100) == []


def recounted(now: dict[str, Tally], before: dict[str, Tally]) -> tuple[Fraction, Fraction]:
    """Change the shares first, then the figures, and the other way round; the mean of both ways."""

    def whole(shares: dict[str, Tally], figures: dict[str, Tally]) -> Fraction:
        every = sum(each.csat for each in shares.values())
        known = {name: figures.get(name, shares[name]) for name in shares}
        return sum(
            (
                Fraction(shares[name].csat * 100 * of.top, every * of.csat)
                for name, of in known.items()
            ),
            Fraction(0),
        )

    first = whole(now, before) - whole(before, before)
    last = whole(now, now) - whole(before, now)
    return (first + last) / 2, whole(now, now) - whole(before, before)


def test_a_change_is_taken_apart_into_one_of_the_mix_and_one_within() -> None:
    simpson = {"sms": Tally(csat=90, top=63), "voice": Tally(csat=10, top=9)}
    before = {"sms": Tally(csat=10, top=6), "voice": Tally(csat=90, top=72)}
    found = shifted("csat", simpson, before, 10)
    assert found is not None
    assert found.change < 0 < found.within, "each channel got better, and all together worse"
    chance = Random(6)
    for _ in range(30):
        sides = []
        for _side in range(2):
            ns = {name: chance.randint(1, 60) for name in chance.sample(["sms", "web", "voice"], 2)}
            sides.append({at: Tally(csat=n, top=chance.randint(0, n)) for at, n in ns.items()})
        told, (mix, change) = shifted("csat", sides[0], sides[1], 1), recounted(sides[0], sides[1])
        assert told is not None
        assert (told.mix, told.change) == pytest.approx((float(mix), float(change)), abs=2e-6)
        assert told.mix + told.within == pytest.approx(told.change, abs=3e-6)
    assert shifted("csat", simpson, {}, 1) is None
    assert shifted("csat", simpson, before, 101) is None
    assert shifted("nps", simpson, before, 1) is None
