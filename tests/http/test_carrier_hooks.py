"""The carrier's webhooks at the real application: only it is believed, and it may stammer."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
from twilio.request_validator import RequestValidator

from channels import ledger
from channels.model import ContactState
from kernel import journal
from tests.fakes.outside import TOKEN
from tests.fakes.visitor import everything
from tests.fakes.world import closed
from tests.http.real import EVENT, FORM, HOURS, PUBLIC_URL, Real, Reply, real

PHONE, SENDER = "+8613800138000", "+8610655500001"
SMS, STATUS = "/carriers/twilio/sms", "/carriers/twilio/status"


@pytest.fixture
async def app(sqlite_url: str) -> AsyncIterator[Real]:
    async with real(sqlite_url) as found:
        yield found


@pytest.fixture
async def asked(app: Real) -> Real:
    """A ticket was closed and its customer asked by SMS."""
    return await ask(app)


@pytest.fixture
async def either(database_url: str) -> AsyncIterator[Real]:
    """The same, on SQLite and on PostgreSQL."""
    async with real(database_url) as found:
        yield await ask(found)


async def ask(app: Real) -> Real:
    await close(app)
    await app.after(2 * HOURS)
    assert len(app.outside.sent) == 1
    return app


async def close(app: Real, **changes: Any) -> None:
    answer = await app.ask(
        "POST",
        "/v1/events",
        data=json.dumps(closed(**changes)),
        headers={"Content-Type": EVENT},
    )
    assert answer.status == 202


def inbound(text: str, sid: str = "SM" + "1" * 32, **more: str) -> dict[str, str]:
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": "AC" + "0" * 32,
        "From": PHONE,
        "To": SENDER,
        "Body": text,
        "NumMedia": "0",
        "FromCity": "",
        **more,
    }


def receipt(status: str, sid: str = "SM" + "9" * 32, **more: str) -> dict[str, str]:
    return {
        "MessageSid": sid,
        "MessageStatus": status,
        "To": PHONE,
        "From": SENDER,
        "RawDlrDoneDate": "2611201200",
        **more,
    }


def callback(app: Real, number: int = 0) -> str:
    """Path and query of a message's status callback."""
    url = str(app.outside.sent[number].status_callback)
    assert url.startswith(PUBLIC_URL)
    return url.removeprefix(PUBLIC_URL)


async def contact(app: Real, path: str) -> ledger.Contact:
    wanted = parse_qs(urlsplit(path).query)["contact"][0]
    async with app.service.database.read() as conn:
        return (await ledger.load(conn, app.service.vault, [wanted]))[wanted]


async def kinds(app: Real) -> list[str]:
    async with app.service.database.read() as conn:
        return [entry.kind for entry in await journal.of_ticket(conn, "/tickets", "T-1001")]


def texts(answer: Reply) -> list[str]:
    assert (answer.status, answer.media) == (200, "application/xml")
    return [each.text or "" for each in ET.fromstring(answer.text).iter("Message")]


# --- replies ---


async def test_without_the_right_signature_it_is_403_and_changes_nothing(either: Real) -> None:
    before = await everything(either.service.database)
    hows: tuple[dict[str, Any], ...] = (
        {"token": None},
        {"token": "another account's token"},
        {"signed_url": "http://127.0.0.1:8080" + SMS},
        {"signed_url": PUBLIC_URL + SMS + "?a=b"},
    )
    for how in hows:
        for path, form in ((SMS, inbound("1")), (callback(either), receipt("delivered"))):
            answer = await either.carrier(path, form, **how)
            assert (answer.status, answer.media) == (403, "application/problem+json")
    assert await everything(either.service.database) == before


async def test_a_signature_fits_only_what_was_signed(asked: Real) -> None:
    before = await everything(asked.service.database)
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + SMS, inbound("5"))
    for form in (inbound("1"), inbound("5", Extra="x"), {**inbound("5"), "From": "+8613800138009"}):
        answer = await asked.ask(
            "POST",
            SMS,
            data=urlencode(form),
            headers={"Content-Type": FORM, "X-Twilio-Signature": signature},
            key=None,
        )
        assert answer.status == 403
    assert await everything(asked.service.database) == before


async def test_an_api_key_is_no_signature(asked: Real) -> None:
    answer = await asked.ask(
        "POST", SMS, data=urlencode(inbound("1")), headers={"Content-Type": FORM}
    )
    assert answer.status == 403


