"""What does llama-swap serve, which of it runs, and what do the servers behind it tell?

It starts the server of the model that a request names and hands the request on; streams are that
server's. Protocol: github.com/mostlygeek/llama-swap, README.md, internal/server (`/running`,
`/upstream`, `/api/version`) and docs/kb/guides/model-runtime/ttl-and-unloading.md (read
2026-11-25). Not yet seen live.
"""

from __future__ import annotations

import math
import shlex
import time
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers import client
from advisor.servers.answers import Answers
from advisor.servers.chunks import Stream
from advisor.servers.dialects import llamacpp, vllm
from advisor.servers.dialects.llamacpp_settings import started_with
from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.http import Answer
from advisor.servers.kind import Kind
from advisor.servers.listener import Program
from advisor.servers.told import Counters, Means, Setting
from advisor.servers.wire import Completion, ServedModel, Server, ServerTimings

CONTROL_TIMEOUT_S = 10.0
UNLOADING_TIMEOUT_S = 60.0
ASKED_EVERY_S = 0.2
BEHIND = (llamacpp.KIND, vllm.KIND)
"""The kinds behind it that are asked for their own settings and totals."""


class LlamaSwapServer(OpenAIServer):
    """llama-swap: OpenAI's streams of whichever server it starts, and what it says of them."""

    __slots__ = ()

    def models(self) -> list[ServedModel]:
        """What is configured, and what of it runs. Raises AdvisorError if it is gone."""
        running = self._running()
        return [
            replace(model, loaded=running.get(model.name, {}).get("state") == "ready")
            for model in super().models()
        ]

    def extra_fields(self, completion: Completion) -> dict[str, Any]:
        """Those of llama.cpp and of vLLM, since either may be behind it."""
        return {
            **super().extra_fields(completion),
            "cache_prompt": completion.reuse_prefix,
        }

    def counts(self, stream: Stream) -> dict[str, Any]:
        """`usage`, with the cached share from llama.cpp's timers where they come through."""
        return llamacpp.cached_by_timers(super().counts(stream), stream)

    def server_timings(self, stream: Stream) -> ServerTimings | None:
        """llama.cpp's timers where they come through."""
        return llamacpp.read_timers(stream.timings)

    def settings(self, model: str | None = None) -> list[Setting]:
        """How long `model` is kept, and what its server tells; nothing of one that does not run."""
        state = self._running().get(model or "", {})
        if state.get("state") != "ready":
            return []
        kept_s = state.get("ttl")
        told = []
        if isinstance(kept_s, int) and not isinstance(kept_s, bool):
            value = float(kept_s) if kept_s > 0 else math.inf
            told.append(Setting("ttl", value, "/running", Means.KEEP_ALIVE_S))
        behind = self._behind(model or "")
        if behind is not None:
            seen_there = behind.settings(None)
            told += [each for each in seen_there if not isinstance(each.value, Unknown)]
        started = started_with(_program(state.get("cmd")), None)
        return told + [each for each in started if not isinstance(each.value, Unknown)]

    def counters(self, model: str | None = None) -> Counters | Unknown:
        """Those of the server of `model`, while it runs."""
        try:
            ready = self._running().get(model or "", {}).get("state") == "ready"
            behind = self._behind(model or "") if ready else None
        except AdvisorError as error:
            return Unknown(str(error))
        if behind is None:
            return Unknown("llama-swap keeps no totals, and no server that does runs behind it")
        return behind.counters(None)

    def load(self, model: str) -> Unknown | None:
        """Has its server started by asking for two tokens. See `Server.load`."""
        if self._running().get(model, {}).get("state") != "ready":
            self.find_abilities(model)
        return None

    def unload(self, model: str) -> Unknown | None:
        """Has the server of that model stopped. See `Server.unload`."""
        running = self._running()
        if model not in running:
            return None
        answer = self._fetch(f"/api/models/unload/{quote(model)}", body=b"{}")
        if answer.status == 404 and set(running) == {model}:
            answer = self._fetch("/unload")
        elif answer.status == 404:
            return Unknown("this llama-swap can only unload all its models at once")
        if answer.status != 200:
            raise self._failed(model, answer.error or f"HTTP {answer.status}")
        deadline = time.monotonic() + UNLOADING_TIMEOUT_S
        while model in self._running():
            if time.monotonic() > deadline:
                raise self._failed(model, f"it still runs after {UNLOADING_TIMEOUT_S:.0f} s")
            time.sleep(ASKED_EVERY_S)
        return None

    def _behind(self, model: str) -> Server | None:
        """The server of a model that runs, reached through llama-swap."""
        path = f"{self.endpoint.path}/upstream/{quote(model)}"
        answers = Answers(replace(self.endpoint, path=path), self.headers)
        kind = next((kind for kind in BEHIND if kind.is_at(answers)), None)
        return kind.meet(answers) if kind else None

    def _running(self) -> dict[str, dict[str, Any]]:
        """What it tells of each model whose server it has started. Raises AdvisorError."""
        answer = self._fetch("/running")
        running = client.json_object(answer).get("running")
        if not isinstance(running, list):
            raise AdvisorError(
                f"llama-swap at {self.endpoint.url} does not tell what runs",
                why=answer.error or f"HTTP {answer.status}: {client.error_message(answer.body)}",
            )
        return {str(each.get("model")): each for each in running if isinstance(each, dict)}

    def _fetch(self, path: str, body: bytes = b"") -> Answer:
        return client.fetch(
            self.endpoint, path, headers=self.headers, body=body, timeout_s=CONTROL_TIMEOUT_S
        )

    def _failed(self, model: str, why: str) -> AdvisorError:
        return AdvisorError(
            f"llama-swap at {self.endpoint.url} could not unload '{model}'",
            why=why,
            remedy="See its log.",
        )


def _program(command: object) -> Program | Unknown:
    """The command line that llama-swap started a server with."""
    hidden = Unknown("llama-swap does not tell the server's environment")
    try:
        return Program(tuple(shlex.split(command if isinstance(command, str) else "")), hidden)
    except ValueError:
        return Unknown("the command line cannot be read")


KIND = Kind(
    "llama-swap",
    LlamaSwapServer,
    is_at=lambda answers: answers.owner == "llama-swap",
    ports=(8080,),
    version_at=(("/api/version", "version"),),
)
"""By its `owned_by`. What it hands on may bear the marks of another, so it comes first."""
