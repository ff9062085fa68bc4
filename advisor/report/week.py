"""How is a week shown? A line a day with one character an hour, under a scale of hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from advisor.report.language import N_, _

if TYPE_CHECKING:
    from rich.text import Text

DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
HOURS = "0     6     12    18"


def week_lines(days: Sequence[Text], ends: Sequence[str] = ("",) * 7) -> Iterator[Text]:
    """The hours above, then each day's name, its 24 characters and what stands at their end."""
    from rich.text import Text

    labels = [_(day) for day in DAYS]
    cells = max(map(cell_len, labels)) + 2
    yield Text(f"{' ' * cells}{HOURS}", style="dim")
    for label, hours, end in zip(labels, days, ends, strict=True):
        line = Text(label + " " * (cells - cell_len(label)), style="dim")
        yield line.append_text(hours).append(f"  {end}" if end else "")
