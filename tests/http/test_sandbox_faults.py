"""The sandbox's faults: for one number or all, so often or with so much chance, and repeatable."""

from datetime import timedelta
from email.message import EmailMessage

import aiosmtplib
import pytest

from sandbox import mailbox
from tests.http.ivr import Connect, Line, connect, kinds
from tests.http.outside import PHONE, eventually, start

__all__ = ["connect", "start"]

OTHER = "+447700900142"
LIFE = ["initiated", "ringing", "in-progress", "completed"]


async def order(line: Line, target: str, kind: str, **more: object) -> None:
    body = {"target": target, "kind": kind, **more}
    status, said = await line.outside.api("POST", "faults", body)
    assert status == 201, said


async def statuses(line: Line, count: int) -> list[str]:
    return [each["CallStatus"] for each in await line.told(count)]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("duplicate_callbacks", [each for each in LIFE for _ in range(2)]),
        ("reorder_callbacks", LIFE[::-1]),
        ("late_callbacks", LIFE),
    ],
)
async def test_receipts_of_calls_come_twice_turned_round_or_late(
    connect: Connect, kind: str, told: list[str]
) -> None:
    line = await connect()
    line.ivr.say("/begin", "<Say>hello</Say>")
    await line.persona({"ring": "answer"})
    await order(line, "voice", kind)
    _, placed = await line.place()
    await line.finished(placed["sid"])
    assert await statuses(line, len(told)) == told
    by_number = sorted(line.ivr.asked("/status"), key=lambda each: int(each["SequenceNumber"]))
    assert list(dict.fromkeys(each["CallStatus"] for each in by_number)) == LIFE
    assert len({each["SequenceNumber"] for each in by_number}) == 4


async def test_late_receipts_wait_for_the_clock_and_lost_ones_never_come(connect: Connect) -> None:
    line = await connect()
    line.ivr.say("/begin", "<Say>hello</Say>")
    await line.persona({"ring": "answer"})
    await order(line, "voice", "late_callbacks", value=90_000)
    began = line.outside.clock[0]
    _, placed = await line.place(events=("completed",))
    await line.told(1)
    assert line.outside.clock[0] - began >= timedelta(seconds=90)
    line.ivr.heard.clear()
    await order(line, "voice", "no_callbacks")
    _, placed = await line.place()
    await line.finished(placed["sid"])
    assert line.ivr.asked("/status") == []
    _, fetched = await line.rest("GET", f"/{placed['sid']}.json")
    assert fetched["status"] == "completed"


async def test_a_document_is_asked_for_twice_with_one_content_where_that_is_ordered(
    connect: Connect,
) -> None:
    line = await connect()
    line.ivr.say("/begin", '<Gather action="/keys" numDigits="1"/>')
    line.ivr.say("/keys", "<Hangup/>")
    await line.persona({"ring": "answer", "turns": [{"keys": "5"}]})
    await order(line, "voice", "duplicate_webhooks", times=None)
    await line.run()
    assert [each["Digits"] for each in line.ivr.asked("/keys")] == ["5", "5"]
    assert len(line.ivr.asked("/begin")) == 2
    assert len({each.token for each in line.ivr.heard if each.path == "/keys"}) == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [("busy", "busy"), ("no_answer", "no-answer"), ("fail_call", "failed")],
)
async def test_a_phone_that_would_answer_does_not_while_a_fault_says_so(
    connect: Connect, kind: str, status: str
) -> None:
    line = await connect()
    line.ivr.say("/begin", "<Say>hello</Say>")
    await line.persona({"ring": "answer"})
    await order(line, "voice", kind, number=PHONE)
    assert [(await line.run())["status"] for _ in range(2)] == [status, "completed"]


async def test_voicemail_takes_the_call_of_one_number_alone(connect: Connect) -> None:
    line = await connect()
    line.ivr.say("/begin", "<Say>hello</Say>")
    for number in (PHONE, OTHER):
        await line.persona({"ring": "answer"}, number=number)
    await order(line, "voice", "voicemail", number=OTHER, times=None)
    call = await line.run(MachineDetection="Enable")
    assert call["answered_by"] == "human"
    call = await line.run(To=OTHER, MachineDetection="Enable")
    assert call["answered_by"] == "machine_start"
    assert "greeting" in kinds(call)


async def test_faults_of_one_number_leave_the_texts_of_others_alone(connect: Connect) -> None:
    line = await connect()
    await order(line, "carrier", "status", value=503, number=OTHER, times=None)
    found = [(await line.outside.create(To=to))[0] for to in (PHONE, OTHER, PHONE, OTHER)]
    assert found == [201, 503, 201, 503]
    body = {"target": "desk", "kind": "status", "number": PHONE}
    assert (await line.outside.api("POST", "faults", body))[0] == 400


