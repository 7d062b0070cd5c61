"""Deadlines in business hours, held against counting minute by minute."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from callbacks.deadlines import later
from callbacks.model import ClockKind, Opening
from scheduler.hours import Schedule, is_open, zone

MINUTE = timedelta(minutes=1)
BEGIN = datetime(2026, 9, 25, tzinfo=UTC)  # before the holidays of October, and clocks put back


@st.composite
def days(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    ends = draw(st.lists(st.integers(0, 24).map(lambda hour: hour * 60), max_size=4, unique=True))
    ends = sorted(ends)[: len(ends) // 2 * 2]
    return tuple(zip(ends[::2], ends[1::2], strict=True))


openings = st.builds(
    Opening,
    hours=st.builds(
        Schedule,
        week=st.tuples(*[days()] * 7),
        holidays=st.sampled_from([(), ("CN",)]),
    ),
    timezone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"]),
)


@settings(max_examples=30, deadline=None)
@given(openings, st.integers(0, 40 * 24 * 60), st.integers(1, 400))
def test_a_deadline_comes_when_as_many_minutes_were_open(
    opening: Opening, start: int, minutes: int
) -> None:
    place = zone(opening.timezone)
    assert place is not None
    at = BEGIN + start * MINUTE
    found = later(at, minutes * MINUTE, ClockKind.BUSINESS, opening)
    left, now = minutes, at
    while left and now < at + timedelta(days=2):
        left -= is_open(opening.hours, (place,), now)
        now += MINUTE
    if not left:
        assert found == now
    else:
        assert found > now or not any(opening.hours.week)
