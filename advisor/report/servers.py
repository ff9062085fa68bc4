"""How are the servers on this machine shown?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.padding import Padding

from advisor.report.console import columns_table, facts_table, result_console
from advisor.report.language import _, sentence
from advisor.report.text import name, number, size

if TYPE_CHECKING:
    from advisor.servers.document import Model, RunningServer, Servers, SettingTold

MOST_MODELS_SHOWN = 20


def show_servers(servers: Servers) -> None:
    """Prints what runs with its models, then what could be started, then what cannot be used."""
    console = result_console()
    if not servers.servers:
        console.print(_("No model server runs here."), style="bold")
    for server in servers.servers:
        kind = f"{name(server.kind)} {name(server.version or '')}".strip()
        console.print(
            _("{server} at {url}").format(server=kind, url=name(server.url, 200)), style="bold"
        )
        _show_models(server, servers.unknown)
        _show_settings("", server.settings, server.concerns)
        for model in server.models or ():
            _show_settings(f"{name(model.name)}: ", model.settings, model.concerns)
    if servers.installed:
        console.print(_("Installed, not running:"), style="bold")
        installed = facts_table(
            (engine.kind, name(engine.start_command, 200)) for engine in servers.installed
        )
        console.print(Padding(installed, (0, 0, 0, 2)))
    elif not servers.servers:
        console.print(_("No engine is installed either; `advisor` brings a small one of its own."))
    for problem in servers.problems:
        console.print(
            _("Not usable: {message}").format(message=name(sentence(problem.message), 300)),
            style="yellow",
        )


def _show_settings(of: str, settings: Sequence[SettingTold], concerns: Sequence[str]) -> None:
    """What changes speed, on as few lines as it takes, and what of it looks wrong."""
    console = result_console()
    known = [f"{name(each.name, 40)} {_value(each.value)}" for each in settings]
    if known:
        console.print(Padding(f"{of}{_(', ').join(known)}", (0, 0, 0, 2)), style="dim")
    for concern in concerns:
        console.print(
            Padding(
                _("Note: {note}").format(note=f"{of}{name(sentence(concern), 200)}"), (0, 0, 0, 2)
            ),
            style="yellow",
        )


def _value(value: float | bool | str | None) -> str:
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if value is None:
        return _("not known")
    if isinstance(value, str):
        return name(value, 40)
    return f"{value:,}" if isinstance(value, int) else number(value)


def _loaded(model: Model) -> str:
    """Whether a model is in memory, and how much of it in a GPU's where that is known."""
    if model.loaded is None:
        return "–"
    if not model.loaded:
        return _("no")
    if model.gpu_share is None:
        return _("yes")
    return _("yes, {share} on GPU").format(share=f"{model.gpu_share:.0%}")


def _show_models(server: RunningServer, unknown: dict[str, str]) -> None:
    console = result_console()
    if server.models is None:
        reasons = (why for path, why in unknown.items() if path.endswith(".models"))
        console.print(
            "  "
            + _("Its models are not known: {reason}").format(
                reason=name(sentence(next(reasons, "")), 300)
            ),
            style="yellow",
        )
        return
    if not server.models:
        console.print("  " + _("It has no model yet."))
        return
    numbers = (_("size"), _("context"))
    table = columns_table(_("model"), _("quantization"), *numbers, _("loaded"), right=numbers)
    for model in server.models[:MOST_MODELS_SHOWN]:
        table.add_row(
            name(model.name),
            name(model.quantization or "–", 16),
            size(model.size_bytes) if model.size_bytes else "–",
            f"{model.context_tokens:,}" if model.context_tokens else "–",
            _loaded(model),
        )
    console.print(table)
    if len(server.models) > MOST_MODELS_SHOWN:
        console.print(
            "  "
            + _("… and {count} more (see --json).").format(
                count=len(server.models) - MOST_MODELS_SHOWN
            )
        )
