"""Ticketing systems' own webhooks, and the way back: closed there, asked here, reopened there."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from kernel.endpoint import Role
from scheduler import notices
from tests.fakes.desk_jira import PHONE as PHONE_FIELD
from tests.fakes.desk_jira import TOKEN as JIRA_TOKEN
from tests.fakes.desk_jira import FakeJira
from tests.fakes.desk_tmf621 import TOKEN as TMF621_TOKEN
from tests.fakes.desk_tmf621 import FakeTmf621
from tests.fakes.desk_zendesk import TOKEN as ZENDESK_TOKEN
from tests.fakes.desk_zendesk import FakeZendesk
from tests.fakes.desks import OPEN, FakeDesk, Fault
from tests.fakes.outside import serving
from tests.fakes.visitor import everything
from tests.fakes.world import NOON
from tests.http.real import HOURS, Real, Reply, real

SECRET = "shared with the desk"
PHONE, SENDER = "+8613800138000", "+8610655500001"
AT = NOON.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, kw_only=True)
class System:
    """A ticketing system: what it posts when a ticket is closed, and how it signs."""

    name: str
    fake: Callable[[], FakeDesk]
    token: str
    ticket: str
    closed: dict[str, Any]
    sign: Callable[[bytes, str], dict[str, str]]
    query: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


def zendesk_signed(body: bytes, secret: str) -> dict[str, str]:
    digest = hmac.new(secret.encode(), AT.encode() + body, hashlib.sha256).digest()
    return {
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": AT,
    }


def jira_signed(body: bytes, secret: str) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature": f"sha256={digest}"}


ZENDESK = System(
    name="zendesk",
    fake=FakeZendesk,
    token=ZENDESK_TOKEN,
    ticket="1001",
    sign=zendesk_signed,
    closed={
        "account_id": 1,
        "id": "01EVENT",
        "time": AT,
        "type": "zen:event-type:ticket.status_changed",
        "subject": "zen:ticket:1001",
        "zendesk_event_version": "2022-11-06",
        "detail": {"id": "1001", "status": "SOLVED", "requester_id": "501", "tags": []},
        "event": {"current": "SOLVED", "previous": "OPEN"},
    },
)
TMF621 = System(
    name="tmf621",
    fake=FakeTmf621,
    token=TMF621_TOKEN,
    ticket="TT-1001",
    sign=lambda body, secret: {"X-Huifang-Secret": secret},
    closed={
        "eventId": "e-1",
        "eventTime": AT,
        "eventType": "TroubleTicketStatusChangeEvent",
        "event": {"troubleTicket": {"id": "TT-1001", "status": "resolved"}},
    },
)
JIRA = System(
    name="jira",
    fake=FakeJira,
    token=JIRA_TOKEN,
    ticket="OPS-1001",
    sign=jira_signed,
    query=f"?phone={PHONE_FIELD}",
    closed={
        "webhookEvent": "jira:issue_updated",
        "timestamp": int(NOON.timestamp() * 1000),
        "issue": {
            "key": "OPS-1001",
            "fields": {
                "status": {"name": "Resolved", "statusCategory": {"key": "done"}},
                "statuscategorychangedate": "2026-11-20T12:00:00.000+0800",
                "reporter": {"accountId": "501", "displayName": "Lin Wei"},
            },
        },
        "changelog": {"id": "7", "items": [{"field": "status", "fromString": "Doing"}]},
    },
)
SYSTEMS = [ZENDESK, TMF621, JIRA]


@dataclass(frozen=True, kw_only=True)
class Joined:
    """The service, joined to an imitated ticketing system."""

    system: System
    app: Real
    fake: FakeDesk

    async def post(
        self, body: Any = None, *, secret: str | None = SECRET, key: str | None = None
    ) -> Reply:
        raw = json.dumps(self.system.closed if body is None else body).encode()
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers |= self.system.sign(raw, secret)
        path = f"/v1/hooks/{self.system.name}"
        return await self.app.ask("POST", path, data=raw, headers=headers, key=key)

    async def ticket(self) -> Reply:
        return await self.app.get(f"/v1/tickets/{self.system.ticket}")


@asynccontextmanager
async def joined(system: System, database_url: str) -> AsyncIterator[Joined]:
    fake = system.fake()
    async with serving(fake.application()) as url:
        settings = {
            "HUIFANG_TICKETING": system.name,
            "HUIFANG_TICKETING_URL": url + system.query,
            "HUIFANG_TICKETING_TOKEN": system.token,
            "HUIFANG_TICKETING_SECRET": SECRET,
        }
        async with real(database_url, settings=settings) as app:
            yield Joined(system=system, app=app, fake=fake)


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
async def test_a_ticket_closed_there_is_asked_about_and_a_low_answer_reopens_it_there(
    system: System, sqlite_url: str
) -> None:
    async with joined(system, sqlite_url) as on:
        ticket = on.fake.put(system.ticket)
        found = await on.post()
        assert (found.status, len(found.body["accepted"])) == (202, 1)
        assert len((await on.post()).body["duplicates"]) == 1
        await on.app.run()
        shown = (await on.ticket()).body
        assert (shown["source"], shown["status"]) == (f"/{system.name}", "closed")
        assert len(shown["closures"]) == 1
        await on.app.after(2 * HOURS)
        assert [message.to for message in on.app.outside.sent] == [PHONE]
        form = {"MessageSid": "SM" + "1" * 32, "From": PHONE, "To": SENDER, "Body": "1"}
        assert (await on.app.carrier("/carriers/twilio/sms", form)).status == 200
        await on.app.run()
        assert (ticket.state, len(ticket.notes)) == (OPEN, 1)
        assert ticket.notes[0].internal
        assert "/v1/tickets/" in ticket.notes[0].text
        assert (await on.ticket()).body["reopens"] == 1


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
async def test_who_cannot_sign_and_has_no_key_is_not_heard(system: System, sqlite_url: str) -> None:
    async with joined(system, sqlite_url) as on:
        before = await everything(on.app.service.database)
        for secret in (None, "", "guessed"):
            assert (await on.post(secret=secret)).status == 401
        assert await everything(on.app.service.database) == before
        agent = await on.app.key(Role.INGEST)
        assert (await on.post(secret=None, key=agent)).status == 202


async def test_a_gateway_may_bring_the_secret_in_a_header(sqlite_url: str) -> None:
    async with joined(ZENDESK, sqlite_url) as on:
        raw = json.dumps(ZENDESK.closed)
        for given, status in (("guessed", 401), (SECRET, 202)):
            headers = {"Content-Type": "application/json", "X-Huifang-Secret": given}
            found = await on.app.ask(
                "POST", "/v1/hooks/zendesk", data=raw, headers=headers, key=None
            )
            assert found.status == status


async def test_nothing_is_lost_while_the_system_is_away_or_its_token_is_wrong(
    sqlite_url: str,
) -> None:
    async with joined(ZENDESK, sqlite_url) as on:
        on.fake.put("1001")
        everything_ = frozenset({"GET"})
        on.fake.faults = [Fault(status=503, methods=everything_)]
        on.fake.faults += [Fault(status=401, methods=everything_)]
        assert (await on.post()).status == 202
        await on.app.run()
        assert (await on.ticket()).status == 404
        await on.app.after(HOURS)
        async with on.app.service.database.read() as conn:
            assert (await notices.counts(conn))["desk.misconfigured"] == 1
        await on.app.after(HOURS)
        assert (await on.ticket()).body["status"] == "closed"


async def test_a_payload_without_a_customer_says_what_to_set_where_nobody_can_be_asked(
    sqlite_url: str,
) -> None:
    async with real(sqlite_url) as app:
        ingest = await app.key(Role.INGEST)
        found = await app.ask(
            "POST",
            "/v1/hooks/tmf621",
            data=json.dumps(TMF621.closed),
            headers={"Content-Type": "application/json"},
            key=ingest,
        )
    assert found.status == 422
    [error] = found.body["errors"]
    assert error["path"] == "data.customer.id"
    assert "HUIFANG_TICKETING" in error["reason"]


async def test_news_that_neither_closes_nor_reopens_is_taken_and_changes_nothing(
    sqlite_url: str,
) -> None:
    async with joined(ZENDESK, sqlite_url) as on:
        other = {**ZENDESK.closed, "type": "zen:event-type:ticket.comment_added"}
        found = await on.post(other)
        assert found.body == {"accepted": [], "duplicates": [], "rejected": []}
        assert (await on.post({"type": 5})).status == 422
