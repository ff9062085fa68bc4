"""Which change is too much? `decode_tok_per_s<-5%`, `ttft_ms>10%`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.errors import InputError
from advisor.history.compare.document import Crossed, Line
from advisor.history.compare.metrics import BY_NAME

_LIMIT = re.compile(r"\s*([a-z0-9_]+)\s*([<>])\s*([+-]?\d+(?:\.\d+)?)\s*%\s*")


@dataclass(frozen=True, slots=True)
class Limit:
    """A metric may not change below, or above, this share of the first side's value."""

    text: str
    metric: str
    below: bool
    change: float

    def is_crossed_by(self, line: Line) -> bool:
        """Whether a line's interval as a whole lies beyond the limit: noise alone crosses none."""
        if line.metric != self.metric:
            return False
        low, high = line.ci95[0] - 1, line.ci95[1] - 1
        return high < self.change if self.below else low > self.change


def parse_limit(text: str) -> Limit:
    """Raises InputError for what is no limit."""
    found = _LIMIT.fullmatch(text)
    if found is None or found[1] not in BY_NAME:
        raise InputError(
            f"'{text[:60]}' is no limit",
            remedy=f"Write 'decode_tok_per_s<-5%'; there are {', '.join(BY_NAME)}.",
        )
    return Limit(text.strip(), found[1], found[2] == "<", float(found[3]) / 100)


def crossed(limits: Sequence[Limit], lines: Sequence[Line]) -> tuple[Crossed, ...]:
    """Every line that crosses a limit."""
    return tuple(
        Crossed(
            limit=limit.text,
            side=line.side,
            load=line.load,
            workload=line.workload,
            change=line.ratio - 1,
        )
        for limit in limits
        for line in lines
        if limit.is_crossed_by(line)
    )
