"""Posts from a coroutine, on one pooled session a process."""

import aiohttp

from bench.peers.errand import errand, form

_ERRAND = errand()
_SESSIONS: list[aiohttp.ClientSession] = []


async def post(number: int) -> None:
    """Post one job's form and read the answer."""
    if not _SESSIONS:
        _SESSIONS.append(aiohttp.ClientSession())
    async with _SESSIONS[0].post(_ERRAND.target, data=form(number)) as answer:
        await answer.read()
