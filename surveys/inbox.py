"""Shows the replies that fit no question, and reads one again where somebody says it belongs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import archive
from channels import store as people
from channels.archive import Unmatched
from channels.model import Channel, MessageClass
from kernel import cursors
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import Conflict, FieldError, Invalid, NotFound
from kernel.journal import Entry, append, last_of
from kernel.shapes import PageQuery, Strict
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Job, Priority
from surveys import store
from surveys.conversation import SurveyConversation, response_id
from surveys.decide import on_attached
from surveys.delivery import LATER, following, send_job
from surveys.following import COMPLAINED, remarked
from surveys.ledger import add_words
from surveys.model import OPEN_STATES, Invitation, InvitationState
from surveys.news import entry
from surveys.turns import Thread, Unfit

_RECENTLY = timedelta(minutes=15)  # since whoever wrote still has the conversation in mind
_WRITTEN = (Channel.SMS, Channel.EMAIL)
_SHOWN = 4  # last digits of a number that agents see


class UnmatchedSchema(Schema):
    """A reply that fits no open question; `invitation` is what it was nearest to, if anything."""

    id = fields.String()
    at = fields.AwareDateTime(format="iso")
    channel = fields.String()
    sender = fields.String(metadata={"description": "in full for admins alone"})
    text = fields.String()
    reason = fields.String(allow_none=True)
    invitation = fields.String(allow_none=True)
    source = fields.String(allow_none=True)
    ticket = fields.String(allow_none=True)
    customer = fields.String(allow_none=True)


class UnmatchedPageSchema(Schema):
    """One page of such replies, newest first."""

    items = fields.List(fields.Nested(UnmatchedSchema))
    next = fields.String(allow_none=True)


class PlaceSchema(Strict):
    """Where a reply belongs: an invitation, or a ticket's."""

    invitation = fields.String(validate=validate.Length(1, 64))
    ticket = fields.String(validate=validate.Length(1, 255))
    source = fields.String(
        validate=validate.Length(1, 255),
        metadata={"description": "needed where several sources know the ticket"},
    )

    @validates_schema
    def one_of_both(self, data: Mapping[str, Any], **_: Any) -> None:
        """An invitation or a ticket, and not both."""
        if ("invitation" in data) == ("ticket" in data):
            raise ValidationError("Name an invitation or a ticket.", "invitation")


