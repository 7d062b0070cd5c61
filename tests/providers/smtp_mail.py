"""The cases of a mail relay that speaks SMTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from channels import bounce
from channels.accounts import Relay, Tls
from channels.bounce import Bounced, Complained, Failure, Said
from channels.envelope import Way, sender_of
from channels.errors import SendErrorKind
from channels.mail import SmtpMail
from channels.ports import Accepted
from tests.e2e.stack import free_port
from tests.providers import harness
from tests.providers.harness import Came, Case, Lacks, Proof

name = "smtp"
CONTACT = "c_oejvx2juguadss6glgh357e3lq"
BOX, OTHER = "li.jianguo@example.com", "wang@example.com"
FROM, KEYS = "示例电信 <care@survey.example.com>", (b"k" * 32,)
SENDER = sender_of(FROM, KEYS)
ONE = Accepted(carrier_id=SENDER.message_id(CONTACT))
SILENT, DROP, NOBODY = "silent", "drop", "nobody"

#: What a relay says at each step unless a case says otherwise; "end" comes after the data.
USUAL = {
    "greeting": "220 mx",
    "EHLO": "250 mx",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "end": "250 kept",
}


@dataclass(kw_only=True)
class Mx:
    """A relay: `script` has an answer by step, or by step and mailbox; a drop or silence too."""

    script: Mapping[str, str]
    mails: list[dict[str, Any]] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    talks: set[asyncio.Future[Any]] = field(default_factory=set)

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self.talks.add(talk)
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard: dict[str, Any] = {"to": []}
        if not await self._say(writer, "greeting"):
            return
        while line := (await reader.readline()).decode().strip():
            verb, _, rest = line.partition(" ")
            box = rest.partition("<")[2].partition(">")[0]
            step = f"{verb} {box}" if f"{verb} {box}" in self.script else verb
            if not await self._say(writer, step):
                return
            if verb == "MAIL":
                heard = {"from": box, "to": []}
            elif verb == "RCPT" and self._answer(step).startswith("2"):
                heard["to"].append(box)
            elif verb == "DATA":
                heard["raw"] = await reader.readuntil(b"\r\n.\r\n")
                if self._answer("end").startswith("2") or self.script.get("kept"):
                    self.mails.append(heard)
                if not await self._say(writer, "end"):
                    return

    def _answer(self, step: str) -> str:
        return self.script.get(step) or USUAL.get(step, "250 ok")

    async def _say(self, writer: asyncio.StreamWriter, step: str) -> bool:
        answer = self._answer(step)
        if answer == SILENT:
            await self.over.wait()
        if answer in (SILENT, DROP):
            return False
        writer.write(f"{answer}\r\n".encode())
        return not answer.startswith("421")


@dataclass(kw_only=True)
class Playing:
    carrier: SmtpMail
    mx: Mx

    def seen(self) -> Sequence[Mapping[str, Any]]:
        """Each mail that was kept: its envelope, and what a reader finds in it."""
        return [{**mail, **_opened(mail["raw"])} for mail in self.mx.mails]


def _opened(raw: bytes) -> dict[str, Any]:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return {
        "subject": mail["Subject"],
        "message_id": mail["Message-ID"],
        "reply_to": mail["Reply-To"],
        "text": _lines(plain) if plain else None,
        "html": _lines(html) if html else None,
    }


def _lines(part: EmailMessage) -> str:
    return "\n".join(part.get_content().splitlines())


@asynccontextmanager
async def play(case: Case) -> AsyncIterator[Playing]:
    """The relay on a socket; nobody listens where the case says so."""
    scripts = [one for one in case.answers if one != NOBODY]
    mx = Mx(script=scripts[0] if scripts else {})
    listening = await asyncio.start_server(mx.meet, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": free_port() if NOBODY in case.answers else port,
        "sender": FROM,
        "tls": Tls.NEVER,
        "timeout": timedelta(seconds=5),
        **case.account,
    }
    mail = SmtpMail(Relay(**given), KEYS)
    try:
        yield Playing(carrier=mail, mx=mx)
    finally:
        mx.over.set()
        await mail.close()
        listening.close()
        await listening.wait_closed()
        await asyncio.gather(*mx.talks)


def case(expected: Accepted | harness.Failure, **more: Any) -> Case:
    """To a mailbox; `script` is what the relay says otherwise than usual."""
    wanted = {"contact": CONTACT, "to": BOX, "subject": "请评价", **more.pop("message", {})}
    script = more.pop("script", None)
    answers = more.pop("answers", [script] if script else [])
    return Case(expected=expected, message=wanted, answers=answers, **more)


def refused(kind: SendErrorKind, said: str, step: str = "RCPT", **more: Any) -> Case:
    failure = harness.Failure(kind=kind, code=said[:3], **more)
    return case(failure, script={step: said}, seen=[])


def lost(step: str, how: str, **more: Any) -> Case:
    """The connection breaks at a step, or hangs there."""
    kind = SendErrorKind.AMBIGUOUS if step in ("DATA", "end") else SendErrorKind.LATER
    proof = Proof.NONE if kind is SendErrorKind.AMBIGUOUS else None
    account = {"timeout": timedelta(milliseconds=150)} if how == SILENT else {}
    failure = harness.Failure(kind=kind, away=True)
    return case(failure, script={step: how, **more}, account=account, proof=proof)


LONG = "满意" * 3_000
LATER, DEAD = SendErrorKind.LATER, SendErrorKind.DEAD_ADDRESS
CONFIGURATION = SendErrorKind.CONFIGURATION

generic: Mapping[str, Case | Lacks] = {
    "accepted": case(
        ONE,
        message={"html": "<p>请评价</p>"},
        seen=[
            {
                "from": SENDER.tagged(Way.BOUNCE, CONTACT),
                "to": [BOX],
                "subject": "请评价",
                "message_id": SENDER.message_id(CONTACT),
                "reply_to": SENDER.tagged(Way.REPLY, CONTACT),
                "text": "请评价",
                "html": "<p>请评价</p>",
            }
        ],
    ),
    "opt_out": Lacks(why="a relay knows of no opt-outs; complaints come as mails"),
    "dead_number": refused(DEAD, "550 5.1.1 no such user"),
    "configuration": case(
        harness.Failure(kind=CONFIGURATION, retryable=True),
        account={"tls": Tls.REQUIRED},  # which this relay does not offer
        seen=[],
    ),
    "later": refused(LATER, "450 4.2.1 busy"),
    "later_with_a_pause": Lacks(why="no reply of RFC 5321 names a time"),
    "nobody_there": case(harness.Failure(kind=LATER, away=True), answers=[NOBODY]),
    "silent": lost("end", SILENT, kept="yes"),
    "dropped_after_acceptance": lost("end", DROP, kept="yes"),
    "dropped_before_acceptance": lost("DATA", DROP),
    "server_error": Lacks(why="a relay that says no has surely not taken the mail"),
    "long_text": case(ONE, message={"text": LONG}, seen=[{"text": LONG}]),
    "ucs2": case(ONE, message={"text": "您好😀\n.\n& ="}, seen=[{"text": "您好😀\n.\n& ="}]),
    "validity": Lacks(why="RFC 2852 lets a sender ask for it, and next to no relay offers it"),
}

own: Mapping[str, Case] = {
    "a_full_mailbox_may_be_emptied": refused(LATER, "552 5.2.2 full"),
    "a_policy_against_us_leaves_the_mailbox_alone": refused(
        CONFIGURATION, "550 5.7.1 blocked", retryable=True
    ),
    "a_sender_that_is_refused_is_for_the_operator": refused(
        CONFIGURATION, "553 5.1.8 who?", "MAIL", retryable=True
    ),
    "a_mailbox_may_be_refused_after_the_data": refused(DEAD, "550 5.1.1 no such user", "end"),
    "a_mail_that_is_refused_is_for_the_operator": refused(
        CONFIGURATION, "554 5.6.0 no", "end", retryable=True
    ),
    "a_relay_that_takes_leave_is_away": refused(LATER, "421 4.3.2 bye", "MAIL", away=True),
    "lost_before_the_data_it_was_surely_not_sent": lost("MAIL", DROP),
    "silent_before_the_data_it_was_surely_not_sent": lost("RCPT", SILENT),
    "of_several_those_are_written_to_that_are_taken": case(
        ONE,
        message={"also": (OTHER,)},
        script={f"RCPT {BOX}": "550 5.1.1 no such user"},
        seen=[{"to": [OTHER]}],
    ),
}


def mail(text: str, **headers: str) -> bytes:
    head = {"From": BOX, "To": SENDER.tagged(Way.REPLY, CONTACT), "Message-ID": "<1@x>", **headers}
    lines = [f"{key.replace('_', '-')}: {value}" for key, value in head.items()]
    return "\r\n".join([*lines, "", text, ""]).encode()


def report(status: str, action: str = "failed") -> bytes:
    """A bounce in the form of RFC 3464."""
    parts = (
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Final-Recipient: rfc822; {BOX}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--b--"
    )
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    back = SENDER.tagged(Way.BOUNCE, CONTACT)
    return mail(parts, To=back, Return_Path="<>", MIME_Version="1.0", Content_Type=kind)


def returned(failure: Failure, code: str) -> dict[str, Any]:
    return {"kind": "bounce", "failure": failure, "code": code, "contact": (CONTACT,)}


came: Mapping[str, Came] = {
    "a reply": Came(
        what=mail("5"),
        expected={"kind": "reply", "text": "5", "automatic": False, "contact": (CONTACT,)},
    ),
    "a machine's answer": Came(
        what=mail("I am away", Auto_Submitted="auto-replied"),
        expected={"kind": "reply", "automatic": True},
    ),
    "a mailbox that is none": Came(what=report("5.1.1"), expected=returned(Failure.HARD, "5.1.1")),
    "a mail that is late": Came(
        what=report("4.4.1", "delayed"), expected={"kind": "bounce", "failure": Failure.DELAYED}
    ),
    "no mail at all": Came(what=b"\r\n", expected=None),
}


def read(what: bytes) -> Mapping[str, Any] | None:
    """What a mail to us says, and of which contact it surely is."""
    match bounce.read(what, SENDER):
        case Said() as said:
            return {
                "kind": "reply",
                "text": said.text.strip(),
                "automatic": said.automatic,
                "contact": said.traces.signed,
            }
        case Bounced() as back:
            return {
                "kind": "bounce",
                "failure": back.failure,
                "code": back.code,
                "contact": back.traces.signed,
            }
        case Complained() as complaint:
            return {"kind": "complaint", "contact": complaint.traces.signed}
        case _:
            return None
