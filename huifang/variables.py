"""Asks an environment for one variable after the other, and remembers each name and each fault."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")

PREFIX = "HUIFANG_"

# Ours, but not the service's: the tests' servers, and what compose.yaml fills itself in with.
_OTHERS = ("HUIFANG_TEST_",)
_COMPOSE = frozenset({"HUIFANG_VERSION", "HUIFANG_PORT", "HUIFANG_DATABASE_PASSWORD"})
# Kubernetes tells every pod of each service in its namespace, in upper case.
_SERVICE_LINK = re.compile(
    r"HUIFANG_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_\w+)?)",
    re.ASCII,
)
_SERVICE_URL = re.compile(r"(?:tcp|udp|sctp)://.+")


class Variables:
    """One reading of an environment; `faults` are lines `NAME: what is wrong`, never with a value.

    `strangers` are names that begin as ours do and that nobody reads, nor could have meant.

    A variable that is empty, or blank, is one that is not set.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self._asked: dict[str, None] = {}
        self.faults: list[str] = []
        self.strangers: list[str] = []

    def text(self, name: str) -> str | None:
        """The value without the white space around it; None where it is not set or unreadable."""
        self._asked[name] = None
        text = self._given.get(name, "").strip()
        if text and not text.isprintable():
            self.wrong(name, "has characters that cannot be printed, or bytes that are no UTF-8")
            return None
        return text or None

    def is_given(self, name: str) -> bool:
        """Whether something is set, readable or not."""
        return bool(self._given.get(name, "").strip())

    def read(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """What `parse` makes of the value; its ValueError, or an unreadable value, is a fault."""
        text = self.text(name)
        if text is None:
            return default
        try:
            return parse(text)
        except ValueError as fault:
            self.wrong(name, str(fault))
            return default

    def wrong(self, name: str, reason: str) -> None:
        """Note a fault."""
        self.faults.append(f"{name}: {reason}")

    def refuse_unknown(self, also: frozenset[str] = frozenset()) -> None:
        """Note every variable of ours that nobody asked for; `also` are names that others read.

        One that resembles a setting was meant as it: a fault. A platform, or a version to come, may
        have set any other, and no service should stay down for that.
        """
        known = {name.removeprefix(PREFIX): name for name in self._asked}
        for name in self._unknown(also):
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
            if near:
                self.wrong(name, f"there is no such setting; did you mean {known[near[0]]}?")
            else:
                self.strangers.append(name)

    def _unknown(self, also: frozenset[str]) -> Iterator[str]:
        for name in sorted(self._given):
            if not name.startswith(PREFIX) or name in self._asked or name in also:
                continue
            if not (name.startswith(_OTHERS) or name in _COMPOSE or self._is_service_link(name)):
                yield name

    def _is_service_link(self, name: str) -> bool:
        if _SERVICE_LINK.fullmatch(name):
            return True
        return name.endswith("_PORT") and _SERVICE_URL.fullmatch(self._given[name]) is not None
