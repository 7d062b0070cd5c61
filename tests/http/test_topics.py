"""What customers talk about, over HTTP and on its page: counted, masked, led back to the rows."""

import re
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import update

from kernel.endpoint import Role
from kernel.sql import insert_all
from surveys.ledger import place
from surveys.tables import answers, responses
from tests.fakes.world import NOON
from tests.fakes.year import year
from tests.http.real import Real, real
from tests.http.staff import Browser, signed_in

HALF = {"from": "2026-05-20T00:00:00Z", "to": "2026-11-20T16:00:00Z"}
DAYS = "from=2026-05-20&to=2026-11-20"
SAID = "我是陈晓东先生,13912345678,T-77的光猫坏了"
_CLOSINGS = 1_000


async def fill(app: Real) -> None:
    """A year of answers; three more customers say something of their own, two of whom count."""
    service = app.service
    await year(service.database, service.vault, NOON, _CLOSINGS)
    async with service.database.write() as conn:
        rows = [
            {
                "response": f"r_{number}",
                "question": "remark",
                "value": None,
                "words": service.vault.seal(SAID, place(f"r_{number}", "remark")),
                "at": NOON,
            }
            for number in await _answered(app)
        ]
        await insert_all(conn, answers, rows)
        last = [row["response"] for row in rows][-1]
        await conn.execute(update(responses).where(responses.c.id == last).values(suspect=True))


async def _answered(app: Real) -> list[int]:
    """The newest four good answers, which came without a comment."""
    found = (await app.get("/v1/responses?low=false&limit=4")).body["items"]
    return [int(item["id"].removeprefix("r_")) for item in found]


async def topics(app: Real, **asked: Any) -> dict[str, Any]:
    reply = await app.get(f"/v1/topics?{urlencode({**HALF, 'min_n': 1, **asked})}")
    assert reply.status == 200, reply.text
    body: dict[str, Any] = reply.body
    return body


async def test_topics_are_told_by_group_with_masked_examples_and_lead_to_their_rows(
    postgresql_url: str,
) -> None:
    async with real(postgresql_url) as app:
        await fill(app)
        told = await topics(app, limit=20)
        assert told["comments"]["read"] == told["comments"]["found"] == told["whole"]["n"]
        assert told["before"]["read"] > 0
        assert sum(item["n"] for item in told["items"]) == told["whole"]["n"]
        by_name = {item["group"]["category"]: item["topics"] for item in told["items"]}
        fault = by_name["broadband_fault"][0]
        assert (fault["term"], fault["score"] > 3.84, fault["share_rest"]) == ("宽带", True, 0)
        assert fault["share_before"] > 0
        assert "charged twice" in {each["term"] for each in by_name["billing"]}
        assert "13800138000" not in str(told)
        # The suspect one is not counted; of the others three are left.
        modem = next(each for each in told["whole"]["topics"] if "光猫坏" in each["term"])
        assert (modem["count"], modem["score"], len(modem["examples"])) == (3, None, 3)
        shown = "我是[name]先生,[phone],[number]的光猫坏了"
        assert {each["text"] for each in modem["examples"]} == {shown}
        for topic, more in ((fault, {"category": "broadband_fault"}), (modem, {})):
            query = urlencode({**HALF, **more, "term": topic["term"], "by": "counted"})
            rows = (await app.get(f"/v1/responses?{query}&limit=500")).body["items"]
            assert len(rows) == topic["count"]
            newest = [each["response"] for each in topic["examples"]]
            assert [row["id"] for row in rows][:3] == newest
        low = await topics(app, low="true", group_by="program", examples=0)
        assert [item["group"] for item in low["items"]] == [{"program": "default"}]
        assert not any("光猫坏" in each["term"] for each in low["whole"]["topics"])
        assert all(each["score"] is None for each in low["items"][0]["topics"])
        acts = (await app.get("/v1/audit?kind=comments.read")).body["items"]
        assert newest[0] in acts[-1]["detail"]["responses"]
        few = await topics(app, min_n=100_000)
        assert (few["whole"]["topics"], few["items"][0]["topics"]) == ([], [])
        assert len((await app.get("/v1/audit?kind=comments.read")).body["items"]) == len(acts)
        agent = await app.key(Role.AGENT)
        assert (await app.get("/v1/topics", key=agent)).status == 403
        assert (await app.get("/v1/topics?group_by=ticket")).status == 422


async def test_the_page_shows_topics_in_both_languages_and_each_leads_to_its_responses(
    sqlite_url: str,
) -> None:
    async with real(sqlite_url) as app:
        await fill(app)
        manager: Browser = await signed_in(app, "boss", Role.MANAGER)
        board = (await manager.get(f"/?{DAYS}&min_n=1")).text
        assert "客户在说什么" in board
        [brief] = re.findall(r'id="topic-list" data-path="([^"]*)"', board)
        part = await manager.get(unescape(brief))
        assert (part.status, "<html" in part.text, "宽带" in part.text) == (200, False, True)
        assert "例子" not in part.text
        [link] = re.findall(r'href="/hf(/topics\?[^"]*)"', board)
        page = (await manager.get(unescape(link))).text
        assert "例子" in page
        assert "13800138000" not in page
        rows = re.findall(r'href="/hf(/responses\?[^"]*term=[^"]*)">([^<]*)</a>', page)
        counts = re.findall(r'</th>\s*<td class="number">(\d+)</td>', page)
        assert len(rows) == len(counts) > 10
        for number in (0, len(rows) - 1):
            listed = await manager.get(unescape(rows[number][0]))
            shown = re.findall(r'<th scope="row"><a href="/hf/tickets/', listed.text)
            assert len(shown) == int(counts[number]), rows[number]
            assert f'value="{unescape(rows[number][1])}"' in listed.text
        low = await manager.get(f"/topics?{DAYS}&low=true&group_by=team&team={quote('营业厅')}")
        assert (low.status, "光猫坏" in low.text) == (200, False)
        await manager.send("/account/language", {"lang": "en"})
        assert "What customers talk about" in (await manager.get(unescape(link))).text
