"""An export that is cancelled, killed or robbed of its lease leaves no file; the next try ends."""

import asyncio
import hashlib
import json
import shutil
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from huifang.exporting.jobs import MAKE, Forgetting, Making
from huifang.exporting.model import Format
from huifang.exporting.shelf import Shelf
from kernel.barrier import Barrier
from scheduler import store as queue
from tests.fakes.world import closed
from tests.http.real import EVENT, HOURS, Real, real

Act = Callable[[], Awaitable[None]]


@pytest.fixture
async def app(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Real]:
    """Four closed tickets, to be read one by one."""
    async with real(sqlite_url, settings={"HUIFANG_EXPORTS": str(tmp_path)}) as app:
        for number in range(4):
            event = closed(
                number,
                ticket=f"T-{number}",
                customer=f"C-{number}",
                phone=f"+861380013800{number}",
                at=app.clock.now(),
            )
            headers = {"Content-Type": EVENT}
            await app.ask("POST", "/v1/events", data=json.dumps(event), headers=headers)
        yield app


@dataclass(frozen=True, kw_only=True)
class At(Barrier):
    """Does something, once, when a step is reached."""

    steps: list[tuple[str, Act]]

    async def reach(self, step: str) -> None:
        if self.steps and self.steps[0][0] == step:
            await self.steps.pop(0)[1]()


def change(app: Real, **changed: Any) -> None:
    """Have exports be made otherwise."""
    [lane] = [lane for lane in app.service.runner.lanes if lane.name == "exports"]
    making: Any = lane.handlers[MAKE.name]
    assert isinstance(making, Making)
    lane.handlers = {MAKE.name: replace(making, **changed)}


def interfere(app: Real, *steps: tuple[str, Act]) -> None:
    """Have things happen while an export is made, a row at a time."""
    change(app, page=1, tell_every=0.0, barrier=At(steps=list(steps)))


async def ordered(app: Real, format_: str = "csv") -> str:
    reply = await app.ask(
        "POST",
        "/v1/exports",
        data=json.dumps({"format": format_, "grain": "ticket"}),
        headers={"Content-Type": "application/json"},
    )
    return str(reply.body["id"])


async def shown(app: Real, export: str) -> dict[str, Any]:
    found: dict[str, Any] = (await app.get(f"/v1/exports/{export}")).body
    return found


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if "sqlite" not in each.name)


async def nothing() -> None:
    pass


async def test_progress_is_told_while_it_is_made(app: Real) -> None:
    seen: list[dict[str, Any]] = []

    async def look() -> None:
        seen.append(await shown(app, export))

    interfere(app, *(("export.page", look) for _ in range(4)), ("export.made", look))
    export = await ordered(app)
    await app.run()
    assert {each["state"] for each in seen} == {"running"}
    assert [each["progress"] for each in seen] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert (await shown(app, export))["manifest"]["rows"] == 4


@pytest.mark.parametrize("step", ["export.page", "export.made"])
async def test_an_export_is_cancelled_while_it_is_made(
    app: Real, tmp_path: Path, step: str
) -> None:
    async def cancel() -> None:
        assert any(name.endswith(".part") for name in names(tmp_path))
        assert (await app.ask("DELETE", f"/v1/exports/{export}")).status == 204

    interfere(app, ("export.page", nothing), (step, cancel))
    export = await ordered(app, "xlsx")
    await app.run()
    assert (await shown(app, export))["state"] == "cancelled"
    assert names(tmp_path) == []
    await app.after(24 * HOURS)
    assert (await shown(app, export))["state"] == "cancelled"


async def test_who_lost_the_lease_writes_no_file_and_whoever_has_it_begins_anew(
    app: Real, tmp_path: Path
) -> None:
    async def steal() -> None:
        app.clock.advance(timedelta(minutes=5))
        async with app.service.database.write() as conn:
            stolen = await queue.lease(
                conn,
                MAKE.name,
                limit=1,
                now=app.clock.now(),
                lease_for=timedelta(minutes=1),
                token="thief",
            )
        assert len(stolen) == 1

    interfere(app, ("export.made", steal))
    export = await ordered(app)
    await app.run()
    assert (await shown(app, export))["state"] == "running"
    assert names(tmp_path) == []
    await app.after(timedelta(minutes=2))
    assert (await shown(app, export))["state"] == "done"
    assert names(tmp_path) == [f"{export}.csv"]


