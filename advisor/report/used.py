"""How is it shown what records of use put into the advice?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.report.console import facts_table
from advisor.report.language import _, sentence
from advisor.report.text import safe

if TYPE_CHECKING:
    from rich.console import Console

    from advisor.advice.document import UsedPart


def show_used(used: UsedPart, console: Console) -> None:
    """Prints whence the use is known, what it supplied, and what the scenario overruled."""
    console.print(facts_table(list(_facts(used))))


def _facts(used: UsedPart) -> Iterator[tuple[str, str]]:
    parts = list(used.sources)
    if used.first_day:
        parts.append(_("{first} to {last}").format(first=used.first_day, last=used.last_day))
    yield _("read from"), safe(_(", ").join([*parts, used.time_zone]))
    yield _("a month is"), safe(sentence(used.basis))
    if used.weekly_cv is not None and used.unstable_above is not None:
        yield (
            _("steadiness"),
            _("weeks swing by {share} of their mean; unstable above {limit}").format(
                share=f"{used.weekly_cv:.0%}", limit=f"{used.unstable_above:.0%}"
            ),
        )
    yield _("supplied"), _keys(used.supplied)
    if used.overruled:
        yield (
            _("overruled"),
            _("{keys}: the scenario or an option says otherwise").format(
                keys=_keys(used.overruled)
            ),
        )
    for note in used.notes:
        yield _("note"), safe(sentence(note))


def _keys(keys: tuple[str, ...]) -> str:
    return _(", ").join(key.removeprefix("usage.") for key in keys) or _("nothing")
