"""Tests read English, whatever the language of whoever runs them, or of the test before."""

import pytest
from hypothesis import settings
from lanes import pytest_runtest_protocol, pytest_runtest_setup, pytest_xdist_make_scheduler
from real_postgresql import postgresql

from advisor.report.language import ENGLISH, use, use_everywhere

__all__ = [
    "postgresql",
    "pytest_runtest_protocol",
    "pytest_runtest_setup",
    "pytest_xdist_make_scheduler",
]

settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_LANG", ENGLISH)
    use(None)
    use_everywhere(ENGLISH)
