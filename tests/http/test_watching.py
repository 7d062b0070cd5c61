"""What those who watch the service see: probes, metrics, the log of requests."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient

from huifang.metrics import Metrics
from kernel.engine import Database
from tests.http.sample import BOOTSTRAP, Sample, build, open_with_tables

Client = TestClient[web.Request, web.Application]
Opener = Callable[[web.Application], Awaitable[Client]]
ADMIN = {"Authorization": f"Bearer {BOOTSTRAP}"}


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = await open_with_tables(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def client(aiohttp_client: Opener, database: Database, metrics: Metrics) -> Client:
    return await aiohttp_client(build(Sample().endpoints(), database, metrics=metrics))


async def test_alive_and_ready(client: Client) -> None:
    assert await (await client.get("/healthz")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert (ready.status, (await ready.json())["status"]) == (200, "ready")


async def test_not_ready_names_the_component(aiohttp_client: Opener, database: Database) -> None:
    async def ready() -> dict[str, str]:
        return {"database": "ok", "redis": "ConnectionError"}

    async def broken() -> dict[str, str]:
        raise OSError("no route")

    client = await aiohttp_client(build([], database, ready=ready))
    response = await client.get("/readyz")
    assert response.status == 503
    assert (await response.json())["components"] == {"database": "ok", "redis": "ConnectionError"}
    client = await aiohttp_client(build([], database, ready=broken))
    assert (await client.get("/readyz")).status == 503
    assert (await client.get("/healthz")).status == 200


async def test_metrics_count_by_template_and_never_by_path(
    client: Client, metrics: Metrics
) -> None:
    async def refresh() -> None:
        metrics.show_jobs({"contact.send": (3, 1)}, 2)

    metrics.refresh = refresh
    metrics.count_events("accepted", 5)
    metrics.count_contacts("sent", "sms")
    metrics.count_decisions("defer", "window")
    for order in ("A-1", "A-2", "none"):
        await client.get(f"/v1/orders/{order}", headers=ADMIN)
    await client.get("/s/secret-token")
    response = await client.get("/metrics")
    page = await response.text()
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    label = 'method="GET",route="/v1/orders/{id}"'
    assert f'huifang_http_requests_total{{{label},status="200"}} 2.0' in page
    assert f'huifang_http_requests_total{{{label},status="404"}} 1.0' in page
    assert f'huifang_http_request_seconds_count{{{label},status="200"}} 2.0' in page
    assert 'huifang_events_total{result="accepted"} 5.0' in page
    assert 'huifang_contacts_total{channel="sms",state="sent"} 1.0' in page
    assert 'huifang_decisions_total{reason="window",verdict="defer"} 1.0' in page
    assert 'huifang_jobs_waiting{kind="contact.send"} 3.0' in page
    assert 'huifang_jobs_overdue{kind="contact.send"} 1.0' in page
    assert "huifang_dead_letters 2.0" in page
    assert "huifang_gauges_fresh 1.0" in page
    assert "secret-token" not in page
    assert "A-1" not in page


async def test_metrics_are_shown_while_the_database_is_away(
    client: Client, metrics: Metrics
) -> None:
    async def refresh() -> None:
        raise OSError("no database")

    metrics.refresh = refresh
    response = await client.get("/metrics")
    assert response.status == 200
    assert "huifang_gauges_fresh 0.0" in await response.text()


async def test_the_log_has_the_template_and_the_actor_and_nothing_personal(
    client: Client,
) -> None:
    with structlog.testing.capture_logs() as lines:
        await client.get("/v1/orders/+8613800138000", headers=ADMIN)
        await client.get("/healthz")
    found = [line for line in lines if line["event"] == "http.request"]
    assert [line["route"] for line in found] == ["/v1/orders/{id}", "/healthz"]
    assert (found[0]["method"], found[0]["status"], found[0]["actor"]) == ("GET", 200, "bootstrap")
    assert found[0]["ms"] >= 0
    assert [line["log_level"] for line in found] == ["info", "debug"]
    assert "13800138000" not in str(lines)
    assert BOOTSTRAP not in str(lines)
