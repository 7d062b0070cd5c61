"""Lets agents see and set how a customer wants to be contacted, and record stops and opt-ins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import choices, store
from channels.model import Channel, OptOut, Person
from channels.ports import Conversation
from channels.service import Choice, Start, Stop, Stops, in_force
from channels.terms import Rules
from kernel.endpoint import Answer, Call, Endpoint, Handler, Role
from kernel.engine import Database
from kernel.faults import Conflict, FieldError, Invalid, NotFound
from kernel.shapes import SourceQuery
from kernel.vault import Vault
from scheduler.hours import clock_text

_PATH = "/v1/customers/{id}/"
_REASONS = {
    "past": "The instant is past.",
    "outside": "At no time of these hours do we contact anybody: {opens} to {closes}.",
    "narrow": "Leave {least} minutes a day at least; do_not_contact leaves none.",
    "locale": "This is no locale such as zh-CN or en.",
    "zone": "This is no name of a time zone such as Asia/Shanghai.",
}
_LONGEST_HOW, _LONGEST_REASON = 64, 255  # as the table has them


class _EndingSchema(SourceQuery):
    reason = fields.String(metadata={"description": "why; or in the body"})


class _StopSchema(Schema):
    channel = fields.String(required=True, validate=validate.OneOf(choices.STOPPABLE))
    how = fields.String(
        load_default="agent",
        validate=validate.Length(1, _LONGEST_HOW),
        metadata={"description": "how it was said: phone, letter, counter, …"},
    )
    proof = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(0, _LONGEST_REASON),
        metadata={"description": "where the proof is found: a recording's id, a file number"},
    )


class _ReasonSchema(Schema):
    reason = fields.String(metadata={"description": "why; or in the query"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDesk:
    """The endpoints about one customer; `rules` gives the contact policy in force."""

    database: Database
    vault: Vault
    conversations: Mapping[str, Conversation]
    rules: Callable[[], Rules]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        shown = choices.PreferencesSchema
        stop, path = choices.OptOutSchema, "opt-outs/{channel}"
        return [
            _route(
                "GET", "preferences", self.show, "How a customer wants to be contacted", shown()
            ),
            _route(
                "PUT",
                "preferences",
                self.put,
                "Set what is given, take back what is null, leave the rest",
                shown(),
                body=shown(),
            ),
            _route(
                "POST",
                "opt-outs",
                self.stop,
                "Record that a customer wants no more, by a channel or at all",
                stop(),
                body=_StopSchema(),
                status=201,
            ),
            _route(
                "DELETE",
                path,
                self.start,
                "Record an explicit opt-in, with its reason",
                body=_ReasonSchema(),
                query=_EndingSchema(),
                status=204,
            ),
        ]

    async def show(self, call: Call) -> Answer:
        """The customer's preferences, with the stops in force."""
        async with self.database.read() as conn:
            who = await _who(conn, call)
            person = (await store.load_people(conn, self.vault, [who])).get(who)
            return Answer(body=await self._view(conn, _found(person, who), call.now))

    async def put(self, call: Call) -> Answer:
        """Keep what was chosen; it binds whatever is not sent yet."""

        async def keep(conn: AsyncConnection) -> Answer:
            source, customer = await _who(conn, call)
            before = await self._locked(conn, source, customer)
            shown = await self._view(conn, before, call.now)
            chosen = choices.from_json(call.body, shown, self.rules(), call.now)
            if isinstance(chosen, choices.Refused):
                raise self._refusal(chosen)
            choice = Choice(
                source=source,
                customer=customer,
                wishes=chosen.wishes,
                how="api",
                by=call.actor,
            )
            person = await self._stops().choose(conn, choice, call.now)
            view = await self._view(conn, _found(person, (source, customer)), call.now)
            if "opt_outs" in call.body and call.body["opt_outs"] != view["opt_outs"]:
                raise _invalid(
                    "opt_outs",
                    "Only shown here: record a stop with POST …/opt-outs, "
                    "an opt-in with DELETE …/opt-outs/{channel}.",
                )
            return Answer(body=view)

        return await self.database.transact(keep)

    async def stop(self, call: Call) -> Answer:
        """Block at once, for every address that the channel uses, and end what is open."""

        async def record(conn: AsyncConnection) -> Answer:
            source, customer = await _who(conn, call)
            person = await self._locked(conn, source, customer)
            channel = call.body["channel"]
            if not any(channel in (name, store.ALL_CHANNELS) for name in choices.reachable(person)):
                raise Conflict(
                    "no address is known that this channel uses; "
                    "do_not_contact stops whatever may come"
                )
            stop = Stop(
                source=source,
                customer=customer,
                thread=None,
                channel=channel,
                how=call.body["how"],
                proof=call.body["proof"],
                by=call.actor,
            )
            await self._stops().record(conn, stop, call.now)
            stops = await self._in_force(conn, person)
            covering = [each for each in stops if each.channel in (channel, store.ALL_CHANNELS)]
            exact = [each for each in covering if each.channel == channel]
            return Answer(body=_shown((exact or covering)[0]), status=201)

        return await self.database.transact(record)

    async def start(self, call: Call) -> Answer:
        """End the stop of a channel because the customer said so; the reason is kept."""
        reason = (call.body.get("reason") or call.query.get("reason") or "").strip()
        if not 1 <= len(reason) <= _LONGEST_REASON:
            raise _invalid("reason", f"Say why, in {_LONGEST_REASON} characters at most.")

        async def undo(conn: AsyncConnection) -> Answer:
            source, customer = await _who(conn, call)
            person = await self._locked(conn, source, customer)
            channel = call.path["channel"]
            stopped = [stop.channel for stop in await self._in_force(conn, person)]
            if channel not in stopped:
                others = ", ".join(stopped) or "none"
                raise NotFound(f"no stop of {channel} is in force; in force: {others}")
            start = Start(
                source=source,
                customer=customer,
                thread=None,
                channel=channel,
                how="api",
                reason=reason,
                exact=store.ALL_CHANNELS in stopped,
                by=call.actor,
            )
            await self._stops().undo(conn, start, call.now)
            return Answer(status=204)

        return await self.database.transact(undo)

    def _refusal(self, refused: choices.Refused) -> Invalid:
        hours = choices.hours_of(self.rules())
        told = {
            "opens": clock_text(hours.opens),
            "closes": clock_text(hours.closes),
            "least": str(choices.LEAST_HOURS),
        }
        return _invalid(refused.field, _REASONS[refused.reason].format_map(told))

    def _stops(self) -> Stops:
        return Stops(vault=self.vault, conversations=self.conversations)

    async def _locked(self, conn: AsyncConnection, source: str, customer: str) -> Person:
        """The customer, so that no address changes while it is blocked."""
        found = await store.load_people(conn, self.vault, [(source, customer)], lock=True)
        return _found(found.get((source, customer)), (source, customer))

    async def _in_force(self, conn: AsyncConnection, person: Person) -> tuple[OptOut, ...]:
        phone, mailbox = (
            frozenset(self.vault.indexes(value)) if value else frozenset()
            for value in (person.phone, person.email)
        )
        found = await store.opt_outs_of(conn, phone | mailbox)
        if phone and not any(
            stop.channel == store.ALL_CHANNELS for ix in phone for stop in found.get(ix, ())
        ):
            # Undone by a text from the phone, a stop of everything is left of mail alone.
            found = {ix: tuple(map(_of_mail, stops)) for ix, stops in found.items()}
        return in_force(found)

    async def _view(self, conn: AsyncConnection, person: Person, now: datetime) -> dict[str, Any]:
        window, until = person.window, person.paused_until
        return {
            "channels": [name for name in person.channels if name in set(Channel)],
            "window": {"from": window[0], "until": window[1]} if window else None,
            "locale": person.locale,
            "timezone": person.timezone,
            "do_not_contact": person.do_not_contact,
            "paused_until": until if until is not None and until > now else None,
            "opt_outs": [_shown(stop) for stop in await self._in_force(conn, person)],
        }


