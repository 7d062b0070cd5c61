"""Keeps to what a carrier's account can take: its rate, its pauses, and its absences."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from channels.errors import SendError, SendErrorKind
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

    async def room(self, channels: Collection[Channel], now: datetime) -> Room:
        """How many contacts may be taken up by any of the channels, or how long to wait."""
        found = [await self._room(channel, now) for channel in sorted(channels)]
        units = sum(room.units for room in found)
        return Room(units=units, wait=min((room.wait for room in found), default=_NOW))

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

    async def reserve(self, channel: Channel, costs: Sequence[int], now: datetime) -> Slots:
        """Starts for the first of `costs`, in segments or calls; all others wait."""
        probes = self._breaker(channel).room(now)
        if probes == 0:
            return Slots(offsets=(), wait=self.pause(channel, now))
        some = costs if probes is None else costs[:probes]
        try:
            slots = await self.limits.reserve(
                self._account(channel), self._rate(channel), some, AHEAD
            )
        except LimitsAway as fault:
            log.warning("pacing.counter_away", reason=str(fault))
            return Slots(offsets=(), wait=_COUNTER_AWAY)
        if len(some) == len(costs):
            return slots
        # Whether anybody is there is known when the one who tries comes back.
        return Slots(offsets=slots.offsets, wait=max(slots.wait, AHEAD))

    async def heard(self, channel: Channel, error: SendError | None, now: datetime) -> None:
        """Learn from what a call came to, `None` being a success."""
        before = self._breaker(channel)
        if error is None and before == _CLOSED:
            return
        away = error is not None and error.away
        after = before.after(int(not away), int(away), now)
        self._breakers[self._account(channel)] = after
        if (after.again_at is None) != (before.again_at is None):
            state = "carrier.away" if after.again_at else "carrier.back"
            log.warning(state, account=self._account(channel), channel=str(channel))
        if error is not None and error.kind is SendErrorKind.LATER and error.retry_after:
            # A carrier that asks for a pause means the account, not the number.
            try:
                await self.limits.hold(self._account(channel), error.retry_after)
            except LimitsAway as fault:
                log.warning("pacing.counter_away", reason=str(fault))

    def pause(self, channel: Channel, now: datetime) -> timedelta:
        """For how long nobody there is called, because nobody was there."""
        again_at = self._breaker(channel).again_at
        return max(_NOW, again_at - now) if again_at is not None else _NOW

    def _breaker(self, channel: Channel) -> Breaker:
        return self._breakers.get(self._account(channel), _CLOSED)

    def _account(self, channel: Channel) -> str:
        return self.accounts.get(channel, str(channel))

    def _rate(self, channel: Channel) -> Rate:
        return self.rates.get(channel, UNLIMITED)


_CLOSED = Breaker()
