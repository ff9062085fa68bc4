"""How is the beginning of a file on a hub read without fetching the file?

By HTTP ranges, in steps that grow, up to a limit that every header stays under by far. Nothing is
sent but the address; nothing is kept.
"""

from __future__ import annotations

import io
import os
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from advisor.errors import AdvisorError, InputError

if TYPE_CHECKING:
    import requests

FIRST_BYTES = 1 << 20
MOST_BYTES = 32 << 20
"""Headers with large tokenizers take 10 to 20 MB; one that goes on for longer has no end."""
MOST_CONFIG_BYTES = 4 << 20
TIMEOUT_S = (10.0, 30.0)
LONGEST_S = 120.0
"""The most that one answer's content may take, however steadily it trickles."""

_PART_BYTES = 1 << 16

_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


def is_url(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def file_url(url: str) -> str:
    """The address of the file itself where `url` is that of its page on the Hugging Face hub."""
    if (urlsplit(url).hostname or "").endswith("huggingface.co"):
        return url.replace("/blob/", "/resolve/", 1)
    return url


def fetch_small(url: str) -> bytes:
    """A small file whole; InputError where it is large, no such file or a page of HTML."""
    with _get(url, f"bytes=0-{MOST_CONFIG_BYTES}") as answer:
        _refuse_html(answer, url)
        content = _body(answer, MOST_CONFIG_BYTES + 1, url)
    if len(content) > MOST_CONFIG_BYTES:
        raise InputError(f"{url} is too large", why="a config.json has under 4 MB")
    return content


class RemoteFile(io.RawIOBase):
    """A file behind a URL, read from its beginning; what was read is kept until it is closed."""

    def __init__(self, url: str) -> None:
        self._url = file_url(url)
        self._content = b""
        self._place = 0
        self.size_bytes = 0
        self._grow(1)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._place = offset if whence == os.SEEK_SET else self._place + offset
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def read(self, size: int = -1) -> bytes:
        end = min(self.size_bytes, self._place + size) if size >= 0 else self.size_bytes
        self._grow(end)
        found = self._content[self._place : end]
        self._place += len(found)
        return found

    def _grow(self, end: int) -> None:
        """Fetches on until the first `end` bytes are here, twice as many as before at a time."""
        while len(self._content) < end:
            start = len(self._content)
            wanted = max(FIRST_BYTES, end - start, start)
            if start + wanted > MOST_BYTES:
                wanted = MOST_BYTES - start
            if wanted <= 0:
                raise InputError(
                    f"The header at {self._url} does not end",
                    why=f"it is longer than {MOST_BYTES >> 20} MiB",
                )
            self._content += self._fetch(start, start + wanted - 1)

    def _fetch(self, start: int, last: int) -> bytes:
        with _get(self._url, f"bytes={start}-{last}") as answer:
            _refuse_html(answer, self._url)
            told = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            if answer.status_code != 206 or told is None or int(told[1]) != start:
                raise InputError(
                    f"{self._url} cannot be read in parts",
                    why="its server ignores ranges, and the whole file is not fetched",
                    remedy="Name the file on a hub that serves ranges, or a local file.",
                )
            size = int(told[3])
            if self.size_bytes and size != self.size_bytes:
                raise InputError(f"{self._url} changed while it was read", remedy="Try again.")
            self.size_bytes = size
            content = _body(answer, last - start + 1, self._url)
        if not content or len(content) < min(last + 1, size) - start:
            raise AdvisorError(
                f"{self._url} was cut off",
                why="fewer bytes came than were told",
                remedy="Try again.",
            )
        return content


def _get(url: str, byte_range: str) -> requests.Response:
    import requests

    headers = {"Range": byte_range, "Accept-Encoding": "identity"}
    try:
        answer = requests.get(file_url(url), headers=headers, stream=True, timeout=TIMEOUT_S)
    except (requests.RequestException, ValueError, UnicodeError) as error:
        reason = "it did not answer in time" if isinstance(error, requests.Timeout) else ""
        raise AdvisorError(
            f"{url} cannot be read",
            why=reason or _first_line(error),
            remedy="Check the address and the network.",
        ) from error
    if answer.status_code >= 500 or answer.status_code == 429:
        answer.close()
        raise AdvisorError(
            f"{url} cannot be read",
            why=f"its server answers {answer.status_code}",
            remedy="Try again later.",
        )
    if answer.status_code >= 400:
        answer.close()
        raise InputError(
            f"{url} cannot be read",
            why=f"its server answers {answer.status_code}",
            remedy="Some models ask for an account: fetch the file and name it here."
            if answer.status_code in {401, 403}
            else "Check the address.",
        )
    return answer


def _body(answer: requests.Response, most_bytes: int, url: str) -> bytes:
    """The content, cut at `most_bytes`."""
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    end_s = time.monotonic() + LONGEST_S
    content = bytearray()
    try:
        while len(content) < most_bytes:
            part = answer.raw.read1(min(_PART_BYTES, most_bytes - len(content)), True)
            if not part:
                break
            content += part
            if time.monotonic() > end_s:
                raise AdvisorError(
                    f"{url} cannot be read",
                    why=f"its content did not come within {LONGEST_S:.0f} s",
                    remedy="Try again, or fetch the file and name it here.",
                )
    except HTTPError as error:
        stalled = isinstance(error, ReadTimeoutError)
        raise AdvisorError(
            f"{url} {'cannot be read' if stalled else 'was cut off'}",
            why="its server sent nothing more in time" if stalled else "the connection broke",
            remedy="Try again, or fetch the file and name it here.",
        ) from error
    return bytes(content)


def _refuse_html(answer: requests.Response, url: str) -> None:
    if "html" in answer.headers.get("Content-Type", "").lower():
        raise InputError(
            f"{url} is a web page",
            why="its server answers HTML, not a model",
            remedy="Name the file itself (on a hub, the link of its download).",
        )


def _first_line(error: Exception) -> str:
    inner = error.args[0] if error.args else error
    reason = getattr(inner, "reason", None) or inner
    first, *_ = str(reason).rsplit(": ", 1)[-1].splitlines() or [""]
    return first[:200] or type(error).__name__
