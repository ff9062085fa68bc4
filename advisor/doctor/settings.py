"""Was everything that somebody set also understood?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from advisor.doctor.document import Finding, Setting


@dataclass(frozen=True, slots=True)
class Stray:
    """A name in the settings file or the environment that no option has, and what it may mean."""

    origin: str
    name: str
    meant: str | None


def settings(values: Iterable[Setting], strays: Iterable[Stray]) -> tuple[Finding, ...]:
    """What was set in vain, or one finding that all is well."""
    found = [_stray(each) for each in strays]
    set_values = [each for each in values if each.source != "default"]
    found += [_refused(each) for each in set_values if not each.usable]
    if found:
        return tuple(found)
    count = len(set_values)
    what = f"{count} setting{'s' if count != 1 else ''} of your own, all understood"
    return (
        Finding(area="settings", status="ok", what=what if count else "every setting is a default"),
    )


def _stray(stray: Stray) -> Finding:
    return Finding(
        area="settings",
        status="limited",
        what=f"{stray.name} sets nothing",
        why=f"{stray.origin}: no option has that name"
        + (f"; write {stray.meant}" if stray.meant else ""),
    )


def _refused(setting: Setting) -> Finding:
    return Finding(
        area="settings",
        status="limited",
        what=f"{setting.command} will refuse {setting.option} = {setting.value}",
        why=f"set in {setting.source}: `advisor {setting.command} --help` says what it takes",
    )
