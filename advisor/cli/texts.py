"""Which English texts do the commands hold? Their help, and what the modules say."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module

import click

from advisor.cli.help import CLICK_SAYS
from advisor.cli.main import COMMANDS, advisor
from advisor.report.language.catalogues import FOLDERS
from advisor.report.language.extraction import (
    LOWER,
    PACKAGE,
    errors,
    errors_where_shown,
    marked,
    prose,
    room,
)
from advisor.report.language.sentences import LIBRARIES_SAY, SHORTENED, WORDS
from advisor.report.language.upkeep import path_of, renew, translations


def parts() -> dict[str, dict[str, str | None]]:
    """The messages of each catalogue that is kept from the code: message -> its plural."""
    lower: dict[str, dict[str, str | None]] = {name: dict.fromkeys(room(name)) for name in LOWER}
    formats = sorted((PACKAGE / "report" / "language").glob("*.py"))
    language = {**marked(formats), **dict.fromkeys(WORDS | LIBRARIES_SAY | SHORTENED)}
    documents: dict[str, str | None] = dict.fromkeys(prose(PACKAGE / "documents.py"))
    return {
        "cli": _command_line(),
        "documents": documents,
        "errors": dict.fromkeys(errors_where_shown()),
        "language": language,
        "report": marked(sorted((PACKAGE / "report").glob("*.py"))),
        **lower,
    }


def _command_line() -> dict[str, str | None]:
    modules = [each for each in sorted((PACKAGE / "cli").glob("*.py")) if each.name != "texts.py"]
    loaded = [
        getattr(import_module(module), attribute)
        for module, attribute in (where.split(":") for where in COMMANDS.values())
    ]
    helps = {text for command in (advisor, *loaded) for text in _helps(command)}
    said = set().union(*map(prose, modules), *map(errors, modules), helps, CLICK_SAYS)
    return {**dict.fromkeys(said), **marked(modules)}


def _helps(command: click.Command) -> Iterator[str]:
    for text in (command.help, command.short_help):
        if text:
            yield inspect.cleandoc(text)
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            yield parameter.help
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from _helps(each)


def renew_catalogues() -> None:
    """Brings the catalogues that are kept from the code to what it says."""
    for part, messages in parts().items():
        for language in FOLDERS:
            path = path_of(part, language)
            missing = renew(path, messages, translations(path))
            if missing:
                print(f"{path.name}: {missing} of {len(messages)} to translate")


if __name__ == "__main__":
    renew_catalogues()
