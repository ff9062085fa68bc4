"""Which way does the guide's flow lead, step by step?

usage -> stable? -> sensitive? -> can maintain? -> break-even -> does the box fit? The first exit
decides, with three rules on top: sensitive data never go to an API, a box that does not fit shares
the load with an API, and nothing is decided on a number that nobody gave.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from advisor.advice.policy import Policy
from advisor.documents import Unknown


class Decision(StrEnum):
    """The four answers."""

    LOCAL = "local"
    API = "api"
    HYBRID = "hybrid"
    MEASURE = "measure"


class Verdict(StrEnum):
    """The finer answer."""

    STAY_WITH_API = "stay_with_api"
    API_FREE_TIER = "api_free_tier"
    WAIT_UNTIL = "wait_until"
    LOCAL = "local"
    LOCAL_FOR_PRIVACY = "local_for_privacy"
    SPLIT_SENSITIVE = "split_sensitive_local_rest_api"
    SPLIT_BASE_LOAD = "split_base_load_local_peaks_api"
    MEASURE_FIRST = "measure_first"


class Leaf(StrEnum):
    """Where the flow ended."""

    FREE_TIER = "free_tier"
    UNSTABLE = "unstable"
    SENSITIVE = "sensitive"
    NO_MAINTAINER = "no_maintainer"
    PAYS_BACK = "pays_back"
    PAYS_BACK_LATE = "pays_back_late"
    UNKNOWN = "unknown"


class Missing(StrEnum):
    """What must be known before anything can be decided."""

    USAGE = "usage"
    BOX_PRICE = "box_price"
    API_PRICE = "api_price"
    ELECTRICITY = "electricity"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the flow asks about. `break_even_months` None is never; Unknown carries its reason."""

    tokens_per_month: float
    stable: bool
    validating: bool
    sensitive: bool
    sensitive_share: float
    can_maintain: bool
    break_even_months: float | Unknown | None
    api_priced: bool
    fits: bool | None
    guessed: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True):
    """One question of the flow, its answer, and the number and threshold behind it.

    The flip point is the nearest value of one input at which the whole decision becomes
    `flips_to`, found by deciding again: `flips_key` goes from `flips_now` to `flips_at` in
    `flips_unit`. Null, with its reason under the document's `unknown`, where none is in reach.
    """

    id: str
    question: str
    answer: str
    value: float | bool | None
    threshold: float | None
    unit: str | None
    source: str
    ends_flow: bool = False
    flips_key: str | None = None
    flips_now: float | bool | None = None
    flips_at: float | bool | None = None
    flips_unit: str | None = None
    flips_to: Decision | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the flow led and how. `measure_first` names what is missing; `overruled` is the API
    exit that sensitive data closed; `provisional` is what the guessed numbers would say."""

    decision: Decision
    verdict: Verdict
    leaf: Leaf
    path: tuple[Step, ...]
    overruled: Leaf | None = None
    provisional: Decision | None = None
    measure_first: tuple[Missing, ...] = ()


@dataclass(slots=True)
class _Walk:
    """The steps taken so far."""

    policy: Policy
    steps: list[Step] = field(default_factory=list)

    def ask(
        self,
        step_id: str,
        question: str,
        answer: str,
        value: float | bool | None,
        *,
        threshold: str | None = None,
        unit: str | None = None,
        ends_flow: bool = False,
    ) -> None:
        """Notes one step; `threshold` names a threshold of the policy."""
        policy = self.policy
        limit = None if threshold is None else getattr(policy, threshold)
        source = policy.source if threshold is None else policy.source_of(threshold)
        self.steps.append(Step(step_id, question, answer, value, limit, unit, source, ends_flow))


def decide(facts: Facts, policy: Policy) -> Outcome:
    """Walks the flow. Pure: equal facts and policy give an equal outcome."""
    walk = _Walk(policy)
    leaf = _early_exit(facts, policy, walk)
    overruled = leaf if facts.sensitive else None
    if leaf is None or facts.sensitive:
        leaf = _on_data_and_money(facts, policy, walk)
    decision, verdict = _answer(facts, policy, leaf)
    missing = _missing(facts, leaf, verdict)
    if not missing:
        return Outcome(decision, verdict, leaf, tuple(walk.steps), overruled)
    return Outcome(
        Decision.MEASURE,
        Verdict.MEASURE_FIRST,
        leaf,
        tuple(walk.steps),
        overruled,
        provisional=None if decision is Decision.MEASURE else decision,
        measure_first=missing,
    )


def _early_exit(facts: Facts, policy: Policy, walk: _Walk) -> Leaf | None:
    threshold = policy.free_tier_below_tokens_per_month
    small = facts.tokens_per_month < threshold
    walk.ask(
        "usage",
        f"Is the usage below {threshold / 1e6:g} M tokens a month?",
        _yes(small),
        facts.tokens_per_month,
        threshold="free_tier_below_tokens_per_month",
        unit="tokens_per_month",
        ends_flow=small,
    )
    if small:
        return Leaf.FREE_TIER
    stable = facts.stable and not facts.validating
    walk.ask(
        "stable",
        "Is the usage stable, past the stage of trying things out?",
        "no, still validating" if facts.stable and facts.validating else _yes(stable),
        stable,
        ends_flow=not stable,
    )
    return None if stable else Leaf.UNSTABLE


def _on_data_and_money(facts: Facts, policy: Policy, walk: _Walk) -> Leaf:
    walk.ask(
        "sensitive",
        "Are there data that must not leave?",
        f"yes, {facts.sensitive_share:.0%} of the usage" if facts.sensitive else "no",
        facts.sensitive,
        ends_flow=facts.sensitive,
    )
    if facts.sensitive:
        _ask_fit(facts, walk)
        return Leaf.SENSITIVE
    walk.ask(
        "maintain",
        "Can someone on the team maintain a box?",
        _yes(facts.can_maintain),
        facts.can_maintain,
        ends_flow=not facts.can_maintain,
    )
    if not facts.can_maintain:
        _ask_exception(facts, policy, walk)
        return Leaf.NO_MAINTAINER
    return _on_money(facts, policy, walk)


def _ask_exception(facts: Facts, policy: Policy, walk: _Walk) -> None:
    threshold = policy.maintainer_exception_tokens_per_month
    large = facts.tokens_per_month > threshold
    walk.ask(
        "maintainer_exception",
        f"Is the usage above {threshold / 1e6:g} M tokens, where the guide's text (not its flow) "
        "would run a box without a maintainer?",
        "yes: the text would go on to the break-even, the flow does not" if large else "no",
        facts.tokens_per_month,
        threshold="maintainer_exception_tokens_per_month",
        unit="tokens_per_month",
    )


def _on_money(facts: Facts, policy: Policy, walk: _Walk) -> Leaf:
    threshold = policy.break_even_below_months
    months = facts.break_even_months
    if isinstance(months, Unknown):
        walk.ask(
            "break_even",
            f"Does the box pay for itself in under {threshold:g} months?",
            f"unknown: {months.reason}",
            None,
            threshold="break_even_below_months",
            unit="months",
            ends_flow=True,
        )
        return Leaf.UNKNOWN
    pays = months is not None and months < threshold
    walk.ask(
        "break_even",
        f"Does the box pay for itself in under {threshold:g} months?",
        "no, never" if months is None else f"{_yes(pays)}, in {months:.2f} months",
        months,
        threshold="break_even_below_months",
        unit="months",
        ends_flow=True,
    )
    if not pays:
        return Leaf.PAYS_BACK_LATE
    _ask_fit(facts, walk)
    return Leaf.PAYS_BACK


def _ask_fit(facts: Facts, walk: _Walk) -> None:
    walk.ask(
        "fits",
        "Can the box serve the whole load?",
        "unknown: its speed is not known" if facts.fits is None else _yes(facts.fits),
        facts.fits,
    )


def _answer(facts: Facts, policy: Policy, leaf: Leaf) -> tuple[Decision, Verdict]:
    if leaf is Leaf.SENSITIVE:
        small = facts.tokens_per_month < policy.free_tier_below_tokens_per_month
        if facts.sensitive_share < 1 or small:
            return Decision.HYBRID, Verdict.SPLIT_SENSITIVE
        return Decision.LOCAL, Verdict.LOCAL_FOR_PRIVACY
    if leaf is Leaf.PAYS_BACK:
        if facts.fits is False:
            return Decision.HYBRID, Verdict.SPLIT_BASE_LOAD
        return Decision.LOCAL, Verdict.LOCAL
    if leaf is Leaf.UNKNOWN:
        return Decision.MEASURE, Verdict.MEASURE_FIRST
    if leaf is Leaf.FREE_TIER:
        return Decision.API, Verdict.API_FREE_TIER
    return Decision.API, Verdict.STAY_WITH_API


def _missing(facts: Facts, leaf: Leaf, verdict: Verdict) -> tuple[Missing, ...]:
    """What must be known before this leaf may be a decision.

    An unpriced API decides nothing, unless all data must stay here and none would reach it.
    """
    missing = []
    if any(key.startswith("usage.") for key in facts.guessed):
        missing.append(Missing.USAGE)
    on_money = leaf in (Leaf.PAYS_BACK, Leaf.PAYS_BACK_LATE, Leaf.UNKNOWN)
    if on_money and "box.price_usd" in facts.guessed:
        missing.append(Missing.BOX_PRICE)
    if verdict is not Verdict.LOCAL_FOR_PRIVACY and not facts.api_priced:
        missing.append(Missing.API_PRICE)
    elif leaf is Leaf.UNKNOWN:
        missing.append(Missing.ELECTRICITY)
    return tuple(missing)


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"
