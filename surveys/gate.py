"""Keeps out of loop and figures what no person may have answered, until somebody says it counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.journal import append
from scheduler import store as jobs
from surveys import store
from surveys.afterwards import late_turn
from surveys.conversation import SurveyConversation
from surveys.following import complaint_keys
from surveys.model import OPEN_STATES, Value
from surveys.news import entry
from surveys.rollups.ledger import mark
from surveys.settling import lock
from surveys.suspicion import disputed
from surveys.tables import responses
from surveys.turns import Thread, Turn, on_answer


async def dispute(
    conn: AsyncConnection, thread: Thread, turn: Turn, question: str, value: Value, now: datetime
) -> None:
    """Save that another rating came at once: what is not in the loop yet stays out of it."""
    assert turn.response is not None
    assert thread.response is not None
    considered, comments = complaint_keys(thread.response)
    withdrawn = bool(await jobs.cancel(conn, considered, now))
    await jobs.cancel(conn, comments if withdrawn else (), now)
    response = replace(turn.response, low=turn.response.low and not withdrawn)
    await store.save_responses(conn, [(response, turn.invitation)])
    await store.save_invitations(conn, [turn.invitation])
    said = {"question": question, "value": value, "reason": response.suspect_reason}
    entries = [entry(turn.invitation, "response.suspect", now, response=response.id, **said)]
    if withdrawn:
        told = entry(turn.invitation, "complaint.withdrawn", now, response=response.id)
        entries.append(told)
    await append(conn, entries)


async def exclude(
    conn: AsyncConnection, response: str, by: str, reason: str, now: datetime
) -> None:
    """Take a response out of all figures; its complaint, if it made one, goes on.

    One that is out stays as it is. `by` is a key's name; the `reason` holds nothing personal.
    """
    await _mark(conn, response, now, "response.excluded", by, reason, now)


async def readmit(
    conn: AsyncConnection,
    conversation: SurveyConversation,
    response: str,
    by: str,
    reason: str,
    now: datetime,
) -> None:
    """Have a response count: one in doubt is taken for its customer's own, one excluded is back.

    One that counts already stays as it is.
    """
    restored = await restore(conn, conversation, [response], by, reason, now)
    kind = None if restored else "response.readmitted"
    await _mark(conn, response, None, kind, by, reason, now)


async def _mark(
    conn: AsyncConnection,
    response: str,
    excluded_at: datetime | None,
    kind: str | None,
    by: str,
    reason: str,
    now: datetime,
) -> None:
    """Set or take back the mark, and tell of it under `kind`, unless that is told already."""
    marked = responses.c.excluded_at
    other = marked.is_(None) if excluded_at is not None else marked.is_not(None)
    changed = await conn.execute(
        update(responses)
        .where(responses.c.id == response, other)
        .values(excluded_at=excluded_at)
        .returning(responses.c.invitation)
    )
    ids = [row.invitation for row in changed.all()]
    await mark(conn, ids)
    found = await store.load_invitations(conn, ids)
    if kind is not None:
        said = {"response": response, "by": by, "reason": reason}
        await append(conn, [entry(item, kind, now, **said) for item in found.values()])


async def restore(
    conn: AsyncConnection,
    conversation: SurveyConversation,
    doubted: Sequence[str],
    by: str,
    reason: str,
    now: datetime,
) -> set[str]:
    """Take suspect responses for their customers' own, on somebody's word; the ids restored.

    A low one goes into the loop, once. What is not suspect stays as it is. `by` is a key's name
    and `reason` a word of ours: the journal holds neither names nor texts of customers.
    """
    asked = await store.answered_by(conn, doubted)
    await lock(conn, sorted(asked.values()))
    threads = await conversation.threads(conn, sorted(asked.values()), lock=True)
    restored: set[str] = set()
    for thread in threads.values():
        question = disputed(thread)
        if thread.response is None or question is None:
            continue
        value = thread.response.answers[question]
        take = on_answer if thread.invitation.state in OPEN_STATES else late_turn
        id_, channel = thread.response.id, thread.response.channel
        turn = take(thread, id_, channel, question, value, None, now)
        told = entry(
            thread.invitation, "response.restored", now, response=id_, by=by, reason=reason
        )
        await append(conn, [told])
        await conversation.take_turn(conn, thread, turn, now)
        restored.add(id_)
    return restored