class DismissSchema(Strict):
    """Why a reply needs nothing."""

    reason = fields.String(
        required=True,
        validate=validate.Length(1, 200),
        metadata={"description": "for the audit; no names or numbers of customers"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmatchedReplies:
    """The endpoints behind the inbox of replies; `mask` hides numbers and mailboxes in a text."""

    database: Database
    vault: Vault
    conversation: SurveyConversation
    mask: Callable[[str], str]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="GET",
                path="/v1/unmatched",
                handler=self.listed,
                role=Role.AGENT,
                summary="Replies that fit no open question, newest first",
                tag="unmatched",
                query=PageQuery(),
                reply=UnmatchedPageSchema(),
            ),
            Endpoint(
                method="POST",
                path="/v1/unmatched/{id}/attach",
                handler=self.attach,
                role=Role.AGENT,
                summary="Read a reply as the answer to an invitation, or as a comment; once",
                tag="unmatched",
                body=PlaceSchema(),
                reply=UnmatchedSchema(),
                statuses={
                    404: "no such reply, invitation or ticket",
                    409: "waits no more, or nothing is open there; or several sources",
                },
            ),
            Endpoint(
                method="POST",
                path="/v1/unmatched/{id}/dismiss",
                handler=self.dismiss,
                role=Role.AGENT,
                summary="Say that a reply needs nothing; it waits no more",
                tag="unmatched",
                body=DismissSchema(),
                reply=UnmatchedSchema(),
                statuses={404: "no such reply", 409: "waits no more"},
            ),
        ]

    async def listed(self, call: Call) -> Answer:
        """A page of what waits for a person."""
        async with self.database.read() as conn:
            items, more = await archive.listed(
                conn, self.vault, after=cursors.asked(call.query), limit=call.query["limit"]
            )
            near = await store.load_invitations(
                conn, {item.thread for item in items if item.thread is not None}
            )
        shown = [_shown(item, near.get(item.thread or ""), call.role) for item in items]
        return Answer(body={"items": shown, "next": cursors.write(more)})

    async def attach(self, call: Call) -> Answer:
        """Somebody says where a reply belongs."""
        return await self.database.transact(lambda conn: self._attach(conn, call))

    async def _attach(self, conn: AsyncConnection, call: Call) -> Answer:
        item = await archive.find(conn, self.vault, call.path["id"])
        if item is None:
            raise NotFound(f"there is no reply {call.path['id']}")
        invitation = await _meant(conn, call.body)
        own = await self._numbers(conn, invitation)
        ring = {*self.vault.indexes(item.sender), *own}
        await people.lock_threads(conn, [invitation.id], ring)
        if not await archive.attach(conn, item.id, invitation.id, call.actor, call.now):
            before = await archive.find(conn, self.vault, item.id)
            raise _not_waiting(before or item)
        reason = await self._read(conn, invitation.id, item, own, call.now)
        if reason == "not_understood":
            fault = FieldError(path="invitation", reason="The reply is no answer to its question.")
            raise Invalid("the reply cannot be read as an answer there", errors=[fault])
        if reason is not None:
            raise Conflict("nothing is open there to be answered", extra={"reason": reason})
        said = {"message": item.id, "channel": str(item.channel), "actor": call.actor}
        await append(conn, [entry(invitation, "reply.attached", call.now, **said)])
        return Answer(body=_shown(item, invitation, call.role))

    async def _numbers(self, conn: AsyncConnection, invitation: Invitation) -> Sequence[bytes]:
        """The customer's own number as addresses know it, under every key."""
        who = (invitation.source, invitation.customer)
        person = (await people.load_people(conn, self.vault, [who])).get(who)
        return self.vault.indexes(person.phone) if person and person.phone else ()

    async def _read(
        self,
        conn: AsyncConnection,
        invitation: str,
        item: Unmatched,
        own: Collection[bytes],
        now: datetime,
    ) -> str | None:
        """Read a text that a person says answers an invitation; why it does not, else None.

        The caller has locked the addresses, `own` among them. Where all is answered it is kept as a
        comment; where more is asked, that goes out as a message of its own.
        """
        thread = (await self.conversation.threads(conn, [invitation], lock=True)).get(invitation)
        if thread is None:
            return "unknown_invitation"
        if thread.invitation.state is InvitationState.COMPLETED:
            return await self._remark(conn, thread, item, now)
        over = await _ended_at(conn, thread.invitation)
        channel = str(item.channel)
        turn = on_attached(thread, response_id(thread), channel, item.text, item.at, over)
        if isinstance(turn, Unfit):
            return turn.reason
        if not (await self.conversation.take_turn(conn, thread, turn, now)).matched:
            return "answered"
        open_ = turn.invitation.state in OPEN_STATES and not turn.invitation.is_collected
        if turn.ask is not None and open_:
            busy = await people.asked_elsewhere(conn, own, invitation, now)
            await jobs.enqueue(conn, [_next(turn.invitation, item, now, busy=busy)])
        return None

    async def _remark(
        self, conn: AsyncConnection, thread: Thread, item: Unmatched, now: datetime
    ) -> str | None:
        """Keep a text beside the last answer; no score changes, and a complaint hears of it."""
        response = thread.response
        if response is None or not response.given:
            return "no_open_question"
        question = max(response.given, key=lambda name: response.given[name].at)
        await add_words(conn, self.vault, response.id, question, item.text)
        told = await last_of(conn, thread.invitation.id, COMPLAINED)
        if told is not None and told.kind == COMPLAINED[0]:
            sealed = self.conversation.sealed(response.id, item.text)
            await jobs.enqueue(conn, [remarked(thread, item.id, question, sealed, now)])
        return None

    async def dismiss(self, call: Call) -> Answer:
        """Somebody says that a reply needs nothing."""
        return await self.database.transact(lambda conn: self._dismiss(conn, call))

    async def _dismiss(self, conn: AsyncConnection, call: Call) -> Answer:
        item = await archive.find(conn, self.vault, call.path["id"])
        if item is None:
            raise NotFound(f"there is no reply {call.path['id']}")
        if not await archive.dismiss(conn, item.id):
            before = await archive.find(conn, self.vault, item.id)
            raise _not_waiting(before or item)
        known = await store.load_invitations(conn, [item.thread] if item.thread else [])
        invitation = known.get(item.thread or "")
        said = Entry(
            at=call.now,
            kind="reply.dismissed",
            about=invitation.id if invitation else item.id,
            source=invitation.source if invitation else None,
            ticket=invitation.ticket if invitation else None,
            detail={
                "message": item.id,
                "channel": str(item.channel),
                "actor": call.actor,
                "reason": self.mask(call.body["reason"]),
            },
        )
        await append(conn, [said])
        return Answer(body=_shown(item, invitation, call.role))


