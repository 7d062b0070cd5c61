"""Counts responses and invitations by what they are credited to, in the database, in sets."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import add
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from scheduler.hours import zone
from surveys.model import QuestionKind
from surveys.periods import Period, day_of, whole_days
from surveys.rollups import ledger, sql
from surveys.rollups.sql import ATTRIBUTED
from surveys.rollups.views import covering, title
from surveys.statistics import Tally
from surveys.tables import figure_cells, figure_facts, figure_marks, invitations, responses

GROUPS = (*ATTRIBUTED, "channel", "survey", "program", "version")

Group = tuple[str | None, ...]
"""The values of what is grouped by, in the order asked for, then the names of the period."""

_CSAT_TOP = 4
_PROMOTERS = 9
_DETRACTORS = 6
_KINDS = len(QuestionKind) + 1  # rows of one group: a kind of headline each, and the invitations
_FEW_PERIODS = 60  # each is a branch of the statement, which has to be written and read
_TWO_DAYS = timedelta(days=2)  # longer than any day
_MOST_MARKS = 100_000  # beyond, all rows are counted sooner than those that are marked

_Range = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which responses or invitations are meant: `since` is in, `until` is not; `equal` by name.

    Names are those of `GROUPS`. Of responses alone: `low`, `late` and `suspect`, the `rating` that
    was given, and the `kind` of headline it was given to.
    """

    since: datetime | None = None
    until: datetime | None = None
    equal: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    rating: int | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """How far invitations came: each step counts those of the steps after it too."""

    eligible: int = 0
    attempted: int = 0
    delivered: int = 0
    started: int = 0
    completed: int = 0

    def __add__(self, other: "Funnel") -> "Funnel":
        return Funnel(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__slots__}
        )


@dataclass(slots=True, kw_only=True)
class Count:
    """What was counted of a group; `ratings` by kind of headline: how many gave 0, 1, … 10."""

    tally: Tally = field(default_factory=Tally)
    funnel: Funnel = field(default_factory=Funnel)
    ratings: dict[str, tuple[int, ...]] = field(default_factory=dict)


def joined(counts: Iterable[Count]) -> Count:
    """What groups come to together, which have no response and no invitation in common."""
    found = Count()
    for each in counts:
        found.tally += each.tally
        found.funnel += each.funnel
        for kind, given in each.ratings.items():
            mine = found.ratings.get(kind, (0,) * len(given))
            found.ratings[kind] = tuple(map(add, mine, given))
    return found


async def span(conn: AsyncConnection) -> datetime | None:
    """When the oldest of all that is counted happened, or was due; None: there is nothing."""
    closed_at = invitations.c.closed_at
    asked = (
        select(func.min(responses.c.started_at)),
        select(func.min(closed_at)),
        select(func.min(invitations.c.due_at)).where(closed_at.is_(None)),
    )
    found = [(await conn.execute(query)).scalar_one() for query in asked]
    return min((each for each in found if each is not None), default=None)


