"""What nobody may have answered waits to be confirmed; what came twice, changed or late is kept."""

import random
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from callbacks.promises import store as callbacks
from channels.model import Channel
from kernel import journal
from kernel.engine import Database, open_database
from surveys import gate
from surveys import store as surveys
from surveys.conversation import SurveyConversation
from surveys.model import InvitationState, Response
from surveys.programs import Program
from surveys.tables import answer_versions
from surveys.tokens import token
from tests.fakes.visitor import KEYS, Visitor, everything, link, visit
from tests.fakes.world import NOON, World, closed, make_world, told

SECONDS = timedelta(seconds=1)
AT_ONCE = timedelta(milliseconds=300)
PHONE, MAILBOX = "+8613800138000", "li@example.test"


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database) -> World:
    """One ticket was closed, and its customer invited by text."""
    made = make_world(
        database,
        programs=(Program(id="default", channels=("sms",)),),
        channels=(Channel.SMS, Channel.EMAIL),
    )
    await made.tell(closed(email=MAILBOX))
    await made.after(timedelta(hours=2))
    return made


@pytest.fixture
async def visitor(world: World) -> AsyncIterator[Visitor]:
    someone = await visit(world)
    yield someone
    await someone.client.close()


async def response(world: World) -> Response:
    async with world.database.read() as conn:
        [item] = (await surveys.invitations_of(conn, [("/tickets", "T-1001")])).popitem()[1]
        return (await surveys.load_responses(conn, world.vault, [item.id]))[item.id]


async def state(world: World) -> InvitationState:
    async with world.database.read() as conn:
        found = await surveys.invitations_of(conn, [("/tickets", "T-1001")])
    return found["/tickets", "T-1001"][-1].state


async def kinds(world: World) -> list[str]:
    async with world.database.read() as conn:
        return [each.kind for each in await journal.of_ticket(conn, "/tickets", "T-1001")]


async def hasty(world: World, visitor: Visitor, answer: str) -> None:
    visitor.reads_for = AT_ONCE
    await visitor.submit(await visitor.open(await link(world)), answer=answer)
    visitor.reads_for = 4 * SECONDS


async def test_a_form_sent_within_a_second_is_kept_but_nothing_follows(
    world: World, visitor: Visitor
) -> None:
    await hasty(world, visitor, "1")
    await world.run()
    found = await response(world)
    assert (found.suspect, found.suspect_reason) == (True, "haste")
    assert (found.answers, found.score) == ({"satisfaction": 1}, 20.0)
    assert world.desk.orders == []
    assert "response.suspect" in await kinds(world)
    assert "response.low" not in await kinds(world)


async def test_who_confirms_a_low_answer_goes_into_the_loop_once(
    world: World, visitor: Visitor
) -> None:
    await hasty(world, visitor, "1")
    page = await visitor.open(await link(world))
    assert "请确认您的回答" in page.html
    assert page.chosen == ["1"]
    following = await visitor.submit(page)
    assert following.radios == ["yes", "no"]
    await visitor.submit(page)
    await world.run()
    found = await response(world)
    assert (found.suspect, found.suspect_reason, found.low) == (False, None, True)
    assert found.answers == {"satisfaction": 1}
    assert len(world.desk.orders) == 1
    story = await kinds(world)
    assert story.count("response.confirmed") == story.count("response.low") == 1
    assert (story.count("answer.confirmed"), story.count("answer.corrected")) == (1, 0)


async def test_another_answer_may_be_confirmed_than_the_one_in_doubt(
    world: World, visitor: Visitor
) -> None:
    await hasty(world, visitor, "1")
    await visitor.submit(await visitor.open(await link(world)), answer="5")
    await world.run()
    found = await response(world)
    assert (found.suspect, found.low, found.rating) == (False, False, 5)
    assert found.given["satisfaction"].revision == 1
    assert "answer.corrected" in await kinds(world)
    assert world.desk.orders == []


async def test_a_confirmation_in_haste_confirms_nothing(world: World, visitor: Visitor) -> None:
    await hasty(world, visitor, "1")
    before = await everything(world.database)
    await hasty(world, visitor, "1")
    assert await everything(world.database) == before


@pytest.mark.parametrize(("after", "confirmed"), [(9, False), (10, True)])
async def test_the_same_form_sent_again_confirms_after_ten_seconds(
    world: World, visitor: Visitor, after: int, confirmed: bool
) -> None:
    page = await visitor.open(await link(world))
    visitor.reads_for = AT_ONCE
    await visitor.submit(page, answer="2")
    visitor.reads_for = after * SECONDS
    await visitor.submit(page, answer="2")
    assert (await response(world)).suspect is not confirmed


