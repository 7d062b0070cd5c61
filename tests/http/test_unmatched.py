"""The inbox of replies over HTTP: what fits nothing is listed, and attached once."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from kernel.endpoint import Role
from kernel.journal import latest
from tests.fakes.world import closed, told
from tests.http.real import EVENT, HOURS, Real, Reply, real

PHONE, OTHER = "+8613800138001", "+8613800138002"


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Real]:
    async with real(database_url) as found:
        yield found


async def text(app: Real, said: str, sender: str = PHONE, sid: str = "SM1") -> Reply:
    form = {"MessageSid": sid, "From": sender, "To": "+8610000000", "Body": said}
    return await app.carrier("/carriers/twilio/sms", form)


async def attach(app: Real, id_: str, body: dict[str, Any], **more: Any) -> Reply:
    headers = {"Content-Type": "application/json"}
    path = f"/v1/unmatched/{id_}/attach"
    return await app.ask("POST", path, data=json.dumps(body), headers=headers, **more)


async def dismiss(app: Real, id_: str, body: dict[str, Any], **more: Any) -> Reply:
    headers = {"Content-Type": "application/json"}
    path = f"/v1/unmatched/{id_}/dismiss"
    return await app.ask("POST", path, data=json.dumps(body), headers=headers, **more)


async def invited(app: Real) -> str:
    """A customer who was asked; the invitation's id."""
    headers = {"Content-Type": EVENT}
    event = closed(phone=PHONE, at=app.clock.now())
    await app.ask("POST", "/v1/events", data=json.dumps(event), headers=headers)
    await app.after(3 * HOURS)
    ticket = (await app.get("/v1/tickets/T-1001")).body
    assert ticket["invitations"][0]["state"] == "invited"
    return str(ticket["invitations"][0]["id"])


async def test_a_reply_from_another_number_is_attached_once_by_whoever_knows(app: Real) -> None:
    agent = await app.key(Role.AGENT)
    meant = await invited(app)
    await text(app, "自己也不知道怎么说", OTHER, sid="SM2")
    await text(app, "1 还是很慢", OTHER)
    page = (await app.get("/v1/unmatched?limit=1", key=agent)).body
    [item] = page["items"]
    rest = (await app.get(f"/v1/unmatched?cursor={page['next']}", key=agent)).body
    assert {item["id"], rest["items"][0]["id"]} == {"SM1", "SM2"}
    assert rest["next"] is None
    assert (item["reason"], item["sender"][-4:]) == ("stranger", "8002")
    assert "138" not in item["sender"]
    assert (await app.get("/v1/unmatched")).body["items"][0]["sender"] == OTHER

    unclear = await attach(app, "SM2", {"invitation": meant}, key=agent)
    assert (unclear.status, unclear.body["errors"][0]["path"]) == (422, "invitation")
    done = await attach(app, "SM1", {"ticket": "T-1001"}, key=agent)
    assert (done.status, done.body["invitation"]) == (200, meant)
    again = await attach(app, "SM1", {"invitation": meant}, key=agent)
    assert (again.status, again.body["invitation"], again.body["by"]) == (409, meant, "agent")
    async with app.service.database.read() as conn:
        entry = await latest(conn, meant)
    assert entry is not None
    assert (entry.kind, entry.detail["actor"]) == ("reply.attached", "agent")
    ticket = (await app.get("/v1/tickets/T-1001")).body
    assert (ticket["responses"][0]["rating"], ticket["responses"][0]["comment"]) == (1, "还是很慢")
    assert [each["id"] for each in (await app.get("/v1/unmatched")).body["items"]] == ["SM2"]


async def test_what_is_attached_to_a_finished_survey_is_a_comment_and_its_complaint_hears_of_it(
    app: Real,
) -> None:
    meant = await invited(app)
    for sid, said in (("SM1", "1"), ("SM2", "2"), ("SM3", "等了三天")):
        await text(app, said, sid=sid)
    await app.after(HOURS)
    await text(app, "还扣了我的钱", OTHER, sid="SM4")
    before = (await app.get("/v1/tickets/T-1001")).body["responses"][0]
    done = await attach(app, "SM4", {"invitation": meant})
    assert done.status == 200, done.body
    await app.after(HOURS)
    [found] = (await app.get("/v1/tickets/T-1001")).body["responses"]
    assert found["comment"] == "等了三天\n还扣了我的钱"
    for name in ("score", "rating", "low", "started_at", "completed_at"):
        assert found[name] == before[name], name
    [complaint] = (await app.get("/v1/complaints")).body["items"]
    whole = (await app.get(f"/v1/complaints/{complaint['id']}")).body
    assert whole["comment"] == "等了三天\n还扣了我的钱"
    assert (await app.get("/v1/unmatched")).body["items"] == []


