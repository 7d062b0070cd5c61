"""The OpenAPI document tells the truth, and the page made of it can be read."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import jsonschema
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from marshmallow import Schema, fields

from huifang import docs
from huifang.openapi import document
from kernel.endpoint import Endpoint, Role
from kernel.engine import Database
from tests.http.exploring import explore
from tests.http.sample import BOOTSTRAP, PUBLIC_URL, Sample, build, open_with_tables

Client = TestClient[web.Request, web.Application]
Opener = Callable[[web.Application], Awaitable[Client]]
ADMIN = {"Authorization": f"Bearer {BOOTSTRAP}"}


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = await open_with_tables(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def client(aiohttp_client: Opener, database: Database) -> Client:
    return await aiohttp_client(build(Sample().endpoints(), database))


def described(endpoints: list[Endpoint] | None = None) -> dict[str, Any]:
    return document(Sample().endpoints() if endpoints is None else endpoints, PUBLIC_URL, "1.2.3")


async def test_what_the_document_says_is_what_the_application_does(client: Client) -> None:
    found = await (await client.get("/openapi.json")).json()
    base_url = str(client.make_url("/")).rstrip("/")
    sent = await asyncio.to_thread(explore, found, base_url, ADMIN, examples=15)
    assert set(sent) == {
        "get_v1_orders",
        "get_v1_orders_id",
        "get_v1_orders_latest",
        "post_v1_orders",
        "post_v1_orders_id_cancel",
        "post_v1_events",
        "post_carriers_carrier_sms",
        "post_rate",
        "get_page",
        "get_healthz",
        "get_readyz",
        "get_metrics",
    }
    assert sum(sent.values()) > 150


async def test_exploring_finds_an_answer_that_is_not_described(
    aiohttp_client: Opener, database: Database
) -> None:
    sample = Sample()
    endpoints = [each for each in sample.endpoints() if each.path == "/v1/orders/latest"]
    client = await aiohttp_client(build([replace(endpoints[0], handler=sample.rate)], database))
    found = described(endpoints)
    base_url = str(client.make_url("/")).rstrip("/")
    with pytest.raises(BaseException, match=r"title|schema|required"):
        await asyncio.to_thread(explore, found, base_url, ADMIN, examples=2)


def test_the_document_is_openapi_31_and_names_server_version_and_key() -> None:
    found = described()
    assert found["openapi"] == "3.1.0"
    assert found["info"]["version"] == "1.2.3"
    assert found["servers"] == [{"url": PUBLIC_URL}]
    assert found["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert [tag["name"] for tag in found["tags"]] == ["orders", "events", "carriers", "pages"]
    json.dumps(found)


def test_every_component_is_a_json_schema_and_every_reference_leads_somewhere() -> None:
    found = described()
    for schema in found["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(found)))
    assert names <= set(found["components"]["schemas"])
    assert {"Order", "Part", "Items", "Problem"} <= names


def test_parameters_come_from_the_path_and_the_query() -> None:
    found = described()["paths"]
    one = {each["name"]: each for each in found["/v1/orders/{id}"]["get"]["parameters"]}
    assert one["id"]["in"] == "path"
    assert one["id"]["required"] is True
    query = {each["name"]: each for each in found["/v1/orders"]["get"]["parameters"]}
    assert query["limit"]["schema"]["maximum"] == 200
    assert query["state"]["schema"]["enum"] == ["open", "closed"]
    assert query["group_by"]["schema"]["type"] == "array"
    assert query["group_by"]["explode"] is True


def test_each_refusal_is_described_where_it_applies() -> None:
    found = described()["paths"]

    def statuses(path: str, method: str) -> set[str]:
        return set(found[path][method]["responses"])

    assert statuses("/v1/orders", "get") == {"200", "400", "401", "403", "422"}
    assert statuses("/v1/orders", "post") == {
        "201", "400", "401", "403", "413", "415", "422",
    }  # fmt: skip
    assert statuses("/v1/orders/{id}/cancel", "post") == {
        "204", "400", "401", "403", "404", "409", "413", "415", "422",
    }  # fmt: skip
    assert statuses("/page", "get") == {"200", "400"}
    problem = found["/v1/orders"]["post"]["responses"]["422"]["content"]
    assert list(problem) == ["application/problem+json"]


def test_roles_keys_and_signatures_are_told() -> None:
    found = described()["paths"]
    order, event = found["/v1/orders"]["post"], found["/v1/events"]["post"]
    sms, page = found["/carriers/{carrier}/sms"]["post"], found["/page"]["get"]
    assert (order["x-role"], order["security"]) == ("manager", [{"key": []}])
    assert (event["x-role"], event["security"]) == ("ingest", [{"key": []}, {}])
    assert (sms["x-role"], sms["x-signed"], sms["security"]) == ("none", True, [])
    assert (page["x-role"], page["security"]) == ("none", [])
    assert "x-signed" not in order


def test_a_carrier_s_webhook_has_its_form() -> None:
    sms = described()["paths"]["/carriers/{carrier}/sms"]["post"]
    assert list(sms["requestBody"]["content"]) == ["application/x-www-form-urlencoded"]
    assert list(sms["responses"]["200"]["content"]) == ["application/xml"]
    rate = described()["paths"]["/rate"]["post"]["requestBody"]
    assert rate["required"] is True
    assert len(rate["content"]) == 2


def test_schemas_of_one_name_are_kept_apart() -> None:
    def make(kind: type[fields.Field[Any]]) -> type[Schema]:
        return Schema.from_dict({"value": kind()}, name="ThingSchema")

    template = Sample().endpoints()[0]
    kinds = (fields.String, fields.Integer, fields.Boolean)
    found = described(
        [
            replace(template, path=f"/{number}", query=None, reply=make(kind)())
            for number, kind in enumerate(kinds)
        ]
    )
    shown = [
        found["components"]["schemas"][
            found["paths"][f"/{number}"]["get"]["responses"]["200"]["content"]["application/json"][
                "schema"
            ]["$ref"].rpartition("/")[2]
        ]["properties"]["value"]["type"]
        for number in range(3)
    ]
    assert shown == ["string", "integer", "boolean"]


# --- the page ---


class _Page(HTMLParser):
    """Collects what the page loads, and its texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []
        self.inline: list[str] = []
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.lang = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.append(tag)
        self.loaded += [found[name] or "" for name in ("src", "href") if name in found]
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        self.ids += [found["id"] or ""] if "id" in found else []
        if tag == "html":
            self.lang = found.get("lang") or ""

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


