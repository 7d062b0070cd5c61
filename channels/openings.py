"""Works out the hours at which a person may be reached by a channel, and by whose rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, reduce
from zoneinfo import ZoneInfo

import phonenumbers

from channels.laws import Law, binding
from channels.model import Channel, Person
from channels.places import part_of
from channels.terms import Blackout, Facts, Rules
from channels.zones import countries, plausible
from scheduler.hours import (
    DAY_MINUTES,
    Period,
    Schedule,
    Window,
    daily,
    narrowed,
    parse_window,
)

_ALWAYS = Window(opens=0, closes=DAY_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Hours:
    """The schedules that rest on the same rules: alone, and `every` one of them together.

    Made once for the same rules, and so compared by being the same.
    """

    laws: tuple[Law, ...]
    window: Schedule
    holidays: Schedule
    blackouts: Schedule
    every: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """When one person may be reached by one channel.

    `source`: what the zones are known from. `window`: the operator's, narrowed by the person's
    own; `own` says what became of the latter: `none`, `kept` or `unreadable`. `hours`: what the
    window and the laws leave, and what holidays and blackouts leave, which bind one by one.
    """

    zones: tuple[ZoneInfo, ...]
    source: str
    window: Window
    own: str
    blackouts: tuple[Blackout, ...]
    hours: _Hours


def openings(channel: Channel, facts: Facts, rules: Rules) -> Openings:
    """What the rules, the law and the person's own wishes say of the hours of a channel."""
    person, reach = facts.person, facts.reachable.get(channel)
    by_number = reach is not None and channel is not Channel.EMAIL
    phone = reach.address.value if reach is not None and by_number else person.phone
    zones, source = plausible(person.timezone, phone, person.region, rules.default_timezone)
    window, own = _narrowed(rules.windows.get(channel, rules.window), person)
    lands: tuple[str, ...] = ()
    if rules.legal_windows or rules.blackouts:
        lands = countries(phone, person.region)
    blackouts = tuple(each for each in rules.blackouts if _concerns(each, person.region, lands))
    legal = lands if rules.legal_windows else ()
    hours = _hours(window, channel, legal, part_of(person.region), rules.holidays, blackouts)
    return Openings(
        zones=zones, source=source, window=window, own=own, blackouts=blackouts, hours=hours
    )


def _narrowed(window: Window, person: Person) -> tuple[Window, str]:
    if person.window is None:
        return window, "none"
    try:
        own = parse_window(*person.window)
    except (ValueError, TypeError):  # stored long ago, perhaps; it can only have narrowed
        return window, "unreadable"
    both = Window(opens=max(window.opens, own.opens), closes=min(window.closes, own.closes))
    return both, "kept"


def _concerns(blackout: Blackout, region: str | None, lands: tuple[str, ...]) -> bool:
    """Whether a person may be in one of a blackout's regions, or nobody knows better.

    A region goes by the operator's own name (`JX`), with its country (`CN-JX`), or as a country.
    """
    here = _code(region)
    given = {_code(each) for each in blackout.regions}
    if not given or not here or not given.isdisjoint(lands):
        return True
    mine = _places(here, lands)
    return any(_meet(place, other) for each in given for other in _places(each) for place in mine)


_Place = tuple[str | None, str | None]  # country and part of it, where they are known


def _code(region: str | None) -> str:
    return (region or "").strip().upper()


def _places(code: str, lands: tuple[str, ...] = ()) -> list[_Place]:
    """What a region may stand for: `HN` is a part of some country, or Honduras.

    A name without its country is of one of the `lands`, if any are known.
    """
    land, _, part = code.partition("-")
    if part and land in phonenumbers.SUPPORTED_REGIONS:
        return [(land, part)]
    found: list[_Place] = [(each, code) for each in lands] or [(None, code)]
    if code in phonenumbers.SUPPORTED_REGIONS and (not lands or code in lands):
        found.append((code, None))
    return found


def _meet(one: _Place, other: _Place) -> bool:
    return all(None in pair or pair[0] == pair[1] for pair in zip(one, other, strict=True))


@lru_cache(maxsize=2048)
def _hours(
    window: Window,
    channel: Channel,
    lands: tuple[str, ...],
    part: str | None,
    holidays: tuple[str, ...],
    blackouts: tuple[Blackout, ...],
) -> _Hours:
    laws = binding(lands, part, channel)
    lawful = reduce(narrowed, (law.hours for law in laws), daily(window))
    kept = Schedule(week=daily(_ALWAYS).week, holidays=holidays)
    quiet = _outside(blackouts)
    every = narrowed(narrowed(lawful, kept), quiet)
    return _Hours(laws=laws, window=lawful, holidays=kept, blackouts=quiet, every=every)


def _outside(blackouts: Iterable[Blackout]) -> Schedule:
    days: list[tuple[date, date]] = []
    periods: list[Period] = []
    for each in blackouts:
        if isinstance(each.begins, datetime) and isinstance(each.ends, datetime):
            periods.append((each.begins, each.ends))
        else:
            days.append((each.begins, each.ends))
    return Schedule(week=daily(_ALWAYS).week, days_off=tuple(days), closures=tuple(periods))
