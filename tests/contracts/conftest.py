"""A fresh, migrated database, opened."""

from collections.abc import AsyncIterator

import pytest

from kernel.engine import Database, open_database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database, once on SQLite and once on PostgreSQL."""
    opened = open_database(database_url)
    yield opened
    await opened.close()
