"""Says in plain words why a text is no YAML, and on which line to look."""

import re
from collections.abc import Callable

import yaml

_PLAIN: dict[str, str] = {"：": ":", "，": ",", "｛": "{", "｝": "}", "［": "[", "］": "]"}
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def _found(char: str) -> str:
    return (
        "a tab; write spaces" if char == "\\t" else f"a text that begins with {char} needs quotes"
    )


def _always(words: str) -> Callable[[re.Match[str]], str]:
    return lambda _match: words


#: What the reader says of a part and of the fault in it; our words; whether the part's line helps.
_SAYINGS: tuple[tuple[str, Callable[[re.Match[str]], str], bool], ...] = (
    (r"quoted scalar.*unexpected end", _always("a quote that is never closed"), True),
    (
        r"mapping values are not allowed",
        _always(
            "a colon where none can stand; put the text in quotes, or mend the spaces at the "
            "beginning of the line"
        ),
        False,
    ),
    (
        r"could not find expected ':'",
        _always("neither a key with a colon and a space, nor a text in quotes"),
        True,
    ),
    (
        r"found character '(\\?.)' that cannot start any token",
        lambda match: _found(match[1]),
        False,
    ),
    (
        r"flow mapping.*expected ',' or '}'",
        _always("between { and } a comma, a brace or a quote is missing"),
        True,
    ),
    (
        r"flow sequence.*expected ',' or '\]'",
        _always("between [ and ] a comma, a bracket or a quote is missing"),
        True,
    ),
    (
        r"expected <block end>",
        _always("begins further left or right than the lines it belongs with"),
        False,
    ),
    (r"undefined alias", _always("a text that begins with * needs quotes"), False),
    (r"another document", _always("one document a file; take out the second ---"), False),
)


def explained(text: str, fault: yaml.MarkedYAMLError) -> tuple[int, str]:
    """The line to look at, counted from 1, and what is wrong there; total."""
    begun = fault.context_mark.line if fault.context_mark else None
    at = fault.problem_mark.line if fault.problem_mark else begun or 0
    told = f"{fault.context} {fault.problem}"
    for pattern, words, where_begun in _SAYINGS:
        if match := re.search(pattern, told):
            line = begun if where_begun and begun is not None else at
            return line + 1, words(match) + _of_wide_signs(text, line, at)
    return at + 1, f"{fault.problem}{_of_wide_signs(text, at, at)}"


def _of_wide_signs(text: str, first: int, last: int) -> str:
    """Signs as Chinese keyboards write them, which are text and no part of the form."""
    lines = text.splitlines()[first : last + 1]
    bare = " ".join(_QUOTED.sub("", line) for line in lines)
    found = [f"{plain} for {wide}" for wide, plain in _PLAIN.items() if wide in bare]
    return f"; outside quotes write {', '.join(found)}" if found else ""
