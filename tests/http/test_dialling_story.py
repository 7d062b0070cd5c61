"""Callbacks are dialled: the sandbox's phones ring, and the promise goes on from there."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from callbacks.dialling.waiting import Assigning
from huifang.dialling import setting_of
from tests.fakes.outside import until
from tests.http.dialling import AGENT, OTHER, PHONE, SECOND, Floor, floor

TAKES = {"ring": "answer", "turns": [{"keys": "1"}, {"hang_up": True, "after": 90}]}


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Floor]:
    async with floor(sqlite_url, tmp_path / "rules") as made:
        yield made


@pytest.fixture
async def busy(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Floor]:
    """A centre that dials a number as often as it likes."""
    async with floor(sqlite_url, tmp_path / "rules", most=99) as made:
        yield made


async def test_an_agent_hears_the_case_presses_1_and_talks_to_the_customer(desk: Floor) -> None:
    id_ = await desk.due(reason="账单有疑问")
    # Whatever the carrier tells twice, and in the wrong order, changes nothing.
    for number in (AGENT, PHONE):
        for kind in ("duplicate_callbacks", "reorder_callbacks", "duplicate_webhooks"):
            await desk.fault(kind, number, times=9)
    await desk.phone(AGENT, **TAKES)
    await desk.phone(PHONE, ring="answer", turns=[{"say": "你好", "after": 2}])
    status, shown = await desk.dial(id_)
    assert (status, shown["state"]) == (200, "dialing")
    dial = await desk.over(id_)
    assert (dial.outcome, dial.joined_at is not None) == ("reached", True)
    assert (dial.seconds or 0) > 0
    for told in ("billing", "账单有疑问", "T-1001", "按1"):
        assert told in desk.heard(AGENT)
    assert desk.heard(AGENT, "voice") == "你好"
    [theirs], [ours] = desk.calls(PHONE), desk.calls(AGENT)
    assert (theirs.direction, theirs.parent) == ("outbound-dial", ours.sid)
    kept = await desk.callback(id_)
    assert kept["state"] == "done"
    assert [(each["outcome"], each["by"]) for each in kept["attempts"]] == [("reached", "A-7")]
    contact = await desk.contact(dial)
    assert contact is not None
    assert (contact.state, contact.message_class) == ("delivered", "promised_callback")
    await _agent_says_what_it_was(desk, id_)


async def _agent_says_what_it_was(desk: Floor, id_: str) -> None:
    """The carrier was first to tell; the agent's word is no second attempt, and may correct it."""
    said = {"outcome": "reached", "notes": "已退费", "agent": "A-7"}
    status, shown = await desk.ask("POST", f"callbacks/{id_}/outcome", said)
    assert (status, shown["state"], shown["notes"]) == (200, "done", "已退费")
    status, _ = await desk.ask("POST", f"callbacks/{id_}/outcome", {**said, "agent": "A-9"})
    assert status == 409
    said = {"outcome": "machine", "agent": "A-7"}
    status, shown = await desk.ask("POST", f"callbacks/{id_}/outcome", said)
    assert (status, shown["state"], shown["notes"]) == (200, "promised", "已退费")
    assert [each["outcome"] for each in shown["attempts"]] == ["machine"]


async def test_what_rings_in_vain_is_an_attempt_and_is_told_to_the_agent(busy: Floor) -> None:
    await busy.phone(AGENT, **TAKES)
    for ring, outcome, words in (
        ("busy", "busy", "正在通话"),
        ("ignore", "no_answer", "没有接听"),
        ("machine", "machine", ""),  # the agent hung up on it
        ("fail", "invalid", "再见"),
    ):
        id_ = await busy.due(topic=ring)
        await busy.phone(PHONE, ring=ring)
        await busy.dial(id_)
        dial = await busy.over(id_)
        shown = await busy.callback(id_)
        assert (ring, dial.outcome) == (ring, outcome)
        assert [each["outcome"] for each in shown["attempts"]] == [outcome]
        assert shown["state"] == ("exhausted" if ring == "fail" else "promised")
        assert words in busy.heard(AGENT)
    assert len(busy.calls(PHONE)) == 4


