"""Decides what is out of the ordinary: a sudden rise of a share, and who differs from the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, log, log1p, sqrt
from typing import TypeVar

from surveys.statistics import SURE, two_proportions

K = TypeVar("K")

CHART_LIMIT = 0.00135
"""How often chance alone passes three sigma on one side: W. A. Shewhart, Economic Control of
Quality of Manufactured Product (Van Nostrand, 1931)."""

EWMA_WEIGHT, EWMA_WIDTH = 0.2, 2.962
"""Weight of the newest point, and width of the limits in standard errors, with which a chart in
control alarms every 500 points: J. M. Lucas and M. S. Saccucci, Exponentially weighted moving
average control schemes, Technometrics 32 (1990), 1-12."""

FUNNEL_WIDTH = 3.09
"""Limits that hold 99.8 % of those who are alike: D. J. Spiegelhalter, Funnel plots for comparing
institutional performance, Statistics in Medicine 24 (2005), 1185-1202."""

_WINSOR = 0.1  # the share of extreme z scores, on each side, that overdispersion is not taken from
_FEW = 5
_HAIR = 1e-12  # by which an average of equal numbers may miss them
_EXPECTED = 5  # hits and misses that a baseline needs before anything is compared with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """How many of `n` were of a kind: low scores of answers, skipped of closings."""

    hits: int = 0
    n: int = 0

    @property
    def share(self) -> float:
        """0 of none."""
        return self.hits / self.n if self.n > 0 else 0.0

    def __add__(self, other: "Hits") -> "Hits":
        return Hits(hits=self.hits + other.hits, n=self.n + other.n)

    def __sub__(self, other: "Hits") -> "Hits":
        return Hits(hits=self.hits - other.hits, n=self.n - other.n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What stands out: `now` against `usual`; `limit` is the share beyond which it does.

    `chance` is how often chance alone would show as much; `since`: the first of the points given
    that the rise is made of.
    """

    now: Hits
    usual: Hits
    limit: float
    chance: float
    since: int = 0


def total(points: Sequence[Hits]) -> Hits:
    """All points together."""
    return sum(points, Hits())


def risen(usual: Hits, points: Sequence[Hits], min_n: int) -> Finding | None:
    """Whether a share has risen suddenly against a baseline, by two charts of `points` in order.

    A p-chart judges the last point that has anything, by the exact binomial distribution; an EWMA
    chart judges all of them for a smaller rise that lasts. None: neither says so, or there is too
    little to say it by: fewer than `min_n` in the points judged or in the baseline, or a baseline
    of fewer than five hits or misses.
    """
    if usual.n < max(min_n, 1) or min(usual.hits, usual.n - usual.hits) < _EXPECTED:
        return None
    found = [
        each for each in (_shewhart(usual, points, min_n), _ewma(usual, points, min_n)) if each
    ]
    return min(found, key=lambda each: each.chance, default=None)


def _shewhart(usual: Hits, points: Sequence[Hits], min_n: int) -> Finding | None:
    last = max((place for place, each in enumerate(points) if each.n), default=None)
    if last is None or points[last].n < max(min_n, 1):
        return None
    point, p = points[last], usual.share
    chance = binomial_tail(point.hits, point.n, p)
    if chance >= CHART_LIMIT:
        return None
    limit = min(p + 3 * sqrt(p * (1 - p) / point.n), 1.0)
    return Finding(now=point, usual=usual, limit=limit, chance=chance, since=last)


def _ewma(usual: Hits, points: Sequence[Hits], min_n: int) -> Finding | None:
    """Points without anything are left out; the limits widen with the baseline's own error."""
    p = usual.share
    level, weights, begun = p, 0.0, 0
    for place, each in enumerate(points):
        if not each.n:
            continue
        if level <= p + _HAIR:
            begun = place
        level = EWMA_WEIGHT * each.share + (1 - EWMA_WEIGHT) * level
        weights = EWMA_WEIGHT**2 / each.n + (1 - EWMA_WEIGHT) ** 2 * weights
    recent = total(points[begun:])
    error = sqrt(p * (1 - p) * (weights + 1 / usual.n))
    if recent.n < max(min_n, 1) or level <= p + EWMA_WIDTH * error:
        return None
    limit = min(p + EWMA_WIDTH * error, 1.0)
    return Finding(
        now=recent, usual=usual, limit=limit, chance=normal_tail((level - p) / error), since=begun
    )


