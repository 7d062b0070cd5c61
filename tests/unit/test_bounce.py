"""What an inbound mail is taken for, from mails as servers and programmes write them."""

from email.message import EmailMessage

import pytest

from channels import mime
from channels.bounce import Bounced, Came, Complained, Failure, Nothing, Said, identity, read
from channels.envelope import Sender, Way, named_in
from channels.quoting import own_words, text_of
from kernel.vault import derived_id

SENDER = Sender(mailbox="care@example.com", keys=(b"new" * 10, b"old" * 10))
CONTACT = derived_id("c_", "of a test")
BACK = SENDER.tagged(Way.BOUNCE, CONTACT)


def mail(text: str = "5", **headers: str) -> bytes:
    made = EmailMessage()
    for name, value in {"From": "Li <li@example.org>", "Subject": "Re: hello", **headers}.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def came(raw: bytes) -> Came:
    return read(raw, SENDER)


def said(raw: bytes) -> Said:
    found = came(raw)
    assert isinstance(found, Said), found
    return found


def bounced(raw: bytes) -> Bounced:
    found = came(raw)
    assert isinstance(found, Bounced), found
    return found


def dsn(
    status: str, *, action: str = "failed", diagnostic: str = "", media: str = "report"
) -> bytes:
    return f"""From: MAILER-DAEMON@mx.example.org
To: {BACK}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/{media}; report-type=delivery-status; boundary="x y"

--x y

sorry
--x y
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Fri, 20 Nov 2026 12:00:00 +0800

Final-Recipient: RFC822; Li@Example.org
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}
--x y--
""".encode()


@pytest.mark.parametrize(
    ("status", "diagnostic", "failure"),
    [
        ("5.1.1", "", Failure.HARD),
        ("5.1.10", "smtp; 550 5.1.10 null MX", Failure.HARD),
        ("5.2.1", "smtp; 550 5.2.1 disabled", Failure.HARD),
        ("5.4.4", "no host", Failure.HARD),
        ("5.0.0 (permanent failure)", "smtp; 550 No such user here", Failure.HARD),
        ("5.0.0", "smtp; 550 5.1.1 unknown", Failure.HARD),
        ("5.5.0", "smtp; 550 收件人邮箱不存在", Failure.HARD),
        ("5.2.2", "", Failure.FULL),
        ("4.2.2", "", Failure.FULL),
        ("5.0.0", "smtp; 552 mailbox quota exceeded", Failure.FULL),
        ("5.7.1", "smtp; 550 5.7.1 user unknown or blocked", Failure.POLICY),
        ("5.0.0", "smtp; 554 message looks like SPAM", Failure.POLICY),
        ("4.4.7", "smtp; 450 expired", Failure.SOFT),
        ("5.0.0", "", Failure.SOFT),
        ("nonsense", "", Failure.SOFT),
        ("", "", Failure.SOFT),
    ],
)
def test_a_status_says_whether_another_mail_may_ever_arrive(
    status: str, diagnostic: str, failure: Failure
) -> None:
    found = bounced(dsn(status, diagnostic=diagnostic))
    assert found.failure is failure
    assert found.traces.signed == (CONTACT,)
    assert found.traces.mailboxes == ("li@example.org",)


def test_a_status_is_read_in_a_mail_that_is_no_report_and_whatever_the_case_of_its_action() -> None:
    assert bounced(dsn("5.1.1", action="Failed", media="mixed")).failure is Failure.HARD
    assert bounced(dsn("4.4.1", action="DELAYED")).failure is Failure.DELAYED
    assert came(dsn("2.0.0", action="delivered")) == Nothing(reason="receipt")


