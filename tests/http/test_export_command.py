"""`huifang export`: a whole file or none, its manifest, and faults that say what to do."""

import argparse
import io
import json
import os
import stat
from collections.abc import AsyncIterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path

import pytest

from huifang import configuration
from huifang.exporting import terminal
from kernel.faults import Fault
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
    assert await export("--grain", "ticket", "--out", "-") == 0
    lines = capfdbinary.readouterr().out.split(b"\r\n")
    rows = [line for line in lines if line.startswith(b"/tickets,")]
    assert [row.split(b",")[1] for row in rows] == [b"T-1", b"T-2"]


class Terminal(io.StringIO):
    """Where a person looks on."""

    def isatty(self) -> bool:
        return True


async def test_a_person_sees_how_far_it_is(export: Command) -> None:
    with redirect_stderr(Terminal()) as seen:
        assert await export("--grain", "ticket", "--out", str(export.folder / "a.csv")) == 0
    assert f"\r{'█' * 30} 100% " in seen.getvalue()
    assert seen.getvalue().endswith("\r\033[K")  # nothing stays behind


REFUSED = (
    (("--out", "/nowhere/at/all.csv"), "--out"),
    (("--out", "/tmp"), "name a file in it"),
    (("--out", "/dev/null"), "- is the standard output"),
    (("--out", "a.csv", "--from", "2026-01-01"), "2026-11-21T00:00:00+08:00"),
    (("--out", "a.csv", "--from", "yesterday"), "--from"),
    (("--out", "a.csv", "--low", "perhaps"), "--low"),
    (("--out", "a.csv", "--tz", "Mars/Phobos"), "--tz"),
    (("--out", "-", "--json"), "--json"),
)


async def test_what_cannot_be_done_is_said_and_leaves_nothing(export: Command) -> None:
    for words, said in REFUSED:
        placed = [str(export.folder / word) if word == "a.csv" else word for word in words]
        with pytest.raises(Fault) as fault:
            await export(*placed)
        assert said in fault.value.detail, words
        assert export.names() == []
