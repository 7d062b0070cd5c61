"""The connection to an SMSC: bound, watched, lost, bound again, and what comes over it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels import receipts
from channels.accounts import Smsc
from channels.arrivals import Piece
from channels.errors import SendError, SendErrorKind
from channels.heard import Inbound
from channels.model import ContactState
from channels.ports import Message
from channels.receipts import Receipt
from channels.smpp import SmppSms
from tests.fakes.outside import until
from tests.fakes.smsc import Smsc as FakeSmsc
from tests.fakes.smsc import smsc
from tests.providers.smpp_sms import ACCOUNT, told, udh

ENQUIRE, UNBIND, REPLACE = 0x15, 0x06, 0x07
TRY_AGAIN, NEVER = 0x64, 0x65


def message(text: str = "请评价", **more: Any) -> Message:
    given = {"contact": "c_1", "to": "+8613800138001", "text": text}
    return Message(**{**given, "intended_at": datetime.now(UTC), **more})


@dataclass(kw_only=True)
class Line:
    """A carrier of ours at an SMSC, and what it heard; `broken`: nothing can be taken in."""

    carrier: SmppSms
    center: FakeSmsc
    said: list[Inbound] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    broken: bool = False

    async def acked(self, count: int) -> list[tuple[int, int]]:
        async def enough() -> bool:
            return len(self.center.acks) >= count

        await until(enough, f"{count} answers to deliveries")
        return self.center.acks

    async def bound(self, times: int = 1) -> None:
        async def there() -> bool:
            # Asked as well: on a busy machine a line may be cut and bound once more meanwhile.
            return len(self.center.binds) >= times and await self.carrier.probe() == "ok"

        await until(there, f"bind number {times}")

    async def failing(self, wanted: Message | None = None) -> SendError:
        with pytest.raises(SendError) as raised:
            await self.carrier.send(wanted or message())
        return raised.value


@asynccontextmanager
async def line(center: FakeSmsc, **changes: Any) -> AsyncIterator[Line]:
    async def on_message(came: Inbound) -> None:
        found.said.append(came)
        if found.broken:
            raise OSError("no database")

    async def on_piece(came: Piece) -> None:
        if found.broken:
            raise OSError("no database")
        found.pieces.append(came)

    async def on_receipt(came: Receipt) -> None:
        found.receipts.append(came)

    account = Smsc(**{**ACCOUNT, "port": center.port, **changes})
    carrier = SmppSms(account, on_message=on_message, on_piece=on_piece, on_receipt=on_receipt)
    found = Line(carrier=carrier, center=center)
    carrier.start()
    try:
        await found.bound()
        yield found
    finally:
        await carrier.close()


@pytest.fixture
async def open_line() -> AsyncIterator[Line]:
    async with smsc() as center, line(center) as found:
        yield found


async def test_it_binds_as_a_transceiver_with_its_account_and_says_goodbye() -> None:
    async with smsc() as center:
        async with line(center, system_type="SMPP"):
            pass
        [bind] = center.binds
        assert bind == {
            "system_id": "huifang",
            "password": "secret",
            "system_type": "SMPP",
            "version": 0x34,
        }
        assert center.unbinds == 1


async def test_no_more_requests_are_under_way_than_the_window_has_room_for() -> None:
    async with smsc() as center, line(center, window=3) as found:
        center.hold.clear()
        sends = [asyncio.create_task(found.carrier.send(message())) for _ in range(10)]

        async def full() -> bool:
            return len(center.submits) == 3

        await until(full, "three requests")
        center.hold.set()
        said = await asyncio.gather(*sends)
        assert len({each.carrier_id for each in said}) == 10
        assert center.most_at_once == 3


async def test_a_send_that_finds_no_room_in_the_window_has_surely_not_left() -> None:
    brief = timedelta(milliseconds=150)
    async with smsc() as center, line(center, window=1, timeout=brief) as found:
        center.hold.clear()
        first = asyncio.create_task(found.failing())
        await asyncio.sleep(0)
        second = await found.failing()
        assert second.kind is SendErrorKind.LATER
        assert (await first).kind is SendErrorKind.AMBIGUOUS
        assert len(center.submits) == 1


async def test_a_lost_connection_is_bound_again_and_what_was_asked_stays_unknown() -> None:
    async with smsc(answers=["drop", 0]) as center, line(center) as found:
        assert (await found.failing()).kind is SendErrorKind.AMBIGUOUS
        await found.bound(2)
        assert (await found.carrier.send(message())).carrier_id == "m2"


async def test_while_nobody_is_bound_a_send_is_refused_at_once() -> None:
    async with smsc(binding=[0, 0x08]) as center, line(center) as found:
        center.cut()

        async def refused() -> bool:
            return len(center.binds) > 1

        await until(refused, "a bind that is refused")
        error = await found.failing()
        assert (error.kind, error.away or error.code == "0x00000008") == (SendErrorKind.LATER, True)
        assert center.submits == []


async def test_a_silent_line_is_asked_whether_anybody_is_there_and_cut_if_not() -> None:
    often = timedelta(milliseconds=100)
    async with smsc() as center, line(center, enquire=often, timeout=2 * often) as found:

        async def asked() -> bool:
            return center.enquiries >= 2

        await until(asked, "two enquiries")
        center.deaf = True

        async def cut() -> bool:
            return await found.carrier.probe() != "ok"

        await until(cut, "the connection given up")
        center.deaf = False
        await found.bound(2)


async def test_questions_of_the_smsc_are_answered(open_line: Line) -> None:
    center = open_line.center
    center.say(ENQUIRE)
    center.say(REPLACE, b"\0")
    center.deliver(b"5")
    [(_, status)] = await open_line.acked(1)
    assert status == 0
    center.say(UNBIND)
    await open_line.bound(2)


async def test_a_message_is_taken_in_before_the_smsc_is_told_so(open_line: Line) -> None:
    first = open_line.center.deliver("满意".encode("utf-16-be"), coding=8)
    assert await open_line.acked(1) == [(first, 0)]
    [came] = open_line.said
    assert (came.sender, came.text, came.apart) == ("+8613800138001", "满意", True)
    open_line.broken = True
    second = open_line.center.deliver(b"5")
    assert (await open_line.acked(2))[1] == (second, TRY_AGAIN)
    open_line.broken = False
    third = open_line.center.deliver(b"5")
    assert (await open_line.acked(3))[2] == (third, 0)
    # It may have been stored, though we were not told so: it is read under the id it had.
    assert open_line.said[1] == open_line.said[2]


async def test_what_cannot_be_read_is_refused_for_good_and_the_line_goes_on(
    open_line: Line,
) -> None:
    broken = open_line.center.say(0x05, b"\0\1\1no end")
    assert await open_line.acked(1) == [(broken, NEVER)]
    open_line.center.deliver(b"5")
    await open_line.acked(2)
    assert [came.text for came in open_line.said] == ["5"]


async def test_the_same_answer_twice_is_two_messages(open_line: Line) -> None:
    open_line.center.deliver(b"5")
    open_line.center.deliver(b"5")
    await open_line.acked(2)
    assert len({came.id for came in open_line.said}) == 2


async def test_what_comes_again_after_a_lost_connection_keeps_its_id_once(
    open_line: Line,
) -> None:
    open_line.center.deliver(b"5")
    await open_line.acked(1)
    open_line.center.cut()
    await open_line.bound(2)
    for count in (2, 3):
        open_line.center.deliver(b"5")
        await open_line.acked(count)
    first, again, other = (came.id for came in open_line.said)
    assert first == again != other


async def test_a_part_of_a_long_text_is_kept_before_the_smsc_is_told_so(open_line: Line) -> None:
    center = open_line.center
    center.deliver(udh(7, 2, 2) + b"after", esm_class=0x40)
    await open_line.acked(1)
    [piece] = open_line.pieces
    assert (piece.sender, piece.destination) == ("+8613800138001", "10690001")
    assert (piece.reference, piece.total, piece.number, piece.octets) == (7, 2, 2, b"after")
    open_line.broken = True
    center.deliver(udh(7, 2, 1) + b"before", esm_class=0x40)
    assert (await open_line.acked(2))[1][1] == TRY_AGAIN
    assert len(open_line.pieces) == 1


async def test_messages_of_one_number_are_read_in_the_order_in_which_they_came(
    open_line: Line,
) -> None:
    for number in range(50):
        open_line.center.deliver(b"%d" % number)
    await open_line.acked(50)
    assert [came.text for came in open_line.said] == [str(number) for number in range(50)]


async def test_a_receipt_is_handed_on_and_what_says_nothing_is_answered_too(
    open_line: Line,
) -> None:
    open_line.center.receipt(told("DELIVRD"))
    open_line.center.receipt("nonsense")
    open_line.center.deliver(b"", esm_class=0x20)
    assert [status for _, status in await open_line.acked(3)] == [0, 0, 0]
    [receipt] = open_line.receipts
    assert (receipt.number, receipt.state) == ("+8613800138001", ContactState.DELIVERED)


@pytest.mark.parametrize(
    ("told_at_submit", "told_in_receipt"),
    [
        ("1f4a", "8010"),
        ("1F4A", "0000008010"),
        ("00001F4A", "8010"),
        ("8010", "1F4A"),
        ("8010", "1f4a"),
        ("0000008010", "1f4a"),
        ("8010", "8010"),
        ("abc-DEF-1", "abc-DEF-1"),
        ("0042", "42"),
        ("42", "0042"),
    ],
)
async def test_an_id_is_known_in_either_base_and_with_zeros_before_it(
    open_line: Line, told_at_submit: str, told_in_receipt: str
) -> None:
    open_line.center.ids.append(told_at_submit)
    said = await open_line.carrier.send(message())
    open_line.center.receipt(told("DELIVRD", id=told_in_receipt))
    await open_line.acked(1)
    [told_id] = open_line.receipts[0].ids
    assert receipts.same(told_id, said.carrier_id) or receipts.alike(told_id, said.carrier_id)


@pytest.mark.parametrize(("one", "other"), [("1f4a", "8011"), ("42", "43"), ("a", "b"), ("", "0")])
def test_other_ids_are_other_messages(one: str, other: str) -> None:
    assert not receipts.same(one, other)
    assert not receipts.alike(one, other)
