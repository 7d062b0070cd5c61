"""Shows a customer the page to stop our messages on, and what every page behind a link shares."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import links, multipart, store
from channels.model import Channel, Person
from channels.pagewording import CHANNELS, LANGUAGES, NOTICES, PREFERENCES, STOPS, language
from channels.ports import Conversation
from channels.service import Stop, Stops
from channels.strangers import SPAN, Strangers
from kernel.addresses import mask
from kernel.endpoint import Answer, Call, Endpoint, Handler, Role
from kernel.engine import Database
from kernel.vault import Vault

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
HTML = "text/html"

_HEADERS = {
    # Styles of our own, forms to ourselves, and nothing else; no cache and no referrer keep the
    # link from spreading, since whoever has it may answer.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}

CustomerOf = Callable[[AsyncConnection, str], Awaitable[tuple[str, str] | None]]


class LookSchema(Schema):
    """What the address of a page may ask for; anything else on it is passed over."""

    class Meta:
        unknown = EXCLUDE  # mail systems hang words of their own on links

    lang = fields.String(metadata={"description": "zh-CN or en; else the customer's language"})


@dataclass(slots=True, kw_only=True)
class Sheets:
    """Renders `templates/pages/*.html`; an undefined name is a fault, all text is escaped."""

    templates: Path
    brand: str
    _environment: Environment = field(init=False)

    def __post_init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(self.templates / "pages"),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def sheet(self, name: str, spoken: str, *, status: int = 200, **facts: Any) -> Answer:
        """One page in one language."""
        template = self._environment.get_template(f"{name}.html")
        body = template.render(brand=self.brand, spoken=spoken, languages=LANGUAGES, **facts)
        return Answer(body=body, status=status, media=HTML, headers=_HEADERS)

    def notice(self, kind: str, spoken: str | None, *, status: int = 200) -> Answer:
        """A page that only says something; in every language where `spoken` is None."""
        said = [
            (language, *NOTICES[kind][language]) for language in ([spoken] if spoken else LANGUAGES)
        ]
        return self.sheet("notice", spoken or LANGUAGES[0], status=status, said=said, switch=False)

    def unknown(self, call: Call, strangers: Strangers) -> Answer:
        """The answer to a link nobody was sent or that has expired, alike in both cases."""
        if strangers.too_many(call.remote, call.now):
            page = self.notice("busy", None, status=429)
            wait = {"Retry-After": str(int(SPAN.total_seconds()))}
            return replace(page, headers={**page.headers, **wait})
        return self.notice("unknown", None, status=404)


def form_of(call: Call) -> dict[str, str]:
    """A form's fields, urlencoded or multipart; of a name sent twice the last."""
    media = call.headers.get("content-type", "")
    if multipart.is_multipart(media):
        return dict(multipart.read(media, call.raw))
    return dict(call.form)


def onward(call: Call) -> Answer:
    """To the same page, which shows what comes next; reloading that sends nothing again."""
    wanted = call.query.get("lang")
    query = f"?lang={wanted}" if wanted in LANGUAGES else ""
    headers = {**_HEADERS, "Location": urlsplit(call.url).path + query}
    return Answer(body="", status=303, media=HTML, headers=headers)


def routes(
    path: str, tag: str, get: tuple[Handler, str], post: tuple[Handler, str], query: Schema
) -> list[Endpoint]:
    """The two endpoints of a page behind a link."""
    statuses = {404: "unknown or expired, a page", 429: "too many unknown links, a page"}
    return [
        Endpoint(
            method=method,
            path=path,
            handler=handler,
            role=Role.NONE,
            summary=summary,
            tag=tag,
            query=query,
            media=FORMS if method == "POST" else (),
            reply_media=HTML,
            statuses={**statuses, 422: "no such choice, a page"} if method == "POST" else statuses,
        )
        for method, (handler, summary) in (("GET", get), ("POST", post))
    ]


