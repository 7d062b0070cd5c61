"""Reads the carrier's markup for calls."""

from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from sandbox import twiml

MAX_VERBS = 100
MAX_LOOPS = 100
MAX_SECONDS = 14_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Words to be spoken."""

    text: str
    language: str | None = None
    voice: str | None = None
    loop: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A sound file, or tones."""

    url: str
    digits: str = ""
    loop: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Silence, in seconds."""

    length: float = 1


Prompt: TypeAlias = Say | Play | Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather:
    """Keys or words wanted from the caller; seconds."""

    prompts: tuple[Prompt, ...]
    dtmf: bool
    speech: bool
    action: str | None
    method: str
    timeout: float
    finish_on: str
    digits: int | None
    on_empty: bool
    barge_in: bool
    language: str
    hints: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The caller's words wanted as a recording; seconds."""

    action: str | None
    method: str
    timeout: float
    finish_on: str
    longest: float
    beep: bool
    callback: str | None
    callback_method: str
    callback_events: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One phone to be dialled; who answers it is found out beside the talk, where wished."""

    number: str
    url: str | None
    method: str
    callback: str | None
    callback_method: str
    callback_events: frozenset[str]
    send_digits: str = ""
    detection: str | None = None
    detection_callback: str | None = None
    detection_callback_method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """A room that several calls share."""

    name: str
    start: bool
    end: bool
    muted: bool
    callback: str | None
    callback_method: str
    callback_events: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Other phones, or a room, to be joined to the call; seconds."""

    numbers: tuple[Number, ...]
    conference: Conference | None
    action: str | None
    method: str
    caller_id: str | None
    timeout: float
    time_limit: float
    answer_on_bridge: bool
    hang_up_on_star: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Another document instead."""

    url: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """The end of the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """No answer to an incoming call."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """What this carrier does not carry out."""

    tag: str


Verb: TypeAlias = Prompt | Gather | Record | Dial | Redirect | Hangup | Reject | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the product wants done, and the URL that it came from."""

    verbs: tuple[Verb, ...]
    url: str

    def target(self, action: str | None) -> str:
        """Return the URL that an action means; none is the document's own."""
        return joined(self.url, action) if action else self.url


def joined(base: str, given: str) -> str:
    """Return a URL as meant beside another; what cannot be joined stays as it is."""
    try:
        return urljoin(base, given)
    except ValueError:
        return given


def document(markup: str, url: str) -> Document:
    """Return the document; raises MarkupError when it is not one for calls."""
    root = twiml.response(markup)
    return Document(verbs=tuple(_verb(each, url) for each in list(root)[:MAX_VERBS]), url=url)


def _verb(element: ET.Element, url: str) -> Verb:
    match element.tag:
        case "Say" | "Play" | "Pause":
            return _prompt(element)
        case "Gather":
            return _gather(element)
        case "Record":
            return _record(element, url)
        case "Dial":
            return _dial(element, url)
        case "Redirect":
            return Redirect(url=_text(element), method=_method(element, "method"))
        case "Hangup":
            return Hangup()
        case "Reject":
            return Reject(reason=element.get("reason", "rejected"))
        case _:
            return Unknown(tag=element.tag)


def _prompt(element: ET.Element) -> Prompt:
    if element.tag == "Pause":
        return Pause(length=_seconds(element, "length", 1))
    # Zero means without end; a call is bounded all the same.
    loop = min(int(_seconds(element, "loop", 1)) or MAX_LOOPS, MAX_LOOPS)
    if element.tag == "Play":
        return Play(url=_text(element), digits=element.get("digits", ""), loop=loop)
    return Say(
        text=_text(element), language=element.get("language"), voice=element.get("voice"), loop=loop
    )


