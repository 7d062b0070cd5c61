"""What making good came to, over HTTP: asked, not content, made good, asked again."""

import json
from typing import Any

from kernel.endpoint import Role
from tests.fakes.world import closed
from tests.http.real import EVENT, HOURS, Real, real

RECOVERY = "/v1/metrics/recovery"


def phone(number: int) -> str:
    return f"+861380013800{number}"


async def close(app: Real, number: int, cycle: int) -> None:
    sent = closed(
        number,
        event=f"evt-{number}-{cycle}",
        ticket=f"T-{number}",
        cycle=cycle,
        customer=f"C-{number}",
        phone=phone(number),
        at=app.clock.now(),
    )
    headers = {"Content-Type": EVENT}
    reply = await app.ask("POST", "/v1/events", data=json.dumps(sent), headers=headers)
    assert reply.status == 202, reply.text
    await app.after(2 * HOURS)


async def say(app: Real, number: int, *texts: str) -> None:
    for text in texts:
        sid = f"SM{number}-{app.clock.now().isoformat()}-{text}"
        form = {"MessageSid": sid, "From": phone(number), "To": "+8610655500001", "Body": text}
        assert (await app.carrier("/carriers/twilio/sms", form)).status == 200
    await app.run()


async def made_good(app: Real, ticket: str) -> None:
    items = (await app.get("/v1/complaints")).body["items"]
    [id_] = [each["id"] for each in items if each["ticket"] == ticket]
    steps: dict[str, dict[str, Any]] = {"acknowledge": {"by": "A-9"}, "start": {}}
    for step, body in {**steps, "resolve": {"how": "换了光猫"}}.items():
        headers = {"Content-Type": "application/json"}
        path, data = f"/v1/complaints/{id_}/{step}", json.dumps(body)
        assert (await app.ask("POST", path, data=data, headers=headers)).status == 200


async def figures(app: Real, query: str) -> list[dict[str, Any]]:
    reply = await app.get(f"{RECOVERY}?{query}")
    assert reply.status == 200, reply.text
    items: list[dict[str, Any]] = reply.body["items"]
    return items


async def test_a_complaint_made_good_shows_by_how_much_the_score_rose(sqlite_url: str) -> None:
    async with real(sqlite_url) as app:
        [nothing] = await figures(app, "min_n=1")
        assert (nothing["n"], nothing["delta"]) == (0, None)
        assert (await app.get(RECOVERY, key=await app.key(Role.AGENT))).status == 403
        for number in (1, 2):
            await close(app, number, 1)
            await say(app, number, "1", "2", "网还是断的")
            await made_good(app, f"T-{number}")
        await close(app, 1, 2)
        await app.after(24 * HOURS)  # two texts a day are the most
        await say(app, 1, "5")
        [told] = await figures(app, "min_n=1")
        assert (told["n"], told["paired"], told["score_before"]) == (2, 1, 20.0)
        assert told["score_after"] == told["score_before"] + told["delta"] == 100.0
        assert (told["delta_low"], told["recovered_rate"]) == (None, 1.0)
        assert told["to_resolve"]["n"] == told["to_acknowledge"]["n"] == 2
        [two] = await figures(app, "min_n=2")
        assert (two["n"], two["paired"], two["delta"], two["recovered_rate"]) == (2, 1, None, None)
        [few] = await figures(app, "min_n=3")
        assert (few["n"], few["paired"], few["delta"], few["resolved_in_time"]) == (
            2,
            0,
            None,
            None,
        )
        by_team = await figures(app, "min_n=1&group_by=team&group_by=day&tz=Asia/Kolkata")
        assert [each["group"] for each in by_team] == [{"team": "NOC-2", "day": "2026-11-20"}]
