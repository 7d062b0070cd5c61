"""The command line: `huifang`, and `python -m huifang`."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, TypeVar

import uvloop
from sqlalchemy.exc import SQLAlchemyError

from channels.render import LOCALES
from huifang import commands, demo, keys, logs, personal, settings
from huifang.exporting import terminal as exporting
from huifang.manual import Parser
from huifang.probing import kind
from huifang.reporting import by_hand
from huifang.simulating import terminal as simulating
from huifang.staff import terminal
from huifang.staff.model import ROLES
from huifang.wiring import ServiceRole
from kernel.endpoint import Role
from kernel.faults import Fault, SettingsFault
from kernel.sql import lacks_schema, passing
from surveys.model import CHANNELS

N = TypeVar("N", int, float)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="huifang",
        description="回访: satisfaction surveys and callbacks that follow every closed ticket.",
        epilog="Settings are environment variables; `huifang check` names every fault in them. "
        "`huifang demo` shows it all with nothing set; `huifang COMMAND --help` has an example.",
    )
    parser.add_argument("--version", action="version", version=f"huifang {version('huifang')}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    _demo(verbs.add_parser("demo", help="the whole product on this machine, with a play carrier"))
    serve = verbs.add_parser("serve", help="run the service")
    serve.add_argument(
        "--role",
        action="append",
        choices=[role.value for role in ServiceRole],
        help="run this part only; may be repeated (default: all)",
    )
    verbs.add_parser("migrate", help="bring the database to this version's schema")
    check = verbs.add_parser("check", help="configuration, templates, connections: all faults")
    check.add_argument("--json", action="store_true", help="print a JSON document")
    _preview(
        verbs.add_parser("preview", help="a survey's texts as customers get them, and segments")
    )
    explain = verbs.add_parser("explain", help="why a ticket's customer was, or was not, contacted")
    explain.add_argument("ticket", help="the ticket's id")
    explain.add_argument("--source", help="needed where several sources know the id")
    explain.add_argument("--json", action="store_true", help="print a JSON document")
    explain.add_argument("--lang", default="zh-CN", choices=["zh-CN", "en"], help="language")
    simulating.options(
        verbs.add_parser(
            "simulate", help="what other rules would send, and what not, before they hold"
        )
    )
    _dead_letters(verbs.add_parser("deadletters", help="what was given up: jobs, stream entries"))
    erase = verbs.add_parser("erase", help="forget a customer; totals and stops stay")
    erase.add_argument("customer", help="the customer's id")
    erase.add_argument("--source", help="needed where several sources know the id")
    erase.add_argument("--yes", action="store_true", help="do not ask whether this is meant")
    erase.add_argument("--json", action="store_true", help="print a JSON document")
    rotate = verbs.add_parser("rotate", help="bring what older keys sealed under the first ones")
    rotate.add_argument("--json", action="store_true", help="print a JSON document")
    rollup = verbs.add_parser("rollup", help="the sums that figures are read from")
    what = rollup.add_mutually_exclusive_group(required=True)
    what.add_argument("--verify", action="store_true", help="recount; 1 where they differ")
    what.add_argument("--rebuild", action="store_true", help="forget them and make them anew")
    rollup.add_argument("--json", action="store_true", help="print a JSON document")
    _keys(verbs.add_parser("key", help="API keys"))
    by_hand.options(verbs.add_parser("report", help="the figures of a period, to read or to mail"))
    exporting.options(verbs.add_parser("export", help="a file of responses, or of closed tickets"))
    _users(verbs.add_parser("user", help="people who sign in to the staff's pages"))
    return parser


def _keys(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="key_verb", required=True, metavar="COMMAND")
    create = verbs.add_parser("create", help="make a key and print it, once")
    create.add_argument("--role", required=True, choices=_role_names(), help="what it may do")
    create.add_argument("--name", required=True, help="whose it is")
    listed = verbs.add_parser("list", help="names, roles, last use")
    revoke = verbs.add_parser("revoke", help="end a key")
    revoke.add_argument("--name", required=True, help="whose it is")
    for each in (create, listed):
        each.add_argument("--json", action="store_true", help="print a JSON document")


def _users(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="user_verb", required=True, metavar="COMMAND")
    create = verbs.add_parser("create", help="make a user; asks for the password")
    create.add_argument("--login", required=True, help="a word or a mail address")
    create.add_argument("--name", required=True, help="as colleagues know them")
    roles = [role.name.lower() for role in ROLES]
    create.add_argument("--role", required=True, choices=roles, help="what they may do")
    create.add_argument("--agent", help="their id under `agents:` of huifang.yaml")
    listed = verbs.add_parser("list", help="logins, roles, last sign-ins")
    listed.add_argument("--json", action="store_true", help="print a JSON document")
    deactivate = verbs.add_parser("deactivate", help="sign out everywhere, and never in again")
    activate = verbs.add_parser("activate", help="let somebody in again who was deactivated")
    password = verbs.add_parser("password", help="set another password; a lock ends too")
    for each in (deactivate, activate, password):
        each.add_argument("--login", required=True, help="whose it is")
    for each in (create, password):
        each.add_argument(
            "--password-stdin", action="store_true", help="read the password from stdin"
        )


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="play the story, then end")
    parser.add_argument(
        "--port", type=_within(int, 0, 65535), default=8080, help="default 8080; 0: a free one"
    )
    parser.add_argument("--data", type=Path, help="folder to keep the database in")
    parser.add_argument(
        "--speed", type=_within(float, 0.01, 100_000), default=1.0, help="how fast the clock runs"
    )
    parser.add_argument("--lang", default="zh-CN", choices=["zh-CN", "en"], help="language")


def _preview(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Shows every text of a survey with sample facts and the brand's signature; of an SMS its "
        "encoding, length and segments, and what could be cheaper. Needs no database. "
        "Ends with 1 where a file has a fault, and names each."
    )
    parser.add_argument("survey", help="a survey's id, or a file that ends in .yaml")
    parser.add_argument("--channel", choices=CHANNELS, help="this one only (default: all)")
    parser.add_argument("--locale", choices=LOCALES, help="this language only (default: all)")
    parser.add_argument(
        "--price", type=_price, metavar="AMOUNT", help="of one segment, in whatever money: 0.045"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON document")


def _within(read: type[N], least: N, most: N) -> Callable[[str], N]:
    """Reads a number of a range, to which neither what is no number nor nan belongs."""

    def parse(text: str) -> N:
        try:
            value = read(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least} to {most}")
        return value

    return parse


def _price(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal(-1)
    if not price.is_finite() or price < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount such as 0.045")
    return price


def _dead_letters(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="letters_verb", required=True, metavar="COMMAND")
    listed = verbs.add_parser("list", help="key, kind, time, ticket and error, newest first")
    listed.add_argument("--kind", help="of this kind only: a job's, or `stream`")
    listed.add_argument(
        "--limit", type=_within(int, 1, 100_000), default=100, help="at most so many (default 100)"
    )
    replay = verbs.add_parser("replay", help="try again, by the same rules as everything")
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("keys", nargs="*", metavar="KEY", default=[], help="as `list` shows it")
    which.add_argument("--kind", help="all of this kind")
    which.add_argument("--all", action="store_true", help="all of them")
    drop = verbs.add_parser("drop", help="settle for good")
    drop.add_argument("keys", nargs="+", metavar="KEY", help="as `list` shows it")
    drop.add_argument("--reason", required=True, help="for the journal; no personal data")
    for each in (listed, replay, drop):
        each.add_argument("--json", action="store_true", help="print a JSON document")


def _role_names() -> list[str]:
    return [role.name.lower() for role in Role if role is not Role.NONE]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    words = _parser().parse_args(argv)
    if argv is None:  # a process of our own: what it logs is masked and leaves its output alone
        logs.configure("console", "warning")
        _write_all(sys.stdout)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_run(words))
    except SettingsFault as fault:
        for line in fault.faults:
            print(f"huifang: {line}", file=sys.stderr)
        return 1
    except Fault as fault:
        for line in _of_request(fault):
            print(f"huifang: {line}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as fault:
        said = _of_database(fault)
        if said is None:
            raise
        print(f"huifang: {said}", file=sys.stderr)
        return 1


def _write_all(out: TextIO) -> None:
    """What the locale has no letters for is written by its number; stderr does so by itself."""
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="backslashreplace")


def _of_request(fault: Fault) -> list[str]:
    """What is wrong with what was asked, and with each field, where that is not said already."""
    fields = [f"{each.path}: {each.reason}" for each in fault.errors]
    return [fault.detail, *(each for each in fields if each not in fault.detail)]


def _of_database(fault: Exception) -> str | None:
    """What is wrong with a file or the database, and what to do; None where it is neither."""
    if isinstance(fault, OSError) and fault.filename is not None:
        return f"{fault.filename}: {fault.strerror}"
    if lacks_schema(fault):
        return "the database has not the schema of this version; `huifang migrate` brings it there"
    if isinstance(fault, SQLAlchemyError | OSError) or passing(fault):
        # Its words may hold the database's address with its password.
        return (
            f"the database cannot be used ({kind(fault)}); see that "
            "HUIFANG_DATABASE_URL is right, and that its server runs or its file may be written"
        )
    return None


async def _run(words: argparse.Namespace) -> int:
    match words.verb:
        case "demo":
            return await demo.run(
                once=words.once,
                port=words.port,
                data=words.data,
                speed=words.speed,
                locale=words.lang,
                key=settings.environment().get("HUIFANG_BOOTSTRAP_KEY"),
            )
        case "serve":
            roles = [ServiceRole(name) for name in words.role or ServiceRole]
            return await commands.serve(roles)
        case "migrate":
            return await commands.migrate()
        case "check":
            return await commands.check(as_json=words.json)
        case "preview" | "simulate":
            return await _tried_out(words)
        case "explain":
            return await commands.explain(
                words.ticket, words.source, words.lang, as_json=words.json
            )
        case "deadletters":
            return await _settle(words)
        case "erase" | "rotate" | "rollup":
            return await _kept(words)
        case "report":
            return await commands.report(words)
        case "export":
            return await commands.export(words)
        case "user":
            return await _user(words)
        case _:
            return await _key(words)


async def _tried_out(words: argparse.Namespace) -> int:
    if words.verb == "simulate":
        return await simulating.run(words, settings.environment(), datetime.now(UTC))
    return commands.preview(
        words.survey,
        [words.channel] if words.channel else CHANNELS,
        [words.locale] if words.locale else LOCALES,
        words.price,
        as_json=words.json,
    )


async def _kept(words: argparse.Namespace) -> int:
    match words.verb:
        case "erase":
            return await personal.erase(
                words.customer, words.source, sure=words.yes, as_json=words.json
            )
        case "rotate":
            return await personal.rotate(as_json=words.json)
        case _:
            return await commands.rollup(rebuild=words.rebuild, as_json=words.json)


async def _settle(words: argparse.Namespace) -> int:
    match words.letters_verb:
        case "list":
            return await commands.list_dead_letters(words.kind, words.limit, as_json=words.json)
        case "replay":
            return await commands.replay_dead_letters(words.keys, words.kind, as_json=words.json)
        case _:
            return await commands.drop_dead_letters(words.keys, words.reason, as_json=words.json)


async def _user(words: argparse.Namespace) -> int:
    match words.user_verb:
        case "create":
            password = terminal.asked(sys.stdin, piped=words.password_stdin)
            role = Role[words.role.upper()]
            return await terminal.create(words.login, words.name, role, words.agent, password)
        case "password":
            password = terminal.asked(sys.stdin, piped=words.password_stdin)
            return await terminal.set_password(words.login, password)
        case "deactivate":
            return await terminal.deactivate(words.login)
        case "activate":
            return await terminal.activate(words.login)
        case _:
            return await terminal.list_users(as_json=words.json)


async def _key(words: argparse.Namespace) -> int:
    match words.key_verb:
        case "create":
            return await keys.create(Role[words.role.upper()], words.name, as_json=words.json)
        case "revoke":
            return await keys.revoke(words.name)
        case _:
            return await keys.list_keys(as_json=words.json)


if __name__ == "__main__":
    sys.exit(main())
