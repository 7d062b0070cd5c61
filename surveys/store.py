"""Keeps survey versions, invitations, responses and answers; every verb takes and returns many."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Text, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.sql import among, fetch, fetch_where, insert_new, overwrite, upsert
from kernel.vault import Vault
from surveys import questionnaire
from surveys.ledger import place
from surveys.model import (
    OPEN_STATES,
    Answered,
    Attribution,
    Given,
    Invitation,
    InvitationState,
    Response,
    Survey,
    Terms,
    Value,
)
from surveys.rollups.ledger import mark
from surveys.tables import answers, invitations, responses, survey_versions

_ALIKE = 20  # ids that begin alike; of a million millions none would
_KEPT = 4_096
# What many have alike is known by its document, and read as it was written.
_TEXTS = {name: cast(invitations.c[name], Text).label(name) for name in ("attribution", "terms")}
_COLUMNS = tuple(_TEXTS.get(each.name, each) for each in invitations.c)
_latest: dict[str, tuple[Any, Invitation]] = {}

# Of each database; they live as long as it is open.
_versions: WeakKeyDictionary[Any, dict[tuple[str, str], Survey]] = WeakKeyDictionary()


async def publish_versions(conn: AsyncConnection, surveys: Sequence[Survey], now: datetime) -> None:
    """Keep versions that were never used before; one that is known stays as it is."""
    rows = [
        {
            "id": survey.id,
            "version": survey.version,
            "definition": questionnaire.definition(survey),
            "first_used_at": now,
        }
        for survey in surveys
    ]
    await insert_new(conn, survey_versions, rows)


async def versions(
    conn: AsyncConnection, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Survey]:
    """Surveys by (id, version); each is read once, since a version never changes."""
    known = _versions.setdefault(conn.engine.sync_engine, {})
    unread = set(wanted) - known.keys()
    if unread:
        key = (survey_versions.c.id, survey_versions.c.version)
        for row in await conn.execute(select(survey_versions).where(among(conn, unread, *key))):
            found = questionnaire.from_definition(row.id, row.version, row.definition)
            known[row.id, row.version] = found
    return {each: known[each] for each in wanted if each in known}


async def add_invitations(conn: AsyncConnection, new: Sequence[Invitation]) -> set[str]:
    """Write invitations; the ids written. A closure that has one already gets no other."""
    rows = await insert_new(conn, invitations, [_row(item) for item in new], ["id"])
    written = {row[0] for row in rows}
    await mark(conn, written)
    return written


async def save_invitations(conn: AsyncConnection, changed: Sequence[Invitation]) -> None:
    """Overwrite invitations whose rows the caller has locked; figures follow."""
    await overwrite(conn, invitations, [_moved(item) for item in changed], "id")
    await mark(conn, {item.id for item in changed})


def _moved(item: Invitation) -> dict[str, Any]:
    """What changes of an invitation once it is planned."""
    return {
        "id": item.id,
        "state": item.state.value,
        "channels": list(item.channels),
        "locale": item.locale,
        "due_at": item.due_at,
        "channel": item.channel,
        "expires_at": item.expires_at,
        "lasts": int(item.lasts.total_seconds()),
        "reason": item.reason,
        "question": item.question,
        "asked": item.asked,
        "attempted": item.attempted,
        "delivered": item.delivered,
    }


def _row(item: Invitation) -> dict[str, Any]:
    return {
        "id": item.id,
        "source": item.source,
        "ticket": item.ticket,
        "cycle": item.cycle,
        "customer": item.customer,
        "program": item.program,
        "survey": item.survey,
        "version": item.version,
        "state": item.state.value,
        "channels": list(item.channels),
        "locale": item.locale,
        "due_at": item.due_at,
        "useful_until": item.useful_until,
        "lasts": int(item.lasts.total_seconds()),
        "attribution": item.attribution.facts(),
        "channel": item.channel,
        "expires_at": item.expires_at,
        "reason": item.reason,
        "question": item.question,
        "asked": item.asked,
        "max_contacts": item.max_contacts,
        "terms": _written(item.terms),
        "closed_at": item.closed_at,
        "attempted": item.attempted,
        "delivered": item.delivered,
    }


# A program's invitations have the same terms, and few teams and agents close most tickets: what is
# alike is made once, here and in what is read.
@lru_cache(maxsize=256)
def _written(terms: Terms) -> Mapping[str, Any]:
    after = terms.fallback_after
    return {
        "reminders": [int(span.total_seconds()) for span in terms.reminders],
        "fallback_after": None if after is None else int(after.total_seconds()),
        "accept_late": int(terms.accept_late.total_seconds()),
        "channels": list(terms.channels),
        "recovery": terms.recovery,
        "redials": [int(span.total_seconds()) for span in terms.redials],
        "voicemail": terms.voicemail,
    }


@lru_cache(maxsize=256)
def _terms(document: str | None) -> Terms:
    if document is None:  # planned before invitations kept them
        return Terms()
    row = orjson.loads(document)
    after = row["fallback_after"]
    return Terms(
        reminders=tuple(timedelta(seconds=span) for span in row["reminders"]),
        fallback_after=None if after is None else timedelta(seconds=after),
        accept_late=timedelta(seconds=row["accept_late"]),
        channels=tuple(row["channels"]),
        recovery=row["recovery"],
        redials=tuple(timedelta(seconds=span) for span in row.get("redials", ())),
        voicemail=row.get("voicemail", False),
    )


@lru_cache(maxsize=4096)
def _attribution(document: str) -> Attribution:
    return Attribution(**orjson.loads(document))


def _invitation(row: Any) -> Invitation:
    """The value of a row, the same one while the row is: a contact is worded, and later sent."""
    known = _latest.get(row.id)
    if known is not None and known[0] == row:
        return known[1]
    if len(_latest) >= _KEPT:
        _latest.clear()
    found = _built(row)
    _latest[row.id] = (row, found)
    return found


def _built(row: Any) -> Invitation:
    return Invitation(
        id=row.id,
        source=row.source,
        ticket=row.ticket,
        cycle=row.cycle,
        customer=row.customer,
        program=row.program,
        survey=row.survey,
        version=row.version,
        state=InvitationState(row.state),
        channels=tuple(row.channels),
        locale=row.locale,
        due_at=row.due_at,
        useful_until=row.useful_until,
        lasts=timedelta(seconds=row.lasts),
        attribution=_attribution(row.attribution),
        channel=row.channel,
        expires_at=row.expires_at,
        reason=row.reason,
        question=row.question,
        asked=row.asked,
        max_contacts=row.max_contacts,
        terms=_terms(row.terms),
        closed_at=row.closed_at,
        attempted=bool(row.attempted),
        delivered=bool(row.delivered),
    )


async def load_invitations(
    conn: AsyncConnection, ids: Collection[str], *, lock: bool = False
) -> dict[str, Invitation]:
    """Invitations by id; locked in order when `lock`."""
    if not ids:
        return {}
    rows = await fetch_where(conn, invitations.c.id, ids, *_COLUMNS, lock=lock)
    return {row.id: _invitation(row) for row in rows}


async def within(conn: AsyncConnection, ends: tuple[str, str]) -> list[Invitation]:
    """The invitations whose ids lie between two, both included; a handful where one is meant."""
    query = select(*_COLUMNS).where(invitations.c.id.between(*ends)).limit(_ALIKE)
    return [_invitation(row) for row in await conn.execute(query)]


async def answered_by(conn: AsyncConnection, ids: Collection[str]) -> dict[str, str]:
    """The invitations of responses, by the responses' ids."""
    if not ids:
        return {}
    columns = (responses.c.id, responses.c.invitation)
    rows = await conn.execute(select(*columns).where(among(conn, ids, responses.c.id)))
    return {row.id: row.invitation for row in rows}


