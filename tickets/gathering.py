"""Takes the events of requests in flight together: one commit for all who came during the last."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from kernel.gathering import Gathering as Together
from kernel.gathering import unavailable
from kernel.sql import passing
from tickets.model import Event
from tickets.service import Intake, Outcome, Taken, taken

log = structlog.get_logger("tickets")

MOST_WAITING = 5_000  # events of requests not answered yet
MOST_TOGETHER = 500  # events in one transaction, unless one request brings more
PATIENCE = timedelta(seconds=8)  # below what senders wait for an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    events: Sequence[Event]
    now: datetime


@dataclass(slots=True, kw_only=True)
class Gathering:
    """Answers each request after the commit that keeps its events.

    Nobody is heard whose events could not be kept: where too many wait, or the database is away or
    too slow, the answer is Unavailable.
    """

    intake: Intake
    most_waiting: int = MOST_WAITING
    patience: timedelta = PATIENCE
    _line: Together[_Told, Sequence[Outcome]] = field(init=False)

    def __post_init__(self) -> None:
        self._line = Together(
            what="events",
            work=self._settle,
            most_waiting=self.most_waiting,
            most_together=MOST_TOGETHER,
            patience=self.patience,
            size=lambda told: len(told.events),
        )

    async def take(self, events: Sequence[Event], now: datetime) -> Taken:
        """Keep events; Unavailable where that cannot be promised, and telling again is harmless."""
        if not events:
            return taken((), ())
        return taken(events, await self._line.take(_Told(events=events, now=now)))

    async def close(self) -> None:
        """End what is under way."""
        await self._line.close()

    async def _settle(self, batch: Sequence[_Told]) -> Sequence[Sequence[Outcome]]:
        events = [event for told in batch for event in told.events]
        try:
            outcomes = iter(await self.intake.settle(events, max(told.now for told in batch)))
        except Exception as fault:
            if passing(fault):
                raise
            # The intake has tried each event by itself: it is no fault of one of them.
            log.exception("gathering.failed")
            raise unavailable("the events could not be kept") from fault
        return [[next(outcomes) for _ in told.events] for told in batch]
