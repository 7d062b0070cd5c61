"""Connections to a mail server: used again, given up in time, and broken at every step."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from channels.accounts import Relay, Tls
from channels.envelope import Way, sender_of
from channels.errors import SendError, SendErrorKind
from channels.mail import MOST_CONNECTIONS, MOST_MAILS, SmtpMail
from channels.ports import Message
from huifang import probing
from huifang.rules import Rules
from huifang.settings import load
from kernel.vault import derived_id
from scheduler.clock import SystemClock
from tests.contracts.test_mail import MAILBOX, Refusing, message, relay, self_signed
from tests.fakes.outside import until

KEYS = (b"k" * 32,)
CONTACT = derived_id("c_", "42")


@dataclass
class Counted(Refusing):
    """A mail server's hooks that know of every connection, and what it was used for."""

    open: set[Any] = field(default_factory=set)
    made: int = 0
    most: int = 0
    senders: list[str] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.senders.append(address)
        return await super().handle_MAIL(server, session, envelope, address, options)


class Watched(SMTP):
    """A connection that its server counts."""

    def connection_made(self, transport: Any) -> None:
        counted: Counted = self.event_handler
        counted.open.add(self)
        counted.made += 1
        counted.most = max(counted.most, len(counted.open))
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.open.discard(self)
        super().connection_lost(error)


@asynccontextmanager
async def carrier(handler: Counted, **options: Any) -> AsyncIterator[SmtpMail]:
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return Watched(handler, loop=loop, hostname="mx.example.com", enable_SMTPUTF8=True)

    listening = await loop.create_server(protocol, "127.0.0.1", 0)
    mail = SmtpMail(relay(listening.sockets[0].getsockname()[1]), KEYS, **options)
    try:
        yield mail
    finally:
        await mail.close()
        listening.close()
        await listening.wait_closed()


async def test_a_server_that_must_speak_tls_from_the_first_byte_is_asked_who_it_is(
    tmp_path: Path,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    for told in (context, None):  # a certificate that nobody vouches for, and no TLS at all
        handler = Counted()
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(
            lambda kept=handler: Watched(kept, loop=asyncio.get_running_loop()),
            "127.0.0.1",
            0,
            ssl=told,
        )
        where = relay(listening.sockets[0].getsockname()[1], tls=Tls.IMPLICIT)
        with pytest.raises(SendError) as raised:
            await SmtpMail(where).send(message())
        listening.close()
        await listening.wait_closed()
        assert (raised.value.kind, raised.value.detail) == (
            SendErrorKind.CONFIGURATION,
            "certificate",
        )
        assert handler.seen == []


async def test_one_mail_after_another_takes_one_connection() -> None:
    handler = Counted()
    async with carrier(handler) as mail:
        for number in range(5):
            await mail.send(message(contact=f"c_{number}"))
    assert (handler.made, len(handler.mails)) == (1, 5)
    assert not handler.open


async def test_many_mails_at_once_take_a_few_connections() -> None:
    handler = Counted()
    async with carrier(handler) as mail:
        await asyncio.gather(*(mail.send(message(contact=f"c_{n}")) for n in range(30)))
    assert len(handler.mails) == 30
    assert handler.most <= handler.made <= MOST_CONNECTIONS


async def test_a_connection_carries_so_many_mails_and_no_more() -> None:
    handler = Counted()
    async with carrier(handler) as mail:
        for number in range(MOST_MAILS + 1):
            await mail.send(message(contact=f"c_{number}"))
    assert handler.made == 2


async def test_a_connection_that_the_server_closed_is_replaced() -> None:
    handler = Counted()
    async with carrier(handler) as mail:
        await mail.send(message())
        for each in list(handler.open):
            each.transport.close()
        await mail.send(message(contact="c_43"))
    assert (handler.made, len(handler.mails)) == (2, 2)


async def test_a_connection_that_nobody_uses_is_closed() -> None:
    handler = Counted()

    async def none_open() -> bool:
        return not handler.open

    async with carrier(handler, idle_for=timedelta(milliseconds=10)) as mail:
        await mail.send(message())
        await until(none_open, "the end of the connection")
        await mail.send(message(contact="c_43"))
    assert handler.made == 2


async def test_a_mail_that_is_refused_leaves_the_connection_to_the_next() -> None:
    handler = Counted(rcpt="550 5.1.1 No such user")
    async with carrier(handler) as mail:
        with pytest.raises(SendError):
            await mail.send(message())
        handler.rcpt, handler.data = "250 OK", "554 5.7.1 No"
        with pytest.raises(SendError):
            await mail.send(message())
        handler.data = "250 OK"
        await mail.send(message())
    assert (handler.made, len(handler.mails)) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("550 5.1.1 No such user", SendErrorKind.DEAD_ADDRESS),
        ("552 5.2.2 Mailbox full", SendErrorKind.LATER),
        ("452 4.2.2 Mailbox full", SendErrorKind.LATER),
    ],
)
async def test_a_mailbox_that_is_refused_after_the_data_is_refused_all_the_same(
    answer: str, kind: SendErrorKind
) -> None:
    async with carrier(Counted(data=answer)) as mail:
        with pytest.raises(SendError) as raised:
            await mail.send(message())
    assert raised.value.kind is kind