async def test_two_ratings_within_ten_seconds_wait_for_the_one_that_is_meant(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    await visitor.submit(page, answer="5")
    again = await visitor.submit(page, answer="2")
    assert "不止一个评分" in again.html
    assert again.chosen == ["2"]
    await world.run()
    found = await response(world)
    assert (found.suspect, found.suspect_reason, found.rating) == (True, "several_ratings", 5)
    assert world.desk.orders == []
    await visitor.submit(again)
    await world.run()
    found = await response(world)
    assert (found.suspect, found.rating, found.low) == (False, 2, True)
    assert len(world.desk.orders) == 1


async def test_a_low_rating_taken_back_at_once_never_reaches_the_desk(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    await visitor.submit(page, answer="1")
    again = await visitor.submit(page, answer="5")
    await world.run()
    assert world.desk.orders == []
    await visitor.submit(again)
    await world.run()
    assert world.desk.orders == []
    found = await response(world)
    assert (found.suspect, found.rating, found.low) == (False, 5, False)


@pytest.mark.parametrize("confirms", ["1", "5"])
async def test_a_complaint_taken_up_before_the_second_rating_is_not_made_twice(
    world: World, visitor: Visitor, confirms: str
) -> None:
    page = await visitor.open(await link(world))
    await visitor.submit(page, answer="1")
    await world.run()
    again = await visitor.submit(page, answer="5")
    await world.run()
    await visitor.submit(again, answer=confirms)
    await world.run()
    assert len(world.desk.orders) == 1
    story = await kinds(world)
    assert story.count("complaint.registered") == 1
    assert (await response(world)).rating == int(confirms)


async def test_a_text_confirms_what_the_page_left_in_doubt(world: World, visitor: Visitor) -> None:
    await hasty(world, visitor, "1")
    [asked] = await world.says(PHONE, "4")
    assert "解决" in asked
    found = await response(world)
    assert (found.suspect, found.rating) == (False, 4)
    await world.run()
    assert world.desk.orders == []


async def test_a_person_may_take_an_answer_in_doubt_for_the_customers_own(
    world: World, visitor: Visitor
) -> None:
    await hasty(world, visitor, "2")
    conversation = world.delivery.conversations["survey"]
    assert isinstance(conversation, SurveyConversation)
    which = (await response(world)).id
    for expected in ({which}, set()):
        async with world.database.write() as conn:
            restored = await gate.restore(
                conn, conversation, [which], "key-of-a-manager", "phoned", world.clock.now()
            )
        assert restored == expected
    await world.run()
    found = await response(world)
    assert (found.suspect, found.rating) == (False, 2)
    assert len(world.desk.orders) == 1
    assert (await kinds(world)).count("response.restored") == 1


@pytest.mark.parametrize(("confirms", "late"), [("2", False), ("1", True)])
async def test_an_answer_in_doubt_may_be_confirmed_after_the_end(
    world: World, visitor: Visitor, confirms: str, late: bool
) -> None:
    await hasty(world, visitor, "2")
    await world.after(timedelta(days=8))
    page = await visitor.open(await link(world))
    assert page.chosen == ["2"]
    following = await visitor.submit(page, answer=confirms)
    assert "请确认" not in following.html
    found = await response(world)
    assert (found.suspect, found.rating, found.late) == (False, int(confirms), late)
    await world.run()
    story = await kinds(world)
    assert story.count("response.confirmed") == 1
    assert len(world.desk.orders) == (0 if late else 1)


async def test_an_answer_in_doubt_may_be_restored_after_the_end(
    world: World, visitor: Visitor
) -> None:
    await hasty(world, visitor, "5")
    await world.after(timedelta(days=8))
    conversation = world.delivery.conversations["survey"]
    assert isinstance(conversation, SurveyConversation)
    which = (await response(world)).id
    async with world.database.write() as conn:
        await gate.restore(conn, conversation, [which], "key", "phoned", world.clock.now())
    found = await response(world)
    assert (found.suspect, found.suspect_reason, found.late) == (False, None, False)


async def test_what_is_typed_around_a_second_rating_stays_out_of_the_address(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    await visitor.submit(page, answer="5")
    again = await visitor.submit(page, answer=" 2\r\n")
    assert (again.status, again.chosen) == (200, ["2"])


async def test_a_rating_may_be_changed_for_ten_minutes(world: World, visitor: Visitor) -> None:
    page = await visitor.open(await link(world))
    await visitor.submit(page, answer="5")
    visitor.reads_for = timedelta(minutes=9)
    following = await visitor.submit(page, answer="4")
    assert following.radios == ["yes", "no"]
    found = await response(world)
    assert (found.rating, found.suspect, found.given["satisfaction"].revision) == (4, False, 1)
    visitor.reads_for = timedelta(minutes=11)
    kept = await visitor.submit(page, answer="1")
    assert "不再更改" in kept.html
    assert (await response(world)).rating == 4


async def test_a_comment_from_another_tab_takes_the_place_of_the_first_which_is_kept(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    page = await visitor.submit(page, answer="2")
    page = await visitor.submit(page, answer="no")
    await visitor.submit(page, answer="晚上断线")
    await visitor.submit(page, answer="晚上断线，师傅没来")
    found = await response(world)
    assert found.answers["comment"] == "晚上断线，师傅没来"
    async with world.database.read() as conn:
        versions = [row.revision for row in await conn.execute(answer_versions.select())]
    assert versions == [0]


async def test_an_answer_after_the_end_is_kept_as_late_and_thanked_once(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    await world.after(timedelta(days=8))
    assert await state(world) is InvitationState.EXPIRED
    thanked = await visitor.submit(page, answer="1")
    assert "感谢" in thanked.html
    assert (await visitor.open(await link(world))).html.count("感谢") == thanked.html.count("感谢")
    found = await response(world)
    assert (found.late, found.rating) == (True, 1)
    await world.run()
    assert world.desk.orders == []
    assert "complaint.needs_a_person" in await kinds(world)


async def test_long_after_the_end_the_link_is_unknown(world: World, visitor: Visitor) -> None:
    path = await link(world)
    page = await visitor.open(path)
    await world.after(timedelta(days=7 + 14, minutes=-5))
    assert (await visitor.open(path)).status == 200
    await world.after(timedelta(minutes=10))
    assert (await visitor.open(path)).status == 404
    assert (await visitor.submit(page, answer="1")).status in (303, 404)
    assert await state(world) is InvitationState.EXPIRED


async def test_a_form_that_comes_back_after_the_reopening_is_kept_as_late(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    await world.tell(told("reopened", event="evt-9", at=NOON + timedelta(hours=1)))
    assert "工单已重新处理" in (await visitor.open(await link(world))).html
    assert "感谢" in (await visitor.submit(page, answer="1")).html
    assert (await response(world)).late
    await world.run()
    assert world.desk.orders == []


async def test_the_other_language_keeps_what_was_entered_and_records_nothing(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    before = await everything(world.database)
    other = await visitor.send(
        f"{await link(world)}?lang=en", {**page.hidden, "answer": "3", "lang": "en"}
    )
    assert (other.status, other.language, other.chosen) == (200, "en", ["3"])
    assert await everything(world.database) == before


async def test_the_thanks_offer_a_call_and_note_the_wish_once(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    page = await visitor.submit(page, answer="5")
    page = await visitor.submit(page, answer="yes")
    assert page.buttons == {"call": "wish"}
    for _ in range(2):
        page = await visitor.submit(page, wish="call")
    assert "会打电话给您" in page.html
    assert page.buttons == {}
    assert (await kinds(world)).count("wish.call_me") == 1


async def test_a_call_is_promised_in_the_slot_chosen_on_the_page(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    page = await visitor.submit(page, answer="5")
    page = await visitor.submit(page, answer="yes")
    offered = re.findall(r'<option value="([^"]+)">([^<]+)</option>', page.html)
    assert len(offered) == 24
    value, label = offered[2]
    page = await visitor.submit(page, wish="call", slot=value)
    assert "会打电话给您" in page.html
    await world.run()
    async with world.database.read() as conn:
        [item], _ = await callbacks.listed(conn, world.vault)
    assert (item.origin, item.chosen, item.topic) == ("page", True, "asked")
    assert f"{item.slot.begin.isoformat()}/{item.slot.end.isoformat()}" == value
    assert f"我们将于{label}给您回电" in world.carrier.sent[-1].text


async def test_the_page_says_how_far_one_has_come(world: World, visitor: Visitor) -> None:
    page = await visitor.open(await link(world))
    assert "1 / 3" in page.html
    assert "2 / 3" in (await visitor.submit(page, answer="4")).html


async def test_a_fault_stands_beside_its_field(world: World, visitor: Visitor) -> None:
    page = await visitor.open(await link(world))
    again = await visitor.send(page.url, page.hidden)
    inputs = [found for tag, found in again.read.tags if tag == "input" and "autofocus" in found]
    assert [found["aria-describedby"] for found in inputs] == ["fault"]
    assert again.html.index("<fieldset") < again.html.index('id="fault"')


@pytest.mark.parametrize("seed", range(3))
async def test_scanners_in_any_order_record_nothing(
    world: World, visitor: Visitor, seed: int
) -> None:
    dice = random.Random(seed)
    survey, preferences = await link(world), await link(world, "preferences")
    asked = ("", "?rating=1", "?rating=5", "?lang=en", "?kept=yes")
    paths = [f"{survey}{query}" for query in asked]
    paths += [preferences, f"{preferences}?lang=en", "/s/unknown", "/brand/0b5fff.css"]
    before = await everything(world.database)
    for _ in range(40):
        if dice.random() < 0.3:
            visitor.client.session.cookie_jar.clear()
        await visitor.open(dice.choice(paths), dice.choice(("GET", "HEAD")))
        world.clock.advance(timedelta(seconds=dice.randrange(90)))
    assert await everything(world.database) == before


async def test_a_link_leaves_room_in_a_text(world: World) -> None:
    async with world.database.read() as conn:
        [item] = (await surveys.invitations_of(conn, [("/tickets", "T-1001")])).popitem()[1]
    url = f"https://survey.example.com/s/{token(item, KEYS)}"
    assert len(url) == 57  # of the 70 characters of one segment in UCS-2


async def test_a_colour_is_a_style_and_nothing_else_is(visitor: Visitor) -> None:
    style = await visitor.open("/brand/e60012.css")
    assert style.headers["Content-Type"].startswith("text/css")
    assert "immutable" in style.headers["Cache-Control"]
    assert "--brand:#e60012" in style.html
    assert (await visitor.open("/brand/red.css")).status == 404
