"""Finds what is wrong with the ways through a survey: dead ends, loops, tests that never pass."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from surveys.blueprint import END, MOST_QUESTIONS, nearest
from surveys.model import SCALES, QuestionKind
from surveys.source import Path

LEAST_OPTIONS = 2

_Faults = Iterator[tuple[Path, str]]


def _keys(kind: QuestionKind) -> tuple[str, ...]:
    lowest, highest = SCALES[kind]
    return tuple(str(rating) for rating in range(lowest, highest + 1))


#: The answers that a kind has labels for, and those it needs them for: of a long scale its ends.
_LABELLED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    QuestionKind.CSAT5: (_keys(QuestionKind.CSAT5), _keys(QuestionKind.CSAT5)),
    QuestionKind.NPS: (_keys(QuestionKind.NPS), ("0", "10")),
    QuestionKind.CES7: (_keys(QuestionKind.CES7), ("1", "7")),
    QuestionKind.RESOLVED: (("yes", "no"), ("yes", "no")),
    QuestionKind.CHOICE: ((), ()),
    QuestionKind.COMMENT: ((), ()),
}


def faults_of_course(data: Any) -> list[tuple[Path, str]]:
    """(path, reason) of every fault; what the schema refuses anyway is passed over in silence."""
    questions = _mapping(_mapping(data).get("questions"))
    if not 0 < len(questions) <= MOST_QUESTIONS:
        return []
    ahead = {id_: _successors(each, questions) for id_, each in questions.items()}
    reach = {id_: _reachable(ahead[id_], ahead) for id_ in ahead}
    return [
        *_of_headline(questions),
        *_of_options(questions),
        *_of_labels(questions),
        *_of_steps(data, questions),
        *_of_graph(data, questions, reach),
        *_of_conditions(data, questions, reach),
    ]


def _of_headline(questions: Mapping[str, Any]) -> _Faults:
    found = [id_ for id_, each in questions.items() if _mapping(each).get("headline") is True]
    if not found:
        yield ("questions",), "no question is the headline; exactly one gives the score"
    for id_ in found[1:]:
        yield ("questions", id_, "headline"), f"{found[0]!r} is already the headline"
    for id_ in found:
        if questions[id_].get("kind") == QuestionKind.COMMENT:
            yield (
                ("questions", id_, "headline"),
                "a comment has no score and cannot be the headline",
            )


def _of_options(questions: Mapping[str, Any]) -> _Faults:
    for id_, each in questions.items():
        question = _mapping(each)
        options = _sequence(question.get("options"))
        if question.get("kind") != QuestionKind.CHOICE:
            if "options" in question:
                yield ("questions", id_, "options"), "only a choice has options"
            continue
        if len(options) < LEAST_OPTIONS:
            yield ("questions", id_), f"a choice needs options, {LEAST_OPTIONS} at least"
        ids = [_mapping(option).get("id") for option in options]
        for index, option in enumerate(ids):
            if isinstance(option, str) and option in ids[:index]:
                yield ("questions", id_, "options", index, "id"), f"{option!r} is given twice"
            if question.get("headline") is True and "score" not in _mapping(options[index]):
                yield ("questions", id_, "options", index), "of a headline: needs a score"


def _of_labels(questions: Mapping[str, Any]) -> _Faults:
    for id_, each in questions.items():
        kind = _mapping(each).get("kind")
        if "labels" not in _mapping(each) or not isinstance(kind, str) or kind not in _LABELLED:
            continue
        known, needed = _LABELLED[kind]
        if not known:
            yield ("questions", id_, "labels"), f"a {kind} question has no labels of its own"
            continue
        for locale, labels in _mapping(_mapping(each)["labels"]).items():
            path: Path = ("questions", id_, "labels", locale)
            for key in _mapping(labels):
                if key not in known:
                    yield (*path, key), f"{key!r} is no answer; there are {', '.join(known)}"
            if missing := [key for key in needed if key not in _mapping(labels)]:
                yield path, f"needs a label for {', '.join(missing)}"


def _of_steps(data: Any, questions: Mapping[str, Any]) -> _Faults:
    start = _mapping(data).get("start")
    if isinstance(start, str) and start not in questions:
        yield ("start",), _unknown(start, questions)
    for id_, each in questions.items():
        always = False
        for index, step in enumerate(_sequence(_mapping(each).get("next"))):
            path: Path = ("questions", id_, "next", index)
            go = _mapping(step).get("go")
            if isinstance(go, str) and go != END and go not in questions:
                yield (*path, "go"), _unknown(go, [*questions, END])
            if always:
                yield path, "never taken: the step before it has no `when`"
            always = always or "when" not in _mapping(step)


def _of_graph(data: Any, questions: Mapping[str, Any], reach: Mapping[str, set[str]]) -> _Faults:
    told: set[str] = set()
    for id_, after in reach.items():
        if id_ in after and id_ not in told:
            loop = [each for each in reach if each in after and id_ in reach[each]]
            told.update(loop)
            yield ("questions", id_), f"a loop: {', '.join(loop)} can be asked again and again"
    start = _mapping(data).get("start")
    if isinstance(start, str) and start in questions:
        reached = reach[start] | {start}
        for id_ in questions:
            if id_ not in reached:
                yield ("questions", id_), "unreachable: no way from the start leads here"


def _successors(question: Any, questions: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for step in _sequence(_mapping(question).get("next")):
        go = _mapping(step).get("go")
        if isinstance(go, str) and go in questions:
            found.append(go)
        if "when" not in _mapping(step):
            break
    return found


def _reachable(first: list[str], ahead: Mapping[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(first)
    while waiting:
        id_ = waiting.pop()
        if id_ not in found:
            found.add(id_)
            waiting += ahead[id_]
    return found


def _of_conditions(
    data: Any, questions: Mapping[str, Any], reach: Mapping[str, set[str]]
) -> _Faults:
    for index, condition in enumerate(_sequence(_mapping(_mapping(data).get("low")).get("any"))):
        yield from _of_condition(("low", "any", index), condition, None, questions)
    for id_, each in questions.items():
        for index, step in enumerate(_sequence(_mapping(each).get("next"))):
            when = _mapping(step).get("when")
            path: Path = ("questions", id_, "next", index, "when")
            yield from _of_condition(path, when, id_, questions)
            asked = _mapping(when).get("question", id_)
            if isinstance(asked, str) and id_ not in reach.get(asked, {id_}) and asked != id_:
                yield (*path, "question"), f"{asked!r} is never answered before {id_!r}"


def _of_condition(
    path: Path, raw: Any, itself: str | None, questions: Mapping[str, Any]
) -> _Faults:
    condition = _mapping(raw)
    name = condition.get("question", itself)
    if not isinstance(name, str):
        return
    if name not in questions:
        yield (*path, "question"), _unknown(name, questions)
        return
    question = _mapping(questions[name])
    for test in ("at_most", "at_least"):
        limit = condition.get(test)
        if type(limit) is int and not _on_scale(question, limit):
            yield (*path, test), f"{limit} is no rating of {name!r}"
    wanted = [("is", condition["is"])] if "is" in condition else []
    wanted += [("in", each) for each in _sequence(condition.get("in"))]
    for test, value in wanted:
        if type(value) in {int, bool, str} and not _possible(question, value):
            told = f"{_shown(value)} is never an answer to {name!r}"
            yield (*path, test), f"{told}; {_answers(question)}"


def _on_scale(question: Mapping[str, Any], limit: int) -> bool:
    kind = question.get("kind")
    if not isinstance(kind, str) or kind not in {each.value for each in QuestionKind}:
        return True  # told by the schema
    lowest, highest = SCALES.get(QuestionKind(kind), (1, 0))
    return lowest <= limit <= highest


def _possible(question: Mapping[str, Any], value: Any) -> bool:
    match question.get("kind"):
        case "csat5" | "nps" | "ces7":
            return type(value) is int and _on_scale(question, value)
        case "resolved":
            return isinstance(value, bool)
        case "choice":
            options = _sequence(question.get("options"))
            return value in [_mapping(option).get("id") for option in options]
        case "comment":
            return isinstance(value, str)
        case _:
            return True


def _answers(question: Mapping[str, Any]) -> str:
    """What is an answer to a question of a known kind that is tested for something else."""
    kind = QuestionKind(str(question.get("kind")))
    match kind:
        case QuestionKind.CSAT5 | QuestionKind.NPS | QuestionKind.CES7:
            lowest, highest = SCALES[kind]
            return f"there are {lowest} to {highest}, without quotes"
        case QuestionKind.RESOLVED:
            return "there are true, false"
        case QuestionKind.CHOICE:
            options = _sequence(question.get("options"))
            ids = [str(_mapping(option).get("id")) for option in options]
            return f"there are {', '.join(ids) or 'no options'}"
        case QuestionKind.COMMENT:
            return "there are texts"


def _shown(value: Any) -> str:
    """A value as its file has it."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _unknown(name: str, known: Iterable[str]) -> str:
    return f"there is no question {name!r}; {nearest(name, known)}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
