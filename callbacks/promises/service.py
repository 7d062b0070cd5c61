"""Promises callbacks, within the gate, the hours and the room there is, and records attempts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.promises import decide, follows, gate, store
from callbacks.promises.asking import with_words
from callbacks.promises.attempts import Ladder, after
from callbacks.promises.follows import Follow
from callbacks.promises.jobs import GONE, Gone
from callbacks.promises.model import (
    Attempt,
    Callback,
    CallbackRules,
    CallbackState,
    Origin,
    Slot,
    Urgency,
)
from callbacks.promises.news import entry, published
from callbacks.promises.promising import (
    JUST_ASKED,
    Desk,
    Known,
    Made,
    Needless,
    NoRoom,
    Refused,
    Wish,
    no_room,
)
from callbacks.promises.slots import LONGEST, Place, book_of
from channels import archive
from channels import store as people
from channels.jobs import CALLBACK, WantedCall
from channels.policy import DEFAULT, Rules
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.notices import Notice, raise_many
from scheduler.store import Again
from tickets import store as tickets

_AGAIN = timedelta(hours=1)  # when to look for a free slot once more
_EMPTY_FOR = timedelta(days=1)  # until somebody may have changed the hours

#: Who asked for a call hears from a person where none can be promised.
_OWED_AN_ANSWER = JUST_ASKED | {Origin.COMPLAINT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What promises go by: the rules of callbacks, and the contact policy with its version."""

    rules: CallbackRules = field(default_factory=CallbackRules)
    policy: Rules = DEFAULT
    version: str = ""

    @property
    def zone(self) -> str | None:
        """By which clock the time is told to customers whose own nobody knows."""
        return self.policy.default_timezone or self.rules.opening.timezone


async def open_desk(
    conn: AsyncConnection, vault: Vault, drafts: Sequence[Callback], terms: Terms, now: datetime
) -> Desk:
    """All that must be known to promise callbacks, locked until the transaction ends.

    In everybody's order: tickets, whose next news then find the promise; people, addresses; and
    the book, under which slots are given away one transaction after the other.
    """
    needless = await _needless(conn, drafts, now)
    zone = terms.rules.opening.timezone
    standings = await gate.ask(conn, vault, drafts, terms.policy, terms.version, now, zone)
    await store.lock_book(conn)
    return Desk(
        rules=terms.rules,
        needless=needless,
        standings=standings,
        open=await store.open_of(conn, vault, {item.key for item in drafts}),
        book=book_of(await store.booked(conn, now, now + terms.rules.book.latest + LONGEST)),
    )


async def keep(
    conn: AsyncConnection,
    vault: Vault,
    changed: Mapping[str, Callback],
    follow: Sequence[Follow],
    zone: str | None = None,
) -> None:
    """Save callbacks whose rows are locked, with their story and the jobs that follow.

    `zone` as in `Terms`, for what tells others of a slot.
    """
    await store.save(conn, vault, list(changed.values()))
    await append(conn, [item for each in follow for item in each.entries])
    told = [news for each in follow for news in each.news]
    clocks = await gate.clocks(conn, vault, [news.item for news in told], zone)
    out = [published(news, clocks.get(news.item.who, UTC)) for news in told]
    await jobs.enqueue(conn, [*(item for each in follow for item in each.jobs), *out])


async def ladder_of(conn: AsyncConnection, vault: Vault, item: Callback, terms: Terms) -> Ladder:
    """What the next attempt of a callback goes by."""
    found = await gate.places(conn, vault, [item], terms.policy)
    never = Place(hours=terms.rules.opening.hours, zones=())
    return Ladder(rules=terms.rules, customer=found.get(item.id, never))


async def record(
    conn: AsyncConnection,
    vault: Vault,
    item: Callback,
    attempt: Attempt,
    terms: Terms,
    *,
    actor: str = "",
) -> Callback:
    """The callback after an attempt, saved with all that follows; the caller has its row locked."""
    tried = after(item, attempt, await ladder_of(conn, vault, item, terms))
    said = follows.tried(tried, attempt, attempt.at, actor)
    await keep(conn, vault, {tried.id: tried}, [said], terms.zone)
    return tried


