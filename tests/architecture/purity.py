"""Judges what a module may touch, by its file name: core decides, shell does."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import Import, Module, dotted, imports, modules

PURE_PACKAGES = ("kernel", "scheduler", "tickets", "channels", "surveys", "callbacks")

# The one list of names which say: this file has a clock, a socket, a table or a task.
SHELL = frozenset(
    """
    answering archive barrier cadence calls clock conversation customers deadletters delivery duties
    engine export fetching follows gate gathering heard inbox intents journal ledger legs limits
    listing mail mailroom notices oneway outcomes pacing pages posting privacy render reopening
    report runner service settling sheets smpp sms sql store tables vault voice waiting web wishes
    """.split()
)
SHELL_FOLDERS = frozenset({"desks"})

# Says `async` because it describes what others do, and names the transaction they do it in.
PORTS = "ports"
PORTS_MAY_IMPORT = "sqlalchemy.ext.asyncio"

EFFECTS = tuple(
    """
    aiohttp aiosmtpd aiosmtplib aiosqlite alembic apscheduler asyncio asyncpg concurrent contextvars
    dotenv environs ftplib glob http.client http.server importlib io.open logging multiprocessing os
    queue random redis requests sched secrets select selectors shelve shutil signal smtplib socket
    sqlalchemy sqlite3 ssl structlog subprocess sys tempfile threading time twilio urllib.request
    uuid.uuid1 uuid.uuid4 uvloop
    """.split()
)
# A pure path only takes a text apart; these two touch no disk.
PURE_PATHS = frozenset({"pathlib.PurePath", "pathlib.PurePosixPath"})
# A journal entry is a value that decisions return; the module which declares it also writes it.
VALUES_OF_SHELL = frozenset({"kernel.journal.Entry", "kernel.journal.READ"})

CLOCKS = frozenset({"now", "utcnow", "today"})
BUILTINS = frozenset({"open", "print", "input", "exec", "eval", "__import__", "breakpoint"})
ASYNC = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)

ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"})
ENVIRONMENT_READERS = (
    "huifang.settings",  # the product's
    "sandbox.__main__",  # the sandbox is a program of its own when started alone
)

DIALECTS = ("postgresql", "postgres", "sqlite", "aiosqlite", "asyncpg")
DIALECT_USERS = (
    "kernel.sql",  # the one file where the two differ
    "kernel.engine",  # takes the URL apart and opens what it names
    "huifang.settings",  # the default URL
    "huifang.migrations",  # the history of the schema, batch mode
    "huifang.demo",  # gives itself the settings of an embedded database
    "huifang.logs",  # names the drivers' loggers
)


def impure_core(root: Path) -> list[str]:
    """A core module takes values and gives values: no clock, no I/O, no async, no randomness."""
    return [
        report
        for module in modules(root, PURE_PACKAGES)
        if not _is_shell(module)
        for report in _impurities(module)
    ]


def _is_shell(module: Module) -> bool:
    return module.stem in SHELL or not SHELL_FOLDERS.isdisjoint(module.path.parts[:-1])


def _impurities(module: Module) -> Iterator[str]:
    for each in imports(module):
        if _is_effect(module, each):
            yield module.at(each.node, f"core imports {each.names[-1]}")
        elif shell := _shell_module(each):
            yield module.at(each.node, f"core imports {shell}, which is shell")
    for node in module.nodes:
        if isinstance(node, ASYNC) or (isinstance(node, ast.comprehension) and node.is_async):
            if module.stem != PORTS:
                yield module.at(node, "core is not async")
        elif what := _effect_of(node):
            yield module.at(node, f"core uses {what}")


def _is_effect(module: Module, each: Import) -> bool:
    if module.stem == PORTS and each.names[0] == PORTS_MAY_IMPORT:
        return False
    if each.top == "pathlib":
        return PURE_PATHS.isdisjoint(each.names)
    return any(each.reaches(effect) for effect in EFFECTS)


def _shell_module(each: Import) -> str:
    """The shell module of ours which is imported; `huifang` and `sandbox` are shell altogether."""
    if each.top in {"huifang", "sandbox"}:
        return each.top
    if each.top not in PURE_PACKAGES or not VALUES_OF_SHELL.isdisjoint(each.names):
        return ""
    inside = each.names[-1] if each.names[0] in PURE_PACKAGES else each.names[0]
    parts = inside.split(".")[1:]
    return "" if (SHELL | SHELL_FOLDERS).isdisjoint(parts) else inside


def _effect_of(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in BUILTINS:
            return f"{name}()"
        case ast.Attribute(value=owner, attr=name) if name in CLOCKS and _is_datetime(owner):
            return f"datetime.{name}"
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in CLOCKS:
            return "" if _is_datetime(owner) else f".{name}()"
        case ast.Attribute(attr="uuid1" | "uuid4" as name):
            return name
        case _:
            return ""


def _is_datetime(owner: ast.expr) -> bool:
    return dotted(owner).rpartition(".")[2] in {"datetime", "date"}


def readers_of_the_environment(root: Path) -> list[str]:
    """One file reads the environment, so that one page lists every setting."""
    return [
        module.at(node, "only huifang/settings.py reads the environment")
        for module in modules(root)
        if module.name not in ENVIRONMENT_READERS
        for node in _reads_environment(module)
    ]


def _reads_environment(module: Module) -> Iterator[ast.AST]:
    for each in imports(module):
        if each.top in {"environs", "dotenv"}:
            yield each.node
        elif each.top == "os" and each.names[-1].rpartition(".")[2] in ENVIRONMENT:
            yield each.node
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT:
            yield node


def dialects_outside_sql(root: Path) -> list[str]:
    """One file knows that there are two databases. An index says its condition to both alike."""
    return [
        module.at(node, what)
        for module in modules(root)
        if not module.name.startswith(DIALECT_USERS)
        for node, what in _dialects(module)
    ]


def _dialects(module: Module) -> Iterator[tuple[ast.AST, str]]:
    for each in imports(module):
        if each.reaches("sqlalchemy.dialects") or each.top in DIALECTS:
            yield each.node, f"imports {each.names[-1]}"
    for node in module.nodes:
        match node:
            case ast.Attribute(attr="dialect") | ast.Name(id="dialect") | ast.arg(arg="dialect"):
                yield node, "asks for the dialect"
            case ast.Constant(value=str(text)) if _names_a_dialect(text):
                yield node, f"names the dialect {text!r}"
            case ast.Call(keywords=keywords):
                yield from _one_sided(node, keywords)
            case _:
                pass


def _names_a_dialect(text: str) -> bool:
    scheme, separator, _ = text.lower().replace("+", ":").partition(":")
    return scheme in DIALECTS and (separator != "" or text.lower() in DIALECTS)


def _one_sided(node: ast.Call, keywords: list[ast.keyword]) -> Iterator[tuple[ast.AST, str]]:
    """`sqlite_where=x, postgresql_where=x` is one schema; one without the other is a difference."""
    said = {each.arg: ast.dump(each.value) for each in keywords if each.arg is not None}
    sides = {
        dialect: {
            name.removeprefix(f"{dialect}_"): value
            for name, value in said.items()
            if name.startswith(f"{dialect}_")
        }
        for dialect in ("sqlite", "postgresql")
    }
    if sides["sqlite"] != sides["postgresql"]:
        yield node, "says different things to the two databases"
