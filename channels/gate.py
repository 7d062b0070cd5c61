"""Loads what the contact policy must know about a set of contacts, and folds each verdict in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, store
from channels.jobs import Send
from channels.model import Address, Channel, MessageClass, OptOut, Person
from channels.policy import Facts, Past, Reach, Rules
from channels.store import Who
from kernel.vault import Vault

#: Classes that put a question to an address.
ASKING = frozenset({MessageClass.INVITATION, MessageClass.REMINDER, MessageClass.RECOVERY})


@dataclass(slots=True, kw_only=True)
class Board:
    """The facts of one batch; a contact that is allowed changes the facts of the next."""

    people: Mapping[Who, Person]
    addresses: Mapping[tuple[Who, Channel], Address]
    opt_outs: Mapping[bytes, tuple[OptOut, ...]]
    dead: Collection[bytes]
    open_threads: dict[bytes, str]
    by_person: dict[Who, list[Past]]
    by_address: dict[bytes, list[Past]]

    def facts(self, send: Send, useful_until: datetime | None) -> Facts | None:
        """What the policy may know about one contact; None when the customer is gone."""
        who = (send.source, send.customer)
        person = self.people.get(who)
        if person is None:
            return None
        reachable = {
            channel: self._reach(self.addresses[who, channel], send.thread)
            for channel in Channel
            if (who, channel) in self.addresses
        }
        return Facts(
            message_class=MessageClass(send.message_class),
            person=person,
            wanted=tuple(Channel(name) for name in send.wanted),
            fixed=Channel(send.fixed) if send.fixed else None,
            reachable=reachable,
            history=tuple(self.by_person.get(who, ())),
            useful_until=useful_until,
        )

    def _reach(self, address: Address, thread: str) -> Reach:
        other = self.open_threads.get(address.index)
        return Reach(
            address=address,
            opt_outs=self.opt_outs.get(address.index, ()),
            dead=address.index in self.dead,
            history=tuple(self.by_address.get(address.index, ())),
            open_question=None if other == thread else other,
        )

    def fold(self, send: Send, channel: Channel, now: datetime) -> None:
        """Count a contact that is about to be made."""
        who = (send.source, send.customer)
        address = self.addresses[who, channel]
        message_class = MessageClass(send.message_class)
        past = Past(at=now, message_class=message_class)
        self.by_person.setdefault(who, []).append(past)
        self.by_address.setdefault(address.index, []).append(past)
        if channel is Channel.SMS and message_class in ASKING:
            self.open_threads[address.index] = send.thread


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
    for owner, person in people.items():
        for channel in channels:
            value = store.address_of(person, channel)
            if value:
                addresses[owner, channel] = Address(
                    channel=channel, value=value, index=vault.index(value)
                )
    indexes = {address.index for address in addresses.values()}
    rows = await store.lock_addresses(conn, indexes)
    since = now - max((cap.per for cap in rules.caps), default=timedelta(0))
    by_person, by_address = await ledger.past_of(conn, who, indexes, since)
    return Board(
        people=people,
        addresses=addresses,
        opt_outs=await _opt_outs(conn, vault, addresses.values()),
        dead={ix for ix, row in rows.items() if row.dead},
        open_threads={
            ix: row.open_thread
            for ix, row in rows.items()
            if row.open_thread and (row.open_until is None or row.open_until > now)
        },
        by_person=by_person,
        by_address=by_address,
    )


async def _opt_outs(
    conn: AsyncConnection, vault: Vault, addresses: Collection[Address]
) -> dict[bytes, tuple[OptOut, ...]]:
    """Opt-outs under every index key of the ring: a rotated key must not forget a stop."""
    every = {address.index: vault.indexes(address.value) for address in addresses}
    found = await store.opt_outs_of(conn, {ix for ring in every.values() for ix in ring})
    return {
        first: tuple(stop for ix in ring for stop in found.get(ix, ()))
        for first, ring in every.items()
    }
