"""The whole service with an SMSC for its carrier: asked, delivered, answered, asked again."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from channels import ledger
from channels.model import ContactState
from channels.tables import inbound, parts
from channels.web import Receipts
from huifang import configuration
from huifang.hearing import Hearing
from huifang.wiring import Service, build
from scheduler.clock import MovableClock
from tests.fakes.outside import outside, until
from tests.fakes.smsc import Smsc as FakeSmsc
from tests.fakes.smsc import smsc
from tests.fakes.world import NOON, closed
from tests.http.real import environ
from tests.providers.smpp_sms import told, udh
from tickets.intake import read_event
from tickets.model import Refused

PHONE = "8613800138000"
HOURS = timedelta(hours=1)


@dataclass(kw_only=True)
class Shop:
    """The service and its SMSC; nothing moves but by `after`."""

    service: Service
    clock: MovableClock
    center: FakeSmsc

    async def after(self, span: timedelta) -> None:
        self.clock.advance(span)
        while await self.service.step():
            pass

    async def contacts(self) -> list[ledger.Contact]:
        vault = self.service.vault
        async with self.service.database.read() as conn:
            found = await ledger.of_address(conn, vault, vault.indexes(f"+{PHONE}"), NOON)
        return sorted(found, key=lambda contact: contact.intended_at)

    async def acked(self, count: int) -> None:
        async def enough() -> bool:
            return len(self.center.acks) == count

        await until(enough, f"{count} answers to deliveries")
        assert self.center.acks[-1][1] == 0

    def texts(self) -> list[str]:
        """What the phone was sent, put together as a phone does."""
        whole: list[str] = []
        for part in self.center.submits:
            text, header = part["short_message"], part["esm_class"] == 0x40
            words = (text[6:] if header else text).decode("utf-16-be")
            if header and text[5] > 1:
                whole[-1] += words
            else:
                whole.append(words)
        return whole


@asynccontextmanager
async def shop(url: str, at: datetime = NOON) -> AsyncIterator[Shop]:
    clock = MovableClock(at)
    async with outside(now=clock.now) as world, smsc() as center:
        account = f"smpp://huifang:secret@127.0.0.1:{center.port}?from=10690001&country=CN"
        given = {**environ(url, world), "HUIFANG_SMS": "smpp", "HUIFANG_SMPP_URL": account}
        found = configuration.load(given)
        service = build(found.settings, found.rules, found.surveys, clock)
        assert service.smpp is not None
        service.smpp.start()
        try:
            assert await service.smpp.probe() == "ok"
            yield Shop(service=service, clock=clock, center=center)
        finally:
            await service.stop()


@pytest.fixture
async def open_shop(sqlite_url: str) -> AsyncIterator[Shop]:
    async with shop(sqlite_url) as found:
        event = read_event(closed(), NOON)
        assert not isinstance(event, Refused)
        await found.service.intake.take([event], NOON)
        await found.after(2 * HOURS)
        yield found


async def test_a_survey_goes_out_and_comes_back_over_one_line(open_shop: Shop) -> None:
    center = open_shop.center
    [question] = open_shop.texts()
    assert question.startswith("【示例电信】")
    [asked] = await open_shop.contacts()
    assert asked.state is ContactState.SENT
    center.receipt(told("DELIVRD", id=asked.carrier_id or ""), source=PHONE)
    await open_shop.acked(1)
    [asked] = await open_shop.contacts()
    assert asked.state is ContactState.DELIVERED
    center.deliver("1分".encode("utf-16-be"), source="13800138000", ton=2, coding=8)
    await open_shop.acked(2)
    await open_shop.after(timedelta(seconds=1))
    _, second = open_shop.texts()
    assert second.count("【示例电信】") == 1
    assert "解决" in second
    center.deliver(b"T", source=PHONE)
    await open_shop.acked(3)
    await open_shop.after(24 * HOURS)
    assert len(open_shop.texts()) == 2


async def test_a_send_whose_answer_was_lost_is_proven_by_its_receipt_and_never_repeated(
    open_shop: Shop,
) -> None:
    center = open_shop.center
    center.answers[:] = ["drop", 0]
    more: dict[str, Any] = {"ticket": "T-2", "customer": "C-2", "phone": "+8613800138002"}
    document = json.loads(json.dumps(closed(2, at=open_shop.clock.now(), **more)))
    event = read_event(document, open_shop.clock.now())
    assert not isinstance(event, Refused)
    await open_shop.service.intake.take([event], open_shop.clock.now())
    await open_shop.after(2 * HOURS)
    count = len(open_shop.texts())
    await open_shop.after(HOURS)
    assert len(open_shop.texts()) == count

    async def again() -> bool:
        return len(center.binds) == 2

    await until(again, "another bind")
    center.receipt(told("DELIVRD", id="777"), source="8613800138002")
    await open_shop.acked(1)
    vault = open_shop.service.vault
    async with open_shop.service.database.read() as conn:
        ring = vault.indexes("+8613800138002")
        [found] = await ledger.of_address(conn, vault, ring, NOON)
    assert (found.state, found.carrier_id) == (ContactState.DELIVERED, "777")


LONG = "一二三四😀五".encode("utf-16-be")


def sent_part(center: FakeSmsc, number: int, total: int, text: bytes, source: str = PHONE) -> None:
    center.deliver(udh(7, total, number) + text, esm_class=0x40, coding=8, source=source)


async def read_texts(found: Shop) -> list[str]:
    vault = found.service.vault
    async with found.service.database.read() as conn:
        rows = await conn.execute(select(inbound).order_by(inbound.c.at, inbound.c.id))
        return [vault.open(row.text, f"inbound.text|{row.id}") or "" for row in rows]


async def late(found: Shop) -> None:
    service = found.service
    receipts = Receipts(
        database=service.database, vault=service.vault, conversations=service.inbox.conversations
    )
    hearing = Hearing(inbox=service.inbox, receipts=receipts, clock=service.clock)
    await hearing.read_late(service.clock.now())


async def test_a_long_text_is_read_once_though_we_die_between_its_parts(database_url: str) -> None:
    async with shop(database_url) as found:
        sent_part(found.center, 3, 3, LONG[10:])
        sent_part(found.center, 2, 2, "乙".encode("utf-16-be"), source="8613800138002")
        await found.acked(2)
        sent_part(found.center, 1, 3, LONG[:4])
        sent_part(found.center, 1, 3, LONG[:4])
        await found.acked(4)
        assert await read_texts(found) == []
    async with shop(database_url) as found:
        sent_part(found.center, 2, 3, LONG[4:10])
        sent_part(found.center, 1, 2, "甲".encode("utf-16-be"), source="8613800138002")
        await found.acked(2)
        assert sorted(await read_texts(found)) == ["一二三四😀五", "甲乙"]
    async with shop(database_url) as found:
        # An SMSC that never had our answer delivers the last part again.
        sent_part(found.center, 2, 3, LONG[4:10])
        await found.acked(1)
        found.clock.advance(HOURS)
        await late(found)
        assert len(await read_texts(found)) == 2


async def test_a_text_that_was_kept_but_never_acknowledged_is_read_once_after_a_restart(
    database_url: str,
) -> None:
    async with shop(database_url) as found:
        for words in (b"5", b"5", b"4"):
            found.center.deliver(words)
        await found.acked(3)
        assert sorted(await read_texts(found)) == ["4", "5", "5"]
    async with shop(database_url, NOON + timedelta(seconds=30)) as found:
        # It knows not what we had acknowledged; a third "5" is more than it can be repeating.
        for words in (b"5", b"4", b"5", b"5"):
            found.center.deliver(words)
        await found.acked(4)
        assert sorted(await read_texts(found)) == ["4", "5", "5", "5"]
    async with shop(database_url, NOON + HOURS) as found:
        found.center.deliver(b"5")
        await found.acked(1)
        assert len(await read_texts(found)) == 5


async def test_a_text_of_which_a_part_never_comes_is_read_as_far_as_it_came(
    database_url: str,
) -> None:
    async with shop(database_url) as found:
        sent_part(found.center, 1, 3, LONG[:4])
        sent_part(found.center, 3, 3, LONG[12:])
        await found.acked(2)
        found.clock.advance(timedelta(seconds=100))
        await late(found)
        assert await read_texts(found) == []
        found.clock.advance(timedelta(seconds=100))
        await late(found)
        await late(found)
        assert await read_texts(found) == ["一二五"]
        sent_part(found.center, 2, 3, LONG[4:12])
        await found.acked(3)
        found.clock.advance(HOURS)
        await late(found)
        assert await read_texts(found) == ["一二五", "三四😀"]
        found.clock.advance(25 * HOURS)
        await late(found)
        async with found.service.database.read() as conn:
            assert (await conn.execute(select(parts))).all() == []
