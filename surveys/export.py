"""Reads responses with their answers in columns, a page at a time, however many there are."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.sql import among
from kernel.vault import Vault
from surveys import listing, store
from surveys.ledger import place
from surveys.model import QuestionKind
from surveys.report import Selection, credited
from surveys.rollups.sql import ATTRIBUTED
from surveys.tables import answers, invitations, responses

Columns = Mapping[str, Sequence[Any]]
"""Values by the name of their column, all equally many."""

_OWN = (
    *("id", "source", "ticket", "survey", "version", "channel", "score", "rating"),
    *("low", "suspect", "suspect_reason", "late", "started_at", "completed_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that is answered among what is read; `kind` None: versions disagree on it."""

    survey: str
    question: str
    kind: QuestionKind | None

    @property
    def column(self) -> str:
        """Its column: the same whatever other surveys ask, and however it is worded."""
        return f"{self.survey}.{self.question}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How many responses there are to read, of which (survey, version), and all they were asked."""

    rows: int
    versions: tuple[tuple[str, str], ...]
    questions: tuple[Asked, ...]


async def extent(conn: AsyncConnection, wanted: Selection, by: str) -> Extent:
    """What `pages` will read in this transaction; only versions that occur bring columns."""
    key = (responses.c.survey, responses.c.version)
    query = await listing.chosen(conn, wanted, by, *key, func.count().label("n"))
    rows = (await conn.execute(query.group_by(*key).order_by(*key))).all()
    versions = tuple((row.survey, row.version) for row in rows)
    return Extent(
        rows=sum(row.n for row in rows),
        versions=versions,
        questions=await _questions(conn, versions),
    )


async def _questions(
    conn: AsyncConnection, versions: Sequence[tuple[str, str]]
) -> tuple[Asked, ...]:
    known = await store.versions(conn, versions)
    found: dict[str, Asked] = {}
    for survey, version in versions:
        for question in known[survey, version].questions.values():
            asked = Asked(survey=survey, question=question.id, kind=question.kind)
            before = found.setdefault(asked.column, asked)
            if before.kind is not asked.kind:
                found[asked.column] = replace(before, kind=None)
    return tuple(found.values())


async def pages(
    conn: AsyncConnection, known: Extent, wanted: Selection, by: str, rows: int
) -> AsyncIterator[Columns]:
    """The responses of an extent in the order they were begun, so many `rows` at a time.

    Columns: those of `/v1/responses` by name, `excluded` a truth, `customer`, and each question
    under `Asked.column`: the value as it was given, None where there is none (a comment has none).
    """
    at, id_ = responses.c.started_at, responses.c.id
    columns = [responses.c[name] for name in _OWN]
    credit = [credited(responses, name).label(name) for name in ATTRIBUTED]
    excluded = responses.c.excluded_at.is_not(None).label("excluded")
    chosen = await listing.chosen(
        conn, wanted, by, *columns, *credit, excluded, responses.c.invitation
    )
    asked = sorted({each.question for each in known.questions if _has_value(each)})
    last: Any = None
    while True:
        # The first condition alone leads to a place in the index.
        rest = (
            chosen
            if last is None
            else chosen.where(at >= last.started_at, or_(at > last.started_at, id_ > last.id))
        )
        query = _whole(rest.order_by(at, id_).limit(rows).cte("page"), asked)
        found = (await conn.execute(query)).all()
        if found:
            yield _columns(known, query.selected_columns.keys(), found, asked)
        if len(found) < rows:
            return
        last = found[-1]


def _has_value(asked: Asked) -> bool:
    return asked.kind is not QuestionKind.COMMENT


def _whole(page: Any, asked: Sequence[str]) -> Any:
    """The responses of a page with what is known of their invitations and answers."""
    own = [column for column in page.c if column.name != "invitation"]
    more = (
        invitations.c.cycle.label("closure"),
        invitations.c.program,
        invitations.c.customer,
    )
    source = page.join(invitations, invitations.c.id == page.c.invitation)
    values = [
        select(cast(answers.c.value, Text))
        .where(answers.c.response == page.c.id, answers.c.question == question)
        .scalar_subquery()
        .label(f"answer_{number}")
        for number, question in enumerate(asked)
    ]
    ordered = (page.c.started_at, page.c.id)
    return select(*own, *more, *values).select_from(source).order_by(*ordered)


def _columns(
    known: Extent, names: Sequence[str], found: Sequence[Any], asked: Sequence[str]
) -> Columns:
    read: dict[str, Sequence[Any]] = dict(zip(names, zip(*found, strict=True), strict=True))
    values = {
        question: list(map(_values.__getitem__, read.pop(f"answer_{number}")))
        for number, question in enumerate(asked)
    }
    surveys = {each.survey for each in known.questions}
    for each in known.questions:
        given = values.get(each.question) if _has_value(each) else None
        if given is not None and len(surveys) > 1:
            given = [
                value if survey == each.survey else None
                for value, survey in zip(given, read["survey"], strict=True)
            ]
        if given is not None and each.kind is None:
            given = list(map(_text, given))
        read[each.column] = (None,) * len(found) if given is None else given
    return read


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


class _Values(dict[str | None, Any]):
    """What JSON texts mean: there are few different ones, ratings, truths and options."""

    def __missing__(self, text: str | None) -> Any:
        value = None if text is None else orjson.loads(text)
        value = None if value == "" else value  # a question that was passed over
        if len(self) < _REMEMBERED:
            self[text] = value
        return value


_REMEMBERED = 10_000
_values = _Values()


async def words(
    conn: AsyncConnection, vault: Vault, ids: Collection[str]
) -> dict[str, dict[str, str]]:
    """What customers said in words, opened: by response, then by question in the order given."""
    query = (
        select(answers.c.response, answers.c.question, answers.c.words)
        .where(among(conn, ids, answers.c.response), answers.c.words.is_not(None))
        .order_by(answers.c.response, answers.c.at, answers.c.question)
    )
    sealed = (await conn.execute(query)).all()
    return await asyncio.to_thread(_opened, vault, sealed)


def _opened(vault: Vault, sealed: Sequence[Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for response, question, said in sealed:
        text = vault.open(said, place(response, question))
        if text:
            found[response][question] = text
    return found
