"""Writes what a mailbox's owner, or their mail server, sends back to a mail that they got."""

import uuid
from datetime import datetime
from email import message_from_string, policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from sandbox.world import Mail

_HOST = "mx.sandbox.example.com"
_LONGEST_QUOTE = 4_000


def reply(mail: Mail, text: str, at: datetime, *, automatic: bool = False) -> bytes:
    """A reply as mail programmes write it: above a quotation, to whom the mail asks for."""
    made = _new(mail.mailbox, _header(mail, "Reply-To") or mail.sender, at)
    made["Subject"] = f"自动回复: {mail.subject}" if automatic else f"Re: {mail.subject}"
    made["In-Reply-To"] = made["References"] = mail.message_id
    if automatic:
        made["Auto-Submitted"] = "auto-replied"
    quoted = "\n".join(f"> {line}" for line in mail.text[:_LONGEST_QUOTE].splitlines())
    made.set_content(f"{text}\n\nOn {at:%a, %b %d, %Y at %H:%M} {mail.sender} wrote:\n{quoted}\n")
    return made.as_bytes(policy=policy.SMTP)


def bounce(mail: Mail, status: str, at: datetime) -> bytes:
    """A bounce with its delivery status (RFC 3464), to where the mail's envelope came from."""
    failed = not status.startswith("4")
    said = (
        f"Reporting-MTA: dns; {_HOST}\n\n"
        f"Final-Recipient: rfc822; {mail.mailbox}\n"
        f"Action: failed\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {550 if failed else 450} {status}\n"
    )
    return _report(mail, "delivery-status", "Undelivered Mail Returned to Sender", said, at)


def complaint(mail: Mail, at: datetime) -> bytes:
    """A feedback report (RFC 5965): the mailbox's owner called the mail unwanted."""
    said = (
        "Feedback-Type: abuse\nUser-Agent: sandbox/1\nVersion: 1\n"
        f"Original-Mail-From: <{mail.envelope_from}>\nOriginal-Rcpt-To: <{mail.mailbox}>\n"
    )
    return _report(mail, "feedback-report", "complaint", said, at)


def _report(mail: Mail, kind: str, subject: str, said: str, at: datetime) -> bytes:
    daemon = f"MAILER-DAEMON@{_HOST}"
    made = _new(daemon, mail.envelope_from, at)
    made["Subject"] = subject
    made["Return-Path"] = "<>"
    made["Auto-Submitted"] = "auto-replied"
    made.set_content("This is a report of the sandbox's mail server.\n")
    made.make_mixed()
    for media, text in ((f"message/{kind}", said), ("text/rfc822-headers", _original(mail))):
        part = message_from_string(f"Content-Type: {media}\n\n{text}", policy=policy.SMTP)
        made.attach(part)
    made.replace_header("Content-Type", f"multipart/report; report-type={kind}")
    made.set_boundary(f"=_{uuid.uuid4().hex}")
    return made.as_bytes(policy=policy.SMTP)


def _original(mail: Mail) -> str:
    return f"Message-ID: {mail.message_id}\nTo: {mail.mailbox}\n"


def _new(sender: str, to: str, at: datetime) -> EmailMessage:
    made = EmailMessage()
    made["From"] = sender
    made["To"] = parseaddr(to)[1] or to
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{uuid.uuid4().hex}@{_HOST}>"
    return made


def _header(mail: Mail, name: str) -> str:
    return next((value for known, value in mail.headers if known.lower() == name.lower()), "")
