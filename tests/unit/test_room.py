"""Who waits for a connection of the database, and in what order."""

import asyncio

from kernel.engine import Room


async def test_whoever_has_waited_longest_is_let_in_first_and_no_newcomer_goes_before():
    room, order = Room(1), []
    waiting = [asyncio.Event() for _ in range(3)]

    async def enter(number):
        async with room:
            order.append(number)

    async def wait(number):
        waiting[number].set()
        await enter(number)

    async with room:
        tasks = [asyncio.create_task(wait(number)) for number in range(3)]
        for each in waiting:
            await each.wait()
        gone = asyncio.create_task(enter("gone"))
        tasks[1].cancel()
        gone.cancel()
    await enter("newcomer")
    await asyncio.gather(*tasks, gone, return_exceptions=True)
    assert order == [0, 2, "newcomer"]
