"""Does every language say all that the code says, and nothing that it no longer says?"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from advisor.cli.texts import parts
from advisor.report.language import sentence, use_everywhere
from advisor.report.language.catalogues import FOLDERS, catalogue, read, sentences
from advisor.report.language.extraction import (
    LOWER,
    PACKAGE,
    errors,
    errors_where_shown,
    every_text,
    marked,
    not_shown,
)
from advisor.report.language.templates import GAP, fill
from advisor.report.language.upkeep import path_of

NOT_YET = ()
"""Rooms that show things and are not translated yet. It may only shrink."""

SHOWING = ("report", "web", "agent", "cli")
LANGUAGES = tuple(FOLDERS)
RENEW = "run `python -m advisor.cli.texts`, then translate what is new"

CATALOGUES = [
    path
    for folder in FOLDERS.values()
    for path in sorted((PACKAGE / "report" / "language" / folder).glob("*.po"))
]


@cache
def kept_from_code() -> dict[str, dict[str, str | None]]:
    return parts()


def pages_and_modules(room: str) -> Iterator[Path]:
    for path in sorted((PACKAGE / room).rglob("*")):
        if path.suffix in (".py", ".html", ".j2", ".jinja", ".svg", ".md", ".txt"):
            yield path


def entries(path: Path) -> Catalog:
    return read_po(io.BytesIO(path.read_bytes()), locale=path.parent.name, abort_invalid=True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", ["cli", "documents", "errors", "language", "report", *LOWER])
def test_a_catalogue_holds_what_its_part_says_and_no_more(part: str, language: str) -> None:
    said = kept_from_code()[part]
    held = dict(read(path_of(part, language).read_text(encoding="utf-8").splitlines()))
    assert sorted(set(said) - set(held)) == [], RENEW
    assert sorted(set(held) - set(said)) == [], RENEW


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("room", [each for each in SHOWING if each not in NOT_YET])
def test_what_a_room_marks_is_translated(room: str, language: str) -> None:
    held = catalogue(language)
    assert sorted(set(marked(pages_and_modules(room))) - set(held)) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_entry_is_stale_fuzzy_or_empty(path: Path) -> None:
    texts = {text for room in SHOWING for text in all_texts(room)}
    known = set().union(*kept_from_code().values(), texts)
    for entry in entries(path):
        first = entry.id if isinstance(entry.id, str) else entry.id[0]
        if not first:
            continue
        assert not entry.fuzzy, first
        assert entry.string and all(entry.string), first
        assert first in known, f"no longer in the code: {first}"


@cache
def all_texts(room: str) -> frozenset[str]:
    modules = [path for path in pages_and_modules(room) if path.suffix == ".py"]
    constants = {text for path in modules for text in every_text(path)}
    return frozenset(constants | set(marked(pages_and_modules(room))))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_has_the_gaps_of_its_message(path: Path) -> None:
    for entry in entries(path):
        singular, *more = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        for text in strings:
            wanted, given = set(GAP.findall(more[0] if more else singular)), set(GAP.findall(text))
            assert given <= wanted | set(GAP.findall(singular)), singular
            lost = {gap for gap in wanted - given if not is_grammar(gap)}
            assert not lost, f"{singular}: {lost}"


def test_a_message_is_said_alike_in_all_catalogues() -> None:
    said: dict[str | tuple[str, ...], set[str | tuple[str, ...]]] = {}
    for path in CATALOGUES:
        for entry in entries(path):
            if entry.id:
                said.setdefault(entry.id, set()).add(entry.string)
    assert {message: each for message, each in said.items() if len(each) > 1} == {}


def is_grammar(gap: str) -> bool:
    """Whether a gap may be left out: an English ending, which Chinese has none of."""
    return re.fullmatch(r"(value|plural)\d*", gap) is not None


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_catalogues_are_read_as_babel_reads_them(path: Path) -> None:
    babel = {
        (each.id if isinstance(each.id, str) else each.id[0]): (
            each.string if isinstance(each.string, str) else each.string[0]
        )
        for each in entries(path)
        if each.id and each.string and not each.fuzzy
    }
    assert dict(read(path.read_text(encoding="utf-8").splitlines())) == babel


def test_what_is_said_not_to_be_shown_is_still_in_the_code() -> None:
    texts = {text for room in (*LOWER, *SHOWING) for text in every_text_of(room)}
    assert sorted(not_shown() - texts) == []


def every_text_of(room: str) -> set[str]:
    return {text for path in (PACKAGE / room).rglob("*.py") for text in every_text(path)}


@pytest.mark.parametrize("language", ["zh-TW"])
def test_chinese_is_written_as_in_taiwan(language: str) -> None:
    for english, chinese in catalogue(language).items():
        assert "權杖" not in chinese, english
        assert not re.search(r"[一-鿿][,;:?!](?!\S*//)", chinese), chinese
        assert not re.search(r"[一-鿿][A-Za-z0-9]|[A-Za-z0-9%][一-鿿]", chinese), chinese


def test_the_list_of_what_is_not_shown_is_sorted() -> None:
    listed = json.loads((PACKAGE / "report/language/not_shown.json").read_text(encoding="utf-8"))
    assert listed == sorted(set(listed))


FORBIDDEN = {
    "服务": "伺服器", "服務器": "伺服器", "內存": "記憶體", "默認": "預設", "運行": "執行",
    "用戶": "使用者", "數據": "資料", "質量": "品質", "信息": "資訊", "網絡": "網路",
    "視頻": "影片", "屏幕": "螢幕", "接口": "介面", "緩存": "快取", "缓存": "快取",
    "軟件": "軟體", "硬件": "硬體", "程序": "程式", "文件夾": "資料夾", "字符": "字元",
    "字節": "位元組", "線程": "執行緒", "進程": "行程", "調用": "呼叫", "端口": "連接埠",
    "驅動程序": "驅動程式", "優化": "最佳化", "支持": "支援", "操作系統": "作業系統",
    "隊列": "佇列", "帶寬": "頻寬", "芯片": "晶片", "顯卡": "顯示卡", "並發": "並行",
    "打印": "列印", "鏈接": "連結", "設置": "設定", "激活": "啟用", "測量": "量測",
}  # fmt: skip
"""Words of the mainland, or against the glossary -> what is said in their place."""

ALLOWED = ("用戶端", "程序員")


def test_no_word_of_the_mainland_is_in_a_catalogue() -> None:
    said = {
        (wrong, chinese)
        for chinese in catalogue("zh-TW").values()
        for wrong in FORBIDDEN
        if wrong in without(chinese, ALLOWED)
    }
    assert sorted(said) == []


def without(text: str, words: tuple[str, ...]) -> str:
    for word in words:
        text = text.replace(word, "")
    return text


def raised_in_each_room() -> list[str]:
    rooms = (*LOWER, "web", "agent", "report", "cli")
    modules = (path for room in rooms for path in sorted((PACKAGE / room).rglob("*.py")))
    return sorted(set().union(*map(errors, modules)))


def test_every_error_is_translated_with_its_gaps_filled() -> None:
    known = sentences("zh-TW")
    assert [text for text in raised_in_each_room() if text not in known] == []
    with in_chinese():
        for text in errors_where_shown():
            english = fill(text, {gap: f"x{index}" for index, gap in enumerate(GAP.findall(text))})
            assert sentence(english) != english or not re.search("[一-鿿]", known[text]), english


@contextmanager
def in_chinese() -> Iterator[None]:
    use_everywhere("zh-TW")
    yield
    use_everywhere("en")
