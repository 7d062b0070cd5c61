"""The one door in: reads opt-outs and wishes before anyone reads answers, each message once."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import appointments, archive, autoreply, keywords, ledger, outcomes, store
from channels.jobs import SEND, Send, said_place
from channels.ledger import Contact
from channels.model import Address, Channel, MessageClass
from channels.ports import Conversation, Promiser, Reply, Said
from channels.preferences import Known
from channels.render import Render
from channels.wishes import Heard, Inbound, Read, Wishes, wish_of
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job, Priority
from scheduler.notices import Notice, raise_many

REMEMBERED = timedelta(days=60)  # how far back a reply may belong to what we sent
_JUST_BEFORE = timedelta(minutes=10)  # how far back it may correct what was said in another thread
_MOST_BEFORE = 3  # threads looked at for that
_LOOP_SPAN, _LOOP_MOST = timedelta(minutes=5), 10  # answers to one address; then a machine talks
_LOOP_TOLD_AGAIN = timedelta(days=1)
_WORTH_SAYING = timedelta(days=1)  # by mail: an answer later than that puzzles whoever wrote
LONGEST = 1_600  # characters read of a message, the carrier's own limit

_UNDERSTOOD = frozenset(
    {"answer", "opt_out", "opt_in", "pause", "later", "call_me", "promised_call"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One text that goes back in the same request, with its contact."""

    contact: str
    text: str


