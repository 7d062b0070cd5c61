"""Mail over SMTP to real servers: what arrives, and what each refusal means."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.accounts import Relay, Tls
from channels.errors import SendError, SendErrorKind
from channels.mail import SmtpMail
from channels.model import Address, Channel, Person, Words
from channels.ports import Message
from channels.render import Brand, Render
from huifang.paths import templates
from tests.e2e.stack import free_port
from tests.fakes.outside import Outside, outside

MAILBOX = "li.jianguo@example.com"
AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@dataclass
class Refusing:
    """The hooks of a mail server: what it answers to a recipient and to a mail."""

    rcpt: str = "250 2.1.5 OK"
    data: str = "250 2.0.0 OK"
    mail: str = "250 2.1.0 OK"
    silent: bool = False
    seen: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.seen.append("MAIL")
        envelope.mail_from = address
        return self.mail

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.seen.append("RCPT")
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.seen.append("DATA")
        if self.silent:
            await asyncio.Event().wait()
        if self.data.startswith("2"):
            self.mails.append(envelope.content or b"")
        return self.data


@asynccontextmanager
async def server(handler: Refusing, **options: Any) -> AsyncIterator[Relay]:
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(handler, loop=loop, hostname="mx.example.com", **options)

    listening = await loop.create_server(protocol, "127.0.0.1", 0)
    try:
        yield relay(listening.sockets[0].getsockname()[1])
    finally:
        listening.close()
        await listening.wait_closed()


def relay(port: int, **changes: Any) -> Relay:
    found = Relay(
        host="127.0.0.1",
        port=port,
        sender="示例电信 <care@survey.example.com>",
        tls=Tls.NEVER,
        timeout=timedelta(seconds=5),
    )
    return replace(found, **changes)


def message(**changes: Any) -> Message:
    found = Message(
        contact="c_42", to=MAILBOX, text="您好，请评价。\n", intended_at=AT, subject="请评价服务"
    )
    return replace(found, **changes)


async def failing(where: Relay, wanted: Message | None = None) -> SendError:
    with pytest.raises(SendError) as raised:
        await SmtpMail(where).send(wanted or message())
    assert MAILBOX not in f"{raised.value} {raised.value.detail}"
    return raised.value


@pytest.fixture
async def world() -> AsyncIterator[Outside]:
    async with outside() as found:
        yield found


async def test_a_letter_arrives_with_its_text_its_subject_and_its_headers(world: Outside) -> None:
    words = Words(
        text="工单T-1001已处理，请评价本次服务",
        locale="zh-CN",
        link="https://survey.example.com/s/token",
        unsubscribe="https://survey.example.com/p/token",
    )
    address = Address(channel=Channel.EMAIL, value=MAILBOX, index=b"x")
    rendered = Render(templates=templates(), brand=Brand()).message(
        words, address, Person(source="/tickets", id="C-2", name="李建国")
    )
    wanted = message(
        text=rendered.text, subject=rendered.subject, headers=dict(rendered.headers or {})
    )
    said = await SmtpMail(relay(world.smtp_port)).send(wanted)
    [mail] = world.world.mails
    assert mail.mailbox == MAILBOX
    assert mail.text.splitlines() == rendered.text.splitlines()
    assert "工单T-1001已处理" in mail.text
    assert mail.subject == rendered.subject
    assert mail.envelope_from == "care@survey.example.com"
    assert mail.sender == "示例电信 <care@survey.example.com>"
    assert mail.message_id == said.carrier_id == "<c_42@survey.example.com>"
    headers = dict(mail.headers)
    assert headers["To"] == MAILBOX
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "All"
    assert headers["List-Unsubscribe"] == "<https://survey.example.com/p/token>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parsedate_to_datetime(headers["Date"]) == AT


async def test_a_mail_sent_again_has_the_same_message_id_and_another_contact_another(
    world: Outside,
) -> None:
    mail = SmtpMail(world.relay)
    first, again = await mail.send(message()), await mail.send(message(text="又一次"))
    other = await mail.send(message(contact="c_43"))
    assert first == again
    assert other != first
    ids = [each.message_id for each in world.world.mails]
    assert ids == [first.carrier_id, first.carrier_id, other.carrier_id]


@pytest.mark.parametrize(
    ("answer", "kind", "retryable"),
    [
        ("550 5.1.1 No such user", SendErrorKind.DEAD_ADDRESS, False),
        ("553 Bad destination", SendErrorKind.DEAD_ADDRESS, False),
        ("450 4.2.0 Greylisted", SendErrorKind.LATER, True),
        ("451 4.3.0 Try again", SendErrorKind.LATER, True),
        ("552 5.2.2 Mailbox full", SendErrorKind.LATER, True),
        ("550 5.7.1 Your network is not welcome", SendErrorKind.CONFIGURATION, True),
    ],
)
async def test_a_refused_recipient_is_dead_or_put_off(
    answer: str, kind: SendErrorKind, retryable: bool
) -> None:
    handler = Refusing(rcpt=answer)
    async with server(handler) as where:
        error = await failing(where)
    assert (error.kind, error.code, error.retryable) == (kind, answer[:3], retryable)
    assert "DATA" not in handler.seen


@pytest.mark.parametrize(
    ("hook", "answer", "kind"),
    [
        ("mail", "451 4.3.0 Busy", SendErrorKind.LATER),
        ("mail", "530 5.7.0 Authentication required", SendErrorKind.CONFIGURATION),
        ("data", "452 4.3.1 No room", SendErrorKind.LATER),
        ("data", "554 5.7.1 Looks like spam", SendErrorKind.CONFIGURATION),
    ],
)
async def test_a_refused_sender_or_mail_is_not_the_mailbox_s_fault(
    hook: str, answer: str, kind: SendErrorKind
) -> None:
    handler = Refusing(**{hook: answer})  # type: ignore[arg-type]
    async with server(handler) as where:
        error = await failing(where)
    assert (error.kind, error.code) == (kind, answer[:3])
    assert handler.mails == []


async def test_a_server_that_is_gone_has_surely_not_taken_it() -> None:
    assert (await failing(relay(free_port()))).kind is SendErrorKind.LATER


async def test_a_server_that_hangs_up_or_says_nothing_at_first_has_surely_not_taken_it() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    over = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    for behaviour in (hang_up, say_nothing):
        listening = await asyncio.start_server(behaviour, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        error = await failing(relay(port, timeout=timedelta(milliseconds=200)))
        assert (error.kind, error.retryable) == (SendErrorKind.LATER, True)
        over.set()
        listening.close()
        await listening.wait_closed()


async def test_a_connection_lost_after_the_data_may_have_been_taken(world: Outside) -> None:
    world.fault("mailbox", "drop_after_accept")
    error = await failing(relay(world.smtp_port))
    assert error.kind is SendErrorKind.AMBIGUOUS
    assert len(world.world.mails) == 1


async def test_a_server_that_is_silent_after_the_data_may_have_taken_it() -> None:
    handler = Refusing(silent=True)
    async with server(handler) as where:
        error = await failing(replace(where, timeout=timedelta(milliseconds=200)))
    assert error.kind is SendErrorKind.AMBIGUOUS
    assert handler.seen[-1] == "DATA"


async def test_a_mail_server_keeps_no_list_so_nothing_is_ever_proven(world: Outside) -> None:
    with pytest.raises(SendError) as raised:
        await SmtpMail(world.relay).find(message(), frozenset())
    assert raised.value.kind is SendErrorKind.AMBIGUOUS
    assert not raised.value.retryable


async def test_encryption_that_is_required_but_not_offered_is_for_the_operator() -> None:
    handler = Refusing()
    async with server(handler) as where:
        error = await failing(replace(where, tls=Tls.REQUIRED))
        assert (error.kind, error.retryable) == (SendErrorKind.CONFIGURATION, True)
        assert handler.seen == []
        await SmtpMail(replace(where, tls=Tls.OPTIONAL)).send(message())
    assert len(handler.mails) == 1


async def test_a_login_that_the_server_does_not_offer_is_for_the_operator() -> None:
    handler = Refusing()
    async with server(handler) as where:
        error = await failing(replace(where, user="huifang", password="secret"))
    assert error.kind is SendErrorKind.CONFIGURATION
    assert handler.seen == []


async def test_a_login_that_is_refused_is_for_the_operator() -> None:
    handler = Refusing()
    options = {"auth_require_tls": False, "authenticator": lambda *_: False}
    async with server(handler, **options) as where:
        error = await failing(replace(where, user="huifang", password="secret"))
    assert (error.kind, error.code) == (SendErrorKind.CONFIGURATION, "535")
    assert "secret" not in f"{error} {error.detail}"
    assert handler.seen == []


async def test_a_certificate_that_nobody_vouches_for_is_for_the_operator(tmp_path: Path) -> None:
    handler = Refusing()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    async with server(handler, tls_context=context) as where:
        error = await failing(replace(where, tls=Tls.REQUIRED))
    assert (error.kind, error.detail) == (SendErrorKind.CONFIGURATION, "certificate")
    assert handler.seen == []


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.example.com")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    coded = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "mx.pem"
    path.write_bytes(coded + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "a@example.com\r\nRCPT TO:<b@example.com>"},
        {"to": "a@example.com\nBcc: b@example.com"},
        {"subject": "hello\r\nBcc: b@example.com"},
        {"headers": {"List-Unsubscribe": "<https://x>\r\nBcc: b@example.com"}},
    ],
)
async def test_a_line_break_in_an_address_or_a_header_is_refused_before_anything_is_sent(
    changes: dict[str, Any],
) -> None:
    connections = 0

    async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.close()

    listening = await asyncio.start_server(count, "127.0.0.1", 0)
    where = relay(listening.sockets[0].getsockname()[1])
    error = await failing(where, message(**changes))
    listening.close()
    await listening.wait_closed()
    assert (error.kind, error.retryable) == (SendErrorKind.DEAD_ADDRESS, False)
    assert connections == 0


async def test_a_mailbox_beyond_ascii_needs_a_relay_that_can() -> None:
    handler = Refusing()
    wanted = message(to="李@例子.example")
    async with server(handler) as where:
        error = await failing(where, wanted)
        assert (error.kind, error.retryable) == (SendErrorKind.DEAD_ADDRESS, False)
        assert handler.mails == []
    async with server(handler, enable_SMTPUTF8=True) as where:
        await SmtpMail(where).send(wanted)
    assert len(handler.mails) == 1
