"""The map of the house is the tree's, and every module says in a sentence what it is."""

from pathlib import Path

import pytest

from tests.architecture import readme_map
from tests.architecture.source import plant


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    plant(tmp_path, "kernel/__init__.py", '"""The ground."""')
    plant(tmp_path, "kernel/sql.py", '"""Keeps the two apart. More of it."""')
    plant(tmp_path, "tickets/__init__.py", '"""Owns tickets."""')
    plant(tmp_path, "tickets/desks/__init__.py", '"""The\ndesks."""')
    plant(tmp_path, "tickets/desks/webhook.py", '"""Posts a webhook."""')
    plant(tmp_path, "docs/x.md", "")
    plant(tmp_path, readme_map.MAP, f"# Huifang\n\n{readme_map.BEGIN}\n{readme_map.END}\nafter\n")
    readme_map.written(tmp_path)
    return tmp_path


def test_the_map_is_the_trees() -> None:
    assert readme_map.differs(readme_map.ROOT) == [], "run `make map`"


def test_every_module_says_what_it_is() -> None:
    assert readme_map.silent_modules(readme_map.ROOT) == []


def test_the_map_lists_folders_packages_and_modules(tree: Path) -> None:
    lines = (tree / readme_map.MAP).read_text("utf-8").splitlines()
    assert lines == [
        "# Huifang",
        "",
        readme_map.BEGIN,
        "- `kernel/` The ground.",
        "  - `sql.py` Keeps the two apart.",
        "- `tickets/` Owns tickets.",
        "  - `desks/` The desks.",
        "    - `webhook.py` Posts a webhook.",
        "- `docs/` How it is built, run and used, and why it was decided so.",
        readme_map.END,
        "after",
    ]
    assert readme_map.differs(tree) == []


def test_a_module_that_is_not_on_the_map_is_reported(tree: Path) -> None:
    plant(tree, "tickets/model.py", '"""Says what a ticket is."""')
    assert readme_map.differs(tree) == [
        "docs/map.md: not on the map: - `model.py` Says what a ticket is."
    ]


def test_a_path_that_is_not_in_the_tree_is_reported(tree: Path) -> None:
    (tree / "kernel" / "sql.py").unlink()
    assert readme_map.differs(tree) == [
        "docs/map.md: not in the tree: - `sql.py` Keeps the two apart."
    ]


def test_a_sentence_that_changed_is_reported(tree: Path) -> None:
    plant(tree, "kernel/sql.py", '"""Keeps them together."""')
    assert len(readme_map.differs(tree)) == 2


@pytest.mark.parametrize("text", ["# Huifang", f"{readme_map.END}{readme_map.BEGIN}"])
def test_a_file_without_a_map_is_reported(tree: Path, text: str) -> None:
    plant(tree, readme_map.MAP, text)
    assert readme_map.differs(tree)


@pytest.mark.parametrize("text", ["", "x = 1", '"""."""', '"""no capital."""', '"""No stop"""'])
def test_a_module_that_says_nothing_is_reported(tree: Path, text: str) -> None:
    assert len(readme_map.silent_modules(plant(tree, "kernel/a.py", text))) == 1
