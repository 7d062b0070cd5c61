"""Sends mail over SMTP, with a stable Message-ID for each contact."""

import ssl
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from channels.accounts import Relay, Tls
from channels.errors import SendError, SendErrorKind
from channels.ports import Accepted, Message

_STARTTLS = {Tls.IMPLICIT: False, Tls.NEVER: False, Tls.REQUIRED: True, Tls.OPTIONAL: None}


class SmtpMail:
    """A mail carrier; it keeps no list, so what is unknown there stays unknown."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._domain = relay.sender.rpartition("@")[2].rstrip(">") or "localhost"

    async def send(self, message: Message) -> Accepted:
        """Hand the mail over; see `channels.ports.Carrier`."""
        mail = self._mail(message)
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
        except aiosmtplib.SMTPAuthenticationError as fault:
            raise SendError(
                SendErrorKind.CONFIGURATION, retryable=True, code=str(fault.code), detail="login"
            ) from fault
        except ssl.SSLError as fault:
            raise SendError(
                SendErrorKind.CONFIGURATION, retryable=True, detail="certificate"
            ) from fault
        except (TimeoutError, aiosmtplib.SMTPException, OSError) as fault:
            raise _unconnected(fault) from fault
        try:
            await client.send_message(mail, recipients=[message.to])
        except Exception as fault:
            raise _error(fault) from fault
        finally:
            client.close()
        return Accepted(carrier_id=str(mail["Message-ID"]))

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        """Nothing can be proven about a mail; see `channels.ports.Carrier`."""
        raise SendError(SendErrorKind.AMBIGUOUS, retryable=False, detail="mail keeps no list")

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        try:
            mail["From"] = self._relay.sender
            mail["To"] = message.to
            mail["Subject"] = message.subject or ""
            mail["Date"] = format_datetime(message.intended_at)
            mail["Message-ID"] = f"<{message.contact}@{self._domain}>"
            for name, value in (message.headers or {}).items():
                mail[name] = value
        except ValueError as fault:  # CR or LF in a header
            raise SendError(
                SendErrorKind.DEAD_ADDRESS, retryable=False, detail="unusable header"
            ) from fault
        mail.set_content(message.text)
        return mail


def _unconnected(fault: Exception) -> SendError:
    # Their bare exception says that the server does not offer what we demand: STARTTLS, a login.
    if type(fault) is aiosmtplib.SMTPException:
        return SendError(SendErrorKind.CONFIGURATION, retryable=True, detail="not offered")
    return SendError(SendErrorKind.LATER, retryable=True, detail=type(fault).__name__, away=True)


def _error(fault: Exception) -> SendError:
    match fault:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[first, *_]):
            return _refused(first.code, first.message)
        case aiosmtplib.SMTPNotSupported():
            # A mailbox written beyond ASCII, at a relay that cannot; nothing was sent.
            return SendError(SendErrorKind.DEAD_ADDRESS, retryable=False, detail="no SMTPUTF8")
        case aiosmtplib.SMTPDataError(code=int(code)):
            kind = SendErrorKind.LATER if code < 500 else SendErrorKind.CONFIGURATION
            return SendError(kind, retryable=True, code=str(code), detail="data refused")
        case aiosmtplib.SMTPSenderRefused(code=int(code)):
            kind = SendErrorKind.LATER if code < 500 else SendErrorKind.CONFIGURATION
            return SendError(kind, retryable=True, code=str(code), detail="sender refused")
        case _:
            # The connection broke, perhaps after DATA: the server may have the mail.
            detail = type(fault).__name__
            return SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail=detail, away=True)


def _refused(code: int, text: str) -> SendError:
    """A refused recipient; the enhanced status (RFC 3463) tells whose fault it is."""
    if code < 500 or text.startswith("5.2.2"):  # a full mailbox may be emptied
        return SendError(
            SendErrorKind.LATER, retryable=True, code=str(code), detail="recipient put off"
        )
    if text.startswith("5.7."):  # a policy against us, not the mailbox
        return SendError(
            SendErrorKind.CONFIGURATION, retryable=True, code=str(code), detail="policy"
        )
    return SendError(
        SendErrorKind.DEAD_ADDRESS, retryable=False, code=str(code), detail="recipient refused"
    )
