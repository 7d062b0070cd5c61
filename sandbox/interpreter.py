"""Carries out the product's markup on one end of a call."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from sandbox import world
from sandbox.callhooks import Broken, Hooks, call_fields
from sandbox.calls import Call, Recording, spoken_seconds
from sandbox.leg import HungUp, Keys, Leg, Moved, Speech
from sandbox.network import API_VERSION
from sandbox.pace import Pace
from sandbox.verbs import (
    Dial,
    Document,
    Gather,
    Hangup,
    Pause,
    Play,
    Prompt,
    Record,
    Redirect,
    Reject,
    Say,
    Unknown,
    Verb,
)

MAX_DOCUMENTS = 150
SOUND_S = 3.0
BEEP_S = 0.5
APOLOGY = "An application error has occurred. Goodbye."


Heeds: TypeAlias = Callable[[Keys | Speech], bool]


class Dialling(Protocol):
    """Who joins a call to other phones."""

    async def dial(self, leg: Leg, verb: Dial, document: Document) -> Document | None:
        """Join the call to others; return what follows, None for the next verb."""
        ...


@dataclass(slots=True, kw_only=True)
class _Entry:
    """What a Gather has so far."""

    digits: str = ""
    finished_on: str = ""
    speech: Speech | None = None
    done: bool = False


class Interpreter:
    """Plays documents to a leg until the call, or the last document, is over."""

    def __init__(
        self,
        *,
        kept: world.World,
        hooks: Hooks,
        pace: Pace,
        now: Callable[[], datetime],
        answer: Callable[[Leg], None],
    ) -> None:
        self._world = kept
        self._hooks = hooks
        self._pace = pace
        self._now = now
        self._answer = answer
        self.dialling: Dialling | None = None

    async def run(self, leg: Leg, source: Moved) -> None:
        """Play what the source gives and all that follows; raises HungUp at the call's end."""
        fallback = leg.order.fallback_url
        document: Document | None = None
        for _ in range(MAX_DOCUMENTS):
            try:
                if document is None:
                    document = await self._load(leg, source)
                document = await self._play(leg, document)
                if document is None:
                    return
            except Moved as elsewhere:
                source, document = elsewhere, None
            except Broken as failure:
                self._hooks.alert(leg.call, failure.code, failure.message, failure.url)
                if fallback is None:
                    await self._apologise(leg, failure)
                source = Moved(url=fallback, method=leg.order.fallback_method, twiml=None)
                source.extra = {"ErrorCode": str(failure.code), "ErrorUrl": failure.url}
                document, fallback = None, None
        await self._apologise(leg, Broken(12400, "the documents never end", source.url or ""))

    async def _load(self, leg: Leg, source: Moved) -> Document:
        if source.url is None:
            return self._hooks.read(source.twiml or "", leg.order.url or "")
        return await self._hooks.fetch(leg, source.method, source.url, source.extra)

    async def _apologise(self, leg: Leg, failure: Broken) -> None:
        self._answer(leg)
        leg.note("error", f"{failure.code} {failure.message}", by="carrier")
        leg.note("say", APOLOGY, language="en-US", by="carrier")
        await leg.play(spoken_seconds(APOLOGY))
        raise HungUp("carrier")

    async def _play(self, leg: Leg, document: Document) -> Document | None:
        for verb in document.verbs:
            follows = await self._perform(leg, verb, document)
            if follows is not None:
                return follows
        return None

    async def _perform(self, leg: Leg, verb: Verb, document: Document) -> Document | None:
        if not isinstance(verb, Reject | Pause | Redirect | Hangup | Dial | Unknown):
            self._answer(leg)
        match verb:
            case Say() | Play() | Pause():
                await self._prompt(leg, verb)
            case Gather():
                return await self._gather(leg, verb, document)
            case Record():
                return await self._record(leg, verb, document)
            case Dial() if self.dialling is not None:
                return await self.dialling.dial(leg, verb, document)
            case Redirect(url=url, method=method):
                return await self._hooks.fetch(leg, method, document.target(url))
            case Hangup():
                raise HungUp("product")
            case Reject(reason=reason):
                if leg.call.status == "ringing":
                    raise HungUp("busy" if reason == "busy" else "rejected")
            case Unknown(tag=tag):
                self._hooks.alert(leg.call, 12200, f"no verb {tag} here", document.url)
                leg.note("error", f"12200 {tag}", by="carrier")
            case _:
                pass
        return None

    async def _prompt(self, leg: Leg, verb: Prompt, heeds: Heeds | None = None) -> bool:
        """Play one prompt; return whether something that is heeded broke it off."""
        for _ in range(1 if isinstance(verb, Pause) else verb.loop):
            seconds = verb.length if isinstance(verb, Pause) else self._sound(leg, verb)
            due = self._pace.elapsed() + seconds
            while (left := due - self._pace.elapsed()) > 0:
                heard = await leg.play(left, listening=heeds is not None)
                if heeds is not None and isinstance(heard, Keys | Speech) and heeds(heard):
                    leg.note("barge_in", by="customer")
                    return True
        return False

    def _sound(self, leg: Leg, verb: Say | Play) -> float:
        """Note what is to be heard; return how long it takes."""
        if isinstance(verb, Play):
            leg.note("play", verb.url or verb.digits)
            return SOUND_S if verb.url else max(0.5, len(verb.digits) / 2)
        leg.note("say", verb.text, language=verb.language, detail={"voice": verb.voice})
        if leg.beep_at is not None and self._pace.elapsed() >= leg.beep_at:
            leg.call.voicemail = [*leg.call.voicemail, verb.text]
        return spoken_seconds(verb.text)

    async def _gather(self, leg: Leg, verb: Gather, document: Document) -> Document | None:
        wanted = "+".join([*["keys"] * verb.dtmf, *["speech"] * verb.speech])
        detail = {"digits": verb.digits, "finish_on": verb.finish_on, "hints": verb.hints}
        leg.note("gather", wanted, language=verb.language, detail=detail)
        entry = _Entry()

        def heeds(heard: Keys | Speech) -> bool:
            self._enter(leg, verb, entry, heard)
            return verb.barge_in and self._takes(verb, heard)

        for prompt in verb.prompts:
            if await self._prompt(leg, prompt, heeds):
                break
        scripted = not entry.digits
        while not entry.done:
            got = await leg.listen(verb.timeout, scripted=scripted)
            if got is None:
                break
            if isinstance(got, Keys | Speech):
                self._enter(leg, verb, entry, got)
            scripted = False
        return await self._gathered(leg, verb, entry, document)

    def _takes(self, verb: Gather, heard: Keys | Speech) -> bool:
        return verb.dtmf if isinstance(heard, Keys) else verb.speech

    def _enter(self, leg: Leg, verb: Gather, entry: _Entry, heard: Keys | Speech) -> None:
        if entry.done:
            return
        taken = self._takes(verb, heard)
        detail = {} if taken else {"unheard": True}
        if isinstance(heard, Speech):
            leg.note("speech", heard.text, by="customer", detail=detail)
            # Keys that were begun win over words.
            if taken and not entry.digits:
                entry.speech, entry.done = heard, True
            return
        leg.note("keys", heard.keys, by="customer", detail=detail)
        for key in heard.keys if taken else "":
            if key in verb.finish_on:
                entry.finished_on, entry.done = key, True
                return
            entry.digits += key
            if len(entry.digits) == verb.digits:
                entry.done = True
                return

    async def _gathered(
        self, leg: Leg, verb: Gather, entry: _Entry, document: Document
    ) -> Document | None:
        if entry.speech is not None:
            fields = {
                "SpeechResult": entry.speech.text,
                "Confidence": str(entry.speech.confidence),
                "Language": verb.language,
            }
        elif entry.digits or verb.on_empty:
            fields = {"Digits": entry.digits, "FinishedOnKey": entry.finished_on}
            if not (entry.digits or entry.finished_on):
                fields = {}
        else:
            leg.note("silence", by="customer")
            return None
        if not fields:
            leg.note("silence", by="customer")
        return await self._hooks.fetch(leg, verb.method, document.target(verb.action), fields)

    async def _record(self, leg: Leg, verb: Record, document: Document) -> Document | None:
        leg.note("record", detail={"longest": verb.longest})
        if verb.beep:
            leg.note("beep", by="carrier")
            await leg.play(BEEP_S)
        said: list[str] = []
        seconds, ended_on, scripted = 0.0, "", True
        gone: HungUp | None = None
        while seconds < verb.longest and not ended_on:
            try:
                wait = min(verb.timeout, verb.longest - seconds)
                heard = await leg.listen(wait, scripted=scripted)
            except HungUp as failure:
                ended_on, gone = "hangup", failure
                break
            scripted = False
            if heard is None:
                break
            if isinstance(heard, Speech):
                leg.note("speech", heard.text, by="customer")
                said.append(heard.text)
                seconds += spoken_seconds(heard.text)
            elif isinstance(heard, Keys):
                leg.note("keys", heard.keys, by="customer")
                ended_on = next((key for key in heard.keys if key in verb.finish_on), "")
        if not said and not (ended_on and gone is None):
            if gone is not None:
                raise gone
            leg.note("silence", by="customer")
            return None
        kept = self.keep_recording(leg.call, " ".join(said), seconds, "RecordVerb")
        self._tell_of_recording(leg.call, verb, kept)
        return await self._recorded(leg, verb, document, kept, ended_on, gone)

    async def _recorded(
        self,
        leg: Leg,
        verb: Record,
        document: Document,
        kept: Recording,
        ended_on: str,
        gone: HungUp | None,
    ) -> Document | None:
        fields = {
            "RecordingSid": kept.sid,
            "RecordingUrl": kept.url,
            "RecordingDuration": str(kept.seconds),
        }
        if ended_on:
            fields["Digits"] = ended_on
        target = document.target(verb.action)
        if gone is None:
            return await self._hooks.fetch(leg, verb.method, target, fields)
        about = call_fields(leg.call) | {"CallStatus": "completed"}
        self._hooks.tell(leg.call, target, about | fields, verb.method)
        raise gone

    def keep_recording(self, call: Call, text: str, seconds: float, source: str) -> Recording:
        """Keep a recording where it can be fetched and deleted."""
        sid = world.sid("RE")
        kept = Recording(
            sid=sid,
            call_sid=call.sid,
            account_sid=call.account_sid,
            created_at=self._now(),
            seconds=max(1, round(seconds)),
            text=text,
            source=source,
            url=f"{call.rest_url}/{API_VERSION}/Accounts/{call.account_sid}/Recordings/{sid}",
        )
        call.recordings = [*call.recordings, sid]
        self._world.add_recording(kept)
        return kept

    def _tell_of_recording(self, call: Call, verb: Record, kept: Recording) -> None:
        if verb.callback is not None and "completed" in verb.callback_events:
            fields = recording_fields(kept)
            self._hooks.tell(call, verb.callback, fields, verb.callback_method)


def recording_fields(kept: Recording) -> dict[str, str]:
    """Return what is told of a finished recording."""
    return {
        "AccountSid": kept.account_sid,
        "CallSid": kept.call_sid,
        "RecordingSid": kept.sid,
        "RecordingUrl": kept.url,
        "RecordingStatus": "completed",
        "RecordingDuration": str(kept.seconds),
        "RecordingChannels": "1",
        "RecordingSource": kept.source,
    }
