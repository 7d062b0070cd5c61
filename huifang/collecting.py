"""Takes scores that others got from customers themselves: at a counter, in an app, on paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marshmallow import fields, validate
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import keywords
from channels.ports import Conversation
from huifang.numbers import Numbers, ResponseSchema, read_entry
from huifang.views import source_of
from kernel import journal
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import Conflict, FieldError, Invalid
from kernel.shapes import SourceQuery, Strict
from kernel.vault import Vault, derived_id
from surveys import listing, store
from surveys.collecting import Refused, collect
from surveys.conversation import SurveyConversation, response_id
from surveys.model import CHANNELS, OPEN_STATES, Invitation
from surveys.news import entry
from surveys.turns import Thread, Turn, Unfit
from surveys.wishes import Wishes

COLLECTED = "response.collected"

_LONGEST_KEY, _LONGEST_ID = 200, 255
_CHANNEL = r"[a-z][a-z0-9_-]{0,15}"  # as long as the table has it


class CollectedSchema(Strict):
    """What a customer answered elsewhere."""

    ticket = fields.String(required=True, validate=validate.Length(1, _LONGEST_ID))
    closure = fields.Integer(
        metadata={"description": "which closing; else the latest whose survey is open"}
    )
    channel = fields.String(
        load_default="api",
        validate=[
            validate.Regexp(rf"\A{_CHANNEL}\Z", error="must match {regex}: `counter`, `app`, …"),
            validate.NoneOf(CHANNELS, error="{input} is a channel by which we ask ourselves."),
        ],
        metadata={"description": "where it was given, as figures and lists tell it"},
    )
    idempotency_key = fields.String(
        required=True,
        validate=validate.Length(1, _LONGEST_KEY),
        metadata={"description": "the same one again, for the same ticket, changes nothing"},
    )
    answers = fields.Dict(
        keys=fields.String(),
        required=True,
        validate=validate.Length(1),
        metadata={
            "description": "by question: whole numbers for ratings, true or false for `resolved`, "
            'an option\'s id, a text; "" passes an optional question over'
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """The endpoint by which answers are handed in; `conversations` are told of a stop."""

    database: Database
    vault: Vault
    conversation: SurveyConversation
    conversations: Mapping[str, Conversation]
    numbers: Numbers

    def endpoints(self) -> list[Endpoint]:
        """The route."""
        return [
            Endpoint(
                method="POST",
                path="/v1/responses",
                handler=self.take,
                role=Role.AGENT,
                summary="Hand in what a customer answered elsewhere; nothing is sent to them",
                tag="responses",
                query=SourceQuery(),
                body=CollectedSchema(),
                reply=ResponseSchema(),
                status=201,
                statuses={
                    200: "handed in before; nothing changed",
                    404: "no such ticket",
                    409: "no survey of the ticket takes answers, or several sources know its id",
                },
            )
        ]

    async def take(self, call: Call) -> Answer:
        """Keep answers as if the customer had given them to us; a low score goes into the loop."""
        return await self.database.transact(lambda conn: self._take(conn, call))

    async def _take(self, conn: AsyncConnection, call: Call) -> Answer:
        ticket, key = call.body["ticket"], call.body["idempotency_key"]
        source = await source_of(conn, ticket, call.query.get("source"))
        known = (await store.invitations_of(conn, [(source, ticket)]))[source, ticket]
        message = derived_id("w_", source, ticket, key)
        invitation = _meant(known, call)
        await self._wishes().hold(conn, invitation)
        [thread] = (await self.conversation.threads(conn, [invitation.id], lock=True)).values()
        before = await _handed_in(conn, known, message)  # perhaps while we waited
        if before is not None:
            return await self._shown(conn, before, call, 200)
        turns = _read(thread, call)
        heard = {"channel": call.body["channel"], "message": message}
        said = entry(invitation, COLLECTED, call.now, actor=call.actor, **heard)
        # Where nothing changes, too: sent again after a correction it must not undo that.
        await journal.append(conn, [said])
        await self._keep(conn, turns, heard, call)
        return await self._shown(conn, response_id(thread), call, 201 if turns else 200)

    async def _keep(
        self,
        conn: AsyncConnection,
        turns: Sequence[tuple[Thread, Turn]],
        heard: Mapping[str, str],
        call: Call,
    ) -> None:
        for thread, turn in turns:
            await self.conversation.take_turn(conn, thread, turn, call.now)
        for thread, turn in turns:
            words = turn.answer.comment if turn.answer else None
            wish = keywords.read(words or "", opted_out=False)
            await self._wishes().heed(conn, thread.invitation, wish, heard, call.now)

    async def _shown(self, conn: AsyncConnection, response: str, call: Call, status: int) -> Answer:
        [item] = await self.numbers.shown(conn, await listing.one(conn, response))
        if item["comment"] is not None:
            await journal.append(conn, [read_entry(call, [response])])
        return Answer(body=item, status=status)

    def _wishes(self) -> Wishes:
        return Wishes(vault=self.vault, conversations=self.conversations)


async def _handed_in(
    conn: AsyncConnection, known: Sequence[Invitation], message: str
) -> str | None:
    """The response that a key handed in before; None: it is new."""
    told = await journal.about(conn, [item.id for item in known])
    for id_, entries in told.items():
        if any(each.kind == COLLECTED and each.detail["message"] == message for each in entries):
            return derived_id("r_", id_)
    return None


def _meant(known: Sequence[Invitation], call: Call) -> Invitation:
    """The survey of the closing that is named, else the latest one, those still open first."""
    wanted = call.body.get("closure")
    fitting = [item for item in known if wanted in (None, item.cycle)]
    if not fitting:
        raise Conflict(
            "this closing earned no survey; GET /v1/tickets/{id}/explain tells which program "
            "decided so, and why",
            extra={"reason": "no_survey"},
        )
    return max(fitting, key=lambda item: (item.state in OPEN_STATES, item.cycle))


def _read(thread: Thread, call: Call) -> Sequence[tuple[Thread, Turn]]:
    given, channel = call.body["answers"], call.body["channel"]
    read = collect(thread, response_id(thread), channel, given, call.now)
    if isinstance(read, Refused):
        errors = [
            FieldError(path=f"answers.{name}", reason=f"{name} {why}.")
            for name, why in read.faults.items()
        ]
        detail = f"these are no answers to the survey {thread.survey.id}"
        raise Invalid(f"{detail}; GET /v1/surveys/{thread.survey.id} shows it", errors=errors)
    if isinstance(read, Unfit):
        raise Conflict("the survey takes no answers any more", extra={"reason": read.reason})
    return read
