"""Has the periodic duties of a world done: at odd moments, by whichever process comes first."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from scheduler.duties import Rota
from tests.simulation.ground import Errand, Ground, span
from tests.simulation.process import Process
from tests.simulation.telephone import Telephone

CALLS = "calls"
#: That of exports waits for the disk in a thread, and of keys there is one.
_LEFT_OUT = ("forget_exports", "rotate", CALLS)
_MOST_MOMENTS, _DAYS = 4, 3
_IDLE_OF = 2  # every other world has none, and stays what it was
_LEASE = timedelta(seconds=60)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A duty that was done to its end; `sure`: within its lease, so that everybody knows of it."""

    name: str
    interval: int
    began_at: datetime
    ended_at: datetime
    sure: bool


@dataclass(slots=True, kw_only=True)
class Duties:
    """What is done again and again; has dice of its own, so that other worlds stay as they were."""

    ground: Ground
    telephone: Telephone
    turns: list[Turn] = field(default_factory=list)
    #: When it was looked which calls nobody told the end of, and all could be asked for.
    looked: list[datetime] = field(default_factory=list)
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.ground.seed)

    def begin(self) -> None:
        """Plan some moments of the first days; both processes may come to one."""
        if self.ground.seed % _IDLE_OF == 0:
            return
        for _ in range(self.dice.randint(1, _MOST_MOMENTS)):
            at = self.ground.time.present + span(self.dice, 3600, _DAYS * 86400)
            for _ in range(self.dice.choice((1, 1, 2))):
                self.ground.agenda.add(at, Errand(what="does duties", run=self._some, again=1_000))

    def names(self, process: Process) -> list[str]:
        """The duties that are done at no moment of their own."""
        return sorted(process.service.cadence.duties.keys() - {*_LEFT_OUT})

    async def _some(self, process: Process) -> None:
        for name in self.dice.sample(self.names(process), 2):
            await self.turn(process, name)

    def look_later(self) -> None:
        """Have somebody look how calls ended, soon or late."""
        at = self.ground.time.present + span(self.dice, 60, 86_400)
        self.ground.agenda.add(at, Errand(what="looks for calls", run=self._look, again=1_000))

    def look_before(self, rings_at: datetime) -> None:
        """Have somebody look in the second half of the time that a call waits at the carrier.

        Time does not go on without them: whoever may be late hardly ever looks in time.
        """
        left = (rings_at - self.ground.time.present).total_seconds()
        at = self.ground.time.present + span(self.dice, left / 2, left)
        errand = Errand(what="looks for calls", run=self._look, again=3, prompt=True)
        self.ground.agenda.add(at, errand)

    async def _look(self, process: Process) -> None:
        await self.turn(process, CALLS)

    async def turn(self, process: Process, name: str) -> None:
        """Do a duty if it is this process's turn, as `scheduler.cadence` does."""
        service = process.service
        every, duty = service.cadence.duties[name]
        rota = Rota(database=service.database, clock=service.clock, lease_for=_LEASE)
        now, deaf = service.clock.now(), self.telephone.deaf
        async with rota.turn(name, every, now) as ours:
            if not ours:
                return
            await duty(now)
            process.touch()
        ended_at = self.ground.time.present
        self.ground.tell(process.name, f"has done {name}")
        self.turns.append(
            Turn(
                name=name,
                interval=(now - _EPOCH) // every,
                began_at=now,
                ended_at=ended_at,
                sure=ended_at - now < min(every, _LEASE),
            )
        )
        if name == CALLS and deaf == self.telephone.deaf:
            self.looked.append(now)
