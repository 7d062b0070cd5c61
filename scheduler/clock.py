"""Tells the time: the machine's, or one that a demo or a test may move."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)

    def seconds_until(self, instant: datetime) -> float:
        """Real seconds to wait until `instant`; 0 when it has passed."""
        return max(0.0, (instant - self.now()).total_seconds())

    def elapsed(self) -> float:
        """Seconds since some instant, whatever becomes of the machine's date."""
        return time.monotonic()


class MovableClock:
    """A clock that starts at `start`, runs `speed` times as fast, and can be moved forward."""

    def __init__(self, start: datetime, speed: float = 1.0) -> None:
        self._start = start
        self._speed = speed
        self._zero = time.monotonic()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self._start + timedelta(seconds=(time.monotonic() - self._zero) * self._speed)

    def seconds_until(self, instant: datetime) -> float:
        """Real seconds to wait until `instant`; 0 when it has passed."""
        return max(0.0, (instant - self.now()).total_seconds() / self._speed)

    def elapsed(self) -> float:
        """Seconds since some instant, moves included."""
        return self.now().timestamp()

    def advance(self, by: timedelta) -> None:
        """Move forward; whoever waits for a time is told."""
        if by < timedelta(0):
            raise ValueError("the clock only moves forward")
        self._start += by
        for listener in self._listeners:
            listener()

    def on_move(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after every move."""
        self._listeners.append(listener)
