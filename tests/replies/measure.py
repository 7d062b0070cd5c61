"""Counts how the product reads a table of replies, in the order in which it reads a message."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from channels import autoreply, keywords
from surveys import understand
from surveys.declining import declines
from surveys.model import Option, Question, QuestionKind
from tests.replies import Row, load

Options = tuple[tuple[str, str, str], ...]
OPTIONS: dict[str, Options] = {
    "reason": (
        ("network", "网络故障", "network fault"),
        ("billing", "账单费用", "billing"),
        ("install", "装机移机", "installation"),
    ),
    "cause": (
        ("speed", "网速慢", "slow internet"),
        ("price", "资费贵", "price"),
        ("staff", "服务态度", "staff attitude"),
    ),
}
STOPS = ("stop", "stop?")
TABLES = (
    "build",
    "report",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
)


def is_answer(reading: str) -> bool:
    """Whether a reading notes down an answer."""
    return reading in {"yes", "no"} or reading.startswith(("rating:", "choice:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the product takes a reply for, in the table's words."""

    reading: str
    flags: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Score:
    """Counts over some rows; shares are 0 to 1."""

    rows: int = 0
    right: int = 0
    missed_stops: int = 0
    false_stops: int = 0
    guesses: int = 0
    shrugs: int = 0
    flags: Counter[str] = field(default_factory=Counter)

    @property
    def accuracy(self) -> float:
        """The share of rows read as a careful person reads them."""
        return self.right / self.rows if self.rows else 1.0

    @property
    def guessed(self) -> float:
        """The share of rows with an answer noted down that the label does not have."""
        return self.guesses / self.rows if self.rows else 0.0

    def flag(self, name: str) -> float:
        """The share of rows whose flag `name` is as labelled, of those read rightly."""
        return 1 - self.flags[name] / self.right if self.right else 1.0

    def add(self, row: Row, outcome: Outcome) -> None:
        """Count one row."""
        self.rows += 1
        said, label = outcome.reading, row.reading
        if said == label:
            self.right += 1
            self.flags.update(outcome.flags ^ row.flags)
        self.missed_stops += label in STOPS and said not in STOPS
        self.false_stops += said in STOPS and label not in STOPS
        self.guesses += is_answer(said) and said != label
        self.shrugs += is_answer(label) and said == "unclear"


def question(row: Row) -> Question:
    """The question that is open in a row."""
    options = tuple(
        Option(id=id_, label={"zh-CN": chinese, "en": english})
        for id_, chinese, english in OPTIONS.get(row.question, ())
    )
    return Question(id="q", kind=QuestionKind(row.kind), ask={}, next=(), options=options)


def outcome(row: Row) -> Outcome:
    """Read a row as the inbox does: machines, words about contact, then the open question."""
    if autoreply.is_automatic(row.text):
        return Outcome(reading="auto")
    call = frozenset[str]()
    match keywords.read(row.text, row.opted_out):
        case keywords.OptOutWord(certain=certain):
            wish = {"call"} if keywords.wants_call(row.text) else set()
            return Outcome(reading="stop" if certain else "stop?", flags=frozenset(wish))
        case keywords.OptInWord() if row.opted_out:
            return Outcome(reading="start")
        case keywords.HelpWord():
            return Outcome(reading="help")
        case keywords.CallMeWord(alone=True):
            return Outcome(reading="nothing", flags=frozenset({"call"}))
        case keywords.CallMeWord():
            call = frozenset({"call"})
        case keywords.LaterWord() | keywords.PauseWord():
            return Outcome(reading="nothing")
        case _:
            pass
    return _answer(row, call)


def _answer(row: Row, call: frozenset[str]) -> Outcome:
    if row.kind == "none":
        return Outcome(reading="nothing", flags=call)
    if row.kind == "comment" and (declines(row.text) or not row.text.strip()):
        return Outcome(reading="nothing", flags=call)
    locale = "en" if row.lang == "en" else "zh-CN"
    rest = ""
    match understand.read(row.text, question(row), locale):
        case understand.Rating(value=value, rest=rest):
            reading = f"rating:{value}"
        case understand.Truth(value=value, rest=rest):
            reading = "yes" if value else "no"
        case understand.Choice(id=chosen, rest=rest):
            reading = f"choice:{chosen}"
        case understand.Comment():
            reading = "comment"
        case _:
            reading = "unclear"
    return Outcome(reading=reading, flags=call | ({"comment"} if rest else frozenset()))


def measure(rows: Sequence[Row]) -> tuple[Score, dict[str, Score], dict[str, Score]]:
    """The counts over all rows, by kind, and by phenomenon."""
    total, kinds, phenomena = Score(), dict[str, Score](), dict[str, Score]()
    for row in rows:
        read = outcome(row)
        for score in (
            total,
            kinds.setdefault(row.kind, Score()),
            phenomena.setdefault(row.phenomenon, Score()),
        ):
            score.add(row, read)
    return total, kinds, phenomena


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _line(name: str, score: Score) -> str:
    return (
        f"{name:24} {score.right:5}/{score.rows:<5} {score.accuracy:7.2%}"
        f"  missed stops {score.missed_stops:2}  false stops {score.false_stops:2}"
        f"  guesses {score.guesses:2}  unclear {score.shrugs:3}"
    )


def main(half: str) -> None:
    """Print the totals of a table, and of those that were built on what was misread."""
    rows = load(half)
    if half != "report":
        for row in rows:
            read = outcome(row)
            apart = read.flags ^ row.flags if half == "build" else frozenset()
            if read.reading != row.reading or apart:
                _say(
                    f"{row.id:6} {row.kind:8} {row.reading:12} {','.join(sorted(row.flags)):8}"
                    f" -> {read.reading:12} {','.join(sorted(read.flags)):8} {row.text!r}"
                    f" [{row.phenomenon}]"
                )
    total, kinds, phenomena = measure(rows)
    for name, score in (*sorted(kinds.items()), *sorted(phenomena.items()), ("all", total)):
        _say(_line(name, score))
    _say(f"flags: comment {total.flag('comment'):.2%}, call {total.flag('call'):.2%}")


if __name__ == "__main__":
    known = sys.argv[1:] in [[name] for name in TABLES]
    main(sys.argv[1] if known else sys.exit(f"Which one of {', '.join(TABLES)}?"))
