"""How is llama.cpp's server spoken to, and what does it tell about its own speed?

Protocol: llama.cpp, tools/server/README.md (`cache_prompt`, `ignore_eos`, `timings`, `/props`,
`/metrics`, and "Using multiple models" for a router's `/models/load` and `/models/unload`; read
2026-11-25). The embedded engine is such a server too. A router was not yet seen live.
"""

from __future__ import annotations

import time
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote

import msgspec

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers import client, metrics
from advisor.servers.answers import MODELS
from advisor.servers.chunks import Stream
from advisor.servers.counting import seconds, whole
from advisor.servers.dialects.llamacpp_settings import started_with, told_settings
from advisor.servers.dialects.openai import Abilities, OpenAIServer, known, listing
from advisor.servers.kind import Kind
from advisor.servers.listener import program_at
from advisor.servers.told import Counters, Setting
from advisor.servers.wire import Completion, ServedModel, ServerTimings

CONTROL_TIMEOUT_S = 10.0
LOADING_TIMEOUT_S = 300.0
ASKED_EVERY_S = 0.2
ONE_MODEL = Unknown("this llama.cpp serves one model, loaded for as long as it runs")


class LlamaCppServer(OpenAIServer):
    """llama.cpp's own server: exact lengths, no prompt cache, and its timers in the last event."""

    __slots__ = ()

    def find_abilities(self, model: str) -> Abilities:
        """It takes every field; only one that does not show itself to be llama.cpp is asked."""
        return super().find_abilities(model) if isinstance(self.version, Unknown) else Abilities()

    def extra_fields(self, completion: Completion) -> dict[str, Any]:
        """Every prompt is computed in full; no sampler chooses an end-of-text token."""
        return {"cache_prompt": completion.reuse_prefix, "ignore_eos": completion.exact_length}

    def describe(self, entry: dict[str, Any]) -> ServedModel:
        """A model with the facts of its GGUF; a path is shortened to the file's name."""
        facts, status = _part(entry, "meta"), _part(entry, "status").get("value")
        told = status == "loaded" if isinstance(status, str) else bool(facts)
        return ServedModel(
            name=_file_name(str(entry["id"])),
            parameters=known(facts, "n_params", int),
            quantization=known(facts, "ftype", str),
            digest=Unknown("the server does not tell it"),
            size_bytes=known(facts, "size", int),
            context_tokens=known(facts, "n_ctx", int),
            loaded=told or (False if status else Unknown("it is told of a loaded model only")),
        )

    def settings(self, model: str | None = None) -> list[Setting]:
        """What /props and its command line tell. Raises AdvisorError if it stopped answering."""
        entry = self._entry(model)
        path = "/props"
        if _part(entry, "status"):
            if entry["status"].get("value") != "loaded":
                return []
            path += f"?model={quote(str(entry['id']), safe='')}&autoload=false"
        answer = client.fetch(
            self.endpoint, path, headers=self.headers, timeout_s=CONTROL_TIMEOUT_S
        )
        props = client.json_object(answer)
        return [
            *told_settings(props, _part(entry, "meta"), "/props"),
            *started_with(program_at(self.endpoint), props.get("model_path")),
        ]

    def counters(self, model: str | None = None) -> Counters | Unknown:
        """Its totals at /metrics, where it was started with --metrics."""
        path = metrics.METRICS
        try:
            entry = self._entry(model)
        except AdvisorError as error:
            return Unknown(str(error))
        if _part(entry, "status"):
            path += f"?model={quote(str(entry['id']), safe='')}&autoload=false"
        found = metrics.totals(self.endpoint, self.headers, path)
        if isinstance(found, Unknown):
            return found
        return Counters(
            source=metrics.METRICS,
            prompt_tokens=found.get("llamacpp:prompt_tokens_total"),
            generated_tokens=found.get("llamacpp:tokens_predicted_total"),
            prompt_s=found.get("llamacpp:prompt_seconds_total"),
            generated_s=found.get("llamacpp:tokens_predicted_seconds_total"),
        )

    def load(self, model: str) -> Unknown | None:
        """Has a router load it; any other llama.cpp serves one model. See `Server.load`."""
        return self._switch(model, "load", until="loaded")

    def unload(self, model: str) -> Unknown | None:
        """Has a router unload it. See `Server.unload`."""
        return self._switch(model, "unload", until="unloaded")

    def counts(self, stream: Stream) -> dict[str, Any]:
        """`usage`, with the cached share from its timers where they know it."""
        return cached_by_timers(super().counts(stream), stream)

    def server_timings(self, stream: Stream) -> ServerTimings | None:
        """Its timers, see `read_timers`."""
        return read_timers(stream.timings)

    def _switch(self, model: str, doing: str, until: str) -> Unknown | None:
        entry = self._entry(model)
        if not _part(entry, "status"):
            return ONE_MODEL
        if entry["status"].get("value") == until:
            return None
        body = msgspec.json.encode({"model": entry["id"]})
        answer = client.fetch(
            self.endpoint,
            f"/models/{doing}",
            headers=self.headers,
            body=body,
            timeout_s=CONTROL_TIMEOUT_S,
        )
        if client.json_object(answer).get("success") is not True:
            said = answer.error or f"HTTP {answer.status}: {client.error_message(answer.body)}"
            raise self._failed(model, doing, said)
        deadline = time.monotonic() + LOADING_TIMEOUT_S
        while (status := _part(self._entry(model), "status")).get("value") != until:
            if status.get("failed"):
                raise self._failed(model, doing, f"it ended with code {status.get('exit_code')}")
            if time.monotonic() > deadline:
                raise self._failed(model, doing, f"not within {LOADING_TIMEOUT_S:.0f} s")
            time.sleep(ASKED_EVERY_S)
        return None

    def _failed(self, model: str, doing: str, why: str) -> AdvisorError:
        return AdvisorError(
            f"llama.cpp at {self.endpoint.url} could not {doing} '{model}'",
            why=why,
            remedy="See the server's log.",
        )

    def _entry(self, model: str | None) -> dict[str, Any]:
        """What its list tells of `model`, without one of the first; empty if it has it not."""
        entries = listing(self.endpoint, MODELS, self.headers)
        return next(
            (
                entry
                for entry in entries
                if model is None or model in (entry["id"], _file_name(str(entry["id"])))
            ),
            {},
        )


