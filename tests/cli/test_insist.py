"""An interrupt that Python drops still ends the program."""

from __future__ import annotations

import signal
import sys
import time
import weakref
from collections.abc import Callable, Iterator

import pytest

from advisor.cli.insist import insist_on_interrupts


class Thing:
    """Something that a weak reference may be held of."""


@pytest.fixture(autouse=True)
def _hook() -> Iterator[None]:
    before = sys.unraisablehook
    insist_on_interrupts()
    yield
    sys.unraisablehook = before


def _in_a_callback(what: Callable[[], object]) -> None:
    thing = Thing()
    watched = weakref.ref(thing, lambda _: what())
    del thing
    assert watched() is None


def test_an_interrupt_in_a_callback_comes_again() -> None:
    begin_s = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _in_a_callback(lambda: signal.raise_signal(signal.SIGINT))
        time.sleep(30)
    assert time.monotonic() - begin_s < 20


def test_any_other_dropped_exception_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    _in_a_callback(lambda: int("no number"))
    assert "ValueError" in capsys.readouterr().err
