"""What does the advice say of rented GPUs and of other boxes, as others read it?

Money is USD at full precision. A null is unknown, with its reason under `unknown`, except where a
field says that null means "never" or "not so".
"""

from __future__ import annotations

import msgspec

from advisor.advice.flow import Decision


class RentedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A GPU by the hour for the same work: `hours` of each of `gpus`, of which `busy_hours` are
    work. Null where the speed is unknown.

    `break_even_months_*` say when the box has paid for itself against this rent (null: never,
    unless `unknown` names it); the box's overflow goes to the baseline API. `decision` is what the
    flow says with this rent in place of the baseline's bill. `ruled_out` says why the work may not
    go there (null: it may). `at_box_speed`: nobody gave its speed, the box's stands in.
    """

    name: str
    kind: str
    source: str
    as_of: str | None
    usd_per_hour: float
    usd_per_month: float | None
    usd_12_months: float | None
    busy_hours_per_month: float | None
    hours_per_month: float | None
    gpus: int | None
    break_even_months_simple: float | None = None
    break_even_months_full: float | None = None
    decision: Decision | None = None
    ruled_out: str | None = None
    at_box_speed: bool = False


class CandidatePart(msgspec.Struct, frozen=True, kw_only=True):
    """A box that could be bought instead, in the measures of the comparison with the baseline API.

    `usd_12_months_with_overflow` adds what the baseline charges for the work that the box cannot
    serve, and `less_than_box_usd_12_months` is how much less that is than with the team's own box
    (below 0: more). Null in `break_even_*` is never, unless `unknown` names it. `decision` is what
    the flow says with this box in place of the team's own.
    """

    name: str
    source: str
    as_of: str | None
    capital_usd: float
    local_usd_per_month: float | None
    local_usd_12_months: float | None
    usd_12_months_with_overflow: float | None
    less_than_box_usd_12_months: float | None
    break_even_months_simple: float | None
    break_even_months_full: float | None
    local_usd_per_mtok: float | None
    utilization: float | None
    fits: bool | None
    overflow_share: float | None
    electricity_upper_bound: bool
    decision: Decision


class CheapestPart(msgspec.Struct, frozen=True, kw_only=True):
    """The action that costs least over 12 months of all that may serve the work, named as in the
    regret table, and how much less than what is decided (0: it is what is decided)."""

    action: str
    usd_12_months: float
    less_than_decided_usd: float
