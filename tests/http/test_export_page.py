"""The page of exports: ordered by a form, seen, fetched, cancelled, taken away; both languages."""

import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from kernel.endpoint import Role
from tests.fakes.world import closed
from tests.http.real import EVENT, HOURS, Real, real
from tests.http.staff import Browser, signed_in


def text(page: str) -> str:
    """What is read, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


def link(page: str, path: str) -> str:
    found = (unescape(each) for each in re.findall(r'href="/hf([^"]*)"', page.split("<main")[1]))
    return next(each for each in found if urlsplit(each).path == path)


def entered(page: str, name: str) -> str:
    """What stands in a field of the form."""
    field = re.search(rf'<input id="f-{name}"[^>]*>', page)
    assert field is not None, name
    found = re.search(r'value="([^"]*)"', field[0])
    assert found is not None
    return unescape(found[1])


async def answered(app: Real, number: int, team: str, said: str) -> None:
    phone = f"+861380013800{number}"
    event = closed(number, ticket=f"T-{number}", phone=phone, at=app.clock.now(), team=team)
    event["data"]["customer"]["id"] = f"C-{number}"
    headers = {"Content-Type": EVENT}
    await app.ask("POST", "/v1/events", data=json.dumps(event), headers=headers)
    await app.after(2 * HOURS)
    form = {"From": phone, "To": "+15550100", "Body": said, "MessageSid": f"SM{number}"}
    assert (await app.carrier("/carriers/twilio/sms", form)).status == 200
    await app.run()


async def newest(app: Real) -> dict[str, object]:
    found: dict[str, object] = (await app.get("/v1/exports?limit=1")).body["items"][0]
    return found


async def order(browser: Browser, **fields: str) -> str:
    """Send the form as it stands; what the page then says."""
    await browser.get("/exports")
    sent = await browser.send("/exports", {"format": "csv", "grain": "response", **fields})
    assert (sent.status, sent.headers["Location"]) == (303, "/hf/exports?done=asked")
    return text((await browser.get("/exports?done=asked")).text)


async def test_what_the_dashboard_shows_is_exported_on_a_page(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with real(sqlite_url, settings={"HUIFANG_EXPORTS": str(tmp_path / "files")}) as app:
        await answered(app, 1, "NOC-2", "5")
        await answered(app, 2, "NOC-3", "1")
        boss = await signed_in(app, "boss", Role.MANAGER)
        view = "/?from=2026-11-01&to=2026-12-31&team=NOC-3"
        there = link((await boss.get(view)).text, "/exports")
        page = (await boss.get(there)).text
        assert '<a href="/hf/exports" aria-current="page">导出</a>' in page
        names = ("from", "to", "team")
        assert [entered(page, name) for name in names] == ["2026-11-01", "2026-12-31", "NOC-3"]
        assert '<option value="counted" selected>' in page
        assert 'name="identities"' not in page
        sent = await boss.send(
            "/exports",
            {
                **{name: entered(page, name) for name in names},
                "format": "csv",
                "grain": "response",
                "by_time": "counted",
                "bom": "true",
                **dict.fromkeys(("agent", "tz", "rating", "low"), ""),
            },
        )
        assert sent.status == 303, sent.text
        waiting = (await boss.get("/exports?done=asked")).text
        assert 'id="exports" aria-labelledby="made" data-busy' in waiting
        assert "排队中" in text(waiting)
        await app.run()
        done = (await boss.get("/exports")).text
        made = await newest(app)
        assert "data-busy" not in done
        assert f'href="/hf/exports/{made["id"]}/file"' in done
        said = text(done)
        kept = (app.clock.now() + timedelta(days=7, hours=8)).strftime("%Y-%m-%d %H:%M")
        for each in ("已完成", "boss", kept, "1行", made["manifest"]["sha256"], "班组 NOC-3"):  # type: ignore[index]
            assert each in said
        file = await boss.get(f"/exports/{made['id']}/file")
        assert file.headers["Content-Type"].startswith("text/csv")
        assert [line.split(",")[2] for line in file.text.splitlines()] == ["ticket", "T-2"]
        assert made["manifest"]["filter"] == {  # type: ignore[index]
            "by": "counted",
            "from": "2026-10-31T16:00:00+00:00",
            "to": "2026-12-31T16:00:00+00:00",
            "team": "NOC-3",
        }
        acts = (await app.get("/v1/audit?actor=boss")).body["items"]
        assert {act["kind"] for act in acts} >= {"export.asked", "export.downloaded"}
        await boss.get("/exports")
        assert (await boss.send(f"/exports/{made['id']}/remove", {})).status == 303
        gone = await boss.get("/exports?done=removed")
        assert "文件已删除" in text(gone.text)
        fault = await boss.get(f"/exports/{made['id']}/file")
        assert (fault.status, fault.media) == (410, "text/html")


async def test_the_form_says_what_to_change_and_roles_are_those_of_the_api(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with real(sqlite_url, settings={"HUIFANG_EXPORTS": str(tmp_path / "files")}) as app:
        boss = await signed_in(app, "boss", Role.MANAGER)
        await boss.get("/exports")
        good = {"format": "xlsx", "grain": "ticket"}
        for wrong, said in (
            ({"from": "2026-02-30"}, "从: 起始日期"),
            ({"from": "2026-03-02", "to": "2026-03-01"}, "从: 起始日期"),
            ({"to": "9999-12-31"}, "到: 请选择"),
            ({"rating": "11"}, "评分: 填 0 到 10"),
            ({"tz": "Mars/Phobos"}, "时区: 没有这个时区"),
            ({"format": "doc"}, "格式: 请选择"),
            ({"team": "x" * 256}, "班组: 填写有误"),
        ):
            refused = await boss.send("/exports", {**good, "region": "JX", **wrong})
            assert refused.status == 422, wrong
            assert said in text(refused.text)
            assert entered(refused.text, "region") == "JX"
            [field] = re.findall(r'aria-invalid="true" aria-describedby="(e-\w+)"', refused.text)
            [beside] = re.findall(rf'<span class="fault" id="{field}">([^<]*)</span>', refused.text)
            assert beside.startswith(said)
        assert (await app.get("/v1/exports")).body["items"] == []
        forged = await boss.send("/exports", {**good, "csrf": "guessed"})
        assert forged.status == 403
        identities = await boss.send("/exports", {**good, "identities": "true"})
        assert identities.status == 403
        agent = await signed_in(app, "zhou", Role.AGENT)
        assert (await agent.get("/exports")).status == 403
        assert "/hf/exports" not in (await agent.get("/account")).text
        admin = await signed_in(app, "root", Role.ADMIN)
        english = {"Accept-Language": "en"}
        assert "with who they are" in (await admin.get("/exports", headers=english)).text
        assert "排队中" in await order(admin, identities="true")
        await app.run()
        secret = await newest(app)
        said = text((await boss.get("/exports")).text)
        assert "仅管理员可下载" in said
        assert (await boss.get(f"/exports/{secret['id']}/file")).status == 403
        assert (await admin.get(f"/exports/{secret['id']}/file")).status == 200
        await order(admin)
        waiting = await newest(app)
        await admin.get("/exports", headers=english)
        assert (await admin.send(f"/exports/{waiting['id']}/cancel", {})).status == 303
        cancelled = text((await admin.get("/exports?done=cancelled", headers=english)).text)
        assert "The export is cancelled." in cancelled
        assert (await newest(app))["state"] == "cancelled"
        (tmp_path / "files" / f"{secret['id']}.csv").unlink()
        elsewhere = await admin.get(f"/exports/{secret['id']}/file", headers=english)
        assert elsewhere.status == 503
        assert "HUIFANG_EXPORTS" in elsewhere.text
