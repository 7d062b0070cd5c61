"""Decides where a batch of events brings each ticket, and what each event means for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kernel.erased import ERASED
from kernel.journal import Entry
from tickets.cycles import Assigned, Known, assign
from tickets.model import (
    Closure,
    ClosureRow,
    Event,
    PreferencesChanged,
    TicketClosed,
    TicketDeleted,
    TicketMerged,
    TicketReopened,
    TicketRow,
)
from tickets.ports import News

_BORN = datetime(1970, 1, 1, tzinfo=UTC)


def type_of(event: Event) -> str:
    """The CloudEvents type."""
    match event:
        case TicketClosed():
            return "ticket.closed"
        case TicketReopened():
            return "ticket.reopened"
        case TicketDeleted():
            return "ticket.deleted"
        case TicketMerged():
            return "ticket.merged"
        case PreferencesChanged():
            return "customer.preferences_changed"


def key_of(event: Event) -> tuple[str, str]:
    """What is told once: (source, event id)."""
    return event.envelope.source, event.envelope.id


def ticket_of(event: Event) -> str | None:
    """The id of the ticket an event is about; None where it is about a customer."""
    match event:
        case TicketClosed():
            return event.ticket.id
        case PreferencesChanged():
            return None
        case _:
            return event.ticket_id


_STATUS = {
    "ticket.closed": "closed",
    "ticket.reopened": "reopened",
    "ticket.deleted": "deleted",
    "ticket.merged": "merged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where a batch of events brought a ticket."""

    row: TicketRow
    news: list[News]


def unheard(source: str, ticket: str) -> TicketRow:
    """A ticket of which nobody told yet."""
    return TicketRow(
        source=source, id=ticket, status="unknown", customer=None, changed_at=_BORN, reopens=0
    )


def run(row: TicketRow, known: Sequence[Known], events: Sequence[Event], *, first: bool) -> Course:
    """What a ticket's new events mean and make of it; `events` in the order of their times.

    `first`: nothing was told of it before them.
    """
    news: list[News] = []
    closings = list(known)
    for event in events:
        item = _judge(event, row, closings, first)
        news.append(item)
        if item.current:
            row = _moved(row, item)
        if isinstance(event, TicketClosed) and item.closure and item.fresh:
            closings.append(Known(cycle=item.closure.cycle, closed_at=_closed_at(event)))
    return Course(row=row, news=news)


def _judge(event: Event, row: TicketRow, known: Sequence[Known], first: bool) -> News:
    current = event.envelope.time >= row.changed_at
    gone = row.customer == ERASED
    if not isinstance(event, TicketClosed):
        return News(event=event, current=current, first=first, erased=gone)
    found = _assigned(event, row, known)
    anew = found.new and (current or not gone)  # a closing before the erasure, told late, is none
    return News(
        event=event,
        closure=Closure(source=row.source, ticket=row.id, cycle=found.cycle),
        fresh=anew,
        superseded=found.superseded,
        current=current,
        first=first,
        erased=gone and not anew,
    )


def _assigned(event: TicketClosed, row: TicketRow, known: Sequence[Known]) -> Assigned:
    if event.ticket.confirms and row.status == "closed" and known:
        last = max(known, key=lambda closing: closing.closed_at)
        return Assigned(cycle=last.cycle, new=False, superseded=False)
    return assign(known, event.ticket.cycle, _closed_at(event))


def _closed_at(event: TicketClosed) -> datetime:
    return event.ticket.closed_at or event.envelope.time


def _moved(row: TicketRow, item: News) -> TicketRow:
    event = item.event
    customer = row.customer
    if isinstance(event, TicketClosed) and not item.erased:
        customer = event.customer.id
    return TicketRow(
        source=row.source,
        id=row.id,
        status=_STATUS[type_of(event)],
        customer=customer,
        changed_at=event.envelope.time,
        reopens=row.reopens,
        merged_into=event.into if isinstance(event, TicketMerged) else None,
    )


def closure_row(item: News) -> ClosureRow:
    """The closure of a closing, with the facts that are frozen at that moment."""
    event = item.event
    assert isinstance(event, TicketClosed)
    assert item.closure is not None
    ticket = event.ticket
    return ClosureRow(
        closure=item.closure,
        closed_at=_closed_at(event),
        customer=event.customer.id,
        superseded=item.superseded,
        facts={
            "agent": ticket.agent.id,
            "team": ticket.team,
            "region": ticket.region,
            "product": ticket.product,
            "category": ticket.category,
            "channel": ticket.channel,
            "priority": ticket.priority,
            "close_reason": ticket.close_reason,
            "tags": list(ticket.tags),
            "opened_at": ticket.opened_at.isoformat() if ticket.opened_at else None,
        },
    )


def entry(item: News, now: datetime) -> Entry:
    """The journal's word on an event about a ticket."""
    event = item.event
    detail: dict[str, Any] = {
        "event": event.envelope.id,
        "time": event.envelope.time.isoformat(),
        "current": item.current,
    }
    if item.closure is not None:
        detail |= {"cycle": item.closure.cycle, "fresh": item.fresh}
    if isinstance(event, TicketClosed) and event.customer.notes:
        detail["notes"] = list(event.customer.notes)
    return Entry(
        at=now,
        kind=type_of(event),
        about=event.envelope.id,
        source=event.envelope.source,
        ticket=ticket_of(event),
        detail=detail,
    )
