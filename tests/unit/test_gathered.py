"""Whoever waits in a line is answered, or told, whatever becomes of the work."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from kernel.gathering import Gathering


def gathering(gate: asyncio.Event) -> Gathering[int, int]:
    async def work(batch: Sequence[int]) -> Sequence[int]:
        await gate.wait()
        return batch

    return Gathering(
        what="numbers",
        work=work,
        most_waiting=10,
        most_together=10,
        patience=timedelta(seconds=10),
    )


async def cancel_work() -> None:
    """End what works for others, as a loop does that is shut down."""
    [work] = [task for task in asyncio.all_tasks() if task.get_name() == "gathering"]
    work.cancel()
    await asyncio.sleep(0)


async def test_who_waits_for_work_that_is_cancelled_is_told_and_the_next_are_served() -> None:
    gate = asyncio.Event()
    line = gathering(gate)
    waiting = [asyncio.create_task(line.take(number)) for number in range(3)]
    for _ in range(3):
        await asyncio.sleep(0)  # the first is under way
    await cancel_work()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in told] == [asyncio.CancelledError] * 3
    gate.set()
    assert await line.take(4) == 4


async def test_work_that_is_cancelled_before_it_began_is_begun_by_who_comes_next() -> None:
    gate = asyncio.Event()
    gate.set()
    line = gathering(gate)
    first = asyncio.create_task(line.take(1))
    await asyncio.sleep(0)
    await cancel_work()
    assert await line.take(2) == 2
    assert await first == 1
    await line.close()


async def test_who_comes_is_taken_with_others_but_never_with_their_own_before_them() -> None:
    taken: list[list[int]] = []

    async def work(batch: Sequence[int]) -> Sequence[int]:
        taken.append(list(batch))
        await asyncio.sleep(0)
        return batch

    line = Gathering(
        what="numbers",
        work=work,
        most_waiting=10,
        most_together=3,
        patience=timedelta(seconds=10),
        keys=lambda number: (number // 10,),
    )
    came = [0, 10, 11, 12, 20, 30, 40]
    assert await asyncio.gather(*(line.take(number) for number in came)) == came
    assert taken == [[0, 10, 20], [11, 30, 40], [12]]
