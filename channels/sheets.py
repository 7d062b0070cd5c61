"""Sets the pages behind customers' links, and says what all of them share."""

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from marshmallow import Schema, fields

from channels import multipart, tint
from channels.limits import Guesses
from channels.pagewording import LANGUAGE_NAMES, LANGUAGES, NOTICES
from channels.render import Brand
from channels.strangers import SPAN
from kernel.endpoint import Answer, Call, Endpoint, Handler, Role
from kernel.faults import NotFound, described
from kernel.sql import passing

log = structlog.get_logger("channels")

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
HTML = "text/html"
_CSS = "text/css"

#: Styles and pictures of our own, forms to ourselves, and nothing else; no cache and no referrer
#: keep the link from spreading, since whoever has it may answer.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:{logo}; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
_AWAY_S = "60"  # seconds after which to try again, where nobody knows better
# The same colour is the same style for ever.
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")


class LookSchema(Schema):
    """What the address of a page may ask for; anything else on it is passed over."""

    lang = fields.String(metadata={"description": "zh-CN or en; else the customer's language"})


@cache
def sheets(templates: Path) -> Environment:
    """The pages' templates: what is translated once serves every application of the process."""
    return Environment(
        loader=FileSystemLoader(templates / "pages"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(slots=True, kw_only=True)
class Sheets:
    """Renders `templates/pages/*.html`; an undefined name is a fault, all text is escaped."""

    templates: Path
    brand: Brand

    def sheet(self, name: str, spoken: str, *, status: int = 200, **facts: Any) -> Answer:
        """One page in one language.

        `switch` among the facts says how its language is changed: "link", "form" where the form
        `answer` must keep what was entered, or "" for a page in every language.
        """
        body = (
            sheets(self.templates)
            .get_template(f"{name}.html")
            .render(brand=self.brand, spoken=spoken, languages=LANGUAGE_NAMES, **facts)
        )
        return Answer(body=body, status=status, media=HTML, headers=self._headers())

    def notice(self, kind: str, spoken: str | None, *, status: int = 200) -> Answer:
        """A page that only says something; in every language where `spoken` is None."""
        said = [
            (language, *NOTICES[kind][language]) for language in ([spoken] if spoken else LANGUAGES)
        ]
        switch = "link" if spoken else ""
        return self.sheet("notice", spoken or LANGUAGES[0], status=status, said=said, switch=switch)

    async def unknown(self, call: Call, guesses: Guesses) -> Answer:
        """The answer to a link nobody was sent or that has expired, alike in both cases."""
        if await guesses.too_many(call.remote, call.now):
            page = self.notice("busy", None, status=429)
            wait = {"Retry-After": str(int(SPAN.total_seconds()))}
            return replace(page, headers={**page.headers, **wait})
        return self.notice("unknown", None, status=404)

    def onward(self, call: Call, **query: str) -> Answer:
        """To the same page, which shows what comes next; reloading that sends nothing again."""
        wanted = call.query.get("lang")
        asked = {"lang": wanted, **query} if wanted in LANGUAGES else query
        words = "&".join(f"{name}={value}" for name, value in asked.items())
        target = urlsplit(call.url).path + (f"?{words}" if words else "")
        headers = {**self._headers(), "Location": target}
        return Answer(body="", status=303, media=HTML, headers=headers)

    def _headers(self) -> dict[str, str]:
        origin = _ORIGIN.match(self.brand.logo or "")
        logo = f" {origin[0]}" if origin else ""
        return {**_HEADERS, "Content-Security-Policy": _POLICY.format(logo=logo)}


def form_of(call: Call) -> dict[str, str]:
    """A form's fields, urlencoded or multipart; of a name sent twice the last."""
    media = call.headers.get("content-type", "")
    if multipart.is_multipart(media):
        return dict(multipart.read(media, call.raw))
    return dict(call.form)


def routes(
    path: str,
    sheets: Sheets,
    get: tuple[Handler, str],
    post: tuple[Handler, str],
    query: Schema,
) -> list[Endpoint]:
    """The two endpoints of a page behind a link, which says so while the database is away."""
    statuses = {
        404: "unknown or expired, a page",
        429: "too many unknown links, a page",
        503: "not possible at the moment, a page",
    }
    return [
        Endpoint(
            method=method,
            path=path,
            handler=_worded(sheets, handler),
            role=Role.NONE,
            summary=summary,
            tag="pages",
            query=query,
            media=FORMS if method == "POST" else (),
            reply_media=HTML,
            statuses={**statuses, 422: "no such choice, a page"} if method == "POST" else statuses,
        )
        for method, (handler, summary) in (("GET", get), ("POST", post))
    ]


def _worded(sheets: Sheets, handler: Handler) -> Handler:
    async def handle(call: Call) -> Answer:
        try:
            return await handler(call)
        except Exception as fault:
            if not passing(fault):
                raise
            log.warning("page.unavailable", **described(fault))
            page = sheets.notice("away", None, status=503)
            return replace(page, headers={**page.headers, "Retry-After": _AWAY_S})

    return handle


def brand_style() -> Endpoint:
    """The style of a colour, which no page may hold itself: what is strict allows no inline one."""
    return Endpoint(
        method="GET",
        path="/brand/{colour}.css",
        handler=_style,
        role=Role.NONE,
        summary="The style that puts a colour, in hexadecimal, on the customers' pages",
        tag="pages",
        reply_media=_CSS,
        statuses={404: "no colour"},
    )


async def _style(call: Call) -> Answer:
    try:
        return Answer(body=tint.style(call.path["colour"]), media=_CSS, headers=_KEPT)
    except ValueError as fault:
        raise NotFound("this is no colour") from fault
