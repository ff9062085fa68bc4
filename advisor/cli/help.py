"""How is help shown in another language? The English is looked up, and wrapped by its width."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Iterable
from itertools import takewhile
from unicodedata import east_asian_width

import click

from advisor.report.language import _, sentence

CLICK_SAYS = (
    "Usage:",
    "Options",
    "Commands",
    "Show this message and exit.",
    "Show the version and exit.",
    "required",
    "default: {value}",
    "Missing command.",
    "Missing argument {argument}.",
    "Missing argument {argument}. Choose from:{choices}",
    "Missing option {option}.",
    "Missing option {option}. Choose from:{choices}",
    "Missing parameter: {parameter}",
    "No such command {command}.",
    "No such option: {option}",
    "No such option: {option} Did you mean {other}?",
    "No such option: {option} (Possible options: {others})",
    "No such option {option}.",
    "No such option {option}. Did you mean {other}?",
    "No such option {option}. (Possible options: {others})",
    "Option {option} requires an argument.",
    "Option {option} requires {count} arguments.",
    "Option {option} does not take a value.",
    "Got unexpected extra argument ({arguments})",
    "Got unexpected extra argument {arguments}",
    "Got unexpected extra arguments ({arguments})",
    "Got unexpected extra arguments {arguments}",
    "Invalid value: {why}",
    "Invalid value for {parameter}: {why}",
    "{value} is not one of {choices}.",
    "{value} is not a valid {kind}.",
    "{value} is not in the range {range}.",
    "{value} does not match the format {format}.",
    "File {path} does not exist.",
    "Directory {path} does not exist.",
    "Path {path} does not exist.",
    "{kind} {path} does not exist.",
    "File {path} is a directory.",
    "{kind} {path} is a directory.",
    "{kind} {path} is a file.",
    "{kind} {path} is not readable.",
    "{kind} {path} is not writable.",
    "integer",
    "integer range",
    "float",
    "float range",
    "boolean",
)
"""What the library that parses the options says itself."""

_EXTRAS = re.compile(r"  \[(?P<extras>[^][]*)\]$")
_CLOSING = "，。、；：！？）」』》,.;:!?)]}"
_UNIT = re.compile(r"[^\W⺀-￿]+[^\s⺀-￿]*|[^\s⺀-￿]+|\s+|[⺀-￿]")


def help_of(group: click.Group, ctx: click.Context) -> str:
    """The help of the program itself."""
    formatter = Formatter(width=ctx.terminal_width, max_width=ctx.max_content_width)
    in_language(group).format_help(ctx, formatter)
    return formatter.getvalue().rstrip("\n")


def summarised(command: click.Command) -> click.Command:
    """A copy of `command`, and of all below it, listed with the whole of its first sentence."""
    shown = copy.copy(command)
    if shown.short_help is None and shown.help:
        shown.short_help = f"{first_sentence(inspect.cleandoc(shown.help))}."
    if isinstance(command, click.Group) and isinstance(shown, click.Group):
        shown.commands = {name: summarised(each) for name, each in command.commands.items()}
    return shown


def in_language(command: click.Command) -> click.Command:
    """A copy of `command`, and of all below it, whose texts are in the current language."""
    shown = copy.copy(command)
    shown.context_class = _Context
    shown.help = _text(command.help)
    shown.short_help = _text(command.short_help)
    if shown.short_help is None and command.help:
        shown.short_help = first_sentence(shown.help or "")
    shown.params = [_parameter(each) for each in command.params]
    if isinstance(command, click.Group) and isinstance(shown, click.Group):
        shown.commands = {name: in_language(each) for name, each in command.commands.items()}
    return shown


def _text(text: str | None) -> str | None:
    return None if text is None else _(inspect.cleandoc(text))


def _parameter(parameter: click.Parameter) -> click.Parameter:
    if not isinstance(parameter, click.Option) or not parameter.help:
        return parameter
    shown = copy.copy(parameter)
    shown.help = _(parameter.help)
    return shown


def first_sentence(text: str) -> str:
    """What the list of commands shows: up to the first full stop, on one line."""
    paragraph = " ".join(takewhile(bool, text.splitlines()))
    return re.split(r"(?<=。)|(?<=\.)\s", paragraph, maxsplit=1)[0].rstrip("。.")


class Formatter(click.HelpFormatter):
    """Click's, for a language whose characters are two columns wide and need no spaces."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or f"{_('Usage:')} ")

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_(heading)}：\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(text))
        self.write("\n\n".join(self._paragraph(each, indent) for each in paragraphs) + "\n")

    def _paragraph(self, text: str, indent: str) -> str:
        if text.startswith("\b"):
            return "\n".join(indent + line for line in text.splitlines()[1:])
        lines = wrapped(text, self.width - len(indent))
        return "\n".join(indent + line for line in lines)

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        rows = list(rows)
        first_width = min(max(width(first) for first, _second in rows), col_max) + col_spacing
        for first, second in rows:
            lines = wrapped(_described(second), max(self.width - first_width - 2, 10)) or [""]
            indent = " " * self.current_indent
            if width(first) <= first_width - col_spacing:
                head = first + " " * (first_width - width(first)) + lines.pop(0)
                self.write(f"{indent}{head}".rstrip() + "\n")
            else:
                self.write(f"{indent}{first}\n")
            for line in lines:
                self.write(f"{indent}{' ' * first_width}{line}".rstrip() + "\n")


class _Context(click.Context):
    formatter_class = Formatter


def _described(second: str) -> str:
    """An option's text with what Click adds to it: its default, its range, that it is required."""
    added = _EXTRAS.search(second)
    if added is None:
        return _(second)
    extras = "；".join(sentence(each) for each in added["extras"].split("; "))
    return f"{_(second[: added.start()])}  [{extras}]"


def width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def wrapped(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns`; no line begins with closing punctuation."""
    lines, line = [], ""
    for unit in _UNIT.findall(" ".join(text.split())):
        if line and unit not in _CLOSING and width(line + unit) > columns:
            lines.append(line.rstrip())
            line = unit.lstrip()
        else:
            line += unit
    return [*lines, line.rstrip()] if line.strip() else lines
