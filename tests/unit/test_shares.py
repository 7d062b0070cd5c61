"""Places in a batch: the urgent go first, and the others are not forgotten."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from scheduler.job import Priority
from scheduler.shares import EVERY, kept

ALL = tuple(Priority)


def test_nothing_is_kept_where_one_priority_is_due() -> None:
    assert kept([Priority.NORMAL], 500, 0) == {}
    assert kept([], 500, 0) == {}


def test_of_a_large_batch_one_place_in_eight_is_shared_by_the_less_urgent() -> None:
    found = kept(ALL, 480, 0)
    assert found == {Priority.RECOVERY: 20, Priority.VIP: 20, Priority.NORMAL: 20}


def test_the_most_urgent_that_is_due_has_all_the_other_places() -> None:
    found = kept([Priority.NORMAL, Priority.VIP], 80, 0)
    assert found == {Priority.NORMAL: 80 // EVERY}


@given(st.lists(st.integers(1, 40), min_size=200, max_size=400))
def test_however_small_the_batches_are_everyone_has_a_turn(batches: list[int]) -> None:
    served, places = 0, Counter[Priority]()
    for limit in batches:
        found = kept(ALL, limit, served)
        assert found.total() <= limit
        places += found
        served += limit
    assert abs(places.total() - served // EVERY) <= 1
    lower = [places[priority] for priority in ALL[1:]]
    assert max(lower) - min(lower) <= 1
