"""What is ready to be measured: a server, the model on it, and how it came to run?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from advisor.documents import Unknown
from advisor.models.synthetic import SyntheticModel
from advisor.servers.wire import ServedModel, Server

BeforeLoad = Callable[[float | Unknown], None]
"""Called while the model is not in memory yet, with the share that will lie in a GPU's."""


class Process(Protocol):
    """A server of our own that can be ended and started again."""

    def start(self) -> Server:
        """Starts it and waits until it is ready. Raises AdvisorError if it is not in time."""
        ...

    def stop(self) -> None:
        """Ends it; harmless if it has ended already."""
        ...


@dataclass(frozen=True, slots=True)
class Serving:
    """A server ready to be measured, and the model on it.

    `model.name` is the model's own name, `served_as` what the server calls it. `embedded` is set
    when this program runs the engine, which computes on the CPU (Metal on a Mac). `synthetic` is
    set when the weights are random. `process` is set when the server is a child of this program,
    and `file` when it serves this one. `load_s` is how long that child took from its start until
    it had loaded the model.
    """

    server: Server
    model: ServedModel
    served_as: str
    embedded: bool = False
    synthetic: SyntheticModel | None = None
    note: str = ""
    load_s: float | None = None
    process: Process | None = None
    file: Path | None = None
