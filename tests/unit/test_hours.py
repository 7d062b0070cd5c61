"""Holds opening hours to the wall clock, the days on which it is changed included."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.hours import (
    Schedule,
    Window,
    closes_at,
    daily,
    is_open,
    narrowed,
    next_open,
    parse_window,
    zone,
)

DAY = Window(opens=9 * 60, closes=20 * 60)
SHANGHAI, LONDON, NEW_YORK = (
    ZoneInfo("Asia/Shanghai"),
    ZoneInfo("Europe/London"),
    ZoneInfo("America/New_York"),
)


def _at(text: str, place: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=place).astimezone(UTC)


def test_a_window_is_read_from_two_times_of_day() -> None:
    assert parse_window("09:00", "20:00") == DAY
    assert parse_window("00:00", "24:00") == Window(opens=0, closes=1440)
    assert parse_window("23:59", "24:00") == Window(opens=1439, closes=1440)


@pytest.mark.parametrize(
    ("from_", "until"),
    [
        *(("20:00", "09:00"), ("09:00", "09:00"), ("24:00", "24:00"), ("22:00", "00:00")),
        *(("9:00", "20:00"), ("09:00", "24:01"), ("09:60", "20:00"), ("09:00", "25:00")),
        *(("", "20:00"), ("09:00", "evening"), ("０９:００", "20:00"), ("09:00\n", "20:00")),
    ],
)
def test_what_is_no_window_is_refused_with_a_sentence(from_: str, until: str) -> None:
    with pytest.raises(ValueError, match=r"from|until|24:00") as fault:
        parse_window(from_, until)
    assert " " in str(fault.value)


@pytest.mark.parametrize(
    "name", ["Asia/Shanghai", "PRC", "Asia/Calcutta", "US/Eastern", "Etc/GMT+8"]
)
def test_a_zone_is_found_by_its_name_or_an_older_one(name: str) -> None:
    assert zone(name) is not None


@pytest.mark.parametrize(
    "name",
    [
        *(None, "", " ", ".", "..", "Asia", "asia/shanghai", "'Asia/Shanghai'", "Asia/Shanghai "),
        *("Beijing", "UTC+8", "/etc/passwd", "../Asia/Shanghai", "Asia/../Asia/Shanghai"),
        *("localtime", "posixrules", "Factory", "right/Asia/Shanghai", "Etc/Unknown"),
        *("a" * 5000, "\x00", "\ud800", "亚洲/上海", "tzdata.zi", "zone1970.tab", "+08:00"),
    ],
)
def test_what_names_no_zone_is_none(name: str | None) -> None:
    assert zone(name) is None


def test_the_window_is_open_from_its_first_instant_to_before_its_last() -> None:
    tick = timedelta(microseconds=1)
    opening, closing = _at("2026-11-21 09:00", SHANGHAI), _at("2026-11-21 20:00", SHANGHAI)
    assert [is_open(DAY, [SHANGHAI], at) for at in (opening - tick, opening)] == [False, True]
    assert [is_open(DAY, [SHANGHAI], at) for at in (closing - tick, closing)] == [True, False]


def test_it_is_open_only_where_every_zone_is_within_the_window() -> None:
    noon_in_london = _at("2026-11-21 12:30", LONDON)  # 20:30 in Shanghai
    assert is_open(DAY, [LONDON], noon_in_london)
    assert not is_open(DAY, [LONDON, SHANGHAI], noon_in_london)


def test_without_a_zone_it_is_never_open() -> None:
    now = datetime(2026, 11, 21, 4, tzinfo=UTC)
    assert not is_open(DAY, [], now)
    assert next_open(DAY, [], now) is None
    assert closes_at(DAY, [], now) == now


def test_the_next_opening_is_now_tomorrow_or_the_first_common_hour() -> None:
    noon, night = _at("2026-11-21 12:00", SHANGHAI), _at("2026-11-21 22:00", SHANGHAI)
    assert next_open(DAY, [SHANGHAI], noon) == noon
    assert next_open(DAY, [SHANGHAI], night) == _at("2026-11-22 09:00", SHANGHAI)
    assert next_open(DAY, [SHANGHAI, LONDON], night) == _at("2026-11-22 09:00", LONDON)


def test_zones_with_no_hour_in_common_have_no_opening() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    assert next_open(DAY, [LONDON, auckland], datetime(2026, 11, 21, tzinfo=UTC)) is None


def test_an_opening_that_the_clocks_leave_out_comes_when_they_are_put_forward() -> None:
    early = Window(opens=2 * 60 + 30, closes=5 * 60)
    before = _at("2026-03-08 01:00", NEW_YORK)
    assert next_open(early, [NEW_YORK], before) == _at("2026-03-08 03:00", NEW_YORK)


def test_a_window_that_the_clocks_leave_out_altogether_opens_a_day_later() -> None:
    early = Window(opens=2 * 60, closes=3 * 60)
    before = _at("2026-03-08 01:00", NEW_YORK)
    assert next_open(early, [NEW_YORK], before) == _at("2026-03-09 02:00", NEW_YORK)


def test_a_window_opens_again_when_the_clocks_are_put_back_into_it() -> None:
    late = Window(opens=30, closes=90)
    first_close = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 for the first time
    put_back = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)  # 01:00 for the second
    assert next_open(late, [NEW_YORK], first_close) == put_back
    assert closes_at(late, [NEW_YORK], put_back) == put_back + timedelta(minutes=30)


def test_the_opening_keeps_its_wall_time_over_a_change_of_the_clocks() -> None:
    saturday_night = _at("2026-03-28 21:00", LONDON)
    opening = next_open(DAY, [LONDON], saturday_night)
    assert opening == datetime(2026, 3, 29, 8, 0, tzinfo=UTC)
    assert opening is not None
    assert opening - saturday_night == timedelta(hours=11)


def test_a_day_that_a_zone_left_out_is_passed_over() -> None:
    apia = ZoneInfo("Pacific/Apia")  # there was no 30 December 2011
    night = _at("2011-12-29 21:00", apia)
    assert next_open(DAY, [apia], night) == _at("2011-12-31 09:00", apia)


def test_it_closes_where_the_first_zone_closes() -> None:
    now = _at("2026-11-21 17:30", SHANGHAI)
    assert closes_at(DAY, [SHANGHAI, LONDON], now) == _at("2026-11-21 20:00", SHANGHAI)
    assert closes_at(DAY, [SHANGHAI], _at("2026-11-21 20:00", SHANGHAI)) == _at(
        "2026-11-21 20:00", SHANGHAI
    )


def test_the_whole_day_never_closes() -> None:
    whole = Window(opens=0, closes=1440)
    now = datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert closes_at(whole, [LONDON, SHANGHAI], now) is None
    assert next_open(whole, [LONDON], now) == now


@pytest.mark.parametrize(
    "at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
)
def test_the_ends_of_the_calendar_are_closed_and_raise_nothing(at: datetime) -> None:
    # Somewhere it is a year that no calendar has.
    assert not is_open(DAY, [SHANGHAI, NEW_YORK], at)
    assert next_open(DAY, [SHANGHAI, NEW_YORK], at) is None
    assert closes_at(DAY, [SHANGHAI, NEW_YORK], at) == at


def test_a_window_whose_end_is_before_its_start_never_opens() -> None:
    assert (
        next_open(Window(opens=600, closes=500), [LONDON], datetime(2026, 1, 1, tzinfo=UTC)) is None
    )


# Zone, the day on which its clocks change, the wall time before and after, both as they are shown.
GAPS = [
    ("Europe/London", "2026-03-29", "01:00", "02:00"),
    ("America/New_York", "2026-03-08", "02:00", "03:00"),
    ("America/St_Johns", "2026-03-08", "02:00", "03:00"),  # half an hour from its neighbours
    ("Australia/Adelaide", "2026-10-04", "02:00", "03:00"),  # half an hour, and southern
    ("Australia/Lord_Howe", "2026-10-04", "02:00", "02:30"),  # moves by half an hour
    ("America/Santiago", "2026-09-06", "00:00", "01:00"),  # southern, at midnight
    ("Pacific/Auckland", "2026-09-27", "02:00", "03:00"),
]
FOLDS = [
    ("Europe/London", "2026-10-25", "01:00", "02:00"),
    ("America/New_York", "2026-11-01", "01:00", "02:00"),
    ("America/St_Johns", "2026-11-01", "01:00", "02:00"),
    ("Australia/Adelaide", "2026-04-05", "02:00", "03:00"),
    ("Australia/Lord_Howe", "2026-04-05", "01:30", "02:00"),
    ("America/Santiago", "2026-04-04", "23:00", "24:00"),
    ("Pacific/Auckland", "2026-04-05", "02:00", "03:00"),
]


def _span(window: Window, place: ZoneInfo, day: str) -> list[timedelta]:
    """How long a window stays open each time it opens on a day."""
    at, spans = _at(day, place), []
    while (opening := next_open(window, [place], at)) is not None:
        if opening.astimezone(place).date() != date.fromisoformat(day):
            break
        closing = closes_at(window, [place], opening)
        assert closing is not None
        spans.append(closing - opening)
        at = closing
    return spans


@pytest.mark.parametrize(("name", "day", "before", "after"), GAPS)
def test_hours_that_the_clocks_leave_out_are_no_hours(
    name: str, day: str, before: str, after: str
) -> None:
    place = ZoneInfo(name)
    assert _span(parse_window(before, after), place, day) == []
    assert _span(DAY, place, day) == [timedelta(hours=11)]
    late = parse_window(before, "05:00")
    opening = next_open(late, [place], _at(day, place) - timedelta(hours=1))
    assert opening == _at(f"{day} {after}", place)


@pytest.mark.parametrize(("name", "day", "before", "after"), FOLDS)
def test_hours_that_the_clocks_show_twice_are_open_twice(
    name: str, day: str, before: str, after: str
) -> None:
    place = ZoneInfo(name)
    window = parse_window(before, after)
    once = timedelta(minutes=window.closes - window.opens)
    assert _span(window, place, day) == [2 * once]
    assert _span(DAY, place, day) == [timedelta(hours=11)]
    part = Window(opens=window.opens, closes=window.closes - 15)
    assert _span(part, place, day) == [once - timedelta(minutes=15)] * 2


def test_half_hours_from_utc_are_kept() -> None:
    kolkata, kathmandu = ZoneInfo("Asia/Kolkata"), ZoneInfo("Asia/Kathmandu")
    night = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    assert next_open(DAY, [kolkata], night) == datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
    assert next_open(DAY, [kathmandu], night) == datetime(2026, 11, 21, 3, 15, tzinfo=UTC)


def _week(**about: object) -> Schedule:
    office = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
    return replace(Schedule(week=(office,) * 5 + ((), ())), **about)  # type: ignore[arg-type]


def test_a_schedule_has_several_openings_a_day_and_days_without_any() -> None:
    week, places = _week(), [SHANGHAI]
    friday = _at("2026-11-20 12:00", SHANGHAI)
    assert not is_open(week, places, friday)
    assert next_open(week, places, friday) == _at("2026-11-20 13:00", SHANGHAI)
    assert closes_at(week, places, _at("2026-11-20 11:00", SHANGHAI)) == friday
    evening = _at("2026-11-20 18:00", SHANGHAI)
    assert next_open(week, places, evening) == _at("2026-11-23 09:00", SHANGHAI)
    with_london = next_open(week, [SHANGHAI, LONDON], friday)
    assert with_london == _at("2026-11-20 09:00", LONDON)


def test_a_schedule_is_shut_on_holidays_days_off_and_closures() -> None:
    week = _week(
        holidays=("CN",),
        days_off=((date(2026, 10, 8), date(2026, 10, 10)),),
        closures=((_at("2026-10-12 00:00", SHANGHAI), _at("2026-10-12 10:30", SHANGHAI)),),
    )
    before = _at("2026-09-30 17:00", SHANGHAI)
    assert closes_at(week, [SHANGHAI], before) == _at("2026-09-30 18:00", SHANGHAI)
    assert next_open(week, [SHANGHAI], _at("2026-09-30 18:00", SHANGHAI)) == _at(
        "2026-10-12 10:30", SHANGHAI
    )


def test_a_closure_cuts_an_open_day_in_two() -> None:
    closure = (_at("2026-11-23 14:00", SHANGHAI), _at("2026-11-23 14:30", SHANGHAI))
    week = _week(closures=(closure,))
    assert closes_at(week, [SHANGHAI], _at("2026-11-23 13:30", SHANGHAI)) == closure[0]
    assert next_open(week, [SHANGHAI], closure[0]) == closure[1]


def test_the_horizon_bounds_what_is_waited_for() -> None:
    week = _week(days_off=((date(2026, 11, 20), date(2027, 2, 1)),))
    now = _at("2026-11-20 10:00", SHANGHAI)
    assert next_open(week, [SHANGHAI], now) is None
    assert next_open(week, [SHANGHAI], now, timedelta(days=400)) == _at(
        "2027-02-01 09:00", SHANGHAI
    )


def test_narrowed_is_open_where_both_are() -> None:
    morning = daily(parse_window("08:00", "13:30"))
    both = narrowed(_week(holidays=("CN",)), replace(morning, holidays=("US", "CN")))
    assert both.week[0] == ((540, 720), (780, 810))
    assert both.week[6] == ()
    assert both.holidays == ("CN", "US")


def test_a_window_is_a_schedule_of_equal_days() -> None:
    now = _at("2026-11-21 22:00", SHANGHAI)
    assert next_open(daily(DAY), [SHANGHAI], now) == next_open(DAY, [SHANGHAI], now)
    assert daily(Window(opens=600, closes=600)).week == ((),) * 7
