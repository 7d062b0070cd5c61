"""The managers' pages over HTTP: the API's own numbers, filters that survive, rows behind each."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from sqlalchemy import func, select, update

from channels.sheets import sheets
from huifang import catalogue
from huifang.paths import templates
from huifang.scope import strange
from kernel.endpoint import Role
from surveys import listing, store
from surveys.rollups.ledger import mark
from surveys.tables import answers, figure_cells, invitations, responses
from tests import servers
from tests.fakes.world import NOON
from tests.fakes.year import year
from tests.http.real import Real, real
from tests.http.staff import Browser, signed_in

YEAR = "from=2025-12-01&to=2026-11-20"
#: The same days as the API is asked for them: those of the centre, in Shanghai.
INSTANTS = {"from": "2025-11-30T16:00:00Z", "to": "2026-11-20T16:00:00Z"}
_CLOSINGS = 600


async def fill(url: str) -> None:
    async with real(url) as made:
        await year(made.service.database, made.service.vault, NOON, _CLOSINGS)


@pytest.fixture(scope="module")
def filled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a year in it, made once."""
    path = tmp_path_factory.mktemp("year") / "huifang.sqlite3"
    servers.copy_sqlite(sqlite_template, path)
    servers.in_thread(lambda: asyncio.run(fill(f"sqlite:///{path}")))
    return path


@pytest.fixture
async def app(filled: Path, tmp_path: Path) -> AsyncIterator[Real]:
    path = tmp_path / "huifang.sqlite3"
    servers.copy_sqlite(filled, path)
    async with real(f"sqlite:///{path}") as found:
        yield found


@pytest.fixture
async def manager(app: Real) -> Browser:
    return await signed_in(app, "boss", Role.MANAGER)


def links(page: str, path: str) -> list[str]:
    """Where a page leads to that begins with `path`, as we know it: without the root."""
    found = (unescape(each) for each in re.findall(r'href="/hf([^"]*)"', page.split("<main")[1]))
    return [each.split("#")[0] for each in found if urlsplit(each).path == path]


def asked(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query))


