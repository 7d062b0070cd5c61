"""Counts responses and invitations by what they are credited to, in the database, in sets."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Text,
    and_,
    case,
    cast,
    column,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    values,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from surveys import questionnaire
from surveys.model import QuestionKind, Survey
from surveys.periods import Period
from surveys.statistics import Tally
from surveys.tables import answers, invitations, responses, survey_versions

ATTRIBUTED = ("agent", "team", "region", "product", "category")
GROUPS = (*ATTRIBUTED, "channel", "survey", "program", "version")

Group = tuple[str | None, ...]
"""The values of what is grouped by, in the order asked for, then the names of the period."""

_Key = tuple[str, str, str]  # survey, version, question

_CSAT_TOP = 4
_PROMOTERS = 9
_DETRACTORS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which responses or invitations are meant: `since` is in, `until` is not; `equal` by name.

    Names are those of `GROUPS`, and `low`, `late` and `suspect` for responses.
    """

    since: datetime | None = None
    until: datetime | None = None
    equal: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """How far invitations came: each step counts those of the steps after it too."""

    eligible: int = 0
    attempted: int = 0
    delivered: int = 0
    started: int = 0
    completed: int = 0


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


async def tallies(
    conn: AsyncConnection,
    wanted: Selection,
    groups: Sequence[str],
    periods: Sequence[Period] | None,
    limit: int,
) -> dict[Group, Tally] | None:
    """Tallies of the responses whose headline was answered in time, at some instant of `wanted`.

    What is suspect, late or excluded is left out. None where there are more groups than `limit`.
    """
    kinds, truths = await _kinds(conn, wanted.equal)
    if not kinds or periods == []:
        return {}
    # Written down: what is asked of each response is asked once, however often it is summed.
    rows_of = _counted(wanted, groups, periods, kinds, truths)
    inner = rows_of.cte("counted").prefix_with("MATERIALIZED")
    by = [inner.c[name] for name in _labels(groups, periods)]
    by += [inner.c.of_survey, inner.c.of_version]
    query = select(*by, *_sums(inner.c)).group_by(*by).limit(limit + 1)
    rows = (await conn.execute(query)).all()
    if len(rows) > limit:
        return None
    found: dict[Group, Tally] = defaultdict(Tally)
    for row in rows:
        kind = kinds[row.of_survey, row.of_version][1]
        found[_group(row, groups, periods)] += _tally(row, kind)
    return found


async def funnels(
    conn: AsyncConnection,
    wanted: Selection,
    groups: Sequence[str],
    periods: Sequence[Period] | None,
    limit: int,
) -> dict[Group, Funnel] | None:
    """Funnels of the invitations for tickets closed at some instant of `wanted`.

    By channel: the one it last went out by. None where there are more groups than `limit`.
    """
    if periods == []:
        return {}
    source = invitations.outerjoin(responses, responses.c.invitation == invitations.c.id)
    conditions = [credited(invitations, name) == value for name, value in wanted.equal.items()]
    conditions += [_closed_in(*_within(wanted, periods))]
    dimensions = [credited(invitations, name).label(f"by_{name}") for name in groups]
    if periods is not None:
        at = func.coalesce(invitations.c.closed_at, invitations.c.due_at)
        dimensions.append(_number(at, periods).label("by_period"))
    answered = responses.c.id.is_not(None)
    delivered = or_(invitations.c.delivered.is_(true()), answered)
    # An invitation expires from its first send on: it tells of those planned before the flag.
    went_out = or_(invitations.c.attempted.is_(true()), invitations.c.expires_at.is_not(None))
    inner = (
        select(
            *dimensions,
            _one(or_(went_out, delivered)).label("attempted"),
            _one(delivered).label("delivered"),
            _one(answered).label("started"),
            _one(responses.c.completed_at.is_not(None)).label("completed"),
        )
        .select_from(source)
        .where(*conditions)
        .subquery()
    )
    by = [inner.c[name] for name in _labels(groups, periods)]
    steps = ("attempted", "delivered", "started", "completed")
    sums = [func.sum(inner.c[name]).label(name) for name in steps]
    query = select(*by, func.count().label("eligible"), *sums).limit(limit + 1)
    rows = (await conn.execute(query.group_by(*by) if by else query)).all()
    if len(rows) > limit:
        return None
    return {
        _group(row, groups, periods): Funnel(
            eligible=row.eligible, **{name: getattr(row, name) or 0 for name in steps}
        )
        for row in rows
    }


async def _kinds(
    conn: AsyncConnection, equal: Mapping[str, str]
) -> tuple[dict[tuple[str, str], tuple[str, QuestionKind]], list[_Key]]:
    """The headline and its kind by (survey, version), and all questions of kind `resolved`."""
    query = select(survey_versions)
    for name, place in (("survey", survey_versions.c.id), ("version", survey_versions.c.version)):
        if name in equal:
            query = query.where(place == equal[name])
    found = [
        questionnaire.from_definition(row.id, row.version, row.definition)
        for row in await conn.execute(query)
    ]
    heads = {(each.id, each.version): (each.headline.id, each.headline.kind) for each in found}
    return heads, [key for each in found for key in _truths(each)]


def _truths(survey: Survey) -> list[_Key]:
    return [
        (survey.id, survey.version, question.id)
        for question in survey.questions.values()
        if question.kind is QuestionKind.RESOLVED
    ]