@dataclass(slots=True, kw_only=True)
class Promises:
    """Handles `callback.request` jobs: each is a promise, or why there is none."""

    database: Database
    vault: Vault
    terms: Terms
    barrier: Barrier = OPEN

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Promise what a batch asks for, in one transaction.

        What no slot is free for is told to a person, and tried again every hour: for as long as
        may be booked ahead, or a day where no hour suits both. Then whoever asked hears of it.
        """
        terms = self.terms
        async with self.database.write() as conn:
            wishes = await _wishes(conn, self.vault, batch, now)
            drafts = [wish.draft for wish in wishes.values()]
            desk = await open_desk(conn, self.vault, drafts, terms, now)
            movable = await _lock_chosen(conn, self.vault, desk, wishes.values())
            held = await jobs.held(conn, batch)
            done = _Promising(desk=desk, terms=terms, movable=movable, now=now)
            for leased in batch:
                if leased.job.key in held:
                    done.take(leased, wishes[leased.job.key])
            await add(conn, self.vault, list(done.made.values()), now)
            await keep(conn, self.vault, done.moved, done.said, terms.zone)
            await self.barrier.reach("callback.promising")
            soon = now + _AGAIN
            waiting = [
                Again(leased=item, at=soon, error="no_slot", burn=False) for item in done.again
            ]
            await jobs.retry(conn, waiting)
            await jobs.finish(conn, [each for each in batch if each not in done.again], now)
            await raise_many(conn, done.notices, now)
        await self.barrier.reach("callback.promised")


@dataclass(slots=True, kw_only=True)
class _Promising:
    """What becomes of a batch's wishes; `movable` are the open callbacks that may be changed."""

    desk: Desk
    terms: Terms
    movable: set[str]
    now: datetime
    made: dict[str, Callback] = field(default_factory=dict)
    moved: dict[str, Callback] = field(default_factory=dict)
    said: list[Follow] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    again: list[Leased] = field(default_factory=list)

    def take(self, leased: Leased, wish: Wish) -> None:
        """Promise what is wished for, or note why it is not, or not yet."""
        draft, now = wish.draft, self.now
        match self.desk.promise(wish, now):
            case Made(callback=item):
                self.made[item.id] = item
                self.movable.add(item.id)
                gated = Follow(entries=(self.desk.standings[item.id].verdict_at(item.slot.begin),))
                remind = self.terms.rules.remind
                self.said.append(gated + follows.promised(item, remind, now, item.origin.value))
            case Known(callback=item):
                self._known(item, wish)
            case Needless(reason=reason):
                self._over(draft, decide.cancelled(draft, reason, now))
            case Refused(reason=reason):
                self.said.append(_refused(draft, reason, now))
                self.notices.extend(_told(draft, "callback.refused", reason))
            case NoRoom(empty=empty) if now - draft.asked_at >= (
                _EMPTY_FOR if empty else self.terms.rules.book.latest
            ):
                self._over(draft, no_room(draft, now))
                self.notices.extend(_told(draft, "callback.refused", "no_slot", owed=True))
            case NoRoom():
                self.again.append(leased)
                self.notices.extend(_told(draft, "callback.no_slot", "no_slot", owed=True))

    def _known(self, item: Callback, wish: Wish) -> None:
        """Asked for again: the customer may have chosen another slot or number since."""
        draft, now = wish.draft, self.now
        anew = self.desk.move(item, wish, now) if item.id in self.movable else None
        if anew is not None:
            (self.made if item.id in self.made else self.moved)[item.id] = anew
        if anew is None or anew.slot == item.slot:
            self.said.append(_again(anew or item, draft, now))
        else:
            remind = self.terms.rules.remind
            self.said.append(follows.chosen(anew, remind, now, draft.origin.value))

    def _over(self, draft: Callback, over: Callback) -> None:
        """A wish that is never promised: who made it themselves hears so, and it stands."""
        if draft.origin not in JUST_ASKED:
            self.said.append(_refused(draft, over.reason_closed or "", self.now))
            return
        self.made[over.id] = over
        if over.state is CallbackState.CANCELLED:
            self.said.append(follows.cancelled(over, self.now, "ticket", tell=True))
        else:
            self.said.append(follows.never_promised(over, self.now))


async def _lock_chosen(
    conn: AsyncConnection, vault: Vault, desk: Desk, wishes: Iterable[Wish]
) -> set[str]:
    """Lock the open calls whose customers chose a slot or a number since; which may be changed."""
    keys = {wish.draft.key for wish in wishes if wish.slot is not None or wish.draft.phone}
    ids = {desk.open[key].id for key in keys if key in desk.open}
    for item in (await store.load(conn, vault, ids, lock=True)).values():
        if item.is_open:
            desk.open[item.key] = item
        else:
            desk.open.pop(item.key)
    return ids


