"""Writes the log: one line an event, with whatever looks like personal data masked."""

import logging
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

PHONE, MAILBOX, KEY = "[phone]", "[mailbox]", "[key]"

NOISY = {
    "alembic": logging.WARNING,  # at each look at the schema it tells what it assumes
    "aiohttp.access": logging.CRITICAL,  # raw paths carry the tokens of links; we log templates
    "apscheduler": logging.WARNING,
    "sqlalchemy": logging.WARNING,
}
_DEEPEST = 8
_BIGGEST = 2**63  # the writer of JSON knows no bigger integers

# Read from left to right: what is kept stands first, so that a date or an address of a machine is
# not taken for a number to call.
_KEPT = (
    r"\b(?:19|20)\d\d-[01]\d-[0-3]\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d\b)?)?"
    r"|\b\d\d:\d\d:\d\d(?:\.\d+)?"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
    r"|(?<![\d.+])\d{1,9}\.\d+(?![\d.])"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
)
_KEYS = r"(?<![A-Za-z0-9])hf_[A-Za-z0-9_-]{20,}"
_MAILBOXES = r"[^\s\"'<>()\[\],;:@=/]+(?:@|%40)[\w-]+(?:\.[\w-]+)*"
_PHONES = (
    r"(?<!\d)(?:86)?1[3-9]\d{9}(?!\d)"  # a mobile of China, whatever it is glued to
    r"|(?:\+|%2[Bb]|(?<![A-Za-z0-9]))\(?\d(?:[\s().\-/]{0,2}\d){6,14}(?![A-Za-z0-9])"
)
_PERSONAL = re.compile(
    f"(?P<mailbox>{_MAILBOXES})|(?P<key>{_KEYS})|(?P<kept>{_KEPT})|(?P<phone>{_PHONES})"
)

#: What all of them have something of; most texts have nothing, which is soon seen.
_PERHAPS = re.compile(r"@|%40|hf_|\d(?:\D*\d){6}")


def mask(text: str) -> str:
    """The text without what looks like a phone number, a mailbox or an API key.

    It guesses, and rather masks an order number than shows a customer's; dates, times, decimals,
    IPv4 addresses and UUIDs stay. Nothing may rely on it: personal data do not belong in a log.
    """
    whole = text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
    return _PERSONAL.sub(_masked, whole) if _PERHAPS.search(whole) else whole


def _masked(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "mailbox":
            return MAILBOX
        case "key":
            return KEY
        case "phone":
            return PHONE
        case _:
            return found.group()


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A structlog processor: every value of the event, masked however deep it lies."""
    return {_name(key): _clean(value, _DEEPEST) for key, value in event.items()}


@lru_cache
def _name(key: str) -> str:
    """The same few names stand in every line."""
    return mask(key)


def _clean(value: Any, deep: int) -> Any:
    if isinstance(value, str):
        return mask(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -_BIGGEST <= value < _BIGGEST else str(value)
    if deep == 0:
        return "…"
    if isinstance(value, Mapping):
        return {mask(str(key)): _clean(item, deep - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, deep - 1) for item in value]
    return mask(repr(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """Where an event of ours becomes a line; one that cannot be written stops nobody."""

    name: str
    stream: TextIO
    worded: Sequence[Processor]
    alone: threading.Lock

    def write(self, **event: Any) -> None:
        """Word it, mask it and write it."""
        with suppress(Exception):
            line: Any = event
            for processor in self.worded:
                line = processor(self, "", line)
            with self.alone:
                self.stream.write(line + "\n")
                self.stream.flush()

    debug = info = warning = error = critical = write


def configure(format: str, level: str, out: TextIO | None = None) -> None:
    """Send structlog's loggers and the standard library's to `out` (stderr), worded alike.

    Ours do not go through the standard library: half of what a line costs would be spent there.
    `level` is a name such as `info`; ValueError for an unknown one. It may be called again.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"{level} is not a level of logging")
    stream = out or sys.stderr
    worded = _worded(format, colours=stream.isatty())
    lines = partial(_Lines, stream=stream, worded=worded, alone=threading.Lock())
    told: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
    ]
    structlog.configure(
        processors=list(told),
        logger_factory=lru_cache(lambda name="": lines(name=name)),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=False,  # configure may come after the first line
    )
    handler = logging.StreamHandler(stream)
    # Libraries' debug lines are dropped: a database driver's hold the values of statements.
    handler.setLevel(logging.DEBUG + 1)
    shown = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *worded]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=told, processors=shown)
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    for name, least in NOISY.items():
        logging.getLogger(name).setLevel(max(number, least))
    logging.captureWarnings(True)


def _worded(format: str, *, colours: bool) -> list[Processor]:
    """Redaction is the last but for the time and the rendering, so that tracebacks pass it too."""
    renderer: Processor
    if format == "json":
        renderer = structlog.processors.JSONRenderer(serializer=_json)
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=colours, exception_formatter=structlog.dev.plain_traceback
        )
    return [
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        renderer,
    ]


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=repr).decode()
