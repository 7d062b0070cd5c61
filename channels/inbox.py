"""The one door in: reads opt-outs and wishes before anyone reads answers, each message once."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import answers, keywords, ledger, outcomes, store
from channels.choices import place_of
from channels.ledger import Contact
from channels.model import Address, Channel, MessageClass, OptOut, OptOutState, Person
from channels.ports import Conversation, Reply, Said
from channels.preferences import Known
from channels.render import Render
from channels.service import Stops, is_of
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.publication import publish

_REMEMBERED = timedelta(days=60)  # how far back a reply may belong to what we sent
_LATER = timedelta(hours=24)  # when to ask again who said "later"
_LOOP_SPAN, _LOOP_MOST = timedelta(minutes=5), 10  # answers to one address; then a machine talks
LONGEST = 1_600  # characters read of a message, the carrier's own limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A message as the carrier posted it; `id` is the carrier's and is taken in once."""

    id: str
    channel: Channel
    sender: str
    text: str
    stop_answered: bool = False  # the carrier has answered this STOP or HELP itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One text that goes back in the same request, with its contact."""

    contact: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """How a message was read, and what is said to it."""

    reading: str
    said: Said = field(default_factory=Said)
    thread: Contact | None = None
    entries: tuple[Entry, ...] = ()


