"""Tells how much of a change is one of the mix, and how much one within the parts."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from surveys.statistics import Tally

_DIGITS = 6

_Part = TypeVar("_Part", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """By how much a figure changed: `mix` of it as parts became more or less of the whole, `within`
    as the parts themselves changed; both together are `change`.
    """

    change: float
    mix: float
    within: float


def shifted(
    measure: str, now: Mapping[_Part, Tally], before: Mapping[_Part, Tally], min_n: int
) -> Shift | None:
    """By how many points `csat`, `mean_score` or else `nps` changed, over parts such as channels.

    E. M. Kitagawa, Components of a difference between two rates, Journal of the American
    Statistical Association 50 (1955), 1168-1194: shares are changed at the mean of both figures,
    figures at the mean of both shares. A part that is in one time alone is one of the mix. None
    where either time has fewer than `min_n` answers.
    """
    late, early = _parts(measure, now), _parts(measure, before)
    all_late, all_early = sum(n for _, n in late.values()), sum(n for _, n in early.values())
    if min(all_late, all_early) < max(min_n, 1):
        return None
    mix = within = 0.0
    for part in late.keys() | early.keys():
        sums = [of.get(part, (0.0, 0)) for of in (late, early)]
        shares = [n / every for (_, n), every in zip(sums, (all_late, all_early), strict=True)]
        known = [total / n for total, n in sums if n]
        there, first = known[0], known[-1]
        mix += (shares[0] - shares[1]) * (there + first) / 2
        within += (there - first) * (shares[0] + shares[1]) / 2
    return Shift(
        change=round(mix + within, _DIGITS), mix=round(mix, _DIGITS), within=round(within, _DIGITS)
    )


def _parts(measure: str, of: Mapping[_Part, Tally]) -> dict[_Part, tuple[float, int]]:
    """The sum of points and how many answered, of each part in which anybody did."""
    found = {part: _points(measure, tally) for part, tally in of.items()}
    return {part: (total, n) for part, (total, n) in found.items() if n}


def _points(measure: str, tally: Tally) -> tuple[float, int]:
    if measure == "csat":
        return 100.0 * tally.top, tally.csat
    if measure == "mean_score":
        return tally.score_sum, tally.scored
    return 100.0 * (tally.promoters - tally.detractors), tally.nps
