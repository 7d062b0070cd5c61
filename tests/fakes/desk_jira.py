"""A Jira Cloud site in miniature, after Atlassian's REST API v3 reference for the Jira platform.

From the groups "Issues", "Issue comments" and "Issue search": states change by transitions of the
workflow alone (204); comments are documents (ADF) with properties, of which `sd.public.comment`
makes one internal in a service desk; an issue is made with its links in one call (201); the search
by JQL finds labels. Authorization is Basic, `EMAIL:KEY`.
"""

import base64
import json
from typing import Any

from aiohttp import web

from tests.fakes.desks import CLOSED, FOR_GOOD, OPEN, FakeDesk, Note, Ticket, document

TOKEN = "robot@example.com:jira-secret"
SERVER_TOKEN = "jira-personal-token"
PHONE = "customfield_10042"
_STATUS = {
    OPEN: {"name": "Work in progress", "statusCategory": {"key": "indeterminate"}},
    CLOSED: {"name": "Resolved", "statusCategory": {"key": "done"}},
    FOR_GOOD: {"name": "Archived", "statusCategory": {"key": "done"}},
}


class FakeJira(FakeDesk):
    """One project, OPS; archived issues have no transition."""

    api, search_path = "/rest/api/3", "/search/jql"

    def authorized(self, request: web.Request) -> bool:
        basic = base64.b64encode(TOKEN.encode()).decode()
        return request.headers.get("Authorization") == f"Basic {basic}"

    def name_of(self, number: int) -> str:
        return f"OPS-{number}"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(self.api + "/issue", self.create),
            web.get(self.api + "/issue/{key}", self.show),
            web.get(self.api + "/issue/{key}/transitions", self.transitions),
            web.post(self.api + "/issue/{key}/transitions", self.move),
            web.get(self.api + "/issue/{key}/comment", self.comments),
            web.post(self.api + "/issue/{key}/comment", self.comment),
            web.get(self.api + self.search_path, self.search),
        ]

    async def show(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        return web.json_response({"key": ticket.id, "fields": self._fields(ticket)})

    async def transitions(self, request: web.Request) -> web.Response:
        ways = {
            CLOSED: [
                {"id": "41", "name": "Archive", "to": _STATUS[FOR_GOOD]},
                {"id": "31", "name": "Back to work", "to": _STATUS[OPEN]},
            ],
            OPEN: [{"id": "21", "name": "Resolve", "to": _STATUS[CLOSED]}],
        }
        return web.json_response({"transitions": ways.get(self._ticket(request).state, [])})

    async def move(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        if (await document(request))["transition"]["id"] != "31" or ticket.state != CLOSED:
            return web.json_response({"errorMessages": ["no such transition"]}, status=400)
        ticket.state, ticket.reopens = OPEN, ticket.reopens + 1
        return web.Response(status=204)

    async def comments(self, request: web.Request) -> web.Response:
        notes = reversed(self._ticket(request).notes)
        return web.json_response({"comments": [{"body": json.loads(note.text)} for note in notes]})

    async def comment(self, request: web.Request) -> web.Response:
        told = await document(request)
        hidden = {"key": "sd.public.comment", "value": {"internal": True}}
        note = Note(text=self.kept(told["body"]), internal=hidden in told.get("properties", ()))
        self._ticket(request).notes.append(note)
        return web.json_response({"id": "1"}, status=201)

    async def create(self, request: web.Request) -> web.Response:
        told = await document(request)
        fields = told["fields"]
        if not (fields["project"] in ({"id": "7"}, {"key": "OPS"}) and fields["summary"]):
            return web.json_response({"errors": {"project": "needed"}}, status=400)
        links = told.get("update", {}).get("issuelinks", [])
        ticket = self.new(
            link=links[0]["add"]["outwardIssue"]["key"] if links else None,
            mark=fields["labels"][-1],
            text=self.kept(fields["description"]),
        )
        return web.json_response({"id": "1", "key": ticket.id}, status=201)

    async def search(self, request: web.Request) -> web.Response:
        label = request.query["jql"].partition('"')[2].rstrip('"')
        found = [{"key": item.id} for item in self.tickets.values() if item.mark == label]
        return web.json_response({"issues": found})

    def kept(self, body: Any) -> str:
        """A document as JSON; anything else is no text in version 3."""
        assert body["type"] == "doc"
        return json.dumps(body, ensure_ascii=False)

    def _ticket(self, request: web.Request) -> Ticket:
        ticket = self.tickets.get(request.match_info["key"])
        if ticket is None:
            raise web.HTTPNotFound(text='{"errorMessages": ["Issue does not exist"]}')
        return ticket

    def _fields(self, ticket: Ticket) -> dict[str, Any]:
        links = [
            {"type": {"name": "Relates"}, "inwardIssue": {"key": item.id}}
            for item in self.tickets.values()
            if item.link == ticket.id
        ]
        reporter = self.customers.get(ticket.customer or "")
        return {
            "status": _STATUS[ticket.state],
            "project": {"id": "7", "name": "Operations"},
            "issuetype": {"id": "3", "name": "Incident"},
            "labels": ["huifang", ticket.mark] if ticket.mark else [],
            "issuelinks": links,
            **({PHONE: reporter.phone, "reporter": _shown(reporter)} if reporter else {}),
        }


def _shown(reporter: Any) -> dict[str, str]:
    return {
        "accountId": reporter.id,
        "displayName": reporter.name,
        "emailAddress": reporter.email,
        "timeZone": "Asia/Shanghai",
    }


class FakeJiraServer(FakeJira):
    """A data center: REST API v2, where texts are plain, and personal access tokens."""

    api, search_path = "/rest/api/2", "/search"

    def authorized(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {SERVER_TOKEN}"

    def kept(self, body: Any) -> str:
        assert isinstance(body, str)
        return json.dumps(body, ensure_ascii=False)
