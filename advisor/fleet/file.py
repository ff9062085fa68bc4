"""Which hosts are to be measured, how is each reached, and with what is it measured?

Every way in which a fleet file may not make sense is one `InputError` that names what and the
remedy.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from advisor.documents import in_plain_words, read_toml
from advisor.errors import InputError
from advisor.history.exchange.leaving import ASKED

Way = Literal["ssh", "url", "ray"]

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?")
DESTINATION = re.compile(r"(?!-)[^\s\x00-\x1f\x7f]{1,300}")
"""What `ssh` takes: HOST, USER@HOST or ssh://USER@HOST:PORT; never what it would take as an
option."""
MOST_HOSTS = 10_000
MOST_AT_ONCE = 256
LONGEST_MIN = 24 * 60.0
EXAMPLE = "configs/fleet.toml is a fleet to start from."


class Host(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A box and the one way to it.

    `ssh` is a destination of the system's `ssh`, `ray` a resource that only this node of the Ray
    cluster has, `url` a model server that is measured from here. `advisor` starts this program
    there. `bench` are options of `advisor bench`, above those for all.
    """

    name: str
    ssh: str | None = None
    url: str | None = None
    ray: str | None = None
    advisor: str = "advisor"
    bench: dict[str, Any] = {}

    @property
    def way(self) -> Way:
        return "ssh" if self.ssh is not None else "url" if self.url is not None else "ray"


class FleetFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All hosts. `parallel` of them are measured at once, `limit_min` minutes each at most.

    `include` names what comes back beside what leaves a machine anyway (as `advisor export
    --include`); `bench` are options of `advisor bench` for all hosts.
    """

    host: tuple[Host, ...]
    parallel: int = 8
    limit_min: float = 60.0
    include: tuple[str, ...] = ()
    ssh_config: str | None = None
    ray_address: str = "auto"
    bench: dict[str, Any] = {}


def read_fleet(path: Path) -> FleetFile:
    """The fleet in a TOML file. Raises InputError for whatever is wrong with it."""
    raw = read_toml(path, remedy=EXAMPLE)
    try:
        fleet = msgspec.convert(raw, FleetFile)
    except msgspec.ValidationError as error:
        where, why = in_plain_words(error)
        what = f"{path}: {where}" if where else str(path)
        raise InputError(what, why=why[:300], remedy=EXAMPLE) from None
    try:
        _check(fleet)
    except InputError as error:
        raise InputError(f"{path}: {error.what}", why=error.why, remedy=error.remedy) from None
    if fleet.ssh_config is None:
        return fleet
    config = path.parent / Path(fleet.ssh_config).expanduser()
    return msgspec.structs.replace(fleet, ssh_config=str(config.absolute()))


def chosen_hosts(fleet: FleetFile, names: tuple[str, ...]) -> tuple[Host, ...]:
    """The hosts of these names, without names all. Raises InputError for a name of none."""
    known = [host.name for host in fleet.host]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise InputError(
                f"there is no host '{name}' in the fleet",
                remedy=f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}.",
            )
    return tuple(host for host in fleet.host if not names or host.name in names)


def bench_options(fleet: FleetFile, host: Host, known: Mapping[str, bool]) -> tuple[str, ...]:
    """The host's options of `advisor bench` as arguments, each name and value in one of them.

    `known` are the options there are, by their name as a key, and whether each is a switch. Raises
    InputError for a key or a value that is none.
    """
    arguments = [] if host.url is None else [f"--url={host.url}"]
    for key, value in {**fleet.bench, **host.bench}.items():
        what = f"'{key}' of host '{host.name}'"
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise InputError(
                f"{what} is no option of `advisor bench`",
                remedy=f"Did you mean {near[0]}?" if near else "`advisor bench --help` lists them.",
            )
        if key == "url" and host.url is not None:
            raise InputError(f"{what} is told twice", remedy="Give url beside the host's name.")
        option = f"--{key.replace('_', '-')}"
        if known[key] != isinstance(value, bool):
            kind = "true or false" if known[key] else "a value"
            raise InputError(f"{what} takes {kind}", remedy="Correct it.")
        if isinstance(value, bool):
            arguments += [option] if value else []
        else:
            arguments += [
                f"{option}={_text(each, what)}"
                for each in (value if isinstance(value, list) else [value])
            ]
    return tuple(arguments)


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str | int | float):
        raise InputError(f"{what} is no value", remedy="Write text, a number or a list of them.")
    text = str(value)
    if any(ord(each) < 32 or ord(each) == 127 for each in text):
        raise InputError(f"{what} has a control character", remedy="Leave it out.")
    return text


def _check(fleet: FleetFile) -> None:
    if not 1 <= len(fleet.host) <= MOST_HOSTS:
        raise InputError(f"a fleet has 1 to {MOST_HOSTS:,} hosts", remedy=EXAMPLE)
    if not 1 <= fleet.parallel <= MOST_AT_ONCE:
        raise InputError(f"parallel is 1 to {MOST_AT_ONCE} hosts")
    if not 0 < fleet.limit_min <= LONGEST_MIN:
        raise InputError("limit_min is more than 0 and at most a day of minutes")
    for name in fleet.include:
        if name not in ASKED:
            raise InputError(
                f"'{name[:40]}' is nothing that can be included",
                remedy=f"There are {', '.join(ASKED)}.",
            )
    seen: set[str] = set()
    for host in fleet.host:
        if not NAME.fullmatch(host.name):
            raise InputError(
                f"'{host.name[:60]}' cannot name a host",
                remedy="Use up to 40 letters, digits, dots, hyphens and underscores, like gpu-7.",
            )
        if host.name in seen:
            raise InputError(f"there are two hosts '{host.name}'", remedy="Rename one.")
        seen.add(host.name)
        _check_way(host)


def _check_way(host: Host) -> None:
    given = [value for value in (host.ssh, host.url, host.ray) if value is not None]
    if len(given) != 1:
        raise InputError(
            f"host '{host.name}' needs one way to it, not {len(given)}",
            remedy="Give ssh, url or ray.",
        )
    if not DESTINATION.fullmatch(given[0]) or not DESTINATION.fullmatch(
        host.advisor.replace(" ", "_")
    ):
        raise InputError(
            f"host '{host.name}' has an address that is none",
            remedy='Write ssh = "user@host", url = "http://host:11434" or ray = "node:10.0.0.5".',
        )
