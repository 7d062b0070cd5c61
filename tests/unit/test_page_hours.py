"""Hours that a customer sets on the page: only those in which some channel may be used."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.choices import Chosen, Refused
from channels.model import Channel, Person
from channels.pageform import from_form
from channels.terms import DEFAULT
from scheduler.hours import parse_window

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
PERSON = Person(source="/t", id="C-1", phone="+8613800138000", email="a@b.test")
MORNING, EVENING = parse_window("09:00", "12:00"), parse_window("16:00", "20:00")
SPLIT = replace(
    DEFAULT,
    window=MORNING,
    windows={Channel.SMS: MORNING, Channel.EMAIL: MORNING, Channel.VOICE: EVENING},
)


@pytest.mark.parametrize(
    ("opens", "closes", "allowed"),
    [
        ("12:00", "16:00", False),  # between the hours of two channels nobody is ever reached
        ("12:30", "14:30", False),
        ("11:00", "15:00", True),
        ("12:00", "17:00", True),
        ("08:00", "12:00", False),
        ("16:00", "21:00", False),
    ],
)
def test_hours_must_meet_those_of_a_channel(opens: str, closes: str, allowed: bool) -> None:
    form = {"save": "preferences", "from": opens, "until": closes}
    found = from_form(form, PERSON, SPLIT, NOW)
    if allowed:
        assert found == Chosen(wishes={"window": (opens, closes)})
    else:
        assert found == Refused(field="hours", reason="outside")
