"""The survey page as customers see it: every kind of question, every state, by eye and by axe."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from channels.model import Channel
from channels.render import Brand
from kernel.engine import metadata, open_database
from surveys import questionnaire
from surveys.programs import Program
from tests.browser import axe
from tests.browser.conftest import STICKING_OUT, picture
from tests.fakes.visitor import Visitor, link, visit
from tests.fakes.world import World, closed, make_world

SURVEY = """
id: every
title: {zh-CN: 服务回访, en: A few questions}
start: satisfaction
questions:
  satisfaction:
    kind: csat5
    headline: true
    ask: {zh-CN: "您对这次服务满意吗？", en: "How satisfied are you?"}
    next: [{go: recommend}]
  recommend:
    kind: nps
    ask: {zh-CN: "您愿意把我们推荐给亲友吗？", en: "Would you recommend us to friends?"}
    next: [{go: effort}]
  effort:
    kind: ces7
    ask: {zh-CN: "办成这件事容易吗？", en: "How easy was it to get this done?"}
    next: [{go: resolved}]
  resolved:
    kind: resolved
    ask: {zh-CN: "问题解决了吗？", en: "Has your problem been resolved?"}
    next: [{go: cause}]
  cause:
    kind: choice
    ask: {zh-CN: "哪一点最需要改进？", en: "What should we improve first?"}
    options:
      - {id: speed, label: {zh-CN: 处理速度, en: Speed}}
      - {id: manner, label: {zh-CN: 服务态度, en: Manner}}
      - {id: skill, label: {zh-CN: 专业能力, en: Skill}}
    next: [{go: words}]
  words:
    kind: comment
    optional: true
    ask: {zh-CN: "还有什么想告诉我们的吗？", en: "What else would you like to tell us?"}
    next: [{go: end}]
