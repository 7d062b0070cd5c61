"""Plays one story: the seed picks the next moment and who acts in it, until all is quiet."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from channels.model import Channel
from channels.ports import Carrier
from tests.simulation import callrules, invariants
from tests.simulation.care import Care
from tests.simulation.duties import CALLS, Duties
from tests.simulation.ground import Errand, Ground, Item, span
from tests.simulation.network import Door, Network
from tests.simulation.people import Phones
from tests.simulation.process import Process, outside
from tests.simulation.telephone import Ringing, Telephone, VoiceDoor
from tests.simulation.ticketing import Desk, Ticketing
from tests.simulation.view import Watch

MOST_ROUNDS = 120  # in trouble
_MORE_BY_PHONE = 40  # a call takes some
MOST_QUIET_ROUNDS = 900  # until everything has come to rest
_STRIDE = timedelta(hours=6)  # in peace nobody cares for the minute
_YEARS = timedelta(days=740)  # after which nothing of a story needs to be known
#: How much more often than others something is picked, by its first words.
_WEIGHTS = {"works contacts": 3.0, "works publication": 0.3}

Act = tuple[str, Process, Callable[[], Awaitable[object]]]


@dataclass(slots=True, kw_only=True)
class World:
    """The real service in two processes over one file, and everybody outside."""

    ground: Ground
    network: Network
    door: type[Door]
    phones: Phones
    telephone: Telephone
    duties: Duties
    ticketing: Ticketing
    processes: tuple[Process, ...]
    watch: Watch
    care: Care
    faults: list[str] = field(default_factory=list)

    # The story.

    async def play(self) -> None:
        """Trouble first, then rest; ends at the first fault."""
        for process in self.processes:
            self._start(process)
        self.ticketing.begin()
        self.care.begin()
        self.duties.begin()
        for _ in range(MOST_ROUNDS + (_MORE_BY_PHONE if self.ground.by_phone else 0)):
            await self._round()
            if self._faulty():
                return
            if not self._upcoming():
                break
        await self._rest()

    async def stop(self) -> None:
        for process in self.processes:
            await process.stop()
        self.watch.close()

    async def _round(self) -> None:
        """One moment: the clock moves, or one or several act."""
        ground = self.ground
        acts = self._acts()
        if not acts or ground.dice.random() < 0.15:
            self._move()
            return  # nobody did anything that could be wrong
        crowd = len(acts) > 1 and ground.happens("crowd")
        chosen = self._pick(acts, ground.dice.randint(2, 4) if crowd else 1)
        ground.crowded = crowd
        try:
            await asyncio.gather(*(self._do(act) for act in chosen))
        finally:
            ground.crowded = False

    def _pick(self, acts: list[Act], most: int) -> list[Act]:
        left, chosen = list(acts), list[Act]()
        while left and len(chosen) < most:
            weights = [_WEIGHTS.get(what, 1.0) for what, _, _ in left]
            chosen.append(left.pop(self.ground.dice.choices(range(len(left)), weights)[0]))
        return chosen

    async def _do(self, act: Act) -> None:
        what, process, work = act
        self.ground.tell(process.name, what)
        try:
            alive = await process.survives(work())
        except Exception as fault:  # noqa: BLE001 - whatever a process lets out is a finding
            self.faults.append(f"nothing_fails_by_surprise: {what}: {fault!r}")
            return
        if not alive and not process.buried:
            await self._revive_later(process)

    async def _revive_later(self, process: Process) -> None:
        await process.stop()

        async def revive(_other: Process) -> None:
            self._start(process)

        at = self.ground.time.present + self.ground.seconds(1, 600)
        self.ground.agenda.add(at, Errand(what=f"{process.name} is started", run=revive))

    def _start(self, process: Process) -> None:
        carriers: dict[Channel, Carrier] = {
            channel: self.door(network=self.network, channel=channel, process=process)
            for channel in (Channel.SMS, Channel.EMAIL)
        }
        if self.ground.by_phone:
            carriers[Channel.VOICE] = VoiceDoor(
                network=self.network,
                channel=Channel.VOICE,
                process=process,
                telephone=self.telephone,
            )
        process.start(outside(process, carriers, Desk(ticketing=self.ticketing, process=process)))

    # What may happen next.

    def _acts(self) -> list[Act]:
        return [*self._lanes(), *self._errands()]

    def _lanes(self) -> Iterator[Act]:
        """Each lane of each process that has something due."""
        due = self.watch.due_kinds(self.ground.time.present)
        for process in self.processes:
            if process.up:
                for lane in process.service.runner.lanes:
                    if due.intersection(lane.handlers):
                        yield (f"works {lane.name}", process, lane.step)

    def _errands(self) -> Iterator[Act]:
        """What the outside would do by now, by way of whichever process is there."""
        able = [process for process in self.processes if process.up] or list(self.processes)
        for item in self.ground.agenda.due(self.ground.time.present)[:6]:
            process = self.ground.dice.choice(able)
            yield (item.errand.what, process, partial(self._run, item, process))

    async def _run(self, item: Item, process: Process) -> None:
        """Do an errand; one that finds nobody, or gets no answer, comes again."""
        agenda, errand = self.ground.agenda, item.errand
        if not agenda.take(item):
            return
        later = self.ground.time.present + self.ground.seconds(1, 120)
        if errand.again is not None and not process.up:
            agenda.add(later, errand)
            return
        try:
            await errand.run(process)
        except BaseException:
            if errand.again:
                agenda.add(later, replace(errand, again=errand.again - 1))
            raise

    def _upcoming(self) -> list[datetime]:
        # While nobody takes complaints up, their deadlines would be all there is to wait for.
        beside = "complaint.deadline" if self.ground.troubled else ""
        waiting = (self.ground.agenda.next_at(), self.watch.next_job_at(beside=beside))
        return [at for at in waiting if at is not None]

    def _move(self) -> None:
        """To something that is to happen, or past it."""
        time, dice, began = self.ground.time, self.ground.dice, self.ground.time.present
        ahead = [at for at in self._upcoming() if at > time.present]
        match dice.choices(("next", "soon", "later", "days"), (16, 2, 2, 1))[0]:
            case "next" if ahead:
                time.present = dice.choice(ahead)
            case "days":
                time.advance(self.ground.seconds(3600, 2 * 86400))
            case "later":
                time.advance(self.ground.seconds(60, 6 * 3600))
            case _:
                time.advance(self.ground.seconds(0, 90))
        target, time.present = time.present, began
        self._pass_to(target)
        self.ground.tell("clock", "moves")

    def _pass_to(self, at: datetime) -> None:
        """Time goes on, but not past what is done at its moment."""
        prompt, time = self.ground.agenda.prompt_at(), self.ground.time
        time.present = max(time.present, at if prompt is None else min(prompt, at))

    # What others do in the midst of it.

    async def elsewhere(self, name: str) -> None:
        """While one process stands still the other takes up what is due, or hears a stop."""
        dice = self.ground.dice
        for _ in range(dice.randint(1, 4)):
            acts = [act for act in self._acts() if act[1].name != name and act[1].up]
            if acts:
                await self._do(dice.choice(acts))
        if self.ground.pressed:
            await self.meddle(name, None)
            return
        phones = [one.phone for one in self.ticketing.customers if one.phone]
        if phones and dice.random() < 0.2:
            await self.meddle(name, dice.choice(phones))

    async def meddle(self, name: str, number: str | None) -> None:
        """A customer has enough at this very moment, and another process hears of it first.

        Without a number it is one of those to whom a message is about to go, if there is one.
        """
        number = number or self._in_hand()
        if number is None:
            return
        process = next((one for one in self.processes if one.name != name and one.up), None)
        if process is None:
            return
        who = [one for one in self.ticketing.customers if number in (one.phone, one.email)]
        if who and self.ground.dice.random() < 0.4:
            self.ticketing.wish(self.ground.dice.choice(who), True)
            errand = self.ticketing.delivery(f"evt-{len(self.ticketing.told) - 1}")
        elif "@" not in number:
            errand = self.phones.sudden_stop(number)
        else:
            return
        item = self.ground.agenda.add(self.ground.time.present, errand)
        await self._do((errand.what, process, partial(self._run, item, process)))

    def _in_hand(self) -> str | None:
        """The number of somebody to whom a message is about to go."""
        who = self.watch.in_hand()
        phones = [
            one.phone
            for one in self.ticketing.customers
            if one.phone and (one.source, one.id) in who
        ]
        return self.ground.dice.choice(phones) if phones else None

    def queued(self, call: Ringing, rings_at: datetime) -> None:
        """While a call waits at the carrier somebody may look, and its matter be over by then."""
        dice, present = self.duties.dice, self.ground.time.present
        if dice.random() < 0.7:
            self.duties.look_before(rings_at)

        async def reopen(_process: Process) -> None:
            row = self.watch.view.contacts.get(call.contact)
            ticket = row and self.ticketing.tickets.get((row["source"], row["ticket"]))
            if ticket:
                self.ticketing.change(ticket, "reopened")

        if dice.random() < 0.7:
            at = present + span(dice, 0, (rings_at - present).total_seconds() / 2)
            errand = Errand(what=f"{call.number} is helped", run=reopen, prompt=True)
            self.ground.agenda.add(at, errand)

    # The end.

    async def _rest(self) -> None:
        """All trouble is over: whatever was owed comes to its end."""
        ground = self.ground
        ground.tell("world", "is at peace")
        ground.troubled = False
        self.network.away_until.clear()
        self.network.mute_until = None
        self.ticketing.away_until = None
        if await self._calms_down():
            self.faults.extend(invariants.at_rest(self.watch.look()))
            assert not [*self.watch.overlooked()]
            if ground.remembered and not self.faults:
                await self._years_later()

    async def _calms_down(self) -> bool:
        """Whether there came a moment at which nothing was left to do."""
        ground = self.ground
        for _ in range(MOST_QUIET_ROUNDS):
            before = self.watch.version(), len(ground.agenda)
            # First whoever is outside, so that a lane finds all at once what comes of it.
            for act in [*self._errands(), *self._lanes()][:1]:
                await self._do(act)
            if self._faulty():
                return False
            if before == (self.watch.version(), len(ground.agenda)):
                # Nobody had anything to do, or whoever had was told to wait.
                await self._attend()
                await self._look_for_calls()
                upcoming = self._upcoming()
                if not upcoming:
                    ground.tell("world", "is quiet")
                    return True
                self._pass_to(max(ground.time.present + _STRIDE, min(upcoming)))
        self.faults.append("never_at_rest: there is still something to do")
        return False

    async def _years_later(self) -> None:
        """All is forgotten that may be; what is told once more then comes to nothing."""
        able = [process for process in self.processes if process.up]
        before = self._came_of_it()
        self.ground.time.advance(_YEARS)
        for name in self.duties.names(able[0]):
            await self._do((f"does {name}", able[0], partial(self.duties.turn, able[0], name)))
        forgotten = ("events", "contacts", "inbound", "calls", "recordings")
        kept = self.watch.counts(*forgotten) | {"words": self.watch.words()}
        errand = self.ticketing.all_again()
        await self._do((errand.what, able[0], partial(errand.run, able[0])))
        while self.watch.due_kinds(self.ground.time.present) and not self.faults:
            for act in [*self._lanes()][:1]:
                await self._do(act)
        self.faults.extend(
            f"what_is_past_its_time_is_forgotten: {count} of {name} are left"
            for name, count in kept.items()
            if count
        )
        if before != self._came_of_it():
            self.faults.append(f"old_news_come_to_nothing: {before} / {self._came_of_it()}")

    def _came_of_it(self) -> dict[str, int]:
        """What would not be there had nothing been told."""
        found = self.watch.counts("closures", "invitations", "responses", "complaints", "callbacks")
        done = {"messages": len(self.network.taken), "orders": len(self.ticketing.done)}
        return found | done

    async def _attend(self) -> None:
        """People do what complaints wait for."""
        able = [process for process in self.processes if process.up]
        while able and self.care.waiting() and not self._faulty():
            before = self.watch.version()
            await self._do(("care works", able[0], partial(self.care.work, able[0])))
            if before == self.watch.version():
                return  # nothing can be done about what is left

    async def _look_for_calls(self) -> None:
        """Calls that nobody heard the end of are asked for."""
        able = [process for process in self.processes if process.up]
        if able and callrules.lasting(self.watch.view):
            work = partial(self.duties.turn, able[0], CALLS)
            await self._do(("looks for calls", able[0], work))

    def _faulty(self) -> bool:
        self.faults.extend(invariants.always(self.watch.look()))
        return bool(self.faults)
