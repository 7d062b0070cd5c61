"""Writes the map of the house, `docs/map.md`, from the folders and each module's first sentence.

`python -m tests.architecture.readme_map --write` fills what stands between the two marks;
without `--write` the map is printed.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tests.architecture.source import PACKAGES, Module, modules

ROOT = Path(__file__).resolve().parents[2]
MAP = "docs/map.md"
BEGIN = "<!-- map:begin -->"
END = "<!-- map:end -->"

# Folders whose own words stand nowhere in them.
OTHER_FOLDERS = {
    "templates": "What customers read and hear, the shipped surveys, the pages.",
    "tests": "",
    "bench": "The benchmarks, with what they are measured against.",
    "docs": "How it is built, run and used, and why it was decided so.",
}
# A row of numbered files; the folder's name says it all.
UNLISTED = ("huifang/migrations/versions",)


def first_sentence(module: Module) -> str:
    """The first sentence of the docstring, on one line; empty where there is none."""
    paragraph = (ast.get_docstring(module.tree) or "").partition("\n\n")[0]
    text = " ".join(paragraph.split())
    head, stop, _ = text.partition(". ")
    return head + "." if stop else text


def silent_modules(root: Path) -> list[str]:
    """Modules whose docstring is not a sentence: a capital first, a full stop last."""
    found = []
    for module in modules(root):
        sentence = first_sentence(module)
        if len(sentence) < 2 or not sentence.endswith((".", "。")) or sentence[0].islower():
            found.append(f"{module.path}: says nothing about itself: {sentence!r}")
    return found


def drawn(root: Path) -> str:
    """The map as Markdown: a list of the folders, below each package its modules."""
    return "\n".join([*_packages(root), *_others(root)]) + "\n"


def _packages(root: Path) -> Iterator[str]:
    for module in _in_order(root):
        if str(module.path).startswith(UNLISTED):
            continue
        folder = module.path.parent
        depth = len(folder.parts) - (module.stem == "__init__")
        if module.stem == "__init__":
            name = f"{folder}/" if len(folder.parts) == 1 else f"{folder.name}/"
        else:
            name = module.path.name
        yield f"{'  ' * depth}- `{name}` {first_sentence(module)}".rstrip()


def _in_order(root: Path) -> list[Module]:
    """Packages along the line; in each folder its own sentence, then files, then folders."""

    def key(module: Module) -> tuple[object, ...]:
        folders = tuple((1, part) for part in module.path.parts[1:-1])
        first = (-1, "") if module.stem == "__init__" else (0, module.path.name)
        return (PACKAGES.index(module.package), (*folders, first))

    return sorted(modules(root), key=key)


def _others(root: Path) -> Iterator[str]:
    for folder, words in OTHER_FOLDERS.items():
        if (root / folder).is_dir():
            own = root / folder / "__init__.py"
            if not words and own.is_file():
                words = first_sentence(Module(PurePosixPath(folder), own.read_text("utf-8")))
            yield f"- `{folder}/` {words}".rstrip()


def differs(root: Path) -> list[str]:
    """What is wrong with the map; nothing where it is the tree's."""
    kept = root / MAP
    parts = _parts(kept.read_text("utf-8")) if kept.is_file() else None
    if parts is None:
        return [f"{MAP}: no map between {BEGIN} and {END}"]
    listed, tree = parts[1].strip().splitlines(), drawn(root).strip().splitlines()
    gone = [f"{MAP}: not in the tree: {line.strip()}" for line in listed if line not in tree]
    missing = [f"{MAP}: not on the map: {line.strip()}" for line in tree if line not in listed]
    return gone + missing or ([] if listed == tree else [f"{MAP}: the map is out of order"])


def written(root: Path) -> None:
    """Puts the map between the marks.

    Raises:
        ValueError: the map has no marks.
    """
    kept = root / MAP
    parts = _parts(kept.read_text("utf-8"))
    if parts is None:
        raise ValueError(f"{MAP} has no {BEGIN} and {END}")
    kept.write_text(f"{parts[0]}{BEGIN}\n{drawn(root)}{END}{parts[2]}", "utf-8")


def _parts(text: str) -> tuple[str, str, str] | None:
    before, begin, rest = text.partition(BEGIN)
    between, end, after = rest.partition(END)
    return (before, between, after) if begin and end else None


def main() -> int:
    parser = argparse.ArgumentParser(description="The map of the house.")
    parser.add_argument("--write", action="store_true", help=f"write it into {MAP}")
    if parser.parse_args().write:
        written(ROOT)
    else:
        print(drawn(ROOT), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
