"""The sandbox carries out markup on a call: words, keys, speech, recordings, and what is wrong."""

import io
import wave
from datetime import timedelta
from typing import Any

import pytest

from tests.http.ivr import Connect, Line, connect, kinds, texts
from tests.http.outside import PHONE, authorised, eventually, start

__all__ = ["connect", "start"]

SILENT: dict[str, Any] = {"silent": True}


async def answered(line: Line, *turns: dict[str, Any], **form: str) -> dict[str, Any]:
    await line.persona({"ring": "answer", "turns": list(turns)})
    return await line.run(**form)


async def test_what_is_said_played_and_paused_is_heard_in_order_with_its_language(
    connect: Connect,
) -> None:
    line = await connect()
    line.ivr.say(
        "/begin",
        '<Say language="cmn-CN" voice="Polly.Zhiyu-Neural"><prosody rate="slow">您好</prosody>'
        "</Say>"
        '<Pause length="2"/><Play>/tune.mp3</Play><Say loop="2">Bye &amp; thanks</Say><Hangup/>'
        "<Say>too late</Say>",
    )
    call = await answered(line)
    assert kinds(call)[2:] == ["say", "play", "say", "say", "ended"]
    assert texts(call, "say") == ["您好", "Bye & thanks", "Bye & thanks"]
    assert (call["heard"][2]["language"], call["heard"][2]["voice"]) == (
        "cmn-CN",
        "Polly.Zhiyu-Neural",
    )
    assert call["heard"][-1]["by"] == "product"
    assert 7 <= call["duration"] <= 9


@pytest.mark.parametrize(
    ("gather", "turn", "digits"),
    [
        ('numDigits="1"', {"keys": "5"}, "5"),
        ('numDigits="1"', {"keys": "*"}, "*"),
        ('numDigits="2"', {"keys": "10"}, "10"),
        ('numDigits="2"', {"keys": "7"}, "7"),
        ('numDigits="2"', {"keys": "7#"}, "7"),
        ("", {"keys": "1234#56"}, "1234"),
        ('finishOnKey="*"', {"keys": "12#*"}, "12#"),
        ('finishOnKey="" numDigits="3"', {"keys": "1#2"}, "1#2"),
        ('timeout="3"', {"keys": "5", "after": 2.9}, "5"),
        ('numDigits="1" bargeIn="false"', {"keys": "5", "barge": True}, "5"),
    ],
)
async def test_keys_are_gathered_until_enough_an_end_key_or_silence(
    connect: Connect, gather: str, turn: dict[str, Any], digits: str
) -> None:
    line = await connect()
    line.ivr.say("/begin", f'<Gather action="/keys?q=1" {gather}><Say>Rate us</Say></Gather>')
    line.ivr.say("/keys", "<Say>Thanks</Say>")
    call = await answered(line, turn)
    [posted] = line.ivr.asked("/keys")
    assert posted["Digits"] == digits
    assert posted["FinishedOnKey"] == turn["keys"][len(digits) : len(digits) + 1]
    assert (posted["CallSid"], posted["CallStatus"]) == (call["sid"], "in-progress")
    assert line.ivr.forged == []
    assert texts(call, "say")[-1] == "Thanks"
    assert "barge_in" not in kinds(call)


async def test_a_key_pressed_during_the_prompt_breaks_it_off_unless_that_is_forbidden(
    connect: Connect,
) -> None:
    line = await connect()
    long = "请" * 200
    turn = {"keys": "5", "barge": True, "after": 1}
    for barge, least, most in (("true", 0, 4), ("false", 50, 60)):
        line.ivr.say(
            "/begin",
            f'<Gather action="/keys" numDigits="1" bargeIn="{barge}"><Say>{long}</Say></Gather>',
        )
        line.ivr.say("/keys", "<Hangup/>")
        call = await answered(line, turn)
        assert least <= call["duration"] <= most
        assert line.ivr.asked("/keys")[-1]["Digits"] == "5"
        assert ("barge_in" in kinds(call)) == (barge == "true")