async def test_an_agent_who_passes_burns_no_attempt_and_no_customer_hears_of_it(
    desk: Floor,
) -> None:
    id_ = await desk.due()
    for persona, reason, there in (
        ({"ring": "answer", "turns": [{"keys": "2"}]}, "agent_declined", "there"),
        ({"ring": "answer", "turns": []}, "agent_silent", "away"),
        ({"ring": "ignore"}, "agent_unreached", "away"),
        ({"ring": "machine"}, "agent_silent", "away"),
        # A key that means nothing is asked again, twice at most.
        ({"ring": "answer", "turns": [{"keys": "5"}] * 3}, "agent_silent", "away"),
    ):
        await desk.phone(AGENT, **persona)
        assert (await desk.dial(id_))[0] == 200
        dial = await desk.over(id_, len(await desk.dials(id_)))
        assert (dial.reason, dial.outcome) == (reason, "declined")
        shown = await desk.callback(id_)
        assert (shown["state"], shown["agent"]) == ("due", None)
        _, agents = await desk.ask("GET", "agents")
        assert {each["id"]: each["state"] for each in agents["items"]}["A-7"] == there
        await desk.claim(id_)
    assert desk.calls(PHONE) == []
    # Passed on after its slot was over: nobody forgets it for that.
    desk.clock.advance(timedelta(minutes=59, seconds=50))
    await desk.claim(id_)
    assert (await desk.ask("POST", f"callbacks/{id_}/dial"))[0] == 200
    await desk.run(timedelta(minutes=2))
    await desk.over(id_, 6)
    await desk.run(timedelta(minutes=16))
    assert (await desk.callback(id_))["missed"] == 1
    assert desk.heard(AGENT).count("没有听明白") == 4
    assert {each["outcome"] for each in (await desk.callback(id_))["attempts"]} == {"declined"}


async def test_whoever_opts_out_is_not_rung_however_late_they_do(desk: Floor) -> None:
    stop = {"channel": "voice", "how": "phone", "proof": "said so"}
    second = await desk.promise("other", customer="C-2", ticket="T-1002")
    first = await desk.due()
    await desk.claim(second, "A-9")
    await desk.phone(AGENT, **TAKES)
    assert (await desk.ask("POST", "customers/C-1/opt-outs?source=/tickets", stop))[0] in (200, 201)
    status, body = await desk.dial(first)
    assert (status, body["why"], body["state"]) == (409, "opt_out", "cancelled")
    assert desk.calls(AGENT) == []
    # After the dial began, and before the agent pressed the key.
    await desk.phone(SECOND, **TAKES)
    assert (await desk.ask("POST", f"callbacks/{second}/dial"))[0] == 200
    assert (await desk.ask("POST", "customers/C-2/opt-outs?source=/tickets", stop))[0] in (200, 201)
    await desk.run()
    dial = await desk.over(second)
    assert (dial.reason, desk.calls(OTHER)) == ("gate", [])
    assert "asked us not to call" in desk.heard(SECOND)
    assert (await desk.callback(second))["reason_closed"] == "opt_out"


async def test_an_agent_who_hangs_up_while_it_rings_has_used_an_attempt(desk: Floor) -> None:
    elsewhere = "+8613800138222"  # where the customer asked to be phoned
    id_ = await desk.due(phone=elsewhere)
    await desk.api("PUT", "pace", {"speed": 40})
    await desk.phone(AGENT, ring="answer", turns=[{"keys": "1"}])
    await desk.phone(elsewhere, ring="answer", after=20)
    await desk.dial(id_)

    async def rings() -> bool:
        return any(call.status == "ringing" for call in desk.calls(elsewhere))

    await until(rings, "the customer's phone to ring")
    assert await desk.api("POST", f"phones/{AGENT}/hang_up", {}) == 200
    assert (await desk.over(id_)).outcome == "no_answer"
    assert [call.status for call in desk.calls(elsewhere)] == ["canceled"]
    assert desk.calls(PHONE) == []


