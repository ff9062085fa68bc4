"""A server of a model that says what a script says, in OpenAI's chat completions.

The nth request gets the nth step, the last one goes on for ever. A step is a text, calls of tools
as (name, arguments), a whole answer as (status, document), or a function of the request that gives
one of these.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from answering import answering

Step = Any


@dataclass
class Scripted:
    """The server's address, and the requests that it got."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)

    def told(self, index: int = -1) -> str:
        """What the last message of a request says."""
        return str(self.requests[index]["messages"][-1]["content"])


@contextmanager
def scripted(*steps: Step, models: tuple[str, ...] = ("made-up",)) -> Iterator[Scripted]:
    """Serves as long as it lasts."""
    server = Scripted()

    def respond(path: str, _: Any, body: bytes) -> tuple[int, bytes]:
        if path == "/v1/models":
            listed = {"object": "list", "data": [{"id": name} for name in models]}
            return 200, json.dumps(listed).encode()
        if path != "/v1/chat/completions" or not body:
            return 404, b"{}"
        asked = json.loads(body)
        step = steps[min(len(server.requests), len(steps) - 1)]
        server.requests.append(asked)
        if isinstance(step, Callable):
            step = step(asked)
        if isinstance(step, tuple) and isinstance(step[0], int):
            return step[0], json.dumps(step[1]).encode()
        return 200, json.dumps(reply(step)).encode()

    with answering(respond) as url:
        server.url = url
        yield server


def reply(step: Step) -> dict[str, Any]:
    """A chat completion with a text, or with the calls in a list."""
    message: dict[str, Any] = {"role": "assistant", "content": None}
    if isinstance(step, str):
        message["content"] = step
    else:
        message["tool_calls"] = [
            {
                "id": f"call_{index}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)},
            }
            for index, (name, arguments) in enumerate(step)
        ]
    usage = {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"object": "chat.completion", "choices": [choice], "usage": usage}
