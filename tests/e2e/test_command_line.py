"""The command line as an operator meets it: real processes, their words and their exit codes."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import pytest

from tests import servers
from tests.e2e.stack import (
    BOOTSTRAP,
    ROOT,
    Process,
    Stack,
    environment,
    free_port,
    settings_of_others,
    stack,
    until,
)

TICKET, PHONE = "T-1001", "+8613800138001"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A command that is over."""

    code: int
    out: str
    err: str


def text_of(path: Path) -> str:
    return path.read_text()


async def huifang(*words: str, environ: Mapping[str, str], cwd: Path = ROOT) -> Ended:
    """Run `huifang WORDS` to its end, with these settings and no others."""
    with TemporaryDirectory() as name:
        out, err = Path(name, "out"), Path(name, "err")
        process = Process(words=["huifang", *words], environ=environ, log=out, err=err, cwd=cwd)
        process.start()
        code = await process.wait()
        ended = Ended(code=code, out=text_of(out), err=text_of(err))
    assert "Traceback" not in ended.err, ended.err
    return ended


async def begun(*words: str, environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    """`huifang WORDS` by an interpreter of its own, as no fork of ours is."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "huifang", *words),
        cwd=ROOT,
        env={**settings_of_others(), **environ},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def settings(folder: Path, database: str, port: int) -> dict[str, str]:
    """Good settings; the desk they name is not there."""
    found = environment(folder, database, None, port)
    return {**found, "HUIFANG_TICKETING_URL": "http://127.0.0.1:9/"}


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """URL of a database without any table."""
    with servers.postgres_database(postgres_url) as url:
        yield url


@pytest.fixture
async def world(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Stack]:
    async with stack(tmp_path, sqlite_url, None) as found:
        yield found


@pytest.fixture
async def real(tmp_path: Path, postgresql_url: str, redis_url: str) -> AsyncIterator[Stack]:
    async with stack(tmp_path, postgresql_url, redis_url) as found:
        yield found


async def test_help_names_every_command_and_nonsense_is_refused() -> None:
    process = await begun("--help", environ={})
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    for verb in ("demo", "serve", "migrate", "check", "explain", "key"):
        assert verb in out.decode()
    assert (await huifang("serve", "--role", "emperor", environ={})).code == 2


async def test_an_empty_database_is_refused_until_it_is_migrated_and_once_is_enough(
    tmp_path: Path, empty_url: str
) -> None:
    environ = settings(tmp_path, empty_url, free_port())
    refused = await huifang("serve", environ=environ)
    assert refused.code == 1
    assert "is empty" in refused.err
    assert "huifang migrate" in refused.err
    listed = await huifang("key", "list", environ={"HUIFANG_DATABASE_URL": empty_url})
    assert listed.code == 1
    assert "huifang migrate" in listed.err
    first = await huifang("migrate", environ={"HUIFANG_DATABASE_URL": empty_url})
    assert first.code == 0
    assert "migrated from an empty database" in first.out
    again = await huifang("migrate", environ={"HUIFANG_DATABASE_URL": empty_url})
    assert again.code == 0
    assert "already" in again.out


async def test_a_database_that_is_away_is_a_word_and_not_a_trace() -> None:
    environ = {"HUIFANG_DATABASE_URL": f"postgresql://u:hunter2@127.0.0.1:{free_port()}/x"}
    ended = await huifang("migrate", environ=environ)
    assert (ended.code, ended.out) == (1, "")
    assert "HUIFANG_DATABASE_URL" in ended.err
    assert "hunter2" not in ended.err


async def test_serve_refuses_a_port_that_is_taken(tmp_path: Path, sqlite_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = await huifang("serve", environ=settings(tmp_path, sqlite_url, port))
    assert ended.code == 1
    assert f"HUIFANG_BIND: 127.0.0.1:{port}" in ended.err


async def test_check_lists_every_fault_in_one_run(tmp_path: Path) -> None:
    (tmp_path / "surveys").mkdir()
    (tmp_path / "surveys" / "odd.yaml").write_text("id: odd\nquestions: {}\n")
    (tmp_path / "huifang.yaml").write_text("programs:\n  - {id: p, survey: nowhere}\ncolour: red\n")
    environ = {
        "HUIFANG_CONFIG": str(tmp_path),
        "HUIFANG_DATABASE_URL": "mysql://user:hunter2@host/db",
        "HUIFANG_BIND": "nowhere",
        "HUIFANG_DATA_KEY": "short",
        "HUIFANG_TWILIO_FROM": "+8610655500001",
        "HUIFANG_LOGS": "1",
        # What is set well is tried in the same run.
        "HUIFANG_REDIS_URL": f"redis://127.0.0.1:{free_port()}",
        "HUIFANG_TICKETING": "webhook",
        "HUIFANG_TICKETING_URL": f"http://127.0.0.1:{free_port()}/desk",
    }
    ended = await huifang("check", environ=environ)
    assert ended.code == 1
    lines = ended.err.splitlines()
    for named in (
        "HUIFANG_DATABASE_URL",
        "HUIFANG_BIND",
        "HUIFANG_DATA_KEY",
        "HUIFANG_SECRET_KEY",
        "HUIFANG_TWILIO_ACCOUNT_SID",
        "HUIFANG_LOGS",
        "huifang.yaml",
        "surveys/odd.yaml",
        "redis: ConnectionError",
        "desk: 127.0.0.1",
    ):
        assert any(named in line for line in lines), (named, lines)
    assert all(line.startswith("huifang: ") for line in lines)
    assert "hunter2" not in ended.err + ended.out
    del environ["HUIFANG_TICKETING_URL"]  # and what has no server is not tried
    document = json.loads((await huifang("check", "--json", environ=environ)).out)
    told = [f"huifang: {fault}" for fault in document["faults"]]
    missing = "huifang: HUIFANG_TICKETING_URL: is needed with HUIFANG_TICKETING=webhook"
    assert missing in told
    assert [each for each in told if each != missing] == [
        line for line in lines if "desk: 127.0.0.1" not in line
    ]


async def test_check_asks_the_servers_too(world: Stack, tmp_path: Path) -> None:
    good = await huifang("check", environ=world.environ)
    assert (good.code, good.err) == (0, "")
    assert "all is well" in good.out
    nobody = free_port()
    environ = {
        **world.environ,
        "HUIFANG_DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3",
        "HUIFANG_REDIS_URL": f"redis://127.0.0.1:{nobody}",
        "HUIFANG_SMTP_URL": f"smtp://127.0.0.1:{nobody}?starttls=never",
        "HUIFANG_TWILIO_AUTH_TOKEN": "t" * 32,
    }
    bad = await huifang("check", environ=environ)
    assert bad.code == 1
    for named in ("migrations", "huifang migrate", "redis", "smtp", "twilio: the carrier refuses"):
        assert named in bad.err
    assert "all is well" not in bad.out


async def test_check_is_well_with_postgresql_and_redis(real: Stack) -> None:
    ended = await huifang("check", "--json", environ=real.environ)
    assert ended.code == 0
    found = json.loads(ended.out)
    assert found["faults"] == []
    assert set(found["components"].values()) == {"ok"}
    assert set(found["components"]) >= {"database", "migrations", "redis", "smtp", "twilio"}


async def test_a_key_works_until_it_is_revoked(world: Stack) -> None:
    world.serve()
    await world.ready()
    made = await huifang(
        "key", "create", "--role", "agent", "--name", "board", environ=world.environ
    )
    assert made.code == 0
    key = made.out.strip()
    assert key.startswith("hf_")

    async def status() -> int:
        headers = {"Authorization": f"Bearer {key}"}
        async with world.session.get(f"{world.product}/v1/tickets/x", headers=headers) as answer:
            return answer.status

    assert await status() == 404
    assert (await huifang("key", "revoke", "--name", "board", environ=world.environ)).code == 0

    async def refused() -> bool | None:
        return True if await status() == 401 else None

    await until(refused, "the key refused")
    listed = await huifang("key", "list", environ=world.environ)
    [line] = [line for line in listed.out.splitlines() if line.startswith("board\t")]
    name, role, state, *used = line.split("\t")
    assert (name, role, state) == ("board", "agent", "ended")
    assert used[-1] != "-"
    assert key not in listed.out
    gone = await huifang("key", "revoke", "--name", "board", environ=world.environ)
    assert gone.code == 1
    assert "board" in gone.err


async def test_explain_prints_what_the_service_would_answer(world: Stack) -> None:
    world.serve()
    await world.ready()
    await world.close_ticket(TICKET)
    await world.asked(PHONE)
    await world.at_rest()
    ended = await huifang("explain", TICKET, "--json", "--lang", "en", environ=world.environ)
    assert ended.code == 0
    told = json.loads(ended.out)
    assert told == await world.get(f"/v1/tickets/{TICKET}/explain")
    assert told["items"][-1]["verdict"] == "allow"
    plain = await huifang("explain", TICKET, environ=world.environ)
    assert plain.code == 0
    assert "✓ window" in plain.out
    unknown = await huifang("explain", "T-0", environ=world.environ)
    assert unknown.code == 1
    assert "T-0" in unknown.err


async def test_the_demo_tells_its_story_and_leaves_nothing_behind(tmp_path: Path) -> None:
    temporary, here = tmp_path / "tmp", tmp_path / "here"
    temporary.mkdir()
    here.mkdir()
    ended = await huifang("demo", "--once", environ={"TMPDIR": str(temporary)}, cwd=here)
    assert (ended.code, ended.err) == (0, "")
    in_order(ended.out, "工单第1次关闭", "客户已收到调查邀请", "工单已重新打开")
    assert list(temporary.iterdir()) == []
    assert list(here.iterdir()) == []


async def test_the_demo_speaks_english_and_keeps_its_data_where_it_is_told(
    tmp_path: Path,
) -> None:
    data = tmp_path / "kept"
    ended = await huifang("demo", "--once", "--lang", "en", "--data", str(data), environ={})
    assert (ended.code, ended.err) == (0, "")
    in_order(ended.out, "was closed (cycle 1)", "was invited", "The ticket was reopened")
    assert sorted(path.suffix for path in data.iterdir()) == ["", ".sqlite3"]
    assert (data / "rules" / "huifang.yaml").is_file()


async def test_a_program_drives_the_demo_with_a_key_of_its_own(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "demo.log"
    log.touch()
    words = ["huifang", "demo", "--port", str(port), "--data", str(tmp_path / "data")]
    demo = Process(words=words, environ={"HUIFANG_BOOTSTRAP_KEY": BOOTSTRAP}, log=log)
    demo.start()
    headers = {"Authorization": f"Bearer {BOOTSTRAP}"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as session:

        async def look() -> int | None:
            assert not demo.ended(), log.read_text()[-3000:]
            async with session.get("/v1/complaints") as answer:
                return answer.status

        status = await until(look, "an answer of the demo")
    assert await demo.stop() == 0
    assert status == 200


def in_order(text: str, *parts: str) -> None:
    places = [text.find(part) for part in parts]
    assert -1 not in places, text
    assert places == sorted(places), text


async def test_sigterm_ends_serve_with_zero_within_ten_seconds(real: Stack) -> None:
    process = await begun("serve", environ=real.environ)
    try:
        await real.ready()
        await real.close_ticket(TICKET)
        process.terminate()
        out, err = await asyncio.wait_for(process.communicate(), 10)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0
    said = out.decode() + err.decode()
    assert f"huifang serves api, subscriber, dispatcher, periodic at {real.product}" in said
    assert "Traceback" not in said


async def test_two_processes_with_a_role_each_carry_one_round_together(real: Stack) -> None:
    api = real.serve("--role", "api")
    await real.ready()
    await real.close_ticket(TICKET)
    planned = await real.get(f"/v1/tickets/{TICKET}")
    assert [item["state"] for item in planned["invitations"]] == ["planned"]
    assert await real.texts(PHONE) == []
    port = free_port()
    dispatcher = real.serve("--role", "dispatcher", port=port)
    await real.ready(port)
    async with real.session.get(
        f"http://127.0.0.1:{port}/v1/tickets/{TICKET}",
        headers={"Authorization": f"Bearer {BOOTSTRAP}"},
    ) as answer:
        assert answer.status == 404  # it serves no routes but the probes
    await real.asked(PHONE)
    [question] = await real.reply(PHONE, "1", "SM" + "1" * 32)
    assert "解决" in question
    found: Any = await real.reopened(TICKET)
    await real.at_rest()
    assert found["reopens"] == 1
    assert len(await real.texts(PHONE)) == 1
    for process in (api, dispatcher):
        assert await process.stop() == 0
        assert "Traceback" not in process.log.read_text()
