"""Judges who may import whom, and how."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import FUNCTIONS, PACKAGES, Import, Module, imports, modules

RANK = {
    "kernel": 0,
    "scheduler": 1,
    "tickets": 2,
    "channels": 2,
    "surveys": 3,
    "callbacks": 3,
    "huifang": 4,
}
OUTSIDE_WORLD = "sandbox"

CARRIERS = ("channels.sms", "channels.smpp", "channels.voice", "channels.mail")
CARRIERS_USERS = frozenset(
    {
        "channels.delivery",  # the one door out
        "huifang.outside",  # opens the carriers which the door uses
        "huifang.wiring",  # hands them to the door
    }
)

# Who may see the tables of several packages: the schema is made of them all.
TABLES_USERS = (
    "huifang.migrations",
    "huifang.schema",
    "huifang.exporting.tickets",  # reads millions of tickets with what became of each: one join
)


def wrong_direction(root: Path) -> list[str]:
    """Imports go down the line, never up, never between neighbours."""
    return [
        module.at(each.node, f"{module.package} must not import {each.top}")
        for module in modules(root)
        for each in imports(module)
        if each.top in PACKAGES and not _may_import(module.package, each.top)
    ]


def _may_import(package: str, other: str) -> bool:
    if package == other:
        return True
    if other == OUTSIDE_WORLD:
        return package == "huifang"
    return package != OUTSIDE_WORLD and RANK[other] < RANK[package]


def hidden_imports(root: Path) -> list[str]:
    """An import inside a function or for type checkers only hides a dependency from the reader."""
    found = []
    for module in modules(root):
        inside = {
            inner
            for function in module.nodes
            if isinstance(function, FUNCTIONS)
            for inner in ast.walk(function)
            if isinstance(inner, ast.Import | ast.ImportFrom)
        }
        found += [module.at(node, "import inside a function") for node in inside]
        found += [
            module.at(node, "TYPE_CHECKING") for node in module.nodes if _says_type_checking(node)
        ]
    return sorted(found)


def _says_type_checking(node: ast.AST) -> bool:
    match node:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case ast.alias(name="TYPE_CHECKING"):
            return True
        case _:
            return False


def packages_that_do_things(root: Path) -> list[str]:
    """`__init__.py` holds the package's sentence and nothing else."""
    return [
        module.at(module.tree, "must hold one docstring and nothing else")
        for module in modules(root)
        if module.stem == "__init__" and not _is_one_docstring(module)
    ]


def _is_one_docstring(module: Module) -> bool:
    return len(module.tree.body) == 1 and bool(ast.get_docstring(module.tree))


def packages_without_a_sentence(root: Path) -> list[str]:
    """Every folder with modules says what it is; numbered migrations are only a row of files."""
    folders = {
        module.path.parent for module in modules(root) if module.path.parent.name != "versions"
    }
    return [
        f"{folder}: no __init__.py"
        for folder in sorted(folders)
        if not (root / folder / "__init__.py").is_file()
    ]


def carriers_beside_the_door(root: Path) -> list[str]:
    """Only delivery speaks to carriers; wiring builds them for it."""
    return [
        module.at(each.node, f"only {sorted(CARRIERS_USERS)} import {each.names[-1]}")
        for module in modules(root)
        if module.name not in CARRIERS_USERS
        for each in imports(module)
        if any(each.reaches(carrier) for carrier in CARRIERS)
    ]


def tables_of_others(root: Path) -> list[str]:
    """A package refers to its own tables alone; it asks another's store by sets of keys."""
    imported = [
        module.at(each.node, f"imports {table}, tables of another package")
        for module in modules(root)
        if not module.name.startswith(TABLES_USERS)
        for each in imports(module)
        if (table := _tables_of_another(module, each))
    ]
    return imported + list(_foreign_keys_across(root))


def _tables_of_another(module: Module, each: Import) -> str:
    for package in PACKAGES:
        if package != module.package and each.reaches(f"{package}.tables"):
            return f"{package}.tables"
    return ""


def _foreign_keys_across(root: Path) -> Iterator[str]:
    described = [module for module in modules(root) if module.name not in TABLES_USERS]
    described = [module for module in described if not module.name.startswith(TABLES_USERS)]
    for package in PACKAGES:
        own = [module for module in described if module.package == package]
        tables = {name for module in own for _, name in _texts_of_calls(module, {"Table"})}
        for module in own:
            for node, target in _texts_of_calls(module, {"ForeignKey"}):
                if target.rpartition(".")[0] not in tables:
                    yield module.at(node, f"foreign key to {target}, a table of another package")


def _texts_of_calls(module: Module, called: set[str]) -> Iterator[tuple[ast.AST, str]]:
    """The first argument of each call of these names, where it is a literal text."""
    for node in module.nodes:
        match node:
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name),
                args=[ast.Constant(value=str(text)), *_],
            ) if name in called:
                yield node, text
            case _:
                pass
