"""The page on which a customer chooses: each choice is explicit, effective at once, and undone."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from channels import store as people
from channels.model import Channel, Person
from channels.service import Choice, Stops
from kernel import journal
from kernel.engine import Database, open_database
from surveys.programs import Program
from tests.fakes.visitor import Page, Visitor, everything, link, visit
from tests.fakes.world import World, closed, make_world

HOURS, DAYS = timedelta(hours=1), timedelta(days=1)
PHONE, MAILBOX = "+8613800138000", "li@example.test"
WHO = ("/tickets", "C-1")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database) -> World:
    """One ticket was closed; its customer has a number and a mailbox, and is not asked yet."""
    made = make_world(
        database,
        programs=(Program(id="default", channels=("sms", "email")),),
        channels=(Channel.SMS, Channel.EMAIL),
    )
    await made.tell(closed(email=MAILBOX))
    return made


@pytest.fixture
async def visitor(world: World) -> AsyncIterator[Visitor]:
    someone = await visit(world)
    yield someone
    await someone.client.close()


async def person(world: World) -> Person:
    async with world.database.read() as conn:
        return (await people.load_people(conn, world.vault, [WHO]))[WHO]


async def changed(world: World) -> list[list[str]]:
    async with world.database.read() as conn:
        rows = await journal.of_ticket(conn, *("/tickets", "T-1001"))
        about = [row for row in rows if row.kind == "preferences.changed"]
    return [list(row.detail["fields"]) for row in about]


async def stopped(world: World) -> dict[str, list[str]]:
    rings = {"phone": world.vault.index(PHONE), "mail": world.vault.index(MAILBOX)}
    async with world.database.read() as conn:
        found = await people.opt_outs_of(conn, rings.values())
    return {name: sorted(one.channel for one in found.get(ix, ())) for name, ix in rings.items()}


async def opened(world: World, visitor: Visitor, lang: str = "en") -> Page:
    page = await visitor.open(f"{await link(world, 'preferences')}?lang={lang}")
    assert page.status == 200
    return page


async def save(visitor: Visitor, page: Page, **entered: str) -> Page:
    return await visitor.submit(page, save="preferences", **entered)


async def test_a_page_saved_as_it_stands_is_no_choice(world: World, visitor: Visitor) -> None:
    page = await opened(world, visitor)
    before = await everything(world.database)
    after = await save(visitor, page)
    assert after.status == 200
    assert "nothing to change" in after.html
    assert await everything(world.database) == before


async def test_the_order_decides_by_which_channel_we_ask(world: World, visitor: Visitor) -> None:
    page = await opened(world, visitor)
    assert set(page.standing) >= {"channel_1", "channel_2", "channel_3"}
    after = await save(visitor, page, channel_1="email", channel_2="sms")
    assert 'role="status"' in after.html
    assert after.standing["channel_1"] == "email"
    assert (await person(world)).channels == ("email", "sms")
    await world.after(2 * HOURS)
    assert [sent.to for sent in world.carrier.sent] == [MAILBOX]
    assert (await save(visitor, after, channel_1="", channel_2="")).status == 200
    assert (await person(world)).channels == ()


async def test_hours_bind_what_is_not_sent_yet(world: World, visitor: Visitor) -> None:
    page = await opened(world, visitor)  # it is noon
    after = await save(visitor, page, **{"from": "17:00", "until": "18:30"})
    assert (after.standing["from"], after.standing["until"]) == ("17:00", "18:30")
    assert (await person(world)).window == ("17:00", "18:30")
    await world.after(4 * HOURS)
    assert world.carrier.sent == []
    await world.after(2 * HOURS)
    assert len(world.carrier.sent) == 1
    await save(visitor, after, **{"from": "", "until": ""})
    assert (await person(world)).window is None


async def test_the_language_is_that_of_the_survey_and_of_the_page(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.open(await link(world, "preferences"))
    assert page.language == "zh-CN"
    assert page.standing["language"] == "zh-CN"
    await save(visitor, page, language="en")
    assert (await person(world)).own_locale == "en"
    assert (await visitor.open(await link(world, "preferences"))).language == "en"
    assert await changed(world) == []  # nothing was sent yet: no ticket's story has it


@pytest.mark.parametrize(("wish", "days"), [("7", 7), ("30", 30), ("90", 90)])
async def test_a_button_pauses_for_so_many_days(
    world: World, visitor: Visitor, wish: str, days: int
) -> None:
    page = await opened(world, visitor)
    assert page.buttons[wish] == "pause"
    after = await visitor.submit(page, pause=wish)
    until = (await person(world)).paused_until
    assert until is not None
    assert abs(until - world.clock.now() - days * DAYS) < HOURS
    assert "Paused: we will not contact you before" in after.html
    assert "end" in after.buttons
    await world.after(2 * HOURS)
    assert world.carrier.sent == []


async def test_a_pause_of_any_length_is_ended_by_a_button(world: World, visitor: Visitor) -> None:
    page = await opened(world, visitor)
    assert "end" not in page.buttons
    page = await visitor.submit(page, pause="days", days="5")
    until = (await person(world)).paused_until
    assert until is not None
    assert abs(until - world.clock.now() - 5 * DAYS) < HOURS
    await world.after(2 * HOURS)
    assert world.carrier.sent == []
    page = await visitor.submit(page, pause="end")
    assert (await person(world)).paused_until is None
    assert "end" not in page.buttons
    await world.run()  # what was put off goes at once
    assert len(world.carrier.sent) == 1


@pytest.mark.parametrize(
    ("entered", "word"),
    [
        ({"pause": "days", "days": "0"}, "1 to 365"),
        ({"pause": "days", "days": "366"}, "1 to 365"),
        ({"pause": "days", "days": "-3"}, "1 to 365"),
        ({"pause": "days", "days": "a week"}, "1 to 365"),
        ({"pause": "days", "days": ""}, "1 to 365"),
        ({"pause": "for ever"}, "1 to 365"),
        ({"save": "preferences", "from": "18:00", "until": "10:00"}, "a later end"),
        ({"save": "preferences", "from": "10:00", "until": ""}, "a later end"),
        ({"save": "preferences", "from": "ten", "until": "noon"}, "a later end"),
        ({"save": "preferences", "from": "06:00", "until": "10:00"}, "between 09:00 and 20:00"),
        ({"save": "preferences", "from": "21:00", "until": "00:00"}, "between 09:00 and 20:00"),
        ({"save": "preferences", "from": "10:00", "until": "10:30"}, "an hour at least"),
        ({"save": "preferences", "channel_1": "sms", "channel_2": "sms"}, "one place only"),
        ({"save": "preferences", "channel_1": "fax"}, "choose one of the buttons"),
        ({"save": "preferences", "language": "tlh"}, "choose one of the buttons"),
    ],
)
async def test_nonsense_is_refused_kindly_and_what_was_typed_stays(
    world: World, visitor: Visitor, entered: dict[str, str], word: str
) -> None:
    page = await opened(world, visitor)
    before = await everything(world.database)
    after = await visitor.submit(page, **entered)
    assert after.status == 422
    assert 'role="alert"' in after.html
    assert word in after.html
    assert await everything(world.database) == before
    for name in ("from", "until"):
        assert after.standing[name] == entered.get(name, "")


async def test_a_stopped_channel_comes_back_by_its_own_button_alone(
    world: World, visitor: Visitor
) -> None:
    page = await visitor.submit(await opened(world, visitor), stop="sms")
    assert page.buttons["sms"] == "start"
    page = await save(visitor, page, channel_1="sms")
    page = await visitor.submit(page, pause="end")
    assert await stopped(world) == {"phone": ["sms"], "mail": []}
    page = await visitor.submit(page, start="sms")
    assert await stopped(world) == {"phone": [], "mail": []}
    assert page.buttons["sms"] == "stop"
    before = await everything(world.database)
    assert (await visitor.submit(page, start="sms")).status == 200
    assert await everything(world.database) == before


@pytest.mark.parametrize(
    ("wanted", "phone", "mail"),
    [
        ("sms", ["voice"], ["all"]),
        ("voice", ["sms"], ["all"]),
        ("email", ["all"], []),
        ("all", [], []),
    ],
)
async def test_one_channel_comes_back_and_the_others_stay_stopped(
    world: World, visitor: Visitor, wanted: str, phone: list[str], mail: list[str]
) -> None:
    page = await visitor.submit(await opened(world, visitor), stop="all")
    assert page.buttons["all"] == "start"
    page = await visitor.submit(page, start=wanted)
    assert await stopped(world) == {"phone": phone, "mail": mail}
    assert page.buttons[wanted] == "stop"


async def test_what_an_agent_changed_meanwhile_stays(world: World, visitor: Visitor) -> None:
    page = await opened(world, visitor)
    agents = Choice(
        source="/tickets",
        customer="C-1",
        wishes={"locale": "en", "channels": ("voice",), "window": ("10:00", "12:00")},
        how="api",
        by="front desk",
    )
    await world.database.transact(
        lambda conn: Stops(vault=world.vault, conversations=world.inbox.conversations).choose(
            conn, agents, world.clock.now()
        )
    )
    await save(visitor, page, **{"from": "15:00", "until": "18:00"})
    known = await person(world)
    assert (known.locale, known.channels, known.window) == ("en", ("voice",), ("15:00", "18:00"))


async def test_the_story_of_the_ticket_tells_what_was_chosen(
    world: World, visitor: Visitor
) -> None:
    await world.after(2 * HOURS)
    page = await save(visitor, await opened(world, visitor), language="en")
    await visitor.submit(page, pause="7")
    assert await changed(world) == [["locale"], ["paused_until"]]


async def test_whom_an_agent_blocked_is_told_so(world: World, visitor: Visitor) -> None:
    blocked = Choice(
        source="/tickets", customer="C-1", wishes={"do_not_contact": True}, how="api", by="a"
    )
    await world.database.transact(
        lambda conn: Stops(vault=world.vault, conversations=world.inbox.conversations).choose(
            conn, blocked, world.clock.now()
        )
    )
    page = await opened(world, visitor)
    assert "not to be contacted" in page.html
    await save(visitor, page, language="en")
    assert (await person(world)).do_not_contact


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_every_field_has_a_label_and_every_group_a_legend(
    world: World, visitor: Visitor, lang: str
) -> None:
    page = await visitor.submit(await opened(world, visitor, lang), pause="7")
    assert page.language == lang
    tags = page.read.tags
    labelled = {found.get("for") for tag, found in tags if tag == "label"}
    named = [
        found for tag, found in tags if tag in {"input", "select"} and found.get("type") != "hidden"
    ]
    assert {found.get("id") for found in named} == labelled
    groups = [tag for tag, _ in tags]
    assert groups.count("fieldset") == groups.count("legend") == 3
    ids = [found["id"] for _, found in tags if "id" in found]
    assert len(ids) == len(set(ids))
    described = {found["aria-describedby"] for _, found in tags if "aria-describedby" in found}
    assert described <= set(ids)
    assert "script" not in groups
    assert all("style" not in found for _, found in tags)
    assert "{" not in page.html
