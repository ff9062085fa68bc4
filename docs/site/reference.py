"""Which commands and documents are there? The reference pages, made from the program itself."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from advisor.cli.main import advisor
from advisor.cli.schema import DOCUMENTS, json_schema

WIDTH = 80


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds `reference/commands.md`, `reference/documents.md` and each schema as a file."""
    files.append(_made(config, "reference/commands.md", "\n".join(_commands())))
    files.append(_made(config, "reference/documents.md", "\n".join(_documents())))
    for name in DOCUMENTS:
        text = json.dumps(json_schema(name), indent=2)
        files.append(_made(config, f"reference/schemas/{_file_name(name)}", text))
    return files


def _made(config: MkDocsConfig, uri: str, content: str) -> File:
    return File.generated(config, uri, content=content)


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    yield "What each command's `--help` prints. Exit codes: 0 done; 1 failed; 2 bad usage or input;"
    yield "3 done, and a stated limit was crossed; 130 interrupted, what was measured is kept.\n"
    yield from _helped(advisor, click.Context(advisor, info_name="advisor"), level=2)


def _helped(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    context.terminal_width = WIDTH
    yield f"{'#' * level} {context.command_path}\n"
    yield f"```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                inner = click.Context(below, info_name=name, parent=context)
                yield from _helped(below, inner, min(level + 1, 4))


def _documents() -> Iterator[str]:
    yield "# JSON documents\n"
    yield "Every command with `--json` prints exactly one of these; its key `schema` names it."
    yield "Times carry a time zone, what is not known is `null` with the reason under `unknown`."
    yield "Keys may be added; one that changes its meaning comes with a new number.\n"
    yield "| document | JSON Schema | keys |\n|---|---|---|"
    for name in DOCUMENTS:
        keys = ", ".join(f"`{key}`" for key in _keys(name))
        yield f"| `{name}` | [schema](schemas/{_file_name(name)}) | {keys} |"


def _keys(name: str) -> list[str]:
    schema = json_schema(name)
    top = schema.get("$ref", "").rpartition("/")[2]
    return list(schema["$defs"][top]["properties"]) if top else list(schema["properties"])


def _file_name(name: str) -> str:
    return f"{name.replace('/', '-')}.json"
