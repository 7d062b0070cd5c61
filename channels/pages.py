"""Shows a customer the page of preferences, and what every page behind a link shares."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import choices, ledger, links, multipart, pageform, store
from channels.keywords import LONGEST_PAUSE
from channels.model import Channel, Person
from channels.pagewording import (
    CHANNELS,
    LANGUAGE_NAMES,
    LANGUAGES,
    NOTICES,
    PREFERENCES,
    STARTS,
    STOPS,
    day_text,
    filled,
    language,
)
from channels.ports import Conversation
from channels.service import Choice, Start, Stop, Stops
from channels.strangers import SPAN, Strangers
from channels.terms import DEFAULT, Rules
from kernel.addresses import mask
from kernel.endpoint import Answer, Call, Endpoint, Handler, Role
from kernel.engine import Database
from kernel.vault import Vault
from scheduler.hours import clock_text

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
    """The page on which a customer says how we may contact them; only a POST changes anything."""

    database: Database
    vault: Vault
    conversations: Mapping[str, Conversation]
    customer_of: CustomerOf
    keys: Sequence[bytes]
    templates: Path
    brand: str
    rules: Callable[[], Rules] = lambda: DEFAULT
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
            (self.change, "Stop, pause, choose; RFC 8058 one-click unsubscription"),
            LookSchema(),
        )

    async def show(self, call: Call) -> Answer:
        """What reaches the customer now, and all that may be chosen."""
        subject = links.verify("preferences", call.path["token"], call.now, self.keys)
        async with self.database.read() as conn:
            person = await self._person(conn, subject)
            if person is None:
                return self.sheets.unknown(call, self.strangers)
            return await self._page(conn, call, person)

    async def change(self, call: Call) -> Answer:
        """Do what the form says, at once; asked again it stays as it is."""
        subject = links.verify("preferences", call.path["token"], call.now, self.keys)
        if subject is None:
            return self.sheets.unknown(call, self.strangers)
        return await self.database.transact(lambda conn: self._change(conn, subject, call))

    async def _change(self, conn: AsyncConnection, subject: str, call: Call) -> Answer:
        # Locked first, so that no address changes while it is blocked, and no choice is lost.
        person = await self._person(conn, subject, lock=True)
        if person is None:
            return self.sheets.unknown(call, self.strangers)
        form = form_of(call)
        if form.get("List-Unsubscribe") == "One-Click":
            await self._stop(conn, subject, call, person, Channel.EMAIL, "one_click")
            spoken = language(call.query.get("lang"), person.locale)
            return self.sheets.notice("unsubscribed", spoken)
        if form.get("stop") in choices.STOPPABLE:
            await self._stop(conn, subject, call, person, form["stop"], "page")
            return await self._page(conn, call, person, done="done")
        if form.get("start") in choices.STOPPABLE:
            await self._start(conn, subject, call, person, form["start"])
            return await self._page(conn, call, person, done="started")
        return await self._choose(conn, subject, call, person, form)

    async def _stop(
        self,
        conn: AsyncConnection,
        subject: str,
        call: Call,
        person: Person,
        channel: str,
        how: str,
    ) -> None:
        stop = Stop(
            source=person.source,
            customer=person.id,
            thread=subject,
            channel=channel,
            how=how,
            proof=_proof(call),
        )
        await self._stops().record(conn, stop, call.now)

    async def _start(
        self, conn: AsyncConnection, subject: str, call: Call, person: Person, channel: str
    ) -> None:
        start = Start(
            source=person.source,
            customer=person.id,
            thread=subject,
            channel=channel,
            how="page",
            reason=f"page {_proof(call)}",
        )
        await self._stops().undo(conn, start, call.now)

    async def _choose(
        self,
        conn: AsyncConnection,
        subject: str,
        call: Call,
        person: Person,
        form: Mapping[str, str],
    ) -> Answer:
        chosen = pageform.from_form(form, person, choices.hours_of(self.rules()), call.now)
        if isinstance(chosen, choices.Refused):
            return await self._page(conn, call, person, form=form, fault=chosen.reason)
        if not chosen.wishes:
            return await self._page(conn, call, person, done="same")
        choice = Choice(
            source=person.source,
            customer=person.id,
            wishes=chosen.wishes,
            how="page",
            thread=subject,
            ticket=await self._ticket(conn, subject),
        )
        after = await self._stops().choose(conn, choice, call.now) or person
        done = "saved"
        if "paused_until" in chosen.wishes:
            done = "pause_done" if after.paused_until else "pause_over"
        return await self._page(conn, call, after, done=done)

    def _stops(self) -> Stops:
        return Stops(vault=self.vault, conversations=self.conversations)

    async def _ticket(self, conn: AsyncConnection, subject: str) -> str | None:
        past = await ledger.of_thread(conn, self.vault, subject)
        return next((contact.ticket for contact in past), None)

    async def _person(
        self, conn: AsyncConnection, subject: str | None, *, lock: bool = False
    ) -> Person | None:
        who = await self.customer_of(conn, subject) if subject is not None else None
        if who is None:
            return None
        return (await store.load_people(conn, self.vault, [who], lock=lock)).get(who)

    async def _page(
        self,
        conn: AsyncConnection,
        call: Call,
        person: Person,
        *,
        form: Mapping[str, str] | None = None,
        done: str | None = None,
        fault: str | None = None,
    ) -> Answer:
        """The page as things stand; after a fault with what was typed, so that it can be mended."""
        spoken = language(call.query.get("lang"), person.locale)
        rows = await self._rows(conn, person, spoken)
        text = filled(PREFERENCES[spoken], self._facts(person, spoken, call.now))
        return self.sheets.sheet(
            "preferences",
            spoken,
            status=422 if fault else 200,
            switch=True,
            text=text,
            rows=rows,
            open=any(not row["stopped"] for row in rows),
            shut=any(row["stopped"] for row in rows),
            blocked=person.do_not_contact,
            paused=person.paused_until is not None and person.paused_until > call.now,
            done=text[done] if done else None,
            fault=text[fault] if fault else None,
            pauses=[
                (days, PREFERENCES[spoken]["pause_days"].format(days=days))
                for days in pageform.PAUSES
            ],
            most=LONGEST_PAUSE,
            orders=pageform.orders(person, spoken, form or {}),
            names=LANGUAGE_NAMES,
            **pageform.typed(person, form or {}),
        )

    def _facts(self, person: Person, spoken: str, now: datetime) -> dict[str, str]:
        rules = self.rules()
        hours, place = choices.hours_of(rules), choices.place_of(person, rules.default_timezone)
        return {
            "day": day_text(person.paused_until or now, place, spoken),
            "opens": clock_text(hours.opens),
            "closes": clock_text(hours.closes),
            "most": str(LONGEST_PAUSE),
        }

    async def _rows(
        self, conn: AsyncConnection, person: Person, spoken: str
    ) -> list[dict[str, Any]]:
        """Each channel that has an address: its words, the address masked, and whether stopped."""
        rows = []
        for channel in choices.reachable(person):
            address = store.address_of(person, channel) or ""
            found = await store.opt_outs_of(conn, self.vault.indexes(address))
            stops = {stop.channel for each in found.values() for stop in each}
            rows.append(
                {
                    "value": str(channel),
                    "name": CHANNELS[channel][spoken],
                    "stop": STOPS[channel][spoken],
                    "start": STARTS[channel][spoken],
                    "address": mask(address),
                    "stopped": not stops.isdisjoint({str(channel), store.ALL_CHANNELS}),
                }
            )
        return rows


def _proof(call: Call) -> str:
    return f"token {hashlib.sha256(call.path['token'].encode()).hexdigest()[:32]}"