@dataclass(frozen=True, kw_only=True)
class Dying(Shelf):
    """Puts a file in its place, and dies before anybody is told of it."""

    def put(self, made: Path, export: str, format_: Format) -> None:
        Shelf.put(self, made, export, format_)
        raise asyncio.CancelledError


async def test_a_killed_worker_leaves_nothing_that_looks_done_and_the_next_makes_it_anew(
    app: Real, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    aside = tmp_path_factory.mktemp("aside")

    async def killed() -> None:
        for name in names(tmp_path):
            if name.endswith(".part"):
                shutil.copytree(tmp_path / name, aside / name)
        raise asyncio.CancelledError

    whole: list[str] = []
    for step in ("export.page", "export.made", "put"):
        export = await ordered(app, "xlsx")
        interfere(app, (step, killed))
        if step == "put":
            change(app, shelf=Dying(folder=tmp_path))
        with pytest.raises(asyncio.CancelledError):
            await app.service.step()
        for name in names(aside):  # SIGKILL lets nobody tidy up
            shutil.move(aside / name, tmp_path)
        left = set(names(tmp_path)) - set(whole)
        assert any(name.endswith(".part") == (step != "put") for name in left), step
        assert (await shown(app, export))["state"] == "running"
        early = await app.get(f"/v1/exports/{export}/file")
        assert (early.status, early.body["state"]) == (409, "running")
        interfere(app)
        change(app, shelf=Shelf(folder=tmp_path))
        await app.after(timedelta(minutes=2))
        done = await shown(app, export)
        whole.append(f"{export}.xlsx")
        assert (done["state"], done["manifest"]["rows"]) == ("done", 4)
        assert names(tmp_path) == sorted(whole)
        assert stat.S_IMODE((tmp_path / whole[-1]).stat().st_mode) == 0o600
        content = (tmp_path / whole[-1]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == done["manifest"]["sha256"]


async def test_what_cannot_be_written_fails_with_the_reason(app: Real, tmp_path: Path) -> None:
    blocked = tmp_path / "exports"
    blocked.write_text("no folder")
    change(app, shelf=Shelf(folder=blocked))
    export = await ordered(app)
    await app.run()
    found = await shown(app, export)
    assert (found["state"], found["manifest"]) == ("failed", None)
    assert "HUIFANG_EXPORTS" in found["reason"]
    reply = await app.get(f"/v1/exports/{export}/file")
    assert (reply.status, reply.body["state"]) == (409, "failed")


async def test_what_breaks_is_tried_again_and_then_fails(app: Real, tmp_path: Path) -> None:
    async def break_() -> None:
        raise RuntimeError("the customer +8613800138000 broke it")

    interfere(app, *(("export.page", break_) for _ in range(9)))
    export = await ordered(app)
    for _ in range(5):
        await app.after(timedelta(hours=1))
    found = await shown(app, export)
    assert (found["state"], found["reason"]) == ("failed", "RuntimeError")
    assert names(tmp_path) == []


async def test_an_erasure_takes_all_files_away_and_has_what_is_under_way_begin_anew(
    app: Real, tmp_path: Path
) -> None:
    done = await ordered(app)
    await app.run()
    erasing = Forgetting(
        database=app.service.database,
        shelf=Shelf(folder=tmp_path),
        kept_for=lambda: timedelta(days=7),
    )

    async def erase() -> None:
        assert await erasing.erase(app.clock.now()) == 1

    interfere(app, ("export.made", erase))
    again = await ordered(app)
    await app.run()
    assert (await app.get(f"/v1/exports/{done}/file")).status == 410
    assert (await shown(app, again))["state"] == "done"
    assert names(tmp_path) == [f"{again}.csv"]


async def test_strays_are_swept_after_a_day(app: Real, tmp_path: Path) -> None:
    stray = tmp_path / "x_1.someone.part"
    stray.mkdir()
    shelf = Shelf(folder=tmp_path)
    shelf.sweep(app.clock.now() - timedelta(days=3650))
    assert stray.exists()
    shelf.sweep(app.clock.now() + timedelta(days=3650))
    assert not stray.exists()
