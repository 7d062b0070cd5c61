"""Carries dials out: rings the agent, or asks delivery for the customer's call."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.dialling import store
from callbacks.dialling.jobs import DIAL, settle_job
from callbacks.dialling.legs import send_of
from callbacks.dialling.model import Dial, Reason, Setting, Stage
from callbacks.dialling.outcomes import End, Ends
from callbacks.dialling.render import path
from callbacks.promises.model import Callback, CallbackState, CallOutcome, DialMode
from callbacks.promises.news import entry
from channels.errors import SendError, SendErrorKind
from channels.jobs import SEND
from channels.model import Channel
from channels.pacing import Pacing
from channels.ports import Ring, Switchboard
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import append
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Job, Leased, Priority
from scheduler.notices import OPERATION, Notice, raise_many
from scheduler.ports import Clock
from scheduler.store import Again

MOST_RINGS = 2
"""How often an agent's phone is called for one dial, where nobody knows whether it rang."""

_SOON = timedelta(seconds=5)
_SHORTEST_WAIT = timedelta(seconds=1)
_CARRIER_FOR = timedelta(minutes=2)  # how long a carrier that is away is waited for
_PLACED_WITHIN = timedelta(minutes=5)  # the last of them is delivery's own, before closing time


@dataclass(slots=True, kw_only=True)
class Dialling:
    """Handles `callback.dial` jobs; of one dial the agent's phone alone may ring twice."""

    database: Database
    clock: Clock
    vault: Vault
    setting: Callable[[], Setting]
    switchboard: Switchboard | None
    ends: Ends
    pacing: Pacing = field(default_factory=Pacing)
    barrier: Barrier = OPEN

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Carry dials out, each by itself: a ring takes a carrier's time."""
        for leased in batch:
            await self._one(leased)

    async def _one(self, leased: Leased) -> None:
        wanted = DIAL.read(leased.job).dial
        await self.barrier.reach("callback.dial_leased")
        async with self.database.write() as conn:
            dial = await self._begin(conn, leased, wanted, self.clock.now())
        if dial is None or self.switchboard is None:
            return
        agent = self.setting().agents.get(dial.agent)
        called: str | SendError
        try:
            if agent is None or agent.phone is None:
                raise SendError(SendErrorKind.DEAD_ADDRESS, retryable=False, code="no_phone")
            ring = Ring(to=agent.phone, path=path(dial.id), ring=self.setting().callbacks.ring)
            called = await self._ring(self.switchboard, ring)
        except SendError as fault:
            called = fault
        await self.barrier.reach("callback.agent_called")
        await self.database.transact(
            lambda conn: self._called(conn, leased, wanted, called, self.clock.now())
        )

    async def _ring(self, switchboard: Switchboard, ring: Ring) -> str:
        """Ring within the rate that the carrier's account has for all calls of ours."""
        slots = await self.pacing.reserve(Channel.VOICE, [1], self.clock.now())
        if not slots.offsets:
            raise SendError(
                SendErrorKind.LATER,
                retryable=True,
                code="rate",
                detail="rate",
                retry_after=max(slots.wait, _SHORTEST_WAIT),
            )
        await asyncio.sleep(slots.offsets[0].total_seconds())
        try:
            called = await switchboard.ring(ring)
        except SendError as fault:
            await self.pacing.heard(Channel.VOICE, fault, self.clock.now())
            raise
        await self.pacing.heard(Channel.VOICE, None, self.clock.now())
        return called

    async def _begin(
        self, conn: AsyncConnection, leased: Leased, wanted: str, now: datetime
    ) -> Dial | None:
        """The dial whose agent is to be called now; None: there is nothing left to do here."""
        found = await self.ends.lock(conn, wanted)
        dial = found[1] if found else None
        if found is None or dial is None or not dial.before(Stage.INTENDED):
            await self._finish(conn, leased, now)
            return None
        item = found[0]
        if item.state is not CallbackState.DIALING or self.switchboard is None:
            reason = Reason.CARRIER if self.switchboard is None else Reason.GONE
            await self._declined(conn, item, dial, reason, now)
        elif dial.mode is DialMode.CUSTOMER_FIRST:
            await self._ask_delivery(conn, item, dial, now)
        elif dial.agent_call is not None:
            # It rang, and the carrier told us before we could write it down.
            await jobs.enqueue(conn, [self._settle(dial, now)])
        elif dial.rings >= MOST_RINGS:
            await self._declined(conn, item, dial, Reason.UNREACHED, now)
        else:
            called = replace(dial, stage=Stage.CALLED, rings=dial.rings + 1, called_at=now)
            await store.save(conn, [called])
            await jobs.require(conn, [leased])
            return called
        await self._finish(conn, leased, now)
        return None

    async def _finish(self, conn: AsyncConnection, leased: Leased, now: datetime) -> None:
        await jobs.require(conn, [leased])
        await jobs.finish(conn, [leased], now)

    async def _declined(
        self, conn: AsyncConnection, item: Callback, dial: Dial, reason: Reason, now: datetime
    ) -> None:
        """Back to the queue: the customer's phone never rang."""
        end = End(outcome=CallOutcome.DECLINED, reason=reason)
        await self.ends.over(conn, item, dial, end, now)

    async def _ask_delivery(
        self, conn: AsyncConnection, item: Callback, dial: Dial, now: datetime
    ) -> None:
        """Customer first: a contact like any other, whose gate is delivery's.

        It has a few minutes: for as long it holds an agent, who may call others.
        """
        intended = replace(dial, stage=Stage.INTENDED, leg_at=now)
        await store.save(conn, [intended])
        send = send_of(self.vault, item, dial, now)
        over = now + _PLACED_WITHIN
        wanted = SEND.job(
            send.contact, send, due_at=now, not_after=over, priority=Priority.CALLBACK
        )
        await jobs.enqueue(conn, [wanted, self._settle(intended, now)])

    def _settle(self, dial: Dial, now: datetime) -> Job:
        setting = self.setting()
        return settle_job(dial, now + setting.callbacks.ring + setting.grace)

    async def _called(
        self,
        conn: AsyncConnection,
        leased: Leased,
        wanted: str,
        called: str | SendError,
        now: datetime,
    ) -> None:
        """Write down what the carrier said to the agent's call."""
        found = await self.ends.lock(conn, wanted)
        if found is None:
            return
        item, dial = found
        notices: list[Notice] = []
        if isinstance(called, str):
            if dial.agent_call is None:
                dial = replace(dial, agent_call=called)
                await store.save(conn, [dial])
            await append(conn, [entry(item, "callback.agent_called", now, agent=dial.agent)])
            await jobs.enqueue(conn, [self._settle(dial, now)])
        elif self._is_again(dial, called, now):
            # What may have rung is left to ring out before it rings once more.
            unsure = called.kind is SendErrorKind.AMBIGUOUS
            ring = self.setting().callbacks.ring
            pause = ring + _SOON if unsure else called.retry_after or _SOON
            if not unsure:
                await store.save(conn, [replace(dial, rings=dial.rings - 1)])
            again = Again(leased=leased, at=now + pause, error=called.detail, burn=False)
            await jobs.require(conn, [leased])
            await jobs.retry(conn, [again])
            return
        else:
            if called.kind is SendErrorKind.CONFIGURATION:
                notices = [_misconfigured(called)]
            if dial.before(Stage.INTENDED):
                absent = called.kind in (SendErrorKind.DEAD_ADDRESS, SendErrorKind.AMBIGUOUS)
                reason = Reason.UNREACHED if absent else Reason.CARRIER
                await self._declined(conn, item, dial, reason, now)
        await self._finish(conn, leased, now)
        await raise_many(conn, notices, now)

    def _is_again(self, dial: Dial, fault: SendError, now: datetime) -> bool:
        """Whether the agent's phone is called once more."""
        if not dial.before(Stage.INTENDED) or dial.agent_call is not None:
            return False
        if fault.kind is SendErrorKind.AMBIGUOUS:
            return dial.rings < MOST_RINGS
        return fault.kind is SendErrorKind.LATER and now - dial.at < _CARRIER_FOR


def _misconfigured(fault: SendError) -> Notice:
    return Notice(
        kind="carrier.misconfigured",
        subject=f"voice:{fault.code}",
        facts={"channel": "voice", "code": fault.code},
        roles=OPERATION,
    )
