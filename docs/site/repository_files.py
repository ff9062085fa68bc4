"""Where does a link lead that leaves the docs? To a copy of the repository's file, on the site."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = re.compile(r"\]\(((?:\.\./)+)([^)#\s]+)(#[^)]*)?\)")
COPIED = "repository"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds each file outside the docs that a page links to."""
    linked = {
        target
        for file in list(files.documentation_pages())
        for target in _targets(Path(file.src_uri), file.content_string)
    }
    for target in sorted(linked):
        content = _content(ROOT / target)
        if content is not None:
            files.append(File.generated(config, _copy(target), content=content))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turns each link to such a file to its copy."""
    here = Path(page.file.src_uri)
    up = "../" * (len(here.parts) - 1)

    def turned(found: re.Match[str]) -> str:
        target = _outside(here, found[1] + found[2])
        return f"]({up}{_copy(target)})" if target else found[0]

    return OUTSIDE.sub(turned, markdown)


def _targets(page: Path, markdown: str) -> list[str]:
    found = (_outside(page, up + rest) for up, rest, _ in OUTSIDE.findall(markdown))
    return [target for target in found if target]


def _outside(page: Path, link: str) -> str | None:
    """The path from the root that `link` on `page` means; None where it stays in the docs."""
    docs = ROOT / "docs"
    target = (docs / page.parent / link).resolve()
    inside = target.is_relative_to(docs) or not target.is_relative_to(ROOT)
    return None if inside else str(target.relative_to(ROOT))


def _copy(target: str) -> str:
    return f"{COPIED}/{target}.txt"


def _content(path: Path) -> str | None:
    if path.is_dir():
        return "\n".join(sorted(each.name for each in path.iterdir())) + "\n"
    return path.read_text(encoding="utf-8") if path.is_file() else None
