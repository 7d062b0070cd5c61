"""Says what must never be of promised calls: no ring too many, and no promise silently broken."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from callbacks.promises.delivery import contact_id
from callbacks.promises.model import Callback, CallbackState, Slot
from callbacks.promises.wording import Telling
from channels.gate import CONVERSING
from channels.model import Channel, MessageClass
from huifang.rules import Rules
from tests.simulation.exchange import Exchange
from tests.simulation.network import Network
from tests.simulation.view import Row, instant

#: For how long a promise may be overdue before somebody looks: a process may be down meanwhile.
SLACK = timedelta(minutes=45)
#: Why a promise may be cancelled: its customer, their matter or the law says so, and never we.
_REASONS = frozenset(
    {
        *("customer", "got_through", "ticket_solved", "deleted"),
        *("do_not_contact", "opt_out", "customer_gone", "no_address", "no_zone", "empty_window"),
    }
)


@dataclass(slots=True, kw_only=True)
class Kept:
    """What the outside knows: who said what and when; and a line to the database, to look at."""

    zones: dict[str, str] = field(default_factory=dict)  # by customer
    stopped: dict[str, datetime] = field(default_factory=dict)  # by number, once heard
    words: dict[str, list[datetime]] = field(default_factory=dict)  # by number
    wanted: set[str] = field(default_factory=set)
    by_hand: set[str] = field(default_factory=set)
    counted: Counter[str] = field(default_factory=Counter)
    conn: sqlite3.Connection | None = None

    def spoke(self, number: str, at: datetime) -> None:
        self.words.setdefault(number, []).append(at)

    def rows(self, database: Path, sql: str) -> list[Row]:
        if self.conn is None:
            uri = f"file:{database}?mode=ro"
            self.conn = sqlite3.connect(uri, uri=True, isolation_level=None)
            self.conn.row_factory = sqlite3.Row
        return [dict(row) for row in self.conn.execute(sql)]

    def next_job_at(self, database: Path) -> datetime | None:
        [row] = self.rows(database, "SELECT min(run_at) AS at FROM jobs WHERE done_at IS NULL")
        return instant(row["at"]) if row["at"] else None

    def due_kinds(self, database: Path, now: datetime) -> set[str]:
        at = now.replace(tzinfo=None).isoformat(" ", "microseconds")
        sql = f"SELECT DISTINCT kind FROM jobs WHERE done_at IS NULL AND run_at <= '{at}'"
        return {row["kind"] for row in self.rows(database, sql)}

    def something_waits(self, database: Path, now: datetime) -> bool:
        """Whether an agent has anything to do."""
        at = now.replace(tzinfo=None).isoformat(" ", "microseconds")
        sql = (
            "SELECT 1 FROM callbacks WHERE closed_at IS NULL AND state != 'dialing'"
            f" AND attempt_at <= '{at}' LIMIT 1"
        )
        return bool(self.rows(database, sql))

    def sum(self) -> str:
        return " ".join(f"{what}={times}" for what, times in sorted(self.counted.items()))

    def close(self) -> None:
        if self.conn is not None:
            self.conn.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One look at a week."""

    now: datetime
    exchange: Exchange
    network: Network
    kept: Kept
    callbacks: list[Row]
    dials: dict[str, Row]
    legs: dict[str, Row]  # dials by what a line names: their id, or their contact
    contacts: dict[str, Row]
    jobs: dict[str, Row]
    notices: set[tuple[str, str]]
    told: dict[str, list[Row]]  # the journal of callbacks, by callback


def look(database: Path, now: datetime, exchange: Exchange, network: Network, kept: Kept) -> Sight:
    """The week as it is now."""

    def rows(sql: str) -> list[Row]:
        return kept.rows(database, sql)

    told: dict[str, list[Row]] = {}
    for row in rows("SELECT at, kind, about, detail FROM journal WHERE kind LIKE 'callback.%'"):
        told.setdefault(row["about"], []).append(row)
    dials = rows("SELECT * FROM dials")
    return Sight(
        now=now,
        exchange=exchange,
        network=network,
        kept=kept,
        callbacks=rows("SELECT * FROM callbacks ORDER BY id"),
        dials={row["id"]: row for row in dials},
        legs={row[name]: row for row in dials for name in ("id", "contact")},
        contacts={row["id"]: row for row in rows("SELECT * FROM contacts")},
        jobs={
            row["key"]: row
            for row in rows("SELECT key, kind, run_at, done_at, outcome, error FROM jobs")
        },
        notices={
            (row["kind"], row["subject"]) for row in rows("SELECT kind, subject FROM notices")
        },
        told=told,
    )


