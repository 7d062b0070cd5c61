"""Exports over HTTP: ordered, made, fetched in parts, cancelled, forgotten; and who may what."""

import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pyarrow.parquet
import pytest

from kernel.endpoint import Role
from tests.fakes.workbook import moment, table
from tests.fakes.world import closed
from tests.http.real import EVENT, HOURS, Real, Reply, real

WORDS = '=HYPERLINK("http://evil.example","点这里")'
ZONE = "Asia/Kolkata"  # half an hour off


@pytest.fixture
async def everywhere(database_url: str, tmp_path: Path) -> AsyncIterator[Real]:
    """Once on each database."""
    async with surveyed(database_url, tmp_path) as app:
        yield app


@pytest.fixture
async def app(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Real]:
    """For what is the same on every database."""
    async with surveyed(sqlite_url, tmp_path) as app:
        yield app


@asynccontextmanager
async def surveyed(url: str, folder: Path) -> AsyncIterator[Real]:
    """Three tickets were closed and asked about; two answered, the second one badly."""
    async with real(url, settings={"HUIFANG_EXPORTS": str(folder / "exports")}) as app:
        for number, team in ((1, "NOC-2"), (2, "=前台"), (3, "=前台")):
            event = closed(
                number,
                ticket=f"T-{number}",
                customer=f"C-{number}",
                phone=phone(number),
                at=app.clock.now(),
                team=team,
            )
            headers = {"Content-Type": EVENT}
            await app.ask("POST", "/v1/events", data=json.dumps(event), headers=headers)
        await app.after(2 * HOURS)
        await say(app, 1, "5", "1")
        app.clock.advance(HOURS)
        await say(app, 2, "1", "2", WORDS)
        yield app


def phone(number: int) -> str:
    return f"+86138001380{number:02}"


async def say(app: Real, number: int, *texts: str) -> None:
    for text in texts:
        sid = f"SM{number}-{text}"
        form = {"From": phone(number), "To": "+15550100", "Body": text, "MessageSid": sid}
        assert (await app.carrier("/carriers/twilio/sms", form)).status == 200
    await app.run()


async def order(app: Real, wanted: Mapping[str, Any], **more: Any) -> Reply:
    headers = {"Content-Type": "application/json"}
    data = json.dumps(wanted)
    return await app.ask("POST", "/v1/exports", data=data, headers=headers, **more)


