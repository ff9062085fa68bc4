"""The real models and servers that this room's tests share."""

from __future__ import annotations

from real_models import smollm2
from real_servers import ollama_093

__all__ = ["ollama_093", "smollm2"]
