"""Shows what spans packages: a ticket, its timeline, and why each step was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store as complaints
from callbacks.model import Complaint
from callbacks.news import shown_of
from callbacks.promises import gate, news
from callbacks.promises import store as promises
from callbacks.promises.decide import as_it_stands
from channels.wording import say
from huifang.story import tell
from huifang.web import locale_of
from kernel import journal
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import Conflict, NotFound
from kernel.journal import Entry
from kernel.shapes import SourceQuery
from kernel.vault import Vault
from scheduler import waiting
from scheduler.hours import zone
from surveys import store as surveys
from surveys import waits
from surveys.delivery import contacts, send_keys
from surveys.model import OPEN_STATES, Invitation, Response
from tickets import store as tickets
from tickets.model import ClosureRow


class _ItemsSchema(Schema):
    items = fields.List(fields.Dict())


class _TicketSchema(Schema):
    id = fields.String()
    source = fields.String()
    status = fields.String()
    reopens = fields.Integer()
    customer = fields.String(allow_none=True)
    closures = fields.List(fields.Dict())
    invitations = fields.List(fields.Dict())
    responses = fields.List(fields.Dict())
    complaints = fields.List(fields.Dict())
    callbacks = fields.List(fields.Dict())


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketViews:
    """The endpoints about one ticket."""

    database: Database
    vault: Vault

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            _endpoint("", self.ticket, "A ticket with all that follows it", _TicketSchema()),
            _endpoint("/timeline", self.timeline, "What happened, oldest first", _ItemsSchema()),
            _endpoint(
                "/explain", self.explain, "Why, rule by rule, each step was decided", _ItemsSchema()
            ),
        ]

    async def ticket(self, call: Call) -> Answer:
        """One ticket."""
        async with self.database.read() as conn:
            source = await self.source(conn, call)
            body = await ticket_view(conn, self.vault, source, call.path["id"], call.now)
        return Answer(body=body)

    async def timeline(self, call: Call) -> Answer:
        """Its story."""
        async with self.database.read() as conn:
            source = await self.source(conn, call)
            items = await timeline_view(conn, source, call.path["id"], locale_of(call))
        return Answer(body={"items": items})

    async def explain(self, call: Call) -> Answer:
        """Its decisions."""
        async with self.database.read() as conn:
            source = await self.source(conn, call)
            items = await explain_view(conn, source, call.path["id"], locale_of(call))
        return Answer(body={"items": items})

    async def source(self, conn: AsyncConnection, call: Call) -> str:
        """The source meant; NotFound, or Conflict where several know the id."""
        return await source_of(conn, call.path["id"], call.query.get("source"))


def _endpoint(path: str, handler: Any, summary: str, reply: Schema) -> Endpoint:
    return Endpoint(
        method="GET",
        path="/v1/tickets/{id}" + path,
        handler=handler,
        role=Role.AGENT,
        summary=summary,
        tag="tickets",
        query=SourceQuery(),
        reply=reply,
        statuses={404: "no such ticket", 409: "several sources know this id"},
    )


async def source_of(conn: AsyncConnection, ticket: str, wanted: str | None) -> str:
    """The source meant by a ticket id; NotFound, or Conflict that lists the sources."""
    known = await tickets.sources_of(conn, ticket)
    if wanted is not None:
        if wanted in known:
            return wanted
        raise NotFound(f"no ticket {ticket} is known from {wanted}")
    if not known:
        raise NotFound(f"no ticket {ticket} is known")
    if len(known) > 1:
        raise Conflict(
            "several sources know this ticket: say which with ?source=", extra={"sources": known}
        )
    return known[0]


async def ticket_view(
    conn: AsyncConnection, vault: Vault, source: str, ticket: str, now: datetime
) -> dict[str, Any]:
    """A ticket as the contract shows it."""
    found = await tickets.ticket_with_closures(conn, source, ticket)
    if found is None:
        raise NotFound(f"no ticket {ticket} is known from {source}")
    row, closings = found
    entries = await journal.of_ticket(conn, source, ticket)
    planned = (await surveys.invitations_of(conn, [(source, ticket)]))[source, ticket]
    due = await waiting.due_times(conn, [key for item in planned for key in _next(item)])
    given = await surveys.responses_of(conn, vault, source, ticket)
    by_id = {item.id: item for item in planned}
    open_ = (await complaints.of_tickets(conn, vault, [(source, ticket)]))[source, ticket]
    calls = (await promises.of_tickets(conn, vault, [(source, ticket)]))[source, ticket]
    clocks = await gate.clocks(conn, vault, calls, None)
    return {
        "id": row.id,
        "source": row.source,
        "status": row.status,
        "reopens": row.reopens,
        "customer": row.customer,
        "closures": [_closure(item, entries) for item in closings],
        "invitations": [_invitation(item, due) for item in planned],
        "responses": [_response(item, by_id[item.invitation]) for item in given],
        "complaints": [complaint_view(item, entries, now) for item in open_],
        "callbacks": [
            news.shown_of(as_it_stands(item, now), clocks.get(item.who, UTC)) for item in calls
        ],
    }


def _closure(item: ClosureRow, entries: Sequence[Entry]) -> dict[str, Any]:
    cycle = item.closure.cycle
    decision = next(
        (
            entry
            for entry in reversed(entries)
            if entry.kind == "decision" and entry.detail.get("cycle") == cycle
        ),
        None,
    )
    return {
        "cycle": cycle,
        "closed_at": _text(item.closed_at),
        "decision": None
        if decision is None
        else {
            "at": _text(decision.at),
            "verdict": decision.detail.get("verdict"),
            "until": decision.detail.get("until"),
            "reason": decision.detail.get("reason"),
            "program": decision.detail.get("program"),
        },
    }


def _next(item: Invitation) -> list[str]:
    """The jobs by which an invitation may be tried next, the first time or again."""
    if item.state not in OPEN_STATES:
        return []
    return [*send_keys(item), *waits.keys(item, contacts(item))]


def _invitation(item: Invitation, due: Mapping[str, datetime]) -> dict[str, Any]:
    return {
        "id": item.id,
        "survey": item.survey,
        "version": item.version,
        "state": item.state,
        "channel": item.channel,
        "due_at": _text(min((due[key] for key in _next(item) if key in due), default=item.due_at)),
        # Of what others collect nothing is sent that it could be counted from.
        "expires_at": _text(item.expires_at or (item.useful_until if item.is_collected else None)),
        "reason": item.reason,
        "cycle": item.cycle,
        "program": item.program,
    }


def _response(item: Response, invitation: Invitation) -> dict[str, Any]:
    return {
        "id": item.id,
        "ticket": invitation.ticket,
        "closure": invitation.cycle,
        "invitation": item.invitation,
        "program": invitation.program,
        "survey": item.survey,
        "version": item.version,
        "channel": item.channel,
        "score": item.score,
        "rating": item.rating,
        "low": item.low,
        "suspect": item.suspect,
        "suspect_reason": item.suspect_reason,
        "late": item.late,
        "answers": item.told,
        "comment": "\n".join(item.comments) or None,
        "attribution": asdict(invitation.attribution),
        "started_at": _text(item.started_at),
        "completed_at": _text(item.completed_at),
    }


def complaint_view(item: Complaint, entries: Sequence[Entry], now: datetime) -> dict[str, Any]:
    """A complaint as the contract shows it, and what the ticket's reader wants besides."""
    return {
        **shown_of(item, [each for each in entries if each.about == item.id], now),
        "rating": item.rating,
        "question": item.question,
        "answers": dict(item.answers),
        "reopen": item.reopen,
        "follow_up": item.follow_up,
        "attention": item.attention,
    }


