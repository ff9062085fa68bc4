"""Can a server download a model that it lacks, by its own means and after a yes?"""

from __future__ import annotations

from advisor.servers.dialects.lmstudio import LMStudioServer
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.pulling_lmstudio import pull_lmstudio
from advisor.servers.pulling_ollama import pull_ollama
from advisor.servers.wire import Server
from advisor.servers.wish import User


def can_pull(server: Server) -> bool:
    """Whether its API can be asked for a download."""
    return isinstance(server, OllamaServer | LMStudioServer)


def pull(server: Server, model: str, user: User, *, allowed: bool) -> str | None:
    """Has the server download `model` if the user agrees; a note on what was fetched, None for no.

    `allowed` is a yes that was given beforehand. Raises AdvisorError if the download fails.
    """
    if isinstance(server, OllamaServer):
        return pull_ollama(server, model, user, allowed=allowed)
    if isinstance(server, LMStudioServer):
        return pull_lmstudio(server, model, user, allowed=allowed)
    return None