@pytest.mark.parametrize(
    ("subject", "text", "failure"),
    [
        ("failure notice", "<li@example.org>:\n550 no such user\n", Failure.HARD),
        ("Mail delivery failed: returning", "SMTP error: 550 5.1.1 Unrouteable", Failure.HARD),
        ("Undeliverable: hello", "The recipient's mailbox is full", Failure.FULL),
        ("系统退信", "收件人邮箱已满", Failure.FULL),
        ("系统退信", "您的邮件被反垃圾策略限制", Failure.POLICY),
        ("Returned mail: see transcript", "I/O error", Failure.SOFT),
        ("Warning: message delayed", "it will be retried for 3 days", Failure.DELAYED),
        ("Mail System", "Delivery is delayed, we will keep trying", Failure.DELAYED),
    ],
)
def test_a_bounce_for_people_is_read_by_its_words(
    subject: str, text: str, failure: Failure
) -> None:
    if failure is Failure.DELAYED:
        subject = f"Delivery Status Notification (Delay) {subject}"
    original = f"{text}\n--- Below is a copy.\nReturn-Path: <{BACK}>\n"
    raw = mail(original, From="MAILER-DAEMON@mx.example.org", Subject=subject)
    found = bounced(raw)
    assert found.failure is failure
    assert found.traces.signed == (CONTACT,)


def test_a_bounce_names_the_mail_that_it_carries() -> None:
    inner = (
        f"Message-ID: {SENDER.message_id(CONTACT).upper()}\nSubject: =?gb2312?B?xOO6ww==?=\n\nhi"
    )
    raw = dsn("5.1.1").replace(BACK.encode(), b"care@example.com")
    raw = raw.replace(
        b"--x y--", f"--x y\nContent-Type: message/rfc822\n\n{inner}\n--x y--".encode()
    )
    found = bounced(raw)
    assert (found.traces.signed, found.traces.named) == ((), (CONTACT,))


def test_a_person_who_writes_of_a_bounce_is_a_person() -> None:
    found = said(mail("Your mail came back: delivery failed. 2", Subject="delivery failed"))
    assert not found.automatic


REPORT = f"""From: abuse@example.net
To: care@example.com
Subject: FW: hello
Content-Type: multipart/report; report-type="feedback-report"; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
Version: 1
Original-Rcpt-To: <li@example.org>

--b
Content-Type: message/rfc822

Return-Path: <{BACK.upper()}>
Message-ID: {SENDER.message_id(CONTACT)}

hi
--b--
""".encode()


def test_a_feedback_report_is_a_complaint_about_the_mail_it_carries() -> None:
    found = came(REPORT)
    assert isinstance(found, Complained)
    assert found.traces.signed == (CONTACT,)
    assert found.traces.mailboxes == ("li@example.org",)
    assert came(REPORT.replace(b"abuse\nVer", b"not-spam\nVer")) == Nothing(reason="not spam")


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; x=y"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "1"},
        {"X_Auto_Response_Suppress": "All"},
        {"Precedence": "auto_reply"},
        {"Precedence": "Bulk"},
        {"Return_Path": "<>"},
        {"List_Id": "<a.example.org>"},
        {"Subject": "自动回复: 你好"},
        {"Subject": "回复：自动回复 您好"},
        {"Subject": "Automatic reply: hello"},
        {"Subject": "Out of Office: hello"},
        {"Subject": "=?utf-8?b?6Ieq5Yqo5Zue5aSN?="},
        {"From": "postmaster@example.org"},
    ],
)
def test_a_machine_s_answer_is_known_by_its_marks(headers: dict[str, str]) -> None:
    assert said(mail("5", **headers)).automatic


@pytest.mark.parametrize("text", ["I am out of the office until Monday.", "自动回复：我在休假"])
def test_a_machine_s_answer_is_known_by_its_words(text: str) -> None:
    assert said(mail(text)).automatic


@pytest.mark.parametrize("headers", [{}, {"Auto_Submitted": "no"}, {"Precedence": "first-class"}])
def test_a_person_is_none(headers: dict[str, str]) -> None:
    found = said(mail("5", To=SENDER.tagged(Way.REPLY, CONTACT), **headers))
    assert (found.automatic, found.sender, found.text) == (False, "li@example.org", "5")
    assert found.traces.signed == (CONTACT,)


