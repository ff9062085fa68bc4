"""Which product stands at the end of the flow, and what speaks against it?

The profiles are dated data (`options.toml`). A team's needs choose among them; what was measured
on this box outranks a profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from advisor.advice.document import Recommendation
from advisor.advice.flow import Decision, Leaf
from advisor.advice.inputs import Need
from advisor.advice.measured import MeasuredBox
from advisor.advice.policy import Policy

Side = Literal["local", "api"]


WHERE = {
    Leaf.FREE_TIER: "for so little use",
    Leaf.UNSTABLE: "while the use is not stable",
    Leaf.SENSITIVE: "where data must not leave",
    Leaf.NO_MAINTAINER: "where nobody can maintain a box",
    Leaf.PAYS_BACK: "where a box pays back in time",
    Leaf.PAYS_BACK_LATE: "where a box pays back late or never",
    Leaf.UNKNOWN: "until more is known",
}
"""The leaves of the flow in words."""


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One product's profile. `picked_for` are needs that choose it, `serves` all that it meets."""

    id: str
    name: str
    side: Side
    server_kinds: tuple[str, ...]
    default_for: tuple[Leaf, ...]
    picked_for: tuple[Need, ...]
    serves: tuple[Need, ...]
    suits: str
    reason: str
    not_for: str
    regret: str
    as_of: str
    source: str
    free_tier: str | None = None
    hardware_usd: tuple[float, float] | None = None


@lru_cache(maxsize=1)
def options() -> tuple[Option, ...]:
    """Every profile, in the order of the data."""
    import tomllib
    from importlib.resources import files

    text = files("advisor.advice").joinpath("options.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["option"], tuple[Option, ...])


def recommend(
    decision: Decision,
    leaf: Leaf,
    needs: Sequence[Need],
    policy: Policy,
    measured: MeasuredBox | None = None,
) -> tuple[Recommendation, ...]:
    """One product for each side that the decision uses; none while it is `measure`."""
    sides: dict[Decision, tuple[Side, ...]] = {
        Decision.LOCAL: ("local",),
        Decision.API: ("api",),
        Decision.HYBRID: ("local", "api"),
        Decision.MEASURE: (),
    }
    return tuple(_pick(side, leaf, needs, policy, measured) for side in sides[decision])


def _pick(
    side: Side, leaf: Leaf, needs: Sequence[Need], policy: Policy, measured: MeasuredBox | None
) -> Recommendation:
    here = [option for option in options() if option.side == side]
    defaults = [option for option in here if leaf in option.default_for] or here
    chosen = max(here, key=lambda option: len(set(option.picked_for) & set(needs)))
    wanted = [need.value for need in needs if need in chosen.picked_for]
    because = f"needs: {', '.join(wanted)}"
    if not wanted:
        where = WHERE[leaf]
        if leaf is Leaf.SENSITIVE and side == "api":
            where = "for what may leave"
        chosen, because = defaults[0], f"the guide's choice {where}"
    served = set(chosen.serves)
    running = _measured_option(here, measured) if measured else None
    if measured and running and running is not chosen:
        proven = _proven(running, measured, policy)
        if not (set(needs) & served) - proven:
            chosen, served = running, proven
            because = (
                f"measured here: it held {measured.concurrency} at once on {measured.measured_on}"
            )
    return Recommendation(
        id=chosen.id,
        name=chosen.name,
        side=side,
        because=because,
        reason=chosen.reason,
        suits=chosen.suits,
        not_for=chosen.not_for,
        regret=chosen.regret,
        free_tier=chosen.free_tier,
        unmet_needs=tuple(need.value for need in needs if need not in served),
        alternatives=tuple(
            option.name for option in (defaults if not wanted else here) if option is not chosen
        ),
        as_of=chosen.as_of,
        source=chosen.source,
    )


def _measured_option(here: Sequence[Option], measured: MeasuredBox) -> Option | None:
    return next((option for option in here if measured.server_kind in option.server_kinds), None)


def _proven(option: Option, measured: MeasuredBox, policy: Policy) -> set[Need]:
    """What this server meets: its profile, and many users where that many streams were held."""
    proven = set(option.serves) - {Need.MANY_USERS}
    if measured.concurrency >= policy.many_users_concurrency:
        proven.add(Need.MANY_USERS)
    return proven
