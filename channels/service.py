"""Stops contacting a customer who said so elsewhere than in a reply, and ends what is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, store
from channels.ledger import Contact
from channels.model import Channel, OptOut, OptOutState
from channels.ports import Conversation
from kernel.journal import Entry, append
from kernel.vault import Vault
from scheduler import store as jobs
from scheduler.job import Job
from scheduler.publication import publish

_REMEMBERED = timedelta(days=60)  # how far back a thread may still be open


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A wish to stop: whose, the thread it was said in, and by which channel, or `all`."""

    source: str
    customer: str
    thread: str
    channel: str
    how: str
    proof: str
    state: OptOutState = OptOutState.FINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """Records stops; every verb works in the caller's transaction."""

    vault: Vault
    conversations: Mapping[str, Conversation]

    async def record(self, conn: AsyncConnection, stop: Stop, now: datetime) -> bool:
        """Block the channel for every address concerned and end what is open; whether it was news.

        Concerned are the customer's addresses and those that the thread has used.
        """
        past = await ledger.of_thread(conn, self.vault, stop.thread)
        rings = await self._rings(conn, stop, past)
        await store.add_addresses(conn, [ring[0] for ring in rings])
        every = {ix for ring in rings for ix in ring}
        # Addresses before invitations, as for a reply: two at once never wait in a ring.
        await store.lock_addresses(conn, every)
        known = await store.opt_outs_of(conn, every)
        fresh = [ring[0] for ring in rings if not _covered(stop, ring, known)]
        if not fresh:
            return False
        row = OptOut(channel=stop.channel, at=now, how=stop.how, state=stop.state, proof=stop.proof)
        await store.opt_out(conn, [(ix, row) for ix in fresh])
        await append(conn, [_entry(stop, past, now)])
        await jobs.enqueue(conn, _news(stop, past, now))
        await self._end(conn, stop, every, now)
        return True

    async def _rings(
        self, conn: AsyncConnection, stop: Stop, past: Sequence[Contact]
    ) -> list[tuple[bytes, ...]]:
        who = (stop.source, stop.customer)
        person = (await store.load_people(conn, self.vault, [who])).get(who)
        told = [(Channel.SMS, person.phone), (Channel.EMAIL, person.email)] if person else []
        used = [(contact.channel, contact.address.value) for contact in past]
        mailbox = stop.channel == Channel.EMAIL
        values = {
            value
            for channel, value in (*told, *used)
            if value
            if stop.channel == store.ALL_CHANNELS or (channel is Channel.EMAIL) == mailbox
        }
        return [self.vault.indexes(value) for value in sorted(values)]

    async def _end(
        self, conn: AsyncConnection, stop: Stop, indexes: set[bytes], now: datetime
    ) -> None:
        """What asks something ends on every channel: contract section 8."""
        who = (stop.source, stop.customer)
        found = await ledger.threads_with(conn, [who], indexes, now - _REMEMBERED)
        for name, conversation in sorted(self.conversations.items()):
            threads = found.get(name, set()) | {stop.thread}
            await conversation.on_opt_out(conn, sorted(threads), now)
        await store.close_questions(conn, {stop.thread}.union(*found.values()))


def _covered(stop: Stop, ring: Sequence[bytes], known: Mapping[bytes, tuple[OptOut, ...]]) -> bool:
    """Whether an address is blocked already, as firmly as this stop would."""
    enough = {stop.state, OptOutState.FINAL}
    return any(
        old.channel in (stop.channel, store.ALL_CHANNELS) and old.state in enough
        for ix in ring
        for old in known.get(ix, ())
    )


def _news(stop: Stop, past: Sequence[Contact], now: datetime) -> list[Job]:
    """What other systems are told; nothing where no ticket is known, since all news is of one."""
    if not past or past[0].ticket is None:
        return []
    data = {
        "customer": stop.customer,
        "channel": stop.channel,
        "state": stop.state,
        "how": stop.how,
    }
    key = f"{stop.thread}:{stop.channel}:{now.isoformat()}"
    return [
        publish(
            "customer.opted_out",
            key,
            now,
            source=stop.source,
            ticket=past[0].ticket,
            data=data,
        )
    ]


def _entry(stop: Stop, past: Sequence[Contact], now: datetime) -> Entry:
    return Entry(
        at=now,
        kind="opt_out.recorded",
        about=stop.thread,
        source=stop.source,
        ticket=past[0].ticket if past else None,
        detail={"channel": stop.channel, "state": stop.state.value, "how": stop.how},
    )