def wrong(view: Sight, rules: Rules, agents: int, *, final: bool) -> list[str]:
    """What must not be; `final`: all had time to come to its end."""
    found = [
        *_rings(view, rules),
        *_hands(view, agents),
        *_words(view, rules),
        *_promises(view, rules, final=final),
    ]
    if final:
        kept = view.kept.counted
        kept.update(f"callbacks_{row['state']}" for row in view.callbacks)
        kept.update(row["kind"] for each in view.told.values() for row in each)
        kept["customer_rings"], kept["dials"] = len(view.exchange.rung), len(view.dials)
        found += _ends(view)
    return found


# --- rings ---


def _rings(view: Sight, rules: Rules) -> Iterator[str]:
    by_id = {row["id"]: row for row in view.callbacks}
    days: Counter[tuple[str, object]] = Counter()
    window = rules.policy.windows.get(Channel.VOICE, rules.policy.window)
    for dial, times in Counter(line.dial for line in view.exchange.rung).items():
        if times > 1:
            yield f"no_customer_is_rung_twice_for_a_dial: {dial} {times} times"
    for line in view.exchange.rung:
        row = by_id[view.legs[line.dial]["callback"]]
        asked_at = line.asked_at or line.at
        days[line.to, (asked_at + timedelta(hours=8)).date()] += 1
        local = asked_at.astimezone(ZoneInfo(view.kept.zones[row["customer"]]))
        minute = local.hour * 60 + local.minute
        if not (window.opens <= minute < window.closes or row["chosen"]):
            yield f"nobody_is_rung_out_of_hours: {row['id']} at {local.isoformat()}"
        stopped = view.kept.stopped.get(line.to)
        if stopped is not None and stopped < asked_at - timedelta(seconds=5):
            yield f"nobody_is_rung_after_a_stop: {row['id']} at {asked_at}, stopped at {stopped}"
        over = row["closed_at"] and instant(row["closed_at"])
        if over and over < asked_at - timedelta(seconds=5):
            yield f"nobody_is_rung_for_what_ended: {row['id']} ended at {over}, rung {asked_at}"
    for (number, day), times in days.items():
        if times > rules.callbacks.max_dials_per_day:
            yield f"nobody_is_rung_too_often_a_day: {number} {times} times on {day}"


def _hands(view: Sight, agents: int) -> Iterator[str]:
    held = [row for row in view.dials.values() if row["ended_at"] is None]
    if len(held) > agents:
        yield f"never_more_dials_than_agents: {len(held)}"
    for name in ("agent", "callback", "phone_ix"):
        if any(times > 1 for times in Counter(row[name] for row in held).values()):
            yield f"one_dial_in_hand: two of one {name}"
    for dial, times in Counter(
        line.dial for line in view.exchange.lines if not line.customer
    ).items():
        if times > 2:
            yield f"an_agent_is_rung_twice_at_most: {dial} {times} times"
    open_ = Counter(
        (row["source"], row["customer"], row["topic"])
        for row in view.callbacks
        if row["closed_at"] is None
    )
    for key, times in open_.items():
        if times > 1:
            yield f"one_is_open_for_a_customer_and_topic: {key} has {times}"


# --- words ---


def _words(view: Sight, rules: Rules) -> Iterator[str]:
    window = rules.policy.window
    for item in view.network.taken:
        row = view.contacts.get(item.contact)
        if row is None:
            yield f"what_left_stands_in_the_ledger: {item.contact}"
            continue
        local = item.at.astimezone(ZoneInfo(view.kept.zones[row["customer"]]))
        inside = window.opens <= local.hour * 60 + local.minute < window.closes
        answers = row["message_class"] == MessageClass.CONVERSATION and any(
            timedelta(0) <= item.intended_at - said <= CONVERSING + timedelta(seconds=1)
            for said in view.kept.words.get(item.to, ())
        )
        asked = _asked_at(view, row["thread"])
        answers |= (
            row["message_class"] == MessageClass.CONVERSATION
            and asked is not None
            and item.intended_at - asked <= CONVERSING + timedelta(seconds=1)
        )
        if not inside and not answers:
            yield f"nobody_is_bothered_out_of_hours: {item.contact} at {local.isoformat()}"
    for contact, times in Counter(item.contact for item in view.network.taken).items():
        if times > 1:
            yield f"no_message_leaves_twice: {contact} {times} times"


def _asked_at(view: Sight, id_: str) -> datetime | None:
    found = (row["asked_at"] for row in view.callbacks if row["id"] == id_)
    text = next(found, None)
    return instant(text) if text else None


# --- promises ---


