"""Holds a list's cursor to the places that lists gave."""

from datetime import UTC, datetime

import pytest

from kernel.cursors import Place, asked, write
from kernel.faults import Invalid

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def test_a_list_goes_on_from_the_place_that_it_gave() -> None:
    place = Place(at=AT, id="i_1")
    assert asked({"cursor": write(place), "limit": 5}) == place
    assert asked({"limit": 5}) is None


@pytest.mark.parametrize("cursor", ["", "nothing", "%%%", "é", "MjAyNi0x"])
def test_what_no_list_gave_is_refused_and_named(cursor: str) -> None:
    with pytest.raises(Invalid) as caught:
        asked({"cursor": cursor})
    assert [each.path for each in caught.value.errors] == ["cursor"]


def test_a_list_by_number_takes_numbers_alone() -> None:
    first, other = Place(at=AT, id="17"), Place(at=AT, id="k_17")
    assert asked({"cursor": write(first)}, numbered=True) == first
    with pytest.raises(Invalid):
        asked({"cursor": write(other)}, numbered=True)
