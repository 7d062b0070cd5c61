"""Answers the carrier's webhooks: replies, and receipts."""

from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from urllib.parse import parse_qsl, quote, urlsplit
from xml.sax.saxutils import escape, quoteattr

import structlog
from marshmallow import Schema, fields
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, outcomes, store
from channels.errors import TWILIO, SendErrorKind, classify_twilio
from channels.gate import ASKING
from channels.heard import Inbound
from channels.hooks import FORM, noted, signed, xml
from channels.inbox import Inbox
from channels.mailroom import Mailroom
from channels.model import Channel, ContactState, MessageClass
from channels.ports import Conversation
from channels.receipts import Receipt, alike, same
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import Malformed
from kernel.vault import Vault

log = structlog.get_logger("channels")

_ASKS_FIRST = ASKING - {MessageClass.REMINDER}  # a reminder only repeats what did arrive
_LONGEST_SID, _LONGEST_CODE = 128, 64  # as the tables have them; the carrier's are shorter
_SENT = ContactState.SENT
#: What a carrier's status says of a contact; the others say nothing new.
_STATES = {
    "sent": ContactState.SENT,
    "delivered": ContactState.DELIVERED,
    "read": ContactState.DELIVERED,
    "failed": ContactState.FAILED,
    "undelivered": ContactState.FAILED,
    "canceled": ContactState.FAILED,
}

_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_LARGEST_MAIL = 10 * 1024 * 1024  # octets; of most of them, an attachment, nothing is read


