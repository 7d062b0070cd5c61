"""How times are written in a query."""

from datetime import UTC, datetime

import pytest
from marshmallow import ValidationError

from huifang.scope import ScopeSchema

MORNING = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T08:00:00+08:00",
        "2026-11-20T08:00:00 08:00",  # a plus sign that was sent as it is arrives as a space
        "2026-11-20T08:00:00.000 08:00",
        "2026-11-20T00:00:00Z",
    ],
)
def test_a_bare_plus_sign_is_read_as_it_was_meant(text: str) -> None:
    assert ScopeSchema().load({"from": text}) == {"since": MORNING}


@pytest.mark.parametrize("text", ["2026-11-20T08:00:00", "2026-11-20 08:00", "2026-11-20", " ", ""])
def test_a_time_without_an_offset_is_none(text: str) -> None:
    with pytest.raises(ValidationError):
        ScopeSchema().load({"to": text})
