"""Shows what a person must look at: notices until somebody acknowledges them, unsure contacts."""

from dataclasses import asdict, dataclass
from typing import Any

from marshmallow import Schema, fields, validate

from channels import settling
from channels.model import ContactState
from huifang.telling import sentence
from huifang.web import locale_of
from kernel import cursors
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import Conflict, NotFound
from kernel.shapes import PageQuery, Strict
from scheduler import notices
from scheduler.notices import Item


class _NoticesSchema(PageQuery):
    open = fields.Boolean(
        metadata={"description": "only what nobody has acknowledged, or only the rest"}
    )
    kind = fields.String(
        validate=validate.Length(1, 48), metadata={"description": "such as desk.silent"}
    )


class _UnsureSchema(PageQuery):
    state = fields.String(
        load_default=ContactState.UNKNOWN.value,
        validate=validate.OneOf([ContactState.UNKNOWN.value]),
        metadata={"description": "this one alone can be listed"},
    )
    before = fields.AwareDateTime(
        format="iso", metadata={"description": "only what was about to be sent before this"}
    )


class NoticeSchema(Schema):
    """A matter that a person must look at."""

    id = fields.String()
    kind = fields.String()
    text = fields.String(metadata={"description": "the matter in a sentence"})
    source = fields.String(allow_none=True)
    ticket = fields.String(allow_none=True)
    facts = fields.Dict(metadata={"description": "keys, numbers and reasons; nothing personal"})
    roles = fields.List(fields.String(), metadata={"description": "whom it is for"})
    told = fields.List(
        fields.String(), metadata={"description": "the roles that were mailed, if any"}
    )
    raised_at = fields.AwareDateTime(format="iso")
    told_at = fields.AwareDateTime(format="iso", allow_none=True)
    acknowledged_at = fields.AwareDateTime(format="iso", allow_none=True)
    acknowledged_by = fields.String(allow_none=True)


class NoticePageSchema(Schema):
    """One page of notices, newest first."""

    items = fields.List(fields.Nested(NoticeSchema))
    next = fields.String(allow_none=True)


class UnsureContactSchema(Schema):
    """A contact that may or may not have arrived; it is not repeated."""

    id = fields.String()
    source = fields.String()
    ticket = fields.String(allow_none=True)
    customer = fields.String()
    channel = fields.String()
    message_class = fields.String()
    attempt = fields.Integer()
    intended_at = fields.AwareDateTime(format="iso")
    error = fields.String(allow_none=True)


class UnsurePageSchema(Schema):
    """One page of unsure contacts, newest first."""

    items = fields.List(fields.Nested(UnsureContactSchema))
    next = fields.String(allow_none=True)


class AcknowledgementSchema(Strict):
    """Who takes care of it."""

    by = fields.String(
        required=True,
        validate=validate.Length(1, 64),
        metadata={"description": "the agent's id"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The endpoints behind the supervisors' board."""

    database: Database

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="GET",
                path="/v1/notices",
                handler=self.notices,
                role=Role.AGENT,
                summary="What a person must look at, newest first",
                tag="notices",
                query=_NoticesSchema(),
                reply=NoticePageSchema(),
            ),
            Endpoint(
                method="POST",
                path="/v1/notices/{id}/acknowledge",
                handler=self.acknowledge,
                role=Role.AGENT,
                summary="Take a notice off the board; what it is about is settled elsewhere",
                tag="notices",
                body=AcknowledgementSchema(),
                reply=NoticeSchema(),
                statuses={404: "no such notice", 409: "somebody acknowledged it before"},
            ),
            Endpoint(
                method="GET",
                path="/v1/contacts",
                handler=self.contacts,
                role=Role.AGENT,
                summary="Contacts of which nobody knows whether they arrived, newest first",
                tag="notices",
                query=_UnsureSchema(),
                reply=UnsurePageSchema(),
            ),
        ]

    async def notices(self, call: Call) -> Answer:
        """A page of the board, or of what was acknowledged."""
        async with self.database.read() as conn:
            items, more = await notices.listed(
                conn,
                standing=call.query.get("open"),
                kind=call.query.get("kind"),
                after=cursors.asked(call.query),
                limit=call.query["limit"],
            )
        shown = [_shown(item, locale_of(call)) for item in items]
        return Answer(body={"items": shown, "next": cursors.write(more)})

    async def acknowledge(self, call: Call) -> Answer:
        """Somebody takes care of it."""
        id_, by = call.path["id"], call.body["by"]
        async with self.database.write() as conn:
            item = await notices.acknowledge(conn, id_, by, call.actor, call.now)
            before = None if item else (await notices.load(conn, [id_])).get(id_)
        if item is not None:
            return Answer(body=_shown(item, locale_of(call)))
        if before is None:
            raise NotFound(f"there is no notice {id_}")
        raise Conflict(
            "somebody acknowledged it before",
            extra={"acknowledged_by": before.acknowledged_by},
        )

    async def contacts(self, call: Call) -> Answer:
        """A page of unsure contacts."""
        async with self.database.read() as conn:
            items, more = await settling.unsure(
                conn,
                before=call.query.get("before"),
                after=cursors.asked(call.query),
                limit=call.query["limit"],
            )
        return Answer(body={"items": [asdict(item) for item in items], "next": cursors.write(more)})


def _shown(item: Item, locale: str) -> dict[str, Any]:
    return {**asdict(item), "text": sentence(item, locale), "told": item.told or ()}
