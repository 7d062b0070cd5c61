"""The sandbox's carrier over real sockets."""

import re
from datetime import UTC, datetime
from functools import partial

import aiohttp
import pytest

from tests.http.outside import PHONE, Start, authorised, eventually, start

__all__ = ["start"]


async def test_a_created_message_is_answered_as_the_carrier_does_and_reported_with_a_signature(
    start: Start,
) -> None:
    outside = await start()
    callback = f"{outside.product.url}/carriers/twilio/status?contact=c%2F1&b=%E5%9B%9E"
    status, message = await outside.create(StatusCallback=callback)
    assert status == 201
    assert re.fullmatch("SM[0-9a-f]{32}", str(message["sid"]))
    assert (message["status"], message["direction"]) == ("queued", "outbound-api")
    assert (message["num_segments"], message["num_media"]) == ("1", "0")
    assert message["date_created"] == "Sat, 21 Nov 2026 10:00:00 +0000"
    assert message["error_code"] is None
    assert str(message["uri"]).endswith(f"/Messages/{message['sid']}.json")
    await eventually(lambda: len(outside.product.statuses) == 2)
    assert [s["MessageStatus"] for s in outside.product.statuses] == ["sent", "delivered"]
    assert outside.product.statuses[0]["query"] == "contact=c%2F1&b=%E5%9B%9E"
    assert outside.product.statuses[1]["RawDlrDoneDate"] == "2611211000"
    assert outside.product.forged == []
    _, fetched = await outside.carrier("GET", f"/{message['sid']}.json")
    assert fetched["status"] == "delivered"


async def test_a_refused_create_says_why_in_the_carriers_words(start: Start) -> None:
    outside = await start()
    for form, code in (
        ({"To": ""}, 21604),
        ({"To": "12345"}, 21211),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
    ):
        status, fault = await outside.create(**form)
        assert (status, fault["code"], fault["status"]) == (400, code, 400)
    url = f"{outside.messages}.json"
    async with outside.http.post(url, data={}, headers=authorised("wrong")) as answer:
        assert answer.status == 401
        assert (await answer.json())["code"] == 20003
    assert outside.world.messages == {}


async def test_messages_are_listed_newest_first_and_by_number_and_day(start: Start) -> None:
    outside = await start()
    for day in range(3):
        outside.clock[0] = datetime(2026, 11, 21 + day, 10, 0, tzinfo=UTC)
        await outside.create(Body=f"day {day}")
        await eventually(
            lambda: all(m.status == "delivered" for m in outside.world.messages.values())
        )
    await outside.create(To="+447700900142", Body="other")
    _, page = await outside.carrier("GET", f".json?To=%2B{PHONE[1:]}&PageSize=2")
    assert [m["body"] for m in page["messages"]] == ["day 2", "day 1"]
    assert (page["page"], page["page_size"], page["start"], page["end"]) == (0, 2, 0, 1)
    async with outside.http.get(
        outside.url + str(page["next_page_uri"]), headers=authorised()
    ) as answer:
        assert [m["body"] for m in (await answer.json())["messages"]] == ["day 0"]
    for query, found in (
        ("DateSent%3E=2026-11-22", ["other", "day 2", "day 1"]),
        ("DateSent%3E=2026-11-23T09:00:00Z", ["other", "day 2"]),
        ("DateSent=2026-11-21", ["day 0"]),
        ("DateSent%3C=2026-11-21", ["day 0"]),
        ("From=%2B1", []),
    ):
        _, page = await outside.carrier("GET", f".json?{query}")
        assert [m["body"] for m in page["messages"]] == found


async def test_a_message_is_redacted_by_an_empty_body_and_then_deleted(start: Start) -> None:
    outside = await start()
    _, message = await outside.create()
    path = f"/{message['sid']}.json"
    assert (await outside.carrier("POST", path, Body="other words"))[0] == 400
    assert (await outside.carrier("POST", path, Body=""))[1]["body"] == ""
    assert (await outside.carrier("DELETE", path))[0] == 204
    assert (await outside.carrier("GET", path))[1]["code"] == 20404


async def test_a_customers_text_is_posted_signed_and_the_markup_reaches_the_phone(
    start: Start,
) -> None:
    outside = await start()
    outside.product.twiml = (
        '<?xml version="1.0" encoding="UTF-8"?><Response>'
        '<Message statusCallback="/carriers/twilio/status?contact=c2"><Body>谢谢 &amp; 再见</Body>'
        '</Message><Message action="/carriers/twilio/status?contact=c3">Second</Message></Response>'
    )
    status, heard = await outside.api("POST", f"phones/{PHONE}/reply", {"text": " 1 "})
    assert (status, heard["replies"]) == (200, ["谢谢 & 再见", "Second"])
    [posted] = outside.product.texts
    assert (posted["Body"], posted["From"], posted["SmsStatus"]) == (" 1 ", PHONE, "received")
    assert posted["MessageSid"] == posted["SmsSid"] == posted["SmsMessageSid"] == heard["sid"]
    assert posted["FromCountry"] == "CN"
    await eventually(lambda: len(outside.product.statuses) == 4)
    assert {s["query"] for s in outside.product.statuses} == {"contact=c2", "contact=c3"}
    assert outside.product.forged == []
    thread = outside.world.thread(PHONE)
    assert [m.direction for m in thread] == ["inbound", "outbound-reply", "outbound-reply"]


