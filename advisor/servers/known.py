"""Which kinds of servers are known, and in which order are they told apart?"""

from __future__ import annotations

from advisor.servers.answers import Answers
from advisor.servers.dialects import (
    koboldcpp,
    llamacpp,
    llamaswap,
    lmstudio,
    localai,
    mlx,
    ollama,
    openai,
    sglang,
    tgi,
    tgwui,
    vllm,
)
from advisor.servers.kind import Kind

IN_ORDER: tuple[Kind, ...] = (
    llamaswap.KIND,
    llamacpp.KIND,
    vllm.KIND,
    sglang.KIND,
    koboldcpp.KIND,
    ollama.KIND,
    lmstudio.KIND,
    localai.KIND,
    tgwui.KIND,
    tgi.KIND,
    mlx.KIND,
    openai.KIND,
)
"""Most specific first: whoever imitates another comes before it, and those that the list of models
gives away before those that take more questions."""

BY_NAME = {kind.name: kind for kind in IN_ORDER}

KINDS = tuple(BY_NAME)
"""Every kind that can be asked for by name, and `generic` for any other with OpenAI's API."""

LOCAL_PORTS = tuple(dict.fromkeys(port for kind in IN_ORDER for port in kind.ports))
"""Where servers usually listen on their own machine."""


def kind_of(answers: Answers) -> Kind | None:
    """The kind of whoever gives these answers; None if it serves no language model."""
    return next((kind for kind in IN_ORDER if kind.is_at(answers)), None)
