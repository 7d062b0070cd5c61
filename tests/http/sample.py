"""A small application with one endpoint of every sort, for the tests of the HTTP side."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from aiohttp import web
from marshmallow import RAISE, Schema, fields, validate

from huifang.identity import Identity
from huifang.metrics import Metrics
from huifang.request import FORM
from huifang.web import application
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database, metadata, open_database
from kernel.faults import Conflict, FieldError, Forbidden, Invalid, NotFound, Unavailable

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PUBLIC_URL = "https://survey.example.com/huifang"
BOOTSTRAP = "bootstrap-key-of-the-tests"
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SECRET = "the sender's secret"


@dataclass
class FixedClock:
    """Stands still until it is moved."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def seconds_until(self, instant: datetime) -> float:
        return 0.0

    def elapsed(self) -> float:
        return self.at.timestamp()

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class PartSchema(Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=20))
    amount = fields.Integer(strict=True, validate=validate.Range(min=1, max=9))


class OrderSchema(Schema):
    title = fields.String(required=True, validate=validate.Length(max=40))
    wished_at = fields.AwareDateTime(format="iso", allow_none=True)
    parts = fields.List(fields.Nested(PartSchema), load_default=list)
    count = fields.Integer(strict=True)


class StrictSchema(Schema):
    class Meta:
        unknown = RAISE

    reason = fields.String(required=True)


class PageSchema(Schema):
    limit = fields.Integer(strict=True, load_default=50, validate=validate.Range(min=1, max=200))
    state = fields.String(validate=validate.OneOf(["open", "closed"]))
    team = fields.List(fields.String(), data_key="group_by", load_default=list)


class ItemSchema(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    at = fields.DateTime(required=True)
    phone = fields.String(load_only=True)


class ItemsSchema(Schema):
    items = fields.List(fields.Nested(ItemSchema), required=True)
    next = fields.String(allow_none=True)


class RatingSchema(Schema):
    rating = fields.Integer(required=True, validate=validate.Range(min=1, max=5))
    reasons = fields.List(fields.String(), load_default=list)


@dataclass
class Sample:
    """The handlers; each call is kept to be looked at."""

    calls: list[Call] = field(default_factory=list)

    def endpoints(self) -> list[Endpoint]:
        return [
            _get("/v1/orders", self.orders, "Orders", query=PageSchema(), reply=ItemsSchema()),
            _get("/v1/orders/{id}", self.order, "One order", reply=ItemSchema()),
            _get("/v1/orders/latest", self.latest, "The latest order", reply=ItemSchema()),
            Endpoint(
                method="POST",
                path="/v1/orders",
                handler=self.make,
                role=Role.MANAGER,
                summary="Make an order",
                tag="orders",
                body=OrderSchema(),
                reply=ItemSchema(),
                status=201,
                limit=2_000,
            ),
            Endpoint(
                method="POST",
                path="/v1/orders/{id}/cancel",
                handler=self.cancel,
                role=Role.AGENT,
                summary="Cancel an order",
                tag="orders",
                body=StrictSchema(),
                status=204,
            ),
            Endpoint(
                method="POST",
                path="/v1/events",
                handler=self.event,
                role=Role.INGEST,
                summary="Take events",
                tag="events",
                media=("application/json", "application/cloudevents+json"),
                status=202,
                or_signed=lambda call: call.headers.get("x-secret") == SECRET and call.raw != b"",
            ),
            Endpoint(
                method="POST",
                path="/carriers/{carrier}/sms",
                handler=self.sms,
                role=Role.NONE,
                summary="A carrier's webhook",
                tag="carriers",
                media=(FORM,),
                reply_media="application/xml",
                statuses={403: "the signature does not fit"},
                signed=True,
            ),
            Endpoint(
                method="POST",
                path="/rate",
                handler=self.rate,
                role=Role.NONE,
                summary="A form, or JSON",
                tag="pages",
                body=RatingSchema(),
                media=(FORM, "application/json"),
            ),
            Endpoint(
                method="GET",
                path="/page",
                handler=self.page,
                role=Role.NONE,
                summary="A page",
                tag="pages",
                reply_media="text/html",
            ),
        ]

    async def orders(self, call: Call) -> Answer:
        self.calls.append(call)
        return Answer(body={"items": [_item("1")][: call.query["limit"]], "next": None})

    async def order(self, call: Call) -> Answer:
        self.calls.append(call)
        if call.path["id"] == "none":
            raise NotFound("no such order")
        return Answer(body=_item(call.path["id"]))

    async def latest(self, call: Call) -> Answer:
        return Answer(body=_item("latest"))

    async def make(self, call: Call) -> Answer:
        self.calls.append(call)
        match call.body["title"]:
            case "broken":
                raise RuntimeError("the customer +8613800138000 broke it")
            case "taken":
                raise Conflict("taken", extra={"sources": ["/a", "/b"], "status": 1})
            case "overloaded":
                raise Unavailable("later")
            case "wrong":
                raise Invalid("no", errors=[FieldError(path="parts.0", reason="gone")])
            case title:
                return Answer(body=_item("7", title), status=201)

    async def cancel(self, call: Call) -> Answer:
        self.calls.append(call)
        return Answer(status=204)

    async def event(self, call: Call) -> Answer:
        self.calls.append(call)
        return Answer(status=202)

    async def sms(self, call: Call) -> Answer:
        self.calls.append(call)
        if dict(call.form).get("Signature") != SECRET:
            raise Forbidden("the signature does not fit")
        return Answer(body="<Response/>", media="application/xml")

    async def rate(self, call: Call) -> Answer:
        self.calls.append(call)
        return Answer(body=call.body)

    async def page(self, call: Call) -> Answer:
        self.calls.append(call)
        return Answer(body="<p>你好</p>", media="text/html")


def _get(path: str, handler: Any, summary: str, **more: Any) -> Endpoint:
    return Endpoint(
        method="GET",
        path=path,
        handler=handler,
        role=Role.AGENT,
        summary=summary,
        tag="orders",
        **more,
    )


def _item(item_id: str, title: str = "a title") -> dict[str, Any]:
    return {"id": item_id, "title": title, "at": NOW, "phone": "+8613800138000"}


async def open_with_tables(url: str) -> Database:
    """The database at `url`, with every table that is declared."""
    database = open_database(url)
    async with database.write() as conn:
        await conn.run_sync(metadata.create_all)
    return database


async def all_ready() -> dict[str, str]:
    return {"database": "ok", "redis": "ok"}


def build(
    endpoints: Sequence[Endpoint],
    database: Database,
    *,
    clock: FixedClock | None = None,
    metrics: Metrics | None = None,
    ready: Any = all_ready,
    proxies: Sequence[str] = (),
) -> web.Application:
    """An application as `serve` makes it."""
    return application(
        endpoints,
        clock=clock or FixedClock(),
        identity=Identity(database, BOOTSTRAP),
        public_url=PUBLIC_URL,
        trusted_proxies=[ip_network(proxy) for proxy in proxies],
        ready=ready,
        metrics=metrics or Metrics(),
        templates=TEMPLATES,
        static=TEMPLATES / "static",
    )
