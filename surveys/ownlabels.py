"""Looks up the words that an operator gave the answers of a question."""

from collections.abc import Mapping

from surveys.model import Question
from surveys.plaintext import fold, respelled

Labels = Mapping[str, str]
"""A label without its marks and spaces, and the answer it stands for: `5`, `yes`."""


def bare(text: str) -> str:
    """Letters and digits alone, of a folded text."""
    return "".join(char for char in text if char.isalnum())


def of(question: Question, locale: str) -> Labels:
    """The labels of a question, as a reply is folded: contract section 5, `labels`.

    Where a word stands for two answers, that of `locale` counts; twice in it, none does.
    """
    own = _in([question.labels.get(locale, {})])
    others = _in([labels for key, labels in question.labels.items() if key != locale])
    spoken = {form for label in question.labels.get(locale, {}).values() for form in _forms(label)}
    return {
        word: key for word, key in {**others, **own}.items() if word in own or word not in spoken
    }


def _in(labels: list[Mapping[str, str]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for each in labels:
        for key, label in each.items():
            for form in _forms(label):
                found.setdefault(form, set()).add(key)
    return {form: keys.pop() for form, keys in found.items() if len(keys) == 1}


def _forms(label: str) -> set[str]:
    folded = fold(label)
    return {bare(folded.text), bare(respelled(folded).text)} - {""}
