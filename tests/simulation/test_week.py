"""A week of callbacks, decided by one number, breaks no promise silently and rings nobody twice."""

import pytest

from tests.simulation.week import play


@pytest.mark.parametrize(("seed", "mode"), [(1, "agent_first"), (1, "customer_first")])
def test_a_week_of_callbacks_breaks_no_promise(seed: int, mode: str) -> None:
    ending = play(seed, callbacks=4, mode=mode)
    assert not ending.faults, "\n".join([f"seed {seed}", *ending.story[-40:], *ending.faults])
    assert "customer_rings" in ending.story[-1]
