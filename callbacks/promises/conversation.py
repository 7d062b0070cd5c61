"""Writes what customers are told of their callbacks, and reads what they say about them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.oneway import OneWay
from callbacks.promises import decide, follows, gate, store, wording
from callbacks.promises.decide import GOT_THROUGH, NO_SLOT, SOLVED
from callbacks.promises.delivery import is_wanted, told_by
from callbacks.promises.model import Callback, CallbackState, Slot
from callbacks.promises.service import Terms, keep
from callbacks.promises.slots import LONGEST, book_of, free, next_slot
from callbacks.promises.wording import Telling
from channels import store as people
from channels.appointments import PromiseWord
from channels.choices import place_of
from channels.model import Channel, Person, Withdrawn, Words
from channels.pagewording import language
from channels.ports import Offer, Outcome, OutcomeKind, Said, Wanted
from kernel.vault import Vault
from scheduler.notices import Notice, raise_many

_ANEW = "told_anew"
_OFFERED = 24  # slots that a page shows to choose from
_LOST = (OutcomeKind.SUPPRESSED, OutcomeKind.FAILED)
#: Who does not hear of these believes that we will call, or that we forgot.
_MATTERS = (Telling.APOLOGY, Telling.EXHAUSTED, Telling.CANCELLED, Telling.PUT_OFF)


@dataclass(slots=True, kw_only=True)
class CallbackConversation(OneWay):
    """The author of what is told about callbacks; every verb works in the caller's transaction."""

    vault: Vault
    terms: Terms = field(default_factory=Terms)

    async def compose(
        self, conn: AsyncConnection, wanted: Sequence[Wanted], now: datetime
    ) -> Mapping[str, Words | Withdrawn]:
        """When we call, on the customer's clock and in their language."""
        found = await store.load(conn, self.vault, {item.thread for item in wanted}, lock=True)
        persons = await self._persons(conn, found.values())
        said: dict[str, Words | Withdrawn] = {}
        for item in wanted:
            callback = found.get(item.thread)
            what = told_by(callback, item.contact) if callback is not None else None
            stale = callback is None or what is None or not is_wanted(callback, what)
            if callback is None or what is None or stale or await _wanted_anew(conn, callback):
                said[item.contact] = Withdrawn(reason=_ANEW)
                continue
            person = persons.get(callback.who)
            spoken = language(item.locale, person.locale if person else None)
            text = wording.text(_named(callback, what), callback.slot, self._clock(person), spoken)
            said[item.contact] = Words(text=text, locale=spoken, form="callback")
        return said

    async def _persons(
        self, conn: AsyncConnection, found: Collection[Callback]
    ) -> Mapping[people.Who, Person]:
        return await people.load_people(conn, self.vault, {item.who for item in found})

    def _clock(self, person: Person | None) -> tzinfo:
        return place_of(person or Person(source="", id=""), self.terms.zone)

    async def on_outcome(
        self, conn: AsyncConnection, outcomes: Sequence[Outcome], now: datetime
    ) -> None:
        """A person is told where a customer could not be told what they must know."""
        lost = [item for item in outcomes if item.kind in _LOST and item.reason != _ANEW]
        found = await store.load(conn, self.vault, {item.thread for item in lost})
        notices = []
        for item in lost:
            callback = found.get(item.thread)
            what = told_by(callback, item.contact) if callback is not None else None
            if callback is not None and what is not None and _matters(callback, what):
                notices.append(_not_told(callback, what, item.reason or item.kind.value))
        await raise_many(conn, notices, now)

    async def offers(
        self, conn: AsyncConnection, who: tuple[str, str], spoken: str, now: datetime
    ) -> Sequence[Offer]:
        """The first free slots, on the customer's clock."""
        rules = self.terms.rules
        person = (await people.load_people(conn, self.vault, [who])).get(who)
        if person is None or person.phone is None:
            return ()
        place = gate.place_for(self.vault, person, self.terms.policy)
        until = now + rules.book.latest + LONGEST
        book, clock = book_of(await store.booked(conn, now, until)), self._clock(person)
        return [
            Offer(begin=slot.begin, end=slot.end, label=wording.slot_text(slot, clock, spoken))
            for slot in islice(free(rules, book, place, now), _OFFERED)
        ]

    async def on_word(
        self,
        conn: AsyncConnection,
        who: Sequence[tuple[str, str]],
        word: PromiseWord,
        channel: Channel,
        now: datetime,
    ) -> Said | None:
        """Move or cancel the next call promised to any of these customers; None: there is none.

        The caller has locked the address; the book comes before callbacks.
        """
        await store.lock_book(conn)
        open_ = await store.lock_open(conn, self.vault, who)
        # With their phone in hand they mean the one that is next, or the one that was just missed.
        item = min(open_, key=lambda each: (each.slot, each.id), default=None)
        if item is None:
            return None
        person = (await self._persons(conn, [item])).get(item.who)
        spoken, clock = language(None, person.locale if person else None), self._clock(person)
        dialling = item.state is CallbackState.DIALING
        if dialling and word is PromiseWord.MOVE:
            return Said(texts=(wording.text("on_the_phone", item.slot, clock, spoken),))
        if word is PromiseWord.DROP:
            over = decide.cancelled(item, "customer", now)
            by = f"customer:{channel.value}"
            await keep(
                conn, self.vault, {over.id: over}, [follows.cancelled(over, now, by, tell=False)]
            )
            # The dial in hand calls nobody any more, or ends by itself; there is no other.
            dropped = "dropped_late" if dialling else "dropped"
            return Said(texts=(wording.text(dropped, item.slot, clock, spoken),))
        slot = await self._other(conn, item, person, now)
        if slot is None:
            await raise_many(conn, [follows.no_slot(item)], now)
            return Said(texts=(wording.text("no_slot", item.slot, clock, spoken),))
        anew = decide.promised_anew(item, slot, chosen=False)
        by, remind = f"customer:{channel.value}", self.terms.rules.remind
        follow = follows.moved(anew, remind, now, by)
        await keep(conn, self.vault, {anew.id: anew}, [follow], self.terms.zone)
        return Said(texts=(wording.text("moved", slot, clock, spoken),))

    async def _other(
        self, conn: AsyncConnection, item: Callback, person: Person | None, now: datetime
    ) -> Slot | None:
        """The next free slot after the one that does not suit."""
        rules = self.terms.rules
        if person is None:
            return None
        place = gate.place_for(self.vault, person, self.terms.policy, item.phone)
        until = now + rules.book.latest + LONGEST
        book = book_of(await store.booked(conn, now, until))
        return next_slot(rules, book, place, now, since=max(item.slot.end, now))


async def _wanted_anew(conn: AsyncConnection, item: Callback) -> bool:
    """Whether another call was promised since one ended: its end would seem to be that one's."""
    over = item.closed_at
    return over is not None and await store.asked_since(conn, item.who, over)


def _matters(item: Callback, what: Telling) -> bool:
    """Whether a person must tell it; so also the slot found for what was missed before."""
    return what in _MATTERS or (what is Telling.CONFIRM and item.missed > 0)


def _named(item: Callback, what: Telling) -> str:
    """Which text it is: no slot can be named where none was found."""
    if what is Telling.APOLOGY and item.state is CallbackState.MISSED:
        return "apology_only"
    if what is Telling.EXHAUSTED and item.reason_closed == NO_SLOT:
        return "no_time"
    if what is Telling.CANCELLED and item.reason_closed != SOLVED:
        return "talked" if item.reason_closed == GOT_THROUGH else "called_off"
    return what.value


def _not_told(item: Callback, what: Telling, reason: str) -> Notice:
    return Notice(
        kind="callback.not_told",
        subject=f"{item.id}:{what.value}:{item.revision}",
        source=item.source,
        ticket=item.ticket,
        facts={"callback": item.id, "what": what.value, "reason": reason},
    )
