"""How is a diagnosis shown? One page: what can be measured, what is limited, what is missing."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from advisor.report.console import result_console
from advisor.report.text import name

if TYPE_CHECKING:
    from rich.console import Console

    from advisor.doctor.document import Doctor, Finding

GROUPS = (
    ("ok", "Can be measured", "green"),
    ("limited", "Limited", "yellow"),
    ("missing", "Missing", "red"),
)
LABEL_COLUMNS = 14
COMMAND_INDENT = 4
LONGEST_REASON = 400


def show_doctor(document: Doctor) -> None:
    """Prints the findings by status with their commands, then settings, then what was asked for."""
    console = result_console()
    for status, title, colour in GROUPS:
        findings = [each for each in document.findings if each.status == status]
        if not findings:
            continue
        console.print(title, style=f"bold {colour}")
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
    what, why = name(finding.what, LONGEST_REASON), name(finding.why, LONGEST_REASON)
    if finding.status == "ok":
        _show_fact(console, finding.area, f"{what} ({why})" if why else what)
        return
    _show_fact(console, finding.area, what)
    if why:
        _show_fact(console, "", why)
    if finding.fix:
        columns = console.width - COMMAND_INDENT - len("$ ")
        lines = command_lines(name(finding.fix, LONGEST_REASON), columns)
        for mark, line in zip(("$ ", "  "), lines, strict=False):
            console.print(f"{' ' * COMMAND_INDENT}{mark}{line}", style="bold", soft_wrap=True)


def _show_fact(console: Console, label: str, text: str) -> None:
    columns = max(20, console.width - LABEL_COLUMNS)
    for index, line in enumerate(textwrap.wrap(text, columns)):
        shown = label if index == 0 else ""
        console.print(f"{shown:<{LABEL_COLUMNS}}{line}", soft_wrap=True)


def _show_settings(console: Console, document: Doctor) -> None:
    console.print("Settings: flag > environment > advisor.toml > default", style="bold")
    chosen = [each for each in document.settings if each.source != "default"]
    for each in chosen:
        value = name(each.value or "", 200)
        text = f"{each.command}: {each.option} = {value}"
        _show_fact(console, each.source, text)
    rest = "all others" if chosen else "all"
    file = name(document.settings_file, 200) if document.settings_file else "no advisor.toml"
    _show_fact(console, "default", f"{rest}; --json lists them ({file})")


def _show_needs(console: Console, document: Doctor) -> None:
    if not document.needs:
        return
    console.print()
    console.print("Asked for", style="bold")
    for need in document.needs:
        state = "here" if need.met else "MISSING"
        _show_fact(console, need.name, f"{state}: {name(need.why, LONGEST_REASON)}")
