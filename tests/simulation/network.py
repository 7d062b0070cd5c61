"""Plays the carriers, and keeps the truth: what was taken from whom and when, and who got it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

from channels.errors import SendError, SendErrorKind
from channels.model import Channel
from channels.ports import Accepted, Message
from channels.signature import twilio_sign
from kernel.endpoint import Call, Role
from tests.simulation.ground import Errand, Ground
from tests.simulation.process import PUBLIC_URL, TOKEN, Process

#: A call to the carrier never takes longer: the adapter gives up.
TIMEOUT = timedelta(seconds=9)
NOT_UNDERSTOOD = "nobody understands this answer"
_LISTED_WITHIN = 8.0  # seconds after which the carrier's list shows what it took
_STATUS = "/carriers/twilio/status"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that a carrier took: it cannot be called back."""

    contact: str
    channel: Channel
    to: str
    text: str
    sid: str
    at: datetime
    intended_at: datetime
    valid_for: int | None
    listed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message on somebody's screen; `answer` came in the response to a reply."""

    contact: str
    channel: Channel
    to: str
    text: str
    at: datetime
    answer: bool = False


class Listener(Protocol):
    """Whoever holds the phones."""

    def hears(self, message: Received) -> None:
        """A message arrived."""


@dataclass(slots=True, kw_only=True)
class Network:
    """All carriers of a world: one for text messages with a list and receipts, one for mail.

    Calls are told of here too, and played by `telephone`.
    """

    ground: Ground
    taken: list[Taken] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)  # sids of what never arrives
    listeners: list[Listener] = field(default_factory=list)
    away_until: dict[Channel, datetime] = field(default_factory=dict)
    mute_until: datetime | None = None  # the list cannot be asked

    def away(self, channel: Channel) -> bool:
        until = self.away_until.get(channel)
        return until is not None and self.ground.time.present < until

    def muted(self) -> bool:
        return self.mute_until is not None and self.ground.time.present < self.mute_until

    def take(self, message: Message, channel: Channel) -> str:
        """The message is on its way from here on."""
        ground = self.ground
        now = ground.time.now()
        sid = f"{'CA' if channel is Channel.VOICE else 'SM'}{len(self.taken):032d}"
        self.taken.append(
            Taken(
                contact=message.contact,
                channel=channel,
                to=message.to,
                text=message.text,
                sid=sid,
                at=now,
                intended_at=message.intended_at,
                valid_for=message.valid_for,
                listed_at=now + ground.seconds(0, _LISTED_WITHIN if ground.troubled else 0),
            )
        )
        ground.tell("carrier", f"takes {message.contact[:10]} to {message.to}")
        if channel is Channel.SMS:
            self._carry(self.taken[-1])
        elif channel is Channel.EMAIL:
            self._arrive(self.taken[-1])
        return sid

    def _carry(self, item: Taken) -> None:
        """On its way to a phone: it arrives in time, or never; receipts tell of it, or do not."""
        ground = self.ground
        late = ground.happens("late")
        due = item.at + ground.seconds(0.1, 4 * 3600 if late else 20)
        over = item.valid_for is not None and due >= item.at + timedelta(seconds=item.valid_for)
        lost = over or ground.happens("undelivered")
        code = ground.dice.choice(("30003", "30005", "30008")) if lost else None
        if lost:
            self.lost.add(item.sid)
        else:
            ground.agenda.add(due, Errand(what="arrives", run=self._arrival(item)))
        ends = ("undelivered", code) if lost else ("delivered", None)
        for status, error in (("sent", None), ends):
            copies = 2 if ground.happens("twice") else 1
            if ground.happens("late") and ground.dice.random() < 0.3:
                copies = 0
            for _ in range(copies):
                span = ground.seconds(0.05, 3600 if ground.happens("late") else 30)
                at = due + span if status != "sent" else item.at + span
                ground.agenda.add(at, self._receipt(item, status, error))

    def _arrival(self, item: Taken) -> Callable[[Process], Awaitable[None]]:
        async def run(_process: Process) -> None:
            self._arrive(item)

        return run

    def _arrive(self, item: Taken) -> None:
        self.hand_over(
            Received(
                contact=item.contact,
                channel=item.channel,
                to=item.to,
                text=item.text,
                at=self.ground.time.present,
            )
        )

    def hand_over(self, message: Received) -> None:
        self.received.append(message)
        for listener in self.listeners:
            listener.hears(message)

    def _receipt(self, item: Taken, status: str, error: str | None) -> Errand:
        form = [("MessageSid", item.sid), ("MessageStatus", status)]
        form += [("ErrorCode", error)] if error else []
        url = f"{PUBLIC_URL}{_STATUS}?contact={item.contact}"

        async def run(process: Process) -> None:
            now = process.ground.time.now()
            call = Call(
                now=now,
                path={},
                query={},
                body=None,
                raw=urlencode(form).encode(),
                headers={
                    "content-type": _FORM,
                    "x-twilio-signature": twilio_sign(TOKEN, url, form),
                },
                url=url,
                remote="127.0.0.1",
                form=form,
                actor="",
                role=Role.NONE,
            )
            await process.endpoint(_STATUS).handler(call)

        return Errand(what=f"receipt {status} of {item.contact[:10]}", run=run, again=1)


