"""A week of callbacks, decided by one number, breaks no promise silently and rings nobody twice."""

import pytest

from tests.simulation.week import play


@pytest.mark.parametrize("seed", [1])
def test_a_week_of_callbacks_breaks_no_promise(seed: int) -> None:
    ending = play(seed, callbacks=6)
    assert not ending.faults, "\n".join([f"seed {seed}", *ending.story[-40:], *ending.faults])
    assert "customer_rings" in ending.story[-1]
