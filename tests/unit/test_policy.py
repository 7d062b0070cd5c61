"""Holds the one gate before every contact to the rules it is given."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.model import Address, Channel, MessageClass, OptOut, OptOutState, Person
from channels.policy import (
    DEFAULT,
    Cap,
    Counts,
    Facts,
    Never,
    OnCap,
    Past,
    Reach,
    SendNow,
    WaitUntil,
    decide,
)
from scheduler.hours import Window
from scheduler.trace import Asked

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
NIGHT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 22:00 in Shanghai
MORNING = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, the day after
TICK = timedelta(microseconds=1)
SMS, EMAIL, VOICE = Channel.SMS, Channel.EMAIL, Channel.VOICE
ALL_CLASSES = tuple(MessageClass)
BOUND = (
    MessageClass.INVITATION,
    MessageClass.REMINDER,
    MessageClass.RECOVERY,
    MessageClass.SERVICE,
)
FREE = (MessageClass.CONVERSATION, MessageClass.PROMISED_CALLBACK)
PERSON = Person(
    source="/tickets",
    id="C-1",
    name="张三",
    phone="+8613800138000",
    email="zhang@mail.test",
    timezone="Asia/Shanghai",
)


def _reach(channel: Channel, **about: Any) -> Reach:
    value = "zhang@mail.test" if channel is EMAIL else "+8613800138000"
    return Reach(address=Address(channel=channel, value=value, index=b"x"), **about)


def _facts(**about: Any) -> Facts:
    facts = Facts(
        message_class=MessageClass.INVITATION,
        person=PERSON,
        wanted=(SMS, EMAIL, VOICE),
        reachable={channel: _reach(channel) for channel in Channel},
    )
    return replace(facts, **about)


def _past(ago: timedelta, kind: MessageClass = MessageClass.INVITATION) -> Past:
    return Past(at=NOON - ago, message_class=kind)


def _opt_out(channel: str, state: OptOutState = OptOutState.FINAL) -> OptOut:
    return OptOut(channel=channel, at=NOON, how="keyword", state=state)


def _rules(trace: tuple[Asked, ...]) -> list[tuple[str, str]]:
    return [(asked.rule, asked.verdict) for asked in trace]


def test_within_hours_and_below_caps_it_goes_now_by_the_first_channel_until_the_hours_end() -> None:
    verdict = decide(_facts(), DEFAULT, NOON)
    assert isinstance(verdict, SendNow)
    assert verdict.channel is SMS
    assert verdict.not_after == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert _rules(verdict.trace) == [
        ("consent", "pass"),
        ("usefulness", "pass"),
        ("pause", "pass"),
        ("address", "pass"),
        ("opt_out", "pass"),
        ("zone", "pass"),
        ("window", "pass"),
        ("holiday", "pass"),
        ("blackout", "pass"),
        ("cap", "pass"),
        ("cap", "pass"),
        ("one_open_question", "pass"),
    ]


def test_what_is_of_no_use_before_the_hours_end_must_not_go_after_that() -> None:
    soon = NOON + timedelta(minutes=10)
    verdict = decide(_facts(useful_until=soon), DEFAULT, NOON)
    assert isinstance(verdict, SendNow)
    assert verdict.not_after == soon


@pytest.mark.parametrize("message_class", ALL_CLASSES)
def test_do_not_contact_binds_every_class(message_class: MessageClass) -> None:
    person = replace(PERSON, do_not_contact=True)
    verdict = decide(_facts(person=person, message_class=message_class), DEFAULT, NOON)
    assert isinstance(verdict, Never)
    assert verdict.reason == "do_not_contact"


@pytest.mark.parametrize("message_class", ALL_CLASSES)
@pytest.mark.parametrize("state", list(OptOutState))
def test_an_opt_out_binds_every_class_final_or_not(
    message_class: MessageClass, state: OptOutState
) -> None:
    reachable = {SMS: _reach(SMS, opt_outs=(_opt_out("sms", state),))}
    verdict = decide(_facts(reachable=reachable, message_class=message_class), DEFAULT, NOON)
    assert isinstance(verdict, Never)
    assert verdict.reason == "opt_out"


@pytest.mark.parametrize(
    ("channel", "sent_by"), [("sms", EMAIL), ("all", EMAIL), ("SMS ", EMAIL), ("voice", SMS)]
)
def test_an_opt_out_blocks_its_channel_and_one_of_unknown_name_blocks_too(
    channel: str, sent_by: Channel
) -> None:
    reachable = {SMS: _reach(SMS, opt_outs=(_opt_out(channel),)), EMAIL: _reach(EMAIL)}
    verdict = decide(_facts(reachable=reachable), DEFAULT, NOON)
    assert isinstance(verdict, SendNow)
    assert verdict.channel is sent_by


def test_the_customers_own_order_comes_first_within_what_the_program_allows() -> None:
    person = replace(PERSON, channels=("pigeon", "voice", "email", "voice"))
    verdict = decide(_facts(person=person, wanted=(SMS, EMAIL)), DEFAULT, NOON)
    assert isinstance(verdict, SendNow)
    assert verdict.channel is EMAIL


def test_a_dead_or_missing_address_lets_the_next_channel_be_tried() -> None:
    reachable = {SMS: _reach(SMS, dead=True), VOICE: _reach(VOICE)}
    verdict = decide(_facts(reachable=reachable), DEFAULT, NOON)
    assert isinstance(verdict, SendNow)
    assert verdict.channel is VOICE
    assert [asked.verdict for asked in verdict.trace if asked.rule == "address"] == [
        "suppress",
        "suppress",
        "pass",
    ]


def test_what_has_a_fixed_channel_takes_no_other() -> None:
    reachable = {EMAIL: _reach(EMAIL)}
    verdict = decide(_facts(reachable=reachable, fixed=SMS), DEFAULT, NOON)
    assert isinstance(verdict, Never)
    assert verdict.reason == "no_address"


def test_without_any_channel_it_never_goes() -> None:
    verdict = decide(_facts(wanted=()), DEFAULT, NOON)
    assert isinstance(verdict, Never)
    assert verdict.reason == "no_address"


def test_the_reason_is_that_of_the_channel_which_came_nearest() -> None:
    reachable = {EMAIL: _reach(EMAIL, opt_outs=(_opt_out("email"),))}
    verdict = decide(_facts(reachable=reachable), DEFAULT, NOON)
    assert isinstance(verdict, Never)
    assert verdict.reason == "opt_out"


@pytest.mark.parametrize("message_class", BOUND)
def test_outside_the_hours_it_waits_and_does_not_hop_to_another_channel(
    message_class: MessageClass,
) -> None:
    rules = replace(DEFAULT, windows={EMAIL: Window(opens=0, closes=1440)})
    verdict = decide(_facts(message_class=message_class), rules, NIGHT)
    assert isinstance(verdict, WaitUntil)
    assert (verdict.at, verdict.reason) == (MORNING, "window")
    assert {asked.facts.get("channel", "sms") for asked in verdict.trace} == {"sms"}


@pytest.mark.parametrize("message_class", FREE)
def test_conversation_and_a_chosen_slot_are_bound_by_no_hours_and_no_pause(
    message_class: MessageClass,
) -> None:
    person = replace(PERSON, timezone=None, phone=None, paused_until=MORNING)
    reachable = {EMAIL: _reach(EMAIL)}
    facts = _facts(message_class=message_class, person=person, reachable=reachable)
    verdict = decide(facts, DEFAULT, NIGHT)
    assert isinstance(verdict, SendNow)
    assert verdict.not_after is None


def test_a_call_at_an_hour_that_nobody_chose_is_bound_like_all_others() -> None:
    paused = replace(PERSON, paused_until=MORNING + 3 * TICK)
    called = {"message_class": MessageClass.PROMISED_CALLBACK, "bound": True}
    assert decide(_facts(**called), DEFAULT, NOON).__class__ is SendNow
    waits = decide(_facts(**called), DEFAULT, NIGHT)
    assert isinstance(waits, WaitUntil)
    assert (waits.at, waits.reason) == (MORNING, "window")
    assert isinstance(decide(_facts(**called, person=paused), DEFAULT, NOON), WaitUntil)


def test_a_channel_may_have_hours_of_its_own() -> None:
    rules = replace(DEFAULT, windows={SMS: Window(opens=13 * 60, closes=14 * 60)})
    verdict = decide(_facts(), rules, NOON)
    assert isinstance(verdict, WaitUntil)
    assert verdict.at == NOON + timedelta(hours=1)


def test_the_customers_own_hours_narrow_the_operators() -> None:
    person = replace(PERSON, window=("12:30", "23:00"))
    verdict = decide(_facts(person=person), DEFAULT, NOON)
    assert isinstance(verdict, WaitUntil)
    assert verdict.at == NOON + timedelta(minutes=30)
    later = decide(_facts(person=person), DEFAULT, verdict.at)
    assert isinstance(later, SendNow)
    assert later.not_after == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_hours_of_the_customers_that_miss_the_operators_leave_nothing() -> None:
    person = replace(PERSON, window=("20:00", "23:00"))
    verdict = decide(_facts(person=person), DEFAULT, NOON)
    assert isinstance(verdict, Never)
    assert verdict.reason == "empty_window"


@pytest.mark.parametrize("window", [("evening", "late"), ("20:00", "08:00"), ("", ""), (None, 5)])
def test_hours_that_cannot_be_read_never_widen_the_operators(window: Any) -> None:
    person = replace(PERSON, window=window)
    assert isinstance(decide(_facts(person=person), DEFAULT, NOON), SendNow)
    assert isinstance(decide(_facts(person=person), DEFAULT, NIGHT), WaitUntil)


def test_a_broken_zone_narrows_to_the_zones_of_the_number() -> None:
    person = replace(PERSON, timezone="'America/New_York'")
    reach = Reach(address=Address(channel=SMS, value="+61412345678", index=b"x"))
    facts = _facts(person=person, reachable={SMS: reach})
    at = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # 11:30 in Sydney and 08:30 in Perth
    verdict = decide(facts, DEFAULT, at)
    assert isinstance(verdict, WaitUntil)
    zone = next(asked for asked in verdict.trace if asked.rule == "zone")
    assert zone.facts["source"] == "number"
    assert "Australia/Perth" in zone.facts["zones"]


def test_without_any_plausible_zone_it_never_goes() -> None:
    person = replace(PERSON, timezone=None, phone=None)
    verdict = decide(_facts(person=person, reachable={EMAIL: _reach(EMAIL)}), DEFAULT, NOON)
    assert isinstance(verdict, Never)
    assert verdict.reason == "no_zone"
    with_default = replace(DEFAULT, default_timezone="Asia/Shanghai")
    facts = _facts(person=person, reachable={EMAIL: _reach(EMAIL)})
    assert isinstance(decide(facts, with_default, NOON), SendNow)


def test_a_number_whose_zones_have_no_hour_in_common_is_never_called() -> None:
    person = replace(PERSON, timezone=None)
    reach = Reach(address=Address(channel=SMS, value="+18005551234", index=b"x"))
    rules = replace(DEFAULT, window=Window(opens=9 * 60, closes=10 * 60))
    verdict = decide(_facts(person=person, reachable={SMS: reach}), rules, NOON)
    assert isinstance(verdict, Never)
    assert verdict.reason == "empty_window"


def test_a_pause_is_waited_out_and_then_the_hours() -> None:
    person = replace(PERSON, paused_until=NIGHT)
    verdict = decide(_facts(person=person), DEFAULT, NOON)
    assert isinstance(verdict, WaitUntil)
    assert (verdict.at, verdict.reason) == (MORNING, "pause")


def test_a_pause_that_is_over_is_none() -> None:
    assert isinstance(
        decide(_facts(person=replace(PERSON, paused_until=NOON)), DEFAULT, NOON), SendNow
    )


def test_a_pause_for_ever_never_sends_and_raises_nothing() -> None:
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    verdict = decide(_facts(person=replace(PERSON, paused_until=end)), DEFAULT, NOON)
    assert isinstance(verdict, Never)


@pytest.mark.parametrize("place", ["person", "address"])
def test_an_invitation_waits_for_thirty_days_to_the_instant(place: str) -> None:
    def facts(ago: timedelta) -> Facts:
        history = (_past(ago),)
        if place == "person":
            return _facts(history=history)
        return _facts(reachable={SMS: _reach(SMS, history=history)})

    month = timedelta(days=30)
    assert isinstance(decide(facts(month), DEFAULT, NOON), SendNow)
    verdict = decide(facts(month - TICK), DEFAULT, NOON)
    assert isinstance(verdict, WaitUntil)
    assert (verdict.at, verdict.reason) == (NOON + TICK, "cap")


def test_any_contact_waits_for_a_day_to_the_instant() -> None:
    day = timedelta(days=1)
    facts = _facts(message_class=MessageClass.REMINDER)
    assert isinstance(decide(replace(facts, history=(_past(day),)), DEFAULT, NOON), SendNow)
    verdict = decide(replace(facts, history=(_past(day - TICK),)), DEFAULT, NOON)
    assert isinstance(verdict, WaitUntil)
    assert verdict.at == NOON + TICK


def test_a_cap_that_frees_at_night_is_waited_for_until_the_morning() -> None:
    facts = _facts(message_class=MessageClass.REMINDER, history=(_past(timedelta(hours=12)),))
    verdict = decide(facts, DEFAULT, NOON)
    assert isinstance(verdict, WaitUntil)
    assert (verdict.at, verdict.reason) == (MORNING, "cap")


@pytest.mark.parametrize(
    ("counted", "message_class", "goes"),
    [
        (MessageClass.INVITATION, MessageClass.RECOVERY, True),
        (MessageClass.INVITATION, MessageClass.REMINDER, True),
        (MessageClass.RECOVERY, MessageClass.INVITATION, True),
        (MessageClass.REMINDER, MessageClass.INVITATION, True),
        (MessageClass.INVITATION, MessageClass.INVITATION, False),
    ],
)
def test_the_cap_of_invitations_counts_and_binds_invitations_alone(
    counted: MessageClass, message_class: MessageClass, goes: bool
) -> None:
    history = (_past(timedelta(days=2), counted),)
    verdict = decide(_facts(message_class=message_class, history=history), DEFAULT, NOON)
    assert isinstance(verdict, SendNow) is goes


@pytest.mark.parametrize("message_class", ALL_CLASSES)
@pytest.mark.parametrize("counted", ALL_CLASSES)
def test_the_cap_of_contacts_neither_counts_nor_binds_what_is_exempt(
    counted: MessageClass, message_class: MessageClass
) -> None:
    rules = replace(DEFAULT, caps=DEFAULT.caps[1:])
    history = (_past(timedelta(hours=1), counted),)
    verdict = decide(_facts(message_class=message_class, history=history), rules, NOON)
    binding = set(BOUND) - {MessageClass.SERVICE}
    assert isinstance(verdict, SendNow) is not ({counted, message_class} <= binding)


def test_conversation_is_exempt_even_where_the_operator_does_not_say_so() -> None:
    rules = replace(DEFAULT, caps=(Cap(counts=Counts.CONTACTS, limit=1, per=timedelta(days=1)),))
    history = (_past(timedelta(hours=1), MessageClass.SERVICE),)
    facts = _facts(message_class=MessageClass.CONVERSATION, history=history)
    assert isinstance(decide(facts, rules, NOON), SendNow)
    talk = (_past(timedelta(hours=1), MessageClass.CONVERSATION),)
    assert isinstance(decide(_facts(history=talk), rules, NOON), SendNow)


def test_above_a_limit_of_two_it_waits_until_one_is_left() -> None:
    cap = Cap(counts=Counts.CONTACTS, limit=2, per=timedelta(hours=6))
    history = tuple(_past(timedelta(hours=hours)) for hours in (1, 5, 3, 8))
    verdict = decide(_facts(history=history), replace(DEFAULT, caps=(cap,)), NOON)
    assert isinstance(verdict, WaitUntil)
    assert verdict.at == NOON + timedelta(
        hours=3
    )  # the one of 5 h ago is too many, so is that of 3


def test_what_was_intended_in_the_same_batch_counts() -> None:
    verdict = decide(_facts(history=(_past(timedelta(0)),)), DEFAULT, NOON)
    assert isinstance(verdict, WaitUntil)
    assert verdict.at == NOON + timedelta(days=30)


def test_above_a_cap_it_is_dropped_where_the_operator_says_drop() -> None:
    rules = replace(DEFAULT, on_cap=OnCap.DROP)
    verdict = decide(_facts(history=(_past(timedelta(days=1)),)), rules, NOON)
    assert isinstance(verdict, Never)
    assert verdict.reason == "cap"


def test_dropped_for_a_shared_number_the_mailbox_is_still_free() -> None:
    rules = replace(DEFAULT, on_cap=OnCap.DROP)
    reachable = {SMS: _reach(SMS, history=(_past(timedelta(days=2)),)), EMAIL: _reach(EMAIL)}
    verdict = decide(_facts(reachable=reachable), rules, NOON)
    assert isinstance(verdict, SendNow)
    assert verdict.channel is EMAIL


def test_a_limit_of_nothing_lets_nothing_through() -> None:
    cap = Cap(counts=Counts.CONTACTS, limit=0, per=timedelta(days=1))
    verdict = decide(_facts(), replace(DEFAULT, caps=(cap,)), NOON)
    assert isinstance(verdict, Never)
    assert verdict.reason == "cap"


@pytest.mark.parametrize(
    ("channel", "message_class", "waits"),
    [
        (SMS, MessageClass.INVITATION, True),
        (SMS, MessageClass.REMINDER, True),
        (SMS, MessageClass.RECOVERY, True),
        (SMS, MessageClass.SERVICE, False),
        (SMS, MessageClass.CONVERSATION, False),
        (EMAIL, MessageClass.INVITATION, False),
        (VOICE, MessageClass.INVITATION, True),
        (VOICE, MessageClass.PROMISED_CALLBACK, False),
    ],
)
def test_a_second_question_waits_while_another_is_open_on_the_number(
    channel: Channel, message_class: MessageClass, waits: bool
) -> None:
    reachable = {channel: _reach(channel, open_question="i_other")}
    verdict = decide(_facts(reachable=reachable, message_class=message_class), DEFAULT, NOON)
    if waits:
        assert isinstance(verdict, WaitUntil)
        assert (verdict.at, verdict.reason) == (NOON + timedelta(hours=1), "one_open_question")
    else:
        assert isinstance(verdict, SendNow)


def test_waiting_for_a_question_ends_within_the_hours() -> None:
    evening = datetime(2026, 11, 23, 11, 30, tzinfo=UTC)  # 19:30 in Shanghai
    reachable = {SMS: _reach(SMS, open_question="i_other")}
    verdict = decide(_facts(reachable=reachable), DEFAULT, evening)
    assert isinstance(verdict, WaitUntil)
    assert (verdict.at, verdict.reason) == (MORNING, "one_open_question")


def test_what_is_stale_now_or_when_it_could_go_at_the_earliest_never_goes() -> None:
    assert isinstance(decide(_facts(useful_until=NOON + TICK), DEFAULT, NOON), SendNow)
    for facts, now in (
        (_facts(useful_until=NOON), NOON),
        (_facts(useful_until=MORNING), NIGHT),
        (_facts(useful_until=NOON + timedelta(days=7), history=(_past(timedelta(1)),)), NOON),
        (_facts(useful_until=NIGHT, person=replace(PERSON, paused_until=MORNING)), NOON),
    ):
        verdict = decide(facts, DEFAULT, now)
        assert isinstance(verdict, Never)
        assert verdict.reason == "stale"
        assert _rules(verdict.trace).count(("usefulness", "suppress")) >= 1
    assert isinstance(decide(_facts(useful_until=MORNING + TICK), DEFAULT, NIGHT), WaitUntil)


def test_the_trace_is_json_and_holds_no_personal_data() -> None:
    person = replace(PERSON, timezone=None, window=("10:00", "nonsense 张三"))
    stop = OptOut(channel="sms", at=NOON, how="said 张三", state=OptOutState.FINAL, proof="张三")
    reachable = {SMS: _reach(SMS, opt_outs=(stop,)), VOICE: _reach(VOICE, history=(_past(TICK),))}
    verdict = decide(_facts(person=person, reachable=reachable), DEFAULT, NOON)
    text = json.dumps([dict(asked.facts) for asked in verdict.trace], ensure_ascii=False)
    for secret in ("张三", "138", "zhang", "mail.test"):
        assert secret not in text


def test_a_cap_on_contacts_that_is_full_uses_up_nothing_of_the_cap_on_invitations() -> None:
    day = timedelta(days=1)
    reminded = tuple(_past(day * n, MessageClass.REMINDER) for n in range(1, 60))
    assert isinstance(decide(_facts(history=reminded), DEFAULT, NOON), SendNow)
    invited = (_past(day, MessageClass.INVITATION),)
    facts = _facts(history=invited, message_class=MessageClass.REMINDER)
    assert isinstance(decide(facts, DEFAULT, NOON), SendNow)


@pytest.mark.parametrize("message_class", [MessageClass.RECOVERY, MessageClass.REMINDER])
def test_invitations_by_the_dozen_never_starve_what_their_cap_does_not_count(
    message_class: MessageClass,
) -> None:
    rules = replace(DEFAULT, caps=DEFAULT.caps[:1])
    history = tuple(_past(timedelta(hours=n)) for n in range(40))
    facts = _facts(history=history, message_class=message_class)
    assert isinstance(decide(facts, rules, NOON), SendNow)


def test_five_thousand_decisions_take_less_than_two_seconds() -> None:
    facts = _facts(history=tuple(_past(timedelta(days=day)) for day in range(1, 20)))
    best = min(_seconds_of_a_hundred(facts) for _ in range(50))  # whatever else the machine does
    assert best * 50 < 2


def _seconds_of_a_hundred(facts: Facts) -> float:
    started = time.process_time()
    for _ in range(100):
        decide(facts, DEFAULT, NIGHT)
    return time.process_time() - started