async def invitations_of(
    conn: AsyncConnection, tickets: Collection[tuple[str, str]]
) -> dict[tuple[str, str], list[Invitation]]:
    """Invitations by (source, ticket), in order of their closures."""
    found: dict[tuple[str, str], list[Invitation]] = defaultdict(list)
    if not tickets:
        return found
    query = (
        select(*_COLUMNS)
        .where(among(conn, tickets, invitations.c.source, invitations.c.ticket))
        .order_by(invitations.c.cycle, invitations.c.id)
    )
    for row in await fetch(conn, query):
        found[row.source, row.ticket].append(_invitation(row))
    return found


async def of_ticket(conn: AsyncConnection, ticket: str) -> list[Invitation]:
    """The invitations of all tickets with this id, whatever their source."""
    rows = await conn.execute(select(*_COLUMNS).where(invitations.c.ticket == ticket))
    return [_invitation(row) for row in rows]


async def open_of(
    conn: AsyncConnection,
    customers: Collection[tuple[str, str]],
    reason: str | None = None,
) -> list[Invitation]:
    """The invitations of customers (source, id) that are not over; only those with this reason."""
    if not customers:
        return []
    query = select(*_COLUMNS).where(
        among(conn, customers, invitations.c.source, invitations.c.customer),
        invitations.c.state.in_([state.value for state in OPEN_STATES]),
    )
    if reason is not None:
        query = query.where(invitations.c.reason == reason)
    return [_invitation(row) for row in await conn.execute(query)]


