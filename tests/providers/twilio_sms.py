"""Twilio's cases: its REST API, its receipts and its webhooks."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from channels.accounts import Account
from channels.errors import ACCOUNT_PAUSE, TWILIO, SendErrorKind
from channels.model import ContactState
from channels.ports import Accepted
from channels.sms import TwilioSms
from channels.web import inbound_of, news_of
from tests.e2e.stack import free_port
from tests.fakes.outside import serving
from tests.providers.harness import PHONE, Came, Case, Failure, Lacks, Proof

name = "twilio"
SID, FROM = "AC" + "1" * 32, "+8610655500001"
PUBLIC = "https://survey.example.com/hf"
CALLBACK = f"{PUBLIC}/carriers/twilio/status?contact=c_1"
SERVICE, UK_SERVICE = "MG" + "1" * 32, "MG" + "4" * 32
SILENT, DROP, LOSE, NOBODY = "silent", "drop", "lose", "nobody"  # kept and dropped; never kept
FIRST = "SM" + f"{1:032d}"


@dataclass(frozen=True, kw_only=True)
class Refused:
    """An answer that is none of success."""

    status: int
    code: int | None = None
    retry_after: str | None = None


@dataclass(kw_only=True)
class Api:
    """The carrier: keeps what it accepts, lists it, and answers as it was told."""

    answers: list[Any]
    forms: list[dict[str, str]] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application()
        path = f"/2010-04-01/Accounts/{SID}/Messages.json"
        app.router.add_post(path, self._create)
        app.router.add_get(path, self._list)
        return app

    async def _create(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"].startswith("Basic ")
        form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        self.forms.append(form)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Refused):
            headers = {"Retry-After": answer.retry_after} if answer.retry_after else {}
            body = {"code": answer.code, "message": "no", "status": answer.status}
            return web.json_response(body, status=answer.status, headers=headers)
        if answer == LOSE:
            _cut(request)
            return web.Response()
        message = {
            "sid": f"SM{len(self.kept) + 1:032d}",
            "body": form["Body"],
            "to": form["To"],
            "direction": "outbound-api",
            "date_created": format_datetime(datetime.now(UTC)),
            "num_segments": str(answer or "1") if str(answer or "1").isdigit() else "1",
        }
        self.kept.append(message)
        if answer == DROP:
            _cut(request)
        if answer == SILENT:
            await asyncio.Event().wait()
        return web.json_response(message, status=201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        found = [one for one in self.kept if one["to"] == request.query["To"]]
        return web.json_response({"messages": found, "next_page_uri": None})


def _cut(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()


@dataclass(kw_only=True)
class Playing:
    carrier: TwilioSms
    api: Api

    def seen(self) -> Sequence[Mapping[str, Any]]:
        return self.api.forms


@asynccontextmanager
async def play(case: Case) -> AsyncIterator[Playing]:
    """The carrier on a socket; nobody listens where the case says so."""
    api = Api(answers=[one for one in case.answers if one != NOBODY])
    async with serving(api.application()) as url:
        if NOBODY in case.answers:
            url = f"http://127.0.0.1:{free_port()}"
        given: dict[str, Any] = {
            "sid": SID,
            "token": "t",
            "sender": FROM,
            "base_url": url,
            "timeout": timedelta(seconds=5),
            **case.account,
        }
        sms = TwilioSms(Account(**given), PUBLIC)
        try:
            yield Playing(carrier=sms, api=api)
        finally:
            await sms.close()


def refused(status: int, code: int, kind: SendErrorKind, **more: Any) -> Case:
    return Case(
        answers=[Refused(status=status, code=code)],
        expected=Failure(kind=kind, code=str(code), **more),
    )


ONE = Accepted(carrier_id=FIRST)
LONG = "满" * 71

generic: Mapping[str, Case | Lacks] = {
    "accepted": Case(
        expected=ONE,
        seen=[{"To": PHONE, "From": FROM, "Body": "请评价", "StatusCallback": CALLBACK}],
    ),
    "opt_out": refused(400, 21610, SendErrorKind.OPT_OUT),
    "dead_number": refused(400, 21614, SendErrorKind.DEAD_ADDRESS),
    "configuration": refused(
        401, 20003, SendErrorKind.CONFIGURATION, retry_after=ACCOUNT_PAUSE, away=True
    ),
    "later": refused(400, 21611, SendErrorKind.LATER),
    "later_with_a_pause": Case(
        answers=[Refused(status=429, code=20429, retry_after="7")],
        expected=Failure(kind=SendErrorKind.LATER, retry_after=timedelta(seconds=7)),
    ),
    "nobody_there": Case(answers=[NOBODY], expected=Failure(kind=SendErrorKind.LATER, away=True)),
    "silent": Case(
        answers=[SILENT],
        account={"timeout": timedelta(milliseconds=150)},
        expected=Failure(kind=SendErrorKind.AMBIGUOUS, away=True),
        proof=Proof.THERE,
    ),
    "dropped_after_acceptance": Case(
        answers=[DROP], expected=Failure(kind=SendErrorKind.AMBIGUOUS), proof=Proof.THERE
    ),
    "dropped_before_acceptance": Case(
        answers=[LOSE], expected=Failure(kind=SendErrorKind.AMBIGUOUS), proof=Proof.ABSENT
    ),
    "server_error": Case(
        answers=[Refused(status=503)],
        expected=Failure(kind=SendErrorKind.AMBIGUOUS, away=True, code="503"),
        proof=Proof.ABSENT,
    ),
    "long_text": Case(
        message={"text": LONG},
        answers=["2"],
        expected=Accepted(carrier_id=FIRST, segments=2),
        seen=[{"Body": LONG}],
    ),
    "ucs2": Case(message={"text": "您好😀 + & ="}, expected=ONE, seen=[{"Body": "您好😀 + & ="}]),
    "validity": Case(message={"valid_for": 600}, expected=ONE, seen=[{"ValidityPeriod": "600"}]),
}

BY_COUNTRY = {"senders": (("+44", "Huifang"), ("+447", "+447700900123"), ("+1", UK_SERVICE))}
own: Mapping[str, Case] = {
    "a_country_has_its_own_sender": Case(
        message={"to": "+442079460000"},
        account=BY_COUNTRY,
        expected=ONE,
        seen=[{"From": "Huifang", "MessagingServiceSid": None}],
    ),
    "the_longest_prefix_names_the_sender": Case(
        message={"to": "+447700900999"},
        account=BY_COUNTRY,
        expected=ONE,
        seen=[{"From": "+447700900123"}],
    ),
    "a_country_s_sender_may_be_a_service": Case(
        message={"to": "+15005550006"},
        account=BY_COUNTRY,
        expected=ONE,
        seen=[{"MessagingServiceSid": UK_SERVICE, "From": None}],
    ),
    "a_country_s_sender_goes_before_the_service_of_all": Case(
        message={"to": "+442079460000"},
        account={**BY_COUNTRY, "service": SERVICE},
        expected=ONE,
        seen=[{"From": "Huifang", "MessagingServiceSid": None}],
    ),
    "the_service_is_all_others_sender": Case(
        account={**BY_COUNTRY, "service": SERVICE},
        expected=ONE,
        seen=[{"MessagingServiceSid": SERVICE, "From": None}],
    ),
    "a_country_without_a_sender_is_never_asked_for": Case(
        account={**BY_COUNTRY, "sender": None},
        expected=Failure(kind=SendErrorKind.CONFIGURATION, code="no_sender"),
        seen=[],
    ),
    "a_validity_is_within_what_the_carrier_takes": Case(
        message={"valid_for": 999_999}, expected=ONE, seen=[{"ValidityPeriod": "36000"}]
    ),
    "one_country_that_is_not_permitted_does_not_stop_the_account": refused(
        400, 21408, SendErrorKind.CONFIGURATION, retry_after=None
    ),
    "an_unknown_error_code_is_read_by_its_status": refused(400, 29999, SendErrorKind.CONFIGURATION),
} | {
    f"code_{code}": refused(
        400,
        code,
        meaning.kind,
        retryable=meaning.retryable,
        retry_after=ACCOUNT_PAUSE if meaning.account_wide else None,
    )
    for code, (meaning, _) in TWILIO.items()
}


def receipt(status: str, **more: str) -> dict[str, str]:
    return {"MessageSid": FIRST, "MessageStatus": status, "To": PHONE, "New": "field", **more}


def inbound(text: str, **more: str) -> dict[str, str]:
    return {"MessageSid": "SM" + "7" * 32, "From": PHONE, "To": FROM, "Body": text, **more}


SENT = {"contact": "c_1", "state": ContactState.SENT, "carrier_id": FIRST, "failed": None}
DONE = {**SENT, "state": ContactState.DELIVERED}
GONE = {**SENT, "state": ContactState.FAILED}

came: Mapping[str, Came] = {
    "queued says nothing": Came(what=receipt("queued"), expected=None),
    "an unknown status says nothing": Came(what=receipt("teleported"), expected=None),
    "no status says nothing": Came(what={"MessageSid": FIRST}, expected=None),
    "sent": Came(what=receipt("sent"), expected=SENT),
    "delivered": Came(what=receipt("delivered", RawDlrDoneDate="2611201200"), expected=DONE),
    "read is delivered": Came(what=receipt("read"), expected=DONE),
    "the older name of the field": Came(
        what={"SmsSid": FIRST, "MessageSid": FIRST, "SmsStatus": "delivered"}, expected=DONE
    ),
    "undelivered without a reason": Came(
        what=receipt("undelivered"), expected={**GONE, "failed": SendErrorKind.AMBIGUOUS}
    ),
    "undelivered to no handset": Came(
        what=receipt("undelivered", ErrorCode="30005"),
        expected={**GONE, "failed": SendErrorKind.DEAD_ADDRESS, "code": "30005"},
    ),
    "undelivered since the phone was away": Came(
        what=receipt("undelivered", ErrorCode="30003"),
        expected={**GONE, "failed": SendErrorKind.LATER, "code": "30003"},
    ),
    "undelivered for a reason that nobody knows": Came(
        what=receipt("undelivered", ErrorCode="30008"),
        expected={**GONE, "failed": SendErrorKind.AMBIGUOUS, "code": "30008"},
    ),
    "undelivered with a code of tomorrow": Came(
        what=receipt("undelivered", ErrorCode="39999"),
        expected={**GONE, "failed": SendErrorKind.AMBIGUOUS, "code": "39999"},
    ),
    "failed since the customer stopped it": Came(
        what=receipt("failed", ErrorCode="21610"),
        expected={**GONE, "failed": SendErrorKind.OPT_OUT, "code": "21610"},
    ),
    "failed with a code of another world": Came(
        what=receipt("failed", ErrorCode="९९"),
        expected={**GONE, "failed": SendErrorKind.AMBIGUOUS},
    ),
    "a reply": Came(
        what=inbound("5"), expected={"sender": PHONE, "text": "5", "carrier_word": None}
    ),
    "a stop that the carrier has answered": Came(
        what=inbound("arret", OptOutType="STOP"), expected={"carrier_word": "STOP"}
    ),
    "a start that the carrier has answered": Came(
        what=inbound("oui", OptOutType="START"), expected={"carrier_word": "START"}
    ),
    "a picture without words": Came(
        what={"MessageSid": "MM1", "From": PHONE, "NumMedia": "1"}, expected={"text": ""}
    ),
}


def read(what: Mapping[str, str]) -> Mapping[str, Any] | None:
    """A receipt where it names a status, else a message."""
    if "From" in what:
        said = inbound_of(what)
        return {"sender": said.sender, "text": said.text, "carrier_word": said.carrier_word}
    news = news_of("c_1", what)
    if news is None:
        return None
    return {
        "contact": news.contact,
        "state": news.state,
        "carrier_id": news.carrier_id,
        "failed": news.failed,
        "code": news.code,
    }
