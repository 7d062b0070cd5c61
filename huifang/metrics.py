"""Counts what happens, for Prometheus."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from scheduler.job import Priority

log = structlog.get_logger("metrics")

MEDIA = CONTENT_TYPE_PLAIN_0_0_4

_REFRESH = 5.0  # seconds the gauges may take to be brought up to date
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


async def _nothing() -> None:
    """Nothing to refresh."""


class Metrics:
    """The counters of one process, in a registry of their own; every name begins `huifang_`.

    `refresh` is awaited before each rendering: it brings the gauges that count rows up to date.
    """

    def __init__(self, refresh: Callable[[], Awaitable[None]] = _nothing) -> None:
        self.refresh = refresh
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = self._counter(
            "http_requests", "Requests answered", "method", "route", "status"
        )
        self._seconds = Histogram(
            "http_request_seconds",
            "Seconds from a request's head to its answer",
            ("method", "route", "status"),
            namespace="huifang",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._answered: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}
        self._contacts = self._counter(
            "contacts", "Contacts that reached a state", "state", "channel"
        )
        self._decisions = self._counter(
            "decisions", "Verdicts of the contact policy and the programs", "verdict", "reason"
        )
        self._events = self._counter("events", "Events taken in, by what became of them", "result")
        self._dead = self._gauge("dead_letters", "Jobs given up, waiting for somebody")
        self._waiting = self._gauge("jobs_waiting", "Jobs not yet done", "kind")
        self._overdue = self._gauge("jobs_overdue", "Jobs due but not yet taken up", "kind")
        self._oldest = self._gauge(
            "jobs_oldest_overdue_seconds", "How long the job longest overdue has waited", "kind"
        )
        self._unknown = self._gauge(
            "contacts_unknown", "Contacts of three days still unsure after their time", "channel"
        )
        self._notices = self._gauge(
            "notices_open", "Matters on the board that nobody has acknowledged", "kind"
        )
        self._complaints = self._gauge("complaints_open", "Complaints not closed yet", "state")
        self._late = self._gauge(
            "complaints_overdue", "Open complaints that passed a deadline unmet", "deadline"
        )
        self._callbacks = self._gauge(
            "callbacks_open", "Promises to phone customers that still stand", "state"
        )
        self._late_calls = self._gauge("callbacks_overdue", "Open callbacks whose slot has ended")
        self._without_plan = self._gauge(
            "eligible_without_plan", "Eligible closings that nothing was planned for, as last seen"
        )
        self._old = self._gauge(
            "old_key_values", "What an older key is still needed for, when last counted", "what"
        )
        self._unmailed = self._counter(
            "notices_unmailed", "Matters on the board of which nobody could be mailed", "reason"
        )
        self._fresh = self._gauge("gauges_fresh", "1 when the gauges that count rows are current")
        self._configured()

    def _configured(self) -> None:
        """What is told of the rules in force."""
        self._valid = self._gauge(
            "configuration_valid", "1 while the files say what is in force, 0 when refused"
        )
        self._adopted = self._gauge(
            "configuration_adopted_timestamp_seconds", "When the rules in force were adopted"
        )
        self._version = self._gauge(
            "configuration_info", "1 for the version of the rules in force", "policy"
        )
        self._reloads = self._counter(
            "configuration_reloads", "Readings of the files after the start", "result"
        )

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, namespace="huifang", registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(name, meaning, labels, namespace="huifang", registry=self.registry)

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is a template, never a path, so that series stay few."""
        labels = (method if method in _METHODS else "OTHER", route, str(status))
        if labels not in self._answered:  # to look two series up costs as much as to count in both
            series = self._requests.labels(*labels), self._seconds.labels(*labels)
            self._answered[labels] = series
        requests, spent = self._answered[labels]
        requests.inc()
        spent.observe(seconds)

    def show_keys(self, left: Mapping[str, int]) -> None:
        """What still needs an older key: by column, and `stops` whose address nobody knows."""
        self._old.clear()
        for what, number in left.items():
            self._old.labels(what).set(number)

    def count_contacts(self, state: str, channel: str, count: int = 1) -> None:
        """Contacts that reached `state`."""
        self._contacts.labels(state, channel).inc(count)

    def count_decisions(self, verdict: str, reason: str, count: int = 1) -> None:
        """Verdicts, by the rule that gave the reason."""
        self._decisions.labels(verdict, reason).inc(count)

    def count_events(self, result: str, count: int = 1) -> None:
        """Events taken in: `accepted`, `duplicate` or `rejected`."""
        self._events.labels(result).inc(count)

    def count_reloads(self, result: str) -> None:
        """A reading of the configuration's files: `adopted`, `unchanged` or `refused`."""
        self._reloads.labels(result).inc()

    def show_configuration(self, policy: str, at: datetime) -> None:
        """The version of the rules in force, and when they were adopted."""
        self._version.clear()
        self._version.labels(policy).set(1)
        self._adopted.set(at.timestamp())

    def show_valid(self, valid: bool) -> None:
        """Whether what is in force is what the files say."""
        self._valid.set(valid)

    def show_unknown(self, counts: Mapping[str, int]) -> None:
        """Contacts by channel of which nobody knows, though it is time, whether they arrived."""
        self._unknown.clear()
        for channel, count in counts.items():
            self._unknown.labels(channel).set(count)

    def show_notices(self, counts: Mapping[str, int]) -> None:
        """What stands on the board, by kind."""
        self._notices.clear()
        for kind, count in counts.items():
            self._notices.labels(kind).set(count)

    def show_complaints(self, by_state: Mapping[str, int], overdue: Mapping[str, int]) -> None:
        """Open complaints by state, and those overdue by deadline."""
        self._complaints.clear()
        for state, count in by_state.items():
            self._complaints.labels(state).set(count)
        for deadline, count in overdue.items():
            self._late.labels(deadline).set(count)

    def show_callbacks(self, by_state: Mapping[str, int], overdue: int) -> None:
        """Open callbacks by state, and those whose slot has ended."""
        self._callbacks.clear()
        for state, count in by_state.items():
            self._callbacks.labels(state).set(count)
        self._late_calls.set(overdue)

    def show_without_plan(self, count: int) -> None:
        """Eligible closings that have no plan, and could be given none."""
        self._without_plan.set(count)

    def count_unmailed(self, reason: str) -> None:
        """A matter of which nobody was mailed."""
        self._unmailed.labels(reason).inc()

    def show_oldest(self, agenda: Mapping[tuple[str, Priority], datetime], now: datetime) -> None:
        """For how long the first job of each kind has been due, by kind and priority."""
        self._oldest.clear()
        first: dict[str, datetime] = {}
        for (kind, _), at in agenda.items():
            first[kind] = min(first.get(kind, at), at)
        for kind, at in first.items():
            self._oldest.labels(kind).set(max(0.0, (now - at).total_seconds()))

    def show_jobs(self, counts: Mapping[str, tuple[int, int]], dead: int) -> None:
        """The job table as it is: waiting and overdue by kind, and the dead letters."""
        self._waiting.clear()
        self._overdue.clear()
        for kind, (waiting, overdue) in counts.items():
            self._waiting.labels(kind).set(waiting)
            self._overdue.labels(kind).set(overdue)
        self._dead.set(dead)

    async def render(self) -> bytes:
        """The page in Prometheus' text format; a refresh that fails is told, and hides nothing."""
        try:
            async with asyncio.timeout(_REFRESH):
                await self.refresh()
        except Exception as fault:  # noqa: BLE001 - counters are wanted most when much is broken
            log.warning("metrics.not_refreshed", reason=type(fault).__name__)
            self._fresh.set(0)
        else:
            self._fresh.set(1)
        return generate_latest(self.registry)
