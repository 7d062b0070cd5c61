"""Describes the fields of an event, each with what may be wrong with it."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from kernel.addresses import LONGEST_EMAIL, email
from tickets.addresses import is_zone, read_locale

T = TypeVar("T")

LONGEST_ID = 255
LONGEST_TEXT = 200
MOST_TAGS = 50
LONGEST_TAG = 64
MOST_CYCLES = 1_000_000

_CHANNELS = ("sms", "email", "voice")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
NEEDED = "needed"
_MESSAGES: dict[str, str | list[Any] | dict[Any, Any]] = {"required": NEEDED, "null": NEEDED}
_YES_OR_NO = {
    "": None,
    **dict.fromkeys(("true", "yes", "1"), True),
    **dict.fromkeys(("false", "no", "0"), False),
}
_INSTANT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt ](?P<minute>\d\d:\d\d):(?P<second>\d\d)"
    r"(?:\.(?P<fraction>\d+))?(?P<offset>[Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)


def read_instant(text: str) -> datetime:
    """An RFC 3339 time as aware UTC; digits beyond the microsecond are cut.

    ValueError with the reason otherwise; a time without an offset is no instant.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 time")
    if match["offset"] is None:
        raise ValueError("a time without an offset")
    # RFC 3339 has leap seconds and Python has not: 23:59:60 is the instant after 23:59:59.
    leap = match["second"] == "60"
    micros = (match["fraction"] or "0")[:6].ljust(6, "0")
    offset = "+00:00" if match["offset"] in "Zz" else match["offset"]
    second = "59" if leap else match["second"]
    try:
        local = datetime.fromisoformat(
            f"{match['day']}T{match['minute']}:{second}.{micros}{offset}"
        )
        return (local + timedelta(seconds=int(leap))).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise ValueError("not a time that exists") from fault


class _Told(fields.Field[T]):
    """A field of which only the reading differs."""

    def __init__(self, **more: Any) -> None:
        super().__init__(error_messages=_MESSAGES, **more)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        return self.read(value)

    def read(self, value: object) -> T | None:
        """What `value` says; ValidationError with the reason, and with what is usable of it."""
        raise NotImplementedError


class Text(_Told[str]):
    """A short text; integers are taken as their digits. Empty is absent."""

    longest = LONGEST_TEXT

    def read(self, value: object) -> str | None:
        """Without the space around it."""
        text = _text(value).strip()
        if len(text) > self.longest:
            raise ValidationError(f"longer than {self.longest} characters")
        if _CONTROL.search(text):
            raise ValidationError("has control characters")
        if text:
            return self.understand(text)
        if self.required:
            raise ValidationError(NEEDED)
        return None

    def understand(self, text: str) -> str:
        """The value of a text that is neither empty nor too long."""
        return text


class Identifier(Text):
    """A name that another system gave; padding around it is no part of it."""

    longest = LONGEST_ID


class Locale(Text):
    """A locale, as BCP 47 writes it."""

    def understand(self, text: str) -> str:
        """Normalised, or refused."""
        locale = read_locale(text)
        if locale is None:
            raise ValidationError("not a known locale")
        return locale


class Zone(Text):
    """A time zone; one we do not know is kept as told, so that the gate sees it is broken."""

    def understand(self, text: str) -> str:
        """As told."""
        if not is_zone(text):
            raise _kept(text, "not a known time zone")
        return text


class Mailbox(Text):
    """A mail address."""

    longest = LONGEST_EMAIL

    def understand(self, text: str) -> str:
        """Case-folded, or refused."""
        address = email(text)
        if address is None:
            raise ValidationError("not a valid address")
        return address


class Instant(_Told[datetime]):
    """An RFC 3339 time with its offset."""

    def read(self, value: object) -> datetime:
        """As aware UTC."""
        if not isinstance(value, str):
            raise ValidationError("not an RFC 3339 time")
        try:
            return read_instant(value)
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault


class Cycle(_Told[int]):
    """Which closing of the ticket this is, from 1."""

    def read(self, value: object) -> int:
        """A whole number, or its digits."""
        text = _text(value)
        number = int(text) if re.fullmatch(r"[0-9]{1,7}", text, re.ASCII) else 0
        if not 1 <= number <= MOST_CYCLES:
            raise ValidationError(f"not a whole number from 1 to {MOST_CYCLES}")
        return number


