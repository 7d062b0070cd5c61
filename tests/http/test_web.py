"""Requests over real sockets: who is let in, what is refused and how, what is answered."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient
from yarl import URL

from huifang import request as reading
from huifang.identity import Identity
from huifang.web import locale_of
from kernel.endpoint import Role
from kernel.engine import Database
from tests.http.sample import (
    BOOTSTRAP,
    NOW,
    PUBLIC_URL,
    SECRET,
    FixedClock,
    Sample,
    build,
    open_with_tables,
)

Client = TestClient[web.Request, web.Application]
Opener = Callable[[web.Application], Awaitable[Client]]
ADMIN = {"Authorization": f"Bearer {BOOTSTRAP}"}


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = await open_with_tables(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
def sample() -> Sample:
    return Sample()


@pytest.fixture
async def client(aiohttp_client: Opener, sample: Sample, database: Database) -> Client:
    app = build(sample.endpoints(), database, proxies=["127.0.0.0/8", "10.0.0.0/8"])
    return await aiohttp_client(app)


async def problem(response: aiohttp.ClientResponse, status: int, slug: str) -> dict[str, Any]:
    """The problem document, after what holds for all of them."""
    assert response.status == status, await response.text()
    assert response.content_type == "application/problem+json"
    found: dict[str, Any] = json.loads(await response.read() or b"{}")
    assert found["type"] == f"urn:huifang:fault:{slug}"
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    return found


# --- who is let in ---


async def test_a_call_without_a_key_is_told_how_to_send_one(client: Client) -> None:
    response = await client.get("/v1/orders")
    await problem(response, 401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="huifang"'


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic eDp5", "Bearer \xe4\xf6", ""])
async def test_a_key_nobody_made_opens_nothing(client: Client, sample: Sample, header: str) -> None:
    response = await client.get("/v1/orders", headers={"Authorization": header})
    await problem(response, 401, "unauthorized")
    assert sample.calls == []


async def test_a_key_with_too_low_a_role_is_told_which_it_needs(
    client: Client, database: Database, sample: Sample
) -> None:
    key = await Identity(database).create(Role.AGENT, "desk", NOW)
    headers = {"Authorization": f"bearer {key}"}
    found = await problem(
        await client.post("/v1/orders", json={"title": "x"}, headers=headers), 403, "forbidden"
    )
    assert "manager" in found["detail"]
    assert sample.calls == []
    assert (await client.get("/v1/orders", headers=headers)).status == 200
    assert (sample.calls[0].actor, sample.calls[0].role) == ("desk", Role.AGENT)


async def test_keys_are_looked_at_before_bodies(client: Client) -> None:
    response = await client.post("/v1/orders", data=b"{" * 5_000)
    await problem(response, 401, "unauthorized")


async def test_a_fitting_signature_stands_in_for_a_key(client: Client, sample: Sample) -> None:
    response = await client.post("/v1/events", json={"a": 1}, headers={"X-Secret": SECRET})
    assert response.status == 202
    assert sample.calls[0].raw == b'{"a": 1}'
    assert (sample.calls[0].actor, sample.calls[0].role) == ("", Role.INGEST)


async def test_a_wrong_signature_is_refused(client: Client, sample: Sample) -> None:
    response = await client.post("/v1/events", json={"a": 1}, headers={"X-Secret": "other"})
    await problem(response, 401, "unauthorized")
    assert sample.calls == []


async def test_a_wrong_key_is_not_mended_by_a_signature(client: Client) -> None:
    headers = {"X-Secret": SECRET, "Authorization": "Bearer wrong"}
    await problem(await client.post("/v1/events", json={}, headers=headers), 401, "unauthorized")


async def test_a_revoked_key_is_refused_within_five_seconds(
    aiohttp_client: Opener, sample: Sample, database: Database
) -> None:
    clock = FixedClock()
    client = await aiohttp_client(build(sample.endpoints(), database, clock=clock))
    elsewhere = Identity(database)
    headers = {"Authorization": f"Bearer {await elsewhere.create(Role.AGENT, 'desk', NOW)}"}
    assert (await client.get("/v1/orders", headers=headers)).status == 200
    assert await elsewhere.revoke("desk", NOW)
    clock.move(seconds=5)
    assert (await client.get("/v1/orders", headers=headers)).status == 401


# --- what is sent ---


async def test_a_document_reaches_the_handler_as_its_schema_reads_it(
    client: Client, sample: Sample
) -> None:
    body = {
        "title": "光纤",
        "wished_at": "2026-11-21T16:00:00+08:00",
        "parts": [{"name": "a", "amount": 2, "colour": "red"}],
        "unknown": 1,
    }
    response = await client.post("/v1/orders", json=body, headers=ADMIN)
    assert response.status == 201
    shown = await response.json()
    assert shown == {"id": "7", "title": "光纤", "at": "2026-11-21T08:00:00+00:00"}
    call = sample.calls[0]
    assert call.body == {
        "title": "光纤",
        "wished_at": NOW,
        "parts": [{"name": "a", "amount": 2}],
    }
    assert (call.now, call.actor, call.role) == (NOW, "bootstrap", Role.ADMIN)


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, {"title"}),
        ([], {""}),
        ({"title": 5}, {"title"}),
        (
            {"title": "x", "parts": [{"name": "a"}, {"amount": 0}]},
            {"parts.1.name", "parts.1.amount"},
        ),
        ({"title": "a\0b"}, {"title"}),
        ({"title": "x", "parts": [{"name": "\0"}]}, {"parts.0.name"}),
        ({"title": "x", "unknown": {"deep": ["\0"]}}, {"unknown.deep.0"}),
        ({"title": "x", "count": 2**63}, {"count"}),
        ({"title": "x", "wished_at": "0001-01-01T00:00:00+14:00"}, {"wished_at"}),
        ({"title": "x", "wished_at": "2026-11-21T08:00:00"}, {"wished_at"}),
    ],
)
async def test_faulty_fields_are_named_by_their_path(
    client: Client, sample: Sample, body: Any, paths: set[str]
) -> None:
    response = await client.post("/v1/orders", json=body, headers=ADMIN)
    found = await problem(response, 422, "invalid")
    assert {error["path"] for error in found["errors"]} == paths
    assert all(error["reason"] for error in found["errors"])
    assert sample.calls == []


async def test_a_schema_may_refuse_unknown_fields(client: Client) -> None:
    body = {"reason": "x", "resaon": "y"}
    response = await client.post("/v1/orders/1/cancel", json=body, headers=ADMIN)
    found = await problem(response, 422, "invalid")
    assert [error["path"] for error in found["errors"]] == ["resaon"]


@pytest.mark.parametrize(
    "raw",
    [b"{", b"\xff", b'"\xed\xa0\x80"', b'{"title": "\\ud800"}', b"NaN", b"[" * 1_900, b"\0"],
)
async def test_what_is_no_json_is_malformed(client: Client, raw: bytes) -> None:
    headers = {**ADMIN, "Content-Type": "application/json"}
    await problem(await client.post("/v1/orders", data=raw, headers=headers), 400, "malformed")


async def test_json_nested_too_deeply_is_refused(client: Client) -> None:
    raw = b'{"title": "x", "a": ' + b"[" * 900 + b"]" * 900 + b"}"
    headers = {**ADMIN, "Content-Type": "application/json"}
    await problem(await client.post("/v1/orders", data=raw, headers=headers), 422, "invalid")


async def test_an_empty_body_is_a_document_without_fields(client: Client) -> None:
    found = await problem(await client.post("/v1/orders", headers=ADMIN), 422, "invalid")
    assert [error["path"] for error in found["errors"]] == ["title"]


@pytest.mark.parametrize("media", ["text/plain", "application/xml", "multipart/form-data", ""])
async def test_another_content_type_is_refused(client: Client, media: str) -> None:
    headers = {**ADMIN, "Content-Type": media}
    response = await client.post("/v1/orders", data=b'{"title": "x"}', headers=headers)
    await problem(response, 415, "unsupported-media-type")
    assert response.headers["Accept"] == "application/json"


async def test_a_content_type_may_have_parameters_and_capitals(client: Client) -> None:
    headers = {**ADMIN, "Content-Type": "Application/JSON; charset=utf-8"}
    response = await client.post("/v1/orders", data=b'{"title": "x"}', headers=headers)
    assert response.status == 201


async def test_a_body_above_the_limit_is_refused(client: Client, sample: Sample) -> None:
    body = {"title": "x", "note": "y" * 2_000}
    await problem(await client.post("/v1/orders", json=body, headers=ADMIN), 413, "too-large")
    assert sample.calls == []


async def _in_chunks(size: int) -> AsyncIterator[bytes]:
    yield b'{"title": "x", "note": "'
    for _ in range(size // 100):
        yield b"y" * 100
    yield b'"}'


async def test_a_body_in_chunks_has_the_same_limit(client: Client) -> None:
    headers = {**ADMIN, "Content-Type": "application/json"}
    small = await client.post("/v1/orders", data=_in_chunks(1_000), headers=headers)
    assert small.status == 201
    large = await client.post("/v1/orders", data=_in_chunks(3_000), headers=headers)
    await problem(large, 413, "too-large")


async def test_a_packed_body_is_measured_unpacked(client: Client) -> None:
    headers = {**ADMIN, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    fine = gzip.compress(json.dumps({"title": "x"}).encode())
    assert (await client.post("/v1/orders", data=fine, headers=headers)).status == 201
    bomb = gzip.compress(json.dumps({"title": "x", "note": "y" * 900_000}).encode())
    assert len(bomb) < 2_000
    await problem(await client.post("/v1/orders", data=bomb, headers=headers), 413, "too-large")


async def test_a_broken_packing_is_malformed(client: Client) -> None:
    headers = {**ADMIN, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = await client.post("/v1/orders", data=b"no gzip at all", headers=headers)
    await problem(response, 400, "malformed")


async def test_a_form_keeps_its_order_and_its_blanks(client: Client, sample: Sample) -> None:
    raw = "b=2&a=&b=%E4%BD%A0%E5%A5%BD&Signature=" + SECRET.replace(" ", "+").replace("'", "%27")
    response = await client.post(
        "/carriers/twilio/sms?x=1", data=raw, headers={"Content-Type": reading.FORM}
    )
    assert response.status == 200
    assert response.content_type == "application/xml"
    assert await response.text() == "<Response/>"
    assert list(sample.calls[0].form) == [
        ("b", "2"),
        ("a", ""),
        ("b", "你好"),
        ("Signature", SECRET),
    ]


@pytest.mark.parametrize("raw", [b"a=%00", b"a=%FF", b"a=\xff", b"a=1&" * 1_100])
async def test_a_form_that_cannot_be_read_is_malformed(client: Client, raw: bytes) -> None:
    response = await client.post("/rate", data=raw, headers={"Content-Type": reading.FORM})
    await problem(response, 400, "malformed")


async def test_a_form_is_read_by_the_same_schema_as_json(client: Client) -> None:
    expected = {"rating": 4, "reasons": ["slow", "rude"]}
    form = await client.post(
        "/rate", data=[("rating", "4"), ("reasons", "slow"), ("reasons", "rude")]
    )
    assert await form.json() == expected
    assert await (await client.post("/rate", json=expected)).json() == expected
    twice = await client.post("/rate", data=[("rating", "4"), ("rating", "5")])
    assert [e["path"] for e in (await problem(twice, 422, "invalid"))["errors"]] == ["rating"]


async def test_a_query_is_read_by_its_schema(client: Client, sample: Sample) -> None:
    url = "/v1/orders?limit=3&group_by=team&group_by=day"
    assert (await client.get(url, headers=ADMIN)).status == 200
    assert sample.calls[0].query == {"limit": 3, "team": ["team", "day"]}
    assert (await client.get("/v1/orders", headers=ADMIN)).status == 200
    assert sample.calls[1].query == {"limit": 50, "team": []}
    await client.get("/v1/orders?limit=&state=&group_by=&group_by=day", headers=ADMIN)
    assert sample.calls[2].query == {"limit": 50, "team": ["day"]}  # as a form sends it


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("state=x", "state"),
        ("sate=open", "sate"),
        ("limit=" + "9" * 5_000, "limit"),
    ],
)
async def test_a_faulty_query_is_named(client: Client, query: str, path: str) -> None:
    found = await problem(await client.get(f"/v1/orders?{query}", headers=ADMIN), 422, "invalid")
    assert [error["path"] for error in found["errors"]] == [path]


async def test_where_no_query_is_known_every_word_of_one_is_strange(client: Client) -> None:
    answer = await client.get("/v1/orders/7?state=open", headers=ADMIN)
    found = await problem(answer, 422, "invalid")
    assert found["errors"] == [
        {"path": "state", "reason": "There is no such parameter here; there are none."}
    ]
    assert (await client.get("/page?utm_source=mail")).status == 200  # links have words hung on


@pytest.mark.parametrize(
    "path",
    [
        "/v1/orders/a%00b",
        "/v1/orders?state=%00",
        "/v1/orders?x=%00",
        "/%00",
        "/static/%00",
        "/v1/orders?%00=1",
    ],
)
async def test_nul_in_a_path_or_query_is_malformed(client: Client, path: str) -> None:
    response = await client.get(as_it_stands(path), headers=ADMIN)
    await problem(response, 400, "malformed")


def as_it_stands(path: str) -> Any:
    """The path with its escapes as they are; the client takes a URL, whatever its type says."""
    return URL(path, encoded=True)


async def test_a_path_is_unescaped_once(client: Client, sample: Sample) -> None:
    for escaped, plain in [("A%2F1", "A/1"), ("%E5%B7%A5%E5%8D%95", "工单"), ("%2541", "%41")]:
        url = as_it_stands(f"/v1/orders/{escaped}")
        assert (await client.get(url, headers=ADMIN)).status == 200
        assert sample.calls[-1].path == {"id": plain}


async def test_a_word_in_a_path_goes_before_a_name(client: Client) -> None:
    response = await client.get("/v1/orders/latest", headers=ADMIN)
    assert (await response.json())["id"] == "latest"


async def test_the_url_is_the_public_one_with_path_and_query_as_sent(
    client: Client, sample: Sample
) -> None:
    url = as_it_stands("/carriers/A%2f1/sms?b=%20x+y&a=")
    await client.post(url, data={"From": "+86"}, headers={"Host": "evil.example"})
    assert sample.calls[0].url == f"{PUBLIC_URL}/carriers/A%2f1/sms?b=%20x+y&a="


@pytest.mark.parametrize(
    ("forwarded", "remote"),
    [
        (None, "127.0.0.1"),
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("[2001:db8::1]:443, 10.1.1.1:80", "2001:db8::1"),
        ("203.0.113.9, rubbish", "127.0.0.1"),
        ("rubbish, 10.1.1.1", "10.1.1.1"),
        ("10.1.1.2, 10.1.1.1", "10.1.1.2"),
    ],
)
async def test_the_caller_is_the_first_hop_we_do_not_trust(
    client: Client, sample: Sample, forwarded: str | None, remote: str
) -> None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    await client.get("/page", headers=headers)
    assert sample.calls[0].remote == remote


async def test_without_trusted_proxies_nobody_may_say_who_they_are(
    aiohttp_client: Opener, sample: Sample, database: Database
) -> None:
    client = await aiohttp_client(build(sample.endpoints(), database))
    await client.get("/page", headers={"X-Forwarded-For": "203.0.113.9"})
    assert sample.calls[0].remote == "127.0.0.1"


# --- what is answered ---


async def test_faults_carry_what_they_name(client: Client) -> None:
    async def make(title: str) -> aiohttp.ClientResponse:
        return await client.post("/v1/orders", json={"title": title}, headers=ADMIN)

    taken = await problem(await make("taken"), 409, "conflict")
    assert taken["sources"] == ["/a", "/b"]
    wrong = await problem(await make("wrong"), 422, "invalid")
    assert wrong["errors"] == [{"path": "parts.0", "reason": "gone"}]
    overloaded = await make("overloaded")
    await problem(overloaded, 503, "unavailable")
    assert int(overloaded.headers["Retry-After"]) > 0
    await problem(await client.get("/v1/orders/none", headers=ADMIN), 404, "not-found")


async def test_a_fault_is_told_in_chinese_to_whom_asks_for_it(client: Client) -> None:
    headers = {**ADMIN, "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    wrong = await client.post("/v1/orders", json={"title": 1, "count": "x"}, headers=headers)
    assert wrong.headers["Content-Language"] == "zh-CN"
    found = await problem(wrong, 422, "invalid")
    assert (found["title"], found["detail"]) == ("部分字段无效", "请改正列出的字段")
    assert all("\u4e00" <= error["reason"][0] <= "\u9fff" for error in found["errors"])
    missing = await problem(await client.get("/v2", headers=headers), 404, "not-found")
    assert missing["title"] == "没有该内容"
    plain = await problem(await client.get("/v2", headers=ADMIN), 404, "not-found")
    assert plain["title"] == "There is no such thing"


async def test_a_fault_of_ours_tells_nothing_but_its_number(client: Client) -> None:
    with structlog.testing.capture_logs() as lines:
        response = await client.post("/v1/orders", json={"title": "broken"}, headers=ADMIN)
        found = await problem(response, 500, "internal")
    assert found["request_id"] == response.headers["X-Request-Id"]
    assert "customer" not in json.dumps(found)
    assert "RuntimeError" not in json.dumps(found)
    assert [line["event"] for line in lines] == ["http.failed", "http.request"]
    assert lines[0]["exc_info"]


async def test_an_unknown_path_is_a_problem_too(client: Client) -> None:
    for path in ("/v2/orders", "/static/none.css", "/static/../pages/docs.html", "//"):
        await problem(await client.get(as_it_stands(path)), 404, "not-found")


async def test_a_wrong_method_is_told_the_right_ones(client: Client) -> None:
    response = await client.delete("/v1/orders", headers=ADMIN)
    await problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == "GET, HEAD, POST"


async def test_head_answers_as_get_without_the_body(client: Client) -> None:
    for path in ("/page", "/healthz", "/docs", "/static/docs.css", "/v1/orders"):
        got = await client.get(path, headers=ADMIN)
        head = await client.head(path, headers=ADMIN)
        assert (head.status, await head.read()) == (200, b"")
        assert head.headers["Content-Length"] == str(len(await got.read()))
    await problem_head(await client.head("/v1/orders"))


async def problem_head(response: aiohttp.ClientResponse) -> None:
    assert response.status == 401
    assert await response.read() == b""


async def test_what_another_part_of_the_server_says_goes_through(
    aiohttp_client: Opener, database: Database
) -> None:
    async def moved(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/play/")

    async def gone(request: web.Request) -> web.StreamResponse:
        raise web.HTTPGone

    app = build([], database)
    app.router.add_get("/", moved)
    play = web.Application()
    play.router.add_get("/gone", gone)
    app.add_subapp("/play/", play)
    client = await aiohttp_client(app)
    response = await client.get("/", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, "/play/")
    await problem(await client.get("/play/gone"), 410, "refused")
    await problem(await client.get("/play/none"), 404, "not-found")


async def test_every_answer_is_guarded(client: Client) -> None:
    for path in ("/page", "/v1/orders", "/none", "/static/docs.css", "/docs", "/healthz"):
        headers = (await client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert len(headers["X-Request-Id"]) == 16
        expected = "no-cache" if path.startswith("/static") else "no-store"
        assert headers["Cache-Control"] == expected
        html = headers["Content-Type"].startswith("text/html")
        assert ("Content-Security-Policy" in headers) == html


async def test_a_page_may_load_nothing_from_elsewhere(client: Client) -> None:
    response = await client.get("/page")
    assert await response.text() == "<p>你好</p>"
    assert response.charset == "utf-8"
    policy = response.headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("", "zh-CN"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-GB, zh;q=0.5", "en"),
        ("fr, en;q=0.2", "en"),
        ("en;q=0, fr", "zh-CN"),
        ("zh;q=0.3,en;q=0.4", "en"),
        ("*;q=x,;;,", "zh-CN"),
    ],
)
async def test_the_language_is_the_reader_s(
    client: Client, sample: Sample, accepted: str, locale: str
) -> None:
    await client.get("/page", headers={"Accept-Language": accepted})
    assert locale_of(sample.calls[0]) == locale


async def test_many_callers_are_served_at_once(client: Client) -> None:
    async def one(number: int) -> str:
        response = await client.get(f"/v1/orders/{number}", headers=ADMIN)
        return str((await response.json())["id"])

    assert await asyncio.gather(*(one(n) for n in range(40))) == [str(n) for n in range(40)]
