"""Why was a host not measured, and what is to be done about it?"""

from __future__ import annotations

from advisor.errors import AdvisorError
from advisor.fleet.document import Outcome


class HostError(AdvisorError):
    """One host could not be measured; the others can."""

    def __init__(self, outcome: Outcome, what: str, *, why: str = "", remedy: str = "") -> None:
        self.outcome: Outcome = outcome
        super().__init__(what, why=why, remedy=remedy)
