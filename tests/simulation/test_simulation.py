"""Stories of the whole service, each decided by one number, end well."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from channels.errors import SendError, SendErrorKind
from channels.ports import Accepted, Message
from tests.simulation.ground import MOST
from tests.simulation.network import Door
from tests.simulation.planted import PLANTS, Plant, fits
from tests.simulation.story import play

ROOT = Path(__file__).resolve().parents[2]
SEEDS = tuple(range(20))
PINNED = tuple(
    int(line.split()[0])
    for line in Path(__file__).with_name("seeds.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
)


@pytest.mark.parametrize("seed", [*SEEDS, *PINNED])
def test_a_story_ends_well(seed: int) -> None:
    ending = play(seed)
    assert not ending.faults, "\n".join([f"seed {seed}", *ending.story[-40:], *ending.faults])


def test_the_same_seed_tells_the_same_story_in_another_process() -> None:
    seed = 11  # with calls, and duties
    told = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seed", str(seed)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert told.stdout.splitlines() == list(play(seed).story)
    assert all(what in told.stdout for what in ("is taken", "has done"))


class Forgetful(Door):
    """An adapter that asks for another attempt at what the carrier took."""

    async def send(self, message: Message) -> Accepted:
        await super().send(message)
        raise SendError(SendErrorKind.LATER, retryable=True)


class Talkative(Door):
    """An adapter that sends everything twice."""

    async def send(self, message: Message) -> Accepted:
        accepted = await super().send(message)
        self.network.take(message, self.channel)
        return accepted


@pytest.mark.parametrize(
    ("door", "rule"),
    [
        (Forgetful, "what_left_stands_in_the_ledger"),
        (Talkative, "no_message_leaves_twice"),
    ],
)
def test_a_fault_at_the_carriers_door_is_found(door: type[Door], rule: str) -> None:
    endings = (play(seed, door) for seed in range(10))
    found = next((ending for ending in endings if ending.faults), None)
    assert found is not None
    assert any(fault.startswith(rule) for fault in found.faults)


def test_every_kind_of_trouble_may_happen() -> None:
    assert all(0 < most < 1 for most in MOST.values())


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_the_faults_to_plant_still_have_their_place(plant: Plant) -> None:
    assert fits(plant, ROOT)
