"""Looks at callbacks when their time has come: due, given up by an agent, or missed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.promises import decide, follows, gate, store
from callbacks.promises.follows import Follow
from callbacks.promises.jobs import LOOK
from callbacks.promises.model import Callback, CallbackState
from callbacks.promises.promising import Standing
from callbacks.promises.service import Terms, keep
from callbacks.promises.slots import LONGEST, Book, Place, book_of, next_slot
from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.notices import Notice, raise_many

#: Why the customer is left alone at their own wish.
_WISHED = frozenset({"do_not_contact", "opt_out", "customer_gone"})


@dataclass(slots=True, kw_only=True)
class Looking:
    """Handles `callback.look` jobs: each looks at a callback as it stands now.

    Whom the gate forbids to phone by then is not phoned. A promise that nobody kept is apologised
    for, and given a new slot by itself, so many times; each time a person is told.
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
            late = [item for item in open_ if decide.is_missed(item, now)]
            until = now + terms.rules.book.latest + LONGEST
            book = book_of(await store.booked(conn, now, until) if late else ())
            for item in open_:
                standing = coming.get(item.id)
                if standing is not None and standing.refusal and decide.waits(item, now):
                    after = decide.cancelled(item, standing.refusal, now)
                    follow = follows.cancelled(after, now, "gate", tell=False)
                    raised.extend(unreachable(after))
                elif item in late:
                    place = standing.place if standing is not None else None
                    after, follow = self._missed(item, book, place, now)
                    raised.append(_notice(after))
                else:
                    after, follow = _stands(item, now)
                if after != item:
                    changed[item.id] = after
                    said.append(follow)
            await keep(conn, self.vault, changed, said)
            await self.barrier.reach("callback.looking")
            await jobs.finish(conn, batch, now)
            await raise_many(conn, raised, now)

    async def _coming(
        self, conn: AsyncConnection, ids: Collection[str], now: datetime
    ) -> Mapping[str, Standing]:
        """What the gate says of those whose time has come; people are locked before callbacks."""
        known = (await store.load(conn, self.vault, ids)).values()
        due = [item for item in known if decide.waits(item, now)]
        terms = self.terms
        return await gate.ask(conn, self.vault, due, terms.policy, terms.version, now)

    def _missed(
        self, item: Callback, book: Book, place: Place | None, now: datetime
    ) -> tuple[Callback, Follow]:
        rules, over = self.terms.rules, decide.missed(item)
        slot = None
        if decide.renews(over) and place is not None:
            slot = next_slot(rules, book, place, now)
        if slot is None:
            return over, follows.missed(over, None, rules.remind, now)
        book.add(slot)
        anew = decide.promised_anew(over, slot, chosen=False)
        return anew, follows.missed(over, anew, rules.remind, now)


def _stands(item: Callback, now: datetime) -> tuple[Callback, Follow]:
    """What time has made of a callback that was not missed."""
    after, follow = decide.as_it_stands(item, now), Follow()
    if item.state is CallbackState.CLAIMED and after.state is not CallbackState.CLAIMED:
        follow += follows.released(item, now, "time")
    if after.state is CallbackState.DUE and item.state is not CallbackState.DUE:
        follow += follows.due(after, now)
    return after, follow


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
