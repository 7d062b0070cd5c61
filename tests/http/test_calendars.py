"""Calendars of callbacks: whose they are, what they hold, and that a revoked link opens nothing."""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from kernel.endpoint import Role
from tests.http.real import Real
from tests.http.staff import Browser, people
from tests.http.staffed import ONE, enter, promise, staffed

PUBLIC = "https://care.example.com/hf"


@pytest.fixture
async def app(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Real]:
    async with staffed(sqlite_url, tmp_path / "rules") as found:
        yield found


async def subscribe(browser: Browser, whose: str) -> str:
    """The path of a new calendar."""
    await browser.get("/account")
    made = await browser.send("/account/calendars", {"calendar": whose})
    assert made.status == 303, made.text
    links = re.findall(rf'value="{PUBLIC}(/calendar/[^"]+)"', (await browser.get("/account")).text)
    return str(links[-1])


async def events(app: Real, path: str) -> list[Any]:
    reply = await app.ask("GET", path, key=None)
    assert (reply.status, reply.media) == (200, "text/calendar"), reply.text
    return list(Calendar.from_ical(reply.text).walk("VEVENT"))


async def test_an_agent_subscribes_to_their_callbacks_until_the_link_is_revoked(app: Real) -> None:
    mine, other = await promise(app, 1), await promise(app, 2)
    browser = await enter(app, "zhou", Role.AGENT, "A-7")
    path = await subscribe(browser, "agent:A-7")
    assert await events(app, path) == []
    await browser.get(f"/callbacks?id={mine}")
    await browser.send(f"/callbacks/{mine}/claim", {})
    [event] = await events(app, path)
    assert event["UID"] == f"{mine}@care.example.com"
    assert event["DTSTART"].dt == datetime.fromisoformat(ONE)
    assert (event["SUMMARY"], event["STATUS"]) == ("回电 care T-1", "CONFIRMED")
    assert event["URL"] == f"{PUBLIC}/callbacks?id={mine}"
    text = (await app.ask("GET", path, key=None)).text
    for personal in ("138001380", "光猫", "C-1", other):
        assert personal not in text
    await browser.send(f"/callbacks/{mine}/cancel", {"reason": "customer"})
    [off] = await events(app, path)
    assert (off["UID"], off["STATUS"]) == (event["UID"], "CANCELLED")
    assert off["SEQUENCE"] > event["SEQUENCE"]
    # The same link is shown again, and there is one.
    assert (await browser.get("/account")).text.count("/calendar/") == 1
    id_ = re.findall(r"/account/calendars/(\w+)/end", (await browser.get("/account")).text)[0]
    assert (await browser.send(f"/account/calendars/{id_}/end", {})).status == 303
    assert (await app.ask("GET", path, key=None)).status == 404
    kinds = [each["kind"] for each in (await app.get("/v1/audit")).body["items"]]
    assert {"calendar.made", "calendar.revoked"} <= set(kinds)
    assert path != await subscribe(browser, "agent:A-7")


async def test_a_team_sees_its_own_and_what_waits_for_it(app: Real) -> None:
    waiting, taken = await promise(app, 1), await promise(app, 2)
    tom = await enter(app, "tom", Role.AGENT, "A-9")
    await tom.get(f"/callbacks?id={taken}")
    await tom.send(f"/callbacks/{taken}/claim", {})
    boss = await enter(app, "boss", Role.MANAGER)
    theirs = await subscribe(boss, "team:Billing-1")
    other = await subscribe(boss, "team:NOC-2")
    uids = {str(each["UID"]).partition("@")[0] for each in await events(app, theirs)}
    assert taken in uids
    seen = {str(each["UID"]).partition("@")[0] for each in await events(app, other)}
    assert (taken in seen, waiting in seen) == (False, True)  # the ticket's team is NOC-2


async def test_nobody_subscribes_to_what_is_not_theirs_and_who_is_let_go_sees_nothing(
    app: Real,
) -> None:
    zhou = await enter(app, "zhou", Role.AGENT, "A-7")
    for whose in ("agent:A-9", "team:Billing-1", "team:", "all"):
        await zhou.get("/account")
        assert (await zhou.send("/account/calendars", {"calendar": whose})).status == 403
    path = await subscribe(zhou, "team:NOC-2")
    token = path.split("/")[2].removesuffix(".ics")
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert (await app.ask("GET", f"/calendar/{forged}.ics", key=None)).status == 404
    assert (await app.ask("GET", f"/s/{token}", key=None)).status in (404, 410)
    assert await events(app, path) == []
    await people(app).deactivate("zhou", app.clock.now())
    assert (await app.ask("GET", path, key=None)).status == 404
