"""How is a model server elsewhere measured from this machine?

Its measurements are made by a program of their own, one after the other: two at once would share
this machine's processors and network, and measure that.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.fleet.program import Ended, Patience, run_program
from advisor.history.place import URL_VARIABLE, Place
from advisor.schedule.job import this_program


@dataclass(frozen=True, slots=True)
class FromHere:
    """This very program, which keeps its runs in the history at `place`."""

    place: Place

    def run(
        self,
        command: Sequence[str],
        output: Path,
        patience: Patience,
        on_line: Callable[[str], None],
    ) -> Ended:
        """Runs this program with the command's arguments. Raises HostError."""
        return run_program(
            [*this_program(), *command[1:]],
            output,
            patience,
            on_line,
            environment={
                "ADVISOR_DATA_DIR": str(self.place.folder),
                URL_VARIABLE: self.place.url or "",
            },
            end_by=signal.SIGINT if sys.platform != "win32" else signal.SIGTERM,
        )
