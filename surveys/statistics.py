"""Works out what many answers come to: shares, means and scores, each with its 95 % interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, erfc, exp, lgamma, log, sqrt

Z95 = 1.959963984540054
"""The standard normal distribution's 97.5 % quantile."""

_Z80 = 0.8416212335729143  # of the same, the 80 % quantile

SURE = 0.05
"""A change is told where chance alone would show one so large less often than this."""

_EXPECTED = 5  # hits and misses that each side must have, for the normal approximation to hold
_USUAL = 12.52  # of so many expected, twice five are there four in five times (Poisson)
_DIGITS = 6  # shown; a sum of floats depends on its order beyond


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is counted of a group of responses; tallies of parts add up to that of the whole.

    `n` of all; `csat`, `nps`, `ces` of those whose headline is of that kind, with `top` (4 and 5),
    `promoters` (9 and 10), `detractors` (0 to 6) and the sums of the CES ratings and their squares;
    `scored` of those with a score, with the sums of scores and squares; `asked` of those which say
    whether it is resolved, `resolved` of those which say that it is; `timed` of those whose first
    answer is known to have come `waited` seconds, all together, after the first send.
    """

    n: int = 0
    csat: int = 0
    top: int = 0
    nps: int = 0
    promoters: int = 0
    detractors: int = 0
    ces: int = 0
    ces_sum: int = 0
    ces_square: int = 0
    scored: int = 0
    score_sum: float = 0.0
    score_square: float = 0.0
    asked: int = 0
    resolved: int = 0
    low: int = 0
    timed: int = 0
    waited: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__slots__}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a group is told by, as in contract section 7; None: too few answers, or none."""

    csat: float | None = None  # a share
    csat_low: float | None = None
    csat_high: float | None = None
    nps: float | None = None  # -100 to 100
    nps_low: float | None = None
    nps_high: float | None = None
    ces: float | None = None  # 1 to 7
    mean_score: float | None = None  # 0 to 100
    resolved_rate: float | None = None  # shares
    low_rate: float | None = None


def figures(tally: Tally, min_n: int) -> Figures:
    """The figures of a group; all None where it has fewer than `min_n` responses."""
    if tally.n < max(min_n, 1):
        return Figures()
    csat_low, csat_high = wilson(tally.top, tally.csat)
    nps, nps_low, nps_high = net_promoters(tally.promoters, tally.detractors, tally.nps)
    return Figures(
        csat=_share(tally.top, tally.csat),
        csat_low=csat_low,
        csat_high=csat_high,
        nps=nps,
        nps_low=nps_low,
        nps_high=nps_high,
        ces=_share(tally.ces_sum, tally.ces),
        mean_score=_share(tally.score_sum, tally.scored),
        resolved_rate=_share(tally.resolved, tally.asked),
        low_rate=_share(tally.low, tally.n),
    )


def wilson(hits: int, n: int) -> tuple[float | None, float | None]:
    """The 95 % score interval of a share, without continuity correction; (None, None) of none.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of
    the American Statistical Association 22 (1927), 209-212.
    """
    if n <= 0:
        return None, None
    share, square = hits / n, Z95 * Z95
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = Z95 / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    # At 0 and at 1 the bound is exactly that; the square root misses it by a hair.
    low = 0.0 if hits == 0 else centre - half
    high = 1.0 if hits == n else centre + half
    return round(low, _DIGITS), round(high, _DIGITS)


def net_promoters(
    promoters: int, detractors: int, n: int
) -> tuple[float | None, float | None, float | None]:
    """The Net Promoter Score of -100 to 100 with the 95 % interval of its standard error.

    F. F. Reichheld, The one number you need to grow, Harvard Business Review 81/12 (2003): share of
    promoters less share of detractors. An answer counts 1, 0 or -1, so its variance is
    p + d - (p - d)^2, and the score's standard error the root of that by n. The bounds stay within
    the scale; (None, None, None) of none.
    """
    if n <= 0:
        return None, None, None
    net = (promoters - detractors) / n
    variance = (promoters + detractors) / n - net * net
    half = Z95 * sqrt(max(variance, 0.0) / n)
    low, high = max(net - half, -1.0), min(net + half, 1.0)
    score, least, most = (round(100 * each, _DIGITS) for each in (net, low, high))
    return score, least, most


def _share(part: float, n: int) -> float | None:
    return round(part / n, _DIGITS) if n > 0 else None


