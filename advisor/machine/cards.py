"""How do the facts that one vendor's driver tells become a card of the shape all vendors share?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from advisor.documents import Unknown, Unknowns
from advisor.machine.document import Gpu

NOT_TOLD = Unknown("its driver does not tell")


@dataclass(frozen=True, slots=True)
class CardFacts:
    """One card as its driver describes it: fields of `Gpu` by name, the rest is not told.

    `computes` is whether inference engines use it; graphics of a processor that none uses by
    itself are told apart from it.
    """

    vendor: Literal["amd", "apple", "intel"]
    computes: bool
    values: Mapping[str, object]


def settled_cards(
    found: Sequence[CardFacts], place: str, unknowns: Unknowns, *, first: int = 0
) -> tuple[Gpu, ...]:
    """The cards in their common shape. Reasons of what is missing go to `unknowns` under
    `PLACE[i]...`, counted from `first`; `index` counts each vendor's cards in its driver's order.
    """
    cards = []
    for position, facts in enumerate(found):
        before = sum(1 for each in found[:position] if each.vendor == facts.vendor)
        path = f"{place}[{first + position}]"
        fields: dict[str, Any] = {
            name: unknowns.settle(f"{path}.{name}", facts.values.get(name, NOT_TOLD))
            for name in Gpu.__struct_fields__
            if name not in ("index", "vendor")
        }
        cards.append(Gpu(index=before, vendor=facts.vendor, **fields))
    return tuple(cards)
