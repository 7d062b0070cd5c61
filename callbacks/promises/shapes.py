"""Says what callbacks look like over HTTP, and what may be asked of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callbacks.promises.model import CallbackState, CallOutcome, Origin, Urgency
from kernel.shapes import PageQuery, Strict, words

LONGEST_NOTES = 2_000
LONGEST_REASON = 500

_LONGEST_ID = 255
_LONGEST_NAME = 64
_MOST = 500  # slots shown
_FURTHEST = 31  # days ahead
_NUMBER = 32  # characters of a telephone number as somebody writes it
OPEN = "open"


def _is_aware(at: datetime) -> None:
    if at.tzinfo is None:
        raise ValidationError("Say the offset from UTC, as in 2026-11-21T10:00:00+08:00.")


def _instant(**more: Any) -> fields.DateTime:
    return fields.DateTime(format="iso", validate=_is_aware, **more)


class CallbackPageQuery(PageQuery):
    """Which callbacks."""

    state = fields.String(
        validate=validate.OneOf([*(state.value for state in CallbackState), OPEN]),
        metadata={"description": "`open`: all that have not ended"},
    )
    agent = fields.String(validate=validate.Length(1, _LONGEST_ID))


class SlotsQuery(Schema):
    """Whose slots, and how far ahead."""

    customer = fields.String(required=True, validate=validate.Length(1, _LONGEST_ID))
    source = fields.String(validate=validate.Length(1, _LONGEST_ID))
    days = fields.Integer(load_default=3, validate=validate.Range(1, _FURTHEST))
    limit = fields.Integer(load_default=200, validate=validate.Range(1, _MOST))


class SlotBody(Strict):
    """A slot, perhaps as it was listed; without `until` it is as long as `callbacks.slot` says."""

    from_ = _instant(required=True, data_key="from")
    until = _instant()
    local_time = fields.String(metadata={"description": "of a slot as it is listed; not read"})
    room = fields.Integer(metadata={"description": "of a slot as it is listed; not read"})


class BookedBody(Strict):
    """Whom to phone about what, and when: in a `slot`, or `asap` in the first free one."""

    customer = words(_LONGEST_ID)
    source = fields.String(allow_none=True, validate=validate.Length(1, _LONGEST_ID))
    ticket = fields.String(allow_none=True, validate=validate.Length(1, _LONGEST_ID))
    topic = fields.String(
        load_default="callback",
        validate=validate.Regexp(
            r"^[\w.:-]{1,64}\Z", error="Up to 64 letters, digits, dots, dashes and colons."
        ),
    )
    slot = fields.Nested(SlotBody, allow_none=True)
    asap = fields.Boolean(load_default=False)
    phone = fields.String(
        allow_none=True,
        validate=validate.Length(1, _NUMBER),
        metadata={"description": "another number than the customer's own"},
    )
    reason = fields.String(allow_none=True, validate=validate.Length(1, LONGEST_REASON))
    chosen = fields.Boolean(
        load_default=False,
        metadata={"description": "the customer chose the slot: their usual hours do not bind"},
    )
    priority = fields.String(
        load_default="normal", validate=validate.OneOf([each.name.lower() for each in Urgency])
    )

    @validates_schema
    def some_time(self, data: Mapping[str, Any], **_: Any) -> None:
        """A slot or `asap`: nobody is promised a call at a time that nobody named."""
        if data.get("slot") is None and not data["asap"]:
            raise ValidationError("Name a slot, or say asap: true for the first free one.", "slot")


class AgentBody(Strict):
    """Who takes it."""

    agent = words(_LONGEST_NAME, description="the agent's id")


class OutcomeBody(Strict):
    """What came of the call."""

    outcome = fields.String(
        required=True, validate=validate.OneOf([each.value for each in CallOutcome])
    )
    notes = fields.String(allow_none=True, validate=validate.Length(0, LONGEST_NOTES))
    agent = words(
        _LONGEST_NAME, required=False, description="who phoned, where it is not who holds it"
    )


class RescheduledBody(Strict):
    """Another slot."""

    slot = fields.Nested(SlotBody, required=True)
    chosen = fields.Boolean(load_default=False)


class CancelledBody(Strict):
    """Why it is not wanted any more: a word such as `got_through`, or a sentence.

    The customer is told, but not for `customer` and `got_through`: then they know. A sentence is
    kept with the notes, and `reason_closed` is `by_agent`.
    """

    reason = words(LONGEST_REASON)


class SlotSchema(Schema):
    """A stretch of time: from the first instant to before the last."""

    from_ = fields.String(data_key="from", attribute="from")
    until = fields.String()


class FreeSlotSchema(SlotSchema):
    """A slot that can be promised; `room` is for how many."""

    local_time = fields.String(metadata={"description": "its begin on the customer's clock"})
    room = fields.Integer()


class FreeSlotsSchema(Schema):
    """The slots that can be promised, in order."""

    items = fields.List(fields.Nested(FreeSlotSchema))


class AttemptSchema(Schema):
    """One try to reach the customer."""

    at = fields.String()
    outcome = fields.String(validate=validate.OneOf([each.value for each in CallOutcome]))
    by = fields.String()


class CallbackSchema(Schema):
    """A promise to phone a customer."""

    id = fields.String()
    source = fields.String()
    customer = fields.String()
    ticket = fields.String(allow_none=True)
    topic = fields.String()
    reason = fields.String(allow_none=True)
    slot = fields.Nested(SlotSchema)
    local_time = fields.String(metadata={"description": "the slot's begin on the customer's clock"})
    state = fields.String(validate=validate.OneOf([each.value for each in CallbackState]))
    attempts = fields.List(fields.Nested(AttemptSchema))
    priority = fields.String(validate=validate.OneOf([each.name.lower() for each in Urgency]))
    agent = fields.String(allow_none=True)
    notes = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    origin = fields.String(validate=validate.OneOf([each.value for each in Origin]))
    chosen = fields.Boolean()
    complaint = fields.String(allow_none=True)
    asked_at = fields.String()
    attempt_at = fields.String(allow_none=True)
    claimed_until = fields.String(allow_none=True)
    missed = fields.Integer()
    closed_at = fields.String(allow_none=True)
    reason_closed = fields.String(allow_none=True)


class CallbackPageSchema(Schema):
    """One page of callbacks, by promise and then priority."""

    items = fields.List(fields.Nested(CallbackSchema))
    next = fields.String(allow_none=True)
