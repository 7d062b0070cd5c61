"""Keeps guesses at links to what the contract allows, over all replicas that share a Redis."""

from dataclasses import dataclass, field
from datetime import datetime

import structlog

from channels.strangers import MOST_UNKNOWN, SPAN, Strangers, household
from scheduler.limits import LimitsAway, Tries

log = structlog.get_logger("channels")


@dataclass(slots=True, kw_only=True)
class Guesses:
    """Counts unknown links; without `tries` to share, or while they are away, in this process."""

    tries: Tries | None = None
    strangers: Strangers = field(default_factory=Strangers)

    async def too_many(self, remote: str, now: datetime) -> bool:
        """Count one more unknown token from `remote`; whether that is more than are let pass."""
        here = self.strangers.too_many(remote, now)
        if self.tries is None or here:
            return here
        try:
            return await self.tries.too_many(household(remote), MOST_UNKNOWN, SPAN)
        except LimitsAway as fault:
            log.warning("guesses.counter_away", reason=str(fault))
            return here