@dataclass(slots=True, kw_only=True)
class Inbox:
    """Takes messages in; the same id is answered the same, however often it comes."""

    database: Database
    vault: Vault
    conversations: Mapping[str, Conversation]
    render: Render
    default_timezone: Callable[[], str | None] = lambda: None
    barrier: Barrier = OPEN

    async def receive(self, message: Inbound, now: datetime) -> tuple[Answered, ...]:
        """Read one message and say what to answer, in one transaction."""
        address = Address(
            channel=message.channel,
            value=message.sender,
            index=self.vault.index(message.sender),
        )

        async def read(conn: AsyncConnection) -> tuple[Answered, ...]:
            said = await self._receive(conn, message, address, now)
            await self.barrier.reach("inbox.read")
            return said

        said = await self.database.transact(read)
        await self.barrier.reach("inbox.committed")
        return said

    async def _receive(
        self, conn: AsyncConnection, message: Inbound, address: Address, now: datetime
    ) -> tuple[Answered, ...]:
        text = message.text[:LONGEST].replace("\x00", "")
        # The address is locked first: two messages of one person are read one after the other.
        ring = self.vault.indexes(address.value)
        owners = await self._owners(conn, address, ring, text)
        await store.add_addresses(conn, [address.index])
        rows = await store.lock_addresses(conn, ring)
        if not await ledger.take_in(conn, self.vault, message.id, address, text, now):
            stored = await ledger.answer_of(conn, self.vault, message.id)
            return tuple(Answered(**item) for item in json.loads(stored or "[]"))
        past = await ledger.of_address(conn, self.vault, ring, now - _REMEMBERED)
        asked = [row.open_thread for row in rows.values() if row.open_thread]
        thread = _thread(asked[0] if asked else None, past)
        await append(conn, [_entry(now, "reply.received", message, thread)])
        read = await self._read(conn, message, text, address, thread, past, owners, now)
        said = self._answers(message, read, past, address, now)
        await self._keep(conn, message, address, read, said, now)
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

    async def _read(
        self,
        conn: AsyncConnection,
        message: Inbound,
        text: str,
        address: Address,
        thread: Contact | None,
        past: Sequence[Contact],
        owners: Sequence[Known],
        now: datetime,
    ) -> _Read:
        stops = await self._stops(conn, address)
        match keywords.read(text, bool(stops)):
            case keywords.OptOutWord() as word:
                return await self._stop(conn, message, address, word, past, now)
            case keywords.OptInWord():
                return await self._start(conn, message, address, thread, owners, now)
            case keywords.HelpWord():
                silent = bool(stops) or message.stop_answered
                return await self._help(conn, message, thread, silent)
            case keywords.PauseWord(days=days):
                until = now + timedelta(days=days)
                return await self._pause(conn, message, thread, owners, until, bool(stops), now)
            case keywords.LaterWord():
                if thread is not None and not stops:
                    return await self._later(conn, message, thread, past, now)
            case keywords.CallMeWord(alone=True):
                # Kept for the callbacks desk; the survey it came in stays open.
                return _Read(reading="call_me", thread=thread)
            case keywords.CallMeWord():
                # A wish beside an answer: both are kept.
                wish = _entry(now, "wish.call_me", message, thread)
                await append(conn, [wish])
            case keywords.Nothing():
                pass
        if stops or thread is None:
            return _Read(reading="opted_out" if stops else "unmatched", thread=thread)
        return await self._reply(conn, message, text, thread, past, now)

    async def _stops(self, conn: AsyncConnection, address: Address) -> list[OptOut]:
        ring = self.vault.indexes(address.value)
        found = await store.opt_outs_of(conn, ring)
        bound = (address.channel, store.ALL_CHANNELS)
        return [stop for ix in ring for stop in found.get(ix, ()) if stop.channel in bound]

    async def _stop(
        self,
        conn: AsyncConnection,
        message: Inbound,
        address: Address,
        word: keywords.OptOutWord,
        past: Sequence[Contact],
        now: datetime,
    ) -> _Read:
        """Block at once and end the survey on every channel; nothing is answered."""
        channel = store.ALL_CHANNELS if word.all_channels else str(address.channel)
        state = OptOutState.FINAL if word.certain else OptOutState.PROVISIONAL
        stop = OptOut(channel=channel, at=now, how="reply", state=state, proof=message.id)
        await store.opt_out(conn, [(address.index, stop)])
        last = past[0] if past else None
        detail = {"channel": channel, "state": state, "how": "reply"}
        if last is not None and last.ticket is not None:
            data = {"customer": last.customer, **detail}
            news = publish(
                "customer.opted_out",
                message.id,
                now,
                source=last.source,
                ticket=last.ticket,
                data=data,
            )
            await jobs.enqueue(conn, [news])
        by_name: dict[str, set[str]] = {}
        for contact in past:
            by_name.setdefault(contact.conversation, set()).add(contact.thread)
        for name, threads in sorted(by_name.items()):
            if name in self.conversations:
                await self.conversations[name].on_opt_out(conn, sorted(threads), now)
        await store.close_questions(conn, {contact.thread for contact in past})
        entry = _entry(now, "opt_out.recorded", message, last, detail)
        return _Read(reading="opt_out", thread=last, entries=(entry,))

    async def _start(
        self,
        conn: AsyncConnection,
        message: Inbound,
        address: Address,
        thread: Contact | None,
        owners: Sequence[Known],
        now: datetime,
    ) -> _Read:
        channels = [str(address.channel), store.ALL_CHANNELS]
        ring = self.vault.indexes(address.value)
        ended = await store.opt_in(conn, ring, channels, f"reply {message.id}", now)
        stops = Stops(vault=self.vault, conversations=self.conversations)
        resumed = await stops.pause(conn, owners, None, thread, now)
        if not (ended or resumed):
            return _Read(reading="opt_in", thread=thread)
        detail = {"channel": str(address.channel), "how": "reply"}
        entry = _entry(now, "opt_in.recorded", message, thread, detail)
        return _Read(reading="opt_in", thread=thread, entries=(entry,))

    async def _help(
        self, conn: AsyncConnection, message: Inbound, thread: Contact | None, silent: bool
    ) -> _Read:
        """Say who we are; not to strangers, or two machines could help each other for ever."""
        person = await self._person(conn, thread) if thread is not None else None
        if silent or thread is None or (person is not None and person.do_not_contact):
            return _Read(reading="help", thread=thread)
        spoken = answers.spoken_to(person.locale if person else None, message.sender)
        text = answers.help_text(self.render.brand.name, spoken)
        return _Read(reading="help", said=Said(texts=(text,)), thread=thread)

    async def _pause(
        self,
        conn: AsyncConnection,
        message: Inbound,
        thread: Contact | None,
        owners: Sequence[Known],
        until: datetime,
        stopped: bool,
        now: datetime,
    ) -> _Read:
        """Hold back what is for anybody with this number; what is open stays to be answered."""
        if not owners:
            return _Read(reading="unmatched", thread=thread)
        await Stops(vault=self.vault, conversations=self.conversations).pause(
            conn, owners, until, thread, now
        )
        read = _Read(reading="pause", thread=thread)
        person = next((known.person for known in owners if is_of(known.person, thread)), None)
        if stopped or thread is None or person is None or person.do_not_contact:
            return read
        place = place_of(person, self.default_timezone())
        text = answers.paused(until, place, answers.spoken_to(person.locale, message.sender))
        return replace(read, said=Said(texts=(text,)))

    async def _later(
        self,
        conn: AsyncConnection,
        message: Inbound,
        thread: Contact,
        past: Sequence[Contact],
        now: datetime,
    ) -> _Read:
        """Ask again another time; no answer, and nothing that was not understood."""
        await outcomes.replied(conn, self.conversations, thread.thread, past, now)
        conversation = self.conversations[thread.conversation]
        again = await conversation.on_later(conn, [thread.thread], now + _LATER, now)
        if thread.thread not in again:
            return _Read(reading="unmatched", thread=thread)
        person = await self._person(conn, thread)
        spoken = answers.spoken_to(person.locale if person else None, message.sender)
        text = answers.later(again[thread.thread] is not None, spoken)
        silent = person is not None and person.do_not_contact
        return _Read(reading="later", said=Said(texts=() if silent else (text,)), thread=thread)

    async def _person(self, conn: AsyncConnection, thread: Contact) -> Person | None:
        who = (thread.source, thread.customer)
        return (await store.load_people(conn, self.vault, [who])).get(who)

    async def _reply(
        self,
        conn: AsyncConnection,
        message: Inbound,
        text: str,
        thread: Contact,
        past: Sequence[Contact],
        now: datetime,
    ) -> _Read:
        await outcomes.replied(conn, self.conversations, thread.thread, past, now)
        conversation = self.conversations[thread.conversation]
        person = await self._person(conn, thread)
        reply = Reply(
            id=message.id,
            thread=thread.thread,
            channel=message.channel,
            text=text,
            locale=person.own_locale if person else None,
        )
        said = (await conversation.on_reply(conn, [reply], now)).get(message.id, Said())
        if person is not None and person.do_not_contact:
            # What was said counts; that nobody may be contacted binds our answers too.
            said = replace(said, texts=())
        if not said.open_question:
            await store.close_questions(conn, {thread.thread})
        return _Read(reading="answer" if said.matched else "unmatched", said=said, thread=thread)

    def _answers(
        self,
        message: Inbound,
        read: _Read,
        past: Sequence[Contact],
        address: Address,
        now: datetime,
    ) -> tuple[Answered, ...]:
        """Texts with their contacts; a machine that answers our answers meets silence."""
        spoken = [
            contact
            for contact in past
            if contact.message_class is MessageClass.CONVERSATION
            and contact.intended_at > now - _LOOP_SPAN
        ]
        room = max(0, _LOOP_MOST - len(spoken))
        return tuple(
            Answered(
                contact=derived_id("c_", "answer", message.id, str(number)),
                text=self.render.signed(text, address.value),
            )
            for number, text in enumerate(read.said.texts[:room])
        )

    async def _keep(
        self,
        conn: AsyncConnection,
        message: Inbound,
        address: Address,
        read: _Read,
        said: Sequence[Answered],
        now: datetime,
    ) -> None:
        thread = read.thread
        if thread is not None:
            contacts = [
                thread.answered(answer.contact, answer.text, address, now) for answer in said
            ]
            await ledger.intend(conn, self.vault, contacts)
        await ledger.settle_in(
            conn,
            self.vault,
            message.id,
            reading=read.reading,
            thread=thread.thread if thread else None,
            answer=json.dumps([{"contact": a.contact, "text": a.text} for a in said]),
        )
        spoken = [
            outcomes.about_contact(
                replace(thread, id=answer.contact),
                "contact.sent",
                now,
                {"channel": str(address.channel), "message_class": "conversation"},
            )
            for answer in said
            if thread is not None
        ]
        aside = [_entry(now, "reply.set_aside", message, thread, {"reading": read.reading})]
        if read.reading in ("answer", "opt_out", "opt_in", "pause", "later"):
            aside = []
        await append(conn, [*read.entries, *aside, *spoken])


def _entry(
    now: datetime,
    kind: str,
    message: Inbound,
    thread: Contact | None,
    detail: Mapping[str, Any] | None = None,
) -> Entry:
    return Entry(
        at=now,
        kind=kind,
        about=thread.thread if thread else message.id,
        source=thread.source if thread else None,
        ticket=thread.ticket if thread else None,
        detail={"message": message.id, "channel": str(message.channel), **(detail or {})},
    )


def _thread(open_thread: str | None, past: Sequence[Contact]) -> Contact | None:
    """The contact whose question is open on the address, else the latest that may have arrived."""
    heard = [contact for contact in past if contact.state in ledger.COUNTED]
    for contact in heard:
        if contact.thread == open_thread:
            return contact
    return heard[0] if heard else None
