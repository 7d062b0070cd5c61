"""The sandbox's calls as a carrier carries them: placed, rung, reported, changed, listed."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from tests.http.ivr import OWN_NUMBER, Connect, connect, kinds, texts
from tests.http.outside import PHONE, authorised, eventually, start

__all__ = ["connect", "start"]

GREETING = '<Say language="cmn-CN" voice="Polly.Zhiyu-Neural">您好</Say>'


async def test_a_call_is_placed_rung_answered_and_reported_in_order_with_signatures(
    connect: Connect,
) -> None:
    line = await connect()
    line.ivr.say("/begin", GREETING)
    await line.persona({"ring": "answer", "after": 2})
    status, placed = await line.place()
    assert status == 201
    assert re.fullmatch("CA[0-9a-f]{32}", placed["sid"])
    assert (placed["status"], placed["direction"]) == ("queued", "outbound-api")
    assert (placed["duration"], placed["queue_time"]) == (None, "0")
    assert placed["date_created"] == "Sat, 21 Nov 2026 10:00:00 +0000"
    call = await line.finished(placed["sid"])
    told = await line.told(4)
    statuses = ["initiated", "ringing", "in-progress", "completed"]
    assert [each["CallStatus"] for each in told] == statuses
    assert [each["SequenceNumber"] for each in told] == ["0", "1", "2", "3"]
    assert {each["CallSid"] for each in told} == {placed["sid"]}
    stamps = [parsedate_to_datetime(each["Timestamp"]) for each in told]
    assert stamps == sorted(stamps)
    last = told[-1]
    assert (last["CallDuration"], last["Duration"], last["SipResponseCode"]) == ("1", "1", "200")
    assert last["CallbackSource"] == "call-progress-events"
    assert line.ivr.forged == []
    [begun] = line.ivr.asked("/begin")
    assert (begun["CallStatus"], begun["To"], begun["From"]) == ("in-progress", PHONE, OWN_NUMBER)
    assert begun["ToCountry"] == "CN"
    assert kinds(call) == ["ring", "answered", "say", "ended"]
    assert (call["heard"][2]["text"], call["heard"][2]["language"]) == ("您好", "cmn-CN")


async def test_only_the_wished_events_are_told_and_the_end_alone_where_none_is_named(
    connect: Connect,
) -> None:
    line = await connect()
    line.ivr.say("/begin", GREETING)
    await line.persona({"ring": "answer"})
    for events, told in ((("answered",), ["in-progress"]), ((), ["completed"])):
        line.ivr.heard.clear()
        _, placed = await line.place(events=events)
        await line.finished(placed["sid"])
        assert [each["CallStatus"] for each in await line.told(1)] == told
        assert line.ivr.asked("/status")[0]["SequenceNumber"] == "0"


@pytest.mark.parametrize(
    ("persona", "form", "status", "sip"),
    [
        ({"ring": "busy"}, {}, "busy", "486"),
        ({"ring": "ignore"}, {"Timeout": "25"}, "no-answer", "480"),
        ({"ring": "answer", "after": 26}, {"Timeout": "25"}, "no-answer", "480"),
        ({"ring": "fail"}, {}, "failed", "404"),
    ],
)
async def test_a_call_that_nobody_takes_ends_as_the_carrier_says(
    connect: Connect, persona: dict[str, object], form: dict[str, str], status: str, sip: str
) -> None:
    line = await connect()
    await line.persona(persona)
    began = line.outside.clock[0]
    call = await line.run(**form)
    assert (call["status"], call["duration"]) == (status, 0)
    last = (await line.told(2))[-1]
    assert (last["CallStatus"], last["CallDuration"]) == (status, "0")
    await eventually(lambda: line.ivr.asked("/status")[-1]["SipResponseCode"] == sip)
    assert line.ivr.asked("/begin") == []
    if status == "no-answer":
        assert line.outside.clock[0] - began == timedelta(seconds=25.5)


async def test_a_refused_call_says_why_in_the_carriers_words(connect: Connect) -> None:
    line = await connect()
    for form, code in (
        ({"To": ""}, 21201),
        ({"To": "12345"}, 21211),
        ({"From": ""}, 21213),
        ({"From": "me"}, 21212),
        ({"Url": ""}, 21205),
        ({"Url": "ftp://x/y"}, 21205),
        ({"StatusCallback": "nowhere"}, 21609),
    ):
        status, fault = await line.place(**form)
        assert (status, fault["code"], fault["status"]) == (400, code, 400)
    for wrong in ({"Timeout": "soon"}, {"MachineDetection": "Maybe"}):
        assert (await line.place(**wrong))[0] in (400, 500)
    url = f"{line.calls}.json"
    async with line.outside.http.post(url, data={}, headers=authorised("wrong")) as answer:
        assert (answer.status, (await answer.json())["code"]) == (401, 20003)
    assert (await line.rest("GET", "/CA0.json"))[1]["code"] == 20404
    assert line.outside.world.calls == {}


async def test_calls_are_listed_newest_first_and_by_number_status_and_time(
    connect: Connect,
) -> None:
    line = await connect()
    line.ivr.say("/begin", "")
    other = "+447700900142"
    await line.persona({"ring": "answer"})
    await line.persona({"ring": "busy"}, number=other)
    sids = []
    for day, to in enumerate((PHONE, other, PHONE)):
        line.outside.clock[0] = datetime(2026, 11, 21 + day, 10, 0, tzinfo=UTC)
        _, placed = await line.place(To=to)
        await line.finished(placed["sid"])
        sids.append(placed["sid"])
    for query, found in (
        (f"To=%2B{PHONE[1:]}", [sids[2], sids[0]]),
        ("Status=busy", [sids[1]]),
        ("StartTime%3E=2026-11-22", [sids[2], sids[1]]),
        ("StartTime%3C=2026-11-21", [sids[0]]),
        ("StartTime%3E=2026-11-23T09:00:00Z", [sids[2]]),
        ("From=%2B1", []),
        ("PageSize=1&Page=1", [sids[1]]),
    ):
        _, page = await line.rest("GET", f".json?{query}")
        assert [call["sid"] for call in page["calls"]] == found
    assert page["next_page_uri"].endswith("Calls.json?PageSize=1&Page=2")
    assert (await line.rest("GET", ".json?StartTime=soon"))[0] == 400
    assert (await line.rest("GET", f"/{sids[1]}.json"))[1]["status"] == "busy"
    assert (await line.rest("DELETE", f"/{sids[1]}.json"))[0] == 204
    assert (await line.rest("GET", f"/{sids[1]}.json"))[0] == 404


async def test_a_ringing_call_is_cancelled_and_a_finished_one_cannot_be_changed(
    connect: Connect,
) -> None:
    line = await connect(call_speed=1.0)
    _, placed = await line.place()
    line.outside.clock[0] += timedelta(seconds=1)
    await line.until("ring")
    path = f"/{placed['sid']}.json"
    status, ended = await line.rest("POST", path, [("Status", "canceled")])
    assert (status, ended["status"]) == (200, "canceled")
    assert [each["CallStatus"] for each in await line.told(3)][-1] == "canceled"
    for change in (("Status", "completed"), ("Url", f"{line.ivr.url}/other")):
        status, fault = await line.rest("POST", path, [change])
        assert (status, fault["code"]) == (400, 21220)


async def test_a_live_call_is_given_another_document_or_hung_up(connect: Connect) -> None:
    line = await connect(call_speed=1.0)
    line.ivr.say("/begin", "<Pause length='60'/><Say>never heard</Say>")
    line.ivr.say("/other", "<Say>moved</Say><Pause length='60'/>")
    _, placed = await line.place()
    path = f"/{placed['sid']}.json"
    line.outside.clock[0] += timedelta(seconds=1)
    await line.until("ring")
    assert (await line.rest("POST", path, [("Url", f"{line.ivr.url}/other")]))[1]["code"] == 21220
    await line.phone("answer")
    await eventually(lambda: line.ivr.asked("/begin"))
    assert (await line.rest("POST", path, [("Status", "canceled")]))[1]["code"] == 21220
    form = [("Url", f"{line.ivr.url}/other"), ("Method", "GET")]
    assert (await line.rest("POST", path, form))[0] == 200
    await line.until("say", "moved")
    assert (
        await line.rest("POST", path, [("Twiml", "<Response><Say>again</Say><Pause/></Response>")])
    )[0] == 200
    await line.until("say", "again")
    _, ended = await line.rest("POST", path, [("Status", "completed")])
    assert ended["status"] == "completed"
    call = await line.finished(placed["sid"])
    assert call["heard"][-1]["by"] == "product"
    assert "never heard" not in texts(call, "say")


async def test_the_time_limit_ends_a_call(connect: Connect) -> None:
    line = await connect()
    line.ivr.say("/begin", "<Pause length='600'/>")
    await line.persona({"ring": "answer"})
    call = await line.run(TimeLimit="90")
    assert (call["status"], call["duration"], call["heard"][-1]["by"]) == ("completed", 90, "limit")


async def test_a_phone_on_the_line_is_busy_for_others(connect: Connect) -> None:
    line = await connect(call_speed=1.0)
    await line.place()
    line.outside.clock[0] += timedelta(seconds=1)
    await line.until("ring")
    _, second = await line.place()
    line.outside.clock[0] += timedelta(seconds=1)
    assert (await line.finished(second["sid"]))["status"] == "busy"
    assert (await line.phone("call"))[0] == 409


@pytest.mark.parametrize(
    ("persona", "mode", "answered_by", "left"),
    [
        ({"ring": "answer"}, "Enable", "human", []),
        ({"ring": "answer", "detected": "unknown"}, "Enable", "unknown", []),
        ({"ring": "machine", "greeting": "请留言" * 20}, "Enable", "machine_start", []),
        ({"ring": "machine"}, "DetectMessageEnd", "machine_end_beep", ["请回电"]),
        ({"ring": "machine", "beep": False}, "DetectMessageEnd", "machine_end_silence", ["请回电"]),
        ({"ring": "machine", "greeting": "长" * 400}, "DetectMessageEnd", "unknown", []),
        ({"ring": "machine", "detected": "human"}, "DetectMessageEnd", "human", ["请回电"]),
    ],
)
async def test_the_carrier_finds_out_who_answered_before_it_asks_for_the_document(
    connect: Connect, persona: dict[str, object], mode: str, answered_by: str, left: list[str]
) -> None:
    line = await connect()
    line.ivr.say("/begin", "<Say>请回电</Say>")
    await line.persona(persona)
    call = await line.run(MachineDetection=mode)
    assert line.ivr.asked("/begin")[0]["AnsweredBy"] == answered_by
    assert (await line.told(4))[-1]["AnsweredBy"] == answered_by
    assert "AnsweredBy" not in line.ivr.asked("/status")[2]
    assert call["answered_by"] == answered_by
    assert call["voicemail"] == left


async def test_who_answered_is_found_out_beside_the_call_where_that_is_wished(
    connect: Connect,
) -> None:
    line = await connect()
    line.ivr.say("/begin", "<Pause length='20'/>")
    await line.persona({"ring": "machine", "greeting": "请留言"})
    url = f"{line.ivr.url}/amd"
    call = await line.run(MachineDetection="Enable", AsyncAmd="true", AsyncAmdStatusCallback=url)
    assert "AnsweredBy" not in line.ivr.asked("/begin")[0]
    [found] = line.ivr.asked("/amd")
    assert (found["AnsweredBy"], found["CallSid"]) == ("machine_start", call["sid"])
    assert found["MachineDetectionDuration"] == "3000"


async def test_a_person_answers_hears_presses_and_hangs_up_over_the_api(connect: Connect) -> None:
    line = await connect(call_speed=1.0)
    line.ivr.say("/begin", "<Gather action='/keys' numDigits='1'><Say>按1</Say></Gather>")
    line.ivr.say("/keys", "<Pause length='60'/>")
    _, placed = await line.place()
    assert (await line.phone("answer"))[0] == 409
    line.outside.clock[0] += timedelta(seconds=1)
    await line.until("ring")
    assert (await line.phone("keys", {"keys": "1"}))[0] == 409
    assert (await line.phone("keys", {"keys": "x"}))[0] == 400
    assert (await line.phone("answer"))[1]["sid"] == placed["sid"]
    await line.until("say", "按1")
    await line.phone("keys", {"keys": "1"})
    await eventually(lambda: line.ivr.asked("/keys"))
    assert line.ivr.asked("/keys")[0]["Digits"] == "1"
    _, state = await line.outside.api("GET", "state")
    [shown] = next(p["calls"] for p in state["phones"] if p["number"] == PHONE)
    assert shown["sid"] == placed["sid"]
    await line.phone("hang_up")
    call = await line.finished(placed["sid"])
    assert (call["status"], call["heard"][-1]["by"]) == ("completed", "customer")


async def test_a_person_rejects_a_call_or_leaves_it_to_the_machine(connect: Connect) -> None:
    line = await connect(call_speed=1.0)
    line.ivr.say("/begin", "<Say>hello</Say>")
    for verb, status in (("reject", "busy"), ("voicemail", "completed")):
        _, placed = await line.place()
        line.outside.clock[0] += timedelta(seconds=1)
        call = line.outside.world.calls[placed["sid"]]
        await eventually(lambda call=call: call.status == "ringing")
        await line.phone(verb)
        if status == "completed":
            await line.until("greeting")
            assert (await line.outside.api("PUT", "pace", {"speed": None}))[0] == 200
        assert (await line.finished(placed["sid"]))["status"] == status


async def test_personas_that_make_no_sense_are_refused(connect: Connect) -> None:
    line = await connect()
    for body in (
        {"ring": "sing"},
        {"after": -1},
        {"turns": [{"keys": "abc"}]},
        {"turns": [{"say": "x", "confidence": 2}]},
        {"turns": "1"},
        {"calls": []},
        {"detected": "dog"},
        {"unknown": 1},
    ):
        assert (await line.outside.api("PUT", f"phones/{PHONE}/persona", body))[0] == 400
    await line.persona({"ring": "busy"}, {"ring": "answer"})
    assert [(await line.run())["status"] for _ in range(3)] == ["busy", "completed", "completed"]
    assert (await line.outside.api("DELETE", f"phones/{PHONE}/persona"))[0] == 204
    _, shown = await line.outside.api("GET", f"phones/{PHONE}/persona")
    assert [each["ring"] for each in shown["calls"]] == ["ask"]
    for speed in (0, -1, "fast"):
        assert (await line.outside.api("PUT", "pace", {"speed": speed}))[0] == 400


async def test_an_outage_of_the_carrier_meets_calls_as_it_does_texts(connect: Connect) -> None:
    line = await connect()
    line.ivr.say("/begin", "")
    await line.persona({"ring": "answer"})
    for kind, value, status, kept in (
        ("throttle", 7, 429, 0),
        ("throttle", 0, 429, 0),
        ("status", 503, 503, 0),
        ("refuse", 21214, 400, 0),
        ("status_after_accept", 503, 503, 1),
    ):
        await line.fault(kind, value=value)
        found, fault = await line.place()
        assert (found, len(line.outside.world.calls)) == (status, kept)
    assert fault["code"] == 20500
    for kind, kept in (("drop_before_accept", 1), ("drop_after_accept", 2)):
        await line.fault(kind)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await line.place()
        assert len(line.outside.world.calls) == kept
