"""Keeps what customers want elsewhere than in a reply: stops, opt-ins, and what they choose."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, store
from channels.ledger import Contact
from channels.model import Channel, OptOut, OptOutState, Person
from channels.ports import Conversation
from channels.preferences import Known, choose
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job
from scheduler.notices import Notice, raise_many
from scheduler.publication import publish

REMEMBERED = timedelta(days=60)  # how far back a thread may still be open


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A wish to stop: whose, the thread it was said in if any, and by which channel, or `all`.

    `how` and `proof` are kept with it; `by` is the key of whoever recorded it for the customer.
    `ticket`: which it was said about, where a thread that sent nothing cannot tell.
    """

    source: str
    customer: str
    thread: str | None
    channel: str
    how: str
    proof: str | None
    state: OptOutState = OptOutState.FINAL
    ticket: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """An explicit wish to be contacted again by a channel, or by `all`; `reason` is kept.

    `exact`: only the stop of just this channel is meant, not one of `all` that covers it too.
    """

    source: str
    customer: str
    thread: str | None
    channel: str
    how: str
    reason: str
    exact: bool = False
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a customer chose, by the names of `preferences.CHOOSABLE`, and where it was said."""

    source: str
    customer: str
    wishes: Mapping[str, Any]
    how: str
    thread: str | None = None
    ticket: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """Records stops, opt-ins and choices; every verb works in the caller's transaction.

    Whoever locks people does so first: addresses come after them.
    """

    vault: Vault
    conversations: Mapping[str, Conversation]

    async def record(self, conn: AsyncConnection, stop: Stop, now: datetime) -> bool:
        """Block the channel for every address concerned and end what is open; whether it was news.

        Concerned are the customer's addresses and those that the thread has used.
        """
        past = await self._said_in(conn, stop.thread)
        told = await self._addresses(conn, (stop.source, stop.customer), past)
        rings = self._rings(stop, told)
        await store.add_addresses(conn, [ring[0] for ring in rings])
        await self._lock(conn, told)
        every = {ix for ring in rings for ix in ring}
        known = await store.opt_outs_of(conn, every)
        fresh = [ring[0] for ring in rings if not _covered(stop, ring, known)]
        if not fresh:
            return False
        row = OptOut(channel=stop.channel, at=now, how=stop.how, state=stop.state, proof=stop.proof)
        await store.opt_out(conn, [(ix, row) for ix in fresh])
        ticket = stop.ticket or await self._ticket(conn, stop, past, every, now)
        detail = {"channel": stop.channel, "state": stop.state.value, **_how(stop)}
        await append(conn, [_entry(stop, "opt_out.recorded", ticket, detail, now)])
        await jobs.enqueue(conn, _news(stop, ticket, now))
        await self._end(conn, stop, every, now)
        if stop.state is OptOutState.PROVISIONAL:
            key = f"{stop.thread or stop.customer}:{stop.channel}:{now.isoformat()}"
            who = (stop.source, stop.customer)
            await raise_many(conn, [unsure(key, stop.channel, who, ticket)], now)
        return True

    async def hold(self, conn: AsyncConnection, who: store.Who, thread: str) -> None:
        """Lock whatever a stop in the thread might concern, for callers who lock more after it."""
        await store.load_people(conn, self.vault, [who], lock=True)
        past = await self._said_in(conn, thread)
        await self._lock(conn, await self._addresses(conn, who, past))

    async def _lock(self, conn: AsyncConnection, told: Collection[tuple[Channel, str]]) -> None:
        """All addresses at once, though a stop concern some: a question may be open on any.

        They come before invitations, as for a reply: two at once never wait in a ring.
        """
        await store.lock_addresses(conn, {ix for _, one in told for ix in self.vault.indexes(one)})

    async def undo(self, conn: AsyncConnection, start: Start, now: datetime) -> bool:
        """End what stops the channel at every address of the customer; whether anything did.

        Where everything was stopped, the other channels of the address stay so.
        """
        past = await self._said_in(conn, start.thread)
        told = await self._addresses(conn, (start.source, start.customer), past)
        every = {ix for ring in self._rings(start, told) for ix in ring}
        await store.lock_addresses(conn, every)
        ended = await store.opt_in(conn, every, _undone(start), start.reason, now)
        if not ended:
            return False
        await store.opt_out(conn, _left(start, ended))
        ticket = await self._ticket(conn, start, past, every, now)
        detail = {"channel": start.channel, **_how(start)}
        await append(conn, [_entry(start, "opt_in.recorded", ticket, detail, now)])
        return True

    async def choose(self, conn: AsyncConnection, choice: Choice, now: datetime) -> Person | None:
        """Lock the customer and keep what they chose; the customer as then known, None: unknown."""
        who = (choice.source, choice.customer)
        known = (await store.lock_known(conn, self.vault, [who])).get(who)
        if known is None:
            return None
        after, changed = choose(known, choice.wishes, now)
        await store.save_people(conn, self.vault, [after])
        if changed:
            detail = {"fields": list(changed), **_how(choice)}
            await append(conn, [_entry(choice, "preferences.changed", choice.ticket, detail, now)])
            await self._look_again(conn, [who], now)
        return after.person

    async def pause(
        self,
        conn: AsyncConnection,
        owners: Sequence[Known],
        until: datetime | None,
        thread: Contact | None,
        now: datetime,
    ) -> bool:
        """Pause those who share a number, locked by the caller, or end that; whether it did so.

        Said by reply in `thread`. Whoever else has the number may have chosen for themselves: what
        one says makes the pause of another longer at most.
        """
        sole = len(owners) == 1
        wished = (
            known
            for known in owners
            if sole or is_of(known.person, thread) or _longer(until, known.person.paused_until)
        )
        chosen = [choose(known, {"paused_until": until}, now) for known in wished]
        changed = [after for after, fields in chosen if fields]
        await store.save_people(conn, self.vault, changed)
        await append(conn, [_paused(after.person, thread, now) for after in changed])
        who = [(after.person.source, after.person.id) for after in changed]
        await self._look_again(conn, who, now)
        return bool(changed)

    async def _look_again(
        self, conn: AsyncConnection, who: Sequence[store.Who], now: datetime
    ) -> None:
        for _, conversation in sorted(self.conversations.items()):
            await conversation.on_choice(conn, who, now)

    async def _said_in(self, conn: AsyncConnection, thread: str | None) -> list[Contact]:
        return await ledger.of_thread(conn, self.vault, thread) if thread is not None else []

    async def _addresses(
        self, conn: AsyncConnection, who: store.Who, past: Sequence[Contact]
    ) -> set[tuple[Channel, str]]:
        """The customer's addresses, and those that were used, each with a channel it has."""
        person = (await store.load_people(conn, self.vault, [who])).get(who)
        told = [(Channel.SMS, person.phone), (Channel.EMAIL, person.email)] if person else []
        used = [(contact.channel, contact.address.value) for contact in past]
        return {(channel, value) for channel, value in (*told, *used) if value}

    def _rings(
        self, wish: Stop | Start, told: Collection[tuple[Channel, str]]
    ) -> list[tuple[bytes, ...]]:
        mailbox = wish.channel == Channel.EMAIL
        values = {
            value
            for channel, value in told
            if wish.channel == store.ALL_CHANNELS or (channel is Channel.EMAIL) == mailbox
        }
        return [self.vault.indexes(value) for value in sorted(values)]

    async def _ticket(
        self,
        conn: AsyncConnection,
        wish: Stop | Start,
        past: Sequence[Contact],
        indexes: set[bytes],
        now: datetime,
    ) -> str | None:
        """The ticket of the thread, else the one we last wrote to the customer about."""
        if wish.thread is None:
            past = await ledger.of_address(conn, self.vault, indexes, now - REMEMBERED)
        who = (wish.source, wish.customer)
        return next((item.ticket for item in past if (item.source, item.customer) == who), None)

    async def _end(
        self, conn: AsyncConnection, stop: Stop, indexes: set[bytes], now: datetime
    ) -> None:
        """What asks something ends on every channel: contract section 8."""
        who = (stop.source, stop.customer)
        found = await ledger.threads_with(conn, [who], indexes, now - REMEMBERED)
        own = {stop.thread} if stop.thread is not None else set()
        for name, conversation in sorted(self.conversations.items()):
            threads = found.get(name, set()) | own
            await conversation.on_opt_out(conn, sorted(threads), now)
        await store.close_questions(conn, own.union(*found.values()))


