"""Finds the zones and countries in which a person may be living, so that each can be asked."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as number_zones

from channels.places import ZONES, part_of
from scheduler.hours import zone

CUSTOMER, DEFAULT, NUMBER, REGION, NONE = "customer", "default", "number", "region", "none"

#: What systems write by themselves that know no place; `Etc/GMT+0` and its like somebody chose.
PLACELESS = frozenset(
    ("UTC", "UCT", "GMT", "Zulu", "Universal", "Etc/UTC", "Etc/UCT", "Etc/Zulu", "Etc/Universal")
)

_LONGEST_CALLING_CODE = 3
_NO_COUNTRY = "001"  # how the library calls satellites and other networks of no country

Zones = tuple[ZoneInfo, ...]


def plausible(
    timezone: str | None, phone: str | None, region: str | None, default: str | None
) -> tuple[Zones, str]:
    """The zones a person may be in, and from what they are known.

    The customer's own zone, else all of number (E.164) and region, of which the configured one is
    taken where it is among them; it also stands in where they tell nothing. The second value is
    `customer`, `default`, `number`, `region` or `none`. What names no zone is passed over. A
    customer's UTC or GMT may be true, or written where no place was known: both it and what else is
    known are plausible. A region (ISO 3166-2) replaces the zones of a number which tells only that
    country; beside a number which tells a place, both are plausible.
    """
    own = zone(timezone)
    if own is not None and own.key not in PLACELESS:
        return (own,), CUSTOMER
    part = part_of(region)
    there = _known(ZONES[part]) if part else ()
    found, source = _told(phone, part, there)
    configured = zone(default)
    # An operator's own zone must not make it day in New York while it is day in Shanghai.
    if configured is not None and configured in (found or there or (configured,)):
        found, source = (configured,), DEFAULT
    if own is None:
        return found, source
    return tuple(dict.fromkeys((*found, own))), source if found else CUSTOMER


def _told(phone: str | None, part: str | None, there: Zones) -> tuple[Zones, str]:
    number = _parsed(phone)
    if number is None:
        return (there, REGION) if there else ((), NONE)
    found = _known(number_zones.time_zones_for_number(number))
    if not found or not there:
        return (found, NUMBER) if found else ((), NONE)
    vague = not phonenumbers.is_number_geographical(number)
    if vague and part and part.startswith(f"{phonenumbers.region_code_for_number(number)}-"):
        return there, REGION
    return tuple(dict.fromkeys((*found, *there))), NUMBER


def countries(phone: str | None, region: str | None) -> tuple[str, ...]:
    """The countries (ISO 3166) whose law may bind: the number's, and the region's if it names one.

    All that share its calling code where a number does not tell which; empty where none is known.
    """
    part = part_of(region)
    named = (*_numbered(phone), *((part.partition("-")[0],) if part else ()))
    return tuple(dict.fromkeys(named))


def _numbered(phone: str | None) -> tuple[str, ...]:
    if not phone or not phone.startswith("+"):
        return ()
    for length in range(2, _LONGEST_CALLING_CODE + 2):
        code = phone[1:length]
        if not (code.isascii() and code.isdigit()):
            return ()
        sharing = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code), ())
        if len(sharing) == 1:  # most countries: taking the number apart would tell no more
            return () if sharing[0] == _NO_COUNTRY else sharing
        if sharing:
            number = _parsed(phone)
            country = phonenumbers.region_code_for_number(number) if number else None
            return (country,) if country else sharing
    return ()


def _parsed(phone: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(phone, None) if phone else None
    except phonenumbers.NumberParseException:
        return None


def _known(names: Iterable[str]) -> Zones:
    """The zones of all names, or none at all when one of them is unknown here.

    Leaving the unknown one out would let a call through at an hour which is night there.
    """
    found = tuple(zone(name) for name in names)
    known = tuple(place for place in found if place is not None)
    return known if len(known) == len(found) else ()
