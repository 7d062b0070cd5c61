"""Reopens Jira issues over its platform API, with comments that a service desk keeps internal."""

from collections.abc import Mapping
from typing import Any

import orjson

from tickets.adapters.jira import DONE, category, facts
from tickets.desks.native import FOR_GOOD, GONE, Seen
from tickets.desks.rest import Line, Reply, Rest, bearer_or_basic, segment, unsettled
from tickets.documents import items, part
from tickets.notes import Letter
from tickets.ports import Declined, DeskError, Done, Facts

_NEWEST = {"orderBy": "-created", "maxResults": "100"}
_INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]
_MOST_LINKS = 20
_KIND = "Task"


class Jira:
    """One site; the token is `agent@example.com:KEY` for Cloud, a bare one for a data center.

    `options`: `api`, 3 for Cloud and 2 for a data center; `phone`, the field with the customer's
    number; `issuetype`, what a follow-up of a deleted issue is.
    """

    def __init__(self, line: Line) -> None:
        self._rest = Rest(base=line.url, headers=bearer_or_basic(line.token), timeout=line.timeout)
        self._version = line.options.get("api", "3")
        self._phone = line.options.get("phone")
        self._kind = line.options.get("issuetype", _KIND)

    async def look(self, ticket: str) -> Seen:
        """An issue is done by the category of its state; whether it can be opened, transitions say.

        The path of no transition leads out of a state that is for good.
        """
        body = await self._rest.get(self._issue(ticket))
        if body is None:
            return Seen(refusal=GONE)
        state = category(part(body, "fields"))
        if state is None:
            raise DeskError("desk answered with no issue")
        return Seen(open=state != DONE, body=body)

    async def noted(self, ticket: str, mark: str) -> bool:
        """Whether one of the newest comments has the mark."""
        told = await self._rest.get(f"{self._issue(ticket)}/comment", _NEWEST)
        # Version 3 has documents for texts: the mark stands somewhere in one.
        bodies = [item.get("body") for item in items(told, "comments")]
        return mark.encode() in orjson.dumps(bodies)

    async def reopen(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """A transition, then the comment: its mark says that both were done."""
        if not seen.open:
            path = f"{self._issue(ticket)}/transitions"
            way = _way_back(await self._rest.get(path))
            if way is None:
                return Declined(reason=FOR_GOOD)
            moved = await self._rest.send("POST", path, {"transition": {"id": way}})
            if not moved.fine:
                return _declined(moved)
        note = {"body": self._text(said.body), "properties": _INTERNAL}
        reply = await self._rest.send("POST", f"{self._issue(ticket)}/comment", note)
        return Done() if reply.fine else _declined(reply)

    async def follow_up_of(self, ticket: str, mark: str) -> str | None:
        """The issue with the mark as a label: among those linked, else wherever it is.

        The search comes second, since it finds an issue only some time after it was made.
        """
        told = await self._rest.get(self._issue(ticket), {"fields": "issuelinks"})
        if told is None:
            return await self._searched(mark)
        for key in _linked(part(told, "fields"))[:_MOST_LINKS]:
            other = await self._rest.get(self._issue(key), {"fields": "labels"})
            if mark in str(part(other, "fields").get("labels")):
                return key
        return None

    async def follow_up(self, ticket: str, seen: Seen, said: Letter) -> Done | Declined:
        """An issue of the same project and type, made with its link in one call."""
        fields = part(seen.body, "fields")
        project = part(fields, "project").get("id")
        kind = part(fields, "issuetype").get("id")
        new: dict[str, Any] = {
            "fields": {
                "project": {"id": project} if project else {"key": ticket.rpartition("-")[0]},
                "issuetype": {"id": kind} if kind else {"name": self._kind},
                "summary": said.subject,
                "description": self._text(said.body),
                "labels": ["huifang", said.mark],
            }
        }
        if seen.refusal != GONE:
            link = {"type": {"name": "Relates"}, "outwardIssue": {"key": ticket}}
            new["update"] = {"issuelinks": [{"add": link}]}
        reply = await self._rest.send("POST", self._path("issue"), new)
        if not reply.fine:
            return _declined(reply)
        opened = reply.body.get("key") if isinstance(reply.body, dict) else None
        return Done(ticket=None if opened is None else str(opened))

    async def fetch(self, ticket: str, customer: str | None) -> Facts | Declined:
        """The issue with its reporter, and the number where `phone` names its field."""
        told = await self._rest.get(self._issue(ticket))
        if not isinstance(told, dict):
            return Declined(reason=GONE)
        return facts(part(told, "fields"), self._phone)

    async def close(self) -> None:
        """Close connections."""
        await self._rest.close()

    async def _searched(self, mark: str) -> str | None:
        way = "search" if self._version == "2" else "search/jql"
        asked = {"jql": f'labels = "{mark}"', "fields": "labels"}
        told = await self._rest.get(self._path(way), asked)
        return next(
            (str(item.get("key") or item.get("id")) for item in items(told, "issues")), None
        )

    def _path(self, rest: str) -> str:
        return f"/rest/api/{self._version}/{rest}"

    def _issue(self, key: str) -> str:
        return self._path(f"issue/{segment(key)}")

    def _text(self, text: str) -> Any:
        """Plain text, or a document of one paragraph a line (Atlassian Document Format)."""
        if self._version == "2":
            return text
        lines = [line for line in text.splitlines() if line.strip()]
        parts = [
            {"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines
        ]
        return {"type": "doc", "version": 1, "content": parts}


def _way_back(told: Any) -> str | None:
    """The transition that opens an issue again: one that says so, else into work, else to do."""
    transitions = told.get("transitions") if isinstance(told, dict) else None
    open_ = [item for item in transitions or () if category({"status": part(item, "to")}) != DONE]
    best = sorted(open_, key=_fitness)
    return str(best[0]["id"]) if best else None


def _fitness(transition: Mapping[str, Any]) -> tuple[bool, bool]:
    name = str(transition.get("name")).casefold()
    into = category({"status": part(transition, "to")})
    return not any(word in name for word in ("reopen", "重新", "重开")), into != "indeterminate"


def _linked(fields: Mapping[str, Any]) -> list[str]:
    """The keys of linked issues, newest first."""
    ends = [
        part(link, end).get("key")
        for link in reversed(items(fields, "issuelinks"))
        for end in ("inwardIssue", "outwardIssue")
    ]
    return [str(key) for key in ends if key]


def _declined(reply: Reply) -> Declined:
    # A conflict is another change at the same moment.
    if reply.status in (409, 412):
        unsettled(reply)
    return reply.declined()
