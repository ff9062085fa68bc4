"""Certificates of an authority that no system knows, made for one test session."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme


@dataclass(frozen=True)
class Certificates:
    """PEM files: the authority's, and certificates with their keys."""

    authority: Path
    server: Path
    expired: Path
    client: Path

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
    return Certificates(
        *(folder / f"{name}.pem" for name in ("authority", "server", "expired", "client"))
    )