async def _refused(desk: Floor) -> None:
    """What is wrong is told with what to do about it."""
    id_ = await desk.promise("wrong")
    status, body = await desk.ask("POST", f"callbacks/{id_}/dial")
    assert (status, body["why"]) == (409, "state")
    assert "claim" in body["possible"]
    await desk.claim(id_, "A-404")
    status, body = await desk.ask("POST", f"callbacks/{id_}/dial")
    assert (status, body["why"]) == (409, "agent")
    assert "huifang.yaml" in body["detail"]
    assert (await desk.ask("POST", "callbacks/nope/dial"))[0] == 404


async def test_one_dial_in_hand_for_a_callback_a_number_and_an_agent(desk: Floor) -> None:
    await _refused(desk)
    one = await desk.due("one")
    two, three = (
        await desk.promise("two"),
        await desk.promise("three", customer="C-2", ticket="T-1002"),
    )
    await desk.claim(two, "A-9")
    await desk.claim(three, "A-7")
    path = f"callbacks/{one}/dial"
    early = {"outcome": "reached", "agent": "A-7"}
    raced = await asyncio.gather(*(desk.ask("POST", path) for _ in range(4)))
    assert sorted(status for status, _ in raced) == [200, 409, 409, 409]
    # Nobody is reached before both took the call, whatever an agent says.
    assert (await desk.ask("POST", f"callbacks/{one}/outcome", early))[0] == 409
    # The customer's number is rung for one matter at a time, and nobody has two phones.
    assert (await desk.ask("POST", f"callbacks/{two}/dial"))[1]["why"] == "number_busy"
    assert (await desk.ask("POST", f"callbacks/{three}/dial"))[1]["why"] == "agent_busy"
    _, agents = await desk.ask("GET", "agents")
    assert [each["state"] for each in agents["items"]] == ["on_call", "away"]
    await desk.phone(AGENT, **TAKES)
    await desk.phone(PHONE, ring="busy")
    await desk.run()
    await desk.over(one)
    assert (len(desk.calls(AGENT)), len(desk.calls(PHONE))) == (1, 1)
    # Twice a day at most.
    await desk.phone(SECOND, **TAKES)
    assert (await desk.dial(two))[0] == 200
    await desk.over(two)
    again = await desk.promise("again")
    await desk.claim(again)
    status, body = await desk.ask("POST", f"callbacks/{again}/dial")
    assert (status, body["why"]) == (409, "limit")
    # It does not stand in the way of others today, and its customer hears when we call instead.
    await desk.run()
    later = await desk.callback(again)
    today = desk.clock.now().date()
    assert (later["state"], later["agent"]) == ("promised", None)
    assert datetime.fromisoformat(later["slot"]["from"]).date() > today
    assert sum("改约为" in each.body for each in desk.world.sent) == 1


