"""Asks axe-core, which a package of the tests brings, what people could not use on a page."""

from importlib import resources
from typing import Any

from playwright.async_api import BrowserContext, Page

#: WCAG 2.2 at level AA holds all that came before it.
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

_RUN = """async (levels) => {
  const found = await axe.run(document, { runOnly: levels, resultTypes: ["violations"] });
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}"""


async def teach(context: BrowserContext) -> None:
    """Have every page of a context know axe; its own policy lets no script in, ours neither."""
    source = resources.files("axe_playwright_python") / "axe.min.js"
    await context.add_init_script(source.read_text("utf-8"))


async def faults(page: Page) -> list[str]:
    """What breaks a rule, in light and in the dark."""
    found: list[Any] = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        found += [f"{scheme}: {each}" for each in await page.evaluate(_RUN, LEVELS)]
    await page.emulate_media(color_scheme="light")
    return found