def text(page: str) -> str:
    """What is read, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def figures(app: Real, **more: Any) -> list[dict[str, Any]]:
    query = urlencode({**INSTANTS, **more}, doseq=True)
    reply = await app.get(f"/v1/metrics/satisfaction?{query}")
    assert reply.status == 200, reply.text
    items: list[dict[str, Any]] = reply.body["items"]
    return items


async def test_on_another_database_the_pages_tell_the_same(
    app: Real, manager: Browser, postgresql_url: str
) -> None:
    await fill(postgresql_url)
    async with real(postgresql_url) as elsewhere:
        there = await signed_in(elsewhere, "boss", Role.MANAGER)
        for path in (f"/?{YEAR}", f"/why-not?{YEAR}", f"/invitations?{YEAR}&step=delivered"):
            pages = [await each.get(path) for each in (manager, there)]
            here, other = (text(each.text.partition("<main")[2]) for each in pages)
            assert here == other


async def test_the_dashboard_shows_what_the_api_tells(app: Real, manager: Browser) -> None:
    page = await manager.get(f"/?{YEAR}")
    assert page.status == 200
    [whole] = await figures(app)
    said = text(page.text)
    assert f"有效答卷 {whole['n']} 回复率 {100 * whole['response_rate']['eligible']:.1f}%" in said
    assert f"{100 * whole['csat']:.1f}% 95%区间 {100 * whole['csat_low']:.1f}%" in said
    assert f"{whole['mean_score']:.1f} 未达标 · 目标 85" in said
    assert f"{100 * whole['resolved_rate']:.1f}% 未达标 · 目标 95%" in said
    for item in await figures(app, group_by="team"):
        shown = f"{100 * item['csat']:.1f}% {100 * item['csat_low']:.1f}%"
        assert f"{item['group']['team']} {shown}" in said
    for item in await figures(app, group_by="month"):
        if item["n"] >= 10:
            assert f"{item['group']['month']}: {100 * item['csat']:.1f}% (".replace(".0%", "%") in (
                said + unescape(page.text)
            )
    steps = [text(each) for each in re.findall(r'href="[^"]*step=[^"]*">(\d+)</a>', page.text)]
    names = ("eligible", "attempted", "delivered", "started", "completed")
    assert steps == [str(whole["funnel"][name]) for name in names]
    for name in names[:4]:
        share = whole["funnel"][name] / whole["funnel"]["eligible"]
        rate = whole["response_rate"][name]
        assert f"{whole['funnel'][name]} {100 * share:.1f}% {100 * rate:.1f}%" in said
    [recovery] = (await app.get(f"/v1/metrics/recovery?{urlencode(INSTANTS)}")).body["items"]
    assert f"按时受理 {100 * recovery['acknowledged_in_time']:.1f}%" in said
    late = text((await manager.get("/?from=2026-10-01&to=2026-11-20")).text)
    points = r"(\S+) 个百分点"
    parts = re.search(
        rf"满意度变化 {points}：其中渠道构成的变化带来 {points}，\S+?带来 {points}", late
    )
    assert parts is not None
    change, mix, within = map(float, parts.groups())
    assert abs(change - mix - within) < 0.2  # each is rounded


async def test_a_view_can_be_sent_to_a_colleague_and_every_link_keeps_it(
    app: Real, manager: Browser
) -> None:
    view = f"/?{YEAR}&team=NOC-2&channel=sms&tz=Asia/Kathmandu&min_n=3&by=week"
    page = (await manager.get(view)).text
    onward = [each for each in links(page, "/responses") if "low=" not in each]
    assert len(onward) > 10
    for each in onward:
        kept = asked(each)
        assert (kept["team"], kept["tz"], kept["min_n"]) == ("NOC-2", "Asia/Kathmandu", "3")
    assert 'value="NOC-2"' in page
    assert '<option value="week" selected>' in page
    colleague = await signed_in(app, "other", Role.MANAGER)
    told = await colleague.get(view)
    assert text(told.text.partition("<main")[2]) == text(page.partition("<main")[2])
    without = next(each for each in links(page, "/") if "channel" in each and "team" not in each)
    assert (await manager.get(without)).status == 200


async def bars_lead(manager: Browser, page: str) -> None:
    """To as many rows as they say."""
    bars = re.findall(r'href="/hf(/(?:responses|invitations)\?[^"]*)">(\d+)</a>', page)
    assert len(bars) >= 15
    for link, said in bars:
        rows = await manager.get(unescape(link))
        shown = re.findall(r'<th scope="row"><a href="/hf/tickets/', rows.text)
        assert len(shown) == min(int(said), 50), link


async def test_every_bar_leads_to_as_many_rows_as_it_says(app: Real, manager: Browser) -> None:
    page = await manager.get("/?from=2026-09-01&to=2026-11-20&min_n=1&by=month")
    await bars_lead(manager, page.text)


async def rated_otherwise(app: Real, team: str, since: datetime) -> None:
    """The answers of a team were given to how easy it was: 1 and 2, from some time on 6 and 7."""
    ces, database = catalogue.shipped()["ces"], app.service.database
    async with database.write() as conn:
        await store.publish_versions(conn, [ces], since)
        mine = responses.c.attribution["team"].as_string() == team
        found = (await conn.execute(select(responses).where(mine))).all()
        of_survey = {"survey": "ces", "version": ces.version}
        for number, row in enumerate(found):
            rating = number % 2 + (6 if row.started_at >= since else 1)
            score = round(rating * 100 / 7, 6)
            one = update(responses).where(responses.c.id == row.id)
            await conn.execute(one.values(**of_survey, rating=rating, score=score))
            its = update(answers).where(answers.c.response == row.id)
            its = its.where(answers.c.question == "satisfaction")
            await conn.execute(its.values(question="effort", value=rating))
        asked = [row.invitation for row in found]
        its = update(invitations).where(invitations.c.id.in_(asked))
        await conn.execute(its.values(**of_survey))
        await mark(conn, asked)


async def test_a_rating_of_two_kinds_leads_to_rows_of_its_own_and_easier_is_better(
    app: Real, manager: Browser
) -> None:
    since = datetime(2026, 9, 1, tzinfo=UTC)
    await rated_otherwise(app, "NOC-1", since)
    page = (await manager.get("/?from=2026-09-01&to=2026-11-20&min_n=1&by=month")).text
    said = text(page)
    assert "便捷度 1–7" in said
    assert "满意度 1–5" in said
    await bars_lead(manager, page)
    assert "NOC-1 未问此项 – " in said, "a column is of one kind"
    assert re.search(r"NOC-2 \d+\.\d% ", said)
    tile = page.split("便捷度(1–7")[1].split("</li>")[0]
    assert 'class="badge good">↑' in tile
    other = next(
        unescape(each) for each in re.findall(r'href="/hf(/resp[^"]*kind=ces7[^"]*)"', page)
    )
    rows = (await manager.get(other)).text
    assert '<option value="ces7" selected>' in rows
    form = (await manager.get(links(rows, "/exports")[0])).text
    assert '<option value="ces7" selected>' in form


async def test_a_name_nobody_has_is_told_with_those_there_are(manager: Browser) -> None:
    for path in ("/", "/responses", "/invitations", "/why-not", "/topics"):
        page = await manager.get(f"{path}?{YEAR}&team=NOC2&product=fibre")
        assert "班组“NOC2”还没有任何记录；已有的：NOC-2、NOC-1、" in text(page.text), path
        assert text(page.text).count("还没有任何记录") == 1
        quiet = await manager.get(f"{path}?{YEAR}&team=NOC-2")
        assert "还没有任何记录" not in text(quiet.text)


async def test_a_path_that_reads_like_a_broken_host_is_no_page_either(app: Real) -> None:
    at = urlsplit(app.url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    # By hand, since clients mend such a path.
    writer.write(
        b"GET //[nope HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    )
    told = (await reader.read()).decode()
    writer.close()
    assert told.startswith("HTTP/1.1 404 ")
    assert "找不到该页面" in told


async def test_names_are_told_as_they_are_written(app: Real, manager: Browser) -> None:
    async with app.service.database.write() as conn:
        await conn.execute(
            update(figure_cells).values(team=func.replace(figure_cells.c.team, "NOC-1", "R&D"))
        )
    page = (await manager.get(f"/?{YEAR}&team=RD")).text
    assert "R&amp;D" in page
    assert "&amp;amp;" not in page


async def test_of_more_names_than_are_looked_through_none_is_called_strange(app: Real) -> None:
    async with app.service.database.read() as conn:
        assert [each.value for each in await strange(conn, {"agent": "A-0"})] == ["A-0"]
        assert await listing.known(conn, "agent", 2) == ["A-1", "A-11"]
        assert await strange(conn, {"agent": "A-0"}, most=2) == []


async def test_a_channel_of_others_is_chosen_as_ours_are(manager: Browser) -> None:
    for path in ("/", "/responses", "/exports"):
        page = await manager.get(f"{path}?channel=counter")
        assert '<option value="counter" selected>counter</option>' in page.text
        assert '<option value="sms">短信</option>' in page.text
    english = {"Accept-Language": "en"}
    told = text((await manager.get(f"/responses?{YEAR}&channel=counter", headers=english)).text)
    assert "Nothing was ever recorded of channel “counter”; there are" in told
    assert "Phone" in told


def test_what_is_rounded_to_nothing_has_no_sign() -> None:
    page = sheets(templates()).get_template("staff-view.html")
    signed = page.make_module({"t": lambda chinese, _: chinese}).signed  # type: ignore[attr-defined]
    assert [signed(-0.04), signed(0.04), signed(-0.06), signed(2.34)] == [
        "0.0",
        "0.0",
        "-0.1",
        "+2.3",
    ]
    assert [signed(-0.4, 0), signed(-41.2, 0)] == ["0", "-41"]


async def test_where_too_few_answered_that_is_said_in_place_of_a_figure(
    manager: Browser,
) -> None:
    page = text((await manager.get("/?from=2026-11-20&to=2026-11-20&lang=en")).text)
    assert "样本太少(n=" in page
    assert "95%区间" not in page.partition("趋势 ·")[0]
    empty = await manager.get("/?from=2020-01-01&to=2020-01-31")
    assert empty.status == 200
    assert "有效答卷 0" in text(empty.text)


async def test_agents_are_led_to_their_callbacks_and_see_no_figures(app: Real) -> None:
    agent = await signed_in(app, "li", Role.AGENT, "A-7")
    first = await agent.get("/")
    assert (first.status, first.headers["Location"]) == (303, "/hf/callbacks")
    for path in ("/responses", "/invitations", "/why-not", "/surveys", "/programs", "/lows"):
        assert (await agent.get(path)).status == 403
    page = await agent.get("/tickets/T-4")
    assert page.status == 200
    said = text(page.text)
    assert "工单T-4已处理，请评价本次服务 2 不满意 请问您反映的问题解决了吗？" in said
    assert "已办结" in said
    assert not links(page.text, "/why-not")
    low = text((await agent.get("/responses")).text)
    assert "此操作需要“主管”角色，您的用户是“坐席”" in low
    assert "this needs" not in low
    refused = await agent.send("/responses/r_4/exclude", {"reason": "x", "csrf": agent.csrf})
    assert refused.status == 403


async def test_a_response_is_taken_out_with_a_reason_and_put_back(
    app: Real, manager: Browser
) -> None:
    [before] = await figures(app)
    page = await manager.get(f"/responses?{YEAR}&low=true&team=NOC-2")
    [first, *_] = re.findall(r'action="/hf(/responses/[^/]+/exclude)"', page.text)
    assert (await manager.send(first, {"reason": " "})).status == 422
    await manager.get(f"/responses?{YEAR}&low=true&team=NOC-2")
    done = await manager.send(first, {"reason": "同事测试"})
    assert done.status == 303
    back = done.headers["Location"].removeprefix("/hf")
    assert asked(back) == {**asked(f"/responses?{YEAR}&low=true&team=NOC-2"), "done": "excluded"}
    assert "已不计入指标" in (await manager.get(back)).text
    [after] = await figures(app)
    assert after["n"] == before["n"] - 1
    everything = await manager.get(f"/responses?{YEAR}&low=true&team=NOC-2&by_time=started")
    [again] = re.findall(r'action="/hf(/responses/[^/]+/restore)"', everything.text)
    sent = {"reason": "其实有效", "back": "https://evil.example/"}
    assert (await manager.send(again, sent)).headers["Location"].startswith("/hf/responses?")
    assert await figures(app) == [before]
    kinds = [each["kind"] for each in (await app.get("/v1/audit")).body["items"]]
    assert {"response.excluded", "comments.read"} <= set(kinds)


async def test_why_not_tells_each_reason_in_words_with_its_tickets(
    app: Real, manager: Browser
) -> None:
    path = f"/v1/metrics/decisions?{urlencode(INSTANTS)}"
    [told] = (await app.get(path)).body["items"]
    assert told["closures"] == told["asked"] + told["waiting"] + told["not_asked"]
    assert sum(told["reasons"].values()) == told["not_asked"]
    [whole] = await figures(app)
    assert told["asked"] == whole["funnel"]["attempted"]
    page = await manager.get(f"/why-not?{YEAR}")
    assert f"没有回访 {told['not_asked']}" in text(page.text)
    for word in ("未被抽中", "客户已退订", "关单消息到得太晚"):
        assert word in page.text
    found = {asked(each).get("reason"): each for each in links(page.text, "/why-not")}
    rows = await manager.get(found["opt_out"])
    tickets = links(
        rows.text, f"/tickets/{(first := re.search('/tickets/(T-[0-9]+)', rows.text)) and first[1]}"
    )
    assert (await manager.get(tickets[0])).status == 200
    teams = (await app.get(f"{path}&group_by=team")).body["items"]
    assert sum(each["not_asked"] for each in teams) == told["not_asked"]
    one = (await app.get(f"{path}&program=default&team=NOC-1")).body["items"][0]
    assert 0 < one["not_asked"] < told["not_asked"]
    narrowed = await manager.get(f"/why-not?{YEAR}&team=NOC-1&channel=sms")
    assert "不按问卷、版本、渠道筛选" in narrowed.text


async def test_surveys_and_programs_are_shown_as_they_are_in_force(manager: Browser) -> None:
    version = catalogue.shipped()["csat"].version
    listed = await manager.get("/surveys")
    assert version in listed.text
    one = await manager.get("/surveys/csat")
    assert (one.status, "短信 · 中文" in text(one.text)) == (200, True)
    assert (await manager.get("/surveys/none")).status == 404
    programs = await manager.get("/programs")
    assert "1. default" in text(programs.text)


async def test_what_cannot_be_shown_is_said_in_words(manager: Browser) -> None:
    for query in ("from=2026-02-30", "tz=Mars/Base", "by=hour"):
        page = await manager.get(f"/?{query}")
        assert (page.status, page.media) == (422, "text/html")
    for path in ("/", "/responses", "/invitations", "/why-not", "/topics"):
        page = await manager.get(f"{path}?from=2026-11-02&to=2026-11-01")
        said = text(page.text)
        assert (page.status, "起始日期晚于结束日期，已对调。" in said) == (200, True), path
        assert 'name="from" value="2026-11-01"' in page.text
    long = await manager.get("/?from=1999-01-01&to=2026-11-01")
    assert (long.status, "最多显示四年，已取最近的部分。" in text(long.text)) == (200, True)
    assert (await manager.get("/?from=0001-01-01&to=9999-12-31")).status == 422
    assert (await manager.get("/?to=0001-01-03")).status == 422
    assert (await manager.get("/?team=&survey=&from=")).status == 200
    for path in ("/responses", "/invitations", "/why-not", "/exports", "/complaints"):
        page = await manager.get(f"{path}?cursor=zzzz")
        assert page.status == 422
        assert "列表的页: 没有这一页，请从第一页看起" in text(page.text), path
    assert (await manager.get("/tickets/nope")).status == 404
    for_people = {"Accept": "text/html,*/*;q=0.8"}
    for path, headers, media in (
        ("/nope", for_people, "text/html"),
        ("/nope", {}, "application/problem+json"),
        ("/v1/nope", for_people, "application/problem+json"),
    ):
        lost = await manager.get(path, headers=headers)
        assert (lost.status, lost.media) == (404, media)
    page = (await manager.get("/nope", headers={**for_people, "Accept-Language": "en"})).text
    assert "There is no such page" in page
    assert 'href="/hf/"' in page
