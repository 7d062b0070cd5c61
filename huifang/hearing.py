"""Hears what an SMSC tells, and asks a carrier's list for the news that never came."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import archive, keywords, ledger, store
from channels.arrivals import JOINED_FOR, Parted, Piece
from channels.errors import SendError
from channels.heard import Inbound
from channels.hooks import storable
from channels.inbox import REMEMBERED, Inbox, kept_text
from channels.ledger import Contact
from channels.model import Address, Channel, MessageClass
from channels.receipts import Receipt
from channels.web import Receipts, inbound_of
from kernel.faults import Unavailable
from kernel.journal import Entry, append
from kernel.sql import passing
from scheduler.ports import Clock

JOINED_EVERY = timedelta(seconds=30)
_JOINED_KEPT = timedelta(days=1)  # an SMSC that had no answer delivers a part again
_DOUBTED = timedelta(minutes=1)
"""How long before and after a start the same words of one number are taken for a repetition."""

log = structlog.get_logger("channels")

SWEPT_EVERY = timedelta(minutes=15)
_LATE = timedelta(minutes=15)  # a receipt that did not come by then was missed
_SOON = timedelta(minutes=2)  # and so was what a customer wrote
_APART = timedelta(seconds=5)  # two clocks differ, and the list tells whole seconds
_BACK = timedelta(minutes=45)  # so that each message is looked at three times
_FARTHEST = timedelta(days=1)  # after a start nobody knows for how long we were away


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
    """A carrier that lists what it sent, and what came in."""

    def listed(self, since: datetime, until: datetime) -> AsyncIterator[dict[str, str]]:
        """The messages of a period, in the words of receipts and of webhooks; SendError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Takes in what customers wrote while we did not answer the carrier, who tells it once."""

    inbox: Inbox

    async def take(self, listed: Sequence[Mapping[str, str]], now: datetime) -> int:
        """Read what was not read yet, in the order in which it was written; how much that was."""
        forms = {form["MessageSid"]: form for form in listed}
        async with self.inbox.database.read() as conn:
            known = await archive.known(conn, forms)
        fresh = [form for sid, form in reversed(forms.items()) if sid not in known]
        count = 0
        for form in sorted(fresh, key=lambda form: form["DateSent"]):  # listed newest first
            try:
                count += await self._one(form, now)
            except Exception as fault:
                if passing(fault) or isinstance(fault, Unavailable):
                    raise  # the next round looks at the same messages
                log.exception("replies.poison")
        return count

    async def _one(self, form: Mapping[str, str], now: datetime) -> bool:
        """As if it came now, unless it may be about something else than what came after it."""
        said = inbound_of({name: storable(value) for name, value in form.items()})
        at = datetime.fromisoformat(form["DateSent"])
        message = replace(said, apart=True, at=at)
        vault = self.inbox.vault
        ring = vault.indexes(message.sender)
        async with self.inbox.database.read() as conn:
            past = await ledger.of_address(conn, vault, ring, now - REMEMBERED)
            heard = await archive.heard_since(conn, vault, ring, at)
            resumed = await store.opted_in_since(conn, ring, message.channel, at)
        stops = isinstance(keywords.read(message.text, opted_out=False), keywords.OptOutWord)
        if not past and not stops:
            return False  # a stranger, or somebody erased since
        before = [contact for contact in past if contact.intended_at <= at + _APART]
        since = past[: len(past) - len(before)]
        asked = any(each.message_class is not MessageClass.REMINDER for each in since)
        # A stop is heard whatever came after it, but for a wish to begin again.
        if resumed or _begins_again(heard) if stops else heard or asked:
            await self._set_aside(message, at, before[0] if before else None, now)
        else:
            await self.inbox.receive(message, now)
        return True

    async def _set_aside(
        self, message: Inbound, at: datetime, thread: Contact | None, now: datetime
    ) -> None:
        """Keep a message for a person to say where it belongs; `thread` is the likeliest."""
        vault = self.inbox.vault
        received = archive.Received(
            id=message.id,
            address=Address(
                channel=message.channel, value=message.sender, index=vault.index(message.sender)
            ),
            text=kept_text(message),
            at=at,
            reading="unmatched",
            thread=thread.thread if thread else None,
            reason="late",
        )
        told = Entry(
            at=now,
            kind="reply.set_aside",
            about=thread.thread if thread else message.id,
            source=thread.source if thread else None,
            ticket=thread.ticket if thread else None,
            detail={
                "message": message.id,
                "channel": str(message.channel),
                "reading": "unmatched",
                "reason": "late",
            },
        )

        async def keep(conn: AsyncConnection) -> None:
            if await archive.keep_all(conn, vault, [received]):
                await append(conn, [told])

        await self.inbox.database.transact(keep)


def _begins_again(texts: Sequence[str]) -> bool:
    return any(
        isinstance(keywords.read(text, opted_out=False), keywords.OptInWord) for text in texts
    )


@dataclass(slots=True, kw_only=True)
class Sweeping:
    """Reads in a carrier's list what it told us only once: receipts, and what customers wrote."""

    sms: Listing
    receipts: Receipts
    missed: Missed
    _swept_at: datetime | None = field(default=None, init=False)

    async def __call__(self, now: datetime) -> None:
        """Catch up; should the list not be had, the next round looks at the same messages."""
        since = now - _FARTHEST
        if self._swept_at is not None:
            since = max(since, self._swept_at - _BACK)
        written: list[Mapping[str, str]] = []
        try:
            listed = self.sms.listed(since, now - _SOON)
            count = await self.receipts.catch_up(_receipts(listed, written, now), now)
        except SendError as error:
            log.warning("receipts.no_list", reason=error.detail, code=error.code)
            return
        if count:
            log.warning("receipts.missed", count=count)
        if heard := await self.missed.take(written, now):
            log.warning("replies.missed", count=heard)
        self._swept_at = now


async def _receipts(
    listed: AsyncIterator[dict[str, str]], written: list[Mapping[str, str]], now: datetime
) -> AsyncIterator[Mapping[str, str]]:
    """What was sent long enough ago; what customers wrote by then is added to `written`."""
    async for form in listed:
        told = form.get("DateSent")
        age = now - datetime.fromisoformat(told) if told is not None else None
        if form.get("Direction") != "inbound":
            if age is None or age >= _LATE:
                yield form
        elif age is not None and age >= _SOON:
            written.append(form)
