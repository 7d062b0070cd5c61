"""Carries out the commands of the command line."""

import argparse
import difflib
import json
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import structlog
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.accounts import can_call
from channels.model import Channel
from channels.render import Render
from huifang import configuration, logs, personal, schema, server, settings, sums, views
from huifang import preview as previews
from huifang.configuration import Configuration
from huifang.deadletters import DeadLetters
from huifang.exporting import terminal as exporting
from huifang.paths import templates
from huifang.probing import OK, probe
from huifang.reload import Reloading
from huifang.reporting import by_hand
from huifang.subscriber import open_redis
from huifang.wiring import Service, ServiceRole, build
from kernel.engine import Database, open_database
from kernel.faults import Conflict, NotFound, SettingsFault
from scheduler.clock import SystemClock
from surveys import questionnaire
from tickets import store as tickets

log = structlog.get_logger("huifang")

_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_LOOKED_THROUGH, _SUGGESTED = 200, 3  # tickets, where one was mistyped
_SET_BY = {
    "database": "HUIFANG_DATABASE_URL",
    "redis": "HUIFANG_REDIS_URL",
    "smpp": "HUIFANG_SMPP_URL",
    "smtp": "HUIFANG_SMTP_URL",
    "twilio": "HUIFANG_TWILIO_ACCOUNT_SID with its _AUTH_TOKEN",
}


def say(line: str) -> None:
    """Print a line for the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _load() -> Configuration:
    return configuration.load(settings.environment())


def _service(found: Configuration, roles: Sequence[ServiceRole] = ()) -> Service:
    return build(found.settings, found.rules, found.surveys, SystemClock(), roles)


async def serve(roles: Sequence[ServiceRole]) -> int:
    """Run the service until it is told to stop."""
    environ = settings.environment()
    found = configuration.load(environ)
    logs.configure(found.settings.log_format, found.settings.log_level)
    for name in found.settings.strangers:
        log.warning("settings.unknown", name=name)
    asked = ServiceRole.SUBSCRIBER in roles and set(roles) != set(ServiceRole)
    if asked and found.settings.redis_url is None:
        log.warning("subscriber.nothing_to_read", reason="HUIFANG_REDIS_URL is not set")
    names = ", ".join(roles)
    bound = _bound(found, roles)
    where = "http://{}:{}".format(*bound.getsockname()[:2]) if bound else "no port"
    service = _service(found, roles)
    reloading = Reloading(service=service, variables=environ, current=found)
    await server.serve(service, reloading, bound, lambda: say(f"huifang serves {names} at {where}"))
    return 0


def _bound(found: Configuration, roles: Sequence[ServiceRole]) -> socket.socket | None:
    """The socket to serve on; without the api role its absence only costs the probes."""
    try:
        return server.listen(found.settings.bind_host, found.settings.bind_port)
    except SettingsFault as fault:
        if ServiceRole.API in roles:
            raise
        log.warning("server.no_probes", reason=fault.faults[0])
        return None


@asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    database = open_database(settings.database_url(settings.environment()))
    try:
        yield database
    finally:
        await database.close()


async def migrate() -> int:
    """Bring the database to this version's schema."""
    async with _database() as database:
        before, after = await schema.migrate(database)
    if before == after:
        say(f"the database is at {after} already")
    else:
        say(f"migrated from {before or 'an empty database'} to {after}")
    return 0


async def check(*, as_json: bool) -> int:
    """Every fault of the configuration, and of the servers; 1 when anything is wrong.

    What surveys may say but should not is told too, and is no fault.
    """
    environ = settings.environment()
    written = configuration.written(environ)
    told, faults = settings.read(environ)
    faults += [fault for fault in written.faults if fault not in faults]
    named = {fault.partition(":")[0] for fault in faults}
    components = await probe(told, written.rules, SystemClock(), named)
    faults += [_wrong(name, state) for name, state in components.items() if state != OK]
    if not named:
        components |= _absent(
            Configuration(settings=told, rules=written.rules, surveys=written.surveys)
        )
    if not faults:
        keys, faults = await personal.keys(told)
        components |= keys
    advice = written.remarks()
    if not named:
        advice += configuration.advice(environ, told)
        advice += configuration.silenced(written.rules, told, SystemClock().now())
    return _report(faults, components, advice, as_json=as_json)


