"""Hears what an SMSC tells, and asks a carrier's list for the news that never came."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import archive
from channels.arrivals import JOINED_FOR, Parted, Piece
from channels.errors import SendError
from channels.inbox import Inbox, kept_text
from channels.model import Channel
from channels.receipts import Receipt
from channels.web import Receipts
from channels.wishes import Inbound
from scheduler.ports import Clock

JOINED_EVERY = timedelta(seconds=30)
_JOINED_KEPT = timedelta(days=1)  # an SMSC that had no answer delivers a part again
_DOUBTED = timedelta(minutes=1)
"""How long before and after a start the same words of one number are taken for a repetition."""

log = structlog.get_logger("channels")

SWEPT_EVERY = timedelta(minutes=15)
_LATE = timedelta(minutes=15)  # a receipt that did not come by then was missed
_BACK = timedelta(hours=1)  # so that each message is looked at three times


@dataclass(slots=True, kw_only=True)
class Hearing:
    """Takes what an SMSC delivers to where it belongs."""

    inbox: Inbox
    receipts: Receipts
    clock: Clock
    _begun: datetime = field(init=False)
    _heard: set[str] = field(default_factory=set, init=False)  # ids, while any are in doubt

    def __post_init__(self) -> None:
        self._begun = self.clock.now()

    async def on_message(self, message: Inbound) -> None:
        """What a customer wrote; an answer leaves by itself."""
        now = self.clock.now()
        if now - self._begun < _DOUBTED:
            message = await self._known_again(message)
            self._heard.add(message.id)
        try:
            await self.inbox.receive(message, now)
        except BaseException:
            self._heard.discard(message.id)  # it comes again
            raise

    async def _known_again(self, message: Inbound) -> Inbound:
        """Under its old id what a process before us kept and perhaps could not acknowledge."""
        inbox = self.inbox
        ring, since = inbox.vault.indexes(message.sender), self._begun - _DOUBTED
        async with inbox.database.read() as conn:
            before = await archive.unanswered(conn, inbox.vault, ring, since, self._begun)
        for id_, text in before.items():
            if id_ not in self._heard and text == kept_text(message):
                return replace(message, id=id_)
        return message

    async def on_piece(self, piece: Piece) -> None:
        """A part of what a customer wrote: kept, and read with the last."""
        now, database = self.clock.now(), self.inbox.database

        async def keep(conn: AsyncConnection) -> Parted | None:
            return await archive.keep_piece(conn, self.inbox.vault, piece, now)

        whole = await database.transact(keep)
        if whole is not None:
            await self._read(whole, now)

    async def read_late(self, now: datetime) -> None:
        """Read long texts without the parts that never came, a periodic duty."""
        before = now - JOINED_FOR - JOINED_EVERY
        async with self.inbox.database.read() as conn:
            late = await archive.late_parts(conn, self.inbox.vault, before)
        for parted in late:
            if not parted.whole:
                log.warning("smpp.parts_missing", came=len(parted.pieces))
            await self._read(parted, now)
        async with self.inbox.database.write() as conn:
            await archive.forget_parts(conn, now - _JOINED_KEPT)

    async def _read(self, parted: Parted, now: datetime) -> None:
        # Whoever dies in between finds its parts again, and the inbox knows the id.
        await self.inbox.receive(
            Inbound(
                id=parted.id,
                channel=Channel.SMS,
                sender=parted.sender,
                text=parted.text,
                apart=True,
            ),
            now,
        )
        async with self.inbox.database.write() as conn:
            await archive.parts_read(conn, [parted.id])

    async def on_receipt(self, receipt: Receipt) -> None:
        """What became of a message."""
        await self.receipts.take_unnamed(receipt, self.clock.now())


class Listing(Protocol):
    """A carrier that lists what it sent."""

    def statuses(self, since: datetime, until: datetime) -> AsyncIterator[dict[str, str]]:
        """What became of messages sent in a period, in the words of receipts; SendError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeping:
    """Reads in a carrier's list what became of messages, for it tells each receipt only once."""

    sms: Listing
    receipts: Receipts

    async def __call__(self, now: datetime) -> None:
        """Catch up; should the list not be had, the next round looks at the same messages."""
        try:
            listed = self.sms.statuses(now - _BACK, now - _LATE)
            count = await self.receipts.catch_up(listed, now)
        except SendError as error:
            log.warning("receipts.no_list", reason=error.detail, code=error.code)
            return
        if count:
            log.warning("receipts.missed", count=count)
