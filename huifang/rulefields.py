"""Reads the single values of `huifang.yaml`, each with what may be wrong with it."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from callbacks.promises.model import NextDay, Urgency
from huifang.durations import read_duration
from huifang.ruleterms import WEEKDAYS, DeskKind
from huifang.values import hook_url
from kernel import addresses
from kernel.locales import read_locale
from scheduler import holidays
from scheduler.hours import Window, parse_window, zone
from scheduler.rates import Rate

_LONGEST_TEXT = 200
_QUOTES = 'must be text; put it in quotes: "{}"'
_PATH = re.compile(r"[\w-]{1,64}(?:\.[\w-]{1,64}){0,7}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_RATE = re.compile(r"([1-9][0-9]{0,5})/([smhd])", re.ASCII)
_DAY = "|".join(WEEKDAYS)
_DAYS = re.compile(f"({_DAY})(?:-({_DAY}))?")
_HOURS = re.compile(r"([0-9:]+)-([0-9:]+)", re.ASCII)


def _text(value: Any) -> str:
    """Text as it stands; YAML reads some words as something else, such as NO and 20:00."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        raise ValidationError(_QUOTES.format("NO" if value is False else "…"))
    raise ValidationError("must be text")


def _is_control(char: str) -> bool:
    """Line breaks and what else moves a cursor; a wide space between two words is none."""
    return unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}


