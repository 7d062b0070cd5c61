"""What comes by mail, on a real database: bounces, complaints, machines' answers and replies."""

from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import func, select

from channels import ledger, store, tables
from channels.envelope import Sender, Way
from channels.ledger import Contact
from channels.mailroom import Mailroom, Taken
from channels.model import Channel, ContactState, MessageClass
from channels.ports import Message
from kernel import journal
from kernel.engine import Database
from scheduler import notices
from surveys import store as surveys
from surveys.model import Invitation, InvitationState
from surveys.programs import Program
from surveys.tables import invitations
from tests.fakes.world import World, closed, make_world

BOX = "li.jianguo@example.com"
NUMBER = "+8613800138000"
SENDER = Sender(mailbox="care@survey.example.com", keys=(b"k" * 32,))
BOTH = (Channel.EMAIL, Channel.SMS)


@dataclass
class Post:
    """A world that writes letters, and the mailroom to which the answers come."""

    world: World
    room: Mailroom

    async def invite(self, *, phone: str | None = NUMBER) -> Message:
        await self.world.tell(closed(phone=phone, email=BOX))
        await self.world.after(timedelta(hours=2))
        return self.letters()[-1]

    def letters(self) -> list[Message]:
        return [each for each in self.world.carrier.sent if each.to == BOX]

    def texts(self) -> list[Message]:
        return [each for each in self.world.carrier.sent if each.to == NUMBER]

    async def take(self, mail: EmailMessage | bytes) -> Taken | None:
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        taken = await self.room.take(raw, self.world.clock.now())
        await self.world.run()
        return taken

    async def sure(self, mail: EmailMessage | bytes) -> Taken:
        taken = await self.take(mail)
        assert taken is not None
        return taken

    async def contact(self, id: str) -> Contact:
        async with self.world.database.read() as conn:
            return (await ledger.load(conn, self.world.vault, [id]))[id]

    async def invitation(self) -> Invitation:
        async with self.world.database.read() as conn:
            found = await surveys.open_of(conn, [("/tickets", "C-1")])
            if found:
                return found[0]
            query = select(invitations.c.id)
            ids = [row.id for row in await conn.execute(query)]
            return next(iter((await surveys.load_invitations(conn, ids)).values()))

    async def answers(self) -> dict[str, Any]:
        async with self.world.database.read() as conn:
            invitation = await self.invitation()
            given = await surveys.load_responses(conn, self.world.vault, [invitation.id])
            return dict(given[invitation.id].answers) if given else {}

    async def kinds(self) -> list[str]:
        async with self.world.database.read() as conn:
            rows = await conn.execute(select(journal.journal.c.kind).order_by(journal.journal.c.id))
            return [row.kind for row in rows]

    async def stops(self) -> list[tuple[str, str, str | None]]:
        ring = self.world.vault.indexes(BOX)
        async with self.world.database.read() as conn:
            found = await store.opt_outs_of(conn, ring)
        return [(stop.channel, stop.how, stop.proof) for ix in ring for stop in found.get(ix, ())]

    async def is_dead(self) -> bool:
        async with self.world.database.write() as conn:
            rows = await store.lock_addresses(conn, self.world.vault.indexes(BOX))
            return any(row.dead for row in rows.values())

    async def rows(self) -> tuple[int, ...]:
        counted = (tables.inbound, tables.contacts, tables.opt_outs, journal.journal)
        async with self.world.database.read() as conn:
            found = [
                (await conn.execute(select(func.count()).select_from(table))).scalar_one()
                for table in counted
            ]
        return tuple(found)


@pytest.fixture
async def post(database: Database) -> Post:
    program = Program(id="default", channels=("email", "sms"))
    world = make_world(database, programs=(program,), channels=BOTH)
    room = Mailroom(
        database=database,
        vault=world.vault,
        inbox=world.inbox,
        conversations=world.inbox.conversations,
        sender=SENDER,
    )
    return Post(world=world, room=room)


