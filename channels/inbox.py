"""The one door in: reads opt-outs and wishes before anyone reads answers, each message once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import answering, appointments, archive, autoreply, keywords, ledger, outcomes, store
from channels.answering import Answered, ReadBefore
from channels.heard import Heard, Inbound, Read, wish_of
from channels.ledger import Contact
from channels.model import Address, Channel, MessageClass
from channels.ports import Conversation, Promiser, Reply, Said
from channels.preferences import Known
from channels.render import Render
from channels.wishes import Wishes
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.gathering import Gathering
from kernel.journal import append
from kernel.vault import Vault

REMEMBERED = timedelta(days=60)  # how far back a reply may belong to what we sent
_JUST_BEFORE = timedelta(minutes=10)  # how far back it may correct what was said in another thread
_MOST_BEFORE = 3  # threads looked at for that
LONGEST = 1_600  # characters read of a message, the carrier's own limit
MOST_WAITING = 2_000  # messages not answered yet
MOST_TOGETHER = 100  # messages read in one transaction
PATIENCE = timedelta(seconds=10)  # carriers wait for fifteen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Came:
    """A message at the door; `ring`: the indexes of its sender, the writing one first."""

    message: Inbound
    address: Address
    ring: Sequence[bytes]
    text: str
    wish: keywords.Wish  # as of somebody whom no stop holds back
    now: datetime


@dataclass(slots=True, kw_only=True)
class Inbox:
    """Takes messages in; the same id is answered the same, however often it comes.

    Who comes while others are read is read with all who came meanwhile, in one transaction: never
    two of one address, stops with stops and answers with answers, of which no two touch one thread.
    What is more than that is read by itself, which is the same with one. Nobody is answered before
    the commit.
    """

    database: Database
    vault: Vault
    conversations: Mapping[str, Conversation]
    render: Render
    promises: Promiser | None = None
    default_timezone: Callable[[], str | None] = lambda: None
    barrier: Barrier = OPEN
    _line: Gathering[_Came, tuple[Answered, ...]] = field(init=False)
    _read_at: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)

    def __post_init__(self) -> None:
        self._line = Gathering(
            what="messages",
            work=self._take,
            most_waiting=MOST_WAITING,
            most_together=MOST_TOGETHER,
            patience=PATIENCE,
            keys=lambda came: (came.message.id, came.message.sender),
            kind=lambda came: isinstance(came.wish, keywords.OptOutWord),
        )

    async def receive(self, message: Inbound, now: datetime) -> tuple[Answered, ...]:
        """Read one message and say what to answer, once that is committed.

        Unavailable where that cannot be promised; the same id may be told again.
        """
        ring = self.vault.indexes(message.sender)
        address = Address(channel=message.channel, value=message.sender, index=ring[0])
        text = kept_text(message)
        wish = wish_of(message, text, stopped=False)
        came = _Came(message=message, address=address, ring=ring, text=text, wish=wish, now=now)
        return await self._line.take(came)

    async def close(self) -> None:
        """End what is being read."""
        await self._line.close()

    async def _take(self, batch: Sequence[_Came]) -> Sequence[tuple[Answered, ...] | None]:
        """What to answer to each message; None to one that has to be read by itself."""
        now = self._now(batch)

        async def read(conn: AsyncConnection) -> Sequence[tuple[Answered, ...] | None]:
            said = await self._receive(conn, batch, now)
            await self.barrier.reach("inbox.read")
            return said

        try:
            said = await self.database.transact(read)
        except ReadBefore:
            said = await self.database.transact(read)
        await self.barrier.reach("inbox.committed")
        return said

    def _now(self, batch: Sequence[_Came]) -> datetime:
        """When the last of them came; never before what was read already, unless a clock was set
        back: who waited for what they wrote before is not to have written it first.
        """
        now = max(came.now for came in batch)
        if now < self._read_at < now + PATIENCE:
            now = self._read_at
        self._read_at = now
        return now

    async def _receive(
        self, conn: AsyncConnection, batch: Sequence[_Came], now: datetime
    ) -> Sequence[tuple[Answered, ...] | None]:
        """Opt-outs and wishes first: answers are what is left."""
        alone = len(batch) == 1
        owners = await self._owners(conn, batch[0]) if alone else ()
        rows = await self._lock(conn, batch)
        await store.revive(conn, _alive(batch, rows))
        known = await archive.answers_of(conn, self.vault, [came.message.id for came in batch])
        new = [came for came in batch if came.message.id not in known]
        heard = await self._hear(conn, new, rows, owners, now)
        if not alone:
            heard = _together(heard, now)
        await append(conn, [each.entry(now, "reply.received") for each in heard])
        stops = [(each, each.stops) for each in heard if each.stops is not None]
        reads = await self._wishes().stop(conn, stops, now) if stops else {}
        for each in heard if alone and not stops else ():
            done = await self._wishes().carried_out(conn, each, now)
            if done is not None:
                reads[each.message.id] = done
        left = [each for each in heard if each.message.id not in reads]
        reads |= await self._answers(conn, left, now)
        told = [answering.settled(self.render, each, reads[each.message.id], now) for each in heard]
        await answering.keep(conn, self.vault, told, now)
        said = {name: answering.answers_in(stored) for name, stored in known.items()}
        said |= {each.heard.message.id: each.said for each in told}
        return [said.get(came.message.id) for came in batch]

    async def _owners(self, conn: AsyncConnection, came: _Came) -> Sequence[Known]:
        """Whom a pause or its end concerns, locked: people come before addresses."""
        match keywords.read(came.text, opted_out=True):
            case keywords.PauseWord() | keywords.OptInWord():
                channel = came.address.channel
                owners = await store.lock_owners(conn, self.vault, channel, came.ring)
                return list(owners.values())
            case _:
                return ()

    async def _lock(self, conn: AsyncConnection, batch: Sequence[_Came]) -> Mapping[bytes, Any]:
        """The rows of the addresses, locked: what one person says is read one after the other.

        The row of an address that nobody knew is made for a message by itself.
        """
        first, alone = batch[0], len(batch) == 1
        if alone and len(first.ring) > 1:
            # Whoever just made the new key's row goes on to lock the old one's.
            await store.add_addresses(conn, [first.address.index])
        rings = {ix for came in batch for ix in came.ring}
        rows = await store.lock_addresses(conn, rings)
        if alone and first.address.index not in rows:
            await store.add_addresses(conn, [first.address.index])
            rows = await store.lock_addresses(conn, rings)
        return rows

    async def _hear(
        self,
        conn: AsyncConnection,
        new: Sequence[_Came],
        rows: Mapping[bytes, Any],
        owners: Sequence[Known],
        now: datetime,
    ) -> list[Heard]:
        """The messages with what is known of their senders."""
        known = [came for came in new if came.address.index in rows]
        if not known:
            return []
        rings = [came.ring for came in known]
        past = await ledger.of_addresses(conn, self.vault, rings, now - REMEMBERED)
        stops = await store.opt_outs_of(conn, {ix for ring in rings for ix in ring})
        heard = []
        for came, sent in zip(known, past, strict=True):
            bound = (came.address.channel, store.ALL_CHANNELS)
            stopped = any(stop.channel in bound for ix in came.ring for stop in stops.get(ix, ()))
            mine = [rows[ix] for ix in came.ring if ix in rows and store.is_open(rows[ix], now)]
            heard.append(
                Heard(
                    message=came.message,
                    address=came.address,
                    text=came.text,
                    thread=_thread(came.message, mine[0].open_thread if mine else None, sent),
                    past=sent,
                    automatic=came.message.automatic or autoreply.is_automatic(came.text),
                    wish=wish_of(came.message, came.text, stopped) if stopped else came.wish,
                    about_call=appointments.read(came.text),
                    owners=owners,
                    stopped=stopped,
                    free=not any(store.is_open(row, now + store.CALL_FOR) for row in mine),
                )
            )
        return heard

    def _wishes(self) -> Wishes:
        return Wishes(
            vault=self.vault,
            conversations=self.conversations,
            render=self.render,
            default_timezone=self.default_timezone,
            promises=self.promises,
        )

    async def _answers(
        self, conn: AsyncConnection, heard: Sequence[Heard], now: datetime
    ) -> dict[str, Read]:
        """Messages read as the answers in their threads, by their ids."""
        reads = {each.message.id: read for each in heard if (read := each.unasked) is not None}
        threads = [(each, each.thread) for each in heard if each.thread is not None]
        asked = [(each, thread) for each, thread in threads if each.message.id not in reads]
        # What a machine answers did arrive as well; of who stopped nothing is asked any more.
        proven = [(each, thread) for each, thread in threads if each.automatic or not each.stopped]
        doubts = [(thread.thread, each.past) for each, thread in proven]
        await outcomes.replied(conn, self.conversations, doubts, now)
        whose = {(thread.source, thread.customer) for _, thread in asked}
        people = await store.load_people(conn, self.vault, whose)
        replies: dict[str, list[Reply]] = {}
        for each, thread in asked:
            person = people.get((thread.source, thread.customer))
            reply = Reply(
                id=each.message.id,
                thread=thread.thread,
                channel=each.message.channel,
                text=each.text,
                locale=person.own_locale if person else None,
                before=_before(thread, each.past, now),
            )
            replies.setdefault(thread.conversation, []).append(reply)
        said: dict[str, Said] = {}
        for name, some in sorted(replies.items()):
            said |= await self.conversations[name].on_reply(conn, some, now)
        marks = []
        for each, thread in asked:
            told = said.get(each.message.id, Said())
            marks.append((each, thread, told))
            person = people.get((thread.source, thread.customer))
            if person is not None and person.do_not_contact:
                # What was said counts; that nobody may be contacted binds our answers too.
                told = replace(told, texts=())
            reading = "answer" if told.matched else "unmatched"
            read = Read(reading=reading, said=told, thread=thread, reason=told.reason)
            reads[each.message.id] = read
        await _mark(conn, marks, now)
        return reads


def kept_text(message: Inbound) -> str:
    """What is read and kept of a message."""
    return message.text[:LONGEST].replace("\x00", "")


def _alive(batch: Sequence[_Came], rows: Mapping[bytes, Any]) -> set[bytes]:
    """Numbers that were given up, and of which a text has come: who wrote can be written to.

    Of a mail it would not be sure who wrote it.
    """
    texts = {ix for came in batch if came.message.channel is Channel.SMS for ix in came.ring}
    return {
        ix
        for ix in texts & rows.keys()
        if rows[ix].dead and rows[ix].dead_channel in (None, Channel.SMS.value)
    }


def _together(heard: Sequence[Heard], now: datetime) -> list[Heard]:
    """Those that can be read in one go: stops, or else what is no wish; no two touch one thread."""
    stops = [each for each in heard if each.stops is not None]
    if stops:
        return stops
    chosen: list[Heard] = []
    touched: set[str] = set()
    for each in heard:
        if each.plain:
            asked = each.thread
            threads = {asked.thread, *_before(asked, each.past, now)} if asked else set()
            if touched.isdisjoint(threads):
                chosen.append(each)
            touched |= threads
    return chosen


async def _mark(
    conn: AsyncConnection, reads: Sequence[tuple[Heard, Contact, Said]], now: datetime
) -> None:
    """Which questions are open on the addresses after the answers, and what a person must see."""
    closed = {thread.thread for _, thread, said in reads if not said.open_question}
    until = now + store.QUESTION_FOR
    opened = {
        heard.address.index: (thread.conversation, thread.thread, until)
        for heard, thread, said in reads
        if said.open_question
        and said.matched
        and heard.free
        and heard.message.channel is Channel.SMS
    }
    await store.close_questions(conn, closed)
    await store.open_questions(conn, opened)
    for heard, thread, said in reads:
        if not said.matched and said.reason == archive.NOT_UNDERSTOOD:
            await archive.set_aside(conn, heard.address, thread.thread)


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
