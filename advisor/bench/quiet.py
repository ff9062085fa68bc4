"""How is this process kept from disturbing its own clock?"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH_INTERVAL_S = 2e-4
"""How soon a waiting thread gets the interpreter: progress is shown by another thread."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """No garbage collection, and short turns for other threads, while the clock runs."""
    collects = gc.isenabled()
    turns_s = sys.getswitchinterval()
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        yield
    finally:
        sys.setswitchinterval(turns_s)
        gc.unfreeze()
        if collects:
            gc.enable()
