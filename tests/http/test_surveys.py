"""Surveys over HTTP: what is in force, what was, and each version to the letter."""

import json
from collections.abc import AsyncIterator

import pytest

from kernel.endpoint import Role
from surveys.questionnaire import definition, read
from tests.fakes.world import closed
from tests.http.real import EVENT, HOURS, Real, real

EDITED = """\
id: csat
title: {zh-CN: 满意度, en: Satisfied}
start: rating
questions:
  rating: {kind: csat5, headline: true, ask: {zh-CN: "1到5？", en: "1 to 5?"}}
end: {zh-CN: 再见, en: Goodbye}
low: {any: []}
"""
NEW = read({"csat.yaml": EDITED}).surveys["csat"]


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Real]:
    async with real(database_url) as found:
        yield found


async def close(app: Real, number: int) -> None:
    event = closed(number, ticket=f"T-{number}", customer=f"C-{number}", at=app.clock.now())
    sent = json.dumps(event)
    reply = await app.ask("POST", "/v1/events", data=sent, headers={"Content-Type": EVENT})
    assert reply.status == 202


async def test_surveys_are_listed_page_by_page_and_shown_in_every_version(app: Real) -> None:
    agent = await app.key(Role.AGENT)
    first = (await app.get("/v1/surveys?limit=3", key=agent)).body
    rest = (await app.get(f"/v1/surveys?cursor={first['next']}", key=agent)).body
    assert [each["id"] for each in first["items"]] == ["ces", "csat", "nps"]
    assert [each["id"] for each in rest["items"]] == ["recovery", "repair"]
    assert rest["next"] is None
    csat = first["items"][1]
    unused = {"version": csat["version"], "first_used_at": None, "in_force": True}
    assert csat["versions"] == [unused]
    assert csat["title"]["en"] == "Service satisfaction"

    await close(app, 1)
    app.clock.advance(HOURS)
    app.service.adopt(app.service.rules, {"csat": NEW})
    found = (await app.get("/v1/surveys/csat", key=agent)).body
    assert found["definition"] == definition(NEW)
    assert (found["version"], found["in_force"], found["first_used_at"]) == (
        NEW.version,
        True,
        None,
    )
    versions = [(each["version"], each["in_force"]) for each in found["versions"]]
    assert versions == [(NEW.version, True), (csat["version"], False)]

    await close(app, 2)
    page = (await app.get("/v1/surveys/csat?limit=1", key=agent)).body
    assert [each["version"] for each in page["versions"]] == [NEW.version]
    assert page["first_used_at"] is not None
    onward = (await app.get(f"/v1/surveys/csat?limit=1&cursor={page['next']}", key=agent)).body
    assert [each["version"] for each in onward["versions"]] == [csat["version"]]
    assert onward["next"] is None

    old = (await app.get(f"/v1/surveys/csat?version={csat['version']}", key=agent)).body
    assert (old["version"], old["in_force"]) == (csat["version"], False)
    assert old["definition"]["questions"]["satisfaction"]["kind"] == "csat5"
    assert old["title"]["en"] == "Service satisfaction"


async def test_a_survey_that_is_no_longer_sent_is_still_shown(app: Real) -> None:
    await close(app, 1)
    app.service.adopt(app.service.rules, {})
    [item] = (await app.get("/v1/surveys")).body["items"]
    assert (item["id"], item["version"]) == ("csat", None)
    assert [each["in_force"] for each in item["versions"]] == [False]
    found = (await app.get("/v1/surveys/csat")).body
    assert found["version"] == item["versions"][0]["version"]
    assert found["definition"]["id"] == "csat"


async def test_what_is_asked_is_read_strictly_and_of_agents_alone(app: Real) -> None:
    ingest = await app.key(Role.INGEST)
    for path in ("/v1/surveys", "/v1/surveys/csat"):
        assert (await app.get(path, key=None)).status == 401
        assert (await app.get(path, key=ingest)).status == 403
        for query in ("limit=0", "limit=201", "cursor=nothing"):
            assert (await app.get(f"{path}?{query}")).status == 422, query
    for path in ("/v1/surveys/none", "/v1/surveys/csat?version=0000"):
        assert (await app.get(path)).status == 404
