"""What does the advice say about how sure it is? The part of the document that holds it."""

from __future__ import annotations

import msgspec


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The values that 10, 50 and 90 % of the scenarios stay below."""

    p10: float
    p50: float
    p90: float


class UncertainInput(msgspec.Struct, frozen=True, kw_only=True):
    """A number that is not certain. `moves_costs` is false where no cost here depends on it.

    `parameters` are the numbers of its `kind` (`economics.simulation.distributions`), so that the
    same futures can be drawn again by the seed; documents of earlier versions have none.
    """

    key: str
    kind: str
    values: Spread
    moves_costs: bool
    parameters: dict[str, float] = {}


class ActionSpread(msgspec.Struct, frozen=True, kw_only=True):
    """An action's discounted cost over the horizon, and how often it is the cheapest of all."""

    action: str
    usd: Spread
    mean_usd: float
    cheapest_probability: float


class BreakEvenSpread(msgspec.Struct, frozen=True, kw_only=True):
    """When the box has paid for itself against one API; a null quantile is never.

    Scenarios that never pay back within the horizon count as later than all others.
    """

    api: str
    p10_months: float | None
    p50_months: float | None
    p90_months: float | None
    never_probability: float
    within_12_months_probability: float
    several_crossings_probability: float


class TornadoBar(msgspec.Struct, frozen=True, kw_only=True):
    """One input at its P10 and its P90, every other at its median.

    `saving_*` is what the box saves over the baseline API by the horizon. `variance_share` is the
    part of that saving's variance that this input explains alone, null where nothing varies.
    """

    key: str
    value_p10: float
    value_p90: float
    saving_usd_at_p10: float
    saving_usd_at_p90: float
    break_even_months_at_p10: float | None
    break_even_months_at_p90: float | None
    swing_usd: float
    variance_share: float | None


class CorrelationPart(msgspec.Struct, frozen=True, kw_only=True):
    """Two inputs that rise and fall together, by Spearman's rank correlation."""

    first: str
    second: str
    rank: float


class MonthSpread(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides have cost by the end of a month, each by itself (`advice.cumulative`)."""

    local_usd: Spread
    api_usd: Spread


class UncertaintyPart(msgspec.Struct, frozen=True, kw_only=True):
    """Costs and pay-back over many futures, the widest bar of the tornado first.

    `cumulative` is the band around the curves of both costs, from the purchase (0) to the horizon.
    `taken_as_certain` names what usually varies and what nobody gave a spread for. Numbers are
    rounded to nine digits, so that processors that round differently write the same bytes.
    """

    scenarios: int
    seed: int
    months: int
    baseline: str
    inputs: tuple[UncertainInput, ...]
    correlations: tuple[CorrelationPart, ...]
    saving_usd: Spread
    saving_at_medians_usd: float
    local_saves_probability: float
    actions: tuple[ActionSpread, ...]
    break_even: tuple[BreakEvenSpread, ...]
    tornado: tuple[TornadoBar, ...]
    taken_as_certain: tuple[str, ...]
    cumulative: tuple[MonthSpread, ...] = ()
