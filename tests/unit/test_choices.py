"""Holds what agents choose for customers to hours in which somebody may be contacted."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from channels.choices import Chosen, Refused, from_json
from channels.model import Channel, Person
from channels.policy import DEFAULT
from channels.preferences import Known, Told, learn
from scheduler.hours import parse_window

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
# Between the mornings of one channel and the evenings of the others nobody is contacted.
SPLIT = replace(
    DEFAULT,
    window=parse_window("14:00", "20:00"),
    windows={Channel.EMAIL: parse_window("08:00", "11:00")},
)


@pytest.mark.parametrize(
    ("opens", "closes", "reason"),
    [
        ("08:00", "20:00", None),
        ("10:00", "12:00", None),
        ("11:00", "14:01", None),
        ("11:00", "14:00", "outside"),
        ("20:00", "24:00", "outside"),
        ("14:00", "15:00", None),
        ("14:00", "14:59", "narrow"),
    ],
)
def test_hours_must_be_those_of_some_channel_and_an_hour_long(
    opens: str, closes: str, reason: str | None
) -> None:
    wish = {"window": {"from": opens, "until": closes}}
    found = from_json(wish, {}, SPLIT, NOW)
    if reason is None:
        assert found == Chosen(wishes={"window": (opens, closes)})
    else:
        assert found == Refused(field="window", reason=reason)
    assert from_json(wish, wish, SPLIT, NOW) == Chosen(wishes={})


def test_what_is_as_shown_is_no_wish_but_for_a_refusal() -> None:
    shown = {
        "locale": "?",
        "timezone": "Beijing",
        "paused_until": NOW - timedelta(days=1),
        "do_not_contact": True,
    }
    assert from_json(shown, shown, DEFAULT, NOW) == Chosen(wishes={"do_not_contact": True})
    for field in ("locale", "timezone", "paused_until"):
        found = from_json({field: shown[field]}, {}, DEFAULT, NOW)
        assert isinstance(found, Refused)
        assert found.field == field


def test_an_event_that_says_nothing_of_a_person_leaves_every_fact_as_it_was() -> None:
    person = Person(
        source="/t",
        id="C-1",
        name="n",
        phone="+8613800138000",
        email="a@b.test",
        locale="en",
        timezone="UTC",
        region="JX",
        tier="vip",
        channels=("email",),
        do_not_contact=True,
        paused_until=NOW,
        window=("10:00", "12:00"),
        chosen={"locale": NOW},
    )
    bare = Person(source="", id="")
    assert all(getattr(person, each.name) != getattr(bare, each.name) for each in fields(Person))
    known = Known(person=person, told_at=NOW, channels_at=NOW, blocked_at=NOW)
    later = learn(known, Told(source="/t", id="C-1"), NOW + timedelta(days=1))
    assert later.person == person