async def test_kill_at_every_step_of_a_dial_rings_no_customer_twice(busy: Floor) -> None:
    await busy.phone(AGENT, **TAKES)
    await busy.phone(PHONE, ring="answer", turns=[{"hang_up": True, "after": 30}])
    # What is killed may be killed again further on: nothing of one dial is another's.
    for topic, steps, customers, outcome in (
        ("rung", ("dial_leased", "agent_called", "outcome"), 1, "reached"),
        ("intended", ("leg_intent",), 0, "declined"),
        ("talked", ("joined", "outcome_told"), 1, "reached"),
    ):
        before = len(busy.calls(AGENT)), len(busy.calls(PHONE))
        id_ = await busy.due(topic=topic)
        busy.kill.extend(f"callback.{step}" for step in steps)
        await busy.ask("POST", f"callbacks/{id_}/dial")
        await busy.run()
        await busy.hung_up()
        for _ in steps:
            await busy.run(timedelta(seconds=61))  # when its leases have run out
            await busy.hung_up()
        # Whatever the carrier could not tell, it is asked.
        await busy.run(timedelta(minutes=4))
        dial = await busy.over(id_)
        rung = len(busy.calls(AGENT)) - before[0], len(busy.calls(PHONE)) - before[1]
        assert (topic, *rung, dial.outcome) == (topic, 1, customers, outcome)
        shown = await busy.callback(id_)
        assert [each["outcome"] for each in shown["attempts"]] == [outcome]
        assert shown["state"] == ("due" if outcome == "declined" else "done")
        contact = await busy.contact(dial)
        assert contact is not None
        assert contact.state == ("failed" if outcome == "declined" else "delivered")
        assert busy.kill == []


async def test_the_agents_phone_alone_may_ring_twice(desk: Floor) -> None:
    id_ = await desk.due()
    await desk.phone(AGENT, **TAKES)
    await desk.phone(PHONE, ring="answer", turns=[{"hang_up": True, "after": 30}])
    # The call was placed, and its answer lost with the connection.
    await desk.fault("drop_after_accept", AGENT)
    await desk.ask("POST", f"callbacks/{id_}/dial")
    await desk.run()
    await desk.hung_up()
    await desk.run(timedelta(minutes=1))
    dial = await desk.over(id_)
    assert dial.outcome == "reached"
    # A second call of the agent's, taken as well, joins nobody.
    said = await desk.carrier(f"dials/{dial.id}/key?step=1", CallSid="CA-second", Digits="1")
    assert "<Dial" not in said
    assert len(desk.calls(PHONE)) == 1
    await _nobody_tells_anything(desk)
    # Who calls back hears who it was.
    assert await desk.api("POST", f"phones/{PHONE}/call", {"turns": [{"hang_up": True}]}) == 200
    await desk.hung_up()
    assert "我们就工单T-1001联系过您" in desk.heard(PHONE)


async def _nobody_tells_anything(desk: Floor) -> None:
    """No receipt, and the end of the joining lost: the carrier's list has it."""
    id_ = await desk.due("silent")
    for number in (AGENT, PHONE):
        await desk.fault("no_callbacks", number)
    desk.kill.append("callback.outcome_told")
    await desk.dial(id_)
    await desk.hung_up()
    assert (await desk.dials(id_))[-1].is_open
    await desk.run(timedelta(minutes=2))
    dial = await desk.over(id_)
    assert (dial.outcome, dial.joined_at is not None) == ("reached", True)
    contact = await desk.contact(dial)
    assert contact is not None
    assert contact.state == "delivered"


async def test_what_nobody_claims_goes_to_an_agent_who_is_there(desk: Floor) -> None:
    one = await desk.promise("one")
    two = await desk.promise("two", customer="C-2", ticket="T-1002")
    begins = (await desk.callback(two))["attempt_at"]
    desk.clock.advance(desk.clock.now().fromisoformat(begins) - desk.clock.now())
    made = desk.service
    assigning = Assigning(
        database=made.database, vault=made.vault, setting=lambda: setting_of(made.rules)
    )
    await desk.run(timedelta(minutes=2))
    await assigning(desk.clock.now())
    assert (await desk.callback(one))["agent"] is None  # nobody is there
    status, shown = await desk.ask("POST", "agents/A-9/presence", {"state": "there"})
    assert (status, shown["state"]) == (200, "there")
    assert (await desk.ask("POST", "agents/A-9/presence", {"state": "on_call"}))[0] == 422
    assert (await desk.ask("POST", "agents/A-404/presence", {"state": "there"}))[0] == 404
    for _ in range(2):  # who holds one gets no other
        await assigning(desk.clock.now())
    held = {(await desk.callback(id_))["agent"] for id_ in (one, two)}
    assert held == {"A-9", None}