async def _meant(conn: AsyncConnection, place: Mapping[str, Any]) -> Invitation:
    """The invitation, or of a ticket's the open one, else the latest."""
    if "invitation" in place:
        id_ = place["invitation"]
        found = (await store.load_invitations(conn, [id_])).get(id_)
        if found is None:
            raise NotFound(f"there is no invitation {id_}")
        return found
    wanted = place.get("source")
    known = [
        item
        for item in await store.of_ticket(conn, place["ticket"])
        if wanted in (None, item.source)
    ]
    sources = sorted({item.source for item in known})
    if not known:
        raise NotFound(f"ticket {place['ticket']} has no survey")
    if len(sources) > 1:
        raise Conflict("several sources know this ticket: say which", extra={"sources": sources})
    return max(known, key=lambda item: (item.state in OPEN_STATES, item.cycle))


async def _ended_at(conn: AsyncConnection, invitation: Invitation) -> datetime | None:
    """When what may still be answered late came to its end; None where nothing may, or not yet."""
    if invitation.state is InvitationState.EXPIRED:
        return invitation.expires_at
    if (invitation.state, invitation.reason) != (InvitationState.CANCELLED, "reopened"):
        return None
    told = await last_of(conn, invitation.id, ["invitation.cancelled"])
    return told.at if told else None


def _next(invitation: Invitation, item: Unmatched, now: datetime, *, busy: bool) -> Job:
    """The job that asks the next question of whoever answered the last one.

    In the middle of a conversation at once, as an answer; when that is long ago, or the number is
    asked something else (`busy`), as a reminder, which waits for its hour and its turn.
    """
    if now - item.at <= _RECENTLY and not busy and item.channel in _WRITTEN:
        step, talks = following(item.id), MessageClass.CONVERSATION
        return send_job(invitation, step, [item.channel], now, Priority.RECOVERY, talks)
    wanted = [invitation.channel] if invitation.channel else list(invitation.channels)
    return send_job(invitation, LATER, wanted, now, message_class=MessageClass.REMINDER)


def _not_waiting(item: Unmatched) -> Conflict:
    if item.attached_to is None:
        return Conflict("this message waits for nobody", extra={"reading": item.reading})
    extra = {"invitation": item.attached_to, "by": item.attached_by}
    return Conflict("somebody attached it before", extra=extra)


def _shown(item: Unmatched, invitation: Invitation | None, role: Role) -> dict[str, Any]:
    return {
        "id": item.id,
        "at": item.at,
        "channel": str(item.channel),
        "sender": item.sender if role >= Role.ADMIN else _masked(item.sender),
        "text": item.text,
        "reason": item.reason,
        "invitation": invitation.id if invitation else None,
        "source": invitation.source if invitation else None,
        "ticket": invitation.ticket if invitation else None,
        "customer": invitation.customer if invitation else None,
    }


def _masked(sender: str) -> str:
    return "*" * max(len(sender) - _SHOWN, 0) + sender[-_SHOWN:]
