"""The sandbox's mailboxes: a letter shown as it is meant, and what its owner sends back."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from sandbox import mailbox
from tests.http.outside import Outside, Start, start

__all__ = ["start"]

HTML = "<html><head><title>x</title></head><body><script>1</script><p>您好</p></body></html>"


@pytest.fixture
async def outside(start: Start) -> Outside:
    """With one letter in a mailbox."""
    found = await start(api_key="key-of-the-gateway")
    mail = EmailMessage()
    mail["From"], mail["To"] = "示例电信 <care@example.com>", "emma.clarke@example.com"
    mail["Reply-To"], mail["Subject"] = "care+reply@example.com", "服务评价"
    mail["Message-ID"] = "<c_1@example.com>"
    mail.set_content("请评价\n5 好\n")
    mail.add_alternative(HTML, subtype="html")
    box, at = "emma.clarke@example.com", found.clock[0]
    found.world.add_mail(mailbox.parse(mail.as_bytes(), box, "care+bounce@example.com", at))
    return found


def letter(outside: Outside) -> str:
    return outside.world.mails[-1].id


async def test_a_letter_is_shown_where_nothing_in_it_can_run(outside: Outside) -> None:
    async with outside.http.get(f"{outside.url}/api/mails/{letter(outside)}/letter") as answer:
        page, rule = await answer.text(), answer.headers["Content-Security-Policy"]
    assert '<head><base target="_blank">' in page
    assert "<p>您好</p>" in page
    assert "default-src 'none'" in rule
    assert "sandbox allow-popups" in rule
    assert "script" not in rule
    _, state = await outside.api("GET", "state")
    shown = [mail for box in state["mailboxes"] for mail in box["mails"]]
    assert [mail["has_html"] for mail in shown] == [True]
    assert (await outside.api("GET", "mails/nobody/letter"))[0] == 404


async def test_a_reply_goes_to_the_gateway_as_a_mail_programme_writes_it(outside: Outside) -> None:
    status, said = await outside.api("POST", f"mails/{letter(outside)}/reply", {"text": "5"})
    assert (status, said["taken"]) == (200, {"id": "m_1", "kind": "reply"})
    [(key, raw)] = outside.product.mails
    assert key == "Bearer key-of-the-gateway"
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["From"], mail["To"]) == ("emma.clarke@example.com", "care+reply@example.com")
    assert mail["In-Reply-To"] == "<c_1@example.com>"
    assert mail["Auto-Submitted"] is None
    lines = mail.get_content().splitlines()
    assert lines[0] == "5"
    assert "> 请评价" in lines
    away = {"text": "我在休假", "automatic": True}
    await outside.api("POST", f"mails/{letter(outside)}/reply", away)
    mail = message_from_bytes(outside.product.mails[1][1], policy=policy.default)
    assert mail["Auto-Submitted"] == "auto-replied"


async def test_a_bounce_and_a_complaint_go_to_where_the_envelope_came_from(
    outside: Outside,
) -> None:
    await outside.api("POST", f"mails/{letter(outside)}/bounce", {"status": "5.2.2"})
    await outside.api("POST", f"mails/{letter(outside)}/complain")
    bounce, complaint = (
        message_from_bytes(raw, policy=policy.default) for _, raw in outside.product.mails
    )
    assert bounce["To"] == "care+bounce@example.com"
    assert bounce["Return-Path"] == "<>"
    kinds = [part.get_content_type() for part in bounce.iter_parts()]
    assert kinds == ["text/plain", "message/delivery-status", "text/rfc822-headers"]
    assert b"Status: 5.2.2" in outside.product.mails[0][1]
    assert complaint.get_param("report-type") == "feedback-report"
    assert b"Original-Mail-From: <care+bounce@example.com>" in outside.product.mails[1][1]


async def test_what_makes_no_sense_is_refused_and_sends_nothing(outside: Outside) -> None:
    path = f"mails/{letter(outside)}"
    assert (await outside.api("POST", f"{path}/bounce", {"status": "2.0.0"}))[0] == 400
    assert (await outside.api("POST", f"{path}/reply", {"text": " "}))[0] == 400
    assert (await outside.api("POST", "mails/nobody/reply", {"text": "5"}))[0] == 404
    assert outside.product.mails == []