def unsure(key: str, channel: str, who: store.Who | None, ticket: str | None) -> Notice:
    """A stop that was probably meant, for a person to settle; `key` tells one from another.

    To acknowledge it settles nothing: that takes a stop that is certain, or an opt-in.
    """
    return Notice(
        kind="opt_out.provisional",
        subject=key,
        source=who[0] if who else None,
        ticket=ticket,
        facts={"channel": channel, "customer": who[1] if who else None},
    )


def _paused(person: Person, thread: Contact | None, now: datetime) -> Entry:
    own = thread if is_of(person, thread) else None
    return Entry(
        at=now,
        kind="preferences.changed",
        about=own.thread if own else person.id,
        source=person.source,
        ticket=own.ticket if own else None,
        detail={"fields": ["paused_until"], "how": "reply"},
    )


def _longer(until: datetime | None, paused: datetime | None) -> bool:
    return until is not None and (paused is None or until > paused)


def is_of(person: Person, thread: Contact | None) -> bool:
    """Whether a contact was with this customer; a number may be shared by several."""
    return thread is not None and (thread.source, thread.customer) == (person.source, person.id)


def in_force(
    rings: Mapping[bytes, tuple[OptOut, ...]],
) -> tuple[OptOut, ...]:
    """The stops of all addresses of a customer, one a channel, the firmest and oldest; by time."""
    found: dict[str, OptOut] = {}
    stops = sorted(
        (stop for stops in rings.values() for stop in stops),
        key=lambda stop: (stop.state is not OptOutState.FINAL, stop.at),
    )
    for stop in stops:
        found.setdefault(stop.channel, stop)
    return tuple(sorted(found.values(), key=lambda stop: (stop.at, stop.channel)))


