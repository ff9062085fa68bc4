"""How is one host measured, and how does its run come into the history?

A host that measures itself is told two things, each an ordinary command of this program: `advisor
bench` and then `advisor export` of that very run, whose bundle is a stranger's until it was
checked. So what the connection breaks off is still in the host's own history.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from advisor.errors import AdvisorError
from advisor.fleet.failure import HostError
from advisor.fleet.file import Host
from advisor.fleet.program import Ended, Patience
from advisor.history.exchange.read import read_bundle
from advisor.history.exchange.texts import run_id

LARGEST_DOCUMENT = 16 * 2**20
DONE, INTERRUPTED = 0, 130
ERROR_MARK = "advisor: "


class Way(Protocol):
    """A way to a host."""

    def run(
        self,
        command: Sequence[str],
        output: Path,
        patience: Patience,
        on_line: Callable[[str], None],
    ) -> Ended:
        """Runs a command there. Raises HostError."""
        ...


@dataclass(frozen=True, slots=True)
class Measured:
    """The run's id, and the checked bundle that holds it; None where it is in the history here."""

    run: str
    bundle: Path | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a host: options of `advisor bench`, and what to include in the bundle.

    What comes back is put into `folder`.
    """

    host: Host
    options: Sequence[str]
    include: Sequence[str]
    folder: Path


class _Said(msgspec.Struct):
    """What is read of a host's `advisor.bench/1`."""

    id: str


def measure_host(
    asked: Asked, way: Way, patience: Patience, on_line: Callable[[str], None]
) -> Measured:
    """Measures it. Raises HostError if it could not be."""
    patience.check()
    host = asked.host
    document = asked.folder / f"{host.name}.json"
    command = [host.advisor, "bench", *asked.options, "--json"]
    ended = way.run(command, document, patience, on_line)
    run = _run_in(document, ended)
    if host.url is not None:
        return Measured(run, None)
    bundle = asked.folder / f"{host.name}.bundle"
    beside = [f"--include={','.join(asked.include)}"] if asked.include else []
    command = [host.advisor, "--quiet", "export", run, *beside, "--output=-"]
    ended = way.run(command, bundle, patience, on_line)
    if ended.code != DONE:
        raise _failed(ended, "its run did not come back", f"There it is {run}.")
    _check_bundle(bundle, run)
    return Measured(run, bundle)


def _run_in(document: Path, ended: Ended) -> str:
    """The id of the run that was measured, whole or cut short."""
    if ended.code not in (DONE, INTERRUPTED) or document.stat().st_size == 0:
        raise _failed(ended, "it was not measured")
    with document.open("rb") as file:
        content = file.read(LARGEST_DOCUMENT + 1)
    try:
        said = msgspec.json.decode(content, type=_Said)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise HostError(
            "failed",
            "it did not answer with a measurement",
            why=str(error)[:200],
            remedy="See what `advisor bench --json` prints there; a shell that greets spoils it.",
        ) from None
    if run_id(said.id) is None:
        raise HostError("failed", "it answered with a run that has no id")
    return said.id


def _failed(ended: Ended, what: str, remedy: str = "") -> HostError:
    told = [line for line in ended.said if line.startswith(ERROR_MARK)] or list(ended.said)
    why = told[-1].removeprefix(ERROR_MARK) if told else f"it ended with {ended.code}"
    if ended.code == INTERRUPTED or ended.code < 0:
        return HostError("interrupted", "it was interrupted there", why=why, remedy=remedy)
    return HostError("failed", what, why=why, remedy=remedy)


def _check_bundle(bundle: Path, run: str) -> None:
    """Raises HostError unless it holds this run and no other."""
    try:
        held = [each.id for each in read_bundle(bundle)]
    except AdvisorError as error:
        raise HostError(
            "bad bundle",
            "what came back is not to be trusted",
            why=str(error)[:300],
            remedy=f"There it is {run}; `advisor export` there writes it for `advisor import`.",
        ) from None
    if held != [run]:
        raise HostError("bad bundle", "what came back is not the run that was measured")
