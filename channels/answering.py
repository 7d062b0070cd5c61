"""Writes down how messages were read, and what goes back for them."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import archive, ledger, outcomes
from channels.archive import Received
from channels.heard import Heard, Read
from channels.jobs import SEND, Send, said_place
from channels.ledger import Contact
from channels.model import Channel, MessageClass
from channels.render import Render
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job, Priority
from scheduler.notices import Notice, raise_many

# Answers to one address beyond those that surveys have had answered; then a machine talks.
_LOOP_SPAN, _LOOP_MOST = timedelta(minutes=5), 10
_LOOP_TOLD_AGAIN = timedelta(days=1)
_WORTH_SAYING = timedelta(days=1)  # by mail: an answer later than that puzzles whoever wrote

_UNDERSTOOD = frozenset(
    {"answer", "opt_out", "opt_in", "pause", "later", "call_me", "promised_call"}
)


class ReadBefore(Exception):
    """Somebody else read a message meanwhile: what was done for it here must be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One text that goes back in the same request, with its contact."""

    contact: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A message that was read, with what goes back for it."""

    heard: Heard
    read: Read
    said: tuple[Answered, ...]

    @property
    def apart(self) -> bool:
        """Whether nothing goes back in the request that brings it: a message of its own does."""
        return self.heard.by_mail or self.heard.message.apart

    @property
    def silenced(self) -> Contact | None:
        """The thread, where there was more to say than is said."""
        return self.read.thread if len(self.said) < len(self.read.said.texts) else None

    def contacts(self, now: datetime) -> list[Contact]:
        """What is said, as the ledger knows it; a call goes on by itself, in words of its own."""
        thread, heard = self.read.thread, self.heard
        if thread is None or heard.message.channel is Channel.VOICE:
            return []
        return [thread.answered(it.contact, it.text, heard.address, now) for it in self.said]

    def story(self, sent: Sequence[Contact], now: datetime) -> list[Entry]:
        """What is told of it, `sent` being what went back with it."""
        channel = str(self.heard.address.channel)
        about = {"channel": channel, "message_class": "conversation"}
        entries = [
            *self.read.entries,
            *(outcomes.about_contact(item, "contact.sent", now, about) for item in sent),
        ]
        if self.read.reading not in _UNDERSTOOD:
            why = {"reading": self.read.reading, "reason": self.read.reason}
            entries.append(self.heard.entry(now, "reply.set_aside", why))
        if self.silenced is not None:
            detail = {"channel": channel, "answers": _LOOP_MOST}
            entries.append(self.heard.entry(now, "conversation.loop", detail))
        return entries

    def received(self, now: datetime) -> Received:
        """What is kept of it."""
        thread = self.read.thread
        return Received(
            id=self.heard.message.id,
            address=self.heard.address,
            text=self.heard.text,
            at=now,
            reading=self.read.reading,
            thread=thread.thread if thread else None,
            reason=self.read.reason,
            answer=json.dumps([{"contact": it.contact, "text": it.text} for it in self.said]),
        )


def settled(render: Render, heard: Heard, read: Read, now: datetime) -> Settled:
    """Texts with their contacts; a machine that answers our answers meets silence."""
    # Of a survey with many questions each answer is answered: that comes to an end by itself.
    most, sender = _LOOP_MOST + read.said.answered, heard.address.value
    room = max(0, most - _spoken(heard, now))
    said = tuple(
        Answered(
            contact=derived_id("c_", "answer", heard.message.id, str(number)),
            # What is sent apart is signed as it leaves.
            text=text if heard.message.apart else render.signed(text, sender),
        )
        for number, text in enumerate(read.said.texts[:room])
    )
    return Settled(heard=heard, read=read, said=said)


def answers_in(stored: str) -> tuple[Answered, ...]:
    """What `Settled.received` keeps of the answers."""
    return tuple(Answered(**item) for item in json.loads(stored))


async def keep(conn: AsyncConnection, vault: Vault, read: Sequence[Settled], now: datetime) -> None:
    """Write down messages that were read; ReadBefore where one was there before."""
    letters: list[Job] = []
    sent: list[Contact] = []
    entries: list[Entry] = []
    for each in read:
        contacts = each.contacts(now)
        if each.apart:
            letters += [_letter(vault, each.heard, item, now) for item in contacts]
            contacts = []
        sent += contacts
        entries += each.story(contacts, now)
    await jobs.enqueue(conn, letters)
    await ledger.intend(conn, vault, sent)
    await append(conn, entries)
    loops = [_loop(each.silenced) for each in read if each.silenced is not None]
    await raise_many(conn, loops, now)
    received = [each.received(now) for each in read]
    if len(await archive.keep_all(conn, vault, received)) < len(received):
        raise ReadBefore


def _letter(vault: Vault, heard: Heard, answer: Contact, now: datetime) -> Job:
    """The job by which an answer goes out by itself, past the gate as any other contact."""
    channel = heard.message.channel.value
    sealed = vault.seal(answer.text, said_place(answer.id)) or b""
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
        # Held up, or read late, it waits for the hours of all others: nobody waits for it at night.
        spoken_at=(heard.message.at or now).isoformat(),
    )
    over = now + _WORTH_SAYING
    return SEND.job(answer.id, send, due_at=now, not_after=over, priority=Priority.RECOVERY)


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
