"""Keeps what everything in one simulated world stands on: the dice, the clock, the story."""

import asyncio
import random
import selectors
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # a Friday, noon in Shanghai
_TICK = timedelta(microseconds=1)

#: What may go wrong, and how often at most; a world draws its own odds below these.
MOST = {
    # a process dies
    "crash_before_commit": 0.03,
    "crash_after_commit": 0.03,
    "crash_at_step": 0.04,
    "crash_in_carrier": 0.10,
    "crash_in_desk": 0.10,
    # a process stands still for longer than its lease, while the others go on
    "stall_at_step": 0.05,
    "stall_at_begin": 0.03,
    "stall_in_carrier": 0.10,
    # the carrier
    "slow": 0.20,
    "too_many": 0.30,
    "later": 0.15,
    "lost_request": 0.20,
    "lost_answer": 0.20,
    "adapter_bug": 0.05,
    "dead_address": 0.03,
    "carrier_stop": 0.03,
    "misconfigured": 0.03,
    "list_fails": 0.30,
    "outage": 0.05,
    "undelivered": 0.10,
    # the ticketing system
    "desk_silent": 0.30,
    "desk_lost_answer": 0.20,
    "desk_refuses": 0.30,
    "desk_deaf": 0.10,
    # news, twice, late, or in another order
    "twice": 0.40,
    "late": 0.40,
    # what people do meanwhile
    "meddle": 0.15,
    "crowd": 0.50,
}

#: What is never rare in a world under pressure, where most can come between a decision and what
#: follows from it.
PRESSING = (
    "crash_in_carrier",
    "stall_at_step",
    "stall_at_begin",
    "stall_in_carrier",
    "lost_answer",
    "meddle",
    "crowd",
)
_PRESSED_OF = 3  # every third world is under pressure
_CALLED_OF = 5  # every fifth world calls its customers
_REMEMBERED_OF = 10  # after every tenth comes an afterword


class Stuck(AssertionError):
    """Everybody waits and nobody is going to move."""


class _Jump(selectors.SelectSelector):
    """Waits for nothing: where everybody sleeps, the time of the first to wake is now."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = 0.0
        self.on_sleep: Callable[[float], None] = lambda seconds: None

    def select(self, timeout: float | None = None) -> list[Any]:
        found = super().select(0)
        if not found and timeout is None:
            raise Stuck("everybody waits and nobody is going to move")
        if not found and timeout is not None and timeout > 0:
            self.slept += timeout
            self.on_sleep(timeout)
        return found


class Loop(asyncio.SelectorEventLoop):
    """An event loop on which sleeping takes no time."""

    def __init__(self) -> None:
        self.jump = _Jump()
        super().__init__(self.jump)

    def time(self) -> float:
        return self.jump.slept


class Time:
    """The one clock of a world; no two readings are alike, so that everything has its order."""

    def __init__(self, start: datetime) -> None:
        self.present = start

    def now(self) -> datetime:
        self.present += _TICK
        return self.present

    def advance(self, span: timedelta) -> None:
        self.present += span


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Something the outside will do, by way of one process.

    `again`: how often it is tried again where nobody answered; None where it asks us nothing.
    `prompt`: time does not go on without it.
    """

    what: str
    run: Callable[[Any], Awaitable[None]]
    again: int | None = None
    prompt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An errand with its time, and its place among those of one time."""

    at: datetime
    number: int
    errand: Errand


class Agenda:
    """What the outside is going to do, and when."""

    def __init__(self) -> None:
        self._items: dict[int, Item] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._items)

    def add(self, at: datetime, errand: Errand) -> Item:
        self._count += 1
        self._items[self._count] = Item(at=at, number=self._count, errand=errand)
        return self._items[self._count]

    def next_at(self) -> datetime | None:
        return min((item.at for item in self._items.values()), default=None)

    def prompt_at(self) -> datetime | None:
        """Until when the clock may move."""
        return min((item.at for item in self._items.values() if item.errand.prompt), default=None)

    def due(self, now: datetime) -> list[Item]:
        found = [item for item in self._items.values() if item.at <= now]
        return sorted(found, key=lambda item: (item.at, item.number))

    def take(self, item: Item) -> bool:
        """Whether it was still there to be done."""
        return self._items.pop(item.number, None) is not None


def span(dice: random.Random, least: float, most: float) -> timedelta:
    """Some seconds."""
    return timedelta(seconds=round(dice.uniform(least, most), 3))


async def _nowhere(_who: str) -> None:
    return None


@dataclass(slots=True, kw_only=True)
class Ground:
    """The seed decides everything: whoever needs chance asks here, in the story's own order."""

    seed: int
    dice: random.Random
    odds: dict[str, float]
    time: Time = field(default_factory=lambda: Time(START))
    agenda: Agenda = field(default_factory=Agenda)
    story: list[str] = field(default_factory=list)
    written: set[str] = field(default_factory=set)  # tables, since somebody looked at them
    troubled: bool = True
    crowded: bool = False
    #: What the others do while somebody stands still; the name is whose turn it is not.
    elsewhere: Callable[[str], Awaitable[None]] = _nowhere
    #: What people do between a decision and the message that follows from it.
    #: Whose number it is; None: of somebody who is about to get one.
    meddle: Callable[[str, str | None], Awaitable[None]] = field(
        default=lambda who, number: _nowhere(who)
    )

    @property
    def pressed(self) -> bool:
        """Whether few customers have many tickets, under tight caps, and change their minds."""
        return self.seed % _PRESSED_OF == 0

    @property
    def by_phone(self) -> bool:
        """Whether customers are called."""
        return self.seed % _CALLED_OF == 1

    @property
    def remembered(self) -> bool:
        """Whether what was told is told once more when all is forgotten."""
        return self.seed % _REMEMBERED_OF == 4

    def happens(self, what: str) -> bool:
        return self.troubled and self.dice.random() < self.odds[what]

    def tell(self, who: str, what: str) -> None:
        span = self.time.present - START
        hours, rest = divmod(span.seconds, 3600)
        clock = f"{span.days:02d}d {hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
        self.story.append(f"{clock}.{span.microseconds:06d} {who:<8} {what}")

    def seconds(self, least: float, most: float) -> timedelta:
        return span(self.dice, least, most)

    def sleep(self, seconds: float) -> None:
        """All slept, and time went on."""
        self.time.advance(timedelta(seconds=seconds))

    async def breathe(self) -> None:
        """Let others go first, where several act at once."""
        if self.crowded:
            for _ in range(self.dice.choice((0, 0, 1, 1, 2, 4, 8))):
                await asyncio.sleep(0)


def ground(seed: int) -> Ground:
    """The ground of one world; each kind of trouble is on in every other one."""
    dice = random.Random(seed)
    odds = {
        name: dice.uniform(most / 5, most) if dice.random() < 0.5 else 0.0
        for name, most in MOST.items()
    }
    base = Ground(seed=seed, dice=dice, odds=odds)
    if base.pressed:
        odds.update({name: max(odds[name], MOST[name] / 2) for name in PRESSING})
    return base
