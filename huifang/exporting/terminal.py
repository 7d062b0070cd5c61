"""Carries out `huifang export`: makes a file from the database, without a server."""

import argparse
import asyncio
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from huifang.configuration import Configuration
from huifang.exporting import shelf
from huifang.exporting.making import NotMade, make, meant
from huifang.exporting.model import Format, Grain, Made, Order
from huifang.exporting.web import FilterSchema, manifest
from huifang.scope import misspelt
from huifang.staff.view import begins
from kernel import formwords
from kernel.engine import Database, open_database
from kernel.faults import Conflict, FieldError, Invalid
from kernel.journal import Entry, append
from kernel.vault import open_vault
from scheduler.clock import SystemClock
from scheduler.hours import zone

STDOUT = "-"

_ACTOR = "command line"
_BINARY = (Format.XLSX, Format.PARQUET)
_WIDTH = 30  # of the bar, in characters
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SAY = "must be a date such as 2026-11-21, or a time with its offset: 2026-11-21T00:00:00+08:00"
_HELP = {
    "from": "this instant or later; a date is the beginning of that day in --tz",
    "to": "before this instant; a date is the beginning of that day in --tz",
}
_FLAG = "true or false"
_MEANT = {
    **_HELP,
    "survey": "a survey's id",
    "version": "a survey's version",
    "program": "a program's id",
    "agent": "an agent's id",
    "channel": "sms, web, email, voice, or where others collected it",
    "by": "what --from and --to are about: started (default) or counted",
    "low": _FLAG,
    "late": _FLAG,
    "suspect": _FLAG,
    "rating": "as it was given, 0 to 10",
    "kind": "of what was rated: csat5, nps, ces7, …",
}


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = (
        "Makes a file of responses or of closed tickets. It is whole or it is not there: a run "
        "that fails or is interrupted leaves nothing. Only its owner may read it. Filters are "
        "those of /v1/responses."
    )
    parser.add_argument("--format", default="csv", choices=_named(Format), help="default csv")
    parser.add_argument(
        "--grain",
        default="response",
        choices=_named(Grain),
        help="what a row is (default: response)",
    )
    parser.add_argument(
        "--out", default=STDOUT, metavar="FILE", help="a file (default: -, the standard output)"
    )
    parser.add_argument("--tz", help="IANA zone of local times (default: the service centre's)")
    parser.add_argument("--bom", action="store_true", help="csv: begin with a mark, for Excel")
    parser.add_argument("--no-comments", action="store_true", help="leave out customers' words")
    parser.add_argument("--identities", action="store_true", help="tell who customers are")
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON")
    which = parser.add_argument_group("filters")
    for name in _filters():
        which.add_argument(
            f"--{name}", dest=f"filter_{name}", metavar="VALUE", help=_MEANT.get(name)
        )


def _named(choices: type[StrEnum]) -> list[str]:
    """As a person writes them: a refusal shows the choices as they are represented."""
    return [each.value for each in choices]


def _filters() -> list[str]:
    fields = FilterSchema().fields.items()
    return [field.data_key or name for name, field in fields]


async def run(found: Configuration, words: argparse.Namespace) -> int:
    """Make the file and say what is in it."""
    order, out = _order(found, words), words.out
    if out == STDOUT and words.json:
        raise Invalid("--json and the file both want the standard output; name a file with --out")
    if out == STDOUT and order.format in _BINARY and sys.stdout.isatty():
        raise Invalid(f"{order.format} is nothing to read on a terminal; name a file with --out")
    database = open_database(found.settings.database_url)
    vault = open_vault(found.settings.data_keys, found.settings.index_keys)
    desk = _desk(out)
    try:
        path = desk / f"file.{order.format}"
        made = await make(database, vault, order, path, _progress)
        _bar(None)
        # Noted before anybody has it.
        await _note(database, order, made, SystemClock().now())
        await asyncio.to_thread(_hand_over, path, out)
        if not made.rows:
            await _hint(database, order)
    except NotMade as fault:
        raise Conflict(str(fault)) from fault
    finally:
        _bar(None)
        shutil.rmtree(desk, ignore_errors=True)
        await database.close()
    _say(order, made, out, as_json=words.json)
    return 0


async def _hint(database: Database, order: Order) -> None:
    """Where there are no rows, say what may be misspelt."""
    async with database.read() as conn:
        for line in await misspelt(conn, meant(order)[0].equal):
            sys.stderr.write(line + "\n")


