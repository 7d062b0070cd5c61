"""Holds what a reply may mean as an answer to a question."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A rating within the question's scale; `rest` is what was said beside it, or empty."""

    value: int
    rest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The id of an option; `rest` is what was said beside it, or empty."""

    id: str
    rest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Yes or no; `rest` is what was said beside it, or empty."""

    value: bool
    rest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Free text, never empty."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """No answer that a careful person would be sure of.

    `reason`: `empty`, `no_answer`, `several`, `out_of_scale`, `range`, `half`, `question`,
    `condition`, `negated`, `quoted`, `contradiction`, `not_certain`.
    """

    reason: str


Meaning = Rating | Choice | Truth | Comment | Unclear
