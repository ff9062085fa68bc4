"""How sure is a number? Intervals for medians, means and rates of values that follow each other.

Requests measured one after the other are not independent (heat, batching, neighbors), so intervals
are resampled in blocks of requests, as long as the values' own correlation asks for.

Sources: moving blocks, Künsch, "The jackknife and the bootstrap for general stationary
observations", Ann. Statist. 17 (1989); their length for a first-order process, Carlstein, Ann.
Statist. 14 (1986); the interval of a median by inverting that of the share below it, Woodruff,
J. Amer. Statist. Assoc. 47 (1952); batch means, Law, "Simulation Modeling and Analysis", ch. 9.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.bench.document import Distribution, Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 400
LEAST_FOR_INTERVAL = 5
SEED = 1


def distribution(groups: Sequence[Floats]) -> Distribution | None:
    """The distribution of all values; `groups` holds each request's, in the order measured.

    None if there is no value.
    """
    import numpy as np

    if not any(len(group) for group in groups):
        return None
    values = np.sort(np.concatenate(list(groups)))
    p95, p99 = np.percentile(values, [95, 99])
    return Distribution(
        median=float(np.median(values)),
        mean=float(values.mean()),
        p95=float(p95),
        p99=float(p99),
        n=len(values),
        ci95=median_interval(groups, values),
    )


def median_interval(groups: Sequence[Floats], ordered: Floats) -> Interval | None:
    """The 95 % interval of the median of all groups' values, `ordered` being all of them sorted.

    Resampled is the share of values below the median, request by request; its interval is read
    off as quantiles. None with fewer than LEAST_FOR_INTERVAL requests.
    """
    import numpy as np

    filled = [group for group in groups if len(group)]
    if len(filled) < LEAST_FOR_INTERVAL:
        return None
    median = float(np.median(ordered))
    sizes = np.array([len(group) for group in filled], dtype=float)
    below = np.array([((g < median).sum() + (g <= median).sum()) / 2 for g in filled])
    order_of_size = np.array([np.mean(group) for group in filled])
    half_share = _share_half_width(below, sizes, block_length(order_of_size))
    low, high = np.quantile(ordered, [max(0.0, 0.5 - half_share), min(1.0, 0.5 + half_share)])
    return min(float(low), median), max(float(high), median)


def _share_half_width(below: Floats, sizes: Floats, block: int) -> float:
    """Half the 95 % interval of sum(below)/sum(sizes), resampled in blocks of requests."""
    import numpy as np

    n = len(sizes)
    blocks = math.ceil(n / block)
    starts = np.random.default_rng(SEED).integers(0, n, size=(RESAMPLES, blocks))
    wrapped_below = _wrapped_block_sums(below, block)
    wrapped_sizes = _wrapped_block_sums(sizes, block)
    shares = wrapped_below[starts].sum(axis=1) / wrapped_sizes[starts].sum(axis=1)
    lost_freedom = n / (n - block) if n > block else 2.0
    return float(t_quantile(max(1, blocks - 1)) * shares.std() * math.sqrt(lost_freedom))


def _wrapped_block_sums(values: Floats, block: int) -> Floats:
    """The sum over each run of `block` values, going round at the end."""
    import numpy as np

    around = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values[: block - 1]]))])
    sums: Floats = around[block:] - around[:-block]
    return sums


def block_length(values: Floats) -> int:
    """How many neighbors to resample together, from the correlation of one with the next.

    At most a quarter of all. `(2r/(1 - r²))^(2/3) n^(1/3)` for a first-order process.
    """
    import numpy as np

    n = len(values)
    centered = values - values.mean()
    spread = float(np.dot(centered, centered))
    if n < 8 or spread <= 0:
        return 1
    # A sample's correlation is too small by about (1 + 4r)/n (Kendall 1954).
    r = float(np.dot(centered[1:], centered[:-1])) / spread
    r = min(r + (1 + 4 * max(r, 0.0)) / n, 0.95)
    if r <= 1.96 / math.sqrt(n):
        return 1
    length: float = (2 * r / (1 - r * r)) ** (2 / 3) * n ** (1 / 3)
    return max(1, min(round(length), n // 4))


def rate_interval(amounts: Floats, spans: Floats) -> Interval | None:
    """The 95 % interval of `sum(amounts)/sum(spans)`, from batches in order.

    The rate is a ratio, whose error is that of `amount - rate*span` (Cochran, "Sampling
    Techniques", section 6.3). Batches that still follow each other widen it by
    `(1 + r)/(1 - r)`. None with fewer than three batches.
    """
    k = len(amounts)
    if k < 3:
        return None
    rate = float(amounts.sum() / spans.sum())
    residuals = amounts - rate * spans
    squares = float(residuals @ residuals)
    if squares == 0:
        return rate, rate
    r = float(residuals[1:] @ residuals[:-1]) / squares
    widening = (1 + r) / (1 - r) if k >= 8 and r > 0 else 1.0
    half = t_quantile(k - 1) * math.sqrt(squares * k / (k - 1) * widening) / float(spans.sum())
    return rate - half, rate + half


def half_width_share(middle: float, interval: Interval | None) -> float | None:
    """The wider side of an interval as a share of its middle; None without one."""
    if interval is None or middle <= 0:
        return None
    return max(middle - interval[0], interval[1] - middle) / middle


def t_quantile(freedom: int) -> float:
    """Student's t at 97.5 % for that many degrees of freedom.

    Tabulated up to ten, above them the expansion of Abramowitz and Stegun, 26.7.5.
    """
    table = (12.706, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)
    if freedom <= len(table):
        return table[freedom - 1]
    z = 1.959964
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
