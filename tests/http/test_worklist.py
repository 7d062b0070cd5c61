"""The agents' worklist: what is on it, the steps by plain forms, and what others may not do."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from kernel.endpoint import Role
from tests.http.real import HOURS, Real, Reply
from tests.http.staff import Browser
from tests.http.staffed import complain, enter, promise, staffed


@pytest.fixture
async def app(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Real]:
    async with staffed(sqlite_url, tmp_path / "rules") as found:
        yield found


async def case(browser: Browser, id_: str, lang: str = "en") -> Reply:
    return await browser.get(f"/callbacks?id={id_}", headers={"Accept-Language": lang})


async def take(browser: Browser, id_: str, step: str, **fields: str) -> Reply:
    """One step by the form of the callback's page, in English."""
    await case(browser, id_)
    form = {"csrf": browser.csrf, **fields}
    return await browser.send(f"/callbacks/{id_}/{step}", form, {"Accept-Language": "en"})


def part(page: str, id_: str) -> str:
    """One list of the queue."""
    return page.split(f'id="{id_}"', 1)[1].split("</section>", 1)[0]


async def state(app: Real, id_: str) -> str:
    return str((await app.get(f"/v1/callbacks/{id_}")).body["state"])


async def test_an_agent_claims_a_callback_and_records_what_came_of_it(app: Real) -> None:
    id_ = await promise(app)
    await app.after(2 * HOURS)
    browser = await enter(app, "zhou", Role.AGENT, "A-7")
    page = (await browser.get("/callbacks", headers={"Accept-Language": "en"})).text
    free = part(page, "free")
    for shown in ("care", "T-1", "光猫更换", "11-20 14:00", " min left", ">due<"):
        assert shown in free
    assert id_ not in part(page, "mine")
    before = (await case(browser, id_)).text
    assert "+8613800138001" not in before  # whose number it is, who holds it alone is shown
    claimed = await take(browser, id_, "claim")
    assert claimed.status == 303
    assert claimed.headers["Location"] == f"/hf/callbacks?id={id_}&done=claim"
    after = (await browser.get(f"/callbacks?id={id_}&done=claim")).text
    assert id_ in part(after, "mine")
    assert "tel:+8613800138001" in after
    assert "已领取，请按时回电。" in after
    done = await take(browser, id_, "outcome", outcome="reached", notes="已修好")
    assert done.status == 303
    item = (await app.get(f"/v1/callbacks/{id_}")).body
    assert (item["state"], item["notes"]) == ("done", "已修好")
    assert [(each["outcome"], each["by"]) for each in item["attempts"]] == [("reached", "A-7")]
    [act] = (await app.get("/v1/audit?kind=callback.attempted")).body["items"]
    assert act["actor"] == "zhou"


async def test_of_two_agents_one_has_it_and_the_other_is_told_who(app: Real) -> None:
    id_ = await promise(app)
    zhou = await enter(app, "zhou", Role.AGENT, "A-7")
    tom = await enter(app, "tom", Role.AGENT, "A-9")
    await case(tom, id_)
    assert (await take(zhou, id_, "claim")).status == 303
    late = await tom.send(f"/callbacks/{id_}/claim", {}, {"Accept-Language": "en"})
    assert (late.status, late.media) == (409, "text/html")
    assert "周敏 has this callback." in late.text
    assert f"/callbacks/{id_}/claim" not in late.text
    assert id_ in part(late.text, "others")
    assert (await app.get(f"/v1/callbacks/{id_}")).body["agent"] == "A-7"


