"""Calls through the carrier's REST API, over sockets: what is posted, and what its answers mean."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web
from sqlalchemy import select

from channels.accounts import Account, caller_for, can_call
from channels.errors import SendError, SendErrorKind
from channels.jobs import KEEP, Keep
from channels.ports import Accepted, Message
from channels.tables import calls, recordings
from channels.voice import TwilioVoice
from channels.waiting import Recordings, audio_place
from huifang.retention import Retention
from huifang.rules import Rules
from kernel.engine import Database
from kernel.vault import open_vault
from scheduler import store as jobs
from scheduler.clock import MovableClock
from scheduler.runner import Bell, Lane
from tests.fakes.outside import Recorder, serving
from tests.fakes.world import NOON

SID, TOKEN = "AC" + "1" * 32, "t" * 32
PHONE, CALLER = "+8613800138001", "+862155550000"
PUBLIC = "https://survey.example.com/hf"
NONE_KNOWN: frozenset[str] = frozenset()
CREATED = {"sid": "CA1", "status": "queued"}


def message(**more: Any) -> Message:
    return Message(**{"contact": "c_1", "to": PHONE, "text": "您好", "intended_at": NOON, **more})


def account(**more: Any) -> Account:
    return Account(**{"sid": SID, "token": TOKEN, "sender": CALLER, **more})


def answer(
    status: int, body: Any, headers: Mapping[str, str] | None = None
) -> Callable[[], web.Response]:
    text = body if isinstance(body, str) else json.dumps(body)
    return lambda: web.Response(
        status=status, text=text, content_type="application/json", headers=headers
    )


@asynccontextmanager
async def carrier(*answers: Callable[[], web.StreamResponse]) -> AsyncIterator[Any]:
    """A carrier that answers in turn, and the adapter that speaks to it."""
    recorder = Recorder(list(answers))  # type: ignore[arg-type]
    async with serving(recorder.application()) as url:
        voice = TwilioVoice(account(base_url=url), PUBLIC, lambda: timedelta(seconds=25))
        try:
            yield voice, recorder.heard
        finally:
            await voice.close()


async def test_a_call_names_its_contact_wherever_the_carrier_asks_or_tells() -> None:
    async with carrier(answer(201, CREATED)) as (voice, heard):
        assert await voice.send(message(contact="c_/+ 1")) == Accepted(carrier_id="CA1")
    [posted] = heard
    assert (posted.method, posted.path) == ("POST", f"/2010-04-01/Accounts/{SID}/Calls.json")
    assert posted.headers["content-type"] == "application/x-www-form-urlencoded"
    form = parse_qsl(posted.body.decode())
    of = f"{PUBLIC}/carriers/twilio/voice/c_%2F%2B%201"
    assert [value for name, value in form if name == "StatusCallbackEvent"] == [
        "initiated",
        "ringing",
        "answered",
        "completed",
    ]
    assert dict(form) == {
        "To": PHONE,
        "From": CALLER,
        "Url": of,
        "Method": "POST",
        "StatusCallback": f"{of}/status",
        "StatusCallbackMethod": "POST",
        "StatusCallbackEvent": "completed",
        "Timeout": "25",
        "TimeLimit": "900",
        "MachineDetection": "Enable",
    }


def listed(sid: str, **more: Any) -> dict[str, Any]:
    made = "Fri, 20 Nov 2026 04:00:01 +0000"
    return {"sid": sid, "to": PHONE, "direction": "outbound-api", "date_created": made, **more}


EARLIER = {"date_created": "Fri, 20 Nov 2026 03:50:00 +0000"}
LATER = {"date_created": "Fri, 20 Nov 2026 05:01:00 +0000"}


@pytest.mark.parametrize(
    ("calls", "known", "found"),
    [
        ([], (), None),
        ([listed("CA1")], (), "CA1"),
        ([listed("CA1")], ("CA1",), None),
        ([listed("CA1"), listed("CA2")], ("CA1",), "CA2"),
        ([listed("CA1", **EARLIER)], (), None),
        ([listed("CA1"), listed("CA2", **LATER)], (), "CA1"),
        ([listed("CA1", **LATER)], (), None),
        ([listed("CA1", direction="inbound")], (), None),
        ([listed("CA1", direction="outbound-dial")], (), None),
        ([listed("CA1", to="+8613900000000")], (), None),
        ([listed("CA1", date_created=None)], (), "CA1"),
        ([listed("CA1", date_created="Fri, 20 Nov 2026 03:59:00 -0000")], (), "CA1"),
    ],
)
async def test_the_list_proves_a_call_or_its_absence(
    calls: list[Any], known: tuple[str, ...], found: str | None
) -> None:
    async with carrier(answer(200, {"calls": calls})) as (voice, heard):
        said = await voice.find(message(), frozenset(known))
    assert said == (Accepted(carrier_id=found) if found else None)
    [asked] = heard
    assert asked.method == "GET"
    query = dict(parse_qsl(urlsplit(asked.path).query))
    assert (query["To"], query["From"]) == (PHONE, CALLER)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"calls": [listed("CA1"), listed("CA2")]}, SendErrorKind.AMBIGUOUS),
        (200, {"nothing": []}, SendErrorKind.LATER),
        (500, "oops", SendErrorKind.LATER),
        (429, "slow down", SendErrorKind.LATER),
    ],
)
async def test_a_list_that_proves_nothing_is_an_error(
    status: int, body: Any, kind: SendErrorKind
) -> None:
    async with carrier(answer(status, body)) as (voice, _):
        with pytest.raises(SendError) as raised:
            await voice.find(message(), NONE_KNOWN)
    assert (raised.value.kind, raised.value.retryable) == (kind, True)


def test_only_numbers_call() -> None:
    assert caller_for(account(), PHONE) == CALLER
    abroad = account(sender="HUIFANG", senders=(("+44", "+442071838750"),))
    assert caller_for(abroad, "+447700900000") == "+442071838750"
    assert caller_for(abroad, PHONE) is None
    assert [can_call(abroad), can_call(account(sender=None)), can_call(account())] == [
        True,
        False,
        True,
    ]


async def test_who_has_no_number_for_a_country_says_so_and_calls_nobody() -> None:
    voice = TwilioVoice(account(sender="10086"), PUBLIC)
    with pytest.raises(SendError) as raised:
        await voice.send(message())
    assert (raised.value.kind, raised.value.code) == (SendErrorKind.CONFIGURATION, "no_caller")


# --- recordings ---


async def keep(database: Database, voice: TwilioVoice, question: str | None) -> Any:
    """Carry one job out; what is left of it, and what is kept."""
    vault, clock = open_vault([bytes(32)]), MovableClock(NOON)
    wanted = Keep(recording="RE1", contact="c_1", thread="i_1", question=question, seconds=12)
    async with database.write() as conn:
        await jobs.enqueue(conn, [KEEP.job("RE1", wanted, due_at=NOON)])
    handler = Recordings(database=database, vault=vault, carrier=voice)
    lane = Lane(
        name="x", database=database, clock=clock, bell=Bell(), handlers={KEEP.name: handler}
    )
    for _ in range(5):
        clock.advance(timedelta(minutes=2))
        await lane.step()
    async with database.read() as conn:
        return [
            (row.thread, row.question, vault.open(row.audio, audio_place(row.id)))
            for row in await conn.execute(select(recordings))
        ]


async def test_a_recording_is_kept_sealed_and_then_deleted_at_the_carrier(
    database: Database,
) -> None:
    later = answer(404, {"code": 20404})
    sound = lambda: web.Response(body=b"ID3sound", content_type="audio/mpeg")  # noqa: E731
    gone = lambda: web.Response(status=204)  # noqa: E731
    async with carrier(later, sound, answer(500, "oops"), gone) as (voice, heard):
        kept = await keep(database, voice, "comment")
    assert kept == [("i_1", "comment", "SUQzc291bmQ=")]
    root = f"/2010-04-01/Accounts/{SID}/Recordings/RE1"
    assert [(item.method, item.path) for item in heard] == [
        ("GET", f"{root}.mp3"),
        ("GET", f"{root}.mp3"),
        ("DELETE", f"{root}.json"),
        ("DELETE", f"{root}.json"),
    ]


async def test_what_nobody_meant_to_leave_is_deleted_unheard(database: Database) -> None:
    async with carrier(answer(404, {})) as (voice, heard):
        assert await keep(database, voice, None) == []
    assert [item.method for item in heard] == ["DELETE"]


async def test_calls_and_recordings_are_forgotten_in_their_time(database: Database) -> None:
    vault, rules = open_vault([bytes(32)]), Rules()
    old, young = NOON - timedelta(days=500), NOON - timedelta(days=100)
    async with database.write() as conn:
        for name, at in (("old", old), ("young", young)):
            row = {"id": name, "contact": "c_1", "thread": "i_1", "at": at}
            talk = {"place": "over", "back": "greeting", "tries": 0, "step": 0, "inbound": False}
            await conn.execute(calls.insert().values(**row, **talk, sequence=3, rank=4))
            sound = {"question": "comment", "seconds": 3, "media": "audio/mpeg"}
            audio = vault.seal("SUQz", audio_place(name))
            await conn.execute(recordings.insert().values(**row, **sound, audio=audio))
    await Retention(database=database, rules=lambda: rules).daily(NOON)
    async with database.read() as conn:
        kept = [list(await conn.scalars(select(table.c.id))) for table in (calls, recordings)]
    assert kept == [["young"], ["young"]]


async def test_a_queued_call_is_taken_back_by_its_id_and_the_list_says_what_it_came_to() -> None:
    canceled = {"sid": "CA/1", "to": PHONE, "status": "canceled", "answered_by": None}
    async with carrier(answer(200, canceled), answer(200, canceled)) as (voice, heard):
        found = await voice.take_back("CA/1")
    assert found is not None
    assert (found.status, found.over, found.answered_by) == ("canceled", True, "")
    posted, _ = heard
    assert posted.path.endswith(("/Calls/CA%2F1.json", "/Calls/CA/1.json"))
    assert (posted.method, posted.body) == ("POST", b"Status=canceled")


async def test_a_call_that_rings_already_is_not_taken_for_cancelled() -> None:
    refused = answer(400, {"code": 21220, "message": "not in progress"})
    live = answer(200, {"sid": "CA1", "status": "in-progress", "answered_by": "human"})
    async with carrier(refused, live) as (voice, _):
        found = await voice.take_back("CA1")
    assert found is not None
    assert (found.over, found.answered_by) == (False, "human")
