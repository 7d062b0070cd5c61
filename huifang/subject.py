"""Shows an admin all that is held of one customer, and erases it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import privacy as recovery
from channels import privacy as people
from channels import store
from huifang.erasing import Erasure, Who, sources_erased
from huifang.story import tell
from huifang.web import locale_of
from kernel import journal
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import Conflict, NotFound
from kernel.journal import READ as NOTED
from kernel.journal import Entry
from kernel.shapes import SourceQuery
from kernel.vault import Vault
from scheduler import privacy as queue
from surveys import privacy as surveys
from tickets import privacy as tickets

READ = "customer.data_read"

_MOST = 10_000  # of one kind in one document
_MOST_VOICES = 200  # recordings: each may be megabytes
_PATH = "/v1/customers/{id}"


class DataSchema(Schema):
    """All that is held of a customer."""

    customer = fields.String()
    source = fields.String()
    at = fields.AwareDateTime(format="iso", metadata={"description": "when this was read"})
    person = fields.Dict(
        allow_none=True, metadata={"description": "name, addresses, preferences as they stand"}
    )
    opt_outs = fields.List(fields.Dict(), metadata={"description": "with their proof"})
    tickets = fields.List(fields.Dict(), metadata={"description": "closings, with frozen facts"})
    events = fields.List(fields.Dict(), metadata={"description": "as they were told to us"})
    invitations = fields.List(fields.Dict())
    contacts = fields.List(fields.Dict(), metadata={"description": "with the texts as sent"})
    inbound = fields.List(fields.Dict(), metadata={"description": "what they sent, as it came"})
    calls = fields.List(fields.Dict(), metadata={"description": "what we said in calls"})
    recordings = fields.List(fields.Dict(), metadata={"description": "with the sound in base64"})
    responses = fields.List(fields.Dict(), metadata={"description": "every answer and comment"})
    complaints = fields.List(fields.Dict())
    callbacks = fields.List(fields.Dict(), metadata={"description": "with number and notes"})
    decisions = fields.List(fields.Dict(), metadata={"description": "why we asked, or did not"})
    story = fields.List(fields.Dict(), metadata={"description": "the journal, in sentences"})
    waiting = fields.List(fields.Dict(), metadata={"description": "what is still to be done"})
    truncated = fields.List(
        fields.String(), metadata={"description": f"kinds cut off at {_MOST} items"}
    )


class ErasedSchema(Schema):
    """How far an erasure is."""

    customer = fields.String()
    source = fields.String()
    state = fields.String(metadata={"description": "`running`, or `done`"})
    erased = fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata={"description": "counts by kind"}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectDesk:
    """The endpoints of subject access and erasure."""

    database: Database
    vault: Vault
    erasure: Erasure

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        statuses = {404: "no such customer", 409: "several sources know this id"}
        return [
            Endpoint(
                method="GET",
                path=_PATH + "/data",
                handler=self.show,
                role=Role.ADMIN,
                summary="All that is held of a customer",
                tag="customers",
                query=SourceQuery(),
                reply=DataSchema(),
                statuses=statuses,
            ),
            Endpoint(
                method="DELETE",
                path=_PATH,
                handler=self.erase,
                role=Role.ADMIN,
                summary="Erase a customer; totals and stops stay",
                tag="customers",
                query=SourceQuery(),
                reply=ErasedSchema(),
                status=202,
                statuses=statuses | {200: "it was erased before: the report of it"},
            ),
        ]

    async def show(self, call: Call) -> Answer:
        """One document; whoever reads it is noted."""
        async with self.database.read() as conn:
            who = await source_of(conn, call.path["id"], call.query.get("source"))
            known = await people.is_known(conn, who) or await tickets.tickets_of(conn, who)
        if not known:
            raise NotFound(f"nothing is held of customer {who[1]} of {who[0]} any more")
        body = await held(self.database, self.vault, who, locale_of(call), call.now)
        entry = Entry(
            at=call.now, kind=READ, about=who[1], source=who[0], detail={"actor": call.actor}
        )
        async with self.database.write() as conn:
            await journal.append(conn, [entry])
        return Answer(body=body)

    async def erase(self, call: Call) -> Answer:
        """Begin, or tell how far it is."""
        async with self.database.read() as conn:
            who = await source_of(conn, call.path["id"], call.query.get("source"))
        report = await self.erasure.begin(who, call.actor, call.now)
        body = {
            "customer": report.customer,
            "source": report.source,
            "state": report.state,
            "erased": report.erased,
        }
        return Answer(body=body, status=200 if report.state == "done" else 202)


async def source_of(conn: AsyncConnection, customer: str, wanted: str | None) -> Who:
    """The customer meant, perhaps one erased before; NotFound, or Conflict that lists sources."""
    known = await store.sources_of(conn, customer) or await sources_erased(conn, customer)
    if wanted is not None:
        return wanted, customer
    if not known:
        raise NotFound(f"no customer {customer} is known")
    if len(known) > 1:
        raise Conflict(
            "several sources know this customer: say which with ?source=", extra={"sources": known}
        )
    return known[0], customer


async def held(
    database: Database, vault: Vault, who: Who, locale: str, now: datetime
) -> dict[str, Any]:
    """All that is held of a customer; of each kind `_MOST` at most, told in `truncated`."""
    # Rows are locked while they are gathered: what is shown is of one moment.
    async with database.write() as conn:
        which, body = await _rows(conn, vault, who, locale)
    body["events"] = await _events(database, vault, which)
    cut = [name for name, items in body.items() if isinstance(items, list) and len(items) >= _MOST]
    if len(body["recordings"]) >= _MOST_VOICES:
        cut.append("recordings")
    return {"customer": who[1], "source": who[0], "at": now, **body, "truncated": cut}


async def _rows(
    conn: AsyncConnection, vault: Vault, who: Who, locale: str
) -> tuple[tickets.Subject, dict[str, Any]]:
    which = await tickets.tickets_of(conn, who)
    asked = await surveys.invitations_of(conn, who)
    ids = [item.id for item in asked]
    promised = await recovery.callback_ids(conn, who)
    opened = await recovery.complaint_ids(conn, ids)
    found = await people.known(conn, vault, who, {*ids, *promised, *opened})
    subject = tickets.Subject(source=who[0], customer=who[1], tickets=frozenset(which))
    whose = queue.Subject(
        source=who[0], customer=who[1], tickets=subject.tickets, threads=found.threads
    )
    entries = await _entries(conn, who, which)
    body: dict[str, Any] = {
        "person": _person(found),
        "opt_outs": await people.opt_outs_of(conn, found),
        "tickets": await tickets.closings(conn, who),
        "invitations": [_invitation(item) for item in asked],
        "contacts": await people.contacts_of(conn, vault, found, _MOST),
        "inbound": await people.inbound_of(conn, vault, found, _MOST),
        "calls": await people.calls_of(conn, vault, found),
        "recordings": await people.recordings_of(conn, vault, found, _MOST_VOICES),
        "responses": await surveys.responses_of(conn, vault, ids),
        "complaints": await recovery.complaints_of(conn, vault, opened),
        "callbacks": await recovery.callbacks_of(conn, vault, promised),
        "decisions": [_decision(each) for each in entries if each.kind == "decision"],
        "story": [_line(each, locale) for each in entries][:_MOST],
        "waiting": await queue.waiting_of(conn, whose, _MOST),
    }
    return subject, body


async def _entries(conn: AsyncConnection, who: Who, which: list[str]) -> list[Entry]:
    """The journal's words on the customer and their tickets, who read their data among them."""
    found = [
        entry
        for entry in (await journal.about(conn, [who[1]]))[who[1]]
        if entry.source in (who[0], None) and entry.ticket is None
    ]
    for ticket in which:
        found += await journal.of_ticket(conn, who[0], ticket)
    for entries in (await journal.about(conn, which)).values():
        found += [each for each in entries if each.kind == NOTED]
    return sorted(found, key=lambda entry: entry.at)


