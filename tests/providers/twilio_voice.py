"""Twilio's cases for calls: its REST API, on which a call is created, listed and refused."""

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
from channels.errors import ACCOUNT_PAUSE, SendErrorKind
from channels.ports import Accepted
from channels.voice import TwilioVoice
from tests.e2e.stack import free_port
from tests.fakes.outside import serving
from tests.providers.harness import PHONE, Came, Case, Failure, Lacks, Proof
from tests.providers.twilio_sms import DROP, LOSE, NOBODY, PUBLIC, SID, SILENT, Refused

name = "twilio-voice"
CALLER = "+862155550000"
OF = f"{PUBLIC}/carriers/twilio/voice/c_1"
PAGE, EMPTY = "<h1>Bad gateway</h1>", "{}"  # answers of somebody else, and of nobody


@dataclass(kw_only=True)
class Calls:
    """The carrier: keeps the calls that it accepts, lists them, and answers as it was told."""

    answers: list[Any]
    forms: list[dict[str, str]] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application()
        path = f"/2010-04-01/Accounts/{SID}/Calls.json"
        app.add_routes([web.post(path, self._create), web.get(path, self._list)])
        return app

    async def _create(self, request: web.Request) -> web.StreamResponse:
        self.forms.append(dict(parse_qsl((await request.read()).decode())))
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Refused):
            headers = {"Retry-After": answer.retry_after} if answer.retry_after else {}
            body = {"code": answer.code, "message": PHONE, "status": answer.status}
            return web.json_response(body, status=answer.status, headers=headers)
        if answer in (PAGE, EMPTY):
            return web.Response(text=answer, status=502 if answer == PAGE else 201)
        if answer != LOSE:
            made = format_datetime(datetime.now(UTC))
            facts = {"to": PHONE, "direction": "outbound-api", "date_created": made}
            self.kept.append({"sid": f"CA{len(self.kept) + 1}", "status": "queued", **facts})
        if answer in (DROP, LOSE) and request.transport is not None:
            request.transport.abort()
        if answer == SILENT:
            await asyncio.Event().wait()
        return web.json_response(self.kept[-1] if self.kept else {}, status=201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"calls": self.kept})


@dataclass(kw_only=True)
class Playing:
    carrier: TwilioVoice
    api: Calls

    def seen(self) -> Sequence[Mapping[str, Any]]:
        return self.api.forms


@asynccontextmanager
async def play(case: Case) -> AsyncIterator[Playing]:
    """The carrier on a socket; nobody listens where the case says so."""
    api = Calls(answers=[one for one in case.answers if one != NOBODY])
    async with serving(api.application()) as url:
        given: dict[str, Any] = {
            "sid": SID,
            "token": "t",
            "sender": CALLER,
            "base_url": f"http://127.0.0.1:{free_port()}" if NOBODY in case.answers else url,
            **case.account,
        }
        voice = TwilioVoice(Account(**given), PUBLIC, lambda: timedelta(seconds=25))
        try:
            yield Playing(carrier=voice, api=api)
        finally:
            await voice.close()


def refused(status: int, code: int, kind: SendErrorKind, **more: Any) -> Case:
    expected = Failure(kind=kind, code=str(code), **more)
    return Case(answers=[Refused(status=status, code=code)], expected=expected)


def maybe(answer: object, proof: Proof | None = None, **more: Any) -> Case:
    expected = Failure(kind=SendErrorKind.AMBIGUOUS)
    return Case(answers=[answer], expected=expected, proof=proof, **more)


ONE = Accepted(carrier_id="CA1")
WORDLESS = Lacks(why="what is said is asked for once somebody answers")
DEAD, WRONG = SendErrorKind.DEAD_ADDRESS, SendErrorKind.CONFIGURATION
LATER, AMBIGUOUS = SendErrorKind.LATER, SendErrorKind.AMBIGUOUS
SECOND = timedelta(seconds=1)

generic: Mapping[str, Case | Lacks] = {
    "accepted": Case(
        expected=ONE,
        seen=[
            {
                "To": PHONE,
                "From": CALLER,
                "Url": OF,
                "StatusCallback": f"{OF}/status",
                "Timeout": "25",
                "TimeLimit": "900",
                "MachineDetection": "Enable",
            }
        ],
    ),
    "opt_out": Lacks(why="the carrier holds stops of texts alone"),
    "dead_number": refused(400, 21217, DEAD),
    "configuration": refused(401, 20003, WRONG, retry_after=ACCOUNT_PAUSE, away=True),
    "later": refused(400, 22005, LATER),
    "later_with_a_pause": Case(
        answers=[Refused(status=429, code=20429, retry_after="7")],
        expected=Failure(kind=LATER, retry_after=7 * SECOND),
    ),
    "nobody_there": Case(answers=[NOBODY], expected=Failure(kind=LATER, away=True)),
    "silent": maybe(SILENT, Proof.THERE, account={"timeout": 0.15 * SECOND}),
    "dropped_after_acceptance": maybe(DROP, Proof.THERE),
    "dropped_before_acceptance": maybe(LOSE, Proof.ABSENT),
    "server_error": maybe(Refused(status=503), Proof.ABSENT),
    "long_text": WORDLESS,
    "ucs2": WORDLESS,
    "validity": Case(message={"valid_for": 20}, expected=ONE, seen=[{"Timeout": "15"}]),
}

own: Mapping[str, Case] = {
    **{f"{code}": refused(400, code, DEAD) for code in (21211, 21214, 13224)},
    **{f"{code}": refused(400, code, WRONG) for code in (21210, 21215, 21219, 99999)},
    **{f"{code}": refused(429, code, LATER, retry_after=SECOND) for code in (20429, 10004)},
    **{f"{code}": refused(code - 20_000, code, AMBIGUOUS) for code in (20500, 20503)},
    "a page of a server in between": maybe(PAGE),
    "an answer without a call": maybe(EMPTY),
    "it rings for five seconds at least": Case(
        message={"valid_for": 3}, expected=ONE, seen=[{"Timeout": "5"}]
    ),
    "a message is left after the beep": Case(
        message={"valid_for": 3_600, "voicemail": True},
        expected=ONE,
        seen=[{"Timeout": "25", "MachineDetection": "DetectMessageEnd"}],
    ),
}
came: Mapping[str, Came] = {}


def read(what: object) -> Mapping[str, Any] | None:
    return None
