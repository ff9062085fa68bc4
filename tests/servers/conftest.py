"""The real models and servers that this room's tests share."""

from __future__ import annotations

from real_llama_server import llama_server
from real_models import smollm2
from real_servers import ollama_054, ollama_093
from real_vllm import installed_vllm, vllm

__all__ = ["installed_vllm", "llama_server", "ollama_054", "ollama_093", "smollm2", "vllm"]
