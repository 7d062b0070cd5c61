"""Plays the carrier of survey calls, whoever picks up, and the machines that do in their place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from channels.errors import SendError, SendErrorKind
from channels.model import Channel
from channels.ports import Accepted, Leg, Message
from tests.simulation.exchange import drawn, post
from tests.simulation.ground import Errand, Ground
from tests.simulation.network import Door, Network, Taken
from tests.simulation.people import Phones, Stop
from tests.simulation.process import PUBLIC_URL, Process

_ROOT = f"{PUBLIC_URL}/carriers/twilio/voice"
_CLOCKS_APART = timedelta(minutes=2)
_PLACED_WITHIN = timedelta(minutes=30)
_MOST_TURNS = 40
_WORDS = frozenset({"Digits", "SpeechResult", "RecordingSid"})

_ENDS = {"talks": 12, "no-answer": 4, "busy": 2, "machine": 3, "unheard": 2, "failed": 1, "mute": 1}
#: Who comes to the phone; of the rest nobody is heard. A machine that nobody knows for one speaks.
_TAKE = ("talks", "machine", "unheard", "mute")

#: What is done where the call stands: keys, or words.
_GREETED = {"1": 16, "say:yes": 2, "say:好的": 1, "9": 1, "0": 1, "*": 1, "": 2, "7": 1, "hang": 1}
_ASKED = {
    **dict.fromkeys(("1", "2", "5"), 4),
    **dict.fromkeys(("3", "4", ""), 2),
    **dict.fromkeys(("*", "hang", "9", "10", "say:很满意", "say:太慢了", "say:three"), 1),
    **dict.fromkeys(("say:call me back", "say:later"), 0.4),
}
_RECORDED = {"speaks": 4, "#": 2, "": 1, "hang": 1}
_GREETING = ("say:您好，我现在不方便接听电话，请留言", "say:please leave a message after the tone")


@dataclass(slots=True, kw_only=True)
class Ringing:
    """A call as the carrier knows it; `asked`: how often it was to listen to whoever is there.

    `inbound`: the customer calls us. `menu`: they asked for it; `offered`: what they did last was
    an answer to the first words or the menu. `inhuman`: a machine answered, known for one or not.
    """

    sid: str
    number: str
    contact: str
    at: datetime
    how: str
    voicemail: bool = False
    inbound: bool = False
    status: str = "queued"
    rang_at: datetime | None = None
    over_at: datetime | None = None
    seconds: int = 0
    asked: int = 0
    told: int = 0
    menu: bool = False
    offered: bool = False
    said: dict[str, str] = field(default_factory=dict)  # what we answered, by request
    who: str = ""
    now: datetime | None = None  # when what it does last was to happen

    @property
    def inhuman(self) -> bool:
        return self.how in ("machine", "unheard")

    @property
    def over(self) -> bool:
        return self.over_at is not None


@dataclass(slots=True, kw_only=True)
class Telephone:
    """Every survey call of a world; what is told of them comes late, twice, turned round, or not.

    `unlike`: turns that were answered in two ways.
    """

    ground: Ground
    network: Network
    phones: Phones
    calls: dict[str, Ringing] = field(default_factory=dict)  # by the carrier's id
    unlike: list[str] = field(default_factory=list)
    recordings: dict[str, bool] = field(default_factory=dict)  # by id: whether it is still there
    told_of: set[str] = field(default_factory=set)  # recordings that we were surely told of
    deaf: int = 0  # how often the carrier could not be asked
    #: What is done where nobody will hear how a call ended.
    on_silence: Callable[[], None] = lambda: None
    #: What is done while a call waits at the carrier; when it will ring.
    on_queued: Callable[[Ringing, datetime], None] = lambda call, rings_at: None

    # The call on its way.

    def take(self, item: Taken, message: Message) -> None:
        """It waits for its turn, mostly for a second; then a phone rings."""
        ground = self.ground
        call = Ringing(
            sid=item.sid,
            number=item.to,
            contact=item.contact,
            at=item.at,
            how=drawn(ground, _ENDS),
            voicemail=message.voicemail,
        )
        self.calls[call.sid] = call
        waits = 3_000 if ground.happens("late") else 3
        ring = 25.0 if message.valid_for is None else max(5.0, min(25.0, message.valid_for - 5))
        rings_at = self._later(call, waits, "rings", lambda process: self._ring(call, ring))
        if waits > 3:
            self.on_silence()
            self.on_queued(call, rings_at)

    async def _ring(self, call: Ringing, ring: float) -> None:
        if call.over:
            return  # taken back
        call.rang_at, call.status = call.now, "ringing"
        self.ground.tell("phone", f"{call.number} rings for {call.contact[:10]}: {call.how}")
        if call.how == "failed":
            call.rang_at = None
            code = (("SipResponseCode", "404"),) if self.ground.dice.random() < 0.5 else ()
            await self._end(call, "failed", code)
            return
        self._tell(call, "ringing")
        if call.how in _TAKE:
            self._later(call, min(ring, 20), "is taken", lambda process: self._taken(process, call))
        else:
            self._later(call, ring, call.how, lambda process: self._end(call, call.how))

    async def _taken(self, process: Process, call: Ringing) -> None:
        if call.over:
            return
        call.status = "in-progress"
        self._tell(call, "in-progress")
        who = {"machine": "machine_end_beep" if call.voicemail else "machine_start"}
        call.who = who.get(call.how, self.ground.dice.choice(("human", "human", "unknown")))
        await self._ask(process, call, f"{_ROOT}/{call.contact}", (("AnsweredBy", call.who),))

    # What is said, and what is done about it.

    async def _ask(
        self,
        process: Process,
        call: Ringing,
        url: str,
        fields: Sequence[tuple[str, str]],
        tries: int = 1,
    ) -> None:
        """Ask what to say, once more where nobody answers; the call ends where nobody does then."""
        if call.over:
            return
        form = self._form(call, fields)
        if not call.inhuman and _WORDS.intersection(dict(fields)):
            self.phones.said.setdefault(call.number, []).append(self.ground.time.now())
        try:
            if not process.up or self.ground.happens("lost_request"):
                self._unheard(call, url, fields, tries)
                return
            said = await self._post(process, url, form)
        except BaseException:
            self._unheard(call, url, fields, tries)
            raise
        self._compare(call, url, form, said)
        if self.ground.happens("twice"):
            self._later(call, 60, "is asked about again", self._again(call, url, form))
        self._stopped(call, fields, said)
        if self.ground.happens("lost_answer"):
            self._unheard(call, url, fields, tries)
        else:
            await self._go_on(call, said)

    async def _post(self, process: Process, url: str, form: Sequence[tuple[str, str]]) -> str:
        said = await post(process, url, form)
        self.told_of |= {value for name, value in form if name == "RecordingSid"}
        return said

    def _unheard(
        self, call: Ringing, url: str, fields: Sequence[tuple[str, str]], tries: int
    ) -> None:
        if tries and self.ground.dice.random() < 0.6:
            self._later(
                call,
                15,
                "asks once more",
                lambda process: self._ask(process, call, url, fields, tries - 1),
            )
        else:
            self._later(call, 5, "hears that it cannot go on", lambda _: self._hang_up(call))

    def _again(
        self, call: Ringing, url: str, form: Sequence[tuple[str, str]]
    ) -> Callable[[Process], Any]:
        async def run(process: Process) -> None:
            if process.up:
                self._compare(call, url, form, await post(process, url, form))

        return run

    def _compare(self, call: Ringing, url: str, form: Sequence[tuple[str, str]], said: str) -> None:
        if call.said.setdefault(url, said) != said:
            self.unlike.append(f"{call.sid} {url} {dict(form)}: {call.said[url]} / {said}")

    def _stopped(self, call: Ringing, fields: Sequence[tuple[str, str]], said: str) -> None:
        """Who pressed 9 where that is offered, and heard a goodbye, has enough of calls."""
        if ("Digits", "9") in fields and call.offered and "<Gather" not in said:
            now = self.ground.time.now()
            stop = Stop(said_at=now, heard_at=now, channels=(Channel.VOICE,))
            self.phones.stops.setdefault(call.number, []).append(stop)

    async def _go_on(self, call: Ringing, said: str) -> None:
        markup = ET.fromstring(said)
        gather, record = markup.find("Gather"), markup.find("Record")
        listens = gather if gather is not None else record
        if listens is None:
            self._later(call, 20, "hears the last words", lambda process: self._hang_up(call))
            return
        call.asked += 1
        do = self._deed(call, record=record is not None)
        if do == "hang" or call.asked > _MOST_TURNS:
            self._later(call, 15, "hangs up", lambda process: self._hang_up(call))
            return
        call.offered, call.menu = call.asked == 1 or call.menu, do == "*"
        action, fields = listens.attrib["action"], self._fields(do)
        if "RecordingSid" in dict(fields):
            self._tell_recording(call, listens.attrib["recordingStatusCallback"], fields)
        self._later(call, 12, f"does {do!r}", lambda p: self._ask(p, call, action, fields))

    def _deed(self, call: Ringing, *, record: bool) -> str:
        dice = self.ground.dice
        if call.how == "mute" or (call.how == "machine" and not record):
            return ""
        if call.how == "unheard":
            return "speaks" if record else dice.choice(_GREETING)
        if record:
            return drawn(self.ground, _RECORDED)
        return drawn(self.ground, _GREETED if call.asked == 1 or call.menu else _ASKED)

    def _fields(self, do: str) -> list[tuple[str, str]]:
        if do.startswith("say:"):
            sure = self.ground.dice.choice(("0.91", "0.62", "0.2"))
            return [("SpeechResult", do[4:]), ("Confidence", sure)]
        if do == "speaks":
            sid = f"RE{len(self.recordings):032d}"
            self.recordings[sid] = True
            return [("RecordingSid", sid), ("RecordingDuration", "12"), ("Digits", "#")]
        return [("Digits", do)] if do else []

    async def _hang_up(self, call: Ringing) -> None:
        call.seconds = self.ground.dice.randint(1, 90)
        await self._end(call, "completed")

    async def _end(
        self, call: Ringing, status: str, fields: Sequence[tuple[str, str]] = ()
    ) -> None:
        if call.over:
            return
        call.status, call.over_at = status, call.now or self.ground.time.present
        if call.rang_at is None:
            self.network.lost.add(call.sid)
        self._tell(call, status, fields)
        again = call.how in ("no-answer", "machine") and not call.inbound
        if again and self.ground.dice.random() < 0.3:
            self._later(call, 7_200, "calls us", lambda process: self._call_us(process, call))

    async def cancel(self, call: Ringing) -> None:
        """It will not ring, or no longer."""
        await self._end(call, "canceled")

    async def _call_us(self, process: Process, missed: Ringing) -> None:
        """Whoever missed our call asks who that was."""
        if not process.up:
            return
        now = self.ground.time.present
        call = Ringing(
            sid=f"CAin{len(self.calls):030d}",
            number=missed.number,
            contact=missed.contact,
            at=now,
            how="talks",
            inbound=True,
            status="in-progress",
            rang_at=now,
        )
        self.calls[call.sid] = call
        self.ground.tell("phone", f"{call.number} calls us")
        await self._ask(process, call, f"{_ROOT}/inbound", ())

    # How it is told.

    def _form(self, call: Ringing, fields: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        ours, theirs = ("+15005550006", call.number)
        ends = (
            [("From", theirs), ("To", ours)] if call.inbound else [("From", ours), ("To", theirs)]
        )
        way = "inbound" if call.inbound else "outbound-api"
        form = [("CallSid", call.sid), ("CallStatus", call.status), ("Direction", way)]
        return [*form, *ends, *fields]

    def _tell(self, call: Ringing, status: str, fields: Sequence[tuple[str, str]] = ()) -> None:
        """What became of a call; of one that comes in nobody wants to know."""
        if call.inbound:
            return
        ground = self.ground
        number, call.told = call.told, call.told + 1
        form = [
            *(("CallSid", call.sid), ("CallStatus", status), ("SequenceNumber", str(number))),
            *(("CallDuration", str(call.seconds)), *fields),
        ]
        if call.who and status == "completed":
            form.append(("AnsweredBy", call.who))
        if ground.seed % 2:
            form = [each for each in form if each[0] != "SequenceNumber"]
        told = self._post_later(f"tells {status}", f"{_ROOT}/{call.contact}/status", form)
        if call.over and not told:
            self.on_silence()

    def _tell_recording(self, call: Ringing, url: str, fields: Sequence[tuple[str, str]]) -> None:
        about = [each for each in fields if each[0].startswith("Recording")]
        form = [("CallSid", call.sid), *about, ("RecordingStatus", "completed")]
        self._post_later("tells of a recording", url, form)

    def _post_later(self, what: str, url: str, form: Sequence[tuple[str, str]]) -> int:
        """How often it will be told."""
        ground = self.ground
        copies = 2 if ground.happens("twice") else 1
        if ground.happens("late") and ground.dice.random() < 0.3:
            copies = 0
        for _ in range(copies):

            async def run(process: Process) -> None:
                await self._post(process, url, form)

            span = ground.seconds(0.05, 3600 if ground.happens("late") else 5)
            ground.agenda.add(ground.time.present + span, Errand(what=what, run=run, again=3))
        return copies

    def _later(
        self, call: Ringing, most: float, what: str, run: Callable[[Process], Any]
    ) -> datetime:
        at = self.ground.time.present + self.ground.seconds(0.5, most)

        async def work(process: Process) -> None:
            call.now = at  # whoever acts late: phones do not wait
            await run(process)

        self.ground.agenda.add(at, Errand(what=f"{call.number} {what}", run=work, prompt=True))
        return at


@dataclass(slots=True, kw_only=True)
class VoiceDoor(Door):
    """The telephone as one process reaches it: `channels.ports.CallList` and `Recorder` too."""

    telephone: Telephone

    def _take(self, message: Message) -> str:
        network = self.network
        sid = network.take(message, Channel.VOICE)
        self.telephone.take(network.taken[-1], message)
        return sid

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        self._listen()
        ours = [
            call.sid
            for call in self.telephone.calls.values()
            if not call.inbound
            and call.number == message.to
            and call.sid not in known
            and -_CLOCKS_APART <= call.at - message.intended_at <= _PLACED_WITHIN
        ]
        if len(ours) > 1:
            raise SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="several calls")
        return Accepted(carrier_id=ours[0]) if ours else None

    async def leg(self, id: str) -> Leg | None:
        self._listen()
        call = self.telephone.calls.get(id)
        if call is None:
            return None
        return Leg(
            id=call.sid,
            to=call.number,
            status=call.status,
            over=call.over,
            seconds=call.seconds,
            answered_by=call.who,
        )

    async def take_back(self, id: str) -> Leg | None:
        call = self.telephone.calls.get(id)
        self._listen()
        if call is not None and call.status in ("queued", "ringing"):
            self.network.ground.tell("carrier", f"takes back {call.contact[:10]}")
            await self.telephone.cancel(call)
        return await self.leg(id)

    async def recording(self, sid: str) -> tuple[bytes, str] | None:
        self._listen()
        return (b"sound", "audio/mpeg") if self.telephone.recordings.get(sid) else None

    async def forget(self, sid: str) -> None:
        self._listen()
        self.telephone.recordings[sid] = False

    def _listen(self) -> None:
        self.process.touch()
        if self.network.ground.happens("list_fails"):
            self.telephone.deaf += 1
            raise SendError(SendErrorKind.LATER, retryable=True, code="20429")
