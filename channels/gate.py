"""Loads what the contact policy must know about a set of contacts, and folds each verdict in."""

import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, store
from channels.jobs import Send, number_place
from channels.model import Address, Channel, ContactState, MessageClass, OptOut, Person
from channels.policy import Facts, Past, Reach, Rules
from channels.store import Who
from channels.tables import addresses, contacts, customers
from kernel.sql import among
from kernel.vault import Vault

#: Classes that put a question to an address.
ASKING = frozenset({MessageClass.INVITATION, MessageClass.REMINDER, MessageClass.RECOVERY})

_UNDER_WAY = tuple(
    state.value for state in (ContactState.SENDING, ContactState.UNKNOWN, ContactState.SENT)
)

CONVERSING = timedelta(minutes=5)
"""For how long after their words a customer has the phone in hand, and is answered at any hour."""


def opens_question(channel: Channel, message_class: MessageClass) -> bool:
    """Whether nobody else may be asked at the address until this is answered or over.

    What a text answers has to be guessed, and a call must not come in between; of a letter, its
    links and its reply address tell.
    """
    return channel is not Channel.EMAIL and message_class in ASKING


@dataclass(slots=True, kw_only=True)
class Board:
    """The facts of one batch; a contact that is allowed changes the facts of the next."""

    people: Mapping[Who, Person]
    addresses: Mapping[tuple[Who, Channel], Address]
    others: Mapping[tuple[str, Channel], Address]  # of contacts that go to another number
    opt_outs: Mapping[bytes, tuple[OptOut, ...]]
    dead: Mapping[bytes, str | None]  # with the only channel that it is dead for, if it is one
    open_threads: dict[bytes, str]
    by_person: dict[Who, list[Past]]
    by_address: dict[bytes, list[Past]]
    at: datetime
    calls: dict[bytes, str] = field(default_factory=dict)  # the thread of a call under way

    def copy(self) -> "Board":
        """A board to fold contacts into that leaves this one as it was loaded."""
        return replace(
            self,
            open_threads=dict(self.open_threads),
            by_person={who: list(past) for who, past in self.by_person.items()},
            by_address={ix: list(past) for ix, past in self.by_address.items()},
            calls=dict(self.calls),
        )

    def address(self, send: Send, channel: Channel) -> Address | None:
        """Where a contact goes by a channel; None: nowhere."""
        other = self.others.get((send.contact, channel))
        return other or self.addresses.get(((send.source, send.customer), channel))

    def facts(self, send: Send, useful_until: datetime | None) -> Facts | None:
        """What the policy may know about one contact; None when the customer is gone."""
        who = (send.source, send.customer)
        person = self.people.get(who)
        if person is None:
            return None
        wanted = tuple(Channel(name) for name in send.wanted)
        fixed = Channel(send.fixed) if send.fixed else None
        reachable = {
            channel: self._reach(address, send.thread)
            for channel in (wanted if fixed is None else (fixed,))
            if (address := self.address(send, channel)) is not None
        }
        return Facts(
            message_class=MessageClass(send.message_class),
            person=person,
            wanted=wanted,
            fixed=fixed,
            reachable=reachable,
            history=tuple(self.by_person.get(who, ())),
            useful_until=useful_until,
            bound=send.bound or self._is_late(send),
        )

    def _is_late(self, send: Send) -> bool:
        """Whether what answers a customer comes when they do not wait for it any more."""
        if send.spoken_at is None:
            return False
        return self.at - datetime.fromisoformat(send.spoken_at) > CONVERSING

    def _reach(self, address: Address, thread: str) -> Reach:
        asked = [self.open_threads.get(address.index)]
        if address.channel is Channel.VOICE:
            # What it asks may be over already: the customer is on the phone all the same.
            asked.append(self.calls.get(address.index))
        return Reach(
            address=address,
            opt_outs=self.opt_outs.get(address.index, ()),
            dead=self.dead.get(address.index, "") in (None, address.channel.value),
            history=tuple(self.by_address.get(address.index, ())),
            open_question=next((one for one in asked if one not in (None, thread)), None),
        )

    def fold(self, send: Send, channel: Channel, now: datetime) -> None:
        """Count a contact that is about to be made."""
        who = (send.source, send.customer)
        address = self.address(send, channel)
        assert address is not None
        message_class = MessageClass(send.message_class)
        past = Past(at=now, message_class=message_class)
        self.by_person.setdefault(who, []).append(past)
        self.by_address.setdefault(address.index, []).append(past)
        if opens_question(channel, message_class):
            self.open_threads[address.index] = send.thread
        if channel is Channel.VOICE:
            self.calls[address.index] = send.thread


