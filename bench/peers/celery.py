"""Celery: a list in Redis, all that is not due yet held in the worker's memory."""

import http.client
import sys
import time

from celery import Celery
from celery.signals import worker_ready

from bench.peers.errand import Errand, begin, encoded, errand, say_put

_ERRAND = errand()
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
_CONNECTIONS: list[http.client.HTTPConnection] = []

APP = Celery("bench", broker=_ERRAND.redis)
APP.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)


@APP.task(name="run")
def run(number: int) -> None:
    """The job; one kept connection a process, by the quickest client that the library has."""
    if not _CONNECTIONS:
        _CONNECTIONS.append(http.client.HTTPConnection(_ERRAND.host))
    _CONNECTIONS[0].request("POST", _ERRAND.target, encoded(number), _HEADERS)
    _CONNECTIONS[0].getresponse().read()


@worker_ready.connect
def _ready(**_: object) -> None:
    begin()


def _put(wanted: Errand) -> None:
    started = time.perf_counter()
    with APP.producer_pool.acquire(block=True) as producer:
        for number in range(1, wanted.jobs + 1):
            run.apply_async((number,), eta=wanted.due(number), producer=producer)
    say_put(started)


def _work() -> None:
    # As many processes as cores, its own default; no gossip with workers that are not there.
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    APP.worker_main(["worker", "--pool", "prefork", "--loglevel", "WARNING", "-O", "fair", *quiet])


if __name__ == "__main__":
    if sys.argv[1] == "put":
        _put(_ERRAND)
    else:
        _work()
