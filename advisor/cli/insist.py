"""What becomes of a Ctrl-C that comes while Python cannot be interrupted?

Within a destructor or the callback of a weak reference Python drops an exception, KeyboardInterrupt
too, and the program would go on as if nobody had asked it to stop. Here it comes again a moment
later.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading

AGAIN_S = 0.01


def insist_on_interrupts() -> None:
    """From now on an interrupt that Python drops comes again; any other dropped exception is told
    as without this."""
    sys.unraisablehook = _again


def _again(dropped: sys.UnraisableHookArgs) -> None:
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
        return
    later = threading.Timer(AGAIN_S, _interrupt)
    later.daemon = True
    later.start()


def _interrupt() -> None:
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
