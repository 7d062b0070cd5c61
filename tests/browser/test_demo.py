"""A person plays the demo: agent, customer, and whoever moves the clock."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import Screen, open_screen

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
    await screen.pane("desk")
    await screen.card("T-1002").locator(".notes button").click()
    await screen.page.locator('.item[data-kind="complaint.registered"]:focus').wait_for()
    assert [kind for kind in await screen.kinds() if re.search("[A-Za-z]", kind)] == []
    assert await screen.never_loaded_again()
    assert await screen.sticking_out() == []
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
    wide, high = SIZES["phone"]
    survey = Screen(
        await browser.new_page(viewport={"width": wide, "height": high}, locale="zh-CN")
    )
    await survey.page.goto(await link.get_attribute("href") or "")
    assert await survey.sticking_out() == []
    await survey.page.locator('input[name="answer"][value="1"]').check()
    # Who answers within a second of the page is asked whether it was a person.
    await survey.looked_at()
    await survey.page.locator("button.main").click()
    await survey.page.get_by_text("解决了吗").wait_for()
    assert await survey.sticking_out() == []
    await screen.badge("T-1003", "reopened")
    await screen.story("低分")
    assert await screen.texts() == []
    assert screen.complaints + survey.complaints == []


async def test_new_york_is_asked_in_its_own_morning(demo: str, browser: Browser) -> None:
    screen = await open_screen(browser, demo, *SIZES["desktop"], "en")
    await screen.close_ticket("T-1006")
    await screen.advance("2h")
    await screen.story(re.compile("put off until .* 09:00 "))  # as clocks over there show it
    for step in ("2h", "2h", "2h", "2h", "15m"):  # from one or two at night to past nine
        await screen.advance(step)
    await screen.bubble("Ticket T-1006 closed")
    [came_at] = await screen.texts()
    assert "09:00" <= came_at < "11:00"
    assert screen.complaints == []


async def test_after_a_stop_word_no_text_comes_even_when_one_would_be_due(
    demo: str, browser: Browser
) -> None:
    screen = await open_screen(browser, demo, *SIZES["desktop"], "zh-CN")
    await screen.close_ticket("T-1002")
    await screen.advance("2h")
    await screen.bubble("工单T-1002已处理")
    await screen.reply("退订")
    await screen.story("客户退订")
    # More than thirty days on, nothing but the stop speaks against a text.
    ask = screen.page.request
    await ask.post(f"{demo}/sandbox/api/clock", data={"advance": "31d"})
    another = {"id": "T-2002", "title": "室内无信号", "customer_id": "C-2"}
    await ask.post(f"{demo}/sandbox/api/tickets", data=another)
    await screen.close_ticket("T-2002")
    await screen.advance("2h")
    await screen.story("已通过邮件发送")
    assert len(await screen.texts()) == 1
    assert screen.complaints == []


async def test_the_page_speaks_both_languages(demo: str, browser: Browser) -> None:
    screen = await open_screen(browser, demo, *SIZES["phone"], "zh-CN")
    await screen.page.get_by_text("工单台").first.wait_for()
    await screen.page.locator('[data-language="en"]').click()
    await screen.page.get_by_text("Ticket desk").first.wait_for()
    await screen.story("The ticket was reopened")
    assert "Reopened by us" in await screen.kinds()
    assert await screen.sticking_out() == []
    await screen.page.goto(f"{demo}/docs")
    await screen.page.get_by_text("/v1/events").first.wait_for()
    assert await screen.sticking_out() == []
    assert screen.complaints == []
