"""What stands out and what does not, checked against SciPy and against chance itself."""

from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from surveys.watch import (
    CHART_LIMIT,
    EWMA_WEIGHT,
    EWMA_WIDTH,
    FUNNEL_WIDTH,
    Hits,
    apart,
    binomial_tail,
    discoveries,
    fisher_tail,
    has_changed,
    normal_tail,
    overdispersion,
    risen,
    total,
)

USUAL = Hits(hits=80, n=800)
QUIET = [Hits(hits=2, n=20)] * 13


@given(st.integers(0, 400), st.integers(0, 400), st.floats(0.001, 0.999))
def test_the_exact_tail_is_that_of_scipy(hits: int, n: int, p: float) -> None:
    expected = float(stats.binom.sf(hits - 1, n, p))
    assert binomial_tail(hits, n, p) == pytest.approx(expected, rel=1e-7, abs=1e-290)


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 200), st.integers(0, 200))
def test_fishers_tail_is_that_of_scipy(n: int, hits: int, n_other: int, hits_other: int) -> None:
    one = Hits(hits=min(hits, n), n=n)
    other = Hits(hits=min(hits_other, n_other), n=n_other)
    table = [[each.hits, each.n - each.hits] for each in (one, other)]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    assert fisher_tail(one, other) == pytest.approx(float(expected), rel=1e-8, abs=1e-250)


@pytest.mark.parametrize("z", [-4.0, 0.0, 1.5, 3.0, 8.0])
def test_the_normal_tail_is_that_of_scipy(z: float) -> None:
    assert normal_tail(z) == pytest.approx(float(stats.norm.sf(z)), rel=1e-12)


def test_the_cited_limits_are_what_they_are_said_to_be() -> None:
    assert pytest.approx(float(stats.norm.sf(3)), rel=1e-3) == CHART_LIMIT
    assert 1 - 2 * float(stats.norm.sf(FUNNEL_WIDTH)) == pytest.approx(0.998, abs=1e-4)


def test_a_bad_day_alone_is_found_by_the_p_chart() -> None:
    found = risen(USUAL, [*QUIET, Hits(hits=9, n=20)], min_n=10)
    assert found is not None
    assert (found.now, found.usual, found.since) == (Hits(hits=9, n=20), USUAL, 13)
    assert found.chance == pytest.approx(float(stats.binom.sf(8, 20, 0.1)))
    assert found.limit == pytest.approx(0.1 + 3 * sqrt(0.09 / 20))


def test_a_small_rise_that_lasts_is_found_by_the_moving_average() -> None:
    points = [*QUIET[:6], *[Hits(hits=10, n=50)] * 8]
    assert stats.binom.sf(9, 50, 0.1) > CHART_LIMIT  # no single day says so
    found = risen(USUAL, points, min_n=10)
    assert found is not None
    assert found.now == Hits(hits=80, n=400)
    assert found.since == 6
    level, weights = 0.1, [0.0] * len(points)
    for place, each in enumerate(points):
        level = EWMA_WEIGHT * each.share + (1 - EWMA_WEIGHT) * level
        weights = [(1 - EWMA_WEIGHT) * weight for weight in weights]
        weights[place] = EWMA_WEIGHT
    by_hand = sum(weight**2 / each.n for weight, each in zip(weights, points, strict=True))
    error = sqrt(0.09 * (by_hand + 1 / 800))
    assert found.limit == pytest.approx(0.1 + EWMA_WIDTH * error)
    assert found.chance == pytest.approx(float(stats.norm.sf((level - 0.1) / error)))


@pytest.mark.parametrize(
    ("usual", "points"),
    [
        pytest.param(USUAL, QUIET, id="nothing happened"),
        pytest.param(USUAL, [*QUIET, Hits(hits=0, n=20)], id="it got better"),
        pytest.param(USUAL, [Hits(hits=9, n=9)], id="too few answers"),
        pytest.param(Hits(hits=1, n=9), [Hits(hits=20, n=20)], id="no baseline"),
        pytest.param(Hits(hits=2, n=800), [Hits(hits=9, n=20)], id="too few low ones to compare"),
        pytest.param(USUAL, [], id="no day at all"),
    ],
)
def test_nothing_is_found_where_nothing_can_be_said(usual: Hits, points: list[Hits]) -> None:
    assert risen(usual, points, min_n=10) is None


