"""Which program starts the kind of server that was asked for, and with which model?"""

from __future__ import annotations

from pathlib import Path

from advisor.errors import InputError
from advisor.servers.installed import installed
from advisor.servers.starting.llamacpp import llama_server
from advisor.servers.starting.ollama import ollama
from advisor.servers.starting.process import ServerProcess
from advisor.servers.starting.recipe import Recipe
from advisor.servers.starting.vllm import is_here, vllm
from advisor.servers.wish import Host, User, Wish


def program_of(kind: str) -> Path | None:
    """The installed program of a kind, if there is one."""
    return next((engine.program for engine in installed() if engine.kind == kind), None)


def process_for(wish: Wish, program: Path | None, host: Host, user: User) -> ServerProcess:
    """The process that serves what was wished, not yet started.

    Raises InputError where the kind is not installed, cannot be started for a measurement alone,
    or needs a model and none was named.
    """
    kind = wish.start or ""
    if kind == "lmstudio":
        raise _not_for_one_measurement()
    if program is None:
        raise InputError(
            f"{kind} is not installed here",
            why="its program is neither on PATH nor where installers put it",
            remedy="`advisor servers` lists what is installed.",
        )
    recipe = _recipe(kind, program, wish, host, user)
    return ServerProcess(recipe, tell=user.tell)


def _recipe(kind: str, program: Path, wish: Wish, host: Host, user: User) -> Recipe:
    if kind == "ollama":
        return ollama(program)
    if not wish.model:
        example = "FILE.gguf" if kind == "llama.cpp" else "NAME"
        raise InputError(
            f"{kind} serves one model and none was named", remedy=f"Give --model {example}."
        )
    if kind == "vllm":
        model = str(Path(wish.model).expanduser()) if "~" in wish.model else wish.model
        may_download = not is_here(model) and _may_download(kind, wish, user)
        return vllm(program, model, context_tokens=host.context_tokens, may_download=may_download)
    return llama_server(
        program,
        wish.file or wish.model,
        slots=host.streams,
        context_tokens=host.context_tokens,
        may_download=not wish.file and _may_download(kind, wish, user),
    )


def _may_download(kind: str, wish: Wish, user: User) -> bool:
    """Whether the server may fetch the model itself; without a yes it uses only what it has."""
    if wish.pull:
        user.tell(f"{kind} may download {wish.model}; its size and licence are not known before.")
        return True
    return user.agrees(
        f"{kind} downloads {wish.model} from Hugging Face unless it has it already. Neither its "
        "size nor its licence is known before. Let it?"
    )


def _not_for_one_measurement() -> InputError:
    """Why LM Studio is left to its user (lmstudio.ai/docs/cli, `lms server`; seen 2026-11-25).

    `lms server start` starts the one server that a user's LM Studio has: `--port` becomes its port
    from then on ("uses the last used port"), and `lms server stop` ends requests of others.
    """
    return InputError(
        "LM Studio is not started for a measurement alone",
        why="it has one server for all, whose port and end would be felt by other programs",
        remedy="Start it yourself with `lms server start`, then run this without --start.",
    )
