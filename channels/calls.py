"""Answers the carrier's webhooks about calls: what to say, and what became of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from twilio.twiml.voice_response import Gather, VoiceResponse

from channels import answers, conversation, ivr, ledger, legs
from channels.callwording import line
from channels.conversation import Recorded, Talk
from channels.hooks import noted, sid_of, signed, spoken, xml
from channels.inbox import Inbox
from channels.ivr import Heard, Listen, Record, Spoken
from channels.model import Channel
from channels.ports import Conversation, Operator, Speaker
from channels.render import Render
from kernel.endpoint import Answer, Call, Endpoint, Handler
from kernel.engine import Database
from kernel.faults import Unavailable, described
from kernel.sql import passing
from kernel.vault import Vault
from scheduler import store as jobs

log = structlog.get_logger("channels")

_ROOT = "/carriers/twilio/voice"
_LONGEST = 64  # of the carrier's ids, as the tables have them
_LONGEST_SPEECH = 1_600

# Language and voice of what is said, and the language of what is heard.
_VOICES = {
    "zh-CN": ("cmn-CN", "Polly.Zhiyu-Neural", "cmn-Hans-CN"),
    "en": ("en-US", "Polly.Joanna-Neural", "en-US"),
}
_PAUSE = 6  # seconds of silence after which a question is asked again
_LONGEST_COMMENT = 120  # seconds
# XML 1.0 knows no other characters; a ticket's id may hold any.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_RANKS = {"queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3, "answered": 3}
_OVER = 4


def say(verb: VoiceResponse | Gather, lines: Sequence[str], locale: str) -> None:
    """Have lines said in a language, with what markup cannot hold left out."""
    language, voice, _ = _VOICES.get(locale, _VOICES["en"])
    for text in (_NO_XML.sub("", each).strip() for each in lines):
        if text:
            verb.say(text, language=language, voice=voice)


def twiml(spoken: Spoken, contact: str, step: int, root: str) -> str:
    """What is said as TwiML; its answer is asked for as the `step`th of the contact's call."""
    heard = _VOICES.get(spoken.locale, _VOICES["en"])[2]
    response = VoiceResponse()
    action = f"{root}/{quote(contact, safe='')}/key?step={step}"
    gather = None
    if isinstance(spoken.then, Listen):
        gather = Gather(
            input="dtmf speech",
            action=action,
            method="POST",
            timeout=_PAUSE,
            speech_timeout="auto",
            num_digits=spoken.then.keys,
            finish_on_key="#",
            language=heard,
            hints=",".join(spoken.then.hints) or None,
            action_on_empty_result=True,
            barge_in=True,
        )
        response.append(gather)
    say(response if gather is None else gather, spoken.lines, spoken.locale)
    if isinstance(spoken.then, Record):
        response.record(
            action=action,
            method="POST",
            max_length=_LONGEST_COMMENT,
            timeout=_PAUSE,
            finish_on_key="#*",
            play_beep=True,
            recording_status_callback=f"{root}/{quote(contact, safe='')}/recording",
            recording_status_callback_method="POST",
            recording_status_callback_event="completed",
        )
        response.redirect(action, method="POST")  # where nothing at all was said
    if spoken.then is None:
        response.hangup()
    return str(response)


def _worded(handler: Handler) -> Handler:
    """While the database is away, a goodbye in place of the carrier's "application error"."""

    async def handle(call: Call) -> Answer:
        try:
            return await handler(call)
        except Exception as fault:
            if not (passing(fault) or isinstance(fault, Unavailable)):
                raise
            log.warning("call.unavailable", **described(fault))
            form = dict(call.form)
            customer = form.get("From" if form.get("Direction") == "inbound" else "To", "")
            locale, response = answers.spoken_to(None, customer), VoiceResponse()
            say(response, [line("away", locale)], locale)
            response.hangup()
            return xml(str(response))

    return handle