def _route(
    method: str,
    path: str,
    handler: Handler,
    summary: str,
    reply: Schema | None = None,
    *,
    body: Schema | None = None,
    query: Schema | None = None,
    status: int = 200,
) -> Endpoint:
    return Endpoint(
        method=method,
        path=_PATH + path,
        handler=handler,
        role=Role.AGENT,
        summary=summary,
        tag="customers",
        query=query or SourceQuery(),
        body=body,
        reply=reply,
        status=status,
        statuses={404: "no such customer", 409: "several sources know this id"},
    )


def _of_mail(stop: OptOut) -> OptOut:
    is_all = stop.channel == store.ALL_CHANNELS
    return replace(stop, channel=Channel.EMAIL.value) if is_all else stop


def _shown(stop: OptOut) -> dict[str, Any]:
    return {
        "channel": stop.channel,
        "at": stop.at,
        "how": stop.how,
        "state": stop.state.value,
        "proof": stop.proof,
    }


def _invalid(field: str, reason: str) -> Invalid:
    return Invalid("mend the fields named", errors=[FieldError(path=field, reason=reason)])


def _found(person: Person | None, who: store.Who) -> Person:
    """The customer; NotFound where an erasure came first."""
    if person is None:
        raise NotFound(f"no customer {who[1]} is known from {who[0]}")
    return person


async def _who(conn: AsyncConnection, call: Call) -> store.Who:
    """The customer meant; NotFound, or Conflict that lists the sources."""
    customer, wanted = call.path["id"], call.query.get("source")
    known = await store.sources_of(conn, customer)
    if wanted is not None:
        if wanted in known:
            return wanted, customer
        raise NotFound(f"no customer {customer} is known from {wanted}")
    if not known:
        raise NotFound(f"no customer {customer} is known")
    if len(known) > 1:
        raise Conflict(
            "several sources know this customer: say which with ?source=", extra={"sources": known}
        )
    return known[0], customer
