"""How a customer wants to be contacted, as agents see and set it: asked strictly, told exactly."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from channels.tables import opt_outs
from kernel.endpoint import Role
from kernel.journal import journal
from tests.fakes.world import closed
from tests.http.real import EVENT, Real, Reply, real

PATH = "/v1/customers/C-1"
PHONE, MAILBOX = "+8613800138000", "li@example.test"
DAYS = timedelta(days=1)
HOURS = timedelta(hours=1)
NOTHING = {
    "channels": [],
    "window": None,
    "locale": "zh-CN",
    "timezone": "Asia/Shanghai",
    "do_not_contact": False,
    "paused_until": None,
    "opt_outs": [],
}


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Real]:
    """One customer, of whom one closing has told."""
    async with real(database_url) as found:
        await tell(found, closed(email=MAILBOX))
        yield found


async def tell(app: Real, event: dict[str, Any]) -> None:
    sent = json.dumps(event)
    answer = await app.ask("POST", "/v1/events", data=sent, headers={"Content-Type": EVENT})
    assert answer.status == 202, answer.text


async def send(
    app: Real, method: str, path: str, body: dict[str, Any] | None = None, **more: Any
) -> Reply:
    headers = {"Content-Type": "application/json"} if body is not None else {}
    data = json.dumps(body) if body is not None else None
    return await app.ask(method, path, data=data, headers=headers, **more)


async def put(app: Real, **body: Any) -> Reply:
    return await send(app, "PUT", f"{PATH}/preferences", body)


async def shown(app: Real, query: str = "") -> dict[str, Any]:
    answer = await app.get(f"{PATH}/preferences{query}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.body
    return found


async def entries(app: Real, kind: str) -> list[dict[str, Any]]:
    async with app.service.database.read() as conn:
        rows = await conn.execute(
            select(journal.c.detail).where(journal.c.kind == kind).order_by(journal.c.id)
        )
    return [row.detail for row in rows]


def faults(answer: Reply) -> dict[str, str]:
    assert answer.status == 422, answer.text
    assert answer.media == "application/problem+json"
    return {each["path"]: each["reason"] for each in answer.body["errors"]}


async def test_what_events_told_is_shown_and_nothing_else(app: Real) -> None:
    assert await shown(app) == NOTHING


async def test_what_is_given_is_set_and_the_rest_stays(app: Real) -> None:
    until = (app.clock.now() + 10 * DAYS).isoformat()
    wish = {
        "channels": ["email", "sms"],
        "window": {"from": "10:00", "until": "18:30"},
        "locale": "en_gb",
        "timezone": "Europe/London",
        "paused_until": until,
    }
    answer = await put(app, **wish)
    assert answer.status == 200
    expected = {**NOTHING, **wish, "locale": "en-GB"}
    assert answer.body == await shown(app) == expected
    assert (await put(app, window=None, paused_until=None)).status == 200
    assert await shown(app) == {**expected, "window": None, "paused_until": None}
    assert (await put(app)).body == await shown(app)
    fields = [entry["fields"] for entry in await entries(app, "preferences.changed")]
    assert fields == [
        ["channels", "window", "locale", "timezone", "paused_until"],
        ["window", "paused_until"],
    ]


async def test_what_was_read_may_be_sent_back_as_it_is(app: Real) -> None:
    await send(app, "POST", f"{PATH}/opt-outs", {"channel": "voice", "how": "phone"})
    found = await shown(app)
    answer = await put(app, **{**found, "channels": ["sms"]})
    assert answer.status == 200, answer.text
    assert answer.body == {**found, "channels": ["sms"]}


async def test_what_is_sent_back_unchanged_is_no_choice_of_the_customers(app: Real) -> None:
    read = await shown(app)
    app.clock.advance(HOURS)
    assert (await put(app, **{**read, "window": {"from": "10:00", "until": "18:00"}})).status == 200
    assert [one["fields"] for one in await entries(app, "preferences.changed")] == [["window"]]
    event = closed(2, ticket="T-2", at=app.clock.now() + HOURS)
    event["data"]["customer"] |= {"locale": "en", "timezone": "Europe/Paris"}
    await tell(app, event)
    late = closed(3, ticket="T-3", at=app.clock.now() - HOURS / 2)  # before that was sent back
    late["data"]["customer"]["preferences"] = {"do_not_contact": True}
    await tell(app, late)
    found = await shown(app)
    assert (found["locale"], found["timezone"]) == ("en", "Europe/Paris")
    assert found["do_not_contact"] is True


async def test_what_was_told_broken_is_no_fault_when_it_is_sent_back(app: Real) -> None:
    event = closed(2, ticket="T-2", at=app.clock.now())
    event["data"]["customer"]["timezone"] = "Beijing"
    await tell(app, event)
    read = await shown(app)
    assert read["timezone"] == "Beijing"
    answer = await put(app, **{**read, "channels": ["email"]})
    assert (answer.status, answer.body) == (200, {**read, "channels": ["email"]})
    assert "timezone" in faults(await put(app, **{**read, "timezone": "Peking"}))


async def test_hours_in_which_nobody_is_contacted_cannot_be_chosen(app: Real) -> None:
    narrow = faults(await put(app, window={"from": "10:00", "until": "10:59"}))
    assert "60" in narrow["window"]
    assert (await put(app, window={"from": "10:00", "until": "11:00"})).status == 200


async def test_stops_are_not_set_here(app: Real) -> None:
    stop = {"channel": "sms", "at": "2026-11-20T04:00:00Z", "how": "x", "state": "final"}
    reasons = faults(await put(app, opt_outs=[stop], channels=["sms"]))
    assert "POST" in reasons["opt_outs"]
    assert await shown(app) == NOTHING


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"channels": ["sms", "fax"]}, "channels.1"),
        ({"channels": ["sms", "sms"]}, "channels"),
        ({"channels": "sms"}, "channels"),
        ({"window": {"from": "18:00", "until": "10:00"}}, "window"),
        ({"window": {"from": "6pm", "until": "20:00"}}, "window"),
        ({"window": {"from": "09:00"}}, "window.until"),
        ({"window": {"from": "21:00", "until": "23:00"}}, "window"),
        ({"window": {"from": "09:00", "until": "12:00", "days": "mon"}}, "window.days"),
        ({"window": "09:00-12:00"}, "window"),
        ({"locale": "mandarin, please"}, "locale"),
        ({"locale": ""}, "locale"),
        ({"timezone": "Beijing"}, "timezone"),
        ({"timezone": "+08:00"}, "timezone"),
        ({"do_not_contact": "maybe"}, "do_not_contact"),
        ({"paused_until": "2026-11-01T00:00:00+08:00"}, "paused_until"),
        ({"paused_until": "2027-01-01T00:00:00"}, "paused_until"),
        ({"paused_until": "tomorrow"}, "paused_until"),
        ({"time_zone": "Asia/Shanghai"}, "time_zone"),
    ],
)
async def test_each_fault_is_named_by_its_field_and_nothing_is_kept(
    app: Real, body: dict[str, Any], path: str
) -> None:
    assert path in faults(await put(app, **{"channels": ["voice"], **body}))
    assert await shown(app) == NOTHING


async def test_who_is_unknown_is_not_found_and_not_made(app: Real) -> None:
    for method, path, body in (
        ("GET", "preferences", None),
        ("PUT", "preferences", {"locale": "en"}),
        ("POST", "opt-outs", {"channel": "sms", "how": "phone"}),
        ("DELETE", "opt-outs/sms", {"reason": "asked"}),
    ):
        answer = await send(app, method, f"/v1/customers/C-9/{path}", body)
        assert answer.status == 404, method
        answer = await send(app, method, f"{PATH}/{path}?source=/elsewhere", body)
        assert answer.status == 404, method


async def test_an_id_known_in_several_sources_needs_one_of_them(app: Real) -> None:
    await tell(app, {**closed(2, ticket="T-2"), "source": "/crm"})
    answer = await app.get(f"{PATH}/preferences")
    assert answer.status == 409
    assert answer.body["sources"] == ["/crm", "/tickets"]
    assert (await send(app, "PUT", f"{PATH}/preferences?source=/crm", {"locale": "en"})).body[
        "locale"
    ] == "en"
    assert (await shown(app, "?source=/tickets"))["locale"] == "zh-CN"


@pytest.mark.parametrize("role", [None, Role.INGEST])
async def test_only_agents_and_above_may_look_or_change(app: Real, role: Role | None) -> None:
    key = await app.key(role) if role else None
    expected = 403 if role else 401
    assert (await app.get(f"{PATH}/preferences", key=key)).status == expected
    assert (await send(app, "PUT", f"{PATH}/preferences", {}, key=key)).status == expected
    body = {"channel": "sms", "how": "phone"}
    assert (await send(app, "POST", f"{PATH}/opt-outs", body, key=key)).status == expected
    assert (await send(app, "DELETE", f"{PATH}/opt-outs/sms", key=key)).status == expected


async def test_who_changed_what_is_kept_without_what_it_says(app: Real) -> None:
    key = await app.key(Role.AGENT)
    await send(app, "PUT", f"{PATH}/preferences", {"timezone": "Asia/Urumqi"}, key=key)
    stop = {"channel": "email", "how": "said by Li on the phone", "proof": "recording 12"}
    await send(app, "POST", f"{PATH}/opt-outs", stop, key=key)
    await send(app, "DELETE", f"{PATH}/opt-outs/email?reason=asked%20again", key=key)
    assert await entries(app, "preferences.changed") == [
        {"fields": ["timezone"], "how": "agent", "by": "agent"}
    ]
    [stopped] = await entries(app, "opt_out.recorded")
    assert stopped == {"channel": "email", "state": "final", "how": "agent", "by": "agent"}
    [started] = await entries(app, "opt_in.recorded")
    assert started == {"channel": "email", "how": "agent", "by": "agent"}


async def test_a_change_binds_what_is_not_sent_yet(app: Real) -> None:
    await put(app, paused_until=(app.clock.now() + 3 * DAYS).isoformat())
    await app.after(2 * HOURS)
    assert app.outside.sent == []
    await put(app, paused_until=None, window={"from": "14:30", "until": "16:00"})
    await app.run()
    assert app.outside.sent == []
    assert await next_try(app) == datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
    await put(app, window={"from": "13:00", "until": "16:00"})
    await app.run()
    assert len(app.outside.sent) == 1
    # Once it is out it will be tried again by its reminder, whose hour the customer chose.
    assert timedelta() <= app.clock.now() + DAYS - await next_try(app) < timedelta(minutes=5)
    await put(app, window={"from": "15:00", "until": "16:00"})
    await app.after(DAYS)
    assert await next_try(app) == datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


async def next_try(app: Real) -> datetime:
    """When the ticket's invitation is tried next, as its readers are told."""
    [item] = (await app.get("/v1/tickets/T-1001")).body["invitations"]
    return datetime.fromisoformat(item["due_at"])


