"""The line to an SMSC in TLS: only one whose certificate somebody vouches for is spoken to."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.accounts import Smsc
from channels.errors import SendError, SendErrorKind
from channels.smpp import SmppSms
from tests.fakes.smsc import smsc
from tests.providers.smpp_sms import ACCOUNT
from tests.providers.test_smpp import message


def certificate(folder: Path) -> Path:
    """Key and certificate of 127.0.0.1, which vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "smsc.pem"
    coded = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(coded + made.public_bytes(serialization.Encoding.PEM))
    return path


def context(path: Path) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(path)
    return found


async def test_a_text_goes_over_tls_to_an_smsc_that_somebody_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    async with smsc(tls=context(path)) as center:
        carrier = SmppSms(Smsc(**{**ACCOUNT, "port": center.port, "tls": True}))
        try:
            assert (await carrier.send(message())).carrier_id == "m1"
        finally:
            await carrier.close()
        assert len(center.submits) == 1


async def test_a_certificate_that_nobody_vouches_for_is_for_the_operator(tmp_path: Path) -> None:
    async with smsc(tls=context(certificate(tmp_path))) as center:
        carrier = SmppSms(Smsc(**{**ACCOUNT, "port": center.port, "tls": True}))
        try:
            with pytest.raises(SendError) as raised:
                await carrier.send(message())
        finally:
            await carrier.close()
        assert (raised.value.kind, raised.value.detail) == (
            SendErrorKind.CONFIGURATION,
            "certificate",
        )
        assert center.binds == []
