"""Finds what was said beside an answer and is worth keeping."""

import re
from collections.abc import Callable

from channels.calling import is_wish
from surveys.figures import Reading
from surveys.lexicon import SATISFACTION
from surveys.plaintext import Clause, Plain, clause_at, parts_of

#: A wish not to be phoned, and who the case is: neither tells anything.
_ASIDE = re.compile(
    r"(?:不用|不必|别|不要|无需|不需要|先别)(?:再)?(?:给我)?(?:回电话?|打电话|打|回访|联系"
    r"|call|转人工)(?:我|了|给我)*"
    r"|(?:no need to|don't|do not|please don't|no)(?: (?:need to|please))? (?:call|ring"
    r"|phone)(?: (?:me|back|us))*"
    r"|.{0,8}(?:满分|分制).{0,2}"
    r"|.{0,6}(?:工单|单号|编号|ticket|case|order)(?:号|编号)?.{0,12}"
)


def rest(
    plain: Plain, reading: Reading, start: int, end: int, answers: Callable[[str], bool]
) -> str:
    """What was said beside the answer at `start` to `end`, as it was written, or nothing.

    All of it, unless only courtesy came before; nothing, where only courtesy, bare verdicts, wishes
    to be phoned and what `answers` says answers again is beside it: README of the table, "What is a
    comment beside an answer".
    """
    own = clause_at(reading.parts, start)
    if not any(_tells(clause, own, start, end, answers) for clause in reading.parts):
        return ""
    silent = not any(
        _says(part.text, answers) for part in reading.parts if part.end <= own.start
    ) and not _says(reading.masked[own.start : start], answers)
    return plain.rest(end) if silent else plain.whole()


def _tells(
    clause: Clause, own: Clause, start: int, end: int, answers: Callable[[str], bool]
) -> bool:
    if clause != own:
        return _says(clause.text, answers)
    after = clause.text[max(0, end - clause.start) :]
    before = clause.text[: max(0, start - clause.start)]
    if before.strip() and before.isascii() and _says(before, answers):
        return True
    return _says(after, answers) and not is_wish(after.strip().replace("'", ""))


def _is_particular(letters: str) -> bool:
    """Whether a verdict is one upon a part of the whole: a master, a network."""
    return "q" in letters and not set(letters) <= set("#nsq")


def _says(text: str, answers: Callable[[str], bool]) -> bool:
    bare = text.strip()
    if not any(char.isalnum() for char in bare):
        return False
    letters = parts_of(bare, SATISFACTION)
    if (letters is not None and not _is_particular(letters)) or answers(bare):
        return False
    return not is_wish(bare.replace("'", "")) and _ASIDE.fullmatch(bare) is None
