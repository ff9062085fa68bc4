"""How is an installed Ollama started beside any other?

Variables: https://docs.ollama.com/faq and `ollama serve --help` (OLLAMA_HOST, OLLAMA_NOPRUNE;
seen 2026-11-25). Without OLLAMA_NOPRUNE a starting Ollama deletes partial downloads, those of
another Ollama of the same user among them.
"""

from __future__ import annotations

from pathlib import Path

from advisor.servers.starting.recipe import QUICK_S, Recipe, free_port


def ollama(program: Path) -> Recipe:
    """`ollama serve` with the models that the user's Ollama has."""
    port = free_port()
    return Recipe(
        kind="ollama",
        program=program,
        arguments=("serve",),
        port=port,
        health_path="/api/version",
        ready_within_s=QUICK_S,
        environment={"OLLAMA_HOST": f"127.0.0.1:{port}", "OLLAMA_NOPRUNE": "1"},
    )
