"""Carries out `huifang simulate`."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from huifang import settings
from huifang.durations import read_duration
from huifang.simulating import reading, telling
from huifang.simulating.playing import Play, Tally
from huifang.simulating.reading import Tried
from kernel.engine import open_database
from kernel.faults import SettingsFault
from kernel.vault import VaultError, open_vault
from tickets.model import Event

_LINES_SHOWN = 5  # events that cannot be used
_EVERY = 500  # events between two looks at how far it is


def options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Plays closed tickets against a huifang.yaml on a clock of its own, by the product's own "
        "decisions, and tells what would be sent and what not, and why. Sends nothing. "
        "It assumes that every message arrives and that nobody answers."
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--events",
        metavar="FILE",
        help="CloudEvents, one JSON document a line, or a list; -: stdin",
    )
    what.add_argument(
        "--recorded", type=_span, metavar="SPAN", help="what the service was told, such as 30d"
    )
    what.add_argument("--synthetic", type=_number, metavar="N", help="so many made-up closings")
    parser.add_argument(
        "--policy", type=Path, required=True, metavar="FILE", help="the huifang.yaml that is tried"
    )
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="the huifang.yaml to compare it with"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON document")
    parser.add_argument("--lang", default="zh-CN", choices=["zh-CN", "en"], help="language")


async def run(words: argparse.Namespace, environ: Mapping[str, str], now: datetime) -> int:
    """0; SettingsFault with every fault of the rules, OSError where a file cannot be read."""
    files = [words.policy, *([words.against] if words.against else [])]
    rules = [reading.tried(path, environ) for path in files]
    if words.recorded is None:
        found: Iterable[tuple[int, object]] = _documents(words.events, words.synthetic)
    else:
        found = await _recorded(environ, now - words.recorded)
    # What is made up is the same whatever the day.
    events, refused = reading.events(found, reading.MADE_UP_UNTIL if words.synthetic else now)
    tallies = [_played(each, events, str(path)) for each, path in zip(rules, files, strict=True)]
    timezone = rules[0].rules.centre.timezone
    document: dict[str, Any] = {
        "events": len(events),
        "refused": [{"line": number, "reason": reason} for number, reason in refused],
        "policy": telling.shown(tallies[0], timezone),
    }
    if words.against:
        document["against"] = telling.shown(tallies[1], timezone)
        document["difference"] = telling.changed(tallies[0], tallies[1])
    if words.json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(telling.lines(document, words.lang)) + "\n")
        _warn(refused)
    sys.stdout.flush()
    return 0


async def _recorded(environ: Mapping[str, str], since: datetime) -> Sequence[tuple[int, object]]:
    found = settings.load(environ)
    database = open_database(found.database_url)
    try:
        vault = open_vault(found.data_keys, found.index_keys)
        return await reading.recorded(database, vault, since)
    except VaultError as fault:
        raise SettingsFault([str(fault)]) from None
    finally:
        await database.close()


def _documents(file: str | None, number: int | None) -> Iterator[tuple[int, object]]:
    if file is None:
        yield from reading.made_up(number or 0)
    elif file == "-":
        yield from reading.documents(sys.stdin.buffer.read(), "stdin")
    else:
        yield from reading.documents(Path(file).read_bytes(), file)


def _played(tried: Tried, events: Sequence[Event], name: str) -> Tally:
    play = Play(rules=tried.rules, surveys=tried.surveys, link=tried.link)
    for event in _told(events, name):
        play.take(event)
    return play.finish()


def _told(events: Sequence[Event], name: str) -> Iterable[Event]:
    """The events, while a person is shown how far they are; a pipe hears nothing."""
    if not sys.stderr.isatty():
        return events
    return _with_progress(events, name)


def _with_progress(events: Sequence[Event], name: str) -> Iterator[Event]:
    for number, event in enumerate(events):
        if number % _EVERY == 0:
            sys.stderr.write(f"\r\x1b[K{name}: {number / len(events):.0%} ")
            sys.stderr.flush()
        yield event
    sys.stderr.write("\r\x1b[K")


def _warn(refused: Sequence[tuple[int, str]]) -> None:
    for number, reason in refused[:_LINES_SHOWN]:
        sys.stderr.write(f"huifang: line {number} is no event we know: {reason}\n")
    if len(refused) > _LINES_SHOWN:
        sys.stderr.write(f"huifang: and {len(refused) - _LINES_SHOWN} more\n")


def _span(text: str) -> timedelta:
    try:
        return read_duration(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def _number(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 1000000")
    return int(text)
