"""Plays a week of callbacks: promised, claimed, forgotten, dialled and missed, by seed."""

import argparse
import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from structlog.testing import capture_logs

from callbacks.promises import store
from callbacks.promises.model import DialMode
from channels.heard import Inbound
from channels.jobs import CALLBACK, WantedCall
from channels.model import Channel
from kernel.endpoint import Answer, Call, Role
from kernel.faults import Fault
from kernel.vault import derived_id
from scheduler import store as jobs
from tests.simulation.exchange import Exchange, Switch
from tests.simulation.ground import Errand, Ground, Loop, ground
from tests.simulation.network import Door, Network
from tests.simulation.people import Customer
from tests.simulation.process import Process, outside, read_rules
from tests.simulation.promises import Kept, look, wrong
from tests.simulation.story import Ending, scratch, template, with_fault
from tests.simulation.ticketing import Desk, Ticketing
from tickets.intake import read_event
from tickets.model import Refused

WEEK, AFTERWARDS = timedelta(days=7), timedelta(days=4)
_ZONES = (("+86138001380", "Asia/Shanghai"),) * 4 + (("+614123456", "Australia/Sydney"),)
_AGENTS = 4
_TOPICS = ("asked", "billing", "fault", "care")
_ODDS = {
    **dict.fromkeys(("crash_before_commit", "crash_after_commit"), 0.004),
    **dict.fromkeys(("crash_at_step", "stall_at_step"), 0.01),
    "stall_at_begin": 0.002,
    **dict.fromkeys(("crash_in_carrier", "adapter_bug", "outage"), 0.01),
    **dict.fromkeys(("too_many", "lost_request", "lost_answer", "later"), 0.03),
    **dict.fromkeys(("list_fails", "late", "twice"), 0.1),
    "undelivered": 0.03,
}

Work = Callable[[Process], Awaitable[None]]


def _rules(agents: int, mode: str) -> str:
    known = "".join(f'  - {{id: A-{n}, phone: "{_agent(n)}"}}\n' for n in range(agents))
    return f"""
programs: []
policy: {{rates: {{sms: null, voice: null, email: null}}}}
centre: {{hours: {{mon-sun: "09:00-18:00"}}, holidays: []}}
agents:
{known}callbacks: {{capacity: 8, mode: {mode}}}
"""


def _agent(number: int) -> str:
    return f"+861390013900{number}"


