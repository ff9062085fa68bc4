"""Which command was asked for, and how does the program end? Commands load on demand."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from advisor import __version__
from advisor.cli.insist import insist_on_interrupts
from advisor.cli.settings import load_defaults
from advisor.errors import AdvisorError
from advisor.report import language
from advisor.report.console import show_plainly
from advisor.report.language import _, sentence
from advisor.report.language.choice import from_environment
from advisor.report.text import safe

INTERRUPTED = 130
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
WITH_VALUE = ("--store-url", "--lang")
"""The options before the command that take a value."""

COMMANDS = {
    "run": "advisor.cli.run:run",
    "probe": "advisor.cli.probe:probe",
    "servers": "advisor.cli.servers:servers",
    "models": "advisor.cli.models:models",
    "bench": "advisor.cli.bench:bench",
    "prices": "advisor.cli.prices:prices",
    "usage": "advisor.cli.usage:usage",
    "advise": "advisor.cli.advise:advise",
    "buy": "advisor.cli.buy:buy",
    "history": "advisor.cli.history:history",
    "compare": "advisor.cli.compare:compare",
    "report": "advisor.cli.report:report",
    "export": "advisor.cli.export:export",
    "import": "advisor.cli.import_:import_",
    "schedule": "advisor.cli.schedule:schedule",
    "fleet": "advisor.cli.fleet:fleet",
    "serve": "advisor.cli.serve:serve",
    "mcp": "advisor.cli.mcp:mcp",
    "ask": "advisor.cli.ask:ask",
    "doctor": "advisor.cli.doctor:doctor",
    "schema": "advisor.cli.schema:schema",
}
"""Every command, in the order of the work: name -> where it is."""


class CommandsOnDemand(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module_name, attribute = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module_name), attribute)
        from advisor.cli.help import in_language, summarised

        return (
            summarised(command) if language.current() == language.ENGLISH else in_language(command)
        )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else "See 'advisor --help'."
            raise click.UsageError(f"There is no command '{safe(name)}'. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        if language.current() == language.ENGLISH:
            return super().get_help(ctx)
        from advisor.cli.help import help_of

        return help_of(self, ctx)


def _show_in(ctx: click.Context, parameter: click.Parameter, chosen: str | None) -> None:  # noqa: ARG001
    """Sets the language before the command is looked at."""
    if chosen is not None:
        language.use_everywhere(chosen)


@click.group(
    cls=CommandsOnDemand,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "ADVISOR",
        "max_content_width": 80,
    },
)
@click.option("-q", "--quiet", is_flag=True, help="Show results only, no progress.")
@click.option("-v", "--verbose", is_flag=True, help="Show more; tracebacks of internal errors.")
@click.option(
    "--store-url",
    metavar="URL",
    help="The team's PostgreSQL database that keeps the runs, instead of a file.",
)
@click.option(
    "--lang",
    type=click.Choice(language.LANGUAGES, case_sensitive=False),
    metavar="[en|zh-TW]",
    is_eager=True,
    expose_value=False,
    callback=_show_in,
    help="Language of what is shown; else that of the locale (LANG). JSON is English.",
)
@click.option(
    "--plain",
    is_flag=True,
    help="Show lines of words alone, for a screen reader: no tables, bars or symbols.",
)
@click.version_option(__version__, prog_name="advisor")
@click.pass_context
def advisor(
    ctx: click.Context, quiet: bool, verbose: bool, store_url: str | None, plain: bool
) -> None:
    """Should this language model run on this box or behind an API?

    Without a command it does what `advisor run` does: it reads the machine, measures
    the model server that runs here (or an embedded one), prices the same work at
    API prices, and advises.
    """
    show_plainly(plain)
    ctx.ensure_object(dict).update(quiet=quiet, verbose=verbose, store_url=store_url)


def with_command(arguments: Sequence[str]) -> list[str]:
    """The arguments with `run` where no command was given: `advisor -q --api X` runs too."""
    is_value = False
    for index, argument in enumerate(arguments):
        if is_value or argument in ("-q", "--quiet", "-v", "--verbose", "--plain", *WITH_VALUE):
            is_value = argument in WITH_VALUE and not is_value
            continue
        if argument.startswith(tuple(f"{each}=" for each in WITH_VALUE)):
            continue
        if argument.startswith("-") and argument not in ("-h", "--help", "--version"):
            return [*arguments[:index], "run", *arguments[index:]]
        return list(arguments)
    return [*arguments, "run"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the program and exits with its code (0, 1, 2, 3 or 130; see the README)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _write_what_can_be_written()
    insist_on_interrupts()
    language.use_everywhere(from_environment(os.environ))
    try:
        defaults = load_defaults()
        result = advisor.main(
            with_command(arguments),
            prog_name="advisor",
            standalone_mode=False,
            default_map=defaults,
        )
    except AdvisorError as error:
        _fail(sentence(str(error)), error.exit_code)
    except click.ClickException as error:
        _fail(sentence(error.format_message()), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail(_("interrupted"), INTERRUPTED)
    except BrokenPipeError:
        _drop_output()
        sys.exit(1)
    except Exception as error:
        if "-v" in arguments or "--verbose" in arguments:
            raise
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            _drop_output()
            _fail(
                _("the disk is full: {why}. Free some space and try again.").format(
                    why=sentence(os.strerror(error.errno))
                ),
                1,
            )
        _fail(
            _(
                "internal error: {error}. This is a bug in advisor; run again with "
                "`advisor --verbose ...` and report what it prints."
            ).format(error=f"{type(error).__name__}: {error}"),
            1,
        )
    sys.exit(result if isinstance(result, int) else 0)


def _write_what_can_be_written() -> None:
    """Where a stream's encoding lacks a character it gets a question mark, where there is no stream
    nothing."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _drop_output() -> None:
    """What waits to be written to standard output goes nowhere: it was tried already."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> None:
    print(f"advisor: {safe(message)}", file=sys.stderr)
    sys.exit(code)
