"""Core is pure, one file reads the environment, one file knows the two databases."""

from pathlib import Path

import pytest

from tests.architecture import purity
from tests.architecture.readme_map import ROOT
from tests.architecture.source import plant


def test_core_is_pure() -> None:
    assert purity.impure_core(ROOT) == []


@pytest.mark.parametrize(
    "text",
    [
        "async def f(): pass",
        "x = [i async for i in y]",
        "import asyncio",
        "import os.path",
        "from os import urandom",
        "import time",
        "from random import random",
        "import secrets",
        "import structlog",
        "import logging",
        "from sqlalchemy import Table",
        "from sqlalchemy.ext.asyncio import AsyncConnection",
        "from aiohttp import web",
        "import redis.asyncio",
        "import socket, json",
        "from twilio.request_validator import RequestValidator",
        "from pathlib import Path",
        "import pathlib",
        "from uuid import uuid4",
        "import uuid\nuuid.uuid4()",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.date.today()",
        "import datetime as dt\ndt.datetime.utcnow()",
        "def f(clock): return clock.now()",
        "from datetime import datetime\nfield(default_factory=datetime.now)",
        "open('x')",
        "print('x')",
        "from surveys import store",
        "from kernel.engine import metadata",
        "from kernel.journal import journal",
        "from tickets.desks.webhook import Webhook",
        "import sandbox",
        "def f():\n    import subprocess",
    ],
)
def test_an_effect_in_core_is_reported(tmp_path: Path, text: str) -> None:
    assert len(purity.impure_core(plant(tmp_path, "surveys/decide.py", text))) == 1


@pytest.mark.parametrize("package", purity.PURE_PACKAGES)
def test_every_package_has_a_core(tmp_path: Path, package: str) -> None:
    assert purity.impure_core(plant(tmp_path, f"{package}/adapters/decide.py", "import time"))


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime, time\ndef f(now): return now.time() > time(9)",
        "from pathlib import PurePath",
        "from uuid import UUID, uuid5",
        "from kernel.journal import Entry",
        "from surveys.model import Response, store",
        "from urllib.parse import urlsplit",
        "from http import HTTPStatus",
        "x = facts.now",
        "import hmac, hashlib, zoneinfo",
    ],
)
def test_values_are_fine_in_core(tmp_path: Path, text: str) -> None:
    assert purity.impure_core(plant(tmp_path, "surveys/decide.py", text)) == []


@pytest.mark.parametrize(
    "path",
    ["surveys/store.py", "tickets/desks/webhook.py", "huifang/server.py", "sandbox/carrier.py"],
)
def test_shell_may_do_things(tmp_path: Path, path: str) -> None:
    text = "import asyncio\nasync def f(): await asyncio.to_thread(open, 'x')"
    assert purity.impure_core(plant(tmp_path, path, text)) == []


def test_ports_may_say_async_and_name_the_transaction_but_do_nothing(tmp_path: Path) -> None:
    text = "from sqlalchemy.ext.asyncio import AsyncConnection\nasync def f(conn): ..."
    plant(tmp_path, "channels/ports.py", text)
    assert purity.impure_core(tmp_path) == []
    plant(tmp_path, "channels/ports.py", "import asyncio")
    assert len(purity.impure_core(tmp_path)) == 1


def test_one_file_reads_the_environment() -> None:
    assert purity.readers_of_the_environment(ROOT) == []


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.environ['X']",
        "import os\nos.getenv('X')",
        "from os import environ",
        "from environs import Env",
        "import dotenv",
    ],
)
@pytest.mark.parametrize("path", ["channels/sms.py", "huifang/server.py", "sandbox/carrier.py"])
def test_another_reader_is_reported(tmp_path: Path, path: str, text: str) -> None:
    assert len(purity.readers_of_the_environment(plant(tmp_path, path, text))) == 1


def test_settings_may_read_the_environment(tmp_path: Path) -> None:
    plant(tmp_path, "huifang/settings.py", "import os\nos.environ")
    assert purity.readers_of_the_environment(tmp_path) == []


def test_one_file_knows_the_dialects() -> None:
    assert purity.dialects_outside_sql(ROOT) == []


@pytest.mark.parametrize(
    "text",
    [
        "from sqlalchemy.dialects.postgresql import insert",
        "from sqlalchemy import dialects",
        "import aiosqlite",
        "conn.dialect",
        "def f(dialect): ...",
        "x == 'postgresql'",
        "url.startswith('sqlite:')",
        "match x:\n    case 'sqlite': ...",
        "'postgresql+asyncpg://'",
        "Index('i', c, postgresql_where=c > 1)",
        "Index('i', c, postgresql_where=c > 1, sqlite_where=c > 2)",
    ],
)
def test_a_dialect_elsewhere_is_reported(tmp_path: Path, text: str) -> None:
    assert len(purity.dialects_outside_sql(plant(tmp_path, "surveys/store.py", text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Index('i', c, postgresql_where=c > 1, sqlite_where=c > 1)",
        "raise ValueError('neither SQLite nor PostgreSQL')",
    ],
)
def test_what_says_the_same_of_both_is_fine(tmp_path: Path, text: str) -> None:
    assert purity.dialects_outside_sql(plant(tmp_path, "surveys/tables.py", text)) == []
