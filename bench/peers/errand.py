"""Says what every peer is to do: jobs by number, each due at its time, one POST each."""

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen


@dataclass(frozen=True)
class Errand:
    """`first` is when job 1 is due, in seconds since 1970, and `every` the seconds between two.

    `poll` is how often a peer that polls shall look, in seconds; None leaves it as it comes.
    """

    carrier: str
    redis: str
    postgres: str
    jobs: int
    first: float
    every: float
    poll: float | None

    def due(self, number: int) -> datetime:
        """When a job is due."""
        return datetime.fromtimestamp(self.due_at(number), UTC)

    def due_at(self, number: int) -> float:
        """When a job is due, in seconds since 1970."""
        return self.first + (number - 1) * self.every

    @property
    def target(self) -> str:
        """Where to post."""
        return f"{self.carrier}/2010-04-01/Accounts/AC0/Messages.json"

    @property
    def host(self) -> str:
        """Host and port to post to, for who opens the connection by hand."""
        return urlsplit(self.carrier).netloc


def errand() -> Errand:
    """This process's errand, from its environment."""
    return Errand(**json.loads(os.environ["BENCH_ERRAND"]))


def form(number: int) -> dict[str, str]:
    """What is posted: about as long as what the product posts."""
    return {
        "To": f"+86{13_900_000_000 + number}",
        "From": "+8610655500001",
        "Body": "您的工单已处理,请评价:5非常满意 4满意 3一般 2不满意 1非常不满意。回T退订",
        "StatusCallback": f"http://127.0.0.1:8080/carriers/twilio/status?contact={number}",
    }


def encoded(number: int) -> bytes:
    """The form as it goes over the wire."""
    return urlencode(form(number)).encode()


def begin() -> None:
    """Tell the carrier that this worker is settled and begins."""
    with urlopen(f"{errand().carrier}/begin") as answer:
        answer.read()


def say_put(started: float) -> None:
    """Tell how long putting the jobs in took."""
    print(json.dumps({"put_seconds": time.perf_counter() - started}), flush=True)
