"""Ends invitations, and gives whoever waits for the same number its turn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger
from channels import store as people
from channels.jobs import SEND
from channels.policy import Reason
from kernel.journal import append
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Job
from surveys import store
from surveys.delivery import send_keys
from surveys.jobs import EXPIRE, Expire
from surveys.model import Invitation, InvitationState, Response
from surveys.news import entry

CLOSED_AGAIN = "closed_again"
ASKED = frozenset({InvitationState.INVITED, InvitationState.IN_PROGRESS})
_TALKING = timedelta(hours=1)  # whoever answered so lately is left to go on


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
        item.id: replace(item, state=InvitationState.CANCELLED, reason=CLOSED_AGAIN)
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


async def outlived(
    conn: AsyncConnection, vault: Vault, told: Collection[Invitation], now: datetime
) -> list[Job]:
    """The ends of surveys whose tickets were closed again, where those `told` of wait for them.

    A customer who rated and left it at that would keep the number until their survey expires;
    whether the complaint is settled could be asked a week late at best.
    """
    waiting = [item for item in told if item.reason == Reason.ONE_OPEN_QUESTION]
    if not waiting:
        return []
    known = await store.invitations_of(conn, {(item.source, item.ticket) for item in waiting})
    before = [
        (older, item)
        for item in waiting
        for older in known[item.source, item.ticket]
        if older.cycle < item.cycle and older.state in ASKED
    ]
    said = await store.load_responses(conn, vault, [older.id for older, _ in before])
    return [
        EXPIRE.job(
            f"{older.id}:{item.id}",
            Expire(invitation=older.id, reason=CLOSED_AGAIN),
            due_at=_left_alone(said.get(older.id), item.closed_at, now),
        )
        for older, item in before
    ]


def _left_alone(response: Response | None, closed_at: datetime | None, now: datetime) -> datetime:
    """Until when whoever answered since the later closing may go on."""
    said = [given.at for given in response.given.values()] if response else []
    since = [at for at in said if closed_at is None or at > closed_at]
    return max(now, max(since) + _TALKING) if since else now
