"""Our octets beside those of another implementation of SMPP, which serves here as the judge."""

import pytest
from aiosmpplib.codec import GSM7BitCodec
from aiosmpplib.protocol import BindTransceiver, DeliverSm, SmppMessage, SubmitSm
from aiosmpplib.state import NPI, TON, PhoneNumber

from channels import pdu, septets
from channels.accounts import Alphabet, Long
from channels.pdu import Pdu

TEXTS = ["Rate us 1-5", "请评价:5非常满意", "€[]{}\\~^|", "¡¿ÄÖÜñà ΔΦΓΛΩΠΨΣΘΞ\n\r", "😀"]


def submit(text: str) -> bytes:
    [part] = septets.parts(text, 1, Alphabet.GSM, Long.UDH)
    wanted = pdu.Submit(
        source=pdu.party("Huifang"),
        destination=pdu.party("+8613800138001"),
        coding=part.coding,
        text=part.text,
        valid_for=93_784,
    )
    return Pdu(command=pdu.SUBMIT_SM, number=7, body=pdu.submit(wanted)).octets()


@pytest.mark.parametrize("text", TEXTS)
def test_what_we_submit_is_read_as_it_was_meant(text: str) -> None:
    octets = submit(text)
    theirs = SubmitSm.from_pdu(octets, SmppMessage.parse_header(octets[:16]), "gsm0338")
    assert isinstance(theirs, SubmitSm)
    assert theirs.short_message == text
    assert theirs.source == PhoneNumber("Huifang", TON.ALPHANUMERIC, NPI.UNKNOWN)
    assert theirs.destination == PhoneNumber("8613800138001", TON.INTERNATIONAL, NPI.ISDN)
    assert theirs.registered_delivery == 1
    assert theirs.pdu() == octets


def test_our_bind_is_theirs() -> None:
    ours = Pdu(command=pdu.BIND_TRANSCEIVER, number=1, body=pdu.bind("huifang", "secret", "X"))
    theirs = BindTransceiver(
        sequence_num=1, system_id="huifang", password="secret", system_type="X"
    )
    assert ours.octets() == theirs.pdu()


@pytest.mark.parametrize("text", TEXTS)
def test_what_they_deliver_is_read_as_it_was_meant(text: str) -> None:
    theirs = DeliverSm(
        sequence_num=1,
        short_message=text,
        source=PhoneNumber("8613800138001", TON.INTERNATIONAL, NPI.ISDN),
        destination=PhoneNumber("10690001", TON.NETWORK_SPECIFIC, NPI.UNKNOWN),
    )
    found = pdu.deliver(theirs.pdu()[pdu.HEADER :])
    assert found is not None
    assert septets.decode(found.coding, found.text, Alphabet.GSM) == text
    assert pdu.e164(found.source, None) == "+8613800138001"


def test_every_septet_means_the_same_to_both() -> None:
    for code in range(128):
        if code != 0x1B:
            theirs, _ = GSM7BitCodec().decode(bytes((code,)))
            assert septets.decode(0, bytes((code,)), Alphabet.GSM) == theirs
