"""Shows which closing of its ticket an event tells of."""

from datetime import UTC, datetime, timedelta

from tickets.cycles import Assigned, Known, assign

MORNING = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
NOON = MORNING + timedelta(hours=4)
EVENING = MORNING + timedelta(hours=10)


def test_the_first_closing_of_a_ticket_is_cycle_one():
    assert assign([], None, MORNING) == Assigned(cycle=1, new=True, superseded=False)


def test_the_same_instant_is_the_same_closing():
    known = [Known(cycle=1, closed_at=MORNING)]
    assert assign(known, None, MORNING) == Assigned(cycle=1, new=False, superseded=False)


def test_a_later_instant_is_the_next_closing():
    known = [Known(cycle=1, closed_at=MORNING)]
    assert assign(known, None, NOON) == Assigned(cycle=2, new=True, superseded=False)


def test_an_earlier_closing_that_arrives_late_is_new_but_out_of_date():
    known = [Known(cycle=1, closed_at=NOON)]
    assert assign(known, None, MORNING) == Assigned(cycle=2, new=True, superseded=True)


def test_an_earlier_closing_told_again_stays_what_it_was():
    known = [Known(cycle=2, closed_at=MORNING), Known(cycle=1, closed_at=NOON)]
    assert assign(known, None, MORNING) == Assigned(cycle=2, new=False, superseded=True)
    assert assign(known, None, NOON) == Assigned(cycle=1, new=False, superseded=False)


def test_counting_goes_on_behind_the_highest_cycle_that_was_given():
    known = [Known(cycle=7, closed_at=MORNING), Known(cycle=2, closed_at=MORNING)]
    assert assign(known, None, NOON) == Assigned(cycle=8, new=True, superseded=False)


def test_a_given_cycle_is_taken_as_given():
    assert assign([], 4, MORNING) == Assigned(cycle=4, new=True, superseded=False)
    known = [Known(cycle=4, closed_at=MORNING)]
    assert assign(known, 4, NOON) == Assigned(cycle=4, new=False, superseded=False)
    assert assign(known, 5, NOON) == Assigned(cycle=5, new=True, superseded=False)


def test_a_given_cycle_behind_a_later_closing_is_out_of_date():
    known = [Known(cycle=3, closed_at=EVENING)]
    assert assign(known, 2, NOON) == Assigned(cycle=2, new=True, superseded=True)


def test_a_given_cycle_with_a_lower_number_but_a_later_instant_is_not_out_of_date():
    known = [Known(cycle=3, closed_at=MORNING)]
    assert assign(known, 2, NOON) == Assigned(cycle=2, new=True, superseded=False)


def test_the_highest_given_cycle_is_never_out_of_date():
    known = [Known(cycle=3, closed_at=EVENING)]
    assert assign(known, 4, NOON) == Assigned(cycle=4, new=True, superseded=False)