async def test_silence_falls_through_unless_the_action_is_wished_for_then_too(
    connect: Connect,
) -> None:
    line = await connect()
    gather = '<Gather action="/keys" timeout="4"{}><Say>Rate us</Say></Gather><Say>Goodbye</Say>'
    line.ivr.say("/begin", gather.format(""), gather.format(' actionOnEmptyResult="true"'))
    line.ivr.say("/keys", "<Say>Once more</Say>")
    call = await answered(line, SILENT)
    assert texts(call, "say") == ["Rate us", "Goodbye"]
    assert line.ivr.asked("/keys") == []
    call = await answered(line, {"keys": "5", "after": 4.5})
    assert texts(call, "say") == ["Rate us", "Once more"]
    [empty] = line.ivr.asked("/keys")
    assert not {"Digits", "SpeechResult"} & set(empty)


async def test_a_lone_end_key_is_an_empty_entry(connect: Connect) -> None:
    line = await connect()
    line.ivr.say("/begin", '<Gather action="/keys" actionOnEmptyResult="true"/>')
    line.ivr.say("/keys", "<Hangup/>")
    await answered(line, {"keys": "#"})
    [empty] = line.ivr.asked("/keys")
    assert (empty["Digits"], empty["FinishedOnKey"]) == ("", "#")


async def test_speech_is_heard_with_its_confidence_where_it_is_listened_for(
    connect: Connect,
) -> None:
    line = await connect()
    gather = (
        '<Gather input="{}" action="/said" language="cmn-Hans-CN" hints="好,不好"/><Say>Bye</Say>'
    )
    line.ivr.say("/begin", gather.format("dtmf speech"), gather.format("dtmf"))
    line.ivr.say("/said", "<Hangup/>")
    await answered(line, {"say": "非常满意", "confidence": 0.83})
    [posted] = line.ivr.asked("/said")
    assert (posted["SpeechResult"], posted["Confidence"]) == ("非常满意", "0.83")
    assert posted["Language"] == "cmn-Hans-CN"
    assert "Digits" not in posted
    call = await answered(line, {"say": "非常满意"})
    assert len(line.ivr.asked("/said")) == 1
    assert [each.get("unheard") for each in call["heard"] if each["kind"] == "speech"] == [True]


async def test_each_gather_takes_one_turn_and_a_gather_without_action_asks_its_own_document(
    connect: Connect,
) -> None:
    line = await connect()
    gather = '<Gather numDigits="{}" timeout="5"><Say>{}</Say></Gather>'
    line.ivr.say("/begin", gather.format(2, "one"), gather.format(1, "two"), "<Say>done</Say>")
    call = await answered(line, {"keys": "1"}, {"keys": "2"})
    assert texts(call, "say") == ["one", "two", "done"]
    assert [each.get("Digits") for each in line.ivr.asked("/begin")] == [None, "1", "2"]


async def test_a_customer_who_hangs_up_midway_is_asked_nothing_more(connect: Connect) -> None:
    line = await connect()
    line.ivr.say(
        "/begin", '<Gather action="/keys"><Say>Rate us please</Say></Gather><Say>Bye</Say>'
    )
    for turn in ({"hang_up": True}, {"hang_up": True, "barge": True, "after": 0.2}):
        call = await answered(line, turn)
        assert (call["status"], call["heard"][-1]["by"]) == ("completed", "customer")
        assert texts(call, "say") == ["Rate us please"]
    assert line.ivr.asked("/keys") == []


async def test_a_recording_is_fetched_with_the_log_in_and_deleted(connect: Connect) -> None:
    line = await connect()
    line.ivr.say(
        "/begin",
        '<Record action="/kept" maxLength="60" finishOnKey="#" '
        'recordingStatusCallback="/ready"/><Say>nothing said</Say>',
    )
    line.ivr.say("/kept", "<Say>Thanks</Say>")
    call = await answered(line, {"say": "师傅没有按时上门", "keys": "#"})
    [posted] = line.ivr.asked("/kept")
    assert (posted["Digits"], posted["RecordingDuration"]) == ("#", "2")
    await eventually(lambda: line.ivr.asked("/ready"))
    [ready] = line.ivr.asked("/ready")
    assert (ready["RecordingSid"], ready["RecordingStatus"]) == (
        posted["RecordingSid"],
        "completed",
    )
    assert kinds(call)[2:] == ["record", "beep", "speech", "keys", "say", "ended"]
    assert call["recordings"][0]["text"] == "师傅没有按时上门"
    http, url = line.outside.http, posted["RecordingUrl"]
    assert url.startswith(line.outside.url)
    async with http.get(url) as answer:
        assert answer.status == 401
    async with http.get(f"{url}.wav", headers=authorised()) as answer:
        assert answer.content_type == "audio/x-wav"
        with wave.open(io.BytesIO(await answer.read())) as sound:
            assert sound.getnframes() / sound.getframerate() == 2
    async with http.get(f"{url}.json", headers=authorised()) as answer:
        assert (await answer.json())["call_sid"] == call["sid"]
    _, listed = await line.rest("GET", f"/{call['sid']}/Recordings.json")
    assert [each["sid"] for each in listed["recordings"]] == [posted["RecordingSid"]]
    for status in (204, 404):
        async with http.delete(f"{url}.json", headers=authorised()) as answer:
            assert answer.status == status


