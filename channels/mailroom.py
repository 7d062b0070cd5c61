"""Takes in what comes by mail, and hands each kind to whoever it is for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import archive, bounce, ledger, outcomes, store
from channels.bounce import Bounced, Complained, Failure, Nothing, Said, Traces
from channels.envelope import Sender
from channels.errors import SendErrorKind
from channels.gate import ASKING
from channels.heard import Inbound
from channels.inbox import Inbox
from channels.ledger import Contact
from channels.model import Address, Channel, ContactState, MessageClass, OptOut, OptOutState
from channels.ports import Conversation
from channels.service import Stop, Stops
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id

log = structlog.get_logger("channels")

_REMEMBERED = timedelta(days=60)  # how far back what names only a mailbox may be about a mail
_AGAIN = (timedelta(hours=4),)
"""Pauses before a letter goes out anew that came back for the time being.

The mail servers have tried for days by then, and each letter is one of the thread's few contacts:
another rung would leave none for the next channel.
"""

_KINDS = {
    Failure.HARD: SendErrorKind.DEAD_ADDRESS,
    Failure.POLICY: SendErrorKind.CONFIGURATION,
    Failure.FULL: SendErrorKind.LATER,
    Failure.SOFT: SendErrorKind.LATER,
}
_HOW = "feedback_report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A mail that was taken in: its id, and `reply`, `auto_reply`, `bounce`, `complaint` or
    `ignored`; both follow from the mail alone.
    """

    id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailroom:
    """Takes in mails, each once; `sender` is who writes ours, and whose tags are believed."""

    database: Database
    vault: Vault
    inbox: Inbox
    conversations: Mapping[str, Conversation]
    sender: Sender

    async def take(self, raw: bytes, now: datetime) -> Taken | None:
        """Do what a raw mail asks for; None for what is no mail, of which nothing is kept."""
        key, came = derived_id("m_", *bounce.identity(raw)), bounce.read(raw, self.sender)
        match came:
            case Said():
                await self._said(key, came, now)
                return Taken(id=key, kind="auto_reply" if came.automatic else "reply")
            case Bounced():
                await self.database.transact(lambda conn: self._bounced(conn, key, came, now))
                return Taken(id=key, kind="bounce")
            case Complained():
                await self.database.transact(lambda conn: self._complained(conn, key, came, now))
                return Taken(id=key, kind="complaint")
            case Nothing(reason="no mail"):
                return None
            case Nothing():
                return Taken(id=key, kind="ignored")

    async def _said(self, id: str, said: Said, now: datetime) -> None:
        """To the inbox, as said by whoever the mail that it answers was written to."""
        async with self.database.read() as conn:
            about = await self._answered(conn, said)
        whose = about.address.value if about is not None else said.sender
        if not whose:
            return
        message = Inbound(
            id=id,
            channel=Channel.EMAIL,
            sender=whose,
            text=said.text,
            about=about.id if about is not None else None,
            automatic=said.automatic,
            message_id=said.message_id,
        )
        await self.inbox.receive(message, now)

    async def _answered(self, conn: AsyncConnection, said: Said) -> Contact | None:
        """The contact that a mail answers: a signed tag proves it, from whatever mailbox it comes,
        a Message-ID does where it comes from the mailbox that we wrote to.
        """
        traces = said.traces
        known = await ledger.load(conn, self.vault, [*traces.signed, *traces.named])
        mails = {one.id: one for one in known.values() if one.channel is Channel.EMAIL}
        for contact in traces.signed:
            if contact in mails:
                return mails[contact]
        for contact in traces.named:
            if contact in mails and mails[contact].address.value == said.sender:
                return mails[contact]
        return None

    async def _bounced(self, conn: AsyncConnection, id: str, said: Bounced, now: datetime) -> None:
        contact = await self._about(conn, said.traces, now)
        if contact is None:
            log.info("mail.bounce_of_nothing", mail=id, failure=said.failure)
            return
        await store.lock_addresses(conn, [contact.address.index])
        if not await self._is_new(conn, id, contact.address, contact.thread, "bounce", now):
            return
        contact = (await ledger.load(conn, self.vault, [contact.id], lock=True))[contact.id]
        if contact.state in (*ledger.UNSETTLED, ContactState.QUEUED):
            await outcomes.settled(conn, self.conversations, [(contact, None)], "receipt", now)
        if said.failure is Failure.DELAYED:
            return
        kind, until = _KINDS[said.failure], None
        if kind is SendErrorKind.LATER and contact.message_class in ASKING:
            until = await self._again_at(conn, contact, now)
        code = said.code or said.failure.value
        await outcomes.over(conn, self.conversations, contact, kind, code, now, until)

    async def _again_at(
        self, conn: AsyncConnection, contact: Contact, now: datetime
    ) -> datetime | None:
        """When a letter may go out anew; None once its thread had so many returned, or for a
        reminder, which only repeats what did arrive.
        """
        if contact.message_class is MessageClass.REMINDER:
            return None
        past = await ledger.of_thread(conn, self.vault, contact.thread)
        back = [
            one
            for one in past
            if one.channel is Channel.EMAIL
            and one.state is ContactState.FAILED
            and one.id != contact.id
        ]
        return now + _AGAIN[len(back)] if len(back) < len(_AGAIN) else None

    async def _complained(
        self, conn: AsyncConnection, id: str, said: Complained, now: datetime
    ) -> None:
        """An opt-out from mail, which the report proves: RFC 5965."""
        contact = await self._about(conn, said.traces, now)
        if contact is None:
            await self._unknown_complained(conn, id, said.traces, now)
            return
        stops = Stops(vault=self.vault, conversations=self.conversations)
        who = (contact.source, contact.customer)
        await stops.hold(conn, who, contact.thread)
        if not await self._is_new(conn, id, contact.address, contact.thread, "complaint", now):
            return
        stop = Stop(
            source=contact.source,
            customer=contact.customer,
            thread=contact.thread,
            channel=Channel.EMAIL.value,
            how=_HOW,
            proof=id,
        )
        await stops.record(conn, stop, now)

    async def _unknown_complained(
        self, conn: AsyncConnection, id: str, traces: Traces, now: datetime
    ) -> None:
        """Whoever complains of mail that we do not remember gets none either."""
        for mailbox in traces.mailboxes[:1]:
            address = self._address(mailbox)
            await store.add_addresses(conn, [address.index])
            await store.lock_addresses(conn, self.vault.indexes(mailbox))
            if not await self._is_new(conn, id, address, None, "complaint", now):
                return
            final, channel = OptOutState.FINAL, Channel.EMAIL.value
            stop = OptOut(channel=channel, at=now, how=_HOW, state=final, proof=id)
            if await store.opt_out(conn, [(address.index, stop)]):
                detail = {"channel": channel, "state": final, "how": _HOW}
                entry = Entry(at=now, kind="opt_out.recorded", about=id, detail=detail)
                await append(conn, [entry])

    async def _is_new(
        self,
        conn: AsyncConnection,
        id: str,
        about: Address,
        thread: str | None,
        reading: str,
        now: datetime,
    ) -> bool:
        """Write down that a mail about an address came in; False when it had before."""
        mail = archive.Received(
            id=id, address=about, text="", at=now, reading=reading, thread=thread
        )
        return bool(await archive.keep_all(conn, self.vault, [mail]))

    async def _about(self, conn: AsyncConnection, traces: Traces, now: datetime) -> Contact | None:
        """The contact that a bounce or a complaint is about, by its surest trace."""
        for ids in (traces.signed, traces.named):
            known = await ledger.load(conn, self.vault, ids)
            found = [known[each] for each in ids if each in known]
            if mails := [one for one in found if one.channel is Channel.EMAIL]:
                return mails[0]
        for mailbox in traces.mailboxes:
            if contact := await self._latest(conn, mailbox, now):
                return contact
        return None

    async def _latest(self, conn: AsyncConnection, mailbox: str, now: datetime) -> Contact | None:
        ring: Sequence[bytes] = self.vault.indexes(mailbox)
        past = await ledger.of_address(conn, self.vault, ring, now - _REMEMBERED)
        mails = (one for one in past if one.channel is Channel.EMAIL)
        return next((one for one in mails if one.state in ledger.COUNTED), None)

    def _address(self, mailbox: str) -> Address:
        return Address(channel=Channel.EMAIL, value=mailbox, index=self.vault.index(mailbox))
