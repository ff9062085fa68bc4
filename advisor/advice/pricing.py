"""What does each API in the comparison charge, and who says so?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from advisor.advice.inputs import Inputs
from advisor.advice.price_tables import ApiTable
from advisor.advice.stated_price import (
    TimeOfDay,
    api_price,
    months_between,
    notes,
    stated_price,
    windows,
)
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.inputs import ApiPrice, PriceChange
from advisor.economics.rates import Dialogue, Rates, Tier


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """One price of a price book, in USD per million tokens.

    `status` is `current`, `historic` or `announced`; `as_of` an ISO date; `source` an address or a
    data set's name. Without a cached-input price the input price holds for cached tokens too.
    """

    name: str
    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cached_input_usd_per_mtok: float | None
    status: str
    as_of: str | None
    source: str
    cache_write_usd_per_mtok: float | None = None
    usd_per_request: float = 0.0
    tiers: tuple[Tier, ...] = ()
    batch: Rates | None = None
    times: tuple[TimeOfDay, ...] = ()
    later: tuple[tuple[str, ListedPrice], ...] = ()
    """Announced prices, by the ISO date from which they hold."""
    valid_on: str | None = None

    @property
    def rates(self) -> Rates:
        """The unit prices."""
        cached = self.cached_input_usd_per_mtok
        return Rates(
            self.input_usd_per_mtok,
            self.output_usd_per_mtok,
            self.input_usd_per_mtok if cached is None else cached,
            self.cache_write_usd_per_mtok,
            self.usd_per_request,
            self.tiers,
        )


PriceLookup = Callable[[str], ListedPrice | Unknown]
"""The price of an API by its name, or why there is none."""


@dataclass(frozen=True, slots=True)
class PricedApi:
    """One column of the comparison. `price` is Unknown for an unpriced API.

    `status` is `given` where the scenario states the price. `added` marks the same open model
    hosted by an API, which the advisor put beside the scenario's own list. `notes` say which of its
    prices could not be applied, and which are still to come.
    """

    name: str
    price: ApiPrice | Unknown
    status: str | None
    as_of: str | None
    source: str | None
    added: bool = False
    notes: tuple[str, ...] = ()


def price_apis(
    inputs: Inputs, lookup: PriceLookup, same_model_hosted: Sequence[ListedPrice] = ()
) -> tuple[PricedApi, ...]:
    """The scenario's APIs in file order, names verbatim, then those the advisor adds."""
    listed = [_with_carbon(_price(api, inputs, lookup), inputs) for api in inputs.api]
    names = {api.name for api in listed}
    hosted = [price for price in same_model_hosted if price.name not in names]
    return (*listed, *(_of_book(price, inputs, Dialogue(), added=True) for price in hosted))


def baseline_index(inputs: Inputs, apis: Sequence[PricedApi]) -> int | None:
    """Which API the decision is against: the one marked, else the first listed.

    With none listed, the cheapest current host of the same open model; None if there is none.
    """
    for index, api in enumerate(inputs.api):
        if api.baseline:
            return index
    if inputs.api:
        return 0
    case = inputs.case()
    bills = {
        index: api_usd(case.usage, api.price, case.horizon)
        for index, api in enumerate(apis)
        if isinstance(api.price, ApiPrice) and api.status == "current"
    }
    return min(bills, key=lambda index: bills[index]) if bills else None


def _price(api: ApiTable, inputs: Inputs, lookup: PriceLookup) -> PricedApi:
    if api.input_usd_per_mtok is None or api.output_usd_per_mtok is None:
        found = lookup(api.name)
        if isinstance(found, Unknown):
            return PricedApi(api.name, found, None, None, None)
        return replace(_of_book(found, inputs, api.dialogue, added=False), name=api.name)
    price = stated_price(api, inputs)
    told = notes(price, inputs, [each.start for each in api.change])
    return PricedApi(api.name, price, "given", None, "the scenario", notes=told)


def _with_carbon(api: PricedApi, inputs: Inputs) -> PricedApi:
    """The API with the carbon that weighs in the price of each token, and a note that says so."""
    carbon = inputs.carbon
    if isinstance(api.price, Unknown):
        return api
    usd_per_mtok = carbon.usd_per_mtok(api.name)
    if not usd_per_mtok:
        return api
    money = inputs.currency.shown.unit_price
    note = (
        f"each price holds {money(usd_per_mtok)} per million tokens for carbon at "
        f"{money(carbon.usd_per_tonne)} a tonne"
    )
    return replace(api, price=api.price.raised(usd_per_mtok), notes=(*api.notes, note))


def _of_book(listed: ListedPrice, inputs: Inputs, dialogue: Dialogue, *, added: bool) -> PricedApi:
    price = _with_times(listed, inputs, dialogue)
    starts_on = inputs.horizon.starts_on or listed.valid_on
    if starts_on is not None:
        price = replace(
            price,
            changes=tuple(
                PriceChange(
                    months_between(starts_on, day),
                    _with_times(later, inputs, dialogue),
                )
                for day, later in listed.later
            ),
        )
    told = notes(price, inputs, [day for day, _ in listed.later])
    return PricedApi(
        listed.name, price, listed.status, listed.as_of, listed.source, added, notes=told
    )


def _with_times(listed: ListedPrice, inputs: Inputs, dialogue: Dialogue) -> ApiPrice:
    return api_price(
        listed.rates,
        batch=listed.batch,
        windows=windows(listed.times, inputs),
        dialogue=dialogue,
    )