def _gather(element: ET.Element) -> Gather:
    wanted = element.get("input", "dtmf").split()
    digits = element.get("numDigits", "")
    return Gather(
        prompts=tuple(_prompt(each) for each in element if each.tag in ("Say", "Play", "Pause")),
        dtmf="dtmf" in wanted,
        speech="speech" in wanted,
        action=element.get("action"),
        method=_method(element, "method"),
        timeout=_seconds(element, "timeout", 5),
        finish_on=element.get("finishOnKey", "#"),
        digits=int(digits) if digits.isdecimal() and int(digits) > 0 else None,
        on_empty=_truth(element, "actionOnEmptyResult", default=False),
        barge_in=_truth(element, "bargeIn", default=True),
        language=element.get("language", "en-US"),
        hints=element.get("hints", ""),
    )


def _record(element: ET.Element, url: str) -> Record:
    return Record(
        action=element.get("action"),
        method=_method(element, "method"),
        timeout=_seconds(element, "timeout", 5),
        finish_on=element.get("finishOnKey", "1234567890*#"),
        longest=_seconds(element, "maxLength", 3600),
        beep=_truth(element, "playBeep", default=True),
        callback=_url(element, "recordingStatusCallback", url),
        callback_method=_method(element, "recordingStatusCallbackMethod"),
        callback_events=_events(element, "recordingStatusCallbackEvent", "completed"),
    )


def _dial(element: ET.Element, url: str) -> Dial:
    numbers = [_number(each, url) for each in element.findall("Number")]
    room = element.find("Conference")
    if not numbers and room is None and (element.text or "").strip():
        numbers = [_number(element, None)]
    return Dial(
        numbers=tuple(numbers),
        conference=None if room is None else _conference(room, url),
        action=element.get("action"),
        method=_method(element, "method"),
        caller_id=element.get("callerId"),
        timeout=_seconds(element, "timeout", 30),
        time_limit=_seconds(element, "timeLimit", MAX_SECONDS),
        answer_on_bridge=_truth(element, "answerOnBridge", default=False),
        hang_up_on_star=_truth(element, "hangupOnStar", default=False),
    )


def _number(element: ET.Element, url: str | None) -> Number:
    """A number; one written straight into a Dial (no `url`) has no attributes of its own."""
    own = element if url is not None else ET.Element("Number")
    return Number(
        number=(element.text or "").strip(),
        url=_url(own, "url", url or ""),
        method=_method(own, "method"),
        callback=_url(own, "statusCallback", url or ""),
        callback_method=_method(own, "statusCallbackMethod"),
        callback_events=_events(own, "statusCallbackEvent", "completed"),
        send_digits=own.get("sendDigits", ""),
        detection=own.get("machineDetection"),
        detection_callback=_url(own, "amdStatusCallback", url or ""),
        detection_callback_method=_method(own, "amdStatusCallbackMethod"),
    )


def _conference(element: ET.Element, url: str) -> Conference:
    return Conference(
        name=_text(element),
        start=_truth(element, "startConferenceOnEnter", default=True),
        end=_truth(element, "endConferenceOnExit", default=False),
        muted=_truth(element, "muted", default=False),
        callback=_url(element, "statusCallback", url),
        callback_method=_method(element, "statusCallbackMethod"),
        callback_events=_events(element, "statusCallbackEvent", ""),
    )


def _text(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _url(element: ET.Element, name: str, base: str) -> str | None:
    value = element.get(name)
    return joined(base, value) if value else None


def _method(element: ET.Element, name: str) -> str:
    return "GET" if element.get(name, "POST").upper() == "GET" else "POST"


def _events(element: ET.Element, name: str, default: str) -> frozenset[str]:
    return frozenset(element.get(name, default).split())


def _truth(element: ET.Element, name: str, *, default: bool) -> bool:
    return element.get(name, str(default)).lower() == "true"


def _seconds(element: ET.Element, name: str, default: float) -> float:
    value = element.get(name, "")
    # "auto" and whatever else is no number leave the default.
    return min(float(value), MAX_SECONDS) if value.isdecimal() else default
