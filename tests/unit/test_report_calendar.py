"""Which period a report is about, and when it is due, on the reader's clock in any season."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from huifang.reporting.calendar import due, named

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")


def local(text: str, place: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=place).astimezone(UTC)


@pytest.mark.parametrize(
    ("every", "now", "name"),
    [
        ("day", "2026-11-20T08:00", "2026-11-19"),
        ("day", "2026-11-20T07:59", "2026-11-18"),
        ("day", "2026-11-20T23:59", "2026-11-19"),
        ("week", "2026-11-16T08:00", "2026-W46"),  # a Monday
        ("week", "2026-11-16T07:59", "2026-W45"),
        ("week", "2026-11-22T23:00", "2026-W46"),
        ("week", "2026-01-05T09:00", "2026-W01"),
        ("week", "2026-01-04T09:00", "2025-W52"),
        ("month", "2026-12-01T08:00", "2026-11"),
        ("month", "2026-12-01T07:59", "2026-10"),
        ("month", "2026-03-31T12:00", "2026-02"),
        ("month", "2026-01-01T08:00", "2025-12"),
    ],
)
def test_the_last_whole_period_is_due_once_its_hour_has_come(
    every: str, now: str, name: str
) -> None:
    found = due(every, "08:00", SHANGHAI, local(now))
    assert found is not None
    assert found.names == (name,)
    assert found.until <= local(now)


def test_a_day_is_as_long_as_the_clocks_make_it() -> None:
    found = due("day", "08:00", BERLIN, local("2026-03-30T08:00", BERLIN))
    assert found is not None
    assert (found.since, found.until) == (
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    )


def test_zones_of_half_hours_have_their_own_midnight() -> None:
    found = due("day", "00:00", KOLKATA, datetime(2026, 11, 19, 18, 30, tzinfo=UTC))
    assert found is not None
    assert found.names == ("2026-11-19",)
    assert found.until == datetime(2026, 11, 19, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("day", "2026-11-19"),
        ("week", "2026-W46"),
        ("month", "2026-10"),
        ("2026-11-20", "2026-11-20"),
        ("2026-W01", "2026-W01"),
        ("2024-02", "2024-02"),
    ],
)
def test_a_period_is_found_by_its_name(asked: str, name: str) -> None:
    found = named(asked, SHANGHAI, local("2026-11-20T07:00"))
    assert found is not None
    assert found.names == (name,)


@pytest.mark.parametrize(
    "asked", ["", "year", "2026", "2026-13", "2026-W54", "2026-02-30", "20261120", "9999-12-31"]
)
def test_what_is_no_period_has_none(asked: str) -> None:
    assert named(asked, SHANGHAI, local("2026-11-20T07:00")) is None


def test_no_calendar_goes_on_for_ever() -> None:
    assert due("day", "25:00", SHANGHAI, local("2026-11-20T07:00")) is None
    assert due("month", "08:00", SHANGHAI, datetime(1, 1, 1, tzinfo=UTC)) is None
