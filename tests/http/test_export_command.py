"""`huifang export`: a whole file or none, its manifest, and faults that say what to do."""

import argparse
import io
import json
import os
import stat
from collections.abc import AsyncIterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from huifang import configuration
from huifang.exporting import terminal
from kernel.faults import Fault
from surveys.rollups.duties import Folding
from tests.fakes.world import closed
from tests.http.real import EVENT, Real, environ, real


@dataclass(frozen=True, kw_only=True)
class Command:
    """The command with the settings of a service."""

    app: Real
    folder: Path

    async def __call__(self, *words: str) -> int:
        parser = argparse.ArgumentParser()
        terminal.options(parser)
        told = environ(self.app.service.settings.database_url, self.app.outside)
        return await terminal.run(configuration.load(told), parser.parse_args(words))

    def names(self) -> list[str]:
        return sorted(each.name for each in self.folder.iterdir())


@pytest.fixture
async def export(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Command]:
    async with real(sqlite_url) as app:
        for number, team in ((1, "NOC-2"), (2, "NOC-3")):
            event = closed(number, ticket=f"T-{number}", at=app.clock.now(), team=team)
            headers = {"Content-Type": EVENT}
            await app.ask("POST", "/v1/events", data=json.dumps(event), headers=headers)
        yield Command(app=app, folder=tmp_path)


async def test_a_file_is_made_without_a_server_and_its_manifest_printed(
    export: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    out = export.folder / "tickets.jsonl"
    out.write_text("an older file, which anybody may read")
    out.chmod(0o666)
    words = ("--format", "jsonl", "--grain", "ticket", "--team", "NOC-3", "--out", str(out))
    before = os.umask(0)
    try:
        assert await export(*words, "--json") == 0
    finally:
        os.umask(before)
    [line] = out.read_text().splitlines()
    assert json.loads(line)["ticket"] == "T-2"
    captured = capsys.readouterr()
    manifest = json.loads(captured.out.splitlines()[-1])
    assert (manifest["rows"], manifest["bytes"]) == (1, out.stat().st_size)
    assert manifest["filter"] == {"by": "started", "team": "NOC-3"}
    assert "█" not in captured.err  # a pipe hears nothing
    assert export.names() == ["tickets.jsonl"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    acts = (await export.app.get("/v1/audit?kind=export.made")).body["items"]
    assert [(act["actor"], act["detail"]["rows"]) for act in acts] == [("command line", 1)]


async def test_the_standard_output_gets_the_whole_file(
    export: Command, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert await export("--grain", "ticket") == 0
    assert _tickets(capfdbinary.readouterr().out) == [b"T-1", b"T-2"]


def _tickets(csv: bytes) -> list[bytes]:
    rows = [line for line in csv.split(b"\r\n") if line.startswith(b"/tickets,")]
    return [row.split(b",")[1] for row in rows]


async def test_a_date_is_the_beginning_of_that_day_where_the_export_is_at_home(
    export: Command, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    there = export.app.clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    day, before, after = (f"{there + timedelta(days=by)}" for by in (0, -1, 1))
    for words, found in (
        (("--from", day, "--to", after), [b"T-1", b"T-2"]),
        (("--from", before, "--to", day), []),  # half-open: the day itself is no part of it
        (("--from", after), []),
    ):
        assert await export("--grain", "ticket", *words) == 0
        assert _tickets(capfdbinary.readouterr().out) == found, words


class Terminal(io.StringIO):
    """Where a person looks on."""

    def isatty(self) -> bool:
        return True


async def test_a_person_sees_how_far_it_is(export: Command) -> None:
    with redirect_stderr(Terminal()) as seen:
        assert await export("--grain", "ticket", "--out", str(export.folder / "a.csv")) == 0
    assert f"\r{'█' * 30} 100% " in seen.getvalue()
    assert seen.getvalue().endswith("\r\033[K")  # nothing stays behind


async def test_where_there_is_nothing_a_name_nobody_has_is_told(
    export: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    service = export.app.service
    await Folding(database=service.database, timezone=lambda: "UTC")(export.app.clock.now())
    assert await export("--team", "NOC2", "--out", str(export.folder / "a.csv")) == 0
    said = "--team NOC2: nothing was ever recorded of it; there are NOC-2, NOC-3\n"
    assert capsys.readouterr().err == said
    assert await export("--team", "NOC-2", "--low", "true", "--out", "-") == 0
    assert capsys.readouterr().err == ""


REFUSED = (
    (("--out", "/nowhere/at/all.csv"), "--out"),
    (("--out", "/tmp"), "name a file in it"),
    (("--out", "/dev/null"), "- is the standard output"),
    (("--out", "a.csv", "--from", "2026-02-30"), "2026-11-21T00:00:00+08:00"),
    (("--out", "a.csv", "--from", "yesterday"), "--from: must be a date such as 2026-11-21"),
    (("--out", "a.csv", "--from", "2026-12-01", "--to", "2026-12-01"), "--to: must be after"),
    (("--out", "a.csv", "--low", "perhaps"), "--low: must be true or false"),
    (("--out", "a.csv", "--tz", "Mars/Phobos"), "--tz"),
    (("--json",), "name a file with --out"),
)


async def test_what_cannot_be_done_is_said_and_leaves_nothing(export: Command) -> None:
    for words, said in REFUSED:
        placed = [str(export.folder / word) if word == "a.csv" else word for word in words]
        with pytest.raises(Fault) as fault:
            await export(*placed)
        assert said in fault.value.detail, words
        assert export.names() == []
