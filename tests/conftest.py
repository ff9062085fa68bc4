"""Tests read English, whatever the language of whoever runs them, or of the test before; and where
several processes run tests, one that is marked `alone` runs while no other test does."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from advisor.report.language import ENGLISH, use, use_everywhere

settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_LANG", ENGLISH)
    use(None)
    use_everywhere(ENGLISH)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with ExitStack() as held:
        if hasattr(item.config, "workerinput") and item.config.cache is not None:
            folder = item.config.cache.mkdir("turns")
            alone = item.get_closest_marker("alone") is not None
            held.enter_context(turn(folder, alone=alone))
        return (yield)


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Waits until nobody has a turn alone; with `alone`, until nobody has any.

    Whoever waits for a turn alone stands in the gate, so that others do not pass it for ever.
    """
    with (folder / "gate").open("w") as gate, (folder / "room").open("w") as room:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
