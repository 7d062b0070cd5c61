"""Measures the reading of one reply at growing lengths, benign and adversarial."""

import time
from collections.abc import Mapping, Sequence

from bench.machine import Ground
from bench.report import Table, median
from channels import autoreply, keywords
from surveys.model import Option, Question, QuestionKind
from surveys.understand import read

LENGTHS = (10, 100, 1_000, 10_000, 100_000)
TEXTS: Mapping[str, str] = {
    "a story": "师傅来了两次都没修好，打了3次电话也没人接，最后给2分。",
    "English story": "The engineer came twice and it still drops every evening, so 2 from me. ",
    "numbers": "5 ",
    "no marks": "不",
    "wishes": "please call me ",
    "negations": "not not very ",
    "polite stops": "请你们以后不要再",
    "stretched": "a",
    "ligatures": "\ufdfa",
    "quotes": "师傅说让我给",
    "options": "not the price and ",
}
CHOICE = Question(
    id="q",
    kind=QuestionKind.CHOICE,
    ask={},
    next=(),
    options=(
        Option(id="speed", label={"zh-CN": "网速慢", "en": "slow internet"}),
        Option(id="price", label={"zh-CN": "资费贵", "en": "price"}),
    ),
)
"""Whose options the text `options` speaks of; the others answer a question on a scale."""
GROWTH_ALLOWED = 3.0
"""A character of the longest text may cost so many times what one of 1,000 costs, and no more."""


def _seconds(text: str, question: Question) -> float:
    started = time.perf_counter()
    if not autoreply.is_automatic(text):
        keywords.read(text, opted_out=False)
    read(text, question, "zh-CN")
    return time.perf_counter() - started


async def run(stage: Ground, runs: int, size: int) -> Sequence[Table]:
    """Time a reply of each kind and length; `size` is the most characters, no ground is used."""
    del stage
    scale = Question(id="q", kind=QuestionKind.CSAT5, ask={}, next=())
    lengths = [length for length in LENGTHS if length <= size]
    rows: list[tuple[object, ...]] = []
    faults: list[str] = []
    for name, piece in TEXTS.items():
        spent = []
        question = CHOICE if name == "options" else scale
        for length in lengths:
            text = (piece * (length // len(piece) + 1))[:length]
            spent.append(median([_seconds(text, question) for _ in range(runs)]))
        each = [1e6 * seconds / length for seconds, length in zip(spent, lengths, strict=True)]
        rows.append((name, *(1e3 * seconds for seconds in spent)))
        if each[-1] > GROWTH_ALLOWED * each[min(2, len(each) - 1)]:
            faults.append(f"understand: {name} costs more a character the longer it is")
    return [
        Table(
            title="Reading one reply",
            columns=("text", *(f"{length:,} characters (ms)" for length in lengths)),
            rows=tuple(rows),
            note="Texts are cut at 1,600 characters before they are read.",
            faults=tuple(faults),
        )
    ]
