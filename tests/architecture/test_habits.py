"""Nothing grows too long; tests neither mock nor sleep nor skip."""

from pathlib import Path

import pytest

from tests.architecture import habits
from tests.architecture.readme_map import ROOT
from tests.architecture.source import plant


def test_modules_are_short() -> None:
    assert habits.long_modules(ROOT) == []


@pytest.mark.parametrize(("path", "most"), [("surveys/a.py", 400), ("tests/unit/a.py", 600)])
def test_a_module_that_is_too_long_is_reported(tmp_path: Path, path: str, most: int) -> None:
    assert habits.long_modules(plant(tmp_path, path, "x = 1\n" * most)) == []
    assert habits.long_modules(plant(tmp_path, path, "x = 1\n" * (most + 1)))


def test_functions_are_short() -> None:
    assert habits.long_functions(ROOT) == []


@pytest.mark.parametrize("head", ["def f():\n", "async def f():\n"])
def test_a_function_that_is_too_long_is_reported(tmp_path: Path, head: str) -> None:
    assert habits.long_functions(plant(tmp_path, "surveys/a.py", head + "    x\n" * 59)) == []
    assert habits.long_functions(plant(tmp_path, "surveys/a.py", head + "    x\n" * 60))


def test_a_migration_may_be_long(tmp_path: Path) -> None:
    path = "huifang/migrations/versions/0001_first.py"
    assert habits.long_functions(plant(tmp_path, path, "def f():\n" + "    x\n" * 300)) == []


def test_tests_have_good_habits() -> None:
    assert habits.bad_habits_of_tests(ROOT) == []


@pytest.mark.parametrize(
    "text",
    [
        "import mock",
        "from unittest import mock",
        "from unittest.mock import patch",
        "from pytest_mock import MockerFixture",
        "def test_x(mocker): ...",
        "def test_x(monkeypatch): monkeypatch.setattr(a, 'b', 1)",
        "def test_x(self): self.monkeypatch.setitem(a, 'b', 1)",
        "import time\ntime.sleep(0.2)",
        "import asyncio\nasync def f(): await asyncio.sleep(1)",
        "from time import sleep\nsleep(3)",
        "import pytest\npytest.skip('later')",
        "import pytest\n@pytest.mark.skip\ndef test_x(): ...",
        "import pytest\n@pytest.mark.xfail(reason='x')\ndef test_x(): ...",
        "from pytest import importorskip",
        "import unittest\n@unittest.skipIf(1, 'x')\ndef test_x(): ...",
    ],
)
def test_a_bad_habit_is_reported(tmp_path: Path, text: str) -> None:
    assert len(habits.bad_habits_of_tests(plant(tmp_path, "tests/http/test_a.py", text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "def test_x(monkeypatch): monkeypatch.setenv('HUIFANG_BIND', '127.0.0.1:0')",
        "import asyncio\nasync def f(): await asyncio.sleep(0.01)",
        "import pytest\npytest.mark.browser",
        "decision.skip",
    ],
)
def test_a_good_habit_is_fine(tmp_path: Path, text: str) -> None:
    assert habits.bad_habits_of_tests(plant(tmp_path, "tests/http/test_a.py", text)) == []
