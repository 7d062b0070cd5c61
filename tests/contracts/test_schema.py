"""The schema that migrations make is the schema the tables declare."""

from sqlalchemy import text

from huifang import schema
from kernel.engine import open_database


async def test_all_migrations_make_the_declared_schema(database_url: str) -> None:
    database = open_database(database_url)
    assert await schema.current(database) == schema.head()
    assert await schema.drift(database) == []
    await database.close()


async def test_migrating_twice_changes_nothing(database_url: str) -> None:
    database = open_database(database_url)
    assert await schema.migrate(database) == (schema.head(), schema.head())
    await database.close()


async def test_an_invitation_is_brought_forward_within_its_page(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    query = "SELECT reloptions FROM pg_class WHERE relname = 'invitations'"
    async with database.read() as conn:
        assert (await conn.execute(text(query))).scalar_one() == ["fillfactor=50"]
    await database.close()


async def test_an_empty_database_has_no_version(tmp_path: object) -> None:
    database = open_database(f"sqlite:///{tmp_path}/empty.sqlite3")
    assert await schema.current(database) is None
    await database.close()
