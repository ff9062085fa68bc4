"""What does the advice say, as others read it? (`advisor.advice/1`)

Money is USD at full precision, rounding belongs to whoever shows it. A null is unknown, with its
reason under `unknown`, except where a field says that null is "never".
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from advisor.advice.actions_document import CandidatePart, CheapestPart, RentedPart
from advisor.advice.asked_document import Explanation, Sensitivity, WhatIf
from advisor.advice.capacity_document import QueueingPart
from advisor.advice.carbon_document import CarbonPart
from advisor.advice.cumulative_part import CumulativePart
from advisor.advice.flow import Decision, Leaf, Missing, Step, Verdict
from advisor.advice.inputs import Inputs
from advisor.advice.regret_document import AllowancePart, BestSplitPart, RegretPart
from advisor.advice.uncertainty_document import UncertaintyPart

SplitKind = Literal["sensitive_local_rest_api", "base_load_local_peaks_api"]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the document."""


class Assumption(Document, frozen=True, kw_only=True):
    """Something that nobody stated: its value, where it comes from, what it decides.

    `flips` says what would flip the decision if it were otherwise, computed by deciding again;
    `flips_at` is the value at which it does, null where none does or where it is not a number.
    """

    key: str
    value: bool | float | str | tuple[str, ...] | None
    source: str
    flips: str
    flips_at: float | None = None


class CapacityPart(Document, frozen=True, kw_only=True):
    """Can the box serve the load? `utilization` is month 0's busy share of the powered hours.

    `overflow_share` is the part of the load beyond the box; `first_month_over` the first month of
    the horizon that does not fit (null: all fit, or unknown).
    """

    utilization: float | None
    fits: bool | None
    overflow_share: float | None
    first_month_over: int | None
    tokens_per_month: float | None


class LocalElectricity(Document, frozen=True, kw_only=True):
    """The first month's electricity, with the carbon where it weighs. `upper_bound`: the true bill
    can only be lower.

    `basis` is `given` (the scenario states the bill), `power_model` (active while busy, idle for
    the rest), `active_throughout` (active power for all powered hours) or null when unknown.
    `usd_per_kwh` is the mean over the week; with blocks it is the first kilowatt-hour's.
    """

    kwh_per_month: float | None
    usd_per_month: float | None
    usd_per_kwh: float | None
    upper_bound: bool
    basis: str | None


class CurrencyPart(Document, frozen=True, kw_only=True):
    """The currency that texts of this document and its report are in, and the rate behind them.

    Numbers stay in USD. `per_usd` is what one USD is worth in it on the day `as_of`.
    """

    code: str
    per_usd: float
    as_of: str
    source: str


class CrossingPart(Document, frozen=True, kw_only=True):
    """A month, with its fraction, from which on this side has cost less in all."""

    month: float
    ahead: Literal["local", "api"]


class Comparison(Document, frozen=True, kw_only=True):
    """The box against one API. Null in `break_even_*` is never, unless `unknown` names it.

    `status` of the price is `given` (by the scenario), `current`, `historic`, `announced`, or null
    for an unpriced API. `added` marks the same open model hosted, put here by the advisor.
    `highest_box_price_usd` pays back within the policy's months (null: no box does).
    `same_open_model`: whether this API serves the very model that was measured on the box, so that
    quality is no question (null: no model was measured). `notes` say which prices of the API could
    not be applied, and which are announced.
    """

    name: str
    baseline: bool
    added: bool
    status: str | None
    as_of: str | None
    source: str | None
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    cached_input_usd_per_mtok: float | None
    blended_usd_per_mtok: float | None
    api_usd_per_month: float | None
    local_usd_per_month: float | None
    api_usd_12_months: float | None
    local_usd_12_months: float | None
    break_even_months_simple: float | None
    break_even_months_full: float | None
    crossings: tuple[CrossingPart, ...]
    net_present_value_usd: float | None
    local_usd_per_mtok: float | None
    break_even_tokens_per_month: float | None
    highest_box_price_usd: float | None
    decision: Decision
    same_open_model: bool | None = None
    notes: tuple[str, ...] = ()


