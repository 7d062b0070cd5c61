"""Makes a report when somebody asks for one on the command line: `huifang report`."""

import argparse
import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from channels.errors import SendError
from channels.ports import Message
from channels.render import LOCALES, Render
from huifang.configuration import Configuration
from huifang.outside import open_mail
from huifang.paths import templates
from huifang.reporting.calendar import named
from huifang.reporting.figures import Figures, Question
from huifang.reporting.making import Maker
from huifang.scope import misspelt
from kernel import addresses
from kernel.engine import Database, open_database
from kernel.faults import SettingsFault
from kernel.vault import open_vault
from scheduler.clock import SystemClock
from scheduler.hours import zone

_ACTOR = "command line"
_TITLES = {"zh-CN": "客户满意度报告", "en": "Customer satisfaction report"}
_OWN = 0o600
_SUFFIXES = (".txt", ".html", ".json", ".xlsx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for; `out` a file, `to` a mailbox, neither: text on the terminal."""

    period: str
    locale: str
    program: str | None = None
    team: str | None = None
    tz: str | None = None
    out: Path | None = None
    to: str | None = None
    as_json: bool = False


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.description = (
        "Makes a report of a period: on the terminal, in a file, or as a mail. Scheduled ones "
        "stand under `reports:` of huifang.yaml."
    )
    says = "day, week (default) or month: the last whole one; or 2026-11-21, 2026-W47, 2026-11"
    parser.add_argument("--period", default="week", help=says)
    parser.add_argument("--program", help="of this program alone")
    parser.add_argument("--team", help="of this team alone")
    parser.add_argument("--locale", default=LOCALES[0], choices=LOCALES, help="language")
    parser.add_argument("--tz", help="IANA zone of the period (default: the service centre's)")
    where = parser.add_mutually_exclusive_group()
    names = ", ".join(_SUFFIXES)
    where.add_argument("--out", type=Path, metavar="FILE", help=f"a file that ends in {names}")
    where.add_argument("--to", metavar="MAIL", help="a mailbox, or a role of `people:`")
    where.add_argument("--json", action="store_true", help="print a JSON document")


def wanted(words: argparse.Namespace) -> Wanted:
    """What the words of the command line ask for."""
    return Wanted(
        period=words.period,
        locale=words.locale,
        program=words.program,
        team=words.team,
        tz=words.tz,
        out=words.out,
        to=words.to,
        as_json=words.json,
    )


async def report(found: Configuration, wanted: Wanted) -> int:
    """Make a report; SettingsFault says what to put right."""
    now = SystemClock().now()
    about = _question(found, wanted)
    box = _checked(found, wanted)
    database = open_database(found.settings.database_url)
    try:
        maker = Maker(
            database=database,
            vault=open_vault(found.settings.data_keys, found.settings.index_keys),
            render=Render(templates=templates(), brand=found.rules.brand),
            rules=found.rules,
            public_url=found.settings.public_url,
            actor=_ACTOR,
        )
        figures = await maker.figures(about, now)
        await _hint(database, figures)
        if box is not None:
            await _mail(found, maker, figures, box, wanted.locale)
        elif wanted.out is not None:
            await _write(maker, figures, wanted.out, wanted.locale)
        else:
            said = _json(figures) if wanted.as_json else _text(maker, figures, wanted.locale)
            sys.stdout.write(said + "\n")
    finally:
        await database.close()
    return 0


async def _hint(database: Database, figures: Figures) -> None:
    """Where there is nothing to tell, say what may be misspelt."""
    if figures.whole["n"] or figures.whole["funnel"].eligible:
        return
    async with database.read() as conn:
        for line in await misspelt(conn, figures.about.equal):
            sys.stderr.write(line + "\n")


def _question(found: Configuration, wanted: Wanted) -> Question:
    place = zone(wanted.tz or found.rules.centre.timezone)
    if place is None:
        raise SettingsFault([f"--tz: {wanted.tz!r} is no time zone such as Asia/Shanghai"])
    period = named(wanted.period, place, SystemClock().now())
    if period is None:
        says = "is no period: day, week, month, 2026-11-21, 2026-W47 or 2026-11"
        raise SettingsFault([f"--period: {wanted.period!r} {says}"])
    equal = {"program": wanted.program, "team": wanted.team}
    given = {name: value for name, value in equal.items() if value is not None}
    return Question(period=period, tz=place.key, equal=given)


def _checked(found: Configuration, wanted: Wanted) -> str | None:
    """The mailbox to send to, if any, before anything is counted."""
    if wanted.out is not None and wanted.out.suffix not in _SUFFIXES:
        raise SettingsFault([f"--out: the file's name must end in one of {', '.join(_SUFFIXES)}"])
    if wanted.to is None:
        return None
    role = found.rules.people.get(wanted.to)
    box = addresses.email((role.email or "") if role else wanted.to)
    if box is None:
        raise SettingsFault([f"--to: {wanted.to!r} is no mailbox, and no role that has one"])
    if found.settings.relay is None:
        raise SettingsFault(["HUIFANG_SMTP_URL is not set: without it no mail can be sent"])
    return box


async def _mail(
    found: Configuration, maker: Maker, figures: Figures, box: str, locale: str
) -> None:
    letter = maker.letter(figures, locale, _TITLES[locale])
    workbook = await maker.workbook(figures)
    message = Message(
        contact=f"n_{uuid4().hex}",
        to=box,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        headers=letter.headers,
        attachments=(workbook,) if workbook else (),
        intended_at=SystemClock().now(),
    )
    async with AsyncExitStack() as closing:
        mail = open_mail(found.settings, closing)
        assert mail is not None
        try:
            await mail.send(message)
        except SendError as fault:
            said = f"the mail server did not take it: {fault}, {fault.detail}"
            raise SettingsFault([said]) from None
    sys.stdout.write("sent\n")


async def _write(maker: Maker, figures: Figures, out: Path, locale: str) -> None:
    letter = maker.letter(figures, locale, _TITLES[locale])
    if out.suffix == ".xlsx":
        workbook = await maker.workbook(figures)
        if workbook is None:
            raise SettingsFault(
                ["there are no responses, or too many for one mail: use `huifang export`"]
            )
        content = workbook.content
    else:
        texts = {".html": letter.html, ".json": _json(figures)}
        content = (texts.get(out.suffix) or letter.text).encode()
    try:
        await asyncio.to_thread(_put, out, content)
    except OSError as fault:
        raise SettingsFault([f"--out: {out} cannot be written: {fault.strerror}"]) from fault
    sys.stdout.write(f"{out}\n")


def _put(out: Path, content: bytes) -> None:
    """Write a file that its owner alone may read when it is new: it quotes customers."""
    with open(out, "wb", opener=lambda path, flags: os.open(path, flags, _OWN)) as file:
        file.write(content)


def _text(maker: Maker, figures: Figures, locale: str) -> str:
    return maker.letter(figures, locale, _TITLES[locale]).text.strip()


def _json(figures: Figures) -> str:
    return json.dumps(figures.plain(), ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> object:
    """Dataclasses of figures as the API has them."""
    return {name: getattr(value, name) for name in getattr(value, "__slots__", ())}
