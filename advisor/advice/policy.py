"""Where does the decision turn? The guide's thresholds, as configuration."""

from __future__ import annotations

from dataclasses import dataclass

GUIDE = "low-regret guide for small teams, local or cloud API (zh-TW)"
"""The seed guide whose flow and thresholds these are."""

SCENARIO = "the scenario's [policy]"


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds of the decision flow. Change one and every step says so.

    Usage below `free_tier_below_tokens_per_month` goes to an API's free tier. Local needs a simple
    break-even below `break_even_below_months`. Above `maintainer_exception_tokens_per_month` the
    guide's text, but not its flow, would run a box even without a maintainer. A bill above
    `budget_usd_per_month` is more than the guide's small team spends. A box whose measured server
    held `many_users_concurrency` streams at once serves many users. `given` names the thresholds
    that a scenario states; the others are the guide's.
    """

    free_tier_below_tokens_per_month: float = 1e6
    break_even_below_months: float = 12.0
    maintainer_exception_tokens_per_month: float = 50e6
    budget_usd_per_month: float = 500.0
    many_users_concurrency: int = 8
    source: str = GUIDE
    given: tuple[str, ...] = ()

    def source_of(self, threshold: str) -> str:
        """Who says that this threshold is what it is."""
        return SCENARIO if threshold in self.given else self.source


GUIDES_POLICY = Policy()
