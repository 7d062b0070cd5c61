"""The sandbox joins calls: numbers with a whisper, the first to answer, conferences."""

from datetime import timedelta
from typing import Any

import pytest

from tests.http.ivr import OWN_NUMBER, Connect, Line, connect, kinds, texts
from tests.http.outside import PHONE, eventually, start

__all__ = ["connect", "start"]

AGENT, SECOND = "+447700900142", "+447700900187"
INBOUND = "/carriers/twilio/voice/inbound"


def dial(inside: str, attributes: str = "") -> str:
    return f'<Dial action="/after" callerId="{OWN_NUMBER}" {attributes}>{inside}</Dial>'


async def test_two_phones_are_joined_after_the_whisper_and_hear_each_other(
    connect: Connect,
) -> None:
    line = await connect()
    number = (
        f'<Number url="/whisper?leg=2" statusCallback="/child" '
        f'statusCallbackEvent="initiated ringing answered completed">{PHONE}</Number>'
    )
    line.ivr.say("/begin", f"<Say>One moment</Say>{dial(number)}<Say>no</Say>")
    line.ivr.say("/whisper", '<Gather action="/accept" numDigits="1"><Say>Press 1</Say></Gather>')
    line.ivr.say("/accept", "")
    line.ivr.documents["/accept"] = ["<Response/>"]
    line.ivr.say("/after", "<Say>Over</Say>")
    await line.persona(
        {"ring": "answer", "turns": [{"say": "您好，我是客服", "after": 2}]}, number=AGENT
    )
    turns = [{"keys": "1"}, {"say": "网络还是断", "after": 5}, {"hang_up": True, "after": 20}]
    await line.persona({"ring": "answer", "turns": turns})
    call = await line.run(To=AGENT)
    [child] = line.outside.world.calls_of(PHONE)
    assert (child.parent, child.direction, child.from_) == (
        call["sid"],
        "outbound-dial",
        OWN_NUMBER,
    )
    await eventually(lambda: len(line.ivr.asked("/child")) == 4)
    statuses = ["initiated", "ringing", "in-progress", "completed"]
    assert [each["CallStatus"] for each in line.ivr.asked("/child")] == statuses
    assert {each["ParentCallSid"] for each in line.ivr.asked("/child")} == {call["sid"]}
    assert line.ivr.asked("/whisper")[0]["CallSid"] == child.sid
    [after] = line.ivr.asked("/after")
    assert (after["DialCallStatus"], after["DialBridged"]) == ("completed", "true")
    assert (after["DialCallSid"], after["CallSid"]) == (child.sid, call["sid"])
    assert 20 <= int(after["DialCallDuration"]) <= 30
    assert texts(call, "voice") == ["网络还是断"]
    assert [each.text for each in child.lines if each.kind == "voice"] == ["您好，我是客服"]
    assert texts(call, "say") == ["One moment", "Over"]
    assert line.ivr.forged == []


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ({"ring": "busy"}, "busy"),
        ({"ring": "ignore"}, "no-answer"),
        ({"ring": "fail"}, "failed"),
        ({"ring": "answer", "turns": [{"silent": True}]}, "no-answer"),
    ],
)
async def test_a_number_that_is_not_joined_is_told_as_what_it_was(
    connect: Connect, persona: dict[str, Any], status: str
) -> None:
    line = await connect()
    line.ivr.say("/begin", dial(f'<Number url="/whisper">{PHONE}</Number>'))
    line.ivr.say("/whisper", '<Gather numDigits="1"><Say>Press 1</Say></Gather><Hangup/>')
    line.ivr.say("/after", "<Say>Sorry</Say>")
    await line.persona({"ring": "answer"}, number=AGENT)
    await line.persona(persona)
    call = await line.run(To=AGENT)
    [after] = line.ivr.asked("/after")
    assert (after["DialCallStatus"], after["DialBridged"]) == (status, "false")
    assert texts(call, "say") == ["Sorry"]


async def test_the_first_to_answer_is_joined_and_the_others_ring_no_more(
    connect: Connect,
) -> None:
    line = await connect()
    line.ivr.say("/begin", dial(f"<Number>{AGENT}</Number><Number>{SECOND}</Number>"))
    line.ivr.say("/after", "<Hangup/>")
    await line.persona({"ring": "answer", "turns": [{"hang_up": True, "after": 30}]})
    await line.persona({"ring": "answer", "after": 9}, number=AGENT)
    await line.persona({"ring": "answer", "after": 4}, number=SECOND)
    call = await line.run()
    [first], [second] = (line.outside.world.calls_of(n) for n in (AGENT, SECOND))
    await eventually(lambda: first.ended and second.ended)
    assert (first.status, second.status) == ("canceled", "completed")
    assert call["status"] == "completed"
    # The caller hung up: the action is told, and its answer goes nowhere.
    await eventually(lambda: line.ivr.asked("/after"))
    assert line.ivr.asked("/after")[0]["CallStatus"] == "completed"


async def test_a_call_that_comes_in_stays_unanswered_until_it_is_joined_where_wished(
    connect: Connect,
) -> None:
    line = await connect()
    for wished, status in (("true", "no-answer"), ("false", "completed")):
        attributes = f'answerOnBridge="{wished}" timeout="10"'
        line.ivr.say(INBOUND, f"<Dial {attributes}><Number>{AGENT}</Number></Dial>")
        await line.persona({"ring": "ignore"}, number=AGENT)
        _, dialled = await line.phone("call")
        assert (await line.finished(dialled["sid"]))["status"] == status
    line.ivr.say(INBOUND, f'<Dial answerOnBridge="true">{AGENT}</Dial>')
    await line.persona({"ring": "answer", "turns": [{"hang_up": True, "after": 3}]}, number=AGENT)
    _, dialled = await line.phone("call")
    call = await line.finished(dialled["sid"])
    assert kinds(call) == ["dialled", "dial", "answered", "joined", "left", "ended"]