def cached_by_timers(counted: dict[str, Any], stream: Stream) -> dict[str, Any]:
    """Counts, with the cached share that llama.cpp's timers know."""
    cached = stream.timings.get("cache_n")
    return {**counted, "cached_input_tokens": cached} if cached is not None else counted


def read_timers(timings: dict[str, Any]) -> ServerTimings | None:
    """llama.cpp's timers. The decode clock starts at the first token, so it spans n - 1 gaps."""
    decoded = whole(timings.get("predicted_n"))
    if decoded is None:
        return None
    return ServerTimings(
        prefill_tokens=whole(timings.get("prompt_n")),
        prefill_s=seconds(timings.get("prompt_ms"), 1e3),
        decode_tokens=decoded,
        decode_intervals=max(decoded - 1, 0),
        decode_s=seconds(timings.get("predicted_ms"), 1e3),
    )


def _part(entry: dict[str, Any], key: str) -> dict[str, Any]:
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def _file_name(model_id: str) -> str:
    """The last part of an absolute path, which the server accepts in place of the whole."""
    if model_id.startswith("/"):
        return PurePosixPath(model_id).name
    windows = PureWindowsPath(model_id)
    return windows.name if windows.is_absolute() else model_id


KIND = Kind(
    "llama.cpp",
    LlamaCppServer,
    is_at=lambda answers: answers.name.startswith("llama.cpp") or answers.owner == "llamacpp",
    ports=(8080,),
    version_at=(("/props", "build_info"),),
)
"""By its `Server` header, even while it loads, or `owned_by` (tools/server, seen 2026-11-24)."""
