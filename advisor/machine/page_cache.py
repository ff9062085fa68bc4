"""How much of a file is in the disk cache, so that reading it needs no disk?

Linux: mincore(2), which tells the truth only to a file's owner or to who may write it (since
Linux 5.2; to others every page seems resident), and not on every system: some sandboxes call every
page resident. So it is tried on a page that nobody can have read. posix_fadvise(2) with DONTNEED
drops pages that are clean and that no program has mapped. (man7.org, both seen 2026-11-25.)
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from advisor.documents import Unknown

_AT_ONCE_BYTES = 1 << 30
"""Mapped at a time; a multiple of any page size."""


def cached_share(files: Sequence[Path]) -> float | Unknown:
    """The part of these files' bytes that is in the disk cache, 0 to 1, or why it is not known."""
    if sys.platform != "linux":
        return Unknown("only Linux tells what is in its disk cache")
    try:
        if not _is_honest():
            return Unknown("this system calls every page cached")
        resident = total = 0
        for file in files:
            owner = file.stat().st_uid == os.geteuid()
            if not (owner or os.access(file, os.W_OK)):
                return Unknown("Linux tells it only to the owner of the model's file")
            in_memory, pages = _pages(file)
            resident += in_memory
            total += pages
    except (OSError, ValueError, AttributeError) as problem:
        return Unknown(f"the disk cache cannot be asked ({problem})")
    return resident / total if total else Unknown("the model's file is empty")


def drop_from_cache(files: Sequence[Path]) -> None:
    """Asks Linux to forget these files' pages; what came of it, `cached_share` tells.

    Pages that are not on the disk yet are written first. A model that is mapped into memory is
    then read in large pieces. Pages that were written while memory was in fragments stay in
    fragments: with them, and with nothing else changed, Q8_0 models decoded 12 to 16 % slower in
    each of several loads (two cores of an EPYC 9005, ext4, Linux 6.18, 2026-11-29).
    """
    if sys.platform != "linux":
        return
    for file in files:
        try:
            with file.open("rb") as opened:
                os.fdatasync(opened.fileno())
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError:
            continue


def _is_honest() -> bool:
    """Whether a page that was never touched is told to be absent."""
    with tempfile.TemporaryFile() as untouched:
        untouched.truncate(mmap.PAGESIZE)
        return _resident(untouched.fileno(), 0, mmap.PAGESIZE) == 0


def _pages(file: Path) -> tuple[int, int]:
    """Pages of the file that are in memory, and all of them."""
    with file.open("rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        resident = sum(
            _resident(opened.fileno(), start, min(_AT_ONCE_BYTES, size - start))
            for start in range(0, size, _AT_ONCE_BYTES)
        )
    return resident, -(-size // mmap.PAGESIZE)


def _resident(descriptor: int, start: int, length: int) -> int:
    """Resident pages of a piece of a file; nothing is read."""
    libc = ctypes.CDLL(None, use_errno=True)
    pages = -(-length // mmap.PAGESIZE)
    told = (ctypes.c_ubyte * pages)()
    with mmap.mmap(descriptor, length, mmap.MAP_PRIVATE, offset=start) as view:
        first = ctypes.c_char.from_buffer(view)
        try:
            address = ctypes.c_void_p(ctypes.addressof(first))
            if libc.mincore(address, ctypes.c_size_t(length), told):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        finally:
            del first
    return sum(page & 1 for page in told)
