"""Is a sentence that was written in English recognised again, however it was put together?"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.report.language import ENGLISH, TAIWAN, _, current, ngettext, sentence, use
from advisor.report.language.sentences import LONGEST


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    use(TAIWAN)
    yield
    use(ENGLISH)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("no meter", "沒有電表"),
        ("No meter", "沒有電表"),
        ("cannot read /tmp/x.toml", "無法讀取 /tmp/x.toml"),
        pytest.param(
            "Run it on your own box: it pays for itself in 3.9 months against GPT-4, if its model "
            "does the work as well as GPT-4.",
            "在自己的工作站上執行：相較於 GPT-4，3.9 個月回本，前提是其模型做得和 GPT-4 一樣好。",
        ),
        ("yes, in 3.92 months", "是，在 3.92 個月後"),
        pytest.param(
            "the decision becomes api above $343.33 of upkeep a month",
            "每月維護超過 US$343.33 時，決策變為 API",
        ),
        pytest.param(
            "cannot read the settings in advisor.toml: Expected '=' after a key (at line 1). "
            "Correct the file or move it away.",
            "無法讀取 advisor.toml 中的設定：Expected '=' after a key (at line 1). "
            "請修正該檔案，或將它移走。",
        ),
        ("estimated, run 20261129T1412Z", "估計，量測紀錄 20261129T1412Z"),
        ("Did you mean qwen3-8b or qwen3-4b?", "您是指 qwen3-8b 或 qwen3-4b 嗎？"),
        pytest.param(
            "what the file leaves out is what https://a.org/x says of Apple M4 (10-core GPU)",
            "檔案未說明的部分依 https://a.org/x 對 Apple M4 (10-core GPU) 的記載",
        ),
        ("what is missing", "what is missing"),
        ("", ""),
    ],
)
def test_a_sentence_is_recognised(english: str, chinese: str) -> None:
    assert sentence(english) == chinese


def test_each_reason_of_a_list_is_read_by_itself() -> None:
    read = sentence(
        "the bill is $540 a month, $6,480 in 12 months; that is above the guide's small-team "
        "budget of $500; a box would pay for itself in 3.9 months"
    )
    assert read.count("；") == 2
    assert "US$540" in read and "3.9 個月" in read and not any(map(str.isspace, read[:3]))


def test_english_stays_as_it_is() -> None:
    use(ENGLISH)
    assert sentence("no meter") == "no meter"
    assert _("interrupted") == "interrupted"


def test_a_plural_has_one_form_in_chinese() -> None:
    one = "Measuring {hosts} host, {parallel} at once, {limit_min} min each at most. "
    many = "Measuring {hosts} hosts, {parallel} at once, {limit_min} min each at most. "
    rest = "Ctrl-C keeps what came back."
    assert ngettext(one + rest, many + rest, 1) == ngettext(one + rest, many + rest, 2)
    assert "部主機" in ngettext(one + rest, many + rest, 2)
    use(ENGLISH)
    assert ngettext("one", "many", 1) == "one"
    assert ngettext("one", "many", 2) == "many"


def test_a_name_that_is_a_sentence_cannot_break_out() -> None:
    assert "<script>" in sentence("cannot read <script>alert(1)</script>")


@given(st.text(max_size=300))
def test_any_text_is_read_the_same_twice(text: str) -> None:
    assert sentence(text) == sentence(text)
    assert current() == TAIWAN


@given(st.lists(st.sampled_from(["; ", ", ", " and ", ". ", ": ", " (", "it has ", "the ", "x"])))
def test_text_made_to_be_hard_ends_soon(parts: list[str]) -> None:
    sentence("".join(parts) * 20)


def test_a_text_longer_than_any_sentence_is_left_alone() -> None:
    text = "no meter; " * LONGEST
    began = time.process_time()
    assert sentence(text) == text
    assert time.process_time() - began < 5


def test_a_quoted_name_is_never_translated() -> None:
    assert "first" in sentence("there is no kind 'first'")


def test_a_text_that_only_looks_like_a_template_stays() -> None:
    assert sentence("copy of the model's config.json") == "copy of the model's config.json"


def test_a_list_in_the_last_gap_is_not_torn_apart() -> None:
    english = "the local model does the work as well as GPT-4, Groq"
    assert sentence(english) == "本機模型做得和 GPT-4, Groq 一樣好"