async def test_a_number_that_cannot_be_dialled_is_noted(connect: Connect) -> None:
    line = await connect()
    line.ivr.say("/begin", dial("<Number>12</Number>"))
    line.ivr.say("/after", "<Hangup/>")
    await line.persona({"ring": "answer"})
    await line.run()
    assert line.ivr.asked("/after")[0]["DialCallStatus"] == "failed"
    assert [alert.code for alert in line.outside.world.alerts] == [13224]


async def test_the_star_key_and_the_time_limit_end_a_dial(connect: Connect) -> None:
    line = await connect()
    line.ivr.say(
        "/begin",
        dial(f"<Number>{AGENT}</Number>", 'hangupOnStar="true"'),
        dial(f"<Number>{AGENT}</Number>", 'timeLimit="40"'),
    )
    line.ivr.say("/after", "<Say>Over</Say>")
    await line.persona({"ring": "answer"}, number=AGENT)
    for turns, least, most in (([{"keys": "*", "after": 7}], 7, 8), ([], 40, 41)):
        await line.persona({"ring": "answer", "turns": turns})
        call = await line.run()
        assert texts(call, "say") == ["Over"]
        assert least <= int(line.ivr.asked("/after")[-1]["DialCallDuration"]) <= most


async def conference(line: Line, path: str, attributes: str = "") -> None:
    line.ivr.say(
        path,
        f'<Dial action="/after"><Conference {attributes} statusCallback="/room" '
        'statusCallbackEvent="start end join leave">callback-7</Conference></Dial>',
    )


async def test_calls_meet_in_a_conference_that_is_reported_and_ends_with_its_owner(
    connect: Connect,
) -> None:
    line = await connect()
    await conference(line, "/customer", 'startConferenceOnEnter="false"')
    await conference(line, "/agent", 'endConferenceOnExit="true"')
    line.ivr.say("/after", "<Say>Over</Say>")
    talk = [{"say": "喂？", "after": 2}, {"say": "您好", "after": 30}]
    await line.persona({"ring": "answer", "turns": talk})
    turns = [{"say": "我是客服", "after": 25}, {"hang_up": True, "after": 40}]
    await line.persona({"ring": "answer", "after": 10, "turns": turns}, number=AGENT)
    _, customer = await line.place(Url=f"{line.ivr.url}/customer")
    _, agent = await line.place(Url=f"{line.ivr.url}/agent", To=AGENT)
    one, two = await line.finished(customer["sid"]), await line.finished(agent["sid"])
    assert texts(one, "voice") == ["我是客服"]
    # What was said to the music alone was heard by nobody.
    assert texts(two, "voice") == ["您好"]
    assert kinds(one)[2:4] == ["music", "speech"]
    assert texts(one, "say") == ["Over"]
    await eventually(lambda: len(line.ivr.asked("/room")) == 6)
    events = [each["StatusCallbackEvent"] for each in line.ivr.asked("/room")]
    assert sorted(events) == sorted(
        ["participant-join"] * 2
        + ["conference-start"]
        + ["participant-leave"] * 2
        + ["conference-end"]
    )
    assert {each["FriendlyName"] for each in line.ivr.asked("/room")} == {"callback-7"}
    assert len({each["ConferenceSid"] for each in line.ivr.asked("/room")}) == 1
    assert [each["DialCallStatus"] for each in line.ivr.asked("/after")] == ["answered"] * 2


async def test_a_leg_of_a_conference_may_be_taken_out_by_the_product(connect: Connect) -> None:
    line = await connect(call_speed=1.0)
    await conference(line, "/customer")
    line.ivr.say("/elsewhere", "<Say>Alone</Say><Pause length='60'/>")
    await line.persona({"ring": "answer", "after": 0})
    _, placed = await line.place(Url=f"{line.ivr.url}/customer")
    line.outside.clock[0] += timedelta(seconds=1)
    await line.until("music")
    path = f"/{placed['sid']}.json"
    assert (await line.rest("POST", path, [("Url", f"{line.ivr.url}/elsewhere")]))[0] == 200
    await line.until("say", "Alone")
    await line.phone("hang_up")
    assert (await line.finished(placed["sid"]))["status"] == "completed"


@pytest.mark.parametrize(
    ("persona", "found"), [({"ring": "machine"}, "machine_start"), ({"ring": "answer"}, "human")]
)
async def test_who_took_a_number_is_found_out_beside_the_talk(
    connect: Connect, persona: dict[str, Any], found: str
) -> None:
    line = await connect()
    number = f'<Number machineDetection="Enable" amdStatusCallback="/amd">{PHONE}</Number>'
    line.ivr.say("/begin", dial(number))
    line.ivr.say("/after", "<Hangup/>")
    await line.persona({"ring": "answer", "turns": [{"hang_up": True, "after": 30}]}, number=AGENT)
    await line.persona(persona)
    call = await line.run(To=AGENT)
    await eventually(lambda: line.ivr.asked("/amd"))
    [child] = line.outside.world.calls_of(PHONE)
    [told] = line.ivr.asked("/amd")
    assert (told["CallSid"], told["AnsweredBy"]) == (child.sid, found)
    # Nobody was held up for it, nor hung up.
    assert "joined" in kinds(call)
    assert line.ivr.asked("/after")[0]["DialCallStatus"] == "completed"