async def test_what_needs_nothing_is_dismissed_once_and_that_is_audited(app: Real) -> None:
    agent = await app.key(Role.AGENT)
    await text(app, "哈哈", OTHER)
    assert (await dismiss(app, "SM1", {}, key=agent)).status == 422
    assert (await dismiss(app, "SM-none", {"reason": "x"}, key=agent)).status == 404
    reason = {"reason": f"误发,机主是{OTHER}"}
    assert (await dismiss(app, "SM1", reason, key=agent)).status == 200
    assert (await app.get("/v1/unmatched", key=agent)).body["items"] == []
    again = await dismiss(app, "SM1", {"reason": "误发"}, key=agent)
    assert (again.status, again.body["reading"]) == (409, "dismissed")
    [act] = (await app.get("/v1/audit?kind=reply.dismissed")).body["items"]
    assert (act["actor"], act["about"], act["detail"]["reason"]) == (
        "agent",
        "SM1",
        "误发,机主是[phone]",
    )


async def test_what_arrived_in_time_is_in_time_whenever_it_is_attached(app: Real) -> None:
    meant = await invited(app)
    await text(app, "4", OTHER)
    arrived = app.clock.now()
    await app.after(timedelta(days=9))
    assert (await attach(app, "SM1", {"invitation": meant})).status == 200
    ticket = (await app.get("/v1/tickets/T-1001")).body
    [found] = ticket["responses"]
    assert (found["late"], found["rating"]) == (False, 4)
    assert datetime.fromisoformat(found["started_at"]) <= arrived
    assert ticket["invitations"][0]["state"] == "expired", "nobody is asked for more by then"


async def test_what_is_asked_next_goes_out_while_the_conversation_is_fresh(app: Real) -> None:
    meant = await invited(app)
    before = len(app.outside.sent)
    await text(app, "4", OTHER)
    assert (await attach(app, "SM1", {"invitation": meant})).status == 200
    await app.after(timedelta(0))
    assert [(form.to, "解决" in form.body) for form in app.outside.sent[before:]] == [(PHONE, True)]
    items = (await app.get("/v1/tickets/T-1001/explain")).body["items"]
    assert items[-1]["verdict"] == "allow"
    answer = await text(app, "1", sid="SM2")
    assert "感谢" in answer.text
    ticket = (await app.get("/v1/tickets/T-1001")).body
    assert ticket["invitations"][0]["state"] == "completed"


async def test_what_is_asked_next_waits_like_a_reminder_once_the_words_are_old(app: Real) -> None:
    meant = await invited(app)
    before = len(app.outside.sent)
    await text(app, "4", OTHER)
    await app.after(HOURS)
    assert (await attach(app, "SM1", {"invitation": meant})).status == 200
    await app.after(HOURS)
    assert app.outside.sent[before:] == [], "the cap of a contact a day"
    ticket = (await app.get("/v1/tickets/T-1001")).body
    assert ticket["invitations"][0]["state"] == "in_progress"
    await app.after(24 * HOURS)
    assert ["解决" in form.body for form in app.outside.sent[before:]] == [True]


async def test_what_came_before_the_ticket_was_reopened_is_in_time(app: Real) -> None:
    meant = await invited(app)
    await text(app, "1", OTHER)
    await app.after(HOURS)
    again = told("reopened", event="evt-9", at=app.clock.now())
    headers = {"Content-Type": EVENT}
    await app.ask("POST", "/v1/events", data=json.dumps(again), headers=headers)
    await text(app, "2", OTHER, sid="SM2")
    await app.after(HOURS)
    assert (await attach(app, "SM1", {"invitation": meant})).status == 200
    await app.after(HOURS)
    ticket = (await app.get("/v1/tickets/T-1001")).body
    [found] = ticket["responses"]
    assert (found["late"], found["low"], found["rating"]) == (False, True, 1)
    assert ticket["invitations"][0]["state"] == "cancelled"
    assert ticket["reopens"] == 0, "it is open already: a person is told instead"
    [complaint] = (await app.get("/v1/complaints")).body["items"]
    assert complaint["ticket"] == "T-1001"


async def test_what_is_over_takes_a_late_answer_and_then_no_other(app: Real) -> None:
    meant = await invited(app)
    await app.after(timedelta(days=40))
    for sid in ("SM1", "SM2"):
        await text(app, "4", OTHER, sid=sid)
    assert (await attach(app, "SM1", {"invitation": meant})).status == 200
    ticket = (await app.get("/v1/tickets/T-1001")).body
    assert (ticket["responses"][0]["late"], ticket["responses"][0]["rating"]) == (True, 4)
    refused = await attach(app, "SM2", {"invitation": meant})
    assert (refused.status, refused.body["reason"]) == (409, "no_open_question")


async def test_what_is_named_wrongly_is_refused(app: Real) -> None:
    ingest = await app.key(Role.INGEST)
    await text(app, "5", OTHER)
    assert (await app.get("/v1/unmatched", key=None)).status == 401
    assert (await app.get("/v1/unmatched", key=ingest)).status == 403
    assert (await app.get("/v1/unmatched?cursor=nothing")).status == 422
    for body in ({}, {"invitation": "i_1", "ticket": "T-1"}, {"else": "x", "ticket": "T-1"}):
        assert (await attach(app, "SM1", body)).status == 422, body
    assert (await attach(app, "SM1", {"invitation": "i_none"})).status == 404
    assert (await attach(app, "SM1", {"ticket": "T-none"})).status == 404
    assert (await attach(app, "SM-none", {"ticket": "T-none"})).status == 404
