"""Local days: every instant lies in exactly one, whatever clocks do, in every zone there is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.periods import day_after, day_of, periods, whole_days

ZONES = (
    *("Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana"),
    *("Africa/Cairo", "America/St_Johns", "America/Santiago", "Asia/Beirut", "Pacific/Apia"),
    *("Pacific/Chatham", "Europe/Berlin", "America/Scoresbysund", "Antarctica/Troll"),
)
# Clocks went back over midnight, a day was left out, a midnight never was or was twice.
ODD = (
    ("America/St_Johns", "2010-11-07T00:00-02:30"),
    ("Pacific/Apia", "2011-12-30T00:00-10:00"),
    ("Africa/Cairo", "2026-04-24T00:00+02:00"),
    ("Africa/Cairo", "2026-10-30T00:00+03:00"),
    ("America/Havana", "2026-11-01T00:00-04:00"),
    ("Asia/Beirut", "2026-03-29T00:00+02:00"),
    ("Australia/Lord_Howe", "2026-04-05T02:00+11:00"),
    ("America/Santiago", "2026-09-06T00:00-04:00"),
)
ODD_INSTANTS = tuple((name, datetime.fromisoformat(at).astimezone(UTC)) for name, at in ODD)


def is_cut_once(at: datetime, zone: ZoneInfo) -> None:
    """The day of an instant is the one period it lies in, and days follow without a gap."""
    begins = day_of(at, zone)
    found = periods(("day",), zone, at, at + timedelta.resolution, 9)
    assert found is not None
    [period] = [each for each in found if each.since <= at < each.until]
    assert (period.since, period.until) == (begins, day_after(begins, zone))
    assert day_of(begins, zone) == begins
    assert day_of(period.until - timedelta.resolution, zone) == begins
    assert whole_days(begins, period.until, zone) == (begins, period.until)
    for name in ("week", "month"):
        wide = periods((name,), zone, at, at + timedelta.resolution, 9)
        assert wide is not None
        assert [each for each in wide if each.since <= begins and period.until <= each.until]


@given(
    st.sampled_from(ZONES),
    st.integers(631_152_000, 2_114_380_800).map(lambda at: datetime.fromtimestamp(at, UTC)),
)
def test_every_instant_lies_in_one_day_of_one_week_and_month(name: str, at: datetime) -> None:
    is_cut_once(at, ZoneInfo(name))


@pytest.mark.parametrize(("name", "odd"), ODD_INSTANTS)
def test_days_are_cut_once_where_clocks_are_changed(name: str, odd: datetime) -> None:
    for minutes in range(-26 * 60, 26 * 60, 29):
        for microseconds in (-1, 0, 1):
            is_cut_once(odd + timedelta(minutes=minutes, microseconds=microseconds), ZoneInfo(name))


def test_a_day_of_half_hours_begins_at_its_own_midnight() -> None:
    assert day_of(datetime(2026, 11, 21, 18, 29, tzinfo=UTC), ZoneInfo("Asia/Kolkata")) == (
        datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    )
    assert day_of(datetime(2026, 11, 21, 18, 30, tzinfo=UTC), ZoneInfo("Asia/Kolkata")) == (
        datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
    )


@pytest.mark.parametrize("name", ZONES)
def test_the_ends_of_the_calendar_lie_in_a_day_too(name: str) -> None:
    zone = ZoneInfo(name)
    for at in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert day_of(at, zone) <= at <= day_after(day_of(at, zone), zone)
