"""Sends mail over SMTP, by a few connections that are used again and again."""

import asyncio
import ssl
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime

import aiosmtplib
import structlog

from channels.accounts import Relay, Tls
from channels.envelope import Way, sender_of
from channels.errors import SendError, SendErrorKind
from channels.lettering import write
from channels.ports import Accepted, Message
from kernel import addresses

log = structlog.get_logger("channels")

MOST_CONNECTIONS = 8
MOST_MAILS = 100
"""Mails over one connection; relays end those that never end."""

IDLE_FOR = timedelta(seconds=30)
"""How long a connection is kept that nobody uses; relays close theirs after minutes."""

_STARTTLS = {Tls.IMPLICIT: False, Tls.NEVER: False, Tls.REQUIRED: True, Tls.OPTIONAL: None}
_REFUSED, _TAKEN, _SERVICE_ENDS = 500, 250, 421
_GONE = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, TimeoutError, OSError)
_UNFIT = frozenset({"Cc", "Cs", "Zl", "Zp"})  # what a header never holds: controls, line breaks


@dataclass(slots=True)
class _Line:
    """A connection, how many mails it has carried, and when it was put by."""

    client: aiosmtplib.SMTP
    carried: int = 0
    idle_since: float = 0.0


class SmtpMail:
    """A mail carrier; it keeps no list, so what is unknown there stays unknown.

    `keys` sign the mailboxes by which bounces and replies name their contact; without them both
    come to the sender's plain mailbox.
    """

    def __init__(
        self, relay: Relay, keys: Sequence[bytes] = (), idle_for: timedelta = IDLE_FOR
    ) -> None:
        self._relay = relay
        self._idle_for = idle_for.total_seconds()
        self.sender = sender_of(relay.sender, keys)
        self._idle: list[_Line] = []
        self._room = asyncio.Semaphore(MOST_CONNECTIONS)
        self._tidying: asyncio.TimerHandle | None = None

    async def send(self, message: Message) -> Accepted:
        """Hand the mail over; see `channels.ports.Carrier`."""
        boxes = [_mailbox(each) for each in (message.to, *message.also)]
        mail = self._mail(message, boxes)
        async with self._room:
            line = await self._line()
            kept = False
            try:
                refused = await self._carry(line, message.contact, boxes, mail)
                kept = True
            except SendError as fault:
                # A mail that was refused says nothing against the connection; RSET will tell.
                kept = not fault.away
                raise
            finally:
                self._put_by(line, kept=kept)
        if refused:
            log.warning("mail.refused_in_part", contact=message.contact, mailboxes=refused)
        return Accepted(carrier_id=self.sender.message_id(message.contact))

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        """Nothing can be proven about a mail; see `channels.ports.Carrier`."""
        raise SendError(SendErrorKind.AMBIGUOUS, retryable=False, detail="mail keeps no list")

    async def close(self) -> None:
        """Take leave of the relay on every connection that is idle."""
        if self._tidying is not None:
            self._tidying.cancel()
        while self._idle:
            client = self._idle.pop().client
            try:
                await client.quit(timeout=1)
            except (aiosmtplib.SMTPException, *_GONE):
                pass
            finally:
                client.close()

    async def _line(self) -> _Line:
        """A connection that answers: one put by, else a new one."""
        while self._idle:
            line = self._idle.pop()
            try:
                # It also forgets whatever an earlier mail left behind.
                await line.client.rset()
            except (aiosmtplib.SMTPException, *_GONE):
                line.client.close()
                continue
            return line
        return _Line(await self._connected())

    async def _connected(self) -> aiosmtplib.SMTP:
        relay = self._relay
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.user,
            password=relay.password,
            use_tls=relay.tls is Tls.IMPLICIT,
            start_tls=_STARTTLS[relay.tls],
            timeout=relay.timeout.total_seconds(),
        )
        try:
            await client.connect()
        except BaseException as fault:
            client.close()
            if isinstance(fault, Exception):
                raise _unconnected(fault) from fault
            raise
        return client

    def _put_by(self, line: _Line, *, kept: bool) -> None:
        line.carried += 1
        if not kept or line.carried >= MOST_MAILS or not line.client.is_connected:
            line.client.close()
            return
        loop = asyncio.get_running_loop()
        line.idle_since = loop.time()
        self._idle.append(line)
        if self._tidying is None:
            self._tidying = loop.call_later(self._idle_for, self._tidy)

    def _tidy(self) -> None:
        """Close what nobody has used for long, and look again while there is anything."""
        loop = asyncio.get_running_loop()
        long_ago = loop.time() - self._idle_for
        for line in [each for each in self._idle if each.idle_since <= long_ago]:
            self._idle.remove(line)
            line.client.close()
        again = min((each.idle_since - long_ago for each in self._idle), default=None)
        self._tidying = None if again is None else loop.call_later(again, self._tidy)

    async def _carry(self, line: _Line, contact: str, boxes: Sequence[str], mail: bytes) -> int:
        """One mail over a connection; how many of its mailboxes were refused where some were not.

        Until its data are on their way it surely was not sent, whatever happens.
        """
        client, back = line.client, self.sender.tagged(Way.BOUNCE, contact)
        wide = not all(each.isascii() for each in (*boxes, back))
        options, encoding = (["SMTPUTF8"], "utf-8") if wide else ([], "ascii")
        refused: list[SendError] = []
        try:
            if wide:
                await client.noop()  # which greets the relay first, and so hears what it can
                if not client.supports_extension("smtputf8"):
                    raise _unusable("no SMTPUTF8")
            await client.mail(back, options=options, encoding=encoding)
            for box in boxes:
                try:
                    await client.rcpt(box, encoding=encoding)
                except aiosmtplib.SMTPRecipientRefused as fault:
                    refused.append(_refused(fault.code, fault.message))
        except aiosmtplib.SMTPSenderRefused as fault:
            raise _turned_down(fault.code, "sender refused") from fault
        except (aiosmtplib.SMTPException, *_GONE) as fault:
            raise SendError(
                SendErrorKind.LATER, retryable=True, detail=type(fault).__name__, away=True
            ) from fault
        if len(refused) == len(boxes):
            raise refused[0]
        await self._hand_over(client, mail)
        return len(refused)

    async def _hand_over(self, client: aiosmtplib.SMTP, data: bytes) -> None:
        try:
            await client.data(data)
        except aiosmtplib.SMTPDataError as fault:
            said = _refused(fault.code, fault.message)
            # After the data a refusal is the mail's, unless it names the mailbox as its reason.
            if _names_mailbox(fault.message):
                raise said from fault
            raise _turned_down(fault.code, "data refused") from fault
        except Exception as fault:
            # The connection broke after the data began: the server may have the mail.
            detail = type(fault).__name__
            raise SendError(
                SendErrorKind.AMBIGUOUS, retryable=True, detail=detail, away=True
            ) from fault

    def _mail(self, message: Message, boxes: Sequence[str]) -> bytes:
        sender, contact = self.sender, message.contact
        headers = {
            "From": self._relay.sender,
            "To": ", ".join(boxes),
            "Subject": message.subject or "",
            "Date": format_datetime(message.intended_at),
            "Message-ID": sender.message_id(contact),
            **(message.headers or {}),
        }
        back = sender.tagged(Way.REPLY, contact)
        if back != sender.mailbox:
            headers.setdefault("Reply-To", back)
        for value in headers.values():
            if any(unicodedata.category(char) in _UNFIT for char in value):
                raise _unusable("unusable header")
        return write(headers, message.text, message.html, message.attachments)