@dataclass(slots=True, kw_only=True)
class Inbox:
    """Takes messages in; the same id is answered the same, however often it comes."""

    database: Database
    vault: Vault
    conversations: Mapping[str, Conversation]
    render: Render
    promises: Promiser | None = None
    default_timezone: Callable[[], str | None] = lambda: None
    barrier: Barrier = OPEN

    async def receive(self, message: Inbound, now: datetime) -> tuple[Answered, ...]:
        """Read one message and say what to answer, in one transaction.

        Whether it was read before is seen where it is written down, at the end: a carrier that
        repeats itself is rare, and all that was done for the repetition is undone.
        """
        address = Address(
            channel=message.channel,
            value=message.sender,
            index=self.vault.index(message.sender),
        )

        async def read(conn: AsyncConnection) -> tuple[Answered, ...]:
            said = await self._receive(conn, message, address, now)
            await self.barrier.reach("inbox.read")
            return said

        try:
            said = await self.database.transact(read)
        except _ReadBefore:
            said = await self._answered(message.id)
        await self.barrier.reach("inbox.committed")
        return said

    async def _answered(self, id: str) -> tuple[Answered, ...]:
        async with self.database.read() as conn:
            stored = await archive.answer_of(conn, self.vault, id)
        return tuple(Answered(**item) for item in json.loads(stored or "[]"))

    async def _receive(
        self, conn: AsyncConnection, message: Inbound, address: Address, now: datetime
    ) -> tuple[Answered, ...]:
        text = kept_text(message)
        # The address is locked first: two messages of one person are read one after the other.
        ring = self.vault.indexes(address.value)
        owners = await self._owners(conn, address, ring, text)
        if len(ring) > 1:  # whoever just made the new key's row goes on to lock the old one's
            await store.add_addresses(conn, [address.index])
        rows = await store.lock_addresses(conn, ring)
        if address.index not in rows:
            await store.add_addresses(conn, [address.index])
            rows = await store.lock_addresses(conn, ring)
        past = await ledger.of_address(conn, self.vault, ring, now - REMEMBERED)
        asked = [row for row in rows.values() if store.is_open(row, now)]
        heard = Heard(
            message=message,
            address=address,
            thread=_thread(message, asked[0].open_thread if asked else None, past),
            past=past,
            owners=owners,
            stopped=await self._stopped(conn, address, ring),
            free=not any(store.is_open(row, now + store.CALL_FOR) for row in asked),
        )
        await append(conn, [heard.entry(now, "reply.received")])
        read = await self._read(conn, heard, text, now)
        said = self._answers(heard, read, now)
        await self._keep(conn, heard, read, said, now)
        if not await archive.keep(
            conn,
            self.vault,
            message.id,
            address,
            text,
            now,
            reading=read.reading,
            thread=read.thread.thread if read.thread else None,
            reason=read.reason,
            answer=json.dumps([{"contact": a.contact, "text": a.text} for a in said]),
        ):
            raise _ReadBefore
        return said

    async def _owners(
        self, conn: AsyncConnection, address: Address, ring: Sequence[bytes], text: str
    ) -> Sequence[Known]:
        """Whom a pause or its end concerns, locked: people come before addresses."""
        match keywords.read(text, opted_out=True):
            case keywords.PauseWord() | keywords.OptInWord():
                owners = await store.lock_owners(conn, self.vault, address.channel, ring)
                return list(owners.values())
            case _:
                return ()

    async def _stopped(
        self, conn: AsyncConnection, address: Address, ring: Sequence[bytes]
    ) -> bool:
        found = await store.opt_outs_of(conn, ring)
        bound = (address.channel, store.ALL_CHANNELS)
        return any(stop.channel in bound for ix in ring for stop in found.get(ix, ()))

    async def _read(self, conn: AsyncConnection, heard: Heard, text: str, now: datetime) -> Read:
        thread = heard.thread
        if heard.message.automatic or autoreply.is_automatic(text):
            # No answer and not answered; what it answers did arrive.
            if thread is not None:
                await outcomes.replied(conn, self.conversations, thread.thread, heard.past, now)
            return Read(reading="auto_reply", thread=thread)
        about_call = appointments.read(text)
        if about_call is not None:
            read = await self._wishes().promised(conn, heard, about_call, text, now)
            if read is not None:
                return read
        # Who says "no call" and has been promised none wishes for none.
        drops = about_call is appointments.PromiseWord.DROP
        wish = None if drops else await self._wish(conn, heard, text, now)
        if wish is not None:
            return wish
        if heard.stopped:
            return Read(reading="opted_out", thread=thread, reason="opted_out")
        if thread is None:
            return Read(reading="unmatched", reason="stranger")
        return await self._reply(conn, heard, text, thread, now)

    async def _wish(
        self, conn: AsyncConnection, heard: Heard, text: str, now: datetime
    ) -> Read | None:
        """What is asked of us in a word, done; None where the message may be an answer."""
        thread, wishes = heard.thread, self._wishes()
        match wish_of(heard.message, text, heard.stopped):
            case keywords.OptOutWord() as word:
                return await wishes.stop(conn, heard, word, now)
            case keywords.OptInWord() if heard.held_back(now) and (thread or not _is_mail(heard)):
                return await wishes.start(conn, heard, now)
            case keywords.HelpWord():
                return await wishes.help(conn, heard)
            case keywords.PauseWord(days=days):
                return await wishes.pause(conn, heard, now + timedelta(days=days), now)
            case keywords.LaterWord():
                if thread is not None and not heard.stopped:
                    return await wishes.later(conn, heard, thread, now)
            case keywords.CallMeWord(alone=True):
                # The survey it came in stays open.
                return await wishes.call(conn, heard, now)
            case keywords.CallMeWord():
                # A wish beside an answer: both are kept, and the answer is what is answered.
                await wishes.call(conn, heard, now)
            case keywords.OptInWord() | keywords.Nothing():
                pass
        return None

    def _wishes(self) -> Wishes:
        return Wishes(
            vault=self.vault,
            conversations=self.conversations,
            render=self.render,
            default_timezone=self.default_timezone,
            promises=self.promises,
        )

    async def _reply(
        self, conn: AsyncConnection, heard: Heard, text: str, thread: Contact, now: datetime
    ) -> Read:
        message = heard.message
        await outcomes.replied(conn, self.conversations, thread.thread, heard.past, now)
        conversation = self.conversations[thread.conversation]
        person = await self._wishes().person(conn, thread)
        reply = Reply(
            id=message.id,
            thread=thread.thread,
            channel=message.channel,
            text=text,
            locale=person.own_locale if person else None,
            before=_before(thread, heard.past, now),
        )
        said = (await conversation.on_reply(conn, [reply], now)).get(message.id, Said())
        if person is not None and person.do_not_contact:
            # What was said counts; that nobody may be contacted binds our answers too.
            said = replace(said, texts=())
        if not said.open_question:
            await store.close_questions(conn, {thread.thread})
        elif heard.free and said.matched and message.channel is Channel.SMS:
            until = now + store.QUESTION_FOR
            what = thread.conversation, thread.thread, until
            await store.open_questions(conn, {heard.address.index: what})
        if not said.matched and said.reason == archive.NOT_UNDERSTOOD:
            await archive.set_aside(conn, heard.address, thread.thread)
        reading = "answer" if said.matched else "unmatched"
        return Read(reading=reading, said=said, thread=thread, reason=said.reason)

    def _answers(self, heard: Heard, read: Read, now: datetime) -> tuple[Answered, ...]:
        """Texts with their contacts; a machine that answers our answers meets silence."""
        room, sender = max(0, _LOOP_MOST - _spoken(heard, now)), heard.address.value
        return tuple(
            Answered(
                contact=derived_id("c_", "answer", heard.message.id, str(number)),
                # What is sent apart is signed as it leaves.
                text=text if heard.message.apart else self.render.signed(text, sender),
            )
            for number, text in enumerate(read.said.texts[:room])
        )

    async def _keep(
        self,
        conn: AsyncConnection,
        heard: Heard,
        read: Read,
        said: Sequence[Answered],
        now: datetime,
    ) -> None:
        thread = read.thread
        answered = [
            thread.answered(answer.contact, answer.text, heard.address, now)
            for answer in said
            if thread is not None
        ]
        if heard.message.channel is Channel.VOICE:
            answered = []  # the call itself goes on, in words of its own
        if _is_mail(heard) or heard.message.apart:
            # Nothing goes back in the request that brings it: a message of its own does.
            await jobs.enqueue(conn, [self._letter(heard, item, now) for item in answered])
            answered = []
        await ledger.intend(conn, self.vault, answered)
        about = {"channel": str(heard.address.channel), "message_class": "conversation"}
        entries = [
            *read.entries,
            *(outcomes.about_contact(item, "contact.sent", now, about) for item in answered),
        ]
        if read.reading not in _UNDERSTOOD:
            why = {"reading": read.reading, "reason": read.reason}
            entries.append(heard.entry(now, "reply.set_aside", why))
        silenced = thread is not None and len(said) < len(read.said.texts)
        if silenced:
            detail = {"channel": str(heard.address.channel), "answers": _LOOP_MOST}
            entries.append(heard.entry(now, "conversation.loop", detail))
        await append(conn, entries)
        await raise_many(conn, [_loop(thread)] if thread is not None and silenced else [], now)

    def _letter(self, heard: Heard, answer: Contact, now: datetime) -> Job:
        """The job by which an answer goes out by itself, past the gate as any other contact."""
        channel = heard.message.channel.value
        sealed = self.vault.seal(answer.text, said_place(answer.id)) or b""
        send = Send(
            contact=answer.id,
            conversation=answer.conversation,
            thread=answer.thread,
            message_class=answer.message_class.value,
            source=answer.source,
            customer=answer.customer,
            ticket=answer.ticket,
            wanted=[channel],
            fixed=channel,
            said=base64.b64encode(sealed).decode("ascii"),
            in_reply_to=heard.message.message_id,
        )
        over = now + _WORTH_SAYING
        return SEND.job(answer.id, send, due_at=now, not_after=over, priority=Priority.RECOVERY)