@dataclass(slots=True, kw_only=True)
class PreferencePages:
    """The page on which a customer stops our messages; only a POST changes anything."""

    database: Database
    vault: Vault
    conversations: Mapping[str, Conversation]
    customer_of: CustomerOf
    keys: Sequence[bytes]
    templates: Path
    brand: str
    strangers: Strangers = field(default_factory=Strangers)
    sheets: Sheets = field(init=False)

    def __post_init__(self) -> None:
        self.sheets = Sheets(templates=self.templates, brand=self.brand)

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return routes(
            "/p/{token}",
            "pages",
            (self.show, "How we may contact the customer; changes nothing"),
            (self.stop, "Stop a channel or all; RFC 8058 one-click unsubscription"),
            LookSchema(),
        )

    async def show(self, call: Call) -> Answer:
        """What reaches the customer now, with a button to stop each."""
        subject = links.verify("preferences", call.path["token"], call.now, self.keys)
        async with self.database.read() as conn:
            person = await self._person(conn, subject)
            if person is None:
                return self.sheets.unknown(call, self.strangers)
            return await self._page(conn, call, person)

    async def stop(self, call: Call) -> Answer:
        """Stop what the form names, at once; asked again it stays as it is."""
        subject = links.verify("preferences", call.path["token"], call.now, self.keys)
        if subject is None:
            return self.sheets.unknown(call, self.strangers)
        return await self.database.transact(lambda conn: self._stop(conn, subject, call))

    async def _stop(self, conn: AsyncConnection, subject: str, call: Call) -> Answer:
        form = form_of(call)
        one_click = form.get("List-Unsubscribe") == "One-Click"
        wanted = str(Channel.EMAIL) if one_click else form.get("stop", "")
        person = await self._person(conn, subject)
        if person is None:
            return self.sheets.unknown(call, self.strangers)
        if wanted not in (store.ALL_CHANNELS, *Channel):
            return await self._page(conn, call, person, fault=True)
        stop = Stop(
            source=person.source,
            customer=person.id,
            thread=subject,
            channel=wanted,
            how="one_click" if one_click else "page",
            proof=f"token {_digest(call.path['token'])}",
        )
        stops = Stops(vault=self.vault, conversations=self.conversations)
        await stops.record(conn, stop, call.now)
        if one_click:
            spoken = language(call.query.get("lang"), person.locale)
            return self.sheets.notice("unsubscribed", spoken)
        return await self._page(conn, call, person, done=True)

    async def _person(self, conn: AsyncConnection, subject: str | None) -> Person | None:
        who = await self.customer_of(conn, subject) if subject is not None else None
        if who is None:
            return None
        return (await store.load_people(conn, self.vault, [who])).get(who)

    async def _page(
        self,
        conn: AsyncConnection,
        call: Call,
        person: Person,
        *,
        done: bool = False,
        fault: bool = False,
    ) -> Answer:
        spoken = language(call.query.get("lang"), person.locale)
        rows = await self._rows(conn, person, spoken)
        return self.sheets.sheet(
            "preferences",
            spoken,
            status=422 if fault else 200,
            switch=True,
            text=PREFERENCES[spoken],
            rows=rows,
            open=any(not row["stopped"] for row in rows),
            done=done,
            fault=fault,
        )

    async def _rows(
        self, conn: AsyncConnection, person: Person, spoken: str
    ) -> list[dict[str, Any]]:
        """Each channel that has an address: its words, the address masked, and whether stopped."""
        rows = []
        for channel in Channel:
            address = store.address_of(person, channel)
            if address is None:
                continue
            found = await store.opt_outs_of(conn, self.vault.indexes(address))
            stops = {stop.channel for each in found.values() for stop in each}
            rows.append(
                {
                    "value": str(channel),
                    "name": CHANNELS[channel][spoken],
                    "stop": STOPS[channel][spoken],
                    "address": mask(address),
                    "stopped": not stops.isdisjoint({str(channel), store.ALL_CHANNELS}),
                }
            )
        return rows


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:32]
