"""The staff's pages as people use them: signed in, with the keyboard, in both languages."""

import re
from pathlib import Path

from playwright.async_api import Browser

from tests.browser import axe
from tests.browser.conftest import PATIENCE, STICKING_OUT, Screen, picture

#: Where the menu leads, by language; each page is headed by its name there.
_PLACES = {
    "zh-CN": ("概览", "投诉", "答卷", "导出", "未回访", "问卷", "方案"),
    "en": ("Overview", "Complaints", "Not asked"),
}


async def test_somebody_signs_in_looks_around_and_signs_out(
    demo: str, browser: Browser, tmp_path: Path
) -> None:
    told = (tmp_path / "demo.log").read_text()
    password = re.findall(r"密码 (\S+)", told)[-1]
    context = await browser.new_context(viewport={"width": 390, "height": 800}, locale="zh-CN")
    await axe.teach(context)
    screen = Screen(await context.new_page())
    page = screen.page
    page.set_default_timeout(PATIENCE)
    await page.goto(f"{demo}/complaints?state=registered")
    assert await axe.faults(page) == []
    await picture(page, "staff-login")
    await page.keyboard.type("demo")
    await page.keyboard.press("Tab")
    await page.keyboard.type(password)
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="投诉", level=1).wait_for()
    assert page.url == f"{demo}/complaints?state=registered"
    await page.locator("tbody tr", has_text="T-1001").wait_for()
    for language, names in _PLACES.items():
        if language == "en":
            await page.locator(".languages button").click()
        for place, name in enumerate(names):
            await page.locator("nav.ways").get_by_role("link", name=name).click()
            await page.get_by_role("heading", name=name, level=1).wait_for()
            assert await page.evaluate("document.documentElement.lang") == language
            assert await axe.faults(page) == []
            assert await page.evaluate(STICKING_OUT) == []
            await picture(page, f"staff-{place}-{language}")
        for path in ("topics", "account"):
            await page.goto(f"{demo}/{path}")
            assert await axe.faults(page) == []
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.get_by_text("You are signed out").or_(page.get_by_text("已退出登录")).wait_for()
    assert screen.complaints == []
    await context.close()
