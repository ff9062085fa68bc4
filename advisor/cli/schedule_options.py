"""The options of `advisor schedule`: when, how long, and what was typed for the measurement."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.types import Duration
from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.schedule.job import Job

MAY_NAME_A_FILE = {"model": ".gguf", "switch_to": ".gguf", "workload": ".toml"}
"""Options whose value is a file if it ends so, beside those that always name one."""

HOLDS_A_PASSWORD = re.compile(r"://[^/?#]*:[^/?#]*@")
OURS = (
    "every",
    "at",
    "on",
    "name",
    "platform",
    "dry_run",
    "wait_s",
    "limit_s",
    "as_json",
    "metrics",
    "expose",
)
name_option = click.option("--name", default="bench", show_default=True, help="Which schedule.")


def bounds_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds how long a run may wait and measure."""
    for option in reversed(
        [
            click.option(
                "--wait",
                "wait_s",
                type=Duration(),
                default="2h",
                show_default=True,
                help="The longest it waits for a quiet machine before it gives up.",
            ),
            click.option(
                "--limit",
                "limit_s",
                type=Duration(),
                default="1h",
                show_default=True,
                help="The longest it measures, all stages together.",
            ),
        ]
    ):
        command = option(command)
    return command


def time_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds when it runs."""
    for option in reversed(
        [
            click.option(
                "--every",
                default="week",
                show_default=True,
                metavar="day|week|month|6h",
                help="How often.",
            ),
            click.option(
                "--at", default="03:00", show_default=True, metavar="HH:MM", help="Local time."
            ),
            click.option(
                "--on",
                metavar="DAY",
                help="Day of the week (sunday unless given) or of the month (1 to 28).",
            ),
        ]
    ):
        command = option(command)
    return command


class KeepsWhatWasTyped(click.Command):
    """A command that remembers its options as they were typed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        values, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta["typed"] = values
        return super().parse_args(ctx, args)


def job_of(ctx: click.Context, given: dict[str, Any]) -> Job:
    """The job that the options of a KeepsWhatWasTyped describe. Raises InputError."""
    from advisor.history.place import default_folder
    from advisor.schedule.job import Job, checked_name, this_program
    from advisor.schedule.when import parse_when

    return Job(
        name=checked_name(given["name"]),
        when=parse_when(given["every"], given["at"], given["on"]),
        program=this_program(),
        options=_typed_options(ctx),
        data_folder=str(default_folder().absolute()),
        wait_s=given["wait_s"],
        limit_s=given["limit_s"],
    )


def _typed_options(ctx: click.Context) -> tuple[str, ...]:
    """The options of the measurement as they were typed, with files as absolute paths: they are
    looked for from another folder later.

    Raises InputError for a key, which would lie about for others to read.
    """
    typed: dict[str, Any] = ctx.meta["typed"]
    found: list[str] = []
    for option in ctx.command.params:
        value = typed.get(option.name or "")
        if option.name in OURS or value is None:
            continue
        if option.name == "headers" or HOLDS_A_PASSWORD.search(str(value)):
            raise InputError(
                f"a schedule does not hold this {option.opts[-1]}, which may carry a key",
                remedy="Put it into advisor.toml: [schedule.run], headers = ['NAME: VALUE'].",
            )
        for each in value if isinstance(value, list) else [value]:
            found.append(option.opts[-1])
            if each is not True:
                found.append(_absolute(option, str(each)))
    return tuple(found)


def _absolute(option: click.Parameter, value: str) -> str:
    ending = MAY_NAME_A_FILE.get(option.name or "")
    is_file = ending is not None and value.lower().endswith(ending)
    if not (is_file or isinstance(option.type, click.Path)):
        return value
    return str(Path(value).expanduser().absolute())
