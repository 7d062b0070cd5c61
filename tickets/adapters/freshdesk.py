"""Turns what a Freshdesk automation rule posts into our events."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from tickets.completing import unfinished
from tickets.fields import read_instant
from tickets.intake import read_event
from tickets.model import Event, Ignored, Refused, Unfinished

#: What says that a ticket is done: Freshdesk's codes for resolved and closed, and their names.
CLOSED = frozenset({"4", "5", "resolved", "closed"})

_CHANGE = re.compile(
    r"\bstatus\s*:\s*\{\s*from\s*:\s*(?P<before>[^,{}]*),\s*to\s*:\s*(?P<after>[^,{}]*)\}"
)
_RUBY_OFFSET = re.compile(r" ?([+-]\d\d):?(\d\d)$", re.ASCII)
_LONGEST_CHANGE = 2_000
_CLOSED_AT = ("closed_at", "resolved_at")

#: Where our fields stand in what the rule posts, for a refusal that its author can use.
_PLACES = {
    "id": "ticket_id",
    "time": "event_time",
    "data.ticket.id": "ticket_id",
    "data.ticket.closed_at": "closed_at",
    "data.customer.id": "requester_id",
}


def read(
    payload: object,
    source: str,
    now: datetime,
    *,
    closed_states: Collection[str] = (),
) -> Event | Unfinished | Ignored | Refused:
    """The event in the body of a rule's webhook; total.

    The body is the rule's author's own; we read Freshdesk's placeholders under the names that its
    simple editor gives them (`ticket_id`, `ticket_status`, `triggered_event`, `requester_email`
    and so on), bare or within `freshdesk_webhook`. Codes or names of an account's own states that
    mean done are `closed_states`, in lower case. Freshdesk tells neither ids nor instants of its
    events unless `event_time` is asked for: then the arrival is taken, and the system is asked for
    the closing's own time, as it is for a customer whose id or number is not in the body.
    """
    told = payload.get("freshdesk_webhook", payload) if isinstance(payload, dict) else None
    if not isinstance(told, dict):
        return Refused(id=None, path="freshdesk_webhook", reason="not an object")
    kind = _kind(told, CLOSED | frozenset(closed_states))
    if isinstance(kind, Ignored | Refused):
        return kind
    document = _document(kind, told, source, now)
    lacking = kind == "ticket.closed" and _lacks(told, document)
    event = unfinished(document, now) if lacking else read_event(document, now)
    if isinstance(event, Refused):
        return Refused(id=event.id, path=_PLACES.get(event.path, event.path), reason=event.reason)
    return event


def _kind(told: Mapping[str, Any], done: Collection[str]) -> str | Ignored | Refused:
    change = told.get("triggered_event")
    before, after = _change(change)
    if after is None and change not in (None, "", {}):
        return Ignored(reason="the state did not change")
    after = after or _word(told.get("ticket_status")) or _word(told.get("status"))
    if after is None:
        return Refused(id=None, path="ticket_status", reason="needed, or triggered_event")
    if after in done:
        over = before is not None and before in done
        # Resolved tickets are closed by Freshdesk some days later: that is no second closing.
        return Ignored(reason="the ticket was done before") if over else "ticket.closed"
    if before is not None and before not in done:
        return Ignored(reason="the ticket was not done before")
    return "ticket.reopened"


def _change(told: object) -> tuple[str | None, str | None]:
    """The states before and after, from `{status:{from:2,to:4}}`, which is no JSON."""
    if isinstance(told, dict):
        status = told.get("status")
        pair = status if isinstance(status, dict) else {}
        return _word(pair.get("from")), _word(pair.get("to"))
    plain = told.replace('"', "")[:_LONGEST_CHANGE] if isinstance(told, str) else ""
    match = _CHANGE.search(plain)
    return (_word(match["before"]), _word(match["after"])) if match else (None, None)


def _lacks(told: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Whether the system must be asked: for the customer, or for when the ticket was closed."""
    customer, ticket = document["data"]["customer"], document["data"]["ticket"]
    known = customer["id"] and customer["phone"]
    return not known or not (ticket["closed_at"] or _time(told))


