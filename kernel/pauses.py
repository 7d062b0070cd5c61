"""Reads for how long a server asks us to stay away."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

_DIGITS = 6  # of seconds; nobody is awaited for longer anyway


def retry_after(header: str | None, date: str | None) -> timedelta | None:
    """The pause of a Retry-After header in either form (RFC 9110, 10.2.3); never negative.

    An HTTP date counts from the answer's own `Date`: then the two clocks need not agree. None
    where there is no such header, or nobody can tell what it means.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text[:_DIGITS]))
    try:
        pause = parsedate_to_datetime(text) - parsedate_to_datetime(date or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(pause, timedelta(0))