async def load_board(
    conn: AsyncConnection,
    vault: Vault,
    sends: Sequence[Send],
    channels: Collection[Channel],
    rules: Rules,
    now: datetime,
) -> Board:
    """Lock the people and addresses of a batch, in order, and load all that counts for them.

    The locks make the counts true until the transaction ends: two dispatchers cannot both find
    room under a cap.
    """
    who = {(send.source, send.customer) for send in sends}
    people = await store.load_people(conn, vault, who, lock=True)
    addresses: dict[tuple[Who, Channel], Address] = {}
    rings: dict[bytes, tuple[bytes, ...]] = {}
    ring_of: dict[str, tuple[bytes, ...]] = {}  # a number is hashed once, whatever it is used for
    for owner, person in people.items():
        for channel in channels:
            value = store.address_of(person, channel)
            if not value:
                continue
            ring = ring_of.get(value)
            if ring is None:
                ring = ring_of[value] = vault.indexes(value)
                rings[ring[0]] = ring
            addresses[owner, channel] = Address(channel=channel, value=value, index=ring[0])
    others = _other_numbers(vault, sends, channels)
    rings |= {address.index: vault.indexes(address.value) for address in others.values()}
    # What was written under an older index key is of the same address.
    first = {ix: newest for newest, ring in rings.items() for ix in ring}
    await store.add_addresses(conn, rings)
    rows = await store.lock_addresses(conn, first)
    since = now - max((cap.per for cap in rules.caps), default=timedelta(0))
    by_person, past = await ledger.past_of(conn, who, first, since)
    by_address: dict[bytes, list[Past]] = {}
    for ix, items in past.items():
        by_address.setdefault(first.get(ix, ix), []).extend(items)
    found = await store.opt_outs_of(conn, first)
    calls = await _under_way(conn, first, sends, now)
    return Board(
        people=people,
        addresses=addresses,
        others=others,
        opt_outs={
            newest: tuple(stop for ix in ring for stop in found.get(ix, ()))
            for newest, ring in (rings.items() if found else ())
        },
        dead={first[ix]: row.dead_channel for ix, row in rows.items() if row.dead},
        open_threads={
            first[ix]: row.open_thread for ix, row in rows.items() if store.is_open(row, now)
        },
        by_person=by_person,
        by_address=by_address,
        at=now,
        calls={first[ix]: thread for ix, thread in calls.items()},
    )


async def _under_way(
    conn: AsyncConnection, indexes: Collection[bytes], sends: Sequence[Send], now: datetime
) -> dict[bytes, str]:
    """The threads of calls of which no end is known yet, by address, where a call is wanted."""
    if not any(Channel.VOICE.value in send.wanted for send in sends):
        return {}
    query = select(contacts.c.address_ix, contacts.c.thread).where(
        among(conn, indexes, contacts.c.address_ix),
        contacts.c.intended_at > now - store.CALL_FOR,
        contacts.c.channel == Channel.VOICE.value,
        contacts.c.state.in_(_UNDER_WAY),
    )
    return {row.address_ix: row.thread for row in await conn.execute(query)}


async def asked_of(
    conn: AsyncConnection, threads: Collection[str], now: datetime
) -> set[tuple[str, Who]]:
    """Those of the threads whose question is open on a number, each with whoever has that number.

    As long as it is, all else that would be asked there waits for its answer.
    """
    if not threads:
        return set()
    place = addresses.c
    query = (
        select(place.open_thread, place.open_until, customers.c.source, customers.c.id)
        .join(customers, customers.c.phone_ix == place.ix)
        .where(among(conn, threads, place.open_thread))
    )
    rows = await conn.execute(query)
    return {(row.open_thread, (row.source, row.id)) for row in rows if store.is_open(row, now)}


def _other_numbers(
    vault: Vault, sends: Sequence[Send], channels: Collection[Channel]
) -> dict[tuple[str, Channel], Address]:
    """The numbers that contacts go to instead of the customer's own."""
    found: dict[tuple[str, Channel], Address] = {}
    for send in sends:
        if send.to is None:
            continue
        value = vault.open(base64.b64decode(send.to), number_place(send.contact)) or ""
        for channel in (Channel.SMS, Channel.VOICE):
            if channel in channels:
                found[send.contact, channel] = Address(
                    channel=channel, value=value, index=vault.index(value)
                )
    return found
