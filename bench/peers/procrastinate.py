"""procrastinate: a table in PostgreSQL that a worker polls for what falls due."""

import sys
import time

import uvloop
from procrastinate import App, PsycopgConnector

from bench.peers.errand import Errand, begin, errand, say_put
from bench.peers.posting import post

_AT_ONCE = 100

APP = App(connector=PsycopgConnector(conninfo=errand().postgres))


@APP.task(name="run")
async def run(number: int) -> None:
    """The job."""
    await post(number)


async def _put(wanted: Errand) -> None:
    async with APP.open_async():
        await APP.schema_manager.apply_schema_async()
        started = time.perf_counter()
        for number in range(1, wanted.jobs + 1):
            await run.configure(schedule_at=wanted.due(number)).defer_async(number=number)
        say_put(started)


async def _work(wanted: Errand) -> None:
    polling = {} if wanted.poll is None else {"fetch_job_polling_interval": wanted.poll}
    async with APP.open_async():
        begin()
        await APP.run_worker_async(
            concurrency=_AT_ONCE, delete_jobs="successful", install_signal_handlers=False, **polling
        )


if __name__ == "__main__":
    uvloop.run(_put(errand()) if sys.argv[1] == "put" else _work(errand()))
