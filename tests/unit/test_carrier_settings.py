"""Holds the settings of SMS carriers to what may be written, and to sentences that say what not."""

import base64
from collections.abc import Mapping
from datetime import timedelta

import pytest

from channels.accounts import Alphabet, Long, Smsc, sender_for
from huifang import settings
from huifang.settings import Settings
from kernel.faults import SettingsFault

NEEDED = {
    "HUIFANG_SECRET_KEY": "s",
    "HUIFANG_DATA_KEY": base64.b64encode(bytes(32)).decode(),
}
TWILIO = {"HUIFANG_TWILIO_ACCOUNT_SID": "AC1", "HUIFANG_TWILIO_AUTH_TOKEN": "t"}
SERVICE = "MG" + "a" * 32


def loaded(extra: Mapping[str, str]) -> Settings:
    return settings.load({**NEEDED, **extra})


def fault(extra: Mapping[str, str]) -> str:
    with pytest.raises(SettingsFault) as raised:
        loaded(extra)
    [only] = raised.value.faults
    return only


def smsc(url: str) -> Smsc:
    found = loaded({"HUIFANG_SMS": "smpp", "HUIFANG_SMPP_URL": url}).smsc
    assert found is not None
    return found


def test_senders_by_country_stand_in_one_list() -> None:
    listed = f"+8610655500001, +44:Huifang ,+1:{SERVICE},+447:+447700900123"
    account = loaded(TWILIO | {"HUIFANG_TWILIO_FROM": listed}).twilio
    assert account is not None
    assert account.sender == "+8610655500001"
    assert sender_for(account.senders, "+447700900999") == "+447700900123"
    assert sender_for(account.senders, "+442079460000") == "Huifang"
    assert sender_for(account.senders, "+15005550006") == SERVICE
    assert sender_for(account.senders, "+8613800138000") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("44:Huifang", "prefix"),
        ("+44:", "must be a number"),
        ("+44:Huifang,+44:Other", "two senders for +44"),
        ("Huifang,Other", "two senders for all other"),
        (",", "nothing but commas"),
        ("+44:MG1", ""),
    ],
)
def test_a_list_of_senders_that_cannot_be_meant_is_refused(text: str, why: str) -> None:
    if not why:
        assert loaded(TWILIO | {"HUIFANG_TWILIO_FROM": text}).twilio
        return
    told = fault(TWILIO | {"HUIFANG_TWILIO_FROM": text})
    assert told.startswith("HUIFANG_TWILIO_FROM: ")
    assert why in told


def test_an_smsc_is_one_url() -> None:
    assert smsc("smpp://huifang:p%40ss@smsc.test?from=10690001") == Smsc(
        host="smsc.test",
        port=2775,
        system_id="huifang",
        password="p@ss",
        senders=(("", "10690001"),),
    )
    found = smsc(
        "smpps://h:p@smsc.test:4000?from=+8610690001,+44:Huifang&window=50&long=payload"
        "&alphabet=latin1&system_type=SMPP&country=CN&dead=001,011&timeout=5s&enquire=10s"
    )
    assert found == Smsc(
        host="smsc.test",
        port=4000,
        system_id="h",
        password="p",
        senders=(("", "+8610690001"), ("+44", "Huifang")),
        tls=True,
        window=50,
        long=Long.PAYLOAD,
        alphabet=Alphabet.LATIN,
        system_type="SMPP",
        country="CN",
        dead=frozenset({"001", "011"}),
        timeout=timedelta(seconds=5),
        enquire=timedelta(seconds=10),
    )
    assert "ss" not in repr(smsc("smpp://h:ssssss@smsc.test?from=1069"))


@pytest.mark.parametrize(
    "url",
    [
        "http://h:p@smsc.test?from=1069",
        "smpp://?from=1069",
        "smpp://h:p@smsc.test",
        "smpp://h:p@smsc.test/x?from=1069",
        "smpp://h:p@smsc.test?from=1069&windows=1",
        "smpp://h:p@smsc.test?from=1069&window=0",
        "smpp://h:p@smsc.test?from=1069&window=99999999999",
        "smpp://h:p@smsc.test?from=1069&long=short",
        "smpp://h:p@smsc.test?from=1069&alphabet=klingon",
        "smpp://h:p@smsc.test?from=1069&country=china",
        "smpp://h:p@smsc.test?from=1069&timeout=soon",
        "smpp://h:toolongpassword@smsc.test?from=1069",
        "smpp://a-system-id-too-long:p@smsc.test?from=1069",
        "smpp://h:p@smsc.test?from=x;y",
    ],
)
def test_an_smsc_that_cannot_be_meant_is_refused_without_its_password(url: str) -> None:
    told = fault({"HUIFANG_SMS": "smpp", "HUIFANG_SMPP_URL": url})
    assert told.startswith("HUIFANG_SMPP_URL: ")
    assert "toolong" not in told


def test_carrier_and_url_go_together() -> None:
    assert fault({"HUIFANG_SMS": "smpp"}).startswith("HUIFANG_SMPP_URL: is needed")
    url = "smpp://h:p@smsc.test?from=1069"
    assert fault({"HUIFANG_SMPP_URL": url}).startswith("HUIFANG_SMS: ")
    assert fault({"HUIFANG_SMS": "pigeon"}).startswith("HUIFANG_SMS: ")


def test_what_is_unknown_is_settled_after_the_slowest_carrier_s_answer() -> None:
    url = "smpp://h:p@smsc.test?from=1069&timeout=60s"
    found = loaded({"HUIFANG_SMS": "smpp", "HUIFANG_SMPP_URL": url})
    assert found.settle_after == timedelta(seconds=73)
