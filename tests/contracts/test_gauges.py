"""The figures an operator is woken by say what stands in the database."""

from datetime import timedelta
from pathlib import Path

import pytest

from channels.errors import SendError, SendErrorKind
from tests.fakes.replica import Opener, opener, rules

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
UNANSWERED = SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="timeout")


@pytest.fixture
def replica(database_url: str, tmp_path: Path) -> Opener:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "huifang.yaml").write_text(rules())
    return opener(database_url, folder)


async def test_verdicts_of_programs_and_of_the_contact_policy_are_counted_by_reason(
    replica: Opener,
) -> None:
    async with replica() as one:
        await one.close(1, tags=["spam"])
        await one.close(2, ticket="T-2")
        await one.close(3, ticket="T-3")
        name = "huifang_decisions_total"
        assert await one.metric(name, verdict="suppress", reason="skipped_tag") == 1
        assert await one.metric(name, verdict="allow", reason="-") == 2
        await one.run()
        assert await one.metric(name, verdict="allow", reason="-") == 3
        assert await one.metric(name, verdict="suppress", reason="stale") == 1
        assert await one.metric("huifang_eligible_without_plan") == 0


async def test_a_contact_that_stays_unsure_is_shown_once_it_is_late(replica: Opener) -> None:
    async with replica() as one:
        one.carrier.lost.append(UNANSWERED)
        await one.close()
        await one.run()
        assert await one.metric("huifang_contacts_unknown", channel="sms") is None
        one.clock.advance(2 * MINUTE)
        assert await one.metric("huifang_contacts_unknown", channel="sms") == 1
        await one.run()  # the carrier's list knows it
        assert await one.metric("huifang_contacts_unknown", channel="sms") is None


async def test_the_job_longest_overdue_tells_its_age(replica: Opener) -> None:
    async with replica() as one:
        await one.close()
        one.clock.advance(HOUR)
        await one.close(2, ticket="T-2")
        age = await one.metric("huifang_jobs_oldest_overdue_seconds", kind="contact.send")
        assert age == pytest.approx(3600, abs=60)
        assert await one.metric("huifang_jobs_overdue", kind="contact.send") == 2
        await one.run()
        age = await one.metric("huifang_jobs_oldest_overdue_seconds", kind="contact.send")
        assert age in {None, 0}
