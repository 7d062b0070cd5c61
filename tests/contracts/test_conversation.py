"""Whose answer a reply is: one open question a number, corrections, late replies, loops."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from callbacks import store as complaints
from channels.model import Channel
from channels.policy import DEFAULT
from channels.tables import inbound
from kernel import journal
from kernel.engine import Database
from scheduler import notices
from scheduler.tables import jobs
from surveys import store as surveys
from surveys.conversation import SurveyConversation
from surveys.model import Invitation, InvitationState, Response, Step
from surveys.programs import Program
from surveys.tables import answer_versions
from tests.fakes.world import NOON, World, closed, make_world, told

PHONE, OTHERS = "+8613800138000", "+8613900139000"
TICKET = "T-1001"
HOURS, MINUTES, DAYS = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
AT_ONCE = (Program(id="default", delay=timedelta(0), reminders=()),)


async def asked(database: Database, **more: Any) -> World:
    """A world in which the customer has just been asked."""
    world = make_world(database, **{"programs": AT_ONCE, **more})
    await world.tell(closed())
    await world.run()
    return world


@pytest.fixture
async def world(database: Database) -> World:
    return await asked(database)


async def invitation(world: World, ticket: str = TICKET) -> Invitation:
    async with world.database.read() as conn:
        found = (await surveys.invitations_of(conn, [("/tickets", ticket)]))["/tickets", ticket]
    return found[-1]


async def response(world: World, ticket: str = TICKET) -> Response:
    async with world.database.read() as conn:
        [found] = await surveys.responses_of(conn, world.vault, "/tickets", ticket)
    return found


async def kinds(world: World, ticket: str = TICKET) -> list[str]:
    async with world.database.read() as conn:
        return [entry.kind for entry in await journal.of_ticket(conn, "/tickets", ticket)]


async def told_people(world: World) -> list[str]:
    async with world.database.read() as conn:
        items, _ = await notices.listed(conn)
    return [item.kind for item in items]


async def readings(world: World) -> list[tuple[str, str | None]]:
    async with world.database.read() as conn:
        rows = await conn.execute(select(inbound).order_by(inbound.c.id))
    return [(row.reading, row.reason) for row in rows]


async def published(world: World, type_: str) -> int:
    async with world.database.read() as conn:
        rows = await conn.execute(select(jobs.c.key).where(jobs.c.kind == "event.publish"))
    return sum(row.key.startswith(f"event.publish:{type_}:") for row in rows)


async def test_who_says_stop_twice_is_told_of_once(database: Database) -> None:
    world = make_world(database, programs=(Program(id="default", delay=timedelta(0)),))
    await world.tell(closed())
    await world.run()
    for word in ("退订", "退订", "STOP"):
        await world.says(PHONE, word)
    assert await published(world, "customer.opted_out") == 1


async def test_news_of_an_answer_are_not_kept_where_nobody_hears_them(world: World) -> None:
    asking = world.inbox.conversations["survey"]
    assert isinstance(asking, SurveyConversation)
    asking.heard = lambda source: False
    await world.says(PHONE, "1")
    assert (await response(world)).low
    assert await published(world, "survey.answered") == 0
    assert await published(world, "response.low") == 0
    async with world.database.read() as conn:
        found = await conn.execute(select(jobs.c.key).where(jobs.c.kind == "complaint.consider"))
    assert len(found.all()) == 1


# --- One open question ----------------------------------------------------------------------------


async def test_who_shares_a_number_is_asked_as_soon_as_the_other_has_answered(
    database: Database,
) -> None:
    uncapped = Program(id="default", delay=timedelta(0), reminders=())
    world = make_world(database, programs=(uncapped,), rules=_without_caps())
    await world.tell(closed(1), closed(2, ticket="T-2", customer="C-2"))
    await world.run()
    assert len(world.carrier.sent) == 1
    first, second = sorted(["T-1001", "T-2"], key=lambda one: one not in world.carrier.sent[0].text)
    await world.says(PHONE, "5")
    await world.run()
    assert len(world.carrier.sent) == 1  # the other question of the first is still open
    await world.says(PHONE, "1")
    await world.run()
    assert second in world.carrier.sent[1].text
    await world.says(PHONE, "4")
    assert (await response(world, first)).rating == 5
    assert (await response(world, second)).rating == 4


async def test_who_waits_goes_when_the_other_survey_expires_or_its_ticket_is_reopened(
    database: Database,
) -> None:
    quick = Program(id="default", delay=timedelta(0), reminders=(), expires_after=30 * MINUTES)
    world = make_world(database, programs=(quick,), rules=_without_caps())
    await world.tell(
        closed(1), closed(2, ticket="T-2", customer="C-2"), closed(3, ticket="T-3", customer="C-3")
    )
    await world.run()
    assert len(world.carrier.sent) == 1
    await world.after(31 * MINUTES)
    assert len(world.carrier.sent) == 2
    ticket = next(one for one in ("T-1001", "T-2", "T-3") if one in world.carrier.sent[1].text)
    await world.tell(told("reopened", event="r-1", ticket=ticket, at=world.clock.now()))
    await world.run()
    assert len(world.carrier.sent) == 3


def _without_caps() -> Any:
    return type(DEFAULT)(window=DEFAULT.window)


async def test_two_copies_of_a_reply_at_once_are_one_answer(world: World) -> None:
    said = await asyncio.gather(*(world.says(PHONE, "2", sid="SM-twice") for _ in range(4)))
    assert len(set(said)) == 1
    assert (await response(world)).rating == 2
    assert (await kinds(world)).count("answer.recorded") == 1


async def test_replies_at_once_answer_one_question_after_the_other(world: World) -> None:
    await asyncio.gather(world.says(PHONE, "5"), world.says(PHONE, "5"))
    found = await response(world)
    assert found.answers == {"satisfaction": 5}
    assert (await invitation(world)).asked == 1  # the second was no answer to what came next


# --- Corrections ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["sorry, I meant 4", "打错了,是4分", "更正 4"])
async def test_a_correction_that_says_so_is_no_answer_to_the_open_question(
    world: World, text: str
) -> None:
    await world.says(PHONE, "1")
    [again] = await world.says(PHONE, text)
    assert "解决" in again
    found = await response(world)
    assert (found.answers, found.score, found.low) == ({"satisfaction": 4}, 80.0, False)
    async with world.database.read() as conn:
        [old] = await conn.execute(select(answer_versions))
    assert (old.question, old.revision, old.value, old.reason) == (
        "satisfaction",
        0,
        1,
        "corrected",
    )
    assert await published(world, "survey.answered") == 2


@pytest.mark.parametrize("text", ["No, 2", "2, sorry", "不对，没解决"])
async def test_what_fits_the_open_question_answers_that_though_it_may_sound_like_a_correction(
    world: World, text: str
) -> None:
    await world.says(PHONE, "5")
    await world.says(PHONE, text)
    assert (await response(world)).answers == {"satisfaction": 5, "resolved": False}


async def test_a_low_score_corrected_before_anybody_took_it_up_is_no_complaint(
    world: World,
) -> None:
    await world.says(PHONE, "1")
    await world.says(PHONE, "更正 5")
    await world.run()
    assert world.desk.orders == []
    async with world.database.read() as conn:
        assert await complaints.of_tickets(conn, world.vault, [("/tickets", TICKET)]) == {}
    assert "complaint.withdrawn" in await kinds(world)
    await world.says(PHONE, "更正 2")
    await world.run()
    assert len(world.desk.orders) == 1


async def test_a_low_score_corrected_too_late_for_that_is_added_to_the_complaint(
    world: World,
) -> None:
    await world.says(PHONE, "1")
    await world.run()
    await world.says(PHONE, "更正 5")
    await world.run()
    async with world.database.read() as conn:
        [found] = (await complaints.of_tickets(conn, world.vault, [("/tickets", TICKET)]))[
            "/tickets", TICKET
        ]
    assert found.answers["satisfaction"] == 5
    assert len(world.desk.orders) == 1
    assert not (await response(world)).low


async def test_once_all_is_said_another_rating_is_a_correction_for_ten_minutes(
    world: World,
) -> None:
    await world.says(PHONE, "5")
    await world.says(PHONE, "1")
    await world.run()
    world.clock.advance(9 * MINUTES)
    assert len(await world.says(PHONE, "1分")) == 1
    found = await response(world)
    assert (found.rating, found.low) == (1, True)
    assert (await invitation(world)).state is InvitationState.COMPLETED
    await world.run()
    assert len(world.desk.orders) == 1
    assert await world.says(PHONE, "1分") == ()  # nothing new
    # The question that a rating of 1 would have led to was never asked.
    assert len(await world.says(PHONE, "2分")) == 1
    world.clock.advance(11 * MINUTES)
    assert await world.says(PHONE, "更正 4") == ()
    assert (await response(world)).rating == 2
    assert (await readings(world))[-1] == ("unmatched", "completed")
    assert (await kinds(world)).count("invitation.completed") == 1


@pytest.mark.parametrize("text", ["好的", "谢谢", "ok"])
async def test_thanks_for_our_thanks_correct_nothing(world: World, text: str) -> None:
    await world.says(PHONE, "5")
    await world.says(PHONE, "2")
    await world.says(PHONE, "跳过")
    assert await world.says(PHONE, text) == ()
    assert (await response(world)).answers["resolved"] is False


async def test_a_number_corrects_nothing_while_another_question_hangs_in_the_air(
    world: World,
) -> None:
    for text in ("5", "T", "START"):  # asked whether it is solved, 1 for yes
        await world.says(PHONE, text)
    assert await world.says(PHONE, "1") == ()
    assert (await readings(world))[-1] == ("unmatched", "cancelled")
    assert len(await world.says(PHONE, "打错了,是4")) == 1
    found = await response(world)
    assert (found.rating, found.low) == (4, False)


async def test_a_correction_is_told_from_an_answer_to_somebody_elses_question(
    database: Database,
) -> None:
    world = await asked(database, rules=_without_caps())
    await world.says(PHONE, "2")
    await world.says(PHONE, "1")
    await world.says(PHONE, "跳过")
    await world.tell(closed(2, ticket="T-2", customer="C-2"))
    await world.run()
    await world.says(PHONE, "打错了,是4分")
    assert (await response(world)).rating == 4
    assert (await invitation(world, "T-2")).state is InvitationState.INVITED
    await world.says(PHONE, "5")
    assert (await response(world, "T-2")).rating == 5


# --- Late -----------------------------------------------------------------------------------------


async def test_a_late_answer_is_kept_and_thanked_once_and_a_person_hears_of_a_low_one(
    world: World,
) -> None:
    await world.after(8 * DAYS)
    [thanks] = await world.says(PHONE, "1")
    assert "已记下" in thanks
    found = await response(world)
    assert (found.late, found.rating, found.low) == (True, 1, True)
    await world.run()
    assert world.desk.orders == []
    assert await told_people(world) == ["complaint.needs_a_person"]
    assert await world.says(PHONE, "5分,很好") == () or (await response(world)).rating == 5
    assert (await invitation(world)).state is InvitationState.EXPIRED


async def test_what_comes_after_the_time_for_late_answers_waits_for_a_person(
    database: Database,
) -> None:
    short = (Program(id="default", delay=timedelta(0), reminders=(), accept_late=DAYS),)
    world = await asked(database, programs=short)
    await world.after(7 * DAYS + DAYS)
    assert await world.says(PHONE, "1") == ()
    assert await readings(world) == [("unmatched", "too_late")]


async def test_an_answer_after_the_ticket_was_reopened_is_late(world: World) -> None:
    await world.tell(told("reopened", event="r-1", at=NOON + HOURS))
    [_] = await world.says(PHONE, "2")
    found = await response(world)
    assert (found.late, found.rating) == (True, 2)
    await world.run()
    assert world.desk.orders == []


async def test_a_late_answer_leaves_the_score_of_those_in_time(world: World) -> None:
    await world.says(PHONE, "5")
    await world.after(8 * DAYS)
    await world.says(PHONE, "2")
    found = await response(world)
    assert found.answers == {"satisfaction": 5, "resolved": False}
    assert (found.late, found.low, found.score) == (False, False, 100.0)
    await world.run()
    assert world.desk.orders == []
    assert await told_people(world) == ["complaint.needs_a_person"]


# --- What fits nothing, and machines --------------------------------------------------------------


async def test_a_reply_by_a_channel_that_the_program_does_not_name_is_no_answer(
    database: Database,
) -> None:
    by_mail = (Program(id="default", delay=timedelta(0), reminders=(), channels=("email",)),)
    world = await asked(database, programs=by_mail, channels=(Channel.SMS, Channel.EMAIL))
    assert await world.says(PHONE, "5") == ()
    assert await readings(world) == [("unmatched", "stranger")]


async def test_a_stop_by_text_ends_a_survey_by_mail_but_not_that_of_who_shares_the_number(
    database: Database,
) -> None:
    by_mail = (Program(id="default", delay=timedelta(0), reminders=(), channels=("email",)),)
    world = make_world(database, programs=by_mail, channels=(Channel.SMS, Channel.EMAIL))
    for number, phone in enumerate((PHONE, PHONE, OTHERS), start=1):
        about: dict[str, Any] = {"ticket": f"T-{number}", "customer": f"C-{number}"}
        await world.tell(closed(number, **about, phone=phone, email=f"c{number}@example.com"))
    await world.run()
    await world.says(PHONE, "STOP")
    await world.says(OTHERS, "STOP")
    states = [(await invitation(world, f"T-{number}")).state for number in (1, 2, 3)]
    assert states == ["invited", "invited", "cancelled"]


async def test_who_answers_many_questions_at_once_is_no_machine(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    catalogue = world.planning.catalogue
    first = catalogue.surveys["csat"].headline
    names = [first.id, *(f"more{number}" for number in range(13))]
    questions = {
        name: replace(first, id=name, headline=name == first.id, next=(Step(go=following),))
        for name, following in zip(names, [*names[1:], "end"], strict=True)
    }
    long = replace(catalogue.surveys["csat"], version="long", questions=questions, low=())
    world.planning.catalogue = replace(catalogue, surveys={**catalogue.surveys, "csat": long})
    await world.tell(closed())
    await world.run()
    said = [await world.says(PHONE, "maybe" if number == 12 else "5") for number in range(15)]
    assert all(map(len, said))
    assert (await invitation(world)).state is InvitationState.COMPLETED
    assert await told_people(world) == []


async def test_an_automatic_reply_is_no_answer_and_gets_none(world: World) -> None:
    assert await world.says(PHONE, "自动回复:您好,我现在正在开会,稍后联系您") == ()
    assert (await invitation(world)).asked == 0
    assert await readings(world) == [("auto_reply", None)]


async def test_a_machine_that_corrects_itself_for_ever_meets_silence_and_a_person_hears_of_it(
    world: World,
) -> None:
    await world.says(PHONE, "5")
    await world.says(PHONE, "1")
    said = [await world.says(PHONE, f"{3 + number % 2}分") for number in range(12)]
    assert sum(map(len, said)) == 10  # beside those to the two questions, ten in all
    assert said[-1] == ()
    assert await told_people(world) == ["conversation.loop"]
    assert "conversation.loop" in await kinds(world)


async def test_two_services_that_text_each_other_come_to_an_end(world: World) -> None:
    text, spoken = world.carrier.texts(PHONE)[0], 0
    while (said := await world.says(PHONE, text)) and spoken < 20:
        [text] = said
        spoken += 1
    assert spoken <= 4
