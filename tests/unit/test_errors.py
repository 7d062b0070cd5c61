"""Holds the meaning of a carrier's error codes to what may be done next."""

from datetime import timedelta

import pytest

from channels.errors import SendError, SendErrorKind, classify_twilio


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 21610, SendErrorKind.OPT_OUT),
        (200, 30004, SendErrorKind.OPT_OUT),
        (400, 21211, SendErrorKind.DEAD_ADDRESS),
        (400, 21614, SendErrorKind.DEAD_ADDRESS),
        (200, 30006, SendErrorKind.DEAD_ADDRESS),
        (401, 20003, SendErrorKind.CONFIGURATION),
        (400, 21606, SendErrorKind.CONFIGURATION),
        (200, 30007, SendErrorKind.CONFIGURATION),
        (429, 20429, SendErrorKind.LATER),
        (400, 21611, SendErrorKind.LATER),
        (200, 30003, SendErrorKind.LATER),
        (200, 30036, SendErrorKind.LATER),
        (500, 20500, SendErrorKind.AMBIGUOUS),
        (200, 30410, SendErrorKind.AMBIGUOUS),
        (429, None, SendErrorKind.LATER),
        (408, None, SendErrorKind.AMBIGUOUS),
        (502, None, SendErrorKind.AMBIGUOUS),
        (503, 99999, SendErrorKind.AMBIGUOUS),
        (403, None, SendErrorKind.CONFIGURATION),
        (400, 99999, SendErrorKind.CONFIGURATION),
        (200, 39999, SendErrorKind.LATER),
        (200, None, SendErrorKind.AMBIGUOUS),
    ],
)
def test_an_answer_of_twilio_says_what_may_be_done(
    status: int, code: int | None, kind: SendErrorKind
) -> None:
    assert classify_twilio(status, code) is kind


def test_the_text_of_an_error_holds_its_kind_and_code_alone() -> None:
    error = SendError(
        SendErrorKind.LATER,
        retryable=True,
        code="20429",
        detail="to +8613800138000",
        retry_after=timedelta(seconds=3),
    )
    assert str(error) == "later (20429)"
    assert (error.kind, error.retryable, error.retry_after) == ("later", True, timedelta(seconds=3))