def _wrong(name: str, state: str) -> str:
    """What is wrong with a server, and which setting says where it is."""
    setting = _SET_BY.get(name)
    hint = f"; see that {setting} is right and that its server runs" if setting else ""
    return f"{name}: {state}{hint}"


def preview(
    name: str,
    channels: Sequence[str],
    locales: Sequence[str],
    price: Decimal | None,
    *,
    as_json: bool,
) -> int:
    """Print every text of a survey, by its id or its file, as the customer will get it."""
    found = configuration.written(settings.environment())
    surveys, faults = found.surveys, list(found.faults)
    if name.endswith((".yaml", ".yml")):
        loaded = questionnaire.read(
            {name: settings.survey_file(name)}, found.rules.brand.signature, found.link
        )
        surveys, faults = loaded.surveys, list(loaded.faults)
        name = next(iter(surveys), name)
    if not faults and name not in surveys:
        faults = [f"there is no survey {name!r}; there are {', '.join(sorted(surveys))}"]
    if faults:
        raise SettingsFault(faults)
    render = Render(templates=templates(), brand=found.rules.brand)
    shown = previews.preview(
        surveys[name],
        render,
        channels=channels,
        locales=locales,
        price=price,
        link=found.link,
    )
    if as_json:
        say(json.dumps(shown.as_json(), ensure_ascii=False, indent=2))
    else:
        say("\n".join(previews.lines(shown)))
    return 0


def _absent(found: Configuration) -> dict[str, str]:
    """What there is not: no fault, but nothing goes out that way."""
    given = {
        "sms": found.settings.twilio is not None or found.settings.smsc is not None,
        "email": found.settings.relay is not None,
        "desk": found.settings.ticketing.url is not None or bool(found.rules.desks),
    }
    absent = {name: "not configured" for name, there in given.items() if not there}
    absent |= silent(found)
    if found.settings.scattered:
        absent["rates"] = (
            "counted by each process alone: without HUIFANG_REDIS_URL every dispatcher takes the "
            "full rate of policy.rates, so run one, or divide"
        )
    return absent


def silent(found: Configuration) -> dict[str, str]:
    """Why programs that want calls get none, where the account is there."""
    account = found.settings.twilio
    wanted = any(Channel.VOICE in program.asks_by for program in found.rules.programs)
    if account is None or not wanted:
        return {}
    if not can_call(account):
        return {"voice": "no calls: HUIFANG_TWILIO_FROM has no number such as +8613800138000"}
    host = urlsplit(found.settings.public_url).hostname or ""
    if account.base_url is None and host in _HERE:
        return {
            "voice": f"no calls: HUIFANG_PUBLIC_URL is {host}, where the carrier cannot ask us "
            "what to say"
        }
    return {}


def _report(
    faults: Sequence[str], components: dict[str, str], advice: Sequence[str], *, as_json: bool
) -> int:
    if as_json:
        told = {"faults": list(faults), "components": components, "warnings": list(advice)}
        say(json.dumps(told, ensure_ascii=False))
    else:
        for name, state in components.items():
            say(f"{name}: {state}")
        for each in advice:
            say(f"warning: {each}")
        for fault in faults:
            sys.stderr.write(f"huifang: {fault}\n")
        if not faults:
            say("all is well")
    return 1 if faults else 0


@asynccontextmanager
async def _dead_letters() -> AsyncIterator[DeadLetters]:
    found = settings.load(settings.environment())
    redis = open_redis(found.redis_url) if found.redis_url else None
    try:
        async with _database() as database:
            yield DeadLetters(database=database, redis=redis, stream=found.stream)
    except RedisError as fault:
        what = f"Redis does not answer ({type(fault).__name__})"
        raise SettingsFault(
            [f"HUIFANG_REDIS_URL: {what}; `--kind` of a job does without"]
        ) from fault
    finally:
        if redis is not None:
            await redis.aclose()