async def timeline_view(
    conn: AsyncConnection, source: str, ticket: str, locale: str
) -> list[dict[str, Any]]:
    """The journal of a ticket in sentences."""
    return [
        {
            "at": _text(entry.at),
            "kind": entry.kind,
            "text": tell(entry, locale),
            "detail": {"about": entry.about, **_without_rules(entry.detail)},
        }
        for entry in await journal.of_ticket(conn, source, ticket)
    ]


def _without_rules(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in detail.items() if key != "rules"}


async def explain_view(
    conn: AsyncConnection, source: str, ticket: str, locale: str
) -> list[dict[str, Any]]:
    """The decisions about a ticket, with every rule asked and the facts it saw."""
    return [
        {
            "at": _text(entry.at),
            "about": entry.about,
            "verdict": entry.detail.get("verdict"),
            "until": entry.detail.get("until"),
            "reason": entry.detail.get("reason"),
            "rules": _explained(entry.detail.get("rules", ()), locale),
        }
        for entry in await journal.of_ticket(conn, source, ticket)
        if entry.kind == "decision"
    ]


def _explained(rules: Sequence[dict[str, Any]], locale: str) -> list[dict[str, Any]]:
    """The rules with their sentences; instants are on the customer's clock where one is known."""
    names = [
        name for rule in rules if rule["rule"] == "zone" for name in rule["facts"].get("zones", ())
    ]
    clock = (zone(names[0]) if len(names) == 1 else None) or UTC
    return [
        {**rule, "text": say(rule["rule"], rule["verdict"], rule["facts"], locale, clock)}
        for rule in rules
    ]


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
