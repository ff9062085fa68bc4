"""Which tools are there, and which of them may be used?"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from advisor.agent.tool import Job, NotAllowedError, Tool, UnknownToolError
from advisor.agent.tools.advise import ADVISE
from advisor.agent.tools.bench import BENCH
from advisor.agent.tools.compare import COMPARE
from advisor.agent.tools.history import HISTORY, SHOW_RUN
from advisor.agent.tools.models import MODELS, PREDICT
from advisor.agent.tools.prices import PRICE, PRICES
from advisor.agent.tools.probe import PROBE

TOOLS: tuple[Tool, ...] = (
    PROBE,
    MODELS,
    PREDICT,
    BENCH,
    ADVISE,
    COMPARE,
    PRICES,
    PRICE,
    HISTORY,
    SHOW_RUN,
)
"""In the order of the work."""

TO_ALLOW = tuple(tool.name for tool in TOOLS if tool.writes)
"""The tools that change something, by the names that `--allow` takes."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """All tools; of those that change something only the `allowed` ones can be used."""

    allowed: Collection[str] = ()

    @property
    def usable(self) -> tuple[Tool, ...]:
        """The tools that a call is not refused."""
        return tuple(tool for tool in TOOLS if not tool.writes or tool.name in self.allowed)

    def call(self, name: str, arguments: dict[str, Any] | None, job: Job) -> dict[str, Any]:
        """What the tool answers. Raises UnknownToolError, NotAllowedError or another
        AdvisorError."""
        tool = next((tool for tool in TOOLS if tool.name == name), None)
        names = [tool.name for tool in TOOLS]
        if tool is None:
            near = difflib.get_close_matches(name, names, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}."
            raise UnknownToolError(f"there is no tool '{name[:60]}'", remedy=remedy)
        if tool not in self.usable:
            raise NotAllowedError(
                f"{name} is not allowed",
                why="it uses the machine and writes to the history, and only a person allows that",
                remedy=f"They start it again with --allow {name}.",
            )
        return tool.call(arguments, job)