def kept_text(message: Inbound) -> str:
    """What is read and kept of a message."""
    return message.text[:LONGEST].replace("\x00", "")


class _ReadBefore(Exception):
    """The message was read and answered before; the transaction that did so again is undone."""


def _is_mail(heard: Heard) -> bool:
    """Whether it came by mail, where a stop is believed of anybody but only a tag proves a wish
    for more.
    """
    return heard.message.channel is Channel.EMAIL


def _spoken(heard: Heard, now: datetime) -> int:
    """How often the address was answered in the last minutes."""
    return sum(
        contact.message_class is MessageClass.CONVERSATION
        and contact.intended_at > now - _LOOP_SPAN
        for contact in heard.past
    )


def _loop(thread: Contact) -> Notice:
    """Somebody answers every answer of ours, and is answered no more for some minutes."""
    return Notice(
        kind="conversation.loop",
        subject=thread.thread,
        source=thread.source,
        ticket=thread.ticket,
        facts={"channel": thread.channel, "answers": _LOOP_MOST},
        again_after=_LOOP_TOLD_AGAIN,
    )


def _thread(message: Inbound, open_thread: str | None, past: Sequence[Contact]) -> Contact | None:
    """The contact whose question is open on the address, else the latest that may have arrived.

    Of a mail only the one that it answers: who it says that it is from proves nothing. Of what is
    said in a call, the one that the call is about.
    """
    if message.channel in (Channel.EMAIL, Channel.VOICE):
        return next((contact for contact in past if contact.id == message.about), None)
    # What was sent and then reported lost did arrive where somebody answers it.
    heard = [
        contact
        for contact in past
        if contact.state in ledger.COUNTED or contact.sent_at is not None
    ]
    for contact in heard:
        if contact.thread == open_thread:
            return contact
    return heard[0] if heard else None


def _before(thread: Contact, past: Sequence[Contact], now: datetime) -> tuple[str, ...]:
    """The other threads in which the address was answered just before, the latest first."""
    found = {
        contact.thread: None
        for contact in past
        if contact.message_class is MessageClass.CONVERSATION
        and contact.intended_at >= now - _JUST_BEFORE
        and contact.conversation == thread.conversation
        and contact.thread != thread.thread
    }
    return tuple(found)[:_MOST_BEFORE]