class Refusal(_Told[bool]):
    """A wish to be left alone; what is neither yes nor no is taken as yes, nothing as unsaid."""

    def read(self, value: object) -> bool | None:
        """Yes and no as JSON, as words or as 1 and 0."""
        said = str(value).strip().casefold() if isinstance(value, str | int) else "?"
        if said not in _YES_OR_NO:
            raise _kept(True, "neither yes nor no, taken as yes")
        return _YES_OR_NO[said]


class Words(_Told[tuple[str, ...]]):
    """A list of short words; those that cannot be used are left out."""

    def __init__(self, most: int, among: Collection[str] = (), **more: Any) -> None:
        super().__init__(**more)
        self.most, self.among = most, among

    def read(self, value: object) -> tuple[str, ...]:
        """The usable ones, in the order told."""
        if not isinstance(value, list):
            raise ValidationError("not a list")
        words = [self._word(item) for item in value[: self.most]]
        usable = tuple(word for word in words if word is not None)
        if len(usable) < len(value):
            raise _kept(usable or None, "some could not be used")
        return usable

    def _word(self, item: object) -> str | None:
        word = str(item).strip() if type(item) in (str, int) else ""
        if self.among:
            return word.lower() if word.lower() in self.among else None
        return word if 0 < len(word) <= LONGEST_TAG and not _CONTROL.search(word) else None


def _kept(value: Any, reason: str) -> ValidationError:
    """A fault that leaves something to go on with; the library's types know only collections."""
    return ValidationError(reason, valid_data=value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValidationError("not a text")


class _Fields(Schema):
    """A part of an event: fields we do not know are none of our business."""

    class Meta:
        """Unknown fields stay in the event's raw form."""

        unknown = EXCLUDE

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.error_messages["type"] = "not an object"


class AgentFields(_Fields):
    """Who closed the ticket."""

    id = Identifier(load_default=None)
    name = Text(load_default=None)
    email = Mailbox(load_default=None)


class PreferencesFields(_Fields):
    """A customer's wishes."""

    channels = Words(len(_CHANNELS), _CHANNELS, load_default=None)
    do_not_contact = Refusal(load_default=None)
    locale = Locale(load_default=None)
    timezone = Zone(load_default=None)


class CustomerFields(_Fields):
    """Whom the ticket is for."""

    id = Identifier(required=True)
    name = Text(load_default=None)
    phone = Text(load_default=None)
    email = Mailbox(load_default=None)
    locale = Locale(load_default=None)
    timezone = Zone(load_default=None)
    tier = Text(load_default=None)
    preferences = fields.Nested(PreferencesFields, load_default=None)


class TicketFields(_Fields):
    """A ticket as it was when it was closed."""

    id = Identifier(required=True)
    cycle = Cycle(load_default=None)
    category = Text(load_default=None)
    product = Text(load_default=None)
    region = Text(load_default=None)
    channel = Text(load_default=None)
    priority = Text(load_default=None)
    team = Text(load_default=None)
    agent = fields.Nested(AgentFields, load_default=None)
    opened_at = Instant(load_default=None)
    closed_at = Instant(load_default=None)
    close_reason = Text(load_default=None)
    tags = Words(MOST_TAGS, load_default=None)


class AboutFields(_Fields):
    """A ticket that something happened to."""

    id = Identifier(load_default=None)
    merged_into = Identifier(load_default=None)


class ClosedData(_Fields):
    """What `ticket.closed` carries."""

    ticket = fields.Nested(TicketFields, required=True, error_messages=_MESSAGES)
    customer = fields.Nested(CustomerFields, required=True, error_messages=_MESSAGES)


class AboutData(_Fields):
    """What `ticket.reopened`, `ticket.deleted` and `ticket.merged` carry."""

    ticket = fields.Nested(AboutFields, load_default=None)


class CustomerData(_Fields):
    """What `customer.preferences_changed` carries."""

    customer = fields.Nested(CustomerFields, required=True, error_messages=_MESSAGES)


class Attributes(_Fields):
    """The CloudEvents attributes we read (CloudEvents 1.0, context attributes)."""

    specversion = Text(required=True)
    type = Text(required=True)
    id = Identifier(required=True)
    source = Identifier(required=True)
    time = Instant(load_default=None)
    subject = Identifier(load_default=None)
