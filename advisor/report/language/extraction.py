"""Which English texts of the code does a person see? What the catalogues must hold.

Rooms that show things mark their texts with `_` and `ngettext`. The rooms above know nothing of
languages: their prose is found by its look, and an f-string becomes a template, each interpolation
a gap named after what fills it. Only development uses this.
"""

from __future__ import annotations

import ast
import functools
import io
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from advisor.report.language.templates import GAP

PACKAGE = Path(__file__).parents[2]
LOWER = (
    "machine", "power", "models", "servers", "bench", "prices", "usage", "economics", "advice",
    "history", "doctor", "schedule", "fleet",
)  # fmt: skip
DATA = {"advice": ("options.toml",), "bench": ("workloads.toml",), "doctor": ("commands.toml",)}
DATA_SHOWN = {
    "suits", "reason", "not_for", "regret", "free_tier", "text", "why", "note", "description",
    "says", "what", "remedy", "does",
}  # fmt: skip

RAISING = ("report", "web", "agent")
"""Rooms that mark what they show, and yet raise errors whose texts are English."""

_PROSE = re.compile(
    r"[A-Za-z’']{2,}[,;:]? [A-Za-z(]"
    r"|\ban? [a-z]{3,}"
    r"|\}[’')]? [a-z]{3,}"
    r"|[a-z]{3,}[:.]? [‘'(\[]*\{"
)
_CODE = re.compile(
    r"[a-z_]+ \* |\*\* |SELECT |PRAGMA |^Mozilla|[a-z_]+ [-+/] [a-z_0-9]+|^(text|application)/"
)
_LOOKED_UP = {
    "get", "startswith", "endswith", "find", "split", "partition", "rpartition", "removeprefix",
    "removesuffix", "compile", "search", "match", "fullmatch", "replace", "count", "strip",
    "execute", "text", "exec_driver_sql", "getenv", "pop", "strptime", "strftime", "CDLL", "index",
}  # fmt: skip


def prose(path: Path) -> set[str]:
    """The messages and templates in the prose of one module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    unseen = set(_unseen(tree))
    found = set()
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        text = _message(node)
        if text is not None and _PROSE.search(text) and not _CODE.search(text):
            found.add(text)
    return found - not_shown()


def errors(path: Path) -> set[str]:
    """The messages and templates that one module's errors and its progress say."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = dict[str, list[ast.AST]]()
    for name, value in _named_values(tree):
        named.setdefault(name, []).append(value)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    raised = [value for call in calls for value in _telling(call)]
    return {text for text in _said(raised, named) if _is_said(text)} - not_shown()


def _telling(call: ast.Call) -> Iterator[ast.AST]:
    """What is given to an error, or on to one by a name of its parts, and what progress tells."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name.endswith("Error") or name in ("tell", "step"):
        yield from call.args
    for keyword in call.keywords:
        if name.endswith("Error") or keyword.arg in ("why", "remedy"):
            yield keyword.value


def _named_values(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The values that names of a module are given or hold, and those that its functions return."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.FunctionDef(name=name):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return) and inner.value is not None:
                        yield name, inner.value
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]):
                yield name, value
            case ast.comprehension(target=ast.Name(id=name), iter=value):
                yield name, value
            case _:
                pass


def _said(values: list[ast.AST], named: dict[str, list[ast.AST]]) -> Iterator[str]:
    """The strings in these values; of an f-string also those in its gaps."""
    left, followed = [*values], set[str]()
    while left:
        node = left.pop()
        text = _message(node)
        if text is not None:
            yield text
        if isinstance(node, ast.JoinedStr):
            gaps = [part for part in node.values if isinstance(part, ast.FormattedValue)]
            left += [part.value for part in gaps]
        elif isinstance(node, ast.Name) and node.id not in followed:
            followed.add(node.id)
            left += named.get(node.id, [])
        elif text is None and not _is_marked(node):
            left += ast.iter_child_nodes(node)


def _is_marked(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext")


def _is_said(text: str) -> bool:
    """Whether it has words with a space between: no key, no separator."""
    written = GAP.sub("\0", text).strip()
    return " " in written and bool(re.search(r"[A-Za-z]{2,}", written)) and not _CODE.search(text)


def every_text(path: Path) -> set[str]:
    """Every string of a module, and every f-string as a template, shown or not."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {text for text in map(_message, nodes) if text is not None}


