"""Scheduled reports in `huifang.yaml`: read with their defaults, refused with what to put right."""

import pytest

from huifang.reporting.schedule import clock_of, readers
from huifang.rules import Rules, read
from huifang.ruleterms import ReportRule
from kernel.faults import SettingsFault

GIVEN = """
people: {manager: {email: boss@example.com}, team_lead: {email: null}}
agents:
  - {id: A-7, team: NOC-2, email: a7@example.com, locale: en}
  - {id: A-8, email: null}
reports:
  - {id: daily, every: day, to: [manager, A-7, third@example.com]}
  - {id: weekly, every: week, at: "09:30", to: [A-8, team_lead], program: default, team: NOC-2,
     locale: en, tz: Europe/Berlin}
"""


def test_reports_are_read_with_their_defaults() -> None:
    daily, weekly = read(GIVEN, {}).reports
    assert daily == ReportRule(
        id="daily", every="day", at="08:00", to=("manager", "A-7", "third@example.com")
    )
    assert (weekly.at, weekly.program, weekly.team) == ("09:30", "default", "NOC-2")
    assert Rules().reports == ()


def test_readers_get_their_own_language_and_the_report_its_own_clock() -> None:
    rules = read(GIVEN, {})
    daily, weekly = rules.reports
    assert readers(daily, rules) == {
        "zh-CN": ["boss@example.com", "third@example.com"],
        "en": ["a7@example.com"],
    }
    assert readers(weekly, rules) == {}
    assert clock_of(daily, rules).key == "Asia/Shanghai"
    assert clock_of(weekly, rules).key == "Europe/Berlin"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("{id: a, every: hour, to: [manager]}", "reports.0.every: must be one of day, week, month"),
        ("{id: a, every: day, to: []}", "reports.0.to: must not be empty"),
        ("{id: a, every: day, to: [nobody]}", "reports.0.to.0: is no role of people:"),
        ("{id: a, every: day, at: '8:00', to: [manager]}", "reports.0.at: must be a time of day"),
        ("{id: a, every: day, at: '24:00', to: [manager]}", "reports.0.at: must be a time of day"),
        ("{id: a, every: day, to: [manager], tz: Mars}", "reports.0.tz: must be a time zone"),
        ("{id: a, every: day, to: [manager], locale: fr}", "reports.0.locale: must be one of"),
        ("{id: a, every: day, to: [manager], program: x}", "reports.0.program: programs: has no"),
        ("{id: a, every: day, to: [manager], cc: x}", "reports.0.cc: there is no such key"),
        ("{every: day, to: [manager]}", "reports.0.id"),
    ],
)
def test_a_fault_says_where_it_is_and_what_to_put_right(entry: str, reason: str) -> None:
    with pytest.raises(SettingsFault) as caught:
        read(f"reports:\n  - {entry}\n", {})
    [fault] = caught.value.faults
    assert fault.startswith("huifang.yaml:2: " + reason)


def test_two_reports_of_one_id_are_a_fault() -> None:
    entry = "  - {id: a, every: day, to: [manager]}\n"
    with pytest.raises(SettingsFault) as caught:
        read(f"reports:\n{entry}{entry}", {})
    assert caught.value.faults == ("huifang.yaml:3: reports.1.id: is taken already",)
