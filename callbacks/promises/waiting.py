"""Looks at callbacks when their time has come: due, given up by an agent, or missed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.dialling import store as dials
from callbacks.promises import decide, follows, gate, store
from callbacks.promises.decide import NO_SLOT
from callbacks.promises.follows import Follow, no_slot
from callbacks.promises.jobs import LOOK, look
from callbacks.promises.model import Callback, CallbackState
from callbacks.promises.promising import Standing
from callbacks.promises.service import Terms, keep
from callbacks.promises.slots import LONGEST, Book, book_of, next_slot
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.notices import Notice, raise_many

_AGAIN = timedelta(hours=1)  # when to look for a free slot once more

#: Why the customer is left alone at their own wish.
_WISHED = frozenset({"do_not_contact", "opt_out", "customer_gone"})


@dataclass(slots=True, kw_only=True)
class Looking:
    """Handles `callback.look` jobs: each looks at a callback as it stands now.

    Whom the gate forbids to phone by then is not phoned. A promise that nobody kept is apologised
    for, and given a new slot by itself, so many times; each time a person is told. So is one that
    the gate put off beyond its slot. Who let a claim run out is away until they say otherwise:
    nothing more is claimed for them. Where no slot is free it is looked for again every hour, as
    long as one may be booked ahead; then it ends, and the customer hears so.
    """

    database: Database
    vault: Vault
    terms: Terms
    barrier: Barrier = OPEN

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Look, under lock; the book is locked first, since new slots may be given away."""
        terms, ids = self.terms, {LOOK.read(item.job).callback for item in batch}
        changed: dict[str, Callback] = {}
        said: list[Follow] = []
        raised: list[Notice] = []
        async with self.database.write() as conn:
            coming = await self._coming(conn, ids, now)
            await store.lock_book(conn)
            found = await store.load(conn, self.vault, ids, lock=True)
            held = await jobs.held(conn, batch)
            mine = {LOOK.read(item.job).callback for item in batch if item.job.key in held}
            open_ = [item for id_, item in found.items() if id_ in mine and item.is_open]
            late = any(decide.wants_slot(item, now) for item in open_)
            until = now + terms.rules.book.latest + LONGEST
            book = book_of(await store.booked(conn, now, until) if late else ())
            for item in open_:
                after, follow, notices = self._looked_at(item, coming.get(item.id), book, now)
                raised.extend(notices)
                said.append(follow)
                if after != item:
                    changed[item.id] = after
            await dials.absent(conn, _forgotten(open_, now), now)
            await keep(conn, self.vault, changed, said, terms.zone)
            await self.barrier.reach("callback.looking")
            await jobs.finish(conn, batch, now)
            await raise_many(conn, raised, now)

    async def _coming(
        self, conn: AsyncConnection, ids: Collection[str], now: datetime
    ) -> Mapping[str, Standing]:
        """What the gate says of those whose time has come; people are locked before callbacks."""
        known = (await store.load(conn, self.vault, ids)).values()
        due = [item for item in known if decide.waits(item, now) or decide.wants_slot(item, now)]
        terms = self.terms
        return await gate.ask(conn, self.vault, due, terms.policy, terms.version, now)

    def _looked_at(
        self, item: Callback, standing: Standing | None, book: Book, now: datetime
    ) -> tuple[Callback, Follow, list[Notice]]:
        """What a callback is from now on, what follows, and what a person is told."""
        at_hand = decide.waits(item, now) or decide.wants_slot(item, now)
        if standing is not None and standing.refusal and at_hand:
            over = decide.cancelled(item, standing.refusal, now)
            return over, follows.cancelled(over, now, "gate", tell=False), unreachable(over)
        remind = self.terms.rules.remind
        if decide.is_missed(item, now):
            over = decide.missed(item)
            anew = self._renewed(over, standing, book, now)
            follow = follows.missed(over, anew, remind, now)
            if anew is None:
                return over, follow + self._again(over, now), [_notice(over)]
            return anew, follow, [_notice(anew)]
        if decide.is_put_off(item, now):
            anew = self._renewed(item, standing, book, now)
            if anew is None:
                return item, Follow(), [no_slot(item)]
            return anew, follows.put_off(anew, remind, now), []
        after, follow = _stands(item, now)
        if after.attempt_at is not None:
            return after, follow, []
        anew = self._renewed(after, standing, book, now)
        if anew is not None:
            return anew, follow + follows.found(anew, remind, now), []
        if after.state is CallbackState.MISSED and now >= self._until(after):
            over = decide.given_up(after, NO_SLOT, now)
            return over, follow + follows.never_promised(over, now), [_given_up(over)]
        return after, follow + self._again(after, now), []

    def _renewed(
        self, item: Callback, standing: Standing | None, book: Book, now: datetime
    ) -> Callback | None:
        """The callback in a new slot, written in the book; None where there is none for it."""
        if standing is None or not (decide.renews(item) or decide.is_put_off(item, now)):
            return None
        since = max(now, item.attempt_at or now, standing.paused_until or now)
        slot = next_slot(self.terms.rules, book, standing.place, now, since)
        if slot is None:
            return None
        book.add(slot)
        return decide.promised_anew(item, slot, chosen=False)

    def _until(self, item: Callback) -> datetime:
        return item.slot.end + self.terms.rules.book.latest

    def _again(self, item: Callback, now: datetime) -> Follow:
        """The next look at what was missed: every full hour, once alone where a person must act."""
        soon = now.replace(minute=0, second=0, microsecond=0) + _AGAIN
        until = self._until(item)
        at = min(soon, until) if decide.may_renew(item) else until
        return Follow(jobs=(look(item, at if at > now else soon),))


def _stands(item: Callback, now: datetime) -> tuple[Callback, Follow]:
    """What time has made of a callback that was not missed."""
    after, follow = decide.as_it_stands(item, now), Follow()
    if item.state is CallbackState.CLAIMED and after.state is not CallbackState.CLAIMED:
        follow += follows.released(item, now, "time")
    if after.state is CallbackState.DUE and item.state is not CallbackState.DUE:
        follow += follows.due(after, now)
    return after, follow


def _forgotten(found: Iterable[Callback], now: datetime) -> dict[str, datetime]:
    """Whose claims ran out, and since when they might have dialled."""
    claimed = [item for item in found if item.state is CallbackState.CLAIMED]
    return {
        item.agent: item.claimed_until - decide.LEASE
        for item in claimed
        if item.agent and item.claimed_until and item.claimed_until <= now
    }


def unreachable(item: Callback) -> list[Notice]:
    """Tells a person of a customer who did not ask to be left alone, and cannot be phoned."""
    if item.reason_closed in _WISHED:
        return []
    facts = {"callback": item.id, "topic": item.topic, "reason": item.reason_closed}
    return [
        Notice(
            kind="callback.refused",
            subject=item.id,
            source=item.source,
            ticket=item.ticket,
            facts=facts,
        )
    ]


def _notice(item: Callback) -> Notice:
    """A promise was not kept; one that gets no new slot waits for a person to find one."""
    return Notice(
        kind="callback.missed",
        subject=f"{item.id}:{item.missed}",
        source=item.source,
        ticket=item.ticket,
        facts={"callback": item.id, "number": item.missed, "state": item.state.value},
    )


def _given_up(item: Callback) -> Notice:
    """Nobody kept a promise, and no slot was found for it in time."""
    return replace(no_slot(item), kind="callback.refused", subject=item.id)
