"""Ends invitations, and gives whoever waits for the same number its turn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger
from channels import store as people
from channels.jobs import SEND
from channels.policy import Reason
from kernel.journal import append
from scheduler import store as jobs
from surveys import store
from surveys.delivery import send_keys
from surveys.model import Invitation, InvitationState
from surveys.news import entry


async def lock(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, Invitation]:
    """Invitations to be ended, locked after the addresses on which their questions are open.

    Everybody locks in one order: tickets, people, addresses, contacts, invitations, jobs.
    """
    await people.lock_threads(conn, ids)
    return await store.load_invitations(conn, ids, lock=True)


async def cancel(conn: AsyncConnection, over: Sequence[Invitation], now: datetime) -> None:
    """Save ended invitations, end their open questions, and say so.

    Their jobs stay: one that is due finds its message withdrawn, and one whose send hangs in
    the balance still settles it.
    """
    if not over:
        return
    freed = await people.close_questions(conn, [item.id for item in over])
    await store.save_invitations(conn, over)
    await append(
        conn, [entry(item, f"invitation.{item.state}", now, reason=item.reason) for item in over]
    )
    await give_way(conn, freed, now)


async def unsent(
    conn: AsyncConnection, known: Mapping[tuple[str, str], Sequence[Invitation]]
) -> dict[str, Invitation]:
    """Those of the tickets' invitations, locked, of which nothing went out or is going out."""
    planned = [
        item.id for each in known.values() for item in each if item.state is InvitationState.PLANNED
    ]
    if not planned:
        return {}
    found = await lock(conn, planned)
    made = await ledger.made(conn, planned)
    return {
        id_: item
        for id_, item in found.items()
        if item.state is InvitationState.PLANNED and not made[id_]
    }


async def supersede(
    conn: AsyncConnection,
    waiting: Collection[Invitation],
    planned: Sequence[Invitation],
    now: datetime,
) -> None:
    """Cancel those `unsent` whose tickets were closed again: nobody is asked twice about one.

    Of those `planned` the last of a ticket stands.
    """
    newest = {(item.source, item.ticket): item.id for item in planned}
    over = {
        item.id: replace(item, state=InvitationState.CANCELLED, reason="closed_again")
        for item in (*waiting, *planned)
        if newest.get((item.source, item.ticket), item.id) != item.id
    }
    await cancel(conn, list(over.values()), now)


async def give_way(conn: AsyncConnection, freed: Collection[bytes], now: datetime) -> None:
    """Have those looked at again that waited for an answer on these addresses, all at once.

    The first that goes has the question; the others wait on.
    """
    waits = Reason.ONE_OPEN_QUESTION
    waiting = await store.open_of(conn, await people.owners_of(conn, freed), waits)
    keys = [key for item in waiting for key in send_keys(item)]
    if keys:
        await jobs.bring_forward(conn, SEND.name, (waits,), now, limit=len(keys), keys=keys)
