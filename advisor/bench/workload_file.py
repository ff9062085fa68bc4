"""Which workload does the user mean? One by name, one in a file, or one with other figures."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from advisor.bench.workload import DEFAULT, NOTHING, Length, Prompt, Workload
from advisor.documents import in_plain_words, parse_toml, read_toml
from advisor.errors import InputError

MOST_TOKENS = 1_000_000
MOST_TURNS = 1_000
LARGEST_PROMPT_FILE_BYTES = 256 * 1024 * 1024
KEYS = (
    "A workload has input_tokens and output_tokens (a whole number, or { median = 512, p95 = 2000 "
    "}), and may have name, shared_prefix_tokens, turns, turn_tokens, source and seen."
)
PROMPT_LINE = 'A line is like {"prompt": "text"} or {"prompt": "text", "output_tokens": 128}.'


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A workload as a file holds it."""

    input_tokens: int | Length
    output_tokens: int | Length
    name: str = "custom"
    shared_prefix_tokens: int = 0
    turns: int = 1
    turn_tokens: int | Length = 0
    source: str = ""
    seen: str = ""


@cache
def named_workloads() -> dict[str, Workload]:
    """The workloads that are known by name, each with the source of its figures."""
    text = files(__package__).joinpath("workloads.toml").read_text(encoding="utf-8")
    entries = parse_toml(text, origin="workloads.toml")
    named = {name: _workload({"name": name, **entry}, name) for name, entry in entries.items()}
    return {DEFAULT.name: DEFAULT, **named}


def read_workload(name_or_path: str) -> Workload:
    """A named workload, or the one in a TOML file. Raises InputError."""
    known = named_workloads()
    if name_or_path in known:
        return known[name_or_path]
    path = Path(name_or_path)
    if path.suffix != ".toml" and not path.is_file():
        near = difflib.get_close_matches(name_or_path, known, n=1)
        raise InputError(
            f"no workload is called '{name_or_path}'",
            remedy=(f"Did you mean '{near[0]}'? " if near else "")
            + f"There are {', '.join(known)}, or give a TOML file.",
        )
    return _workload(read_toml(path, remedy="docs/workloads.md shows one."), str(path))


def _workload(table: dict[str, Any], origin: str) -> Workload:
    try:
        entry = msgspec.convert(table, _Entry)
        return _checked(entry)
    except msgspec.ValidationError as error:
        raise InputError(f"{origin}: {_plain(error)}", remedy=KEYS) from error
    except InputError as error:
        raise InputError(f"{origin}: {error.what}", remedy=error.remedy) from error


def _checked(entry: _Entry) -> Workload:
    """Raises InputError for figures that make no sense."""
    if not 1 <= entry.turns <= MOST_TURNS:
        raise InputError(f"'turns' is from 1 to {MOST_TURNS}")
    if not 0 <= entry.shared_prefix_tokens <= MOST_TOKENS:
        raise InputError(f"'shared_prefix_tokens' is from 0 to {MOST_TOKENS:,}")
    if not re.fullmatch(r"[\w.-]{1,64}", entry.name):
        raise InputError("'name' has up to 64 letters, digits, '.', '-' and '_'")
    return Workload(
        name=entry.name,
        input_tokens=_length("input_tokens", entry.input_tokens),
        output_tokens=_length("output_tokens", entry.output_tokens),
        shared_prefix_tokens=entry.shared_prefix_tokens,
        turns=entry.turns,
        turn_tokens=_length("turn_tokens", entry.turn_tokens) if entry.turns > 1 else NOTHING,
        source=f"{entry.source} ({entry.seen})" if entry.seen else entry.source,
    )


def _length(key: str, given: int | Length) -> Length:
    length = Length(given) if isinstance(given, int) else given
    most = length.p95 or length.median
    if not 1 <= length.median <= most <= MOST_TOKENS:
        raise InputError(
            f"'{key}' is from 1 to {MOST_TOKENS:,} tokens, and a p95 not below its median"
        )
    return length


def _plain(error: Exception) -> str:
    """What is wrong with a value, its key first."""
    where, why = in_plain_words(error)
    return f"'{where}': {why}" if where else why


def adapted(
    workload: Workload,
    *,
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    shared_prefix_tokens: int | None = None,
    prompt_file: Path | None = None,
) -> Workload:
    """The workload itself, or with what is given in its place. Raises InputError.

    `input_tokens` is the whole prompt's length, a shared prefix included.
    """
    given = (input_tokens, output_tokens, shared_prefix_tokens, prompt_file)
    if all(each is None for each in given):
        return workload
    if prompt_file is not None and (input_tokens is not None or shared_prefix_tokens):
        raise InputError(
            "prompts of one's own have the length that they have",
            remedy="Leave out --input-tokens and --shared-prefix, or --prompts.",
        )
    shared = workload.shared_prefix_tokens if shared_prefix_tokens is None else shared_prefix_tokens
    own = workload.input_tokens
    if input_tokens is not None:
        if input_tokens <= shared:
            raise InputError(
                f"a prompt of {input_tokens} tokens that shares {shared} has nothing of its own",
                remedy="Give more --input-tokens, or a shorter --shared-prefix.",
            )
        own = Length(input_tokens - shared)
    answers = workload.output_tokens if output_tokens is None else Length(output_tokens)
    return replace(
        workload,
        name=workload.name if prompt_file is None else "own prompts",
        input_tokens=own,
        output_tokens=answers,
        shared_prefix_tokens=shared,
        prompts=workload.prompts if prompt_file is None else read_prompts(prompt_file),
        source="" if input_tokens is not None or prompt_file is not None else workload.source,
    )


class _Line(msgspec.Struct, frozen=True):
    """A line of a prompt file; what else it holds is not read."""

    prompt: str
    output_tokens: int | None = None


def read_prompts(path: Path) -> tuple[Prompt, ...]:
    """Real prompts from JSON lines: {"prompt": "...", "output_tokens": 128}.

    Raises InputError naming the first line that is wrong.
    """
    try:
        if path.stat().st_size > LARGEST_PROMPT_FILE_BYTES:
            raise InputError(f"{path} is over {LARGEST_PROMPT_FILE_BYTES >> 20} MiB")
        lines = path.read_bytes().splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{path} cannot be read ({reason})", remedy=PROMPT_LINE) from error
    prompts = tuple(_prompts(lines, str(path)))
    if not prompts:
        raise InputError(f"{path} holds no prompt", remedy=PROMPT_LINE)
    return prompts


def _prompts(lines: list[bytes], origin: str) -> Iterator[Prompt]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{origin}, line {number}"
        try:
            entry = msgspec.json.decode(line, type=_Line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(f"{where}: {_plain(error)}", remedy=PROMPT_LINE) from error
        if not entry.prompt:
            raise InputError(f"{where}: the prompt is empty", remedy=PROMPT_LINE)
        if entry.output_tokens is not None and not 1 <= entry.output_tokens <= MOST_TOKENS:
            raise InputError(f"{where}: 'output_tokens' is from 1 on", remedy=PROMPT_LINE)
        yield Prompt(entry.prompt, entry.output_tokens)
