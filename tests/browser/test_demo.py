"""A person plays the demo: agent, customer, and whoever moves the clock."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import open_screen

SIZES = {"desktop": (1400, 900), "phone": (390, 844)}


@pytest.mark.parametrize("size", SIZES)
async def test_a_low_answer_reopens_the_ticket_before_the_agents_eyes(
    demo: str, browser: Browser, size: str, tmp_path: Path
) -> None:
    screen = await open_screen(browser, demo, *SIZES[size], "zh-CN")
    await screen.close_ticket("T-1002")
    await screen.advance("2h")
    await screen.bubble("工单T-1002已处理")
    await screen.reply("1")
    await screen.bubble("解决了吗")
    await screen.badge("T-1002", "reopened")
    await screen.story("工单已重新打开")
    await screen.reply("2")
    await screen.bubble("很抱歉")
    await screen.reply("九月的漫游费还是不对")
    await screen.bubble("感谢您的评价")
    await screen.story("客户的意见已加入投诉")
    assert await screen.fits()
    await screen.page.screenshot(path=tmp_path / f"{size}.png")
    assert screen.complaints == []


async def test_a_mail_leads_to_a_page_that_reopens_the_ticket(demo: str, browser: Browser) -> None:
    screen = await open_screen(browser, demo, *SIZES["desktop"], "zh-CN")
    await screen.close_ticket("T-1003")
    await screen.advance("2h")
    page = screen.page
    await page.locator('[data-tab="mail"]').click()
    link = page.locator(".mailed .text a").first
    await link.wait_for()
    survey = await browser.new_page(locale="zh-CN")
    await survey.goto(await link.get_attribute("href") or "")
    await survey.locator('input[name="answer"][value="1"]').check(force=True)
    await survey.locator("button.main").click()
    await survey.locator("text=解决").first.wait_for()
    await screen.badge("T-1003", "reopened")
    await screen.story("低分")


async def test_new_york_is_asked_in_its_own_morning(demo: str, browser: Browser) -> None:
    screen = await open_screen(browser, demo, *SIZES["desktop"], "en")
    await screen.close_ticket("T-1006")
    await screen.advance("2h")
    await screen.story("put off until")
    for step in ("2h", "2h", "2h", "2h", "2h", "15m"):  # from 23:00 over there to 09:15
        await screen.advance(step)
    await screen.bubble("Ticket T-1006 is closed")
    assert screen.complaints == []


async def test_a_stop_word_is_the_last_thing_that_happens(demo: str, browser: Browser) -> None:
    screen = await open_screen(browser, demo, *SIZES["desktop"], "zh-CN")
    await screen.close_ticket("T-1002")
    await screen.advance("2h")
    await screen.bubble("工单T-1002已处理")
    await screen.page.locator(".quick .stop").click()
    await screen.story("客户退订")
    assert await screen.page.locator(".bubble.to").count() == 1


async def test_the_page_speaks_both_languages(demo: str, browser: Browser) -> None:
    screen = await open_screen(browser, demo, *SIZES["phone"], "zh-CN")
    await screen.page.locator("text=工单台").first.wait_for()
    await screen.page.locator('[data-language="en"]').click()
    await screen.page.locator("text=Ticket desk").first.wait_for()
    await screen.story("The ticket was reopened")
    assert await screen.fits()
    await screen.page.goto(f"{demo}/docs")
    await screen.page.get_by_text("/v1/events").first.wait_for()
    assert screen.complaints == []
