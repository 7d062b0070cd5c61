"""Keeps to what a carrier's account can take: its rate, its pauses, and its absences."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from channels.errors import SendError
from channels.model import Channel
from scheduler.breaker import Breaker
from scheduler.limits import Limits, LimitsAway, LocalLimits
from scheduler.rates import Rate, Room, Slots

log = structlog.get_logger("channels")

#: What an account without a rate is counted with, so that a carrier's pause holds for it as well.
UNLIMITED = Rate(count=1_000_000, per=timedelta(seconds=1))

#: How far ahead slots are taken: a batch is sent in that time, and the lane looks again.
AHEAD = timedelta(seconds=1)

_COUNTER_AWAY = timedelta(seconds=1)
_TRYING = timedelta(seconds=60)  # after which one who tries, and never came back, is forgotten
_SELDOM = 0.02  # a channel that hardly any contact goes by holds up no batch
_MANY = 100_000
_NOW = timedelta(0)


@dataclass(slots=True, kw_only=True)
class Pacing:
    """Grants starts at carrier accounts; `accounts` names each channel's, `rates` its rate.

    Fails closed: while whoever counts is away nothing is granted.
    """

    accounts: Mapping[Channel, str] = field(default_factory=dict)
    rates: Mapping[Channel, Rate] = field(default_factory=dict)
    limits: Limits = field(default_factory=LocalLimits)
    _breakers: dict[str, Breaker] = field(default_factory=dict)
    _probing: dict[str, datetime] = field(default_factory=dict)
    _shares: dict[Channel, float] = field(default_factory=dict)
    _full_until: datetime | None = None

    async def room(self, channels: Collection[Channel], now: datetime) -> Room:
        """How many contacts may be taken up so that about all of them can go, or how long to wait.

        Which channel a contact goes by is known when the policy has decided; what the last ones
        went by says what the next ones will.
        """
        if not channels:
            return Room(units=_MANY, wait=_NOW)  # the policy says that there is no way at all
        if wait := _left(self._full_until, now, AHEAD):
            return Room(units=0, wait=wait)
        found = {channel: await self._room(channel, now) for channel in sorted(channels)}
        free = {channel: room.units for channel, room in found.items() if room.units > 0}
        if not free:
            return Room(units=0, wait=min(room.wait for room in found.values()))
        known = {channel: self._shares[channel] for channel in free if channel in self._shares}
        fits = [free[channel] / share for channel, share in known.items() if share > _SELDOM]
        return Room(units=max(1, int(min(fits))) if fits else sum(free.values()), wait=_NOW)

    async def _room(self, channel: Channel, now: datetime) -> Room:
        probes = self._breaker(channel).room(now)
        if probes == 0:
            return Room(units=0, wait=self.pause(channel, now))
        try:
            room = await self.limits.room(self._account(channel), self._rate(channel), AHEAD)
        except LimitsAway as fault:
            log.warning("pacing.counter_away", reason=str(fault))
            return Room(units=0, wait=_COUNTER_AWAY)
        most = _MANY if probes is None else probes
        return Room(units=min(room.units, most), wait=room.wait)

    def went(self, costs: Mapping[Channel, Sequence[int]], wait: timedelta, now: datetime) -> None:
        """Remember what a batch that was decided would cost, and that none of it had room.

        Of each contact a channel has a share of units; the shares follow the last batches.
        """
        contacts = sum(len(each) for each in costs.values())
        for channel in {*costs, *self._shares}:
            share = sum(costs.get(channel, ())) / contacts if contacts else 0.0
            before = self._shares.get(channel, share)
            self._shares[channel] = before + (share - before) / 2
        self._full_until = now + min(wait, AHEAD) if wait > _NOW else None

    async def reserve(
        self,
        channel: Channel,
        costs: Sequence[int],
        now: datetime,
        waits: Sequence[timedelta] = (),
    ) -> Slots:
        """Starts for the first of `costs`, in segments or calls; all others wait.

        Where there is a rate, none starts before its wait in `waits` is over; without one the
        slots are for now, and whoever waits does so by itself.
        """
        probes = self._breaker(channel).room(now)
        if probes == 0:
            return Slots(offsets=(), wait=self.pause(channel, now))
        account = self._account(channel)
        if probes is not None and _left(self._probing.get(account), now, _TRYING):
            return Slots(offsets=(), wait=AHEAD)  # one tries already
        some = costs if probes is None else costs[:probes]
        try:
            rate = self._rate(channel)
            own = waits if any(waits) and rate is not UNLIMITED else ()
            slots = await self.limits.reserve(account, rate, some, AHEAD, own)
        except LimitsAway as fault:
            log.warning("pacing.counter_away", reason=str(fault))
            return Slots(offsets=(), wait=_COUNTER_AWAY)
        if probes is None or not slots.offsets:
            return slots
        # Whether anybody is there is known when the one who tries comes back.
        self._probing[account] = now + _TRYING
        return Slots(offsets=slots.offsets, wait=max(slots.wait, AHEAD))

    async def heard(self, channel: Channel, error: SendError | None, now: datetime) -> None:
        """Learn from what a call came to, `None` being a success."""
        before = self._breaker(channel)
        self._probing.pop(self._account(channel), None)
        if error is None and before == _CLOSED:
            return
        away = error is not None and error.away
        after = before.after(int(not away), int(away), now)
        self._breakers[self._account(channel)] = after
        if (after.again_at is None) != (before.again_at is None):
            state = "carrier.away" if after.again_at else "carrier.back"
            log.warning(state, account=self._account(channel), channel=str(channel))
        if error is not None and error.retry_after:
            # A carrier that asks for a pause means the account, not the number.
            try:
                await self.limits.hold(self._account(channel), error.retry_after)
            except LimitsAway as fault:
                log.warning("pacing.counter_away", reason=str(fault))

    def pause(self, channel: Channel, now: datetime) -> timedelta:
        """For how long nobody there is called, because nobody was there."""
        breaker = self._breaker(channel)
        if breaker.again_at is None or breaker.room(now) != 0:
            return _NOW
        return max(_NOW, breaker.again_at - now)

    def _breaker(self, channel: Channel) -> Breaker:
        return self._breakers.get(self._account(channel), _CLOSED)

    def _account(self, channel: Channel) -> str:
        return self.accounts.get(channel, str(channel))

    def _rate(self, channel: Channel) -> Rate:
        return self.rates.get(channel, UNLIMITED)


_CLOSED = Breaker()


def _left(until: datetime | None, now: datetime, most: timedelta) -> timedelta:
    """How long until an instant; a wait longer than was ordered is a clock that was set back."""
    left = _NOW if until is None else until - now
    return left if _NOW < left <= most else _NOW
