"""Do the catalogues still hold what the code says? Takes new texts in and old ones out.

`python -m advisor.cli.texts` calls it; what is new is left untranslated, and a test then fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from advisor.report.language.catalogues import FOLDERS, read
from advisor.report.language.templates import GAP, fill

HEADER = """msgid ""
msgstr ""
"Language: {folder}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"""


def path_of(part: str, language: str) -> Path:
    """Where the catalogue of a part is."""
    return Path(__file__).parent / FOLDERS[language] / f"{part}.po"


def translations(path: Path) -> dict[str, str]:
    """What a catalogue holds; nothing where there is none yet."""
    return dict(read(path.read_text(encoding="utf-8").splitlines())) if path.exists() else {}


def renew(path: Path, plurals: Mapping[str, str | None], known: Mapping[str, str]) -> int:
    """Writes the catalogue of these messages and returns how many lack a translation.

    A translation is kept where the message stands, or where only the names of its gaps changed.
    """
    by_shape = {_shape(message): message for message in known}
    found = {message: _kept(message, by_shape, known) for message in plurals}
    entries = (_entry(message, plurals[message], found[message]) for message in sorted(plurals))
    header = HEADER.format(folder=path.parent.name)
    path.write_text("\n".join([header, *entries]), encoding="utf-8")
    return sum(not text for text in found.values())


def _kept(message: str, by_shape: Mapping[str, str], known: Mapping[str, str]) -> str:
    before = message if message in known else by_shape.get(_shape(message))
    if before is None:
        return ""
    renamed = dict(zip(_gaps(before), (f"{{{gap}}}" for gap in _gaps(message)), strict=True))
    return fill(known[before], renamed)


def _shape(message: str) -> str:
    return GAP.sub("{}", message)


def _gaps(message: str) -> Iterable[str]:
    return GAP.findall(message)


def _entry(message: str, plural: str | None, text: str) -> str:
    lines = [f"msgid {_quoted(message)}"]
    if plural is not None:
        lines.append(f"msgid_plural {_quoted(plural)}")
    lines.append(f"msgstr{'' if plural is None else '[0]'} {_quoted(text)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
