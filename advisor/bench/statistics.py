"""How sure is a number? Intervals for medians and rates of values that follow each other.

Requests measured one after the other are not independent (heat, batching, neighbors). As many
values tell as much as `n(1 - r)/(1 + r)` independent ones would, where `r` is the correlation of
one with the next (Bayley and Hammersley, "The effective number of independent observations in an
autocorrelated time series", Suppl. J. R. Statist. Soc. 8, 1946); Student's t has that many degrees
of freedom, less one. Used with the `r` of a short series such an interval is too narrow (Zwiers and
von Storch, "Taking serial correlation into account in tests of the mean", J. Climate 8, 1995), so
`r` is first freed of its bias (Kendall, "Note on bias in the estimation of autocorrelation",
Biometrika 41, 1954) and raised by a share of its own standard error (Bartlett, "On the theoretical
specification and sampling properties of autocorrelated time-series", Suppl. J. R. Statist. Soc. 8,
1946). What drifts slowly under much noise hardly shows in `r`: a long series is also cut into
batches (Law, "Simulation Modeling and Analysis", ch. 9), and the wider interval stands.

A rate is a ratio of sums, whose error is that of `amount - rate*span` (Cochran, "Sampling
Techniques", section 6.3). A median's interval is that of the share of values below it, read off as
quantiles (Woodruff, J. Amer. Statist. Assoc. 47, 1952).

Validated by `benchmarks/coverage.py`: the 95 % intervals hold the truth in 90 to 98 of 100 cases
from 15 requests or batches on and for correlations up to 0.6. They hold it less often with fewer
(no interval of a median can reach beyond the values seen) and with a correlation of 0.8 below 30;
how often after a stop by their width, `stopping.py` says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.bench.interval import Distribution, Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_FOR_INTERVAL = 5
BATCHES = 20
LEAST_INDEPENDENT = 3.0
HIGHEST_CORRELATION = 0.95
CAUTION = 0.35
"""Of its standard error: so much is added to a correlation. Set by `benchmarks/coverage.py`."""


def distribution(groups: Sequence[Floats]) -> Distribution | None:
    """The distribution of all values; `groups` holds each request's, in the order measured.

    None if there is no value.
    """
    import numpy as np

    if not any(len(group) for group in groups):
        return None
    ordered = np.sort(np.concatenate(list(groups)))
    return Distribution(
        median=_quantile(ordered, 0.5),
        mean=float(ordered.mean()),
        p95=_quantile(ordered, 0.95),
        p99=_quantile(ordered, 0.99),
        n=len(ordered),
        ci95=median_interval(groups, ordered),
    )


def median_interval(groups: Sequence[Floats], ordered: Floats) -> Interval | None:
    """The 95 % interval of the median of all groups' values, `ordered` being all of them sorted.

    What varies is each request's share below the median; how requests follow each other is told
    by their means, from values drawn in to the quartiles. None with fewer than LEAST_FOR_INTERVAL
    requests.
    """
    import numpy as np

    filled = [group for group in groups if len(group)]
    if len(filled) < LEAST_FOR_INTERVAL:
        return None
    values = np.concatenate(filled)
    sizes = np.array([len(group) for group in filled], dtype=float)
    starts = (np.cumsum(sizes) - sizes).astype(np.intp)
    below_less_above = np.add.reduceat(np.sign(_quantile(ordered, 0.5) - values), starts)
    drawn_in = np.clip(values, _quantile(ordered, 0.25), _quantile(ordered, 0.75))
    half = _half_width_of_ratio(
        below_less_above,
        sizes,
        np.add.reduceat(drawn_in, starts) / sizes,
        most_squares=float(sizes @ sizes),
    )
    return _quantile(ordered, 0.5 - half / 2), _quantile(ordered, 0.5 + half / 2)


def rate_interval(amounts: Floats, spans: Floats) -> Interval | None:
    """The 95 % interval of `sum(amounts)/sum(spans)`, from batches in order.

    None with fewer than three batches.
    """
    if len(amounts) < 3:
        return None
    rate = float(amounts.sum() / spans.sum())
    half = _half_width_of_ratio(amounts, spans, amounts - rate * spans, most_squares=math.inf)
    return rate - half, rate + half


def _half_width_of_ratio(
    amounts: Floats, spans: Floats, in_order: Floats, most_squares: float
) -> float:
    """Half the 95 % interval of `sum(amounts)/sum(spans)`.

    `in_order` tells how they follow each other; `most_squares` bounds their sum of squares.
    """
    import numpy as np

    n = len(amounts)
    residuals = amounts - amounts.sum() / spans.sum() * spans
    independent = _independent(n, _without_bias(_correlation(in_order), n))
    squares = float(residuals @ residuals) * independent / (independent - 1)
    half = t_quantile(independent - 1) * math.sqrt(n * min(squares, most_squares) / independent)
    if n >= 2 * BATCHES:
        batched = np.add.reduceat(residuals, np.arange(BATCHES) * n // BATCHES)
        independent = _independent(BATCHES, _correlation(batched))
        squares = float(batched @ batched) * BATCHES / (independent - 1)
        half = max(half, t_quantile(BATCHES - 1) * math.sqrt(squares))
    return half / float(spans.sum())


def _correlation(values: Floats) -> float:
    """The correlation of each value with the next; 0 if all are equal."""
    centered = values - values.mean()
    squares = float(centered @ centered)
    return float(centered[1:] @ centered[:-1]) / squares if squares > 0 else 0.0


def _without_bias(r: float, n: int) -> float:
    """The correlation behind that of n values, which is too small by about (1 + 4r)/n."""
    error = math.sqrt(max(0.0, 1 - r * r) / n)
    return (r + 1 / n) / (1 - 4 / max(n, 8)) + CAUTION * error


def _independent(n: int, r: float) -> float:
    """How many independent values tell as much about a mean as n of that correlation."""
    r = min(max(r, 0.0), HIGHEST_CORRELATION)
    return min(float(n), max(n * (1 - r) / (1 + r), LEAST_INDEPENDENT))


def _quantile(ordered: Floats, share: float) -> float:
    """The value below which that share lies, interpolated between neighbors, cut at the ends."""
    place = min(max(share, 0.0), 1.0) * (len(ordered) - 1)
    lower = math.floor(place)
    low, high = float(ordered[lower]), float(ordered[min(lower + 1, len(ordered) - 1)])
    return low + (high - low) * (place - lower)


def half_width_share(middle: float, interval: Interval | None) -> float | None:
    """The wider side of an interval as a share of its middle; None without one."""
    if interval is None or middle <= 0:
        return None
    return max(middle - interval[0], interval[1] - middle) / middle


def t_quantile(freedom: float) -> float:
    """Student's t at 97.5 % for that many degrees of freedom, one or more.

    Tabulated up to ten, above them the expansion of Abramowitz and Stegun, 26.7.5.
    """
    table = (12.706, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)
    if freedom < len(table):
        whole = math.floor(freedom)
        return table[whole - 1] + (table[whole] - table[whole - 1]) * (freedom - whole)
    z = 1.959964
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
