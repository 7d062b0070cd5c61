"""Calendars, read back by a parser that others wrote."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from huifang.staff.ical import Event, Status, calendar

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def event(**more: object) -> Event:
    usual = {
        "uid": "cb_1@care.example.com",
        "begin": NOW + timedelta(hours=2),
        "end": NOW + timedelta(hours=3),
        "summary": "回电 billing T-1",
        "url": "https://care.example.com/callbacks?id=cb_1",
        "revision": 3,
        "status": Status.CONFIRMED,
    }
    return Event(**{**usual, **more})  # type: ignore[arg-type]


def read(text: str) -> list[Any]:
    return list(Calendar.from_ical(text).walk("VEVENT"))


def test_a_parser_reads_what_was_meant() -> None:
    text = calendar("回电 A-7", [event(), event(uid="cb_2@x", status=Status.TENTATIVE)], NOW)
    first, second = read(text)
    assert (first["UID"], first["SEQUENCE"], first["STATUS"]) == (
        "cb_1@care.example.com",
        3,
        "CONFIRMED",
    )
    assert first["DTSTART"].dt == NOW + timedelta(hours=2)
    assert first["DTEND"].dt == NOW + timedelta(hours=3)
    assert first["DTSTAMP"].dt == NOW
    assert first["SUMMARY"] == "回电 billing T-1"
    assert first["URL"] == "https://care.example.com/callbacks?id=cb_1"
    assert second["STATUS"] == "TENTATIVE"
    assert "DTSTART:20261120T060000Z\r\n" in text


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=300))
def test_whatever_a_summary_holds_is_folded_and_read_back(summary: str) -> None:
    text = calendar("x", [event(summary=summary)], NOW)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    [found] = read(text)
    assert found["SUMMARY"] == summary
