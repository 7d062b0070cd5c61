"""Imports go one way, stand where they are seen, and leave other packages' tables alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import imports
from tests.architecture.readme_map import ROOT
from tests.architecture.source import PACKAGES, plant


def test_imports_go_down_the_line() -> None:
    assert imports.wrong_direction(ROOT) == []


def import_linter(root: Path) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_import_linter_says_the_same() -> None:
    done = import_linter(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("path", "line", "broken"),
    [
        ("surveys/a.py", "import callbacks.model", "One line, one direction BROKEN"),
        ("sandbox/a.py", "import kernel", "it knows none of us BROKEN"),
        ("tickets/a.py", "import sandbox", "start the sandbox BROKEN"),
        ("surveys/store.py", "import surveys.service", "Inside a package"),
    ],
)
def test_import_linter_reports_what_breaks_its_contracts(
    tmp_path: Path, path: str, line: str, broken: str
) -> None:
    for package in PACKAGES:
        for name in ("__init__", "model", "service"):
            plant(tmp_path, f"{package}/{name}.py", "")
    plant(tmp_path, "pyproject.toml", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert import_linter(tmp_path).returncode == 0
    done = import_linter(plant(tmp_path, path, line))
    assert done.returncode == 1
    assert broken in done.stdout


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("kernel/a.py", "import scheduler.store"),
        ("scheduler/a.py", "from channels import model"),
        ("tickets/a.py", "from channels.model import Contact"),
        ("channels/a.py", "import tickets"),
        ("surveys/a.py", "from callbacks.store import open_complaints"),
        ("callbacks/a.py", "import surveys.model as m"),
        ("surveys/a.py", "from huifang import settings"),
        ("sandbox/a.py", "from kernel.endpoint import Endpoint"),
        ("sandbox/a.py", "import huifang"),
        ("callbacks/a.py", "from sandbox import carrier"),
        ("surveys/deep/a.py", "def f():\n    import callbacks"),
    ],
)
def test_an_import_against_the_line_is_reported(tmp_path: Path, path: str, line: str) -> None:
    reports = imports.wrong_direction(plant(tmp_path, path, line))
    assert len(reports) == 1
    assert reports[0].startswith(path)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("surveys/a.py", "from channels.store import known"),
        ("huifang/a.py", "import sandbox.carrier"),
        ("surveys/a.py", "from surveys import model"),
        ("surveys/a.py", "from . import model"),
        ("channels/a.py", "import json, aiohttp"),
    ],
)
def test_an_import_along_the_line_is_fine(tmp_path: Path, path: str, line: str) -> None:
    assert imports.wrong_direction(plant(tmp_path, path, line)) == []


def test_no_import_is_hidden() -> None:
    assert imports.hidden_imports(ROOT) == []


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    import json",
        "class C:\n    async def f(self):\n        if 1:\n            from json import loads",
        "from typing import TYPE_CHECKING",
        "import typing\nif typing.TYPE_CHECKING:\n    import json",
    ],
)
def test_a_hidden_import_is_reported(tmp_path: Path, text: str) -> None:
    assert imports.hidden_imports(plant(tmp_path, "huifang/a.py", text))


def test_a_package_file_holds_one_docstring() -> None:
    assert imports.packages_that_do_things(ROOT) == []


@pytest.mark.parametrize("text", ["", "x = 1", '"""Owns it."""\nx = 1', "from kernel import sql"])
def test_a_package_file_with_anything_else_is_reported(tmp_path: Path, text: str) -> None:
    assert imports.packages_that_do_things(plant(tmp_path, "surveys/__init__.py", text))


def test_every_folder_says_what_it_is() -> None:
    assert imports.packages_without_a_sentence(ROOT) == []


def test_a_folder_that_says_nothing_is_reported(tmp_path: Path) -> None:
    plant(tmp_path, "tickets/__init__.py", '"""Owns tickets."""')
    plant(tmp_path, "tickets/desks/webhook.py", "")
    assert imports.packages_without_a_sentence(tmp_path) == ["tickets/desks: no __init__.py"]


def test_only_delivery_speaks_to_carriers() -> None:
    assert imports.carriers_beside_the_door(ROOT) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("surveys/service.py", "from channels import sms"),
        ("channels/inbox.py", "from channels.voice import twiml"),
        ("channels/web.py", "from . import mail"),
        ("callbacks/service.py", "import channels.voice"),
        ("huifang/server.py", "from channels.sms import Twilio"),
    ],
)
def test_a_carrier_imported_elsewhere_is_reported(tmp_path: Path, path: str, line: str) -> None:
    assert len(imports.carriers_beside_the_door(plant(tmp_path, path, line))) == 1


def test_delivery_and_wiring_may_import_carriers(tmp_path: Path) -> None:
    plant(tmp_path, "channels/delivery.py", "from channels import sms, mail")
    plant(tmp_path, "huifang/wiring.py", "from channels.voice import Twilio")
    assert imports.carriers_beside_the_door(tmp_path) == []


def test_tables_stay_in_their_package() -> None:
    assert imports.tables_of_others(ROOT) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("surveys/store.py", "from tickets.tables import closures"),
        ("huifang/views.py", "from surveys import tables"),
        ("callbacks/tables.py", 'import sqlalchemy\nsqlalchemy.ForeignKey("invitations.id")'),
    ],
)
def test_reaching_into_others_tables_is_reported(tmp_path: Path, path: str, text: str) -> None:
    plant(tmp_path, "surveys/tables.py", 'invitations = Table("invitations", metadata)')
    assert len(imports.tables_of_others(plant(tmp_path, path, text))) == 1


def test_migrations_the_schema_and_the_package_itself_may_use_tables(tmp_path: Path) -> None:
    text = 'a = Table("a", metadata)\nb = Table("b", metadata, Column("a", ForeignKey("a.id")))'
    plant(tmp_path, "surveys/tables.py", text)
    plant(tmp_path, "surveys/store.py", "from surveys.tables import a")
    plant(tmp_path, "huifang/migrations/env.py", "from surveys import tables")
    plant(tmp_path, "huifang/schema.py", "import surveys.tables")
    assert imports.tables_of_others(tmp_path) == []