def _counted(
    wanted: Selection,
    groups: Sequence[str],
    periods: Sequence[Period] | None,
    kinds: Mapping[tuple[str, str], tuple[str, QuestionKind]],
    truths: Sequence[_Key],
) -> Any:
    """One row for each response that counts, with what is grouped by and what is summed."""
    heads = _questions("heads", [(*key, head) for key, (head, _) in kinds.items()])
    source = responses.join(answers, answers.c.response == responses.c.id)
    source = source.join(heads, _is_of(heads, answers))
    if "program" in groups or "program" in wanted.equal:
        source = source.join(invitations, invitations.c.id == responses.c.invitation)
    dimensions = [credited(responses, name).label(f"by_{name}") for name in groups]
    if periods is not None:
        dimensions.append(_number(answers.c.at, periods).label("by_period"))
    return (
        select(
            *dimensions,
            responses.c.survey.label("of_survey"),
            responses.c.version.label("of_version"),
            responses.c.rating,
            responses.c.score,
            _one(responses.c.low).label("low"),
            _resolved(truths).label("resolved"),
        )
        .select_from(source)
        .where(
            # The index on answers begins with the question.
            answers.c.question.in_(sorted({head for head, _ in kinds.values()})),
            between(answers.c.at, *_within(wanted, periods)),
            or_(answers.c.late.is_(None), answers.c.late.is_(false())),
            responses.c.late.is_(false()),
            responses.c.suspect.is_(false()),
            responses.c.excluded_at.is_(None),
            *(credited(responses, name) == value for name, value in wanted.equal.items()),
        )
    )


def _resolved(truths: Sequence[_Key]) -> Any:
    """1 where all was said to be resolved that a response was asked, 0 where not, else null."""
    if not truths:
        return cast(null(), Integer)
    asked, given = _questions("truths", truths), answers.alias("given")
    return (
        # A document that holds nothing but a truth is the same text in every database.
        select(func.min(_one(cast(given.c.value, Text) == "true")))
        .select_from(given.join(asked, _is_of(asked, given)))
        .where(
            given.c.response == responses.c.id,
            given.c.question.in_(sorted({question for _, _, question in truths})),
            or_(given.c.late.is_(None), given.c.late.is_(false())),
        )
        .correlate(responses)
        .scalar_subquery()
    )


def _is_of(questions: Any, given: Any) -> ColumnElement[bool]:
    return and_(
        questions.c.survey == responses.c.survey,
        questions.c.version == responses.c.version,
        questions.c.question == given.c.question,
    )


def _questions(name: str, keys: Sequence[_Key]) -> Any:
    names = [column(each, String) for each in ("survey", "version", "question")]
    return values(*names, name=name).data(list(keys)).cte(name)


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


def _within(wanted: Selection, periods: Sequence[Period] | None) -> tuple[Any, Any]:
    """From when on and before when anything counts."""
    since, until = wanted.since, wanted.until
    if periods is None:
        return since, until
    ends = (periods[0].since, periods[-1].until)
    return max(ends[0], since or ends[0]), min(ends[1], until or ends[1])


def _closed_in(since: Any, until: Any) -> ColumnElement[bool]:
    """Those planned before it was kept when their tickets were closed go by when they were due."""
    closed_at, due_at = invitations.c.closed_at, invitations.c.due_at
    if since is None and until is None:
        return true()
    old = and_(closed_at.is_(None), between(due_at, since, until))
    return or_(between(closed_at, since, until), old)


def between(at: Any, since: Any, until: Any) -> ColumnElement[bool]:
    """Whether an instant lies from `since` on and before `until`; None: without that end."""
    limits = [at >= since] if since is not None else []
    limits += [at < until] if until is not None else []
    return and_(true(), *limits)


def credited(table: Any, name: str) -> Any:
    """What a response or an invitation is credited to, by one of `GROUPS`."""
    if name in ATTRIBUTED:
        return table.c.attribution[name].as_string()
    return invitations.c.program if name == "program" else table.c[name]


def _one(condition: Any) -> Any:
    return case((condition, literal(1, Integer)), else_=literal(0, Integer))


def _sums(of: Any) -> list[Any]:
    rating = of.rating
    return [
        func.count().label("n"),
        func.count(rating).label("rated"),
        func.sum(rating).label("ratings"),
        func.sum(_one(rating >= _CSAT_TOP)).label("top"),
        func.sum(_one(rating >= _PROMOTERS)).label("promoters"),
        func.sum(_one(rating <= _DETRACTORS)).label("detractors"),
        func.count(of.score).label("scored"),
        func.sum(of.score).label("scores"),
        func.sum(of.low).label("low"),
        func.count(of.resolved).label("asked"),
        func.sum(of.resolved).label("resolved"),
    ]


def _tally(row: Any, kind: QuestionKind) -> Tally:
    plain = Tally(
        n=row.n,
        scored=row.scored,
        score_sum=row.scores or 0.0,
        asked=row.asked,
        resolved=row.resolved or 0,
        low=row.low,
    )
    match kind:
        case QuestionKind.CSAT5:
            return replace(plain, csat=row.rated, top=row.top)
        case QuestionKind.NPS:
            promoters, detractors = row.promoters, row.detractors
            return replace(plain, nps=row.rated, promoters=promoters, detractors=detractors)
        case QuestionKind.CES7:
            return replace(plain, ces=row.rated, ces_sum=row.ratings or 0)
        case QuestionKind.RESOLVED | QuestionKind.CHOICE | QuestionKind.COMMENT:
            return plain


def _labels(groups: Sequence[str], periods: Sequence[Period] | None) -> list[str]:
    return [f"by_{name}" for name in groups] + ([] if periods is None else ["by_period"])


def _group(row: Any, groups: Sequence[str], periods: Sequence[Period] | None) -> Group:
    named = tuple(getattr(row, f"by_{name}") for name in groups)
    return named if periods is None else (*named, *periods[row.by_period].names)
