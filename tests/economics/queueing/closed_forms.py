"""Closed forms of queues that the tool does not answer with: what its simulation is held against.

Sources: L. Kleinrock, Queueing Systems, vol. 1 (1975), chapters 3 and 5; M. Harchol-Balter,
Performance Modeling and Design of Computer Systems (2013), chapters 13, 14, 22 and 23.
"""

from __future__ import annotations

import math

from advisor.documents import Unknown
from advisor.economics.queueing.formulas import TOO_MUCH, Steady


def mg1_ps(arrivals_per_s: float, service_s: float) -> Steady | Unknown:
    """M/G/1 with processor sharing: nobody waits, all share; `T = S/(1 - rho)` for any sizes.

    Kleinrock, Queueing Systems, vol. 2 (1976), 4.4; the mean does not depend on the spread.
    """
    rho = arrivals_per_s * service_s
    if rho >= 1.0:
        return Unknown(TOO_MUCH)
    return Steady(rho, 0.0, 0.0, service_s / (1.0 - rho))


def erlang_c(servers: int, load_erlang: float) -> float | Unknown:
    """The share that waits in M/M/c with `load_erlang` = arrivals * service (Erlang 1917).

    Through Erlang B, `B(n) = a*B(n-1)/(n + a*B(n-1))`, which does not overflow for many servers.
    """
    if load_erlang >= servers:
        return Unknown(TOO_MUCH)
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load_erlang * blocked / (n + load_erlang * blocked)
    rho = load_erlang / servers
    return blocked / (1.0 - rho * (1.0 - blocked))


def mmc(arrivals_per_s: float, service_s: float, servers: int) -> Steady | Unknown:
    """M/M/c: `Wq = C/(c*mu - lambda)` with Erlang's C (Kleinrock 3.5)."""
    waiting = erlang_c(servers, arrivals_per_s * service_s)
    if isinstance(waiting, Unknown):
        return waiting
    wait_s = waiting / (servers / service_s - arrivals_per_s)
    return Steady(arrivals_per_s * service_s / servers, waiting, wait_s, wait_s + service_s)


def mmc_wait_quantile_s(
    arrivals_per_s: float, service_s: float, servers: int, share: float
) -> float | Unknown:
    """The wait that `share` of the requests do not exceed: `P(W > t) = C*exp(-(c*mu - l)*t)`."""
    waiting = erlang_c(servers, arrivals_per_s * service_s)
    if isinstance(waiting, Unknown):
        return waiting
    if waiting <= 1.0 - share:
        return 0.0
    return math.log(waiting / (1.0 - share)) / (servers / service_s - arrivals_per_s)
