"""What do the European Central Bank's euro reference rates say of a day?

`eurofxref-daily.xml`: one `Cube time=` with a `Cube currency= rate=` for each currency, in units
for one euro. A document with a DOCTYPE is refused, so that no entity is ever expanded or fetched.
"""

from __future__ import annotations

import math
from xml.parsers.expat import ExpatError, ParserCreate

from advisor.errors import AdvisorError
from advisor.prices.currencies.document import Rate

SOURCE = "European Central Bank, euro foreign exchange reference rates"
EUR = "EUR"
LARGEST_BYTES = 1_000_000
MOST_CURRENCIES = 300
_CUBE = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref Cube"


class _RefusedError(Exception):
    """Why the document is not taken."""


class _Cubes:
    """The day and the rates of a document, as they are parsed."""

    def __init__(self) -> None:
        self.days: list[str] = []
        self.per_euro = {EUR: 1.0}

    def doctype(self, *_: object) -> None:
        raise _RefusedError("it has a DOCTYPE, which these rates never have")

    def element(self, name: str, attributes: dict[str, str]) -> None:
        if name != _CUBE:
            return
        if "time" in attributes:
            self.days.append(attributes["time"])
        if "currency" in attributes:
            self._rate(attributes["currency"], attributes.get("rate", ""))

    def _rate(self, code: str, text: str) -> None:
        try:
            rate = float(text)
        except ValueError:
            rate = math.nan
        if not (math.isfinite(rate) and rate > 0):
            raise _RefusedError(f"its rate of {code[:10]} is {text[:20]!r}")
        if code in self.per_euro:
            raise _RefusedError(f"it states {code[:10]} twice")
        if len(self.per_euro) >= MOST_CURRENCIES:
            raise _RefusedError(f"it lists more than {MOST_CURRENCIES} currencies")
        self.per_euro[code] = rate


def read_ecb(data: bytes) -> tuple[Rate, ...]:
    """The rates of a day in USD: `usd_per_unit = USD for one euro / units for one euro`.

    Raises AdvisorError for anything that is not such a document, whole and of one day.
    """
    cubes = _Cubes()
    parser = ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = cubes.doctype
    parser.StartElementHandler = cubes.element
    try:
        if len(data) > LARGEST_BYTES:
            raise _RefusedError("it is over 1 MB")
        parser.Parse(data, True)
        if len(cubes.days) != 1:
            raise _RefusedError(f"it states {len(cubes.days) or 'no'} days")
        usd = cubes.per_euro.get("USD")
        if usd is None:
            raise _RefusedError("it states no rate of the US dollar")
    except (ExpatError, ValueError, _RefusedError) as error:
        raise AdvisorError("these are not the ECB's reference rates", why=str(error)) from None
    return tuple(
        Rate(code=code, usd_per_unit=usd / rate, as_of=cubes.days[0], source=SOURCE)
        for code, rate in sorted(cubes.per_euro.items())
        if code != "USD"
    )
