"""Receipts that never came are read in the carrier's list, over sockets."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from channels.model import ContactState
from channels.sms import TwilioSms
from channels.web import Receipts
from huifang.hearing import Missed, Sweeping
from tests.http.real import HOURS, PUBLIC_URL, Real, real
from tests.http.test_carrier_hooks import SMS, ask, callback, contact, inbound

MINUTES = timedelta(minutes=1)


@pytest.fixture
async def asked(sqlite_url: str) -> AsyncIterator[Real]:
    async with real(sqlite_url) as found:
        yield await ask(found)


@pytest.fixture
async def sms(asked: Real) -> AsyncIterator[TwilioSms]:
    made = TwilioSms(asked.outside.account, PUBLIC_URL)
    yield made
    await made.close()


def duty(app: Real, sms: TwilioSms) -> Sweeping:
    service = app.service
    receipts = Receipts(
        database=service.database,
        vault=service.vault,
        conversations=service.inbox.conversations,
    )
    return Sweeping(sms=sms, receipts=receipts, missed=Missed(inbox=service.inbox))


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        ("delivered", None, ContactState.DELIVERED),
        ("undelivered", 30005, ContactState.FAILED),
        ("sent", None, ContactState.SENT),
    ],
)
async def test_what_the_list_says_is_taken_for_the_receipt_once_that_is_late(
    asked: Real, sms: TwilioSms, status: str, code: int | None, state: ContactState
) -> None:
    path = callback(asked)
    [message] = asked.outside.sent
    message.status, message.error_code = status, code
    message.sent_at = asked.clock.now()
    sweep = duty(asked, sms)
    asked.clock.advance(10 * MINUTES)
    await sweep(asked.clock.now())
    assert (await contact(asked, path)).state is ContactState.SENT
    asked.clock.advance(20 * MINUTES)
    await sweep(asked.clock.now())
    await sweep(asked.clock.now())
    assert (await contact(asked, path)).state is state


async def test_what_left_as_markup_is_known_in_the_list_by_its_number_its_words_and_its_order(
    asked: Real, sms: TwilioSms
) -> None:
    paths, questions = [], []
    for number in range(3):  # the second and the third are answered in the same words
        said = await asked.carrier(SMS, inbound("?" if number else "1", f"SM{number:032d}"))
        [message] = ET.fromstring(said.text).iter("Message")
        paths.append(str(message.get("statusCallback")).removeprefix(PUBLIC_URL))
        questions.append(str(message.text))
        asked.clock.advance(MINUTES)
    [sent] = asked.outside.sent
    assert questions[1] == questions[2] != questions[0]
    last = asked.clock.now() - 3 * MINUTES
    told = zip((*questions, "another"), ("delivered", "sent", "undelivered", "failed"), strict=True)
    for number, (words, status) in enumerate(told):
        sid = f"SM{number + 7:032d}"
        asked.outside.world.messages[sid] = replace(
            sent,
            sid=sid,
            direction="outbound-reply",
            body=words,
            status=status,
            sent_at=last + number * MINUTES,
        )
    # The same words, sent before we had any to send: somebody else's.
    asked.outside.world.messages["SM" + "5" * 32] = replace(
        sent, sid="SM" + "5" * 32, body=questions[0], status="failed", sent_at=last - HOURS
    )
    asked.clock.advance(20 * MINUTES)
    await duty(asked, sms)(asked.clock.now())
    found = [await contact(asked, path) for path in paths]
    states = [ContactState.DELIVERED, ContactState.SENT, ContactState.FAILED]
    assert [each.state for each in found] == states
    assert [each.carrier_id for each in found] == [f"SM{number:032d}" for number in (7, 8, 9)]


async def test_a_list_that_cannot_be_had_is_asked_again_and_nothing_breaks(
    asked: Real, sms: TwilioSms
) -> None:
    path = callback(asked)
    [message] = asked.outside.sent
    message.status, message.sent_at = "delivered", asked.clock.now()
    sweep = duty(asked, sms)
    asked.clock.advance(HOURS / 2)
    stranger = TwilioSms(replace(asked.outside.account, token="another"), PUBLIC_URL)
    await replace(sweep, sms=stranger)(asked.clock.now())
    assert (await contact(asked, path)).state is ContactState.SENT
    await stranger.close()
    await sweep(asked.clock.now())
    assert (await contact(asked, path)).state is ContactState.DELIVERED