@functools.cache
def not_shown() -> frozenset[str]:
    """Texts that look like prose and are not: names in files and protocols, queries, records."""
    listed = Path(__file__).with_name("not_shown.json").read_text(encoding="utf-8")
    return frozenset(json.loads(listed))


def _message(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return template(node) if isinstance(node, ast.JoinedStr) else None


def template(joined: ast.JoinedStr) -> str:
    """An f-string with a named gap for what it interpolates; neighbours are one gap."""
    text, used = "", set[str]()
    for part in joined.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue) and not text.endswith("}"):
            name = _named(part.value)
            count = 2
            unique = name
            while unique in used:
                unique, count = f"{name}{count}", count + 1
            used.add(unique)
            text += f"{{{unique}}}"
    return text


def _named(value: ast.expr) -> str:
    """A name for what an expression gives, from its own words."""
    while True:
        match value:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return re.sub(r"[^a-z0-9_]", "", name.lower()).strip("_") or "value"
            case ast.Subscript(value=inner) | ast.Await(value=inner):
                value = inner
            case ast.Call(func=ast.Attribute(value=ast.Constant())):
                return "listed"
            case ast.Call(args=[first, *_]) if not isinstance(first, ast.GeneratorExp):
                value = first
            case ast.Call(func=function):
                value = function
            case ast.BinOp(left=ast.Constant(), right=inner) | ast.BinOp(left=inner):
                value = inner
            case _:
                return "value"


def _unseen(tree: ast.AST) -> Iterator[int]:
    """The strings that nobody is shown: docstrings, what is compared with, looked up or parsed."""
    for node in ast.walk(tree):
        for child in _hidden(node):
            for inner in ast.walk(child):
                yield id(inner)
        if isinstance(node, ast.JoinedStr):
            yield from (id(part) for part in node.values)
            yield from (
                id(inner)
                for part in node.values
                if isinstance(part, ast.FormattedValue) and part.format_spec
                for inner in ast.walk(part.format_spec)
            )


def _hidden(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Expr(value=ast.Constant() as alone):
            return [alone]
        case ast.Compare(left=left, comparators=others):
            return [each for each in (left, *others) if isinstance(each, ast.Constant | ast.Tuple)]
        case ast.Subscript(slice=ast.Constant() as key):
            return [key]
        case ast.Call(func=ast.Name(id="_" | "ngettext"), args=args):
            return args
        case ast.Call(func=ast.Attribute(attr=name), args=args) if name in _LOOKED_UP:
            return [each for each in args if isinstance(each, ast.Constant | ast.Tuple)]
        case _:
            return []


def data(room: str) -> set[str]:
    """The prose of a room's data files: values of keys that are shown."""
    found = set[str]()
    for name in DATA.get(room, ()):
        path = PACKAGE / room / name
        found |= set(_values(tomllib.loads(path.read_text(encoding="utf-8"))))
    return found


def _values(table: object) -> Iterator[str]:
    if isinstance(table, dict):
        for key, value in table.items():
            if isinstance(value, str) and key in DATA_SHOWN:
                yield value
            else:
                yield from _values(value)
    elif isinstance(table, list):
        for each in table:
            yield from _values(each)


def room(name: str) -> set[str]:
    """Every message of a room that knows nothing of languages."""
    modules = sorted((PACKAGE / name).rglob("*.py"))
    return set().union(*map(prose, modules), *map(errors, modules), data(name))


def errors_where_shown() -> set[str]:
    """What the errors say of the rooms that mark what they show."""
    modules = (path for name in RAISING for path in sorted((PACKAGE / name).rglob("*.py")))
    return set().union(*map(errors, modules))


def marked(paths: Iterable[Path]) -> dict[str, str | None]:
    """The messages marked in modules and page templates, with their plural where they have one."""
    from babel.messages.extract import extract

    found: dict[str, str | None] = {}
    for path in paths:
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        for _line, message, *_more in extract(method, io.BytesIO(path.read_bytes())):
            if isinstance(message, tuple):
                found[message[0]] = message[1]
            else:
                found.setdefault(message, None)
    return found
