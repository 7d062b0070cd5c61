"""Turns TMF621 trouble ticket notifications into our events."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tickets.addresses import read_phone
from tickets.completing import unfinished
from tickets.documents import items, part
from tickets.intake import read_event
from tickets.model import Event, Ignored, Refused, Unfinished
from tickets.ports import Facts

RESOLVED, CLOSED = "resolved", "closed"
DONE = frozenset({RESOLVED, CLOSED})
#: States in which somebody works or waits again.
OPEN_AGAIN = frozenset({"inprogress", "pending", "held"})
#: How the reason of a change begins that we asked for.
OURS = "huifang "

#: What happened, by the words of a type, such as TroubleTicketAttributeValueChangeEvent.
_NOTHING = ("create", "attributevaluechange", "informationrequired")
_CUSTOMERS = ("customer", "enduser", "contact", "originator", "requester", "user")

#: Where our fields stand in a notification, for a refusal that its sender can use.
_PLACES = {
    "id": "eventId",
    "time": "eventTime",
    "data.ticket.id": "event.troubleTicket.id",
    "data.ticket.closed_at": "event.troubleTicket.resolutionDate",
    "data.customer.id": "event.troubleTicket.relatedParty",
}


def read(payload: object, source: str, now: datetime) -> Event | Unfinished | Ignored | Refused:
    """The event in a notification of TMF621, version 3 to 5; total.

    The ticket stands in `event.troubleTicket`, or as some operators have it in `event` itself. A
    resolved ticket counts as closed; that it is closed for good afterwards is no second closing.
    """
    if not isinstance(payload, dict):
        return Refused(id=None, path="", reason="not an object")
    event = part(payload, "event")
    ticket = {**event, **_said(part(event, "troubleTicket"))}
    kind = _kind(_word(payload.get("eventType")), ticket)
    if isinstance(kind, Ignored | Refused):
        return kind
    document = _document(kind, payload, ticket, source)
    lacking = kind == "ticket.closed" and not reachable(party(ticket))
    told = unfinished(document, now) if lacking else read_event(document, now)
    if isinstance(told, Refused):
        return Refused(id=told.id, path=_PLACES.get(told.path, told.path), reason=told.reason)
    return told


def state(told: object) -> str:
    """A status in one form: `inProgress`, `InProgress` and `In Progress` are the same."""
    return _word(told)


def party(ticket: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whom a ticket is for: the customer among its related parties, or the nearest to one."""
    parties = [{**item, **part(item, "partyOrPartyRole")} for item in items(ticket, "relatedParty")]
    by_role = {_word(item.get("role")): item for item in reversed(parties)}
    return next((by_role[role] for role in _CUSTOMERS if role in by_role), {})


def reachable(told: Mapping[str, Any]) -> bool:
    """Whether a party has an id, and a number or a mailbox."""
    found = customer(told)
    return bool(found["id"] and (found["phone"] or found["email"]))


def customer(told: Mapping[str, Any]) -> dict[str, Any]:
    """A party, of a ticket or of the Party API (TMF632), as our customer."""
    names = (told.get("givenName"), told.get("familyName"))
    whole = " ".join(part.strip() for part in names if isinstance(part, str))
    return {
        "id": told.get("id"),
        "name": told.get("name") or told.get("fullName") or whole or None,
        "phone": _phone(_media(told)),
        "email": next(iter(_texts(_media(told), "emailAddress")), None),
    }


def facts(ticket: Mapping[str, Any], known: Mapping[str, Any]) -> Facts:
    """What the API says of a ticket, and of its customer with what the Party API adds."""
    found = {**customer(party(ticket)), **_said(customer(known))}
    return Facts(ticket=_ticket(ticket), customer=found)


def _kind(type_: str, ticket: Mapping[str, Any]) -> str | Ignored | Refused:
    if "delete" in type_:
        return "ticket.deleted"
    if any(word in type_ for word in _NOTHING):
        return Ignored(reason="the notification tells of no change of state")
    after = state(ticket.get("status"))
    if not after:
        return Refused(id=None, path="event.troubleTicket.status", reason="needed")
    if after in DONE:
        return "ticket.closed"
    if after not in OPEN_AGAIN:
        return Ignored(reason=f"the state {after[:64]!r} neither closes nor reopens")
    if str(ticket.get("statusChangeReason")).startswith(OURS):
        return Ignored(reason="it was opened again on our own order")
    return "ticket.reopened"


def _document(
    kind: str, payload: Mapping[str, Any], ticket: Mapping[str, Any], source: str
) -> dict[str, object]:
    at = payload.get("eventTime") or payload.get("timeOccurred")
    id_ = payload.get("eventId") or payload.get("eventUuid") or payload.get("id")
    after = state(ticket.get("status"))
    about: dict[str, object] = {"id": ticket.get("id"), **_ticket(ticket)}
    if kind == "ticket.closed":
        about["closed_at"] = ticket.get("resolutionDate") or at
        about["confirms"] = after == CLOSED
    return {
        "specversion": "1.0",
        "id": id_ or f"{ticket.get('id')}:{after}:{at}",
        "source": source,
        "type": kind,
        "time": at,
        "data": {"ticket": about, "customer": customer(party(ticket))},
    }


def _ticket(ticket: Mapping[str, Any]) -> dict[str, Any]:
    channel = ticket.get("channel")
    first = channel[0] if isinstance(channel, list) and channel else channel
    return {
        "category": ticket.get("category") or ticket.get("ticketType"),
        "channel": first.get("name") if isinstance(first, dict) else None,
        "priority": ticket.get("priority") or ticket.get("severity"),
        "opened_at": ticket.get("creationDate"),
        "close_reason": ticket.get("reasonCode"),
    }


def _media(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A party's ways to be reached, mobile numbers first: those can be texted."""
    found = [{**item, **part(item, "characteristic")} for item in items(told, "contactMedium")]
    return sorted(found, key=lambda item: "mobile" not in _word(_medium(item)))


def _medium(item: Mapping[str, Any]) -> str:
    return " ".join(str(item.get(name)) for name in ("mediumType", "contactType"))


def _phone(media: Iterable[Mapping[str, Any]]) -> str | None:
    numbers = _texts(media, "phoneNumber")
    return next((item for item in numbers if read_phone(item, None)), next(iter(numbers), None))


def _texts(media: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    values = (item.get(name) for item in media)
    return [value for value in values if isinstance(value, str) and value.strip()]


def _said(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _word(told: object) -> str:
    return "".join(char for char in told.lower() if char.isalnum()) if isinstance(told, str) else ""
