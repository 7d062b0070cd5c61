"""Keeps what the carrier knows of phone calls, their recordings, and what was heard on them."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
EVENTS = ("initiated", "ringing", "answered", "completed")
MAX_LINES = 500
MAX_AUDIO_S = 10
_RATE = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was heard or done on a call, in order; `by` is who made it be heard."""

    at: datetime
    kind: str
    text: str = ""
    language: str | None = None
    by: str = "product"
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a call is to be placed; seconds, and URLs as the product gave them."""

    to: str
    from_: str
    url: str | None = None
    method: str = "POST"
    twiml: str | None = None
    fallback_url: str | None = None
    fallback_method: str = "POST"
    status_callback: str | None = None
    status_callback_method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})
    timeout: float = 60
    time_limit: float = 14_400
    detection: str | None = None
    detection_timeout: float = 30
    detection_callback: str | None = None
    detection_callback_method: str = "POST"
    record: bool = False
    recording_callback: str | None = None
    send_digits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """The faults that one call was given at its start."""

    silent: bool = False
    backwards: bool = False
    copies: int = 1
    late: float = 0.0


@dataclass(slots=True, kw_only=True)
class Call:
    """One leg as the carrier knows it."""

    sid: str
    account_sid: str
    to: str
    from_: str
    direction: str
    created_at: datetime
    updated_at: datetime
    rest_url: str
    status: str = "queued"
    parent: str | None = None
    answered_by: str | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration: int | None = None
    sip_code: int | None = None
    sequence: int = 0
    listening: bool = False
    lines: list[Line] = field(default_factory=list)
    voicemail: list[str] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)

    @property
    def inbound(self) -> bool:
        """Whether the customer dialled."""
        return self.direction == "inbound"

    @property
    def phone(self) -> str:
        """The number of the phone that the sandbox plays."""
        return self.from_ if self.inbound else self.to

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.status in ENDED


@dataclass(slots=True, kw_only=True)
class Recording:
    """What was said into a call; `text` is what the audio says."""

    sid: str
    call_sid: str
    account_sid: str
    created_at: datetime
    seconds: int
    text: str
    source: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A fault of the product's that the carrier noted, under the carrier's number for it."""

    at: datetime
    code: int
    message: str
    url: str
    call_sid: str


def spoken_seconds(text: str) -> float:
    """Return how long saying a text takes: four Chinese characters or fifteen others a second."""
    wide = sum(1 for char in text if char > "\u2e80")
    return max(0.5, wide / 4 + (len(text) - wide) / 15)


def audio(recording: Recording) -> bytes:
    """Return a WAV file of silence that carries the recording's text as its comment."""
    samples = b"\x80" * (_RATE * min(recording.seconds, MAX_AUDIO_S))
    comment = recording.text.encode() + b"\x00"
    info = b"INFO" + _chunk(b"ICMT", comment)
    shape = struct.pack("<HHIIHH", 1, 1, _RATE, _RATE, 1, 8)
    body = b"WAVE" + _chunk(b"fmt ", shape) + _chunk(b"LIST", info) + _chunk(b"data", samples)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\x00" * (len(content) % 2)