@dataclass(slots=True, kw_only=True)
class Week:
    """Customers, agents and two processes of the service over one file, for a week and a while."""

    ground: Ground
    network: Network
    exchange: Exchange
    processes: tuple[Process, ...]
    desk: Ticketing
    database: Path
    customers: list[Customer] = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    faults: list[str] = field(default_factory=list)

    async def play(self, callbacks: int) -> None:
        """A week of trouble, and days in which everybody does what they should."""
        for process in self.processes:
            self._start(process)
        self._people(callbacks)
        began = self.ground.time.present
        peace, end = began + WEEK, began + WEEK + AFTERWARDS
        looked = began
        while self.ground.time.present < end and not self.faults:
            if self.ground.troubled and self.ground.time.present >= peace:
                self.ground.troubled = False
                self.network.away_until.clear()
            if not await self._moment():
                self._move(end)
            if self.ground.time.present - looked > timedelta(hours=3):
                looked = self.ground.time.present
                self._look(final=False)
        self._look(final=True)

    def _look(self, *, final: bool) -> None:
        view = look(self.database, self.ground.time.present, self.exchange, self.network, self.kept)
        self.faults.extend(wrong(view, self.processes[0].rules, _AGENTS, final=final))

    def _move(self, end: datetime) -> None:
        present = self.ground.time.present
        upcoming = [self.ground.agenda.next_at(), self._next_job()]
        # What is due while no process is up waits for one to be started.
        ahead = [at for at in upcoming if at is not None and at > present]
        self.ground.time.present = max(present, min([end, *ahead]))

    def _next_job(self) -> datetime | None:
        return self.kept.next_job_at(self.database)

    async def _moment(self) -> bool:
        """Everything that is due now; whether there was anything."""
        dice, now = self.ground.dice, self.ground.time.present
        due = self.ground.agenda.due(now)
        for item in due:
            if self.ground.agenda.take(item):
                able = [one for one in self.processes if one.up]
                if able:
                    await self._survive(
                        item.errand.what, process := dice.choice(able), item.errand.run(process)
                    )
                elif item.errand.again is not None:
                    self.ground.agenda.add(now + timedelta(minutes=1), item.errand)
                else:
                    await self._survive(
                        item.errand.what, self.processes[0], item.errand.run(self.processes[0])
                    )
        worked = bool(due)
        for process in self.processes:
            kinds = self.kept.due_kinds(self.database, self.ground.time.present)
            for lane in process.service.runner.lanes if process.up else ():
                if process.up and kinds.intersection(lane.handlers):
                    worked = True
                    await self._survive(f"works {lane.name}", process, lane.step())
        return worked

    async def _survive(self, what: str, process: Process, work: Awaitable[object]) -> None:
        try:
            alive = await process.survives(work)
        except Fault:
            alive = True  # a 409 and the like: whoever asked was told
        except Exception as fault:  # noqa: BLE001 - whatever a process lets out is a finding
            self.faults.append(f"nothing_fails_by_surprise: {what}: {fault!r}")
            return
        if not alive and not process.buried:
            await process.stop()
            at = self.ground.time.present + self.ground.seconds(1, 600)

            async def revive(_other: Process) -> None:
                self._start(process)

            self.ground.agenda.add(at, Errand(what=f"{process.name} is started", run=revive))

    def _start(self, process: Process) -> None:
        carriers: dict[Channel, Any] = {
            channel: Door(network=self.network, channel=channel, process=process)
            for channel in (Channel.SMS, Channel.EMAIL)
        }
        carriers[Channel.VOICE] = Switch(exchange=self.exchange, process=process)
        process.start(outside(process, carriers, Desk(ticketing=self.desk, process=process)))

    # Who lives here.

    def _people(self, callbacks: int) -> None:
        ground, dice = self.ground, self.ground.dice
        for number in range(max(4, callbacks // 4)):
            prefix, zone = dice.choice(_ZONES)
            one = Customer(
                id=f"C-{number}",
                source="/tickets",
                phone=f"{prefix}{number:03d}",
                email=None,
                zone=zone,
                told=zone,
                tier=None,
                locale=dice.choice(("zh-CN", "en")),
            )
            self.customers.append(one)
            self._at(ground.time.present, f"{one.id} is known", self._closing(one, 1), again=99)
        self.kept.zones = {one.id: one.zone for one in self.customers}
        for number in range(callbacks):
            at = ground.time.present + ground.seconds(600, WEEK.total_seconds() - 86_400)
            one = dice.choice(self.customers)
            self._at(at, f"a call for {one.id}", self._request(one, number), again=99)
            if dice.random() < 0.35:
                later = at + ground.seconds(60, 2 * 86_400)
                self._at(later, f"{one.id} changes their mind", self._change(one), again=99)
        for number in range(_AGENTS):
            self._look_again(f"A-{number}")

    def _at(self, at: datetime, what: str, run: Work, again: int | None = None) -> None:
        self.ground.agenda.add(at, Errand(what=what, run=run, again=again))

    def _closing(self, one: Customer, cycle: int) -> Work:
        async def run(process: Process) -> None:
            now = self.ground.time.now()
            document = {
                "specversion": "1.0",
                "id": f"evt-{one.id}-{cycle}-{now.timestamp()}",
                "source": one.source,
                "type": "ticket.closed",
                "time": now.isoformat(),
                "data": {
                    "ticket": {
                        "id": f"T-{one.id}",
                        "closed_at": now.isoformat(),
                        "close_reason": "resolved",
                    },
                    "customer": {
                        "id": one.id,
                        "phone": one.phone,
                        "timezone": one.told,
                        "locale": one.locale,
                    },
                },
            }
            event = read_event(document, now)
            assert not isinstance(event, Refused), event
            await process.service.intake.take([event], now)

        return run

    # Who asks for what.

    def _request(self, one: Customer, number: int) -> Work:
        dice = self.ground.dice
        origin = dice.choice(("customer", "page", "phone", "agent", "complaint", "program"))
        topic = "asked" if origin in ("customer", "page", "phone") else dice.choice(_TOPICS[1:])

        async def run(process: Process) -> None:
            now = self.ground.time.now()
            if origin == "agent":
                body = {"customer": one.id, "source": one.source, "topic": topic, "asap": True}
                await self._post(process, "/v1/callbacks", {}, body)
                return
            owed = origin in ("complaint", "program")
            wanted = WantedCall(
                id=derived_id("cb_", str(number)),
                source=one.source,
                customer=one.id,
                ticket=f"T-{one.id}" if dice.random() < 0.7 else None,
                origin=origin,
                topic=topic,
                since=(now + timedelta(hours=2)).isoformat() if owed else None,
                until=(now + timedelta(hours=30)).isoformat() if owed else None,
                priority=dice.choice(("urgent", "normal", "low")),
            )
            async with process.service.database.write() as conn:
                job = CALLBACK.job(wanted.id, wanted, due_at=now)
                await jobs.enqueue(conn, [job])
            self.kept.wanted.add(wanted.id)
            if origin == "customer":
                self.kept.spoke(str(one.phone), now)

        return run

    def _change(self, one: Customer) -> Work:
        words = ("不用回电", "改期", "LATER", "NO CALL", "STOP ALL", "solved", "move")
        what = self.ground.dice.choices(words, (4, 4, 2, 2, 1, 4, 3))[0]

        async def run(process: Process) -> None:
            if what == "solved":
                await self._closing(one, 2)(process)
                return
            if what == "move":
                await self._move_one(process, one)
                return
            now = self.ground.time.now()
            sid = f"SMin{self.ground.dice.getrandbits(64):x}"
            message = Inbound(id=sid, channel=Channel.SMS, sender=str(one.phone), text=what)
            await process.service.inbox.receive(message, now)
            self.kept.spoke(str(one.phone), now)
            if what == "STOP ALL":
                self.kept.stopped.setdefault(str(one.phone), self.ground.time.now())

        return run

    async def _move_one(self, process: Process, one: Customer) -> None:
        """An agent moves a call to where the customer wants it, at whatever hour."""
        service, dice = process.service, self.ground.dice
        async with service.database.read() as conn:
            found = await store.of_tickets(conn, service.vault, [(one.source, f"T-{one.id}")])
        open_ = [item for each in found.values() for item in each if item.is_open]
        if open_:
            begin = dice.choice(open_).slot.begin + timedelta(hours=dice.randint(1, 20))
            body = {"slot": {"from": begin.isoformat()}, "chosen": True}
            await self._post(process, "/v1/callbacks/{id}/reschedule", {"id": open_[0].id}, body)

    # What agents do.

    def _look_again(self, agent: str) -> None:
        ground = self.ground
        quick = 6000 if ground.troubled else 900
        at = ground.time.present + ground.seconds(60, quick)
        local = (at + timedelta(hours=8)).hour
        if not 9 <= local < 18:
            at += timedelta(hours=(9 - local) % 24)
        self._at(at, f"{agent} looks", self._agent_work(agent))

    def _agent_work(self, agent: str) -> Work:
        async def run(process: Process) -> None:
            try:
                if process.up and self.ground.dice.random() < (0.8 if self.ground.troubled else 1):
                    await self._take_one(process, agent)
            finally:
                self._look_again(agent)

        return run

    async def _take_one(self, process: Process, agent: str) -> None:
        """Dial what is held, or what waits; or forget it, phone oneself, give it back."""
        service, now = process.service, self.ground.time.now()
        if not self.kept.something_waits(self.database, now):
            return
        async with service.database.read() as conn:
            mine = await store.ready(conn, service.vault, now, agent=agent, most=1)
            free = await store.ready(conn, service.vault, now, most=3)
        if not mine and not free:
            return
        id_ = (mine or free)[0].id
        path = {"id": id_}
        await self._post(process, "/v1/callbacks/{id}/claim", path, {"agent": agent})
        ways = ("dial", "forget", "own", "release", "twice") if self.ground.troubled else ("dial",)
        weights = (14, 2, 2, 1, 2)[: len(ways)]
        match self.ground.dice.choices(ways, weights)[0]:
            case "dial":
                await self._post(process, "/v1/callbacks/{id}/dial", path, None)
            case "twice":
                await asyncio.gather(
                    *(self._post(process, "/v1/callbacks/{id}/dial", path, None) for _ in range(2)),
                    return_exceptions=True,
                )
            case "own":
                outcome = self.ground.dice.choice(("reached", "no_answer", "busy", "declined"))
                said = {"outcome": outcome, "agent": agent}
                await self._post(process, "/v1/callbacks/{id}/outcome", path, said)
                self.kept.by_hand.add(id_)
            case "forget":
                return
            case _:
                await self._post(process, "/v1/callbacks/{id}/release", path, None)

    async def _post(
        self, process: Process, route: str, path: dict[str, str], body: Any
    ) -> Answer | None:
        """A request; what is refused was answered, and is no fault."""
        endpoint = next(
            each
            for each in process.service.endpoints
            if (each.method, each.path) == ("POST", route)
        )
        call = Call(
            now=self.ground.time.now(),
            path=path,
            query={},
            body=endpoint.body.load(body) if endpoint.body is not None else None,
            raw=b"",
            headers={},
            url="",
            remote="127.0.0.1",
            form=(),
            actor="desk",
            role=Role.AGENT,
        )
        try:
            return await endpoint.handler(call)
        except Fault as refused:
            self.ground.tell("refused", f"{route}: {refused}"[:160])
            return None


def play(seed: int, callbacks: int = 60, mode: str = "agent_first") -> Ending:
    """The week of a seed."""
    with scratch() as folder, capture_logs([with_fault]) as logs:
        database = folder / "huifang.sqlite3"
        shutil.copy(template(), database)
        base = ground(seed)
        base.odds = dict.fromkeys(base.odds, 0.0)
        for what, most in _ODDS.items():
            base.odds[what] = base.dice.uniform(0, most) if base.dice.random() < 0.7 else 0.0
        network = Network(ground=base)
        rules = read_rules(_rules(_AGENTS, mode))
        week = Week(
            ground=base,
            network=network,
            exchange=Exchange(ground=base),
            processes=tuple(
                Process(name=name, ground=base, rules=rules, database=database) for name in "AB"
            ),
            desk=Ticketing(ground=base, customers=()),
            database=database,
        )
        with asyncio.Runner(loop_factory=Loop) as runner:
            return runner.run(_play(week, callbacks, logs))


async def _play(week: Week, callbacks: int, logs: list[Any]) -> Ending:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Loop)
    loop.jump.on_sleep = week.ground.sleep
    try:
        await week.play(callbacks)
    finally:
        for process in week.processes:
            await process.stop()
        week.kept.close()
    surprises = [
        f"nothing_fails_by_surprise: {entry['event']}: {entry['fault']}: {entry['why']}"
        for entry in logs
        if entry["fault"] not in ("LeaseLost", "RuntimeError", "-")
    ]
    return Ending(
        seed=week.ground.seed,
        story=(*week.ground.story, week.kept.sum()),
        faults=(*week.faults, *surprises),
    )


def main() -> int:
    """0 where all weeks ended well, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.week")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--callbacks", type=int, default=200)
    parser.add_argument("--mode", default="agent_first", choices=[*DialMode], help="who goes first")
    parser.add_argument("--tell", action="store_true", help="the whole story")
    args = parser.parse_args()
    bad = 0
    for seed in range(args.first, args.first + args.seeds):
        began = monotonic()
        ending = play(seed, args.callbacks, args.mode)
        bad += bool(ending.faults)
        shown = ending.story if args.tell else ending.story[-1:]
        lines = [*shown, *ending.faults[:20], f"seed {seed}: {monotonic() - began:.1f} s"]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
