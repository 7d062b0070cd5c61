"""How long a server asks us to stay away, in either form of the header."""

from datetime import timedelta

import pytest

from kernel.pauses import retry_after

DATE = "Fri, 20 Nov 2026 04:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("120", None, 120),
        (" 0 ", DATE, 0),
        ("Fri, 20 Nov 2026 04:01:30 GMT", DATE, 90),
        # By the server's own clock, whatever ours says; what is past is over.
        ("Thu, 19 Nov 2026 04:00:00 GMT", DATE, 0),
        ("Friday, 20-Nov-26 04:00:10 GMT", DATE, 10),
    ],
)
def test_a_pause_is_read_in_seconds_or_as_a_date(
    header: str, date: str | None, seconds: int
) -> None:
    assert retry_after(header, date) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("header", "date"),
    [
        (None, DATE),
        ("", DATE),
        ("soon", DATE),
        ("-5", DATE),
        ("²", DATE),
        ("1.5", DATE),
        ("Fri, 20 Nov 2026 04:01:30 GMT", None),
        ("Fri, 20 Nov 2026 04:01:30 GMT", "now"),
        ("Fri, 99 Nov 2026 04:01:30 GMT", DATE),
        ("Fri, 20 Nov 2026 04:01:30 -0000", DATE),
    ],
)
def test_what_nobody_can_read_is_no_pause(header: str | None, date: str | None) -> None:
    assert retry_after(header, date) is None
