"""The cases of an SMSC that speaks SMPP 3.4."""

import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from channels import pdu, receipts, septets
from channels.accounts import Alphabet, Long, Smsc
from channels.errors import ACCOUNT_PAUSE, SMPP, SMPP_TOO_FAST, TOO_FAST_PAUSE, SendErrorKind
from channels.model import ContactState
from channels.ports import Accepted
from channels.smpp import SmppSms
from tests.e2e.stack import free_port
from tests.fakes.smsc import DROP, SILENT, short_message, smsc
from tests.fakes.smsc import Smsc as FakeSmsc
from tests.providers.harness import PHONE, Came, Case, Failure, Lacks, Proof

name = "smpp"
NOBODY = "nobody"
THROTTLED, QUEUE_FULL, BAD_NUMBER, BAD_SOURCE, BAD_PASSWORD = 0x58, 0x14, 0x0B, 0x0A, 0x0E
ACCOUNT: dict[str, Any] = {
    "host": "127.0.0.1",
    "system_id": "huifang",
    "password": "secret",
    "senders": (("", "10690001"), ("+44", "Huifang")),
    "timeout": timedelta(seconds=5),
}


@dataclass(kw_only=True)
class Playing:
    carrier: SmppSms
    center: FakeSmsc

    def seen(self) -> Sequence[Mapping[str, Any]]:
        return self.center.submits


@asynccontextmanager
async def play(case: Case) -> AsyncIterator[Playing]:
    """The SMSC on a socket; nobody listens where the case says so."""
    bindings = [one for one in case.answers if isinstance(one, tuple)]
    answers = [one for one in case.answers if isinstance(one, int) or one in (DROP, SILENT)]
    async with smsc(answers=answers or [0], binding=[one for _, one in bindings] or [0]) as center:
        port = free_port() if NOBODY in case.answers else center.port
        sms = SmppSms(Smsc(**{**ACCOUNT, "port": port, **case.account}))
        try:
            yield Playing(carrier=sms, center=center)
        finally:
            await sms.close()


def refused(status: int, kind: SendErrorKind, **more: Any) -> Case:
    return Case(answers=[status], expected=Failure(kind=kind, code=f"0x{status:08X}", **more))


def udh(reference: int, total: int, number: int) -> bytes:
    return bytes((5, 0, 3, reference, total, number))


LONG = "满" * 70 + "意"
EUROS = "a" + "€" * 80  # each euro takes two septets
ONE = Accepted(carrier_id="m1")

generic: Mapping[str, Case | Lacks] = {
    "accepted": Case(
        message={"text": "Rate us [1-5] €"},
        expected=ONE,
        seen=[
            {
                "source_addr_ton": 3,
                "source_addr": "10690001",
                "dest_addr_ton": 1,
                "dest_addr_npi": 1,
                "destination_addr": PHONE[1:],
                "esm_class": 0,
                "registered_delivery": 1,
                "data_coding": 0,
                "short_message": b"Rate us \x1b<1-5\x1b> \x1be",
                "validity_period": "",
                "schedule_delivery_time": "",
            }
        ],
    ),
    "opt_out": Lacks(why="SMPP 3.4 has no status for it; carriers block in silence"),
    "dead_number": refused(BAD_NUMBER, SendErrorKind.DEAD_ADDRESS),
    "configuration": Case(
        answers=[("bind", BAD_PASSWORD)],
        expected=Failure(
            kind=SendErrorKind.CONFIGURATION,
            code="0x0000000E",
            retry_after=ACCOUNT_PAUSE,
            away=True,
        ),
        seen=[],
    ),
    "later": refused(0x45, SendErrorKind.LATER),
    "later_with_a_pause": refused(THROTTLED, SendErrorKind.LATER, retry_after=TOO_FAST_PAUSE),
    "nobody_there": Case(answers=[NOBODY], expected=Failure(kind=SendErrorKind.LATER, away=True)),
    "silent": Case(
        answers=[SILENT],
        account={"timeout": timedelta(milliseconds=150)},
        expected=Failure(kind=SendErrorKind.AMBIGUOUS, away=True),
        proof=Proof.NONE,
    ),
    "dropped_after_acceptance": Case(
        answers=[DROP],
        expected=Failure(kind=SendErrorKind.AMBIGUOUS, away=True),
        proof=Proof.NONE,
    ),
    "dropped_before_acceptance": Lacks(why="seen from here it is the same as after it"),
    "server_error": Case(
        answers=[0xFF],
        expected=Failure(kind=SendErrorKind.AMBIGUOUS, code="0x000000FF"),
        proof=Proof.NONE,
    ),
    "long_text": Case(
        message={"text": LONG},
        expected=Accepted(carrier_id="m2", segments=2),
        seen=[
            {"esm_class": 0x40, "data_coding": 8, "registered_delivery": 0, "sm_length": 140},
            {"esm_class": 0x40, "data_coding": 8, "registered_delivery": 1, "sm_length": 14},
        ],
    ),
    "ucs2": Case(
        message={"text": "您好😀"},
        expected=ONE,
        seen=[{"data_coding": 8, "short_message": "您好😀".encode("utf-16-be")}],
    ),
    "validity": Case(
        message={"valid_for": 93_784}, expected=ONE, seen=[{"validity_period": "000001020304000R"}]
    ),
}

