"""Shows what customers answered, response by response, and lets a person take one out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang.logs import mask
from huifang.scope import ScopeSchema, selection
from huifang.topics.reading import naming
from kernel import cursors
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import NotFound
from kernel.journal import Entry, append
from kernel.shapes import Strict
from kernel.vault import Vault
from surveys import gate, listing, store
from surveys.conversation import SurveyConversation
from surveys.listing import BASES
from surveys.model import QuestionKind
from surveys.topics.terms import LONGEST

COMMENTS_READ = "comments.read"

_MOST, _USUAL = 500, 100  # responses of one page
_REASON_LENGTH = 200


class ResponsesSchema(ScopeSchema):
    """Which responses are asked for."""

    by = fields.String(
        load_default="started",
        validate=validate.OneOf(BASES),
        metadata={
            "description": "what `from` and `to` are about: when a response was begun, or, as "
            "figures have it, those that count, when their headline was answered"
        },
    )
    low = fields.Boolean()
    late = fields.Boolean()
    suspect = fields.Boolean()
    rating = fields.Integer(
        validate=validate.Range(0, 10), metadata={"description": "as it was given"}
    )
    kind = fields.String(
        validate=validate.OneOf([*QuestionKind]),
        metadata={"description": "of headline, as `distribution` of the figures has it"},
    )
    cursor = fields.String(metadata={"description": "the `next` of the page before"})
    limit = fields.Integer(load_default=_USUAL, validate=validate.Range(1, _MOST))


class ListedSchema(ResponsesSchema):
    """Which responses are listed."""

    term = fields.String(
        validate=validate.Length(1, LONGEST),
        metadata={
            "description": "those whose comments name it, as `/v1/topics` tells terms, among as "
            "many of the newest comments as that reads"
        },
    )


class AttributionSchema(Schema):
    """Whom and what a score is credited to, as of the closing."""

    agent = fields.String(allow_none=True, metadata={"description": "the agent's id"})
    team = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    product = fields.String(allow_none=True)
    category = fields.String(allow_none=True)


class ResponseSchema(Schema):
    """What was answered to one invitation."""

    id = fields.String()
    source = fields.String()
    ticket = fields.String()
    closure = fields.Integer(metadata={"description": "which closing of the ticket"})
    program = fields.String()
    survey = fields.String()
    version = fields.String()
    channel = fields.String()
    score = fields.Float(allow_none=True, metadata={"description": "of 100"})
    rating = fields.Integer(allow_none=True, metadata={"description": "as it was given"})
    low = fields.Boolean()
    suspect = fields.Boolean()
    suspect_reason = fields.String(allow_none=True)
    late = fields.Boolean()
    excluded = fields.Boolean(metadata={"description": "taken out of all figures"})
    answers = fields.Dict(metadata={"description": "by question"})
    comment = fields.String(allow_none=True)
    attribution = fields.Nested(AttributionSchema)
    started_at = fields.AwareDateTime(format="iso")
    completed_at = fields.AwareDateTime(format="iso", allow_none=True)


class ResponsePageSchema(Schema):
    """One page of responses, newest first."""

    items = fields.List(fields.Nested(ResponseSchema))
    next = fields.String(allow_none=True)


class WhySchema(Strict):
    """Why a response does not count, or does again."""

    reason = fields.String(
        required=True,
        validate=[validate.Length(1, _REASON_LENGTH), validate.Regexp(r"\s*\S")],
        metadata={"description": "for the journal; no personal data"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The endpoints about responses."""

    database: Database
    vault: Vault
    conversation: SurveyConversation

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="GET",
                path="/v1/responses",
                handler=self.responses,
                role=Role.MANAGER,
                summary="What customers answered, newest first; who reads comments is noted",
                tag="responses",
                query=ListedSchema(),
                reply=ResponsePageSchema(),
            ),
            _decision("exclude", self.exclude, "Take a response out of all figures"),
            _decision(
                "restore", self.restore, "Have a response count again; a suspect one is confirmed"
            ),
        ]

    async def responses(self, call: Call) -> Answer:
        """A page of responses."""
        wanted, limit = selection(call.query), call.query["limit"]
        after = cursors.asked(call.query)
        by, term = call.query["by"], call.query.get("term")
        async with self.database.read() as conn:
            only = None if term is None else await naming(conn, self.vault, wanted, by, term)
            found, more = await listing.page(conn, wanted, after, limit, by=by, only=only)
            items = await self.shown(conn, found)
        shown = [item["id"] for item in items if item["comment"] is not None]
        if shown:
            async with self.database.write() as conn:
                await append(conn, [read_entry(call, shown)])
        return Answer(body={"items": items, "next": cursors.write(more)})

    async def exclude(self, call: Call) -> Answer:
        """Somebody says that a response does not count."""
        return await self.database.transact(lambda conn: self._decide(conn, call, gate.exclude))

    async def restore(self, call: Call) -> Answer:
        """Somebody says that it does."""
        return await self.database.transact(lambda conn: self._decide(conn, call, self._restored))

    async def _restored(
        self, conn: AsyncConnection, response: str, by: str, reason: str, now: datetime
    ) -> None:
        await gate.readmit(conn, self.conversation, response, by, reason, now)

    async def _decide(self, conn: AsyncConnection, call: Call, decided: Any) -> Answer:
        id_ = call.path["id"]
        if not await listing.one(conn, id_):
            raise NotFound(f"there is no response {id_}")
        await decided(conn, id_, call.actor, mask(call.body["reason"].strip()), call.now)
        [item] = await self.shown(conn, await listing.one(conn, id_))
        if item["comment"] is not None:
            await append(conn, [read_entry(call, [id_])])
        return Answer(body=item)

    async def shown(self, conn: AsyncConnection, found: Mapping[str, bool]) -> list[dict[str, Any]]:
        """Responses of invitations, each with whether it is excluded, in their order."""
        asked = await store.load_invitations(conn, list(found))
        given = await store.load_responses(conn, self.vault, list(found))
        return [
            {
                **asdict(given[id_]),
                "source": asked[id_].source,
                "ticket": asked[id_].ticket,
                "closure": asked[id_].cycle,
                "program": asked[id_].program,
                "excluded": excluded,
                "answers": given[id_].told,
                "comment": "\n".join(given[id_].comments) or None,
                "attribution": asked[id_].attribution,
            }
            for id_, excluded in found.items()
        ]


def _decision(verb: str, handler: Any, summary: str) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"/v1/responses/{{id}}/{verb}",
        handler=handler,
        role=Role.MANAGER,
        summary=f"{summary}; said twice it changes nothing",
        tag="responses",
        body=WhySchema(),
        reply=ResponseSchema(),
        statuses={404: "no such response"},
    )


def read_entry(call: Call, responses: Sequence[str]) -> Entry:
    """For the audit: who saw which comments."""
    # Which were seen; a page's filters would tell no more.
    detail = {"actor": call.actor, "responses": list(responses)}
    return Entry(at=call.now, kind=COMMENTS_READ, about="responses", detail=detail)
