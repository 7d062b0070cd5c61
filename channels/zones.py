"""Finds the zones in which a person may be living, so that every one of them can be asked."""

from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as number_zones

from scheduler.hours import zone

CUSTOMER, DEFAULT, NUMBER, NONE = "customer", "default", "number", "none"


def plausible(
    timezone: str | None, phone: str | None, default: str | None
) -> tuple[tuple[ZoneInfo, ...], str]:
    """The zones a person may be in, and from what they are known.

    The customer's own zone, else the configured one, else all of the number (E.164); the second
    value is `customer`, `default`, `number` or `none`. A name that is no zone is passed over.
    """
    own = zone(timezone)
    if own is not None:
        return (own,), CUSTOMER
    configured = zone(default)
    if configured is not None:
        return (configured,), DEFAULT
    found = _of_number(phone) if phone else ()
    return (found, NUMBER) if found else ((), NONE)


def _of_number(phone: str) -> tuple[ZoneInfo, ...]:
    """Every zone of a number, or none at all when one of them is unknown here.

    Leaving the unknown one out would let a call through at an hour which is night there.
    """
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return ()
    found = tuple(zone(name) for name in number_zones.time_zones_for_number(number))
    known = tuple(place for place in found if place is not None)
    return known if len(known) == len(found) else ()