own: Mapping[str, Case] = {
    "what takes two septets never straddles two parts": Case(
        message={"text": EUROS},
        account={"long": Long.UDH},
        expected=Accepted(carrier_id="m2", segments=2),
        seen=[{"sm_length": 6 + 153}, {"sm_length": 6 + 8}],
    ),
    "a character of two units never straddles two parts": Case(
        message={"text": "满" * 66 + "😀" + "满" * 5},
        expected=Accepted(carrier_id="m2", segments=2),
        seen=[{"sm_length": 6 + 132}, {"sm_length": 6 + 14}],
    ),
    "a long text by sar parameters": Case(
        message={"text": LONG},
        account={"long": Long.SAR},
        expected=Accepted(carrier_id="m2", segments=2),
        seen=[
            {"esm_class": 0, "0x020e": b"\x02", "0x020f": b"\x01", "sm_length": 134},
            {"esm_class": 0, "0x020e": b"\x02", "0x020f": b"\x02", "sm_length": 8},
        ],
    ),
    "a long text as one payload": Case(
        message={"text": LONG},
        account={"long": Long.PAYLOAD},
        expected=Accepted(carrier_id="m1", segments=2),
        seen=[{"sm_length": 0, "0x0424": LONG.encode("utf-16-be"), "registered_delivery": 1}],
    ),
    "another default alphabet": Case(
        message={"text": "Grüße [ok]"},
        account={"alphabet": Alphabet.LATIN},
        expected=ONE,
        seen=[{"data_coding": 0, "short_message": "Grüße [ok]".encode("latin-1")}],
    ),
    "what another default alphabet lacks travels as UCS-2": Case(
        message={"text": "5 €"},
        account={"alphabet": Alphabet.LATIN},
        expected=ONE,
        seen=[{"data_coding": 8}],
    ),
    "a country has its own sender": Case(
        message={"to": "+447700900999"},
        expected=ONE,
        seen=[{"source_addr_ton": 5, "source_addr_npi": 0, "source_addr": "Huifang"}],
    ),
    "a country without a sender is never asked for": Case(
        account={"senders": (("+44", "Huifang"),)},
        expected=Failure(kind=SendErrorKind.CONFIGURATION, code="no_sender"),
        seen=[],
    ),
    "the rest of a message waits where the SMSC is too slow": Case(
        message={"text": LONG},
        answers=[0, THROTTLED, 0],
        expected=Accepted(carrier_id="m3", segments=2),
    ),
    "a message of which only a part was taken is never repeated": Case(
        message={"text": LONG},
        answers=[0, BAD_SOURCE],
        expected=Failure(kind=SendErrorKind.AMBIGUOUS, retryable=False, code="0x0000000A"),
        proof=Proof.NONE,
    ),
    "a carrier's own status is for a person to look at": refused(
        0x400, SendErrorKind.CONFIGURATION
    ),
} | {
    f"status_0x{status:02X}": refused(
        status,
        meaning.kind,
        retry_after=ACCOUNT_PAUSE
        if meaning.account_wide
        else TOO_FAST_PAUSE
        if status in SMPP_TOO_FAST
        else None,
    )
    for status, (meaning, _) in SMPP.items()
}


def told(stat: str, err: str = "000", id: str = "42") -> str:
    return (
        f"id:{id} sub:001 dlvrd:001 submit date:2611220101 done date:261122010159 "
        f"stat:{stat} err:{err} text:id:9 stat:EXPIRED"
    )


