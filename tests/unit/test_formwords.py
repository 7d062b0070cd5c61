"""What the form library says of a field, in our words and in the reader's language."""

import pytest
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from huifang.staff import saying
from huifang.staff.wording import amiss
from kernel import formwords
from kernel.faults import FieldError, Invalid
from surveys.blueprint import flat


class Form(Schema):
    """One field of each kind that a schema of ours has, with every way to be wrong."""

    class Meta:
        unknown = RAISE

    needed = fields.String(required=True)
    null = fields.String()
    text = fields.String()
    whole = fields.Integer(strict=True)
    number = fields.Float()
    flag = fields.Boolean()
    at = fields.AwareDateTime(format="iso")
    day = fields.Date()
    clock = fields.Time()
    many = fields.List(fields.String())
    table = fields.Dict()
    block = fields.Nested(Schema.from_dict({}))
    word = fields.String(validate=validate.OneOf(["a", "b"]))
    filled = fields.String(validate=validate.Length(min=1))
    long = fields.String(validate=validate.Length(max=2))
    sized = fields.String(validate=validate.Length(2, 3))
    least = fields.Integer(validate=validate.Range(min=3))
    most = fields.Integer(validate=validate.Range(max=3))
    between = fields.Integer(validate=validate.Range(3, 4))
    form = fields.String(validate=validate.Regexp(r"x+\Z"))


WRONG = {
    "null": None,
    "text": 5,
    "whole": "x",
    "number": "x",
    "flag": "perhaps",
    "at": "today",
    "day": "x",
    "clock": "x",
    "many": "x",
    "table": "x",
    "block": "x",
    "word": "c",
    "filled": "",
    "long": "abc",
    "sized": "x",
    "least": 1,
    "most": 9,
    "between": 9,
    "form": "y",
    "other": 1,
}


def test_each_sentence_of_the_library_is_said_in_our_words_in_both_languages() -> None:
    with pytest.raises(ValidationError) as fault:
        Form().load(WRONG)
    told = fault.value.messages_dict
    assert set(told) == set(Form().fields) | {"other"}
    for name, reasons in told.items():
        [reason] = reasons if isinstance(reasons, list) else reasons["_schema"]
        words = formwords.said(reason)
        assert words is not None, reason
        english, chinese = words
        assert english.isascii(), name
        assert any("\u4e00" <= char <= "\u9fff" for char in chinese), name
    said = {path[0]: words for path, words in flat(told)}
    assert said["needed"] == "is missing"
    assert said["word"] == "must be one of a, b"
    assert said["between"] == "must be from 3 to 4"


def test_words_that_are_our_own_stay_as_they_are() -> None:
    assert formwords.said("Write a time with its offset.") is None
    assert amiss("notes", "Write a time with its offset.", "zh-CN")[1].startswith("Write")


def test_a_refused_step_is_told_in_the_readers_language() -> None:
    errors = [FieldError(path="notes", reason="Longer than maximum length 2000.")]
    fault = Invalid("mend the fields named", errors=errors)
    assert saying.why_not(fault, "zh-CN", {}, "A") == "请检查填写的内容：notes: 最多2000个。"
    assert saying.why_not(fault, "en", {}, "A") == "Please check: notes: may have 2000 at most."
