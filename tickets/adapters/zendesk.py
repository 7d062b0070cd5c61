"""Turns Zendesk's event webhooks into our events, and checks that Zendesk sent them."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tickets.completing import unfinished
from tickets.documents import items, part
from tickets.intake import read_event
from tickets.model import Event, Ignored, Refused, Unfinished
from tickets.ports import Facts

SOLVED, CLOSED = "solved", "closed"
DONE = frozenset({SOLVED, CLOSED})
#: States in which somebody works or waits again.
OPEN_AGAIN = frozenset({"new", "open", "pending", "hold"})
#: What Zendesk puts on a ticket that went up in another one.
MERGED_TAG = "closed_by_merge"

_TYPE = "zen:event-type:ticket."
_GONE = frozenset({"soft_deleted", "permanently_deleted", "marked_as_spam"})
_SUBJECT = "zen:ticket:"

#: Where our fields stand in what Zendesk sends, for a refusal that its administrator can use.
_PLACES = {
    "data.ticket.id": "detail.id",
    "data.ticket.closed_at": "time",
    "data.customer.id": "detail.requester_id",
}


def read(payload: object, source: str, now: datetime) -> Event | Unfinished | Ignored | Refused:
    """The event in the body of a webhook that is subscribed to ticket events; total.

    The shape is that of Zendesk's page on ticket events (event version 2022-11-06). A solved
    ticket counts as closed; that Zendesk closes it for good some days later is no second closing.
    """
    if not isinstance(payload, dict):
        return Refused(id=None, path="", reason="not an object")
    type_ = payload.get("type")
    if not isinstance(type_, str):
        return Refused(id=None, path="type", reason="needed")
    if not type_.startswith(_TYPE):
        return Ignored(reason=f"{type_[:64]!r} is no event of a ticket")
    change, detail = part(payload, "event"), part(payload, "detail")
    kind = _kind(type_.removeprefix(_TYPE), change, detail)
    if isinstance(kind, Ignored):
        return kind
    document = _document(kind, payload, change, detail, source)
    told = unfinished(document, now) if kind == "ticket.closed" else read_event(document, now)
    if isinstance(told, Refused):
        return Refused(id=told.id, path=_PLACES.get(told.path, told.path), reason=told.reason)
    return told


def signed(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Whether `X-Zendesk-Webhook-Signature` is the base64 HMAC-SHA256 of timestamp and body.

    Total; header names are in lower case. Without a secret nothing is signed. How old it is does
    not matter: what was sent before is known by the event's id.
    """
    given = headers.get("x-zendesk-webhook-signature", "").encode("utf-8", "surrogatepass")
    stamp = headers.get("x-zendesk-webhook-signature-timestamp", "")
    if not secret or not given or not stamp:
        return False
    key = secret.encode("utf-8", "surrogatepass")
    told = stamp.encode("utf-8", "surrogatepass") + body
    expected = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest())
    return hmac.compare_digest(expected, given)


def facts(user: Mapping[str, Any], ticket: Mapping[str, Any]) -> Facts:
    """What the API says of a customer and, with `users` and `groups` beside it, of the ticket."""
    about = part(ticket, "ticket")
    groups = {str(item.get("id")): item for item in items(ticket, "groups")}
    users = {str(item.get("id")): item for item in items(ticket, "users")}
    agent = users.get(str(about.get("assignee_id")), {})
    return Facts(
        ticket={
            "team": groups.get(str(about.get("group_id")), {}).get("name"),
            "agent": {name: agent.get(name) for name in ("id", "name", "email")} if agent else None,
            "priority": about.get("priority"),
            "opened_at": about.get("created_at"),
            "tags": about.get("tags"),
        },
        customer={
            "id": user.get("id"),
            "name": user.get("name"),
            "phone": user.get("phone"),
            "email": user.get("email"),
            "locale": user.get("locale"),
            "timezone": user.get("iana_time_zone"),
        },
    )


def _kind(name: str, change: Mapping[str, Any], detail: Mapping[str, Any]) -> str | Ignored:
    if name == "merged":
        return "ticket.merged"
    if name in _GONE:
        return "ticket.deleted"
    if name != "status_changed":
        return Ignored(reason=f"the event {name[:64]!r} neither closes nor reopens")
    after, before = _state(change.get("current")), _state(change.get("previous"))
    after = after or _state(detail.get("status"))
    if after == CLOSED and MERGED_TAG in (detail.get("tags") or ()):
        return "ticket.merged"
    if after in DONE:
        return Ignored(reason="the ticket was done before") if before in DONE else "ticket.closed"
    if after == "deleted":
        return "ticket.deleted"
    if after not in OPEN_AGAIN:
        return Ignored(reason=f"the state {after[:64]!r} neither closes nor reopens")
    if before and before not in DONE:
        return Ignored(reason="the ticket was not done before")
    return "ticket.reopened"


def _document(
    kind: str,
    payload: Mapping[str, Any],
    change: Mapping[str, Any],
    detail: Mapping[str, Any],
    source: str,
) -> dict[str, object]:
    via = part(detail, "via").get("channel")
    assignee = detail.get("assignee_id")
    return {
        "specversion": "1.0",
        "id": payload.get("id"),
        "source": source,
        "type": kind,
        "time": payload.get("time"),
        "data": {
            "ticket": {
                "id": detail.get("id") or _subject(payload.get("subject")),
                "category": detail.get("type"),
                "channel": via.lower() if isinstance(via, str) else None,
                "priority": _state(detail.get("priority")) or None,
                "agent": {"id": assignee} if assignee else None,
                "opened_at": detail.get("created_at"),
                "closed_at": payload.get("time") if kind == "ticket.closed" else None,
                "tags": detail.get("tags"),
                "confirms": not change.get("previous") and _state(detail.get("status")) == CLOSED,
                "merged_into": change.get("target_ticket_id"),
            },
            "customer": {"id": detail.get("requester_id")},
            "zendesk": {name: detail.get(name) for name in ("external_id", "group_id", "form_id")},
        },
    }


def _subject(told: object) -> str | None:
    """The id in `zen:ticket:5158`."""
    return told.removeprefix(_SUBJECT) if isinstance(told, str) else None


def _state(told: object) -> str:
    """Zendesk writes states in upper case here and in lower case there."""
    return told.strip().lower() if isinstance(told, str) else ""