async def test_a_recording_deleted_while_the_call_goes_on_does_not_hold_up_its_end(
    connect: Connect,
) -> None:
    line = await connect(call_speed=1.0)
    line.ivr.say("/begin", '<Record action="/kept" playBeep="false"/>')
    line.ivr.say("/kept", "<Pause length='60'/>")
    turn = {"say": "x", "keys": "#", "after": 0}
    await line.persona({"ring": "answer", "after": 0, "turns": [turn]})
    _, placed = await line.place()
    line.outside.clock[0] += timedelta(seconds=1)
    await eventually(lambda: line.ivr.asked("/kept"))
    [kept] = line.ivr.asked("/kept")
    async with line.outside.http.delete(
        f"{kept['RecordingUrl']}.json", headers=authorised()
    ) as answer:
        assert answer.status == 204
    await line.phone("hang_up")
    await line.finished(placed["sid"])
    assert (await line.told(4))[-1]["CallStatus"] == "completed"


async def test_a_recording_that_a_hang_up_ends_is_told_and_an_empty_one_is_passed_over(
    connect: Connect,
) -> None:
    line = await connect()
    line.ivr.say("/begin", '<Record action="/kept" timeout="3"/><Say>nothing said</Say>')
    call = await answered(line, {"say": "太慢了", "hang_up": True})
    await eventually(lambda: line.ivr.asked("/kept"))
    [posted] = line.ivr.asked("/kept")
    assert (posted["Digits"], posted["CallStatus"]) == ("hangup", "completed")
    assert len(call["recordings"]) == 1
    call = await answered(line, SILENT)
    assert (texts(call, "say"), call["recordings"]) == (["nothing said"], [])
    call = await answered(line, {"hang_up": True})
    assert (texts(call, "say"), call["recordings"]) == ([], [])
    assert len(line.ivr.asked("/kept")) == 1


async def test_a_whole_call_is_recorded_where_that_is_wished(connect: Connect) -> None:
    line = await connect()
    line.ivr.say("/begin", '<Gather input="speech" action="/said"/>')
    call = await answered(line, {"say": "还可以"}, Record="true")
    assert call["recordings"][0]["text"] == "还可以"
    last = (await line.told(4))[-1]
    assert last["RecordingSid"] == call["recordings"][0]["sid"]


async def test_documents_follow_redirects_by_the_wished_method_and_signed(
    connect: Connect,
) -> None:
    line = await connect()
    line.ivr.say(
        "/begin", '<Redirect method="GET">next?a=%E5%9B%9E&amp;b=1</Redirect><Say>no</Say>'
    )
    line.ivr.say("/next", "<Say>here</Say>")
    call = await answered(line, Method="GET")
    assert texts(call, "say") == ["here"]
    methods = [(each.method, each.path) for each in line.ivr.heard if each.path != "/status"]
    assert methods == [("GET", "/begin"), ("GET", "/next")]
    assert line.ivr.asked("/next")[0]["a"] == "回"
    assert line.ivr.forged == []


async def test_markup_may_come_with_the_order(connect: Connect) -> None:
    line = await connect()
    call = await answered(line, Url="", Twiml="<Response><Say>notice</Say></Response>")
    assert texts(call, "say") == ["notice"]
    assert [each.path for each in line.ivr.heard if each.path != "/status"] == []


