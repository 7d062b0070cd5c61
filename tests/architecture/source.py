"""Reads the tree that the rules judge: every module of the packages, and every test, as syntax."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

PACKAGES = (
    "kernel",
    "scheduler",
    "tickets",
    "channels",
    "surveys",
    "callbacks",
    "huifang",
    "sandbox",
)

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    """One Python file: where it stands below the root, and what it says."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in the tree: to walk it takes longer than to judge it, so it is done once."""
        return tuple(ast.walk(self.tree))

    @property
    def package(self) -> str:
        return self.path.parts[0]

    @property
    def stem(self) -> str:
        return self.path.stem

    @property
    def name(self) -> str:
        """The dotted name, `huifang.migrations.env`; a package's `__init__` has the package's."""
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def at(self, node: ast.AST, what: str) -> str:
        """One line of a report."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


@dataclass(frozen=True)
class Import:
    """One imported thing: `from a import b` may mean the module `a.b` or a name inside `a`."""

    node: ast.AST
    names: tuple[str, ...]

    @property
    def top(self) -> str:
        return self.names[0].partition(".")[0]

    def reaches(self, module: str) -> bool:
        """Whether the module itself, or anything inside it, is imported."""
        return any(name == module or name.startswith(f"{module}.") for name in self.names)


def modules(root: Path, folders: tuple[str, ...] = PACKAGES) -> Iterator[Module]:
    """Every Python file below these folders of the root; a folder that is not there has none."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield _module(PurePosixPath(path.relative_to(root).as_posix()), path.read_text("utf-8"))


@lru_cache(maxsize=4_096)
def _module(path: PurePosixPath, text: str) -> Module:
    """The same text is taken apart once, however many rules look at it."""
    return Module(path, text)


@lru_cache(maxsize=4_096)
def imports(module: Module) -> tuple[Import, ...]:
    """Everything that the module imports, wherever in the file, by absolute name."""
    return tuple(_imports(module))


def _imports(module: Module) -> Iterator[Import]:
    for node in module.nodes:
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    yield Import(node, (alias.name,))
            case ast.ImportFrom(names=aliases):
                origin = _origin(module, node)
                for alias in aliases:
                    yield Import(node, (origin, f"{origin}.{alias.name}"))
            case _:
                pass


def _origin(module: Module, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    here = module.path.parts[: -node.level]
    return ".".join((*here, *([node.module] if node.module else [])))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute or a name; empty where the expression is anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            base = dotted(value)
            return f"{base}.{attr}" if base else f"?.{attr}"
        case _:
            return ""


def plant(root: Path, path: str, text: str) -> Path:
    """Writes a file below the root, for the tests which break a rule on purpose; gives the root."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")
    return root
