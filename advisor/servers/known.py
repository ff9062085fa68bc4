"""Which kinds of servers are known, how is each told from the others, and where does it listen?

Told apart by what they answer, never by port. Ports and marks, each seen on 2026-11-24:
Ollama docs.ollama.com (11434, "Ollama is running"); vLLM docs.vllm.ai (8000, `owned_by`);
LM Studio lmstudio.ai/docs/api/rest-api (1234, its own list); llama.cpp tools/server (8080,
`Server` header, `owned_by`); LocalAI localai.io/docs/features/api-discovery (8080, well-known
document); Text Generation WebUI, wiki "12 - OpenAI API" (5000, internal routes); SGLang
docs.sglang.io (30000, `owned_by`); KoboldCpp (5001, `owned_by`).
"""

from __future__ import annotations

from advisor.documents import Unknown
from advisor.servers.client import Headers
from advisor.servers.dialects.llamacpp import LlamaCppServer
from advisor.servers.dialects.lmstudio import LMStudioServer
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.dialects.openai import OpenAIServer
from advisor.servers.dialects.vllm import VllmServer
from advisor.servers.wire import Endpoint, Server

KINDS = (
    "ollama",
    "vllm",
    "llama.cpp",
    "lmstudio",
    "localai",
    "tgwui",
    "sglang",
    "koboldcpp",
    "generic",
)
"""Every kind that can be asked for by name, and `generic` for any other with OpenAI's API."""

LOCAL_PORTS = (11434, 8000, 1234, 8080, 5000, 30000, 5001)
"""Where servers usually listen on their own machine."""

BY_OWNER = {
    "vllm": "vllm",
    "sglang": "sglang",
    "llamacpp": "llama.cpp",
    "koboldcpp": "koboldcpp",
}
"""`owned_by` in a server's list of models -> its kind."""

VERSION_AT = {
    "ollama": ("/api/version", "version"),
    "vllm": ("/version", "version"),
    "llama.cpp": ("/props", "build_info"),
    "localai": ("/.well-known/localai.json", "version"),
    "koboldcpp": ("/api/extra/version", "version"),
}
"""Where each kind tells its version: path, key."""


def speak(kind: str, endpoint: Endpoint, version: str | Unknown, headers: Headers) -> Server:
    """The dialect of a kind, at an endpoint."""
    if kind == "ollama":
        return OllamaServer(endpoint, version=version, headers=headers)
    dialects: dict[str, type[OpenAIServer]] = {
        "vllm": VllmServer,
        "llama.cpp": LlamaCppServer,
        "lmstudio": LMStudioServer,
    }
    dialect = dialects.get(kind, OpenAIServer)
    return dialect(endpoint, kind=kind, version=version, headers=headers)