async def test_a_stop_is_recorded_with_its_proof_and_binds_at_once(app: Real) -> None:
    body = {"channel": "all", "how": "letter", "proof": "file 4711"}
    answer = await send(app, "POST", f"{PATH}/opt-outs", body)
    assert answer.status == 201
    assert datetime.fromisoformat(answer.body["at"]).tzinfo is not None
    assert {**answer.body, "at": None} == {**body, "at": None, "state": "final"}
    assert (await shown(app))["opt_outs"] == [answer.body]
    again = await send(app, "POST", f"{PATH}/opt-outs", {**body, "proof": "file 4712"})
    assert (again.status, again.body) == (201, answer.body)
    await app.after(3 * HOURS)
    assert app.outside.sent == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"how": "phone"}, "channel"),
        ({"channel": "fax", "how": "phone"}, "channel"),
        ({"channel": "sms", "how": ""}, "how"),
        ({"channel": "sms", "how": "x" * 65}, "how"),
        ({"channel": "sms", "how": "phone", "proof": "x" * 256}, "proof"),
    ],
)
async def test_a_stop_is_read_strictly(app: Real, body: dict[str, Any], path: str) -> None:
    assert path in faults(await send(app, "POST", f"{PATH}/opt-outs", body))
    assert await shown(app) == NOTHING


