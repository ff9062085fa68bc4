"""How does a page become a PDF or a picture? By the printing of a browser that is installed here.

The browser gets a profile of its own that is thrown away, and may ask no address for anything.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from advisor.errors import AdvisorError

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
ELSEWHERE = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ),
}
QUIET = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--proxy-server=127.0.0.1:9",
)
LONGEST_S = 120


def find_browser() -> str | None:
    """A browser of the Chromium family, by its path; None where there is none."""
    for program in PROGRAMS:
        found = shutil.which(program)
        if found is not None:
            return found
    places = ELSEWHERE.get(sys.platform, ())
    return next((place for place in places if Path(place).is_file()), None)


def pdf_of(html: str) -> bytes:
    """The page as its print style sets it. Raises AdvisorError without a browser."""
    return _made(html, "page.html", "page.pdf", ("--no-pdf-header-footer", "--print-to-pdf={}"))


def png_of(svg: str, width: int, height: int) -> bytes:
    """A picture of so many pixels, twice as fine. Raises AdvisorError without a browser."""
    how = (
        f"--window-size={width},{height}",
        "--force-device-scale-factor=2",
        "--screenshot={}",
    )
    return _made(svg, "picture.svg", "picture.png", how)


def _made(content: str, source: str, target: str, how: tuple[str, ...]) -> bytes:
    program = find_browser()
    if program is None:
        raise AdvisorError(
            "there is no browser here to print with",
            remedy="Install Chromium, Chrome or Edge, or write --html and print it yourself.",
        )
    with tempfile.TemporaryDirectory(prefix="advisor-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        page, made = place / source, place / target
        page.write_text(content, encoding="utf-8")
        command = [
            program,
            *QUIET,
            *_as_root(),
            f"--user-data-dir={place / 'profile'}",
            *(each.format(made) for each in how),
            page.as_uri(),
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=LONGEST_S, check=False, text=True
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise AdvisorError(f"{program} did not print", why=str(error)[:200]) from error
        if not made.is_file():
            said = done.stderr.strip().splitlines()
            raise AdvisorError(
                f"{program} printed nothing", why=said[-1][:200] if said else "it gave no reason"
            )
        return made.read_bytes()


def _as_root() -> tuple[str, ...]:
    """Chromium refuses to run as root with its sandbox, as it would in a container."""
    return ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
