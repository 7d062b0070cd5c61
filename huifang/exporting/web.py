"""Takes orders for exports over HTTP, shows how far they are, and hands their files out."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from huifang.exporting import jobs, store
from huifang.exporting.model import UNDER_WAY, Export, ExportState, Format, Grain, Made, Order
from huifang.exporting.parquet import INSTALL, is_there
from huifang.exporting.shelf import Shelf
from huifang.numbers import ResponsesSchema
from huifang.scope import is_zone
from kernel import cursors
from kernel.endpoint import Answer, Call, Endpoint, Handler, Role
from kernel.engine import Database
from kernel.faults import Conflict, FieldError, Forbidden, Gone, Invalid, NotFound, Unavailable
from kernel.journal import Entry, append
from kernel.shapes import PageQuery, Strict

PATH = "/v1/exports"
FILE = "application/octet-stream"

_MOST, _USUAL = 200, 50  # exports of one page
_MEDIA = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.JSONL: "application/jsonl",
}


class FilterSchema(ResponsesSchema):
    """Which rows are meant: the filters of `/v1/responses`."""

    class Meta:
        exclude = ("cursor", "limit")
        unknown = RAISE


class OrderSchema(Strict):
    """An export to make."""

    format = fields.String(required=True, validate=validate.OneOf([*Format]))
    grain = fields.String(
        load_default=Grain.RESPONSE.value,
        validate=validate.OneOf([*Grain]),
        metadata={"description": "what a row is; of tickets, times are about the last closing"},
    )
    filter = fields.Nested(FilterSchema(), metadata={"description": "as `/v1/responses` takes it"})
    tz = fields.String(
        validate=is_zone, metadata={"description": "IANA zone; without it the service centre's"}
    )
    bom = fields.Boolean(
        load_default=False, metadata={"description": "csv: begin with a mark, for Excel"}
    )
    comments = fields.Boolean(
        load_default=True, metadata={"description": "what customers said in words too"}
    )
    identities = fields.Boolean(
        load_default=False,
        metadata={"description": "customers' ids, names, phones and mailboxes; admin only"},
    )


class ManifestSchema(Schema):
    """What is in a file."""

    rows = fields.Integer()
    sha256 = fields.String()
    bytes = fields.Integer()
    filter = fields.Dict()
    versions = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "of each survey, those that occur"},
    )
    tz = fields.String()
    columns = fields.List(fields.Dict(), metadata={"description": "their names and kinds"})


class ExportSchema(Schema):
    """An export."""

    id = fields.String()
    state = fields.String(validate=validate.OneOf([*ExportState]))
    progress = fields.Float(metadata={"description": "0 to 1"})
    manifest = fields.Nested(ManifestSchema, allow_none=True)
    format = fields.String()
    grain = fields.String()
    comments = fields.Boolean()
    identities = fields.Boolean()
    by = fields.String()
    created_at = fields.AwareDateTime(format="iso")
    started_at = fields.AwareDateTime(format="iso", allow_none=True)
    ended_at = fields.AwareDateTime(format="iso", allow_none=True)
    removed_at = fields.AwareDateTime(
        format="iso", allow_none=True, metadata={"description": "since when there is no file"}
    )
    reason = fields.String(allow_none=True, metadata={"description": "why it failed"})


class ExportPageSchema(Schema):
    """One page of exports, newest first."""

    items = fields.List(fields.Nested(ExportSchema))
    next = fields.String(allow_none=True)


class _ListSchema(PageQuery):
    limit = fields.Integer(load_default=_USUAL, validate=validate.Range(1, _MOST))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """The endpoints about exports; `timezone` gives the centre's."""

    database: Database
    shelf: Shelf
    timezone: Callable[[], str]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        one = {404: "no such export"}
        away = {410: "not kept any more", 416: "no such part", 503: "the file is elsewhere"}
        kept = {**one, 409: "not done", **away}
        item = ExportSchema()
        return [
            _route("POST", "", self.order, "Have an export made", item, OrderSchema(), status=202),
            _route(
                "GET", "", self.list, "Exports, newest first", ExportPageSchema(), _ListSchema()
            ),
            _route("GET", "/{id}", self.show, "How far an export is", item, statuses=one),
            _route("GET", "/{id}/file", self.file, "Its file; parts too", statuses=kept),
            _route(
                "DELETE",
                "/{id}",
                self.end,
                "Cancel an export, or take its file away; said twice it changes nothing",
                status=204,
                statuses=one,
            ),
        ]

    async def order(self, call: Call) -> Answer:
        """Take an order."""
        wanted = self._wanted(call)
        async with self.database.write() as conn:
            made = await jobs.order(conn, wanted, call.actor, call.role, call.now)
        headers = {"Location": f"{PATH}/{made.id}"}
        return Answer(body=shown(made), status=202, headers=headers)

    def _wanted(self, call: Call) -> Order:
        body = call.body
        if body["identities"] and call.role < Role.ADMIN:
            raise Forbidden("who customers are is exported by admins only; leave out `identities`")
        if body["format"] == Format.PARQUET and not is_there():
            reason = f"Parquet cannot be written here: {INSTALL}"
            fault = FieldError(path="format", reason=reason)
            raise Invalid("choose another format, or install what it needs", errors=[fault])
        return Order(
            format=Format(body["format"]),
            grain=Grain(body["grain"]),
            filter=FilterSchema().dump(body.get("filter", {"by": "started"})),
            tz=body.get("tz") or self.timezone(),
            bom=body["bom"],
            comments=body["comments"],
            identities=body["identities"],
        )

    async def list(self, call: Call) -> Answer:
        """A page of exports."""
        after, limit = cursors.asked(call.query), call.query["limit"]
        async with self.database.read() as conn:
            found, more = await store.listed(conn, after, limit)
        items = [shown(export) for export in found]
        return Answer(body={"items": items, "next": cursors.write(more)})

    async def show(self, call: Call) -> Answer:
        """One export."""
        return Answer(body=shown(await self._found(call)))

    async def _found(self, call: Call) -> Export:
        async with self.database.read() as conn:
            return _known(await store.load(conn, call.path["id"]), call)

    async def file(self, call: Call) -> Answer:
        """The file of an export; who fetched it is noted before the first byte leaves."""
        found = await self._found(call)
        made = found.made
        if found.order.identities and call.role < Role.ADMIN:
            raise Forbidden("this file tells who customers are: an admin may fetch it")
        if made is None:
            raise Conflict(_not_done(found), extra={"state": found.state.value})
        if found.removed_at is not None:
            raise Gone(f"this file was taken away at {found.removed_at.isoformat()}; export anew")
        if not await asyncio.to_thread(self.shelf.holds, found):
            raise Unavailable(
                "this replica does not have the file: HUIFANG_EXPORTS must name one folder that "
                "all replicas share; see docs/how-to/export.md"
            )
        await self._note(call, "export.downloaded", found.id)
        digest = base64.b64encode(bytes.fromhex(made.sha256)).decode()
        return Answer(
            body=self.shelf.path(found.id, found.order.format),
            media=_MEDIA[found.order.format],
            headers={
                "Content-Disposition": f'attachment; filename="{name_of(found)}"',
                "Repr-Digest": f"sha-256=:{digest}:",
                "Accept-Ranges": "bytes",
            },
        )

    async def end(self, call: Call) -> Answer:
        """Cancel what is under way; of what is done, take the file away."""
        async with self.database.write() as conn:
            found = _known(await store.load(conn, call.path["id"]), call)
            if found.state in UNDER_WAY:
                await jobs.cancel(conn, found, call.actor, call.now)
                # Done meanwhile: then there is a file to take away, below.
                found = _known(await store.load(conn, found.id), call)
        if found.state is ExportState.DONE and found.removed_at is None:
            await asyncio.to_thread(self.shelf.remove, [found.id])
            async with self.database.write() as conn:
                await store.remove(conn, [found.id], call.now)
            await self._note(call, "export.removed", found.id)
        return Answer(status=204)

    async def _note(self, call: Call, kind: str, export: str) -> None:
        detail = {"actor": call.actor}
        async with self.database.write() as conn:
            await append(conn, [Entry(at=call.now, kind=kind, about=export, detail=detail)])


