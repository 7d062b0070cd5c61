"""Turns Jira's webhooks into our events, and checks that Jira sent them."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tickets.completing import unfinished
from tickets.documents import items, part
from tickets.intake import read_event
from tickets.model import Event, Ignored, Refused, Unfinished
from tickets.ports import Facts

#: The category of all states in which nobody works any more, whatever they are called.
DONE = "done"

_UPDATED, _DELETED = "jira:issue_updated", "jira:issue_deleted"
_DIGEST = "sha256="
_OFFSET = re.compile(r"([+-]\d\d)(\d\d)$", re.ASCII)
_LATEST = 253_402_300_799_000  # milliseconds: the end of the year 9999

#: Where our fields stand in what Jira sends, for a refusal that its administrator can use.
_PLACES = {
    "time": "timestamp",
    "data.ticket.id": "issue.key",
    "data.ticket.closed_at": "timestamp",
    "data.customer.id": "issue.fields.reporter",
}


def read(
    payload: object, headers: Mapping[str, str], source: str, now: datetime
) -> Event | Unfinished | Ignored | Refused:
    """The event in the body of a webhook for issues; total. Header names are in lower case.

    Workflows have states of their own names; only their category tells which are done. A move
    from one done state to another is no second closing: `statuscategorychangedate` stays as it is.
    """
    if not isinstance(payload, dict):
        return Refused(id=None, path="", reason="not an object")
    issue = part(payload, "issue")
    kind = _kind(payload, issue)
    if isinstance(kind, Ignored | Refused):
        return kind
    document = _document(kind, payload, issue, headers, source)
    told = unfinished(document, now) if kind == "ticket.closed" else read_event(document, now)
    if isinstance(told, Refused):
        return Refused(id=told.id, path=_PLACES.get(told.path, told.path), reason=told.reason)
    return told


def signed(body: bytes, header: str | None, secret: str) -> bool:
    """Whether `X-Hub-Signature` is `sha256=` and the hexadecimal HMAC-SHA256 of the body; total.

    Without a secret nothing is signed.
    """
    if not secret or header is None or not header.startswith(_DIGEST):
        return False
    key = secret.encode("utf-8", "surrogatepass")
    expected = hmac.new(key, body, hashlib.sha256).hexdigest()
    given = header.removeprefix(_DIGEST).encode("utf-8", "surrogatepass")
    return hmac.compare_digest(expected.encode(), given)


def category(fields: Mapping[str, Any]) -> str | None:
    """The category of an issue's state: new, indeterminate or done."""
    key = part(part(fields, "status"), "statusCategory").get("key")
    return key.lower() if isinstance(key, str) else None


def facts(fields: Mapping[str, Any], phone: str | None) -> Facts:
    """What the API says of an issue and its reporter; `phone` names the field with the number."""
    number = fields.get(phone) if phone else None
    return Facts(ticket=_ticket(fields), customer=_customer(fields) | {"phone": number})


def _kind(payload: Mapping[str, Any], issue: Mapping[str, Any]) -> str | Ignored | Refused:
    event = payload.get("webhookEvent")
    if not isinstance(event, str):
        return Refused(id=None, path="webhookEvent", reason="needed")
    if event == _DELETED:
        return "ticket.deleted"
    changes = _changes(payload)
    if event != _UPDATED or "status" not in changes:
        return Ignored(reason="the state did not change")
    now = category(part(issue, "fields"))
    if now is None:
        return Refused(id=None, path="issue.fields.status.statusCategory.key", reason="needed")
    if now == DONE:
        return "ticket.closed"
    if changes.get("resolution", {}).get("from") is None and _moved_before(payload, issue):
        return Ignored(reason="the ticket was not done before")
    return "ticket.reopened"


def _moved_before(payload: Mapping[str, Any], issue: Mapping[str, Any]) -> bool:
    """Whether the category is older than this change, which was within it then."""
    since = _instant(part(issue, "fields").get("statuscategorychangedate"))
    told = _timestamp(payload)
    if since is None or told is None:
        return False
    try:
        moved, at = datetime.fromisoformat(since), datetime.fromisoformat(told)
        return (at - moved).total_seconds() > _TOGETHER
    except (ValueError, TypeError, OverflowError):
        return False


_TOGETHER = 60.0  # seconds between the change of a state and that of its category, at most


def _changes(payload: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = items(part(payload, "changelog"), "items")
    return {str(item.get("field")): item for item in found}


def _document(
    kind: str,
    payload: Mapping[str, Any],
    issue: Mapping[str, Any],
    headers: Mapping[str, str],
    source: str,
) -> dict[str, object]:
    fields = part(issue, "fields")
    key, at = issue.get("key"), _timestamp(payload)
    change = part(payload, "changelog").get("id") or payload.get("timestamp")
    about: dict[str, object] = {"id": key, **_ticket(fields)}
    if kind == "ticket.closed":
        since = _instant(fields.get("statuscategorychangedate") or fields.get("resolutiondate"))
        about["closed_at"] = since or at
        about["confirms"] = since is None
    return {
        "specversion": "1.0",
        "id": headers.get("x-atlassian-webhook-identifier") or f"{key}:{kind}:{change}",
        "source": source,
        "type": kind,
        "time": at,
        "data": {"ticket": about, "customer": _customer(fields)},
    }


def _ticket(fields: Mapping[str, Any]) -> dict[str, Any]:
    agent = part(fields, "assignee")
    components = fields.get("components")
    first = components[0] if isinstance(components, list) and components else None
    return {
        "category": part(fields, "issuetype").get("name"),
        "product": first.get("name") if isinstance(first, dict) else None,
        "priority": part(fields, "priority").get("name"),
        "team": part(fields, "project").get("name"),
        "agent": _person(agent) if agent else None,
        "opened_at": _instant(fields.get("created")),
        "close_reason": part(fields, "resolution").get("name"),
        "tags": fields.get("labels"),
    }


def _customer(fields: Mapping[str, Any]) -> dict[str, Any]:
    told = part(fields, "reporter")
    locale = told.get("locale")
    return {
        **_person(told),
        "locale": locale.replace("_", "-") if isinstance(locale, str) else None,
        "timezone": told.get("timeZone"),
    }


def _person(told: Mapping[str, Any]) -> dict[str, Any]:
    """Cloud names people by `accountId`, a data center by `key` or `name`."""
    return {
        "id": told.get("accountId") or told.get("key") or told.get("name"),
        "name": told.get("displayName"),
        "email": told.get("emailAddress"),
    }


def _timestamp(payload: Mapping[str, Any]) -> str | None:
    """The instant of an event, in milliseconds since 1970, as RFC 3339."""
    told = payload.get("timestamp")
    if isinstance(told, bool) or not isinstance(told, int) or not 0 <= told <= _LATEST:
        return None
    return datetime.fromtimestamp(told / 1000, UTC).isoformat()


def _instant(told: object) -> str | None:
    """Jira writes `2026-11-20T12:00:00.000+0800`, RFC 3339 wants a colon in the offset."""
    return _OFFSET.sub(r"\1:\2", told) if isinstance(told, str) else None
