"""Writes down what is counted of an invitation and its response, once, for all who count."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    Text,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from surveys import questionnaire
from surveys.model import QuestionKind, Survey
from surveys.rollups.views import NAMES
from surveys.tables import answers, invitations, responses, survey_versions

ATTRIBUTED = ("agent", "team", "region", "product", "category")
RATINGS = range(11)
STEPS = ("attempted", "delivered", "started", "completed")
MEASURES = (
    *("n", "rated", *(f"rated_{rating}" for rating in RATINGS)),
    *("scored", "score", "score_square", "asked", "resolved", "low", "timed", "waited"),
    *("eligible", *STEPS),
)
"""What is summed; all whole numbers, so that a sum is the same in whatever order it is made."""

_GIVEN = ("kind", "rating", "score", "low", "resolved")  # by which responses may be alike
_ADDED = ("n", "timed", "waited", "eligible", *STEPS)

HEAD = answers.alias("head")
"""The answers to headlines, in `facts`."""

POINT = 700  # so many parts of a point are kept: hundredths and sevenths are whole

_Key = tuple[str, ...]  # survey, version, question, and a headline's kind

# Of each version ever met: it is named by its content, so it never changes.
_KNOWN: dict[tuple[str, str], tuple[_Key, tuple[_Key, ...]]] = {}


async def questions(conn: AsyncConnection) -> tuple[tuple[_Key, ...], tuple[_Key, ...]]:
    """The headlines of all versions ever used, with their kinds; all questions whether it is
    resolved.
    """
    of = survey_versions.c
    query = select(of.id, of.version).order_by(of.id, of.version)
    names = [(row.id, row.version) for row in await conn.execute(query)]
    if not _KNOWN.keys() >= set(names):
        for row in await conn.execute(select(survey_versions)):
            survey = questionnaire.from_definition(row.id, row.version, row.definition)
            _KNOWN[row.id, row.version] = _asking(survey)
    return (
        tuple(_KNOWN[name][0] for name in names),
        tuple(key for name in names for key in _KNOWN[name][1]),
    )


def _asking(survey: Survey) -> tuple[_Key, tuple[_Key, ...]]:
    truths = (
        _of(survey, question.id)
        for question in survey.questions.values()
        if question.kind is QuestionKind.RESOLVED
    )
    return (*_of(survey, survey.headline.id), str(survey.headline.kind)), tuple(truths)


def _of(survey: Survey, question: str) -> _Key:
    return survey.id, survey.version, question


@lru_cache(maxsize=16)
def facts(heads: tuple[_Key, ...], truths: tuple[_Key, ...]) -> Any:
    """A fact of each invitation as the rows are now; the columns of `figure_facts` but the days.

    A response counts from the answer to its headline on, unless that came too late, or the
    response is suspect, late or excluded.
    """
    # Without any version there is no answer; a list of values cannot be empty all the same.
    known = _values("heads", list(heads) or [("", "", "", "")], "kind")
    source = (
        invitations.outerjoin(responses, responses.c.invitation == invitations.c.id)
        .outerjoin(known, _is_version(known))
        .outerjoin(HEAD, and_(HEAD.c.response == responses.c.id, _is_head(known, heads)))
    )
    counts = and_(
        responses.c.late.is_(false()),
        responses.c.suspect.is_(false()),
        responses.c.excluded_at.is_(None),
        responses.c.score.is_not(None),  # the headline was not passed over
    )
    answered = responses.c.id.is_not(None)
    delivered = or_(invitations.c.delivered.is_(true()), answered)
    # An invitation expires from its first send on: it tells of those planned before the flag.
    went_out = or_(invitations.c.attempted.is_(true()), invitations.c.expires_at.is_not(None))
    return select(
        invitations.c.id.label("invitation"),
        func.coalesce(invitations.c.closed_at, invitations.c.due_at).label("closed_at"),
        case((counts, HEAD.c.at), else_=None).label("answered_at"),
        *(invitations.c.attribution[name].as_string().label(name) for name in ATTRIBUTED),
        *(invitations.c[name] for name in ("program", "survey", "version")),
        invitations.c.channel.label("asked_by"),
        responses.c.channel.label("answered_by"),
        known.c.kind,
        responses.c.rating,
        cast(func.round(responses.c.score * POINT), Integer).label("score"),
        one(responses.c.low).label("low"),
        _resolved(truths).label("resolved"),
        _waited().label("waited"),
        one(or_(went_out, delivered)).label("attempted"),
        one(delivered).label("delivered"),
        one(answered).label("started"),
        one(responses.c.completed_at.is_not(None)).label("completed"),
    ).select_from(source)


def _is_version(known: Any) -> ColumnElement[bool]:
    pinned = responses.c
    return and_(known.c.survey == pinned.survey, known.c.version == pinned.version)


def _is_head(known: Any, heads: Sequence[_Key]) -> ColumnElement[bool]:
    return and_(
        HEAD.c.question == known.c.question,
        # The index on answers begins with the question.
        HEAD.c.question.in_(sorted({key[2] for key in heads})),
        _in_time(HEAD),
    )


def _in_time(given: Any) -> ColumnElement[bool]:
    return or_(given.c.late.is_(None), given.c.late.is_(false()))


def _values(name: str, keys: Sequence[_Key], *more: str) -> Any:
    names = ("survey", "version", "question", *more)
    # VALUES would have the statement compiled anew each time; rows one by one are kept with it.
    rows = [
        select(
            *(literal(value, String).label(each) for each, value in zip(names, key, strict=True))
        )
        for key in keys
    ]
    return union_all(*rows).cte(name).prefix_with("MATERIALIZED")


def _resolved(truths: Sequence[_Key]) -> Any:
    """1 where all was said to be resolved that a response was asked, 0 where not, else null."""
    if not truths:
        return cast(null(), Integer)
    asked, given = _values("truths", truths), answers.alias("given")
    is_asked = and_(_is_version(asked), asked.c.question == given.c.question)
    return (
        # A document that holds nothing but a truth is the same text in every database.
        select(func.min(one(cast(given.c.value, Text) == "true")))
        .select_from(given.join(asked, is_asked))
        .where(
            given.c.response == responses.c.id,
            given.c.question.in_(sorted({key[2] for key in truths})),
            cast(given.c.value, Text).in_(("true", "false")),  # else it was passed over
            _in_time(given),
        )
        .correlate(responses)
        .scalar_subquery()
    )


def _waited() -> Any:
    """Seconds from the first send to the first answer; null where no send is known of."""
    sent = extract("epoch", invitations.c.expires_at) - invitations.c.lasts
    span = cast(extract("epoch", responses.c.started_at) - sent, Integer)
    return case((span < 0, literal(0, Integer)), else_=span)


def answered(of: Any, sign: Any) -> list[Any]:
    """A fact as its response counts, or as that is taken away: what `measured` rests on."""
    nothing = literal(0, Integer)
    known = one(of["waited"].is_not(None))
    return [
        *(of[name] for name in _GIVEN),
        sign.label("n"),
        (sign * known).label("timed"),
        (sign * func.coalesce(of["waited"], 0)).label("waited"),
        *(nothing.label(name) for name in ("eligible", *STEPS)),
    ]


def closed(of: Any, sign: Any) -> list[Any]:
    """A fact as its invitation counts, or as that is taken away: what `measured` rests on."""
    nothing = literal(0, Integer)
    return [
        literal("").label("kind"),
        *(cast(null(), Integer).label(name) for name in _GIVEN[1:]),
        *(nothing.label(name) for name in ("n", "timed", "waited")),
        sign.label("eligible"),
        *((of[name] * sign).label(name) for name in STEPS),
    ]


def alike(of: Any, by: Sequence[str]) -> Any:
    """Rows of `answered` and `closed` that are of one place, `by` name, and alike, added up."""
    known = [of[name] for name in (*by, *_GIVEN)]
    added = (cast(func.sum(of[name]), BigInteger).label(name) for name in _ADDED)
    return select(*known, *added).group_by(*known)


def measured(of: Any) -> dict[str, Any]:
    """What a row of `answered` or `closed` adds to each of `MEASURES`."""
    score = cast(of.score, BigInteger)
    return {
        "n": of.n,
        "rated": of.n * one(of.rating.is_not(None)),
        **{f"rated_{each}": of.n * one(of.rating == each) for each in RATINGS},
        "scored": of.n * one(score.is_not(None)),
        "score": of.n * func.coalesce(score, 0),
        "score_square": of.n * func.coalesce(score * score, 0),
        "asked": of.n * one(of.resolved.is_not(None)),
        "resolved": of.n * func.coalesce(of.resolved, 0),
        "low": of.n * func.coalesce(of.low, 0),
        "timed": of.timed,
        "waited": of.waited,
        "eligible": of.eligible,
        **{name: of[name] for name in STEPS},
    }


def credited(of: Any, name: str, *, by_answer: bool) -> Any:
    """What a fact is credited to: an answer where it came from, an invitation where it went."""
    return (of.answered_by if by_answer else of.asked_by) if name == "channel" else of[name]


def one(condition: Any) -> Any:
    """1 where something holds, else 0."""
    return case((condition, literal(1, Integer)), else_=literal(0, Integer))


def written(value: Any) -> Any:
    """A name as cells have it, where null is a name too."""
    return case((value.is_(None), ""), else_=literal("=") + value)


def read(value: Any) -> Any:
    """A name as facts have it."""
    return case((value == "", None), else_=func.substr(value, 2))


def counted(of: Any, sign: Any, within: tuple[Any, Any] = (None, None)) -> Any:
    """Facts as cells take them, each by its answer and by its closing; `of`: their columns.

    `within`: those alone from one instant on and before another; None: without that end.
    """
    return union_all(
        _named(of, sign, within, by_answer=True), _named(of, sign, within, by_answer=False)
    )


def _named(of: Any, sign: Any, within: tuple[Any, Any], *, by_answer: bool) -> Any:
    at, day = (of.answered_at, of.answered_on) if by_answer else (of.closed_at, of.closed_on)
    given = (answered if by_answer else closed)(of, sign)
    names = (written(credited(of, name, by_answer=by_answer)).label(name) for name in NAMES)
    query = select(day.label("day"), *names, *given).where(day.is_not(None))
    if within[0] is not None:
        query = query.where(at >= within[0])
    if within[1] is not None:
        query = query.where(at < within[1])
    part = query.subquery().c
    each = (value.label(name) for name, value in measured(part).items())
    return select(part.day, *(part[name] for name in NAMES), part.kind, *each)


def sums(view: Sequence[str], of: Any) -> Any:
    """The cells of a view in the columns of `figure_cells` from the day on; `of`: `counted`."""
    names = [of[name] if name in view else literal("").label(name) for name in NAMES]
    totals = (cast(func.sum(of[name]), BigInteger).label(name) for name in MEASURES)
    by = [of.day, *(of[name] for name in view), of.kind]
    return select(of.day, *names, of.kind, *totals).group_by(*by)
