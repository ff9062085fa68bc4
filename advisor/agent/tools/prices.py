"""The tools `prices` and `price`: what do APIs charge, and since when?"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec

from advisor.agent.tool import Job, Tool
from advisor.errors import InputError

MOST = 50
USUAL = 20


class SearchArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `prices` takes."""

    text: Annotated[
        str,
        msgspec.Meta(description="Words in provider, model or title, such as 'llama 3.1 8b'."),
    ]
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST, description="The first so many.")] = USUAL


class ShowArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `price` takes."""

    model: Annotated[
        str,
        msgspec.Meta(description="provider/model, or a model's usual name: openai/gpt-4o, GPT-4."),
    ]


def _search(arguments: SearchArguments, _: Job) -> Any:
    from advisor.prices.book import PriceBook

    book = PriceBook.load(date.today())
    found = book.search(arguments.text)
    if not found:
        near = book.nearest(arguments.text)
        raise InputError(
            f"no price matches '{arguments.text[:100]}'",
            remedy=f"The nearest are {', '.join(near)}." if near else "Ask for fewer words.",
        )
    return book.document(found[: arguments.limit])


def _show(arguments: ShowArguments, _: Job) -> Any:
    from advisor.prices.book import PriceBook

    return PriceBook.load(date.today()).show(arguments.model)


PRICES = Tool(
    name="prices",
    title="Search API prices",
    description="API prices in USD per million tokens, by words in provider, model or title, from "
    "the embedded price book, each with its date and source. Without network.",
    arguments=SearchArguments,
    answers="advisor.prices.document:Prices",
    run=_search,
)
PRICE = Tool(
    name="price",
    title="Show one API price",
    description="The price of one model of one API in USD per million tokens, with its history.",
    arguments=ShowArguments,
    answers="advisor.prices.document:Price",
    run=_show,
)