class Text(fields.Field[str]):
    """One line that is not blank; `read` turns it into its one form, or raises ValueError."""

    def __init__(
        self,
        *,
        most: int = _LONGEST_TEXT,
        read: Callable[[str], str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._most = most
        self._read = read

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = _text(value)
        if not text.strip() or len(text) > self._most or any(map(_is_control, text)):
            raise ValidationError(f"must be one line of 1 to {self._most} characters")
        if self._read is None:
            return text
        try:
            return self._read(text)
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault


def email(**kwargs: Any) -> Text:
    """A mailbox."""
    return Text(read=_known(addresses.email, "must be a mailbox, as in lead@example.com"), **kwargs)


def domain(**kwargs: Any) -> Text:
    """A domain of mailboxes, in lower case."""
    reason = "must be a domain such as example.com"
    return Text(read=_known(_domain, reason), **kwargs)


def _domain(text: str) -> str | None:
    name = text.strip().casefold().removeprefix("@")
    return name if addresses.email(f"a@{name}") == f"a@{name}" else None


def number(**kwargs: Any) -> Text:
    """A phone number, read as E.164."""
    reason = "must be a phone number such as +8613800138000"
    return Text(read=_known(lambda text: addresses.phone(text, None), reason), **kwargs)


def locale(**kwargs: Any) -> Text:
    """A locale such as zh-CN."""
    return Text(read=_known(read_locale, "must be a locale such as zh-CN"), **kwargs)


def place(**kwargs: Any) -> Text:
    """A time zone, kept under the name it is given."""
    reason = "must be a time zone such as Asia/Shanghai"
    return Text(read=_known(lambda text: text if zone(text) else None, reason), **kwargs)


def holiday_country(**kwargs: Any) -> Text:
    """The ISO 3166 code of a country whose public holidays are known."""
    reason = "must be the two letters of a country whose holidays are known, such as CN"
    return Text(read=_known(lambda text: text if holidays.known(text) else None, reason), **kwargs)


def colour(**kwargs: Any) -> Text:
    """A colour in hexadecimal."""
    pattern = re.compile(r"#(?:[0-9A-Fa-f]{3}){1,2}")
    return Text(read=_matching(pattern, 'must be a colour such as "#0b5fff"'), **kwargs)


def picture(**kwargs: Any) -> Text:
    """Where a picture is fetched from."""
    pattern = re.compile(r"(?:https?://|/|data:image/)\S+")
    reason = "must be the URL of a picture, such as https://example.com/logo.png"
    return Text(read=_matching(pattern, reason), most=2000, **kwargs)


def link(**kwargs: Any) -> Text:
    """The URL of a desk."""
    return Text(read=hook_url, most=2000, **kwargs)


def _known(read: Callable[[str], str | None], reason: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        found = read(text)
        if found is None:
            raise ValueError(reason)
        return found

    return parse


def _matching(pattern: re.Pattern[str], reason: str) -> Callable[[str], str]:
    return _known(lambda text: text if pattern.fullmatch(text) else None, reason)


class Clock(fields.Field[str]):
    """A time of day; what it says is judged with the other end of its window."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return _text(value)


class TimeOfDay(fields.Field[str]):
    """A time of day, from 00:00 to 23:59."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = _text(value)
        if _TIME.fullmatch(text) is None:
            raise ValidationError('must be a time of day such as "08:00"')
        return text


class DayOrInstant(fields.Field[date]):
    """A plain date, or an instant with its offset from UTC; the latter becomes UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        text = _text(value)
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text)
            instant = datetime.fromisoformat(text)
            if instant.tzinfo is not None:
                return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        reason = "must be a date such as 2026-10-01, or an instant such as"
        raise ValidationError(f"{reason} 2026-10-01T18:00:00+08:00")


class Flag(fields.Field[bool]):
    """true or false."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class Whole(fields.Field[int]):
    """A whole number."""

    def __init__(self, *, least: int, most: int = 1_000_000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._least, self._most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int or not self._least <= value <= self._most:
            raise ValidationError(f"must be a whole number from {self._least} to {self._most}")
        return value


class Share(fields.Field[float]):
    """A number from 0 to `most`."""

    def __init__(self, *, most: float = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if type(value) not in (int, float) or math.isnan(value) or not 0 <= value <= self._most:
            raise ValidationError(f"must be a number from 0 to {self._most:g}")
        return float(value)


def _span(value: Any, least: str) -> timedelta:
    if not isinstance(value, str):
        raise ValidationError("must be a duration such as 90s, 15m, 2h or 30d; 0m is none")
    try:
        return read_duration(value, least=least)
    except ValueError as fault:
        raise ValidationError(str(fault)) from fault


class Duration(fields.Field[timedelta]):
    """A span of time, `least` or longer."""

    def __init__(self, *, least: str = "1s", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._least = least

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> timedelta:
        return _span(value, self._least)


class Attempt(fields.Field[timedelta | NextDay]):
    """When to dial again: after a span, or the next day."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> timedelta | NextDay:
        return NextDay.NEXT_DAY if value == NextDay.NEXT_DAY else _span(value, "0s")


class RateField(fields.Field[Rate]):
    """So many in each second, minute, hour or day: `10/s`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Rate:
        match = _RATE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValidationError("must be a rate such as 10/s, 30/m, 1000/h or 5000/d")
        return Rate(count=int(match[1]), per=read_duration(f"1{match[2]}"))


class DeskKindField(fields.Field[DeskKind]):
    """The kind of a ticketing system."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> DeskKind:
        if value not in tuple(DeskKind):
            raise ValidationError("must be one of " + ", ".join(DeskKind))
        return DeskKind(value)


class Hours(fields.Field[dict[int, Window]]):
    """Opening hours by days, `mon-fri: "09:00-18:00"`; a week not named is closed."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> dict[int, Window]:
        if not isinstance(value, dict) or not value:
            raise ValidationError('must be a mapping such as {mon-fri: "09:00-18:00"}')
        hours: dict[int, Window] = {}
        faults: dict[str, list[str]] = {}
        for days, span in value.items():
            try:
                hours |= _hours(days, span, taken=hours)
            except ValueError as fault:
                faults[days] = [str(fault)]
        if faults:
            raise ValidationError(dict(faults))
        return hours


def _hours(days: str, span: Any, *, taken: Mapping[int, Window]) -> dict[int, Window]:
    match = _DAYS.fullmatch(days)
    if match is None:
        raise ValueError(f"must be a day or a range of days such as mon-fri: {', '.join(WEEKDAYS)}")
    times = _HOURS.fullmatch(span) if isinstance(span, str) else None
    if times is None:
        raise ValueError('must be opening hours such as "09:00-18:00"')
    first = WEEKDAYS.index(match[1])
    last = WEEKDAYS.index(match[2] or match[1])
    week = len(WEEKDAYS)
    covered = {(first + step) % week for step in range((last - first) % week + 1)}
    twice = covered & taken.keys()
    if twice:
        raise ValueError(f"{WEEKDAYS[min(twice)]} has its hours already")
    return dict.fromkeys(sorted(covered), parse_window(times[1], times[2]))


class UrgencyField(fields.Field[str]):
    """How soon among others: a word, or its number from 0."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        names = [each.name.lower() for each in Urgency]
        if isinstance(value, str) and value in names:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
            return names[value]
        raise ValidationError(f"must be one of {', '.join(names)}")


class Lists(fields.Field[tuple[tuple[str, tuple[str, ...]], ...]]):
    """Lists of one kind of value by dotted path, as in `customer.segment: [gold]`."""

    def __init__(self, value: fields.Field[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._list = fields.List(value, validate=validate.Length(min=1, error="must not be empty"))

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(value, dict):
            raise ValidationError("must be a mapping")
        found: list[tuple[str, tuple[str, ...]]] = []
        faults: dict[str, Any] = {}
        for path, wanted in value.items():
            if _PATH.fullmatch(path) is None:
                faults[path] = ["must be a path within an event's data, such as customer.segment"]
                continue
            try:
                texts: Any = self._list.deserialize(wanted)
                found.append((path, tuple(texts)))
            except ValidationError as fault:
                faults[path] = fault.messages
        if faults:
            raise ValidationError(faults)
        return tuple(found)


class Table(fields.Field[dict[str, Any]]):
    """A mapping whose keys are the operator's own names, each with a block of one kind."""

    def __init__(self, schema: type[Schema], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._schema = schema()

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("must be a mapping")
        found: dict[str, Any] = {}
        faults: dict[str, Any] = {}
        for key, block in value.items():
            try:
                found[key] = self._schema.load(block)
            except ValidationError as fault:
                faults[key] = fault.messages
            if not key.strip() or len(key) > _LONGEST_TEXT:
                faults[key] = [f"a name has 1 to {_LONGEST_TEXT} characters"]
        if faults:
            raise ValidationError(faults)
        return found
