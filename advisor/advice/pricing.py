"""What does each API in the comparison charge, and who says so?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from advisor.advice.inputs import ApiTable, Inputs
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.inputs import ApiPrice


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


PriceLookup = Callable[[str], ListedPrice | Unknown]
"""The price of an API by its name, or why there is none."""


@dataclass(frozen=True, slots=True)
class PricedApi:
    """One column of the comparison. `price` is Unknown for an unpriced API.

    `status` is `given` where the scenario states the price. `added` marks the same open model
    hosted by an API, which the advisor put beside the scenario's own list.
    """

    name: str
    price: ApiPrice | Unknown
    status: str | None
    as_of: str | None
    source: str | None
    added: bool = False


def price_apis(
    inputs: Inputs, lookup: PriceLookup, same_model_hosted: Sequence[ListedPrice] = ()
) -> tuple[PricedApi, ...]:
    """The scenario's APIs in file order, names verbatim, then those the advisor adds."""
    listed = [_price(api, lookup) for api in inputs.api]
    names = {api.name for api in listed}
    added = [_of_book(price, added=True) for price in same_model_hosted if price.name not in names]
    return (*listed, *added)


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


def _price(api: ApiTable, lookup: PriceLookup) -> PricedApi:
    if api.input_usd_per_mtok is None or api.output_usd_per_mtok is None:
        found = lookup(api.name)
        if isinstance(found, Unknown):
            return PricedApi(api.name, found, None, None, None)
        book = _of_book(found, added=False)
        return PricedApi(api.name, book.price, book.status, book.as_of, book.source)
    cached = api.cached_input_usd_per_mtok
    price = ApiPrice(
        api.input_usd_per_mtok,
        api.output_usd_per_mtok,
        api.input_usd_per_mtok if cached is None else cached,
    )
    return PricedApi(api.name, price, "given", None, "the scenario")


def _of_book(price: ListedPrice, *, added: bool) -> PricedApi:
    cached = price.cached_input_usd_per_mtok
    return PricedApi(
        price.name,
        ApiPrice(
            price.input_usd_per_mtok,
            price.output_usd_per_mtok,
            price.input_usd_per_mtok if cached is None else cached,
        ),
        price.status,
        price.as_of,
        price.source,
        added,
    )
