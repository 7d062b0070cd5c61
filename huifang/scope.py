"""Reads which responses and invitations are asked about: in what time, credited to what."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.faults import FieldError, Invalid
from scheduler.hours import zone
from surveys import listing, report
from surveys.periods import PERIODS, Period, periods
from surveys.report import GROUPS, Selection

FLAGS = ("low", "late", "suspect")

_MOST_PERIODS = 1_500  # four years of days
_LONGEST = 255
_MOST_KNOWN = 5_000  # names looked through for what somebody may have meant
_SHOWN = 8
_SAY = "Write a time with its offset, such as 2026-11-21T00:00:00+08:00."
_INSTANT: dict[str, str | list[Any] | dict[Any, Any]] = {"invalid": _SAY, "invalid_awareness": _SAY}
_NO_FLAGS = (
    "Figures leave out what is late or suspect and tell low_rate of the rest; "
    "/v1/responses lists by this."
)


_BARE_PLUS = re.compile(r"(?<=T)(\S+) (?=\d\d:?\d\d$)", re.ASCII)


class Instant(fields.AwareDateTime):
    """An instant of a query, where a plus sign that was not written as %2B arrives as a space."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        mended = _BARE_PLUS.sub(r"\1+", value) if isinstance(value, str) else value
        return super()._deserialize(mended, attr, data, **kwargs)


class CreditedSchema(Schema):
    """What responses are narrowed to by name."""

    survey = fields.String(validate=validate.Length(1, _LONGEST))
    version = fields.String(validate=validate.Length(1, _LONGEST))
    program = fields.String(validate=validate.Length(1, _LONGEST))
    team = fields.String(validate=validate.Length(1, _LONGEST))
    agent = fields.String(validate=validate.Length(1, _LONGEST))
    region = fields.String(validate=validate.Length(1, _LONGEST))
    product = fields.String(validate=validate.Length(1, _LONGEST))
    category = fields.String(validate=validate.Length(1, _LONGEST))
    channel = fields.String(validate=validate.Length(1, _LONGEST))


class ScopeSchema(CreditedSchema):
    """What all questions about responses have in common."""

    since = Instant(
        data_key="from",
        format="iso",
        error_messages=_INSTANT,
        metadata={"description": "at this instant or later"},
    )
    until = Instant(
        data_key="to",
        format="iso",
        error_messages=_INSTANT,
        metadata={"description": "before this instant"},
    )


def is_zone(name: str) -> None:
    """ValidationError unless it is an IANA time zone."""
    if zone(name) is None:
        raise ValidationError("This is no IANA time zone.")


class GroupedSchema(ScopeSchema):
    """What figures are asked by."""

    group_by = fields.List(
        fields.String(validate=validate.OneOf([*GROUPS, *PERIODS])),
        metadata={"description": "repeatable; `day`, `week` (ISO) and `month` are those of `tz`"},
    )
    tz = fields.String(
        validate=is_zone, metadata={"description": "IANA zone; without it the service centre's"}
    )
    min_n = fields.Integer(
        load_default=10,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "groups of fewer responses are told without figures"},
    )

    @validates_schema(pass_original=True)
    def _no_flags(self, data: Any, original: Any, **_: Any) -> None:
        """A filter that is left out in silence would have a wrong figure believed."""
        faults = {name: [_NO_FLAGS] for name in FLAGS if name in original}
        if faults:
            raise ValidationError(faults)


def selection(query: Mapping[str, Any]) -> Selection:
    """What a query means."""
    return Selection(
        since=query.get("since"),
        until=query.get("until"),
        equal={name: query[name] for name in GROUPS if name in query},
        flags={name: query[name] for name in FLAGS if name in query},
        rating=query.get("rating"),
        kind=query.get("kind"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange:
    """A name that nothing was ever credited to, and `known` ones, the likest first."""

    name: str
    value: str
    known: tuple[str, ...]


async def strange(
    conn: AsyncConnection, equal: Mapping[str, str], most: int = _MOST_KNOWN
) -> list[Strange]:
    """What of a choice that found nothing may be misspelt; `equal` by names of `GROUPS`.

    A new team has no figures either, so it is no fault to ask about one.
    """
    found = []
    for name, value in equal.items():
        known = await listing.known(conn, name, most)
        # Of more names than are looked through nobody can say that this one is not there.
        if 0 < len(known) < most and value not in known:
            like = get_close_matches(value, known, _SHOWN, cutoff=0.0)
            found.append(Strange(name=name, value=value, known=tuple(like)))
    return found


async def misspelt(conn: AsyncConnection, equal: Mapping[str, str]) -> list[str]:
    """The same as lines for a terminal, by the options of commands."""
    return [
        f"--{each.name} {each.value}: nothing was ever recorded of it; "
        f"there are {', '.join(each.known)}"
        for each in await strange(conn, equal)
    ]


def asked_for(query: Mapping[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """What is grouped by, as it was asked; of which names, and periods."""
    asked = list(dict.fromkeys(query.get("group_by", ())))
    groups = [name for name in asked if name in GROUPS]
    return asked, groups, [name for name in asked if name in PERIODS]


async def cut(
    conn: AsyncConnection,
    spans: Sequence[str],
    query: Mapping[str, Any],
    timezone: Callable[[], str],
    now: datetime,
) -> list[Period] | None:
    """From the first of all that is counted up to now, within the time asked about; None: where no
    period is asked for.

    Invalid: there are too many.
    """
    if not spans:
        return None
    oldest = await report.span(conn)
    if oldest is None:
        return []
    wanted = selection(query)
    since = max(oldest, wanted.since or oldest)
    place = zone(query.get("tz") or timezone()) or ZoneInfo("UTC")
    latest = now + timedelta.resolution
    until = min(latest, wanted.until or latest)
    found = periods(spans, place, since, until, _MOST_PERIODS)
    if found is None:
        raise too_much("from", "These are too many periods.")
    return found


def too_much(path: str, reason: str) -> Invalid:
    """A fault that says what to narrow."""
    fault = FieldError(path=path, reason=reason)
    return Invalid("ask about less time, or by fewer things", errors=[fault])