class PriceNeeded(Document, frozen=True, kw_only=True):
    """What an API must charge (input and output together, at this volume) for the box to pay back
    in `months`; for months null, the price below which local never pays."""

    months: float | None
    usd_per_mtok: float


class Flip(Document, frozen=True, kw_only=True):
    """The nearest value of one input, in one direction, at which the decision becomes another."""

    key: str
    unit: str
    now: float
    at: float
    direction: Literal["above", "below"]
    decision: Decision


class AnswerFlip(Document, frozen=True, kw_only=True):
    """A yes-or-no question which, answered otherwise, makes the decision another."""

    key: str
    now: bool
    decision_otherwise: Decision


class RegretCheck(Document, frozen=True, kw_only=True):
    """One of the guide's three regrets. `choice` is the side that would be regretted; `avoided`
    whether the decision keeps clear of it (null where it does not apply)."""

    id: Literal["bill_outgrows_plan", "box_nobody_maintains", "data_must_not_leave"]
    question: str
    applies: bool
    choice: Literal["local", "api"]
    avoided: bool | None
    why: str


class Split(Document, frozen=True, kw_only=True):
    """A hybrid: `local_share` of the tokens on the box, the rest at the baseline API."""

    kind: SplitKind
    local_share: float
    local_usd_per_month: float
    api_usd_per_month: float
    usd_12_months: float
    more_than_cheaper_pure_choice_usd: float


class ActionRegret(Document, frozen=True, kw_only=True):
    """An action's 12-month cost and regret in each scenario of the table, in its order."""

    action: str
    usd_12_months: tuple[float, ...]
    regret_usd: tuple[float, ...]
    worst_regret_usd: float


class RegretTable(Document, frozen=True, kw_only=True):
    """What being wrong would cost: actions by scenarios, and the action whose worst regret is the
    smallest. `note` says what the table does not weigh."""

    scenarios: tuple[str, ...]
    actions: tuple[ActionRegret, ...]
    minimax: str
    note: str


class Recommendation(Document, frozen=True, kw_only=True):
    """A product for one side of the answer, and why this one."""

    id: str
    name: str
    side: Literal["local", "api"]
    because: str
    reason: str
    suits: str
    not_for: str
    regret: str
    free_tier: str | None
    unmet_needs: tuple[str, ...]
    alternatives: tuple[str, ...]
    as_of: str
    source: str


class Exclusion(Document, frozen=True, kw_only=True):
    """Somebody whom the guide's reasoning does not suit, and what suits them instead."""

    id: str
    advice: str


class Reversal(Document, frozen=True, kw_only=True):
    """What the decision would be another against: an API, a rented GPU that is the cheapest of all
    over 12 months (its rent in place of the API's bill), or a candidate in place of the box. The
    latter two are named as in the regret table."""

    name: str
    decision: Decision
    kind: Literal["api", "rented", "candidate"] = "api"


class MeasuredPart(Document, frozen=True, kw_only=True):
    """The measurement behind the advice: which keys it supplied, and which the scenario overruled.

    `decisions_in_ci95` are the decisions at the ends of the rates' 95 % intervals.
    """

    run_id: str
    measured_on: str
    model: str
    server: str | None
    concurrency: int
    synthetic: bool
    prefill_tok_per_s: float | None
    prefill_ci95: tuple[float, float] | None
    decode_tok_per_s: float | None
    decode_ci95: tuple[float, float] | None
    active_power_w: float | None
    idle_power_w: float | None
    power_grade: str | None
    supplied: tuple[str, ...]
    overruled: tuple[str, ...]
    decisions_in_ci95: tuple[Decision, ...]