async def _events(
    database: Database, vault: Vault, subject: tickets.Subject
) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    after: str | None = ""
    while after is not None and len(found) < _MOST:
        async with database.read() as conn:
            part, after = await tickets.events_of(conn, vault, subject, after)
        found += part.values()
    return found


def _person(found: people.Known) -> dict[str, Any] | None:
    person = found.person
    if person is None:
        return None
    return {
        "name": person.name,
        "phone": person.phone,
        "email": person.email,
        "addresses": list(found.values),
        "locale": person.locale,
        "timezone": person.timezone,
        "region": person.region,
        "tier": person.tier,
        "channels": list(person.channels),
        "do_not_contact": person.do_not_contact,
        "paused_until": person.paused_until,
        "window": person.window,
        "chosen": person.chosen,
    }


def _invitation(item: Any) -> dict[str, Any]:
    return {
        "id": item.id,
        "ticket": item.ticket,
        "cycle": item.cycle,
        "program": item.program,
        "survey": item.survey,
        "version": item.version,
        "state": item.state,
        "channel": item.channel,
        "due_at": item.due_at,
        "expires_at": item.expires_at,
        "reason": item.reason,
    }


def _decision(entry: Entry) -> dict[str, Any]:
    return {"at": entry.at, "about": entry.about, "ticket": entry.ticket, **entry.detail}


def _line(entry: Entry, locale: str) -> dict[str, Any]:
    return {
        "at": entry.at,
        "kind": entry.kind,
        "ticket": entry.ticket,
        "text": tell(entry, locale),
        "actor": entry.detail.get("actor") or entry.detail.get("by"),
    }
