"""Scores that others collect: planned by a closing, sent by nobody, handed in, and acted upon."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kernel.endpoint import Role
from tests.fakes.world import NOON
from tests.http.real import Real, real
from tests.http.test_numbers import ask, audit, figures, post

ENGLISH = {"Accept-Language": "en"}
RULES = """
programs: [{id: counter, collect_only: true, expires_after: 7d}]
complaints: {reopen: true}
"""


@pytest.fixture
async def app(postgresql_url: str, tmp_path: Path) -> AsyncIterator[Real]:
    (tmp_path / "huifang.yaml").write_text(RULES, encoding="utf-8")
    async with real(postgresql_url, settings={"HUIFANG_CONFIG": str(tmp_path)}) as found:
        yield found


async def hand_in(app: Real, number: int, key: str, **more: Any) -> Any:
    body = {"ticket": f"T-{number}", "idempotency_key": key, "channel": "counter", **more}
    return await post(app, "/v1/responses", body)


async def ticket(app: Real, number: int) -> Any:
    return (await app.get(f"/v1/tickets/T-{number}")).body


async def test_a_score_given_elsewhere_is_handed_in_counted_and_acted_upon(app: Real) -> None:
    for number in (1, 2, 3):
        await ask(app, number)
    await app.after(timedelta(days=2))  # long past the delay, the reminder and the next channel
    assert app.outside.world.messages == {}
    [planned] = (await ticket(app, 1))["invitations"]
    assert planned["state"] == "planned"
    assert planned["expires_at"].startswith((NOON + timedelta(days=7)).isoformat()[:16])
    [decided] = (await app.get("/v1/tickets/T-1/explain", headers=ENGLISH)).body["items"]
    assert "handed in" in decided["rules"][0]["text"]

    tickets = app.outside.world.tickets
    there = tickets["T-1"] = replace(tickets["T-1001"], id="T-1", status="closed")
    first = await hand_in(app, 1, "k-1", answers={"satisfaction": 1, "resolved": False})
    assert first.status == 201, first.text
    assert (first.body["channel"], first.body["rating"], first.body["low"]) == ("counter", 1, True)
    again = await hand_in(app, 1, "k-1", answers={"satisfaction": 5})
    assert (again.status, again.body["rating"]) == (200, 1)
    same = await hand_in(app, 1, "k-0", answers={"satisfaction": 1})
    assert (same.status, same.body["rating"]) == (200, 1)
    by_app = {"channel": "app", "key": "k-7"}
    two = [hand_in(app, 3, **by_app, answers={"satisfaction": score}) for score in (4, 5)]
    kept = await asyncio.gather(*two)
    assert sorted(each.status for each in kept) == [200, 201]
    assert len({each.body["rating"] for each in kept}) == 1
    assert (await hand_in(app, 3, "k-8", answers={"satisfaction": 3})).body["rating"] == 3
    assert (await hand_in(app, 3, **by_app, answers={"satisfaction": 5})).body["rating"] == 3
    more = {"satisfaction": 1, "resolved": False, "comment": "13800138000 别再发短信了"}
    assert (await hand_in(app, 1, "k-2", answers=more)).status == 201
    await app.run()

    shown = await ticket(app, 1)
    [complaint] = shown["complaints"]
    assert complaint["state"] == "registered"
    assert (shown["reopens"], there.status) == (1, "open")
    [item] = (await app.get("/v1/responses?channel=counter")).body["items"]
    assert item["completed_at"] is not None
    by = {each["group"]["channel"]: each for each in await figures(app, "group_by=channel&min_n=1")}
    assert by["counter"]["n"] == 1
    wishes = (await app.get("/v1/customers/C-1/preferences")).body
    assert [each["state"] for each in wishes["opt_outs"]] == ["provisional"]
    story = (await app.get("/v1/tickets/T-1/timeline")).body["items"]
    assert "opt_out.recorded" in [each["kind"] for each in story]
    said = [each["kind"] for each in await audit(app, "actor=bootstrap")]
    assert said.count("response.collected") == 5

    wrong = await hand_in(app, 2, "k-3", answers={"satisfaction": 9})
    assert wrong.status == 422
    assert wrong.body["errors"][0]["path"] == "answers.satisfaction"
    ours = await hand_in(app, 2, "k-4", answers={"satisfaction": 5}, channel="sms")
    assert ours.status == 422
    assert (await hand_in(app, 9, "k-5", answers={"satisfaction": 5})).status == 404
    ingest = await app.key(Role.INGEST)
    assert (await post(app, "/v1/responses", {}, key=ingest)).status == 403

    await app.after(timedelta(days=6))
    [expired] = (await ticket(app, 2))["invitations"]
    assert (expired["state"], expired["reason"]) == ("expired", "unanswered")
    late = await hand_in(app, 2, "k-6", answers={"satisfaction": 5})
    assert (late.status, late.body["late"]) == (201, True)
    steps = (await figures(app))[0]["funnel"]
    assert (steps["eligible"], steps["attempted"], steps["started"]) == (3, 3, 3)
    assert app.outside.world.messages == {}
