"""SMS through the carrier's REST API, over sockets: what its answers mean, and what is posted."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from channels.accounts import Account
from channels.errors import SendError, SendErrorKind
from channels.ports import Accepted, Message
from channels.sms import TwilioSms
from sandbox.config import ACCOUNT_SID, FROM_NUMBER
from tests.e2e.stack import free_port
from tests.fakes.outside import TOKEN, Outside, Recorder, outside, serving, until

PHONE, OTHER = "+8613800138001", "+8613800138002"
PUBLIC = "https://survey.example.com/hf"
NONE_KNOWN: frozenset[str] = frozenset()


@pytest.fixture
async def world() -> AsyncIterator[Outside]:
    async with outside() as found:
        yield found


@pytest.fixture
async def sms(world: Outside) -> AsyncIterator[TwilioSms]:
    made = TwilioSms(world.account, PUBLIC)
    yield made
    await made.close()


def message(text: str = "请评价", to: str = PHONE, **more: Any) -> Message:
    return Message(
        **{"contact": "c_1", "to": to, "text": text, "intended_at": datetime.now(UTC), **more}
    )


async def failing(sms: TwilioSms, wanted: Message | None = None) -> SendError:
    with pytest.raises(SendError) as raised:
        await sms.send(wanted or message())
    return raised.value


def account(**changes: Any) -> Account:
    return replace(Account(sid=ACCOUNT_SID, token=TOKEN, sender=FROM_NUMBER), **changes)


def only(items: list[Any]) -> Any:
    [item] = items
    return item


async def test_what_the_carrier_accepts_has_its_sid_its_segments_and_a_callback_with_the_contact(
    world: Outside, sms: TwilioSms
) -> None:
    said = await sms.send(message("满" * 71, contact="c_/+ 1"))
    kept = only(world.sent)
    assert said == Accepted(carrier_id=kept.sid, segments=2)
    assert (kept.to, kept.from_, kept.body) == (PHONE, FROM_NUMBER, "满" * 71)
    assert kept.status_callback.startswith(f"{PUBLIC}/carriers/twilio/status?")
    assert parse_qsl(urlsplit(kept.status_callback).query) == [("contact", "c_/+ 1")]


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        (21610, SendErrorKind.OPT_OUT, False),
        (21211, SendErrorKind.DEAD_ADDRESS, False),
        (21614, SendErrorKind.DEAD_ADDRESS, False),
        (20003, SendErrorKind.CONFIGURATION, False),
        (30007, SendErrorKind.CONFIGURATION, False),
        (20429, SendErrorKind.LATER, True),
        (21611, SendErrorKind.LATER, True),
        (30410, SendErrorKind.AMBIGUOUS, True),
    ],
)
async def test_the_carrier_s_error_codes_mean_what_its_dictionary_says(
    world: Outside, sms: TwilioSms, code: int, kind: SendErrorKind, retryable: bool
) -> None:
    world.fault("carrier", "refuse", code)
    error = await failing(sms)
    assert (error.kind, error.code, error.retryable) == (kind, str(code), retryable)
    assert PHONE not in f"{error} {error.detail}"
    assert world.sent == []


async def test_too_many_requests_is_tried_after_the_pause_the_carrier_asks_for(
    world: Outside, sms: TwilioSms
) -> None:
    world.fault("carrier", "status", 429)
    error = await failing(sms)
    assert (error.kind, error.code) == (SendErrorKind.LATER, "20429")
    assert error.retry_after == timedelta(seconds=1)
    world.fault("carrier", "refuse", 21211)
    assert (await failing(sms)).retry_after is None


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_error_may_have_sent_it(world: Outside, sms: TwilioSms, status: int) -> None:
    world.fault("carrier", "status", status)
    assert (await failing(sms)).kind is SendErrorKind.AMBIGUOUS


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ((502, "text/html", "<h1>Bad gateway</h1>"), SendErrorKind.AMBIGUOUS, "502"),
        ((429, "text/html", "slow down"), SendErrorKind.LATER, "429"),
        ((201, "text/html", "<h1>Welcome to the hotel</h1>"), SendErrorKind.AMBIGUOUS, None),
        ((201, "application/json", "{}"), SendErrorKind.AMBIGUOUS, None),
        (
            (
                400,
                "application/problem+json",
                json.dumps({"type": "x", "title": "Stopped", "status": 400, "code": 21610}),
            ),
            SendErrorKind.OPT_OUT,
            "21610",
        ),
        (
            (
                429,
                "application/problem+json",
                json.dumps({"type": "x", "title": "Slow", "status": 429, "code": 20429}),
            ),
            SendErrorKind.LATER,
            "20429",
        ),
    ],
)
async def test_odd_answers_are_read_for_what_they_prove(
    answer: tuple[int, str, str], kind: SendErrorKind, code: str | None
) -> None:
    status, media, text = answer
    recorder = Recorder([lambda: web.Response(status=status, content_type=media, text=text)])
    async with serving(recorder.application()) as url:
        sms = TwilioSms(account(base_url=url), PUBLIC)
        error = await failing(sms)
        await sms.close()
    assert (error.kind, error.code) == (kind, code)
    assert len(recorder.heard) == 1


async def test_a_carrier_that_is_silent_is_waited_for_no_longer_than_configured(
    world: Outside,
) -> None:
    sms = TwilioSms(replace(world.account, timeout=timedelta(milliseconds=100)), PUBLIC)
    world.fault("carrier", "latency", 3_000)
    loop = asyncio.get_running_loop()
    started = loop.time()
    error = await failing(sms)
    assert loop.time() - started < 1.5
    assert error.kind is SendErrorKind.AMBIGUOUS
    assert error.retryable
    await sms.close()


async def test_a_connection_lost_after_acceptance_is_found_in_the_carrier_s_list(
    world: Outside, sms: TwilioSms
) -> None:
    world.fault("carrier", "drop_after_accept")
    wanted = message()
    assert (await failing(sms, wanted)).kind is SendErrorKind.AMBIGUOUS
    found = await sms.find(wanted, NONE_KNOWN)
    assert found == Accepted(carrier_id=only(world.sent).sid, segments=1)


async def test_a_connection_lost_before_acceptance_is_proven_absent(
    world: Outside, sms: TwilioSms
) -> None:
    world.fault("carrier", "drop_before_accept")
    wanted = message()
    assert (await failing(sms, wanted)).kind is SendErrorKind.AMBIGUOUS
    assert world.sent == []
    assert await sms.find(wanted, NONE_KNOWN) is None


async def test_a_carrier_that_nobody_answers_for_has_surely_not_sent_it() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    sms = TwilioSms(account(base_url=url), PUBLIC)
    error = await failing(sms)
    assert (error.kind, error.retryable) == (SendErrorKind.LATER, True)
    await sms.close()


async def test_the_list_is_searched_for_this_text_to_this_number_and_ids_not_yet_known(
    world: Outside, sms: TwilioSms
) -> None:
    wanted = message()
    first = await sms.send(wanted)
    await sms.send(message(to=OTHER))
    assert await sms.find(wanted, NONE_KNOWN) == first
    known = frozenset({first.carrier_id})
    assert await sms.find(wanted, known) is None
    assert await sms.find(message("没发过"), known) is None
    second = await sms.send(wanted)
    assert await sms.find(wanted, known) == second


async def test_another_text_that_nobody_accounts_for_is_no_match_and_leaves_it_open(
    world: Outside, sms: TwilioSms
) -> None:
    other = await sms.send(message("请评价一"))
    with pytest.raises(SendError) as raised:
        await sms.find(message(), NONE_KNOWN)
    assert (raised.value.kind, raised.value.retryable) == (SendErrorKind.AMBIGUOUS, True)
    assert await sms.find(message(), frozenset({other.carrier_id})) is None


async def test_the_same_text_of_long_ago_is_no_proof(world: Outside, sms: TwilioSms) -> None:
    await sms.send(message())
    only(world.sent).created_at -= timedelta(days=3)
    assert await sms.find(message(), NONE_KNOWN) is None


@pytest.mark.parametrize("status", [429, 503])
async def test_a_list_that_cannot_be_had_proves_nothing(status: int) -> None:
    recorder = Recorder([lambda: web.Response(status=status, text="no")])
    async with serving(recorder.application()) as url:
        sms = TwilioSms(account(base_url=url), PUBLIC)
        with pytest.raises(SendError) as raised:
            await sms.find(message(), NONE_KNOWN)
        await sms.close()
    assert raised.value.retryable


async def test_a_base_url_may_have_a_path() -> None:
    async with outside(prefix="/carrier/play") as found:
        sms = TwilioSms(replace(found.account, base_url=f"{found.url}/"), PUBLIC)
        said = await sms.send(message())
        assert only(found.sent).sid == said.carrier_id
        assert await sms.find(message(), NONE_KNOWN) == said
        await sms.close()


async def test_three_hundred_at_once_each_get_their_own_sid(world: Outside, sms: TwilioSms) -> None:
    said = await asyncio.gather(
        *(sms.send(message(f"第{number}条", contact=f"c_{number}")) for number in range(300))
    )
    by_sid = {kept.sid: kept.body for kept in world.sent}
    assert [by_sid[each.carrier_id] for each in said] == [f"第{n}条" for n in range(300)]


# --- the library's own client as the oracle ---


class _Moved(TwilioHttpClient):  # type: ignore[misc]
    """The library's own client, speaking to another host."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        return super().request(method, self._url + urlsplit(url).path, *rest, **more)


