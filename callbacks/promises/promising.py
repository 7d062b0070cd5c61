"""Decides whether a call can be promised, and for which slot; each promise counts for the next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from callbacks.promises.decide import NO_SLOT, as_it_stands, promised_anew
from callbacks.promises.model import (
    WAITING,
    Callback,
    CallbackRules,
    CallbackState,
    Origin,
    Slot,
)
from callbacks.promises.slots import Book, Place, free, refusal
from kernel.journal import Entry

#: Who asked just now may be phoned though they wanted to be left in peace for a while.
JUST_ASKED = frozenset({Origin.CUSTOMER, Origin.PAGE, Origin.PHONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the gate says of phoning somebody: why never, if so, and the hours that bind.

    `verdict_at` is what it says of an instant, for the journal; `clock` where the customer's is.
    """

    refusal: str | None
    place: Place
    clock: tzinfo
    verdict_at: Callable[[datetime], Entry]
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A callback as it is wanted, its slot still to be found: `slot` is the one chosen, if any.

    Else rather one that begins from `since` to before `until`, or the first one after.
    """

    draft: Callback
    slot: Slot | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The promise."""

    callback: Callback


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The promise that stands for the same matter already."""

    callback: Callback


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """There will be none; `reason` is one stable word."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Needless:
    """What it is about was settled since it was asked for; `reason` is one stable word."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoom:
    """No slot is free as far ahead as may be booked.

    `empty`: nor would one be if nobody else had any: the hours of centre and customer never meet.
    """

    empty: bool = False


def no_room(draft: Callback, now: datetime) -> Callback:
    """A callback that could not be promised: it ends with a word to whoever asked for it."""
    return replace(
        draft,
        slot=Slot(begin=now, end=now),
        state=CallbackState.EXHAUSTED,
        closed_at=now,
        reason_closed=NO_SLOT,
    )


Verdict = Made | Known | Needless | Refused | NoRoom


@dataclass(slots=True, kw_only=True)
class Desk:
    """What is known while promises are made: the gate's word, what is open, and what is booked.

    `needless`: why no call is to be promised for a draft any more, by its id.
    """

    rules: CallbackRules
    needless: Mapping[str, str]
    standings: Mapping[str, Standing]
    open: dict[tuple[str, str, str], Callback]
    book: Book

    def promise(self, wish: Wish, now: datetime) -> Verdict:
        """The promise that a wish leads to, written in the book."""
        draft, standing = wish.draft, self.standings.get(wish.draft.id)
        if draft.key in self.open:
            return Known(callback=self.open[draft.key])
        if draft.id in self.needless:
            return Needless(reason=self.needless[draft.id])
        if standing is None:
            return Refused(reason="unknown_customer")
        if standing.refusal is not None:
            return Refused(reason=standing.refusal)
        chosen = wish.slot is not None and self.can_be_had(wish.slot, now)
        slot = wish.slot if chosen else self._found(wish, standing, now)
        if slot is None:
            empty = next(free(self.rules, Book(), standing.place, now), None) is None
            return NoRoom(empty=empty)
        item = replace(draft, slot=slot, attempt_at=slot.begin, chosen=chosen)
        self.open[item.key] = item
        self.book.add(slot)
        return Made(callback=item)

    def move(self, known: Callback, wish: Wish, now: datetime) -> Callback | None:
        """The open callback as its customer wants it since: in the slot they chose, to the number
        they gave; None: it stays as it is.
        """
        if as_it_stands(known, now).state not in WAITING or known.id == wish.draft.id:
            return None
        anew = known
        standing = self.standings.get(wish.draft.id)
        if wish.draft.phone and standing is not None and standing.refusal is None:
            reason = wish.draft.reason or known.reason
            anew = replace(known, phone=wish.draft.phone, reason=reason)
        if wish.slot is not None and self.can_be_had(wish.slot, now):
            anew = promised_anew(anew, wish.slot, chosen=True)
            self.book.remove(known.slot)
            self.book.add(anew.slot)
        self.open[anew.key] = anew  # the next wish of the batch changes what this one left
        return None if anew == known else anew

    def can_be_had(self, slot: Slot, now: datetime) -> bool:
        """Whether a slot that the customer chose is free: their own hours do not bind."""
        return refusal(slot, self.rules, self.book, None, now) is None

    def _found(self, wish: Wish, standing: Standing, now: datetime) -> Slot | None:
        since = wish.since or now
        if standing.paused_until is not None and wish.draft.origin not in JUST_ASKED:
            since = max(since, standing.paused_until)

        def first(since: datetime | None, until: datetime | None = None) -> Slot | None:
            found = free(self.rules, self.book, standing.place, now, since=since, until=until)
            return next(found, None)

        return first(since, wish.until) or first(since) or first(None)
