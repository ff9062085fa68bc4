"""Which meter does the user name, such as `rapl`, `shelly:HOST` or `nut:UPS@HOST`?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from advisor.errors import InputError

LOCAL = ("nvml", "rapl", "amd", "apple")
SHAPES = {
    **{kind: kind for kind in LOCAL},
    "shelly": "shelly:HOST[:PORT]",
    "tasmota": "tasmota:HOST[:PORT]",
    "json": "json:URL#path.to.watts",
    "nut": "nut:UPS@HOST[:PORT]",
}
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?")
_UPS = re.compile(r"[A-Za-z0-9._-]+")
_PLAIN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class MeterSpec:
    """A meter as typed. `address` is HOST[:PORT] or a URL; `name` a UPS or a path in JSON."""

    kind: str
    address: str = ""
    name: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it is part of this machine; the others can stand anywhere."""
        return self.kind in LOCAL

    @property
    def host_and_port(self) -> tuple[str, int | None]:
        """The two of an address HOST[:PORT], an IPv6 host without its brackets."""
        found = _HOST.fullmatch(self.address)
        assert found is not None
        return found[1].strip("[]"), int(found[2]) if found[2] else None


def parse_meter(text: str) -> MeterSpec:
    """What was typed after --meter. Raises InputError."""
    kind, _, rest = text.strip().partition(":")
    kind = kind.lower()
    if kind not in SHAPES:
        raise InputError(
            f"--meter {text}",
            why=f"there is no meter '{kind}'",
            remedy=f"Use one of: {', '.join(SHAPES.values())}.",
        )
    spec = _spec(kind, rest)
    if spec is None:
        raise InputError(
            f"--meter {text}",
            why="it is not written so",
            remedy=f"Use {SHAPES[kind]}.",
        )
    return spec


def _spec(kind: str, rest: str) -> MeterSpec | None:
    if kind in LOCAL:
        return None if rest else MeterSpec(kind)
    if kind == "json":
        url, _, path = rest.partition("#")
        return MeterSpec(kind, url, path) if path and _is_url(url) else None
    if kind == "nut":
        ups, _, address = rest.partition("@")
        return MeterSpec(kind, address, ups) if _UPS.fullmatch(ups) and _is_host(address) else None
    return MeterSpec(kind, rest) if _is_host(rest) else None


def _is_host(address: str) -> bool:
    found = _HOST.fullmatch(address)
    return found is not None and int(found[2] or 1) in range(1, 65_536)


def _is_url(url: str) -> bool:
    if not _PLAIN.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and port != 0
        and "@" not in parts.netloc
    )
