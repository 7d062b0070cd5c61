"""Says which keys a survey file has and what each of them may hold."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from surveys.model import CHANNELS, QuestionKind
from surveys.source import Path

LOCALES = ("zh-CN", "en")
END = "end"
MOST_QUESTIONS = 50
MOST_OPTIONS = 20
HIGHEST_SCORE = 100
TESTS = ("at_most", "at_least", "is", "in")

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}\Z")
_ID_FORM = "starts with a letter; then letters, digits, - and _; 64 at most"


def _of(*types: type) -> Callable[[Any], None]:
    """A check of the exact type: YAML's true is no 1, and "1" is no number."""

    def check(value: Any) -> None:
        if type(value) not in types:
            raise ValidationError("must be " + " or ".join(each.__name__ for each in types))

    return check


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class _TextSchema(_Strict):
    zh_cn = fields.String(data_key="zh-CN", required=True, validate=validate.Regexp(r"\s*\S"))
    en = fields.String(required=True, validate=validate.Regexp(r"\s*\S"))


class _WordingSchema(_Strict):
    """A text with the wording of single channels; the others take the general one."""

    text = fields.String(required=True, validate=validate.Regexp(r"\s*\S"))
    sms = fields.String(validate=validate.Regexp(r"\s*\S"))
    web = fields.String(validate=validate.Regexp(r"\s*\S"))
    email = fields.String(validate=validate.Regexp(r"\s*\S"))
    voice = fields.String(validate=validate.Regexp(r"\s*\S"))


def _check_wording(value: Any) -> None:
    if isinstance(value, dict):
        faults: Any = _WordingSchema().validate(value)
        if faults:
            raise ValidationError(faults)
    elif not isinstance(value, str) or not value.strip():
        raise ValidationError(f"must be a text, or a mapping of text, {', '.join(CHANNELS)}")


class _WordedSchema(_Strict):
    zh_cn = fields.Raw(data_key="zh-CN", required=True, validate=_check_wording)
    en = fields.Raw(required=True, validate=_check_wording)


def _labels_field(**more: Any) -> fields.Dict:
    label = fields.String(validate=validate.Regexp(r"\s*\S"))
    return fields.Dict(keys=fields.String(), values=label, required=True, **more)


class _LabelsSchema(_Strict):
    zh_cn = _labels_field(data_key="zh-CN")
    en = _labels_field()


class _TestSchema(_Strict):
    """A condition of a question on itself, where `question` may be left out."""

    question = fields.String()
    at_most = fields.Raw(validate=_of(int))
    at_least = fields.Raw(validate=_of(int))
    is_ = fields.Raw(data_key="is", validate=_of(int, bool, str))
    in_ = fields.List(
        fields.Raw(validate=_of(int, bool, str)), data_key="in", validate=validate.Length(min=1)
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def one_test(self, _data: Any, original: Mapping[str, Any], **_kwargs: Any) -> None:
        if sum(test in original for test in TESTS) != 1:
            raise ValidationError("needs exactly one of " + ", ".join(TESTS))


class _ConditionSchema(_TestSchema):
    question = fields.String(required=True)


class _StepSchema(_Strict):
    go = fields.String(required=True)
    when = fields.Nested(_TestSchema)


class _OptionSchema(_Strict):
    id = fields.String(required=True, validate=validate.Regexp(_ID, error=_ID_FORM))
    label = fields.Nested(_TextSchema, required=True)
    score = fields.Raw(validate=[_of(int), validate.Range(min=0, max=HIGHEST_SCORE)])


class QuestionSchema(_Strict):
    """One question of a survey."""

    kind = fields.String(
        required=True, validate=validate.OneOf([kind.value for kind in QuestionKind])
    )
    ask = fields.Nested(_WordedSchema, required=True)
    next = fields.List(fields.Nested(_StepSchema))
    headline = fields.Raw(validate=_of(bool))
    optional = fields.Raw(validate=_of(bool))
    options = fields.List(fields.Nested(_OptionSchema), validate=validate.Length(max=MOST_OPTIONS))
    labels = fields.Nested(_LabelsSchema)


class _LowSchema(_Strict):
    any = fields.List(fields.Nested(_ConditionSchema), required=True)


def _check_questions(questions: Mapping[str, Any]) -> None:
    found: dict[str, Any] = {}
    if not 0 < len(questions) <= MOST_QUESTIONS:
        raise ValidationError(f"needs 1 to {MOST_QUESTIONS} questions")
    for id_, question in questions.items():
        faults: Any = QuestionSchema().validate(question)
        if id_ == END or not _ID.match(id_):
            faults = {**faults, "_schema": [f"a question's id {_ID_FORM}; never {END!r}"]}
        if faults:
            found[id_] = faults
    if found:
        raise ValidationError(found)


class SurveySchema(_Strict):
    """A survey file."""

    id = fields.String(required=True, validate=validate.Regexp(_ID, error=_ID_FORM))
    title = fields.Nested(_TextSchema, required=True)
    start = fields.String(required=True)
    questions = fields.Dict(required=True, validate=_check_questions)
    end = fields.Nested(_WordedSchema, required=True)
    low = fields.Nested(_LowSchema, required=True)


def flat(messages: Any, path: Path = ()) -> list[tuple[Path, str]]:
    """Marshmallow's nested messages as (path, reason) pairs."""
    match messages:
        case dict():
            return [
                each
                for key, inner in messages.items()
                for each in flat(inner, path if key == "_schema" else (*path, key))
            ]
        case list():
            return [each for inner in messages for each in flat(inner, path)]
        case _:
            return [(path, str(messages).rstrip("."))]
