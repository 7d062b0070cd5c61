"""Plays a telephone exchange: agents' and customers' phones, and the carrier that joins them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

from channels.errors import SendError, SendErrorKind
from channels.ports import Accepted, Leg, Message, Ring
from channels.signature import twilio_sign
from kernel.endpoint import Call, Role
from tests.simulation.ground import Errand, Ground
from tests.simulation.process import PUBLIC_URL, TOKEN, Process

_ROOT = f"{PUBLIC_URL}/carriers/twilio/voice"
_PATH = "/carriers/twilio/voice"
_FORM = "application/x-www-form-urlencoded"

#: How phones are met: by agents who are there, and by customers.
_AGENTS = {"1": 14, "2": 1, "": 1, "7": 1, "no-answer": 2, "busy": 1}
_CUSTOMERS = {"talks": 12, "no-answer": 4, "busy": 2, "machine": 2, "failed": 1, "silent": 1}
_GREETED = {"": 8, "1": 6, "9": 1}
_TAKE = ("talks", "machine", "silent")


@dataclass(slots=True, kw_only=True)
class Line:
    """One call as the exchange knows it; of a leg that was joined `parent` is the call before it.

    `dial` is what its URLs name: the dial, or the contact of a customer who is called first.
    `asked_at`: when whoever had it rung was asked whether it may.
    """

    sid: str
    to: str
    dial: str
    at: datetime
    parent: str | None = None
    customer: bool = False
    asked_at: datetime | None = None
    status: str = "ringing"
    over_at: datetime | None = None
    seconds: int = 0

    @property
    def talked(self) -> bool:
        return self.status == "completed" and self.seconds > 0


@dataclass(slots=True, kw_only=True)
class Exchange:
    """Every call of a world; it tells of them late, twice, or not at all."""

    ground: Ground
    lines: list[Line] = field(default_factory=list)
    #: What agents do when their phone rings; None: what the dice say.
    manners: Callable[[str], str | None] = lambda number: None

    @property
    def rung(self) -> list[Line]:
        """The customers' phones that rang."""
        return [line for line in self.lines if line.customer]

    def new(
        self, to: str, dial: str, parent: str | None, asked_at: datetime | None, *, customer: bool
    ) -> Line:
        line = Line(
            sid=f"CA{len(self.lines):032d}",
            to=to,
            dial=dial,
            at=self.ground.time.now(),
            parent=parent,
            customer=customer,
            asked_at=asked_at,
        )
        self.lines.append(line)
        self.ground.tell("exchange", f"rings {to} for {dial[:10]}")
        return line

    def later(self, most: float, what: str, run: Callable[[Process], object]) -> None:
        async def work(process: Process) -> None:
            await run(process)  # type: ignore[misc]

        at = self.ground.time.present + self.ground.seconds(1, most)
        self.ground.agenda.add(at, Errand(what=what, run=work))

    # The agent's call.

    def place(self, ring: Ring) -> Line:
        """An agent's phone rings."""
        line = self.new(ring.to, ring.path.rpartition("/")[2], None, None, customer=False)
        how = self.manners(ring.to) or drawn(self.ground, _AGENTS)
        if how in ("no-answer", "busy"):
            self.later(
                ring.ring.total_seconds(), f"{how} {ring.to}", lambda p: self.end(p, line, how)
            )
        else:
            self.later(8, f"{ring.to} takes it", lambda p: self._taken(p, line, how))
        return line

    async def _taken(self, process: Process, line: Line, key: str) -> None:
        line.status = "in-progress"
        said = await self._ask(process, line, f"{_ROOT}/dials/{line.dial}", ())
        await self._go_on(process, line, said, key)

    async def _go_on(self, process: Process, line: Line, said: str | None, key: str) -> None:
        """Do as the markup says; without any, the call is over."""
        markup = ET.fromstring(said) if said else None
        gather = markup.find("Gather") if markup is not None else None
        joining = markup.find("Dial") if markup is not None else None
        if gather is not None:
            action = gather.attrib["action"]
            self.later(9, f"{line.to} presses {key!r}", lambda p: self._press(p, line, action, key))
        elif joining is not None:
            await self._join(process, line, joining)
        else:
            await self.end(process, line, "completed")

    async def _press(self, process: Process, line: Line, action: str, key: str) -> None:
        said = await self._ask(process, line, action, (("Digits", key),) if key else ())
        await self._go_on(process, line, said, key)

    async def end(self, process: Process, line: Line, status: str) -> None:
        """A call is over; its status is told, or not."""
        line.status, line.over_at = status, self.ground.time.present
        if line.parent is None:
            below = line.dial if line.customer else f"dials/{line.dial}"
            self._tell(line, f"{_ROOT}/{below}/status", status)

    # The customer's leg.

    async def _join(self, process: Process, agent: Line, joining: ET.Element) -> None:
        number = joining.find("Number")
        assert number is not None
        assert number.text is not None
        if agent.customer:
            self._join_agent(agent, joining, number)
            return
        asked_at = self.ground.time.present
        leg = self.new(number.text, agent.dial, agent.sid, asked_at, customer=True)
        action, told = joining.attrib["action"], number.attrib["statusCallback"]
        how = drawn(self.ground, _CUSTOMERS)
        self._tell(leg, told, "ringing")
        if how in _TAKE:
            self.later(20, f"{leg.to} answers", lambda p: self._answered(leg, told))
            if how == "machine":
                where = number.attrib["amdStatusCallback"]
                self._tell(leg, where, "in-progress", (("AnsweredBy", "machine_start"),))
        span = 300.0 if how == "talks" else float(joining.attrib["timeout"])
        self.later(20 + span, f"{leg.to} {how}", lambda p: self._over(p, agent, leg, action, how))
        self._ends[leg.sid] = told

    _ends: dict[str, str] = field(default_factory=dict)

    async def _answered(self, leg: Line, told: str) -> None:
        if leg.over_at is None:
            leg.status = "in-progress"
            self._tell(leg, told, "in-progress")

    async def _over(self, process: Process, agent: Line, leg: Line, action: str, how: str) -> None:
        took = how in _TAKE
        leg.seconds = self.ground.dice.randint(5, 280) if how in ("talks", "machine") else 0
        await self.end(process, leg, "completed" if took else how)
        code = (("SipResponseCode", "404"),) if how == "failed" else ()
        self._tell(leg, self._ends[leg.sid], leg.status, code)
        fields = [("DialCallStatus", leg.status), ("DialCallSid", leg.sid)]
        fields += [("DialCallDuration", str(leg.seconds))] if took else []
        fields += [("DialBridged", "true" if leg.seconds else "false")]
        if not self.ground.happens("lost_answer"):
            await self._ask(process, agent, action, fields)
        await self.end(process, agent, "completed")

    # A customer who is called first.

    def call(self, message: Message) -> Line:
        """A customer's phone rings, for a contact."""
        to, asked_at = message.to, message.intended_at
        line = self.new(to, message.contact, None, asked_at, customer=True)
        how = drawn(self.ground, _CUSTOMERS)
        if how not in _TAKE:
            code = (("SipResponseCode", "404"),) if how == "failed" else ()
            self.later(25, f"{to} {how}", lambda p: self._in_vain(line, how, code))
        else:
            self.later(20, f"{to} answers", lambda p: self._picked_up(p, line, how))
        return line

    async def _in_vain(self, line: Line, how: str, code: Sequence[tuple[str, str]]) -> None:
        line.status, line.over_at = how, self.ground.time.present
        self._tell(line, f"{_ROOT}/{line.dial}/status", how, code)

    async def _picked_up(self, process: Process, line: Line, how: str) -> None:
        line.status = "in-progress"
        self._tell(line, f"{_ROOT}/{line.dial}/status", "in-progress")
        who = "machine_end_beep" if how == "machine" else "human"
        said = await self._ask(process, line, f"{_ROOT}/{line.dial}", (("AnsweredBy", who),))
        if how == "silent" and self.ground.dice.random() < 0.5:
            await self.end(process, line, "completed")  # hangs up on whoever it is
            return
        self._patient[line.sid] = how == "talks"
        await self._go_on(process, line, said, drawn(self.ground, _GREETED))

    _patient: dict[str, bool] = field(default_factory=dict)  # who waits for the agent, by call

    def _join_agent(self, line: Line, joining: ET.Element, number: ET.Element) -> None:
        """The agent's phone rings while the customer waits, or hangs up."""
        leg = self.new(str(number.text), line.dial, line.sid, None, customer=False)
        action, ring = joining.attrib["action"], float(joining.attrib["timeout"])
        how = self.manners(leg.to) or drawn(self.ground, _AGENTS)
        if not self._patient[line.sid]:
            self.later(9, f"{line.to} hangs up", lambda p: self._parted(p, line, leg, action, True))
        elif how in ("no-answer", "busy"):
            self.later(ring, f"{how} {leg.to}", lambda p: self._parted(p, line, leg, action))
        else:
            asked = number.attrib["url"]
            self.later(8, f"{leg.to} takes it", lambda p: self._whisper(p, line, leg, asked, how))
            self._ends[leg.sid] = action

    async def _whisper(
        self, process: Process, line: Line, leg: Line, url: str, key: str, pressed: bool = False
    ) -> None:
        """The agent hears the case; nothing more to hear joins the two."""
        leg.status, action = "in-progress", self._ends[leg.sid]
        said = await self._ask(process, leg, url, (("Digits", key),) if pressed and key else ())
        markup = ET.fromstring(said) if said else None
        gather = markup.find("Gather") if markup is not None else None
        if gather is not None:
            below = gather.attrib["action"]
            self.later(
                9, f"{leg.to} {key!r}", lambda p: self._whisper(p, line, leg, below, key, True)
            )
        elif markup is not None and not len(markup):
            self.later(
                300, f"{leg.to} talks", lambda p: self._parted(p, line, leg, action, talked=True)
            )
        else:
            await self._parted(process, line, leg, action)

    async def _parted(
        self,
        process: Process,
        line: Line,
        leg: Line,
        action: str,
        left: bool = False,
        *,
        talked: bool = False,
    ) -> None:
        """The joining is over: they talked, or the agent was not there, or the customer `left`."""
        seconds = self.ground.dice.randint(5, 280) if talked else 0
        await self.end(process, leg, "completed" if talked else "no-answer")
        leg.seconds = line.seconds = seconds
        line.status = "completed" if left else "in-progress"
        fields = [("DialCallStatus", leg.status), ("DialCallSid", leg.sid)]
        fields += [("DialCallDuration", str(seconds)), ("DialBridged", str(talked).lower())]
        if not self.ground.happens("lost_answer"):
            await self._ask(process, line, action, fields)
        await self.end(process, line, "completed")

    # How it asks and tells.

    async def _ask(
        self, process: Process, line: Line, url: str, fields: Sequence[tuple[str, str]]
    ) -> str | None:
        """What we answer; None where nobody does, and then the call is over."""
        if not process.up or self.ground.happens("lost_request"):
            return None
        form = [("CallSid", line.sid), ("CallStatus", line.status), *fields]
        try:
            return await post(process, url, form)
        except BaseException:
            # Whoever was asked is dead: the phone hears that the call cannot go on.
            self.later(5, f"{line.to} hears nothing", lambda p: self.end(p, line, "completed"))
            raise

    def _tell(
        self, line: Line, url: str, status: str, fields: Sequence[tuple[str, str]] = ()
    ) -> None:
        ground = self.ground
        form = [
            ("CallSid", line.sid),
            ("CallStatus", status),
            ("CallDuration", str(line.seconds)),
            *fields,
        ]
        copies = 2 if ground.happens("twice") else 1
        if ground.happens("late") and ground.dice.random() < 0.3:
            copies = 0
        for _ in range(copies):

            async def run(process: Process) -> None:
                await post(process, url, form)

            span = ground.seconds(0.05, 3600 if ground.happens("late") else 5)
            what = f"tells {status} of {line.dial[:10]}"
            ground.agenda.add(ground.time.present + span, Errand(what=what, run=run, again=3))