@pytest.mark.parametrize("name", ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"])
def test_a_tag_is_found_wherever_a_server_leaves_it(name: str) -> None:
    box = SENDER.tagged(Way.REPLY, CONTACT).upper()
    assert said(mail(**{name: f"Demo <{box}>"})).traces.signed == (CONTACT,)


def test_the_mail_answered_comes_before_those_before_it() -> None:
    first, last, other = (derived_id("c_", name) for name in ("1", "2", "3"))
    ids = {name: SENDER.message_id(name) for name in (first, last, other)}
    raw = mail(In_Reply_To=ids[other], References=f"{ids[first]} <x@y> {ids[last]}")
    assert said(raw).traces.named == (other, last, first)


def test_tags_are_of_one_way_one_contact_and_any_of_our_keys() -> None:
    older = Sender(mailbox=SENDER.mailbox, keys=SENDER.keys[1:])
    assert SENDER.contact_of(older.tagged(Way.BOUNCE, CONTACT)) == CONTACT
    assert older.contact_of(BACK) is None
    assert SENDER.contact_of(BACK.replace("+b", "+r")) is None
    assert SENDER.contact_of(BACK.replace(CONTACT[2:8], "aaaaaa")) is None
    assert SENDER.contact_of("care@example.com") is None
    local = BACK.partition("@")[0]
    assert len(local) <= 64
    assert BACK.lower() == BACK


def test_a_sender_without_room_or_key_writes_as_itself() -> None:
    long = Sender(mailbox=f"{'a' * 21}@example.com", keys=SENDER.keys)
    assert long.tagged(Way.REPLY, CONTACT) == long.mailbox
    assert Sender(mailbox="a@b.test").tagged(Way.REPLY, CONTACT) == "a@b.test"
    assert SENDER.tagged(Way.REPLY, "n_1.2") == SENDER.mailbox
    assert (
        Sender(mailbox=f"{'a' * 20}@b.test", keys=SENDER.keys).tagged(Way.REPLY, CONTACT)[20] == "+"
    )


def test_an_id_is_the_same_for_each_copy_of_a_mail() -> None:
    one = mail(Message_ID="<1@example.org>")
    assert identity(one) == identity(b"Received: by another way\n" + one)
    assert identity(one) != identity(mail(Message_ID="<2@example.org>"))
    assert identity(mail("a")) != identity(mail("b"))
    assert identity(mail("a")) == identity(mail("a"))


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("gb18030", "满意，谢谢"),
        ("gb2312", "一般"),
        ("big5", "滿意"),
        ("utf-16", "5"),
        ("x-no", "5"),
    ],
)
@pytest.mark.parametrize("coding", ["8bit", "base64", "quoted-printable"])
def test_words_are_read_in_whatever_they_are_written(charset: str, text: str, coding: str) -> None:
    raw = text.encode("utf-8" if charset == "x-no" else charset)
    made = EmailMessage()
    made.set_content(raw, "application", "octet-stream", cte="base64")
    if coding == "base64":
        body = made.get_payload().encode()  # type: ignore[union-attr]
    elif coding == "quoted-printable":
        body = "".join(f"={octet:02X}" for octet in raw).encode()
    else:
        body = raw
    head = f"From: a@b.test\nContent-Type: text/plain; charset={charset}\n"
    head += f"Content-Transfer-Encoding: {coding}\n\n"
    assert said(head.encode() + body).text == text


def test_headers_without_any_encoding_are_read_too() -> None:
    raw = "Subject: 退订\nFrom: 李 <a@b.test>\n\n".encode("gb18030")
    assert said(raw).text == "退订"