async def test_a_signed_reply_is_answered_with_the_next_question_in_the_same_request(
    asked: Real,
) -> None:
    answer = await asked.carrier(SMS, inbound("1"))
    [question] = texts(answer)
    assert question.startswith("【示例电信】")
    assert "解决" in question
    [message] = ET.fromstring(answer.text).iter("Message")
    url = message.get("statusCallback") or ""
    assert url.startswith(f"{PUBLIC_URL}{STATUS}?contact=")
    spoken = await contact(asked, url)
    assert (spoken.state, spoken.text) == (ContactState.SENT, question)
    delivered = await asked.carrier(url.removeprefix(PUBLIC_URL), receipt("delivered"))
    assert delivered.status == 204
    assert (await contact(asked, url)).state is ContactState.DELIVERED


async def test_a_low_reply_reopens_the_ticket_at_the_desk(asked: Real) -> None:
    ticket = asked.outside.world.tickets["T-1001"]
    ticket.status = "closed"
    await asked.carrier(SMS, inbound("1"))
    await asked.run()
    assert (ticket.status, ticket.reopens) == ("open", 1)
    found = (await asked.get("/v1/tickets/T-1001")).body
    assert (found["reopens"], found["responses"][0]["rating"]) == (1, 1)


async def test_the_same_message_sid_gets_the_same_answer(either: Real) -> None:
    first = await either.carrier(SMS, inbound("1"))
    before = await everything(either.service.database)
    for text in ("1", "5"):
        again = await either.carrier(SMS, inbound(text))
        assert (again.status, again.text) == (first.status, first.text)
    assert await everything(either.service.database) == before
    other = await either.carrier(SMS, inbound("2", "SM" + "2" * 32))
    assert other.text != first.text
    assert (await kinds(either)).count("answer.recorded") == 2


async def test_a_stop_word_is_answered_with_nothing_and_ends_the_survey(asked: Real) -> None:
    answer = await asked.carrier(SMS, inbound("退订", OptOutType="STOP"))
    assert texts(answer) == []
    found = (await asked.get("/v1/tickets/T-1001")).body
    assert found["invitations"][0]["state"] == "cancelled"


async def test_a_stranger_s_text_is_taken_and_answered_with_nothing(app: Real) -> None:
    answer = await app.carrier(SMS, inbound("5", From="+447700900999"))
    assert texts(answer) == []


async def test_markup_in_a_reply_stays_text(asked: Real) -> None:
    answer = await asked.carrier(SMS, inbound("</Message><Redirect/>&amp;"))
    assert answer.status == 200
    found = ET.fromstring(answer.text)
    assert {each.tag for each in found} <= {"Message"}


# --- receipts ---


async def test_receipts_out_of_order_and_repeated_move_a_contact_forward_only(
    either: Real,
) -> None:
    path = callback(either)
    for status in ("delivered", "sent", "queued", "delivered", "sending", "delivered"):
        assert (await either.carrier(path, receipt(status))).status == 204
        assert (await contact(either, path)).state is ContactState.DELIVERED
    assert (await kinds(either)).count("contact.delivered") == 1


async def test_a_failed_receipt_ends_the_contact_and_a_later_sent_does_not_revive_it(
    either: Real,
) -> None:
    path = callback(either)
    assert (await either.carrier(path, receipt("undelivered", ErrorCode="30005"))).status == 204
    found = await contact(either, path)
    assert (found.state, found.error) == (ContactState.FAILED, "30005")
    await either.carrier(path, receipt("sent"))
    await either.carrier(path, receipt("delivered"))
    assert (await contact(either, path)).state is ContactState.FAILED
    assert (await kinds(either)).count("contact.failed") == 1


async def test_a_receipt_settles_a_send_whose_answer_was_lost(app: Real) -> None:
    app.outside.fault("carrier", "drop_after_accept")
    await close(app)
    await app.after(2 * HOURS)
    path = callback(app)
    assert (await contact(app, path)).state is ContactState.UNKNOWN
    sid = app.outside.sent[0].sid
    await app.carrier(path, receipt("sent", sid))
    found = await contact(app, path)
    assert (found.state, found.carrier_id) == (ContactState.SENT, sid)
    await app.after(timedelta(minutes=5))
    assert len(app.outside.sent) == 1
    assert (await app.get("/v1/tickets/T-1001")).body["invitations"][0]["state"] == "invited"


async def test_a_receipt_for_nobody_we_know_changes_nothing(asked: Real) -> None:
    before = await everything(asked.service.database)
    for query in ("", "?contact=", "?contact=c_unknown", "?contact=" + "x" * 5_000, "?contact=a&b"):
        assert (await asked.carrier(STATUS + query, receipt("delivered"))).status == 204
    assert await everything(asked.service.database) == before