async def test_faults_by_chance_are_repeated_by_their_seed(connect: Connect) -> None:
    line = await connect()
    runs = []
    for seed in (7, 7, 8):
        await line.outside.api("DELETE", "faults")
        assert (await line.outside.api("PUT", "faults/seed", {"seed": seed}))[0] == 200
        await order(line, "carrier", "status", value=500, times=None, probability=0.5)
        runs.append([(await line.outside.create())[0] for _ in range(24)])
    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {201, 500}
    for chance in (0, 1.5, "often"):
        body = {"target": "carrier", "kind": "status", "probability": chance}
        assert (await line.outside.api("POST", "faults", body))[0] == 400


@pytest.mark.parametrize(("value", "header"), [(0, None), (30, "30")])
async def test_too_many_requests_come_with_and_without_a_time_to_wait(
    connect: Connect, value: int, header: str | None
) -> None:
    line = await connect()
    for target, base in (("carrier", line.outside.messages), ("voice", line.calls)):
        url = f"{base}.json"
        await order(line, target, "throttle", value=value)
        async with line.outside.http.post(url, data={"To": PHONE}, headers=line.login) as answer:
            assert (answer.status, answer.headers.get("Retry-After")) == (429, header)


async def test_a_text_that_was_accepted_may_be_answered_with_a_failure(connect: Connect) -> None:
    line = await connect()
    await order(line, "carrier", "status_after_accept", value=502)
    assert (await line.outside.create())[0] == 502
    assert len(line.outside.world.messages) == 1


async def test_a_late_reply_and_late_receipts_wait_until_the_clock_is_moved(
    connect: Connect,
) -> None:
    line = await connect()
    await order(line, "carrier", "late_reply", value=3_600_000)
    status, said = await line.outside.api("POST", f"phones/{PHONE}/reply", {"text": "5"})
    assert (status, said["due"]) == (202, "2026-11-21T11:00:00+00:00")
    body = {"text": "4", "after": "2h"}
    assert (await line.outside.api("POST", f"phones/{PHONE}/reply", body))[0] == 202
    assert line.ivr.asked("/carriers/twilio/sms") == []
    for heard in (["5"], ["5", "4"]):
        await line.outside.api("POST", "clock", {"advance": "1h"})
        count = len(heard)
        await eventually(lambda n=count: len(line.ivr.asked("/carriers/twilio/sms")) == n)
        assert [each["Body"] for each in line.ivr.asked("/carriers/twilio/sms")] == heard
    await order(line, "carrier", "late_callbacks", value=60_000)
    await line.outside.create(StatusCallback=f"{line.ivr.url}/receipt")
    assert line.ivr.asked("/receipt") == []
    for count in (1, 2):
        await line.outside.api("POST", "clock", {"advance": "60s"})
        await eventually(lambda n=count: len(line.ivr.asked("/receipt")) == n)


async def test_link_scanners_open_every_link_of_the_product_by_head_and_get(
    connect: Connect,
) -> None:
    line = await connect()
    for target in ("carrier", "mailbox"):
        await order(line, target, "scan_links")
    links = f"{line.ivr.url}/s/one {line.ivr.url}/p/two https://example.com/x"
    await line.outside.create(Body=links)
    pairs = [(method, path) for path in ("/s/one", "/p/two") for method in ("HEAD", "GET")]
    await eventually(lambda: len(line.ivr.heard) == 4)
    assert [(each.method, each.path) for each in line.ivr.heard] == pairs
    line.ivr.heard.clear()
    await deliver(line, "wang@example.com", links)
    await eventually(lambda: len(line.ivr.heard) == 4)
    assert [(each.method, each.path) for each in line.ivr.heard] == pairs


async def test_a_mailbox_bounces_what_it_took_for_one_address_alone(connect: Connect) -> None:
    line = await connect()
    await order(line, "mailbox", "bounce", value=522, number="full@example.com")
    for address in ("wang@example.com", "full@example.com"):
        await deliver(line, address, "hello")
    path = "/carriers/email/inbound"
    await eventually(lambda: line.ivr.raw.get(path))
    [bounced] = line.ivr.raw[path]
    assert b"Status: 5.2.2" in bounced
    assert b"full@example.com" in bounced


async def deliver(line: Line, address: str, text: str) -> None:
    server = await mailbox.start(line.outside.world, now=lambda: line.outside.clock[0])
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "huifang@example.com", address, "Survey"
    mail.set_content(text)
    try:
        await aiosmtplib.send(mail, hostname="127.0.0.1", port=server.port, start_tls=False)
    finally:
        await server.close()
