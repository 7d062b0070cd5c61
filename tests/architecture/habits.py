"""Judges sizes, and what tests must not do."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import FUNCTIONS, PACKAGES, Module, dotted, imports, modules

MOST_MODULE_LINES = 400
MOST_TEST_MODULE_LINES = 600
MOST_FUNCTION_LINES = 60
LONGEST_SLEEP_S = 0.2

MIGRATIONS = "huifang.migrations"
MOCKS = ("mock", "unittest.mock", "pytest_mock", "asyncmock", "aioresponses", "respx", "responses")
MONKEY_MAY = frozenset({"setenv", "delenv", "chdir"})
EVASIONS = frozenset(
    {"skip", "skipif", "xfail", "importorskip", "skipTest", "skipUnless", "skipIf"}
)
SLEEPS = frozenset({"time.sleep", "asyncio.sleep", "sleep"})


def long_modules(root: Path) -> list[str]:
    """What does not fit on a few screens is two things."""
    limits = (*((package, MOST_MODULE_LINES) for package in PACKAGES), ("bench", MOST_MODULE_LINES))
    return [
        f"{module.path}: {lines} lines, at most {most}"
        for folder, most in (*limits, ("tests", MOST_TEST_MODULE_LINES))
        for module in modules(root, (folder,))
        if (lines := len(module.text.splitlines())) > most
    ]


def long_functions(root: Path) -> list[str]:
    """Functions aim for ten lines and stop at sixty; a migration is a list, however long."""
    return [
        module.at(node, f"{node.name} has {lines} lines, at most {MOST_FUNCTION_LINES}")
        for module in modules(root)
        if not module.name.startswith(MIGRATIONS)
        for node in module.nodes
        if isinstance(node, FUNCTIONS)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MOST_FUNCTION_LINES
    ]


def bad_habits_of_tests(root: Path) -> list[str]:
    """No mock, no patching, no long sleep, no skipping: there is a seam for everything."""
    return [report for module in modules(root, ("tests",)) for report in _bad_habits(module)]


def _bad_habits(module: Module) -> Iterator[str]:
    for each in imports(module):
        if any(each.reaches(mock) for mock in MOCKS):
            yield module.at(each.node, f"imports {each.names[-1]}")
        elif each.top in {"pytest", "unittest"} and each.names[-1].rpartition(".")[2] in EVASIONS:
            yield module.at(each.node, f"imports {each.names[-1]}")
    for node in module.nodes:
        match node:
            case ast.arg(arg="mocker"):
                yield module.at(node, "mocks")
            case ast.Attribute(value=owner, attr=verb) if "monkeypatch" in dotted(owner).lower():
                if verb not in MONKEY_MAY:
                    yield module.at(node, f"monkeypatch.{verb}")
            case ast.Attribute(value=owner, attr=verb) if verb in EVASIONS:
                if dotted(owner).partition(".")[0] in {"pytest", "unittest", "self"}:
                    yield module.at(node, f"evades with {verb}")
            case ast.Call(func=function, args=[ast.Constant(value=int() | float() as seconds), *_]):
                if dotted(function) in SLEEPS and seconds >= LONGEST_SLEEP_S:
                    yield module.at(node, f"sleeps {seconds} s; wait for what you wait for")
            case _:
                pass