async def test_a_status_we_do_not_know_says_nothing(asked: Real) -> None:
    path = callback(asked)
    before = await everything(asked.service.database)
    for status in ("", "accepted", "something new", "DELIVERED", "d" * 9_000):
        assert (await asked.carrier(path, receipt(status))).status == 204
    assert await everything(asked.service.database) == before


# --- what no carrier sends ---


async def test_only_posts_are_taken(app: Real) -> None:
    for path in (SMS, STATUS):
        for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD"):
            answer = await app.ask(method, path, key=None)
            assert answer.status == 405
            assert "POST" in answer.headers["Allow"]


ODD_BODIES: dict[str, tuple[str | None, bytes]] = {
    "nothing": (None, b""),
    "an empty form": (FORM, b""),
    "no content type": (None, b"Body=1"),
    "json": ("application/json", b'{"Body": "1"}'),
    "multipart": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: y\r\n\r\n"),
    "not utf-8": (FORM, b"Body=%ff%fe&From=\xff"),
    "nul": (FORM, b"Body=%00&From=%2B1"),
    "many fields": (FORM, b"&".join(b"a%d=1" % n for n in range(3_000))),
    "only separators": (FORM, b"&&&==&=&;;"),
    "too large": (FORM, b"Body=" + b"x" * 70_000),
    "a broken escape": (FORM, b"Body=%&From=%zz&MessageSid=%u1234"),
}


@pytest.mark.parametrize("path", [SMS, STATUS, STATUS + "?contact=%00", SMS + "?%ff"])
async def test_odd_forms_are_refused_and_never_break_anything(app: Real, path: str) -> None:
    before = await everything(app.service.database)
    for name, (media, body) in ODD_BODIES.items():
        headers = {"Content-Type": media} if media else {}
        for signature in (None, "", "x", "=" * 8_000, "é"):
            sent = dict(headers)
            if signature is not None:
                sent["X-Twilio-Signature"] = signature
            answer = await app.ask(
                "POST", path, data=body, headers=sent, key=None, skip_auto_headers=["Content-Type"]
            )
            assert 400 <= answer.status < 500, (name, signature, answer.status)
            if media != FORM and "%" not in path:  # what is no form is not signed
                assert answer.status == 403, name
            assert answer.media == "application/problem+json"
    assert await everything(app.service.database) == before


ODD_REPLIES: tuple[dict[str, str], ...] = (
    {"MessageSid": ""},
    {"From": ""},
    {"MessageSid": "S" * 9_000},
    {"From": "x" * 9_000},
    {"From": "whatsapp:+8613800138000"},
    {"From": "示例\n电信"},
    {"Body": ""},
    {"Body": "满" * 2_000},
    {"Body": "🙂‍🔥\u202e\ufeff" * 50},
    {"": "unnamed"},
    {"Body ": " spaces "},
)


async def test_odd_but_signed_replies_are_answered_or_refused(either: Real) -> None:
    for number, changes in enumerate(ODD_REPLIES):
        form = {**inbound("5", f"SM{number:032d}"), **changes}
        answer = await either.carrier(SMS, form)
        assert answer.status in (200, 400), changes
        if answer.status == 200:
            texts(answer)


async def test_odd_but_signed_receipts_are_taken(either: Real) -> None:
    path = callback(either)
    long = "9" * 5_000
    assert (await either.carrier(path, receipt("sent", long))).status == 204
    answer = await either.carrier(path, receipt("failed", long, ErrorCode=long))
    assert answer.status == 204
    assert (await contact(either, path)).state is ContactState.FAILED


async def test_a_query_is_signed_byte_for_byte_as_it_was_sent(
    asked: Real,
) -> None:
    path = SMS + "?campaign=" + quote("回访 1/2", safe="/")
    assert (await asked.carrier(path, inbound("1"))).status == 200


async def test_a_repeated_field_is_signed_once_as_the_carrier_does(asked: Real) -> None:
    form = [*inbound("1").items(), ("Body", "1"), ("Tag", "a"), ("Tag", "b")]
    signed = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + SMS, _Repeated([*form]))
    answer = await asked.ask(
        "POST",
        SMS,
        data=urlencode(form),
        headers={"Content-Type": FORM, "X-Twilio-Signature": signed},
        key=None,
    )
    assert answer.status == 200


class _Repeated(dict[str, str]):
    """A form that has more than one value of a name, as the library's validator reads one."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def getall(self, name: str) -> list[str]:
        return [value for each, value in self._pairs if each == name]
