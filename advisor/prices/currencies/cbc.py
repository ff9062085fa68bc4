"""What was the last closing rate of the New Taiwan dollar, by the central bank of Taiwan?

Its open data (data.gov.tw, data set 7232) is a list of days, each with `日期` (20261127) and
`NTD_USD`, in TWD for one USD. The ECB has no rate of this currency.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from advisor.errors import AdvisorError
from advisor.prices.currencies.document import Rate

SOURCE = "Central Bank of the Republic of China (Taiwan), interbank closing rate NTD/USD"
TWD = "TWD"
DAY = "日期"
RATE = ("NTD_USD", "NTD/USD")


def read_cbc(data: bytes) -> tuple[Rate, ...]:
    """The newest day's rate. Raises AdvisorError for anything that is not such a list."""
    try:
        rows = msgspec.json.decode(data, type=list[dict[str, Any]])
        newest = max(rows, key=lambda row: str(row.get(DAY, "")), default={})
        day = str(newest.get(DAY, ""))
        text = next((str(newest[key]) for key in RATE if key in newest), "")
        rate = float(text)
        if not (math.isfinite(rate) and rate > 0):
            raise ValueError(f"its rate is {text[:20]!r}")
        if len(day) != 8 or not day.isascii() or not day.isdigit():
            raise ValueError(f"its day is {day[:20]!r}")
    except (ValueError, RecursionError) as error:
        raise AdvisorError("this is not the central bank's list of rates", why=str(error)) from None
    as_of = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return (Rate(code=TWD, usd_per_unit=1.0 / rate, as_of=as_of, source=SOURCE),)
