"""Holds the tables of docs/policy.md to what the policy does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from channels.laws import LAWS, Law
from channels.model import Address, Channel, MessageClass, OptOut, OptOutState, Person
from channels.policy import (
    DEFAULT,
    Blackout,
    Counts,
    Facts,
    Past,
    Reach,
    Reason,
    Rules,
    SendNow,
    decide,
)
from huifang.rules import read
from scheduler.hours import Span, clock_text

PAGE = Path(__file__).parents[2] / "docs" / "policy.md"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in Shanghai
NIGHT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
LUNCH = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)  # 13:30 in Paris, within the window
HOUR = timedelta(hours=1)
PERSON = Person(source="/t", id="C-1", timezone="Asia/Shanghai")
REACH = Reach(address=Address(channel=Channel.SMS, value="+8613800138000", index=b"x"))
Asked = tuple[Facts, Rules, datetime]


def _between(mark: str) -> list[list[str]]:
    """The cells of the table between two marks, its head first."""
    text = PAGE.read_text(encoding="utf-8")
    block = text.split(f"<!-- {mark}:begin -->")[1].split(f"<!-- {mark}:end -->")[0]
    lines = [line for line in block.strip().splitlines() if not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _facts(message_class: MessageClass, reach: Reach = REACH, person: Person = PERSON) -> Facts:
    return Facts(
        message_class=message_class,
        person=person,
        wanted=(reach.address.channel,),
        reachable={reach.address.channel: reach},
    )


def _stop(state: OptOutState) -> Reach:
    return replace(REACH, opt_outs=(OptOut(channel="sms", at=NOON, how="keyword", state=state),))


def _by_law(kind: MessageClass) -> Asked:
    address = Address(channel=Channel.VOICE, value="+33142345678", index=b"x")
    person = replace(PERSON, timezone="Europe/Paris")
    return _facts(kind, Reach(address=address), person), DEFAULT, LUNCH


def _nowhere(kind: MessageClass) -> Asked:
    address = Address(channel=Channel.EMAIL, value="a@b.test", index=b"x")
    person = replace(PERSON, timezone=None)
    return _facts(kind, Reach(address=address), person), DEFAULT, NOON


def _blackout() -> Rules:
    return replace(DEFAULT, blackouts=(Blackout(begins=NOON, ends=NOON + HOUR),))


# For each column, a contact that has nothing but that against it.
AGAINST: dict[str, Callable[[MessageClass], Asked]] = {
    "consent": lambda kind: (
        _facts(kind, person=replace(PERSON, do_not_contact=True)),
        DEFAULT,
        NOON,
    ),
    "opt-out, final": lambda kind: (_facts(kind, _stop(OptOutState.FINAL)), DEFAULT, NOON),
    "opt-out, provisional": lambda kind: (
        _facts(kind, _stop(OptOutState.PROVISIONAL)),
        DEFAULT,
        NOON,
    ),
    "pause": lambda kind: (
        _facts(kind, person=replace(PERSON, paused_until=NOON + HOUR)),
        DEFAULT,
        NOON,
    ),
    "address": lambda kind: (_facts(kind, replace(REACH, dead=True)), DEFAULT, NOON),
    "zone": _nowhere,
    "window": lambda kind: (_facts(kind), DEFAULT, NIGHT),
    "legal window": _by_law,
    "holiday": lambda kind: (
        _facts(kind),
        replace(DEFAULT, holidays=("CN",)),
        datetime(2026, 10, 1, 4, tzinfo=UTC),
    ),
    "blackout": lambda kind: (_facts(kind), _blackout(), NOON),
    "one open question": lambda kind: (
        _facts(kind, replace(REACH, open_question="i_other")),
        DEFAULT,
        NOON,
    ),
    "usefulness": lambda kind: (replace(_facts(kind), useful_until=NOON), DEFAULT, NOON),
}
CAPS = {"cap on invitations": Counts.INVITATIONS, "cap on contacts": Counts.CONTACTS}


def _goes(facts: Facts, rules: Rules, now: datetime) -> bool:
    return isinstance(decide(facts, rules, now), SendNow)


def _cap_cell(kind: MessageClass, counts: Counts) -> str:
    """What one default cap does with a class, found by asking: does it count, is it held?"""
    rules = replace(DEFAULT, caps=tuple(cap for cap in DEFAULT.caps if cap.counts is counts))
    full = (Past(at=NOON - HOUR, message_class=MessageClass.INVITATION),)
    this = (Past(at=NOON - HOUR, message_class=kind),)
    counted = not _goes(replace(_facts(MessageClass.INVITATION), history=this), rules, NOON)
    held = not _goes(replace(_facts(kind), history=full), rules, NOON)
    words = [word for word, so in (("counts", counted), ("binds", held)) if so]
    return ", ".join(words) or "–"


HEAD, *ROWS = _between("matrix")
CELLS = [
    pytest.param(row[0].strip("`"), column, cell, id=f"{row[0]} {column}")
    for row in ROWS
    for column, cell in zip(HEAD[1:], row[1:], strict=True)
]


def test_the_matrix_has_a_row_for_each_class_and_a_column_for_each_rule() -> None:
    assert [row[0].strip("`") for row in ROWS] == [kind.value for kind in MessageClass]
    assert set(HEAD[1:]) == {*AGAINST, *CAPS, "rate"}


@pytest.mark.parametrize(("kind", "column", "cell"), CELLS)
def test_each_cell_of_the_matrix_says_what_the_policy_does(
    kind: str, column: str, cell: str
) -> None:
    message_class = MessageClass(kind)
    if column == "rate":  # the sender's; the policy itself counts no seconds
        assert cell == "binds"
    elif column in CAPS:
        assert cell == _cap_cell(message_class, CAPS[column])
    else:
        assert cell == ("–" if _goes(*AGAINST[column](message_class)) else "binds")


@pytest.mark.parametrize("column", list(AGAINST))
def test_what_a_column_is_tried_with_has_nothing_else_against_it(column: str) -> None:
    facts, rules, now = AGAINST[column](MessageClass.INVITATION)
    against = {asked.rule for asked in decide(facts, rules, now).trace if asked.verdict != "pass"}
    rule = {"legal window": "window"}.get(column, column.partition(",")[0])
    assert against - {"window"} <= {rule.replace("-", "_").replace(" ", "_")}
    assert against


def test_the_rules_are_explained_in_the_order_in_which_they_are_asked() -> None:
    text = PAGE.read_text(encoding="utf-8")
    told = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    facts = _facts(MessageClass.INVITATION)
    asked = dict.fromkeys(each.rule for each in decide(facts, DEFAULT, NOON).trace)
    rules = [name for name in told if name in {*asked, "rate"}]
    assert rules == [*asked, "rate"]
    assert list(Reason)[-1] == "rate"


def _spans(spans: tuple[Span, ...]) -> str:
    return ", ".join(f"{clock_text(a)}–{clock_text(b)}" for a, b in spans) or "shut"


def _row(law: Law) -> str:
    week = law.hours.week
    assert len(set(week[:5])) == 1
    where = law.region or ", ".join(law.countries)
    days = (_spans(week[0]), _spans(week[5]), _spans(week[6]))
    feasts = "shut" if law.hours.holidays else ""
    by = ", ".join(channel.value for channel in law.channels)
    source = law.source + (" *" if law.second_hand else "")
    return f"| {' | '.join((f'`{law.id}`', where, by, *days, feasts, source))} |".replace("  ", " ")


def legal_table() -> str:
    head = "| law | where | channels | Monday to Friday | Saturday | Sunday | holidays | source |"
    return "\n".join([head, "|" + "---|" * 8, *map(_row, LAWS)])


def test_the_page_shows_the_laws_that_are_kept() -> None:
    text = PAGE.read_text(encoding="utf-8")
    shown = text.split("<!-- laws:begin -->")[1].split("<!-- laws:end -->")[0].strip()
    assert shown == legal_table(), f"docs/policy.md should show:\n{legal_table()}"


def test_the_example_on_the_page_can_be_configured() -> None:
    text = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    week, region = read(text, {}).policy.blackouts
    assert week == Blackout(begins=date(2026, 10, 1), ends=date(2026, 10, 8))
    assert region.regions == ("JX", "CN-HN")
