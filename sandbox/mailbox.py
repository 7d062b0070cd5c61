"""The mail server of the outside world: takes what is sent to anyone and keeps it by recipient."""

import asyncio
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.world import Mail, World

HOSTNAME = "sandbox.example.com"
MAX_MAIL_BYTES = 1_000_000
MAX_RECIPIENTS = 50
MAX_LINKS = 50
_LINK = re.compile(r"https?://[^\s<>\"'()（），。、；]+")


class _Handler:
    """The server's hooks, named as the SMTP library wants them."""

    def __init__(self, kept: World, now: Callable[[], datetime]) -> None:
        self._world = kept
        self._now = now

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take any address, up to the most that one mail may have."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail in every recipient's mailbox."""
        faults = self._world.faults
        number = envelope.rcpt_tos[0].lower()
        if latency := faults.take("mailbox", "latency", number):
            await asyncio.sleep(latency.value / 1000)
        if status := faults.take("mailbox", "status", number):
            return f"{status.value} Not taken, as ordered"
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        for address in envelope.rcpt_tos:
            self._world.add_mail(parse(raw, address, envelope.mail_from or "", self._now()))
        if faults.take("mailbox", "drop_after_accept", number) and server.transport is not None:
            server.transport.close()
        return "250 2.0.0 OK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A running mail server."""

    port: int
    server: asyncio.Server

    async def close(self) -> None:
        """Take no more mail."""
        self.server.close()
        await self.server.wait_closed()


async def start(
    kept: World, *, host: str = "127.0.0.1", port: int = 0, now: Callable[[], datetime]
) -> Mailbox:
    """Listen for mail; port 0 takes a free one."""
    loop = asyncio.get_running_loop()
    handler = _Handler(kept, now)

    def protocol() -> SMTP:
        return SMTP(
            handler,
            loop=loop,
            hostname=HOSTNAME,
            data_size_limit=MAX_MAIL_BYTES,
            enable_SMTPUTF8=True,
        )

    # The library's own Controller cannot listen on port 0.
    server = await loop.create_server(protocol, host, port)
    return Mailbox(port=server.sockets[0].getsockname()[1], server=server)


def parse(raw: bytes, mailbox: str, envelope_from: str, at: datetime) -> Mail:
    """Return one mail as it lies in one mailbox."""
    message = message_from_bytes(raw, policy=policy.default)
    text, html = _part(message, "plain"), _part(message, "html")
    links = dict.fromkeys(_LINK.findall(text) + _LINK.findall(html.replace("&amp;", "&")))
    return Mail(
        id=f"M-{uuid.uuid4().hex[:12]}",
        at=at,
        mailbox=mailbox.lower(),
        envelope_from=envelope_from,
        sender=str(message.get("From", envelope_from)),
        subject=str(message.get("Subject", "")),
        message_id=str(message.get("Message-ID", "")).strip(),
        headers=tuple((name, str(value)) for name, value in message.items()),
        text=text,
        html=html,
        links=tuple(links)[:MAX_LINKS],
        raw=raw.decode(errors="replace"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    if body is None:
        return ""
    try:
        content = body.get_content()
    except (LookupError, UnicodeError):
        payload = body.get_payload(decode=True)
        content = payload.decode(errors="replace") if isinstance(payload, bytes) else ""
    return content if isinstance(content, str) else ""
