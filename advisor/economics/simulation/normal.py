"""What are the normal distribution's probabilities and quantiles, for whole arrays?

numpy has neither. Quantiles are Wichura's "Algorithm AS241: The Percentage Points of the Normal
Distribution", Applied Statistics 37, 1988 (relative error about 1e-16). Probabilities are
`erfc(|z|/sqrt 2)/2`, where `erfc(x) exp(x^2)` is a polynomial in `2/(2 + x)`, fitted once to
Python's own `math.erfc` at Chebyshev's points; their error is below 1e-13.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Z90 = 1.2815515655446004
"""The 90 % quantile of the standard normal distribution."""
Z975 = 1.959963984540054
"""Its 97.5 % quantile: a 95 % interval reaches as far to both sides."""

_LARGEST_X = 26.0
_TERMS = 32
_LEAST = 5e-324

_CENTER = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
_TAIL = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
_FAR_TAIL = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)


def quantile(probabilities: Floats) -> Floats:
    """The z of each probability, 0 and 1 standing for the least and greatest below and above."""
    import numpy as np

    p = np.clip(probabilities, _LEAST, 1.0 - 2.0**-53)
    q = p - 0.5
    z = q * _ratio(_CENTER, 0.180625 - q * q)
    outside = np.flatnonzero(np.abs(q) > 0.425)
    side = p[outside]
    r = np.sqrt(-np.log(np.where(side < 0.5, side, 1.0 - side)))
    size = np.where(r <= 5.0, _ratio(_TAIL, r - 1.6), _ratio(_FAR_TAIL, r - 5.0))
    z[outside] = np.where(side < 0.5, -size, size)
    return z


def probability(z: Floats) -> Floats:
    """The probability of a value below each z."""
    import numpy as np
    from numpy.polynomial import chebyshev

    x = np.minimum(np.abs(z) / math.sqrt(2.0), _LARGEST_X)
    scaled = np.asarray(chebyshev.chebval(_place(x), tail_coefficients()), dtype=np.float64)
    tail = 0.5 * np.exp(-x * x) * scaled
    below: Floats = np.where(z < 0, tail, 1.0 - tail)
    return below


def probability_of(z: float) -> float:
    """The probability of a value below one z."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], r: Floats) -> Floats:
    above, below = (_polynomial(each, r) for each in polynomials)
    result: Floats = above / below
    return result


def _polynomial(coefficients: tuple[float, ...], r: Floats) -> Floats:
    value: Floats = r * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        value *= r
        value += coefficient
    return value


def _place(x: Floats) -> Floats:
    """`2/(2 + x)` for x from 0 to the largest, stretched to -1 to 1."""
    least = 2.0 / (2.0 + _LARGEST_X)
    return (2.0 * (2.0 / (2.0 + x)) - 1.0 - least) / (1.0 - least)


@lru_cache(maxsize=1)
def tail_coefficients() -> tuple[float, ...]:
    """Of the polynomial for `erfc(x) exp(x^2)`, in Chebyshev's form."""
    import numpy as np
    from numpy.polynomial import chebyshev

    places = np.cos(np.pi * (np.arange(_TERMS) + 0.5) / _TERMS)
    least = 2.0 / (2.0 + _LARGEST_X)
    x = 2.0 / ((places * (1.0 - least) + 1.0 + least) / 2.0) - 2.0
    scaled = np.array([math.erfc(each) * math.exp(each * each) for each in x])
    return tuple(chebyshev.chebfit(places, scaled, _TERMS - 1).tolist())
