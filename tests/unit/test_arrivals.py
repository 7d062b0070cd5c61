"""Parts of long texts wait for each other, and what never comes whole is not lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from channels.accounts import Alphabet
from channels.arrivals import JOINED_FOR, Parted, Piece, Repeats, place_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIRST = Piece(
    sender="+8613800138000",
    destination="10086",
    reference=7,
    total=2,
    number=1,
    coding=8,
    alphabet=Alphabet.GSM,
    octets="满".encode("utf-16-be")[:1],
)
SECOND = replace(FIRST, number=2, octets="满意".encode("utf-16-be")[1:])


def parted(*pieces: Piece, id: str = "m_1", read: bool = False) -> Parted:
    return Parted(id=id, since=NOON, read=read, pieces={one.number: one for one in pieces})


def test_a_text_is_whole_once_nothing_is_missing_and_joined_before_it_is_read() -> None:
    assert not parted(FIRST).whole
    assert parted(SECOND, FIRST).whole
    assert parted(SECOND, FIRST).text == "满意"


def test_a_part_is_of_the_message_that_misses_it() -> None:
    waiting = parted(FIRST)
    assert place_of(SECOND, [waiting], NOON) is waiting
    assert place_of(replace(SECOND, total=3), [waiting], NOON) is None
    assert place_of(replace(FIRST, octets=b"another"), [waiting], NOON) is None
    assert place_of(SECOND, [waiting], NOON + JOINED_FOR + timedelta(seconds=1)) is None


def test_what_comes_again_is_of_the_message_it_was_of_however_late_and_read_or_not() -> None:
    newer, read = parted(replace(FIRST, octets=b"x"), id="m_2"), parted(FIRST, SECOND, read=True)
    assert place_of(SECOND, [newer, read], NOON + timedelta(hours=1)) is read


def test_nothing_is_added_to_what_was_read_without_it() -> None:
    assert place_of(SECOND, [parted(FIRST, read=True)], NOON) is None


def test_what_could_not_be_read_keeps_its_id_for_as_long_as_it_may_come_again() -> None:
    # Its transaction may have been committed, though whoever did it never heard so.
    repeats, given = Repeats(), []

    def read(at: float, fresh: str, fault: str = "") -> None:
        with repeats.named("5", fresh, at) as id_:
            given.append(id_)
            if fault:
                raise ConnectionError(fault)

    for at, fresh in ((0, "a"), (59, "b")):
        with pytest.raises(ConnectionError, match="commit"):
            read(at, fresh, fault="lost over the commit")
    for at, fresh in ((118, "c"), (119, "d")):
        read(at, fresh)
    with pytest.raises(ConnectionError, match="commit"):
        read(120, "e", fault="lost over the commit")
    read(180, "f")
    assert given == ["a", "a", "a", "d", "e", "f"]
