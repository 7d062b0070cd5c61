"""Answers the carrier's webhooks: replies, and receipts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection
from twilio.twiml.messaging_response import MessagingResponse

from channels import ledger, outcomes, store
from channels.errors import SendErrorKind, classify_twilio
from channels.inbox import Inbound, Inbox
from channels.ledger import Progress
from channels.model import Channel, ContactState
from channels.ports import Conversation, OutcomeKind
from channels.signature import twilio_valid
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.engine import Database
from kernel.faults import Forbidden, Malformed
from kernel.journal import append
from kernel.vault import Vault

_FORM = ("application/x-www-form-urlencoded",)
_LONGEST_SID, _LONGEST_CODE = 128, 64  # as the tables have them; the carrier's are shorter
#: What a carrier's status says of a contact; the others say nothing new.
_STATES = {
    "sent": ContactState.SENT,
    "delivered": ContactState.DELIVERED,
    "read": ContactState.DELIVERED,
    "failed": ContactState.FAILED,
    "undelivered": ContactState.FAILED,
    "canceled": ContactState.FAILED,
}
_HEARD = {ContactState.DELIVERED: OutcomeKind.DELIVERED, ContactState.FAILED: OutcomeKind.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioHooks:
    """The endpoints that one Twilio account posts to, each signed by it."""

    inbox: Inbox
    database: Database
    vault: Vault
    conversations: Mapping[str, Conversation]
    token: str
    public_url: str

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
                media=_FORM,
                reply_media="application/xml",
                statuses={403: "the signature does not fit"},
                signed=True,
            ),
            Endpoint(
                method="POST",
                path="/carriers/twilio/status",
                handler=self.status,
                role=Role.NONE,
                summary="A receipt for a contact",
                tag="carriers",
                status=204,
                media=_FORM,
                statuses={403: "the signature does not fit"},
                signed=True,
            ),
        ]

    async def sms(self, call: Call) -> Answer:
        """Take a reply in; the same MessageSid gets the same answer."""
        form = self._signed(call)
        if not form.get("MessageSid") or not form.get("From"):
            raise Malformed("MessageSid and From are needed")
        answers = await self.inbox.receive(
            Inbound(
                id=form["MessageSid"][:_LONGEST_SID],
                channel=Channel.SMS,
                sender=form["From"],
                text=form.get("Body", ""),
                stop_answered="OptOutType" in form,
            ),
            call.now,
        )
        twiml = MessagingResponse()
        for answer in answers:
            url = f"{self.public_url}/carriers/twilio/status?contact={quote(answer.contact)}"
            twiml.message(answer.text, status_callback=url)
        return Answer(body=str(twiml), media="application/xml")

    async def status(self, call: Call) -> Answer:
        """Move a contact forward; receipts come late, twice and out of order."""
        form = self._signed(call)
        state = _STATES.get(form.get("MessageStatus") or form.get("SmsStatus") or "")
        contact_id = dict(_query(call.url)).get("contact")
        if state is None or contact_id is None:
            return Answer(status=204)
        await self.database.transact(
            lambda conn: self._receipt(conn, contact_id, state, form, call.now)
        )
        return Answer(status=204)

    async def _receipt(
        self,
        conn: AsyncConnection,
        contact_id: str,
        state: ContactState,
        form: Mapping[str, str],
        now: datetime,
    ) -> None:
        known = (await ledger.load(conn, self.vault, [contact_id])).get(contact_id)
        if known is None:
            return
        await store.lock_addresses(conn, [known.address.index])
        contact = (await ledger.load(conn, self.vault, [contact_id], lock=True))[contact_id]
        if contact.state in (*ledger.UNSETTLED, ContactState.QUEUED):
            await outcomes.settled(conn, self.conversations, [(contact, None)], "receipt", now)
        sid = form.get("MessageSid", "")[:_LONGEST_SID]
        if sid:
            await ledger.set_carrier_id(conn, [(contact.id, sid)])
        if state is ContactState.SENT:
            return
        error = form.get("ErrorCode", "")[:_LONGEST_CODE] or None
        step = Progress(id=contact.id, state=state, at=now, error=error)
        if not await ledger.advance(conn, [step]):
            return
        reason = error
        if state is ContactState.FAILED:
            reason = _kind_of(error)
            await outcomes.mark_failed(conn, contact, reason, error, now)
        detail = {"channel": str(contact.channel), "code": error}
        entry = outcomes.about_contact(contact, f"contact.{state}", now, detail)
        await append(conn, [entry])
        told = outcomes.outcome(contact, _HEARD[state], reason)
        await outcomes.tell(conn, self.conversations, [(contact.conversation, told)], now)

    def _signed(self, call: Call) -> dict[str, str]:
        signature = call.headers.get("x-twilio-signature")
        if not twilio_valid(self.token, call.url, call.form, signature):
            raise Forbidden("the X-Twilio-Signature header does not fit this request")
        return dict(call.form)


def _kind_of(code: str | None) -> SendErrorKind:
    return classify_twilio(0, int(code) if code is not None and code.isdigit() else None)


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query)
