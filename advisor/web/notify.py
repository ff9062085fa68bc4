"""How does news of a run reach somebody who is not looking?

An address on http(s) gets a JSON document by POST; any other (`mailto://`, `slack://`, …) is
Apprise's (https://github.com/caronc/apprise, BSD). Nobody is told of anything unless an address was
given. Addresses may hold passwords and are never shown beyond their kind and host.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from advisor.errors import AdvisorError, InputError

TIMEOUT_S = 10.0
TITLE = "advisor"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent (`advisor.notice/1`): of which run and machine, and a text a line."""

    schema: Literal["advisor.notice/1"] = "advisor.notice/1"
    run: str
    machine: str | None
    lines: tuple[str, ...]


def notify(notice: Notice, addresses: Sequence[str]) -> list[str]:
    """Sends it to each address; what went wrong, a line each. Raises nothing: the run is kept."""
    problems = []
    for address in addresses:
        try:
            _send(notice, address)
        except AdvisorError as error:
            problems.append(str(error))
    return problems


def check(addresses: Sequence[str]) -> None:
    """Raises InputError for an address that none can be sent to, before anything is measured."""
    for address in addresses:
        if _is_web(address):
            if not urlsplit(address).hostname:
                raise InputError(f"--notify {shown(address)} names no host")
        elif not _apprise().Apprise().add(address):
            raise InputError(
                f"--notify {shown(address)} is no address that can be told",
                remedy="Write https://HOST/PATH, or an address as Apprise's documentation has it.",
            )


def shown(address: str) -> str:
    """Kind and host, without what may be secret."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "ADDRESS"
    host = parts.hostname if _is_web(address) else None
    return f"{parts.scheme}://{host or '…'}" if parts.scheme else "ADDRESS"


def _send(notice: Notice, address: str) -> None:
    if _is_web(address):
        _post(notice, address)
        return
    told = _apprise().Apprise()
    if not (told.add(address) and told.notify(title=TITLE, body="\n".join(notice.lines))):
        raise AdvisorError(f"{shown(address)} was not told", why="Apprise could not deliver it")


def _post(notice: Notice, address: str) -> None:
    import requests

    try:
        answer = requests.post(
            address,
            data=msgspec.json.encode(notice),
            headers={"Content-Type": "application/json"},
            timeout=TIMEOUT_S,
            allow_redirects=False,
            stream=True,
        )
    except (requests.RequestException, ValueError) as error:
        raise AdvisorError(f"{shown(address)} was not told", why=type(error).__name__) from None
    answer.close()
    if not answer.ok or answer.is_redirect:
        raise AdvisorError(f"{shown(address)} was not told", why=f"HTTP {answer.status_code}")


def _is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def _apprise() -> Any:
    try:
        import apprise
    except ImportError:
        raise InputError(
            "only addresses on http and https can be told here",
            why="Apprise is not installed",
            remedy="pip install 'local-or-api[notify]', or give a webhook.",
        ) from None
    return apprise