def _route(
    method: str,
    path: str,
    handler: Handler,
    summary: str,
    reply: Schema | None = None,
    given: Schema | None = None,
    *,
    status: int = 200,
    statuses: Mapping[int, str] | None = None,
) -> Endpoint:
    return Endpoint(
        method=method,
        path=PATH + path,
        handler=handler,
        role=Role.MANAGER,
        summary=summary,
        tag="exports",
        query=given if method == "GET" else None,
        body=given if method == "POST" else None,
        reply=reply,
        status=status,
        reply_media=FILE if path.endswith("/file") else "application/json",
        statuses=statuses or {},
    )


def _known(found: Export | None, call: Call) -> Export:
    if found is None:
        raise NotFound(f"there is no export {call.path['id']}")
    return found


def _not_done(found: Export) -> str:
    if found.state is ExportState.FAILED:
        return f"this export failed: {found.reason}; have it made anew"
    if found.state is ExportState.CANCELLED:
        return "this export was cancelled; have it made anew"
    return "this export is not done; ask again when its state is `done`"


def name_of(found: Export) -> str:
    """What a file is called where it is saved."""
    day, short = f"{found.created_at:%Y%m%d}", found.id[2:10]
    return f"huifang-{found.order.grain}s-{day}-{short}.{found.order.format}"


def manifest(order: Order, made: Made) -> dict[str, Any]:
    """What is in a file, as the API shows it."""
    return {
        "rows": made.rows,
        "sha256": made.sha256,
        "bytes": made.bytes,
        "filter": order.filter,
        "versions": made.versions,
        "tz": order.tz,
        "columns": [{"name": name, "kind": kind} for name, kind in made.columns],
    }


def shown(found: Export) -> dict[str, Any]:
    """An export as the API shows it."""
    made, order = found.made, found.order
    return {
        "id": found.id,
        "state": found.state,
        "progress": found.progress,
        "manifest": made and manifest(order, made),
        "format": order.format,
        "grain": order.grain,
        "comments": order.comments,
        "identities": order.identities,
        "by": found.by,
        "created_at": found.created_at,
        "started_at": found.started_at,
        "ended_at": found.ended_at,
        "removed_at": found.removed_at,
        "reason": found.reason,
    }
