"""Says which keys `huifang.yaml` has and what each of them may hold."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load, validate
from marshmallow import validates_schema as validates

from callbacks.model import Circumstances, ClockKind, ComplaintClass
from callbacks.promises.model import Booking, CallbackRules, DialMode
from channels.jobs import CareCall
from channels.model import Channel, MessageClass
from channels.render import LOCALES, Brand
from channels.terms import Blackout, Cap, Counts, OnCap
from huifang.rulefields import (
    Attempt,
    Clock,
    DayOrInstant,
    DeskKindField,
    Duration,
    Flag,
    Hours,
    Lists,
    RateField,
    Share,
    Table,
    Text,
    TimeOfDay,
    UrgencyField,
    Whole,
    colour,
    domain,
    email,
    holiday_country,
    link,
    locale,
    number,
    picture,
    place,
)
from huifang.ruleterms import (
    DESK_NEEDS,
    Agent,
    Centre,
    DeskKind,
    DeskRules,
    PersonRole,
    ReportRule,
    Retention,
    Targets,
)
from huifang.values import token, webhook_secret
from surveys.blueprint import Strict
from surveys.periods import PERIODS
from surveys.programs import Match, Program, Repeat, Skip, Voicemail

MOST_CONTACTS = 20
LONGEST_ID = 64

_FEWEST_DAYS_OF_EVENTS = "184d"  # half a year, so that a disputed contact can still be explained
_LONGEST_SECRET = 500
_CHANNELS = tuple(channel.value for channel in Channel)


class Block(Strict):
    """A mapping of known keys, read as what `makes` makes of those that are given."""

    makes: ClassVar[Callable[..., Any]] = dict

    @post_load
    def make(self, data: Mapping[str, Any], **_kwargs: Any) -> Any:
        """Lists become tuples: what was read does not change."""
        return type(self).makes(
            **{key: tuple(each) if isinstance(each, list) else each for key, each in data.items()}
        )


def _list(of: fields.Field[Any], *, least: int = 0) -> fields.Field[Any]:
    return fields.List(of, validate=validate.Length(min=least, error="must not be empty"))


def _distinct(items: list[Any]) -> None:
    if len(set(items)) != len(items):
        raise ValidationError("names something twice")


def _enum(of: Any, **kwargs: Any) -> fields.Field[Any]:
    return fields.Enum(
        of, by_value=True, error_messages={"unknown": "must be one of {choices}"}, **kwargs
    )


class _Brand(Block):
    makes = Brand
    name = Text(most=60)
    signature = Text(most=30)
    logo = picture(allow_none=True)
    colour = colour()


class _Centre(Block):
    makes = Centre
    timezone = place()
    hours = Hours()
    holidays = _list(holiday_country())


class _Role(Block):
    makes = PersonRole
    email = email(allow_none=True)


class _Agent(Block):
    makes = Agent
    id = Text(required=True)
    name = Text(allow_none=True)
    team = Text(allow_none=True)
    phone = number(allow_none=True)
    email = email(allow_none=True)
    locale = locale(allow_none=True)


class _Targets(Block):
    makes = Targets
    satisfaction = Share(most=100)
    resolved = Share()
    respond = Duration()
    resolve = Duration()


class _Desk(Block):
    makes = DeskRules
    kind = DeskKindField(required=True)
    url = link(allow_none=True)
    token = Text(most=_LONGEST_SECRET, read=token, allow_none=True)
    secret = Text(most=_LONGEST_SECRET, allow_none=True)

    @validates(skip_on_field_errors=False, pass_original=True)
    def has_what_its_kind_needs(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        kind = original.get("kind") if isinstance(original, dict) else None
        if kind not in tuple(DeskKind):
            return
        missing = [name for name in DESK_NEEDS[DeskKind(kind)] if original.get(name) is None]
        if missing:
            raise ValidationError(
                {name: [f"is needed by a desk of kind {kind}"] for name in missing}
            )

    @validates(skip_on_field_errors=False)
    def signs(self, data: Any, **_kwargs: Any) -> None:
        if data.get("kind") == DeskKind.WEBHOOK and data.get("secret") is not None:
            try:
                webhook_secret(data["secret"])
            except ValueError as fault:
                raise ValidationError({"secret": [str(fault)]}) from fault


class _Match(Block):
    makes: ClassVar[Callable[..., Any]] = Match
    category = _list(Text(), least=1)
    product = _list(Text(), least=1)
    region = _list(Text(), least=1)
    team = _list(Text(), least=1)
    channel = _list(Text(), least=1)
    priority = _list(Text(), least=1)
    tier = _list(Text(), least=1)
    tags = _list(Text(), least=1)
    close_reason = _list(Text(), least=1)


class _When(_Match):
    attributes = Lists(Text())


class _Skip(Block):
    makes = Skip
    tags = _list(Text())
    close_reason = _list(Text())
    own_ticket = Flag()
    domains = _list(domain())


class _CareCall(Block):
    makes = CareCall
    topic = Text(
        required=True,
        most=LONGEST_ID,
        validate=validate.Regexp(
            r"[\w.:-]+\Z", error="must be letters, digits, dots, dashes and colons"
        ),
    )
    after = Duration(least="0s")
    within = Duration()
    priority = UrgencyField()

    @validates
    def in_order(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        call = CareCall(
            topic="", **{name: data[name] for name in ("after", "within") if name in data}
        )
        if call.after >= call.within:
            raise ValidationError("after must be before within")


class _Program(Block):
    makes = Program
    id = Text(required=True, most=LONGEST_ID)
    when = fields.Nested(_When)
    skip = fields.Nested(_Skip)
    survey = Text(most=LONGEST_ID, allow_none=True)
    callback = fields.Nested(_CareCall, allow_none=True)
    repeat = _enum(Repeat)
    delay = Duration(least="0s")
    channels = fields.List(
        Text(validate=validate.OneOf(_CHANNELS, error="must be one of {choices}")),
        validate=[validate.Length(min=1, error="must not be empty"), _distinct],
    )
    reminders = _list(Duration())
    fallback_after = Duration()
    max_contacts = Whole(least=1, most=MOST_CONTACTS)
    expires_after = Duration()
    accept_late = Duration(least="0s")
    sampling = Share()
    max_event_age = Duration()
    redials = _list(Duration())
    voicemail = _enum(Voicemail)
    collect_only = Flag()


class _Window(Block):
    from_ = Clock(data_key="from")
    until = Clock()


class _Windows(Block):
    sms = fields.Nested(_Window)
    email = fields.Nested(_Window)
    voice = fields.Nested(_Window)


class _Usual(_Window):
    channels = fields.Nested(_Windows)


class _Cap(Block):
    counts = _enum(Counts, required=True)
    limit = Whole(least=1, required=True)
    per = Duration(required=True)
    exempt = _list(_enum(MessageClass))

    @staticmethod
    def makes(exempt: tuple[MessageClass, ...] = (), **given: Any) -> Cap:
        return Cap(exempt=frozenset(exempt), **given)


class _Blackout(Block):
    from_ = DayOrInstant(data_key="from", required=True)
    until = DayOrInstant(required=True)
    regions = _list(Text())

    @staticmethod
    def makes(from_: date, until: date, regions: tuple[str, ...] = ()) -> Blackout:
        return Blackout(begins=from_, ends=until, regions=regions)

    @validates
    def in_order(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        begins, ends = data["from_"], data["until"]
        if isinstance(begins, datetime) is not isinstance(ends, datetime):
            raise ValidationError("from and until must both be dates, or both be instants")
        if begins >= ends:
            raise ValidationError("from must be before until, which is no part of it any more")


class _Rates(Block):
    sms = RateField(allow_none=True)
    voice = RateField(allow_none=True)
    email = RateField(allow_none=True)

    @staticmethod
    def makes(**given: Any) -> dict[Channel, Any]:
        return {Channel(name): rate for name, rate in given.items()}


class _Policy(Block):
    default_timezone = place(allow_none=True)
    window = fields.Nested(_Usual)
    channels = fields.Nested(_Windows)
    legal_windows = Flag()
    holidays = fields.List(holiday_country(), validate=_distinct)
    blackouts = _list(fields.Nested(_Blackout))
    caps = _list(fields.Nested(_Cap))
    on_cap = _enum(OnCap)
    useful_until = Duration()
    rates = fields.Nested(_Rates)


class _Circumstances(_Match):
    makes = Circumstances
    words = _list(Text(), least=1)


class _Class(Block):
    makes = ComplaintClass
    id = Text(required=True, most=LONGEST_ID)
    when = fields.Nested(_Circumstances)
    clock = _enum(ClockKind)
    respond = Duration()
    resolve = Duration()
    tell = Duration()
    escalate_to = _list(Text())
    callback = fields.Nested(_CareCall, allow_none=True)


class _Complaints(Block):
    reopen = Flag()
    max_reopens = Whole(least=0, most=100)
    per = Duration()
    classes = _list(fields.Nested(_Class), least=1)
    capacity = Whole(least=1, allow_none=True)
    recovery_survey = Text(most=LONGEST_ID, allow_none=True)


class _Booking(Block):
    makes = Booking
    earliest = Duration(least="0s")
    latest = Duration()

    @validates
    def in_order(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        booking = Booking(**data)
        if booking.earliest >= booking.latest:
            raise ValidationError("earliest must be before latest")


class _Callbacks(Block):
    makes = CallbackRules
    slot = Duration(least="1m")
    capacity = Whole(least=1)
    book = fields.Nested(_Booking)
    remind = Duration(least="0s")
    attempts = _list(Attempt(), least=1)
    ring = Duration()
    mode = _enum(DialMode)
    max_dials_per_day = Whole(least=1, most=100)


class _Report(Block):
    makes = ReportRule
    id = Text(required=True, most=LONGEST_ID)
    every = Text(required=True, validate=validate.OneOf(PERIODS, error="must be one of {choices}"))
    at = TimeOfDay()
    to = fields.List(
        Text(),
        required=True,
        validate=[validate.Length(min=1, error="must not be empty"), _distinct],
    )
    program = Text(most=LONGEST_ID, allow_none=True)
    team = Text(allow_none=True)
    locale = Text(
        validate=validate.OneOf(LOCALES, error="must be one of {choices}"), allow_none=True
    )
    tz = place(allow_none=True)


class _Retention(Block):
    makes = Retention
    events = Duration(least=_FEWEST_DAYS_OF_EVENTS)
    journal = Duration(least="1d")
    comments = Duration(least="1d")
    exports = Duration(least="1h")


class RulesSchema(Block):
    """The whole of `huifang.yaml`; loading it gives the blocks that are there, by name."""

    brand = fields.Nested(_Brand)
    centre = fields.Nested(_Centre)
    people = Table(_Role)
    agents = _list(fields.Nested(_Agent))
    targets = fields.Nested(_Targets)
    desks = Table(_Desk)
    programs = _list(fields.Nested(_Program))
    policy = fields.Nested(_Policy)
    complaints = fields.Nested(_Complaints)
    callbacks = fields.Nested(_Callbacks)
    retention = fields.Nested(_Retention)
    reports = _list(fields.Nested(_Report))
