"""Writes the log: one line an event, with whatever looks like personal data masked."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

PHONE, MAILBOX, KEY = "[phone]", "[mailbox]", "[key]"

NOISY = {
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
    return {mask(key): _clean(value, _DEEPEST) for key, value in event.items()}


def _clean(value: Any, deep: int) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -_BIGGEST <= value < _BIGGEST else str(value)
    if isinstance(value, str):
        return mask(value)
    if deep == 0:
        return "…"
    if isinstance(value, Mapping):
        return {mask(str(key)): _clean(item, deep - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, deep - 1) for item in value]
    return mask(repr(value))


def configure(format: str, level: str, out: TextIO | None = None) -> None:
    """Send structlog and the standard library's loggers through one chain to `out` (stderr).

    `level` is a name such as `info`; ValueError for an unknown one. It may be called again.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"{level} is not a level of logging")
    stream = out or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # configure may come after the first line
    )
    handler = logging.StreamHandler(stream)
    handler.addFilter(_is_ours_or_worth_it)
    handler.setFormatter(_formatter(format, shared, colours=stream.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    for name, least in NOISY.items():
        logging.getLogger(name).setLevel(max(number, least))
    logging.captureWarnings(True)


def _is_ours_or_worth_it(record: logging.LogRecord) -> bool:
    """Libraries' debug lines are dropped: a database driver's hold the values of statements."""
    return record.levelno > logging.DEBUG or isinstance(record.msg, dict)


def _formatter(
    format: str,
    shared: list[Processor],
    *,
    colours: bool,
) -> structlog.stdlib.ProcessorFormatter:
    """Redaction is the last but for the time and the rendering, so that tracebacks pass it too."""
    renderer: Processor
    if format == "json":
        renderer = structlog.processors.JSONRenderer(serializer=_json)
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=colours, exception_formatter=structlog.dev.plain_traceback
        )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
            renderer,
        ],
    )


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=repr).decode()
