"""Which address did the user mean, and is it one?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from advisor.errors import InputError
from advisor.servers.wire import Endpoint

_DEFAULT_PORTS = {"http": 80, "https": 443}
KEY_VARIABLE = "ADVISOR_SERVER_KEY"
GIVE_KEY = f"Give its key in the environment as {KEY_VARIABLE}, or with --header 'NAME: VALUE'."
_EXAMPLE = "Write it like http://127.0.0.1:11434."


def parse_url(url: str) -> Endpoint:
    """The endpoint of a server's base URL; `host:port` alone means http.

    A trailing `/v1` is left out, since every dialect adds it. Raises InputError for a URL that
    cannot be one, or that carries a password, a query or a fragment.
    """
    text = url.strip()
    if not text or any(ord(character) <= 32 or ord(character) == 127 for character in text):
        raise _bad(url, "it is empty or holds spaces or control characters")
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise _bad(url, str(error)) from None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise _bad(url, f"'{scheme}' is neither http nor https")
    if not host:
        raise _bad(url, "it names no host")
    if port == 0:
        raise _bad(url, "port 0 cannot be reached")
    if parts.username is not None or parts.password is not None:
        raise InputError("the URL holds a user name or password", remedy="Leave it out.")
    if parts.query or parts.fragment:
        raise _bad(url, "it has a query or a fragment")
    if not parts.path.isascii():
        raise _bad(url, "its path is not percent-encoded")
    path = parts.path.rstrip("/").removesuffix("/v1")
    return Endpoint(scheme, host, port or _DEFAULT_PORTS[scheme], path)


def parse_headers(lines: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Headers as people write them, "Name: value". Raises InputError, which never shows a value."""
    parts = [line.partition(":") for line in lines]
    pairs = [(name.strip() if colon else "", value.strip()) for name, colon, value in parts]
    return check_headers(tuple(pairs))


def with_key(
    headers: tuple[tuple[str, str], ...], environment: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """The headers, with the environment's key as a bearer token where they name nobody else.

    Raises InputError, which never shows it.
    """
    key = environment.get(KEY_VARIABLE, "").strip()
    if not key or any(name.lower() == "authorization" for name, _ in headers):
        return headers
    if not all("!" <= character <= "~" for character in key):
        raise InputError(
            f"the key in {KEY_VARIABLE} holds characters that no key has",
            remedy="Look for line breaks and typographic quotes in it.",
        )
    return (*headers, ("Authorization", f"Bearer {key}"))


def check_headers(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The headers, if HTTP can carry them. Raises InputError, which never shows a value."""
    for name, value in headers:
        if not name or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
            raise InputError(
                "a header has no proper name",
                remedy="Write headers like 'Authorization: Bearer KEY'.",
            )
        if not all(" " <= character <= "ÿ" and character != "\x7f" for character in value):
            raise InputError(
                f"the value of the header '{name}' holds characters that HTTP cannot carry",
                remedy="Look for line breaks and typographic quotes in it.",
            )
    return headers


def _bad(url: str, why: str) -> InputError:
    return InputError(f"'{url[:100]}' is not a server's URL", why=why, remedy=_EXAMPLE)
