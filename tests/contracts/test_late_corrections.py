"""A late answer that was a mistake leaves nothing behind that waits for a complaint."""

from datetime import timedelta

from sqlalchemy import select

from callbacks import store as complaints
from kernel import journal
from kernel.engine import Database
from scheduler.tables import jobs
from tests.fakes.world import NOON, closed, make_world, told
from tickets.jobs import COMMENT

PHONE = "+8613800138000"


async def test_a_late_answer_mended_before_anybody_took_it_up_makes_no_complaint(
    database: Database,
) -> None:
    world = make_world(database)
    await world.tell(closed())
    await world.after(timedelta(hours=2))
    await world.tell(told("reopened", event="e-2", at=NOON + timedelta(hours=2)))
    await world.says(PHONE, "1")
    await world.says(PHONE, "3")
    await world.run()
    async with database.read() as conn:
        found = await complaints.of_tickets(conn, world.vault, [("/tickets", "T-1001")])
        story = [each.kind for each in await journal.of_ticket(conn, "/tickets", "T-1001")]
        left = list(await conn.execute(select(jobs.c.key).where(jobs.c.kind == COMMENT.name)))
    assert "complaint.withdrawn" in story
    assert not found["/tickets", "T-1001"]
    assert left == []
