"""Which language does the environment ask for, and does every thread follow it?"""

from __future__ import annotations

import threading

import pytest

from advisor.report.language import ENGLISH, TAIWAN, current, use, use_everywhere
from advisor.report.language.choice import from_environment


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, ENGLISH),
        ({"LANG": "zh_TW.UTF-8"}, TAIWAN),
        ({"LANG": "zh_Hant_TW"}, TAIWAN),
        ({"LANG": "zh_HK.UTF-8"}, TAIWAN),
        ({"LANG": "zh-TW"}, TAIWAN),
        ({"LANG": "zh_CN.UTF-8"}, ENGLISH),
        ({"LANG": "de_DE.UTF-8"}, ENGLISH),
        ({"ADVISOR_LANG": "ZH-tw", "LANG": "en_US"}, TAIWAN),
        ({"ADVISOR_LANG": "en", "LANG": "zh_TW"}, ENGLISH),
        ({"LC_ALL": "C", "LANG": "zh_TW.UTF-8"}, ENGLISH),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "en_US"}, TAIWAN),
    ],
)
def test_the_environment_chooses(environment: dict[str, str], language: str) -> None:
    assert from_environment(environment) == language


def test_a_thread_shows_what_the_program_shows() -> None:
    seen: list[str] = []
    try:
        use_everywhere(TAIWAN)
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
    finally:
        use_everywhere(ENGLISH)
    assert seen == [TAIWAN]


def test_one_context_may_show_another_language() -> None:
    seen: list[str] = []

    def here() -> None:
        use(TAIWAN)
        seen.append(current())

    thread = threading.Thread(target=here)
    thread.start()
    thread.join()
    assert seen == [TAIWAN]
    assert current() == ENGLISH