@dataclass(slots=True, kw_only=True)
class Door:
    """A carrier as one process reaches it."""

    network: Network
    channel: Channel
    process: Process

    async def send(self, message: Message) -> Accepted:
        ground, process = self.network.ground, self.process
        process.touch()
        began = ground.time.present
        await ground.breathe()
        process.touch()
        if ground.happens("meddle"):
            await ground.meddle(process.name, message.to)
        if ground.happens("slow"):
            ground.time.advance(ground.seconds(0.1, TIMEOUT.total_seconds()))
        if ground.happens("crash_in_carrier"):
            process.die("before the carrier heard of it")
        if ground.time.present - began > TIMEOUT:
            self._fail(message, SendErrorKind.AMBIGUOUS, "timeout")
        self._refuse(message)
        sid = self._take(message)
        if ground.happens("crash_in_carrier"):
            process.die("after the carrier took it")
        if ground.happens("stall_in_carrier"):
            await process.stand_still("waiting for the carrier")
        await ground.breathe()
        process.touch()
        if ground.happens("lost_answer"):
            self._fail(message, SendErrorKind.AMBIGUOUS, "lost_answer")
        if ground.happens("adapter_bug"):
            raise RuntimeError(NOT_UNDERSTOOD)
        return Accepted(carrier_id=sid)

    def _take(self, message: Message) -> str:
        return self.network.take(message, self.channel)

    def _refuse(self, message: Message) -> None:
        """Whatever speaks against it, before it was taken."""
        ground = self.network.ground
        if ground.happens("outage"):
            until = ground.time.present + ground.seconds(60, 8 * 3600)
            self.network.away_until[self.channel] = until
            ground.tell("carrier", f"is away for {self.channel}")
        if self.network.away(self.channel):
            lost = ground.dice.random() < 0.3
            kind = SendErrorKind.AMBIGUOUS if lost else SendErrorKind.LATER
            self._fail(message, kind, "away")
        if ground.happens("lost_request"):
            self._fail(message, SendErrorKind.AMBIGUOUS, "lost_request")
        if ground.happens("too_many"):
            pause = timedelta(seconds=ground.dice.choice((1, 5, 30, 300, 900)))
            self._fail(message, SendErrorKind.LATER, "20429", pause)
        if ground.happens("later"):
            self._fail(message, SendErrorKind.LATER, "30001")
        if ground.happens("misconfigured"):
            self._fail(message, SendErrorKind.CONFIGURATION, "21608")
        if ground.happens("dead_address"):
            self._fail(message, SendErrorKind.DEAD_ADDRESS, "21211")
        if ground.happens("carrier_stop"):
            self._fail(message, SendErrorKind.OPT_OUT, "21610")

    def _fail(
        self, message: Message, kind: SendErrorKind, code: str, pause: timedelta | None = None
    ) -> None:
        self.network.ground.tell("carrier", f"{code} to {message.contact[:10]}")
        retryable = kind in (SendErrorKind.LATER, SendErrorKind.AMBIGUOUS)
        raise SendError(kind, retryable=retryable, code=code, retry_after=pause)

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        network, ground = self.network, self.network.ground
        self.process.touch()
        await ground.breathe()
        self.process.touch()
        if self.channel is Channel.EMAIL:
            raise SendError(SendErrorKind.AMBIGUOUS, retryable=False, detail="mail keeps no list")
        if ground.happens("list_fails"):
            network.mute_until = ground.time.present + ground.seconds(0, 3600)
        if network.muted():
            ground.tell("carrier", f"cannot look for {message.contact[:10]}")
            raise SendError(SendErrorKind.LATER, retryable=True, code="20429")
        listed = [
            item
            for item in network.taken
            if item.channel is Channel.SMS
            and item.to == message.to
            and item.sid not in known
            and item.listed_at <= ground.time.present
            and item.at >= message.intended_at - timedelta(seconds=5)
        ]
        found = next((item for item in listed if item.text == message.text), None)
        ground.tell("carrier", f"lists {message.contact[:10]}: {found is not None}")
        if found is not None:
            return Accepted(carrier_id=found.sid)
        if listed:
            raise SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="an unknown text")
        return None
