"""Decides whether an account that fails again and again is tried now, once, or not yet."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The last calls of one account, as far as they say whether anybody is there.

    Closed at first. `opens_after` failures in a row open it for `pause`, and `again_at` says how
    long; from then on one call may try. If that fails too, the next pause is twice as long. Only
    calls that found nobody count as failures; a refusal is an answer, and so a success.
    """

    opens_after: int = 5
    failures: int = 0
    pause: timedelta = timedelta(0)
    again_at: datetime | None = None

    def after(self, succeeded: int, failed: int, now: datetime) -> "Breaker":
        """What it is once so many calls ended at `now`; one success closes it."""
        if succeeded > 0:
            return Breaker(opens_after=self.opens_after)
        # What was under way when it opened says nothing new: it must not lengthen the pause.
        if failed <= 0 or self._waits(now):
            return self
        failures = self.failures + failed
        if failures < self.opens_after:
            return replace(self, failures=failures)
        pause = min(max(2 * self.pause, FIRST_PAUSE), LONGEST_PAUSE)
        return replace(self, failures=failures, pause=pause, again_at=now + pause)

    def room(self, now: datetime) -> int | None:
        """How many calls may be under way: any number (None), one to try, or none."""
        if self.again_at is None:
            return None
        return 0 if self._waits(now) else 1

    def _waits(self, now: datetime) -> bool:
        """Whether a pause is on; one longer than was ordered is a clock that was set back."""
        return self.again_at is not None and timedelta(0) < self.again_at - now <= self.pause