async def test_what_somebody_holds_only_they_and_a_supervisor_may_end(app: Real) -> None:
    id_ = await promise(app)
    zhou = await enter(app, "zhou", Role.AGENT, "A-7")
    tom = await enter(app, "tom", Role.AGENT, "A-9")
    boss = await enter(app, "boss", Role.MANAGER)
    await take(zhou, id_, "claim")
    page = (await case(tom, id_)).text
    token = {"csrf": tom.csrf, "reason": "mistake"}
    for step in ("release", "cancel", "dial"):
        assert f"/callbacks/{id_}/{step}" not in page
        refused = await tom.send(f"/callbacks/{id_}/{step}", token)
        assert (refused.status, "周敏 已领取这个回电。" in refused.text) == (409, True)
    assert await state(app, id_) == "claimed"
    assert "tel:" not in (await case(boss, id_)).text
    assert (await take(boss, id_, "release")).status == 303
    assert await state(app, id_) == "promised"


async def test_a_callback_is_moved_to_a_slot_of_the_list_or_refused_in_words(app: Real) -> None:
    id_ = await promise(app)
    browser = await enter(app, "zhou", Role.AGENT, "A-7")
    page = (await case(browser, id_)).text
    slots = re.findall(r'<option value="(\d{4}-[^"]+)">', page)
    assert len(slots) > 10
    assert "11-20 15:00–15:30" in page
    assert (await take(browser, id_, "reschedule", slot=slots[-1])).status == 303
    moved = (await app.get(f"/v1/callbacks/{id_}")).body
    assert moved["slot"]["from"] == slots[-1]
    night = await take(browser, id_, "reschedule", slot="2026-11-21T03:00:00+08:00")
    assert night.status == 422
    assert "The centre is closed then." in night.text
    wrong = await take(browser, id_, "outcome", outcome="reached")
    assert wrong.status == 409
    assert "It is promised by now, so this cannot be done; possible: claim, res" in wrong.text
    assert (await take(browser, id_, "cancel", reason="got_through")).status == 303
    assert await state(app, id_) == "cancelled"
    assert (await take(browser, id_, "explode")).status == 404
    assert (await case(browser, "cb_none")).status == 200
    assert "There is no such callback." in (await case(browser, "cb_none")).text


async def test_an_agent_says_they_are_there_and_why_a_dial_is_refused(app: Real) -> None:
    id_ = await promise(app)
    browser = await enter(app, "zhou", Role.AGENT, "A-7")
    await browser.get("/callbacks")
    there = await browser.send("/callbacks/presence", {"state": "there"})
    assert there.status == 303
    said = {each["id"]: each["state"] for each in (await app.get("/v1/agents")).body["items"]}
    assert said == {"A-7": "there", "A-9": "away"}
    assert (await browser.send("/callbacks/presence", {"state": "gone"})).status == 422
    stranger = await enter(app, "li", Role.AGENT)
    page = await stranger.get("/callbacks", headers={"Accept-Language": "en"})
    assert "Your account names no agent" in page.text
    assert (await take(stranger, id_, "claim")).status == 303
    refused = await take(stranger, id_, "dial")
    assert refused.status == 409
    assert "You are not in `agents:`" in refused.text


async def test_a_complaints_call_shows_score_comment_and_story(app: Real) -> None:
    complaint = await complain(app)
    await promise(app, 1, customer="D-1", ticket="P-1", slot=None, asap=True)
    browser = await enter(app, "zhou", Role.AGENT, "A-7")
    items = (await app.get("/v1/callbacks?state=open")).body["items"]
    page = (await case(browser, items[0]["id"])).text
    assert complaint
    assert "20 / 100" in page
    assert "Complaint registered" in page
    assert not re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d[^\"<]*</li>", page)  # instants are worded


async def test_forms_need_the_sessions_token_and_somebody_enter(app: Real) -> None:
    id_ = await promise(app)
    browser = await enter(app, "zhou", Role.AGENT, "A-7")
    await case(browser, id_)
    forged = await browser.send(f"/callbacks/{id_}/claim", {"csrf": "x"})
    assert (forged.status, await state(app, id_)) == (403, "promised")
    away = await Browser(app=app).get(f"/callbacks?id={id_}")
    assert away.status == 303
    [next_] = parse_qs(urlsplit(away.headers["Location"]).query)["next"]
    assert next_ == f"/callbacks?id={id_}"
