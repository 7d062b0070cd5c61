"""Hears what an SMSC tells, and finds in a carrier's list the receipts that never came."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from channels.errors import SendError
from channels.inbox import Inbox
from channels.receipts import Receipt
from channels.web import Receipts
from channels.wishes import Inbound
from scheduler.ports import Clock

log = structlog.get_logger("channels")

#: How often to look.
EVERY = timedelta(minutes=15)
_LATE = timedelta(minutes=15)  # a receipt that did not come by then was missed
_BACK = timedelta(hours=1)  # so that each message is looked at three times


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Takes what an SMSC delivers to where it belongs."""

    inbox: Inbox
    receipts: Receipts
    clock: Clock

    async def on_message(self, message: Inbound) -> None:
        """What a customer wrote; an answer leaves by itself."""
        await self.inbox.receive(message, self.clock.now())

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