def _covered(stop: Stop, ring: Sequence[bytes], known: Mapping[bytes, tuple[OptOut, ...]]) -> bool:
    """Whether an address is blocked already, as firmly as this stop would."""
    enough = {stop.state, OptOutState.FINAL}
    return any(
        old.channel in (stop.channel, store.ALL_CHANNELS) and old.state in enough
        for ix in ring
        for old in known.get(ix, ())
    )


def _undone(start: Start) -> list[str]:
    """The stops that an opt-in ends."""
    if start.exact:
        return [start.channel]
    if start.channel == store.ALL_CHANNELS:
        return [store.ALL_CHANNELS, *Channel]
    return [start.channel, store.ALL_CHANNELS]


def _left(start: Start, ended: Sequence[tuple[bytes, OptOut]]) -> list[tuple[bytes, OptOut]]:
    """What of a stop of everything stands when one channel of a number was taken out of it."""
    if start.channel not in (Channel.SMS, Channel.VOICE):
        return []
    other = Channel.VOICE if start.channel == Channel.SMS else Channel.SMS
    return [
        (
            ix,
            OptOut(channel=other, at=stop.at, how=stop.how, state=stop.state, proof=stop.proof),
        )
        for ix, stop in ended
        if stop.channel == store.ALL_CHANNELS
    ]


def _how(wish: Stop | Start | Choice) -> dict[str, str]:
    """How it was said, in a word; what an agent writes of it is not for the journal."""
    return {"how": wish.how} if wish.by is None else {"how": "agent", "by": wish.by}


def _news(stop: Stop, ticket: str | None, now: datetime) -> list[Job]:
    """What other systems are told; nothing where no ticket is known, since all news is of one."""
    if ticket is None:
        return []
    data = {
        "customer": stop.customer,
        "channel": stop.channel,
        "at": now.isoformat(),
        "state": stop.state,
        "how": _how(stop)["how"],
    }
    about = stop.thread or derived_id("o_", stop.source, stop.customer)
    key = f"{about}:{stop.channel}:{now.isoformat()}"
    return [publish("customer.opted_out", key, now, source=stop.source, ticket=ticket, data=data)]


def _entry(
    wish: Stop | Start | Choice,
    kind: str,
    ticket: str | None,
    detail: Mapping[str, Any],
    now: datetime,
) -> Entry:
    return Entry(
        at=now,
        kind=kind,
        about=wish.thread or wish.customer,
        source=wish.source,
        ticket=ticket,
        detail=detail,
    )