#: Pauses before a text goes out anew whose phone was away: it is one of a thread's few contacts.
_AGAIN = (timedelta(hours=2),)
_LOOKED_UP = 500  # ids at one time
_RECEIPTS_FOR = timedelta(days=14)  # how far back a receipt may belong to what we sent
_ANSWER_LOST_FOR = timedelta(days=1)  # how far back one of an unknown id may
_CLOCKS_APART = timedelta(minutes=2)  # between the carrier's clock and ours


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a carrier tells of a contact; `failed` says what a failure means."""

    contact: str
    state: ContactState
    carrier_id: str | None = None
    failed: SendErrorKind | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """Moves contacts forward, and never back; receipts come late, twice, and out of order."""

    database: Database
    vault: Vault
    conversations: Mapping[str, Conversation]

    async def take(self, news: News, now: datetime) -> None:
        """Note what is told of a contact that is named."""
        await self.database.transact(lambda conn: self._take(conn, news, now))

    async def take_unnamed(self, receipt: Receipt, now: datetime) -> None:
        """Note what an SMSC tells of a message by its own id, if one of ours it is."""

        async def take(conn: AsyncConnection) -> None:
            contact = await self._meant(conn, receipt, now)
            if contact is None:
                log.info("receipt.of_nothing", state=receipt.state)
                return
            news = News(
                contact=contact,
                state=receipt.state,
                carrier_id=receipt.ids[0] if receipt.ids else None,
                failed=receipt.failed,
                code=receipt.code,
            )
            await self._take(conn, news, now)

        await self.database.transact(take)

    async def catch_up(self, listed: AsyncIterable[Mapping[str, str]], now: datetime) -> int:
        """Note what a carrier's list says of contacts whose receipts never came; how many."""
        said: dict[str, Mapping[str, str]] = {}
        async for form in listed:
            if form["MessageStatus"] in _STATES:
                said[form["MessageSid"]] = form
        over = {sid for sid, form in said.items() if _STATES[form["MessageStatus"]] is not _SENT}
        count = 0
        for some in _batched(reversed(said), _LOOKED_UP):  # listed newest first
            async with self.database.read() as conn:
                known = await ledger.known_as(conn, some)
                strange = [said[sid] for sid in some if sid not in known]
                sent = {sid: name for sid, (name, state) in known.items() if state is _SENT}
                silent = {sid: name for sid, name in sent.items() if sid in over}
                silent |= await self._nameless(conn, strange, now)
            for carrier_id, contact in silent.items():
                news = news_of(contact, said[carrier_id])
                if news is not None:
                    await self.take(news, now)
                    count += carrier_id in over
        return count

    async def _nameless(
        self, conn: AsyncConnection, forms: Iterable[Mapping[str, str]], now: datetime
    ) -> dict[str, str]:
        """The contacts that were sent and whose ids nobody told us, by those ids.

        They left as markup, or a reply came in place of the carrier's answer. Which they are, the
        number, the words and their order tell; of what only was sent as well, for the order.
        """
        told = [form for form in forms if "To" in form and "DateSent" in form]
        if not told:
            return {}
        rings = {form["To"]: self.vault.indexes(form["To"]) for form in told}
        since = now - _ANSWER_LOST_FOR
        past = await ledger.of_addresses(conn, self.vault, list(rings.values()), since)
        sent = dict(zip(rings, past, strict=True))
        found: dict[str, str] = {}
        for form in sorted(told, key=lambda form: form["DateSent"]):
            last = datetime.fromisoformat(form["DateSent"]) + _CLOCKS_APART
            fits = [
                contact.id
                for contact in reversed(sent[form["To"]])
                if (contact.state, contact.carrier_id, contact.text) == (_SENT, None, form["Body"])
                and contact.channel is Channel.SMS
                and contact.intended_at <= last
                and contact.id not in found.values()
            ]
            if fits:
                found[form["MessageSid"]] = fits[0]
        return found

    async def _meant(self, conn: AsyncConnection, receipt: Receipt, now: datetime) -> str | None:
        """The contact with the id; else the only one to the number of which no id is known."""
        ring = self.vault.indexes(receipt.number)
        past = await ledger.of_address(conn, self.vault, ring, now - _RECEIPTS_FOR)
        texts = [contact for contact in past if contact.channel is Channel.SMS]
        for fits in (same, alike):
            for told in receipt.ids:
                for contact in texts:
                    if contact.carrier_id and fits(told, contact.carrier_id):
                        return contact.id
        since = now - _ANSWER_LOST_FOR
        nameless = [
            contact.id
            for contact in texts
            if not contact.carrier_id
            and contact.state in (*ledger.UNSETTLED, ContactState.SENT)
            and contact.intended_at >= since
        ]
        return nameless[0] if len(nameless) == 1 else None

    async def _take(self, conn: AsyncConnection, news: News, now: datetime) -> None:
        known = (await ledger.load(conn, self.vault, [news.contact])).get(news.contact)
        if known is None:
            return
        await store.lock_addresses(conn, [known.address.index])
        contact = (await ledger.load(conn, self.vault, [news.contact], lock=True))[news.contact]
        if contact.state in (*ledger.UNSETTLED, ContactState.QUEUED):
            await outcomes.settled(conn, self.conversations, [(contact, None)], "receipt", now)
        if news.carrier_id:
            await ledger.set_carrier_id(conn, [(contact.id, news.carrier_id)])
        if news.state is ContactState.SENT:
            return
        until = None
        if news.failed is SendErrorKind.LATER and contact.message_class in _ASKS_FIRST:
            until = await self._again_at(conn, contact, now)
        await outcomes.over(conn, self.conversations, contact, news.failed, news.code, now, until)

    async def _again_at(
        self, conn: AsyncConnection, contact: ledger.Contact, now: datetime
    ) -> datetime | None:
        """When to ask anew by the same channel; None once its thread had so many texts fail."""
        past = await ledger.of_thread(conn, self.vault, contact.thread)
        failed = [
            one
            for one in past
            if one.channel is contact.channel
            and one.state is ContactState.FAILED
            and one.id != contact.id
        ]
        return now + _AGAIN[len(failed)] if len(failed) < len(_AGAIN) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioHooks:
    """The endpoints that one Twilio account posts to, each signed by it."""

    inbox: Inbox
    database: Database
    vault: Vault
    conversations: Mapping[str, Conversation]
    token: str
    public_url: str

    @property
    def receipts(self) -> Receipts:
        """What takes the receipts."""
        return Receipts(database=self.database, vault=self.vault, conversations=self.conversations)

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return [
            Endpoint(
                method="POST",
                path="/carriers/twilio/sms",
                handler=self.sms,
                role=Role.NONE,
                summary="A customer's SMS, answered as TwiML in the same request",
                tag="carriers",
                media=FORM,
                reply_media="application/xml",
                statuses={403: "the signature does not fit"},
                signed=True,
            ),
            noted("/carriers/twilio/status", self.status, "A receipt for a contact"),
        ]

    async def sms(self, call: Call) -> Answer:
        """Take a reply in; the same MessageSid gets the same answer."""
        form = signed(call, self.token)
        if not form.get("MessageSid") or not form.get("From"):
            raise Malformed("MessageSid and From are needed")
        answers = await self.inbox.receive(inbound_of(form), call.now)
        receipts = f"{self.public_url}/carriers/twilio/status?contact="
        said = (
            f"<Message statusCallback={quoteattr(receipts + quote(answer.contact))}>"
            f"{escape(answer.text)}</Message>"
            for answer in answers
        )
        # Written by hand: the library builds a tree of elements first, for fifteen times as long.
        return xml(f"{_XML}<Response>{''.join(said)}</Response>")

    async def status(self, call: Call) -> Answer:
        """Move a contact forward; receipts come late, twice and out of order."""
        form = signed(call, self.token)
        contact = dict(_query(call.url)).get("contact")
        news = news_of(contact, form) if contact is not None else None
        if news is not None:
            await self.receipts.take(news, call.now)
        return Answer(status=204)


