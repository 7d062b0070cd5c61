"""The sandbox's desk, mailbox and page over real sockets."""

import asyncio
import base64
import json
import os
import re
import sys
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import aiohttp
import aiosmtplib
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox import mailbox
from tests.http.outside import (
    ACCOUNT,
    DEADLINE,
    DESK_SECRET,
    INGEST_SECRET,
    PHONE,
    TEMPLATES,
    TOKEN,
    Start,
    eventually,
    signed,
    start,
)

__all__ = ["start"]


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
    slow = {"target": "mailbox", "kind": "latency", "value": 5_000, "number": "a@example.com"}
    await outside.api("POST", "faults", slow)
    with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
        await aiosmtplib.send(mail, **where, timeout=0.2)
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
