"""Keeps what is in force what the operator's files say: sees a change, checks it, adopts it."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from channels.jobs import SEND
from channels.terms import Reason
from huifang import configuration, content
from huifang.configuration import Configuration
from huifang.probes import NOTED, OK
from huifang.settings import RULES_FILE, SURVEYS_FOLDER
from huifang.wiring import Service
from kernel import journal
from kernel.faults import SettingsFault
from kernel.journal import Entry
from scheduler import store as jobs

log = structlog.get_logger("configuration")

ABOUT = "policy"
CHANGED = "policy.changed"
#: By which rules what was put off was looked at last; a note of our own, which nobody is shown.
_CONTACTS, _LOOKED_AGAIN = "policy.contacts", "policy.looked_again"
_WHO = {"actor": "configuration"}  # whoever may write its files
#: Parts of `huifang.yaml` from which connections are made, once, when the process starts.
AT_START = frozenset({"desks"})

_CHUNK = 1_000  # jobs brought forward in one transaction
_CHUNK_EVERY = timedelta(milliseconds=500)  # so that new work finds its place between them
_DATABASE_SECONDS = 20.0

Look = tuple[tuple[str, int, int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How the files are watched.

    A change is read when two looks, `every` apart, saw the same: an editor may be writing. What
    was put off is looked at again `settle` after the adoption, when no batch is in hand any more
    that was decided by the rules before, and the other replicas have seen the change as well.
    """

    every: timedelta = timedelta(seconds=2)
    settle: timedelta = timedelta(seconds=5)


