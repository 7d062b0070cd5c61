"""What desks and customers may write without harm: to files, to pages, to whom an agent is."""

import json
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote
from zipfile import ZipFile

import pytest

from kernel.endpoint import Role
from tests.fakes.provider import CLIENT, SECRET, provider
from tests.fakes.world import closed
from tests.http.real import EVENT, HOURS, Real, real
from tests.http.staff import Browser, people, signed_in
from tests.http.staffed import RULES

NO_TIME = "0001-01-01T00:00:00Z"  # what some desks say where they mean none
TICKET = "T-\"><script>alert(1)</script>'"
NAME = "<img src=x onerror=alert(2)>"
WORDS = "</script><script>alert(3)</script>\x0b\uffff\ufffe"
LISTS = ("/lows", "/responses", "/invitations", "/why-not", "/complaints", "/callbacks")
PAGES = ("/", "/topics", "/topics/list?min_n=0", "/exports", *LISTS)


@pytest.fixture
async def app(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Real]:
    """West of Greenwich, where the first of the year 1 is not on the calendar."""
    rules = tmp_path / "rules"
    rules.mkdir()
    west = "centre: {timezone: America/New_York}\n"
    (rules / "huifang.yaml").write_text(RULES + west, encoding="utf-8")
    told = {"HUIFANG_CONFIG": str(rules), "HUIFANG_EXPORTS": str(tmp_path / "exports")}
    async with real(sqlite_url, settings=told) as found:
        yield found


async def close(app: Real, number: int, ticket: str, at: str | None = None) -> None:
    phone = f"+861380013800{number}"
    sent = closed(number, ticket=ticket, phone=phone, at=app.clock.now(), team=NAME)
    sent["data"]["customer"]["name"] = NAME
    if at is not None:
        sent["data"]["ticket"]["closed_at"] = at
    answer = await app.ask(
        "POST", "/v1/events", data=json.dumps(sent), headers={"Content-Type": EVENT}
    )
    assert answer.status == 202, answer.text


async def answer(app: Real) -> None:
    """A bad rating, and odd words after it."""
    await app.after(2 * HOURS)
    for number, said in enumerate(("1", "2", WORDS)):
        form = {"MessageSid": f"SM{number:032d}", "From": "+8613800138001", "Body": said}
        form["To"] = "+8610655500001"
        assert (await app.carrier("/carriers/twilio/sms", form)).status == 200
    await app.run()


async def export(app: Real, wanted: dict[str, object]) -> dict[str, object]:
    headers = {"Content-Type": "application/json"}
    asked = await app.ask("POST", "/v1/exports", data=json.dumps(wanted), headers=headers)
    await app.run()
    shown: dict[str, object] = (await app.get(asked.headers["Location"])).body
    return shown


async def test_a_closing_of_the_year_1_spoils_neither_exports_nor_its_page(app: Real) -> None:
    await close(app, 1, "T-0", NO_TIME)
    for form in ("csv", "xlsx"):
        made = await export(app, {"format": form, "grain": "ticket"})
        assert (made["state"], made["reason"]) == ("done", None)
    boss = await signed_in(app, "boss", Role.MANAGER)
    page = await boss.get("/tickets/T-0")
    assert (page.status, "0001-01-01" in page.text) == (200, True)


async def test_no_page_and_no_workbook_takes_odd_words_for_its_own(
    app: Real, tmp_path: Path
) -> None:
    await close(app, 1, TICKET)
    await answer(app)
    boss = await signed_in(app, "boss", Role.MANAGER)
    [complaint] = (await app.get("/v1/complaints")).body["items"]
    more = (f"/tickets/{quote(TICKET, safe='')}", f"/complaints/{complaint['id']}")
    for path in (*PAGES, *more):
        page = await boss.get(path)
        assert page.status == 200, path
        assert "<script>alert" not in page.text, path
        assert "<img src=x" not in page.text, path
    assert "alert(3)" in (await boss.get("/responses")).text
    made = await export(app, {"format": "xlsx", "identities": True})
    assert made["state"] == "done"
    [book] = (tmp_path / "exports").glob("*.xlsx")
    with ZipFile(book) as file:
        sheets = [name for name in file.namelist() if name.endswith(".xml")]
        texts = "".join("".join(ET.fromstring(file.read(name)).itertext()) for name in sheets)
    assert "alert(3)" in texts  # every part of it is XML, and the words are there


async def test_who_looks_at_one_callback_is_noted_with_which(app: Real) -> None:
    agent = await signed_in(app, "zhou", Role.AGENT, "A-7")
    assert (await agent.get("/callbacks?id=cb_1")).status == 200
    acts = (await app.get("/v1/audit?kind=personal.read")).body["items"]
    assert [act["about"] for act in acts if act["detail"]["what"] == "callbacks"] == ["cb_1"]


async def test_a_mailbox_that_is_not_verified_makes_nobody_an_agent(
    sqlite_url: str, tmp_path: Path
) -> None:
    rules = "agents: [{id: A-7, name: 周敏, email: zhou@example.com}, {id: b-2}]\n"
    (tmp_path / "huifang.yaml").write_text(rules, encoding="utf-8")
    async with provider() as outside:
        told = {
            "HUIFANG_CONFIG": str(tmp_path),
            "HUIFANG_OIDC_ISSUER": outside.url,
            "HUIFANG_OIDC_CLIENT_ID": CLIENT,
            "HUIFANG_OIDC_CLIENT_SECRET": SECRET,
            "HUIFANG_OIDC_ROLES": "agents=agent",
        }
        async with real(sqlite_url, settings=told) as app:
            outside.now = int(app.clock.now().timestamp())
            for number, verified in enumerate((True, "true", "false", False)):
                outside.says |= {"sub": f"s-{number}", "groups": ["agents"]}
                outside.says |= {"preferred_username": "B-2"}
                outside.says |= {"email": "zhou@example.com", "email_verified": verified}
                browser = Browser(app=app)
                away = await browser.get("/login/organisation")
                back = outside.let_in(away.headers["Location"])
                await browser.get(f"/login/organisation/back?{back}")
            found = [(each.agent, each.login) for each in await people(app).list()]
            assert [agent for agent, _ in found] == ["A-7", "A-7", None, None]
            # And nobody takes an agent's place by a login that they chose.
            assert "b-2" not in [login for _, login in found]
