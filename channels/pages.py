"""Shows a customer the page of preferences, and does what is chosen on it."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import choices, ledger, links, pageform, store
from channels.keywords import LONGEST_PAUSE
from channels.limits import Guesses
from channels.model import Channel, Person
from channels.pagewording import (
    CHANNELS,
    LANGUAGE_NAMES,
    PREFERENCES,
    STARTS,
    STOPS,
    day_text,
    filled,
    language,
)
from channels.ports import Conversation
from channels.render import Brand
from channels.service import Choice, Start, Stop, Stops
from channels.sheets import LookSchema, Sheets, form_of, routes
from channels.terms import DEFAULT, Rules
from kernel.addresses import mask
from kernel.endpoint import Answer, Call, Endpoint
from kernel.engine import Database
from kernel.vault import Vault
from scheduler.hours import clock_text

CustomerOf = Callable[[AsyncConnection, str], Awaitable[tuple[str, str] | None]]


@dataclass(slots=True, kw_only=True)
class PreferencePages:
    """The page on which a customer says how we may contact them; only a POST changes anything."""

    database: Database
    vault: Vault
    conversations: Mapping[str, Conversation]
    customer_of: CustomerOf
    keys: Sequence[bytes]
    templates: Path
    brand: Brand
    rules: Callable[[], Rules] = lambda: DEFAULT
    guesses: Guesses = field(default_factory=Guesses)
    sheets: Sheets = field(init=False)

    def __post_init__(self) -> None:
        self.sheets = Sheets(templates=self.templates, brand=self.brand)

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        return routes(
            "/p/{token}",
            self.sheets,
            (self.show, "How we may contact the customer; changes nothing"),
            (self.change, "Stop, pause, choose; RFC 8058 one-click unsubscription"),
            LookSchema(),
        )

    async def show(self, call: Call) -> Answer:
        """What reaches the customer now, and all that may be chosen."""
        subject = links.verify("preferences", call.path["token"], call.now, self.keys)
        page: Answer | None = None
        async with self.database.read() as conn:
            person = await self._person(conn, subject)
            if person is not None:
                page = await self._page(conn, call, person)
        return page or await self.sheets.unknown(call, self.guesses)

    async def change(self, call: Call) -> Answer:
        """Do what the form says, at once; asked again it stays as it is."""
        subject = links.verify("preferences", call.path["token"], call.now, self.keys)
        page: Answer | None = None
        if subject is not None:
            page = await self.database.transact(lambda conn: self._change(conn, subject, call))
        return page or await self.sheets.unknown(call, self.guesses)

    async def _change(self, conn: AsyncConnection, subject: str, call: Call) -> Answer | None:
        # Locked first, so that no address changes while it is blocked, and no choice is lost.
        person = await self._person(conn, subject, lock=True)
        if person is None:
            return None
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
        chosen = pageform.from_form(form, person, self.rules(), call.now)
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
            switch="link",
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
