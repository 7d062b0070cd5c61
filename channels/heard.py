"""Holds what was heard of a customer: the message, with what is known of its sender."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels import keywords
from channels.appointments import PromiseWord
from channels.ledger import Contact
from channels.model import Address, Channel
from channels.ports import Said
from channels.preferences import Known
from kernel.journal import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A message as the carrier posted it; `id` is the carrier's and is taken in once.

    `about`: the contact that a mail answers, or a call is about, without which it fits no thread.
    Of a mail: `automatic`, a machine wrote it; `message_id`, its own, which our answer refers to.
    """

    id: str
    channel: Channel
    sender: str
    text: str
    carrier_word: str | None = None  # STOP, START or HELP, as the carrier read and answered it
    apart: bool = False  # an answer cannot go back with it: it is sent as a message of its own
    about: str | None = None
    automatic: bool = False
    message_id: str | None = None
    at: datetime | None = None  # when it was written, where it is read long after that


def wish_of(message: Inbound, text: str, stopped: bool) -> keywords.Wish:
    """What a message asks of us in a word.

    A STOP which the carrier has acted on is one, whatever it read it in: nothing of ours would
    arrive. Its START only undoes a stop, for YES is an answer as well.
    """
    wish = keywords.read(text, stopped)
    if message.carrier_word == "STOP":
        everywhere = isinstance(wish, keywords.OptOutWord) and wish.all_channels
        return keywords.OptOutWord(certain=True, all_channels=everywhere)
    if message.carrier_word == "START" and stopped:
        return keywords.OptInWord()
    if message.carrier_word == "HELP":
        return keywords.HelpWord()
    return wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message with what is known of its sender: the thread it is of, and what was sent before.

    `text`: what is read of it; `automatic`: a machine wrote it; `wish` and `about_call`: what it
    asks of us in a word. `owners`: the customers with the number, locked where that is needed;
    `stopped`: a stop of theirs is in force; `free`: no question is open on the address.
    """

    message: Inbound
    address: Address
    text: str
    thread: Contact | None
    past: Sequence[Contact]
    automatic: bool
    wish: keywords.Wish
    about_call: PromiseWord | None
    owners: Sequence[Known] = ()
    stopped: bool = False
    free: bool = False

    @property
    def by_mail(self) -> bool:
        """Whether it came by mail, where a stop is believed of anybody but only a tag proves a wish
        for more.
        """
        return self.message.channel is Channel.EMAIL

    @property
    def plain(self) -> bool:
        """Whether it asks nothing of us: it is an answer, or nothing at all."""
        wishes = self.about_call is not None or not isinstance(self.wish, keywords.Nothing)
        return self.automatic or not wishes

    @property
    def unasked(self) -> "Read | None":
        """How it is read where it can answer nothing: a machine's, after a stop, a stranger's."""
        if self.automatic:
            return Read(reading="auto_reply", thread=self.thread)
        if self.stopped:
            return Read(reading="opted_out", thread=self.thread, reason="opted_out")
        return Read(reading="unmatched", reason="stranger") if self.thread is None else None

    @property
    def stops(self) -> keywords.OptOutWord | None:
        """The stop that it is, and nothing else; what the carrier has acted on is one."""
        other = self.automatic or self.about_call is not None
        if other and self.message.carrier_word != "STOP":
            return None
        return self.wish if isinstance(self.wish, keywords.OptOutWord) else None

    @property
    def last(self) -> Contact | None:
        """What was sent last to its sender."""
        return self.past[0] if self.past else None

    def held_back(self, now: datetime) -> bool:
        """Whether there is anything that a word to begin again could end."""
        pauses = (owner.person.paused_until for owner in self.owners)
        return self.stopped or any(until is not None and until > now for until in pauses)

    def entry(
        self,
        now: datetime,
        kind: str,
        detail: Mapping[str, Any] | None = None,
        *,
        last: bool = False,
    ) -> Entry:
        """A journal entry about the message's thread, or about the `last` contact of its sender."""
        thread = self.last if last else self.thread
        message = self.message
        return Entry(
            at=now,
            kind=kind,
            about=thread.thread if thread else message.id,
            source=thread.source if thread else None,
            ticket=thread.ticket if thread else None,
            detail={"message": message.id, "channel": str(message.channel), **(detail or {})},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """How a message was read, and what is said to it; `reason`: why it fits nothing."""

    reading: str
    said: Said = field(default_factory=Said)
    thread: Contact | None = None
    entries: tuple[Entry, ...] = ()
    reason: str | None = None
