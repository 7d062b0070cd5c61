"""Parts of long texts wait for each other, and what never comes whole is not lost."""

from channels.arrivals import Parts
from channels.pdu import Deliver, Party
from channels.septets import Place

US = Party(ton=3, npi=0, value="10086")
LATE = 121.0  # seconds


def part(sender: str = "8613800138000") -> Deliver:
    source = Party(ton=1, npi=1, value=sender)
    return Deliver(source=source, destination=US, esm_class=0x40, coding=0, text=b"")


def test_a_text_is_whole_once_nothing_is_missing_in_whatever_order_it_came() -> None:
    parts = Parts()
    assert parts.add(part(), Place(reference=7, total=2, number=2), b"b", 0.0) is None
    assert (
        parts.add(part("8613800138001"), Place(reference=7, total=2, number=1), b"x", 0.0) is None
    )
    assert parts.add(part(), Place(reference=7, total=2, number=1), b"a", 1.0) == b"ab"


def test_what_waited_too_long_is_offered_until_it_was_read() -> None:
    parts = Parts()
    parts.add(part(), Place(reference=7, total=3, number=1), b"a", 0.0)
    parts.add(part(), Place(reference=7, total=3, number=3), b"c", 1.0)
    assert parts.stale(100.0) == []
    [(key, first)] = parts.stale(LATE)
    assert first.text == b"ac"
    [(_, again)] = parts.stale(LATE)
    assert again is first, "whoever could not read it now must find it later"
    parts.drop(key, first)
    assert parts.stale(LATE) == []


def test_another_text_in_the_place_of_the_one_that_was_read_stays() -> None:
    parts = Parts()
    parts.add(part(), Place(reference=7, total=3, number=1), b"a", 0.0)
    [(key, old)] = parts.stale(LATE)
    parts.add(part(), Place(reference=7, total=2, number=1), b"n", LATE)
    parts.drop(key, old)
    assert parts.add(part(), Place(reference=7, total=2, number=2), b"ew", LATE) == b"new"
