"""Lets people change their password and language, and sign out everywhere."""

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields

from huifang.request import LOCALES, locale_of
from huifang.staff import store, wording
from huifang.staff.calendars import Calendars
from huifang.staff.frame import StaffPages
from huifang.staff.passwords import weakness
from huifang.staff.places import is_local
from huifang.staff.sessions import Sessions
from kernel.endpoint import Answer, Call, Endpoint, Role


class _LookSchema(Schema):
    done = fields.String(metadata={"description": "what was done just before"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's own page."""

    sessions: Sessions
    pages: StaffPages
    calendars: Calendars

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        route, role = self.pages.route, Role.AGENT
        return [
            route("GET", "/account", self.show, role, "One's own account", query=_LookSchema()),
            route("POST", "/account/password", self.change, role, "Change one's password"),
            route("POST", "/account/language", self.speak, role, "Change one's language"),
            route("POST", "/account/sign-out", self.leave, role, "Sign out everywhere"),
        ]

    async def show(self, call: Call) -> Answer:
        """Who one is, and what can be changed."""
        return await self._page(call, done=call.query.get("done", ""))

    async def change(self, call: Call) -> Answer:
        """Another password, for who knows the present one; other browsers are signed out."""
        assert call.person is not None
        form, person = dict(call.form), call.person
        wanted, locale = form.get("password", ""), locale_of(call)
        weak = weakness(wanted, person.login)
        if weak is not None:
            return await self._page(call, 422, fault=wording.weak(weak, locale), field="password")
        if wanted != form.get("again", ""):
            fault = wording.of("differs", locale)
            return await self._page(call, 422, fault=fault, field="again")
        right = await self.sessions.try_password(person, form.get("current", ""), call.now)
        if not right:
            fault = wording.of("locked" if right is None else "current", locale)
            status = 429 if right is None else 422
            return await self._page(call, status, fault=fault, field="current")
        begun = await self.sessions.change_password(person, wanted, call.now)
        given = self.sessions.cookie.give(begun.token, self.sessions.spans.whole)
        return self.pages.onward("/account?done=password", {"Set-Cookie": given})

    async def speak(self, call: Call) -> Answer:
        """Another language, from now on and wherever one signs in; back to where one was."""
        assert call.person is not None
        form = dict(call.form)
        if form.get("lang") in LOCALES:
            await self.sessions.speak(call.person, form["lang"])
        back = form.get("back", "")
        return self.pages.onward(back if is_local(back) else "/account")

    async def leave(self, call: Call) -> Answer:
        """End every session, this one too."""
        assert call.person is not None
        await self.sessions.sign_out(call.person, call.now, everywhere=True)
        taken = {"Set-Cookie": self.sessions.cookie.take_away()}
        return self.pages.onward("/login?done=everywhere", taken)

    async def _page(self, call: Call, status: int = 200, **facts: Any) -> Answer:
        assert call.person is not None
        async with self.sessions.database.read() as conn:
            known = await store.by_id(conn, call.person.user)
        by_password = known is not None and known.user.by_password
        feeds = await self.calendars.of(call.person)
        shown = {"done": "", "fault": "", "field": "", "by_password": by_password, **facts}
        shown["feeds"] = feeds
        had = {(feed.kind.value, feed.whose) for feed, _ in feeds}
        shown["choices"] = [each for each in self.calendars.choices(call.person) if each not in had]
        return self.pages.page(call, "staff-account", status=status, **shown)
