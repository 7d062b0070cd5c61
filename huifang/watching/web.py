"""Lists what the watch found, with the rows behind it."""

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, validate

from huifang.request import locale_of
from huifang.story import tell
from huifang.watching import store
from huifang.watching.model import Known, Matter, rows_of
from kernel import cursors
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import NotFound
from kernel.journal import Entry
from kernel.shapes import PageQuery


class WatchQuery(PageQuery):
    """Which findings are asked for."""

    current = fields.Boolean(
        metadata={"description": "only what the last look found, or only what is over"}
    )
    kind = fields.String(validate=validate.OneOf([each.value for each in Matter]))


class ShareSchema(Schema):
    """How many of how many."""

    hits = fields.Integer()
    n = fields.Integer()
    share = fields.Float()


class FindingSchema(Schema):
    """Something out of the ordinary; it says where to look, and blames nobody."""

    id = fields.String()
    kind = fields.String()
    text = fields.String(metadata={"description": "the finding in a sentence"})
    dimension = fields.String()
    name = fields.String()
    close_reason = fields.String(allow_none=True)
    now = fields.Nested(ShareSchema)
    usual = fields.Nested(
        ShareSchema, metadata={"description": "of the time before, or of all others"}
    )
    limit = fields.Float(metadata={"description": "the share beyond which it stands out"})
    chance = fields.Float(
        metadata={"description": "how often chance alone would show as much, 0 to 1"}
    )
    since = fields.AwareDateTime(format="iso")
    until = fields.AwareDateTime(format="iso")
    found_at = fields.AwareDateTime(format="iso")
    seen_at = fields.AwareDateTime(format="iso", metadata={"description": "at the last look"})
    over_at = fields.AwareDateTime(format="iso", allow_none=True)
    rows = fields.String(metadata={"description": "the path that lists the rows behind it"})


class WatchSchema(Schema):
    """One page of findings, newest first."""

    items = fields.List(fields.Nested(FindingSchema))
    next = fields.String(allow_none=True)


class ClosingSchema(Schema):
    """A closing of a ticket."""

    source = fields.String()
    ticket = fields.String()
    closure = fields.Integer(metadata={"description": "which closing of the ticket"})
    closed_at = fields.AwareDateTime(format="iso")


class RowsSchema(Schema):
    """The closings a finding rests on, newest first, 500 at most."""

    items = fields.List(fields.Nested(ClosingSchema))


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The endpoints."""

    database: Database

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="GET",
                path="/v1/watch",
                handler=self.findings,
                role=Role.MANAGER,
                summary="What is out of the ordinary: sudden drops, and who differs from the rest",
                tag="responses",
                query=WatchQuery(),
                reply=WatchSchema(),
            ),
            Endpoint(
                method="GET",
                path="/v1/watch/{id}/rows",
                handler=self.rows,
                role=Role.MANAGER,
                summary="The closings behind a finding",
                tag="responses",
                reply=RowsSchema(),
                statuses={404: "no such finding, or one about answers, which has `rows` elsewhere"},
            ),
        ]

    async def findings(self, call: Call) -> Answer:
        """A page of findings."""
        async with self.database.read() as conn:
            found, more = await store.listed(
                conn,
                current=call.query.get("current"),
                matter=call.query.get("kind"),
                after=cursors.asked(call.query),
                limit=call.query["limit"],
            )
        items = [_shown(each, locale_of(call)) for each in found]
        return Answer(body={"items": items, "next": cursors.write(more)})

    async def rows(self, call: Call) -> Answer:
        """The closings behind a finding."""
        id_ = call.path["id"]
        async with self.database.read() as conn:
            found = await store.one(conn, id_)
            if found is None or found.seen.spot.matter is Matter.DROPPED:
                raise NotFound(f"there is no finding {id_} about closings")
            return Answer(body={"items": await store.rows_behind(conn, found.seen)})


def _shown(of: Known, locale: str) -> dict[str, Any]:
    spot, finding = of.seen.spot, of.seen.finding
    facts = {
        "dimension": spot.dimension,
        "name": spot.name,
        "close_reason": spot.close_reason,
        "share": finding.now.share,
        "n": finding.now.n,
        "usual": finding.usual.share,
    }
    said = Entry(at=of.found_at, kind=spot.matter.value, about=spot.id, detail=facts)
    return {
        "id": spot.id,
        "kind": spot.matter.value,
        "text": tell(said, locale),
        "dimension": spot.dimension,
        "name": spot.name,
        "close_reason": spot.close_reason,
        "now": finding.now,
        "usual": finding.usual,
        "limit": finding.limit,
        "chance": finding.chance,
        "since": of.seen.since,
        "until": of.seen.until,
        "found_at": of.found_at,
        "seen_at": of.seen_at,
        "over_at": of.over_at,
        "rows": rows_of(of.seen),
    }
