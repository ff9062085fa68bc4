"""The documentation's site: it builds without a warning, and no link leads nowhere."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from pages import ROOT

from advisor.cli.main import COMMANDS
from advisor.cli.schema import DOCUMENTS


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    made = subprocess.run(
        [
            *(sys.executable, "-m", "mkdocs", "build", "--strict"),
            *("--config-file", str(ROOT / "docs/site/mkdocs.yml"), "--site-dir", str(folder)),
        ],
        env={"NO_MKDOCS_2_WARNING": "1", "PATH": "", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert "WARNING" not in made.stderr
    return folder


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.names.add(given.get("id") or "")
        target = given.get("href") or given.get("src")
        if target and tag in {"a", "img", "link", "script"}:
            self.targets.append(target)


def test_every_link_within_the_site_leads_somewhere(site: Path) -> None:
    pages = {}
    for page in site.rglob("*.html"):
        pages[page] = _Links()
        pages[page].feed(page.read_text(encoding="utf-8"))
    broken = []
    for page, links in pages.items():
        for target in links.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or page.name == "404.html":
                continue
            file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            name = unquote(parts.fragment)
            if not file.exists() or (name and file in pages and name not in pages[file].names):
                broken.append(f"{page.relative_to(site)}: {target}")
    assert len(pages) > 30
    assert not broken


def test_every_command_and_document_has_its_reference(site: Path) -> None:
    commands = (site / "reference/commands.html").read_text(encoding="utf-8")
    documents = (site / "reference/documents.html").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"Usage: advisor {name} " not in commands] == []
    assert [name for name in DOCUMENTS if f"<code>{name}</code>" not in documents] == []
