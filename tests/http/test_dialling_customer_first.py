"""Customers are called first: a person is joined to the agent, a machine to nobody."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.http.dialling import AGENT, PHONE, SECOND, Floor, floor

ELSEWHERE = "+8613800138222"  # where the customer asked to be phoned
TAKES = {"ring": "answer", "turns": [{"keys": "1"}, {"hang_up": True, "after": 90}]}


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Floor]:
    async with floor(sqlite_url, tmp_path / "rules", mode="customer_first", most=99) as made:
        yield made


async def test_a_customer_who_stays_on_the_line_is_joined_to_the_agent(desk: Floor) -> None:
    id_ = await desk.due(phone=ELSEWHERE)
    await desk.fault("duplicate_webhooks", ELSEWHERE, times=9)
    await desk.fault("reorder_callbacks", ELSEWHERE)
    turns = [{"silent": True}, {"say": "喂", "after": 40}]
    await desk.phone(ELSEWHERE, ring="answer", turns=turns)
    await desk.phone(AGENT, **TAKES)
    await desk.dial(id_)
    dial = await desk.over(id_)
    assert (dial.outcome, dial.joined_at is not None) == ("reached", True)
    assert "按约定给您回电" in desk.heard(ELSEWHERE)
    assert "T-1001" in desk.heard(AGENT)
    assert [len(desk.calls(each)) for each in (ELSEWHERE, AGENT, PHONE)] == [1, 1, 0]
    assert (await desk.callback(id_))["state"] == "done"


async def test_no_agent_is_an_apology_and_another_attempt(desk: Floor) -> None:
    id_ = await desk.due()
    await desk.phone(PHONE, ring="answer", turns=[{"keys": "1"}])
    await desk.phone(AGENT, ring="machine")
    await desk.dial(id_)
    dial = await desk.over(id_)
    assert (dial.outcome, dial.reason) == ("declined", "agent_unreached")
    assert "非常抱歉" in desk.heard(PHONE)
    shown = await desk.callback(id_)
    assert (shown["state"], shown["agent"]) == ("due", None)
    # Somebody else is there, and would rather not at first.
    await desk.phone(SECOND, ring="answer", turns=[{"keys": "2"}])
    await desk.claim(id_, "A-9")
    await desk.dial(id_)
    assert (await desk.over(id_, 2)).reason == "agent_declined"
    _, agents = await desk.ask("GET", "agents")
    assert {each["id"]: each["state"] for each in agents["items"]} == {
        "A-7": "away",
        "A-9": "there",
    }
    await desk.phone(SECOND, **TAKES)
    await desk.claim(id_, "A-9")
    await desk.dial(id_)
    assert (await desk.over(id_, 3)).outcome == "reached"
    assert (await desk.callback(id_))["state"] == "done"


async def test_who_hangs_up_while_the_agent_is_rung_is_not_rung_again_at_once(
    desk: Floor,
) -> None:
    id_ = await desk.due()
    assert (await desk.ask("POST", f"callbacks/{id_}/dial"))[0] == 200
    [dial] = await desk.dials(id_)
    # The carrier tells the end of the joining, whose first leg is over by then.
    told = {"CallSid": "CA1", "CallStatus": "completed", "DialCallStatus": "no-answer"}
    await desk.carrier(f"dials/{dial.id}/joined", **told, DialBridged="false")
    [dial] = await desk.dials(id_)
    assert dial.outcome == "no_answer"
    shown = await desk.callback(id_)
    assert (shown["state"], len(shown["attempts"])) == ("promised", 1)
    # The agent had not even had the time to pick up.
    _, agents = await desk.ask("GET", "agents")
    assert {each["id"]: each["state"] for each in agents["items"]}["A-7"] == "there"


async def test_a_machine_is_joined_to_nobody_and_gets_one_message_for_a_callback(
    desk: Floor,
) -> None:
    id_ = await desk.due()
    await desk.phone(PHONE, ring="machine", beep=True)
    for number in (1, 2):
        assert (await desk.dial(id_))[0] == 200
        dial = await desk.over(id_, number)
        assert dial.outcome == "machine"
        await desk.run(timedelta(hours=1))
        await desk.claim(id_)
    assert desk.calls(AGENT) == []
    left = [text for call in desk.calls(PHONE) for text in call.voicemail]
    assert len(left) == 1
    assert "按约定给您回电" in left[0]


async def test_what_rings_in_vain_and_who_wants_no_more_calls(desk: Floor) -> None:
    id_ = ""
    for persona, outcome, state in (
        ({"ring": "busy"}, "busy", "promised"),
        ({"ring": "answer", "turns": [{"hang_up": True, "barge": True}]}, "no_answer", "promised"),
        ({"ring": "answer", "turns": [{"keys": "9"}]}, "declined", "cancelled"),
    ):
        id_ = await desk.due(topic=outcome)
        await desk.phone(PHONE, **persona)
        await desk.dial(id_)
        dial = await desk.over(id_)
        shown = await desk.callback(id_)
        assert (dial.outcome, shown["state"]) == (outcome, state)
    assert (await desk.callback(id_))["reason_closed"] == "opt_out"
    assert "不会再给您打电话" in desk.heard(PHONE)
    assert desk.calls(AGENT) == []
    assert "opt_out.recorded" in await desk.kinds()


async def test_kill_at_every_step_rings_the_customer_once(desk: Floor) -> None:
    await desk.phone(PHONE, ring="answer", turns=[{"keys": "1"}, {"hang_up": True, "after": 30}])
    await desk.phone(AGENT, **TAKES)
    for step, outcome, state in (
        ("callback.dial_leased", "reached", "done"),
        ("delivery.intent_written", "reached", "done"),
        ("delivery.sent", "reached", "done"),
        # The agent's key was not heard: an apology, and somebody else takes it.
        ("callback.joined", "declined", "due"),
        ("callback.outcome_told", "reached", "done"),
        ("callback.outcome", "reached", "done"),
    ):
        before = len(desk.calls(PHONE))
        id_ = await desk.due(topic=step)
        desk.kill.append(step)
        await desk.ask("POST", f"callbacks/{id_}/dial")
        for minutes in (0, 1, 1, 4):  # leases run out, and the carrier is asked
            await desk.run(timedelta(minutes=minutes))
            await desk.hung_up()
        rung = len(desk.calls(PHONE)) - before
        assert (step, rung, (await desk.over(id_)).outcome) == (step, 1, outcome)
        assert (await desk.callback(id_))["state"] == state
        assert desk.kill == []