async def list_dead_letters(kind: str | None, limit: int, *, as_json: bool) -> int:
    """Print what was given up, newest first."""
    async with _dead_letters() as letters:
        found = await letters.listed(kind, limit)
    if as_json:
        items = [{**asdict(letter), "at": letter.at.isoformat()} for letter in found]
        say(json.dumps({"items": items}, ensure_ascii=False, indent=2))
        return 0
    for letter in found:
        about = letter.ticket or "-"
        at = letter.at.isoformat(timespec="seconds")
        say(f"{letter.key}\t{letter.kind}\t{at}\t{about}\t{letter.error}")
    if not found:
        say("there are no dead letters" + (f" of the kind {kind}" if kind else ""))
    return 0


async def replay_dead_letters(keys: Sequence[str], kind: str | None, *, as_json: bool) -> int:
    """Have dead letters tried again: those named, else all, or all of a kind."""
    now = SystemClock().now()
    async with _dead_letters() as letters:
        if not keys:
            total = await letters.replay_all(kind, now)
            told = f"{total} are due again" if total else "there was nothing to replay"
            say(json.dumps({"replayed": total}) if as_json else told)
            return 0
        done = await letters.replay(keys, now)
    return _settled("due again", keys, done, {"replayed": len(done)} if as_json else None)


async def drop_dead_letters(keys: Sequence[str], reason: str, *, as_json: bool) -> int:
    """Settle dead letters for good."""
    async with _dead_letters() as letters:
        done = await letters.drop(keys, reason, SystemClock().now())
    return _settled("dropped", keys, done, {"dropped": len(done)} if as_json else None)


def _settled(
    how: str, keys: Sequence[str], done: Sequence[str], counted: dict[str, int] | None
) -> int:
    missing = [key for key in dict.fromkeys(keys) if key not in done]
    if counted is not None:
        say(json.dumps({**counted, "missing": missing}, ensure_ascii=False))
    for key in done if counted is None else ():
        say(f"{key}: {how}")
    if missing:
        names = ", ".join(missing)
        raise NotFound(f"no dead letter to settle: {names}; `huifang deadletters list` names them")
    return 0


async def explain(ticket: str, source: str | None, locale: str, *, as_json: bool) -> int:
    """Print every decision about a ticket, rule by rule."""
    async with _database() as database, database.read() as conn:
        try:
            found = await views.source_of(conn, ticket, source)
        except NotFound as fault:
            raise NotFound(f"{fault.detail}{await _instead(conn, ticket)}") from fault
        except Conflict as fault:
            named = ", ".join(await tickets.sources_of(conn, ticket))
            raise NotFound(f"several sources know this ticket; say --source: {named}") from fault
        items = await views.explain_view(conn, found, ticket, locale)
    if as_json:
        say(json.dumps({"items": items}, ensure_ascii=False, indent=2))
        return 0
    for item in items:
        say(_headline(item))
        for rule in item["rules"]:
            say(f"    {_MARKS.get(rule['verdict'], '?')} {rule['rule']}: {rule['text']}")
    return 0


async def _instead(conn: AsyncConnection, ticket: str) -> str:
    """Who knows such a ticket, or the ids nearest to it, to end the sentence that says so."""
    if elsewhere := await tickets.sources_of(conn, ticket):
        return f"; --source may be {', '.join(elsewhere)}"
    known = await tickets.like(conn, ticket, _LOOKED_THROUGH)
    near = difflib.get_close_matches(ticket, known, n=_SUGGESTED, cutoff=0)
    return f"; did you mean {', '.join(near)}?" if near else ""


_MARKS = {"pass": "✓", "defer": "…", "suppress": "✗"}


def _headline(item: dict[str, Any]) -> str:
    due = item["until"] and f"→ {item['until']}"
    parts = [item["at"], item["verdict"], due, item["reason"]]
    return "  ".join(str(part) for part in parts if part)


async def rollup(*, rebuild: bool, as_json: bool) -> int:
    """Make the sums of figures anew, or count all and print where they differ; 1 where they do."""
    carried_out = sums.rebuild if rebuild else sums.verify
    return await carried_out(_load(), as_json=as_json)


async def export(words: argparse.Namespace) -> int:
    """Make a file of what the words ask for."""
    return await exporting.run(_load(), words)


async def report(words: argparse.Namespace) -> int:
    """Make a report of the figures."""
    return await by_hand.report(_load(), by_hand.wanted(words))