def test_the_html_is_read_where_there_is_no_plain_text() -> None:
    markup = "<style>p{}</style><p>4 分<br>谢谢</p><blockquote>1</blockquote>"
    raw = f"From: a@b.test\nContent-Type: text/html; charset=utf-8\n\n{markup}".encode()
    assert said(raw).text == "4 分\n谢谢"
    raw = mail("5").replace(b"text/plain", b"text/x-calendar")
    assert said(raw).text == ""


def test_stop_is_the_whole_message_whoever_signs_below_it() -> None:
    assert said(mail("STOP\n\nKind regards\nLi")).text == "STOP"
    assert said(mail("退订\n李建国\n")).text == "退订"
    assert said(mail("", Subject="退订")).text == "退订"
    assert said(mail("", Subject="Re: 退订")).text == ""


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("5\n\nOn Fri, Nov 20, 2026 at 12:00 Demo <care@example.com> wrote:\n> 1", "5"),
        ("5\n\nOn Fri, Nov 20, 2026 at 12:00 PM Demo\n<care@example.com> wrote:\n\n> 1", "5"),
        ('4\n\n在 2026-11-20 12:00:00，"示例" <care@example.com> 写道：\n\n1', "4"),
        ("3\n\n李 <a@b.test> 于2026年11月20日周五 12:00写道：\n\n> 1", "3"),
        ("5\n\n---原始邮件---\n发件人: a\n", "5"),
        ("5\n\n------------------ 原始邮件 ------------------\n发件人: a;\n发送时间: b", "5"),
        ("5\n-----Original Message-----\nFrom: a", "5"),
        ("2\n\nFrom: Demo <a@b.test>\nSent: Friday\nTo: me\n\n1", "2"),
        ("2\n\n发件人: Demo <a@b.test>\n发送时间: 2026年\n收件人: me\n\n1", "2"),
        ("2\n\n________________________________\n发件人: Demo", "2"),
        ('2\n\nAt 2026-11-20 12:00:00, "Demo" <care@example.com> wrote:\n1', "2"),
        ("> 请评价\n> 1-5\n\n5", "5"),
        ("On Fri, Nov 20, 2026, Demo <a@b.test> wrote:\n> 1\n\n5 good", "5 good"),
        ("On Fri, Nov 20, 2026, Demo <a@b.test> wrote:\n\n1", ""),
        ("5\n\n发自我的iPhone", "5"),
        ("5\nSent from my iPhone", "5"),
        ("5\n-- \n李建国 13800138000", "5"),
        ("5\n\n李建国\n示例有限公司\n手机 13800138000", "5"),
        ("5\n\nBest regards,\nLi", "5"),
        ("4 on the whole. I wrote: bad before", "4 on the whole. I wrote: bad before"),
        ("师傅2026-11-20来过，很好，5分", "师傅2026-11-20来过，很好，5分"),
        ("from: here on it was good\n5", "from: here on it was good\n5"),
        ("", ""),
    ],
)
def test_a_customer_s_own_words_end_where_the_quotation_or_the_signature_begins(
    text: str, own: str
) -> None:
    assert own_words(text) == own
    assert own_words(text.replace("\n", "\r\n")) == own


def test_the_text_of_html_ends_at_the_quotation_of_each_programme() -> None:
    for quote in (
        '<div class="gmail_quote">1</div>',
        "<blockquote>1</blockquote>",
        '<div id="divRplyFwdMsg">1',
        '<div id="isReplyContent">1',
        '<includetail></includetail><div class="qmQuote">1',
    ):
        assert text_of(f"<html><head><title>9</title></head><div>5</div>{quote}") == "5"
    assert text_of("a &lt; b &amp; c") == "a < b & c"


def test_a_mail_within_mails_is_opened_to_a_depth_and_no_further() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2_000)
    )
    assert sum(1 for _ in mime.read(deep).walk()) < 12
    wide = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 2_000
    assert sum(1 for _ in mime.read(wide).walk()) <= 65
    assert named_in("no") == ()
