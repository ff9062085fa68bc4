"""Whose certificates are believed, and why was one not?

The one place that sets up TLS, for questions and for measurements alike.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from advisor.errors import InputError
from advisor.servers.route import Route, Trust
from advisor.servers.wire import Endpoint

_NOT_YET, _EXPIRED = 9, 10
_UNKNOWN_ISSUER = {18, 19, 20, 21}
_OTHER_HOST, _OTHER_ADDRESS = 62, 64
"""Results of OpenSSL's verification: X509_V_ERR_..., openssl-verification-options(1)."""


def context_for(route: Route) -> ssl.SSLContext:
    """Verifies by the system's authorities (SSL_CERT_FILE where set) and the user's; TLS >= 1.2.

    Offers HTTP/1.1, or HTTP/2 if that is the route's. Raises InputError if a file cannot be used.
    """
    named = os.environ.get("SSL_CERT_FILE")
    if named and not Path(named).is_file():
        raise InputError(
            f"SSL_CERT_FILE names {named}, which is no file", remedy="Correct or unset it."
        )
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not any(ssl.get_default_verify_paths()[:2]):
        import certifi

        context.load_verify_locations(certifi.where())
    _add_users(context, route.trust)
    context.set_alpn_protocols(["h2" if route.http2 else "http/1.1"])
    return context


def why_refused(error: Exception, endpoint: Endpoint) -> tuple[str, str]:
    """Why a TLS connection failed, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _why_distrusted(error, endpoint)
    if isinstance(error, TimeoutError):
        return "no TLS handshake within the time limit", "See the server's log."
    said = getattr(error, "reason", None) or ""
    if "CERTIFICATE_REQUIRED" in said or "HANDSHAKE_FAILURE" in said:
        return (
            "it refuses this client, and may ask for a certificate",
            "Give one with --client-cert FILE.",
        )
    if "VERSION" in said and said != "WRONG_VERSION_NUMBER":
        return "it speaks no TLS of version 1.2 or newer", "Update the server."
    if "UNKNOWN_CA" in said or "BAD_CERTIFICATE" in said:
        return "it does not accept the client's certificate", "See --client-cert."
    return "it does not speak TLS there", "Try http:// instead of https://."


def _why_distrusted(error: ssl.SSLCertVerificationError, endpoint: Endpoint) -> tuple[str, str]:
    code, said = error.verify_code, error.verify_message
    if code == _EXPIRED:
        return "its certificate has expired", "Renew it on the server."
    if code == _NOT_YET:
        return "its certificate is not valid yet", "Check both machines' clocks."
    if code in (_OTHER_HOST, _OTHER_ADDRESS):
        return (
            f"its certificate is for another host than {endpoint.host}",
            "Use the name that is in the certificate.",
        )
    if code in _UNKNOWN_ISSUER:
        what = "self-signed" if code in (18, 19) else "from an authority that is not known here"
        return (
            f"its certificate is {what}",
            "Give the authority's certificate (or the server's own) with --ca-file FILE.",
        )
    return f"its certificate is not trusted ({said})", "Give its authority with --ca-file FILE."


def _add_users(context: ssl.SSLContext, trust: Trust) -> None:
    if trust.authorities is not None:
        # In-house authorities often lack what RFC 5280 wants beside the signature.
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        try:
            context.load_verify_locations(trust.authorities)
        except OSError as error:
            raise _unusable("--ca-file", trust.authorities, error) from None
    if trust.certificate is not None:
        try:
            context.load_cert_chain(trust.certificate, password=lambda: b"")
        except OSError as error:
            raise _unusable("--client-cert", trust.certificate, error) from None


def _unusable(option: str, path: Path, error: OSError) -> InputError:
    if isinstance(error, ssl.SSLError):
        why = (
            "it holds no certificate in PEM form"
            if option == "--ca-file"
            else "it holds no certificate with its key, without a password, in PEM form"
        )
    else:
        why = error.strerror or str(error)
    return InputError(f"{option} cannot use {path}", why=why)
