"""Turns Chatwoot's webhook into our events, and checks that Chatwoot sent it."""

import hashlib
import hmac
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tickets.completing import unfinished
from tickets.documents import part
from tickets.intake import read_event
from tickets.model import Event, Ignored, Refused, Unfinished

CHANGED = "conversation_status_changed"
RESOLVED = "resolved"
#: States in which somebody works or waits again.
OPEN_AGAIN = frozenset({"open", "pending", "snoozed"})
#: How far a signature's time may be from ours: Chatwoot sends once, so this is for clocks alone.
TOLERANCE = timedelta(minutes=5)

_DIGEST = "sha256="
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)

#: Where our fields stand in what Chatwoot sends, for a refusal that its administrator can use.
_PLACES = {
    "id": "id",
    "time": "updated_at",
    "data.ticket.id": "id",
    "data.ticket.closed_at": "updated_at",
    "data.customer.id": "meta.sender.id",
}


def read(payload: object, source: str, now: datetime) -> Event | Unfinished | Ignored | Refused:
    """The event in the body of an account's webhook; total.

    Only changes of a conversation's state are news: our own note comes back as a message, and
    changes nothing. The shape is that of Chatwoot's `Conversations::EventDataPresenter`, with the
    `changed_attributes` of `WebhookListener`. Chatwoot gives its events no id and its closings no
    number: both are derived from `updated_at`, which each change of state moves on. Without one, as
    of an automation rule's own webhook, the body is its own id, and its time is that of arrival.
    """
    if not isinstance(payload, dict):
        return Refused(id=None, path="", reason="not an object")
    event = payload.get("event")
    if not isinstance(event, str):
        return Refused(id=None, path="event", reason="needed")
    if event != CHANGED:
        return Ignored(reason=f"the event {event[:64]!r} is no change of state")
    state = payload.get("status")
    if not isinstance(state, str):
        return Refused(id=None, path="status", reason="needed")
    kind = _kind(state.strip().lower(), _previous(payload.get("changed_attributes")))
    if isinstance(kind, Ignored):
        return kind
    document = _document(kind, state, payload, source, now)
    lacking = kind == "ticket.closed" and not _customer(payload)
    found = unfinished(document, now) if lacking else read_event(document, now)
    if isinstance(found, Refused):
        return Refused(id=found.id, path=_PLACES.get(found.path, found.path), reason=found.reason)
    return found


def signed(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool:
    """Whether `X-Chatwoot-Signature` is `sha256=` and the hexadecimal HMAC of time and body; total.

    The time is that of `X-Chatwoot-Timestamp`, in seconds, joined to the body by a point; one that
    is far from `now` proves nothing. Without a secret nothing is signed.
    """
    stamp, header = headers.get("x-chatwoot-timestamp", ""), headers.get("x-chatwoot-signature", "")
    if not secret or not header.startswith(_DIGEST) or not _SECONDS.fullmatch(stamp):
        return False
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        return False
    key = secret.encode("utf-8", "surrogatepass")
    expected = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    given = header.removeprefix(_DIGEST).encode("utf-8", "surrogatepass")
    return hmac.compare_digest(expected.encode(), given)


def _kind(state: str, previous: str | None) -> str | Ignored:
    if state == previous:
        return Ignored(reason="the state did not change")
    if state == RESOLVED:
        return "ticket.closed"
    if state not in OPEN_AGAIN:
        return Ignored(reason=f"the state {state[:64]!r} neither closes nor reopens")
    if previous is not None and previous != RESOLVED:
        return Ignored(reason="the conversation was not resolved before")
    return "ticket.reopened"


def _previous(changes: object) -> str | None:
    """The state before, as far as Chatwoot says it."""
    for change in changes if isinstance(changes, list) else ():
        status = change.get("status") if isinstance(change, dict) else None
        before = status.get("previous_value") if isinstance(status, dict) else None
        if isinstance(before, str):
            return before.strip().lower()
    return None


def _document(
    kind: str, state: str, told: Mapping[str, Any], source: str, now: datetime
) -> dict[str, object]:
    id_, changed = told.get("id"), told.get("updated_at") or told.get("timestamp")
    at = now.isoformat() if changed is None else _instant(changed)
    return {
        "specversion": "1.0",
        "id": f"{CHANGED}:{id_}:{state}:{changed or _print(told)}" if _is_id(id_) else None,
        "source": source,
        "type": kind,
        "time": at,
        "data": {
            "ticket": _ticket(told, at),
            "customer": _customer(told),
            "chatwoot": {name: value for name, value in told.items() if name != "messages"},
        },
    }


def _ticket(told: Mapping[str, Any], closed_at: object) -> dict[str, object]:
    meta, before = part(told, "meta"), _previous(told.get("changed_attributes"))
    assignee, team = part(meta, "assignee"), part(meta, "team")
    custom = part(told, "custom_attributes")
    return {
        **{name: _text(custom.get(name)) for name in ("category", "product", "region")},
        "id": told.get("id"),
        "channel": told.get("channel"),
        "priority": told.get("priority"),
        "team": team.get("name"),
        "agent": {name: assignee.get(name) for name in ("id", "name", "email")},
        "opened_at": _instant(told.get("created_at")),
        "closed_at": closed_at,
        "confirms": before is None,
        "tags": told.get("labels"),
    }


def _is_id(told: object) -> bool:
    return isinstance(told, str | int) and bool(str(told).strip())


def _print(told: Mapping[str, Any]) -> str:
    """What makes a body another one than the next, where it does not say when it was."""
    try:
        text = json.dumps(told, sort_keys=True, ensure_ascii=True)
    except RecursionError:  # nobody's conversation
        text = ""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _customer(told: Mapping[str, Any]) -> dict[str, object]:
    """The contact as the event shows him; empty where it does not."""
    sender = part(part(told, "meta"), "sender")
    return customer_of(sender) if sender.get("id") is not None else {}


def customer_of(contact: Mapping[str, Any]) -> dict[str, object]:
    """`data.customer` of a contact as Chatwoot shows one, in a webhook or over its API; total."""
    more = {
        **part(contact, "additional_attributes"),
        **part(contact, "custom_attributes"),
    }
    return {
        "id": contact.get("id"),
        "name": contact.get("name"),
        "phone": contact.get("phone_number") or None,
        "email": contact.get("email") or None,
        "timezone": _text(more.get("timezone")),
        "locale": _text(more.get("locale")),
        "tier": _text(more.get("tier")),
    }


def _instant(told: object) -> object:
    """Seconds since 1970 as a time that can be read; anything else as it is told."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        return told
    if not math.isfinite(told):
        return None
    try:
        return datetime.fromtimestamp(told, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(told)


def _text(told: object) -> str | None:
    return told if isinstance(told, str) and told.strip() else None