CREATED = json.dumps({"sid": "SM" + "0" * 32, "num_segments": "1", "status": "queued"})


@pytest.mark.parametrize(
    ("changes", "valid_for"),
    [
        ({}, None),
        ({}, 3_600),
        ({"sender": None, "service": "MG" + "1" * 32}, 600),
    ],
)
async def test_what_is_posted_is_what_the_library_s_own_client_would_post(
    changes: dict[str, Any], valid_for: int | None
) -> None:
    recorder = Recorder(
        [lambda: web.Response(status=201, content_type="application/json", text=CREATED)]
    )
    wanted = message("【示例电信】您好 + & =,5满意\n😀", valid_for=valid_for)
    async with serving(recorder.application()) as url:
        ours = TwilioSms(account(base_url=url, **changes), PUBLIC)
        await ours.send(wanted)
        await ours.close()
        theirs = Client(ACCOUNT_SID, TOKEN, http_client=_Moved(url))
        options: dict[str, Any] = {
            "to": PHONE,
            "body": wanted.text,
            "status_callback": f"{PUBLIC}/carriers/twilio/status?contact=c_1",
        }
        if valid_for is not None:
            options["validity_period"] = valid_for
        if "service" in changes:
            options["messaging_service_sid"] = changes["service"]
        else:
            options["from_"] = FROM_NUMBER
        await asyncio.to_thread(lambda: theirs.messages.create(**options))
    mine, oracle = recorder.heard
    assert (mine.method, mine.path) == (oracle.method, oracle.path)
    assert sorted(parse_qsl(mine.body.decode())) == sorted(parse_qsl(oracle.body.decode()))
    for name in ("authorization", "content-type", "accept"):
        assert mine.headers[name] == oracle.headers[name], name


async def test_what_was_posted_is_what_the_phone_shows(world: Outside, sms: TwilioSms) -> None:
    text = "【示例电信】您好 + & = %20 “引号”,5满意\n第二行 😀"
    await sms.send(message(text))

    async def shown() -> bool:
        return [kept.body for kept in world.world.thread(PHONE)] == [text]

    await until(shown, "the text on the phone")
