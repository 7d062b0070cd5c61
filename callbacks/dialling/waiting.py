"""Gives callbacks that are due and nobody claimed to agents who are there and free."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store as complaints
from callbacks.dialling import decide, store
from callbacks.dialling.decide import Waiting
from callbacks.dialling.model import Reason, Setting
from callbacks.promises import decide as steps
from callbacks.promises import follows
from callbacks.promises import store as promises
from callbacks.promises.model import Callback, CallbackState
from callbacks.promises.service import keep
from kernel.engine import Database
from kernel.vault import Vault
from tickets import store as tickets

EVERY = timedelta(seconds=30)
"""How often it is looked who is free."""

_UNCLAIMED = timedelta(minutes=1)  # agents choose for themselves first
_MOST = 100  # callbacks looked at in one go


@dataclass(slots=True, kw_only=True)
class Assigning:
    """A periodic duty: the oldest promise to the nearest free agent, one each."""

    database: Database
    vault: Vault
    setting: Callable[[], Setting]

    async def __call__(self, now: datetime) -> None:
        """Claim for agents what waits; they still dial by themselves."""
        agents = self.setting().agents
        async with self.database.read() as conn:
            said = await store.presence(conn)
            if not any(decide.is_there(each, now) for each in said.values()):
                return
            waiting = await self._waiting(conn, now)
        if not waiting:
            return
        async with self.database.write() as conn:
            ids = [item.callback for item in waiting]
            items = await promises.load(conn, self.vault, ids, lock=True)
            idle = decide.free(agents, said, await self._busy(conn, now), now)
            given = decide.assign(
                [each for each in waiting if _is_free(items.get(each.callback), now)], idle, agents
            )
            claims = [(steps.claim(items[id_], agent, now), agent) for id_, agent in given]
            taken = [(item, agent) for item, agent in claims if isinstance(item, Callback)]
            told = [follows.claimed(item, now, agent, "assignment") for item, agent in taken]
            await keep(conn, self.vault, {item.id: item for item, _ in taken}, told)

    async def _busy(self, conn: AsyncConnection, now: datetime) -> set[str]:
        """Who is on a call, or holds a callback that is due; one of tomorrow keeps nobody busy."""
        dialling = {dial.agent for dial in await store.in_hand(conn)}
        claimed, _ = await promises.listed(
            conn, self.vault, states=[CallbackState.CLAIMED], limit=1_000
        )
        return dialling | {
            item.agent
            for item in claimed
            if item.agent
            and (item.attempt_at is None or item.attempt_at <= now)
            and steps.as_it_stands(item, now).state is CallbackState.CLAIMED
        }

    async def _waiting(self, conn: AsyncConnection, now: datetime) -> list[Waiting]:
        """What is due and free, in the order in which it was promised."""
        ready: Sequence[Callback] = await promises.ready(
            conn, self.vault, now - _UNCLAIMED, most=_MOST
        )
        known = await complaints.load(
            conn, self.vault, {item.complaint for item in ready if item.complaint}
        )
        closed = await tickets.closures_of(
            conn, {(item.source, item.ticket) for item in ready if item.ticket}
        )
        teams = {
            (source, ticket): row.facts.get("team") for (source, ticket, _), row in closed.items()
        }
        before = await store.of_callbacks(conn, [item.id for item in ready])
        return [
            Waiting(
                callback=item.id,
                owner=known[item.complaint].owner if item.complaint in known else None,
                team=teams.get((item.source, item.ticket or "")),
                passed=frozenset(
                    dial.agent for dial in before.get(item.id, ()) if dial.reason == _PASSED
                ),
            )
            for item in ready
        ]


#: Who was not at their phone is away; back again they have passed on nothing.
_PASSED = Reason.DECLINED.value


def _is_free(item: Callback | None, now: datetime) -> bool:
    if item is None:
        return False
    return steps.Step.CLAIM in steps.possible(item, now)
