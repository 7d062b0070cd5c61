"""A fresh database with the whole schema."""

from collections.abc import AsyncIterator

import pytest

from huifang.schema import TABLES
from kernel.engine import Database, metadata, open_database

assert TABLES


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database, once on SQLite and once on PostgreSQL."""
    opened = open_database(database_url)
    async with opened.write() as conn:
        await conn.run_sync(metadata.create_all)
    yield opened
    await opened.close()
