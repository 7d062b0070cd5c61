"""A browser that keeps its cookie, with somebody at it who signs in and fills forms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from argon2 import PasswordHasher

from huifang.staff.passwords import Passwords
from huifang.staff.users import Users
from kernel.endpoint import Role
from tests.http.real import FORM, Real, Reply

PASSWORD = "correct horse 电池"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""What makes hashes that only tests may rely on: the product's own take a tenth of a second."""

_CSRF = re.compile(r'<meta name="csrf-token" content="([^"]*)">')


class _Forms(HTMLParser):
    """The hidden fields of a page's forms, by the last part of where each is sent."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._last: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            path = given.get("action", "").partition("?")[0]
            self._last = self.forms[path] = {}
        elif tag == "input" and given.get("type") == "hidden":
            self._last[given["name"]] = given["value"]


@dataclass(kw_only=True)
class Browser:
    """Keeps one cookie, as the browser of somebody who meets the public URL would."""

    app: Real
    cookie: str = ""
    csrf: str = ""
    forms: Mapping[str, Mapping[str, str]] = ()  # type: ignore[assignment]

    async def ask(
        self, method: str, path: str, *, data: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        sent = {**(headers or {}), **({"Cookie": self.cookie} if self.cookie else {})}
        reply = await self.app.ask(method, path, data=data, headers=sent, key=None)
        self._keep(reply)
        return reply

    def _keep(self, reply: Reply) -> None:
        given = reply.headers.get("Set-Cookie")
        if given is not None:
            pair = given.partition(";")[0]
            self.cookie = "" if "Max-Age=0" in given else pair
        if reply.media == "text/html" and reply.text:
            self.forms = _Forms(reply.text).forms
            found = _CSRF.search(reply.text)
            self.csrf = found[1] if found else self.csrf

    async def get(self, path: str, **more: Any) -> Reply:
        return await self.ask("GET", path, **more)

    async def send(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Fill in the form of the page on show that is sent to `path`, hidden fields and all."""
        hidden = self.forms.get("/hf" + path.partition("?")[0], {})
        given = {"Content-Type": FORM, **(headers or {})}
        return await self.ask("POST", path, data=urlencode({**hidden, **fields}), headers=given)

    async def api(
        self, method: str, path: str, *, data: Any = None, csrf: str | None = None
    ) -> Reply:
        """A call as the pages' scripts make it."""
        headers = {"X-CSRF-Token": self.csrf if csrf is None else csrf}
        if data is not None:
            headers["Content-Type"] = "application/json"
        return await self.ask(method, path, data=data, headers=headers)

    async def sign_in(self, login: str, password: str = PASSWORD, next_: str = "") -> Reply:
        await self.get("/login" + (f"?next={next_}" if next_ else ""))
        return await self.send("/login", {"login": login, "password": password})


def people(app: Real) -> Users:
    """What the command line makes users with."""
    return Users(database=app.service.database, actor="command line", passwords=Passwords(CHEAP))


async def user(app: Real, login: str, role: Role = Role.AGENT, agent: str | None = None) -> None:
    """Make a user whose password is `PASSWORD`."""
    app.service.sessions.passwords = Passwords(CHEAP)
    users = people(app)
    await users.create(login, f"{login} 的名字", role, agent, PASSWORD, app.clock.now())


async def signed_in(
    app: Real, login: str, role: Role = Role.AGENT, agent: str | None = None
) -> Browser:
    """A browser at their first page, with a new user signed in."""
    await user(app, login, role, agent)
    browser = Browser(app=app)
    assert (await browser.sign_in(login)).status == 303
    first = "/" if role >= Role.MANAGER else "/account"
    assert (await browser.get(first)).status == 200
    return browser
