"""Holds our reading of Twilio's signature to Twilio's own library."""

import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from channels.signature import twilio_sign, twilio_valid

TOKEN = "12345"
FORMS: list[list[tuple[str, str]]] = [
    [],
    [("Body", "5"), ("From", "+8613800138000"), ("To", "+14155552671")],
    [("To", "b"), ("To", "a"), ("To", "b"), ("Empty", ""), ("Spaced", "  5 "), ("正文", "满意😀")],
]
URLS = [
    "https://survey.test/carriers/twilio/sms",
    "https://survey.test:443/carriers/twilio/status?contact=c_1&x=%E6%BB%A1",
    "http://survey.test:80/sms",
    "http://survey.test:8080/sms",
    "https://survey.test",
    "https://user:pass@survey.test/sms",
]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("form", FORMS)
def test_our_signature_is_the_one_that_twilio_computes(
    url: str, form: list[tuple[str, str]]
) -> None:
    theirs = RequestValidator(TOKEN).compute_signature(url, MultiDict(form))
    assert twilio_sign(TOKEN, url, form) == theirs
    assert twilio_valid(TOKEN, url, form, theirs)


@pytest.mark.parametrize(
    ("signed", "received"),
    [
        ("https://a.test/x", "https://a.test:443/x"),
        ("https://a.test:443/x", "https://a.test/x"),
        ("http://a.test:80/x?y=:80", "http://a.test/x?y=:80"),
        ("http://u:p@a.test/x", "http://u:p@a.test:80/x"),
        ("https://[::1]:443/x", "https://[::1]/x"),
        ("https://a.test/x", "https://a.test:8443/x"),
    ],
)
def test_the_port_may_be_written_or_not(signed: str, received: str) -> None:
    assert twilio_valid(TOKEN, received, FORMS[1], twilio_sign(TOKEN, signed, FORMS[1]))
    assert not twilio_valid(
        TOKEN, received, FORMS[1], twilio_sign(TOKEN, "https://a.test:8444/x", FORMS[1])
    )


@pytest.mark.parametrize(
    ("url", "form", "token"),
    [
        ("https://a.test/y", FORMS[1], TOKEN),
        ("http://a.test/x", FORMS[1], TOKEN),
        ("https://b.test:8443/x", FORMS[1], TOKEN),
        ("https://a.test/x?z=1", FORMS[1], TOKEN),
        ("https://a.test/x", [*FORMS[1], ("New", "1")], TOKEN),
        ("https://a.test/x", FORMS[1][1:], TOKEN),
        ("https://a.test/x", [("Body", "5 "), *FORMS[1][1:]], TOKEN),
        ("https://a.test/x", FORMS[1], "another"),
    ],
)
def test_any_change_of_what_was_signed_is_seen(
    url: str, form: list[tuple[str, str]], token: str
) -> None:
    signature = twilio_sign(TOKEN, "https://a.test/x", FORMS[1])
    assert not twilio_valid(token, url, form, signature)


@pytest.mark.parametrize("signature", [None, "", "x", "é", "\ud800", "A" * 10_000])
@pytest.mark.parametrize("url", ["https://a.test/x", "", "no url", "https://[::1", "\ud800"])
def test_what_is_no_signature_is_refused_quietly(url: str, signature: str | None) -> None:
    assert not twilio_valid(TOKEN, url, [("\ud800", "\x00")], signature)


def test_without_a_token_nothing_is_believed() -> None:
    url = "https://a.test/x"
    assert not twilio_valid("", url, [], twilio_sign("", url, []))
