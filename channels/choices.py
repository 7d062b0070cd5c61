"""Reads what a customer chooses, as JSON says it, into checked values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from channels.model import Channel, OptOutState, Person
from channels.terms import Rules
from channels.zones import plausible
from kernel.locales import read_locale
from scheduler.hours import Window, parse_window, zone

ALL = "all"
STOPPABLE = (*Channel, ALL)


LEAST_HOURS = 60
"""Minutes a day within which we must be able to reach a customer who sets hours."""


def hours_of(rules: Rules) -> Window:
    """The hours of the day in which any channel may be used at all."""
    windows = [rules.window, *rules.windows.values()]
    return Window(
        opens=min(window.opens for window in windows),
        closes=max(window.closes for window in windows),
    )


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
    # What these say is looked at later: what was told and is sent back as it is may be broken.
    locale = fields.String(allow_none=True, metadata={"description": "such as zh-CN or en"})
    timezone = fields.String(allow_none=True, metadata={"description": "such as Asia/Shanghai"})
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


def from_json(
    body: Mapping[str, Any], shown: Mapping[str, Any], rules: Rules, now: datetime
) -> Chosen | Refused:
    """The wishes of a document that `PreferencesSchema` has loaded; `opt_outs` is left aside.

    What is as it was `shown` is no wish, and so no fault; but a refusal may be said again.
    """
    wishes = {
        name: value
        for name, value in body.items()
        if name != "opt_outs" and (value is True or name not in shown or value != shown[name])
    }
    reasons = (
        (field, reason(wishes[field], rules, now))
        for field, reason in _REASONS.items()
        if wishes.get(field) is not None
    )
    for field, reason in reasons:
        if reason is not None:
            return Refused(field=field, reason=reason)
    if wishes.get("channels") is not None:
        wishes["channels"] = tuple(wishes["channels"])
    if wishes.get("locale") is not None:
        wishes["locale"] = read_locale(wishes["locale"])
    if wishes.get("window") is not None:
        wishes["window"] = (wishes["window"]["from"], wishes["window"]["until"])
    return Chosen(wishes=wishes)


def _locale_fault(wish: str, rules: Rules, now: datetime) -> str | None:
    return "locale" if read_locale(wish) is None else None


def _zone_fault(wish: str, rules: Rules, now: datetime) -> str | None:
    return "zone" if zone(wish) is None else None


def _pause_fault(wish: datetime, rules: Rules, now: datetime) -> str | None:
    return "past" if wish <= now else None


def _window_fault(wish: Mapping[str, str], rules: Rules, now: datetime) -> str | None:
    window = parse_window(wish["from"], wish["until"])
    if window.closes - window.opens < LEAST_HOURS:
        return "narrow"
    return None if in_use(window, rules) else "outside"


_REASONS: Mapping[str, Callable[[Any, Rules, datetime], str | None]] = {
    "window": _window_fault,
    "locale": _locale_fault,
    "timezone": _zone_fault,
    "paused_until": _pause_fault,
}


def in_use(window: Window, rules: Rules) -> bool:
    """Whether any channel may be used at some time of these hours of a customer's."""
    return any(
        max(window.opens, each.opens) < min(window.closes, each.closes)
        for each in (rules.windows.get(channel, rules.window) for channel in Channel)
    )


def reachable(person: Person) -> tuple[Channel, ...]:
    """The channels for which there is a number or mailbox."""
    has = {Channel.SMS: person.phone, Channel.EMAIL: person.email, Channel.VOICE: person.phone}
    return tuple(channel for channel in Channel if has[channel])


def place_of(person: Person, default: str | None) -> tzinfo:
    """Whose clock to tell a customer the time by: one they may be living by, else UTC."""
    places, _ = plausible(person.timezone, person.phone, person.region, default)
    return places[0] if places else UTC
