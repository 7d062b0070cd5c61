"""Leads the talk of a call, one request a turn, and keeps where it stands and what was said."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import answers, ivr, ledger, outcomes, store
from channels.callwording import line
from channels.heard import Inbound
from channels.inbox import REMEMBERED, Inbox
from channels.ivr import Heard, Place, Spoken, Standing
from channels.jobs import KEEP, Keep
from channels.ledger import Contact, Progress
from channels.model import Channel, ContactState
from channels.ports import Conversation, OnPhone, OutcomeKind, Speaker
from channels.render import Render
from channels.tables import calls
from kernel.engine import Database
from kernel.journal import append
from kernel.sql import insert_new, lock_rows, overwrite
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Job

VOICEMAIL = "voicemail"
_MOST_TURNS = 60  # of one call: whoever goes on longer is a machine

#: A turn as the carrier reads it: what is said, by whose contact, and the turn's number.
Setting = Callable[[Spoken, str, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOf:
    """A call as it is kept; `said`: what was answered to each request, in order."""

    id: str
    contact: str
    thread: str
    at: datetime
    standing: Standing
    sequence: int = -1
    rank: int = -1
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A recording that the carrier made, and how many seconds it is."""

    id: str
    seconds: int


@dataclass(slots=True, kw_only=True)
class Talk:
    """Answers a call's requests; each once, however often it comes."""

    database: Database
    vault: Vault
    inbox: Inbox
    conversations: Mapping[str, Conversation]
    speakers: Mapping[str, Speaker]
    render: Render
    setting: Setting

    async def begin(self, id: str, contact: str, answered_by: str, to: str, now: datetime) -> str:
        """The first words of a call of ours; a machine hears none, or its message."""

        async def work(conn: AsyncConnection) -> str:
            known = await lock_contact(conn, self.vault, contact)
            if known is None or known.channel is not Channel.VOICE:
                return self._farewell(answers.spoken_to(None, to), contact)
            phone = await self._phone(conn, known)
            if phone is None:
                return self._farewell(answers.spoken_to(None, to), contact)
            await arrived(conn, self.conversations, known, id, now)
            call = await open_call(conn, self.vault, id, known, now)
            if call.said:
                return call.said[0]
            if ivr.is_machine(answered_by):
                return await self._machine(conn, call, known, phone, answered_by, now)
            standing, spoken = ivr.begin(call.standing, phone, self.render.brand.name)
            return await self._keep(conn, call, standing, spoken)

        return await self.database.transact(work)

    async def called(self, id: str, sender: str, now: datetime) -> str:
        """The first words to a customer who calls us: who tried to reach them, and why."""

        async def work(conn: AsyncConnection) -> str:
            past = await ledger.of_address(
                conn, self.vault, self.vault.indexes(sender), now - REMEMBERED
            )
            last = next((item for item in past if is_told(item) and item.ticket), None)
            phone = await self._phone(conn, last) if last is not None else None
            if last is None or phone is None:
                spoken = answers.spoken_to(None, sender)
                said = line("stranger", spoken, brand=self.render.brand.name)
                return self.setting(Spoken(locale=spoken, lines=(said,)), "", 0)
            call = await open_call(conn, self.vault, id, last, now, inbound=True)
            if call.said:
                return call.said[0]
            standing, words = ivr.begin(call.standing, phone, self.render.brand.name)
            return await self._keep(conn, call, standing, words)

        return await self.database.transact(work)

    async def turn(
        self,
        id: str,
        contact: str,
        step: int,
        heard: Heard,
        recorded: Recorded | None,
        to: str,
        now: datetime,
    ) -> str:
        """What follows a key or a word; an answer is committed before anything is said to it."""
        async with self.database.read() as conn:
            call = await load_call(conn, self.vault, id)
            known = (await ledger.load(conn, self.vault, [contact])).get(contact)
            phone = await self._phone(conn, known) if known is not None else None
        if call is None or known is None or phone is None or call.contact != contact:
            return self._farewell(answers.spoken_to(None, to), contact)
        if 0 <= step < len(call.said):
            return call.said[step]
        if step != len(call.said) or call.standing.place is Place.OVER or step >= _MOST_TURNS:
            return self._farewell(phone.locale, contact)
        act = ivr.understand(call.standing, heard, phone.question, phone.locale)
        if act.text:
            message = Inbound(
                id=f"{id}-{step}",
                channel=Channel.VOICE,
                sender=known.address.value,
                text=act.text,
                about=known.id,
            )
            await self.inbox.receive(message, now)

        async def work(conn: AsyncConnection) -> str:
            locked = await load_call(conn, self.vault, id, lock=True)
            left = await self._phone(conn, known)
            if locked is None or left is None:
                return self._farewell(phone.locale, contact)
            if len(locked.said) > step:
                return locked.said[step]
            standing, spoken = ivr.go_on(call.standing, act, left, self.render.brand.name)
            if recorded is not None:
                answers_it = act.deed is ivr.Deed.ANSWER and act.text
                meant = call.standing.asked if answers_it else None
                await jobs.enqueue(conn, [keeping(call, recorded, meant, now)])
            return await self._keep(conn, locked, standing, spoken)

        return await self.database.transact(work)

    async def _phone(self, conn: AsyncConnection, contact: Contact) -> OnPhone | None:
        """What its author has to say in a thread; whoever opted out of calls is asked nothing."""
        speaker = self.speakers.get(contact.conversation)
        if speaker is None:
            return None
        who = (contact.source, contact.customer)
        person = (await store.load_people(conn, self.vault, [who])).get(who)
        locale = person.own_locale if person else None
        phone = await speaker.on_phone(conn, contact.thread, locale)
        ring = self.vault.indexes(contact.address.value)
        stops = await store.opt_outs_of(conn, ring)
        bound = (Channel.VOICE, store.ALL_CHANNELS)
        stopped = any(stop.channel in bound for ix in ring for stop in stops.get(ix, ()))
        return replace(phone, question=None) if phone is not None and stopped else phone

    async def _machine(
        self,
        conn: AsyncConnection,
        call: CallOf,
        contact: Contact,
        phone: OnPhone,
        answered_by: str,
        now: datetime,
    ) -> str:
        """A machine gets one message at most, by program, and is never asked anything."""
        over = replace(call.standing, place=Place.OVER)
        others = await ledger.of_thread(conn, self.vault, contact.thread)
        left = any(item.error == VOICEMAIL for item in others)
        if not (phone.voicemail and ivr.after_beep(answered_by) and phone.question) or left:
            await unreached(conn, self.conversations, contact, "machine", now)
            return await self._keep(conn, call, over, Spoken(locale=phone.locale, lines=()))
        await outcomes.over(conn, self.conversations, contact, None, VOICEMAIL, now)
        brand = self.render.brand.name
        said = line("voicemail", phone.locale, brand=brand, ticket=phone.ticket)
        return await self._keep(conn, call, over, Spoken(locale=phone.locale, lines=(said,)))

    async def _keep(
        self, conn: AsyncConnection, call: CallOf, standing: Standing, spoken: Spoken
    ) -> str:
        text = self.setting(spoken, call.contact, len(call.said) + 1)
        row = {
            "id": call.id,
            "place": standing.place.value,
            "back": standing.back.value,
            "tries": standing.tries,
            "asked": standing.asked,
            "step": len(call.said) + 1,
            "said": self.vault.seal(json.dumps([*call.said, text]), _said_place(call.id)),
        }
        await overwrite(conn, calls, [row], "id")
        return text

    def _farewell(self, locale: str, contact: str) -> str:
        return self.setting(Spoken(locale=locale, lines=(line("ended", locale),)), contact, 0)


