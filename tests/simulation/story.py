"""Plays the whole story of a seed on a database of its own, and says how it ended."""

import asyncio
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from huifang import schema
from huifang.rules import Rules
from kernel.engine import open_database
from tests.simulation.care import Care
from tests.simulation.duties import Duties
from tests.simulation.ground import Ground, Loop, ground
from tests.simulation.network import Door, Network
from tests.simulation.people import Phones, customers
from tests.simulation.process import Process, read_rules
from tests.simulation.telephone import Telephone
from tests.simulation.ticketing import Ticketing
from tests.simulation.view import make_watch
from tests.simulation.world import World

_MEMORY = Path("/dev/shm")
_NAMES = ("A", "B")
_NO_RATES = "{sms: null, voice: null, email: null}"
_CAPS = (
    "",
    "caps: []",
    "caps: []",
    "caps: [{counts: contacts, limit: 1, per: 24h}]",
    "caps: [{counts: invitations, limit: 2, per: 7d}]",
    "caps: [{counts: contacts, limit: 2, per: 2h}]",
)
_AT_ALL_HOURS = 'legal_windows: false\n  window: {from: "00:00", until: "23:59"}'
_BY_PHONE = ("[voice]", "[voice, sms]", "[voice, sms]", "[sms, voice]", "[voice, email]")
_CALLS = (
    "    redials: [2h, 1d]\n",
    "    redials: [3h]\n    voicemail: message\n",
    "    voicemail: message\n    fallback_after: 1d\n",
    "    fallback_after: 6h\n    max_contacts: 2\n",
)
_TIGHT = (*_CAPS[3:], "caps: []")  # without any, one question on a number is left to keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What happened, and what must not have."""

    seed: int
    story: tuple[str, ...]
    faults: tuple[str, ...]


def play(seed: int, door: type[Door] = Door) -> Ending:
    """The story of a seed; the same seed tells the same story, wherever it is told.

    `door` is how processes reach the carriers; tests put a faulty one in its place.
    """
    with scratch() as folder, capture_logs([with_fault]) as logs:
        database = folder / "huifang.sqlite3"
        shutil.copy(template(), database)
        with asyncio.Runner(loop_factory=Loop) as runner:
            return runner.run(_play(_world(seed, database, logs, door)))


async def _play(world: World) -> Ending:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Loop)
    loop.jump.on_sleep = world.ground.sleep
    try:
        await world.play()
    finally:
        await world.stop()
    return Ending(
        seed=world.ground.seed, story=tuple(world.ground.story), faults=tuple(world.faults)
    )


def _world(seed: int, database: Path, logs: list[Any], door: type[Door]) -> World:
    base = ground(seed)
    rules = _rules(base)
    network = Network(ground=base)
    phones = Phones(ground=base, network=network)
    ticketing = Ticketing(ground=base, customers=customers(base))
    network.listeners.append(phones)
    telephone = Telephone(ground=base, network=network, phones=phones)
    duties = Duties(ground=base, telephone=telephone)
    telephone.on_silence = duties.look_later
    watch = make_watch(database, rules, network, phones, ticketing, telephone, duties, logs)
    world = World(
        ground=base,
        network=network,
        door=door,
        phones=phones,
        telephone=telephone,
        duties=duties,
        ticketing=ticketing,
        processes=tuple(
            Process(name=name, ground=base, rules=rules, database=database) for name in _NAMES
        ),
        watch=watch,
        care=Care(ground=base, view=watch.view),
    )
    base.elsewhere, base.meddle = world.elsewhere, world.meddle
    telephone.on_queued = world.queued
    return world


def _rules(base: Ground) -> Rules:
    """An operator's rules; the dice wrote them."""
    dice = base.dice
    channels = dice.choice(("[sms]", "[sms]", "[sms, email]", "[email, sms]"))
    besides = ""
    if base.by_phone:
        own = random.Random(base.seed)
        channels = own.choice(_BY_PHONE)
        besides = own.choice(_CALLS)
    caps = dice.choice(_TIGHT if base.pressed else _CAPS)
    return read_rules(f"""\
programs:
  - id: default
    delay: {dice.choice(("0s", "0s" if base.pressed else "2h"))}
    channels: {channels}
    expires_after: {dice.choice(("7d", "2d"))}
{besides}policy:
  on_cap: {dice.choice(("defer", "defer", "drop"))}
  useful_until: {dice.choice(("7d", "7d", "36h"))}
  rates: {dice.choice((_NO_RATES, _NO_RATES, "{sms: 1/s, voice: 1/s, email: 30/m}"))}
  {caps}
  {_AT_ALL_HOURS if base.pressed else ""}
complaints:
  max_reopens: {dice.choice((1, 1, 2))}
""")


def with_fault(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> Any:
    """A logged exception's kind and words, before it is gone."""
    kind, fault, _ = sys.exc_info()
    entry["fault"], entry["why"] = (kind.__name__ if kind else "-"), str(fault)
    return entry


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one."""
    where = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="huifang-", dir=where) as name:
        yield Path(name)


@cache
def template() -> Path:
    """An empty database of the present schema, made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="huifang-template-"))
    path = folder / "huifang.sqlite3"

    async def make() -> None:
        database = open_database(f"sqlite:///{path}")
        await schema.migrate(database)
        await database.close()

    asyncio.run(make())
    return path