async def counts(
    conn: AsyncConnection,
    wanted: Selection,
    groups: Sequence[str],
    periods: Sequence[Period] | None,
    limit: int,
) -> dict[Group, Count] | None:
    """Responses whose headline was answered in time at some instant of `wanted`, without what is
    suspect, late or excluded; and how far the invitations for tickets closed then came.

    Read from the sums where they serve, else from the rows, with the same result. By channel an
    invitation counts where it last went out. None where there are more groups than `limit`.
    """
    if periods == []:
        return {}
    known = await ledger.state(conn)
    found = await _summed(conn, await _plan(conn, known, wanted, groups, periods), limit)
    if known is not None and await ledger.state(conn) != known:
        # All was begun anew between the two statements; the rows always tell.
        found = await _summed(conn, await _plan(conn, None, wanted, groups, periods), limit)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Parts that add up to what is wanted; `daily`: they are summed by day, and each day named by
    its period afterwards. `more`: how many rows there may be besides those of groups.
    """

    parts: Sequence[Any]
    groups: Sequence[str]
    periods: Sequence[Period] | None
    daily: bool = False
    more: int = 0


async def _summed(conn: AsyncConnection, plan: _Plan, limit: int) -> dict[Group, Count] | None:
    """The sums of parts, in one statement: whatever is folded meanwhile, it sees one state."""
    every = union_all(*plan.parts).subquery().c
    by = [*(every[f"by_{name}"] for name in plan.groups), every.kind, every.place]
    total = (cast(func.sum(every[name]), BigInteger) for name in sql.MEASURES)
    most = limit * _KINDS + plan.more
    query = select(*by, *total).group_by(*by).limit(most + 1)
    rows = (await conn.execute(query)).all()
    sums: dict[tuple[Group, str], list[int]] = {}
    begins = [each.since for each in plan.periods or ()]
    for row in rows:
        given, measured = row[: len(by)], row[len(by) :]
        key = _key(given, plan, begins)
        before = sums.get(key)
        sums[key] = [*map(add, before, measured)] if before else list(measured)
    found: dict[Group, Count] = defaultdict(Count)
    for (group, kind), total_of in sums.items():
        of = dict(zip(sql.MEASURES, total_of, strict=True))
        if of["n"] or of["eligible"]:
            _take(found[group], of, kind)
    return None if len(rows) > most or len(found) > limit else found


def _key(given: Sequence[Any], plan: _Plan, begins: Sequence[datetime]) -> tuple[Group, str]:
    """Which group a row of sums is of, and of which kind of headline."""
    names: Group = tuple(given[: len(plan.groups)])
    *_, kind, place = given
    if plan.periods is None:
        return names, kind
    number = bisect_right(begins, place) - 1 if plan.daily else place
    return (*names, *plan.periods[number].names), kind


async def _plan(
    conn: AsyncConnection,
    known: tuple[str, int] | None,
    wanted: Selection,
    groups: Sequence[str],
    periods: Sequence[Period] | None,
) -> _Plan:
    """Cells, facts where no cell fits, and of what is marked the rows in the place of its facts."""
    when = _within(wanted, periods)
    asked = _Asked(groups=groups, equal=wanted.equal, periods=periods)
    waiting = await ledger.waiting(conn, _MOST_MARKS)
    unkept = known is None or waiting > 0
    rows: Any = sql.facts(*await sql.questions(conn)) if unkept else None
    if known is None or waiting == _MOST_MARKS:
        parts = [asked.measured(asked.of_rows(rows, when))]
        return _Plan(parts=parts, groups=groups, periods=periods)
    days, edges = _days(known[0], when, periods, {*groups, *wanted.equal})
    daily = days is not None and _many_days(periods or ())
    asked = replace(asked, daily=daily)
    kept = figure_facts.c
    parts = [part for edge in edges for part in asked.of_facts(kept, 1, edge, cut=daily)]
    if waiting:
        marked = select(figure_marks.c.invitation)
        # Written down, or a plan that shall do for any time looks for them in all of the time.
        fresh = rows.where(invitations.c.id.in_(marked)).cte("fresh").prefix_with("MATERIALIZED")
        parts += asked.of_facts(fresh.c, 1, when)
        stale = select(figure_facts).where(kept.invitation.in_(marked)).cte("stale")
        parts += asked.of_facts(stale.prefix_with("MATERIALIZED").c, -1, when, cut=daily)
    both = [asked.measured(parts)] if parts else []
    if days is not None:
        both.append(asked.of_cells(days))
    return _Plan(parts=both, groups=groups, periods=periods, daily=daily, more=2 * waiting)


def _many_days(periods: Sequence[Period]) -> bool:
    """Whether there are more periods than a statement should name, each of them a day.

    Of a week or a month there would be more rows than groups, and of rows there is a limit.
    """
    return len(periods) > _FEW_PERIODS and all(
        each.until - each.since < _TWO_DAYS for each in periods
    )


def _days(
    timezone: str, when: _Range, periods: Sequence[Period] | None, names: set[str]
) -> tuple[_Range | None, list[_Range]]:
    """The whole days to be read from cells, if any, and the times left for facts."""
    place = zone(timezone)
    if place is None or covering(names) is None:
        return None, [when]
    ends = {end for each in periods or () for end in (each.since, each.until)}
    days = whole_days(*when, place)
    if days is None or any(day_of(end, place) != end for end in ends):
        return None, [when]
    sides: list[_Range] = [(when[0], days[0]), (days[1], when[1])]
    return days, [side for side in sides if side[0] != side[1]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is grouped by, and what is chosen; makes parts that can be put together.

    The `place` of what happened is the number of its period, or `daily` its day.
    """

    groups: Sequence[str]
    equal: Mapping[str, str]
    periods: Sequence[Period] | None
    daily: bool = False

    def of_cells(self, days: _Range) -> Any:
        """The cells of the smallest view that knows all names."""
        of = figure_cells.c
        view = covering({*self.groups, *self.equal})
        named = [sql.read(of[name]).label(f"by_{name}") for name in self.groups]
        chosen = [of[name] == "=" + value for name, value in self.equal.items()]
        measures = (of[name] for name in sql.MEASURES)
        return select(self._place(of.day), *named, of.kind, *measures).where(
            of.view == title(view or ()), between(of.day, *days), *chosen
        )

    def measured(self, parts: Sequence[Any]) -> Any:
        """Facts put together, with what they add to what is measured.

        Those that are alike are added up first: a sum for each measure and fact costs far more.
        """
        every = union_all(*parts).subquery().c
        by = ["place", *(f"by_{name}" for name in self.groups)]
        of = sql.alike(every, by).subquery().c
        each = [value.label(name) for name, value in sql.measured(of).items()]
        return select(*(of[name] for name in by), of.kind, *each)

    def of_facts(self, of: Any, sign: int, when: _Range, *, cut: bool = False) -> Iterator[Any]:
        """Facts that lie in a time, each by its answer and by its closing; `cut`: by its day."""
        for by_answer, name in ((True, "answered"), (False, "closed")):
            at = of[f"{name}_at"]
            shown = of[f"{name}_on"] if cut else at
            yield self._part(of, sign, shown, by_answer).where(at.is_not(None), between(at, *when))

    def of_rows(self, rows: Any, when: _Range) -> list[Any]:
        """All rows that lie in a time, found by the indexes on their own instants."""
        counted = rows.where(between(sql.HEAD.c.at, *when), sql.HEAD.c.at.is_not(None))
        # Written down: what is asked of each response is asked once, however often it is summed.
        by_answer = counted.cte("counted").prefix_with("MATERIALIZED")
        by_closing = rows.where(closed_in(*when)).subquery()
        return [
            self._part(by_answer.c, 1, by_answer.c.answered_at, True).where(
                by_answer.c.answered_at.is_not(None)
            ),
            self._part(by_closing.c, 1, by_closing.c.closed_at, False),
        ]

    def _part(self, of: Any, sign: int, at: Any, by_answer: bool) -> Any:
        credit = {
            name: sql.credited(of, name, by_answer=by_answer)
            for name in (*self.groups, *self.equal)
        }
        named = [credit[name].label(f"by_{name}") for name in self.groups]
        counted = (sql.answered if by_answer else sql.closed)(of, literal(sign, Integer))
        chosen = [credit[name] == value for name, value in self.equal.items()]
        return select(self._place(at), *named, *counted).where(*chosen)

    def _place(self, at: Any) -> Any:
        if self.periods is None:
            return literal(0, Integer).label("place")
        return (at if self.daily else _number(at, self.periods)).label("place")


