"""Responses, figures and audit over HTTP: listed, counted, excluded, restored, and who did it."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from kernel.endpoint import Role
from surveys import store
from surveys.tokens import token
from tests.fakes.world import NOON, closed
from tests.http.real import EVENT, HOURS, Real, Reply, real

FIGURES = "/v1/metrics/satisfaction"
WORDS = "师傅没来，我的电话是13800138000"


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Real]:
    async with real(database_url) as found:
        yield found


def phone(number: int) -> str:
    return f"+86138001380{number:02}"


async def ask(app: Real, number: int, **more: Any) -> None:
    """A ticket of a customer of their own is closed."""
    event = closed(
        number,
        ticket=f"T-{number}",
        customer=f"C-{number}",
        phone=phone(number),
        at=app.clock.now(),
        **more,
    )
    data = json.dumps(event)
    reply = await app.ask("POST", "/v1/events", data=data, headers={"Content-Type": EVENT})
    assert reply.status == 202


async def say(app: Real, number: int, *texts: str) -> None:
    for text in texts:
        sid = f"SM{number}-{text}"
        form = {"From": phone(number), "To": "+15550100", "Body": text, "MessageSid": sid}
        assert (await app.carrier("/carriers/twilio/sms", form)).status == 200
    await app.run()


async def post(app: Real, path: str, body: Any, **more: Any) -> Reply:
    headers = {"Content-Type": "application/json"}
    return await app.ask("POST", path, data=json.dumps(body), headers=headers, **more)


async def figures(app: Real, query: str = "min_n=1") -> list[dict[str, Any]]:
    reply = await app.get(f"{FIGURES}?{query}")
    assert reply.status == 200, reply.text
    found: list[dict[str, Any]] = reply.body["items"]
    return found


async def audit(app: Real, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await app.get(f"/v1/audit?{query}")).body["items"]
    return found


@pytest.fixture
async def told(app: Real) -> Real:
    """Three tickets of two teams were closed and asked about, and two of them answered."""
    await ask(app, 1, region="JX", product="fibre")
    await ask(app, 2, team="前台", agent={"id": "A-8"})
    await ask(app, 3, team="前台", agent={"id": "A-8"})
    await app.after(2 * HOURS)
    await say(app, 1, "5", "1")
    app.clock.advance(HOURS)
    await say(app, 2, "1", "2", WORDS)
    return app


async def test_responses_are_listed_page_by_page_and_whoever_reads_comments_is_noted(
    told: Real,
) -> None:
    manager = await told.key(Role.MANAGER)
    first = (await told.get("/v1/responses?limit=1", key=manager)).body
    [item] = first["items"]
    assert item["comment"] == item["answers"]["comment"] == WORDS
    assert (item["low"], item["rating"], item["score"]) == (True, 1, 20.0)
    rest = (await told.get(f"/v1/responses?limit=1&cursor={first['next']}", key=manager)).body
    assert rest["next"] is None
    [item] = rest["items"]
    shown = {name: item.pop(name) for name in ("id", "version", "started_at", "completed_at")}
    assert item == {
        "source": "/tickets",
        "ticket": "T-1",
        "closure": 1,
        "program": "default",
        "survey": "csat",
        "channel": "sms",
        "score": 100.0,
        "rating": 5,
        "low": False,
        "suspect": False,
        "suspect_reason": None,
        "late": False,
        "excluded": False,
        "answers": {"satisfaction": 5, "resolved": True},
        "comment": None,
        "attribution": {
            "agent": "A-7",
            "team": "NOC-2",
            "region": "JX",
            "product": "fibre",
            "category": "broadband_fault",
        },
    }
    assert (NOON + 2 * HOURS).isoformat() <= shown["started_at"] <= shown["completed_at"]
    [act] = await audit(told, "kind=comments.read")
    assert (act["actor"], act["detail"]["responses"]) == ("manager", [first["items"][0]["id"]])


async def test_responses_are_found_by_what_they_are_credited_to(told: Real) -> None:
    between = quote((NOON + 3 * HOURS).isoformat())
    for query, tickets in {
        "team=NOC-2": ["T-1"],
        "agent=A-8": ["T-2"],
        "region=JX&product=fibre": ["T-1"],
        "region=JX&agent=A-8": [],
        "program=default&survey=csat&channel=sms": ["T-2", "T-1"],
        "program=other": [],
        "low=true": ["T-2"],
        "low=false&late=false&suspect=false": ["T-1"],
        "late=true": [],
        "rating=5": ["T-1"],
        "kind=csat5&rating=1": ["T-2"],
        "kind=nps": [],
        f"from={between}": ["T-2"],
        f"to={between}": ["T-1"],
        f"by=counted&to={between}&team=NOC-2": ["T-1"],
        f"by=counted&from={between}": ["T-2"],
    }.items():
        found = (await told.get(f"/v1/responses?{query}")).body["items"]
        assert [item["ticket"] for item in found] == tickets, query


async def test_satisfaction_is_told_by_group_with_its_funnel(told: Real) -> None:
    noc, desk = await figures(told, "group_by=team&min_n=1")
    assert 0 <= noc.pop("first_answer_seconds") <= 1  # databases round it in their own way
    assert noc == {
        "group": {"team": "NOC-2"},
        "n": 1,
        "csat": 1.0,
        "csat_low": 0.206549,
        "csat_high": 1.0,
        "nps": None,
        "nps_low": None,
        "nps_high": None,
        "ces": None,
        "mean_score": 100.0,
        "resolved_rate": 1.0,
        "low_rate": 0.0,
        "distribution": {"csat5": [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]},
        "response_rate": {"eligible": 1.0, "attempted": 1.0, "delivered": 1.0, "started": 1.0},
        "targets": {
            "satisfaction": {"target": 85.0, "met": True},
            "resolved": {"target": 0.95, "met": True},
        },
        "changed": None,
        "n_for_5_points": 251,
        "funnel": {"eligible": 1, "attempted": 1, "delivered": 1, "started": 1, "completed": 1},
    }
    assert desk["group"] == {"team": "前台"}
    assert (desk["n"], desk["csat"], desk["low_rate"], desk["resolved_rate"]) == (1, 0.0, 1.0, 0.0)
    assert desk["funnel"] == {
        "eligible": 2,
        "attempted": 2,
        "delivered": 1,
        "started": 1,
        "completed": 1,
    }
    [few] = await figures(told, "group_by=day&tz=Asia/Shanghai")
    assert few["group"] == {"day": "2026-11-20"}
    assert (few["n"], few["csat"], few["low_rate"]) == (2, None, None)
    [both] = await figures(told, "group_by=week&group_by=program&min_n=2&tz=America/St_Johns")
    assert both["group"] == {"week": "2026-W47", "program": "default"}
    assert (both["csat"], both["mean_score"]) == (0.5, 60.0)
    assert await figures(told, "group_by=month&from=2027-01-01T00:00:00Z") == []
    [none] = await figures(told, "team=nobody")
    assert (none["group"], none["n"], none["funnel"]["eligible"]) == ({}, 0, 0)


async def test_an_excluded_response_is_in_no_figure_until_it_is_restored(told: Real) -> None:
    manager = await told.key(Role.MANAGER)
    [item] = (await told.get("/v1/responses?low=true")).body["items"]
    path = f"/v1/responses/{item['id']}"
    for _ in range(2):
        out = await post(told, f"{path}/exclude", {"reason": "a trial by 13800138000"}, key=manager)
        assert (out.status, out.body["excluded"]) == (200, True)
    [left] = await figures(told)
    assert (left["n"], left["low_rate"], left["funnel"]["started"]) == (1, 0.0, 2)
    for _ in range(2):
        back = await post(told, f"{path}/restore", {"reason": "no trial"}, key=manager)
        assert (back.status, back.body["excluded"]) == (200, False)
    assert (await figures(told))[0]["n"] == 2
    acts = [each for each in await audit(told, "actor=manager") if "comments" not in each["kind"]]
    assert [each["kind"] for each in acts] == ["response.readmitted", "response.excluded"]
    assert (acts[1]["ticket"], acts[1]["detail"]["response"]) == ("T-2", item["id"])
    assert "13800138000" not in acts[1]["text"]
    assert (await post(told, "/v1/responses/r_none/exclude", {"reason": "x"})).status == 404
    assert (await post(told, f"{path}/exclude", {"reason": " "})).status == 422
    assert (await post(told, f"{path}/restore", {})).body["errors"][0]["path"] == "reason"


async def test_a_suspect_response_counts_and_complains_once_somebody_restores_it(
    app: Real,
) -> None:
    await ask(app, 1)
    await app.after(2 * HOURS)
    async with app.service.database.read() as conn:
        [invitation] = await store.of_ticket(conn, "T-1")
    path = f"/s/{token(invitation, app.service.settings.secret_keys)}"
    page = (await app.get(path, key=None)).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    sent = await app.ask("POST", path, data={**hidden, "answer": "1"}, key=None)
    assert sent.status in {200, 303}
    await app.run()
    [item] = (await app.get("/v1/responses?suspect=true")).body["items"]
    assert (item["suspect_reason"], item["score"]) == ("haste", 20.0)
    assert (await figures(app))[0]["n"] == 0
    for _ in range(2):
        back = await post(app, f"/v1/responses/{item['id']}/restore", {"reason": "phoned"})
        assert (back.status, back.body["suspect"], back.body["low"]) == (200, False, True)
        await app.run()
    [counted] = await figures(app)
    assert (counted["n"], counted["low_rate"]) == (1, 1.0)
    assert len((await app.get("/v1/tickets/T-1")).body["complaints"]) == 1
    assert [each["kind"] for each in await audit(app, "kind=response.restored")] != []
    assert len(await audit(app, "kind=response.restored")) == 1


async def test_the_audit_tells_who_did_what_page_by_page(app: Real) -> None:
    agent = await app.key(Role.AGENT)
    await ask(app, 1)
    app.clock.advance(HOURS)
    body = {"channel": "sms", "how": "phone"}
    path = "/v1/customers/C-1/opt-outs"
    assert (await post(app, path, body, key=agent)).status < 300
    app.clock.advance(HOURS)
    assert await app.service.identity.revoke("agent", app.clock.now())
    first = (await app.get("/v1/audit?limit=2", headers={"Accept-Language": "en"})).body
    rest = (await app.get(f"/v1/audit?cursor={first['next']}")).body
    found = [*first["items"], *rest["items"]]
    acts = [(each["actor"], each["kind"]) for each in found]
    assert acts[:2] == [("command line", "key.revoked"), ("agent", "opt_out.recorded")]
    assert acts[-1] == ("command line", "key.created")
    assert rest["next"] is None
    assert found[0]["text"] == "A key was revoked"
    at = quote((NOON + HOURS).isoformat())
    assert [each["kind"] for each in await audit(app, f"from={at}")] == [
        each["kind"] for each in found if each["at"] >= (NOON + HOURS).isoformat()
    ]
    assert {each["kind"] for each in await audit(app, f"to={at}")} == {"key.created"}
    assert {each["actor"] for each in await audit(app, "actor=agent")} == {"agent"}


async def test_what_is_asked_is_read_strictly_and_of_the_right_role_alone(app: Real) -> None:
    agent, manager = await app.key(Role.AGENT), await app.key(Role.MANAGER)
    for path, key in (("/v1/responses", agent), (FIGURES, agent), ("/v1/audit", manager)):
        assert (await app.get(path, key=None)).status == 401
        assert (await app.get(path, key=key)).status == 403
    wrong = {
        f"{FIGURES}?tz=Mars/Phobos": "tz",
        f"{FIGURES}?group_by=team&group_by=mood": "group_by.1",
        f"{FIGURES}?from=2026-11-20T08:00:00": "from",
        f"{FIGURES}?min_n=-1": "min_n",
        f"{FIGURES}?late=false": "late",
        f"{FIGURES}?low=true": "low",
        "/v1/responses?by=mood": "by",
        "/v1/responses?low=perhaps": "low",
        "/v1/responses?limit=501": "limit",
        "/v1/responses?cursor=nothing": "cursor",
        "/v1/audit?cursor=nothing": "cursor",
        "/v1/audit?to=yesterday": "to",
    }
    for path, field in wrong.items():
        reply = await app.get(path)
        assert (reply.status, reply.body["errors"][0]["path"]) == (422, field), path
