"""The sandbox's parts that need no network."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta

import pytest
from twilio.request_validator import RequestValidator

from sandbox import asked, cloudevents, mailbox, seed, segments, signing, twiml, world
from sandbox.faults import MAX_FAULTS, Faults
from sandbox.server import preferred_language

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("请" * 70, 1),
        ("请" * 71, 2),
        ("请" * 134, 2),
        ("请" * 135, 3),
        ("a" * 71 + "’", 2),
        ("请" * 66 + "😀" + "请" * 66, 3),
    ],
)
def test_segments_are_counted_as_the_carrier_bills_them(text: str, parts: int) -> None:
    assert segments.count(text) == parts


@pytest.mark.parametrize(
    ("url", "fields"),
    [
        (
            "https://example.com/carriers/twilio/sms",
            {"Body": " 回T退订 ", "From": "+8613800138001"},
        ),
        ("http://127.0.0.1:8080/status?contact=a%2Fb&x=%E5%9B%9E", {"SmsStatus": "sent", "A": ""}),
    ],
)
def test_carrier_signatures_satisfy_the_carriers_own_validator(
    url: str, fields: dict[str, str]
) -> None:
    signature = signing.carrier_signature("token", url, fields)
    assert RequestValidator("token").validate(url, fields, signature)
    assert not RequestValidator("other").validate(url, fields, signature)


def test_a_webhook_is_believed_within_five_minutes_and_unchanged() -> None:
    headers = signing.webhook_headers(SECRET, "msg_1", b"{}", NOW)
    assert signing.webhook_fault(SECRET, headers, b"{}", NOW) is None
    for late in (timedelta(minutes=5), timedelta(minutes=-5)):
        assert signing.webhook_fault(SECRET, headers, b"{}", NOW + late) is None
        too_late = NOW + late * 2
        assert "too far" in (signing.webhook_fault(SECRET, headers, b"{}", too_late) or "")
    assert signing.webhook_fault(SECRET, headers, b"{ }", NOW)
    assert signing.webhook_fault(SECRET, {**headers, "webhook-id": "msg_2"}, b"{}", NOW)
    assert signing.webhook_fault(SECRET, {}, b"{}", NOW)


def test_twilio_markup_gives_its_messages_in_order() -> None:
    markup = (
        "<Response><Message to='+1'>one</Message><Say>no</Say><Message/>"
        "<Message action='/r?a=1&amp;b=2'><Body>two</Body></Message></Response>"
    )
    assert twiml.replies(markup, "http://127.0.0.1:1/carriers/twilio/sms") == [
        twiml.Reply(text="one", to="+1"),
        twiml.Reply(text="two", status_callback="http://127.0.0.1:1/r?a=1&b=2"),
    ]
    assert twiml.replies("", "http://127.0.0.1") == []


@pytest.mark.parametrize(
    "markup",
    [
        "<Response>",
        "<Other/>",
        "thanks",
        '<!DOCTYPE x [<!ENTITY a "b">]><Response><Message>&a;</Message></Response>',
        "<Response>" + " " * twiml.MAX_MARKUP + "</Response>",
    ],
)
def test_markup_that_cannot_be_trusted_is_refused(markup: str) -> None:
    with pytest.raises(twiml.MarkupError):
        twiml.replies(markup, "http://127.0.0.1")


def test_faults_are_used_up_oldest_first_and_are_bounded() -> None:
    faults = Faults()
    faults.add("carrier", "status", times=2, value=429)
    faults.add("carrier", "status", value=500)
    taken = [faults.take("carrier", "status") for _ in range(4)]
    assert [fault.value if fault else None for fault in taken] == [429, 429, 500, None]
    for _ in range(MAX_FAULTS):
        faults.add("desk", "status", times=None)
    with pytest.raises(ValueError, match="more than"):
        faults.add("desk", "status")
    faults.clear("carrier")
    assert len(faults.items()) == MAX_FAULTS
    faults.clear()
    assert faults.items() == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh-CN"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW, en;q=0.9", "zh-CN"),
        ("en;q=0.2, zh;q=0.7", "zh-CN"),
        ("fr, de;q=0.9, en;q=0.1", "en"),
        ("fr", "zh-CN"),
        ("en;q=x, *", "zh-CN"),
    ],
)
def test_the_page_speaks_the_language_that_the_browser_likes_best(
    header: str, language: str
) -> None:
    assert preferred_language(header) == language


@pytest.mark.parametrize(
    ("text", "found"),
    [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400), ("0s", 0), ("500ms", 0.5)],
)
def test_durations_are_read(text: str, found: float) -> None:
    assert asked.duration({"advance": text}, "advance").total_seconds() == found


@pytest.mark.parametrize("text", ["", "2", "-2h", "2H", "1h30m", "367d", "999999999d", "２h ", 2])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(asked.Unusable):
        asked.duration({"advance": text}, "advance")


def test_the_seeded_tickets_are_open_and_their_events_complete() -> None:
    kept = world.World()
    seed.sow(kept, NOW)
    locales = sorted(str(t.customer.locale)[:2] for t in kept.tickets.values())
    assert locales == ["en"] * 3 + ["zh"] * 3
    for ticket in kept.tickets.values():
        event = cloudevents.closed(ticket, "/tickets", NOW)
        assert event["data"]["customer"]["email"].endswith("@example.com")  # type: ignore[index]
        assert ticket.opened_at < NOW


def test_a_mail_in_a_broken_character_set_is_kept_all_the_same() -> None:
    raw = b"Subject: x\r\nContent-Type: text/plain; charset=no-such\r\n\r\nhello \xff\r\n"
    mail = mailbox.parse(raw, "A@Example.com", "", NOW)
    assert (mail.mailbox, mail.subject) == ("a@example.com", "x")
    assert mail.text.startswith("hello")


async def test_a_listener_that_does_not_read_still_hears_the_end() -> None:
    kept = world.World()
    queue = kept.listen()
    for _ in range(world.MAX_UNREAD_CHANGES + 5):
        kept.changed("message")
    kept.ending()
    async with asyncio.timeout(1):
        heard = [await queue.get() for _ in range(world.MAX_UNREAD_CHANGES)]
    assert heard[-1] is None
    for _ in range(world.MAX_LISTENERS - 1):
        kept.listen()
    with pytest.raises(OverflowError):
        kept.listen()
    kept.unlisten(queue)
    kept.listen()