def two_proportions(hits: int, n: int, hits_before: int, n_before: int) -> float | None:
    """How often chance alone would set two shares so far apart, by the pooled z test; two-sided.

    As in J. L. Fleiss, Statistical Methods for Rates and Proportions (Wiley, 1973), without the
    correction for continuity. None where either side is expected to have fewer than five hits or
    misses: the approximation does not hold there.
    """
    if n <= 0 or n_before <= 0:
        return None
    every, both = n + n_before, hits + hits_before
    # In whole numbers: five that are expected are five, be they hits or misses.
    if min(n, n_before) * min(both, every - both) < _EXPECTED * every:
        return None
    pooled = both / every
    error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_before))
    return erfc(abs(hits / n - hits_before / n_before) / error / sqrt(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Numbers as far as a test of their mean needs them."""

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """Their mean; 0 of none."""
        return self.total / self.n if self.n else 0.0

    @property
    def error(self) -> float:
        """The square of the mean's standard error, from the variance over n - 1."""
        if self.n < 2:
            return 0.0
        spread = max(self.squares - self.n * self.mean * self.mean, 0.0)
        return spread / (self.n - 1) / self.n


def welch(one: Sample, other: Sample) -> float | None:
    """How often chance alone would set two means so far apart; two-sided.

    B. L. Welch, The generalization of Student's problem when several different population
    variances are involved, Biometrika 34 (1947), 28-35. None of fewer than two numbers a side, or
    where neither side varies.
    """
    both = one.error + other.error
    if min(one.n, other.n) < 2 or both <= 0:
        return None
    freedom = both * both / sum(each.error**2 / (each.n - 1) for each in (one, other))
    return student(abs(one.mean - other.mean) / sqrt(both), freedom)


def student(t: float, freedom: float) -> float:
    """How often Student's t lies further from 0 than `t`, at so many degrees of freedom.

    NIST Digital Library of Mathematical Functions, 8.17: the regularized incomplete beta function
    at v / (v + t^2) of v / 2 and 1 / 2.
    """
    if freedom <= 0:
        return 1.0
    share = t * t / (freedom + t * t)
    if share < 1.5 / (freedom / 2 + 2.5):  # so near to 0 that 1 less it would be rounded
        return 1 - _beta(share, 0.5, freedom / 2)
    return _beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def student_bound(freedom: float) -> float:
    """The t beyond which, on either side, 5 % lie; found by halving."""
    low, high = 0.0, 1e4
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if student(middle, freedom) > SURE else (low, middle)
    return high


def _beta(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function, by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x)) / a
    tiny, upper, lower, value = 1e-300, 1.0, 0.0, 1.0
    for step in range(400):
        half = step // 2
        if step == 0:
            part = 1.0
        elif step % 2 == 0:
            part = half * (b - half) * x / ((a + step - 1) * (a + step))
        else:
            part = -(a + half) * (a + b + half) * x / ((a + step - 1) * (a + step))
        # Lentz's way: two fractions that never divide by nothing.
        lower = 1 / ((1 + part * lower) or tiny)
        upper = (1 + part / upper) or tiny
        value *= upper * lower
        if abs(upper * lower - 1) < 1e-14:
            break
    return front * (value - 1)


def changes(now: Tally, before: Tally, min_n: int) -> Mapping[str, str | None]:
    """Which figures moved, `up` or `down`, by more than chance at `SURE`; None: no test says so.

    Shares by the test of two proportions, means by Welch's; NPS as the mean of 1, 0 and -1. None of
    all where either side has fewer than `min_n` responses.
    """
    enough = min(now.n, before.n) >= max(min_n, 1)
    shares = {
        name: (two_proportions(*here, *there), _share(*here), _share(*there))
        for name, here, there in (
            ("csat", (now.top, now.csat), (before.top, before.csat)),
            ("resolved_rate", (now.resolved, now.asked), (before.resolved, before.asked)),
            ("low_rate", (now.low, now.n), (before.low, before.n)),
        )
    }
    means = {
        name: (welch(here, there), here.mean, there.mean)
        for name, here, there in (
            ("nps", _recommending(now), _recommending(before)),
            ("ces", _effort(now), _effort(before)),
            ("mean_score", _scored(now), _scored(before)),
        )
    }
    return {
        name: ("up" if (here or 0) > (there or 0) else "down")
        if enough and chance is not None and chance < SURE
        else None
        for name, (chance, here, there) in (shares | means).items()
    }


def to_see(tally: Tally, min_n: int, apart: float = 0.05) -> int | None:
    """How many answers each of two times needs for `changes` to tell four in five times that the
    share `csat`, or else NPS as the mean of 1, 0 and -1, moved by `apart`; as these answers spread.

    J. L. Fleiss, Statistical Methods for Rates and Proportions (Wiley, 1973), without the
    correction for continuity; for a mean twice the variance takes the place of the two shares'.
    Where nobody or everybody is satisfied, as many as give the test its hits or misses. None of
    fewer than `min_n` responses, or of another kind.
    """
    if tally.n < max(min_n, 1) or not (tally.csat or tally.nps):
        return None
    fewest = 0.0
    if tally.csat:
        share = tally.top / tally.csat
        moved = share - apart if share >= apart else share + apart
        middle = (share + moved) / 2
        unmoved, spread = 2 * middle * (1 - middle), share * (1 - share) + moved * (1 - moved)
        fewest = _USUAL / 2 / min(middle, 1 - middle)
    else:
        votes = _recommending(tally)
        unmoved = spread = 2 * (votes.squares / votes.n - votes.mean**2)
    root = Z95 * sqrt(max(unmoved, 0.0)) + _Z80 * sqrt(max(spread, 0.0))
    return ceil(max((root / apart) ** 2, fewest)) or None


def _recommending(of: Tally) -> Sample:
    votes = of.promoters + of.detractors
    return Sample(n=of.nps, total=of.promoters - of.detractors, squares=votes)


def _effort(of: Tally) -> Sample:
    return Sample(n=of.ces, total=of.ces_sum, squares=of.ces_square)


def _scored(of: Tally) -> Sample:
    return Sample(n=of.scored, total=of.score_sum, squares=of.score_square)
