"""Reads what a caller of the sandbox's own API asks for."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.world import Customer, Ticket, World

MAX_TEXT = 1600
MAX_ADVANCE = timedelta(days=366)
_DURATION = re.compile(r"(\d{1,9})(ms|s|m|h|d)")
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_ID = re.compile(r"[^\s/]{1,64}")
_STATUSES = ("open", "closed", "archived")
_TICKET_FIELDS = ("category", "product", "region", "channel", "priority", "team", "tags")
TICKET_KEYS = frozenset(
    {"id", "title", "status", "cycle", "agent", "customer", "customer_id", "fields", "opened_at"}
).union(_TICKET_FIELDS)
_CUSTOMER_KEYS = frozenset(
    {"id", "name", "phone", "email", "locale", "timezone", "tier", "preferences"}
)

Json = dict[str, object]


class Unusable(ValueError):
    """What was asked makes no sense; the text says why."""


async def body(request: web.Request, allowed: frozenset[str]) -> Json:
    """Return the JSON object of a request; none at all is an empty one."""
    if not request.can_read_body:
        return {}
    # A form of another site can post text/plain without asking; JSON it cannot.
    if request.content_type != "application/json":
        raise Unusable("the body is application/json")
    try:
        given = await request.json()
    except ValueError as failure:
        raise Unusable("the body is no JSON") from failure
    if not isinstance(given, dict):
        raise Unusable("the body is a JSON object")
    if unknown := sorted(set(given) - allowed):
        raise Unusable(f"unknown: {', '.join(unknown)}")
    return given


def text(given: Mapping[str, object], name: str, default: str | None = None) -> str:
    """Return a string that must be there unless it has a default."""
    value = given.get(name, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise Unusable(f"{name} is a text")
    if len(value) > MAX_TEXT:
        raise Unusable(f"{name} has at most {MAX_TEXT} characters")
    return value


def truth(given: Mapping[str, object], name: str) -> bool:
    """Return a boolean; left out means false."""
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise Unusable(f"{name} is true or false")
    return value


def number(given: Mapping[str, object], name: str, default: int | None) -> int | None:
    """Return an integer or null."""
    value = given.get(name, default)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise Unusable(f"{name} is an integer or null")
    return value


def instant(given: Mapping[str, object], name: str) -> datetime | None:
    """Return an aware instant, or None when it is left out."""
    value = given.get(name)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as failure:
        raise Unusable(f"{name} is an RFC 3339 time") from failure
    if found.tzinfo is None:
        raise Unusable(f"{name} has no offset")
    return found


def duration(given: Mapping[str, object], name: str) -> timedelta:
    """Return a duration such as 90s, 15m, 2h or 30d."""
    parts = _DURATION.fullmatch(text(given, name))
    if parts is None:
        raise Unusable(f"{name} is a duration such as 90s, 15m, 2h or 30d")
    found = int(parts[1]) * _UNITS[parts[2]] if int(parts[1]) < 10**8 else MAX_ADVANCE * 2
    if found > MAX_ADVANCE:
        raise Unusable(f"{name} is at most {MAX_ADVANCE.days}d")
    return found


def ticket(given: Json, kept: World, now: datetime) -> Ticket:
    """Return the ticket that a caller wants at the desk."""
    if unknown := sorted(set(given) - TICKET_KEYS):
        raise Unusable(f"unknown: {', '.join(unknown)}")
    ticket_id = text(given, "id", kept.next_ticket_id())
    if not _ID.fullmatch(ticket_id):
        raise Unusable("id is 1 to 64 characters without blanks and slashes")
    status = text(given, "status", "open")
    if status not in _STATUSES:
        raise Unusable(f"status is one of {', '.join(_STATUSES)}")
    fields = _object(given, "fields") | {k: given[k] for k in _TICKET_FIELDS if k in given}
    return Ticket(
        id=ticket_id,
        title=_title(given.get("title", ticket_id)),
        customer=_customer(given, kept),
        fields={"category": "other", **fields},
        agent={k: str(v) for k, v in _object(given, "agent").items()},
        opened_at=instant(given, "opened_at") or now,
        status=status,
        cycle=number(given, "cycle", 0) or 0,
    )


def _title(given: object) -> dict[str, str]:
    if isinstance(given, str):
        return {"zh-CN": given, "en": given}
    if isinstance(given, dict) and given:
        return {str(language): str(value) for language, value in given.items()}
    raise Unusable("title is a text, or texts by language")


def _customer(given: Json, kept: World) -> Customer:
    known = kept.customers.get(text(given, "customer_id", ""))
    about = _object(given, "customer")
    if unknown := sorted(set(about) - _CUSTOMER_KEYS):
        raise Unusable(f"unknown in customer: {', '.join(unknown)}")
    if known is None and not about:
        raise Unusable("customer, or the customer_id of a known one, is needed")
    if known is None:
        known = Customer(id=text(about, "id"), name=text(about, "name", ""))
    plain = {
        name: text(about, name, "") or None
        for name in ("phone", "email", "locale", "timezone", "tier")
        if about.get(name) is not None
    }
    return replace(
        known,
        id=text(about, "id", known.id),
        name=text(about, "name", known.name),
        preferences=_object(about, "preferences") or known.preferences,
        **plain,
    )


def _object(given: Mapping[str, object], name: str) -> Json:
    value = given.get(name, {})
    if not isinstance(value, dict):
        raise Unusable(f"{name} is an object")
    return value
