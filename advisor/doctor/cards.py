"""Will a card that answers be measured at its best, or does something hold it back?"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.doctor.commands import command_to
from advisor.doctor.document import Finding
from advisor.doctor.facts import Card

HELD_SHARE = 0.1
"""Of a card's memory: what a desktop holds is less."""

AT_REST_TOO = (
    "software thermal slowdown",
    "hardware thermal slowdown",
    "power brake",
    "voltage regulator hot",
)
"""What holds clocks back and tells of heat or supply, even of a card at rest; limits of power may
show at rest for no reason that matters."""


def reservations(card: Card) -> Iterator[Finding]:
    """What is amiss with a card, if anything is."""
    if card.uncorrected_errors:
        plural = "s" if card.uncorrected_errors > 1 else ""
        yield _limited(
            f"{card.name}: {card.uncorrected_errors} uncorrected memory error{plural}",
            "each spoiled what was computed, since the driver was loaded: do not trust its results",
            command_to("see memory errors", card.vendor),
        )
    if card.memory_bytes and (card.held_bytes or 0) > HELD_SHARE * card.memory_bytes:
        by = f" ({', '.join(card.holders)})" if card.holders else ""
        held, whole = (each / 2**30 for each in (card.held_bytes or 0, card.memory_bytes))
        yield _limited(
            f"{card.name}: {held:.1f} of {whole:.1f} GiB are held already{by}",
            "unless that is the server to be measured, models have less room and share the card",
            command_to("see who holds the card", card.vendor),
        )
    if hot := [each for each in card.held_back_by if each in AT_REST_TOO]:
        yield _limited(
            f"{card.name}: clocks held back ({', '.join(hot)})",
            "it is too hot or short of power: check fans, dust and supply",
            None,
        )
    if card.lanes and card.lanes[0] < card.lanes[1]:
        now, most = card.lanes
        yield _limited(
            f"{card.name}: {now} of {most} PCIe lanes are in use",
            "models load more slowly, and so does work that is split over cards: check its slot; "
            "some cards drop lanes at rest",
            None,
        )


def _limited(what: str, why: str, fix: str | None) -> Finding:
    return Finding(area="gpu", status="limited", what=what, why=why, fix=fix)
