"""What the real application's OpenAPI document says is what the real application does."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.fakes.world import closed
from tests.http.exploring import explore
from tests.http.real import BOOTSTRAP, EVENT, HOURS, Real, real

ADMIN = {"Authorization": f"Bearer {BOOTSTRAP}"}


@pytest.fixture
async def app(sqlite_url: str) -> AsyncIterator[Real]:
    """With one ticket known, so that not every answer is a 404."""
    async with real(sqlite_url) as found:
        event = json.dumps(closed(ticket="0"))
        await found.ask("POST", "/v1/events", data=event, headers={"Content-Type": EVENT})
        await found.after(2 * HOURS)
        yield found


async def test_every_endpoint_answers_as_the_document_says_and_none_breaks(app: Real) -> None:
    document = (await app.get("/openapi.json", key=None)).body
    sent = await asyncio.to_thread(explore, document, app.url, ADMIN, examples=3)
    described = {
        found["operationId"] for methods in document["paths"].values() for found in methods.values()
    }
    assert set(sent) == described
    assert described >= {
        "post_v1_events",
        "post_v1_hooks_zammad",
        "get_v1_tickets_id",
        "get_v1_tickets_id_timeline",
        "get_v1_tickets_id_explain",
        "post_carriers_twilio_sms",
        "post_carriers_twilio_status",
        "get_s_token",
        "post_s_token",
        "get_p_token",
        "post_p_token",
        "get_healthz",
        "get_readyz",
        "get_metrics",
    }
    assert all(count > 0 for count in sent.values())
    metrics = (await app.get("/metrics", key=None)).text
    broken = [line for line in metrics.splitlines() if "http" in line and 'status="5' in line]
    assert broken == []


async def test_the_document_names_every_route_that_programs_may_call(app: Real) -> None:
    document = (await app.get("/openapi.json", key=None)).body
    endpoints = [endpoint for endpoint in app.service.endpoints if endpoint.page is None]
    served = {(endpoint.method.lower(), endpoint.path) for endpoint in endpoints}
    described = {
        (method, path) for path, methods in document["paths"].items() for method in methods
    }
    assert served <= described
