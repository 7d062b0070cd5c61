"""The carrier's webhooks about calls, at the real application: signed, repeated, out of order."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from channels import ledger
from channels import store as people
from channels.errors import SendError, SendErrorKind
from channels.heard import Inbound
from channels.jobs import KEEP
from channels.ledger import Contact
from channels.model import Channel, ContactState
from channels.tables import calls, inbound
from huifang import catalogue
from kernel import journal
from scheduler.tables import jobs as job_rows
from surveys import store as surveys
from surveys.model import Invitation, Response
from surveys.programs import Voicemail
from tests.fakes.visitor import everything
from tests.fakes.world import ScriptedCarrier, closed
from tests.http.real import EVENT, HOURS, Real, Reply, real

PHONE, OURS = "+8613800138000", "+862155550000"
ROOT = "/carriers/twilio/voice"
MINUTES = timedelta(minutes=1)


@dataclass(kw_only=True)
class Line:
    """The application, what it sends and calls, and a call as its carrier tells it."""

    app: Real
    sms: ScriptedCarrier
    voice: ScriptedCarrier
    sid: str = f"SM{1:032d}"  # as the scripted carrier tells it
    sequence: int = 0
    heard: list[Reply] = field(default_factory=list)

    @property
    def contact(self) -> str:
        return self.voice.sent[-1].contact

    def form(self, **more: str) -> dict[str, str]:
        both = {"From": OURS, "To": PHONE, "Direction": "outbound-api"}
        return {"CallSid": self.sid, "AccountSid": "AC" + "0" * 32, **both, **more}

    async def post(self, below: str, **more: str) -> Reply:
        answer = await self.app.carrier(f"{ROOT}/{self.contact}{below}", self.form(**more))
        self.heard.append(answer)
        return answer

    async def picked_up(self, by: str = "human") -> Reply:
        return await self.post("", CallStatus="in-progress", AnsweredBy=by)

    async def press(self, digits: str = "", **more: str) -> Reply:
        """Press keys; where to tell of it stood in the last answer."""
        action = follow(self.heard[-1])
        answer = await self.app.carrier(action, self.form(Digits=digits, **more))
        self.heard.append(answer)
        return answer

    async def status(self, status: str, sequence: int | None = None, **more: str) -> None:
        number = self.sequence if sequence is None else sequence
        self.sequence = number + 1
        told = self.form(CallStatus=status, SequenceNumber=str(number), **more)
        answer = await self.app.carrier(f"{ROOT}/{self.contact}/status", told)
        assert (answer.status, answer.text) == (204, "")

    async def ledger(self, contact: str | None = None) -> Contact:
        wanted = contact or self.contact
        async with self.app.service.database.read() as conn:
            return (await ledger.load(conn, self.app.service.vault, [wanted]))[wanted]

    async def invitation(self) -> Invitation:
        async with self.app.service.database.read() as conn:
            found = await surveys.invitations_of(conn, [("/tickets", "T-1001")])
        return found["/tickets", "T-1001"][-1]

    async def response(self) -> Response | None:
        service = self.app.service
        async with service.database.read() as conn:
            found = await surveys.responses_of(conn, service.vault, "/tickets", "T-1001")
        return found[0] if found else None

    async def kinds(self) -> list[str]:
        async with self.app.service.database.read() as conn:
            return [each.kind for each in await journal.of_ticket(conn, "/tickets", "T-1001")]


def follow(answer: Reply) -> str:
    """Path and query of what the last TwiML waits to be told."""
    [action] = {
        each.get("action") for each in ET.fromstring(answer.text).iter() if each.get("action")
    }
    return str(action).removeprefix("https://care.example.com/hf")


def said(answer: Reply) -> str:
    assert (answer.status, answer.media) == (200, "application/xml"), answer.text
    return "".join(each.text or "" for each in ET.fromstring(answer.text).iter("Say"))


def verbs(answer: Reply) -> list[str]:
    return [each.tag for each in ET.fromstring(answer.text)]


def _carriers() -> dict[Channel, ScriptedCarrier]:
    return {Channel.SMS: ScriptedCarrier(), Channel.VOICE: ScriptedCarrier()}


async def _close(app: Real, event: dict[str, Any]) -> None:
    headers = {"Content-Type": EVENT}
    taken = await app.ask("POST", "/v1/events", data=json.dumps(event), headers=headers)
    assert taken.status == 202


@asynccontextmanager
async def lined(
    database_url: str,
    program: dict[str, Any] | None = None,
    lost: SendError | None = None,
    **more: Any,
) -> AsyncIterator[Line]:
    """A ticket was closed whose customer wants to be phoned."""
    carriers = _carriers()
    sms, voice = carriers.values()
    async with real(database_url, carriers=carriers) as app:
        rules = app.service.rules
        programs = (replace(rules.programs[0], **(program or {})),)
        app.service.adopt(replace(rules, programs=programs), catalogue.shipped())
        voice.lost += [lost] if lost else []
        event = closed()
        event["data"]["customer"] |= {"preferences": {"channels": ["voice"]}, **more}
        await _close(app, event)
        await app.after(2 * HOURS)
        assert (len(voice.sent), len(sms.sent)) == (1, 0)
        yield Line(app=app, sms=sms, voice=voice)


@pytest.fixture
async def line(sqlite_url: str) -> AsyncIterator[Line]:
    async with lined(sqlite_url) as found:
        yield found


@pytest.fixture
async def either(database_url: str) -> AsyncIterator[Line]:
    """The same, on SQLite and on PostgreSQL."""
    async with lined(database_url) as found:
        yield found


async def test_a_survey_is_answered_by_phone_one_commit_an_answer(either: Line) -> None:
    line = either
    for status in ("initiated", "ringing"):
        await line.status(status)
    greeted = await line.picked_up()
    assert "T-1001" in said(greeted)
    [gather] = ET.fromstring(greeted.text)
    [first, *_] = gather
    assert (
        gather.attrib.items()
        >= {
            "input": "dtmf speech",
            "numDigits": "1",
            "finishOnKey": "#",
            "actionOnEmptyResult": "true",
            "bargeIn": "true",
            "language": "cmn-Hans-CN",
            "method": "POST",
        }.items()
    )
    assert first.attrib == {"language": "cmn-CN", "voice": "Polly.Zhiyu-Neural"}
    assert "请您评价" in said(await line.press("1"))
    assert await line.response() is None
    assert "解决" in said(await line.press("5"))
    found = await line.response()
    assert found is not None
    assert (found.rating, found.channel, found.completed_at) == (5, "voice", None)
    goodbye = await line.press("1")
    assert "感谢" in said(goodbye)
    assert verbs(goodbye)[-1] == "Hangup"
    await line.status("in-progress")
    await line.status("completed", CallDuration="40")
    assert (await line.invitation()).state == "completed"
    assert (await line.ledger()).state is ContactState.DELIVERED
    assert "contact.delivered" in await line.kinds()


async def test_a_low_score_acts_while_the_customer_is_on_the_phone_and_hanging_up_keeps_it(
    line: Line,
) -> None:
    await line.picked_up()
    await line.press("1")
    await line.press("1")
    await line.status("completed", sequence=3)
    assert "response.low" in await line.kinds()
    await line.app.run()
    assert "complaint.registered" in await line.kinds()
    found = await line.invitation()
    assert (found.state, found.question) == ("in_progress", "resolved")
    await line.app.after(73 * HOURS)  # the rest by another channel, as the program says
    assert "解决" in line.sms.sent[-1].text
    assert await line.app.service.inbox.receive(_sms("2"), line.app.clock.now())
    response = await line.response()
    assert response is not None
    assert response.answers == {"satisfaction": 1, "resolved": False}


def _sms(text: str) -> Inbound:
    return Inbound(id="SM1", channel=Channel.SMS, sender=PHONE, text=text)


async def test_without_the_right_signature_it_is_403_and_changes_nothing(line: Line) -> None:
    before = await everything(line.app.service.database)
    for below in ("", "/key?step=1", "/status", "/recording"):
        path = f"{ROOT}/{line.contact}{below}"
        for how in ({"token": None}, {"token": "another"}, {"signed_url": "http://x" + path}):
            answer = await line.app.carrier(path, line.form(CallStatus="completed"), **how)
            assert answer.status == 403
    answer = await line.app.carrier(f"{ROOT}/inbound", line.form(), token=None)
    assert answer.status == 403
    assert await everything(line.app.service.database) == before


async def test_the_same_request_again_gets_the_same_answer_and_changes_nothing(
    line: Line,
) -> None:
    first = await line.picked_up()
    assert (await line.picked_up()).text == first.text
    asked = await line.press("1")
    path = follow(asked)
    once = await line.app.carrier(path, line.form(Digits="5"))
    before = await everything(line.app.service.database)
    for digits in ("5", "1", ""):
        again = await line.app.carrier(path, line.form(Digits=digits))
        assert again.text == once.text
    assert (await line.app.carrier(follow(first), line.form(Digits="0"))).text == asked.text
    assert await everything(line.app.service.database) == before


async def test_a_turn_whose_answer_was_lost_on_its_way_is_not_taken_for_another(
    line: Line,
) -> None:
    await line.picked_up()
    path = follow(await line.press("1"))
    # The answer was committed, and then the process died: only the call has not gone on.
    kept = await _rows(line)
    once = await line.app.carrier(path, line.form(Digits="2"))
    await _restore(line, kept)
    again = await line.app.carrier(path, line.form(Digits="2"))
    assert again.text == once.text
    found = await line.response()
    assert found is not None
    assert found.answers == {"satisfaction": 2}


async def _rows(line: Line) -> Any:
    async with line.app.service.database.read() as conn:
        return dict((await conn.execute(select(calls))).one()._mapping)


async def _restore(line: Line, row: Any) -> None:
    async with line.app.service.database.write() as conn:
        await conn.execute(calls.update().values(**row))


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/c_unknown", {}),
        ("/c_unknown/key?step=1", {"Digits": "1"}),
        ("/{contact}/key?step=1", {"Digits": "1"}),
        ("/{contact}/key?step=77", {"Digits": "1"}),
        ("/{contact}/key", {"Digits": "1"}),
    ],
)
async def test_a_call_that_nobody_knows_is_taken_leave_of(
    line: Line, path: str, form: dict[str, str]
) -> None:
    answer = await line.app.carrier(ROOT + path.format(contact=line.contact), line.form(**form))
    assert (said(answer), verbs(answer)) == (
        "这次回访已经结束，感谢您的时间。再见。",
        ["Say", "Hangup"],
    )


async def test_a_call_to_a_survey_that_is_over_takes_leave(line: Line) -> None:
    await line.picked_up()
    await line.press("1")
    await line.app.service.inbox.receive(_sms("退订"), line.app.clock.now())
    assert "已经结束" in said(await line.press("5"))
    assert await line.response() is None


# --- wishes ---


async def stops(line: Line) -> list[tuple[str, str, str | None]]:
    service = line.app.service
    ring = service.vault.indexes(PHONE)
    async with service.database.read() as conn:
        found = await people.opt_outs_of(conn, ring)
    return [(stop.channel, stop.state, stop.proof) for stops in found.values() for stop in stops]


async def test_nine_ends_calls_for_good_with_its_proof(line: Line) -> None:
    await line.picked_up()
    goodbye = await line.press("9")
    assert verbs(goodbye) == ["Say", "Hangup"]
    assert await stops(line) == [("voice", "final", f"{line.sid}-1")]
    found = await line.invitation()
    assert (found.state, found.reason) == ("cancelled", "opt_out")


async def test_zero_is_a_wish_for_a_person_as_call_is_by_sms(line: Line) -> None:
    await line.picked_up()
    await line.press("1")
    await line.press("5")
    await line.press("*")
    await line.press("0")
    async with line.app.service.database.read() as conn:
        rows = (await conn.execute(select(inbound.c.reading, inbound.c.channel))).all()
    assert ("call_me", "voice") in [tuple(row) for row in rows]
    found = await line.response()
    assert found is not None
    assert found.answers == {"satisfaction": 5}
    assert await stops(line) == []


async def test_words_are_understood_as_in_a_text(line: Line) -> None:
    await line.picked_up()
    await line.press(SpeechResult="好的", Confidence="0.92")
    await line.press(SpeechResult="非常满意", Confidence="0.87")
    await line.press(SpeechResult="还没有解决", Confidence="0.9")
    found = await line.response()
    assert found is not None
    assert found.answers == {"satisfaction": 5, "resolved": False}


# --- comments ---


async def kept(line: Line) -> list[dict[str, Any]]:
    async with line.app.service.database.read() as conn:
        rows = await conn.execute(select(job_rows).where(job_rows.c.kind == KEEP.name))
        return [row.payload for row in rows]


async def test_a_comment_is_recorded_and_fetched_by_a_job(line: Line) -> None:
    await line.picked_up()
    await line.press("1")
    await line.press("1")
    asked = await line.press("2")
    assert verbs(asked) == ["Say", "Say", "Record", "Redirect"]
    assert "录音" in said(asked)
    record = ET.fromstring(asked.text).find("Record")
    assert record is not None
    path = record.attrib["recordingStatusCallback"].removeprefix("https://care.example.com/hf")
    recorded = {"RecordingSid": "RE1", "RecordingDuration": "12"}
    told = await line.app.carrier(path, line.form(RecordingStatus="completed", **recorded))
    assert told.status == 204
    goodbye = await line.press("hangup", RecordingUrl="https://x/RE1", **recorded)
    assert verbs(goodbye)[-1] == "Hangup"
    found = await line.response()
    assert found is not None
    assert found.comments == ("（语音留言，12秒）",)
    [job] = await kept(line)
    assert (job["recording"], job["question"], job["seconds"]) == ("RE1", "comment", 12)
    assert job["thread"] == (await line.invitation()).id


async def test_a_hash_passes_an_optional_comment_and_a_star_discards_what_was_recorded(
    line: Line,
) -> None:
    await line.picked_up()
    for key in ("1", "1", "2"):
        await line.press(key)
    menu = await line.press("*", RecordingSid="RE1", RecordingDuration="4")
    assert "再听一遍" in said(menu)
    await line.press("1")
    await line.press("#", RecordingSid="RE2", RecordingDuration="0")
    found = await line.response()
    assert found is not None
    assert (found.answers["comment"], found.completed_at is not None) == ("", True)
    jobs = {job["recording"]: job["question"] for job in await kept(line)}
    assert jobs["RE1"] is None


# --- machines and calls that nobody answers ---


async def test_a_machine_is_asked_nothing_and_the_customer_is_called_again(line: Line) -> None:
    answer = await line.picked_up("machine_start")
    assert verbs(answer) == ["Hangup"]
    await line.status("completed", sequence=3, AnsweredBy="machine_start")
    found = await line.ledger()
    assert (found.state, found.error) == (ContactState.FAILED, "machine")
    assert await line.response() is None
    assert (await line.invitation()).reason == "machine"
    await line.app.after(20 * HOURS)
    assert len(line.voice.sent) == 1  # the cap: a telephone that rang was a contact
    await line.app.after(5 * HOURS)
    assert len(line.voice.sent) == 2


async def test_a_machine_gets_one_message_where_the_program_says_so(sqlite_url: str) -> None:
    async with lined(sqlite_url, {"voicemail": Voicemail.MESSAGE}) as line:
        assert line.voice.sent[0].voicemail
        answer = await line.picked_up("machine_end_beep")
        assert "T-1001" in said(answer)
        assert verbs(answer) == ["Say", "Hangup"]
        await line.status("completed", sequence=3, AnsweredBy="machine_end_beep")
        found = await line.ledger()
        assert (found.state, found.error) == (ContactState.DELIVERED, "voicemail")
        assert await line.response() is None
        await line.app.after(25 * HOURS)  # a reminder, on the channel in use
        line.sid = f"SM{2:032d}"
        assert verbs(await line.picked_up("machine_end_beep")) == ["Hangup"]
        assert (await line.ledger()).error == "machine"


async def test_a_machine_that_was_not_told_in_time_gets_no_message(sqlite_url: str) -> None:
    async with lined(sqlite_url, {"voicemail": Voicemail.MESSAGE}) as line:
        assert verbs(await line.picked_up("machine_start")) == ["Hangup"]
        assert (await line.ledger()).error == "machine"


@pytest.mark.parametrize(
    ("status", "why"), [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "failed")]
)
async def test_a_call_that_reached_nobody_is_made_again_and_then_the_next_channel_has_its_turn(
    line: Line, status: str, why: str
) -> None:
    for attempt in (1, 2):
        assert (len(line.voice.sent), len(line.sms.sent)) == (attempt, 0)
        line.sid, line.sequence = f"SM{attempt:032d}", 0
        for told in ("initiated", "ringing", status):
            await line.status(told)
        found = await line.ledger()
        assert (found.state, found.error) == (ContactState.FAILED, why)
        assert (await line.invitation()).state == "invited"
        await line.app.after(59 * MINUTES)
        assert (len(line.voice.sent), len(line.sms.sent)) == (attempt, 0)
        await line.app.after(24 * HOURS)  # and the cap: a telephone that rang was a contact
    assert (len(line.voice.sent), len(line.sms.sent)) == (2, 1)
    assert (await line.invitation()).channel == "sms"


async def test_a_call_that_was_never_dialled_counts_for_nothing(line: Line) -> None:
    await line.status("canceled", sequence=0)
    found = await line.ledger()
    assert (found.state, found.error, found.sent_at) == (ContactState.FAILED, "canceled", None)
    await line.app.after(61 * MINUTES)
    assert len(line.voice.sent) == 2  # no cap holds it up


async def test_a_number_that_nobody_has_is_not_called_again(line: Line) -> None:
    await line.status("initiated")
    await line.status("failed", SipResponseCode="404")
    found = await line.ledger()
    assert (found.state, found.error) == (ContactState.FAILED, "sip_404")
    await line.app.after(25 * HOURS)
    assert len(line.voice.sent) == 1


LIFE = [("initiated", 0), ("ringing", 1), ("in-progress", 2), ("completed", 3)]


@pytest.mark.parametrize("order", [[3, 2, 1, 0], [0, 3, 1, 2, 3], [1, 1, 3, 3, 0]])
async def test_news_come_in_any_order_and_only_lead_forward(line: Line, order: list[int]) -> None:
    for place in order:
        await line.status(LIFE[place][0], sequence=LIFE[place][1])
    assert (await line.ledger()).state is ContactState.DELIVERED
    assert (await line.kinds()).count("contact.delivered") == 1
    await line.status("no-answer", sequence=9)
    assert (await line.ledger()).state is ContactState.DELIVERED


async def test_a_call_of_an_attempt_that_was_replaced_says_nothing(line: Line) -> None:
    await line.status("no-answer", sequence=0, CallSid="CAother")
    assert (await line.ledger()).state is ContactState.SENT


async def test_the_phone_proves_a_call_whose_answer_we_lost(sqlite_url: str) -> None:
    lost = SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="lost")
    async with lined(sqlite_url, lost=lost) as line:
        assert (await line.ledger()).state is ContactState.UNKNOWN
        await line.picked_up()
        assert (await line.ledger()).state is ContactState.SENT
        await line.app.after(1 * HOURS)
        assert len(line.voice.sent) == 1
        await line.press("1")
        await line.press("5")
        assert (await line.invitation()).state == "in_progress"


async def test_a_number_that_takes_no_texts_may_still_be_called(sqlite_url: str) -> None:
    landline = SendError(SendErrorKind.DEAD_ADDRESS, retryable=False, code="21614")
    async with real(sqlite_url, carriers=(carriers := _carriers())) as app:
        carriers[Channel.SMS].script.append(landline)
        await _close(app, closed())
        await app.after(2 * HOURS)
        assert [len(each.sent) for each in carriers.values()] == [0, 1]


# --- customers who call us ---


async def ring_us(line: Line, number: str = PHONE, sid: str = "CAin") -> Reply:
    line.sid = sid
    form = {"CallSid": sid, "From": number, "To": OURS, "Direction": "inbound"}
    answer = await line.app.carrier(f"{ROOT}/inbound", form)
    line.heard.append(answer)
    return answer


async def test_who_calls_back_a_missed_call_takes_the_survey(line: Line) -> None:
    for status in ("initiated", "ringing", "no-answer"):
        await line.status(status)
    greeted = await ring_us(line)
    assert "T-1001" in said(greeted)
    assert (await ring_us(line)).text == greeted.text
    for key in ("1", "4", "1"):
        await line.press(key)
    assert (await line.invitation()).state == "completed"
    assert "按0" in said(await ring_us(line, sid="CAagain"))
    await line.press("9")
    assert [stop[0] for stop in await stops(line)] == ["voice"]


async def test_strangers_hear_a_polite_line(line: Line) -> None:
    for number in ("+8613911112222", "anonymous", ""):
        answer = await ring_us(line, number)
        assert verbs(answer) == ["Say", "Hangup"]
    assert "Goodbye" in said(await ring_us(line, "+447700900000"))


async def test_a_customer_is_spoken_to_in_their_language(sqlite_url: str) -> None:
    async with lined(sqlite_url, locale="en-GB") as line:
        assert line.voice.sent[0].text.startswith("Hello")
        greeted = await line.picked_up()
        assert "press 1" in said(greeted)
        say = next(ET.fromstring(greeted.text).iter("Say"))
        assert say.attrib == {"language": "en-US", "voice": "Polly.Joanna-Neural"}


# --- anything at all ---

_NAMES = st.sampled_from(
    """CallSid CallStatus SequenceNumber Digits SpeechResult Confidence AnsweredBy From To Direction
    RecordingSid RecordingDuration RecordingStatus SipResponseCode CallDuration X""".split()
)
_VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["completed", "no-answer", "machine_start", "1", "*", "#", "-1", "99999999"]),
)


async def test_whatever_is_posted_is_never_a_fault_of_ours(line: Line) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def forms(data: Any) -> None:
        known = data.draw(st.booleans())
        below = data.draw(
            st.sampled_from(
                ["", "/key?step=1", "/key?step=0", "/key?step=x", "/status", "/recording"]
            )
        )
        form = data.draw(st.dictionaries(_NAMES, _VALUES, max_size=8))
        drawn.append((known, below, form))

    drawn: list[tuple[bool, str, dict[str, str]]] = []
    forms()
    for known, below, form in drawn:
        contact = line.contact if known else "c_no"
        answer = await line.app.carrier(f"{ROOT}/{contact}{below}", form)
        assert answer.status in (200, 204, 400), (below, form, answer.text)
        answer = await line.app.carrier(f"{ROOT}/inbound", form)
        assert answer.status in (200, 400), (form, answer.text)