def _document(kind: str, told: Mapping[str, Any], source: str, now: datetime) -> dict[str, Any]:
    id_, at = _said(told, "ticket_id", "id"), _time(told)
    before, after = _change(told.get("triggered_event"))
    word = after or _word(told.get("ticket_status")) or _word(told.get("status"))
    return {
        "specversion": "1.0",
        "id": f"{id_}:{word}:{at or now.isoformat()}" if id_ is not None else None,
        "source": source,
        "type": kind,
        "time": at or now.isoformat(),
        "data": {
            "ticket": _ticket(told, id_, before),
            "customer": _customer(told),
            "freshdesk": {name: value for name, value in told.items() if not _is_story(name)},
        },
    }


def _ticket(told: Mapping[str, Any], id_: object, before: str | None) -> dict[str, object]:
    tags, closed_at = _said(told, "ticket_tags", "tags"), _first_instant(told, *_CLOSED_AT)
    return {
        "id": id_,
        "category": _said(told, "ticket_ticket_type", "ticket_type", "category"),
        "product": _said(told, "ticket_product_name", "product"),
        "region": _said(told, "ticket_cf_region", "region"),
        "channel": _said(told, "ticket_source", "source"),
        "priority": _said(told, "ticket_priority", "priority"),
        "team": _said(told, "ticket_group_name", "group_name"),
        "agent": {
            "id": _said(told, "ticket_agent_id", "agent_id", "responder_id"),
            "name": _said(told, "ticket_agent_name", "agent_name"),
            "email": _said(told, "ticket_agent_email", "agent_email"),
        },
        "closed_at": closed_at,
        # A rule that does not say what changed may run at any change of a ticket that is done.
        "confirms": closed_at is None and before is None,
        "tags": [tag.strip() for tag in tags.split(",")] if isinstance(tags, str) else tags,
    }


def _customer(told: Mapping[str, Any]) -> dict[str, object]:
    def said(name: str) -> object:
        names = (f"{whose}_{name}" for whose in _WHOSE)
        return _said(told, *names)

    return {
        "id": said("id") or said("unique_external_id"),
        "name": said("name"),
        "phone": said("mobile") or said("phone"),
        "email": said("email"),
        "locale": said("language"),
        "timezone": _zone(said("time_zone")),
        "tier": "vip" if _word(said("vip")) in ("true", "vip", "yes") else None,
    }


#: How the editor, its older versions and authors call the customer.
_WHOSE = ("requester", "ticket_requester", "ticket_contact", "contact")


def _zone(told: object) -> object:
    # Freshdesk names zones as Rails does ("Beijing"); only IANA's names are understood here.
    return told if isinstance(told, str) and "/" in told else None


def _is_story(name: str) -> bool:
    return "description" in name or "comment" in name


def _said(told: Mapping[str, Any], *names: str) -> Any:
    """The first of these that says something."""
    return next((told[name] for name in names if told.get(name) not in (None, "", [])), None)


def _word(told: object) -> str | None:
    if isinstance(told, bool) or not isinstance(told, str | int):
        return None
    return str(told).strip().lower() or None


def _time(told: Mapping[str, Any]) -> str | None:
    return _first_instant(told, "event_time", "ticket_modified_on", "updated_at")


def _first_instant(told: Mapping[str, Any], *names: str) -> str | None:
    found = (_instant(told.get(name)) for name in names)
    return next((at for at in found if at is not None), None)


def _instant(told: object) -> str | None:
    """A time as RFC 3339 has it or as Ruby writes it (`2026-11-20 12:00:00 +0800`), else None."""
    if not isinstance(told, str):
        return None
    text = _RUBY_OFFSET.sub(r"\1:\2", told.strip().removesuffix(" UTC"))
    text = f"{text}Z" if told.strip().endswith(" UTC") else text
    try:
        return read_instant(text).isoformat()
    except ValueError:
        return None
