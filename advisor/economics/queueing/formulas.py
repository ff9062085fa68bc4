"""How long does a queue keep a request waiting, where a formula is known to hold?

All are of a steady state with Poisson arrivals, first come, first served unless said otherwise.
`service_s` is the mean time alone in service, `cv` its standard deviation over its mean.
Sources: L. Kleinrock, Queueing Systems, vol. 1 (1975), chapters 3 and 5; M. Harchol-Balter,
Performance Modeling and Design of Computer Systems (2013), chapters 13, 14, 22 and 23.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.documents import Unknown

TOO_MUCH = "more comes than the server can do: the queue would grow without end"


@dataclass(frozen=True, slots=True)
class Steady:
    """Means of a queue that has settled. `waiting_share` have to wait at all."""

    utilization: float
    waiting_share: float
    wait_mean_s: float
    sojourn_mean_s: float
    turned_away_share: float = 0.0


def mg1(arrivals_per_s: float, service_s: float, cv: float) -> Steady | Unknown:
    """M/G/1: `Wq = rho*S*(1 + cv^2)/(2*(1 - rho))`, Pollaczek 1930 and Khinchine 1932."""
    rho = arrivals_per_s * service_s
    if rho >= 1.0:
        return Unknown(TOO_MUCH)
    wait_s = rho * service_s * (1.0 + cv**2) / (2.0 * (1.0 - rho))
    return Steady(rho, rho, wait_s, wait_s + service_s)


def load_dependent(
    arrivals_per_s: float, departures_per_s: Sequence[float], room: int | None = None
) -> Steady | Unknown:
    """A server whose speed depends on how many are inside, exponential sizes (Kleinrock 3.1).

    `departures_per_s[n-1]` is the whole server's with n inside; from the last one on requests
    queue. A birth and death process: `p(n) = p(n-1)*lambda/mu(n)`. With `room`, those who find
    that many are turned away, and the means are of the others. Without a queue the probabilities
    hold for any sizes (F. Kelly, Reversibility and Stochastic Networks, 1979, chapter 3).
    """
    inside = len(departures_per_s)
    ratio = arrivals_per_s / departures_per_s[-1]
    if room is None and ratio >= 1.0:
        return Unknown(TOO_MUCH)
    if room == 0:
        return Unknown("nobody is let in")
    last = inside if room is None else room
    weights = [1.0]
    for n in range(1, last + 1):
        weights.append(weights[-1] * arrivals_per_s / departures_per_s[min(n, inside) - 1])
        if weights[-1] > 1e200:
            weights = [weight / 1e200 for weight in weights]
    beyond = beyond_n = 0.0
    if room is None:
        beyond = weights[-1] * ratio / (1 - ratio)
        beyond_n = weights[-1] * ratio / (1 - ratio) ** 2
    total = math.fsum(weights) + beyond
    turned_away = weights[-1] / total if room is not None else 0.0
    queue = (
        math.fsum((n - inside) * weight for n, weight in enumerate(weights) if n > inside)
        + beyond_n
    ) / total
    served = math.fsum(min(n, inside) * weight for n, weight in enumerate(weights))
    served = (served + inside * beyond) / total
    admitted_per_s = arrivals_per_s * (1.0 - turned_away)
    waiting = (
        math.fsum(weights[inside:last]) if room is not None else weights[-1] + beyond
    ) / total
    return Steady(
        utilization=1.0 - weights[0] / total,
        waiting_share=waiting / (1.0 - turned_away),
        wait_mean_s=queue / admitted_per_s,
        sojourn_mean_s=(queue + served) / admitted_per_s,
        turned_away_share=turned_away,
    )
