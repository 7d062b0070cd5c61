"""What customers wrote while the carrier found nobody is read in its list, over sockets."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels.heard import Inbound
from channels.model import Channel
from channels.sms import TwilioSms
from channels.web import Receipts
from huifang.hearing import Missed, Sweeping
from sandbox.world import Message
from tests.http.real import PUBLIC_URL, Real, real
from tests.http.test_carrier_hooks import PHONE, ask

MINUTES = timedelta(minutes=1)


@pytest.fixture
async def asked(sqlite_url: str) -> AsyncIterator[Real]:
    async with real(sqlite_url) as found:
        yield await ask(found)


@pytest.fixture
async def sweep(asked: Real) -> AsyncIterator[Sweeping]:
    service, sms = asked.service, TwilioSms(asked.outside.account, PUBLIC_URL)
    receipts = Receipts(
        database=service.database,
        vault=service.vault,
        conversations=service.inbox.conversations,
    )
    yield Sweeping(sms=sms, receipts=receipts, missed=Missed(inbox=service.inbox))
    await sms.close()


def written(app: Real, text: str, number: int, **more: Any) -> None:
    """A customer's text that the carrier has and could tell nobody of."""
    now = app.clock.now()
    message = Message(
        sid=f"SM{number:032}",
        account_sid=app.outside.account.sid,
        to=str(app.outside.account.sender),
        from_=PHONE,
        body=text,
        direction="inbound",
        status="received",
        num_segments="1",
        created_at=now,
        updated_at=now,
        sent_at=now,
    )
    app.outside.world.add_message(replace(message, **more))


async def ratings(app: Real) -> list[int]:
    ticket = (await app.get("/v1/tickets/T-1001")).body
    return [response["rating"] for response in ticket["responses"]]


async def waiting(app: Real) -> list[tuple[str, str]]:
    items = (await app.get("/v1/unmatched")).body["items"]
    return [(item["text"], item["ticket"]) for item in items]


async def test_an_answer_that_nobody_took_is_read_once_and_what_followed_waits_for_a_person(
    asked: Real, sweep: Sweeping
) -> None:
    written(asked, "5", 1)
    asked.clock.advance(MINUTES)
    written(asked, "1", 2)  # of the survey? it may be a change of mind, or about another matter
    await sweep(asked.clock.now())
    assert await ratings(asked) == []  # the carrier may be telling us just now
    asked.clock.advance(9 * MINUTES)
    for _ in range(2):
        await sweep(asked.clock.now())
        await asked.run()
    assert await ratings(asked) == [5]
    assert await waiting(asked) == [("1", "T-1001")]
    first, following = asked.outside.sent
    assert (following.to, following.body != first.body) == (PHONE, True)


async def test_what_is_read_at_night_is_answered_in_the_morning(
    asked: Real, sweep: Sweeping
) -> None:
    written(asked, "5", 1)  # at two in the afternoon, and nobody was there until ten at night
    asked.clock.advance(8 * 60 * MINUTES)
    await sweep(asked.clock.now())
    await asked.run()
    assert await ratings(asked) == [5]
    assert len(asked.outside.sent) == 1
    await asked.after(10 * 60 * MINUTES)
    assert len(asked.outside.sent) == 1
    await asked.after(2 * 60 * MINUTES)
    assert len(asked.outside.sent) == 2


async def test_a_stop_is_heard_however_late_and_strangers_and_others_numbers_are_left_alone(
    asked: Real, sweep: Sweeping
) -> None:
    written(asked, "退订", 1)
    written(asked, "5", 2, from_="+8613800138009")
    written(asked, "5", 3, to="+8610655500009")
    asked.clock.advance(20 * 60 * MINUTES)  # longer than between two rounds
    written(asked, "5", 4)
    asked.clock.advance(3 * MINUTES)
    await sweep(asked.clock.now())
    preferences = (await asked.get("/v1/customers/C-1/preferences")).body
    assert [stop["channel"] for stop in preferences["opt_outs"]] == ["sms"]
    assert await ratings(asked) == []
    assert await waiting(asked) == [("5", "T-1001")]


async def test_a_stop_that_was_missed_does_not_undo_a_start_that_was_heard_since(
    asked: Real, sweep: Sweeping
) -> None:
    async def heard(text: str, sid: str) -> None:
        asked.clock.advance(MINUTES)
        message = Inbound(id=sid, channel=Channel.SMS, sender=PHONE, text=text)
        await asked.service.inbox.receive(message, asked.clock.now())

    async def swept() -> list[Any]:
        asked.clock.advance(9 * MINUTES)
        await sweep(asked.clock.now())
        opt_outs: list[Any] = (await asked.get("/v1/customers/C-1/preferences")).body["opt_outs"]
        return opt_outs

    written(asked, "退订", 1)
    await heard("退订", "SMa")  # again, since nothing happened
    await heard("恢复", "SMb")
    assert await swept() == []
    written(asked, "STOP", 2)
    await heard("START", "SMc")  # which we know of no stop to end
    assert await swept() == []
    written(asked, "STOP", 3)
    await heard("5", "SMd")
    assert [stop["channel"] for stop in await swept()] == ["sms"]
    assert [text for text, _ in await waiting(asked) if text in ("退订", "STOP")] == [
        "STOP",
        "退订",
    ]
