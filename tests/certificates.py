"""Certificates of an authority that no system knows, made for one test session."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificates:
    """PEM files: the authority's, and certificates with their keys."""

    authority: Path
    server: Path
    expired: Path
    client: Path
    self_signed: Path

    def serving(self, certificate: Path, *protocols: str) -> ssl.SSLContext:
        """A server's context that shows `certificate`."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """For localhost, 127.0.0.1 and box.example."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    names = ("localhost", "127.0.0.1", "box.example")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for name, issued in (
        ("server", authority.issue_cert(*names)),
        ("expired", authority.issue_cert(*names, not_after=yesterday)),
        ("client", authority.issue_cert("client")),
    ):
        issued.private_key_and_cert_chain_pem.write_to_path(str(folder / f"{name}.pem"))
    names = ("authority", "server", "expired", "client")
    return Certificates(*(folder / f"{name}.pem" for name in names), _self_signed(folder))


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    path = folder / "self-signed.pem"
    path.write_bytes(
        key.private_bytes(pem, form, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    return path
