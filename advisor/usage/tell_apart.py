"""Of which source is this, by what it holds? Names of files tell nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from advisor.errors import InputError
from advisor.usage.sources import (
    anthropic_usage,
    claude_code,
    litellm,
    ollama,
    openai_usage,
    openrouter,
    own,
    plain_table,
    requests_log,
)
from advisor.usage.sources.source import JsonSource, TableSource

JSON_SOURCES: tuple[JsonSource, ...] = (
    own.SOURCE,
    openai_usage.SOURCE,
    anthropic_usage.SOURCE,
    litellm.SOURCE,
    claude_code.SOURCE,
    openrouter.SOURCE,
    requests_log.SOURCE,
    ollama.SOURCE,
)
TABLE_SOURCES: tuple[TableSource, ...] = (
    openrouter.TABLE,
    litellm.TABLE,
    anthropic_usage.TABLE,
    plain_table.TABLE,
)
"""The first that recognises a record or a header is its source: the more particular first."""
LINES_SEEN = 50


@dataclass(frozen=True, slots=True)
class Envelope:
    """The records in a JSON value, and what an API's page says of the one after it."""

    records: list[msgspec.Raw]
    is_page: bool = False
    has_more: bool = False
    next_page: str | None = None


class _Page(msgspec.Struct):
    """OpenAI's and Anthropic's pages name the next, LiteLLM's are numbered. A list that holds usage
    of its own is one record: an answer with embeddings."""

    data: list[msgspec.Raw]
    has_more: bool = False
    next_page: str | None = None
    page: int | None = None
    total_pages: int | None = None
    usage: msgspec.Raw | None = None


def elements(content: bytes | msgspec.Raw) -> Envelope:
    """The records in a JSON value: a list's, a page's, or itself. Raises msgspec's errors."""
    raw = msgspec.json.decode(content, type=msgspec.Raw)
    first = bytes(memoryview(raw)[:1])
    if first == b"[":
        envelopes = [elements(each) for each in msgspec.json.decode(raw, type=list[msgspec.Raw])]
        records = [record for each in envelopes for record in each.records]
        return Envelope(records, any(each.is_page for each in envelopes))
    if first != b"{":
        return Envelope([])
    try:
        page = msgspec.json.decode(raw, type=_Page)
    except msgspec.ValidationError:
        return Envelope([raw])
    if page.usage is not None:
        return Envelope([raw])
    if page.page is not None and page.total_pages is not None:
        has_more = page.page < page.total_pages
        return Envelope(page.data, True, has_more, str(page.page + 1) if has_more else None)
    return Envelope(page.data, True, page.has_more, page.next_page)


def is_lines(start: bytes, *, is_whole: bool) -> bool:
    """Whether a text that begins like JSON is one record a line, rather than one document."""
    lines = start.splitlines()
    if not is_whole and len(lines) > 1:
        lines.pop()
    lines = [line for line in lines[:LINES_SEEN] if line.strip()]
    good = sum(_is_object(line) for line in lines)
    if len(lines) == 1:
        return good == 1 and not is_whole
    return good * 2 >= len(lines)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


def json_source(samples: Sequence[Any]) -> JsonSource | None:
    """The source of decoded records, None if none is known."""
    records = [record for record in samples if isinstance(record, dict)]
    for source in JSON_SOURCES:
        if any(source.recognises(record) for record in records):
            return source
    return None


def table_source(header: Sequence[str]) -> TableSource | None:
    """The source of a table with that header."""
    return next((source for source in TABLE_SOURCES if source.recognises(header)), None)


def header_of(head: bytes) -> tuple[list[str], str]:
    """A table's columns in lower case with _ for spaces, and what stands between them."""
    import csv

    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    delimiter = max(",;\t", key=line.count)
    try:
        names = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise InputError("the table has no header that can be read", why=str(error)) from None
    return [name.strip().lower().replace(" ", "_") for name in names], delimiter