class UsedPart(Document, frozen=True, kw_only=True):
    """The records of use behind the advice: which keys they supplied, and which the scenario
    overruled. `basis` says what a month's use was read from, `weekly_cv` how far full weeks swing.
    """

    sources: tuple[str, ...]
    first_day: str | None
    last_day: str | None
    time_zone: str
    basis: str
    weekly_cv: float | None
    unstable_above: float | None
    supplied: tuple[str, ...]
    overruled: tuple[str, ...]
    notes: tuple[str, ...]


class Advice(Document, frozen=True, kw_only=True):
    """A decision with its reasons. Equal inputs, price book and measurement give equal bytes.

    `decision` is against `baseline`; `reversed_by` names the other APIs, the rented GPUs and the
    candidate boxes that would turn it. `cheapest` is null while nothing is decided.
    `local_capital_usd` is the box's price with its set-up; `local_usd_12_months_with_overflow` adds
    what the baseline charges for the work that the box cannot serve.
    `cumulative` is the curve of both costs against the baseline.
    `overruled` is the exit of the flow that sensitive data closed. With `decision` `measure`,
    `measure_first` names what is missing and `provisional` what the assumed numbers would say.
    `ski_rental` is the not-yet-bought rule against the baseline, null (and not under `unknown`) for
    a box that is owned; `wait_until_spent_usd` is its `still_to_spend_usd`, null unless the verdict
    is `wait_until`; `best_split` is the cheapest split with the baseline. `explain`, `what_if` and
    `sensitivity` are there only where they were asked for; the rest is the same with and without
    them. `currency` is there where amounts are shown in another one than USD. `uncertainty` and
    `simulated_regret` are there where some input is a range or a distribution, `queueing` where
    the scenario has `[slo]` or `[arrivals]`, `used` where records of use were given.
    """

    schema: Literal["advisor.advice/1"] = "advisor.advice/1"
    basis: Literal["scenario", "measurement"]
    decision: Decision
    verdict: Verdict
    summary: str
    leaf: Leaf
    provisional: Decision | None
    measure_first: tuple[Missing, ...]
    overruled: Leaf | None
    wait_until_month: int | None
    wait_until_spent_usd: float | None = None
    privacy_premium_usd_per_month: float | None
    baseline: str | None
    reversed_by: tuple[Reversal, ...]
    exclusions: tuple[Exclusion, ...]
    path: tuple[Step, ...]
    recommendations: tuple[Recommendation, ...]
    capacity: CapacityPart
    local_electricity: LocalElectricity
    local_maintenance_usd_per_month: float
    local_capital_usd: float
    local_usd_12_months_with_overflow: float | None
    comparisons: tuple[Comparison, ...]
    cumulative: CumulativePart | None = None
    rented: tuple[RentedPart, ...] = ()
    candidates: tuple[CandidatePart, ...] = ()
    cheapest: CheapestPart | None = None
    prices_needed: tuple[PriceNeeded, ...]
    what_would_change_it: tuple[Flip, ...]
    answers_that_would_change_it: tuple[AnswerFlip, ...]
    regrets: tuple[RegretCheck, ...]
    hybrid_splits: tuple[Split, ...]
    best_split: BestSplitPart | None = None
    ski_rental: AllowancePart | None = None
    regret_table: RegretTable | None
    assumptions: tuple[Assumption, ...]
    measured: MeasuredPart | None
    inputs: Inputs
    price_book: str
    scope: str
    carbon: CarbonPart | None = None
    currency: CurrencyPart | UnsetType = UNSET
    unknown: dict[str, str]
    used: UsedPart | UnsetType = UNSET
    uncertainty: UncertaintyPart | UnsetType = UNSET
    simulated_regret: RegretPart | UnsetType = UNSET
    queueing: QueueingPart | UnsetType = UNSET
    explain: tuple[Explanation, ...] | UnsetType = UNSET
    what_if: WhatIf | UnsetType = UNSET
    sensitivity: Sensitivity | UnsetType = UNSET
