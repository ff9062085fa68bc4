"""Which other boxes could the team buy instead?"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.economics.inputs import Box


@dataclass(frozen=True, slots=True)
class Candidate:
    """A box that is weighed beside the team's own: the same case with another box, at its price."""

    name: str
    box: Box
