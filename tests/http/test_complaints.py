"""Complaints over HTTP: listed page by page, taken from step to step, each with who did it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kernel.endpoint import Role
from tests.fakes.world import closed
from tests.http.real import EVENT, HOURS, Real, Reply, real

PHONE = "+8613800138000"
ITEM = {
    *("id", "ticket", "source", "state", "class", "owner", "opened_at", "deadlines"),
    *("overdue", "score", "comment", "telling", "history"),
}


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Real]:
    async with real(database_url) as found:
        yield found


async def complain(app: Real, number: int = 1) -> None:
    """A customer of their own is asked about a ticket, and is not content."""
    phone = f"+861380013800{number}"
    sent = closed(number, ticket=f"T-{number}", customer=f"C-{number}", phone=phone)
    await app.ask("POST", "/v1/events", data=json.dumps(sent), headers={"Content-Type": EVENT})
    await app.after(2 * HOURS)
    form = {"MessageSid": f"SM{number:032d}", "From": phone, "To": "+8610655500001", "Body": "1"}
    assert (await app.carrier("/carriers/twilio/sms", form)).status == 200
    await app.run()


async def post(app: Real, id_: str, step: str, body: Any = None, **more: Any) -> Reply:
    path, headers = f"/v1/complaints/{id_}/{step}", {"Content-Type": "application/json"}
    data = None if body is None else json.dumps(body)
    return await app.ask("POST", path, data=data, headers=headers if body else {}, **more)


async def test_a_complaint_goes_its_way_and_keeps_who_did_what(app: Real) -> None:
    agent = await app.key(Role.AGENT)
    await complain(app)
    [item] = (await app.get("/v1/complaints", key=agent)).body["items"]
    assert item.keys() == ITEM
    assert (item["state"], item["class"], item["owner"]) == ("registered", "default", "A-7")
    assert (item["ticket"], item["source"], item["score"]) == ("T-1", "/tickets", 20.0)
    assert item["deadlines"].keys() == {"respond", "resolve", "tell"}
    id_ = item["id"]
    early = await post(app, id_, "resolve", {"how": "x"}, key=agent)
    assert (early.status, early.media) == (409, "application/problem+json")
    assert early.body["possible"] == ["acknowledge", "assign", "classify"]
    done = await post(app, id_, "acknowledge", {"by": "A-9"}, key=agent)
    assert (done.status, done.body["state"], done.body.keys()) == (200, "acknowledged", ITEM)
    again = await post(app, id_, "acknowledge", {"by": "A-8"}, key=agent)
    assert (again.status, again.body["state"]) == (409, "acknowledged")
    assert (await post(app, id_, "start")).body["state"] == "in_progress"
    assert (await post(app, id_, "assign", {"owner": "A-3"})).body["owner"] == "A-3"
    assert (await post(app, id_, "classify", {"class": "default"})).status == 200
    assert (await post(app, id_, "resolve", {"how": "换了光猫"})).body["state"] == "resolved"
    assert (await post(app, id_, "close")).status == 409
    told = await post(app, id_, "tell", {"text": "已更换光猫"})
    assert (told.status, told.body["state"], told.body["telling"]) == (200, "resolved", "going")
    early = await post(app, id_, "close")
    assert "while its customer is being told" in early.body["detail"]
    await app.run()
    shown = (await app.get(f"/v1/complaints/{id_}", key=agent)).body
    assert (shown["state"], shown["telling"]) == ("told", "sent")
    assert (await post(app, id_, "close", key=agent)).body["state"] == "closed"
    history = (await app.get(f"/v1/complaints/{id_}")).body["history"]
    aside = "complaint.needs_a_person"  # the desk knows no such ticket
    steps = [
        each for each in history if each["kind"].startswith("complaint.") and each["kind"] != aside
    ]
    assert [each["kind"].removeprefix("complaint.") for each in steps] == [
        *("registered", "acknowledged", "started", "assigned", "classified", "resolved"),
        *("telling", "told", "closed"),
    ]
    assert steps[1]["detail"] == {"by": "A-9", "actor": "agent"}
    assert steps[-1]["detail"]["by"] == "agent"
    english = await app.get("/v1/tickets/T-1/timeline", headers={"Accept-Language": "en"})
    said = {each["kind"]: each["text"] for each in english.body["items"]}
    assert said["complaint.acknowledged"] == "A-9 took the complaint up"
    chinese = await app.get("/v1/tickets/T-1/timeline", headers={"Accept-Language": "zh"})
    said = {each["kind"]: each["text"] for each in chinese.body["items"]}
    assert said["complaint.told"] == "处理结果已告知客户(短信)"


async def test_of_two_who_take_a_step_at_once_one_comes_too_late(app: Real) -> None:
    await complain(app)
    [item] = (await app.get("/v1/complaints")).body["items"]
    tries = [post(app, item["id"], "acknowledge", {"by": f"A-{number}"}) for number in range(4)]
    said = await asyncio.gather(*tries)
    assert sorted(each.status for each in said) == [200, 409, 409, 409]
    history = (await app.get(f"/v1/complaints/{item['id']}")).body["history"]
    assert [each["kind"] for each in history].count("complaint.acknowledged") == 1


async def test_lists_are_paged_and_narrowed(app: Real) -> None:
    await complain(app, 1)
    await complain(app, 2)
    first = (await app.get("/v1/complaints?limit=1")).body
    rest = (await app.get(f"/v1/complaints?limit=1&cursor={first['next']}")).body
    assert [each["ticket"] for each in first["items"] + rest["items"]] == ["T-2", "T-1"]
    assert rest["next"] is None
    await post(app, rest["items"][0]["id"], "acknowledge", {"by": "A-9"})

    async def tickets(query: str) -> list[str]:
        body = (await app.get(f"/v1/complaints?{query}")).body
        return [each["ticket"] for each in body["items"]]

    assert await tickets("state=acknowledged") == ["T-1"]
    assert await tickets("overdue=true") == ["T-1"]
    assert await tickets("overdue=false") == ["T-2"]
    assert await tickets("overdue=resolve") == ["T-1"]
    assert await tickets("overdue=respond") == []
    assert await tickets("owner=A-7&state=registered") == ["T-2"]
    assert await tickets("owner=A-8") == []
    page = (await app.get("/metrics", key=None)).text
    assert 'huifang_complaints_open{state="acknowledged"} 1.0' in page
    assert 'huifang_complaints_overdue{deadline="resolve"} 1.0' in page
    shown = (await app.get("/v1/tickets/T-1")).body["complaints"][0]
    assert shown["overdue"] == ["resolve"]


async def test_what_is_asked_is_read_strictly_and_of_agents_alone(app: Real) -> None:
    await complain(app)
    [item] = (await app.get("/v1/complaints")).body["items"]
    ingest = await app.key(Role.INGEST)
    assert (await app.get("/v1/complaints", key=None)).status == 401
    assert (await app.get("/v1/complaints", key=ingest)).status == 403
    assert (await post(app, item["id"], "start", key=ingest)).status == 403
    for query in ("limit=0", "cursor=nothing", "state=lost", "overdue=perhaps"):
        assert (await app.get(f"/v1/complaints?{query}")).status == 422, query
    wrong = [
        *[("acknowledge", body) for body in ({"by": ""}, {"by": "x" * 65}, {"who": "A-9"})],
        *[("resolve", {"how": " "}), ("tell", {"text": "x" * 301}), ("assign", {"owner": ""})],
        ("classify", {"class": "no such class"}),
    ]
    for step, body in wrong:
        assert (await post(app, item["id"], step, body)).status == 422, (step, body)
    assert (await app.get("/v1/complaints/k_none")).status == 404
    assert (await post(app, "k_none", "start")).status == 404
