"""What does the advice say about being wrong, as others read it? Regret, information, waiting.

Money is USD at full precision, in today's money over the horizon unless a part says otherwise. A
null is unknown, with its reason under `unknown`, except where a field says that null means "never"
or "not asked".
"""

from __future__ import annotations

from typing import Literal

import msgspec


class WorthPart(msgspec.Struct, frozen=True, kw_only=True):
    """A value, and the standard error that the finite number of draws leaves it."""

    usd: float
    standard_error_usd: float


class ActionPart(msgspec.Struct, frozen=True, kw_only=True):
    """One action over all scenarios. Regret is its cost less that of the best action there;
    `worst_regret_usd` is the largest drawn, and grows with the number of draws where an input has
    no upper bound: `p95_regret_usd` does not."""

    action: str
    mean_cost_usd: float
    expected_regret_usd: float
    standard_error_usd: float
    p95_regret_usd: float
    worst_regret_usd: float


class KnowingPart(msgspec.Struct, frozen=True, kw_only=True):
    """What knowing these keys of the scenario exactly would be worth before deciding (EVPPI)."""

    keys: tuple[str, ...]
    worth: WorthPart


class MeasurementPart(msgspec.Struct, frozen=True, kw_only=True):
    """What one more measurement is worth (EVSI), what it costs, and what is left: net above 0,
    it pays to measure before deciding. `error_share` is the standard error that its reading is
    taken to have, as a share of the value; `cost_usd` is the price of the delay, where one must
    wait for it."""

    what: str
    keys: tuple[str, ...]
    error_share: float
    worth: WorthPart
    cost_usd: float
    net_usd: float


class WaitPart(msgspec.Struct, frozen=True, kw_only=True):
    """Staying at the API for `months` and choosing by what is seen meanwhile. `net` is what it
    saves over the best choice today: what is learnt less the delay."""

    action: str
    months: int
    mean_cost_usd: float
    information: WorthPart
    delay_usd: float
    net: WorthPart


class AllowancePart(msgspec.Struct, frozen=True, kw_only=True):
    """The not-yet-bought rule: buy once `still_to_spend_usd` more has gone to the API, which is in
    `month` if use and prices move as the scenario says; null means never within the horizon.

    Undiscounted, from today on. `purchase_usd` is the price less the resale at the horizon's end,
    `saved_share_of_bill` what the box would save of the horizon's bills. Whenever use ends, the
    total is at most `at_most_times_hindsight` times the best cost in hindsight.
    """

    still_to_spend_usd: float | None
    month: float | None
    purchase_usd: float
    saved_share_of_bill: float
    at_most_times_hindsight: float


class ClassSharePart(msgspec.Struct, frozen=True, kw_only=True):
    """The share of one class of requests on the box in month 0."""

    name: str
    local_share: float


class BestSplitPart(msgspec.Struct, frozen=True, kw_only=True):
    """The cheapest split found, with both pure choices over the same months.

    `uses` is `hybrid` where both sides serve something. `local_share` is of month 0's tokens;
    `api_only_usd` is null where sensitive work forbids it; `local_first_usd` puts on the box all
    that it can serve, and the rest at the API. `saved_usd` is what the split saves over the cheaper
    of both, never below 0.
    """

    uses: Literal["api", "local", "hybrid"]
    local_share: float
    local_share_last_month: float
    by_class: tuple[ClassSharePart, ...]
    busy_hours: float
    local_usd_per_month: float
    api_usd_per_month: float
    usd: float
    api_only_usd: float | None
    local_first_usd: float
    saved_usd: float


class RegretPart(msgspec.Struct, frozen=True, kw_only=True):
    """What being wrong would cost, and what knowing more would be worth.

    `actions` are those of today, then waiting. `minimax` has the least worst regret,
    `least_expected` the least expected one; several names are ties. `perfect_information` (EVPI,
    of the actions of today) bounds what `knowing` and `measurements` are worth, which stand in
    falling order of it.
    """

    scenarios: int
    horizon_months: int
    actions: tuple[ActionPart, ...]
    minimax: tuple[str, ...]
    least_expected: tuple[str, ...]
    perfect_information: WorthPart
    knowing: tuple[KnowingPart, ...]
    measurements: tuple[MeasurementPart, ...]
    waiting: tuple[WaitPart, ...]
    ski_rental: AllowancePart | None
    best_split: BestSplitPart | None
    unknown: dict[str, str]
