"""What `huifang check` says where programs want calls and none can be made."""

import base64

import pytest

from huifang import configuration
from huifang.commands import silent

NEEDED = {
    "HUIFANG_SECRET_KEY": "secret-of-the-tests",
    "HUIFANG_DATA_KEY": base64.b64encode(b"k" * 32).decode(),
}
ACCOUNT = {
    "HUIFANG_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "HUIFANG_TWILIO_AUTH_TOKEN": "t" * 32,
    "HUIFANG_PUBLIC_URL": "https://care.example.com",
}


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, None),
        ({**ACCOUNT, "HUIFANG_TWILIO_FROM": "+862155550000"}, None),
        ({**ACCOUNT, "HUIFANG_TWILIO_FROM": "10086"}, "HUIFANG_TWILIO_FROM"),
        ({**ACCOUNT, "HUIFANG_TWILIO_MESSAGING_SERVICE_SID": "MG1"}, "HUIFANG_TWILIO_FROM"),
        (
            {
                **ACCOUNT,
                "HUIFANG_TWILIO_FROM": "+862155550000",
                "HUIFANG_PUBLIC_URL": "http://127.0.0.1:8080",
            },
            "HUIFANG_PUBLIC_URL",
        ),
        (
            {
                **ACCOUNT,
                "HUIFANG_TWILIO_FROM": "+862155550000",
                "HUIFANG_TWILIO_BASE_URL": "http://127.0.0.1:9000",
                "HUIFANG_PUBLIC_URL": "http://127.0.0.1:8080",
            },
            None,
        ),
    ],
)
def test_an_account_that_cannot_call_is_told_of(given: dict[str, str], word: str | None) -> None:
    said = silent(configuration.load({**NEEDED, **given}))
    assert set(said) == (set() if word is None else {"voice"})
    assert word is None or word in said["voice"]