async def post(process: Process, url: str, form: Sequence[tuple[str, str]]) -> str:
    """What we answer to a signed request of the carrier's about a call."""
    above, name = (f"{_PATH}/dials", "dial") if "/dials/" in url else (_PATH, "contact")
    about, _, below = urlsplit(url).path.removeprefix(f"{above}/").partition("/")
    route = f"{above}/{{{name}}}" + (f"/{below}" if below else "")
    if about == "inbound":
        route = f"{above}/inbound"
    call = Call(
        now=process.ground.time.now(),
        path={name: about},
        query={},
        body=None,
        raw=urlencode(form).encode(),
        headers={"content-type": _FORM, "x-twilio-signature": twilio_sign(TOKEN, url, form)},
        url=url,
        remote="127.0.0.1",
        form=form,
        actor="",
        role=Role.NONE,
    )
    return str((await process.endpoint(route).handler(call)).body or "")


def drawn(ground: Ground, ways: Mapping[str, float]) -> str:
    """One of some ways, by their weights."""
    return ground.dice.choices(list(ways), list(ways.values()))[0]


@dataclass(slots=True, kw_only=True)
class Switch:
    """The exchange as one process reaches it: `channels.ports.Switchboard`, and a carrier."""

    exchange: Exchange
    process: Process

    async def send(self, message: Message) -> Accepted:
        return Accepted(carrier_id=self._placed(lambda: self.exchange.call(message)))

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        self._listen()
        mine = (line for line in self.exchange.lines if line.dial == message.contact)
        found = (line.sid for line in mine if line.parent is None and line.sid not in known)
        sid = next(found, None)
        return None if sid is None else Accepted(carrier_id=sid)

    async def ring(self, wanted: Ring) -> str:
        return self._placed(lambda: self.exchange.place(wanted))

    def _placed(self, place: Callable[[], Line]) -> str:
        ground, process = self.exchange.ground, self.process
        process.touch()
        if ground.happens("crash_in_carrier"):
            process.die("before a phone rang")
        if ground.happens("too_many"):
            pause = timedelta(seconds=ground.dice.choice((1, 5, 30)))
            raise SendError(SendErrorKind.LATER, retryable=True, code="20429", retry_after=pause)
        if ground.happens("lost_request"):
            raise SendError(SendErrorKind.AMBIGUOUS, retryable=True, code="lost_request")
        line = place()
        if ground.happens("crash_in_carrier"):
            process.die("while a phone rings")
        if ground.happens("lost_answer"):
            raise SendError(SendErrorKind.AMBIGUOUS, retryable=True, code="lost_answer")
        return line.sid

    async def leg(self, id: str) -> Leg | None:
        self._listen()
        return next((_leg(line) for line in self.exchange.lines if line.sid == id), None)

    async def legs_of(self, parent: str) -> tuple[Leg, ...]:
        self._listen()
        return tuple(_leg(line) for line in self.exchange.lines if line.parent == parent)

    def caller(self, number: str) -> str | None:
        return "+15005550006"

    def _listen(self) -> None:
        self.process.touch()
        if self.exchange.ground.happens("list_fails"):
            raise SendError(SendErrorKind.LATER, retryable=True, code="20429")


def _leg(line: Line) -> Leg:
    return Leg(
        id=line.sid,
        to=line.to,
        status=line.status,
        over=line.over_at is not None,
        seconds=line.seconds,
    )
