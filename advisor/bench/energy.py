"""What did the load draw, and what is a token's share of it?"""

from __future__ import annotations

from advisor.bench.energy_document import BoxPower, Energy
from advisor.bench.metrics import Span
from advisor.bench.operating import Cycles, solve
from advisor.documents import Unknown
from advisor.power.host import box_power
from advisor.power.meter import Meter

LEAST_SHARE = 1e-3
"""Of the energy of a load: less than this above idle is no difference."""
TOKENS = ("input", "output")
TOKEN_COSTS = tuple(
    f"j_per_{which}_token{ending}" for ending in ("", "_marginal", "_wall") for which in TOKENS
)

Energies = tuple[float, float] | Unknown
"""Joules of two mixes."""


def stage_energy(
    meter: Meter, span: Span, requests: float, idle_w: float | None, sockets: int | None
) -> Energy | Unknown:
    """The draw over the steady window; joules per token are left open (see `token_costs_j`)."""
    window = meter.window(span.start_ns, span.end_ns)
    if isinstance(window, Unknown):
        return window
    box = box_power(meter, idle_w, window.mean_power_w, sockets=sockets)
    return Energy(
        meter=meter.name,
        grade=str(meter.grade),
        domain=meter.domain,
        idle_w=idle_w,
        active_w=window.mean_power_w,
        energy_j=window.energy_j,
        j_per_request=window.energy_j / requests if requests > 0 else None,
        j_per_input_token=None,
        j_per_output_token=None,
        j_per_input_token_marginal=None,
        j_per_output_token_marginal=None,
        box=BoxPower(
            idle_w=box.idle_w,
            active_w=box.active_w,
            idle_band_w=box.idle_band_w,
            active_band_w=box.active_band_w,
            grade=str(box.grade),
            assumptions=box.assumptions,
        ),
        warning=window.warning,
    )


def token_costs_j(
    meter: Meter, one: Cycles, other: Cycles, idle_w: float | None, sockets: int | None
) -> dict[str, float | Unknown]:
    """What two mixes tell of each token's share, by the same equations as its time.

    The keys are TOKEN_COSTS: what the meter saw in total, `_marginal` without the idle share,
    `_wall` for the whole box.
    """
    windows = []
    for mix in (one, other):
        window = meter.window(mix.span.start_ns, mix.span.end_ns)
        if isinstance(window, Unknown):
            return dict.fromkeys(TOKEN_COSTS, window)
        windows.append(window)
    first, second = windows
    boxes_w = [
        box_power(meter, idle_w, window.mean_power_w, sockets=sockets).active_w
        for window in windows
    ]
    drawn = first.energy_j, second.energy_j
    kinds: dict[str, Energies] = {
        "": drawn,
        "_marginal": _above_idle(drawn, one, other, idle_w),
        "_wall": (boxes_w[0] * one.span.seconds, boxes_w[1] * other.span.seconds),
    }
    costs: dict[str, float | Unknown] = {}
    for ending, energies in kinds.items():
        solved = energies if isinstance(energies, Unknown) else _solve(energies, one, other)
        for at, which in enumerate(TOKENS):
            costs[f"j_per_{which}_token{ending}"] = (
                solved if isinstance(solved, Unknown) else solved[at]
            )
    return costs


def _above_idle(
    drawn: tuple[float, float], one: Cycles, other: Cycles, idle_w: float | None
) -> Energies:
    if idle_w is None:
        return Unknown("the idle power is not known")
    first = drawn[0] - idle_w * one.span.seconds
    second = drawn[1] - idle_w * other.span.seconds
    if first <= LEAST_SHARE * drawn[0] or second <= LEAST_SHARE * drawn[1]:
        return Unknown("the load drew no more than the idle box")
    return first, second


def _solve(energies_j: tuple[float, float], one: Cycles, other: Cycles) -> Energies:
    _, in_1, out_1 = one.totals
    _, in_2, out_2 = other.totals
    return solve((energies_j[0], in_1, out_1), (energies_j[1], in_2, out_2))