async def test_bounces_and_replies_name_the_contact_and_the_letter_has_both_its_forms() -> None:
    handler = Counted()
    async with carrier(handler) as mail:
        await mail.send(message(contact=CONTACT, html="<p>您好</p>"))
        sender = mail.sender
    assert sender == sender_of("示例电信 <care@survey.example.com>", KEYS)
    assert handler.senders == [sender.tagged(Way.BOUNCE, CONTACT)]
    found = message_from_bytes(handler.mails[0], policy=policy.default)
    assert found["Reply-To"] == sender.tagged(Way.REPLY, CONTACT)
    assert found["Message-ID"] == f"<{CONTACT}@survey.example.com>"
    assert found.get_content_type() == "multipart/alternative"
    plain, markup = found.iter_parts()
    assert plain.get_content().strip() == "您好，请评价。"
    assert markup.get_content().strip() == "<p>您好</p>"


@pytest.mark.parametrize(
    "to",
    [
        "no-at",
        '"a b"@example.com',
        "a@[127.0.0.1]",
        "a@b",
        "a\x0b@example.com",
        "",
        "a@exa mple.com",
        f"{'a' * 65}@example.com",
        "a@example.com, b@example.com",
    ],
)
async def test_a_mailbox_that_mail_cannot_go_to_as_it_is_is_refused_at_once(to: str) -> None:
    handler = Counted()
    async with carrier(handler) as mail:
        with pytest.raises(SendError) as raised:
            await mail.send(message(to=to))
    assert (raised.value.kind, raised.value.detail) == (
        SendErrorKind.DEAD_ADDRESS,
        "unusable mailbox",
    )
    assert handler.made == 0


@pytest.mark.parametrize("char", ["\r", "\n", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
async def test_no_control_reaches_a_header(char: str) -> None:
    handler = Counted()
    async with carrier(handler) as mail:
        for wanted in (
            message(subject=f"a{char}Bcc: x@y.test"),
            message(headers={"In-Reply-To": f"<a{char}b@c>"}),
        ):
            with pytest.raises(SendError) as raised:
                await mail.send(wanted)
            assert raised.value.kind is SendErrorKind.DEAD_ADDRESS
    assert handler.made == 0


async def test_a_domain_beyond_ascii_is_written_in_ascii() -> None:
    handler = Counted()
    async with carrier(handler) as mail:
        await mail.send(message(to="li@例子.example"))
    assert b"To: li@xn--fsqu00a.example" in handler.mails[0]


STEPS = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "end")
ANSWERS = {"EHLO": b"250 mx", "DATA": b"354 go on", "end": b"250 OK"}


@asynccontextmanager
async def breaking(step: str, how: str) -> AsyncIterator[Relay]:
    """A server that drops the connection, or falls silent, or takes leave, at a step."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk(reader, writer)
        writer.close()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for now in STEPS:
            if now == "end":
                await reader.readuntil(b"\r\n.\r\n")
            elif now != "greeting":
                await reader.readline()
            if now != step:
                writer.write(
                    (b"220 mx" if now == "greeting" else ANSWERS.get(now, b"250 OK")) + b"\r\n"
                )
                continue
            if how == "leaves":
                writer.write(b"421 4.3.2 closing\r\n")
            elif how == "silent":
                await over.wait()
            return

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    yield relay(port, timeout=timedelta(milliseconds=100))
    over.set()
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("how", ["drops", "silent", "leaves"])
async def test_only_once_the_data_began_may_a_mail_have_gone_out(step: str, how: str) -> None:
    async with breaking(step, how) as where:
        mail = SmtpMail(where)
        with pytest.raises(SendError) as raised:
            await mail.send(message())
        await mail.close()
    sure = step not in ("DATA", "end") or how == "leaves"
    assert raised.value.kind is (SendErrorKind.LATER if sure else SendErrorKind.AMBIGUOUS)
    assert raised.value.away
    assert MAILBOX not in f"{raised.value} {raised.value.detail}"


async def test_a_mail_to_several_goes_to_those_that_are_taken() -> None:
    handler = Counted()
    async with carrier(handler) as mail:
        await mail.send(Message(**_fields(message()), also=("b@example.com", "c@example.com")))
    assert handler.seen == ["MAIL", "RCPT", "RCPT", "RCPT", "DATA"]


def _fields(wanted: Message) -> dict[str, Any]:
    names = ("contact", "to", "text", "intended_at", "subject")
    return {name: getattr(wanted, name) for name in names}


async def test_a_check_speaks_to_a_secured_server_as_one_at_any_port() -> None:
    first = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first.set_result(await reader.read(1))
        writer.close()

    listening = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    environ = {
        "HUIFANG_SECRET_KEY": "of the tests",
        "HUIFANG_DATA_KEY": "a" * 43,
        "HUIFANG_SMTP_URL": f"smtps://127.0.0.1:{port}",
        "HUIFANG_MAIL_FROM": "care@example.test",
    }
    database = {"HUIFANG_DATABASE_URL"}
    async with listening:
        found = await probing.probe(load(environ), Rules(), SystemClock(), database)
    assert first.result() == b"\x16", "a handshake, not a wait for the server's greeting"
    assert found["smtp"].startswith(f"127.0.0.1:{port} does not answer")
