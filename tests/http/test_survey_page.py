"""The survey behind a link: scanners change nothing, people answer once, question by question."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from channels import store as people
from channels.errors import SendError, SendErrorKind
from channels.links import shorten, sign
from channels.model import Channel, OptOutState
from kernel import journal
from kernel.engine import Database, open_database
from scheduler import waiting
from surveys import store as surveys
from surveys.jobs import WAIT
from surveys.model import Invitation, InvitationState, Response
from surveys.programs import Program
from surveys.tokens import ends_at
from tests.fakes.visitor import KEYS, Page, Visitor, everything, link, link_in, visit
from tests.fakes.world import NOON, World, closed, make_world, told

HOURS = timedelta(hours=1)
PHONE, MAILBOX = "+8613800138000", "li@example.test"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database) -> World:
    """One ticket was closed, and its customer invited by mail."""
    made = make_world(
        database,
        programs=(Program(id="default", channels=("email", "sms")),),
        channels=(Channel.SMS, Channel.EMAIL),
    )
    await made.tell(closed(email=MAILBOX))
    await made.after(2 * HOURS)
    return made


@pytest.fixture
async def visitor(world: World) -> AsyncIterator[Visitor]:
    someone = await visit(world)
    yield someone
    await someone.client.close()


async def invitation(world: World) -> Invitation:
    async with world.database.read() as conn:
        found = await surveys.invitations_of(conn, [("/tickets", "T-1001")])
    return found["/tickets", "T-1001"][-1]


async def response(world: World) -> Response | None:
    async with world.database.read() as conn:
        item = await invitation(world)
        return (await surveys.load_responses(conn, world.vault, [item.id])).get(item.id)


async def story(world: World) -> list[journal.Entry]:
    async with world.database.read() as conn:
        return await journal.of_ticket(conn, "/tickets", "T-1001")


async def to_the_comment(world: World, visitor: Visitor) -> Page:
    page = await visitor.open(await link(world))
    page = await visitor.submit(page, answer="2")
    return await visitor.submit(page, answer="no")


async def test_the_letters_link_opens_a_form_that_needs_no_script(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(link_in(world, "s", MAILBOX))
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.radios == ["5", "4", "3", "2", "1"]
    assert page.chosen == []
    assert "工单T-1001已处理，请评价本次服务" in page.html
    assert "示例电信" in page.html
    assert "退订" not in page.html.partition("<legend>")[2].partition("</legend>")[0]
    tags = {tag for tag, _ in page.read.tags}
    assert {"fieldset", "legend", "label"} <= tags
    assert "script" not in tags
    assert not any("style" in found or "onclick" in found for _, found in page.read.tags)


async def test_the_page_keeps_its_link_to_itself(world: World, visitor: Visitor) -> None:
    page = await visitor.open(await link(world))
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    styles = [found["href"] for tag, found in page.read.tags if tag == "link"]
    for style in ("static/palette.css", "static/customer.css"):
        assert f"../{style}" in styles
        async with visitor.client.get(f"/{style}") as given:
            assert given.status == 200


async def test_a_scanner_that_opens_every_link_changes_nothing(
    world: World, visitor: Visitor
) -> None:
    path = await link(world)
    before = await everything(world.database)
    for rating in (5, 1, 3, 2, 4):
        for method in ("GET", "HEAD", "GET"):
            assert (await visitor.open(f"{path}?rating={rating}", method)).status == 200
    assert await everything(world.database) == before


async def test_a_rating_in_the_link_is_only_chosen_beforehand(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(f"{await link(world)}?rating=4&utm_source=mail")
    assert page.chosen == ["4"]
    assert await response(world) is None
    page = await visitor.submit(page)
    assert page.radios == ["yes", "no"]
    found = await response(world)
    assert found is not None
    assert found.answers == {"satisfaction": 4}


@pytest.mark.parametrize("rating", ["6", "0", "", "five", "4 ", "<b>", "٤"])
async def test_a_rating_off_the_scale_chooses_nothing(
    world: World, visitor: Visitor, rating: str
) -> None:
    page = await visitor.open(f"{await link(world)}?rating={rating}")
    assert (page.status, page.chosen) == (200, [])


async def test_a_low_score_goes_all_the_way_round(world: World, visitor: Visitor) -> None:
    page = await to_the_comment(world, visitor)
    assert page.hops == 1
    page = await visitor.submit(page, answer="师傅没来，\r\n晚上还是断线")
    assert "感谢您的评价" in page.html
    await world.run()
    found = await response(world)
    assert found is not None
    assert (found.channel, found.score, found.rating, found.low) == ("web", 40.0, 2, True)
    assert found.answers["resolved"] is False
    assert found.comments == ("师傅没来，\n晚上还是断线",)
    assert (await invitation(world)).state is InvitationState.COMPLETED
    [order] = world.desk.orders
    assert (order.ticket, order.rating) == ("T-1001", 2)
    kinds = [entry.kind for entry in await story(world)]
    first = kinds.index("reply.received")
    assert kinds[first : first + 3] == ["reply.received", "answer.recorded", "response.low"]
    assert kinds.count("reply.received") == 3
    received = next(entry for entry in await story(world) if entry.kind == "reply.received")
    assert received.detail["channel"] == "web"


async def test_the_journal_holds_no_words_of_the_customer(world: World, visitor: Visitor) -> None:
    page = await to_the_comment(world, visitor)
    await visitor.submit(page, answer="我叫李雷")
    assert all("李雷" not in str(entry.detail) for entry in await story(world))


async def test_who_is_content_is_thanked_and_finds_thanks_again(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    page = await visitor.submit(page, answer="5")
    page = await visitor.submit(page, answer="yes")
    again = await visitor.open(await link(world))
    assert page.html == again.html
    assert "感谢您的评价" in again.html
    assert again.radios == []
    await world.run()
    assert world.desk.orders == []


@pytest.mark.parametrize("answer", ["6", "0", "", "-1", "4.0", "５", "yes", "9" * 5000])
async def test_no_other_value_is_taken_and_the_form_comes_back(
    world: World, visitor: Visitor, answer: str
) -> None:
    page = await visitor.open(await link(world))
    before = await everything(world.database)
    again = await visitor.submit(page, answer=answer)
    assert again.status == 422
    assert 'role="alert"' in again.html
    assert again.radios == ["5", "4", "3", "2", "1"]
    assert await everything(world.database) == before
    assert (await visitor.submit(again, answer="5")).radios == ["yes", "no"]


async def test_a_long_comment_comes_back_as_it_was_typed(world: World, visitor: Visitor) -> None:
    page = await to_the_comment(world, visitor)
    typed = "</textarea><script>alert(1)</script>" + "断线" * 900
    again = await visitor.submit(page, answer=typed)
    assert again.status == 422
    assert again.typed == typed
    assert "<script" not in again.html
    found = await response(world)
    assert found is not None
    assert "comment" not in found.answers


async def test_an_optional_question_may_be_passed_over(world: World, visitor: Visitor) -> None:
    page = await to_the_comment(world, visitor)
    assert page.buttons["yes"] == "skip"
    page = await visitor.submit(page, answer="half a though", skip="yes")
    assert "感谢您的评价" in page.html
    found = await response(world)
    assert found is not None
    assert found.comments == ()
    assert found.completed_at is not None


async def test_the_same_answer_sent_twice_is_one_answer(world: World, visitor: Visitor) -> None:
    page = await visitor.open(await link(world))
    first = await visitor.submit(page, answer="1", follow=False)
    before = await everything(world.database)
    second = await visitor.submit(page, answer="1", follow=False)
    assert (first.status, second.status) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert await everything(world.database) == before
    await world.run()
    assert len(world.desk.orders) == 1


async def test_of_two_answers_at_once_one_is_kept(world: World, visitor: Visitor) -> None:
    page = await visitor.open(await link(world))
    both = await asyncio.gather(
        *(visitor.submit(page, answer=answer, follow=False) for answer in "1515")
    )
    assert [each.status for each in both] == [303] * 4
    kinds = [entry.kind for entry in await story(world)]
    assert kinds.count("answer.recorded") == 1
    found = await response(world)
    assert found is not None
    assert found.answers in ({"satisfaction": 1}, {"satisfaction": 5})


async def test_an_answer_to_another_question_changes_nothing(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    before = await everything(world.database)
    for question in ("resolved", "comment", "", "no_such"):
        data = {**page.hidden, "question": question, "answer": "yes"}
        assert (await visitor.send(page.url, data, follow=False)).status == 303
    assert await everything(world.database) == before


async def test_only_a_form_that_we_showed_is_taken(world: World, visitor: Visitor) -> None:
    page = await visitor.open(await link(world))
    before = await everything(world.database)
    item = await invitation(world)
    another = sign("view", "i_other|satisfaction|0", item.useful_until, KEYS)
    elsewhere = sign("survey", f"{item.id}|satisfaction|0", ends_at(item), KEYS)
    for view in ("", "made-up", another, elsewhere, page.hidden["view"][:-1]):
        again = await visitor.submit(page, answer="4", view=view)
        assert again.status == 422
        assert again.chosen == ["4"]
    assert await everything(world.database) == before
    again = await visitor.submit(again)
    assert again.radios == ["yes", "no"]


async def test_unknown_and_expired_links_look_alike(world: World, visitor: Visitor) -> None:
    item = await invitation(world)
    expired = shorten("survey", item.id, world.clock.now(), KEYS)
    old = sign("survey", item.id, world.clock.now(), KEYS)
    preferences = (await link(world, "preferences")).rpartition("/")[2]
    of_nobody = sign("survey", "i_nobody", item.useful_until, KEYS)
    known = (await link(world)).rpartition("/")[2]
    pages = [
        await visitor.open(f"/s/{token}")
        for token in (
            "made-up",
            expired,
            old,
            preferences,
            of_nobody,
            known[:-1] + "A",
            known + "A",
        )
    ]
    sent = [await visitor.send(f"/s/{expired}", {"answer": "5"})]
    assert {page.status for page in pages + sent} == {404}
    assert len({page.html for page in pages + sent}) == 1
    assert 'lang="en"' in pages[0].html
    assert "这个链接已失效" in pages[0].html


async def test_a_link_of_an_earlier_version_still_opens(world: World, visitor: Visitor) -> None:
    item = await invitation(world)
    old = sign("survey", item.id, ends_at(item), KEYS)
    assert (await visitor.open(f"/s/{old}")).radios == ["5", "4", "3", "2", "1"]


async def test_after_thirty_unknown_links_in_a_minute_only_known_ones_open(
    world: World, visitor: Visitor
) -> None:
    known = await link(world)
    tried = [(await visitor.open(f"/s/guess-{number}")).status for number in range(32)]
    assert tried == [404] * 30 + [429] * 2
    assert (await visitor.open(known)).status == 200
    page = await visitor.open("/s/guess-again")
    assert (page.status, page.headers["Retry-After"]) == (429, "60")
    other = Visitor(client=visitor.client, clock=world.clock, address="203.0.113.9")
    assert (await other.open("/s/guess")).status == 404
    world.clock.advance(timedelta(seconds=61))
    assert (await visitor.open("/s/guess")).status == 404


async def test_a_ticket_that_was_reopened_asks_nothing_any_more(
    world: World, visitor: Visitor
) -> None:
    await visitor.open(await link(world))
    await world.tell(told("reopened", event="evt-9", at=NOON + HOURS))
    page = await visitor.open(await link(world))
    assert (page.status, page.radios, page.language) == (200, [], "zh-CN")
    assert "工单已重新处理" in page.html
    assert "?lang=en" in page.read.links
    assert "taken up again" in (await visitor.open(await link(world) + "?lang=en")).html
    known = await link(world)
    assert (await visitor.open(known[:-1] + ("B" if known[-1] == "A" else "A"))).status == 404


@pytest.mark.parametrize("kind", ["deleted", "merged"])
async def test_a_survey_that_was_withdrawn_says_so(
    world: World, visitor: Visitor, kind: str
) -> None:
    page = await visitor.open(await link(world))
    await world.tell(told(kind, event="evt-9", at=NOON + HOURS))
    withdrawn = await visitor.open(await link(world))
    assert (withdrawn.status, withdrawn.radios) == (200, [])
    assert "这份问卷已撤回" in withdrawn.html
    assert "这份问卷已撤回" in (await visitor.submit(page, answer="1")).html
    assert await response(world) is None


async def test_the_page_speaks_the_language_asked_for_and_keeps_to_it(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world))
    assert page.language == "zh-CN"
    page = await visitor.open(f"{await link(world)}?lang=en")
    assert page.language == "en"
    assert "How satisfied are you?" in page.html
    assert "STOP" not in page.html
    page = await visitor.submit(page, answer="5")
    assert page.url.endswith("?lang=en")
    assert "Has your problem been resolved?" in page.html
    page = await visitor.submit(page, answer="yes")
    assert "Thank you for your feedback." in page.html
    assert (await visitor.open(f"{await link(world)}?lang=xx")).language == "zh-CN"


async def test_what_comes_from_outside_is_shown_as_text(database: Database) -> None:
    world = make_world(database)
    await world.tell(closed(ticket="<b>&amp;"))
    await world.after(2 * HOURS)
    visitor = await visit(world)
    page = await visitor.open(await link(world, ticket="<b>&amp;"))
    await visitor.client.close()
    assert "&lt;b&gt;&amp;amp;" in page.html
    assert "b" not in {tag for tag, _ in page.read.tags}


async def test_what_the_page_asked_first_a_text_may_answer_next(database: Database) -> None:
    world = make_world(database)
    await world.tell(closed())
    await world.after(2 * HOURS)
    visitor = await visit(world)
    await visitor.submit(await visitor.open(await link(world)), answer="4")
    [end] = await world.says(PHONE, "1")
    assert "感谢" in end
    assert "感谢" in (await visitor.open(await link(world))).html
    await visitor.client.close()
    found = await response(world)
    assert found is not None
    assert found.answers == {"satisfaction": 4, "resolved": True}


async def test_a_link_that_was_opened_proves_that_we_asked(database: Database) -> None:
    world = make_world(
        database,
        programs=(Program(id="default", channels=("email",)),),
        channels=(Channel.EMAIL,),
    )
    world.carrier.listable = False
    world.carrier.lost = [SendError(SendErrorKind.AMBIGUOUS, retryable=True)]
    await world.tell(closed(phone=None, email=MAILBOX))
    world.clock.advance(2 * HOURS)
    for lane in world.lanes:
        await lane.step()
    assert (await invitation(world)).state is InvitationState.PLANNED
    visitor = await visit(world)
    page = await visitor.submit(await visitor.open(link_in(world, "s", MAILBOX)), answer="4")
    await visitor.client.close()
    assert page.radios == ["yes", "no"]
    item = await invitation(world)
    assert (item.state, item.channel) == (InvitationState.IN_PROGRESS, "email")
    assert item.expires_at is not None
    assert timedelta() <= world.clock.now() + item.lasts - item.expires_at < timedelta(minutes=5)
    kinds = [entry.kind for entry in await story(world)]
    expected = ["reply.received", "contact.sent", "invitation.invited", "answer.recorded"]
    assert [kind for kind in kinds if kind in expected] == expected
    async with world.database.read() as conn:
        due = await waiting.agenda(conn, [WAIT.name])
    assert list(due.values()) == [item.expires_at - item.lasts + item.terms.reminders[0]]
    await world.after(HOURS)
    assert len(world.carrier.sent) == 1


@pytest.mark.parametrize(
    ("said", "state", "kept"),
    [
        ("退订", OptOutState.FINAL, False),
        ("太差了，请不要再给我发短信了", OptOutState.PROVISIONAL, True),
    ],
)
async def test_a_comment_that_means_stop_stops(
    world: World, visitor: Visitor, said: str, state: OptOutState, kept: bool
) -> None:
    page = await to_the_comment(world, visitor)
    page = await visitor.submit(page, answer=said)
    assert page.status == 200
    async with world.database.read() as conn:
        found = await people.opt_outs_of(conn, [world.vault.index(MAILBOX)])
    [stop] = found[world.vault.index(MAILBOX)]
    assert (stop.channel, stop.state, stop.how) == ("email", state, "comment")
    given = await response(world)
    assert given is not None
    assert ("comment" in given.answers) is kept
    assert (await invitation(world)).state is (
        InvitationState.COMPLETED if kept else InvitationState.CANCELLED
    )
    assert "opt_out.recorded" in [entry.kind for entry in await story(world)]


async def test_a_comment_waits_for_the_number_before_it_holds_the_survey(
    world: World, visitor: Visitor
) -> None:
    page = await to_the_comment(world, visitor)
    item = await invitation(world)
    async with world.database.write() as conn:  # a reply, say, holds the number
        await people.lock_addresses(conn, [world.vault.index(PHONE)])
        commented = asyncio.create_task(visitor.submit(page, answer="退订全部"))
        await asyncio.wait({commented}, timeout=0.4)
        async with asyncio.timeout(0.6):  # less than the database takes to break a ring
            await surveys.load_invitations(conn, [item.id], lock=True)
    assert (await asyncio.wait_for(commented, timeout=10)).status == 200
    assert (await invitation(world)).state is InvitationState.CANCELLED


async def test_a_comment_that_asks_to_be_phoned_is_kept_and_noted(
    world: World, visitor: Visitor
) -> None:
    page = await to_the_comment(world, visitor)
    await visitor.submit(page, answer="还是断线，请回电")
    found = await response(world)
    assert found is not None
    assert found.comments == ("还是断线，请回电",)
    [wish] = [entry for entry in await story(world) if entry.kind == "wish.call_me"]
    assert wish.detail["channel"] == "web"