async def test_a_text_heard_again_has_the_same_sid_and_nothing_reaches_the_phone_twice(
    start: Start,
) -> None:
    outside = await start()
    outside.product.twiml = "<Response><Message>Thanks</Message></Response>"
    _, first = await outside.api("POST", f"phones/{PHONE}/reply", {"text": "5"})
    again = {"text": "5", "sid": first["sid"]}
    _, second = await outside.api("POST", f"phones/{PHONE}/reply", again)
    assert first["sid"] == second["sid"]
    assert [t["MessageSid"] for t in outside.product.texts] == [first["sid"]] * 2
    assert len(outside.world.thread(PHONE)) == 2


async def test_an_answer_that_is_no_markup_is_shown_as_a_fault(start: Start) -> None:
    outside = await start()
    outside.product.twiml = (
        '<!DOCTYPE x [<!ENTITY a "b">]><Response><Message>&a;</Message></Response>'
    )
    status, heard = await outside.api("POST", f"phones/{PHONE}/reply", {"text": "5"})
    assert (status, heard["replies"]) == (502, [])
    assert "DOCTYPE" in str(heard["error"])
    outside.product.failing = 1
    status, heard = await outside.api("POST", f"phones/{PHONE}/reply", {"text": "5"})
    assert (status, heard["status"]) == (502, 500)


async def test_the_fragment_of_a_callback_url_asks_for_retries_and_is_not_sent(
    start: Start,
) -> None:
    outside = await start()
    outside.product.failing = 2
    callback = f"{outside.product.url}/carriers/twilio/status?contact=c1#rc=3&rp=5xx"
    await outside.create(StatusCallback=callback)
    await eventually(lambda: len(outside.product.statuses) == 4)
    assert [s["MessageStatus"] for s in outside.product.statuses] == ["sent"] * 3 + ["delivered"]
    assert outside.product.forged == []


async def test_status_faults_refuse_as_often_as_ordered(start: Start) -> None:
    outside = await start()
    for body in ({"value": 429, "times": 2}, {"value": 500}):
        fault = {"target": "carrier", "kind": "status", **body}
        assert (await outside.api("POST", "faults", fault))[0] == 201
    url = f"{outside.messages}.json"
    async with outside.http.post(url, data={}, headers=authorised()) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
        assert (await answer.json())["code"] == 20429
    assert [(await outside.create())[0] for _ in range(3)] == [429, 500, 201]
    assert len(outside.world.messages) == 1
    assert (await outside.api("GET", "faults"))[1] == {"items": []}


async def test_a_connection_dropped_before_acceptance_stores_nothing_and_after_it_one_message(
    start: Start,
) -> None:
    outside = await start()
    for kind, kept in (("drop_before_accept", 0), ("drop_after_accept", 1)):
        await outside.api("POST", "faults", {"target": "carrier", "kind": kind})
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await outside.create()
        assert len(outside.world.messages) == kept


async def test_callbacks_are_doubled_turned_round_or_left_out_as_ordered(start: Start) -> None:
    outside = await start()
    callback = f"{outside.product.url}/carriers/twilio/status"
    for kind, told in (
        ("duplicate_callbacks", ["sent", "sent", "delivered", "delivered"]),
        ("reorder_callbacks", ["delivered", "sent"]),
    ):
        outside.product.statuses.clear()
        await outside.api("POST", "faults", {"target": "carrier", "kind": kind})
        await outside.create(StatusCallback=callback)
        await eventually(partial(outside.product.has_statuses, len(told)))
        assert [s["MessageStatus"] for s in outside.product.statuses] == told
    outside.product.statuses.clear()
    await outside.api("POST", "faults", {"target": "carrier", "kind": "no_callbacks"})
    _, message = await outside.create(StatusCallback=callback)
    kept = outside.world.messages[str(message["sid"])]
    await eventually(lambda: kept.status == "delivered")
    assert outside.product.statuses == []


async def test_an_undeliverable_message_is_reported_with_its_error(start: Start) -> None:
    outside = await start()
    fault = {"target": "carrier", "kind": "undelivered", "value": 30006}
    await outside.api("POST", "faults", fault)
    await outside.create(StatusCallback=f"{outside.product.url}/carriers/twilio/status")
    await eventually(lambda: len(outside.product.statuses) == 2)
    last = outside.product.statuses[-1]
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30006")


async def test_a_fault_that_makes_no_sense_is_refused_and_faults_can_be_lifted(
    start: Start,
) -> None:
    outside = await start()
    for body in (
        {"target": "moon", "kind": "status"},
        {"target": "desk", "kind": "reorder_callbacks"},
        {"target": "desk", "kind": "status", "value": 200},
        {"target": "desk", "kind": "status", "times": 0},
        {"target": "desk"},
    ):
        assert (await outside.api("POST", "faults", body))[0] == 400
    forever = {"target": "desk", "kind": "status", "times": None, "value": 503}
    await outside.api("POST", "faults", forever)
    assert await outside.webhook({"type": "x"}) == 503
    assert await outside.webhook({"type": "x"}) == 503
    assert (await outside.api("DELETE", "faults"))[0] == 204
    assert await outside.webhook({"type": "x"}) == 204
