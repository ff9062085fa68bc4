"""`advisor` as it is typed, in this process: what it prints and its code, without starting anew."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess
from unittest import mock

from advisor.cli.main import main
from advisor.report.language import use, use_everywhere
from advisor.report.language.choice import from_environment


def typed(
    *arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """Runs it in a folder with this environment, nobody there to ask; default: this process's."""
    out, err = _stream(), _stream()
    with (
        mock.patch.dict(os.environ, environment or {}, clear=environment is not None),
        chdir(folder or Path.cwd()),
        mock.patch.object(sys, "stdin", _stream()),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = _code(arguments)
    use(None)
    use_everywhere(from_environment(os.environ))
    return CompletedProcess(arguments, code, _text(out), _text(err))


def _code(arguments: tuple[str, ...]) -> int:
    try:
        main(arguments)
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        return ended.code
    raise AssertionError("the program did not say how it ended")


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    held = stream.buffer
    assert isinstance(held, io.BytesIO)
    return held.getvalue().decode()