def reply(letter: Message, text: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    given = {
        "From": f"李建国 <{BOX}>",
        "To": SENDER.tagged(Way.REPLY, letter.contact),
        "Subject": f"Re: {letter.subject}",
        "Message-ID": f"<{abs(hash(text))}@example.com>",
        **headers,
    }
    for name, value in given.items():
        if value:
            mail[name] = value
    mail.set_content(text)
    return mail


def returned(
    letter: Message,
    status: str,
    *,
    action: str = "failed",
    to: str | None = None,
    tell: str = "",
    original: bool = True,
    number: int = 1,
) -> bytes:
    box = SENDER.tagged(Way.BOUNCE, letter.contact) if to is None else to
    inner = f"Message-ID: {SENDER.message_id(letter.contact)}\nSubject: x\n" if original else ""
    return f"""From: MAILER-DAEMON@mx.example.com
To: {box}
Return-Path: <>
Auto-Submitted: auto-replied
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{number}@mx.example.com>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

It did not work out. {tell}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {BOX}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} {tell}

--b
Content-Type: text/rfc822-headers

{inner}
--b--
""".encode()


async def test_a_hard_bounce_ends_the_mailbox_and_the_next_channel_has_its_turn(post: Post) -> None:
    letter = await post.invite()
    assert not post.texts()
    taken = await post.sure(returned(letter, "5.1.1"))
    assert taken.kind == "bounce"
    contact = await post.contact(letter.contact)
    assert (contact.state, contact.error) == (ContactState.FAILED, "5.1.1")
    assert await post.is_dead()
    assert len(post.texts()) == 1
    assert (await post.invitation()).channel == "sms"


@pytest.mark.parametrize("trace", ["tag", "message_id", "mailbox"])
async def test_a_bounce_is_found_by_its_tag_by_the_mail_it_carries_or_by_the_mailbox(
    post: Post, trace: str
) -> None:
    letter = await post.invite()
    to = None if trace == "tag" else "care@survey.example.com"
    await post.take(returned(letter, "5.1.1", to=to, original=trace == "message_id"))
    assert (await post.contact(letter.contact)).state is ContactState.FAILED


async def test_a_tag_that_nobody_signed_names_nothing(post: Post) -> None:
    letter = await post.invite()
    forged = Sender(mailbox=SENDER.mailbox, keys=(b"x" * 32,)).tagged(Way.BOUNCE, letter.contact)
    raw = returned(letter, "5.1.1", to=forged, original=False).replace(BOX.encode(), b"a@b.test")
    before = await post.rows()
    await post.take(raw)
    assert await post.rows() == before
    assert (await post.contact(letter.contact)).state is ContactState.SENT


async def test_the_same_bounce_again_changes_nothing_and_gets_the_same_answer(post: Post) -> None:
    letter = await post.invite()
    first = await post.take(returned(letter, "5.1.1"))
    before = await post.rows()
    assert await post.take(returned(letter, "5.1.1")) == first
    assert await post.rows() == before


async def test_what_came_back_for_the_time_being_goes_out_anew_and_then_by_the_next_channel(
    post: Post,
) -> None:
    status = "5.2.2"
    letter = await post.invite()
    await post.take(returned(letter, status))
    assert (await post.invitation()).state is InvitationState.PLANNED
    await post.world.after(timedelta(hours=3, minutes=59))
    assert post.letters() == [letter]
    await post.world.after(timedelta(minutes=1))
    assert [each.text for each in post.letters()] == [letter.text] * 2
    assert post.letters()[1].contact != letter.contact
    assert (await post.invitation()).state is InvitationState.INVITED
    assert not post.texts()
    await post.take(returned(post.letters()[1], status, number=2))
    assert len(post.texts()) == 1
    assert not await post.is_dead()


async def test_a_policy_against_us_is_told_to_a_person_and_leaves_the_mailbox_alone(
    post: Post,
) -> None:
    letter = await post.invite()
    await post.take(returned(letter, "5.7.1", tell="blocked by policy"))
    assert not await post.is_dead()
    assert len(post.texts()) == 1
    async with post.world.database.read() as conn:
        standing = await notices.counts(conn)
    assert standing.get("carrier.misconfigured") == 1


async def test_a_delay_is_no_failure(post: Post) -> None:
    letter = await post.invite()
    await post.take(returned(letter, "4.4.1", action="Delayed"))
    assert (await post.contact(letter.contact)).state is ContactState.SENT
    await post.take(returned(letter, "5.1.1", number=2))
    assert (await post.contact(letter.contact)).state is ContactState.FAILED


async def test_a_rating_in_the_first_line_is_an_answer_and_is_answered_by_one_mail(
    post: Post,
) -> None:
    letter = await post.invite()
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    text = f'5\n\n在 2026-11-20 14:00:00，"示例电信" <care@survey.example.com> 写道：\n{quoted}\n'
    mail = reply(letter, text)
    taken = await post.sure(mail)
    assert taken.kind == "reply"
    assert await post.answers() == {"satisfaction": 5}
    assert [each.contact for each in post.letters()][:1] == [letter.contact]
    assert len(post.letters()) == 2
    back = post.letters()[1]
    assert dict(back.headers or {})["In-Reply-To"] == mail["Message-ID"]
    assert dict(back.headers or {})["Auto-Submitted"] == "auto-replied"
    kept = await post.contact(back.contact)
    assert (kept.message_class, kept.state) == (MessageClass.CONVERSATION, ContactState.SENT)
    assert kept.thread == (await post.contact(letter.contact)).thread
    before = await post.rows()
    assert await post.take(mail) == taken
    assert await post.rows() == before
    assert len(post.letters()) == 2


async def test_an_answer_to_our_answer_goes_on_with_the_conversation(post: Post) -> None:
    letter = await post.invite()
    await post.take(reply(letter, "5"))
    await post.take(reply(post.letters()[-1], "1"))
    assert await post.answers() == {"satisfaction": 5, "resolved": True}
    assert (await post.invitation()).state is InvitationState.COMPLETED


async def test_who_a_mail_says_that_it_is_from_proves_nothing(post: Post) -> None:
    letter = await post.invite()
    await post.take(reply(letter, "1", To="care@survey.example.com"))
    assert await post.answers() == {}
    named = SENDER.message_id(letter.contact)
    stranger = {"To": "care@survey.example.com", "From": "x@y.test", "In-Reply-To": named}
    await post.take(reply(letter, "2", **stranger))
    assert await post.answers() == {}
    await post.take(reply(letter, "4", To="care@survey.example.com", References=f"<a@b> {named}"))
    assert await post.answers() == {"satisfaction": 4}


async def test_a_signed_reply_counts_from_whatever_mailbox_it_comes(post: Post) -> None:
    letter = await post.invite()
    await post.take(reply(letter, "4", From="private@elsewhere.test"))
    assert await post.answers() == {"satisfaction": 4}
    assert post.letters()[-1].to == BOX


async def test_stop_in_a_mail_is_an_opt_out_of_mail_and_is_not_answered(post: Post) -> None:
    letter = await post.invite()
    await post.take(reply(letter, "退订\n\n-- \n李建国\n13800138000\n"))
    (stop,) = await post.stops()
    assert stop[:2] == ("email", "reply")
    assert (await post.invitation()).state is InvitationState.CANCELLED
    assert len(post.letters()) == 1
    assert not post.texts()


async def test_only_a_proven_reply_opts_in_again(post: Post) -> None:
    letter = await post.invite()
    await post.take(reply(letter, "退订"))
    await post.take(reply(letter, "START", To="care@survey.example.com"))
    assert len(await post.stops()) == 1
    await post.take(reply(letter, "START "))
    assert await post.stops() == []


async def test_a_machine_s_answer_answers_nothing_and_is_not_answered(
    post: Post,
) -> None:
    letter = await post.invite()
    taken = await post.sure(reply(letter, "1", **{"Auto-Submitted": "auto-replied"}))
    assert taken.kind == "auto_reply"
    assert await post.answers() == {}
    assert len(post.letters()) == 1
    assert await post.stops() == []
    assert not post.world.desk.orders


def complaint(letter: Message, kind: str = "abuse", number: int = 1) -> bytes:
    return f"""From: feedback@mailbox.example.org
To: care@survey.example.com
Message-ID: <arf-{number}@mailbox.example.org>
Subject: complaint
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

This is a report.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
Version: 1
Original-Mail-From: <{SENDER.tagged(Way.BOUNCE, letter.contact)}>

--b
Content-Type: message/rfc822

From: care@survey.example.com
To: redacted

hello
--b--
""".encode()


async def test_a_complaint_is_an_opt_out_from_mail_with_its_proof(post: Post) -> None:
    letter = await post.invite()
    taken = await post.sure(complaint(letter))
    assert taken.kind == "complaint"
    assert await post.stops() == [("email", "feedback_report", taken.id)]
    assert (await post.invitation()).state is InvitationState.CANCELLED
    before = await post.rows()
    assert await post.take(complaint(letter)) == taken
    assert await post.rows() == before


async def test_a_complaint_taken_back_is_none(post: Post) -> None:
    letter = await post.invite()
    taken = await post.sure(complaint(letter, "not-spam"))
    assert taken.kind == "ignored"
    assert await post.stops() == []


async def test_what_is_no_mail_leaves_nothing_behind(post: Post) -> None:
    await post.invite()
    before = await post.rows()
    assert await post.take(b"") is None
    assert await post.take(b"\x00\xff\xfe no header at all") is None
    assert await post.rows() == before
