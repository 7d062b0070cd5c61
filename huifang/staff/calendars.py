"""Lets people subscribe to their callbacks, and their team's, with a calendar program."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store as complaints
from callbacks.promises import store as promises
from callbacks.promises.decide import as_it_stands
from callbacks.promises.model import ENDS, Callback, CallbackState
from channels.links import sign, verify
from huifang.request import LOCALES
from huifang.ruleterms import Agent
from huifang.staff import store
from huifang.staff.frame import StaffPages
from huifang.staff.ical import Event, Status, calendar
from huifang.staff.model import User
from huifang.staff.tables import calendar_feeds
from kernel.cursors import Place
from kernel.endpoint import Answer, Call, Endpoint, Person, Role
from kernel.engine import Database
from kernel.faults import Fault, Forbidden, NotFound
from kernel.journal import Entry, append
from kernel.sql import insert_new
from kernel.vault import Vault
from tickets import store as tickets

ICALENDAR = "text/calendar; charset=utf-8"

_PURPOSE = "calendar"
_LASTS = timedelta(days=3650)  # it ends when it is revoked, or its owner is let go
_MOST = 500  # callbacks in a calendar; the earliest
_CALLED_OFF = timedelta(days=1)  # for which it is still told
_OPEN = tuple(state for state in CallbackState if state not in ENDS)


class Kind(StrEnum):
    """Whose callbacks a calendar shows."""

    AGENT = "agent"
    TEAM = "team"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A calendar that somebody subscribes to; `whose`: an agent's id, or a team."""

    id: str
    user: str
    kind: Kind
    whose: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """Makes, shows and revokes the links of calendars; `agents` are those of the rules.

    A link is signed and holds no more than the id of a row: without the row it opens nothing.
    """

    database: Database
    vault: Vault
    keys: Sequence[bytes] = field(repr=False)
    pages: StaffPages
    agents: Callable[[], Sequence[Agent]]

    def endpoints(self) -> list[Endpoint]:
        """The routes; the calendar itself is no page, but programs of the API have no use of it."""
        route, role = self.pages.route, Role.AGENT
        return [
            route("POST", "/account/calendars", self.make, role, "Make a calendar's link"),
            route("POST", "/account/calendars/{id}/end", self.end, role, "Revoke it"),
            Endpoint(
                method="GET",
                path="/calendar/{token}.ics",
                handler=self.show,
                role=Role.NONE,
                summary="The callbacks of an agent or a team, as a calendar",
                tag="staff",
                reply_media=ICALENDAR,
                page=_refused,
            ),
        ]

    async def of(self, person: Person) -> list[tuple[Feed, str]]:
        """The calendars of somebody, each with its link."""
        query = select(calendar_feeds).where(calendar_feeds.c.user_id == person.user)
        async with self.database.read() as conn:
            rows = await conn.execute(query.order_by(calendar_feeds.c.created_at))
            feeds = [_feed(row) for row in rows]
        return [(feed, self._link(feed)) for feed in feeds]

    def choices(self, person: Person) -> list[tuple[str, str]]:
        """What somebody may subscribe to: kinds and whose."""
        teams = sorted({each.team for each in self.agents() if each.team})
        own = [(Kind.AGENT.value, person.agent)] if person.agent else []
        return own + [
            (Kind.TEAM.value, team)
            for team in teams
            if self._may(person.role, person.agent, Kind.TEAM, team)
        ]

    def _may(self, role: Role, agent: str | None, kind: Kind, whose: str) -> bool:
        """One's own callbacks, those of one's own team; whoever supervises: every team's."""
        if kind is Kind.AGENT:
            return agent == whose
        mine = {each.team for each in self.agents() if each.id == agent}
        return role >= Role.MANAGER or whose in mine

    async def make(self, call: Call) -> Answer:
        """A link of one's own; the same where there is one."""
        assert call.person is not None
        kind, _, whose = dict(call.form).get("calendar", "").partition(":")
        if (kind, whose) not in self.choices(call.person):
            raise Forbidden("this is neither your own calendar nor your team's")
        row = {
            "id": secrets.token_hex(16),
            "user_id": call.person.user,
            "kind": kind,
            "whose": whose,
            "created_at": call.now,
        }
        async with self.database.write() as conn:
            if await insert_new(conn, calendar_feeds, [row], ["id"]):
                await append(conn, [_told("calendar.made", call, shows=kind, whose=whose)])
        return self.pages.onward("/account?done=calendar")

    async def end(self, call: Call) -> Answer:
        """Revoke a link: whoever has it sees nothing any more."""
        assert call.person is not None
        mine = calendar_feeds.c.user_id == call.person.user
        gone = delete(calendar_feeds).where(mine, calendar_feeds.c.id == call.path["id"])
        async with self.database.write() as conn:
            row = (await conn.execute(gone.returning(calendar_feeds))).one_or_none()
            if row is not None:
                said = _told("calendar.revoked", call, shows=row.kind, whose=row.whose)
                await append(conn, [said])
        return self.pages.onward("/account?done=calendar-ended")

    async def show(self, call: Call) -> Answer:
        """The calendar of a link; NotFound alike for what never was one and what is revoked."""
        id_ = verify(_PURPOSE, call.path["token"], call.now, self.keys)
        async with self.database.read() as conn:
            found = await self._owned(conn, id_) if id_ else None
            if found is None:
                raise NotFound("there is no such calendar, or it was revoked")
            feed, user = found
            items = await self._items(conn, feed, call.now)
        chinese = (user.locale or LOCALES[0]) == LOCALES[0]
        host = urlsplit(self.pages.public_url).hostname or "huifang"
        word = "回电" if chinese else "Callback"
        events = [
            Event(
                uid=f"{item.id}@{host}",
                begin=begin,
                end=begin + (item.slot.end - item.slot.begin),
                summary=" ".join(filter(None, (word, item.topic, item.ticket))),
                url=f"{self.pages.public_url}/callbacks?id={item.id}",
                revision=item.revision,
                status=_status(item),
            )
            for item in items
            for begin in (_begin(item),)
        ]
        body = calendar(f"{word} {feed.whose}", events, call.now)
        headers = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex, nofollow"}
        return Answer(body=body, media=ICALENDAR, headers=headers)

    async def _owned(self, conn: AsyncConnection, id_: str) -> tuple[Feed, User] | None:
        """A feed and its owner, while they may still see what it shows."""
        query = select(calendar_feeds).where(calendar_feeds.c.id == id_)
        row = (await conn.execute(query)).one_or_none()
        if row is None:
            return None
        feed, known = _feed(row), await store.by_id(conn, row.user_id)
        if known is None:
            return None
        user = known.user
        return (feed, user) if self._may(user.role, user.agent, feed.kind, feed.whose) else None

    async def _items(self, conn: AsyncConnection, feed: Feed, now: datetime) -> list[Callback]:
        """Open callbacks of an agent; of a team those of its agents, and those that wait for it.

        What was called off stays until the day after: programs ask seldom, and would keep it.
        """
        agent = feed.whose if feed.kind is Kind.AGENT else None
        found, _ = await promises.listed(conn, self.vault, states=_OPEN, agent=agent, limit=_MOST)
        off, _ = await promises.listed(
            conn,
            self.vault,
            states=(CallbackState.CANCELLED,),
            agent=agent,
            after=Place(at=now - _CALLED_OFF, id=""),
            limit=_MOST,
        )
        found += off
        items = [as_it_stands(item, now) for item in found]
        if agent is not None:
            return [item for item in items if item.agent == agent]
        team = {each.id for each in self.agents() if each.team == feed.whose} | {feed.whose}
        owners = await self._owners(conn, [item for item in items if item.agent is None])
        return [
            item
            for item in items
            if (item.agent or owners.get(item.id)) in team
            or (item.agent is None and owners.get(item.id) is None)
        ]

    async def _owners(self, conn: AsyncConnection, items: Sequence[Callback]) -> dict[str, str]:
        """Who is to take up callbacks: their complaint's owner, or else the ticket's team."""
        known = await complaints.load(
            conn, self.vault, {item.complaint for item in items if item.complaint}
        )
        which = {(item.source, item.ticket) for item in items if item.ticket}
        teams = {
            (source, ticket): row.facts.get("team")
            for (source, ticket, _), row in (await tickets.closures_of(conn, which)).items()
        }
        owners: dict[str, str] = {}
        for item in items:
            complaint = known.get(item.complaint or "")
            owner = complaint.owner if complaint else None
            owner = owner or teams.get((item.source, item.ticket or ""))
            if owner:
                owners[item.id] = owner
        return owners

    def _link(self, feed: Feed) -> str:
        token = sign(_PURPOSE, feed.id, feed.created_at + _LASTS, self.keys)
        return f"{self.pages.public_url}/calendar/{token}.ics"


def _status(item: Callback) -> Status:
    if item.state is CallbackState.CANCELLED:
        return Status.CANCELLED
    return Status.TENTATIVE if item.agent is None else Status.CONFIRMED


def _begin(item: Callback) -> datetime:
    """The slot's begin; later for what its attempts put off."""
    late = item.attempt_at is not None and item.attempt_at >= item.slot.end
    return item.attempt_at if late and item.attempt_at else item.slot.begin


def _feed(row: object) -> Feed:
    given = row._mapping  # type: ignore[attr-defined]
    return Feed(
        id=given["id"],
        user=given["user_id"],
        kind=Kind(given["kind"]),
        whose=given["whose"],
        created_at=given["created_at"],
    )


def _told(kind: str, call: Call, **detail: object) -> Entry:
    assert call.person is not None
    said = {"actor": call.actor, **detail}
    return Entry(at=call.now, kind=kind, about=call.person.user, detail=said)


def _refused(call: Call, fault: Fault) -> Answer:
    """No page: a calendar program asked, which goes by the status."""
    return Answer(body=fault.detail, status=fault.status, media="text/plain", headers=fault.headers)
