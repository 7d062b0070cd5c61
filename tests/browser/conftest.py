"""A real demo and a real Chromium, both started for these tests."""

import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.stack import Process, free_port, until

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 20_000  # milliseconds for anything the page must show


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    assert found, "no Chromium on the PATH: `make browser` installs Debian's, or install one"
    async with async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=found, args=list(_ARGUMENTS))
        yield opened
        await opened.close()


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a demo whose opening story has been played."""
    port = free_port()
    words = ["-m", "huifang", "demo", "--port", str(port), "--data", str(tmp_path / "data")]
    process = Process(words=words, environ={}, log=tmp_path / "demo.log")
    process.start()

    async def look() -> bool | None:
        assert not process.ended(), process.log.read_text()[-3000:]
        return True if "/sandbox/" in process.log.read_text() else None

    await until(look, "the demo's URL")
    yield f"http://127.0.0.1:{port}"
    assert process.stop() == 0


class Screen:
    """A page that remembers what it complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text) if message.type == "error" else None
            ),
        )

    async def pane(self, name: str) -> None:
        """On a narrow screen one part is shown at a time."""
        button = self.page.locator(f'[data-pane-to="{name}"]')
        if await button.is_visible():
            await button.click()

    async def close_ticket(self, ticket: str) -> None:
        await self.pane("desk")
        card = self.page.locator(".ticket", has_text=ticket)
        await card.locator(".foot button").click()
        await card.locator(".badge.closed").wait_for()

    async def advance(self, by: str) -> None:
        before = await self.page.locator("#clock-time").text_content()
        await self.page.locator(f'[data-advance="{by}"]').click()

        async def moved() -> bool | None:
            now = await self.page.locator("#clock-time").text_content()
            return True if now != before else None

        await until(moved, "the clock moved")

    async def reply(self, text: str) -> None:
        await self.pane("phones")
        await self.page.locator("#text").fill(text)
        await self.page.locator(".compose .send").click()

    async def bubble(self, text: str) -> None:
        """Wait for a text to be on the phone."""
        await self.pane("phones")
        await self.page.locator(".bubble", has_text=text).last.wait_for()

    async def story(self, text: str) -> None:
        """Wait for a line of the timeline."""
        await self.pane("timeline")
        await self.page.locator(".item", has_text=text).first.wait_for()

    async def badge(self, ticket: str, state: str) -> None:
        await self.pane("desk")
        card = self.page.locator(".ticket", has_text=ticket)
        await card.locator(f".badge.{state}").wait_for()

    async def fits(self) -> bool:
        """Whether nothing sticks out to the side."""
        wide = "document.documentElement.scrollWidth <= window.innerWidth"
        return bool(await self.page.evaluate(wide))


async def open_screen(browser: Browser, url: str, width: int, height: int, lang: str) -> Screen:
    page = await browser.new_page(viewport={"width": width, "height": height}, locale=lang)
    screen = Screen(page)
    await page.goto(url)
    await page.locator(".ticket").first.wait_for()
    return screen
