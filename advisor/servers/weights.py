"""Which files on this machine hold the weights of a served model?

Ollama names them in a model's modelfile: "FROM /…/blobs/sha256-…" (github.com/ollama/ollama
docs/api.md, "Show Model Information", seen 2026-11-25).
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from advisor.documents import Unknown
from advisor.servers.client import fetch, json_object
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.serving import Serving

_LONGEST_PATH = 4096


def weights_of(ready: Serving) -> tuple[Path, ...] | Unknown:
    """The files, as far as this user may see them; a folder's are its safetensors."""
    if ready.file is not None:
        return (ready.file,)
    if not ready.server.endpoint.is_here:
        return Unknown("the model's file is on another machine")
    if isinstance(ready.server, OllamaServer):
        return ollama_blobs(ready.server, ready.served_as)
    folder = Path(ready.served_as)
    if folder.is_absolute() and folder.is_dir():
        found = tuple(sorted(folder.glob("*.safetensors")))
        if found:
            return found
    return Unknown(f"{ready.server.kind} does not tell where the model's file is")


def ollama_blobs(server: OllamaServer, model: str) -> tuple[Path, ...] | Unknown:
    """The blobs that a local Ollama loads a model from."""
    body = msgspec.json.encode({"model": model})
    answer = fetch(server.endpoint, "/api/show", headers=server.headers, body=body)
    modelfile = json_object(answer).get("modelfile")
    lines = modelfile.splitlines() if isinstance(modelfile, str) else []
    named = [line.removeprefix("FROM ").strip() for line in lines if line.startswith("FROM ")]
    blobs = tuple(
        Path(name) for name in named if len(name) < _LONGEST_PATH and Path(name).is_absolute()
    )
    try:
        if blobs and all(blob.is_file() for blob in blobs):
            return blobs
    except (OSError, ValueError):
        pass
    return Unknown("the file that Ollama names cannot be seen by this user")
