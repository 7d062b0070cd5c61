"""A real demo and a real Chromium, both started for these tests."""

import re
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright

from tests.e2e.stack import ROOT, Process, free_port, until

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PANES = ("desk", "phones", "timeline")
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# A part may clip what is too wide for it: then the document is no wider, and the words are gone.
STICKING_OUT = """() => {
  const slides = (node) =>
    node && (/auto|scroll/.test(getComputedStyle(node).overflowX) || slides(node.parentElement));
  const wide = (node) =>
    node.checkVisibility() && node.getBoundingClientRect().right > window.innerWidth + 1;
  const document_too = document.documentElement.scrollWidth > window.innerWidth ? ["page"] : [];
  return [...document.querySelectorAll("body *")]
    .filter((node) => wide(node) && !slides(node))
    .map((node) => `${node.tagName} ${node.className}`)
    .concat(document_too);
}"""
PATIENCE = 20_000  # milliseconds for anything the page must show
_READING = 1_500
_PICTURES = ROOT / ".cache" / "screens"  # to be looked at; git passes it over


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            # One loop for all, since one browser serves all.
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


async def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, whole."""
    await page.screenshot(path=_PICTURES / f"{name}.png", full_page=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    assert found, "no Chromium on the PATH: `make browser` installs Debian's, or install one"
    async with async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=found, args=list(_ARGUMENTS))
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def demo(tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a demo whose opening story has been played."""
    port = free_port()
    words = ["huifang", "demo", "--port", str(port), "--data", str(tmp_path / "data")]
    process = Process(words=words, environ={}, log=tmp_path / "demo.log")
    process.log.touch()
    process.start()

    async def look() -> bool | None:
        assert not process.ended(), process.log.read_text()[-3000:]
        return True if "/sandbox/" in process.log.read_text() else None

    await until(look, "the demo's URL")
    yield f"http://127.0.0.1:{port}"
    assert await process.stop() == 0


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

    def card(self, ticket: str) -> Locator:
        return self.page.locator(".ticket", has_text=ticket)

    async def close_ticket(self, ticket: str) -> None:
        await self.pane("desk")
        card = self.card(ticket)
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

    async def story(self, text: str | re.Pattern[str]) -> None:
        """Wait for a line of the timeline."""
        await self.pane("timeline")
        await self.page.locator(".item", has_text=text).first.wait_for()

    async def texts(self) -> list[str]:
        """The wall clock, HH:MM, at which each text of ours came to the phone."""
        await self.pane("phones")
        said = await self.page.locator(".said.to").all_text_contents()
        return [words[:5] for words in said]

    async def kinds(self) -> list[str]:
        """The labels of the timeline on show."""
        return await self.page.locator(".item .kind").all_text_contents()

    async def badge(self, ticket: str, state: str) -> None:
        await self.pane("desk")
        await self.card(ticket).locator(f".badge.{state}").wait_for()

    async def looked_at(self) -> None:
        """Wait until the page has been there for as long as a person needs to read it."""

        async def read() -> bool | None:
            return True if await self.page.evaluate("performance.now()") > _READING else None

        await until(read, "time to read")

    async def sticking_out(self) -> list[str]:
        """What is cut off at the side, whichever part is on show."""
        found: list[str] = []
        for name in PANES:
            await self.pane(name)
            found += await self.page.evaluate(STICKING_OUT)
        return found

    async def never_loaded_again(self) -> bool:
        """Whether this is still the page that was opened."""
        return bool(await self.page.evaluate("window.openedOnce === true"))


async def open_screen(browser: Browser, url: str, width: int, height: int, lang: str) -> Screen:
    page = await browser.new_page(viewport={"width": width, "height": height}, locale=lang)
    screen = Screen(page)
    await page.goto(f"{url}/sandbox/")
    await page.locator(".ticket").first.wait_for()
    await page.evaluate("window.openedOnce = true")
    return screen