async def test_the_page_lists_every_endpoint_and_loads_nothing_from_elsewhere(
    client: Client,
) -> None:
    response = await client.get("/docs", headers={"Accept-Language": "en"})
    page = _Page(await response.text())
    operations = [
        (path, method, found)
        for path, methods in (await (await client.get("/openapi.json")).json())["paths"].items()
        for method, found in methods.items()
    ]
    assert len(operations) == 12
    for path, method, found in operations:
        assert found["operationId"] in page.ids
        assert path in page.texts
        assert method.upper() in page.texts
        assert found["summary"] in page.texts
    assert not [each for each in page.loaded if "//" in each]
    assert "script" not in page.tags
    assert page.inline == []
    for name in page.loaded:
        if name.startswith("static/"):
            assert (await client.get("/" + name)).status == 200


async def test_the_page_speaks_the_reader_s_language(client: Client) -> None:
    async def page(accepted: str) -> tuple[_Page, str]:
        response = await client.get("/docs", headers={"Accept-Language": accepted})
        return _Page(await response.text()), response.headers["Content-Language"]

    chinese, tag = await page("zh-CN")
    assert (chinese.lang, tag) == ("zh-CN", "zh-CN")
    assert "请求体" in chinese.texts
    english, tag = await page("en-US")
    assert (english.lang, tag) == ("en", "en")
    assert "Request body" in english.texts
    assert not re.search("[\u4e00-\u9fff]", "".join(english.texts))


async def test_the_page_shows_fields_examples_and_roles(client: Client) -> None:
    html = await (await client.get("/docs", headers={"Accept-Language": "en"})).text()
    texts = _Page(html).texts
    assert "parts[].amount" in texts
    assert "manager" in {text.strip() for text in texts}
    assert "ingest / signature" in {text.strip() for text in texts}
    assert any(f"curl -X POST '{PUBLIC_URL}/v1/orders'" in text for text in texts)


def test_examples_would_be_taken() -> None:
    found = described()
    body = found["paths"]["/v1/orders"]["post"]["requestBody"]["content"]["application/json"]
    resolved = {**body["schema"], "components": found["components"]}
    made = docs.example(found, body["schema"])
    jsonschema.Draft202012Validator(resolved).validate(made)
    assert set(made) == {"title", "wished_at", "parts", "count"}
    assert made["parts"] == [{"name": "…", "amount": 1}]


def test_a_schema_that_holds_itself_ends() -> None:
    class TreeSchema(Schema):
        name = fields.String()
        below = fields.List(fields.Nested(lambda: TreeSchema))

    endpoint = replace(Sample().endpoints()[0], query=None, reply=TreeSchema(), role=Role.NONE)
    found = described([endpoint])
    groups = docs.grouped(found)
    rows = groups["orders"][0].replies[0].contents[0].rows
    assert [row.name for row in rows][:3] == ["name", "below", "below[].name"]
    assert len(rows) < 20
