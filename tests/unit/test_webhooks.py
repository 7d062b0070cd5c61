"""Shows what a signed webhook looks like, and which ones are not believed."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest

from kernel.webhooks import secret_bytes, sign, verify

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OTHER = "whsec_" + base64.b64encode(b"another secret of thirty-two byt").decode()
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
BODY = '{"a":"é"}'.encode()
# openssl dgst -sha256 -mac HMAC over `msg_1.1795222800.{"a":"é"}`
SIGNATURE = "v1,/VOu0I+zEskdK2g0yJy1F4dkqgq5MtMb7TN3kXRRhA4="


def test_the_signature_is_the_one_that_openssl_computes():
    assert sign(SECRET, "msg_1", NOW, BODY) == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1795222800",
        "webhook-signature": SIGNATURE,
    }


def test_the_same_instant_in_another_zone_gives_the_same_signature():
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    assert sign(SECRET, "msg_1", shanghai, BODY) == sign(SECRET, "msg_1", NOW, BODY)


def test_what_was_signed_is_believed():
    assert verify([SECRET], sign(SECRET, "msg_1", NOW, BODY), BODY, NOW)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-id", "msg_2"),
        ("webhook-id", ""),
        ("webhook-id", "msg.1"),
        ("webhook-timestamp", "1795222801"),
        ("webhook-timestamp", "1795222800.0"),
        ("webhook-timestamp", "+1795222800"),
        ("webhook-timestamp", "١٧٩٥٢٢٢٨٠٠"),
        ("webhook-timestamp", "9" * 5000),
        ("webhook-signature", ""),
        ("webhook-signature", "v1"),
        ("webhook-signature", "v1,"),
        ("webhook-signature", SIGNATURE.removeprefix("v1,")),
        ("webhook-signature", SIGNATURE.replace("v1,", "v2,")),
        ("webhook-signature", SIGNATURE.replace("v1,", "v1a,")),
        ("webhook-signature", SIGNATURE + "A"),
        ("webhook-signature", "v1,\udcff\u4e2d"),
    ],
)
def test_one_wrong_header_is_enough_to_disbelieve(header, value):
    headers = {**sign(SECRET, "msg_1", NOW, BODY), header: value}
    assert not verify([SECRET], headers, BODY, NOW)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_enough_to_disbelieve(missing):
    headers = sign(SECRET, "msg_1", NOW, BODY)
    del headers[missing]
    assert not verify([SECRET], headers, BODY, NOW)


def test_a_changed_body_is_not_believed():
    assert not verify([SECRET], sign(SECRET, "msg_1", NOW, BODY), BODY + b" ", NOW)


@pytest.mark.parametrize(
    ("seconds", "believed"), [(300, True), (301, False), (-300, True), (-301, False)]
)
def test_five_minutes_of_clock_are_tolerated_both_ways(seconds, believed):
    headers = sign(SECRET, "msg_1", NOW, BODY)
    assert verify([SECRET], headers, BODY, NOW + timedelta(seconds=seconds)) is believed


def test_any_signature_of_the_list_may_fit_any_secret():
    ours = sign(SECRET, "msg_1", NOW, BODY)
    theirs = sign(OTHER, "msg_1", NOW, BODY)
    both = f"v1a,abc {theirs['webhook-signature']}  {ours['webhook-signature']}"
    assert verify([SECRET], {**ours, "webhook-signature": both}, BODY, NOW)
    assert verify([OTHER, SECRET], ours, BODY, NOW)
    assert not verify([OTHER], ours, BODY, NOW)


def test_without_a_usable_secret_nothing_is_believed():
    headers = sign(SECRET, "msg_1", NOW, BODY)
    assert not verify([], headers, BODY, NOW)
    assert not verify(["", "whsec_", "whsec_!!"], headers, BODY, NOW)
    assert verify(["whsec_!!", SECRET], headers, BODY, NOW)


def test_a_secret_is_read_with_or_without_its_padding():
    assert secret_bytes(SECRET) == b"0123456789abcdef0123456789abcdef"
    assert secret_bytes(SECRET.rstrip("=")) == secret_bytes(SECRET)


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        ("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "starts with whsec_"),
        ("whsec_not base64 at all, not at all", "base64 after whsec_"),
        ("whsec_密码密码密码密码密码密码密码密码", "base64 after whsec_"),
        ("whsec_" + base64.b64encode(b"x" * 23).decode(), "24 to 64 bytes, not 23"),
        ("whsec_" + base64.b64encode(b"x" * 65).decode(), "24 to 64 bytes, not 65"),
        ("whsec_", "24 to 64 bytes, not 0"),
    ],
)
def test_an_unusable_secret_is_refused_with_a_sentence_that_does_not_quote_it(secret, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        secret_bytes(secret)
    told = secret.removeprefix("whsec_")
    assert not told or told not in str(caught.value)


@pytest.mark.parametrize("unusable", ["", "ticket.reopen:1", "a\nb", "工单"])
def test_an_id_that_would_blur_what_is_signed_is_refused(unusable):
    with pytest.raises(ValueError, match="without a dot"):
        sign(SECRET, unusable, NOW, BODY)


def test_a_naive_instant_cannot_be_signed():
    with pytest.raises(ValueError, match="aware"):
        sign(SECRET, "msg_1", NOW.replace(tzinfo=None), BODY)