async def made(app: Real, wanted: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The export, done."""
    reply = await order(app, wanted, **more)
    assert reply.status == 202, reply.text
    await app.run()
    shown: dict[str, Any] = (await app.get(reply.headers["Location"], **more)).body
    assert shown["state"] == "done", shown
    return shown


async def fetched(app: Real, export: Mapping[str, Any], **more: Any) -> bytes:
    headers = {"Authorization": f"Bearer {more['key']}"} if "key" in more else None
    url = f"{app.url}/v1/exports/{export['id']}/file"
    bearer = headers or {"Authorization": "Bearer bootstrap-key-of-the-tests"}
    async with app.session.get(url, headers=bearer) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.read()


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


async def test_an_export_is_made_in_the_background_and_its_manifest_tells_what_is_in_it(
    app: Real,
) -> None:
    asked = await order(app, {"format": "csv", "grain": "response", "tz": ZONE})
    assert asked.status == 202
    assert asked.body["state"] == "queued"
    assert (asked.body["progress"], asked.body["manifest"]) == (0.0, None)
    early = await app.get(f"/v1/exports/{asked.body['id']}/file")
    assert (early.status, early.body["state"]) == (409, "queued")
    await app.run()
    done = (await app.get(f"/v1/exports/{asked.body['id']}")).body
    assert (done["state"], done["progress"]) == ("done", 1.0)
    content = await fetched(app, done)
    manifest = done["manifest"]
    assert manifest["rows"] == len(rows(content)) == 2
    assert manifest["bytes"] == len(content)
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert (manifest["tz"], manifest["filter"]) == (ZONE, {"by": "started"})
    [(survey, [version])] = manifest["versions"].items()
    assert (survey, rows(content)[0]["version"]) == ("csat", version)
    assert [each["name"] for each in manifest["columns"]] == list(rows(content)[0])


async def test_csv_holds_a_response_a_row_harmless_and_with_both_times(everywhere: Real) -> None:
    content = await fetched(everywhere, await made(everywhere, {"format": "csv", "tz": ZONE}))
    assert not content.startswith(b"\xef\xbb\xbf")
    good, bad = rows(content)
    listed = (await everywhere.get("/v1/responses")).body["items"]
    assert [row["id"] for row in (bad, good)] == [item["id"] for item in listed]
    assert (bad["rating"], bad["score"], bad["low"], bad["late"]) == ("1", "20.0", "true", "false")
    assert (bad["csat.satisfaction"], bad["csat.resolved"]) == ("1", "false")
    assert bad["comment"] == bad["csat.comment"] == "'" + WORDS
    assert (good["comment"], good["csat.comment"]) == ("", "")
    assert (good["team"], bad["team"]) == ("NOC-2", "'=前台")
    assert bad["started_at"] == listed[0]["started_at"]
    there = datetime.fromisoformat(bad["started_at_local"])
    assert there.utcoffset() == timedelta(hours=5, minutes=30)
    assert there == datetime.fromisoformat(bad["started_at"])
    assert not {"customer_id", "customer_phone"} & set(bad)


async def test_a_byte_order_mark_is_written_where_it_is_asked_for(app: Real) -> None:
    content = await fetched(app, await made(app, {"format": "csv", "bom": True}))
    assert content.startswith(b"\xef\xbb\xbfid,source,ticket,")


async def test_lines_of_json_are_the_items_of_the_api(everywhere: Real) -> None:
    content = await fetched(everywhere, await made(everywhere, {"format": "jsonl"}))
    items = [json.loads(line) for line in content.splitlines()]
    assert items[::-1] == (await everywhere.get("/v1/responses")).body["items"]
    bare = await fetched(everywhere, await made(everywhere, {"format": "jsonl", "comments": False}))
    assert "comment" not in bare.decode()


async def test_filters_are_those_of_the_responses_and_a_wrong_one_is_refused(
    everywhere: Real,
) -> None:
    low = await made(everywhere, {"format": "csv", "filter": {"low": True, "team": "=前台"}})
    assert [row["ticket"] for row in rows(await fetched(everywhere, low))] == ["T-2"]
    assert low["manifest"]["filter"] == {"by": "started", "low": True, "team": "=前台"}
    since = (everywhere.clock.now() - 0.5 * HOURS).isoformat()
    late = await made(everywhere, {"format": "csv", "filter": {"from": since, "by": "counted"}})
    assert [row["ticket"] for row in rows(await fetched(everywhere, late))] == ["T-2"]
    for grain in ("response", "ticket"):
        for kind, found in (("csat5", ["T-2"]), ("nps", [])):
            of_kind = {"rating": 1, "kind": kind}
            rated = await made(everywhere, {"format": "csv", "grain": grain, "filter": of_kind})
            assert [row["ticket"] for row in rows(await fetched(everywhere, rated))] == found
    none = await made(everywhere, {"format": "csv", "filter": {"team": "nobody"}})
    assert (none["manifest"]["rows"], rows(await fetched(everywhere, none))) == (0, [])
    for wrong, path in (
        ({"format": "doc"}, "format"),
        ({}, "format"),
        ({"format": "csv", "filter": {"teem": "x"}}, "filter.teem"),
        ({"format": "csv", "filter": {"from": "yesterday"}}, "filter.from"),
        ({"format": "csv", "tz": "Mars/Phobos"}, "tz"),
        ({"format": "csv", "grain": "planet"}, "grain"),
        ({"format": "csv", "colour": "red"}, "colour"),
    ):
        reply = await order(everywhere, wrong)
        assert reply.status == 422, wrong
        assert [each["path"] for each in reply.body["errors"]] == [path]


async def test_who_customers_are_is_for_admins_alone(app: Real) -> None:
    agent, manager = await app.key(Role.AGENT), await app.key(Role.MANAGER)
    assert (await order(app, {"format": "csv"}, key=agent)).status == 403
    assert (await app.get("/v1/exports", key=agent)).status == 403
    asked = {"format": "csv", "identities": True}
    assert (await order(app, asked, key=manager)).status == 403
    told = await made(app, asked)
    _, row = rows(await fetched(app, told))
    assert (row["customer_id"], row["customer_phone"]) == ("C-2", "'" + phone(2))
    refused = await app.get(f"/v1/exports/{told['id']}/file", key=manager)
    assert refused.status == 403
    plain = await made(app, {"format": "csv"}, key=manager)
    assert phone(2) not in (await fetched(app, plain, key=manager)).decode()


async def test_a_file_is_fetched_in_parts_and_known_by_its_tag(app: Real) -> None:
    export = await made(app, {"format": "csv"})
    whole, path = await fetched(app, export), f"/v1/exports/{export['id']}/file"
    first = await app.get(path, headers={"Range": "bytes=0-9"})
    assert (first.status, first.headers["Content-Range"]) == (206, f"bytes 0-9/{len(whole)}")
    tag = first.headers["Etag"]
    rest = await app.get(path, headers={"Range": "bytes=10-", "If-Range": tag})
    assert (first.text + rest.text).encode() == whole
    assert rest.headers["Etag"] == tag
    assert (await app.get(path, headers={"If-None-Match": tag})).status == 304
    beyond = await app.get(path, headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")
    assert (beyond.media, beyond.body["status"]) == ("application/problem+json", 416)
    head = await app.ask("HEAD", path)
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(whole)))
    assert head.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = head.headers["Content-Disposition"]
    assert name.startswith('attachment; filename="huifang-responses-')
    assert name.endswith('.csv"')


async def test_who_ordered_and_who_fetched_what_is_in_the_audit(app: Real) -> None:
    manager = await app.key(Role.MANAGER)
    export = await made(app, {"format": "csv"}, key=manager)
    await fetched(app, export, key=manager)
    acts = (await app.get("/v1/audit?actor=manager")).body["items"]
    assert [(act["kind"], act["about"]) for act in acts] == [
        ("export.downloaded", export["id"]),
        ("export.asked", export["id"]),
    ]
    assert acts[1]["detail"]["comments"] is True


async def test_a_file_is_forgotten_when_its_time_is_over(everywhere: Real, tmp_path: Path) -> None:
    export = await made(everywhere, {"format": "csv"})
    [file] = (tmp_path / "exports").iterdir()
    duty = everywhere.service.cadence.duties["forget_exports"][1]
    everywhere.clock.advance(timedelta(days=6, hours=23))
    await duty(everywhere.clock.now())
    assert file.exists()
    await duty(everywhere.clock.now() + HOURS)
    assert not file.exists()
    assert (await everywhere.get(f"/v1/exports/{export['id']}/file")).status == 410
    shown = (await everywhere.get(f"/v1/exports/{export['id']}")).body
    assert (shown["state"], shown["manifest"]["rows"]) == ("done", 2)
    assert shown["removed_at"] is not None


async def test_what_is_not_done_is_cancelled_and_what_is_done_is_taken_away(
    app: Real, tmp_path: Path
) -> None:
    queued = (await order(app, {"format": "csv"})).body
    path = f"/v1/exports/{queued['id']}"
    for _ in range(2):
        assert (await app.ask("DELETE", path)).status == 204
    await app.run()
    assert (await app.get(path)).body["state"] == "cancelled"
    assert (await app.get(path + "/file")).status == 409
    assert not (tmp_path / "exports").exists()
    done = await made(app, {"format": "csv"})
    for _ in range(2):
        assert (await app.ask("DELETE", f"/v1/exports/{done['id']}")).status == 204
    assert (await app.get(f"/v1/exports/{done['id']}/file")).status == 410
    assert list((tmp_path / "exports").iterdir()) == []
    for method, missing in (("GET", "/v1/exports/x"), ("DELETE", "/v1/exports/x")):
        assert (await app.ask(method, missing)).status == 404
    assert (await app.get("/v1/exports/x/file")).status == 404


async def test_a_replica_without_the_file_says_so(app: Real, tmp_path: Path) -> None:
    export = await made(app, {"format": "csv"})
    for file in (tmp_path / "exports").iterdir():
        file.unlink()
    reply = await app.get(f"/v1/exports/{export['id']}/file")
    assert reply.status == 503
    assert "HUIFANG_EXPORTS" in reply.body["detail"]


async def test_exports_are_listed_newest_first(everywhere: Real) -> None:
    ids = []
    for _ in range(3):
        everywhere.clock.advance(timedelta(minutes=1))
        ids.append((await order(everywhere, {"format": "csv"})).body["id"])
    first = (await everywhere.get("/v1/exports?limit=2")).body
    rest = (await everywhere.get(f"/v1/exports?limit=2&cursor={first['next']}")).body
    assert [item["id"] for item in (*first["items"], *rest["items"])] == ids[::-1]
    assert rest["next"] is None


async def test_a_closed_ticket_is_a_row_with_all_that_followed(everywhere: Real) -> None:
    export = await made(everywhere, {"format": "csv", "grain": "ticket"})
    good, bad, silent = rows(await fetched(everywhere, export))
    assert [row["ticket"] for row in (good, bad, silent)] == ["T-1", "T-2", "T-3"]
    assert (good["decision"], good["program"], good["invitation_state"]) == (
        "allow",
        "default",
        "completed",
    )
    assert (bad["score"], bad["low"], bad["excluded"]) == ("20.0", "true", "false")
    assert bad["comment"] == "'" + WORDS
    assert (bad["complaints"], good["complaints"]) == ("1", "0")
    assert bad["complaint"] != ""
    assert (silent["response"], silent["low"], silent["score"]) == ("", "", "")
    assert (silent["team"], silent["callbacks"], silent["closure"]) == ("'=前台", "0", "1")
    low = {"format": "jsonl", "grain": "ticket", "filter": {"low": True}, "identities": True}
    [line] = (await fetched(everywhere, await made(everywhere, low))).splitlines()
    assert json.loads(line)["customer"]["phone"] == phone(2)


def expected(item: Mapping[str, Any]) -> dict[str, Any]:
    """A row of typed columns, as a line of JSON has it."""
    row = {**item, **item["attribution"]}
    row |= {f"csat.{name}": value for name, value in item["answers"].items()}
    row |= {f"customer_{name}": value for name, value in item["customer"].items()}
    for name in ("started_at", "completed_at"):
        row[name] = item[name] and datetime.fromisoformat(item[name])
        row[f"{name}_local"] = item[name] and row[name].astimezone(ZoneInfo(ZONE))
    for name in ("answers", "attribution", "customer"):
        del row[name]
    return row


async def test_a_workbook_and_parquet_hold_every_value_of_every_row_in_its_type(app: Real) -> None:
    wanted = {"tz": ZONE, "identities": True}
    lines = await fetched(app, await made(app, {"format": "jsonl", **wanted}))
    items = [expected(json.loads(line)) for line in lines.splitlines()]
    assert [item["comment"] for item in items] == [None, WORDS]

    export = await made(app, {"format": "parquet", **wanted})
    kinds = {each["name"]: each["kind"] for each in export["manifest"]["columns"]}
    read = pyarrow.parquet.read_table(io.BytesIO(await fetched(app, export))).to_pylist()
    assert [list(row) for row in read] == [list(kinds)] * 2
    local = {name for name, kind in kinds.items() if kind == "local"}
    for row, item in zip(read, items, strict=True):
        for name, value in row.items():
            there = item.get(name)
            wall = there and there.replace(tzinfo=None) if name in local else there
            assert value == wall, name
            assert type(value) is type(wall), name

    export = await made(app, {"format": "xlsx", **wanted})
    with ZipFile(io.BytesIO(await fetched(app, export))) as book:
        shown = table(book, 2)
    for row, item in zip(shown, items, strict=True):
        assert set(row) == {name for name in kinds if item.get(name) is not None}
        for name, value in row.items():
            there = item[name]
            if isinstance(there, str):
                mark = "'" if there.startswith(("=", "+")) else ""
                assert value == mark + there, name
            elif isinstance(there, datetime):
                assert abs(moment(value) - there.replace(tzinfo=None)) <= timedelta(seconds=1)
            else:
                assert (value, isinstance(value, bool)) == (there, isinstance(there, bool)), name
    assert (shown[1]["comment"], shown[1]["team"]) == ("'" + WORDS, "'=前台")
    assert shown[1]["customer_phone"] == "'" + phone(2)