async def test_a_stop_needs_an_address_to_bind_to(app: Real) -> None:
    await tell(app, closed(2, ticket="T-2", customer="C-2"))  # has no mailbox
    body = {"channel": "email", "how": "phone"}
    answer = await send(app, "POST", "/v1/customers/C-2/opt-outs", body)
    assert answer.status == 409
    assert "do_not_contact" in answer.body["detail"]


async def test_an_opt_in_needs_a_reason_and_something_to_undo(app: Real) -> None:
    assert "reason" in faults(await send(app, "DELETE", f"{PATH}/opt-outs/sms"))
    assert "reason" in faults(await send(app, "DELETE", f"{PATH}/opt-outs/sms", {"reason": " "}))
    answer = await send(app, "DELETE", f"{PATH}/opt-outs/sms", {"reason": "asked for it"})
    assert answer.status == 404
    await send(app, "POST", f"{PATH}/opt-outs", {"channel": "all", "how": "phone"})
    answer = await send(app, "DELETE", f"{PATH}/opt-outs/sms", {"reason": "asked for it"})
    assert answer.status == 404
    assert "all" in answer.body["detail"]
    answer = await send(app, "DELETE", f"{PATH}/opt-outs/fax", {"reason": "asked for it"})
    assert answer.status == 404
    answer = await send(app, "DELETE", f"{PATH}/opt-outs/all", {"reason": "asked for it"})
    assert (answer.status, answer.text) == (204, "")
    assert (await shown(app))["opt_outs"] == []
    async with app.service.database.read() as conn:
        rows = await conn.execute(select(opt_outs.c.channel, opt_outs.c.ended_how))
    assert {tuple(row) for row in rows} == {
        ("all", "asked for it")
    }  # at the number and the mailbox


