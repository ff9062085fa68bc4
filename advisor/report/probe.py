"""How are shown a machine's smaller parts, and what has changed since the last probe?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from advisor.machine.document import Change, Machine, MemoryModule
from advisor.report.console import facts_table, result_console
from advisor.report.language import _
from advisor.report.text import name, number, size


def show_parts(machine: Machine) -> None:
    """Prints memory modules, instances of divided cards and processors' own graphics, if any."""
    facts = list(_parts(machine))
    if facts:
        console = result_console()
        console.print()
        console.print(facts_table(facts))


def show_changes(changes: Iterable[Change], since: str) -> None:
    """Prints what differs from the probe of `since`, or that nothing does."""
    facts = [
        (name(each.path), f"{_shown(each.path, each.before)} → {_shown(each.path, each.after)}")
        for each in changes
    ]
    console = result_console()
    console.print()
    if not facts:
        console.print(
            _("Nothing has changed since the probe of {since}.").format(since=name(since)),
            style="dim",
        )
        return
    console.print(_("Changed since the probe of {since}:").format(since=name(since)), style="bold")
    console.print(facts_table(facts))


def _parts(machine: Machine) -> Iterator[tuple[str, str]]:
    modules = machine.memory.modules or ()
    for position, module in enumerate(modules):
        yield "" if position else _("modules"), _(", ").join(_module_parts(module))
    if modules and machine.memory.channels:
        yield _("channels"), f"{machine.memory.channels}"
    for gpu in machine.gpus:
        for instance in gpu.mig_instances or ():
            held = instance.memory_total_bytes
            memory = f", {size(held)}" if held is not None else ""
            yield (
                _("GPU {index} holds").format(index=gpu.index),
                name(instance.profile or _("an instance")) + memory,
            )
    for gpu in machine.integrated_graphics:
        yield (
            _("integrated"),
            _("{gpu} (no engine uses it by itself)").format(gpu=name(gpu.name or _("graphics"))),
        )


def _module_parts(module: MemoryModule) -> Iterator[str]:
    if module.size_bytes is not None:
        yield size(module.size_bytes)
    if module.kind:
        yield module.kind
    if module.speed_mt_per_s:
        rated = module.rated_speed_mt_per_s
        slower = rated is not None and rated > module.speed_mt_per_s
        speed = f"{module.speed_mt_per_s} MT/s"
        yield _("{speed} (rated {rated})").format(speed=speed, rated=rated) if slower else speed
    if module.place:
        yield name(module.place)


def _shown(path: str, value: str | float | bool) -> str:
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if isinstance(value, str):
        return name(value)
    if path.endswith("_bytes"):
        return size(value)
    return f"{number(value)} W" if path.endswith("_w") else f"{value:g}"
