"""Ends invitations, and gives whoever waits for the same number its turn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger
from channels import store as people
from channels.gate import asked_of
from channels.jobs import SEND
from channels.policy import Reason
from kernel.journal import append
from scheduler import store as jobs
from scheduler.job import Job
from surveys import store
from surveys.delivery import send_keys
from surveys.jobs import EXPIRE, Expire
from surveys.ledger import answered_at
from surveys.model import OPEN_STATES, Invitation, InvitationState
from surveys.news import entry
from surveys.waits import makes_way

CLOSED_AGAIN = "closed_again"


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


async def outlived(conn: AsyncConnection, told: Collection[Invitation], now: datetime) -> list[Job]:
    """Have it asked of older surveys whether they make way for those `told` of, which wait.

    A customer who rated and left it at that would keep the number until their survey expires;
    whether the complaint is settled could be asked a week late at best.
    """
    waiting = [item for item in told if item.reason == Reason.ONE_OPEN_QUESTION]
    if not waiting:
        return []
    known = await store.invitations_of(conn, {(item.source, item.ticket) for item in waiting})
    return [
        EXPIRE.job(f"{older.id}:{item.id}", Expire(invitation=older.id, later=item.id), due_at=now)
        for item in waiting
        for older in known[item.source, item.ticket]
        if older.cycle < item.cycle and older.state in OPEN_STATES
    ]


async def make_way(
    conn: AsyncConnection, pairs: Sequence[tuple[Invitation, Invitation | None]], now: datetime
) -> tuple[list[Invitation], list[Job]]:
    """Which older surveys end for later ones of their tickets, all locked; of whom to ask again."""
    ids = [older.id for older, _ in pairs]
    asked, answered = await asked_of(conn, ids, now), await answered_at(conn, ids)
    over: dict[str, Invitation] = {}
    again: list[Job] = []
    for older, later in pairs:
        who = (older.source, older.customer) if later is None else (later.source, later.customer)
        is_asked = (older.id, who) in asked
        at = makes_way(older, later, answered.get(older.id), now, is_asked=is_asked)
        if at == now:
            over[older.id] = older
        elif at is not None and later is not None:
            look = Expire(invitation=older.id, later=later.id)
            again.append(EXPIRE.job(f"{older.id}:{later.id}:{at.isoformat()}", look, due_at=at))
    return list(over.values()), again
