"""Where does a provider's key come from, and how is it kept from being seen?

Only the environment and the system's keyring are asked: what is typed as an option stays in shell
histories and lists of processes, what is written in a file gets copied.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from advisor.errors import AdvisorError
from advisor.servers.address import check_headers
from advisor.servers.apis.providers import Provider

KEYRING_SERVICE = "local-or-api"
SHORTEST_SEEN = 8
"""So many characters of a key in a row are hidden wherever they stand."""
HIDDEN = "[key]"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that does not show itself, and the place that it came from."""

    value: str = field(repr=False)
    origin: str


def find_key(provider: Provider, environment: Mapping[str, str] | None = None) -> ApiKey:
    """The provider's key. Raises AdvisorError that says where to put one, never showing any."""
    environment = os.environ if environment is None else environment
    for variable in provider.variables:
        value = environment.get(variable, "").strip()
        if value:
            check_headers(((variable, value),))
            return ApiKey(value, variable)
    value, trouble = _from_keyring(provider.name)
    if value:
        check_headers(((f"{provider.name}-key", value),))
        return ApiKey(value, "the keyring")
    raise AdvisorError(
        f"no key for {provider.title}",
        why=f"{' and '.join(provider.variables)} "
        f"{'is' if len(provider.variables) == 1 else 'are'} not set, and {trouble}",
        remedy=f"Set {provider.variables[0]}, or store it by "
        f"`keyring set {KEYRING_SERVICE} {provider.name}`.",
    )


def redacted(text: str, secret: str) -> str:
    """`text` without the secret or any run of SHORTEST_SEEN characters of it."""
    if not secret or not text:
        return text
    if len(secret) < SHORTEST_SEEN:
        return text.replace(secret, HIDDEN)
    hidden = [False] * len(text)
    for start in range(len(secret) - SHORTEST_SEEN + 1):
        piece = secret[start : start + SHORTEST_SEEN]
        at = text.find(piece)
        while at >= 0:
            hidden[at : at + SHORTEST_SEEN] = [True] * SHORTEST_SEEN
            at = text.find(piece, at + 1)
    shown: list[str] = []
    for character, is_hidden in zip(text, hidden, strict=True):
        if not is_hidden:
            shown.append(character)
        elif not shown or shown[-1] != HIDDEN:
            shown.append(HIDDEN)
    return "".join(shown)


def _from_keyring(name: str) -> tuple[str, str]:
    """The key stored for a provider, else why there is none."""
    try:
        import keyring
    except ImportError:
        return "", "the keyring is not installed (pip install 'local-or-api[keyring]')"
    try:
        value = keyring.get_password(KEYRING_SERVICE, name)
    except Exception as error:  # noqa: BLE001 - every backend has errors of its own
        return "", f"the keyring cannot be read ({type(error).__name__})"
    return (value or "").strip(), "the keyring holds none"
