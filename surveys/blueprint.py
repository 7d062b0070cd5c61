"""Says which keys a survey file has and what each of them may hold."""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from kernel import formwords
from surveys.model import CHANNELS, QuestionKind
from surveys.source import Path

LOCALES = ("zh-CN", "en")
END = "end"
MOST_QUESTIONS = 50
MOST_OPTIONS = 20
HIGHEST_SCORE = 100
TESTS = ("at_most", "at_least", "is", "in")

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}\Z")
_NO_KEY, _NO_MAPPING = "there is no such key", "must be a mapping"
_ID_FORM = "starts with a letter; then letters, digits, - and _; 64 at most"


_TYPES: Mapping[type, str] = {int: "a whole number", bool: "true or false", str: "text"}
_NOT_BLANK = validate.Regexp(r"\s*\S", error="must not be blank")


def _of(*types: type) -> Callable[[Any], None]:
    """A check of the exact type: YAML's true is no 1, and "1" is no number."""

    def check(value: Any) -> None:
        if type(value) not in types:
            raise ValidationError("must be " + " or ".join(_TYPES[each] for each in types))

    return check


def nearest(name: str, known: Iterable[str]) -> str:
    """What may have been meant by a name that there is not."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"


class Strict(Schema):
    """A mapping of known keys; of another it says which there are."""

    class Meta:
        unknown = RAISE

    error_messages: dict[str, str] = {  # noqa: RUF012 - declared so by the library
        "unknown": _NO_KEY,
        "type": _NO_MAPPING,
    }

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        """Say what there is instead of a key that there is not."""
        known = sorted(field.data_key or name for name, field in self.fields.items())
        told: Any = error.messages
        for key in [key for key, reasons in told.items() if reasons == [_NO_KEY]]:
            told[key] = [f"{_NO_KEY}; {nearest(str(key), known)}"]
        if told == {"_schema": [_NO_MAPPING]}:
            told["_schema"] = [f"{_NO_MAPPING} of {', '.join(known)}"]


class _TextSchema(Strict):
    zh_cn = fields.String(data_key="zh-CN", required=True, validate=_NOT_BLANK)
    en = fields.String(required=True, validate=_NOT_BLANK)


class _WordingSchema(Strict):
    """A text with the wording of single channels; the others take the general one."""

    text = fields.String(required=True, validate=_NOT_BLANK)
    sms = fields.String(validate=_NOT_BLANK)
    web = fields.String(validate=_NOT_BLANK)
    email = fields.String(validate=_NOT_BLANK)
    voice = fields.String(validate=_NOT_BLANK)


def _check_wording(value: Any) -> None:
    if isinstance(value, dict):
        faults: Any = _WordingSchema().validate(value)
        if faults:
            raise ValidationError(faults)
    elif not isinstance(value, str) or not value.strip():
        raise ValidationError(
            f"must be a text in quotes, or a mapping of text, {', '.join(CHANNELS)}"
        )


class _WordedSchema(Strict):
    zh_cn = fields.Raw(data_key="zh-CN", required=True, validate=_check_wording)
    en = fields.Raw(required=True, validate=_check_wording)


def _labels_field(**more: Any) -> fields.Dict:
    label = fields.String(validate=_NOT_BLANK)
    return fields.Dict(keys=fields.String(), values=label, required=True, **more)


class _LabelsSchema(Strict):
    zh_cn = _labels_field(data_key="zh-CN")
    en = _labels_field()


class _TestSchema(Strict):
    """A condition of a question on itself, where `question` may be left out."""

    question = fields.String()
    at_most = fields.Raw(validate=_of(int))
    at_least = fields.Raw(validate=_of(int))
    is_ = fields.Raw(data_key="is", validate=_of(int, bool, str))
    in_ = fields.List(
        fields.Raw(validate=_of(int, bool, str)), data_key="in", validate=validate.Length(min=1)
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def one_test(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        if isinstance(original, dict) and sum(test in original for test in TESTS) != 1:
            raise ValidationError("needs exactly one of " + ", ".join(TESTS))


class _ConditionSchema(_TestSchema):
    question = fields.String(required=True)


class _StepSchema(Strict):
    go = fields.String(required=True)
    when = fields.Nested(_TestSchema)


def _check_score(value: Any) -> None:
    _of(int)(value)
    validate.Range(min=0, max=HIGHEST_SCORE)(value)


class _OptionSchema(Strict):
    id = fields.String(required=True, validate=validate.Regexp(_ID, error=_ID_FORM))
    label = fields.Nested(_TextSchema, required=True)
    score = fields.Raw(validate=_check_score)


class QuestionSchema(Strict):
    """One question of a survey."""

    kind = fields.String(
        required=True, validate=validate.OneOf([kind.value for kind in QuestionKind])
    )
    ask = fields.Nested(_WordedSchema, required=True)
    next = fields.List(
        fields.Nested(_StepSchema), error_messages={"invalid": "must be a list: [{{go: end}}]"}
    )
    headline = fields.Raw(validate=_of(bool))
    optional = fields.Raw(validate=_of(bool))
    options = fields.List(fields.Nested(_OptionSchema), validate=validate.Length(max=MOST_OPTIONS))
    labels = fields.Nested(_LabelsSchema)


class _LowSchema(Strict):
    any = fields.List(
        fields.Nested(_ConditionSchema),
        required=True,
        error_messages={
            "invalid": "must be a list: [{{question: …, at_most: 2}}], or [] for never"
        },
    )


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


class SurveySchema(Strict):
    """A survey file."""

    id = fields.String(required=True, validate=validate.Regexp(_ID, error=_ID_FORM))
    title = fields.Nested(_TextSchema, required=True)
    start = fields.String(required=True)
    questions = fields.Dict(required=True, validate=_check_questions)
    end = fields.Nested(_WordedSchema, required=True)
    low = fields.Nested(_LowSchema, required=True)


def flat(messages: Any, path: Path = ()) -> list[tuple[Path, str]]:
    """Marshmallow's nested messages as (path, reason) pairs, its own sentences in our words."""
    match messages:
        case dict():
            # The library tells of a mapping's entry whether its key or its value is meant.
            inside = path if path[-3:-2] == ("labels",) else None
            return [
                each
                for key, inner in messages.items()
                for each in flat(inner, inside or (path if key == "_schema" else (*path, key)))
            ]
        case list():
            return [each for inner in messages for each in flat(inner, path)]
        case _:
            return [(path, _reason(str(messages)))]


def _reason(message: str) -> str:
    words = formwords.said(message)
    said = words[0] if words else message.rstrip(".")
    # What looks like text and is none: a bare number, date, yes or no.
    return f"{said}; put it in quotes" if said == "must be text" else said
