"""Reads what a customer chooses, as JSON says it, into checked values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from channels.model import Channel, OptOutState, Person
from channels.terms import Rules
from channels.zones import plausible
from scheduler.hours import Window, parse_window, zone

ALL = "all"
STOPPABLE = (*Channel, ALL)
_LOCALE = re.compile(
    r"(?P<language>[A-Za-z]{2,3})(?:[-_](?P<script>[A-Za-z]{4}))?"
    r"(?:[-_](?P<region>[A-Za-z]{2}|[0-9]{3}))?",
    re.ASCII,
)


def read_locale(text: str) -> str | None:
    """A locale as BCP 47 writes it (`zh_cn` is `zh-CN`); None if it is none.

    Language, script and region only; whether we speak the language is not asked here.
    """
    match = _LOCALE.fullmatch(text.strip())
    if match is None:
        return None
    script, region = match["script"], match["region"]
    parts = (match["language"].lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part)


def hours_of(rules: Rules) -> Window:
    """The hours of the day in which any channel may be used at all."""
    windows = [rules.window, *rules.windows.values()]
    return Window(
        opens=min(window.opens for window in windows),
        closes=max(window.closes for window in windows),
    )


def _a_locale(text: str) -> None:
    if read_locale(text) is None:
        raise ValidationError("This is no locale such as zh-CN or en.")


def _a_zone(text: str) -> None:
    if zone(text) is None:
        raise ValidationError("This is no name of a time zone such as Asia/Shanghai.")


def _each_once(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        raise ValidationError("Name each channel once.")


class WindowSchema(Schema):
    """Hours on the customer's wall clock."""

    class Meta:
        unknown = RAISE
        include = {"from": fields.String(required=True)}  # noqa: RUF012 - a word of Python

    until = fields.String(required=True)

    @validates_schema
    def _opens(self, data: Mapping[str, Any], **_: Any) -> None:
        try:
            parse_window(data["from"], data["until"])
        except ValueError as fault:
            raise ValidationError(f"{fault}.") from fault


class OptOutSchema(Schema):
    """A stop in force."""

    channel = fields.String(validate=validate.OneOf(STOPPABLE))
    at = fields.AwareDateTime(format="iso")
    how = fields.String()
    state = fields.String(validate=validate.OneOf([state.value for state in OptOutState]))
    proof = fields.String(allow_none=True)


class PreferencesSchema(Schema):
    """What a customer chose; what is left out stays, null takes a choice back."""

    class Meta:
        unknown = RAISE  # a misspelt wish must not pass for one that was kept

    channels = fields.List(
        fields.String(validate=validate.OneOf([str(channel) for channel in Channel])),
        allow_none=True,
        validate=_each_once,
        metadata={"description": "the customer's own order"},
    )
    window = fields.Nested(WindowSchema, allow_none=True)
    locale = fields.String(allow_none=True, validate=_a_locale)
    timezone = fields.String(allow_none=True, validate=_a_zone)
    do_not_contact = fields.Boolean(allow_none=True, truthy={True}, falsy={False})
    paused_until = fields.AwareDateTime(format="iso", allow_none=True)
    opt_outs = fields.List(
        fields.Nested(OptOutSchema),
        metadata={"description": "those in force; changed under …/opt-outs alone"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Wishes with checked values, by the names of `preferences.CHOOSABLE`; None takes one back."""

    wishes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What cannot be done: the field's name, and the reason as a name of its text."""

    field: str
    reason: str


def from_json(body: Mapping[str, Any], hours: Window, now: datetime) -> Chosen | Refused:
    """The wishes of a document that `PreferencesSchema` has loaded; `opt_outs` is left aside."""
    wishes = {name: value for name, value in body.items() if name != "opt_outs"}
    until = wishes.get("paused_until")
    if until is not None and until <= now:
        return Refused(field="paused_until", reason="past")
    if wishes.get("channels") is not None:
        wishes["channels"] = tuple(wishes["channels"])
    if wishes.get("locale") is not None:
        wishes["locale"] = read_locale(wishes["locale"])
    if wishes.get("window") is not None:
        own = (wishes["window"]["from"], wishes["window"]["until"])
        window = parse_window(*own)
        if max(window.opens, hours.opens) >= min(window.closes, hours.closes):
            return Refused(field="window", reason="outside")
        wishes["window"] = own
    return Chosen(wishes=wishes)


def reachable(person: Person) -> tuple[Channel, ...]:
    """The channels for which there is a number or mailbox."""
    has = {Channel.SMS: person.phone, Channel.EMAIL: person.email, Channel.VOICE: person.phone}
    return tuple(channel for channel in Channel if has[channel])


def place_of(person: Person, default: str | None) -> tzinfo:
    """Whose clock to tell a customer the time by: one they may be living by, else UTC."""
    places, _ = plausible(person.timezone, person.phone, person.region, default)
    return places[0] if places else UTC
