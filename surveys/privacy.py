"""Finds what a customer was asked and answered, and takes the customer out of it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.erased import ERASED
from kernel.sql import among
from kernel.vault import Vault
from surveys import settling, store
from surveys.ledger import place
from surveys.model import OPEN_STATES, Invitation, InvitationState
from surveys.tables import answer_versions, answers, invitations, responses

Who = tuple[str, str]  # (source, customer id)

REASON = "erased"


async def invitations_of(conn: AsyncConnection, who: Who) -> list[Invitation]:
    """All invitations of a customer, by their ids."""
    mine = (invitations.c.source == who[0], invitations.c.customer == who[1])
    ids = [row.id for row in await conn.execute(select(invitations.c.id).where(*mine))]
    return sorted((await store.load_invitations(conn, ids)).values(), key=lambda item: item.id)


async def responses_of(
    conn: AsyncConnection, vault: Vault, asked: Collection[str]
) -> list[dict[str, Any]]:
    """The responses to invitations, with every answer, what was said beside it, and what it was
    before it was corrected.
    """
    if not asked:
        return []
    query = select(responses).where(among(conn, asked, responses.c.invitation))
    rows = (await conn.execute(query.order_by(responses.c.started_at))).all()
    ids = [row.id for row in rows]
    given = await _answers(conn, vault, ids)
    return [
        {
            "id": row.id,
            "invitation": row.invitation,
            "ticket": row.ticket,
            "survey": row.survey,
            "version": row.version,
            "channel": row.channel,
            "score": row.score,
            "rating": row.rating,
            "low": row.low,
            "suspect": row.suspect,
            "late": row.late,
            "started_at": row.started_at,
            "completed_at": row.completed_at,
            "excluded_at": row.excluded_at,
            "attribution": row.attribution,
            "answers": given.get(row.id, []),
        }
        for row in rows
    ]


async def _answers(
    conn: AsyncConnection, vault: Vault, ids: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    if not ids:
        return found
    now = select(answers).where(among(conn, ids, answers.c.response)).order_by(answers.c.at)
    for row in await conn.execute(now):
        words = vault.open(row.words, place(row.response, row.question))
        told = {"question": row.question, "value": row.value, "words": words, "at": row.at}
        found.setdefault(row.response, []).append(told)
    before = select(answer_versions).where(among(conn, ids, answer_versions.c.response))
    for row in await conn.execute(before.order_by(answer_versions.c.at)):
        here = f"answer_versions.words|{row.response}|{row.question}|{row.revision}"
        told = {
            "question": row.question,
            "value": row.value,
            "words": vault.open(row.words, here),
            "at": row.at,
            "replaced_at": row.replaced_at,
        }
        found.setdefault(row.response, []).append(told)
    return found


async def erase(
    conn: AsyncConnection, who: Who, threads: Sequence[str], now: datetime
) -> dict[str, int]:
    """End what is open of a customer's invitations, take the customer out of them and their words
    out of the answers; scores and what is credited stay. What it was, counted.
    """
    found = await settling.lock(conn, threads)
    over = [
        replace(item, state=InvitationState.CANCELLED, reason=REASON, question=None)
        for item in found.values()
        if item.state in OPEN_STATES
    ]
    await settling.cancel(conn, over, now)
    mine = (invitations.c.source == who[0], invitations.c.customer == who[1])
    await conn.execute(update(invitations).where(*mine).values(customer=ERASED))
    query = select(responses.c.id).where(among(conn, set(threads), responses.c.invitation))
    ids = [row.id for row in await conn.execute(query)]
    words = 0
    for table in (answers, answer_versions):
        spoken = (among(conn, ids, table.c.response), table.c.words.is_not(None))
        words += (await conn.execute(update(table).where(*spoken).values(words=None))).rowcount
    return {
        "invitations": len(found),
        "invitations_cancelled": len(over),
        "responses": len(ids),
        "words": words,
    }
