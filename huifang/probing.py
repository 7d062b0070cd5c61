"""Tries every connection that the settings name, so that one run tells of all of them."""

import asyncio
from collections.abc import Awaitable, Collection
from contextlib import suppress
from socket import gaierror
from urllib.parse import urlsplit

import aiohttp
import aiosmtplib
from redis.asyncio import Redis
from redis.exceptions import RedisError

from channels.accounts import Account, Relay, Tls
from huifang import schema
from huifang.outside import probe_desks, probe_smsc
from huifang.rules import Rules
from huifang.ruleterms import DeskKind, DeskRules
from huifang.settings import Settings
from huifang.subscriber import open_redis
from kernel.engine import Database, open_database
from kernel.faults import described
from scheduler.ports import Clock

OK = "ok"

_ANSWER = 5.0  # seconds for a server to answer whether it is there
_TWILIO = "https://api.twilio.com"
_LIST = "/2010-04-01/Accounts/{sid}/Messages.json?PageSize=1"
_LOCKED_OUT = frozenset({401, 403})
_AWAY = frozenset({500, 502, 503, 504})
_PORTS = {"http": 80, "https": 443}
#: What databases mean by the codes that an operator can do something about.
_WORDS = {
    "28000": "this user is not let in",
    "28P01": "the password is wrong",
    "3D000": "there is no such database",
    "42501": "the user may not do this",
    "53100": "its disk is full",
    "53300": "it has no connection left",
    "57P03": "it is starting or ending",
    "SQLITE_BUSY": "another process holds the file",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the file cannot be read or written",
    "SQLITE_NOTADB": "the file is no database",
    "SQLITE_READONLY": "the file may not be written",
}
_DOWN = (OSError, TimeoutError, ValueError)  # the last: of a name that nobody can look up

Found = dict[str, str]
"""Each component: `ok`, or what is wrong with it."""


def kind(fault: BaseException) -> str:
    """What went wrong, without its words, which may hold a password."""
    if isinstance(fault, gaierror):
        return "no such host"
    code = described(fault)["code"]
    # A code of SQLite's may go on with where it was found: SQLITE_IOERR_WRITE.
    return _WORDS.get("_".join(code.split("_")[:2]), type(fault).__name__)


async def database_state(database: Database) -> Found:
    """Whether the database answers and has this version's schema."""
    try:
        at = await asyncio.wait_for(schema.current(database), _ANSWER)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the database is not ready
        return {"database": kind(fault)}
    needed = schema.head()
    state = OK if at == needed else f"{_at(at)}, needs {needed}: huifang migrate"
    return {"database": OK, "migrations": state}


def _at(version: str | None) -> str:
    return f"at {version}" if version else "empty"


async def redis_state(redis: Redis | None) -> Found:
    """Whether Redis answers; nothing where there is none."""
    if redis is None:
        return {}
    try:
        await asyncio.wait_for(redis.ping(), _ANSWER)
    except (RedisError, *_DOWN) as fault:
        return {"redis": kind(fault)}
    return {"redis": OK}


async def probe(settings: Settings, rules: Rules, clock: Clock, faulty: Collection[str]) -> Found:
    """Every server that is named, all at once, but for those of `faulty` variables."""
    asked: list[Awaitable[Found]] = []
    if "HUIFANG_DATABASE_URL" not in faulty:
        asked.append(_database(settings.database_url))
    if settings.redis_url is not None:
        asked.append(_redis(settings.redis_url))
    if settings.smsc is not None:
        asked.append(probe_smsc(settings.smsc))
    # Where its base is unreadable, the account would be asked at another carrier than was meant.
    if settings.twilio is not None and "HUIFANG_TWILIO_BASE_URL" not in faulty:
        asked.append(_twilio(settings.twilio))
    if settings.relay is not None:
        asked.append(_smtp(settings.relay))
    asked += [_webhook(name, desk) for name, desk in _desks(settings, rules).items()]
    asked.append(probe_desks(settings, rules, clock))
    return {name: state for part in await asyncio.gather(*asked) for name, state in part.items()}


async def _database(url: str) -> Found:
    database = open_database(url)
    try:
        return await database_state(database)
    finally:
        await database.close()


async def _redis(url: str) -> Found:
    redis = open_redis(url)
    try:
        return await redis_state(redis)
    finally:
        await redis.aclose()


async def _twilio(account: Account) -> Found:
    """Whether the carrier lets us in, asked for the newest message; no text is sent."""
    url = (account.base_url or _TWILIO).rstrip("/") + _LIST.format(sid=account.sid)
    try:
        async with (
            asyncio.timeout(_ANSWER),
            aiohttp.ClientSession(auth=aiohttp.BasicAuth(account.sid, account.token)) as session,
            session.get(url) as answer,
        ):
            status = answer.status
    except (aiohttp.ClientError, *_DOWN) as fault:
        return {"twilio": f"{urlsplit(url).netloc} does not answer: {kind(fault)}"}
    if status in _LOCKED_OUT:
        return {"twilio": f"the carrier refuses the account id and token ({status})"}
    return {"twilio": f"the carrier answers {status}" if status in _AWAY else OK}


async def _smtp(relay: Relay) -> Found:
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        timeout=_ANSWER,
        start_tls=False,
        use_tls=relay.tls is Tls.IMPLICIT,
    )
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, *_DOWN) as fault:
        return {"smtp": f"{relay.host}:{relay.port} does not answer: {kind(fault)}"}
    client.close()
    return {"smtp": OK}


def _desks(settings: Settings, rules: Rules) -> dict[str, DeskRules]:
    """The webhook desks by their component's name, `desk` being that of all other sources; but for
    those that lack a URL, which is told already.
    """
    named = {f"desk {source}": desk for source, desk in rules.desks.items()}
    every = {"desk": settings.ticketing, **named}
    return {
        name: desk
        for name, desk in every.items()
        if desk.kind is DeskKind.WEBHOOK and desk.url is not None
    }


async def _webhook(name: str, desk: DeskRules) -> Found:
    """Whether anybody listens there; a webhook cannot be asked without telling it something."""
    parts = urlsplit(desk.url or "")
    port = parts.port or _PORTS.get(parts.scheme)
    try:
        async with asyncio.timeout(_ANSWER):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except _DOWN as fault:
        why = f"{parts.hostname}:{port} does not answer: {kind(fault)}"
        return {name: f"{why}; is its URL right, and can it be reached from here?"}
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return {name: OK}