@dataclass(slots=True, kw_only=True)
class CallHooks:
    """The endpoints that one Twilio account asks about calls, each signed by it."""

    inbox: Inbox
    database: Database
    vault: Vault
    conversations: Mapping[str, Conversation]
    speakers: Mapping[str, Speaker]
    render: Render
    token: str
    public_url: str
    operators: Mapping[str, Operator] = field(default_factory=dict)

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            spoken(_ROOT + "/inbound", _worded(self.called), "A customer calls us"),
            spoken(_ROOT + "/{contact}", _worded(self.answered), "A call of ours was answered"),
            spoken(
                _ROOT + "/{contact}/key", _worded(self.key), "A key was pressed, or something said"
            ),
            noted(_ROOT + "/{contact}/status", self.status, "What became of a call"),
            noted(_ROOT + "/{contact}/recording", self.recording, "A recording is complete"),
        ]

    async def called(self, call: Call) -> Answer:
        """Say who tried to reach the caller; the same CallSid gets the same answer."""
        form = signed(call, self.token)
        return xml(await self._talk().called(sid_of(form), form.get("From", ""), call.now))

    async def answered(self, call: Call) -> Answer:
        """Say who calls and why; a machine is asked nothing."""
        form = signed(call, self.token)
        sid, who = sid_of(form), form.get("AnsweredBy", "")
        contact, to = call.path["contact"], form.get("To", "")
        operator = await self._operator(contact)
        if operator is not None:
            return xml(await operator.answered(sid, contact, who, call.now))
        return xml(await self._talk().begin(sid, contact, who, to, call.now))

    async def _operator(self, contact: str) -> Operator | None:
        """Whoever has the contact's customer joined to a person, if anybody has."""
        if not self.operators:
            return None
        async with self.database.read() as conn:
            known = (await ledger.load(conn, self.vault, [contact])).get(contact)
        return self.operators.get(known.conversation) if known is not None else None

    async def key(self, call: Call) -> Answer:
        """Go on; a turn that was taken already gets the same answer."""
        form = signed(call, self.token)
        operator = await self._operator(call.path["contact"])
        if operator is not None and form.get("Direction") != "inbound":
            keys = form.get("Digits", "")[:_LONGEST]
            return xml(await operator.pressed(sid_of(form), call.path["contact"], keys, call.now))
        sid, step = sid_of(form), dict(parse_qsl(urlsplit(call.url).query)).get("step", "")
        number = int(step) if step.isascii() and step.isdigit() and len(step) < 4 else -1
        to = form.get("From" if form.get("Direction") == "inbound" else "To", "")
        said = await self._talk().turn(
            sid, call.path["contact"], number, _heard(form), _recorded(form), to, call.now
        )
        return xml(said)

    async def status(self, call: Call) -> Answer:
        """Move a contact forward; the carrier's news come late, twice and out of order."""
        form = signed(call, self.token)
        sid, contact = sid_of(form), call.path["contact"]
        status = form.get("CallStatus", "")
        rank = _RANKS.get(status, _OVER if status in legs.ENDS else None)
        if rank is not None:
            news = _News(sid=sid, status=status, rank=rank, form=form)
            await self.database.transact(lambda conn: self._status(conn, contact, news, call.now))
        return Answer(status=204)

    async def _status(self, conn: AsyncConnection, id: str, news: "_News", now: datetime) -> None:
        contact = await conversation.lock_contact(conn, self.vault, id)
        if contact is None or contact.channel is not Channel.VOICE:
            return
        if contact.carrier_id not in (None, news.sid):
            return  # of an attempt that another has replaced
        await conversation.arrived(conn, self.conversations, contact, news.sid, now)
        call = await conversation.open_call(conn, self.vault, news.sid, contact, now)
        if news.rank <= call.rank or 0 <= news.sequence <= call.sequence:
            return
        await conversation.move_on(conn, news.sid, news.sequence, news.rank)
        if news.rank == _OVER:
            # Whether somebody answered, the call's first request or this tells.
            ending = legs.Ending(
                status=news.status,
                rang=news.rang or call.rank > 0,
                machine=ivr.is_machine(news.form.get("AnsweredBy", "")),
                sip=news.form.get("SipResponseCode"),
            )
            await legs.ended(conn, self.conversations, contact, ending, now)

    async def recording(self, call: Call) -> Answer:
        """Keep a recording even where the turn that it belongs to never came."""
        form = signed(call, self.token)
        sid, recorded = sid_of(form), _recorded(form)
        if recorded is not None and form.get("RecordingStatus", "completed") == "completed":

            async def work(conn: AsyncConnection) -> None:
                of = await conversation.load_call(conn, self.vault, sid)
                if of is not None:
                    wanted = conversation.keeping(of, recorded, of.standing.asked, call.now)
                    await jobs.enqueue(conn, [wanted])

            await self.database.transact(work)
        return Answer(status=204)

    def _talk(self) -> Talk:
        root = self.public_url.rstrip("/") + _ROOT
        return Talk(
            database=self.database,
            vault=self.vault,
            inbox=self.inbox,
            conversations=self.conversations,
            speakers=self.speakers,
            render=self.render,
            setting=lambda spoken, contact, step: twiml(spoken, contact, step, root),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What the carrier tells of a call."""

    sid: str
    status: str
    rank: int
    form: Mapping[str, str]

    @property
    def sequence(self) -> int:
        """Its place among the news of the call; -1 where the carrier does not say."""
        told = self.form.get("SequenceNumber", "")
        return int(told) if told.isascii() and told.isdigit() and len(told) < 5 else -1

    @property
    def rang(self) -> bool:
        """Whether it was dialled; whatever is told first of a call that was not is its end."""
        return self.status in ("completed", "busy", "no-answer") or self.sequence > 0


def _heard(form: Mapping[str, str]) -> Heard:
    digits = form.get("Digits", "")[:_LONGEST]
    recorded = _recorded(form)
    pressed = "".join(key for key in digits if key in "0123456789*")
    if recorded is not None and "*" not in pressed:
        pressed = ""  # the key, or the word, that ended a recording answers nothing
    seconds = recorded.seconds if recorded else 0
    return Heard(
        digits=pressed,
        speech=form.get("SpeechResult", "")[:_LONGEST_SPEECH],
        confidence=_share(form.get("Confidence", "")),
        seconds=seconds or None,  # silence is trimmed
        ended=digits == "#",
    )


def _recorded(form: Mapping[str, str]) -> Recorded | None:
    sid, told = form.get("RecordingSid", "")[:_LONGEST], form.get("RecordingDuration", "")
    if not sid:
        return None
    known = told.isascii() and told.isdigit() and len(told) < 6
    return Recorded(id=sid, seconds=int(told) if known else 0)


def _share(told: str) -> float | None:
    try:
        share = float(told)
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None