async def load_responses(
    conn: AsyncConnection, vault: Vault, by_invitation: Collection[str]
) -> dict[str, Response]:
    """Responses by invitation, with their answers; comments opened."""
    if not by_invitation:
        return {}
    rows = await fetch_where(conn, responses.c.invitation, by_invitation)
    given = await _answers(conn, vault, [row.id for row in rows])
    return {row.invitation: _response(row, given.get(row.id, {})) for row in rows}


async def responses_of(
    conn: AsyncConnection, vault: Vault, source: str, ticket: str
) -> list[Response]:
    """A ticket's responses, oldest first."""
    query = (
        select(responses)
        .where(responses.c.source == source, responses.c.ticket == ticket)
        .order_by(responses.c.started_at, responses.c.id)
    )
    rows = list(await conn.execute(query))
    given = await _answers(conn, vault, [row.id for row in rows])
    return [_response(row, given.get(row.id, {})) for row in rows]


_Answer = tuple[Value, str | None, Given]


async def _answers(
    conn: AsyncConnection, vault: Vault, ids: Collection[str]
) -> dict[str, dict[str, _Answer]]:
    if not ids:
        return {}
    rows = await conn.execute(
        select(answers)
        .where(among(conn, ids, answers.c.response))
        .order_by(answers.c.response, answers.c.at, answers.c.question)
    )
    found: dict[str, dict[str, _Answer]] = defaultdict(dict)
    for row in rows:
        words = vault.open(row.words, place(row.response, row.question))
        # A comment has no value of its own: its words are the answer.
        value = row.value if row.value is not None else (words or "")
        at = row.revised_at or row.at
        given = Given(at=at, revision=row.revision, late=bool(row.late))
        found[row.response][row.question] = (value, words, given)
    return found


def _response(row: Any, given: Mapping[str, _Answer]) -> Response:
    return Response(
        id=row.id,
        invitation=row.invitation,
        survey=row.survey,
        version=row.version,
        channel=row.channel,
        started_at=row.started_at,
        completed_at=row.completed_at,
        score=row.score,
        rating=row.rating,
        low=row.low,
        suspect=row.suspect,
        suspect_reason=row.suspect_reason,
        late=row.late,
        answers={question: value for question, (value, _, _) in given.items()},
        comments=tuple(words for _, words, _ in given.values() if words),
        given={question: how for question, (_, _, how) in given.items()},
    )


async def save_responses(
    conn: AsyncConnection, changed: Sequence[tuple[Response, Invitation]]
) -> None:
    """Insert or overwrite responses of invitations that the caller has locked.

    The caller saves or adds the invitations as well, which has figures follow.
    """
    rows = [
        {
            "id": response.id,
            "invitation": response.invitation,
            "source": invitation.source,
            "ticket": invitation.ticket,
            "survey": response.survey,
            "version": response.version,
            "channel": response.channel,
            "attribution": invitation.attribution.facts(),
            "started_at": response.started_at,
            "completed_at": response.completed_at,
            "score": response.score,
            "rating": response.rating,
            "low": response.low,
            "suspect": response.suspect,
            "suspect_reason": response.suspect_reason,
            "late": response.late,
        }
        for response, invitation in changed
    ]
    await upsert(conn, responses, rows, ["id"])


async def add_answers(
    conn: AsyncConnection, vault: Vault, new: Sequence[tuple[str, Answered]]
) -> set[tuple[str, str]]:
    """Write answers; (response, question) of those written.

    A question is answered once: another answer to it is a correction, which keeps this one.
    """
    rows = [
        {
            "response": response,
            "question": item.question,
            "value": item.value,
            "words": vault.seal(item.comment, place(response, item.question)),
            "at": item.at,
            "late": item.late or None,
        }
        for response, item in new
    ]
    written = await insert_new(conn, answers, rows, ["response", "question"])
    return {(row[0], row[1]) for row in written}
