"""Carries out what customers ask of us in a word: stop, start, help, a pause, a call."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import answers, keywords, ledger, outcomes, store
from channels.appointments import PromiseWord
from channels.choices import place_of
from channels.heard import Heard, Read
from channels.jobs import ASKED_TOPIC, CALLBACK, WantedCall
from channels.ledger import Contact
from channels.model import Channel, OptOut, OptOutState, Person
from channels.ports import Conversation, Promiser, Said
from channels.render import Render
from channels.service import REMEMBERED, Stops, is_of, unsure
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job
from scheduler.notices import Notice, raise_many
from scheduler.publication import publish

_LATER = timedelta(hours=24)  # when to ask again who said "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Every verb works in the caller's transaction, which has locked the address."""

    vault: Vault
    conversations: Mapping[str, Conversation]
    render: Render
    default_timezone: Callable[[], str | None]
    promises: Promiser | None = None

    async def carried_out(self, conn: AsyncConnection, heard: Heard, now: datetime) -> Read | None:
        """How a message was read that asks something of us; None where nothing is left to say of
        that, and it is to be read as the answer in its thread.
        """
        if heard.automatic:
            return None
        if heard.about_call is not None:
            read = await self.promised(conn, heard, heard.about_call, now)
            if read is not None:
                return read
        # Who says "no call" and has been promised none wishes for none.
        drops = heard.about_call is PromiseWord.DROP
        return None if drops else await self._wish(conn, heard, now)

    async def _wish(self, conn: AsyncConnection, heard: Heard, now: datetime) -> Read | None:
        """What is asked of us in a word, done; None where the message may be an answer."""
        thread = heard.thread
        match heard.wish:
            case keywords.OptOutWord() as word:
                return (await self.stop(conn, [(heard, word)], now))[heard.message.id]
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
        self,
        conn: AsyncConnection,
        said: Sequence[tuple[Heard, keywords.OptOutWord]],
        now: datetime,
    ) -> dict[str, Read]:
        """Block at once and end the surveys on every channel; how each message was read, by id.

        Nothing is answered. Never two of one address.
        """
        stops = {heard.address.index: _stop(heard, word, now) for heard, word in said}
        new = {ix for ix, _ in await store.opt_out(conn, list(stops.items()))}
        by_name = await self._asked_elsewhere(conn, [heard for heard, _ in said], now)
        for contact in (contact for heard, _ in said for contact in heard.past):
            by_name[contact.conversation].add(contact.thread)
        for name, threads in sorted(by_name.items()):
            if name in self.conversations:
                await self.conversations[name].on_opt_out(conn, sorted(threads), now)
        await store.close_questions(conn, {thread for some in by_name.values() for thread in some})
        fresh = [(heard, stops[heard.address.index]) for heard, _ in said]
        fresh = [(heard, stop) for heard, stop in fresh if heard.address.index in new]
        await jobs.enqueue(conn, [job for each in fresh for job in _news(*each)])
        await raise_many(conn, [doubt for each in fresh for doubt in _doubts(*each)], now)
        return {heard.message.id: _read(heard, stops[heard.address.index]) for heard, _ in said}

    async def _asked_elsewhere(
        self, conn: AsyncConnection, said: Sequence[Heard], now: datetime
    ) -> defaultdict[str, set[str]]:
        """What else those were asked whose own numbers these are: by mail, or on another number.

        Where several share a number, who of them it was is not known: what it was sent must do.
        """
        owners = await store.sole_owners(
            conn, [self.vault.indexes(each.address.value) for each in said]
        )
        since = now - REMEMBERED
        found = await ledger.threads_with(conn, owners, (), since) if owners else {}
        return defaultdict(set, found)

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
            # With nothing left to ask they can only mean a call of ours.
            word = heard.about_call
            moved = None if word is None else await self._of_promise(conn, heard, word, now)
            return moved or Read(reading="unmatched", thread=thread, reason="no_open_question")
        person = await self.person(conn, thread)
        spoken = answers.spoken_to(person.locale if person else None, heard.message.sender)
        at, paused = again[thread.thread], person.paused_until if person else None
        # Who has paused for longer must not hear that we ask tomorrow.
        text = answers.later(at is not None and (paused is None or paused <= at), spoken)
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

        "Later" is about an open survey unless a call was the last thing we wrote of.
        """
        wish = keywords.read(heard.text, heard.stopped)
        later = isinstance(wish, keywords.LaterWord) and not heard.stopped
        if later and heard.past and not self._wrote_of_call(heard.past[0]):
            return None
        return await self._of_promise(conn, heard, word, now)

    def _wrote_of_call(self, contact: Contact) -> bool:
        return self.conversations.get(contact.conversation) is self.promises

    async def _of_promise(
        self, conn: AsyncConnection, heard: Heard, word: PromiseWord, now: datetime
    ) -> Read | None:
        """Do what is asked about a promised call; None where none is."""
        if self.promises is None or not heard.past:
            return None
        last = heard.past[0]
        who = list(dict.fromkeys((item.source, item.customer) for item in heard.past))
        said = await self.promises.on_word(conn, who, word, heard.message.channel, now)
        if said is None:
            return None
        thread = last if self._wrote_of_call(last) else heard.thread or last
        if heard.stopped or heard.message.channel is Channel.VOICE:
            said = Said()
        return Read(reading="promised_call", said=said, thread=thread)

    async def person(self, conn: AsyncConnection, thread: Contact) -> Person | None:
        """The customer of a thread."""
        who = (thread.source, thread.customer)
        return (await store.load_people(conn, self.vault, [who])).get(who)


def _stop(heard: Heard, word: keywords.OptOutWord, now: datetime) -> OptOut:
    message = heard.message
    return OptOut(
        channel=store.ALL_CHANNELS if word.all_channels else str(message.channel),
        at=now,
        how="call" if message.channel is Channel.VOICE else "reply",
        state=OptOutState.FINAL if word.certain else OptOutState.PROVISIONAL,
        proof=message.id,
    )


def _detail(stop: OptOut) -> dict[str, Any]:
    return {"channel": stop.channel, "state": stop.state, "how": stop.how}


def _news(heard: Heard, stop: OptOut) -> Iterator[Job]:
    """What other systems are told, where a ticket can be named."""
    last = heard.last
    if last is not None and last.ticket is not None:
        yield publish(
            "customer.opted_out",
            heard.message.id,
            stop.at,
            source=last.source,
            ticket=last.ticket,
            data={"customer": last.customer, "at": stop.at.isoformat(), **_detail(stop)},
        )


def _doubts(heard: Heard, stop: OptOut) -> Iterator[Notice]:
    """What a person has to settle, where it is not sure that a stop was meant."""
    if stop.state is not OptOutState.FINAL:
        last = heard.last
        who = (last.source, last.customer) if last else None
        yield unsure(heard.message.id, stop.channel, who, last.ticket if last else None)


def _read(heard: Heard, stop: OptOut) -> Read:
    entry = heard.entry(stop.at, "opt_out.recorded", _detail(stop), last=True)
    return Read(reading="opt_out", thread=heard.last, entries=(entry,))
