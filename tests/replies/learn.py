"""Learns from the tables which words stops are made of, and writes channels/likeness_weights.py."""

import hashlib
import math
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from channels import likeness
from channels.clauses import clauses
from channels.slips import respelled
from tests.replies import FOLDER, load
from tests.replies.measure import STOPS, TABLES

LEARNED = tuple(each for each in TABLES if each != "report")
"""The tables that the reader was built on; `report` is opened only to report."""

BESIDE = "beside.txt"
"""Texts beside a stop, and none: one a line."""

WEIGHTS_FILE = Path(likeness.__file__).with_name("likeness_weights.py")
MOST_FEATURES = 3_000
LEAST_SEEN = 2
RIDGE = 1.0
RATE = 0.3
EPOCHS = 20
_OFTEN = 50
_SETTLED = 0.002
_WIDTH = 96
_HEAD = '''"""Holds how much each piece of a text speaks for a stop, by the labelled replies."""

LEARNED_FROM = "{digest}"
"""The tables' digest; `python -m tests.replies.learn` writes this file anew, nobody else does."""

BIAS = {bias}
"""What a text weighs before a word of it is read, in tenths of a logit."""

_LINES = """\\
{lines}"""

WEIGHTS = {{
    piece: int(weight)
    for weight, *pieces in (line.split(",") for line in _LINES.splitlines())
    for piece in pieces
}}
"""Weights of the features of `channels.likeness`, in tenths of a logit."""
'''


def digest() -> str:
    """What tells these tables from others."""
    whole = hashlib.sha256()
    for file in (*(f"{table}.tsv" for table in LEARNED), BESIDE):
        whole.update((FOLDER / file).read_bytes())
    return whole.hexdigest()[:16]


def pieces(text: str) -> set[str]:
    """The features of a text, cut as the product cuts it."""
    return set(likeness.features(likeness.tokens([respelled(each) for each in clauses(text)])))


def learn(texts: Sequence[set[str]], stops: Sequence[bool]) -> dict[str, float]:
    """Weights of the features that say most, and of "" for the bias: a logistic regression."""
    seen = Counter(piece for text in texts for piece in text)
    known = {piece for piece, times in seen.items() if times >= LEAST_SEEN}
    weights = _fit(texts, stops, known)
    worth = {piece: abs(weights[piece]) * min(seen[piece], _OFTEN) ** 0.5 for piece in known}
    kept = sorted(known, key=lambda piece: (-worth[piece], piece))[:MOST_FEATURES]
    return _fit(texts, stops, set(kept))


def _fit(texts: Sequence[set[str]], stops: Sequence[bool], known: set[str]) -> dict[str, float]:
    """Descends by Adagrad, text by text; the same tables give the same weights."""
    rows = [
        (["", *sorted(text & known)], float(stop)) for text, stop in zip(texts, stops, strict=True)
    ]
    seen = Counter(piece for pieces_, _ in rows for piece in pieces_)
    held = {piece: RIDGE / times for piece, times in seen.items()}
    weights = dict.fromkeys(seen, 0.0)
    squares = dict.fromkeys(seen, 1e-6)
    shuffled = random.Random(len(rows))
    for _ in range(EPOCHS):
        shuffled.shuffle(rows)
        for pieces_, stop in rows:
            margin = sum(weights[piece] for piece in pieces_)
            missed = stop - 1 / (1 + math.exp(-max(-50.0, min(50.0, margin))))
            if abs(missed) < _SETTLED:
                continue
            for piece in pieces_:
                step = missed - held[piece] * weights[piece]
                squares[piece] += step * step
                weights[piece] += RATE * step / math.sqrt(squares[piece])
    return weights


def _lines(weights: dict[str, float]) -> Iterable[str]:
    """The pieces by weight, as many a line as fit; a Chinese character is two columns wide."""
    tenths: dict[int, list[str]] = {}
    for piece, weight in weights.items():
        if piece and round(10 * weight):
            tenths.setdefault(round(10 * weight), []).append(piece)
    for weight, alike in sorted(tenths.items()):
        line = str(weight)
        for piece in alike:
            if _columns(line) + _columns(piece) >= _WIDTH:
                yield line
                line = str(weight)
            line += f",{piece}"
        yield line


def _columns(text: str) -> int:
    return sum(1 if each < "\u1100" else 2 for each in text)


def main() -> None:
    """Learn from the tables and write the weights."""
    rows = [(row.text, row.reading in STOPS) for table in LEARNED for row in load(table)]
    rows += [(line, False) for line in (FOLDER / BESIDE).read_text("utf-8").splitlines()]
    weights = learn([pieces(text) for text, _ in rows], [stop for _, stop in rows])
    lines = "\n".join(_lines(weights))
    text = _HEAD.format(digest=digest(), bias=round(10 * weights[""]), lines=lines)
    WEIGHTS_FILE.write_text(text, "utf-8")
    sys.stdout.write(f"{WEIGHTS_FILE}: {len(weights) - 1} features, {len(text.encode())} bytes\n")


if __name__ == "__main__":
    main()
