"""Whoever asks for help is told what a command does, with an example; whoever errs, what to do."""

import argparse
import shlex
import sqlite3
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from socket import gaierror
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from sqlalchemy.exc import OperationalError

from huifang.__main__ import _of_database, _of_request, _parser, _write_all, main
from huifang.exporting.terminal import chosen
from huifang.manual import MANUAL
from kernel.faults import FieldError, Invalid


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """All commands below a parser, by their whole names."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                found |= {each.prog: each, **commands(each)}
    return found


def test_every_command_says_what_it_does_with_examples_that_parse() -> None:
    known = commands(_parser())
    assert set(known) == set(MANUAL)
    for name, parser in known.items():
        assert parser.description, name
        told = parser.format_help().partition("\nexample:\n")[2]
        lines = told.strip().splitlines()
        assert lines, name
        for line in lines:
            _, _, words = line.partition("huifang ")
            assert _parser().parse_args(shlex.split(words)).verb, line


def test_without_a_command_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "bring the database to this version's schema" in capsys.readouterr().err


def test_what_is_missing_is_named_with_the_way_to_an_example(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["key", "create"])
    said = capsys.readouterr().err
    assert "--role, --name" in said
    assert "`huifang key create --help` says more" in said


def test_the_filters_of_the_examples_can_be_read() -> None:
    _, example = MANUAL["huifang export"]
    words = _parser().parse_args(shlex.split(example)[1:])
    november = chosen(words, ZoneInfo("Asia/Shanghai"))
    assert november["until"] - november["since"] == timedelta(days=30)


def full(code: str = "SQLITE_FULL") -> sqlite3.OperationalError:
    fault = sqlite3.OperationalError("database or disk is full")
    fault.sqlite_errorname = code
    return fault


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (ConnectionRefusedError(111, "refused"), "HUIFANG_DATABASE_URL is right"),
        (gaierror(-2, "secret"), "(no such host); see that"),
        (asyncpg.InvalidPasswordError("for user me"), "(the password is wrong); see that"),
        (asyncpg.InvalidCatalogNameError("of secret"), "(there is no such database); see that"),
        (OperationalError("", {}, full()), "(the disk is full); see that"),
        (OperationalError("", {}, full("SQLITE_IOERR_WRITE")), "(the file cannot be read or"),
        (OperationalError("", {}, Exception("no such table: jobs")), "`huifang migrate` brings"),
        (PermissionError(13, "Permission denied", "/data/x"), "/data/x: Permission denied"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_with_what_to_do(
    fault: Exception, said: str
) -> None:
    told = _of_database(fault)
    assert told is not None
    assert said in told
    assert "secret" not in told


def test_a_mistake_of_ours_is_no_fault_of_the_database() -> None:
    assert _of_database(ValueError("ours")) is None


def test_the_choices_of_a_file_are_named_as_they_are_typed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--format", "pdf"])
    assert "choose from 'csv', 'xlsx', 'parquet', 'jsonl'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["demo", "--speed", "0"],
        ["demo", "--speed", "-1"],
        ["demo", "--speed", "nan"],
        ["demo", "--speed", "fast"],
        ["demo", "--port", "70000"],
        ["demo", "--port", "-1"],
        ["deadletters", "list", "--limit", "0"],
    ],
)
def test_a_number_that_cannot_be_is_refused_with_those_that_can(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert f"{words[-1]!r} is no number from " in capsys.readouterr().err


def test_what_is_asked_wrongly_is_told_field_by_field_and_once() -> None:
    wrong = [FieldError(path="name", reason="1 to 64 characters")]
    apart = Invalid("mend the fields named", errors=wrong)
    assert _of_request(apart) == ["mend the fields named", "name: 1 to 64 characters"]
    within = Invalid("name: 1 to 64 characters", errors=wrong)
    assert _of_request(within) == ["name: 1 to 64 characters"]


def test_a_locale_without_chinese_letters_is_written_to_all_the_same() -> None:
    raw = BytesIO()
    out = TextIOWrapper(raw, encoding="ascii")
    _write_all(out)
    out.write("T-1 → 关闭")
    out.flush()
    assert raw.getvalue() == rb"T-1 \u2192 \u5173\u95ed"
