"""Carries out what customers ask of us in a word: stop, start, help, a pause, a call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import answers, keywords, outcomes, store
from channels.appointments import PromiseWord
from channels.choices import place_of
from channels.jobs import ASKED_TOPIC, CALLBACK, WantedCall
from channels.ledger import Contact
from channels.model import Address, Channel, OptOut, OptOutState, Person
from channels.ports import Conversation, Promiser, Said
from channels.preferences import Known
from channels.render import Render
from channels.service import Stops, is_of, unsure
from kernel.journal import Entry
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.notices import raise_many
from scheduler.publication import publish

_LATER = timedelta(hours=24)  # when to ask again who said "later"


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
    def answers(self) -> Contact | None:
        """The thread in which it is an answer and nothing else, as far as can be told without
        asking anybody; None where there is more to it.
        """
        more = self.stopped or self.automatic or self.about_call is not None
        return None if more or not isinstance(self.wish, keywords.Nothing) else self.thread

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
        thread = (self.past[0] if self.past else None) if last else self.thread
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Every verb works in the caller's transaction, which has locked the address."""

    vault: Vault
    conversations: Mapping[str, Conversation]
    render: Render
    default_timezone: Callable[[], str | None]
    promises: Promiser | None = None

    async def carried_out(self, conn: AsyncConnection, heard: Heard, now: datetime) -> Read | None:
        """How a message was read that is no answer, or more than one; None where it is to be read
        as the answer in its thread.
        """
        thread = heard.thread
        if heard.automatic:
            # No answer and not answered; what it answers did arrive.
            told = [] if thread is None else [(thread.thread, heard.past)]
            await outcomes.replied(conn, self.conversations, told, now)
            return Read(reading="auto_reply", thread=thread)
        if heard.about_call is not None:
            read = await self.promised(conn, heard, heard.about_call, now)
            if read is not None:
                return read
        # Who says "no call" and has been promised none wishes for none.
        drops = heard.about_call is PromiseWord.DROP
        wish = None if drops else await self._wish(conn, heard, now)
        if wish is not None:
            return wish
        if heard.stopped:
            return Read(reading="opted_out", thread=thread, reason="opted_out")
        if thread is None:
            return Read(reading="unmatched", reason="stranger")
        return None

    async def _wish(self, conn: AsyncConnection, heard: Heard, now: datetime) -> Read | None:
        """What is asked of us in a word, done; None where the message may be an answer."""
        thread = heard.thread
        match heard.wish:
            case keywords.OptOutWord() as word:
                return await self.stop(conn, heard, word, now)
            case keywords.OptInWord() if heard.held_back(now) and (thread or not heard.by_mail):
                return await self.start(conn, heard, now)
            case keywords.HelpWord():
                return await self.help(conn, heard)
            case keywords.PauseWord(days=days):
                return await self.pause(conn, heard, now + timedelta(days=days), now)
            case keywords.LaterWord():
                if thread is not None and not heard.stopped:
                    return await self.later(conn, heard, thread, now)
            case keywords.CallMeWord(alone=True):
                # The survey it came in stays open.
                return await self.call(conn, heard, now)
            case keywords.CallMeWord():
                # A wish beside an answer: both are kept, and the answer is what is answered.
                await self.call(conn, heard, now)
            case keywords.OptInWord() | keywords.Nothing():
                pass
        return None

    async def stop(
        self, conn: AsyncConnection, heard: Heard, word: keywords.OptOutWord, now: datetime
    ) -> Read:
        """Block at once and end the survey on every channel; nothing is answered."""
        message, past = heard.message, heard.past
        how = "call" if message.channel is Channel.VOICE else "reply"
        channel = store.ALL_CHANNELS if word.all_channels else str(message.channel)
        state = OptOutState.FINAL if word.certain else OptOutState.PROVISIONAL
        stop = OptOut(channel=channel, at=now, how=how, state=state, proof=message.id)
        new = await store.opt_out(conn, [(heard.address.index, stop)])
        last = past[0] if past else None
        detail = {"channel": channel, "state": state, "how": how}
        if new and last is not None and last.ticket is not None:
            news = publish(
                "customer.opted_out",
                message.id,
                now,
                source=last.source,
                ticket=last.ticket,
                data={"customer": last.customer, "at": now.isoformat(), **detail},
            )
            await jobs.enqueue(conn, [news])
        by_name: dict[str, set[str]] = {}
        for contact in past:
            by_name.setdefault(contact.conversation, set()).add(contact.thread)
        for name, threads in sorted(by_name.items()):
            if name in self.conversations:
                await self.conversations[name].on_opt_out(conn, sorted(threads), now)
        await store.close_questions(conn, {contact.thread for contact in past})
        entry = heard.entry(now, "opt_out.recorded", detail, last=True)
        if new and not word.certain:
            who = (last.source, last.customer) if last else None
            ticket = last.ticket if last else None
            await raise_many(conn, [unsure(message.id, channel, who, ticket)], now)
        return Read(reading="opt_out", thread=last, entries=(entry,))

    async def start(self, conn: AsyncConnection, heard: Heard, now: datetime) -> Read:
        """End what holds the number back: a stop, a pause."""
        channel = heard.address.channel
        channels = [str(channel), store.ALL_CHANNELS]
        ring = self.vault.indexes(heard.address.value)
        ended = await store.opt_in(conn, ring, channels, f"reply {heard.message.id}", now)
        stops = Stops(vault=self.vault, conversations=self.conversations)
        resumed = await stops.pause(conn, heard.owners, None, heard.thread, now)
        if not (ended or resumed):  # others did so meanwhile
            return Read(reading="opt_in", thread=heard.thread)
        detail = {"channel": str(channel), "how": "reply"}
        entry = heard.entry(now, "opt_in.recorded", detail)
        return Read(reading="opt_in", thread=heard.thread, entries=(entry,))

    async def help(self, conn: AsyncConnection, heard: Heard) -> Read:
        """Say who we are; not to strangers, or two machines could help each other for ever."""
        thread, silent = heard.thread, heard.stopped or heard.message.carrier_word is not None
        person = await self.person(conn, thread) if thread is not None else None
        if silent or thread is None or (person is not None and person.do_not_contact):
            return Read(reading="help", thread=thread)
        spoken = answers.spoken_to(person.locale if person else None, heard.message.sender)
        text = answers.help_text(self.render.brand.name, spoken)
        return Read(reading="help", said=Said(texts=(text,)), thread=thread)

    async def pause(
        self, conn: AsyncConnection, heard: Heard, until: datetime, now: datetime
    ) -> Read:
        """Hold back what is for anybody with this number; what is open stays to be answered."""
        thread, owners = heard.thread, heard.owners
        if not owners:
            return Read(reading="unmatched", thread=thread, reason="stranger")
        await Stops(vault=self.vault, conversations=self.conversations).pause(
            conn, owners, until, thread, now
        )
        read = Read(reading="pause", thread=thread)
        person = next((known.person for known in owners if is_of(known.person, thread)), None)
        if heard.stopped or thread is None or person is None or person.do_not_contact:
            return read
        place = place_of(person, self.default_timezone())
        spoken = answers.spoken_to(person.locale, heard.message.sender)
        return replace(read, said=Said(texts=(answers.paused(until, place, spoken),)))

    async def later(
        self, conn: AsyncConnection, heard: Heard, thread: Contact, now: datetime
    ) -> Read:
        """Ask again another time; no answer, and nothing that was not understood."""
        await outcomes.replied(conn, self.conversations, [(thread.thread, heard.past)], now)
        conversation = self.conversations[thread.conversation]
        again = await conversation.on_later(conn, [thread.thread], now + _LATER, now)
        if thread.thread not in again:
            return Read(reading="unmatched", thread=thread, reason="no_open_question")
        person = await self.person(conn, thread)
        spoken = answers.spoken_to(person.locale if person else None, heard.message.sender)
        text = answers.later(again[thread.thread] is not None, spoken)
        silent = person is not None and person.do_not_contact
        return Read(reading="later", said=Said(texts=() if silent else (text,)), thread=thread)

    async def call(self, conn: AsyncConnection, heard: Heard, now: datetime) -> Read:
        """Have the customer phoned; when, they hear as soon as there is a slot for it."""
        thread, message = heard.thread, heard.message
        who = await self._whose(conn, heard)
        if who is None:
            return Read(reading="unmatched", thread=thread, reason="stranger")
        spoken_on = message.channel is Channel.VOICE
        asked = WantedCall(
            id=derived_id("cb_", message.id),
            source=who[0],
            customer=who[1],
            ticket=thread.ticket if thread else None,
            origin="phone" if spoken_on else "customer",
            topic=ASKED_TOPIC,
            channel=message.channel.value,
            invitation=thread.thread if thread else None,
        )
        await jobs.enqueue(conn, [CALLBACK.job(message.id, asked, due_at=now)])
        read = Read(reading="call_me", thread=thread, entries=(heard.entry(now, "wish.call_me"),))
        person = (await store.load_people(conn, self.vault, [who])).get(who)
        if spoken_on or heard.stopped or (person is not None and person.do_not_contact):
            return read
        spoken = answers.spoken_to(person.locale if person else None, message.sender)
        return replace(read, said=Said(texts=(answers.will_call(spoken),)))

    async def _whose(self, conn: AsyncConnection, heard: Heard) -> store.Who | None:
        """The customer of the thread, or one who has the number."""
        if heard.thread is not None:
            return heard.thread.source, heard.thread.customer
        owners = await store.owners_of(conn, self.vault.indexes(heard.address.value))
        return min(owners, default=None)

    async def promised(
        self, conn: AsyncConnection, heard: Heard, word: PromiseWord, now: datetime
    ) -> Read | None:
        """Move or cancel a promised call; None where none is, or another thing was meant.

        "Later" is about the survey unless a call was the last thing we wrote of.
        """
        if self.promises is None or not heard.past:
            return None
        last = heard.past[0]
        about_call = self.conversations.get(last.conversation) is self.promises
        if (
            isinstance(keywords.read(heard.text, heard.stopped), keywords.LaterWord)
            and not about_call
        ):
            return None
        who = list(dict.fromkeys((item.source, item.customer) for item in heard.past))
        said = await self.promises.on_word(conn, who, word, heard.message.channel, now)
        if said is None:
            return None
        thread = last if about_call else heard.thread or last
        if heard.stopped or heard.message.channel is Channel.VOICE:
            said = Said()
        return Read(reading="promised_call", said=said, thread=thread)

    async def person(self, conn: AsyncConnection, thread: Contact) -> Person | None:
        """The customer of a thread."""
        who = (thread.source, thread.customer)
        return (await store.load_people(conn, self.vault, [who])).get(who)
