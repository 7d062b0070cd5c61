"""Keeps what an answer was before it was corrected: no version of it is lost."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.sql import among, insert_new
from kernel.vault import Vault
from surveys.model import Answered
from surveys.tables import answer_versions, answers, responses


def place(response: str, question: str) -> str:
    """Where the sealed words of an answer stand; moved elsewhere they do not open."""
    return f"answers.words|{response}|{question}"


async def add_words(
    conn: AsyncConnection, vault: Vault, response: str, question: str, words: str
) -> None:
    """Add to what was said beside an answer, or to a comment; the invitation is locked."""
    mine = (answers.c.response == response, answers.c.question == question)
    row = (await conn.execute(select(answers.c.words).where(*mine))).one()
    here = place(response, question)
    before = vault.open(row.words, here)
    whole = f"{before}\n{words}" if before else words
    await conn.execute(update(answers).where(*mine).values(words=vault.seal(whole, here)))


async def correct_answer(
    conn: AsyncConnection,
    vault: Vault,
    response: str,
    new: Answered,
    revision: int,
    reason: str,
) -> bool:
    """Put an answer in the place of one that was corrected `revision` times, which is kept.

    False where somebody else corrected that one, or it never was. Without words of its own the new
    answer keeps those of the old.
    """
    mine = (answers.c.response == response, answers.c.question == new.question)
    row = (
        await conn.execute(select(answers).where(*mine, answers.c.revision == revision))
    ).one_or_none()
    if row is None:
        return False
    here = place(response, new.question)
    words = vault.open(row.words, here)
    before = {
        "response": response,
        "question": new.question,
        "revision": revision,
        "value": row.value,
        "words": vault.seal(words, f"answer_versions.words|{response}|{new.question}|{revision}"),
        "at": row.revised_at or row.at,
        "replaced_at": new.at,
        "reason": reason,
    }
    if not await insert_new(conn, answer_versions, [before], ["revision"]):
        return False
    await conn.execute(
        update(answers)
        .where(*mine)
        .values(
            value=new.value,
            words=row.words if new.comment is None else vault.seal(new.comment, here),
            revision=revision + 1,
            revised_at=new.at,
        )
    )
    return True


async def answered_at(conn: AsyncConnection, invitations: Collection[str]) -> dict[str, datetime]:
    """When each invitation was last answered; nothing of those that never were."""
    if not invitations:
        return {}
    last = func.max(func.coalesce(answers.c.revised_at, answers.c.at)).label("last")
    query = (
        select(responses.c.invitation, last)
        .join(answers, answers.c.response == responses.c.id)
        .where(among(conn, invitations, responses.c.invitation))
        .group_by(responses.c.invitation)
    )
    return {row.invitation: row.last for row in await conn.execute(query)}
