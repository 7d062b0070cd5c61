"""Says what is told of a callback: to its story, to other systems, and to whoever lists it."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from callbacks.promises.model import Callback, Slot
from kernel.journal import Entry
from scheduler.job import Job
from scheduler.publication import publish

#: A number, and what an agent or the customer said in their own words.
_OURS = frozenset({"reason", "notes", "phone"})


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What other systems are told of a callback as it is at an instant."""

    type: str
    item: Callback
    at: datetime


def entry(item: Callback, kind: str, now: datetime, **detail: Any) -> Entry:
    """A journal entry about a callback."""
    told = {"topic": item.topic, **detail}
    return Entry(
        at=now, kind=kind, about=item.id, source=item.source, ticket=item.ticket, detail=told
    )


def published(news: News, place: tzinfo) -> Job:
    """The job that tells other systems of a callback: no names, numbers or free text.

    `place` as in `shown_of`.
    """
    item = news.item
    shown = {name: value for name, value in shown_of(item, place).items() if name not in _OURS}
    key, ticket = f"{item.id}:{item.revision}", item.ticket or ""
    return publish(news.type, key, news.at, source=item.source, ticket=ticket, data=shown)


def shown_of(item: Callback, place: tzinfo) -> dict[str, Any]:
    """A callback as the contract shows it (section 8); `place`: where the customer's clock is."""
    return {
        "id": item.id,
        "source": item.source,
        "customer": item.customer,
        "ticket": item.ticket,
        "topic": item.topic,
        "reason": item.reason,
        "slot": slot_of(item.slot),
        "local_time": item.slot.begin.astimezone(place).isoformat(),
        "state": item.state.value,
        "attempts": [
            {"at": each.at.isoformat(), "outcome": each.outcome.value, "by": each.by}
            for each in item.attempts
        ],
        "priority": item.priority.name.lower(),
        "agent": item.agent,
        "notes": item.notes,
        "phone": item.phone,
        "origin": item.origin.value,
        "chosen": item.chosen,
        "complaint": item.complaint,
        "asked_at": item.asked_at.isoformat(),
        "attempt_at": _text(item.attempt_at),
        "claimed_until": _text(item.claimed_until),
        "missed": item.missed,
        "closed_at": _text(item.closed_at),
        "reason_closed": item.reason_closed,
    }


def slot_of(slot: Slot) -> dict[str, str]:
    """A slot on the wire."""
    return {"from": slot.begin.isoformat(), "until": slot.end.isoformat()}


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