def binomial_tail(hits: int, n: int, p: float) -> float:
    """How often `hits` or more of `n` come by chance, where each comes with probability `p`."""
    if hits <= 0 or p >= 1:
        return 1.0
    if p <= 0 or hits > n:
        return 0.0
    if hits < n * p:  # the terms begin too small to be added up from there
        return 1 - binomial_tail(n - hits + 1, n, 1 - p)
    part = exp(
        lgamma(n + 1)
        - lgamma(hits + 1)
        - lgamma(n - hits + 1)
        + hits * log(p)
        + (n - hits) * log1p(-p)
    )
    found = part
    for k in range(hits, n):
        part *= (n - k) / (k + 1) * p / (1 - p)
        found += part
        if part < found * 1e-17 and k > n * p:
            break
    return min(found, 1.0)


def fisher_tail(one: Hits, other: Hits) -> float:
    """How often chance alone would give `one` as many of all hits, or more.

    R. A. Fisher, Statistical Methods for Research Workers, 5th edition (Oliver and Boyd, 1934): the
    hypergeometric distribution of a table whose sums are given.
    """
    every = one + other
    whole = _choices(every.n, one.n)
    logs = (
        _choices(every.hits, k) + _choices(every.n - every.hits, one.n - k) - whole
        for k in range(one.hits, min(one.n, every.hits) + 1)
    )
    return min(sum(exp(each) for each in logs), 1.0)


def _choices(n: int, k: int) -> float:
    """The logarithm of how many ways there are to choose `k` of `n`."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def normal_tail(z: float) -> float:
    """How often a standard normal number is `z` or more."""
    return erfc(z / sqrt(2)) / 2


def apart(groups: Mapping[K, Hits], min_n: int) -> dict[K, Finding]:
    """Whose share is higher than that of all others, of groups that are not the same by nature.

    Two tests must agree. The funnel: above the 99.8 % limit around the share of the others, widened
    by what groups differ anyway (Spiegelhalter 2005, multiplicative overdispersion of winsorised z
    scores). And the pooled test of two proportions against the others, Fisher's where too few are
    expected for it, with at most 5 % of what they find due to chance (`discoveries`). Groups of
    fewer than `min_n` are not judged.
    """
    every = total(list(groups.values()))
    judged = {key: each for key, each in groups.items() if each.n >= max(min_n, 1)}
    found: dict[K, Finding] = {}
    chances: dict[K, float] = {}
    for key, each in judged.items():
        rest = every - each
        if rest.n < max(min_n, 1):
            continue
        chance = two_proportions(each.hits, each.n, rest.hits, rest.n)
        if chance is None:
            chance = min(2 * fisher_tail(each, rest), 1.0)
        chances[key] = chance
        width = FUNNEL_WIDTH * sqrt(rest.share * (1 - rest.share) / each.n)
        if each.share <= rest.share + width:
            continue
        others = [other for name, other in judged.items() if name != key]
        limit = min(rest.share + width * sqrt(overdispersion(others, rest.share)), 1.0)
        if each.share > limit:
            found[key] = Finding(now=each, usual=rest, limit=limit, chance=chance)
    sure = discoveries(chances)
    return {key: each for key, each in found.items() if key in sure}


def overdispersion(groups: Sequence[Hits], centre: float) -> float:
    """How much more groups vary around a share than chance makes them; 1 where they do not.

    The mean square of their z scores, the most extreme tenth on each side, one at least of five or
    more, drawn in to the next.
    """
    if not 0 < centre < 1:
        return 1.0
    scores = sorted(
        (each.share - centre) / sqrt(centre * (1 - centre) / each.n) for each in groups if each.n
    )
    if len(scores) < 2:
        return 1.0
    cut = max(int(len(scores) * _WINSOR), 1 if len(scores) >= _FEW else 0)
    low, high = scores[cut], scores[-1 - cut]
    drawn = [min(max(score, low), high) for score in scores]
    return max(sum(score * score for score in drawn) / len(drawn), 1.0)


def discoveries(chances: Mapping[K, float], share: float = SURE) -> set[K]:
    """Which of many tests may be believed, so that at most `share` of those are false.

    Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, Journal of the Royal
    Statistical Society B 57 (1995), 289-300.
    """
    ordered = sorted(chances, key=lambda key: chances[key])
    last = max(
        (
            rank
            for rank, key in enumerate(ordered, start=1)
            if chances[key] <= share * rank / len(ordered)
        ),
        default=0,
    )
    return set(ordered[:last])


def has_changed(before: Hits, usual_before: float, now: Hits, usual: float) -> bool:
    """Whether what was told is worth telling again: it is half as far again from what is usual."""
    told = before.share - usual_before
    return now.share - usual >= 1.5 * told and now != before
