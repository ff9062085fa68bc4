"""Which numbers can be meant? The bounds of a scenario's values, by what they measure."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Tokens = Annotated[float, Meta(ge=0, le=1e15)]
RequestTokens = Annotated[float, Meta(ge=0, le=1e9)]
Requests = Annotated[float, Meta(gt=0, le=1e12)]
Share = Annotated[float, Meta(ge=0, le=1)]
LessThanAll = Annotated[float, Meta(ge=0, lt=1)]
SomeShare = Annotated[float, Meta(gt=0, le=1)]
Usd = Annotated[float, Meta(ge=0, le=1e12)]
UsdPerMtok = Annotated[float, Meta(ge=0, le=1e6)]
UsdPerRequest = Annotated[float, Meta(ge=0, le=1e4)]
UsdPerKwh = Annotated[float, Meta(ge=0, le=1e3)]
UsdPerHour = Annotated[float, Meta(ge=0, le=1e6)]
UsdPerUnit = Annotated[float, Meta(gt=0, le=1e6)]
TokPerS = Annotated[float, Meta(ge=1e-6, le=1e9)]
Watts = Annotated[float, Meta(ge=0, le=1e7)]
Kwh = Annotated[float, Meta(ge=0, le=1e9)]
PoweredHours = Annotated[float, Meta(ge=0.01, le=744)]
UpkeepHours = Annotated[float, Meta(ge=0, le=744)]
SetupHours = Annotated[float, Meta(ge=0, le=1e5)]
WallFactor = Annotated[float, Meta(gt=0, le=10)]
CoolingFactor = Annotated[float, Meta(ge=1, le=10)]
TokenRatio = Annotated[float, Meta(ge=0.01, le=100)]
PerToken = Annotated[float, Meta(ge=0, le=1e4)]
UtcOffset = Annotated[float, Meta(ge=-12, le=14)]
Growth = Annotated[float, Meta(gt=-1, le=1)]
ApiDecline = Annotated[float, Meta(gt=-1, le=1)]
DiscountRate = Annotated[float, Meta(ge=0, le=10)]
Months = Annotated[int, Meta(ge=1, le=600)]
AgeMonths = Annotated[float, Meta(gt=0, le=1200)]
Milliseconds = Annotated[float, Meta(gt=0, le=1e9)]
Seconds = Annotated[float, Meta(gt=0, le=1e6)]
PeakToMean = Annotated[float, Meta(ge=1, le=168)]
TimesTheMean = Annotated[float, Meta(ge=1, le=100)]
Burstiness = Annotated[float, Meta(ge=0.01, le=100)]
Cv = Annotated[float, Meta(ge=0, le=10)]
QueueLimit = Annotated[int, Meta(ge=0, le=100_000)]
PayBackMonths = Annotated[float, Meta(gt=0, le=600)]
Streams = Annotated[int, Meta(ge=1, le=100_000)]
UsdPerTonne = Annotated[float, Meta(ge=0, le=1e6)]
GramsPerMtok = Annotated[float, Meta(ge=0, le=1e9)]
GramsPerKwh = Annotated[float, Meta(ge=0, le=1e5)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Code = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Day = Annotated[str, Meta(pattern="^20[0-9]{2}-[0-9]{2}-[0-9]{2}$")]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the scenario file: no key but those below."""
