"""Plays the customers: who they are, where they live, what they answer, when they have enough."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.heard import Inbound
from channels.model import Channel
from tests.simulation.ground import Errand, Ground
from tests.simulation.network import Network, Received
from tests.simulation.process import Process

#: A number's beginning, and where its owner really lives.
PLACES = (
    ("+86138001380", "Asia/Shanghai"),
    ("+164676201", "America/New_York"),
    ("+141555501", "America/Los_Angeles"),
    ("+336123456", "Europe/Paris"),
    ("+614123456", "Australia/Sydney"),
    ("+55119123456", "America/Sao_Paulo"),
    ("+9198123456", "Asia/Kolkata"),
)
_BROKEN = ("Mars/Olympus", "Asia/", "GMT+25", "localtime")
_ANY = (
    "5",
    "1",
    "５",
    "①",
    "满意",
    "非常不满意",
    "跳过",
    "慢",
    "I waited for a week",
    "谢谢",
    "no",
)
_NONSENSE = ("???", "4-5", "55", "妈妈几点回家", "", "ok ok", "回电", "help", "😀")
_STOPS = ("STOP", "退订", "T", "stop all")
_EVERYWHERE = ("stop all",)
_STARTS = ("START", "start")
_AGAIN = (*_STARTS, "yes")  # who is stopped and says yes is no longer
_PAUSES = {"PAUSE 3": 3, "暂停7天": 7, "pause": 30}
_LATER = ("LATER", "稍后")
MOST_REPLIES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer; `zone` is where they are, `told` what their ticketing system believes."""

    id: str
    source: str
    phone: str | None
    email: str | None
    zone: str
    told: str | None
    tier: str | None
    locale: str | None


