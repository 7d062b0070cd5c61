"""Reads what a page of figures is asked to show, and writes it into links as it was read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields, pre_load, validate

from huifang.scope import CreditedSchema
from kernel.endpoint import Call
from kernel.faults import FieldError, Invalid
from scheduler.hours import zone
from surveys.periods import PERIODS, day_of
from surveys.report import GROUPS

USUAL_DAYS = 30
"""Days that are shown where none are asked for, today among them."""

MOST_DAYS = 1_461

_MIN_N = 10


def _is_zone(name: str) -> None:
    if zone(name) is None:
        raise ValidationError("This is no IANA time zone. / 没有这个时区。")


class ViewSchema(CreditedSchema):
    """The filters in a page's address; an empty one is none."""

    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")
    by = fields.String(validate=validate.OneOf(PERIODS))
    tz = fields.String(validate=_is_zone)
    min_n = fields.Integer(validate=validate.Range(0, 1_000_000))

    @pre_load
    def _without_empty(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value != ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is shown: whole days from `first` to `last` of a zone, of what is named by `names`.

    `asked` is what the address said besides, so that links say it again. `mended` is what was made
    of days that could not be shown as they were asked for: `swapped`, `shortened` or nothing.
    """

    first: date
    last: date
    place: ZoneInfo
    by: str
    min_n: int
    names: Mapping[str, str]
    asked: Mapping[str, str]
    today: date
    mended: str = ""
    since: datetime = field(init=False)
    until: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", begins(self.first, self.place))
        object.__setattr__(self, "until", begins(self.last + timedelta(days=1), self.place))

    @property
    def days(self) -> int:
        """How many days are shown."""
        return (self.last - self.first).days + 1

    def query(self, *group_by: str) -> dict[str, Any]:
        """The same as a query of the API has it."""
        return {
            **self.names,
            "since": self.since,
            "until": self.until,
            "min_n": self.min_n,
            "tz": self.place.key,
            "group_by": list(group_by),
        }

    def link(self, path: str, **changed: Any) -> str:
        """A path of a page that shows the same but for what is changed; None leaves it out."""
        period = {"from": self.first.isoformat(), "to": self.last.isoformat()}
        told: dict[str, Any] = {**period, **self.names, **self.asked}
        told |= {name.rstrip("_"): value for name, value in changed.items()}
        kept = {name: value for name, value in told.items() if value is not None}
        return f"{path}?{urlencode(kept, quote_via=quote)}"

    def lasting(self, days: int) -> dict[str, str]:
        """The last days up to today, as `link` is told them."""
        return {"from_": f"{self.today - timedelta(days=days - 1)}", "to": f"{self.today}"}


def view_of(call: Call, timezone: Callable[[], str]) -> View:
    """What a page's validated query asks for; Invalid: no calendar has it.

    Days in the wrong order are shown in the right one, the latest of too many: the page says so.
    """
    query = call.query
    place = zone(query.get("tz") or timezone()) or ZoneInfo("UTC")
    today = call.now.astimezone(place).date()
    last = query.get("last") or max(today, query.get("first") or today)
    first = query.get("first") or _before(last, USUAL_DAYS - 1)
    mended = "swapped" if first > last else ""
    first, last = sorted((first, last))
    if not date(1970, 1, 2) <= first <= last < date(9999, 1, 1):
        said = "Choose days from 1970 to 9998. / 请选择1970年到9998年之间的日期。"
        raise Invalid("choose another time", errors=[FieldError(path="from", reason=said)])
    if (last - first).days >= MOST_DAYS:
        first, mended = _before(last, MOST_DAYS - 1), "shortened"
    days = (last - first).days + 1
    return View(
        first=first,
        last=last,
        place=place,
        by=query.get("by") or _usual(days),
        min_n=query.get("min_n", _MIN_N),
        names={name: query[name] for name in GROUPS if name in query},
        asked={name: str(query[name]) for name in ("by", "tz", "min_n") if name in query},
        today=today,
        mended=mended,
    )


def _usual(days: int) -> str:
    """Periods of which there are enough for a line and few enough to be told apart."""
    return "day" if days <= 45 else "week" if days <= 200 else "month"


def _before(day: date, days: int) -> date:
    return date.fromordinal(max(day.toordinal() - days, 1))


def begins(day: date, place: ZoneInfo) -> datetime:
    """The first instant of a day there."""
    return day_of(datetime.combine(day, time(12), tzinfo=place), place)