end: {zh-CN: "感谢您的评价，祝您生活愉快！", en: "Thank you for your feedback."}
low: {any: [{question: satisfaction, at_most: 2}]}
"""

LOGO = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='120' height='32'%3E"
    "%3Crect width='120' height='32' rx='6' fill='%23345'/%3E%3C/svg%3E"
)
PHONE, DESKTOP = (390, 844), (1280, 800)
READ = timedelta(seconds=4)


@dataclass(kw_only=True)
class House:
    """The pages of a running application, and the tickets that customers are asked about."""

    world: World
    visitor: Visitor
    tickets: int = 0

    async def url(self) -> str:
        """The link of a survey that somebody was just invited to."""
        return str(self.visitor.client.make_url(await self.path()))

    async def path(self) -> str:
        self.tickets += 1
        ticket, customer = f"T-{self.tickets}", f"C-{self.tickets}"
        mailbox = f"c{self.tickets}@example.test"
        event = closed(
            self.tickets,
            ticket=ticket,
            customer=customer,
            phone=f"+861380013{self.tickets:04d}",
            email=mailbox,
            at=self.world.clock.now(),
        )
        await self.world.tell(event)
        await self.world.after(timedelta(hours=2))
        return await link(self.world, ticket=ticket)

    def read(self) -> None:
        """Nobody answers a page in the instant it appears."""
        self.world.clock.advance(READ)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('pages') / 'db.sqlite3'}")
    async with database.write() as conn:
        await conn.run_sync(metadata.create_all)
    world = make_world(
        database,
        programs=(Program(id="every", survey="every", channels=("email",)),),
        channels=(Channel.SMS, Channel.EMAIL),
        speed=0.001,  # what is done at once is done within its second on a slow machine too
    )
    loaded = questionnaire.read({"every.yaml": SURVEY})
    assert not loaded.faults
    planning = world.planning
    planning.catalogue = replace(planning.catalogue, surveys=loaded.surveys)
    visitor = await visit(world)
    yield House(world=world, visitor=visitor)
    await visitor.client.close()
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    wide, high = PHONE
    opened = await browser.new_context(viewport={"width": wide, "height": high}, locale="zh-CN")
    await axe.teach(opened)
    yield opened
    await opened.close()


async def inspect(page: Page, name: str, lang: str) -> None:
    """Both sizes, light and dark: nothing sticks out, and axe finds no fault."""
    await expect(page.locator(f'html[lang="{lang}"]')).to_be_attached()
    assert await axe.faults(page) == [], f"{name} in {lang}"
    # Words are longest in English, where a phone is narrow.
    for wide, high in (PHONE,) if lang == "en" else (DESKTOP, PHONE):
        await page.set_viewport_size({"width": wide, "height": high})
        assert await page.evaluate(STICKING_OUT) == [], f"{name} in {lang}, {wide} wide"
        await picture(page, f"survey-{name}-{lang}-{wide}")


async def send(page: Page, house: House, button: str = "button.main") -> None:
    house.read()
    await page.locator(button).click()


ANSWERS = {
    "satisfaction": "4",
    "recommend": "9",
    "effort": "6",
    "resolved": "yes",
    "cause": "speed",
}


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_every_question_can_be_used_by_everybody(
    house: House, context: BrowserContext, lang: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{await house.url()}?lang={lang}")
    for number, (question, value) in enumerate(ANSWERS.items(), start=1):
        await expect(page.locator(".place")).to_contain_text(f"{number} / 6")
        await page.locator(f'input[value="{value}"]').check()
        await inspect(page, question, lang)
        await send(page, house)
    await page.locator("textarea").fill("WLAN 晚上掉线")
    await inspect(page, "words", lang)
    await send(page, house)
    await expect(page.locator("h1")).to_have_text("谢谢" if lang == "zh-CN" else "Thank you")
    await inspect(page, "thanks", lang)
    await page.locator('[name="wish"]').click()
    await page.locator(".done").wait_for()
    await inspect(page, "called", lang)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_a_fault_is_told_beside_its_field_which_has_the_focus(
    house: House, context: BrowserContext, lang: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{await house.url()}?lang={lang}")
    await send(page, house)
    fault = page.locator("fieldset #fault")
    await fault.wait_for()
    first = page.locator('input[name="answer"]').first
    await expect(first).to_be_focused()
    await expect(first).to_have_accessible_description(await fault.inner_text())
    await inspect(page, "fault", lang)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_who_answers_faster_than_a_person_is_asked_to_confirm(
    house: House, context: BrowserContext, lang: str
) -> None:
    page = await context.new_page()
    await page.goto(f"{await house.url()}?lang={lang}")
    await page.locator('input[value="1"]').check()
    await page.locator("button.main").click()
    await page.locator("#why").wait_for()
    await expect(page.locator('input[value="1"]')).to_be_checked()
    await inspect(page, "confirm", lang)
    await send(page, house)
    await expect(page.locator(".place")).to_contain_text("2 / 6")


async def test_an_unknown_link_speaks_to_everybody(house: House, context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto(str(house.visitor.client.make_url("/s/nobody")))
    await inspect(page, "unknown", "zh-CN")


async def test_it_all_goes_by_the_keyboard_without_a_script(house: House, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False, locale="en")
    page = await context.new_page()
    await page.goto(f"{await house.url()}?lang=en")
    await page.locator("input").last.focus()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator('input[value="2"]')).to_be_checked()
    house.read()
    await page.keyboard.press("Enter")  # the button, and not the first one on the page
    await expect(page.locator(".place")).to_contain_text("2 / 6")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await context.close()


async def test_the_other_language_keeps_what_was_entered(
    house: House, context: BrowserContext
) -> None:
    page = await context.new_page()
    await page.goto(await house.url())
    await page.locator('input[value="3"]').check()
    await page.locator('.languages [lang="en"]').click()
    await expect(page.locator("legend")).to_have_text("How satisfied are you?")
    await expect(page.locator('input[value="3"]')).to_be_checked()


async def test_whatever_the_brands_colour_is_the_page_can_be_read(
    house: House, context: BrowserContext
) -> None:
    path, page = await house.path(), await context.new_page()
    for colour in ("#ffe600", "#101010"):
        visitor = await visit(house.world, Brand(name="Acme", colour=colour, logo=LOGO))
        await page.goto(str(visitor.client.make_url(f"{path}?rating=4")))
        assert await axe.faults(page) == [], colour
        await page.emulate_media(color_scheme="dark")
        await picture(page, f"survey-brand-{colour[1:]}-dark")
        await visitor.client.close()
