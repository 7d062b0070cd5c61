"""Which slots there are: by the centre's clock, the customer's hours, and the room there is."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from callbacks.model import Opening
from callbacks.promises.model import Booking, CallbackRules, Slot
from callbacks.promises.slots import (
    Place,
    Refusal,
    book_of,
    centre,
    free,
    grid,
    instead,
    next_slot,
    open_from,
    refusal,
)
from scheduler.hours import Schedule, Window, daily

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # Friday, 12:00 in Shanghai
HALF = timedelta(minutes=30)
RULES = CallbackRules()
EMPTY = book_of(())


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def slot(text: str, length: timedelta = HALF) -> Slot:
    return Slot(begin=at(text), end=at(text) + length)


def reach(opens: int, closes: int, zone: str = "Asia/Shanghai") -> Place:
    hours = daily(Window(opens=opens * 60, closes=closes * 60))
    return Place(hours=hours, zones=(ZoneInfo(zone),))


def clocks(rules: CallbackRules, since: datetime, until: datetime, zone: str) -> list[str]:
    place = ZoneInfo(zone)
    return [f"{each.begin.astimezone(place):%m-%d %H:%M}" for each in grid(rules, since, until)]


def opened(week: tuple[tuple[tuple[int, int], ...], ...], zone: str, **more: object) -> Opening:
    return Opening(hours=Schedule(week=week, **more), timezone=zone)  # type: ignore[arg-type]


def test_the_first_slot_is_an_hour_away_and_none_is_on_the_weekend() -> None:
    found = list(free(RULES, EMPTY, None, NOW))
    assert found[0] == slot("2026-11-20 13:00")
    on_friday = [each for each in found if each.begin < at("2026-11-21 00:00")]
    assert on_friday[-1] == slot("2026-11-20 17:30")
    assert found[len(on_friday)] == slot("2026-11-23 09:00")
    assert found[-1].begin < NOW + timedelta(days=14)


def test_a_public_holiday_of_the_centre_has_no_slots() -> None:
    eve = at("2026-09-30 17:00")
    found = list(islice(free(RULES, EMPTY, None, eve), 2))
    assert found[0].begin > at("2026-10-02 00:00")
    assert refusal(slot("2026-10-01 10:00"), RULES, EMPTY, None, eve) is Refusal.CENTRE_CLOSED


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-10-25"])
def test_a_slot_is_at_the_same_wall_clock_time_whatever_is_done_to_the_clocks(day: str) -> None:
    week = (((9 * 60, 11 * 60),),) * 7
    rules = CallbackRules(opening=opened(week, "Europe/Berlin"), slot=timedelta(hours=1))
    since = at(f"{day} 00:00", "Europe/Berlin")
    until = since + timedelta(days=2)
    found = {each[-5:] for each in clocks(rules, since, until, "Europe/Berlin")}
    assert found == {"09:00", "10:00"}


def test_a_centre_that_never_closes_has_slots_all_night_but_not_the_hour_left_out() -> None:
    rules = CallbackRules(
        opening=opened((((0, 1440),),) * 7, "Europe/Berlin"), slot=timedelta(hours=1)
    )
    day = at("2026-03-29 00:00", "Europe/Berlin")
    found = clocks(rules, day, at("2026-03-30 00:00", "Europe/Berlin"), "Europe/Berlin")
    assert len(found) == 23
    assert "03-29 02:00" not in found
    assert len(set(found)) == 23


def test_a_lunch_break_cuts_the_day_and_half_slots_are_none() -> None:
    rules = CallbackRules(opening=opened((((540, 585), (840, 900)),) * 7, "Asia/Shanghai"))
    found = clocks(rules, at("2026-11-21 00:00"), at("2026-11-22 00:00"), "Asia/Shanghai")
    assert found == ["11-21 09:00", "11-21 14:00", "11-21 14:30"]


def test_a_slot_lies_within_the_customers_own_hours_in_their_own_zone() -> None:
    # London is eight hours behind: 17:00 in Shanghai is 9:00 there.
    abroad = reach(9, 20, "Europe/London")
    found = next_slot(RULES, EMPTY, abroad, NOW)
    assert found == slot("2026-11-20 17:00")
    assert refusal(slot("2026-11-20 16:30"), RULES, EMPTY, abroad, NOW) is Refusal.OUTSIDE_WINDOW
    assert refusal(slot("2026-11-20 16:30"), RULES, EMPTY, None, NOW) is None


def test_whose_zone_nobody_knows_has_no_slot() -> None:
    nowhere = Place(hours=daily(Window(opens=0, closes=1440)), zones=())
    assert next_slot(RULES, EMPTY, nowhere, NOW) is None


def test_a_slot_is_full_once_as_many_are_promised_as_there_is_capacity() -> None:
    rules = CallbackRules(capacity=2)
    wanted = slot("2026-11-20 14:00")
    book = book_of([wanted])
    assert refusal(wanted, rules, book, None, NOW) is None
    book.add(wanted)
    assert refusal(wanted, rules, book, None, NOW) is Refusal.FULL
    assert wanted not in list(free(rules, book, None, NOW))
    book.remove(wanted)
    assert refusal(wanted, rules, book, None, NOW) is None


def test_promises_that_only_touch_do_not_fill_each_other() -> None:
    rules = CallbackRules(capacity=1)
    book = book_of([slot("2026-11-20 14:00")])
    assert refusal(slot("2026-11-20 14:30"), rules, book, None, NOW) is None
    assert refusal(slot("2026-11-20 13:30"), rules, book, None, NOW) is None
    long = slot("2026-11-20 13:00", timedelta(hours=2))
    assert refusal(long, rules, book, None, NOW) is Refusal.FULL


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (slot("2026-11-20 12:30"), Refusal.TOO_SOON),
        (slot("2026-11-19 12:30"), Refusal.TOO_SOON),
        (slot("2026-12-04 12:00"), Refusal.TOO_FAR),
        (slot("2026-11-20 17:45"), Refusal.CENTRE_CLOSED),
        (slot("2026-11-21 10:00"), Refusal.CENTRE_CLOSED),
        (slot("2026-11-20 14:00", timedelta(0)), Refusal.LENGTH),
        (slot("2026-11-20 14:00", -HALF), Refusal.LENGTH),
        (slot("2026-11-20 13:00"), None),
        (slot("2026-11-20 13:10"), None),
    ],
)
def test_a_slot_is_refused_for_the_reason_it_is(wanted: Slot, why: Refusal | None) -> None:
    assert refusal(wanted, RULES, EMPTY, None, NOW) == why


def test_three_slots_are_offered_from_the_one_that_was_wished_on() -> None:
    wanted = slot("2026-11-20 17:30")
    book = book_of([wanted] * 4)
    offered = instead(wanted, RULES, book, None, NOW)
    assert [each.begin for each in offered] == [
        at("2026-11-23 09:00"),
        at("2026-11-23 09:30"),
        at("2026-11-23 10:00"),
    ]
    assert instead(slot("2027-11-20 17:30"), RULES, EMPTY, None, NOW)[0] == slot("2026-11-20 13:00")


def test_what_cannot_be_booked_ends_in_nothing_and_not_in_a_fault() -> None:
    broken = CallbackRules(opening=Opening(timezone="Nowhere/AtAll"))
    assert next_slot(broken, EMPTY, None, NOW) is None
    never = CallbackRules(opening=opened(((),) * 7, "Asia/Shanghai"))
    assert next_slot(never, EMPTY, None, NOW) is None
    end = datetime.max.replace(tzinfo=UTC) - timedelta(hours=1)
    far = CallbackRules(book=Booking(latest=timedelta(days=365_000)))
    assert next_slot(far, EMPTY, None, end) is None
    assert next_slot(CallbackRules(slot=timedelta(0)), EMPTY, None, NOW) is None


def test_an_attempt_waits_until_centre_and_customer_are_there() -> None:
    places = (centre(RULES.opening), reach(9, 20, "Europe/London"))
    assert open_from(places, at("2026-11-20 10:00")) == at("2026-11-20 17:00")
    assert open_from(places, at("2026-11-20 18:00")) == at("2026-11-23 17:00")
    assert open_from((centre(RULES.opening), reach(1, 3)), NOW) is None