def receipt(text: str, parameters: dict[int, bytes] | None = None) -> bytes:
    return short_message(text.encode(), esm_class=4, parameters=parameters)


DONE = {"state": ContactState.DELIVERED, "failed": None, "code": None, "number": PHONE}
GONE = {"state": ContactState.FAILED, "failed": SendErrorKind.AMBIGUOUS}

came: Mapping[str, Came] = {
    "delivered": Came(what=receipt(told("DELIVRD")), expected={**DONE, "id": "42"}),
    "delivered by parameters alone": Came(
        what=receipt("", {0x001E: b"1F4A\0", 0x0427: b"\x02"}), expected={**DONE, "id": "1F4A"}
    ),
    "accepted": Came(
        what=receipt(told("ACCEPTD")), expected={"state": ContactState.SENT, "failed": None}
    ),
    "an unknown state says nothing": Came(what=receipt(told("UNKNOWN")), expected=None),
    "no state says nothing": Came(what=receipt("hello"), expected=None),
    "undelivered": Came(
        what=receipt(told("UNDELIV", "0A1")), expected={**GONE, "code": "UNDELIV:0A1"}
    ),
    "undelivered for ever by the operator's list": Came(
        what=receipt(told("UNDELIV", "001")),
        expected={**GONE, "failed": SendErrorKind.DEAD_ADDRESS, "code": "UNDELIV:001"},
    ),
    "undelivered with the network's code": Came(
        what=receipt("", {0x001E: b"7\0", 0x0427: b"\x05", 0x0423: b"\x03\x00\x1b"}),
        expected={**GONE, "code": "UNDELIV:027"},
    ),
    "out of time": Came(
        what=receipt(told("EXPIRED")), expected={**GONE, "failed": SendErrorKind.LATER}
    ),
    "deleted": Came(what=receipt(told("DELETED")), expected=GONE),
    "rejected": Came(
        what=receipt(told("REJECTD", "021")),
        expected={**GONE, "failed": SendErrorKind.CONFIGURATION},
    ),
    "a message in GSM-7": Came(
        what=short_message(b"5 \x1be \x00"), expected={"text": "5 € @", "number": PHONE}
    ),
    "a message in UCS-2": Came(
        what=short_message("满意😀".encode("utf-16-be"), coding=8), expected={"text": "满意😀"}
    ),
    "a message in Latin-1": Came(
        what=short_message("très".encode("latin-1"), coding=3), expected={"text": "très"}
    ),
    "a message of a class": Came(what=short_message(b"5", coding=0xF1), expected={"text": "5"}),
    "an empty message": Came(what=short_message(b""), expected={"text": ""}),
    "a message as payload": Came(
        what=short_message(b"", parameters={0x0424: b"5"}), expected={"text": "5"}
    ),
    "a national number": Came(
        what=short_message(b"5", source="13800138001", ton=2), expected={"number": PHONE}
    ),
    "a part of a message": Came(
        what=short_message(udh(7, 3, 2) + b"b", esm_class=0x40),
        expected={"text": "b", "place": (7, 3, 2)},
    ),
    "a part with a long reference": Came(
        what=short_message(bytes((6, 8, 4, 1, 2, 2, 1)) + b"a", esm_class=0x40),
        expected={"text": "a", "place": (258, 2, 1)},
    ),
    "a part by sar parameters": Came(
        what=short_message(
            b"a", parameters={0x020C: struct.pack("!H", 9), 0x020E: b"\x02", 0x020F: b"\x01"}
        ),
        expected={"text": "a", "place": (9, 2, 1)},
    ),
    "half a message is none": Came(what=short_message(b"5")[:-3], expected=None),
    "nothing is none": Came(what=b"", expected=None),
}


def read(what: bytes) -> Mapping[str, Any] | None:
    """A receipt or a message."""
    found = pdu.deliver(what)
    if found is None:
        return None
    number = pdu.e164(found.source, "CN")
    if found.esm_class & pdu.ESM_KIND == pdu.ESM_RECEIPT:
        told = receipts.read(found, found.text.decode(), number, frozenset({"001"}))
        if told is None:
            return None
        about = {"state": told.state, "failed": told.failed, "code": told.code}
        return {**about, "id": told.ids[0] if told.ids else None, "number": told.number}
    place, text = septets.place(found)
    where = (place.reference, place.total, place.number) if place else None
    said = septets.decode(found.coding, text, Alphabet.GSM)
    return {"text": said, "number": number, "place": where}
