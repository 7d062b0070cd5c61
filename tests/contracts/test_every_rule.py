"""Every rule that was asked is told with the facts it saw, in words of both languages."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels import wording
from channels.model import Channel, MessageClass, OptOut, OptOutState
from channels.policy import DEFAULT, Blackout, Facts, Past, decide
from huifang.views import explain_view
from kernel.engine import Database
from scheduler.rates import Rate
from scheduler.trace import Asked
from surveys import programs
from surveys.programs import Closing, Match, Program, Repeat
from tests.fakes.world import closed, make_world
from tests.unit.test_policy_page import NIGHT, NOON, PERSON, REACH
from tests.unit.test_programs import NOW, SECRET, closing
from tickets import store as tickets

#: Contract, section 7: these names and no others.
OF_CLOSINGS = ("program", "skip", "sampling", "age", "repeat")
OF_CONTACTS = (
    *("consent", "usefulness", "pause", "address", "opt_out", "zone", "window", "holiday"),
    *("blackout", "cap", "cap", "one_open_question", "rate"),
)
HOUR = timedelta(hours=1)
STOP = OptOut(channel="sms", at=NOON, how="keyword", state=OptOutState.FINAL)
FULL = (Past(at=NOON - HOUR, message_class=MessageClass.INVITATION),)
BLACKOUT = replace(DEFAULT, blackouts=(Blackout(begins=NOON, ends=NOON + HOUR),))
FACTS = Facts(
    message_class=MessageClass.INVITATION,
    person=PERSON,
    wanted=(Channel.SMS,),
    reachable={Channel.SMS: REACH},
    history=(),
)


def facts(**more: Any) -> Facts:
    return replace(FACTS, **more)


def at(reach: dict[str, Any]) -> Facts:
    return facts(reachable={Channel.SMS: replace(REACH, **reach)})


def nowhere() -> Facts:
    """A mailbox, of which nobody knows where it is read."""
    address = replace(REACH.address, channel=Channel.EMAIL, value="a@example.test")
    person = replace(PERSON, timezone=None)
    mail = Channel.EMAIL
    return facts(person=person, wanted=(mail,), reachable={mail: replace(REACH, address=address)})


def owed(program: Program, case: Closing | None = None) -> Sequence[Asked]:
    return programs.decide(case or closing(), (program,), NOW, SECRET).trace


PLAIN = Program(id="default")
#: What each rule says when it is against a contact or a survey, and a fact that it must tell.
AGAINST: dict[str, tuple[Callable[[], Sequence[Asked]], str, str]] = {
    "program": (lambda: owed(replace(PLAIN, when=Match(team=("x",)))), "suppress", "team"),
    "skip": (lambda: owed(PLAIN, closing({"tags": ("spam",)})), "suppress", "tags"),
    "sampling": (lambda: owed(replace(PLAIN, sampling=0.0)), "suppress", "sampling"),
    "age": (
        lambda: owed(replace(PLAIN, max_event_age=timedelta(seconds=1))),
        "suppress",
        "closed_at",
    ),
    "repeat": (
        lambda: owed(replace(PLAIN, repeat=Repeat.ONCE_PER_TICKET), closing(cycles=1)),
        "suppress",
        "repeat",
    ),
    "consent": (
        lambda: decide(facts(person=replace(PERSON, do_not_contact=True)), DEFAULT, NOON).trace,
        "suppress",
        "do_not_contact",
    ),
    "usefulness": (
        lambda: decide(facts(useful_until=NOON), DEFAULT, NOON).trace,
        "suppress",
        "useful_until",
    ),
    "pause": (
        lambda: (
            decide(facts(person=replace(PERSON, paused_until=NOON + HOUR)), DEFAULT, NOON).trace
        ),
        "defer",
        "paused_until",
    ),
    "address": (lambda: decide(at({"dead": True}), DEFAULT, NOON).trace, "suppress", "dead"),
    "opt_out": (
        lambda: decide(at({"opt_outs": (STOP,)}), DEFAULT, NOON).trace,
        "suppress",
        "since",
    ),
    "zone": (lambda: decide(nowhere(), DEFAULT, NOON).trace, "suppress", "zones"),
    "window": (lambda: decide(FACTS, DEFAULT, NIGHT).trace, "defer", "opens_at"),
    "holiday": (
        lambda: (
            decide(FACTS, replace(DEFAULT, holidays=("CN",)), NOON.replace(month=10, day=1)).trace
        ),
        "defer",
        "until",
    ),
    "blackout": (lambda: decide(FACTS, BLACKOUT, NOON).trace, "defer", "until"),
    "cap": (lambda: decide(facts(history=FULL), DEFAULT, NOON).trace, "defer", "frees_at"),
    "one_open_question": (
        lambda: decide(at({"open_question": "i_x"}), DEFAULT, NOON).trace,
        "defer",
        "thread",
    ),
}


@pytest.mark.parametrize("rule", AGAINST)
def test_a_rule_that_is_against_it_says_so_with_what_it_saw(rule: str) -> None:
    asked, verdict, fact = AGAINST[rule]
    trace = asked()
    found = [each for each in trace if (each.rule, each.verdict) == (rule, verdict)]
    assert found, [(each.rule, each.verdict) for each in trace]
    assert fact in found[0].facts
    for locale, unworded in (("zh-CN", "规则“"), ("en", "Rule “")):
        assert not wording.say(rule, verdict, found[0].facts, locale).startswith(unworded)


def test_every_rule_has_its_case() -> None:
    assert {*AGAINST, "rate"} == {*OF_CLOSINGS, *OF_CONTACTS}


async def test_what_goes_out_was_asked_every_rule_and_all_are_told(database: Database) -> None:
    at_once = (Program(id="default", delay=timedelta(0), reminders=()),)
    world = make_world(database, programs=at_once)
    world.delivery.pacing.rates = {Channel.SMS: Rate(count=1, per=10 * HOUR)}
    await world.tell(
        closed(event="e-1", ticket="T-1", customer="C-1", phone="+8613800138001"),
        closed(event="e-2", ticket="T-2", customer="C-2", phone="+8613800138002"),
    )
    await world.run()
    verdicts = {}
    for ticket in ("T-1", "T-2"):
        async with database.read() as conn:
            first, then = (await explain_view(conn, "/tickets", ticket, "en"))[:2]
        assert tuple(each["rule"] for each in first["rules"]) == OF_CLOSINGS
        assert tuple(each["rule"] for each in then["rules"]) == OF_CONTACTS
        assert all(each["facts"] for each in first["rules"] + then["rules"])
        texts = [each["text"] for each in first["rules"] + then["rules"]]
        assert not [text for text in texts if text.startswith("Rule “")], "all have words"
        verdicts[then["rules"][-1]["verdict"]] = texts[-1]
    assert verdicts["pass"] == "The text message account sms has room."
    assert "is at its rate; waiting" in verdicts["defer"]


async def test_who_mistypes_a_ticket_is_told_the_ids_that_are_like_it(database: Database) -> None:
    world = make_world(database)
    await world.tell(
        *(closed(event=f"e-{n}", ticket=f"T-100{n}", customer=f"C-{n}") for n in (1, 2))
    )
    async with database.read() as conn:
        assert await tickets.like(conn, "T-1009", 9) == ["T-1001", "T-1002"]
        assert await tickets.like(conn, "1002", 9) == ["T-1002"]
        assert await tickets.like(conn, "%", 9) == []
        assert await tickets.like(conn, "T_1001", 9) == []