def customers(ground: Ground) -> tuple[Customer, ...]:
    """A handful; some share a number or a mailbox, as families and offices do."""
    dice, found = ground.dice, list[Customer]()
    shared = 0.6 if ground.pressed else 0.25
    for number in range(dice.randint(2, 4) if ground.pressed else dice.randint(3, 7)):
        prefix, zone = dice.choice(PLACES if dice.random() < 0.6 else PLACES[:1])
        phone: str | None = f"{prefix}{dice.randint(10, 99)}"
        email = f"c{number}@example.com" if dice.random() < 0.5 else None
        if found and dice.random() < shared:
            other = dice.choice(found)
            phone, zone = other.phone, other.zone
        if found and dice.random() < 0.2:
            email = dice.choice(found).email or email
        if dice.random() < 0.1:
            phone = None
        told = dice.choice((zone, zone, None, dice.choice(_BROKEN)))
        found.append(
            Customer(
                id=f"C-{number}",
                source="/tickets" if dice.random() < 0.8 else "/other",
                phone=phone,
                email=email,
                zone=zone,
                told=told,
                tier=dice.choice((None, "vip")),
                locale=dice.choice((None, "zh-CN", "en")),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A number asked to be left alone: it said so at `said_at`, and was heard by `heard_at`."""

    said_at: datetime
    heard_at: datetime
    days: int | None = None  # a pause ends by itself
    channels: tuple[Channel, ...] = (Channel.SMS,)

    def binds(self, at: datetime, known_at: datetime | None) -> bool:
        """Whether it holds at an instant for somebody whose number was known at another."""
        if self.days is None:
            return True
        known = known_at is not None and known_at < self.said_at
        return known and at < self.said_at + timedelta(days=self.days)


@dataclass(slots=True, kw_only=True)
class Phones:
    """Everybody with a phone in hand; one number answers with one temper."""

    ground: Ground
    network: Network
    stops: dict[str, list[Stop]] = field(default_factory=dict)
    starts: dict[str, list[datetime]] = field(default_factory=dict)
    pauses: dict[str, list[datetime]] = field(default_factory=dict)
    first_said: dict[str, datetime] = field(default_factory=dict)  # by the id of the reply
    replies: dict[str, int] = field(default_factory=dict)
    temper: dict[str, tuple[float, float]] = field(default_factory=dict)
    said: dict[str, list[datetime]] = field(default_factory=dict)  # by number
    heard: set[str] = field(default_factory=set)  # ids of replies that were taken in

    def hears(self, message: Received) -> None:
        """Perhaps answer, now or days later; perhaps twice."""
        if message.channel is not Channel.SMS:
            return
        dice, number = self.ground.dice, message.to
        self.ground.tell("phone", f"{number} reads {message.contact[:10]}")
        gladness, patience = self.temper.setdefault(number, (dice.random(), dice.random()))
        for _ in range(dice.choices((0, 1, 2), (1 - patience, 1 + patience, 0.2))[0]):
            if self.replies.get(number, 0) < MOST_REPLIES:
                self.replies[number] = self.replies.get(number, 0) + 1
                late = self.ground.happens("late")
                span = self.ground.seconds(2, 10 * 86400 if late else 3600)
                text = self._words(message.text, gladness)
                self._plan(number, text, self.ground.time.present + span)

    def _words(self, asked: str, gladness: float) -> str:
        dice = self.ground.dice
        ways = {"answer": 12, "any": 2, "nonsense": 1, "stop": 1, "start": 0.5, "wait": 1}
        match dice.choices(list(ways), list(ways.values()))[0]:
            case "answer" if "评价" in asked or "satisfied" in asked:
                return str(max(1, min(5, round(gladness * 5 + dice.uniform(-1, 1)))))
            case "answer" if "解决" in asked or "resolved" in asked:
                return dice.choice(("1", "2", "yes", "没有"))
            case "answer" | "any":
                return dice.choice(_ANY)
            case "nonsense":
                return dice.choice(_NONSENSE)
            case "stop":
                return dice.choice(_STOPS)
            case "wait":
                return dice.choice((*_PAUSES, *_LATER))
            case _:
                return dice.choice(_STARTS)

    def _plan(self, number: str, text: str, at: datetime) -> None:
        sid = f"SMin{sum(self.replies.values()):04d}{len(self.ground.agenda):04d}{number[-4:]}"
        errand = self.reply(sid, number, text)
        self.ground.agenda.add(at, errand)
        if self.ground.happens("twice"):
            self.ground.agenda.add(at + self.ground.seconds(0, 60), errand)

    def reply(self, sid: str, number: str, text: str) -> Errand:
        """A text to us; the carrier posts it again until somebody answers."""

        async def run(process: Process) -> None:
            await self._say(process, sid, number, text)

        return Errand(what=f"{number} says {text!r}", run=run, again=1_000)

    async def _say(self, process: Process, sid: str, number: str, text: str) -> None:
        now = self.ground.time.now()
        said_at = self.first_said.setdefault(sid, now)
        self.said.setdefault(number, []).append(now)
        if text in _AGAIN:
            self.starts.setdefault(number, []).append(now)
        if text in _PAUSES:
            self.pauses.setdefault(number, []).append(now)
        message = Inbound(id=sid, channel=Channel.SMS, sender=number, text=text)
        answers = await process.service.inbox.receive(message, now)
        if sid in self.heard:
            return
        self.heard.add(sid)
        if text in _STOPS or text in _PAUSES:
            heard_at = self.ground.time.now()
            wide = text in _EVERYWHERE or text in _PAUSES
            stop = Stop(
                said_at=said_at,
                heard_at=heard_at,
                days=_PAUSES.get(text),
                channels=(Channel.SMS, Channel.VOICE) if wide else (Channel.SMS,),
            )
            self.stops.setdefault(number, []).append(stop)
        for answer in answers:
            self.network.hand_over(
                Received(
                    contact=answer.contact,
                    channel=Channel.SMS,
                    to=number,
                    text=answer.text,
                    at=self.ground.time.present,
                    answer=True,
                )
            )

    def stopped(
        self,
        number: str,
        channel: Channel,
        at: datetime,
        known_at: datetime | None,
        *,
        pauses: bool = True,
    ) -> bool:
        """Whether a number had surely asked to be left alone, for good or for some days.

        A pause, where `pauses` count, holds for those who were known to have the number when it was
        asked for, and until another is.
        """
        return any(
            channel in stop.channels
            and (pauses or stop.days is None)
            and stop.heard_at < at
            and not any(
                stop.said_at < again < at
                for again in (*self.starts.get(number, ()), *self._pauses(number, stop))
            )
            and stop.binds(at, known_at)
            for stop in self.stops.get(number, ())
        )

    def _pauses(self, number: str, stop: Stop) -> list[datetime]:
        """When else the number asked for a pause, where `stop` is one."""
        return self.pauses.get(number, []) if stop.days is not None else []

    def sudden_stop(self, number: str) -> Errand:
        """Somebody has enough, at this very moment."""
        return self.reply(f"SMno{len(self.first_said):05d}{number[-4:]}", number, "STOP")
