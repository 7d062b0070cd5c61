"""Works out what many answers come to: shares, means and scores, each with its 95 % interval."""

from dataclasses import astuple, dataclass
from math import sqrt

Z95 = 1.959963984540054
"""The standard normal distribution's 97.5 % quantile."""

_DIGITS = 6  # shown; a sum of floats depends on its order beyond


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is counted of a group of responses; tallies of parts add up to that of the whole.

    `n` of all; `csat`, `nps`, `ces` of those whose headline is of that kind, with `top` (4 and 5),
    `promoters` (9 and 10), `detractors` (0 to 6) and the sum of the CES ratings; `scored` of those
    with a score; `asked` of those which say whether it is resolved, `resolved` of those which say
    that it is.
    """

    n: int = 0
    csat: int = 0
    top: int = 0
    nps: int = 0
    promoters: int = 0
    detractors: int = 0
    ces: int = 0
    ces_sum: int = 0
    scored: int = 0
    score_sum: float = 0.0
    asked: int = 0
    resolved: int = 0
    low: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        names = self.__slots__
        both = zip(names, astuple(self), astuple(other), strict=True)
        return Tally(**{name: mine + theirs for name, mine, theirs in both})


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