def _said_place(id: str) -> str:
    return f"calls.said|{id}"


def is_told(contact: Contact) -> bool:
    """Whether a customer may know of a contact: it went out, or rang."""
    return contact.state in ledger.COUNTED or contact.sent_at is not None


def keeping(call: CallOf, recorded: Recorded, question: str | None, now: datetime) -> Job:
    """The job that keeps a recording, or only deletes it where it answers no `question`."""
    wanted = Keep(
        recording=recorded.id,
        contact=call.contact,
        thread=call.thread,
        question=question,
        seconds=recorded.seconds,
    )
    return KEEP.job(recorded.id, wanted, due_at=now)


async def lock_contact(conn: AsyncConnection, vault: Vault, id: str) -> Contact | None:
    """A contact, locked after its address, as everybody locks; None: there is no such contact."""
    known = (await ledger.load(conn, vault, [id])).get(id)
    if known is None:
        return None
    await store.lock_addresses(conn, [known.address.index])
    return (await ledger.load(conn, vault, [id], lock=True)).get(id)


async def arrived(
    conn: AsyncConnection,
    conversations: Mapping[str, Conversation],
    contact: Contact,
    call: str,
    now: datetime,
) -> None:
    """The carrier has the call, whatever it told us when we placed it."""
    if contact.state in (*ledger.UNSETTLED, ContactState.QUEUED):
        await outcomes.settled(conn, conversations, [(contact, None)], "receipt", now)
    await ledger.set_carrier_id(conn, [(contact.id, call)])


