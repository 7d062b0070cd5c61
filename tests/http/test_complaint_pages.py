"""The supervisors' board and a complaint's page: what comes first, filters, steps, notices."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel.endpoint import Role
from scheduler.notices import Notice, raise_many
from tests.http.real import HOURS, Real, Reply
from tests.http.staff import Browser
from tests.http.staffed import complain, enter, promise, staffed

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
async def app(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Real]:
    async with staffed(sqlite_url, tmp_path / "rules") as found:
        yield found


@pytest.fixture
async def either(database_url: str, tmp_path: Path) -> AsyncIterator[Real]:
    """The service on both databases, for what they might put in another order."""
    async with staffed(database_url, tmp_path / "rules") as found:
        yield found


async def board(browser: Browser, query: str = "") -> str:
    page = await browser.get(f"/complaints?{query}", headers=ENGLISH)
    assert page.status == 200, page.text
    return page.text


def tickets(page: str) -> list[str]:
    """The complaints on show, in order."""
    return re.findall(r'<a href="/hf/complaints/k_\w+">([^<]+)</a></th>', page)


async def take(browser: Browser, id_: str, step: str, **fields: str) -> Reply:
    """One step by the form of the complaint's page."""
    await browser.get(f"/complaints/{id_}")
    form = {"csrf": browser.csrf, **fields}
    return await browser.send(f"/complaints/{id_}/{step}", form, ENGLISH)


async def test_the_most_overdue_comes_first_and_filters_narrow_and_page(either: Real) -> None:
    first, second = await complain(either, 1), await complain(either, 2)
    boss = await enter(either, "boss", Role.MANAGER)
    page = await board(boss)
    assert tickets(page) == ["P-1", "P-2"]
    assert "overdue: resolve" in page
    # Taken up, it waits for its next deadline; what nobody took up is more urgent by now.
    for step in ("acknowledge", "start"):
        assert (await take(boss, first, step)).status == 303
    assert (await take(boss, first, "resolve", how="换了光猫")).status == 303
    assert tickets(await board(boss)) == ["P-2", "P-1"]
    assert tickets(await board(boss, "state=resolved")) == ["P-1"]
    assert tickets(await board(boss, "state=closed")) == []
    assert (await take(boss, second, "assign", owner="Billing-1")).status == 303
    assert tickets(await board(boss, "owner=Billing-1")) == ["P-2"]
    assert tickets(await board(boss, "team=Billing-1")) == ["P-2"]
    assert tickets(await board(boss, "team=NOC-2")) == ["P-1"]  # A-7 is of it
    assert tickets(await board(boss, "team=NOC-2&owner=Billing-1")) == []
    assert tickets(await board(boss, "class=vip")) == []
    await either.after(HOURS)
    late = await board(boss, "overdue=true&class=default")
    assert tickets(late) == ["P-2"]
    assert 'name="overdue" value="true" checked' in late
    assert '<option value="default" selected>' in late
    assert 'value="/complaints?class=default&amp;overdue=true"' in late  # where steps lead back to


async def test_a_complaint_goes_its_way_by_the_forms_of_its_page(app: Real) -> None:
    id_ = await complain(app)
    browser = await enter(app, "zhou", Role.AGENT, "A-7")
    await browser.get("/complaints?state=registered")
    quick = await browser.send(f"/complaints/{id_}/acknowledge", {})
    assert quick.headers["Location"] == "/hf/complaints?state=registered&done=acknowledge"
    assert "已受理。" in (await browser.get("/complaints?state=registered&done=acknowledge")).text
    again = await take(browser, id_, "close")
    assert again.status == 409
    said = "It is acknowledged by now, so this cannot be done; possible: start, assign, classify."
    assert said in again.text
    for step, fields in (
        ("start", {}),
        ("classify", {"class": "vip"}),
        ("resolve", {"how": "换了光猫"}),
        ("tell", {"text": "光猫已更换"}),
    ):
        assert (await take(browser, id_, step, **fields)).status == 303, step
    await app.run()
    page = (await browser.get(f"/complaints/{id_}", headers=ENGLISH)).text
    for shown in (
        ">told<",
        "换了光猫",
        "光猫已更换",
        "vip",
        "A-7 took the complaint up",
        "20 / 100",
    ):
        assert shown in page
    assert "The ticket was closed (cycle 1)" in page
    assert "read of customers" not in page  # that is for the audit
    assert (await take(browser, id_, "close")).status == 303
    closed = await browser.get(f"/complaints/{id_}")
    assert f"/complaints/{id_}/" not in closed.text  # nothing can be done any more
    assert tickets(await board(browser, "state=closed")) == ["P-1"]
    blank = await take(browser, id_, "resolve", how=" ")
    assert blank.status == 422
    assert (await browser.get("/complaints/k_none")).status == 404


async def test_a_notice_is_taken_up_once(app: Real) -> None:
    notice = Notice(
        kind="complaint.escalated",
        subject="k_x:respond",
        facts={"deadline": "respond", "role": "r"},
    )
    async with app.service.database.write() as conn:
        [id_] = await raise_many(conn, [notice], app.clock.now())
    zhou = await enter(app, "zhou", Role.AGENT, "A-7")
    tom = await enter(app, "tom", Role.AGENT, "A-9")
    page = await board(zhou)
    assert "The complaint passed its deadline to respond" in page
    assert 'href="/hf/complaints/k_x"' in page
    await board(tom)
    assert (await zhou.send(f"/notices/{id_}/acknowledge", {})).status == 303
    late = await tom.send(f"/notices/{id_}/acknowledge", {}, ENGLISH)
    assert late.status == 409
    assert "周敏 acknowledged it before." in late.text
    assert id_ not in await board(tom)


async def test_callbacks_stand_beside_complaints_the_late_ones_first(app: Real) -> None:
    late, other = await promise(app, 1), await promise(app, 2, slot=None, asap=True)
    boss = await enter(app, "boss", Role.MANAGER)
    page = await board(boss)
    assert page.index(f'id="{other}"') < page.index(f'id="{late}"')  # by promise
    assert f'href="/hf/callbacks?id={late}"' in page
    assert late not in await board(boss, "overdue=true")
    assert late not in await board(boss, "state=registered")
    await boss.get(f"/callbacks?id={late}")
    await boss.send(f"/callbacks/{late}/claim", {})
    mine = await board(boss, "owner=boss")
    assert (late in mine, other in mine) == (True, False)
