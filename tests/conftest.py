"""Fixtures of every test: real servers, a fresh database each time, no way off this machine."""

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import hypothesis
import pytest
import structlog

from huifang import schema
from kernel.engine import open_database
from tests import compiled, guard, servers


def _migrate(url: str) -> None:
    """Make the schema in the database at the URL, as `huifang migrate` does."""

    async def run() -> None:
        database = open_database(url)
        await schema.migrate(database)
        await database.close()

    asyncio.run(run())


# How long an example takes says more of the machine than of the code: speed is for `bench/`.
hypothesis.settings.register_profile("house", deadline=None, max_examples=40)
hypothesis.settings.load_profile("house")

# Called once for each kind of database; the tests get copies.
TEMPLATE_HOOK: Callable[[str], None] = _migrate


def pytest_configure(config: pytest.Config) -> None:
    """Lets SIGTERM end the run as Ctrl-C does, so that a cancelled run stops its servers too."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, interrupt)
    compiled.keep()
    # By default a fault is drawn with every variable of every frame, which takes seconds.
    shown = (structlog.processors.add_log_level, structlog.processors.format_exc_info)
    structlog.configure(processors=[*shown, structlog.processors.KeyValueRenderer()])


def pytest_collection_finish() -> None:
    """Spares what was imported and collected, which lives as long as the run, from being looked
    through for garbage again and again.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[guard.Guard]:
    """Refuses every connection that would leave this machine."""
    guard.GUARD.allow(
        guard.hosts_of(os.environ, (servers.POSTGRES_VARIABLE, servers.REDIS_VARIABLE))
    )
    with guard.armed(guard.GUARD) as armed:
        yield armed


@pytest.fixture(autouse=True)
def nothing_left_the_machine(loopback_only: guard.Guard) -> Iterator[None]:
    """Fails the test that tried, even where the code under test swallowed the refusal."""
    yield
    refused, loopback_only.refused = loopback_only.refused, []
    assert not refused, f"the test tried to leave this machine: {refused}"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a real PostgreSQL server; its user may create databases."""
    with servers.postgres_server(os.environ) as url:
        yield url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """URL of a real Valkey (or Redis) database, shared by the whole run."""
    with servers.valkey_server(os.environ) as url:
        yield url


@pytest.fixture
def redis_url(valkey_url: str) -> str:
    """URL of a real Valkey database, emptied for this test."""
    servers.empty(valkey_url)
    return valkey_url


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """Name of the database from which each test's own is copied."""
    with servers.postgres_database(postgres_url) as url:
        _fill(url)
        yield url.rpartition("/")[2]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file from which each test's own database is copied."""
    path = tmp_path_factory.mktemp("template") / "huifang.sqlite3"
    _fill(f"sqlite:///{path}")
    return path


def _fill(url: str) -> None:
    hook = TEMPLATE_HOOK
    if hook is not None:
        servers.in_thread(lambda: hook(url))


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    """URL of a fresh SQLite file, removed after the test."""
    with TemporaryDirectory(prefix="huifang-", dir=servers.memory()) as folder:
        path = Path(folder, "huifang.sqlite3")
        servers.copy_sqlite(sqlite_template, path)
        yield f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """URL of a fresh PostgreSQL database, dropped after the test."""
    with servers.postgres_database(postgres_url, postgres_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh database, once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))
