"""The page to stop our messages on: looking changes nothing, stopping is at once and for good."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from channels import store as people
from channels.model import Channel, OptOut, OptOutState
from kernel import journal
from kernel.engine import Database, open_database
from surveys import store as surveys
from surveys.model import InvitationState
from surveys.programs import Program
from tests.fakes.visitor import Page, Visitor, everything, link, link_in, visit
from tests.fakes.world import World, closed, make_world

HOURS = timedelta(hours=1)
PHONE, MAILBOX = "+8613800138000", "li@example.test"
ONE_CLICK = "List-Unsubscribe=One-Click"
URLENCODED = "application/x-www-form-urlencoded"


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


async def stops(world: World, address: str) -> list[OptOut]:
    ix = world.vault.index(address)
    async with world.database.read() as conn:
        found = await people.opt_outs_of(conn, [ix])
    return sorted(found.get(ix, ()), key=lambda stop: stop.channel)


async def state(world: World, ticket: str = "T-1001") -> tuple[InvitationState, str | None]:
    async with world.database.read() as conn:
        found = (await surveys.invitations_of(conn, [("/tickets", ticket)]))["/tickets", ticket]
    return found[-1].state, found[-1].reason


def stoppable(page: Page) -> set[str]:
    """What the page has a button to stop for."""
    return {value for value, name in page.buttons.items() if name == "stop"}


async def recorded(world: World) -> list[journal.Entry]:
    async with world.database.read() as conn:
        entries = await journal.of_ticket(conn, "/tickets", "T-1001")
    return [entry for entry in entries if entry.kind == "opt_out.recorded"]


async def test_looking_changes_nothing(world: World, visitor: Visitor) -> None:
    path = link_in(world, "p", MAILBOX)
    before = await everything(world.database)
    for method in ("GET", "HEAD", "GET"):
        assert (await visitor.open(path, method)).status == 200
    page = await visitor.open(path)
    assert await everything(world.database) == before
    assert stoppable(page) == {"sms", "email", "voice", "all"}
    assert "+86***00" in page.html
    assert "l***@example.test" in page.html
    assert PHONE not in page.html
    assert MAILBOX not in page.html
    assert page.headers["Referrer-Policy"] == "no-referrer"


async def test_the_letter_carries_the_headers_of_one_click(world: World) -> None:
    [letter] = [sent for sent in world.carrier.sent if sent.to == MAILBOX]
    assert letter.headers is not None
    assert letter.headers["List-Unsubscribe-Post"] == ONE_CLICK
    assert letter.headers["List-Unsubscribe"].endswith(link_in(world, "p", MAILBOX) + ">")


@pytest.mark.parametrize("multipart", [False, True])
async def test_one_click_stops_mail_at_once_without_a_redirect(
    world: World, visitor: Visitor, multipart: bool
) -> None:
    path = link_in(world, "p", MAILBOX)
    before = world.clock.now()
    if multipart:
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("List-Unsubscribe", "One-Click")
        page = await visitor.send(path, form, follow=False)
    else:
        page = await visitor.send(path, ONE_CLICK, follow=False, Content_Type=URLENCODED)
    assert page.status == 200
    [stop] = await stops(world, MAILBOX)
    assert (stop.channel, stop.state, stop.how) == ("email", OptOutState.FINAL, "one_click")
    assert before <= stop.at <= world.clock.now()
    assert stop.proof is not None
    assert path.rpartition("/")[2] not in stop.proof
    assert await stops(world, PHONE) == []
    assert await state(world) == (InvitationState.CANCELLED, "opt_out")
    [entry] = await recorded(world)
    assert (entry.source, entry.ticket) == ("/tickets", "T-1001")
    assert entry.detail == {"channel": "email", "state": "final", "how": "one_click"}


async def test_stopping_again_changes_nothing(world: World, visitor: Visitor) -> None:
    path = await link(world, "preferences")
    await visitor.send(path, {"stop": "all"})
    before = await everything(world.database)
    world.clock.advance(HOURS)
    for data in ({"stop": "all"}, {"stop": "sms"}, {"List-Unsubscribe": "One-Click"}):
        assert (await visitor.send(path, data)).status == 200
    assert await everything(world.database) == before


@pytest.mark.parametrize(
    ("wanted", "by_phone", "by_mail"),
    [
        ("sms", ["sms"], []),
        ("voice", ["voice"], []),
        ("email", [], ["email"]),
        ("all", ["all"], ["all"]),
    ],
)
async def test_each_button_stops_what_it_says(
    world: World, visitor: Visitor, wanted: str, by_phone: list[str], by_mail: list[str]
) -> None:
    page = await visitor.open(await link(world, "preferences"))
    after = await visitor.submit(page, stop=wanted)
    assert after.status == 200
    assert 'role="status"' in after.html
    left = {"sms", "email", "voice"} - {wanted}
    assert stoppable(after) == (set() if wanted == "all" else {*left, "all"})
    assert after.buttons[wanted] == "start"
    assert [stop.channel for stop in await stops(world, PHONE)] == by_phone
    assert [stop.channel for stop in await stops(world, MAILBOX)] == by_mail
    assert await state(world) == (InvitationState.CANCELLED, "opt_out")
    again = await visitor.open(page.url)
    assert again.buttons == after.buttons


async def test_nothing_is_sent_any_more_after_all_is_stopped(
    world: World, visitor: Visitor
) -> None:
    await visitor.send(await link(world, "preferences"), {"stop": "all"})
    sent = len(world.carrier.sent)
    world.clock.advance(timedelta(days=40))
    await world.tell(closed(2, ticket="T-2", email=MAILBOX, at=world.clock.now()))
    await world.after(2 * HOURS)
    assert await state(world, "T-2") == (InvitationState.SUPPRESSED, "opt_out")
    assert len(world.carrier.sent) == sent


async def test_an_open_question_of_the_same_customer_ends_too(database: Database) -> None:
    world = make_world(database)
    await world.tell(closed(), closed(2, ticket="T-2", customer="C-2"))
    await world.after(2 * HOURS)
    visitor = await visit(world)
    assert (await state(world))[0] is InvitationState.INVITED
    await visitor.send(await link(world, "preferences", "T-2"), {"stop": "sms"})
    assert await state(world) == (InvitationState.CANCELLED, "opt_out")  # the number is shared
    page = await visitor.open(await link(world))
    await visitor.client.close()
    assert page.status == 200
    assert "已为您退订" in page.html
    assert await world.says(PHONE, "5") == ()


async def test_a_probable_stop_becomes_certain(world: World, visitor: Visitor) -> None:
    await world.says(PHONE, "请不要再给我发短信了")
    assert [stop.state for stop in await stops(world, PHONE)] == [OptOutState.PROVISIONAL]
    await visitor.send(await link(world, "preferences"), {"stop": "sms"})
    [stop] = await stops(world, PHONE)
    assert (stop.state, stop.how) == (OptOutState.FINAL, "page")


async def test_start_undoes_it_and_the_page_says_so(world: World, visitor: Visitor) -> None:
    path = await link(world, "preferences")
    await visitor.send(path, {"stop": "sms"})
    await world.says(PHONE, "START")
    assert "sms" in stoppable(await visitor.open(path))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"stop": ""},
        {"stop": "everything"},
        {"stop": "SMS"},
        {"List-Unsubscribe": "Two-Clicks"},
        {"list-unsubscribe": "One-Click"},
        {"start": ""},
        {"start": "everything"},
        {"save": ""},
        {"save": "all"},
    ],
)
async def test_no_other_wish_is_guessed(
    world: World, visitor: Visitor, data: dict[str, str]
) -> None:
    before = await everything(world.database)
    page = await visitor.send(await link(world, "preferences"), data)
    assert page.status == 422
    assert "all" in page.buttons
    assert await everything(world.database) == before


async def test_other_links_are_of_no_use_here(world: World, visitor: Visitor) -> None:
    survey = (await link(world)).rpartition("/")[2]
    before = await everything(world.database)
    pages = [await visitor.open(f"/p/{token}") for token in ("made-up", survey)]
    pages += [await visitor.send(f"/p/{token}", {"stop": "all"}) for token in ("made-up", survey)]
    assert {page.status for page in pages} == {404}
    assert len({page.html for page in pages}) == 1
    assert await everything(world.database) == before


async def test_guessing_ends_after_thirty_unknown_links(world: World, visitor: Visitor) -> None:
    tried = [(await visitor.send(f"/p/{number}", {"stop": "all"})).status for number in range(31)]
    assert tried == [404] * 30 + [429]
    path = await link(world, "preferences")
    page = await visitor.send(path, ONE_CLICK, follow=False, Content_Type=URLENCODED)
    assert page.status == 200
    assert [stop.channel for stop in await stops(world, MAILBOX)] == ["email"]


async def test_the_page_speaks_english_when_asked(world: World, visitor: Visitor) -> None:
    page = await visitor.open(f"{await link(world, 'preferences')}?lang=en")
    assert page.language == "en"
    assert "Stop everything" in page.html
    page = await visitor.submit(page, stop="email")
    assert page.language == "en"
    assert "stopped" in page.html