def _number(at: Any, periods: Sequence[Period], first: int = 0) -> Any:
    """The number of the period that an instant within them all lies in.

    Found by halving: a join by ranges is left to planners that go through all periods for each row.
    """
    if len(periods) == 1:
        return literal(first, Integer)
    half = len(periods) // 2
    earlier = _number(at, periods[:half], first)
    return case(
        (at < periods[half].since, earlier), else_=_number(at, periods[half:], first + half)
    )


def _within(wanted: Selection, periods: Sequence[Period] | None) -> _Range:
    """From when on and before when anything counts."""
    since, until = wanted.since, wanted.until
    if periods is None:
        return since, until
    ends = (periods[0].since, periods[-1].until)
    return max(ends[0], since or ends[0]), min(ends[1], until or ends[1])


def closed_in(since: Any, until: Any) -> ColumnElement[bool]:
    """Whether an invitation's ticket was closed from `since` on and before `until`.

    Those planned before it was kept when their tickets were closed go by when they were due.
    """
    closed_at, due_at = invitations.c.closed_at, invitations.c.due_at
    if since is None and until is None:
        return true()
    old = and_(closed_at.is_(None), between(due_at, since, until))
    return or_(between(closed_at, since, until), old)


def between(at: Any, since: Any, until: Any) -> ColumnElement[bool]:
    """Whether an instant lies from `since` on and before `until`; None: without that end."""
    if since is not None and until is not None and since >= until:
        return false()
    limits = [at >= since] if since is not None else []
    limits += [at < until] if until is not None else []
    return and_(true(), *limits)


def credited(table: Any, name: str) -> Any:
    """What a response or an invitation is credited to, by one of `GROUPS`."""
    if name in ATTRIBUTED:
        return table.c.attribution[name].as_string()
    return invitations.c.program if name == "program" else table.c[name]


def _take(count: Count, of: Mapping[str, int], kind: str) -> None:
    """Add sums to what was counted of their group."""
    steps = ("eligible", *sql.STEPS)
    if of["eligible"]:
        count.funnel = Funnel(**{name: of[name] for name in steps})
    if of["n"]:
        ratings = tuple(of[f"rated_{rating}"] for rating in sql.RATINGS)
        count.tally += _tally(of, ratings, kind)
        if of["rated"]:
            count.ratings[kind] = ratings


def _tally(of: Mapping[str, int], ratings: Sequence[int], kind: str) -> Tally:
    plain: dict[str, Any] = {name: of[name] for name in ("n", "scored", "asked", "resolved", "low")}
    plain |= {"timed": of["timed"], "waited": of["waited"]}
    plain["score_sum"] = of["score"] / sql.POINT
    plain["score_square"] = of["score_square"] / sql.POINT**2
    if kind == QuestionKind.CSAT5:
        plain |= {"csat": of["rated"], "top": sum(ratings[_CSAT_TOP:])}
    elif kind == QuestionKind.NPS:
        plain |= {"nps": of["rated"], "promoters": sum(ratings[_PROMOTERS:])}
        plain["detractors"] = sum(ratings[: _DETRACTORS + 1])
    elif kind == QuestionKind.CES7:
        squares = sum(rating * rating * n for rating, n in enumerate(ratings))
        total = sum(rating * n for rating, n in enumerate(ratings))
        plain |= {"ces": of["rated"], "ces_sum": total, "ces_square": squares}
    return Tally(**plain)