def _order(found: Configuration, words: argparse.Namespace) -> Order:
    tz = words.tz or found.rules.centre.timezone
    place = zone(tz)
    if place is None:
        raise Invalid(f"--tz: {tz!r} is no IANA time zone such as Asia/Shanghai")
    return Order(
        format=Format(words.format),
        grain=Grain(words.grain),
        filter=FilterSchema().dump(chosen(words, place)),
        tz=tz,
        bom=words.bom,
        comments=not words.no_comments,
        identities=words.identities,
    )


def chosen(words: argparse.Namespace, place: ZoneInfo) -> dict[str, Any]:
    """The filters, as their schema reads them; a date is its first instant at `place`.

    Invalid with what to change.
    """
    given = {name: getattr(words, f"filter_{name}") for name in _filters()}
    asked = {name: value for name, value in given.items() if value is not None}
    asked |= {name: _instant(asked[name], place) for name in ("from", "to") if name in asked}
    try:
        wanted: dict[str, Any] = FilterSchema().load(asked)
    except ValidationError as fault:
        wrong: Any = fault.messages
        faults = [f"--{name}: {_why(name, reasons)}" for name, reasons in wrong.items()]
        raise Invalid("; ".join(faults)) from fault
    if {"since", "until"} <= wanted.keys() and wanted["since"] >= wanted["until"]:
        raise Invalid("--to: must be after --from; it is no part of what is exported")
    return wanted


def _instant(text: str, place: ZoneInfo) -> str:
    """A date as its first instant there; anything else as it is, for the schema to judge."""
    if _DATE.fullmatch(text) is None:
        return text
    try:
        return begins(date.fromisoformat(text), place).isoformat()
    except (ValueError, OverflowError):  # a day that no calendar has
        return text


def _why(name: str, reasons: Sequence[str]) -> str:
    """What is wrong with a filter, in our words."""
    if name in _HELP:
        return _SAY
    said = (formwords.said(each) for each in reasons)
    return "; ".join(words[0] if words else each for words, each in zip(said, reasons, strict=True))


def _desk(out: str) -> Path:
    """A folder to make the file in, beside where it will stand."""
    if out != STDOUT and Path(out).is_dir():
        raise Invalid(f"--out: {out or '.'} is a folder; name a file in it")
    if out != STDOUT and Path(out).exists() and not Path(out).is_file():
        raise Invalid(f"--out: {out} is no file that could be replaced; - is the standard output")
    beside = None if out == STDOUT else Path(out).absolute().parent
    try:
        return Path(tempfile.mkdtemp(prefix=".huifang-export-", dir=beside))
    except OSError as fault:
        reason = f"cannot be written: {fault.strerror}"
        raise Invalid(
            f"--out: {beside} {reason}", errors=[FieldError(path="out", reason=reason)]
        ) from fault


def _hand_over(path: Path, out: str) -> None:
    if out != STDOUT:
        _put(path, out)
        return
    with path.open("rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def _put(path: Path, out: str) -> None:
    try:
        shelf.seal(path)
        path.replace(out)
    except OSError as fault:
        raise Invalid(f"--out: {out} cannot be written: {fault.strerror}") from fault


async def _note(database: Database, order: Order, made: Made, now: datetime) -> None:
    detail: dict[str, Any] = {
        "actor": _ACTOR,
        "format": order.format,
        "grain": order.grain,
        "comments": order.comments,
        "identities": order.identities,
        "rows": made.rows,
        "sha256": made.sha256,
    }
    async with database.write() as conn:
        entry = Entry(at=now, kind="export.made", about="command line", detail=detail)
        await append(conn, [entry])


def _say(order: Order, made: Made, out: str, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(manifest(order, made), ensure_ascii=False) + "\n")
    elif out != STDOUT:
        sys.stdout.write(f"{out}: {made.rows:,} rows, {made.bytes:,} bytes\n")
        sys.stdout.write(f"sha256 {made.sha256}\n")
    sys.stdout.flush()


async def _progress(share: float) -> None:
    _bar(share)


def _bar(share: float | None) -> None:
    """How far it is, for a person; a pipe hears nothing."""
    if not sys.stderr.isatty():
        return
    if share is None:
        sys.stderr.write("\r\033[K")
    else:
        full = round(share * _WIDTH)
        sys.stderr.write(f"\r{'█' * full}{'░' * (_WIDTH - full)} {share:4.0%} ")
    sys.stderr.flush()
