"""The sandbox over real sockets; a tiny application plays the product."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import pytest
from aiohttp import web
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from sandbox import mailbox, seed
from sandbox.server import Config, application
from sandbox.world import World

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
ACCOUNT = "AC" + "a" * 32
TOKEN = "carrier-token"
INGEST_SECRET = "whsec_" + base64.b64encode(b"i" * 32).decode()
DESK_SECRET = "whsec_" + base64.b64encode(b"d" * 32).decode()
PHONE = "+8613800138001"
DEADLINE = 5.0


@dataclass
class Receiver:
    """What plays the product: it keeps what it is told and answers as it was bidden."""

    url: str = ""
    texts: list[dict[str, str]] = field(default_factory=list)
    statuses: list[dict[str, str]] = field(default_factory=list)
    events: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    twiml: str = "<Response/>"
    failing: int = 0
    event_status: int = 202

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/carriers/twilio/sms", self.sms)
        app.router.add_post("/carriers/twilio/status", self.status)
        app.router.add_post("/v1/events", self.event)
        app.router.add_get("/v1/tickets/{id}/timeline", self.timeline)
        app.router.add_get("/s/{token}", self.survey)
        return app

    def has_statuses(self, count: int) -> bool:
        return len(self.statuses) == count

    async def form(self, request: web.Request) -> dict[str, str]:
        form = {name: str(value) for name, value in (await request.post()).items()}
        url = self.url + request.path_qs
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(TOKEN).validate(url, form, signature):
            self.forged.append(url)
        return {**form, "query": request.rel_url.raw_query_string}

    async def sms(self, request: web.Request) -> web.Response:
        self.texts.append(await self.form(request))
        if self.failing:
            self.failing -= 1
            return web.Response(status=500)
        return web.Response(text=self.twiml, content_type="text/xml")

    async def status(self, request: web.Request) -> web.Response:
        self.statuses.append(await self.form(request))
        if self.failing:
            self.failing -= 1
            return web.Response(status=503)
        return web.Response(status=204)

    async def event(self, request: web.Request) -> web.Response:
        self.events.append((dict(request.headers), await request.read()))
        return web.json_response({"accepted": ["x"]}, status=self.event_status)

    async def timeline(self, request: web.Request) -> web.Response:
        about = {"at": "now", "kind": "event", "text": request.query["source"]}
        return web.json_response({"items": [about], "key": request.headers.get("Authorization")})

    async def survey(self, request: web.Request) -> web.Response:
        self.opened.append(request.match_info["token"])
        return web.Response(text="a page")


@dataclass
class Outside:
    """A running sandbox with a client for it."""

    url: str
    world: World
    product: Receiver
    http: aiohttp.ClientSession
    clock: list[datetime]

    async def api(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self.http.request(method, f"{self.url}/api/{path}", json=body) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw else {}

    async def create(self, **form: str) -> tuple[int, Any]:
        wanted = {"To": PHONE, "From": "+8610655500001", "Body": "请评价", **form}
        url = f"{self.messages}.json"
        async with self.http.post(url, data=wanted, headers=authorised()) as answer:
            return answer.status, await answer.json()

    async def carrier(self, method: str, path: str, **form: str) -> tuple[int, Any]:
        url = self.messages + path
        async with self.http.request(
            method, url, headers=authorised(), data=form or None
        ) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw else {}

    @property
    def messages(self) -> str:
        return f"{self.url}/2010-04-01/Accounts/{ACCOUNT}/Messages"

    async def webhook(
        self, body: object, *, webhook_id: str | None = None, secret: str = DESK_SECRET
    ) -> int:
        raw = json.dumps(body).encode()
        webhook_id = webhook_id or f"msg_{uuid.uuid4().hex}"
        headers = signed(secret, webhook_id, raw, self.clock[0])
        url = f"{self.url}/desk/webhook"
        async with self.http.post(url, data=raw, headers=headers) as answer:
            return answer.status


def authorised(token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{ACCOUNT}:{token}".encode()).decode()}


def signed(secret: str, webhook_id: str, raw: bytes, at: datetime) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{webhook_id}.{timestamp}.".encode() + raw
    digest = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,unrelated v1,{digest}",
        "Content-Type": "application/json",
    }


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0)


async def serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


Start = Callable[..., Awaitable[Outside]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    runners: list[web.AppRunner] = []
    sessions: list[aiohttp.ClientSession] = []

    async def begin(*, movable: bool = True, prefix: str = "", **changes: object) -> Outside:
        product = Receiver()
        runner, product.url = await serve(product.application())
        runners.append(runner)
        clock = [datetime(2026, 11, 21, 10, 0, tzinfo=UTC)]
        config = Config(
            product_url=product.url,
            templates=TEMPLATES,
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            ingest_secret=INGEST_SECRET,
            desk_secret=DESK_SECRET,
        )

        async def advance(by: timedelta) -> None:
            clock[0] += by

        world = World()
        seed.sow(world, clock[0])
        app = application(
            world,
            replace(config, **changes),  # type: ignore[arg-type]
            now=lambda: clock[0],
            advance_clock=advance if movable else None,
        )
        if prefix:
            parent = web.Application()
            parent.add_subapp(prefix, app)
            app = parent
        runner, url = await serve(app)
        runners.append(runner)
        sessions.append(aiohttp.ClientSession())
        return Outside(url + prefix.rstrip("/"), world, product, sessions[-1], clock)

    yield begin
    for session in sessions:
        await session.close()
    for runner in reversed(runners):
        await runner.cleanup()


async def test_a_created_message_is_answered_as_the_carrier_does_and_reported_with_a_signature(
    start: Start,
) -> None:
    outside = await start()
    callback = f"{outside.product.url}/carriers/twilio/status?contact=c%2F1&b=%E5%9B%9E"
    status, message = await outside.create(StatusCallback=callback)
    assert status == 201
    assert re.fullmatch("SM[0-9a-f]{32}", str(message["sid"]))
    assert (message["status"], message["direction"]) == ("queued", "outbound-api")
    assert (message["num_segments"], message["num_media"]) == ("1", "0")
    assert message["date_created"] == "Sat, 21 Nov 2026 10:00:00 +0000"
    assert message["error_code"] is None
    assert str(message["uri"]).endswith(f"/Messages/{message['sid']}.json")
    await eventually(lambda: len(outside.product.statuses) == 2)
    assert [s["MessageStatus"] for s in outside.product.statuses] == ["sent", "delivered"]
    assert outside.product.statuses[0]["query"] == "contact=c%2F1&b=%E5%9B%9E"
    assert outside.product.statuses[1]["RawDlrDoneDate"] == "2611211000"
    assert outside.product.forged == []
    _, fetched = await outside.carrier("GET", f"/{message['sid']}.json")
    assert fetched["status"] == "delivered"


async def test_a_refused_create_says_why_in_the_carriers_words(start: Start) -> None:
    outside = await start()
    for form, code in (
        ({"To": ""}, 21604),
        ({"To": "12345"}, 21211),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
    ):
        status, fault = await outside.create(**form)
        assert (status, fault["code"], fault["status"]) == (400, code, 400)
    url = f"{outside.messages}.json"
    async with outside.http.post(url, data={}, headers=authorised("wrong")) as answer:
        assert answer.status == 401
        assert (await answer.json())["code"] == 20003
    assert outside.world.messages == {}


async def test_messages_are_listed_newest_first_and_by_number_and_day(start: Start) -> None:
    outside = await start()
    for day in range(3):
        outside.clock[0] = datetime(2026, 11, 21 + day, 10, 0, tzinfo=UTC)
        await outside.create(Body=f"day {day}")
        await eventually(
            lambda: all(m.status == "delivered" for m in outside.world.messages.values())
        )
    await outside.create(To="+447700900142", Body="other")
    _, page = await outside.carrier("GET", f".json?To=%2B{PHONE[1:]}&PageSize=2")
    assert [m["body"] for m in page["messages"]] == ["day 2", "day 1"]
    assert (page["page"], page["page_size"], page["start"], page["end"]) == (0, 2, 0, 1)
    async with outside.http.get(
        outside.url + str(page["next_page_uri"]), headers=authorised()
    ) as answer:
        assert [m["body"] for m in (await answer.json())["messages"]] == ["day 0"]
    for query, found in (
        ("DateSent%3E=2026-11-22", ["other", "day 2", "day 1"]),
        ("DateSent%3E=2026-11-23T09:00:00Z", ["other", "day 2"]),
        ("DateSent=2026-11-21", ["day 0"]),
        ("DateSent%3C=2026-11-21", ["day 0"]),
        ("From=%2B1", []),
    ):
        _, page = await outside.carrier("GET", f".json?{query}")
        assert [m["body"] for m in page["messages"]] == found


async def test_a_message_is_redacted_by_an_empty_body_and_then_deleted(start: Start) -> None:
    outside = await start()
    _, message = await outside.create()
    path = f"/{message['sid']}.json"
    assert (await outside.carrier("POST", path, Body="other words"))[0] == 400
    assert (await outside.carrier("POST", path, Body=""))[1]["body"] == ""
    assert (await outside.carrier("DELETE", path))[0] == 204
    assert (await outside.carrier("GET", path))[1]["code"] == 20404


async def test_a_customers_text_is_posted_signed_and_the_markup_reaches_the_phone(
    start: Start,
) -> None:
    outside = await start()
    outside.product.twiml = (
        '<?xml version="1.0" encoding="UTF-8"?><Response>'
        '<Message statusCallback="/carriers/twilio/status?contact=c2"><Body>谢谢 &amp; 再见</Body>'
        '</Message><Message action="/carriers/twilio/status?contact=c3">Second</Message></Response>'
    )
    status, heard = await outside.api("POST", f"phones/{PHONE}/reply", {"text": " 1 "})
    assert (status, heard["replies"]) == (200, ["谢谢 & 再见", "Second"])
    [posted] = outside.product.texts
    assert (posted["Body"], posted["From"], posted["SmsStatus"]) == (" 1 ", PHONE, "received")
    assert posted["MessageSid"] == posted["SmsSid"] == posted["SmsMessageSid"] == heard["sid"]
    assert posted["FromCountry"] == "CN"
    await eventually(lambda: len(outside.product.statuses) == 4)
    assert {s["query"] for s in outside.product.statuses} == {"contact=c2", "contact=c3"}
    assert outside.product.forged == []
    thread = outside.world.thread(PHONE)
    assert [m.direction for m in thread] == ["inbound", "outbound-reply", "outbound-reply"]


async def test_a_text_heard_again_has_the_same_sid_and_nothing_reaches_the_phone_twice(
    start: Start,
) -> None:
    outside = await start()
    outside.product.twiml = "<Response><Message>Thanks</Message></Response>"
    _, first = await outside.api("POST", f"phones/{PHONE}/reply", {"text": "5"})
    again = {"text": "5", "sid": first["sid"]}
    _, second = await outside.api("POST", f"phones/{PHONE}/reply", again)
    assert first["sid"] == second["sid"]
    assert [t["MessageSid"] for t in outside.product.texts] == [first["sid"]] * 2
    assert len(outside.world.thread(PHONE)) == 2


async def test_an_answer_that_is_no_markup_is_shown_as_a_fault(start: Start) -> None:
    outside = await start()
    outside.product.twiml = (
        '<!DOCTYPE x [<!ENTITY a "b">]><Response><Message>&a;</Message></Response>'
    )
    status, heard = await outside.api("POST", f"phones/{PHONE}/reply", {"text": "5"})
    assert (status, heard["replies"]) == (502, [])
    assert "DOCTYPE" in str(heard["error"])
    outside.product.failing = 1
    status, heard = await outside.api("POST", f"phones/{PHONE}/reply", {"text": "5"})
    assert (status, heard["status"]) == (502, 500)


async def test_the_fragment_of_a_callback_url_asks_for_retries_and_is_not_sent(
    start: Start,
) -> None:
    outside = await start()
    outside.product.failing = 2
    callback = f"{outside.product.url}/carriers/twilio/status?contact=c1#rc=3&rp=5xx"
    await outside.create(StatusCallback=callback)
    await eventually(lambda: len(outside.product.statuses) == 4)
    assert [s["MessageStatus"] for s in outside.product.statuses] == ["sent"] * 3 + ["delivered"]
    assert outside.product.forged == []


async def test_status_faults_refuse_as_often_as_ordered(start: Start) -> None:
    outside = await start()
    for body in ({"value": 429, "times": 2}, {"value": 500}):
        fault = {"target": "carrier", "kind": "status", **body}
        assert (await outside.api("POST", "faults", fault))[0] == 201
    url = f"{outside.messages}.json"
    async with outside.http.post(url, data={}, headers=authorised()) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
        assert (await answer.json())["code"] == 20429
    assert [(await outside.create())[0] for _ in range(3)] == [429, 500, 201]
    assert len(outside.world.messages) == 1
    assert (await outside.api("GET", "faults"))[1] == {"items": []}


async def test_a_connection_dropped_before_acceptance_stores_nothing_and_after_it_one_message(
    start: Start,
) -> None:
    outside = await start()
    for kind, kept in (("drop_before_accept", 0), ("drop_after_accept", 1)):
        await outside.api("POST", "faults", {"target": "carrier", "kind": kind})
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await outside.create()
        assert len(outside.world.messages) == kept


async def test_callbacks_are_doubled_turned_round_or_left_out_as_ordered(start: Start) -> None:
    outside = await start()
    callback = f"{outside.product.url}/carriers/twilio/status"
    for kind, told in (
        ("duplicate_callbacks", ["sent", "sent", "delivered", "delivered"]),
        ("reorder_callbacks", ["delivered", "sent"]),
    ):
        outside.product.statuses.clear()
        await outside.api("POST", "faults", {"target": "carrier", "kind": kind})
        await outside.create(StatusCallback=callback)
        await eventually(partial(outside.product.has_statuses, len(told)))
        assert [s["MessageStatus"] for s in outside.product.statuses] == told
    outside.product.statuses.clear()
    await outside.api("POST", "faults", {"target": "carrier", "kind": "no_callbacks"})
    _, message = await outside.create(StatusCallback=callback)
    kept = outside.world.messages[str(message["sid"])]
    await eventually(lambda: kept.status == "delivered")
    assert outside.product.statuses == []


async def test_an_undeliverable_message_is_reported_with_its_error(start: Start) -> None:
    outside = await start()
    fault = {"target": "carrier", "kind": "undelivered", "value": 30006}
    await outside.api("POST", "faults", fault)
    await outside.create(StatusCallback=f"{outside.product.url}/carriers/twilio/status")
    await eventually(lambda: len(outside.product.statuses) == 2)
    last = outside.product.statuses[-1]
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30006")


async def test_a_fault_that_makes_no_sense_is_refused_and_faults_can_be_lifted(
    start: Start,
) -> None:
    outside = await start()
    for body in (
        {"target": "moon", "kind": "status"},
        {"target": "desk", "kind": "reorder_callbacks"},
        {"target": "desk", "kind": "status", "value": 200},
        {"target": "desk", "kind": "status", "times": 0},
        {"target": "desk"},
    ):
        assert (await outside.api("POST", "faults", body))[0] == 400
    forever = {"target": "desk", "kind": "status", "times": None, "value": 503}
    await outside.api("POST", "faults", forever)
    assert await outside.webhook({"type": "x"}) == 503
    assert await outside.webhook({"type": "x"}) == 503
    assert (await outside.api("DELETE", "faults"))[0] == 204
    assert await outside.webhook({"type": "x"}) == 204


async def test_closing_a_ticket_tells_the_product_with_a_signature(start: Start) -> None:
    outside = await start()
    status, told = await outside.api("POST", "tickets/T-1001/close", {"close_reason": "resolved"})
    assert status == 200
    assert told["answer"] == {"status": 202, "body": {"accepted": ["x"]}, "error": None}
    [(headers, raw)] = outside.product.events
    wanted = signed(INGEST_SECRET, headers["webhook-id"], raw, outside.clock[0])
    assert headers["webhook-signature"] in wanted["webhook-signature"].split(" ")
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    event = json.loads(raw)
    assert (event["specversion"], event["source"], event["type"], event["subject"]) == (
        "1.0", "/tickets", "ticket.closed", "T-1001",
    )  # fmt: skip
    assert event["data"]["ticket"] == {
        "id": "T-1001", "cycle": 1, "category": "broadband_fault", "product": "fibre",
        "region": "JX", "channel": "phone", "priority": "high", "team": "NOC-2",
        "agent": {"id": "A-7", "name": "周敏", "email": "zhou.min@example.com"},
        "opened_at": "2026-11-20T08:00:00+00:00", "closed_at": "2026-11-21T10:00:00+00:00",
        "close_reason": "resolved", "tags": [],
    }  # fmt: skip
    assert event["data"]["customer"] == {
        "id": "C-1", "name": "王小雨", "phone": PHONE, "email": "wang.xiaoyu@example.com",
        "locale": "zh-CN", "timezone": "Asia/Shanghai", "tier": "vip",
        "preferences": {"channels": ["sms"]},
    }  # fmt: skip
    assert (await outside.api("POST", "tickets/T-1001/close"))[0] == 409
    await outside.api("POST", "tickets/T-1001/repeat")
    assert json.loads(outside.product.events[1][1])["id"] == event["id"]


async def test_without_a_secret_events_go_with_the_key(start: Start) -> None:
    outside = await start(ingest_secret=None, api_key="key-1")
    await outside.api("POST", "tickets/T-1002/close")
    [(headers, _)] = outside.product.events
    assert headers["Authorization"] == "Bearer key-1"
    assert "webhook-signature" not in headers
    _, timeline = await outside.api("GET", "tickets/T-1002/timeline")
    assert timeline["items"] == [{"at": "now", "kind": "event", "text": "/tickets"}]
    assert timeline["key"] == "Bearer key-1"


async def test_an_event_that_the_product_does_not_take_is_noted(start: Start) -> None:
    outside = await start()
    outside.product.event_status = 403
    status, _ = await outside.api("POST", "tickets/T-1001/close")
    assert status == 502
    assert outside.world.tickets["T-1001"].notes[-1].kind == "not_taken"


def reopening(ticket: str = "T-1001") -> dict[str, object]:
    about = {
        "ticket": ticket,
        "source": "/tickets",
        "cycle": 1,
        "score": 20,
        "rating": 1,
        "question": "satisfaction",
        "comment": "<b>还是断线</b>",
        "url": "https://x.example",
    }
    return {"type": "ticket.reopen_requested", "timestamp": "2026-11-21T10:00:00Z", "data": about}


async def test_a_reopen_that_is_asked_for_twice_happens_once(start: Start) -> None:
    outside = await start()
    await outside.api("POST", "tickets/T-1001/close")
    assert await outside.webhook(reopening(), webhook_id="msg_1") == 200
    assert await outside.webhook(reopening(), webhook_id="msg_1") == 200
    ticket = outside.world.tickets["T-1001"]
    assert (ticket.status, ticket.reopens, ticket.closed_at) == ("open", 1, None)
    [note] = [n for n in ticket.notes if n.kind == "reopen_requested"]
    assert (note.facts["score"], note.facts["comment"]) == (20, "<b>还是断线</b>")
    _, heard = await outside.api("GET", "desk/deliveries?webhook_id=msg_1")
    items = heard["items"]
    assert [(d["hearing"], d["status"], d["ticket"]) for d in items] == [
        (1, 200, "T-1001"), (2, 200, "T-1001"),
    ]  # fmt: skip


async def test_a_webhook_that_is_not_ours_is_refused(start: Start) -> None:
    outside = await start()
    await outside.api("POST", "tickets/T-1001/close")
    wrong = "whsec_" + base64.b64encode(b"w" * 32).decode()
    assert await outside.webhook(reopening(), secret=wrong) == 401
    raw = json.dumps(reopening()).encode()
    old = signed(DESK_SECRET, "msg_1", raw, outside.clock[0] - timedelta(minutes=6))
    for headers in (old, {}, {**old, "webhook-signature": "é"}, {**old, "webhook-timestamp": "x"}):
        async with outside.http.post(
            f"{outside.url}/desk/webhook", data=raw, headers=headers
        ) as answer:
            assert answer.status == 401
    assert outside.world.tickets["T-1001"].status == "closed"


async def test_a_reopen_of_an_unknown_ticket_is_404_and_of_an_archived_one_409(
    start: Start,
) -> None:
    outside = await start()
    assert await outside.webhook(reopening("T-0")) == 404
    await outside.api("POST", "tickets/T-1001/archive")
    assert await outside.webhook(reopening()) == 409
    follow_up = {**reopening(), "type": "ticket.follow_up_requested"}
    assert await outside.webhook(follow_up) == 201
    [linked] = [t for t in outside.world.tickets.values() if t.linked_to == "T-1001"]
    assert (linked.status, linked.customer.id) == ("open", "C-1")


async def test_published_events_are_kept_as_heard(start: Start) -> None:
    outside = await start()
    event = {"specversion": "1.0", "id": "e1", "source": "/huifang", "type": "survey.invited",
             "data": {"ticket": "T-1001", "source": "/tickets"}}  # fmt: skip
    assert await outside.webhook(event, webhook_id="e1") == 204
    assert await outside.webhook(event, webhook_id="e1") == 204
    _, heard = await outside.api("GET", "desk/deliveries?type=survey.invited")
    items = heard["items"]
    assert [d["hearing"] for d in items] == [1, 2]
    assert items[0]["body"] == event


async def test_a_reopen_is_echoed_when_the_desk_is_told_to(start: Start) -> None:
    outside = await start()
    await outside.api("POST", "desk", {"echo_reopen": True})
    await outside.api("POST", "tickets/T-1001/close")
    await outside.webhook(reopening())
    await eventually(lambda: len(outside.product.events) == 2)
    event = json.loads(outside.product.events[1][1])
    assert (event["type"], event["data"]["ticket"]["cycle"]) == ("ticket.reopened", 1)


async def test_a_desk_that_drops_the_connection_has_reopened_all_the_same(start: Start) -> None:
    outside = await start()
    await outside.api("POST", "tickets/T-1001/close")
    await outside.api("POST", "faults", {"target": "desk", "kind": "drop_after_accept"})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await outside.webhook(reopening(), webhook_id="msg_1")
    assert await outside.webhook(reopening(), webhook_id="msg_1") == 200
    assert outside.world.tickets["T-1001"].reopens == 1


async def test_a_ticket_of_ones_own_can_be_put_on_the_desk(start: Start) -> None:
    outside = await start()
    wish = {"id": "X-1", "title": "No signal", "category": "sim_change", "tags": ["vip"],
            "customer": {"id": "C-77", "phone": "+12125550177"}}  # fmt: skip
    status, ticket = await outside.api("POST", "tickets", wish)
    assert (status, ticket["category"], ticket["tags"]) == (201, "sim_change", ["vip"])
    assert (await outside.api("POST", "tickets", wish))[0] == 409
    _, known = await outside.api("POST", "tickets", {"customer_id": "C-4"})
    assert known["customer"]["name"] == "Emma Clarke"
    wrongs: list[Any] = [{}, {"customer": {}}, {"customer_id": "C-4", "x": 1}, {"id": "a/b"}]
    for wrong in wrongs:
        assert (await outside.api("POST", "tickets", wrong))[0] == 400
    _, state = await outside.api("GET", "state")
    assert "+12125550177" in [p["number"] for p in state["phones"]]


async def test_mail_lands_in_the_mailbox_of_each_recipient(start: Start) -> None:
    outside = await start()
    server = await mailbox.start(outside.world, now=lambda: outside.clock[0])
    mail = EmailMessage()
    mail["From"], mail["To"] = "示例电信 <care@example.com>", "Emma.Clarke@example.com"
    mail["Subject"], mail["Message-ID"] = "服务评价", "<m1@example.com>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    link = f"{outside.product.url}/s/token-1"
    mail.set_content(f"请打开 {link}。谢谢\n")
    mail.add_alternative(f'<p><a href="{link}?a=1&amp;b=2">here</a></p>', subtype="html")
    refused, _ = await aiosmtplib.send(
        mail,
        recipients=["Emma.Clarke@example.com", "b@example.com"],
        hostname="127.0.0.1",
        port=server.port,
        start_tls=False,
    )
    await server.close()
    assert refused == {}
    _, state = await outside.api("GET", "state")
    boxes = {b["address"]: b["mails"] for b in state["mailboxes"]}
    [shown] = boxes["emma.clarke@example.com"]
    assert (shown["subject"], shown["message_id"]) == ("服务评价", "<m1@example.com>")
    assert shown["links"] == [link, f"{link}?a=1&b=2"]
    assert len(boxes["b@example.com"]) == 1
    _, whole = await outside.api("GET", f"mails/{shown['id']}")
    assert ["List-Unsubscribe-Post", "List-Unsubscribe=One-Click"] in whole["headers"]
    await outside.api("POST", f"mails/{shown['id']}/scan")
    assert outside.product.opened == ["token-1", "token-1"]


async def test_a_mail_server_out_of_order_refuses_and_then_takes(start: Start) -> None:
    outside = await start()
    server = await mailbox.start(outside.world, now=lambda: outside.clock[0])
    await outside.api("POST", "faults", {"target": "mailbox", "kind": "status", "value": 451})
    mail = EmailMessage()
    mail["From"], mail["To"] = "care@example.com", "a@example.com"
    mail.set_content("hello")
    where: Any = {"hostname": "127.0.0.1", "port": server.port, "start_tls": False}
    with pytest.raises(aiosmtplib.SMTPDataError):
        await aiosmtplib.send(mail, **where)
    await outside.api("POST", "faults", {"target": "mailbox", "kind": "drop_after_accept"})
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await aiosmtplib.send(mail, **where)
    assert len(outside.world.mails) == 1
    await server.close()


async def test_the_clock_moves_only_where_it_can(start: Start) -> None:
    outside = await start()
    status, moved = await outside.api("POST", "clock", {"advance": "2h"})
    assert (status, moved["now"]) == (200, "2026-11-21T12:00:00+00:00")
    for wrong in ("2", "h", "-1h", "9999d", "", None):
        assert (await outside.api("POST", "clock", {"advance": wrong}))[0] == 400
    fixed = await start(movable=False)
    assert (await fixed.api("POST", "clock", {"advance": "2h"}))[0] == 409


async def test_a_listener_hears_of_every_change_and_the_end(start: Start) -> None:
    outside = await start()
    async with outside.http.get(f"{outside.url}/api/events") as stream:
        assert stream.content_type == "text/event-stream"
        async with asyncio.timeout(DEADLINE):
            assert b"changed" in await stream.content.readuntil(b"\n\n")
            await outside.create()
            assert b"data: message" in await stream.content.readuntil(b"\n\n")
            outside.world.ending()
            assert (await stream.content.read()).endswith(b"\n\n")
    await eventually(lambda: outside.world.listeners == 0)


async def test_the_page_is_served_under_a_prefix_without_anything_inline(start: Start) -> None:
    outside = await start(prefix="/sandbox/")
    async with outside.http.get(
        f"{outside.url}/", headers={"Accept-Language": "fr, en-GB;q=0.8, zh;q=0.5"}
    ) as answer:
        page = await answer.text()
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert '<html lang="en"' in page
    assert not re.search("<style| style=|http|<script>| on[a-z]+=", page)
    assert "static/sandbox.css" in page
    assert "static/sandbox.js" in page
    for path in (TEMPLATES / "static").glob("sandbox*"):
        name = path.name
        async with outside.http.get(f"{outside.url}/static/{name}") as answer:
            assert answer.status == 200
    async with outside.http.get(f"{outside.url}/static/other.js") as answer:
        assert answer.status == 404
    assert (await outside.api("GET", "state"))[1]["number"] == "+8610655500001"


async def test_another_site_cannot_make_a_browser_write_here(start: Start) -> None:
    outside = await start()
    url = f"{outside.url}/api/tickets/T-1001/close"
    async with outside.http.post(url, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
        assert answer.status == 403
    headers = {"Content-Type": "text/plain"}
    async with outside.http.post(url, data='{"x": 1}', headers=headers) as answer:
        assert answer.status == 400
    assert outside.product.events == []


async def test_a_carrier_that_obeys_stop_itself_blocks_and_tells_the_product(
    start: Start,
) -> None:
    outside = await start(carrier_stop=True)
    await outside.api("POST", f"phones/{PHONE}/reply", {"text": "stop "})
    assert outside.product.texts[0]["OptOutType"] == "STOP"
    status, fault = await outside.create()
    assert (status, fault["code"]) == (400, 21610)
    await outside.api("POST", f"phones/{PHONE}/reply", {"text": "START"})
    assert (await outside.create())[0] == 201


async def test_the_product_can_be_named_when_its_port_is_known(start: Start) -> None:
    outside = await start(product_url="http://127.0.0.1:9")
    assert (await outside.api("POST", "tickets/T-1001/close"))[0] == 502
    await outside.api("POST", "product", {"url": outside.product.url + "/"})
    assert (await outside.api("POST", "tickets/T-1002/close"))[0] == 200
    assert (await outside.api("POST", "product", {"url": "ftp://x"}))[0] == 400


async def test_the_carriers_own_client_finds_everything_where_it_expects_it(start: Start) -> None:
    outside = await start()

    def use() -> None:
        client = Client(ACCOUNT, TOKEN, environment={"_": "_"})
        client.api.base_url = outside.url
        sent = client.messages.create(to=PHONE, from_="+8610655500001", body="请评价")
        assert (sent.status, sent.num_segments, sent.direction) == ("queued", "1", "outbound-api")
        assert sent.date_created == outside.clock[0]
        after = outside.clock[0] - timedelta(minutes=1)
        [found] = client.messages.list(to=PHONE, date_sent_after=after)
        assert found.sid == sent.sid
        assert client.messages.list(to=PHONE, date_sent_after=after + timedelta(hours=1)) == []
        assert client.messages(sent.sid).update(body="").body == ""
        assert client.messages(sent.sid).delete()
        with pytest.raises(TwilioRestException) as refusal:
            client.messages.create(to="", from_="+8610655500001", body="x")
        assert (refusal.value.status, refusal.value.code) == (400, 21604)

    await asyncio.to_thread(use)


async def test_the_standalone_server_says_its_ports_and_ends_when_told() -> None:
    secrets = {"SANDBOX_DESK_SECRET": DESK_SECRET, "PYTHONPATH": str(TEMPLATES.parent)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", "sandbox", "--product-url", "http://127.0.0.1:9",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        cwd="/", env={**os.environ, **secrets},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(20), aiohttp.ClientSession() as http:
        ready = json.loads(await process.stdout.readline())
        async with http.get(f"{ready['url']}/api/state") as answer:
            assert len((await answer.json())["tickets"]) == 6
        async with http.get(f"{ready['url']}/") as answer:
            assert answer.status == 200
        _, writer = await asyncio.open_connection("127.0.0.1", ready["smtp_port"])
        writer.close()
        # An open stream of events must not hold the server up.
        async with http.get(f"{ready['url']}/api/events"):
            process.terminate()
            assert await process.wait() == 0
        assert await process.stdout.read() == b""
        assert await process.stderr.read() == b""


async def test_a_secret_that_cannot_be_used_is_refused_at_the_start(start: Start) -> None:
    for name in ("ingest_secret", "desk_secret"):
        with pytest.raises(ValueError, match="base64"):
            await start(**{name: "whsec_not base64"})
