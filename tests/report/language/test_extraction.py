"""Which texts of a module does a person see, and is a translation kept when names change?"""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.report.language.extraction import marked, prose
from advisor.report.language.upkeep import renew, translations

MODULE = '''"""A docstring with several words."""
WORDS = {"key": "it costs less than an API"}


def f(name, usd, count, items):
    """Another docstring here."""
    if name == "the left side" or items["some key here"]:
        return "single"
    many = f"{count} host{'' if count == 1 else 's'} of {name.upper()} at ${usd:,.0f} a month"
    return many, _("is marked elsewhere"), "SELECT a FROM b", f"{', '.join(items)} are left"
'''


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "module.py"
    path.write_text(MODULE, encoding="utf-8")
    return path


def test_prose_is_found_and_code_is_not(module: Path) -> None:
    assert prose(module) == {
        "it costs less than an API",
        "{count} host{value} of {upper} at ${usd} a month",
        "{listed} are left",
    }


def test_marked_texts_are_found(module: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>{{ _('On a page') }}</p>", encoding="utf-8")
    assert marked([module, page]) == {"is marked elsewhere": None, "On a page": None}


def test_a_translation_survives_new_names_and_goes_with_its_text(tmp_path: Path) -> None:
    path = tmp_path / "zh_Hant_TW" / "part.po"
    path.parent.mkdir()
    known = {"cannot read {path}": "無法讀取 {path}", "gone": "沒了"}
    assert renew(path, {"cannot read {file}": None, "new": None}, known) == 1
    assert translations(path) == {"cannot read {file}": "無法讀取 {file}"}
    assert renew(path, {"one": "many"}, {"one": '一"個"\n'}) == 0
    assert translations(path) == {"one": '一"個"\n'}
