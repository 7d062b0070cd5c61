"""The worklist and the board as people use them: two agents at once, by keys, on a phone."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from callbacks import store as complaints
from callbacks.model import Complaint, ComplaintState
from huifang.staff.passwords import Passwords
from huifang.staff.users import Users
from kernel.endpoint import Role
from scheduler.notices import Notice, raise_many
from tests.browser import axe
from tests.browser.conftest import PATIENCE, STICKING_OUT, Screen, picture
from tests.http.dialling import Floor, floor
from tests.http.staff import CHEAP, PASSWORD

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
_USERS = (
    ("zhou", "周敏", Role.AGENT, "A-7"),
    ("tom", "Tom Reed", Role.AGENT, "A-9"),
    ("boss", "王主管", Role.MANAGER, None),
)


@pytest_asyncio.fixture(loop_scope="session")
async def centre(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Floor]:
    """The service with two agents and a supervisor."""
    async with floor(sqlite_url, tmp_path / "rules") as made:
        made.service.sessions.passwords = Passwords(CHEAP)
        users = Users(database=made.service.database, actor="tests", passwords=Passwords(CHEAP))
        for login, name, role, agent in _USERS:
            await users.create(login, name, role, agent, PASSWORD, made.clock.now())
        yield made


async def at(
    browser: Browser, centre: Floor, login: str, path: str, lang: str = "en", **more: object
) -> Screen:
    """Somebody signed in, at a page whose events are heard."""
    context = await browser.new_context(**{"viewport": WIDE, "locale": lang, **more})  # type: ignore[arg-type]
    await axe.teach(context)
    screen = Screen(await context.new_page())
    screen.page.set_default_timeout(PATIENCE)
    await screen.page.goto(f"{centre.url}/login?next={path}")
    await screen.page.locator("#login").fill(login)
    await screen.page.locator("#password").fill(PASSWORD)
    await screen.page.keyboard.press("Enter")
    await screen.page.locator("#live.good").wait_for()
    return screen


async def fine(page: Page, name: str) -> None:
    """Nothing sticks out, nobody is kept from using it; kept to be looked at."""
    assert await axe.faults(page) == []
    assert await page.evaluate(STICKING_OUT) == []
    await picture(page, name)


async def test_two_agents_work_one_queue_at_once(browser: Browser, centre: Floor) -> None:
    first = await centre.promise("billing", reason="账单有误")
    zhou = await at(browser, centre, "zhou", "/callbacks", "zh-CN")
    tom = await at(browser, centre, "tom", "/callbacks")
    for each in (zhou.page, tom.page):
        await each.keyboard.press("j")
        await each.keyboard.press("Enter")
        await each.locator("button[data-key=c]").wait_for()
    await asyncio.gather(zhou.page.keyboard.press("c"), tom.page.keyboard.press("c"))
    holder = None
    async with asyncio.timeout(20):
        while holder is None:
            holder = (await centre.callback(first))["agent"]
            await asyncio.sleep(0.05)
    winner, loser = (zhou.page, tom.page) if holder == "A-7" else (tom.page, zhou.page)
    await winner.locator("#mine + .cases a").wait_for()
    who = "周敏" if holder == "A-7" else "Tom Reed"
    await expect(loser.locator("#told .message.bad")).to_contain_text(who, timeout=PATIENCE)
    await expect(loser.locator("#others + .cases a")).to_contain_text(who)
    await expect(loser.locator("button[data-key=c]")).to_have_count(0)
    # Letters that somebody writes are letters.
    await winner.keyboard.press("n")
    await winner.keyboard.type("xcd?")
    await expect(winner.locator("#notes")).to_have_value("xcd?")
    # What comes meanwhile is on both lists, and takes nothing away from who is writing.
    await centre.promise("care")
    for each in (winner, loser):
        await each.locator("#free + .cases a", has_text="care").wait_for()
    await expect(winner.locator("#notes")).to_have_value("xcd?")
    await winner.get_by_role("radio").first.check()
    await winner.locator("form[action$=outcome] button").click()
    said = re.compile("结果已记录|The outcome is recorded")
    await expect(winner.locator("#told .message.good")).to_have_text(said, timeout=PATIENCE)
    done = await centre.callback(first)
    assert (done["state"], done["notes"]) == ("done", "xcd?")
    await expect(loser.locator("#others")).to_have_count(0)
    await fine(winner, "worklist-after")
    # A claim that came too late is a refusal, which browsers write down.
    assert [each for each in zhou.complaints + tom.complaints if "409" not in each] == []
    for screen in (zhou, tom):
        await screen.page.context.close()


async def test_the_board_and_the_worklist_are_fit_for_everybody(
    browser: Browser, centre: Floor
) -> None:
    await centre.promise("billing", reason="账单有误", priority="high")
    now = centre.clock.now()
    late = Complaint(
        id="k_" + "a" * 26,
        source="/tickets",
        ticket="T-1001",
        cycle=1,
        invitation="i_1",
        response="r_1",
        state=ComplaintState.REGISTERED,
        classed="default",
        owner="A-7",
        opened_at=now - timedelta(hours=2),
        respond_by=now - timedelta(hours=1),
        resolve_by=now + timedelta(hours=1),
        tell_by=now + timedelta(hours=2),
        score=20,
        rating=1,
        question="q",
        version="1",
        comment="修了三次还是断网",
    )
    told = replace(late, id="k_" + "b" * 26, response="r_2", state=ComplaintState.IN_PROGRESS)
    notice = Notice(kind="desk.silent", subject=f"{late.id}:x", ticket="T-1001")
    async with centre.service.database.write() as conn:
        await complaints.add(conn, centre.service.vault, [late, told])
        await raise_many(conn, [notice], now)
    shown = {"zh-CN": ("/complaints", "/callbacks"), "en": (f"/complaints/{told.id}", "/account")}
    for lang, paths in shown.items():
        boss = await at(browser, centre, "boss", "/complaints", lang, viewport=NARROW)
        page = boss.page
        for path in paths:
            await page.goto(centre.url + path)
            await fine(page, f"recovery-{path.strip('/').replace('/', '-')[:12]}-{lang}")
        await page.goto(f"{centre.url}/callbacks")
        if lang == "zh-CN":
            await page.keyboard.press("?")
            await page.locator("dialog[open]").wait_for()
            await picture(page, "recovery-help")
        else:
            place = await page.locator("a[data-item]").first.get_attribute("href")
            await page.goto(urljoin(page.url, place or ""))
            await page.locator("summary[data-key=r]").click()
            await fine(page, "recovery-case")
            await page.locator(".back a").click()
            await page.locator("#queue").wait_for()
        assert boss.complaints == []
        await page.context.close()
    boss = await at(browser, centre, "boss", "/complaints?state=registered")
    await boss.page.locator(f"#{late.id}").wait_for()
    status, _ = await centre.ask("POST", f"complaints/{late.id}/acknowledge", {"by": "A-7"})
    assert status == 200
    await expect(boss.page.locator(f"#{late.id}")).to_have_count(0, timeout=PATIENCE)
    assert boss.page.url.endswith("/complaints?state=registered")
    await boss.page.context.close()
