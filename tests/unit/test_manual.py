"""Whoever asks for help is told what a command does, with an example; whoever errs, what to do."""

import argparse
import shlex

import pytest

from huifang.__main__ import _parser, main
from huifang.manual import MANUAL


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
