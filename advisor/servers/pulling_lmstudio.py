"""How does LM Studio download a model?

Protocol: lmstudio.ai/docs/developer/rest/download and /download-status (LM Studio 0.4.0 and newer,
read 2026-11-25): `POST /api/v1/models/download` begins a job and tells `total_size_bytes`, or says
"already_downloaded"; `GET .../download/status/JOB` tells `downloaded_bytes`. Nothing is documented
that tells a size beforehand or ends a job, and no licence is told. Not yet seen live.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from advisor.errors import AdvisorError
from advisor.servers.client import fetch, json_object
from advisor.servers.control import insist, tell
from advisor.servers.dialects.lmstudio import MODELS_V1, LMStudioServer
from advisor.servers.http import printable
from advisor.servers.wish import User

LOOKED_EVERY_S = 1.0
SILENCE_S = 120.0
"""A download that brings nothing for this long has stopped."""

MOST_BYTES = 10**14

GOES_ON = "LM Studio goes on with it by itself; stop it there if you do not want it."


def pull_lmstudio(server: LMStudioServer, model: str, user: User, *, allowed: bool) -> str | None:
    """Has LM Studio download `model` if the user agrees; a note on it, None for a no.

    An interrupt ends the waiting, not the download. Raises AdvisorError if that fails or stands
    still.
    """
    if not allowed and not user.agrees(
        f"LM Studio does not have {model}. It tells neither size nor licence before a download, "
        "and its API cannot end one. Download it?"
    ):
        return None
    said = tell(server.endpoint, f"{MODELS_V1}/download", server.headers, {"model": model})
    insist(said, f"have LM Studio download '{model}'")
    begun = json_object(said)
    if begun.get("status") == "already_downloaded":
        return ""
    try:
        size = _watch(server, model, begun, user)
    except KeyboardInterrupt:
        user.tell(f"The download of {model} was not waited for: {GOES_ON}")
        raise
    licence = "licence: unknown, LM Studio tells none"
    return f"{model} was downloaded for this measurement ({size}{licence})"


def _watch(server: LMStudioServer, model: str, job: dict[str, Any], user: User) -> str:
    """Waits for a job to end; its size in words."""
    name = quote(str(job.get("job_id", ""))[:200], safe="")
    moved, best = time.monotonic(), -1
    while job.get("status") != "completed":
        if job.get("status") not in ("downloading", "paused"):
            raise _failed(model, f"it says '{printable(str(job.get('status')).encode())}'")
        done, total = (_bytes(job.get(key)) for key in ("downloaded_bytes", "total_size_bytes"))
        if (done or 0) > best:
            moved, best = time.monotonic(), done or 0
        if time.monotonic() - moved > SILENCE_S:
            raise _failed(model, f"nothing came for {SILENCE_S:.0f} s. {GOES_ON}")
        of = f" of {total / 1e6:,.0f}" if total else ""
        user.tell(f"Pulling {model}: {best / 1e6:,.0f}{of} MB")
        time.sleep(LOOKED_EVERY_S)
        path = f"{MODELS_V1}/download/status/{name}"
        job = json_object(fetch(server.endpoint, path, headers=server.headers))
    total = _bytes(job.get("total_size_bytes"))
    return f"{total / 1e6:,.0f} MB, " if total else ""


def _bytes(value: object) -> int | None:
    """A believable size out of what a server sent."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_BYTES:
        return value
    return None


def _failed(model: str, why: str) -> AdvisorError:
    return AdvisorError(
        f"LM Studio could not download '{model}'", why=why, remedy="See its own list of downloads."
    )