def _promises(view: Sight, rules: Rules, *, final: bool) -> Iterator[str]:
    for row in view.callbacks:
        told = view.told.get(row["id"], [])
        missed = sum(each["kind"] == "callback.missed" for each in told)
        if row["missed"] != missed:
            yield f"what_was_missed_is_told: {row['id']}: {row['missed']}, journal {missed}"
        sorry = sum(
            f"contact.send:{_contact(row, Telling.APOLOGY, revision)}" in view.jobs
            for revision in range(row["revision"] + 1)
        )
        if sorry != missed:
            yield f"what_was_missed_is_apologised_for: {row['id']}: {sorry} of {missed}"
        for number in range(1, missed + 1):
            if ("callback.missed", f"{row['id']}:{number}") not in view.notices:
                yield f"a_person_hears_of_what_was_missed: {row['id']}:{number}"
        if row["state"] == "exhausted" and not _told_of(view, row, Telling.EXHAUSTED, final):
            yield f"what_is_exhausted_ends_with_a_word: {row['id']}"
        if row["state"] == "cancelled" and row["reason_closed"] not in _REASONS:
            yield f"no_promise_is_cancelled_by_us: {row['id']}: {row['reason_closed']}"
        if row["closed_at"] is None and row["state"] != "missed":
            yield from _stands(view, row)
        yield from _proven(view, row, told)


def _contact(row: Row, what: Telling, revision: int) -> str:
    at = instant(row["asked_at"])
    item = Callback(
        id=row["id"],
        source="",
        customer="",
        ticket=None,
        topic="",
        reason=None,
        slot=Slot(begin=at, end=at),
        asked_at=at,
        revision=revision,
    )
    return contact_id(item, what)


def _told_of(view: Sight, row: Row, what: Telling, final: bool) -> bool:
    """Whether the customer heard, will hear, or a person knows that they could not."""
    contact = _contact(row, what, row["revision"])
    job = view.jobs.get(f"contact.send:{contact}")
    if job is None:
        return False
    if job["done_at"] is None:
        return not final
    subject = f"{row['id']}:{what.value}:{row['revision']}"
    left = any(item.contact == contact for item in view.network.taken)
    return left or ("callback.not_told", subject) in view.notices


def _stands(view: Sight, row: Row) -> Iterator[str]:
    """An open promise lies ahead, or somebody is at it."""
    length = instant(row["slot_until"]) - instant(row["slot_from"])
    by = max(instant(row["slot_until"]), instant(row["attempt_at"] or row["slot_until"]) + length)
    if row["state"] == CallbackState.CLAIMED:
        by = max(by, instant(row["claimed_until"]))
    if row["state"] == CallbackState.DIALING:
        dials = [each for each in view.dials.values() if each["callback"] == row["id"]]
        if not any(each["ended_at"] is None for each in dials):
            yield f"what_is_dialled_has_a_dial: {row['id']}"
        by = max(by, *(instant(each["at"]) + timedelta(hours=25) for each in dials))
    if by + SLACK < view.now:
        yield f"no_promise_is_silently_broken: {row['id']} is {row['state']} since {by}"


def _proven(view: Sight, row: Row, told: list[Row]) -> Iterator[str]:
    reached = sum(each["outcome"] == "reached" for each in json.loads(row["attempts"]))
    if not reached or row["id"] in view.kept.by_hand:
        return
    mine = {name for name, dial in view.legs.items() if dial["callback"] == row["id"]}
    if not any(line.dial in mine and line.talked for line in view.exchange.rung):
        yield f"who_was_reached_was_on_the_line: {row['id']}"
    if not any(each["kind"] == "callback.joined" for each in told):
        yield f"a_talk_is_proven_by_both_legs: {row['id']}"


def _ends(view: Sight) -> Iterator[str]:
    ids = {row["id"] for row in view.callbacks}
    for wanted in sorted(view.kept.wanted - ids):
        said = {row["kind"] for row in view.told.get(wanted, ())}
        merged = view.jobs[f"callback.request:{wanted}"]["outcome"] == "done"
        if not merged and "callback.refused" not in said:
            yield f"what_was_asked_for_is_promised_or_refused: {wanted}"
    for row in view.callbacks:
        stands = row["closed_at"] is None and row["attempt_at"]  # what was missed waits
        if stands and instant(row["attempt_at"]) < view.now - timedelta(days=1):
            yield f"all_ends_in_time: {row['id']} is {row['state']}"
    for id_, dial in view.dials.items():
        if dial["ended_at"] is None and view.now - instant(dial["at"]) > timedelta(hours=25):
            yield f"every_dial_ends: {id_}"
    for key, job in view.jobs.items():
        if job["outcome"] == "dead" and job["kind"].startswith("callback"):
            yield f"no_job_is_given_up: {key}: {job['error']}"