async def unreached(
    conn: AsyncConnection,
    conversations: Mapping[str, Conversation],
    contact: Contact,
    why: str,
    now: datetime,
    *,
    rang: bool = True,
) -> None:
    """A call reached nobody; one that never rang counts for nothing. The contact is locked."""
    step = Progress(id=contact.id, state=ContactState.FAILED, at=now, error=why)
    if not await ledger.advance(conn, [step]):
        return
    if not rang:
        await ledger.uncount(conn, [contact.id])
    detail = {"channel": str(contact.channel), "outcome": why}
    await append(conn, [outcomes.about_contact(contact, "contact.unreached", now, detail)])
    told = outcomes.outcome(contact, OutcomeKind.UNREACHED, why)
    await outcomes.tell(conn, conversations, [(contact.conversation, told)], now)


# --- the rows of calls ---


async def open_call(
    conn: AsyncConnection,
    vault: Vault,
    id: str,
    contact: Contact,
    now: datetime,
    *,
    inbound: bool = False,
) -> CallOf:
    """The call's row, locked; a new one where there is none."""
    row = {
        "id": id,
        "contact": contact.id,
        "thread": contact.thread,
        "inbound": inbound,
        "at": now,
        "sequence": -1,
        "rank": -1,
        "place": Place.GREETING.value,
        "back": Place.GREETING.value,
        "tries": 0,
        "step": 0,
    }
    await insert_new(conn, calls, [row], ["id"])
    found = await load_call(conn, vault, id, lock=True)
    assert found is not None
    return found


async def load_call(
    conn: AsyncConnection, vault: Vault, id: str, *, lock: bool = False
) -> CallOf | None:
    """A call by the carrier's id; None: there is none."""
    query = select(calls).where(calls.c.id == id)
    row = (await conn.execute(lock_rows(query, conn) if lock else query)).one_or_none()
    if row is None:
        return None
    said = json.loads(vault.open(row.said, _said_place(id)) or "[]")
    return CallOf(
        id=row.id,
        contact=row.contact,
        thread=row.thread,
        at=row.at,
        sequence=row.sequence,
        rank=row.rank,
        standing=Standing(
            place=Place(row.place),
            back=Place(row.back),
            tries=row.tries,
            asked=row.asked,
            inbound=row.inbound,
        ),
        said=tuple(said),
    )


async def move_on(conn: AsyncConnection, id: str, sequence: int, rank: int) -> None:
    """Remember how far the carrier's news of a call have come; its row is locked."""
    await overwrite(conn, calls, [{"id": id, "sequence": sequence, "rank": rank}], "id")
