"""Reads surveys from YAML, finds every fault in them, and gives each version its name."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from surveys.blueprint import LOCALES, QuestionSchema, SurveySchema, flat
from surveys.course import faults_of_course
from surveys.dialogue import MOST_REPROMPTS
from surveys.model import Condition, Option, Question, QuestionKind, Step, Survey
from surveys.phrasing import Frame, faults_of_texts, too_long
from surveys.source import Path, Source, parse
from surveys.wording import again

VERSION_LENGTH = 16

_NO_OBJECT = "a survey is a mapping of id, title, start, questions, end and low"

_VARIABLE = re.compile(r"\{([a-z_]{1,40})(?:\|([^{}]*))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The surveys without fault, by id; each fault reads `FILE:LINE: reason`."""

    surveys: Mapping[str, Survey]
    faults: tuple[str, ...]


def read(files: Mapping[str, str], signature: str = "", link: str | None = None) -> Loaded:
    """Reads survey files (name to YAML text) and tells all faults of all of them in one run.

    A survey with a fault is left out. Of two files with the same id the first by name is kept.
    `signature` opens every Chinese SMS and is counted with it, as is a `link` like those sent.
    """
    frame = Frame(signature=signature) if link is None else Frame(signature=signature, link=link)
    surveys: dict[str, Survey] = {}
    homes: dict[str, str] = {}
    faults: list[str] = []
    for name in sorted(files):
        file = _file(files[name], frame)
        found = set(file.faults)
        if file.id is not None and homes.setdefault(file.id, name) != name:
            found.add((file.line, f"id: {file.id!r} is already taken by {homes[file.id]}"))
        faults += [f"{name}:{line}: {reason}" for line, reason in sorted(found)]
        if file.survey is not None and not found:
            surveys[file.survey.id] = file.survey
    return Loaded(surveys=surveys, faults=tuple(faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """What one file says: its id with the line of it, and the survey where there is no fault."""

    id: str | None
    line: int
    survey: Survey | None
    faults: tuple[tuple[int, str], ...]


@lru_cache(maxsize=128)
def _file(text: str, frame: Frame) -> _File:
    """Kept, since a reload of the rules reads every file again and most are what they were."""
    source = parse(text)
    faults = [(fault.line, fault.reason) for fault in source.faults]
    faults += [(source.line(path), _told(path, reason)) for path, reason in _faults(source, frame)]
    id_ = source.data.get("id") if isinstance(source.data, dict) else None
    return _File(
        id=id_ if isinstance(id_, str) else None,
        line=source.line(("id",)),
        survey=None if faults else _survey(source.data),
        faults=tuple(faults),
    )


def definition(survey: Survey) -> dict[str, Any]:
    """The content of a survey as JSON, in the form of its file; defaults are left out."""
    return {
        "id": survey.id,
        "title": dict(survey.title),
        "start": survey.start,
        "questions": {id_: _question_data(each) for id_, each in survey.questions.items()},
        "end": _wording_data(survey.end, survey.end_by),
        "low": {"any": [_condition_data(each) for each in survey.low]},
    }


def from_definition(id: str, version: str, data: Mapping[str, Any]) -> Survey:
    """The survey that `definition` took apart, under the version it was stored with.

    Raises KeyError or ValueError when `data` was not made by `definition`.
    """
    return _built(id, version, data)


def fill(text: str, variables: Mapping[str, str]) -> str:
    """Puts the known variables in place of `{name}`; all else, and what is put in, stays as is.

    Where a variable is unknown or empty, `{name|words}` leaves its own words.
    """
    first, rest = _cut(text)
    said = [first]
    for name, instead, then in rest:
        if instead is None:
            said += (variables.get(name, f"{{{name}}}"), then)
        else:
            said += (variables.get(name) or instead, then)
    return "".join(said)


@lru_cache(maxsize=1024)
def _cut(text: str) -> tuple[str, tuple[tuple[str, str | None, str], ...]]:
    """What stands before the first variable; then each one, its own words, and what follows it."""
    first, *found = _VARIABLE.split(text)
    return first, tuple(zip(found[::3], found[1::3], found[2::3], strict=True))


def _faults(source: Source, frame: Frame) -> list[tuple[Path, str]]:
    data = source.data
    if not isinstance(data, dict):
        # When it is not even YAML, that is fault enough.
        return [] if source.faults else [((), _NO_OBJECT)]
    return [
        *flat(SurveySchema().validate(data)),
        *faults_of_course(data),
        *faults_of_texts(data, frame),
        *_faults_of_asking_again(data, frame),
    ]


def _faults_of_asking_again(data: Mapping[str, Any], frame: Frame) -> Iterator[tuple[Path, str]]:
    """What is said after a reply that nobody could read names every label or option."""
    questions = data.get("questions")
    for id_, raw in questions.items() if isinstance(questions, dict) else ():
        if not isinstance(raw, dict) or QuestionSchema().validate(raw):
            continue
        question = _question(id_, raw)
        for locale in LOCALES:
            said = max((again(question, locale, asked) for asked in range(MOST_REPROMPTS)), key=len)
            if fault := too_long(said, frame, locale):
                where = "options" if question.options else "labels"
                yield ("questions", id_, where), f"asked again in {locale}, all of them: {fault}"


def _told(path: Path, reason: str) -> str:
    where = ".".join(str(part) for part in path)
    return f"{where}: {reason}" if where else reason


def _survey(data: Mapping[str, Any]) -> Survey:
    draft = _built(data["id"], "", data)
    canonical = json.dumps(
        definition(draft), ensure_ascii=True, sort_keys=True, separators=(",", ":")
    )
    version = hashlib.sha256(canonical.encode()).hexdigest()[:VERSION_LENGTH]
    return _built(draft.id, version, data)


def _built(id_: str, version: str, data: Mapping[str, Any]) -> Survey:
    return Survey(
        id=id_,
        version=version,
        title=dict(data["title"]),
        start=data["start"],
        questions={key: _question(key, each) for key, each in data["questions"].items()},
        end=_general(data["end"]),
        end_by=_by_channel(data["end"]),
        low=tuple(_condition(each, each["question"]) for each in data["low"]["any"]),
    )


def _question(id_: str, data: Mapping[str, Any]) -> Question:
    return Question(
        id=id_,
        kind=QuestionKind(data["kind"]),
        ask=_general(data["ask"]),
        ask_by=_by_channel(data["ask"]),
        next=tuple(_step(each, id_) for each in data.get("next", ())),
        headline=data.get("headline", False),
        optional=data.get("optional", False),
        options=tuple(
            Option(id=each["id"], label=dict(each["label"]), score=each.get("score"))
            for each in data.get("options", ())
        ),
        labels={locale: dict(each) for locale, each in data.get("labels", {}).items()},
    )


def _general(texts: Mapping[str, Any]) -> dict[str, str]:
    return {
        locale: text if isinstance(text, str) else text["text"] for locale, text in texts.items()
    }


def _by_channel(texts: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    apart = {
        locale: {channel: each for channel, each in text.items() if channel != "text"}
        for locale, text in texts.items()
        if isinstance(text, Mapping)
    }
    return {locale: text for locale, text in apart.items() if text}


def _step(data: Mapping[str, Any], itself: str) -> Step:
    when = data.get("when")
    return Step(go=data["go"], when=None if when is None else _condition(when, itself))


def _condition(data: Mapping[str, Any], itself: str) -> Condition:
    wanted = data.get("in")
    return Condition(
        question=data.get("question", itself),
        at_most=data.get("at_most"),
        at_least=data.get("at_least"),
        is_=data.get("is"),
        in_=None if wanted is None else tuple(wanted),
    )


def _question_data(question: Question) -> dict[str, Any]:
    # What is left out is the default: a field added later leaves the versions of today as they are.
    ask = _wording_data(question.ask, question.ask_by)
    data: dict[str, Any] = {"kind": question.kind.value, "ask": ask}
    if question.headline:
        data["headline"] = True
    if question.optional:
        data["optional"] = True
    if question.options:
        data["options"] = [_option_data(each) for each in question.options]
    if question.labels:
        data["labels"] = {locale: dict(each) for locale, each in question.labels.items()}
    if question.next:
        data["next"] = [_step_data(each) for each in question.next]
    return data


def _wording_data(
    general: Mapping[str, str], apart: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    return {
        locale: {"text": text, **apart[locale]} if apart.get(locale) else text
        for locale, text in general.items()
    }


def _option_data(option: Option) -> dict[str, Any]:
    score = {} if option.score is None else {"score": option.score}
    return {"id": option.id, "label": dict(option.label)} | score


def _step_data(step: Step) -> dict[str, Any]:
    when = {} if step.when is None else {"when": _condition_data(step.when)}
    return {"go": step.go} | when


def _condition_data(condition: Condition) -> dict[str, Any]:
    tests = {
        "at_most": condition.at_most,
        "at_least": condition.at_least,
        "is": condition.is_,
        "in": None if condition.in_ is None else list(condition.in_),
    }
    given = {name: value for name, value in tests.items() if value is not None}
    return {"question": condition.question} | given
