"""The carrier's network: carries texts to phones and back, and reports by signed webhooks."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox import segments, twiml, world
from sandbox.config import Config
from sandbox.product import Answer, Product

API_VERSION = "2010-04-01"
_LOOK_AGAIN_S = 0.02
_COUNTRIES = {"+86": "CN", "+852": "HK", "+44": "GB", "+1": "US"}
_NETWORK_ERRORS = {
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
}
_STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)
_START_WORDS = frozenset({"START", "YES", "UNSTOP"})
_HELP_WORDS = frozenset({"HELP", "INFO"})
_OWN_ANSWERS = {
    "STOP": "You have successfully been unsubscribed. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed.",
    "HELP": "Reply STOP to unsubscribe.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of a text that a customer wrote."""

    sid: str
    replies: tuple[str, ...]
    answer: Answer
    fault: str | None


class Network:
    """Carries messages; knows nothing of HTTP requests made to the carrier."""

    def __init__(
        self,
        kept: world.World,
        config: Config,
        product: Product,
        now: Callable[[], datetime],
    ) -> None:
        self._world = kept
        self._config = config
        self._product = product
        self._now = now

    def send(
        self,
        *,
        to: str,
        from_: str,
        body: str,
        direction: str,
        status: str = "queued",
        status_callback: str | None = None,
        messaging_service_sid: str | None = None,
    ) -> world.Message:
        """Accept a message for a phone; its way there goes on beside the caller."""
        message = self._new(to, from_, body, direction, status)
        message.status_callback = status_callback
        message.messaging_service_sid = messaging_service_sid
        self._world.add_message(message)
        self._product.later(self._carry(message))
        return message

    async def receive(self, number: str, text: str, *, again: str | None = None) -> Heard:
        """Post what a customer wrote to the product and carry its answers to the phone.

        `again` is the sid of an earlier message: it is posted a second time, as carriers do
        when an answer was lost. Its answers are carried the first time they arrive.
        """
        message = self._world.messages.get(again) if again else None
        unheard = message is None or message.error_message is not None
        if message is None:
            message = self._new(self._config.from_number, number, text, "inbound", "received")
            message.sid = again or message.sid
            message.sent_at = message.created_at
            self._world.add_message(message)
        own = self._own_word(number, message.body)
        url = self._product.sms_webhook_url
        answer = await self._post(url, self._inbound_fields(message, own))
        fault, replies = _read(answer, url)
        if unheard:
            self._carry_answers(number, replies, own)
        if fault or message.error_message:
            message.error_code, message.error_message = (11200, fault) if fault else (None, None)
            self._world.changed("message")
        texts = tuple(reply.text for reply in replies)
        return Heard(sid=message.sid, replies=texts, answer=answer, fault=fault)

    def receive_later(
        self, number: str, text: str, after: timedelta, *, again: str | None = None
    ) -> datetime:
        """Let a customer's text lie with the carrier for so long; return when it goes on."""
        due = self._now() + after

        async def receive() -> None:
            await self._until(due)
            await self.receive(number, text, again=again)

        self._product.later(receive())
        return due

    async def _until(self, due: datetime) -> None:
        while self._now() < due:  # noqa: ASYNC110 - it may be moved at any time
            await asyncio.sleep(_LOOK_AGAIN_S)

    def _carry_answers(self, number: str, replies: list[twiml.Reply], own: str | None) -> None:
        if own:
            replies = [*replies, twiml.Reply(text=_OWN_ANSWERS[own])]
        for reply in replies:
            self.send(
                to=reply.to or number,
                from_=self._config.from_number,
                body=reply.text,
                direction="outbound-reply",
                status_callback=reply.status_callback,
            )

    def _own_word(self, number: str, text: str) -> str | None:
        if not self._config.carrier_stop:
            return None
        word = text.strip().upper()
        if word in _STOP_WORDS:
            self._world.blocked.add(number)
            return "STOP"
        if word in _START_WORDS and number in self._world.blocked:
            self._world.blocked.discard(number)
            return "START"
        return "HELP" if word in _HELP_WORDS else None

    def _new(self, to: str, from_: str, body: str, direction: str, status: str) -> world.Message:
        now = self._now()
        return world.Message(
            sid=world.sid(),
            account_sid=self._config.account_sid,
            to=to,
            from_=from_,
            body=body,
            direction=direction,
            status=status,
            num_segments=str(segments.count(body)),
            created_at=now,
            updated_at=now,
        )

    async def _carry(self, message: world.Message) -> None:
        faults = self._world.faults
        number = message.to
        undelivered = faults.take("carrier", "undelivered", number)
        silent = faults.take("carrier", "no_callbacks", number)
        backwards = faults.take("carrier", "reorder_callbacks", number)
        copies = 2 if faults.take("carrier", "duplicate_callbacks", number) else 1
        late = faults.take("carrier", "late_callbacks", number)
        wait = timedelta(milliseconds=late.value if late else 0)
        steps = ["sent", "undelivered" if undelivered else "delivered"]
        told: list[dict[str, str]] = []
        for status in steps:
            self._move(message, status, undelivered.value if undelivered else None)
            told.append(self._status_fields(message))
            if not (silent or backwards):
                await self._until(self._now() + wait)
                await self._report(message, told[-1], copies)
        if backwards and not silent:
            await self._until(self._now() + wait)
            for fields in reversed(told):
                await self._report(message, fields, copies)

    def _move(self, message: world.Message, status: str, error_code: int | None) -> None:
        message.status = status
        message.updated_at = self._now()
        if status == "sent":
            message.sent_at = message.updated_at
        if status == "undelivered" and error_code is not None:
            message.error_code = error_code
            message.error_message = _NETWORK_ERRORS.get(error_code, "Undelivered")
        self._world.changed("message")

    async def _report(self, message: world.Message, fields: dict[str, str], copies: int) -> None:
        if message.status_callback is None:
            return
        for _ in range(copies):
            await self._post(message.status_callback, fields)

    async def _post(self, url: str, fields: dict[str, str]) -> Answer:
        answer = await self._product.post_form(url, fields)
        self._world.callbacks.append(
            world.Callback(
                at=self._now(), url=url, fields=fields, status=answer.status, error=answer.error
            )
        )
        return answer

    def _status_fields(self, message: world.Message) -> dict[str, str]:
        fields = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": message.status,
            "SmsStatus": message.status,
            "To": message.to,
            "From": message.from_,
            "AccountSid": message.account_sid,
            "ApiVersion": API_VERSION,
        }
        if message.messaging_service_sid:
            fields["MessagingServiceSid"] = message.messaging_service_sid
        if message.status in ("delivered", "undelivered"):
            fields["RawDlrDoneDate"] = message.updated_at.strftime("%y%m%d%H%M")
        if message.error_code is not None:
            fields["ErrorCode"] = str(message.error_code)
            fields["ErrorMessage"] = message.error_message or ""
        return fields

    def _inbound_fields(self, message: world.Message, own: str | None) -> dict[str, str]:
        fields = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "AccountSid": message.account_sid,
            "From": message.from_,
            "To": message.to,
            "Body": message.body,
            "NumMedia": "0",
            "NumSegments": message.num_segments,
            "SmsStatus": "received",
            "ApiVersion": API_VERSION,
            "FromCountry": country(message.from_),
            "ToCountry": country(message.to),
        }
        for end in ("From", "To"):
            fields |= {f"{end}{part}": "" for part in ("City", "State", "Zip")}
        if self._config.messaging_service_sid:
            fields["MessagingServiceSid"] = self._config.messaging_service_sid
        if own:
            fields["OptOutType"] = own
        return fields


def _read(answer: Answer, url: str) -> tuple[str | None, list[twiml.Reply]]:
    if not answer.ok:
        return answer.error or f"the product answered {answer.status}", []
    try:
        return None, twiml.replies(answer.text, url)
    except twiml.MarkupError as failure:
        return f"the answer is no TwiML: {failure}", []


def country(number: str) -> str:
    """Return the country code of a number; empty where it is not known."""
    return next((c for prefix, c in _COUNTRIES.items() if number.startswith(prefix)), "")
