"""Events over HTTP at the real application: every form they come in, and what is told of them."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from kernel.endpoint import Role
from kernel.webhooks import sign
from tests.fakes.outside import DESK_SECRET
from tests.fakes.visitor import everything
from tests.fakes.world import NOON, closed
from tests.http.real import BATCH, EVENT, HOURS, INGEST_SECRET, Real, Reply, real

PATH, ZAMMAD = "/v1/events", "/v1/hooks/zammad"


@pytest.fixture
async def app(sqlite_url: str) -> AsyncIterator[Real]:
    async with real(sqlite_url) as found:
        yield found


@pytest.fixture
async def either(database_url: str) -> AsyncIterator[Real]:
    """On SQLite and on PostgreSQL."""
    async with real(database_url) as found:
        yield found


async def post(app: Real, document: Any, media: str = EVENT, **more: Any) -> Reply:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    headers = {"Content-Type": media, **more.pop("headers", {})}
    return await app.ask("POST", PATH, data=raw, headers=headers, **more)


def ticket(number: int, **changes: Any) -> dict[str, Any]:
    return closed(number, ticket=f"T-{number}", customer=f"C-{number}", **changes)


def without(document: dict[str, Any], *path: str) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(document))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return copy


def answer(accepted: list[str], duplicates: list[str] | None = None) -> dict[str, Any]:
    return {"accepted": accepted, "duplicates": duplicates or [], "rejected": []}


# --- the forms of an event ---


@pytest.mark.parametrize(
    "media",
    [EVENT, f"{EVENT}; charset=utf-8", "application/json", "Application/CloudEvents+JSON"],
)
async def test_a_structured_event_is_accepted_and_planned(app: Real, media: str) -> None:
    found = await post(app, closed(), media)
    assert (found.status, found.body) == (202, answer(["evt-1"]))
    shown = (await app.get("/v1/tickets/T-1001")).body
    assert [item["state"] for item in shown["invitations"]] == ["planned"]


async def test_an_event_in_binary_form_is_the_same_event(app: Real) -> None:
    document = closed()
    data = document.pop("data")
    headers = {f"ce-{name}": value for name, value in document.items()}
    found = await post(app, data, "application/json", headers=headers)
    assert (found.status, found.body) == (202, answer(["evt-1"]))
    again = await post(app, closed())
    assert again.body == answer([], ["evt-1"])


async def test_a_batch_is_taken_in_one_go(either: Real) -> None:
    batch = [ticket(number) for number in range(500)]
    found = await post(either, batch, BATCH)
    assert found.status == 202
    assert found.body == answer([f"evt-{number}" for number in range(500)])
    assert (await either.get("/v1/tickets/T-499")).status == 200
    assert (await post(either, [*batch, ticket(500)], BATCH)).status == 413
    assert (await either.get("/v1/tickets/T-500")).status == 404


async def test_an_empty_batch_is_taken(app: Real) -> None:
    assert (await post(app, [], BATCH)).body == answer([])


async def test_good_events_of_a_mixed_batch_are_kept_and_the_bad_ones_named(either: Real) -> None:
    batch = [
        ticket(1),
        without(ticket(2), "data", "customer", "id"),
        {"id": "evt-x"},
        "no event",
        {**ticket(3), "type": "ticket.exploded"},
        ticket(4),
        ticket(1),
    ]
    found = await post(either, batch, BATCH)
    assert found.status == 202
    assert found.body["accepted"] == ["evt-1", "evt-4"]
    assert found.body["duplicates"] == ["evt-1"]
    rejected = [(item["id"], item["path"]) for item in found.body["rejected"]]
    assert rejected == [
        ("evt-2", "data.customer.id"),
        ("evt-x", "specversion"),
        (None, ""),
        ("evt-3", "type"),
    ]
    assert all(item["reason"] for item in found.body["rejected"])
    assert (await either.get("/v1/tickets/T-2")).status == 404


async def test_an_event_told_again_is_a_duplicate_and_plans_nothing(either: Real) -> None:
    await post(either, closed())
    before = await everything(either.service.database)
    for _ in range(3):
        found = await post(either, closed(category="something else"))
        assert (found.status, found.body) == (202, answer([], ["evt-1"]))
    assert await everything(either.service.database) == before


async def test_another_event_for_the_same_closure_is_accepted_and_plans_nothing_new(
    either: Real,
) -> None:
    await post(either, closed())
    assert (await post(either, closed(event="evt-other"))).body == answer(["evt-other"])
    shown = (await either.get("/v1/tickets/T-1001")).body
    assert (len(shown["closures"]), len(shown["invitations"])) == (1, 1)


async def test_unknown_fields_and_broken_details_cost_no_follow_up(app: Real) -> None:
    document = closed(colour="blue", opened_at="yesterday")
    document["data"]["customer"] |= {"timezone": "Mars/Olympus", "shoe": 42}
    document["traceparent"] = "00-x"
    assert (await post(app, document)).body == answer(["evt-1"])


# --- what is refused ---


async def test_when_nothing_was_usable_the_fields_are_named(app: Real) -> None:
    bad = [
        without(closed(1), "data", "ticket", "id"),
        {**closed(2), "specversion": "0.3"},
        {**closed(3), "time": (NOON + 30 * HOURS).isoformat()},
    ]
    before = await everything(app.service.database)
    found = await post(app, bad, BATCH)
    assert (found.status, found.media) == (422, "application/problem+json")
    paths = ["data.ticket.id", "specversion", "time"]
    assert [error["path"] for error in found.body["errors"]] == paths
    assert [item["path"] for item in found.body["rejected"]] == paths
    assert [item["id"] for item in found.body["rejected"]] == ["evt-1", "evt-2", "evt-3"]
    assert found.body["accepted"] == []
    assert await everything(app.service.database) == before


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{}", "application/xml", 415),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"{", EVENT, 400),
        (b"\xff\xfe", EVENT, 400),
        (b'{"a": NaN}', EVENT, 400),
        (b"[" * 5_000, EVENT, 400),
        (b"{}", BATCH, 400),
        (b"null", EVENT, 422),
        (b"{}", EVENT, 422),
        (b"[]", EVENT, 422),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_what_cannot_be_read_is_refused_as_what_it_is(
    app: Real, body: bytes, media: str, status: int
) -> None:
    found = await post(app, body, media)
    assert (found.status, found.media) == (status, "application/problem+json")
    assert found.body["status"] == status
    assert found.body["detail"]


async def test_an_oversized_body_is_refused_with_and_without_a_length(app: Real) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b"x" * 65_536

    for body in (BytesIO(b"x" * (4 * 1024 * 1024 + 1)), endless()):
        found = await app.ask("POST", PATH, data=body, headers={"Content-Type": EVENT})
        assert (found.status, found.media) == (413, "application/problem+json")


async def test_texts_no_database_keeps_are_refused_and_odd_ones_kept(either: Real) -> None:
    nul = closed(1, category="a\x00b")
    half = json.dumps(closed(2)).replace("broadband_fault", "\\ud83d").encode()
    for bad in (json.dumps(nul).encode(), half):
        assert (await post(either, bad)).status == 422
    assert (await post(either, closed(3, category="🙂\u202e" * 30))).status == 202


# --- who may ---


async def test_keys_and_roles(app: Real) -> None:
    before = (await post(app, closed(), key=None)).status
    wrong = (await post(app, closed(), key="hf_wrong")).status
    assert (before, wrong) == (401, 401)
    ingest, agent = await app.key(Role.INGEST), await app.key(Role.AGENT)
    assert (await post(app, closed(), key=ingest)).status == 202
    assert (await post(app, closed(2), key=agent)).status == 202
    refused = await app.get("/v1/tickets/T-1001", key=ingest)
    assert (refused.status, refused.body["role"]) == (403, "agent")
    assert (await app.get("/v1/tickets/T-1001", key=agent)).status == 200
    assert (await app.get("/v1/tickets/T-1001", key=None)).status == 401


async def test_a_standard_webhook_signature_stands_for_a_key(app: Real) -> None:
    body = json.dumps(closed()).encode()
    found = await post(app, body, key=None, headers=app.webhook(body))
    assert (found.status, found.body) == (202, answer(["evt-1"]))


async def test_a_signature_that_does_not_fit_is_no_key(app: Real) -> None:
    body = json.dumps(closed()).encode()
    before = await everything(app.service.database)
    old = sign(INGEST_SECRET, "msg_1", app.clock.now() - timedelta(minutes=6), body)
    wrong = {
        "another secret": app.webhook(body, DESK_SECRET),
        "another body": app.webhook(body + b" "),
        "too old": old,
        "no id": {**app.webhook(body), "webhook-id": ""},
        "no signature": {**app.webhook(body), "webhook-signature": ""},
    }
    for what, headers in wrong.items():
        assert (await post(app, body, key=None, headers=headers)).status == 401, what
    signed = app.webhook(body)
    assert (await post(app, body, key="hf_wrong", headers=signed)).status == 401
    assert await everything(app.service.database) == before


# --- a ticketing system's own webhook ---


def zammad(state: str = "closed", **changes: Any) -> dict[str, Any]:
    at = NOON.isoformat()
    return {
        "ticket": {
            "id": 88,
            "number": "10088",
            "title": "断线",
            "state": state,
            "created_at": (NOON - 5 * HOURS).isoformat(),
            "updated_at": at,
            "close_at": at,
            "last_close_at": at,
            "group": {"name": "NOC-2"},
            "owner": {"id": 7, "login": "zhou", "firstname": "敏", "lastname": "周"},
            "customer": {
                "id": 21,
                "firstname": "Lei",
                "lastname": "Li",
                "email": "li@example.com",
                "mobile": "+8613800138000",
            },
            **changes,
        },
        "article": {"id": 1},
    }


async def tell_zammad(
    app: Real, document: Any, *, secret: str | None, query: str = "", delivery: str = "d-1"
) -> Reply:
    raw = json.dumps(document).encode()
    headers = {"Content-Type": "application/json", "X-Zammad-Delivery": delivery}
    if secret is not None:
        digest = hmac.new(secret.encode(), raw, hashlib.sha1).hexdigest()
        headers["X-Hub-Signature"] = f"sha1={digest}"
    return await app.ask("POST", ZAMMAD + query, data=raw, headers=headers, key=None)


async def test_a_signed_zammad_webhook_closes_the_ticket_and_earns_a_survey(app: Real) -> None:
    found = await tell_zammad(app, zammad(), secret=DESK_SECRET)
    assert (found.status, found.body) == (202, answer(["d-1"]))
    again = await tell_zammad(app, zammad(), secret=DESK_SECRET)
    assert again.body == answer([], ["d-1"])
    shown = (await app.get("/v1/tickets/88")).body
    assert (shown["source"], shown["status"], shown["customer"]) == ("/zammad", "closed", "21")
    await app.after(2 * HOURS)
    assert [message.to for message in app.outside.sent] == ["+8613800138000"]


async def test_a_zammad_webhook_is_believed_with_its_signature_or_a_key_only(app: Real) -> None:
    before = await everything(app.service.database)
    for secret in (None, "", INGEST_SECRET):
        assert (await tell_zammad(app, zammad(), secret=secret)).status == 401
    assert await everything(app.service.database) == before
    ingest = await app.key(Role.INGEST)
    found = await app.ask(
        "POST",
        f"{ZAMMAD}?source=/helpdesk",
        data=json.dumps(zammad()),
        headers={"Content-Type": "application/json"},
        key=ingest,
    )
    assert found.status == 202
    assert (await app.get("/v1/tickets/88")).body["source"] == "/helpdesk"


async def test_a_zammad_state_that_is_no_news_is_taken_and_changes_nothing(app: Real) -> None:
    document = zammad("open", close_at=None, last_close_at=None)
    found = await tell_zammad(app, document, secret=DESK_SECRET)
    assert (found.status, found.body) == (202, answer([]))
    assert (await app.get("/v1/tickets/88")).status == 404


async def test_an_unusable_zammad_payload_names_zammad_s_own_fields(app: Real) -> None:
    found = await tell_zammad(app, {"ticket": {"state": "closed"}}, secret=DESK_SECRET)
    assert found.status == 422
    assert all(error["path"].startswith("ticket") for error in found.body["errors"])
    assert (await tell_zammad(app, [], secret=DESK_SECRET)).status == 422


# --- what is told of a ticket ---


async def test_a_ticket_s_view_timeline_and_explanation(either: Real) -> None:
    await post(either, closed(agent={"id": "A-7", "name": "周敏"}))
    await either.after(2 * HOURS)
    shown = await either.get("/v1/tickets/T-1001")
    assert shown.status == 200
    found = shown.body
    assert (found["id"], found["source"], found["status"]) == ("T-1001", "/tickets", "closed")
    assert (found["reopens"], found["complaints"], found["callbacks"]) == (0, [], [])
    [closing] = found["closures"]
    assert (closing["cycle"], closing["decision"]["verdict"]) == (1, "allow")
    [invitation] = found["invitations"]
    assert (invitation["survey"], invitation["state"]) == ("csat", "invited")
    assert invitation["channel"] == "sms"
    for secret in ("13800138000", "周敏"):
        assert secret not in shown.text

    timeline = (await either.get("/v1/tickets/T-1001/timeline")).body["items"]
    kinds = [item["kind"] for item in timeline]
    assert kinds[0] == "ticket.closed"
    wanted = ["ticket.closed", "decision", "contact.sent"]
    assert [kind for kind in dict.fromkeys(kinds) if kind in wanted] == wanted
    assert [item["at"] for item in timeline] == sorted(item["at"] for item in timeline)
    assert all(item["text"] and item["text"] != item["kind"] for item in timeline)
    english = await either.get("/v1/tickets/T-1001/timeline", headers={"Accept-Language": "en"})
    assert "The ticket was closed (cycle 1)" in english.text

    explained = (await either.get("/v1/tickets/T-1001/explain")).body["items"]
    assert explained[-1]["verdict"] == "allow"
    rules = {rule["rule"] for item in explained for rule in item["rules"]}
    assert rules >= {"program", "skip", "age", "consent", "opt_out", "zone", "window", "cap"}
    assert all(rule["text"] for item in explained for rule in item["rules"])


async def test_an_unknown_ticket_is_404_in_every_view(app: Real) -> None:
    await post(app, closed())
    for path in ("T-0", "T-0/timeline", "T-0/explain", "T-1001?source=/elsewhere", "%20", "🙂"):
        found = await app.get(f"/v1/tickets/{path}")
        assert (found.status, found.media) == (404, "application/problem+json"), path


async def test_an_id_known_in_two_sources_is_409_until_the_source_is_said(either: Real) -> None:
    await post(either, closed(1))
    await post(either, {**closed(2, customer="C-2"), "source": "/billing"})
    for view in ("", "/timeline", "/explain"):
        found = await either.get(f"/v1/tickets/T-1001{view}")
        assert (found.status, found.media) == (409, "application/problem+json")
        assert found.body["sources"] == ["/billing", "/tickets"]
        for source in ("/billing", "/tickets"):
            one = await either.get(f"/v1/tickets/T-1001{view}?source={source}")
            assert one.status == 200
    shown = (await either.get("/v1/tickets/T-1001?source=/billing")).body
    assert (shown["source"], shown["customer"]) == ("/billing", "C-2")


async def test_a_ticket_id_may_hold_any_character(app: Real) -> None:
    await post(app, closed(ticket="T/1 #2?é"))
    assert (await app.get("/v1/tickets/T%2F1%20%232%3F%C3%A9")).body["id"] == "T/1 #2?é"
