"""What did the load draw, and what is a token's share of it?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from advisor.bench.document import BoxPower, Energy
from advisor.bench.interrupt import wait
from advisor.bench.metrics import Span
from advisor.bench.operating import Cycles, solve
from advisor.documents import Unknown
from advisor.power.host import box_power
from advisor.power.meter import Meter

IDLE_S = 5.0
SETTLING_S = 1.0
LEAST_SHARE = 1e-3
"""Of the energy of a load: less than this above idle is no difference."""


def idle_baseline(meter: Meter, interrupted: Callable[[], bool]) -> float | Unknown:
    """Watts with the model resident and nothing asked of it, over IDLE_S after a short pause."""
    wait(SETTLING_S, interrupted)
    start_ns = time.perf_counter_ns()
    wait(IDLE_S, interrupted)
    if interrupted():
        return Unknown("interrupted during the idle baseline")
    window = meter.window(start_ns, time.perf_counter_ns())
    return window if isinstance(window, Unknown) else window.mean_power_w


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


@dataclass(frozen=True, slots=True)
class TokenCosts:
    """Joules per (input, output) token: in total, and with the idle share taken off."""

    total: tuple[float, float] | Unknown
    above_idle: tuple[float, float] | Unknown


def token_costs_j(meter: Meter, one: Cycles, other: Cycles, idle_w: float | None) -> TokenCosts:
    """What two mixes tell of each token's share, by the same equations as its time."""
    energies: list[float] = []
    for mix in (one, other):
        window = meter.window(mix.span.start_ns, mix.span.end_ns)
        if isinstance(window, Unknown):
            return TokenCosts(window, window)
        energies.append(window.energy_j)
    total = _solve(energies, one, other)
    if idle_w is None:
        return TokenCosts(total, Unknown("the idle power is not known"))
    further = [
        energy_j - idle_w * mix.span.seconds
        for energy_j, mix in zip(energies, (one, other), strict=True)
    ]
    if any(j <= LEAST_SHARE * whole_j for j, whole_j in zip(further, energies, strict=True)):
        return TokenCosts(total, Unknown("the load drew no more than the idle box"))
    return TokenCosts(total, _solve(further, one, other))


def _solve(energies_j: list[float], one: Cycles, other: Cycles) -> tuple[float, float] | Unknown:
    _, in_1, out_1 = one.totals
    _, in_2, out_2 = other.totals
    return solve((energies_j[0], in_1, out_1), (energies_j[1], in_2, out_2))
