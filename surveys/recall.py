"""Writes and reads the slot in which a customer chooses on the survey's page to be phoned."""

from datetime import datetime, timedelta

_LONGEST = timedelta(days=1)


def value_of(begin: datetime, end: datetime) -> str:
    """A slot as a form writes it."""
    return f"{begin.isoformat()}/{end.isoformat()}"


def slot_in(value: str) -> tuple[datetime, datetime] | None:
    """The slot of a form; None where none was chosen, or what is there is no slot."""
    parts = value.split("/")
    try:
        begin, end = (datetime.fromisoformat(part) for part in parts)
        fits = begin.tzinfo is not None and timedelta(0) < end - begin <= _LONGEST
    except (ValueError, TypeError, OverflowError):
        return None
    return (begin, end) if fits else None