@dataclass(slots=True, kw_only=True)
class Reloading:
    """Reads the configuration again when its files change, or when asked.

    A faulty one is refused as a whole: what was in force stays. `variables` are the environment of
    the start, and its settings stay those of the start.
    """

    service: Service
    variables: Mapping[str, str]
    current: Configuration
    watch: Watch = field(default_factory=Watch)
    _faults: int = field(default=0, init=False)
    _seen: Look = field(default=(), init=False)
    _read: Look = field(default=(), init=False)
    _asked: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _untold: Entry | None = field(default=None, init=False)
    _sure: bool = field(default=False, init=False)  # that what was put off was looked at, or will
    _again_at: float | None = field(default=None, init=False)
    _task: asyncio.Task[None] | None = field(default=None, init=False)

    @property
    def state(self) -> str:
        """For the readiness probe: a refused change is told, and what is in force still serves."""
        if not self._faults:
            return OK
        kept = self.current.rules.version
        return f"{NOTED}the files were refused for {self._faults} faults: {kept} stays in force"

    def start(self) -> None:
        """Begin to watch; what changed while no process ran is found out first."""
        # Not read yet: the files may have changed since they were loaded for this start.
        self._seen = look(self.current.settings.config)
        self._in_force({})
        self.service.metrics.show_valid(True)
        self._task = asyncio.create_task(self._run(), name="reload")

    def ask(self) -> None:
        """Read the files at once, and look again at what was put off, changed or not."""
        self._asked.set()

    async def stop(self) -> None:
        """End watching."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def step(self) -> None:
        """One look at the files; then whatever an adopted change still asks for."""
        asked = self._asked.is_set()
        self._asked.clear()
        seen = await asyncio.to_thread(look, self.current.settings.config)
        if asked or (seen != self._read and seen == self._seen):
            await self._reread(seen)
        self._seen = seen
        if asked:
            self._again_soon()
        await self._follow_up()

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                every = self.watch.every.total_seconds()
                await asyncio.wait_for(self._asked.wait(), every)
            try:
                await self.step()
            except Exception as fault:  # noqa: BLE001 - the next look tries again
                log.warning("configuration.waiting", reason=type(fault).__name__)

    async def _reread(self, seen: Look) -> None:
        try:
            found = await asyncio.to_thread(configuration.load, self.variables)
        except SettingsFault as fault:
            self._refuse(fault.faults)
        except Exception as fault:
            log.exception("configuration.failed")
            self._refuse([type(fault).__name__])
        else:
            if await asyncio.to_thread(look, self.current.settings.config) != seen:
                return  # changed under our hands: the next looks see it
            self._accept(found)
        self._read = seen

    def _refuse(self, faults: list[str] | tuple[str, ...]) -> None:
        for fault in faults:
            log.error("configuration.refused", fault=fault)
        self._faults = len(faults)
        self.service.metrics.show_valid(False)
        self.service.metrics.count_reloads("refused")

    def _accept(self, found: Configuration) -> None:
        self._faults = 0
        self.service.metrics.show_valid(True)
        before, changed = self.current, parts_changed(self.current, found)
        if not changed:
            self.service.metrics.count_reloads("unchanged")
            return
        self.current = found
        self.service.adopt(found.rules, found.surveys)
        self.service.metrics.count_reloads("adopted")
        log.info("configuration.adopted", policy=found.rules.version, changed=changed)
        if later := sorted(AT_START.intersection(changed)):
            log.warning("configuration.needs_restart", parts=later)
        self._in_force({"before": before.rules.version, "changed": changed})
        self._again_soon()

    def _in_force(self, detail: Mapping[str, Any]) -> None:
        now = self.service.clock.now()
        version = self.current.rules.version
        self.service.metrics.show_configuration(version, now)
        said = {**self._versions(), **_WHO, **detail}
        self._untold = Entry(at=now, kind=CHANGED, about=ABOUT, detail=said)

    def _versions(self) -> dict[str, str]:
        return {"policy": self.current.rules.version, "surveys": _surveys(self.current)}

    def _again_soon(self) -> None:
        loop = asyncio.get_running_loop()
        self._sure = True
        self._again_at = loop.time() + self.watch.settle.total_seconds()

    async def _follow_up(self) -> None:
        async with asyncio.timeout(_DATABASE_SECONDS):
            if self._untold is not None:
                await self._tell(self._untold)
            self._untold = None
            if not self._sure:
                await self._catch_up()
        if self._again_at is not None and asyncio.get_running_loop().time() >= self._again_at:
            await self._bring_forward()
            self._again_at = None

    async def _tell(self, entry: Entry) -> None:
        """Write the change in the journal, unless another replica has done so."""
        async with self.service.database.write() as conn:
            if not self._is_in_force(await journal.latest(conn, ABOUT)):
                await journal.append(conn, [entry])

    def _is_in_force(self, last: Entry | None) -> bool:
        """Whether an entry names the rules that are in force now."""
        return last is not None and self._versions().items() <= last.detail.items()

    async def _catch_up(self) -> None:
        """At the start: whatever changed while nobody who sends ran is looked at again.

        Another, who does not send, may have told of the change; or whoever did was ended at once.
        """
        if self.service.runner.lanes:
            async with self.service.database.write() as conn:
                last = await journal.last_of(conn, _CONTACTS, [_LOOKED_AGAIN])
            if not self._is_in_force(last):
                self._again_soon()
        self._sure = True

    async def _bring_forward(self) -> None:
        """Have every contact that was put off decided on again, by the rules in force now."""
        if not self.service.runner.lanes:
            return
        now, versions = self.service.clock.now(), self._versions()
        at, total = now, 0
        moved = _CHUNK
        while moved == _CHUNK:
            async with self.service.database.write() as conn:
                moved = await jobs.bring_forward(
                    conn, SEND.name, frozenset(Reason), at, limit=_CHUNK
                )
            total, at = total + moved, at + _CHUNK_EVERY
        async with self.service.database.write() as conn:
            done = Entry(at=now, kind=_LOOKED_AGAIN, about=_CONTACTS, detail=versions)
            await journal.append(conn, [done])
        log.info("configuration.looked_again", contacts=total)


def look(folder: Path | None) -> Look:
    """What tells that a file of the configuration was changed, by name."""
    if folder is None:
        return ()
    paths = [folder / RULES_FILE]
    with suppress(OSError):
        paths += sorted((folder / SURVEYS_FOLDER).iterdir())
    return tuple(_traces(path) for path in paths)


def _traces(path: Path) -> tuple[str, int, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return path.name, 0, 0, 0, 0
    # Not the time of writing alone: a copy may keep the old one, and a change fit into one tick.
    return path.name, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def parts_changed(before: Configuration, after: Configuration) -> list[str]:
    """The parts of the rules whose content differs, and `surveys` where a survey does."""
    parts = [
        each.name
        for each in content.shown(after.rules)
        if content.version(getattr(before.rules, each.name))
        != content.version(getattr(after.rules, each.name))
    ]
    return [*parts, *(["surveys"] if _surveys(before) != _surveys(after) else [])]


def _surveys(found: Configuration) -> str:
    return content.version({name: survey.version for name, survey in found.surveys.items()})
