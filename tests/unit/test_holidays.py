"""Public holidays: observed days, worked week-ends, countries and years that nobody knows."""

from datetime import date

import pytest

from scheduler.holidays import is_holiday, known


@pytest.mark.parametrize(
    ("country", "day"),
    [
        ("CN", "2026-10-01"),
        ("CN", "2026-02-17"),
        ("CN", "2026-02-23"),  # a Monday off, paid for with a Saturday
        ("CN", "2026-04-06"),  # observed
        ("US", "2026-07-03"),  # Independence Day falls on a Saturday
        ("US", "2027-12-31"),  # and this New Year's Day as well, which is a year on
        ("US", "2026-11-26"),
        ("GB", "2026-12-28"),
        ("FR", "2026-07-14"),
        ("DE", "2026-10-03"),
        ("JP", "2026-05-06"),
        ("IN", "2026-01-26"),
    ],
)
def test_a_holiday_or_the_day_it_is_observed_on_is_one(country: str, day: str) -> None:
    assert is_holiday(date.fromisoformat(day), country)


@pytest.mark.parametrize(
    ("country", "day"),
    [
        ("CN", "2026-02-14"),  # a Saturday and a Sunday that are worked
        ("CN", "2026-09-20"),
        ("CN", "2026-11-26"),
        ("US", "2026-10-01"),
        ("DE", "2026-11-01"),  # All Saints: a part of the country only
        ("GB", "2026-07-14"),
    ],
)
def test_what_is_an_ordinary_or_worked_day_is_no_holiday(country: str, day: str) -> None:
    assert not is_holiday(date.fromisoformat(day), country)


@pytest.mark.parametrize("code", ["XX", "cn", "CHN", "", "EU", "C", "CN-JX", "\ud800"])
def test_a_country_that_nobody_knows_has_no_holidays(code: str) -> None:
    assert not known(code)
    assert not is_holiday(date(2026, 1, 1), code)


@pytest.mark.parametrize("day", [date.min, date.max, date(1500, 1, 1), date(2400, 10, 1)])
def test_years_beyond_all_calendars_have_none_and_raise_nothing(day: date) -> None:
    assert not is_holiday(day, "CN")


def test_the_countries_we_serve_are_known() -> None:
    assert all(map(known, ("CN", "HK", "TW", "SG", "US", "GB", "DE", "FR", "IN", "BR", "AU")))
