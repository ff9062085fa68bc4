"""Tests read English, whatever the language of whoever runs them, or of the test before."""

import pytest

from advisor.report.language import ENGLISH, _language, use_everywhere


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_LANG", ENGLISH)
    _language.set(None)
    use_everywhere(ENGLISH)
