"""Counts terms by comment, and ranks what a group says more often than the rest."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import copysign, log

from surveys.statistics import SURE, two_proportions

FEWEST = 3
"""Comments that must name a term before it is told: what one or two said is no topic, and might
tell who they are."""

_SAME = 0.8  # of the comments of two terms that they share, if both are one topic
_CONSIDERED = 20  # candidates for each topic that is told
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A response with its comment's terms; `score` of 100."""

    response: str
    group: str | None
    score: float | None
    terms: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A term of a group: shares are of comments, 0 to 1; `score` is the signed G².

    `share_rest`, `score`, `mean_score`, `share_before` and `changed` are None where there is too
    little to go by. `responses` name it, in the order of the comments.
    """

    term: str
    count: int
    share: float
    share_rest: float | None
    score: float | None
    mean_score: float | None
    share_before: float | None
    changed: str | None
    responses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """How many comments there are, and how many name each term."""

    n: int
    named: Mapping[str, int]


def g2(hits: int, n: int, hits_rest: int, n_rest: int) -> float:
    """The log-likelihood ratio of two shares; below 0 where the first is the smaller.

    T. Dunning, Accurate methods for the statistics of surprise and coincidence, Computational
    Linguistics 19 (1993), 61-74: 2 × the sum of O ln(O / E) over the table of two by two. 0 where
    either side is empty.
    """
    if n <= 0 or n_rest <= 0:
        return 0.0
    whole, named = n + n_rest, hits + hits_rest
    table = (
        (hits, n * named / whole),
        (hits_rest, n_rest * named / whole),
        (n - hits, n * (whole - named) / whole),
        (n_rest - hits_rest, n_rest * (whole - named) / whole),
    )
    ratio = 2 * sum(seen * log(seen / due) for seen, due in table if seen > 0)
    return copysign(max(ratio, 0.0), hits / n - hits_rest / n_rest)


def topics(
    group: Sequence[Said], rest: Side, before: Side | None, min_n: int, most: int
) -> list[Topic]:
    """The topics of a group, the most telling first, at most so many; none of too few comments.

    By G² against the rest, where that has `min_n` comments, else by how many name them. Of terms
    that nearly the same comments name, the first alone is told.
    """
    if len(group) < max(min_n, 1):
        return []
    known = side(group)
    scores = {
        term: _score(count, known.n, rest, term, min_n)
        for term, count in known.named.items()
        if count >= FEWEST
    }
    ordered = sorted(
        scores, key=lambda term: (-(scores[term] or 0.0), -known.named[term], -len(term), term)
    )
    naming = _naming(group, ordered[: _CONSIDERED * most])
    told = _apart(naming, most)
    return [_topic(term, naming[term], known, rest, before, scores[term], min_n) for term in told]


def side(said: Iterable[Said]) -> Side:
    """What some comments come to."""
    named: Counter[str] = Counter()
    n = 0
    for each in said:
        n += 1
        named.update(each.terms)
    return Side(n=n, named=named)


def less(whole: Side, part: Side) -> Side:
    """The comments of `whole` that are not in `part`, which is one of its parts."""
    named = {term: count - part.named.get(term, 0) for term, count in whole.named.items()}
    return Side(n=whole.n - part.n, named=named)


def grouped(said: Iterable[Said]) -> dict[str | None, list[Said]]:
    """Comments by their groups, the largest group first; in a group they keep their order."""
    found: dict[str | None, list[Said]] = defaultdict(list)
    for each in said:
        found[each.group].append(each)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0] or "")))


def _score(count: int, n: int, rest: Side, term: str, min_n: int) -> float | None:
    if rest.n < max(min_n, 1):
        return None
    return round(g2(count, n, rest.named.get(term, 0), rest.n), _DIGITS)


def _naming(group: Sequence[Said], wanted: Sequence[str]) -> dict[str, list[Said]]:
    """The comments that name each of some terms, in the order of the terms."""
    found: dict[str, list[Said]] = {term: [] for term in wanted}
    for each in group:
        for term in each.terms & found.keys():
            found[term].append(each)
    return found


def _apart(naming: Mapping[str, Sequence[Said]], most: int) -> list[str]:
    """The first terms that do not stand for the comments of another one that is told already."""
    told: dict[str, set[str]] = {}
    for term, said in naming.items():
        mine = {each.response for each in said}
        if not any(_are_one(mine, theirs) for theirs in told.values()):
            told[term] = mine
        if len(told) == most:
            break
    return list(told)


def _are_one(mine: set[str], theirs: set[str]) -> bool:
    return len(mine & theirs) >= _SAME * max(len(mine), len(theirs))


def _topic(
    term: str,
    said: Sequence[Said],
    known: Side,
    rest: Side,
    before: Side | None,
    score: float | None,
    min_n: int,
) -> Topic:
    count, enough = len(said), max(min_n, 1)
    scored = [each.score for each in said if each.score is not None]
    told = before is not None and before.n >= enough
    earlier = before.named.get(term, 0) if before is not None else 0
    return Topic(
        term=term,
        count=count,
        share=round(count / known.n, _DIGITS),
        share_rest=None if score is None else round(rest.named.get(term, 0) / rest.n, _DIGITS),
        score=score,
        mean_score=round(sum(scored) / len(scored), _DIGITS) if len(scored) >= enough else None,
        share_before=round(earlier / before.n, _DIGITS) if told and before is not None else None,
        changed=_changed(count, known.n, earlier, before.n) if told and before else None,
        responses=tuple(each.response for each in said),
    )


def _changed(count: int, n: int, before: int, n_before: int) -> str | None:
    """`up` or `down`, where a test says that the share moved."""
    chance = two_proportions(count, n, before, n_before)
    if chance is None or chance >= SURE:
        return None
    return "up" if count / n > before / n_before else "down"
