"""Who is given what is due, when a callback may be dialled, and what agents hear."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callbacks.dialling import decide, wording
from callbacks.dialling.decide import Waiting, assign, corrected, free, refusal, talked
from callbacks.dialling.model import Agent, Dial, Presence, Stage, There
from callbacks.promises.model import (
    Attempt,
    Callback,
    CallbackState,
    CallOutcome,
    DialMode,
    Slot,
)
from huifang.staff import saying
from kernel.faults import Conflict

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANN = Agent(id="ann", team="noc", phone="+447700900001")
BEN = Agent(id="ben", team="bills", phone="+447700900002")
CAT = Agent(id="cat", team="noc", phone="+447700900003")
DAN = Agent(id="dan", team="noc")  # without a phone
AGENTS = {each.id: each for each in (ANN, BEN, CAT, DAN)}


def there(agent: str, idle: int = 0, state: Presence = Presence.THERE) -> There:
    since = NOW - idle * MINUTE
    return There(agent=agent, state=state, since=since, seen_at=NOW, rested_at=since)


def claimed(**more: object) -> Callback:
    item = Callback(
        id="b_1",
        source="/tickets",
        customer="C-1",
        ticket="T-1",
        topic="billing",
        reason=None,
        slot=Slot(begin=NOW, end=NOW + 30 * MINUTE),
        asked_at=NOW - 60 * MINUTE,
        state=CallbackState.CLAIMED,
        agent="ann",
        attempt_at=NOW,
        claimed_until=NOW + 15 * MINUTE,
    )
    return replace(item, **more)  # type: ignore[arg-type]


def test_whoever_is_away_silent_for_a_shift_busy_or_without_a_phone_is_not_free() -> None:
    said = {
        "ann": there("ann", 5),
        "ben": there("ben", 9),
        "cat": there("cat", 20, Presence.AWAY),
        "dan": there("dan", 30),
        "gone": there("gone", 40),
    }
    assert [each.agent for each in free(AGENTS, said, (), NOW)] == ["ben", "ann"]
    assert [each.agent for each in free(AGENTS, said, {"ben"}, NOW)] == ["ann"]
    assert free(AGENTS, said, (), NOW + decide.SHIFT) == []


@pytest.mark.parametrize(
    ("waiting", "given"),
    [
        (Waiting(callback="b"), "cat"),  # longest without a call
        (Waiting(callback="b", owner="ann"), "ann"),
        (Waiting(callback="b", owner="bills"), "ben"),
        (Waiting(callback="b", team="bills"), "ben"),
        (Waiting(callback="b", owner="ann", team="bills"), "ann"),
        (Waiting(callback="b", team="noc", passed=frozenset({"cat"})), "ann"),
        (Waiting(callback="b", passed=frozenset({"ann", "ben", "cat"})), "cat"),
    ],
)
def test_the_owner_goes_before_the_team_and_the_team_before_the_longest_idle(
    waiting: Waiting, given: str
) -> None:
    idle = free(
        AGENTS, {"ann": there("ann", 1), "ben": there("ben", 2), "cat": there("cat", 3)}, (), NOW
    )
    assert assign([waiting], idle, AGENTS) == [("b", given)]


def test_one_callback_each_in_the_order_in_which_they_wait() -> None:
    idle = free(AGENTS, {"ann": there("ann", 1), "cat": there("cat", 3)}, (), NOW)
    waiting = [Waiting(callback=each) for each in ("first", "second", "third")]
    assert assign(waiting, idle, AGENTS) == [("first", "cat"), ("second", "ann")]
    assert assign(waiting, [], AGENTS) == []
    # What somebody would not take keeps nobody behind it waiting.
    mine, other = replace(waiting[0], passed=frozenset({"cat"})), waiting[1]
    cat = [each for each in idle if each.agent == "cat"]
    assert assign([mine, other], cat, AGENTS) == [("second", "cat")]
    assert assign([mine], cat, AGENTS) == [("first", "cat")]


def test_a_chosen_slot_is_not_called_early_and_no_phone_before_its_next_attempt() -> None:
    early = NOW - 5 * MINUTE
    assert refusal(claimed(), ANN, early) is None  # nobody chose it: the sooner the better
    tried = (Attempt(at=early - 60 * MINUTE, outcome=CallOutcome.BUSY, by="ann"),)
    for item in (claimed(chosen=True), claimed(attempts=tried)):
        refused = refusal(item, ANN, early)
        assert refused is not None
        assert refused.why == "early"
        assert refusal(item, ANN, NOW) is None


@pytest.mark.parametrize(
    ("item", "agent", "why"),
    [
        (claimed(state=CallbackState.DUE), ANN, "state"),
        (claimed(state=CallbackState.DIALING), ANN, "state"),
        (claimed(claimed_until=NOW), ANN, "state"),  # the claim ran out
        (claimed(), None, "agent"),
        (claimed(agent="dan"), DAN, "agent"),
    ],
)
def test_what_cannot_be_dialled_says_why(item: Callback, agent: Agent | None, why: str) -> None:
    refused = refusal(item, agent, NOW)
    assert refused is not None
    assert refused.why == why


def test_only_two_who_spoke_were_joined() -> None:
    assert talked("completed", 1, "true")
    assert talked("completed", 1, "")  # a carrier that does not say
    assert not talked("completed", 0, "true")
    assert not talked("completed", 9, "false")
    assert not talked("busy", 9, "true")


def test_the_day_of_the_centre_begins_at_its_own_midnight() -> None:
    assert decide.day_of(NOW, "Asia/Shanghai") == datetime(2026, 11, 19, 16, 0, tzinfo=UTC)
    assert decide.day_of(NOW, "nowhere") == datetime(2026, 11, 20, tzinfo=UTC)


def dial(outcome: CallOutcome) -> tuple[Callback, Dial]:
    attempt = Attempt(at=NOW, outcome=outcome, by="ann")
    item = claimed(state=CallbackState.DONE, attempts=(attempt,), closed_at=NOW, attempt_at=None)
    made = Dial(
        id="d",
        callback=item.id,
        agent="ann",
        mode=DialMode.AGENT_FIRST,
        phone_ix=b"",
        at=NOW,
        contact="c",
        stage=Stage.OVER,
        outcome=outcome,
        joined_at=NOW if outcome in (CallOutcome.REACHED, CallOutcome.MACHINE) else None,
        ended_at=NOW,
    )
    return item, made


@pytest.mark.parametrize(
    ("was", "says", "by", "late", "state"),
    [
        (CallOutcome.REACHED, CallOutcome.REACHED, "ann", 14, CallbackState.DONE),
        (CallOutcome.BUSY, CallOutcome.MACHINE, "ann", 14, CallbackState.DONE),
        (CallOutcome.REACHED, CallOutcome.MACHINE, "ann", 14, CallbackState.DIALING),
        (CallOutcome.REACHED, CallOutcome.REACHED, "ann", 16, None),
        (CallOutcome.REACHED, CallOutcome.REACHED, "ben", 1, None),
        (CallOutcome.BUSY, CallOutcome.REACHED, "ann", 1, None),  # nobody was joined
        (CallOutcome.MACHINE, CallOutcome.REACHED, "ann", 1, CallbackState.DIALING),
    ],
)
def test_the_agents_word_for_what_the_carrier_told_already(
    was: CallOutcome, says: CallOutcome, by: str, late: int, state: CallbackState | None
) -> None:
    item, made = dial(was)
    after = corrected(item, made, Attempt(at=NOW + late * MINUTE, outcome=says, by=by))
    assert (after.state if after else None) == state
    if after is not None and after.state is CallbackState.DONE:
        assert [each.outcome for each in after.attempts] == [says]
    if after is not None and after.state is CallbackState.DIALING:
        assert (after.attempts, after.closed_at) == ((), None)


def test_an_agent_hears_what_is_known_and_no_more() -> None:
    case = wording.Case(topic="billing", ticket="T-1", score=40.0, comment="太慢了")
    said = " ".join(wording.case_of(case, "zh-CN", "示例电信"))
    for told in ("billing", "T-1", "40", "太慢了"):
        assert told in said
    bare = wording.case_of(wording.Case(topic="billing"), "en", "Example")
    assert bare == ("Hello, a callback for Example. Topic: billing. ",)
    long = wording.Case(topic="x", comment="a" * (wording.LONGEST + 1), left=True)
    said = " ".join(wording.case_of(long, "en", "Example"))
    assert "aaa" not in said
    assert "just hang up" in said


@pytest.mark.parametrize("spoken", ["zh-CN", "en"])
def test_every_line_is_there_in_both_languages(spoken: str) -> None:
    for name in (
        "choose",
        "take",
        "gone",
        "sorry",
        "stay",
        "voicemail",
        *(each.value for each in CallOutcome if each is not CallOutcome.DECLINED),
    ):
        assert wording.line(name, spoken)
    assert wording.line("no such line", spoken) == ""
    for reason in ("opt_out", "window", "no_address", "whatever"):
        assert wording.line(wording.refusal(reason), spoken)


@pytest.mark.parametrize(
    ("locale", "why", "told"),
    [
        ("zh-CN", "window", "现在不在客户可接听的时段，已推迟到2026-11-21 09:00。"),
        ("en", "pause", "The customer asked for a pause; it was put off until 2026-11-21 09:00."),
        ("en", "opt_out", "The customer wants no calls; it was cancelled."),
    ],
)
def test_an_agent_reads_why_a_dial_is_put_off_and_until_when(
    locale: str, why: str, told: str
) -> None:
    until = {} if why == "opt_out" else {"until": "2026-11-21T01:00:00+00:00"}
    fault = Conflict("no", extra={"why": why, "possible": ["claim"], **until})
    said = saying.why_not(fault, locale, {}, "A-7")
    assert saying.plain(ZoneInfo("Asia/Shanghai"), said) == told
