"""Reads YAML text into plain data and remembers on which line each part of it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from surveys.yamlwords import explained

MOST_CHARACTERS = 200_000

Path = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_SCALARS = frozenset({"str", "int", "float", "bool", "null"})
# `5: 满意` and `yes: 是` mean what stands there, though YAML takes the one for a number, the other
# for a truth.
_KEYS = frozenset({f"{_TAG}str", f"{_TAG}int", f"{_TAG}bool"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong at a line, counted from 1."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a text says; `data` means nothing when the text is not YAML, as `faults` then tells."""

    data: Any
    lines: Mapping[Path, int]
    faults: tuple[Fault, ...]

    def line(self, path: Path) -> int:
        """The line of a part, or of the nearest part that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass(slots=True)
class _Reading:
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, path: Path, line: int) -> Any:
        self.lines.setdefault(path, line)
        if id(node) in self.seen:
            # An alias may hold itself, or double its size at every level.
            return self._refuse(node, "anchors and aliases are not taken here")
        self.seen.add(id(node))
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path)
            case yaml.SequenceNode():
                return [
                    self.value(item, (*path, index), _line(item))
                    for index, item in enumerate(node.value)
                ]
            case yaml.ScalarNode():
                return self._scalar(node)
            case _:
                return self._refuse(node, "this cannot be read")

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag not in _KEYS:
                self._refuse(key, "a key must be a word or a number; put it in quotes")
            elif key.value in data:
                self._refuse(key, f"the key {key.value!r} is given twice")
            else:
                data[key.value] = self.value(item, (*path, key.value), _line(key))
        return data

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        kind = node.tag.removeprefix(_TAG)
        if kind not in _SCALARS:
            # A bare date is text to us; any other kind was asked for by a tag.
            return node.value if kind == "timestamp" else self._refuse(node, "tags are not taken")
        constructor = yaml.constructor.SafeConstructor()
        try:
            return constructor.construct_object(node)
        except (yaml.YAMLError, ValueError, LookupError, OverflowError):
            return self._refuse(node, f"{node.value[:40]!r} is no {kind}")

    def _refuse(self, node: yaml.Node, reason: str) -> None:
        self.faults.append(Fault(line=_line(node), reason=reason))


def parse(text: str) -> Source:
    """Reads one YAML document; whatever is wrong with its form is among the faults."""
    if len(text) > MOST_CHARACTERS:
        return _unreadable(1, f"more than {MOST_CHARACTERS} characters")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as fault:
        line, reason = explained(text, fault)
        return _unreadable(line, f"not YAML: {reason}")
    except yaml.YAMLError as fault:
        return _unreadable(1, f"not YAML: {' '.join(str(fault).split())}")
    except RecursionError:
        return _unreadable(1, "nested too deeply")
    if node is None:
        return _unreadable(1, "empty")
    reading = _Reading()
    try:
        data = reading.value(node, (), _line(node))
    except RecursionError:
        return _unreadable(1, "nested too deeply")
    return Source(data=data, lines=reading.lines, faults=tuple(reading.faults))


def _unreadable(line: int, reason: str) -> Source:
    return Source(data=None, lines={}, faults=(Fault(line=line, reason=reason),))


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line
    return line + 1
