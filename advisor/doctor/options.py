"""Which value has each option of each command, who set it, and what was set in vain?"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click
from click.core import ParameterSource

from advisor.doctor.document import Setting, Source
from advisor.doctor.gather import shown_path
from advisor.doctor.settings import Stray
from advisor.history.place import default_folder

SOURCES: dict[ParameterSource, Source] = {
    ParameterSource.COMMANDLINE: "flag",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: "advisor.toml",
}
MAY_HOLD_KEYS = ("headers",)
PREFIX, DATA_FOLDER = "ADVISOR_", "ADVISOR_DATA_DIR"
ALIKE = 0.8


def contexts_of(parent: click.Context, current: click.Context) -> Iterator[click.Context]:
    """`parent` and each command below it as if it were called without arguments, save
    `current`, which stands for itself."""
    yield parent
    group = parent.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is not None and name == current.info_name:
            yield current
        elif command is not None:
            table = (parent.default_map or {}).get(name)
            child = command.make_context(
                name,
                [],
                parent=parent,
                resilient_parsing=True,
                default_map=table if isinstance(table, dict) else {},
            )
            yield from contexts_of(child, current)


def settings_of(contexts: Sequence[click.Context]) -> tuple[Setting, ...]:
    """Every option of every command with its value and source, and the folder of the runs."""
    data_folder = Setting(
        command="every command",
        option=DATA_FOLDER,
        value=shown_path(default_folder()),
        source="environment" if os.environ.get(DATA_FOLDER) else "default",
    )
    found = [_setting(context, option) for context in contexts for option in _options_of(context)]
    return (*found, data_folder)


def meter_in(values: Iterable[Setting]) -> str | None:
    """The meter that measurements are told to use, as it was written."""
    named = (each for each in values if (each.command, each.option) == ("bench", "meter"))
    return next((each.value for each in named if each.usable), None)


def strays_of(contexts: Sequence[click.Context]) -> tuple[Stray, ...]:
    """Keys of the settings file and variables of ours that set nothing."""
    in_file = (stray for context in contexts for stray in _strays_in_table(context))
    return (*in_file, *_strays_in_environment(contexts))


def _setting(context: click.Context, option: click.Option) -> Setting:
    name = option.name or ""
    taken = context.params.get(name)
    chosen = context.get_parameter_source(name)
    written: Any = taken
    if chosen is ParameterSource.ENVIRONMENT:
        written = os.environ.get(_variable(context, name))
    elif chosen is ParameterSource.DEFAULT_MAP:
        written = (context.default_map or {}).get(name)
    elif chosen is ParameterSource.DEFAULT and isinstance(option.default, str):
        written = option.default
    return Setting(
        command=_name_of(context),
        option=name,
        value=_shown(name, written),
        source=SOURCES.get(chosen, "default") if chosen else "default",
        usable=taken is not None or written is None,
    )


def _shown(name: str, value: Any) -> str | None:
    """As it was written, without what may be a key: headers, and names and passwords in URLs."""
    if value is None or value in ((), []):
        return None
    if name in MAY_HOLD_KEYS:
        return "(hidden)"
    if isinstance(value, bool):
        return "true" if value else "false"
    parts = value if isinstance(value, list | tuple) else [value]
    return re.sub(r"//[^/@\s]*@", "//(hidden)@", ",".join(str(part) for part in parts))


def _strays_in_table(context: click.Context) -> Iterator[Stray]:
    """Keys of this command's table that are neither an option of it nor a command below it."""
    options = _options_of(context)
    known = {option.name or "": option.name or "" for option in options}
    spelled = {_bare(flag): option.name for option in options for flag in option.opts}
    if isinstance(context.command, click.Group):
        known.update((name, f"[{name}]") for name in context.command.list_commands(context))
    for key, value in (context.default_map or {}).items():
        is_table = isinstance(value, dict)
        if key in known and is_table == known[key].startswith("["):
            continue
        near = difflib.get_close_matches(key, known, n=1)
        table = f"[{_name_of(context)}] " if context.parent else ""
        yield Stray(
            origin="advisor.toml",
            name=f"{table}{f'[{key}]' if is_table else key}",
            meant=spelled.get(_bare(key)) or (known[near[0]] if near else None),
        )


def _strays_in_environment(contexts: Sequence[click.Context]) -> Iterator[Stray]:
    """Variables that begin like ours but that nothing reads."""
    known = {DATA_FOLDER}
    spelled: dict[str, str] = {}
    for context in contexts:
        for option in _options_of(context):
            variable = _variable(context, option.name or "")
            known.add(variable)
            spelled.update((_variable(context, _bare(flag)), variable) for flag in option.opts)
    for variable in sorted(os.environ):
        if variable.startswith(PREFIX) and variable not in known:
            near = difflib.get_close_matches(variable, known, n=1, cutoff=ALIKE)
            yield Stray(
                origin="the environment",
                name=variable,
                meant=spelled.get(variable) or (near[0] if near else None),
            )


def _options_of(context: click.Context) -> list[click.Option]:
    return [
        option
        for option in context.command.params
        if isinstance(option, click.Option) and option.expose_value
    ]


def _variable(context: click.Context, option: str) -> str:
    return f"{context.auto_envvar_prefix}_{option.upper()}"


def _bare(flag: str) -> str:
    return flag.lstrip("-").replace("-", "_")


def _name_of(context: click.Context) -> str:
    """`bench`, `history export`; the program itself is `advisor`."""
    names = []
    each: click.Context | None = context
    while each is not None and each.parent is not None:
        names.append(each.info_name or "")
        each = each.parent
    return " ".join(reversed(names)) or "advisor"