async def _needless(
    conn: AsyncConnection, drafts: Sequence[Callback], now: datetime
) -> Mapping[str, str]:
    """Why wishes are needless whose ticket was settled or deleted since they were made, by id.

    A closing that is still to come is one by a clock ahead of ours: it was told before the wish.
    """
    which = {(item.source, item.ticket) for item in drafts if item.ticket is not None}
    rows = await tickets.lock_tickets(conn, which)
    closings = (await tickets.closures_of(conn, which)).values()
    found: dict[str, str] = {}
    for item in drafts:
        key = (item.source, item.ticket or "")
        mine = [
            each
            for each in closings
            if (each.closure.source, each.closure.ticket) == key and each.closed_at <= now
        ]
        why = decide.ended_with(item, rows.get(key), mine)
        if why is not None:
            found[item.id] = why
    return found


async def add(
    conn: AsyncConnection, vault: Vault, made: Sequence[Callback], now: datetime
) -> set[str]:
    """Write new callbacks; the ids written. Their tickets are locked by the caller.

    Those about a ticket that went up in another one go on with that.
    """
    written = await store.add(conn, vault, made)
    mine = [item for item in made if item.id in written]
    about = {item.id: (item.source, item.ticket) for item in mine if item.ticket is not None}
    rows = await tickets.lock_tickets(conn, set(about.values()))
    into = {id_: rows[key].merged_into for id_, key in about.items() if key in rows}
    gone = {
        id_: Gone(source=about[id_][0], ticket=about[id_][1], into=ticket)
        for id_, ticket in into.items()
        if ticket not in (None, about[id_][1])
    }
    await jobs.enqueue(
        conn, [GONE.job(derived_id("x_", id_), each, due_at=now) for id_, each in gone.items()]
    )
    return written


async def _wishes(
    conn: AsyncConnection, vault: Vault, batch: Sequence[Leased], now: datetime
) -> dict[str, Wish]:
    """What a batch asks for, by the keys of its jobs, with what customers wrote."""
    wishes = {item.job.key: _wish(CALLBACK.read(item.job), item.job.due_at, now) for item in batch}
    # Such a job has the id of the message that asked for it.
    written = {
        key: key.removeprefix(f"{CALLBACK.name}:")
        for key, wish in wishes.items()
        if wish.draft.origin is Origin.CUSTOMER
    }
    texts = await archive.texts_of(conn, vault, written.values()) if written else {}
    persons = await people.load_people(conn, vault, {wishes[key].draft.who for key in written})
    for key, message in written.items():
        draft = wishes[key].draft
        if message in texts and (person := persons.get(draft.who)) is not None:
            draft = with_words(draft, texts[message], person.locale, person.phone)
            wishes[key] = replace(wishes[key], draft=draft)
    return wishes


def _wish(asked: WantedCall, asked_at: datetime, now: datetime) -> Wish:
    draft = Callback(
        id=asked.id,
        source=asked.source,
        customer=asked.customer,
        ticket=asked.ticket,
        topic=asked.topic,
        reason=None,
        slot=Slot(begin=now, end=now),
        asked_at=min(asked_at, now),
        priority=Urgency[asked.priority.upper()],
        origin=Origin(asked.origin),
        complaint=asked.complaint,
        cycle=asked.cycle,
    )
    slot = None
    if asked.slot is not None:
        begin, end = (datetime.fromisoformat(at) for at in asked.slot)
        slot = Slot(begin=begin, end=end)
    return Wish(draft=draft, slot=slot, since=_at(asked.since), until=_at(asked.until))


def _at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _again(item: Callback, draft: Callback, now: datetime) -> Follow:
    """Asked for twice it is promised once; what asked first keeps its slot."""
    if item.id == draft.id:
        return Follow()
    asked = replace(item, ticket=draft.ticket or item.ticket)
    return Follow(entries=(entry(asked, "callback.asked_again", now, origin=draft.origin.value),))


def _refused(draft: Callback, reason: str, now: datetime) -> Follow:
    said: Entry = entry(draft, "callback.refused", now, reason=reason, origin=draft.origin.value)
    return Follow(entries=(said,))


def _told(draft: Callback, kind: str, reason: str, *, owed: bool = False) -> list[Notice]:
    """The matter for a person: a care call that may not be made is none."""
    if not owed and draft.origin not in _OWED_AN_ANSWER:
        return []
    return [
        Notice(
            kind=kind,
            subject=draft.id,
            source=draft.source,
            ticket=draft.ticket,
            facts={"customer": draft.customer, "topic": draft.topic, "reason": reason},
        )
    ]