class _TakenSchema(Schema):
    id = fields.String(metadata={"description": "the same for each copy of the mail"})
    kind = fields.String(
        metadata={"description": "reply, auto_reply, bounce, complaint, or ignored"}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHooks:
    """The endpoint to which a mail gateway posts what came to our mailboxes."""

    mailroom: Mailroom

    def endpoints(self) -> list[Endpoint]:
        """The route."""
        return [
            Endpoint(
                method="POST",
                path="/carriers/email/inbound",
                handler=self.inbound,
                role=Role.INGEST,
                summary="A raw mail: a bounce, a complaint, an automatic answer or a reply",
                tag="carriers",
                media=("message/rfc822", "*/*"),  # what gateways call it differs, or is not said
                reply=_TakenSchema(),
                statuses={400: "this is no mail"},
                limit=_LARGEST_MAIL,
            )
        ]

    async def inbound(self, call: Call) -> Answer:
        """Take a mail in; the same mail again changes nothing and gets the same answer."""
        taken = await self.mailroom.take(call.raw, call.now)
        if taken is None:
            raise Malformed("this is no mail: it has no header")
        return Answer(body={"id": taken.id, "kind": taken.kind})


def inbound_of(form: Mapping[str, str]) -> Inbound:
    """A customer's SMS; `OptOutType` says that the carrier has acted on it, and answered."""
    return Inbound(
        id=form["MessageSid"][:_LONGEST_SID],
        channel=Channel.SMS,
        sender=form["From"],
        text=form.get("Body", ""),
        carrier_word=form.get("OptOutType", "").upper() or None,
    )


def news_of(contact: str, form: Mapping[str, str]) -> News | None:
    """What a receipt says of the contact that its URL names; None for what is no news."""
    state = _STATES.get(form.get("MessageStatus") or form.get("SmsStatus") or "")
    if state is None:
        return None
    code = form.get("ErrorCode", "")[:_LONGEST_CODE] or None
    return News(
        contact=contact,
        state=state,
        carrier_id=form.get("MessageSid", "")[:_LONGEST_SID] or None,
        failed=_kind_of(code) if state is ContactState.FAILED else None,
        code=code,
    )


def _kind_of(code: str | None) -> SendErrorKind:
    """What a failure means; of one that nobody explains it is not even sure that it is one."""
    known = code is not None and code.isascii() and code.isdigit()
    number = int(code) if code is not None and known else None
    return classify_twilio(0, number if number in TWILIO else None)


def _batched(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    left = iter(ids)
    while some := list(islice(left, size)):
        yield some


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query)
