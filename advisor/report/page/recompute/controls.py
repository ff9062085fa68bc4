"""Which values may be moved in the page, from where to where, and in which unit?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from advisor.advice.bounds import Tokens, UpkeepHours, Usd, UsdPerKwh
from advisor.advice.inputs import Inputs
from advisor.report.language import _

TOKENS_PER_MILLION = 1e6
PER_CENT = 0.01
MOST_PRICE_FACTOR = 1000.0


@dataclass(frozen=True, slots=True)
class Control:
    """One value of the engine, shown in `unit`s of which one is worth `per_unit` of the value.

    The slider runs from `least` to `most`, evenly or by decades; the field takes whatever a
    scenario file would, up to `bound`.
    """

    key: str
    label: str
    unit: str
    now: float
    least: float
    most: float
    scale: Literal["even", "decades"]
    bound: float
    per_unit: float = 1.0
    above_zero: bool = False


def controls(inputs: Inputs, values: dict[str, float | None]) -> tuple[Control, ...]:
    """The controls that move something in this scenario, in the order of the page."""
    money = inputs.currency.shown
    found = [
        _control(
            "tokens_per_month",
            _("Tokens a month"),
            _("million, in and out"),
            values,
            spread=100,
            bound=_most(Tokens),
            per_unit=TOKENS_PER_MILLION,
            above_zero=True,
        ),
        _control(
            "api_price_factor",
            _("Prices of the API"),
            _("% of today's"),
            values,
            spread=10,
            bound=MOST_PRICE_FACTOR,
            per_unit=PER_CENT,
        ),
        _electricity(inputs, values),
        _control(
            "box_price_usd",
            _("Resale value of the box today")
            if inputs.box.already_owned
            else _("Price of the box"),
            money.code,
            values,
            spread=10,
            otherwise=20_000,
            bound=_most(Usd),
            per_unit=money.usd_per_unit,
        ),
    ]
    if inputs.maintenance.usd_per_hour > 0:
        hours = inputs.maintenance.hours_per_month
        found.append(
            Control(
                "maintenance_hours_per_month",
                _("Maintenance"),
                _("hours a month"),
                hours,
                0.0,
                min(_most(UpkeepHours), max(40.0, 4 * hours)),
                "even",
                _most(UpkeepHours),
            )
        )
    return tuple(found)


def _electricity(inputs: Inputs, values: dict[str, float | None]) -> Control:
    """The bill where it is given, else the price of a kilowatt-hour, or of all of them at once."""
    money = inputs.currency.shown
    if inputs.box.electricity_usd_per_month is not None:
        return _control(
            "electricity_usd_per_month",
            _("Electricity of the box"),
            _("{currency} a month").format(currency=money.code),
            values,
            spread=10,
            otherwise=200,
            bound=_most(Usd),
            per_unit=money.usd_per_unit,
        )
    if values["usd_per_kwh"] is None:
        return _control(
            "tariff_factor",
            _("Electricity tariff"),
            _("% of today's"),
            values,
            spread=10,
            bound=MOST_PRICE_FACTOR,
            per_unit=PER_CENT,
        )
    return _control(
        "usd_per_kwh",
        _("Electricity tariff"),
        _("{currency} per kWh").format(currency=money.code),
        values,
        spread=10,
        otherwise=1,
        bound=_most(UsdPerKwh),
        per_unit=money.usd_per_unit,
    )


def _control(
    key: str,
    label: str,
    unit: str,
    values: dict[str, float | None],
    *,
    spread: float,
    bound: float,
    otherwise: float = 1.0,
    per_unit: float = 1.0,
    above_zero: bool = False,
) -> Control:
    """A control from `spread` times less to `spread` times more than today's; from nothing to
    `otherwise` where that is nothing."""
    now = values[key] or 0.0
    if now == 0:
        return Control(key, label, unit, now, 0.0, otherwise, "even", bound, per_unit, above_zero)
    return Control(
        key,
        label,
        unit,
        now,
        now / spread,
        min(now * spread, bound),
        "decades",
        bound,
        per_unit,
        above_zero,
    )


def _most(bounded: Any) -> float:
    return float(get_args(bounded)[1].le)