def test_a_day_without_answers_neither_alarms_nor_hides_the_day_before() -> None:
    found = risen(USUAL, [*QUIET, Hits(hits=9, n=20), Hits()], min_n=10)
    assert found is not None
    assert found.since == 13


def test_chance_alone_seldom_alarms() -> None:
    chance = Random(20)
    alarms = 0
    for _ in range(400):
        usual = Hits(hits=sum(chance.random() < 0.12 for _ in range(1_000)), n=1_000)
        days = [Hits(hits=sum(chance.random() < 0.12 for _ in range(25)), n=25) for _ in range(14)]
        alarms += risen(usual, days, min_n=10) is not None
    assert alarms <= 8


@given(st.lists(st.floats(0, 1), max_size=40))
def test_discoveries_are_those_of_scipy(chances: list[float]) -> None:
    named = dict(enumerate(chances))
    adjusted = stats.false_discovery_control(chances) if chances else []
    borderline = {place for place, each in enumerate(adjusted) if abs(each - 0.05) < 1e-9}
    expected = {place for place, each in enumerate(adjusted) if each <= 0.05}
    assert discoveries(named) ^ expected <= borderline


def test_who_skips_far_more_than_the_rest_stands_out_and_nobody_else() -> None:
    alike = {f"A-{number}": Hits(hits=4 + number % 3, n=100) for number in range(20)}
    found = apart({**alike, "A-99": Hits(hits=30, n=100)}, min_n=30)
    assert list(found) == ["A-99"]
    rest = total(list(alike.values()))
    assert found["A-99"].usual == rest
    table = [[30, 70], [rest.hits, rest.n - rest.hits]]
    expected = stats.chi2_contingency(table, correction=False).pvalue
    assert found["A-99"].chance == pytest.approx(float(expected), rel=1e-9)


def test_where_groups_differ_anyway_more_is_needed_to_stand_out() -> None:
    various = {f"A-{number}": Hits(hits=3 * number, n=100) for number in range(20)}
    assert overdispersion(list(various.values()), 0.285) > 5
    assert apart({**various, "A-99": Hits(hits=60, n=100)}, min_n=30) == {}
    alike = {f"A-{number}": Hits(hits=28, n=100) for number in range(20)}
    assert overdispersion(list(alike.values()), 0.28) == 1.0
    assert set(apart({**alike, "A-99": Hits(hits=60, n=100)}, min_n=30)) == {"A-99"}


def test_two_who_stand_out_do_not_hide_each_other() -> None:
    alike = {f"A-{number}": Hits(hits=5 + number % 2, n=60) for number in range(8)}
    odd = {"A-98": Hits(hits=24, n=60), "A-99": Hits(hits=30, n=60)}
    assert set(apart({**alike, **odd}, min_n=30)) == set(odd)


def test_few_closings_accuse_nobody() -> None:
    alike = {f"A-{number}": Hits(hits=5, n=100) for number in range(5)}
    assert apart({**alike, "A-99": Hits(hits=25, n=29)}, min_n=30) == {}
    assert apart({"A-1": Hits(hits=90, n=100)}, min_n=30) == {}
    assert apart({}, min_n=30) == {}


@given(
    st.dictionaries(st.integers(), st.builds(Hits, hits=st.integers(0, 9), n=st.integers(9, 99)))
)
def test_no_groups_are_too_odd_to_be_judged(groups: dict[int, Hits]) -> None:
    for key, each in apart(groups, min_n=10).items():
        assert groups[key].share > each.usual.share


def test_it_is_told_again_only_where_it_is_half_as_bad_again() -> None:
    told = Hits(hits=30, n=100)
    assert not has_changed(told, 0.1, told, 0.1)
    assert not has_changed(told, 0.1, Hits(hits=36, n=100), 0.1)
    assert has_changed(told, 0.1, Hits(hits=41, n=100), 0.1)
