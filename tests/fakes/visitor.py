"""A browser without scripts: opens pages of the real application, and sends their forms."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.links import sign
from channels.pages import PreferencePages
from channels.render import Brand
from channels.sheets import brand_style
from huifang.identity import Identity
from huifang.metrics import Metrics
from huifang.paths import templates
from huifang.web import application
from kernel.engine import Database, metadata
from scheduler.clock import MovableClock
from surveys import store as surveys
from surveys.conversation import SurveyConversation
from surveys.tokens import token
from surveys.web import SurveyPages
from tests.fakes.world import World

KEYS = [b"k" * 32]
BRAND = Brand()


@dataclass(frozen=True, kw_only=True)
class Field:
    """One control of a form."""

    tag: str
    type: str
    name: str
    value: str
    checked: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: list[Field] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.action = ""
        self._area: str | None = None
        self._select: tuple[str, str | None] | None = None  # its name, and what is chosen so far

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "form":
            self.action = found.get("action") or ""
        if tag == "a":
            self.links.append(found.get("href") or "")
        if tag == "textarea":
            self._area = ""
            self._name = found.get("name") or ""
        if tag == "select":
            self._select = (found.get("name") or "", None)
        if tag == "option" and self._select is not None:
            name, chosen = self._select
            if chosen is None or "selected" in found:  # the first one, where none is marked
                self._select = (name, found.get("value") or "")
        if tag in {"input", "button"}:
            self.fields.append(
                Field(
                    tag=tag,
                    type=found.get("type") or "text",
                    name=found.get("name") or "",
                    value=found.get("value") or "",
                    checked="checked" in found,
                )
            )

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select is not None:
            name, chosen = self._select
            self.fields.append(Field(tag=tag, type="", name=name, value=chosen or ""))
            self._select = None
        if tag == "textarea" and self._area is not None:
            # As a browser does: a line break right after the tag is not part of the text.
            text = self._area.removeprefix("\n")
            self.fields.append(Field(tag=tag, type="", name=self._name, value=text))
            self._area = None


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a browser has after a request and the redirections it followed."""

    url: str
    status: int
    html: str
    headers: Mapping[str, str]
    hops: int
    read: _Reader = field(repr=False)

    @property
    def hidden(self) -> dict[str, str]:
        return {each.name: each.value for each in self.read.fields if each.type == "hidden"}

    @property
    def radios(self) -> list[str]:
        return [each.value for each in self.read.fields if each.type == "radio"]

    @property
    def chosen(self) -> list[str]:
        return [each.value for each in self.read.fields if each.checked]

    @property
    def buttons(self) -> dict[str, str]:
        """The values of named buttons, by value the name."""
        found = [each for each in self.read.fields if each.tag == "button" and each.name]
        return {each.value: each.name for each in found}

    @property
    def standing(self) -> dict[str, str]:
        """What stands in selects and in fields of one line."""
        lines = {"time", "number", "text"}
        found = [each for each in self.read.fields if each.tag == "select" or each.type in lines]
        return {each.name: each.value for each in found if each.tag != "button"}

    @property
    def typed(self) -> str:
        return next(each.value for each in self.read.fields if each.tag == "textarea")

    @property
    def language(self) -> str | None:
        return next(found.get("lang") for tag, found in self.read.tags if tag == "html")


@dataclass(kw_only=True)
class Visitor:
    """Somebody with a link, at an address on the net of their own."""

    client: TestClient[web.Request, web.Application]
    clock: MovableClock
    address: str = "198.51.100.7"
    reads_for: timedelta = timedelta(seconds=4)  # each page, before its form is sent

    async def open(self, path: str, method: str = "GET") -> Page:
        return await self._ask(method, path)

    async def send(self, path: str, data: object, *, follow: bool = True, **more: str) -> Page:
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        return await self._ask("POST", path, data=data, follow=follow, headers=headers)

    async def submit(self, page: Page, *, follow: bool = True, **entered: str) -> Page:
        """Read a page, and send its form with what was entered or chosen in it."""
        self.clock.advance(self.reads_for)
        chosen = {each.name: each.value for each in page.read.fields if each.checked}
        data = {**page.hidden, **page.standing, **chosen, **entered}
        return await self.send(urljoin(page.url, page.read.action), data, follow=follow)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        data: object = None,
        follow: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        sent = {"X-Forwarded-For": self.address, **(headers or {})}
        async with self.client.request(
            method, path, data=data, headers=sent, allow_redirects=follow
        ) as answer:
            html = await answer.text()
            reader = _Reader()
            reader.feed(html)
            parts = urlsplit(str(answer.url))
            return Page(
                url=parts.path + (f"?{parts.query}" if parts.query else ""),
                status=answer.status,
                html=html,
                headers=dict(answer.headers),
                hops=len(answer.history),
                read=reader,
            )


async def visit(world: World, brand: Brand = BRAND) -> Visitor:
    """The pages of a world, served as the product serves them; close the visitor's client."""
    conversation = world.delivery.conversations["survey"]
    assert isinstance(conversation, SurveyConversation)

    async def customer_of(conn: AsyncConnection, invitation: str) -> tuple[str, str] | None:
        found = (await surveys.load_invitations(conn, [invitation])).get(invitation)
        return (found.source, found.customer) if found else None

    async def ready() -> dict[str, str]:
        return {}

    survey = SurveyPages(
        database=world.database,
        vault=world.vault,
        conversation=conversation,
        conversations=world.delivery.conversations,
        keys=KEYS,
        templates=templates(),
        brand=brand,
        promises=world.inbox.promises,
    )
    preferences = PreferencePages(
        database=world.database,
        vault=world.vault,
        conversations=world.delivery.conversations,
        customer_of=customer_of,
        keys=KEYS,
        templates=templates(),
        brand=brand,
    )
    app = application(
        [
            *survey.endpoints(),
            *preferences.endpoints(),
            brand_style(),
        ],
        clock=world.clock,
        identity=Identity(world.database, None),
        public_url="http://127.0.0.1",
        trusted_proxies=[ipaddress.ip_network("127.0.0.0/8")],
        ready=ready,
        metrics=Metrics(),
        templates=templates(),
        static=templates() / "static",
    )
    client = TestClient(TestServer(app))
    await client.start_server()
    return Visitor(client=client, clock=world.clock)


async def link(world: World, purpose: str = "survey", ticket: str = "T-1001") -> str:
    """The path of the link that belongs to a ticket's latest invitation."""
    async with world.database.read() as conn:
        found = (await surveys.invitations_of(conn, [("/tickets", ticket)]))["/tickets", ticket]
    item = found[-1]
    if purpose == "survey":
        return f"/s/{token(item, KEYS)}"
    return f"/p/{sign(purpose, item.id, item.useful_until + item.lasts, KEYS)}"


def link_in(world: World, path: str, to: str) -> str:
    """The path of a link as the latest letter to a mailbox has it."""
    text = next(sent.text for sent in reversed(world.carrier.sent) if sent.to == to)
    [whole] = re.findall(rf"https?://[^\s<>()]+/{path}/[^\s<>()]+", text)[:1]
    return urlsplit(whole).path


async def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table: what must not change when something changes nothing."""
    async with database.read() as conn:
        return {
            table.name: [
                tuple(row)
                for row in await conn.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in metadata.sorted_tables
        }
