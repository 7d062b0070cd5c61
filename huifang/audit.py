"""Shows who did what: the part of the journal that tells of somebody's acts."""

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, validate

from huifang.scope import Instant
from huifang.story import tell
from huifang.web import locale_of
from kernel import cursors, journal
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.shapes import PageQuery


class _AuditSchema(PageQuery):
    since = Instant(
        data_key="from", format="iso", metadata={"description": "at this instant or later"}
    )
    until = Instant(data_key="to", format="iso", metadata={"description": "before this instant"})
    actor = fields.String(
        validate=validate.Length(1, 64), metadata={"description": "the key's name"}
    )
    kind = fields.String(
        validate=validate.Length(1, 48), metadata={"description": "such as response.excluded"}
    )


class ActSchema(Schema):
    """What somebody did."""

    id = fields.String()
    at = fields.AwareDateTime(format="iso")
    actor = fields.String(
        metadata={"description": "the key's name, `command line` or `configuration`"}
    )
    kind = fields.String()
    text = fields.String(metadata={"description": "the act in a sentence"})
    about = fields.String(metadata={"description": "the id of what it concerns"})
    source = fields.String(allow_none=True)
    ticket = fields.String(allow_none=True)
    detail = fields.Dict(metadata={"description": "keys, numbers and reasons"})


class ActPageSchema(Schema):
    """One page of acts, newest first."""

    items = fields.List(fields.Nested(ActSchema))
    next = fields.String(allow_none=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The endpoint of the audit."""

    database: Database

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="GET",
                path="/v1/audit",
                handler=self.acts,
                role=Role.ADMIN,
                summary="Who did what, newest first",
                tag="audit",
                query=_AuditSchema(),
                reply=ActPageSchema(),
            ),
        ]

    async def acts(self, call: Call) -> Answer:
        """A page of acts."""
        query = call.query
        async with self.database.read() as conn:
            found, more = await journal.acts(
                conn,
                since=query.get("since"),
                until=query.get("until"),
                actor=query.get("actor"),
                kind=query.get("kind"),
                after=cursors.asked(query, numbered=True),
                limit=query["limit"],
            )
        locale = locale_of(call)
        items = [_shown(act, locale) for act in found]
        return Answer(body={"items": items, "next": cursors.write(more)})


def _shown(act: journal.Act, locale: str) -> dict[str, Any]:
    entry = act.entry
    return {
        "id": str(act.id),
        "at": entry.at,
        "actor": act.actor,
        "kind": entry.kind,
        "text": tell(entry, locale),
        "about": entry.about,
        "source": entry.source,
        "ticket": entry.ticket,
        "detail": entry.detail,
    }
