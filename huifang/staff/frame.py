"""Sets the pages that the staff works with, and says what all of them share."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from marshmallow import Schema

from channels.render import Brand
from channels.sheets import sheets
from huifang.problems import in_chinese
from huifang.request import FORM, LOCALES, locale_of
from huifang.staff.places import here_of, of_ticket, root_of, sign_in_first
from huifang.staff.wording import amiss, faulty
from kernel.endpoint import Answer, Call, Endpoint, Handler, Role
from kernel.faults import Fault, Unauthorized

HTML = "text/html"

#: Scripts, styles and calls of our own alone; `logo` is where the brand's picture may come from.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:{logo}; media-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Vary": "Cookie, Accept-Language",
    "X-Robots-Tag": "noindex, nofollow",
}
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")
_LANGUAGES = {"zh-CN": "中文", "en": "English"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nav:
    """What a page is called where one goes from page to page; lower places come first.

    Those below `role` are not led there, even where they may come.
    """

    chinese: str
    english: str
    place: int
    role: Role = Role.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    path: str
    role: Role
    nav: Nav


@dataclass(slots=True, kw_only=True)
class StaffPages:
    """Renders `templates/pages/*.html` for who is signed in; `timezone` is the centre's."""

    templates: Path
    brand: Brand
    public_url: str
    timezone: Callable[[], str]
    ways: list[_Way] = field(default_factory=list)

    @property
    def root(self) -> str:
        """What stands before every path, for the outside world."""
        return root_of(self.public_url)

    def route(
        self,
        method: str,
        path: str,
        handler: Handler,
        role: Role,
        summary: str,
        *,
        query: Schema | None = None,
        nav: Nav | None = None,
        limit: int = 65_536,
    ) -> Endpoint:
        """The endpoint of a page; with `nav`, those who may see it are led there.

        Without a session one is sent to sign in; every fault is shown as a page.
        """
        if nav is not None:
            self.ways.append(_Way(path=path, role=max(role, nav.role), nav=nav))
            self.ways.sort(key=lambda way: way.nav.place)
        return Endpoint(
            method=method,
            path=path,
            handler=handler,
            role=role,
            summary=summary,
            tag="staff",
            query=query,
            media=(FORM,) if method == "POST" else (),
            reply_media=HTML,
            page=self.fault,
            limit=limit,
        )

    def page(
        self,
        call: Call,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> Answer:
        """A page in the reader's language; an undefined name is a fault, all text is escaped."""
        locale = facts.pop("locale", None) or locale_of(call)
        scope = {**self._scope(call, locale), **facts}
        body = sheets(self.templates).get_template(f"{template}.html").render(scope)
        shown = {**self._headers(), "Content-Language": locale, **(headers or {})}
        return Answer(body=body, status=status, media=HTML, headers=shown)

    def fault(self, call: Call, fault: Fault) -> Answer:
        """What is wrong, as a page; who is not signed in is sent to do so."""
        if isinstance(fault, Unauthorized) and call.person is None:
            return self.onward(sign_in_first(here_of(call.url, self.root)))
        locale = locale_of(call)
        title, text = faulty(fault.status, locale)
        errors = [amiss(each.path, each.reason, locale) for each in fault.errors]
        return self.page(
            call,
            "staff-fault",
            status=fault.status,
            headers=fault.headers,
            heading=title,
            text=text,
            detail=_advice(fault.detail, locale),
            errors=errors,
        )

    def onward(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """To a place of our own, by GET: 303."""
        told = {**self._headers(), "Location": self.root + path, **(headers or {})}
        return Answer(body="", status=303, media=HTML, headers=told)

    def _scope(self, call: Call, locale: str) -> dict[str, Any]:
        zone = ZoneInfo(self.timezone())
        here = here_of(call.url, self.root)
        return {
            "brand": self.brand,
            "locale": locale,
            "languages": _LANGUAGES,
            "t": partial(_said, locale),
            "root": self.root,
            "here": here,
            "of_ticket": of_ticket,
            "person": call.person,
            "csrf": call.person.csrf if call.person else "",
            "may": partial(_may, call.role),
            "nav": self._nav(call, locale, here.partition("?")[0]),
            "moment": partial(_moment, zone),
            "day": partial(_day, zone),
        }

    def _nav(self, call: Call, locale: str, here: str) -> Sequence[tuple[str, str, bool]]:
        """Paths with their names, and whether each is where we are."""
        if call.person is None:
            return ()
        return [
            (way.path, _said(locale, way.nav.chinese, way.nav.english), way.path == here)
            for way in self.ways
            if way.role <= call.role
        ]

    def _headers(self) -> dict[str, str]:
        origin = _ORIGIN.match(self.brand.logo or "")
        policy = _POLICY.format(logo=f" {origin[0]}" if origin else "")
        return {**_HEADERS, "Content-Security-Policy": policy}


def _advice(detail: str, locale: str) -> str:
    """What a fault says in the reader's language; nothing where it is not said in that."""
    if locale != LOCALES[0] or not detail.isascii():
        return detail
    return in_chinese(detail) or ""


def _said(locale: str, chinese: str, english: str) -> str:
    return chinese if locale == LOCALES[0] else english


def _may(role: Role, wanted: str) -> bool:
    return role >= Role[wanted.upper()]


def _moment(zone: ZoneInfo, instant: datetime) -> Markup:
    """An instant on the centre's clock, to the minute."""
    there = _there(zone, instant)
    return Markup('<time datetime="{}">{}</time>').format(
        there.isoformat(timespec="seconds"), there.strftime("%Y-%m-%d %H:%M")
    )


def _day(zone: ZoneInfo, instant: datetime) -> str:
    return _there(zone, instant).strftime("%Y-%m-%d")


def _there(zone: ZoneInfo, instant: datetime) -> datetime:
    """On that clock; as it is where no calendar has it, at the very beginning of the year 1."""
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return instant
