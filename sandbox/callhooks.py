"""Asks the product what to do with calls, tells it what becomes of them, notes its faults."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit

from sandbox import network, twiml, verbs, world
from sandbox.calls import Alert, Call, Order, Troubles
from sandbox.leg import Leg
from sandbox.pace import Pace
from sandbox.product import Answer, Product

_MARKUP_TYPES = ("text/xml", "application/xml", "text/html")
_SIP = {"completed": 200, "busy": 486, "no-answer": 480, "canceled": 487, "failed": 404}


class Broken(Exception):
    """The product's answer cannot be carried out; under the carrier's number for that."""

    def __init__(self, code: int, message: str, url: str) -> None:
        super().__init__(message)
        self.code, self.message, self.url = code, message, url


class Hooks:
    """Everything that the carrier asks the product and tells it about calls."""

    def __init__(
        self, kept: world.World, product: Product, pace: Pace, now: Callable[[], datetime]
    ) -> None:
        self._world = kept
        self._product = product
        self._pace = pace
        self._now = now
        self._last: dict[str, asyncio.Event] = {}
        self._held: dict[str, list[tuple[str, str, dict[str, str]]]] = {}
        self._troubles: dict[str, Troubles] = {}

    def begin(self, call: Call) -> None:
        """Choose the call's faults."""
        faults, number = self._world.faults, call.phone
        late = faults.take("voice", "late_callbacks", number)
        self._troubles[call.sid] = Troubles(
            silent=faults.take("voice", "no_callbacks", number) is not None,
            backwards=faults.take("voice", "reorder_callbacks", number) is not None,
            copies=2 if faults.take("voice", "duplicate_callbacks", number) else 1,
            late=late.value / 1000 if late else 0.0,
        )

    async def fetch(
        self, leg: Leg, method: str, url: str, extra: Mapping[str, str] | None = None
    ) -> verbs.Document:
        """Return the document that the product gives; raises Broken, and what breaks in."""
        fields = call_fields(leg.call) | dict(extra or {})
        answer = await leg.race(self._ask(leg.call, method, url, fields), keep=True)
        if not answer.ok:
            raise Broken(11200, answer.error or f"HTTP {answer.status}", url)
        if not answer.text.strip():
            return verbs.Document(verbs=(), url=url)
        if answer.content_type.startswith("audio/"):
            return verbs.Document(verbs=(verbs.Play(url=url),), url=url)
        if answer.content_type == "text/plain":
            return verbs.Document(verbs=(verbs.Say(text=answer.text.strip()),), url=url)
        if answer.content_type not in _MARKUP_TYPES:
            raise Broken(12300, f"content type {answer.content_type or 'missing'}", url)
        return self.read(answer.text, url)

    def read(self, markup: str, url: str) -> verbs.Document:
        """Return the document that the markup says; raises Broken."""
        try:
            return verbs.document(markup, url)
        except twiml.MarkupError as failure:
            raise Broken(12100, str(failure), url) from failure

    async def _ask(self, call: Call, method: str, url: str, fields: dict[str, str]) -> Answer:
        twice = self._world.faults.take("voice", "duplicate_webhooks", call.phone)
        token = str(uuid.uuid4())
        with self._pace.busy():
            answer = await self._product.send_form(method, url, fields, token=token)
            self._keep(url, fields, answer)
            if twice:
                answer = await self._product.send_form(method, url, fields, token=token)
                self._keep(url, fields, answer)
        return answer

    def alert(self, call: Call, code: int, message: str, url: str) -> None:
        """Note a fault of the product's."""
        self._world.alerts.append(
            Alert(at=self._now(), code=code, message=message, url=url, call_sid=call.sid)
        )
        self._world.changed("alert")

    def progress(self, call: Call, order: Order, event: str, *, last: bool = False) -> None:
        """Report one step of a call where the product wished to hear of it."""
        troubles = self._troubles.get(call.sid, Troubles())
        url = order.status_callback
        wanted = url is not None and event in order.events and not troubles.silent
        if wanted and url is not None:
            fields = call_fields(call) | self._progress_fields(call, event)
            call.sequence += 1
            if troubles.backwards:
                self._held.setdefault(call.sid, []).append(
                    (order.status_callback_method, url, fields)
                )
            else:
                self.tell(call, url, fields, order.status_callback_method)
        if last:
            for method, target, held in reversed(self._held.pop(call.sid, [])):
                self.tell(call, target, held, method)
            self._troubles.pop(call.sid, None)

    def _progress_fields(self, call: Call, event: str) -> dict[str, str]:
        fields = {
            "CallStatus": "initiated" if event == "initiated" else call.status,
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(call.sequence),
            "Timestamp": format_datetime(self._now().astimezone(UTC)),
        }
        if call.answered_by:
            fields["AnsweredBy"] = call.answered_by
        if call.ended:
            seconds = call.duration or 0
            fields["CallDuration"] = str(seconds)
            fields["Duration"] = str(-(-seconds // 60))
            fields["SipResponseCode"] = str(call.sip_code or _SIP[call.status])
            kept = [self._world.recordings.get(sid) for sid in call.recordings]
            # Only the whole call's is told here; a Record told its own, and it may be deleted.
            for whole in (each for each in kept if each and each.source == "OutboundAPI"):
                fields["RecordingSid"], fields["RecordingUrl"] = whole.sid, whole.url
                fields["RecordingDuration"] = str(whole.seconds)
        return fields

    def tell(self, call: Call, url: str, fields: Mapping[str, str], method: str = "POST") -> None:
        """Post something of a call beside it, after all that was told of it before."""
        troubles = self._troubles.get(call.sid, Troubles())
        before, done = self._last.get(call.sid), asyncio.Event()
        self._last[call.sid] = done

        async def telling() -> None:
            if before is not None:
                await before.wait()
            try:
                if troubles.late:
                    await self._pace.sleep(troubles.late)
                token = str(uuid.uuid4())
                with self._pace.busy():
                    for _ in range(troubles.copies):
                        answer = await self._product.send_form(method, url, fields, token=token)
                        self._keep(url, fields, answer)
            finally:
                done.set()
                if self._last.get(call.sid) is done:
                    del self._last[call.sid]

        # A wait for lateness must not hold up the very time that it waits for.
        work = telling()
        self._product.later(work if troubles.late else self._pace.during(work))

    def _keep(self, url: str, fields: Mapping[str, str], answer: Answer) -> None:
        self._world.callbacks.append(
            world.Callback(
                at=self._now(), url=url, fields=fields, status=answer.status, error=answer.error
            )
        )


def call_fields(call: Call) -> dict[str, str]:
    """Return what every request about a call carries."""
    fields = {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "From": call.from_,
        "To": call.to,
        "Caller": call.from_,
        "Called": call.to,
        "CallStatus": call.status,
        "Direction": call.direction,
        "ApiVersion": network.API_VERSION,
    }
    if call.parent:
        fields["ParentCallSid"] = call.parent
    if call.answered_by:
        fields["AnsweredBy"] = call.answered_by
    for end, number in (("From", call.from_), ("To", call.to)):
        fields[f"{end}Country"] = network.country(number)
        fields |= {f"{end}{part}": "" for part in ("City", "State", "Zip")}
    return fields


def callable_url(url: str | None) -> bool:
    """Whether the carrier can ask there."""
    try:
        parts = urlsplit(url or "")
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