async def test_a_probable_stop_is_settled_by_a_person_either_way(app: Real) -> None:
    await app.after(2 * HOURS)
    number = {"From": PHONE, "To": "+15550100", "Body": "请不要再给我发短信了"}
    await app.carrier("/carriers/twilio/sms", {**number, "MessageSid": "SM1"})
    [stop] = (await shown(app))["opt_outs"]
    assert (stop["channel"], stop["state"], stop["how"]) == ("sms", "provisional", "reply")
    body = {"channel": "sms", "how": "phone", "proof": "recording 5"}
    hard = await send(app, "POST", f"{PATH}/opt-outs", body)
    assert (hard.body["state"], hard.body["how"]) == ("final", "phone")
    assert [one["state"] for one in (await shown(app))["opt_outs"]] == ["final"]
    await send(app, "DELETE", f"{PATH}/opt-outs/sms", {"reason": "a mistake"})
    await app.carrier("/carriers/twilio/sms", {**number, "MessageSid": "SM2"})
    assert [one["state"] for one in (await shown(app))["opt_outs"]] == ["provisional"]
    answer = await send(app, "DELETE", f"{PATH}/opt-outs/sms?reason=not%20meant")
    assert answer.status == 204
    assert (await shown(app))["opt_outs"] == []


async def test_start_by_text_undoes_what_an_agent_recorded(app: Real) -> None:
    await send(app, "POST", f"{PATH}/opt-outs", {"channel": "sms", "how": "phone"})
    form = {"From": PHONE, "To": "+15550100", "Body": "START", "MessageSid": "SM1"}
    await app.carrier("/carriers/twilio/sms", form)
    assert (await shown(app))["opt_outs"] == []
    # Of a stop of everything mail alone stays stopped, and can be had again by that name.
    await send(app, "POST", f"{PATH}/opt-outs", {"channel": "all", "how": "phone"})
    await app.carrier("/carriers/twilio/sms", form | {"MessageSid": "SM2"})
    assert [one["channel"] for one in (await shown(app))["opt_outs"]] == ["email"]
    reason = {"reason": "asked for it"}
    assert (await send(app, "DELETE", f"{PATH}/opt-outs/all", reason)).status == 404
    assert (await send(app, "DELETE", f"{PATH}/opt-outs/email", reason)).status == 204
    assert (await shown(app))["opt_outs"] == []


async def test_two_agents_and_an_event_at_once_lose_nothing(app: Real) -> None:
    later = closed(2, ticket="T-2", email=MAILBOX, at=app.clock.now())
    later["data"]["customer"] |= {"locale": "fr", "timezone": "Europe/Paris"}
    stop = {"channel": "voice", "how": "phone"}
    await asyncio.gather(
        put(app, locale="en", channels=["voice"]),
        put(app, window={"from": "09:30", "until": "12:00"}),
        put(app, timezone="Asia/Urumqi"),
        tell(app, later),
        send(app, "POST", f"{PATH}/opt-outs", stop),
    )
    found = await shown(app)
    assert [one["channel"] for one in found.pop("opt_outs")] == ["voice"]
    assert found == {
        "channels": ["voice"],
        "window": {"from": "09:30", "until": "12:00"},
        "locale": "en",
        "timezone": "Asia/Urumqi",
        "do_not_contact": False,
        "paused_until": None,
    }


async def test_who_must_not_be_contacted_stays_so_though_a_closing_says_otherwise(
    app: Real,
) -> None:
    await put(app, do_not_contact=True)
    later = closed(2, ticket="T-2", at=app.clock.now() + HOURS)
    later["data"]["customer"]["preferences"] = {"do_not_contact": False}
    await tell(app, later)
    assert (await shown(app))["do_not_contact"] is True
    assert (await put(app, do_not_contact=None)).body["do_not_contact"] is False
