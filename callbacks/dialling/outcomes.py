"""Ends dials, once each, and goes on with the promise from there."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.dialling import store
from callbacks.dialling.decide import corrected
from callbacks.dialling.model import ABSENCES, NO_RINGS, Dial, Reason, Setting, Stage
from callbacks.promises import decide, follows
from callbacks.promises import store as promises
from callbacks.promises.attempts import tomorrow
from callbacks.promises.follows import Follow
from callbacks.promises.jobs import look, looks, put_off_look
from callbacks.promises.model import Attempt, Callback, CallbackState, CallOutcome
from callbacks.promises.news import entry
from callbacks.promises.service import Terms, keep, ladder_of, record
from callbacks.promises.waiting import unreachable
from channels.policy import Reason as Against
from kernel.journal import append
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.notices import raise_many

LIMIT = "limit"
"""Why a callback is put off whose number was dialled enough today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a dial ended; `why` and `until` are the gate's, where it was the gate that refused."""

    outcome: CallOutcome
    reason: Reason | None = None
    seconds: int | None = None
    why: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Ends dials in the caller's transaction, which locked contacts before, if it locks any."""

    vault: Vault
    setting: Callable[[], Setting]

    async def lock(self, conn: AsyncConnection, dial: str) -> tuple[Callback, Dial] | None:
        """A dial and its callback, locked in everybody's order; None: there is no such dial."""
        return (await self.lock_all(conn, [dial])).get(dial)

    async def lock_all(
        self, conn: AsyncConnection, wanted: Collection[str]
    ) -> dict[str, tuple[Callback, Dial]]:
        """Dials with their callbacks, by their ids: all callbacks are locked, then all dials."""
        known = (await store.load(conn, wanted)).values()
        items = await promises.load(conn, self.vault, {each.callback for each in known}, lock=True)
        locked = await store.load(conn, wanted, lock=True)
        return {
            id_: (items[dial.callback], dial)
            for id_, dial in locked.items()
            if dial.callback in items
        }

    async def over(
        self, conn: AsyncConnection, item: Callback, dial: Dial, end: End, now: datetime
    ) -> Dial:
        """The dial as it is from now on; what ended before stays as it ended.

        Should an agent have recorded an outcome meanwhile, theirs stands: only the dial ends.
        """
        if not dial.is_open:
            return dial
        never_rang = end.reason in NO_RINGS and dial.customer_call is None
        ended = replace(
            dial,
            stage=Stage.OVER,
            outcome=end.outcome,
            reason=end.reason.value if end.reason else None,
            seconds=end.seconds,
            leg_at=None if never_rang else dial.leg_at,
            ended_at=now,
        )
        await store.save(conn, [ended])
        await store.rest(conn, dial.agent, now, away=end.reason in ABSENCES)
        said = {
            "agent": dial.agent,
            "outcome": end.outcome.value,
            "reason": end.why or ended.reason,
            "seconds": end.seconds,
        }
        await append(conn, [entry(item, "callback.dialled", now, **said)])
        if item.state is CallbackState.DIALING:
            await self._go_on(conn, item, ended, end, now)
        return ended

    async def _go_on(
        self, conn: AsyncConnection, item: Callback, dial: Dial, end: End, now: datetime
    ) -> None:
        """What becomes of the promise: another attempt, or its end."""
        if end.why is not None:
            await self.refuse(conn, item, dial.agent, end.why, end.until, now)
            return
        attempt = Attempt(at=now, outcome=end.outcome, by=dial.agent)
        after = await record(conn, self.vault, item, attempt, self._terms())
        over = decide.kept_until(after)
        if over is not None and over <= now:
            # Its time went by during the dial, when nobody could call it missed.
            await jobs.enqueue(conn, [look(after, now + decide.LEASE)])

    def _terms(self) -> Terms:
        setting = self.setting()
        return Terms(rules=setting.callbacks, policy=setting.policy, version=setting.version)

    async def refuse(
        self,
        conn: AsyncConnection,
        item: Callback,
        agent: str,
        why: str,
        until: datetime | None,
        now: datetime,
    ) -> Callback:
        """What becomes of a callback that the gate is against: put off until then, or ended.

        A number that is none gives way to the customer's own, where it was another one.
        """
        if why == Against.NO_ADDRESS:
            attempt = Attempt(at=now, outcome=CallOutcome.INVALID, by=agent)
            return await record(conn, self.vault, item, attempt, self._terms())
        if until is None:
            after = decide.cancelled(item, why, now)
            follow = follows.cancelled(after, now, "gate", tell=False)
        else:
            # Dialled ahead of it the slot still stands, and with it what the customer was told.
            at = until if item.rung else max(until, item.slot.begin)
            later = replace(item, attempt_at=at, revision=item.revision + (at >= item.slot.end))
            after = decide.waiting(later, now)
            said = entry(after, "callback.put_off", now, reason=why, until=until.isoformat())
            follow = Follow(entries=(said,), jobs=(put_off_look(after, now), *looks(after)))
        await keep(conn, self.vault, {after.id: after}, [follow])
        if not after.is_open:
            await raise_many(conn, unreachable(after), now)
        return after

    async def enough(
        self, conn: AsyncConnection, item: Callback, agent: str, now: datetime
    ) -> Callback:
        """A callback whose number was dialled as often as a day allows, put off to the next one."""
        until = tomorrow(item, await ladder_of(conn, self.vault, item, self._terms()), now)
        return await self.refuse(conn, item, agent, LIMIT, until, now)

    async def joined(
        self, conn: AsyncConnection, item: Callback, dial: Dial, now: datetime
    ) -> Dial:
        """Both took the call: the proof that a callback was kept."""
        if dial.joined_at is not None:
            return dial
        stage = Stage.JOINED if dial.is_open else dial.stage
        joined = replace(dial, stage=stage, joined_at=now)
        await store.save(conn, [joined])
        await append(conn, [entry(item, "callback.joined", now, agent=dial.agent)])
        return joined


async def not_joined(conn: AsyncConnection, item: Callback, said: Attempt) -> bool:
    """Whether a customer cannot have been reached: a dial is under way that joined nobody yet."""
    dialling = item.state is CallbackState.DIALING
    if said.outcome is not CallOutcome.REACHED or not dialling:
        return False
    return not await store.joined(conn, item.id)


async def correct(
    conn: AsyncConnection, vault: Vault, item: Callback, said: Attempt, terms: Terms, actor: str
) -> Callback | None:
    """The callback after what its agent says of a dial that is over; None: it is too late for it.

    Its row is locked; `item` may hold notes to be kept with it.
    """
    dials = (await store.of_callbacks(conn, [item.id]))[item.id]
    after = corrected(item, dials[-1], said) if dials else None
    if after is None:
        return None
    if after.state is not CallbackState.DIALING:
        detail = {"outcome": said.outcome.value, "by": said.by, "actor": actor}
        told = entry(after, "callback.confirmed", said.at, **detail)
        await keep(conn, vault, {after.id: after}, [Follow(entries=(told,))])
        return after
    if await promises.open_of(conn, vault, [item.key]):
        return None  # another call was promised for the matter since
    return await record(conn, vault, after, said, terms, actor=actor)
