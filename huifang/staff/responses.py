"""Shows managers the responses behind a figure, and lets them take one out of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import fields, validate

from huifang.numbers import Numbers, WhySchema
from huifang.request import load, locale_of
from huifang.scope import Strange, selection, strange
from huifang.staff import naming
from huifang.staff.frame import Nav, StaffPages
from huifang.staff.places import is_local
from huifang.staff.view import View, ViewSchema, view_of
from kernel import cursors
from kernel.endpoint import Answer, Call, Endpoint, Role
from kernel.faults import Invalid
from surveys import listing, store
from surveys.listing import BASES
from surveys.topics.terms import LONGEST

_PAGE = 50
_FLAGS = ("low", "late", "suspect")
_STEPS = ("eligible", "attempted", "delivered", "started", "completed")
_OWN = ("by_time", "kind", "rating", "term", *_FLAGS)


class ResponsesSchema(ViewSchema):
    """The filters of a list of responses; without `by_time` those that figures count."""

    by_time = fields.String(validate=validate.OneOf(BASES))
    low = fields.String(validate=validate.OneOf(["true", "false"]))
    late = fields.String(validate=validate.OneOf(["true", "false"]))
    suspect = fields.String(validate=validate.OneOf(["true", "false"]))
    rating = fields.Integer(validate=validate.Range(0, 10))
    kind = fields.String(validate=validate.OneOf(naming.KINDS))
    term = fields.String(validate=validate.Length(1, LONGEST))
    cursor = fields.String()
    done = fields.String()


class InvitedSchema(ViewSchema):
    """The filters of a list of invitations, by how far they came."""

    step = fields.String(validate=validate.OneOf(_STEPS))
    cursor = fields.String()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePages:
    """The lists at `/responses` and `/invitations`."""

    numbers: Numbers
    pages: StaffPages
    timezone: Callable[[], str]

    def endpoints(self) -> list[Endpoint]:
        """The routes."""
        route, manager = self.pages.route, Role.MANAGER
        nav = Nav(chinese="答卷", english="Responses", place=50)
        query, what = ResponsesSchema(), "The responses behind a figure"
        return [
            route("GET", "/responses", self.show, manager, what, query=query, nav=nav),
            route("POST", "/responses/{id}/exclude", self.exclude, manager, "Take one out"),
            route("POST", "/responses/{id}/restore", self.restore, manager, "Have it count"),
            route(
                *("GET", "/invitations", self.invited, manager, "The tickets behind the funnel"),
                query=InvitedSchema(),
            ),
        ]

    async def show(self, call: Call) -> Answer:
        """A page of responses; who reads comments is noted, as everywhere."""
        return await self._list(call)

    async def _list(self, call: Call, refused: str = "", status: int = 200) -> Answer:
        view, query = view_of(call, self.timezone), call.query
        asked = {name: str(query[name]) for name in _OWN if name in query}
        view = replace(view, asked={**view.asked, **asked})
        flags = {name: query[name] == "true" for name in _FLAGS if name in query}
        given = {**view.query(), **flags, "by": query.get("by_time", "counted"), "limit": _PAGE}
        given |= {
            name: query[name] for name in ("cursor", "kind", "rating", "term") if name in query
        }
        found = (await self.numbers.responses(replace(call, query=given))).body
        is_empty = not found["items"] and "cursor" not in query
        return self.pages.page(
            call,
            "staff-responses",
            status=status,
            view=view,
            items=found["items"],
            strange=await self._strange(view) if is_empty else [],
            more=found["next"],
            own={name: asked.get(name, "") for name in _OWN},
            cursor=query.get("cursor"),
            done=query.get("done", ""),
            refused=refused,
            naming=naming,
        )

    async def _strange(self, view: View) -> list[Strange]:
        async with self.numbers.database.read() as conn:
            return await strange(conn, view.names)

    async def exclude(self, call: Call) -> Answer:
        """One does not count any more."""
        return await self._decide(call, self.numbers.exclude, "excluded")

    async def restore(self, call: Call) -> Answer:
        """One counts again."""
        return await self._decide(call, self.numbers.restore, "restored")

    async def _decide(self, call: Call, decide: Callable[[Call], Any], done: str) -> Answer:
        form = dict(call.form)
        back = form.get("back", "")
        if not is_local(back):
            back = "/responses"
        try:
            body = load(WhySchema(), {"reason": form.get("reason", "")})
        except Invalid:
            chinese, english = "请填写原因(最多200字)。", "Say why, in 200 characters at most."
            raise Invalid(chinese if locale_of(call) != "en" else english) from None
        await decide(replace(call, body=body))
        return self.pages.onward(_with(back, done))

    async def invited(self, call: Call) -> Answer:
        """A page of invitations, newest closing first."""
        view, step = view_of(call, self.timezone), call.query.get("step", "eligible")
        view = replace(view, asked={**view.asked, "step": step})
        async with self.numbers.database.read() as conn:
            found, more = await listing.invited(
                conn, selection(view.query()), step, cursors.asked(call.query), _PAGE
            )
            known = await store.load_invitations(conn, list(found))
        items = [(closed_at, known[id_]) for id_, closed_at in found.items() if id_ in known]
        return self.pages.page(
            call,
            "staff-invitations",
            view=view,
            step=step,
            steps=_STEPS,
            items=items,
            strange=[] if items or "cursor" in call.query else await self._strange(view),
            more=cursors.write(more),
            naming=naming,
        )


def _with(back: str, done: str) -> str:
    """The way back, which says what was done."""
    path, _, query = back.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("done=")]
    return f"{path}?{'&'.join([*kept, f'done={done}'])}"
