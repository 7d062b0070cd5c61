"""Promised calls over HTTP: booked within hours and room, taken by one agent, told as they end."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from kernel.endpoint import Role
from tests.fakes.world import closed
from tests.http.real import BOOTSTRAP, EVENT, HOURS, Real, Reply, real

PHONE = "+8613800138001"
ITEM = {
    *("id", "customer", "ticket", "topic", "reason", "slot", "local_time", "state", "attempts"),
    *("priority", "agent", "notes", "source"),
}
JSON = {"Content-Type": "application/json"}
ONE = "2026-11-20T14:00:00+08:00"  # a Friday; it is noon


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Real]:
    async with real(database_url) as found:
        yield found


async def close(app: Real, number: int = 1, **more: Any) -> None:
    phone = f"+86138001380{number:02d}"
    sent = closed(
        number,
        ticket=f"T-{number}",
        customer=f"C-{number}",
        phone=phone,
        at=app.clock.now(),
        **more,
    )
    answer = await app.ask(
        "POST", "/v1/events", data=json.dumps(sent), headers={"Content-Type": EVENT}
    )
    assert answer.body["accepted"]


async def post(app: Real, path: str, body: Any = None, **more: Any) -> Reply:
    data = None if body is None else json.dumps(body)
    headers = JSON if body is not None else {}
    return await app.ask("POST", f"/v1/callbacks{path}", data=data, headers=headers, **more)


async def book(app: Real, number: int = 1, key: str = BOOTSTRAP, **more: Any) -> Reply:
    body = {"customer": f"C-{number}", "source": "/tickets", "ticket": f"T-{number}"}
    return await post(app, "", {**body, "topic": "care", "slot": {"from": ONE}, **more}, key=key)


def texts(app: Real, number: int = 1) -> list[str]:
    to = f"+86138001380{number:02d}"
    return [each.body for each in app.outside.sent if each.to == to and "回电" in each.body]


async def kinds(app: Real, ticket: str = "T-1") -> list[str]:
    items = (await app.get(f"/v1/tickets/{ticket}/timeline")).body["items"]
    return [each["kind"].removeprefix("callback.") for each in items if "callback" in each["kind"]]


async def test_a_call_is_promised_taken_and_made(app: Real) -> None:
    await close(app)
    agent = await app.key(Role.AGENT)
    made = await book(app, key=agent, reason="光猫更换后回访", priority="high")
    assert made.status == 201, made.text
    item = made.body
    assert item.keys() >= ITEM
    assert (item["state"], item["priority"], item["agent"]) == ("promised", "high", None)
    slot = [datetime.fromisoformat(item["slot"][end]) for end in ("from", "until")]
    assert slot[0] == datetime.fromisoformat(ONE)
    assert slot[1] - slot[0] == timedelta(minutes=30)
    assert item["local_time"] == ONE
    assert (item["reason"], item["attempts"]) == ("光猫更换后回访", [])
    id_ = item["id"]
    await app.after(2 * HOURS)
    assert (await app.get(f"/v1/callbacks/{id_}", key=agent)).body["state"] == "due"
    mine = await post(app, f"/{id_}/claim", {"agent": "A-1"}, key=agent)
    assert (mine.status, mine.body["state"], mine.body["agent"]) == (200, "claimed", "A-1")
    other = await post(app, f"/{id_}/claim", {"agent": "A-2"}, key=agent)
    assert (other.status, other.body["agent"]) == (409, "A-1")
    assert "A-1" in other.body["detail"]
    done = await post(app, f"/{id_}/outcome", {"outcome": "reached", "notes": "已修好"}, key=agent)
    assert (done.status, done.body["state"], done.body["notes"]) == (200, "done", "已修好")
    [attempt] = done.body["attempts"]
    assert (attempt["outcome"], attempt["by"]) == ("reached", "A-1")
    late = await post(app, f"/{id_}/cancel", {"reason": "x"}, key=agent)
    assert (late.status, late.body["possible"]) == (409, [])
    assert await kinds(app) == ["promised", "due", "claimed", "attempted", "done"]
    shown = (await app.get("/v1/tickets/T-1", key=agent)).body["callbacks"]
    assert [each["id"] for each in shown] == [id_]
    [act] = (await app.get("/v1/audit?kind=callback.claimed")).body["items"]
    assert act["actor"] == "agent"
    again = await book(app, slot=None, asap=True)
    assert again.status == 201


async def test_the_time_is_told_alike_where_nobody_knows_the_customers_zone(app: Real) -> None:
    sent = closed(1, ticket="T-1", customer="C-1", at=app.clock.now())
    for name in ("timezone", "phone"):
        sent["data"]["customer"].pop(name, None)
    data, headers = json.dumps(sent), {"Content-Type": EVENT}
    assert (await app.ask("POST", "/v1/events", data=data, headers=headers)).body["accepted"]
    made = await book(app, source=None, phone="+8613800138055")
    assert (made.status, made.body["local_time"]) == (201, ONE)
    path = f"/v1/callbacks/{made.body['id']}"
    assert (await app.get(path)).body["local_time"] == ONE
    moved = await post(app, f"/{made.body['id']}/reschedule", {"slot": {"from": ONE}})
    assert moved.body["local_time"] == ONE


async def test_one_call_is_open_for_a_customer_and_topic(app: Real) -> None:
    await close(app)
    first = await book(app)
    second = await book(app, slot=None, asap=True)
    assert (second.status, second.body["callback"]["id"]) == (409, first.body["id"])
    other = await book(app, topic="billing")
    assert other.status == 201
    said = "王先生已解决，" * 20
    gone = await post(app, f"/{first.body['id']}/cancel", {"reason": said})
    assert (gone.status, gone.body["notes"]) == (200, said)
    assert gone.body["reason_closed"] == "by_agent"
    assert (await book(app)).status == 201


async def test_of_many_at_once_no_more_are_promised_than_there_is_room_for(app: Real) -> None:
    for number in range(1, 7):
        await close(app, number)
    said = await asyncio.gather(*(book(app, number) for number in range(1, 7)))
    assert sorted(each.status for each in said) == [201] * 4 + [422] * 2
    [full, _] = [each.body for each in said if each.status == 422]
    assert full["reason"] == "full"
    assert len(full["slots"]) == 3
    assert full["slots"][0]["local_time"] == "2026-11-20T14:30:00+08:00"
    again = (book(app, 1, topic="twice", slot=None, asap=True) for _ in range(3))
    twice = await asyncio.gather(*again)
    assert sorted(each.status for each in twice) == [201, 409, 409]


@pytest.mark.parametrize(
    ("more", "path", "reason"),
    [
        ({"customer": "C-9"}, "customer", None),
        ({"phone": "12"}, "phone", None),
        ({"slot": {"from": "2026-11-20T12:30:00+08:00"}}, "slot", "too_soon"),
        ({"slot": {"from": "2027-11-20T12:30:00+08:00"}}, "slot", "too_far"),
        ({"slot": {"from": "2026-11-21T10:00:00+08:00"}}, "slot", "centre_closed"),
        ({"slot": {"from": ONE, "until": ONE}}, "slot", "length"),
        ({"slot": {"from": "2026-11-20T14:00:00"}}, "slot.from", None),
        ({"topic": "what about it"}, "topic", None),
    ],
)
async def test_what_cannot_be_promised_is_refused_with_what_can(
    sqlite_url: str, more: dict[str, Any], path: str, reason: str | None
) -> None:
    async with real(sqlite_url) as app:
        await close(app)
        said = await book(app, **more)
        assert (said.status, said.media) == (422, "application/problem+json")
        assert [each["path"] for each in said.body["errors"]] == [path]
        assert said.body.get("reason") == reason
        if reason is not None:
            assert len(said.body["slots"]) == 3
        assert (await app.get("/v1/callbacks")).body["items"] == []


async def test_slots_are_those_that_can_be_booked(app: Real) -> None:
    await close(app)
    found = (await app.get("/v1/callbacks/slots?customer=C-1&days=1")).body["items"]
    assert found[0]["local_time"] == "2026-11-20T13:30:00+08:00"
    assert found[-1]["local_time"] == "2026-11-20T17:30:00+08:00"
    assert {each["room"] for each in found} == {4}
    made = await book(app, slot=found[0])  # as it is listed
    assert made.status == 201
    assert made.body["slot"] == {name: found[0][name] for name in ("from", "until")}
    wrong = await post(app, f"/{made.body['id']}/reschedule", {"slot": {**found[1], "til": ONE}})
    assert wrong.status == 422
    moved = await post(app, f"/{made.body['id']}/reschedule", {"slot": found[1]})
    assert moved.body["slot"]["from"] == found[1]["from"]
    assert (await post(app, f"/{made.body['id']}/reschedule", {"slot": found[0]})).status == 200
    found = (await app.get("/v1/callbacks/slots?customer=C-1&days=1")).body["items"]
    assert found[0]["room"] == 3
    assert (await app.get("/v1/callbacks/slots?customer=C-9")).status == 422
    assert (await app.get("/v1/callbacks/slots?customer=C-1&days=0")).status == 422


async def test_who_said_stop_or_wants_evenings_is_promised_no_call_against_it(app: Real) -> None:
    await close(app)
    window = {"window": {"from": "14:00", "until": "20:00"}}
    path = "/v1/customers/C-1/preferences"
    assert (await app.ask("PUT", path, data=json.dumps(window), headers=JSON)).status == 200
    early = await book(app, slot={"from": "2026-11-20T13:30:00+08:00"})
    assert (early.status, early.body["reason"]) == (422, "outside_window")
    assert early.body["slots"][0]["local_time"] == ONE
    chosen = await book(app, slot={"from": "2026-11-20T13:30:00+08:00"}, chosen=True)
    assert chosen.status == 201, chosen.text
    stop = json.dumps({"channel": "voice", "how": "call", "proof": "x"})
    stopped = await app.ask("POST", "/v1/customers/C-1/opt-outs", data=stop, headers=JSON)
    assert stopped.status == 201
    said = await book(app, topic="another")
    assert said.status == 422
    assert said.body["errors"][0]["path"] == "customer"
    assert "phoned" in said.body["errors"][0]["reason"]


async def test_a_call_is_moved_given_back_and_listed_by_promise(app: Real) -> None:
    for number in (1, 2, 3):
        await close(app, number)
    first = (await book(app, 1)).body
    low = (await book(app, 2, priority="low")).body
    high = (await book(app, 3, priority="high")).body
    moved = await post(
        app, f"/{first['id']}/reschedule", {"slot": {"from": "2026-11-20T15:00:00+08:00"}}
    )
    assert (moved.status, moved.body["local_time"]) == (200, "2026-11-20T15:00:00+08:00")
    full = await post(app, f"/{low['id']}/reschedule", {"slot": {"from": "2026-11-21T15:00:00Z"}})
    assert (full.status, full.body["reason"]) == (422, "centre_closed")
    page = (await app.get("/v1/callbacks?limit=2&state=open")).body
    rest = (await app.get(f"/v1/callbacks?limit=2&state=open&cursor={page['next']}")).body
    listed = [each["id"] for each in page["items"] + rest["items"]]
    assert listed == [high["id"], low["id"], first["id"]]
    assert rest["next"] is None
    odd = urlsafe_b64encode(b"2026-11-20T00:00:00+00:00 " + b"9" * 30).decode()
    assert (await app.get(f"/v1/callbacks?cursor={odd.rstrip('=')}")).status == 200
    await post(app, f"/{low['id']}/claim", {"agent": "A-1"})
    mine = (await app.get("/v1/callbacks?agent=A-1&state=claimed")).body["items"]
    assert [each["id"] for each in mine] == [low["id"]]
    back = await post(app, f"/{low['id']}/release")
    assert (back.body["state"], back.body["agent"]) == ("promised", None)
    assert (await post(app, f"/{low['id']}/release")).status == 409
    assert (await post(app, f"/{low['id']}/outcome", {"outcome": "reached"})).status == 409
    page = (await app.get("/metrics", key=None)).text
    assert 'huifang_callbacks_open{state="promised"} 3.0' in page


async def test_who_is_not_reached_is_tried_again_and_then_told(app: Real) -> None:
    await close(app)
    id_ = (await book(app)).body["id"]
    for wait, state in ((2, "promised"), (1, "promised"), (71, "exhausted")):
        await app.after(wait * HOURS)
        assert (await post(app, f"/{id_}/claim", {"agent": "A-1"})).status == 200
        words = f"第{wait}次" if state == "promised" else "没人接"
        said = await post(app, f"/{id_}/outcome", {"outcome": "no_answer", "notes": words})
        assert said.body["state"] == state
    await app.run()
    assert "未能接通" in texts(app)[-1]
    item = (await app.get(f"/v1/callbacks/{id_}")).body
    assert len(item["attempts"]) == 3
    assert item["notes"] == "第2次\n第1次\n没人接"  # nothing that was noted is lost


async def test_what_is_asked_is_read_strictly_and_of_agents_alone(app: Real) -> None:
    await close(app)
    id_ = (await book(app)).body["id"]
    ingest = await app.key(Role.INGEST)
    assert (await app.get("/v1/callbacks", key=None)).status == 401
    assert (await book(app, key=ingest)).status == 403
    for query in ("limit=0", "cursor=nothing", "state=lost"):
        assert (await app.get(f"/v1/callbacks?{query}")).status == 422, query
    timeless = await book(app, topic="other", slot=None)
    assert (timeless.status, timeless.body["errors"][0]["path"]) == (422, "slot")
    for step, body in (
        ("claim", {"agent": " "}),
        ("claim", {"who": "A-1"}),
        ("outcome", {"outcome": "gone"}),
        ("reschedule", {}),
        ("cancel", {"reason": ""}),
    ):
        assert (await post(app, f"/{id_}/{step}", body)).status == 422, (step, body)
    assert (await app.get("/v1/callbacks/cb_none")).status == 404
    assert (await post(app, "/cb_none/release")).status == 404
