"""How is a diagnosis shown? One page: what can be measured, what is limited, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.console import facts_table, mark, result_console
from advisor.report.language import N_, _, sentence
from advisor.report.text import name, pair

if TYPE_CHECKING:
    from rich.console import Console

    from advisor.doctor.document import Doctor, Finding

GROUPS = (
    ("ok", N_("Can be measured"), "green"),
    ("limited", N_("Limited"), "yellow"),
    ("missing", N_("Missing"), "red"),
)
AREAS = {
    "gpu": N_("GPU"),
    "energy": N_("energy"),
    "rapl": N_("RAPL"),
    "servers": N_("servers"),
    "ports": N_("ports"),
    "model-cache": N_("model-cache"),
    "data-folder": N_("data-folder"),
    "memory": N_("memory"),
    "clock": N_("clock"),
    "scheduler": N_("scheduler"),
    "neighbours": N_("neighbours"),
    "governor": N_("governor"),
    "surroundings": N_("surroundings"),
    "settings": N_("settings"),
}
SOURCES = {"flag": N_("flag"), "environment": N_("environment"), "default": N_("default")}
LABEL_CELLS = 12
COMMAND_INDENT = 4
LONGEST_REASON = 400


def show_doctor(document: Doctor) -> None:
    """Prints the findings by status with their commands, then settings, then what was asked for."""
    console = result_console()
    for status, title, colour in GROUPS:
        findings = [each for each in document.findings if each.status == status]
        if not findings:
            continue
        console.print(_(title), style=f"bold {colour}")
        for finding in findings:
            _show_finding(console, finding)
        console.print()
    _show_settings(console, document)
    _show_needs(console, document)


def command_lines(command: str, columns: int) -> list[str]:
    """A command on one line, or broken after a pipe, where a shell reads on."""
    if len(command) <= columns:
        return [command]
    first, pipe, rest = command.partition(" | ")
    return [f"{first} |", rest] if pipe else [command]


def _show_finding(console: Console, finding: Finding) -> None:
    what, why = (
        name(sentence(each), LONGEST_REASON) if each else "" for each in (finding.what, finding.why)
    )
    area = _(AREAS.get(finding.area, finding.area))
    if finding.status == "ok":
        _show_fact(console, area, _("{fact} ({why})").format(fact=what, why=why) if why else what)
        return
    _show_fact(console, area, what)
    if why:
        _show_fact(console, "", why)
    if finding.fix:
        columns = console.width - COMMAND_INDENT - len("$ ")
        lines = command_lines(name(finding.fix, LONGEST_REASON), columns)
        prompts = (mark("$ ", _("run: ")), "  ")
        for prompt, line in zip(prompts, lines, strict=False):
            console.print(f"{' ' * COMMAND_INDENT}{prompt}{line}", style="bold", soft_wrap=True)


def _show_fact(console: Console, label: str, text: str) -> None:
    console.print(facts_table([(label, text)], LABEL_CELLS))


def _show_settings(console: Console, document: Doctor) -> None:
    console.print(_("Settings: flag > environment > advisor.toml > default"), style="bold")
    chosen = [each for each in document.settings if each.source != "default"]
    for each in chosen:
        value = name(each.value or "", 200)
        text = pair(sentence(each.command), f"{each.option} = {value}")
        _show_fact(console, _(SOURCES.get(each.source, each.source)), text)
    rest = _("all others") if chosen else _("all")
    file = name(document.settings_file, 200) if document.settings_file else _("no advisor.toml")
    _show_fact(
        console, _("default"), _("{rest}; --json lists them ({file})").format(rest=rest, file=file)
    )


def _show_needs(console: Console, document: Doctor) -> None:
    if not document.needs:
        return
    console.print()
    console.print(_("Asked for"), style="bold")
    for need in document.needs:
        state = _("here") if need.met else _("MISSING")
        _show_fact(console, need.name, pair(state, name(sentence(need.why), LONGEST_REASON)))