def _mailbox(text: str) -> str:
    """A mailbox as mail can go to it: RFC 5321 lengths, its domain in ASCII, nothing quoted."""
    found = addresses.email(text)
    if found is None:
        raise _unusable("unusable mailbox")
    return found


def _unusable(detail: str) -> SendError:
    return SendError(SendErrorKind.DEAD_ADDRESS, retryable=False, detail=detail)


def _unconnected(fault: Exception) -> SendError:
    match fault:
        case aiosmtplib.SMTPAuthenticationError(code=int(code)) if code >= _REFUSED:
            kind, detail = SendErrorKind.CONFIGURATION, "login"
            return SendError(kind, retryable=True, code=str(code), detail=detail)
        case _ if isinstance(fault, ssl.SSLError) or isinstance(fault.__cause__, ssl.SSLError):
            return SendError(SendErrorKind.CONFIGURATION, retryable=True, detail="certificate")
        case _ if type(fault) is aiosmtplib.SMTPException:
            # A bare one says that the server does not offer what we demand: STARTTLS, a login.
            return SendError(SendErrorKind.CONFIGURATION, retryable=True, detail="not offered")
        case _:
            detail = type(fault).__name__
            return SendError(SendErrorKind.LATER, retryable=True, detail=detail, away=True)


def _turned_down(code: int, detail: str) -> SendError:
    """A refusal that is not the mailbox's: for now, or until somebody puts something right."""
    kind = SendErrorKind.LATER if code < _REFUSED else SendErrorKind.CONFIGURATION
    away = code == _SERVICE_ENDS
    return SendError(kind, retryable=True, code=str(code), detail=detail, away=away)


def _names_mailbox(text: str) -> bool:
    return text.startswith(("5.1.", "5.2.", "4.2."))


def _refused(code: int, text: str) -> SendError:
    """A refused recipient; the enhanced status (RFC 3463) tells whose fault it is."""
    if code < _REFUSED or text.startswith("5.2.2"):  # a full mailbox may be emptied
        return SendError(
            SendErrorKind.LATER,
            retryable=True,
            code=str(code),
            detail="recipient put off",
            away=code == _SERVICE_ENDS,
        )
    if text.startswith("5.7."):  # a policy against us, not the mailbox
        return SendError(
            SendErrorKind.CONFIGURATION, retryable=True, code=str(code), detail="policy"
        )
    return SendError(
        SendErrorKind.DEAD_ADDRESS, retryable=False, code=str(code), detail="recipient refused"
    )
