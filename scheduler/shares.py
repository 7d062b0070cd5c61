"""Decides how much of a batch is kept for what is less urgent, so that nothing waits for ever."""

from collections import Counter
from collections.abc import Sequence

from scheduler.job import Priority

EVERY = 8
"""One place in so many is kept for the less urgent priorities, each in its turn."""


def kept(due: Sequence[Priority], limit: int, served: int) -> Counter[Priority]:
    """How many of the next `limit` places are kept for each priority but the most urgent `due`.

    `served` counts the places given before, so that small batches keep their places too. All
    other places go to the most urgent.
    """
    lower = sorted(due)[1:]
    if not lower:
        return Counter()
    before, after = served // EVERY, (served + limit) // EVERY
    return Counter(lower[turn % len(lower)] for turn in range(before, after))
