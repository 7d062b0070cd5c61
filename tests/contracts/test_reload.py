"""A change of the operator's files takes effect without a restart, and a faulty one never does."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from huifang.paths import templates
from huifang.reload import Watch
from huifang.wiring import Service, ServiceRole
from kernel.journal import journal
from tests.fakes.replica import USUAL, Opener, opener, rules
from tests.fakes.world import NOON

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LATE = NOON + 10 * HOUR  # 22:00 in Shanghai
PHONE = "+8613800138000"
WIDE = 'window: {from: "00:00", until: "24:00"}'
AFTERNOON = 'window: {from: "13:00", until: "20:00"}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "config"
    made.mkdir()
    (made / "huifang.yaml").write_text(rules())
    return made


@pytest.fixture
def replica(database_url: str, folder: Path) -> Opener:
    """Replicas on one database of either kind."""
    return opener(database_url, folder)


@pytest.fixture
def embedded(sqlite_url: str, folder: Path) -> Opener:
    """Replicas on SQLite, for what the database has no part in."""
    return opener(sqlite_url, folder)


async def changes(service: Service) -> list[dict[str, Any]]:
    """What the journal says of the policy."""
    async with service.database.read() as conn:
        rows = await conn.execute(
            select(journal.c.detail)
            .where(journal.c.about == "policy", journal.c.kind == "policy.changed")
            .order_by(journal.c.id)
        )
        return [row.detail for row in rows]


async def test_a_widened_window_lets_out_within_the_minute_what_was_put_off(
    replica: Opener,
) -> None:
    async with replica(LATE) as one:
        await one.close()
        await one.run()
        assert one.carrier.sent == []
        await one.run(MINUTE)
        assert one.carrier.sent == []
        one.write(rules(WIDE))
        await one.look()
        await one.run(MINUTE)
        assert len(one.carrier.texts(PHONE)) == 1
        await one.run(23 * HOUR)  # the reminder comes a day after
        assert len(one.carrier.texts(PHONE)) == 1


async def test_a_narrowed_window_holds_back_what_was_planned_before(replica: Opener) -> None:
    async with replica() as one:
        one.write(rules(delay="10m"))
        await one.look()
        await one.close()
        one.write(rules(AFTERNOON, delay="10m"))
        await one.look()
        await one.run(11 * MINUTE)
        assert one.carrier.sent == []
        await one.run(48 * MINUTE)  # 12:59
        assert one.carrier.sent == []
        await one.run(2 * MINUTE)
        assert len(one.carrier.texts(PHONE)) == 1


async def test_a_cap_that_is_lifted_lets_out_what_it_held_back(replica: Opener) -> None:
    async with replica() as one:
        await one.close()
        await one.run()
        one.write(rules(f"{USUAL}\n  useful_until: 60d"))
        await one.look()
        await one.close(2, ticket="T-2", phone="+8613800138001")
        await one.run(MINUTE)
        assert len(one.carrier.sent) == 1
        one.write(rules(f"{USUAL}\n  caps: []"))
        await one.look()
        await one.run(MINUTE)
        assert len(one.carrier.sent) == 2


async def test_a_faulty_change_is_refused_as_a_whole_and_every_fault_is_told(
    embedded: Opener,
) -> None:
    async with embedded(LATE) as one:
        await one.close()
        await one.run()
        before = one.service.rules
        assert await one.metric("huifang_configuration_valid") == 1
        with capture_logs() as logs:
            one.write(rules(WIDE, more="colour: red\nretention: {events: soon}"))
            await one.look()
        told = [line["fault"] for line in logs if line["event"] == "configuration.refused"]
        assert len(told) == 2
        assert all(fault.startswith("huifang.yaml:") for fault in told)
        await one.run(MINUTE)
        assert one.carrier.sent == []
        assert one.service.rules is before
        assert one.reloading.state.startswith("ok, but ")
        assert before.version in one.reloading.state
        assert await one.metric("huifang_configuration_valid") == 0
        assert await one.metric("huifang_configuration_reloads_total", result="refused") == 1
        one.write(rules(WIDE))
        await one.look()
        assert one.reloading.state == "ok"
        assert await one.metric("huifang_configuration_valid") == 1
        assert await one.metric("huifang_configuration_reloads_total", result="adopted") == 1
        version = one.service.rules.version
        assert version != before.version
        assert await one.metric("huifang_configuration_info", policy=version) == 1
        assert await one.metric("huifang_configuration_info", policy=before.version) is None


async def test_a_faulty_survey_keeps_good_rules_out_as_well(embedded: Opener) -> None:
    async with embedded(LATE) as one:
        (one.folder / "surveys").mkdir()
        (one.folder / "surveys" / "odd.yaml").write_text("id: odd\nquestions: {}\n")
        one.write(rules(WIDE))
        await one.look()
        await one.close()
        await one.run()
        assert one.carrier.sent == []
        (one.folder / "surveys" / "odd.yaml").unlink()
        await one.look()
        await one.run()
        assert len(one.carrier.sent) == 1


async def test_a_file_that_is_being_written_is_left_alone(embedded: Opener) -> None:
    async with embedded(LATE) as one:
        before = one.service.rules.version
        for text in ("", "policy:\n", rules(WIDE)):
            one.write(text)
            await one.reloading.step()
            assert one.service.rules.version == before
        await one.reloading.step()
        assert one.service.rules.version != before


async def test_who_asks_need_not_wait_for_a_second_look(embedded: Opener) -> None:
    async with embedded() as one:
        before = one.service.rules.version
        one.write(rules(WIDE))
        one.reloading.ask()
        await one.reloading.step()
        assert one.service.rules.version != before


async def test_each_part_that_may_change_takes_effect(embedded: Opener) -> None:
    async with embedded() as one:
        more = (
            'brand: {name: 新名, signature: "【新名】"}\n'
            "complaints: {reopen: false}\nretention: {events: 300d}"
        )
        shipped = (templates() / "surveys" / "csat.yaml").read_text("utf-8")
        (one.folder / "surveys").mkdir()
        own = one.folder / "surveys" / "csat.yaml"
        own.write_text(shipped.replace("请评价本次服务", "请打分"), "utf-8")
        one.write(rules(delay="1m", more=more))
        await one.look()
        await one.close()
        await one.run(50 * SECOND)
        assert one.carrier.sent == []
        await one.run(20 * SECOND)
        [text] = one.carrier.texts(PHONE)
        assert text.startswith("【新名】")
        assert "请打分" in text
        assert one.service.rules.retention.events == timedelta(days=300)
        [_, change] = await changes(one.service)
        assert set(change["changed"]) == {
            *("brand", "complaints", "programs", "retention", "surveys")
        }


async def test_what_connections_were_made_from_waits_for_a_restart_and_says_so(
    embedded: Opener,
) -> None:
    async with embedded() as one:
        with capture_logs() as logs:
            one.write(rules(more='desks: {"/x": {kind: webhook, url: "http://127.0.0.1:9/"}}'))
            await one.look()
        [line] = [line for line in logs if line["event"] == "configuration.needs_restart"]
        assert line["parts"] == ["desks"]


async def test_two_replicas_write_a_change_down_once(replica: Opener) -> None:
    async with replica() as one, replica() as two:
        first = one.service.rules.version
        assert [item["policy"] for item in await changes(one.service)] == [first]
        for text in (rules(WIDE), rules()):
            one.write(text)
            await asyncio.gather(one.look(), two.look())
        assert one.service.rules.version == two.service.rules.version == first
        said = await changes(one.service)
        assert [item["policy"] for item in said] == [first, said[1]["policy"], first]
        assert said[1]["before"] == first
        assert said[1]["changed"] == ["policy"]


async def test_every_decision_names_the_rules_it_was_taken_by(replica: Opener) -> None:
    async with replica(LATE) as one:
        await one.close()
        await one.run()
        before = one.service.rules.version
        one.write(rules(WIDE))
        await one.look()
        await one.run(MINUTE)
        async with one.service.database.read() as conn:
            rows = await conn.execute(
                select(journal.c.detail).where(journal.c.kind == "decision").order_by(journal.c.id)
            )
            said = [(row.detail["verdict"], row.detail["policy"]) for row in rows]
        after = one.service.rules.version
        assert said == [("allow", before), ("defer", before), ("allow", after)]


async def test_what_changed_while_nobody_ran_is_written_down_and_looked_at_again(
    replica: Opener,
) -> None:
    async with replica(LATE) as one:
        await one.close()
        await one.run()
        one.write(rules(WIDE))
    async with replica(LATE + MINUTE) as two:
        await two.look()
        await two.run()
        assert len(two.carrier.sent) == 1
        assert len(await changes(two.service)) == 2


async def test_who_sends_looks_again_though_another_who_does_not_had_told_of_the_change(
    embedded: Opener,
) -> None:
    async with embedded(LATE) as one:
        await one.close()
        await one.run()
        one.write(rules(WIDE))
    async with embedded(LATE + MINUTE, (ServiceRole.API,)) as api:
        await api.look()
    async with embedded(LATE + 2 * MINUTE) as two:
        await two.look()
        await two.run()
        assert len(two.carrier.sent) == 1
        assert len(await changes(two.service)) == 2


async def test_who_does_not_send_adopts_as_well_and_leaves_the_contacts_alone(
    embedded: Opener,
) -> None:
    async with embedded(LATE) as one, embedded(LATE, (ServiceRole.API,)) as api:
        await one.close()
        await one.run()
        one.write(rules(WIDE))
        await api.look()
        assert api.service.rules.policy.window.opens == 0
        await one.run()
        assert one.carrier.sent == []


async def test_the_files_are_watched_by_itself(embedded: Opener) -> None:
    async with embedded() as one:
        before = one.service.rules.version
        await one.reloading.stop()
        one.reloading.watch = Watch(every=timedelta(milliseconds=20), settle=timedelta(0))
        one.reloading.start()
        one.write(rules(WIDE))
        async with asyncio.timeout(10):
            while one.service.rules.version == before:
                await asyncio.sleep(0.01)
