"""Takes logins and passwords from the sign-in page, and signs out."""

import math
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, fields

from huifang.request import LOCALES, is_ours, locale_of
from huifang.staff.cookies import csrf_of, new_token, same_form
from huifang.staff.frame import StaffPages
from huifang.staff.places import is_local
from huifang.staff.sessions import Refused, Sessions, SignedIn
from kernel.endpoint import Answer, Call, Endpoint, Role


class _LookSchema(Schema):
    next = fields.String(metadata={"description": "the page to go to, once signed in"})
    lang = fields.String(metadata={"description": "zh-CN or en"})
    done = fields.String(metadata={"description": "what was done just before"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The sign-in page; `organisation` names the way to the organisation's own, if there is one."""

    sessions: Sessions
    pages: StaffPages
    organisation: str | None = field(default=None)

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        route = self.pages.route
        query = _LookSchema()
        return [
            route("GET", "/login", self.show, Role.NONE, "The sign-in page", query=query),
            route("POST", "/login", self.enter, Role.NONE, "Sign in", query=query),
            route("POST", "/logout", self.leave, Role.AGENT, "Sign out"),
        ]

    async def show(self, call: Call) -> Answer:
        """The form; whoever is signed in goes on."""
        if call.person is not None:
            return self.pages.onward(_next(call.query.get("next")))
        return self._form(call, next_=call.query.get("next"), done=call.query.get("done"))

    async def enter(self, call: Call) -> Answer:
        """A new session, and on to where one wanted to go; else the form again, saying why not."""
        form = dict(call.form)
        typed, next_ = form.get("login", ""), form.get("next")
        token = self.sessions.cookie.read(call.headers)
        if not (
            token
            and same_form(form.get("csrf", ""), csrf_of(token))
            and is_ours(call.headers, self.pages.public_url)
        ):
            return self._form(call, 403, next_=next_, typed=typed, fault="stale")
        said = await self.sessions.sign_in(typed, form.get("password", ""), call.remote, call.now)
        match said:
            case SignedIn():
                if call.person is not None:
                    await self.sessions.sign_out(call.person, call.now)
                given = self.sessions.cookie.give(said.token, self.sessions.spans.whole)
                return self.pages.onward(_next(next_), {"Set-Cookie": given})
            case Refused(until=None):
                return self._form(call, 401, next_=next_, typed=typed, fault="wrong")
            case Refused(until=until):
                assert until is not None
                seconds = max(1, math.ceil((until - call.now).total_seconds()))
                answer = self._form(
                    call,
                    429,
                    next_=next_,
                    typed=typed,
                    fault="locked",
                    minutes=math.ceil(seconds / 60),
                )
                return Answer(
                    body=answer.body,
                    status=answer.status,
                    media=answer.media,
                    headers={**answer.headers, "Retry-After": str(seconds)},
                )

    async def leave(self, call: Call) -> Answer:
        """End the session, here and in the browser."""
        assert call.person is not None
        await self.sessions.sign_out(call.person, call.now)
        taken = {"Set-Cookie": self.sessions.cookie.take_away()}
        return self.pages.onward("/login?done=out", taken)

    def _form(self, call: Call, status: int = 200, *, next_: str | None, **facts: Any) -> Answer:
        """The form, with a token for the browser that the form's own is made of."""
        asked = call.query.get("lang")
        token = self.sessions.cookie.read(call.headers)
        headers = {}
        if not token:
            token = new_token()
            headers["Set-Cookie"] = self.sessions.cookie.give(token, self.sessions.spans.whole)
        shown = {"typed": "", "fault": "", "done": "", "minutes": 0, **facts}
        return self.pages.page(
            call,
            "staff-login",
            status=status,
            headers=headers,
            locale=asked if asked in LOCALES else locale_of(call),
            token=csrf_of(token),
            next=next_ if next_ and is_local(next_) else "",
            organisation=self.organisation,
            **shown,
        )


def _next(wanted: str | None) -> str:
    """Where to go on: a page of ours, or the first one."""
    return wanted if wanted and is_local(wanted) else "/"