@pytest.mark.parametrize(
    ("status", "text", "media", "code"),
    [
        (500, "", "text/xml", 11200),
        (404, "<Response/>", "text/xml", 11200),
        (200, "<Response><Say>", "text/xml", 12100),
        (200, "<Other/>", "text/xml", 12100),
        (200, '<!DOCTYPE x [<!ENTITY a "b">]><Response/>', "text/xml", 12100),
        (200, "{}", "application/json", 12300),
    ],
)
async def test_an_application_error_is_said_noted_and_ends_the_call(
    connect: Connect, status: int, text: str, media: str, code: int
) -> None:
    line = await connect()
    line.ivr.documents["/begin"] = [text]
    line.ivr.statuses["/begin"], line.ivr.media["/begin"] = status, media
    call = await answered(line)
    assert kinds(call)[2:] == ["error", "say", "ended"]
    assert "application error" in texts(call, "say")[0]
    _, alerts = await line.outside.api("GET", f"alerts?call={call['sid']}")
    assert [alert["code"] for alert in alerts["items"]] == [code]
    assert (await line.told(4))[-1]["CallStatus"] == "completed"


async def test_a_fallback_is_asked_with_the_error_once(connect: Connect) -> None:
    line = await connect()
    line.ivr.statuses["/begin"] = 500
    line.ivr.say("/fallback", "<Say>Sorry</Say><Redirect>/begin</Redirect>")
    call = await answered(line, FallbackUrl=f"{line.ivr.url}/fallback")
    [asked] = line.ivr.asked("/fallback")
    assert (asked["ErrorCode"], asked["ErrorUrl"]) == (
        "11200",
        f"{line.ivr.url}/begin?contact=c%2F1",
    )
    assert texts(call, "say")[0] == "Sorry"
    assert "application error" in texts(call, "say")[1]


async def test_a_product_that_takes_too_long_is_an_application_error(connect: Connect) -> None:
    line = await connect(answer_timeout=0.05)
    line.ivr.holding.add("/begin")
    call = await answered(line)
    line.ivr.holding.clear()
    assert "11200" in texts(call, "error")[0]


@pytest.mark.parametrize(
    "document",
    [
        "<Redirect>http://[</Redirect>",
        '<Gather action="http://[" numDigits="0" timeout="-1" finishOnKey="##"/>',
        '<Dial action="//"><Number url="http://[x">+8613800138002</Number></Dial>',
        '<Record action="ftp://x" maxLength="0" recordingStatusCallback="http://["/>',
        '<Say loop="99999">x</Say>',
        "<Gather numDigits='99999999999999999999'><Pause length='9999999999'/></Gather>",
    ],
)
async def test_markup_that_makes_no_sense_never_keeps_a_phone_on_the_line(
    connect: Connect, document: str
) -> None:
    line = await connect()
    line.ivr.say("/begin", document)
    await line.persona({"ring": "busy"}, number="+8613800138002")
    call = await answered(line, {"keys": "5"})
    assert call["status"] == "completed"


async def test_documents_without_end_are_ended_and_unknown_verbs_noted(connect: Connect) -> None:
    line = await connect()
    line.ivr.say("/begin", "<Enqueue>x</Enqueue><Redirect>/begin</Redirect>")
    call = await answered(line)
    assert texts(call, "error")[0] == "12200 Enqueue"
    assert texts(call, "error")[-1].startswith("12400")


async def test_a_customer_dials_in_and_the_product_is_asked_as_it_rings(connect: Connect) -> None:
    line = await connect()
    path = "/carriers/twilio/voice/inbound"
    line.ivr.say(path, '<Gather numDigits="1" action="/keys"><Say>Hello</Say></Gather>')
    line.ivr.say("/keys", "<Say>Bye</Say>")
    status, dialled = await line.phone("call", {"turns": [{"keys": "0"}]})
    assert (status, dialled["direction"], dialled["number"]) == (200, "inbound", PHONE)
    call = await line.finished(dialled["sid"])
    [asked] = line.ivr.asked(path)
    assert (asked["From"], asked["CallStatus"], asked["Direction"]) == (PHONE, "ringing", "inbound")
    assert line.ivr.asked("/keys")[0]["Digits"] == "0"
    assert line.ivr.forged == []
    assert (call["status"], texts(call, "say")) == ("completed", ["Hello", "Bye"])


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
async def test_a_call_that_comes_in_may_be_rejected_unanswered(
    connect: Connect, reason: str, status: str
) -> None:
    line = await connect()
    line.ivr.say("/carriers/twilio/voice/inbound", f'<Reject reason="{reason}"/><Say>no</Say>')
    _, dialled = await line.phone("call")
    call = await line.finished(dialled["sid"])
    assert (call["status"], kinds(call)) == (status, ["dialled", "ended"])
