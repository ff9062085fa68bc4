"""How is a model asked for its next message? OpenAI's chat completions, with tools or as JSON.

A server that cannot call tools (it refuses the field) is asked for one JSON object a message
instead: `{"tool": …, "arguments": {…}}` or `{"answer": "…"}`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from advisor.errors import AdvisorError
from advisor.servers.client import NOT_JSON, error_message
from advisor.servers.http import Answer, printable

Protocol = Literal["tool_calls", "json"]
Message = dict[str, Any]

LONGEST_REPLY_TOKENS = 1_024
CONTEXT_TOKENS = 16_384
"""What a conversation takes at most, asked for where a server takes such a wish."""
_NO_RETRY = {401, 403, 404, 429}
_OPTIONAL = ("seed", "temperature", "response_format")
"""Fields that not every server knows; each is left out where it refuses the request."""


class NoToolCalls(Exception):  # noqa: N818 - no failure: the question is put in another way
    """The model cannot call tools; it is asked for JSON from now on."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that the model wants to use; `arguments` is None where they were no JSON object."""

    id: str
    name: str
    arguments: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Reply:
    """The model's next message: calls, or text. `refusal` is what it says instead of answering."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    refusal: str = ""


Post = Callable[[bytes, float], Answer]
"""Sends a body within so many seconds; the spending guard of a paid API stands in it."""


@dataclass(slots=True)
class Chat:
    """One model at one place. `timeout_s` is what is left of the question's time."""

    model: str
    post: Post
    place: str
    limit_field: str = "max_tokens"
    fields: dict[str, Any] = field(default_factory=dict)
    protocol: Protocol = "tool_calls"
    _left_out: set[str] = field(default_factory=set)
    _has_answered: bool = False

    def ask(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]], deadline_s: float
    ) -> Reply:
        """The next message. Raises NoToolCalls where it has to be asked anew, AdvisorError where
        none comes in time."""
        while True:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise AdvisorError("the model did not come to an answer in time")
            answer = self.post(self._body(messages, tools), left_s)
            if answer.status == 200 and answer.error is None:
                self._has_answered = True
                return self._read(answer.body)
            if answer.error == "timeout":
                raise AdvisorError("the model did not come to an answer in time")
            self._give_way(answer)

    def _body(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]) -> bytes:
        body = {
            key: value
            for key, value in self._fields(messages, tools).items()
            if key not in self._left_out
        }
        return msgspec.json.encode(body)

    def _fields(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": list(messages),
            "stream": False,
            "temperature": 0,
            "seed": 0,
            self.limit_field: LONGEST_REPLY_TOKENS,
            **self.fields,
        }
        if self.protocol == "tool_calls" and tools:
            body["tools"] = [{"type": "function", "function": each} for each in tools]
        elif self.protocol == "json":
            step = {"name": "step", "schema": step_schema(tools, may_answer=_has_result(messages))}
            body["response_format"] = {"type": "json_schema", "json_schema": step}
        return body

    def _message(self, document: Any) -> dict[str, Any]:
        message: dict[str, Any] = document["choices"][0]["message"]
        return message

    def _give_way(self, answer: Answer) -> None:
        """Asks for less the next time. Raises AdvisorError if there is nothing to leave out."""
        said = error_message(answer.body) if answer.status else answer.error_detail
        status = answer.status or 0
        failure = AdvisorError(
            f"{self.place} did not answer",
            why=f"HTTP {status}: {said}" if status else f"{answer.error}: {said}",
        )
        if not 400 <= status < 600 or status in _NO_RETRY:
            raise failure
        named = [key for key in _OPTIONAL if key in said and key not in self._left_out]
        if named:
            self._left_out.update(named)
        elif self.protocol == "tool_calls" and not self._has_answered:
            self.protocol = "json"
            raise NoToolCalls
        elif status in (400, 422) and (left := set(_OPTIONAL) - self._left_out):
            self._left_out |= left
        else:
            raise failure

    def _read(self, body: bytes) -> Reply:
        try:
            message = self._message(msgspec.json.decode(body))
            text = message.get("content") or ""
            told = message.get("tool_calls") or []
            refusal = message.get("refusal") or ""
            if not isinstance(text, str) or not isinstance(told, list):
                raise TypeError
        except (*NOT_JSON, KeyError, IndexError, TypeError, AttributeError):
            raise AdvisorError(
                f"{self.place} sent no chat message", why=printable(body[:200])
            ) from None
        calls = tuple(_call(each, index) for index, each in enumerate(told) if _is_call(each))
        if calls or refusal:
            return Reply(text, calls, str(refusal))
        return step_in(text)


class OllamaChat(Chat):
    """Ollama's own chat, because only there a context long enough can be asked for.

    Protocol: github.com/ollama/ollama, docs/api.md, "Generate a chat completion".
    """

    def _fields(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [_as_ollama(each) for each in messages],
            "stream": False,
            "options": {
                "temperature": 0,
                "seed": 0,
                "num_predict": LONGEST_REPLY_TOKENS,
                "num_ctx": CONTEXT_TOKENS,
            },
        }
        if self.protocol == "tool_calls" and tools:
            body["tools"] = [{"type": "function", "function": each} for each in tools]
        elif self.protocol == "json":
            body["format"] = step_schema(tools, may_answer=_has_result(messages))
        return body

    def _message(self, document: Any) -> dict[str, Any]:
        message: dict[str, Any] = document["message"]
        return message


def step_schema(tools: Sequence[dict[str, Any]], *, may_answer: bool) -> dict[str, Any]:
    """The JSON Schema of one message: a call of one of the tools, or an answer."""
    steps = [
        _object({"tool": {"const": tool["name"]}, "arguments": tool["parameters"]})
        for tool in tools
    ]
    if may_answer or not steps:
        steps.append(_object({"answer": {"type": "string"}}))
    return {"anyOf": steps}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _has_result(messages: Sequence[Message]) -> bool:
    """Whether a tool was called already: before that there is nothing to answer from."""
    return any(message["role"] == "assistant" for message in messages)


def _as_ollama(message: Message) -> Message:
    """Ollama takes the arguments of a call as an object."""
    if "tool_calls" not in message:
        return message
    calls = [
        {
            "function": {
                "name": each["function"]["name"],
                "arguments": msgspec.json.decode(each["function"]["arguments"]),
            }
        }
        for each in message["tool_calls"]
    ]
    return {**message, "tool_calls": calls}


def step_in(text: str) -> Reply:
    """A tool call or an answer written as a JSON object; any other text is the answer."""
    bare = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    if not bare.startswith("{"):
        return Reply(text)
    try:
        found = msgspec.json.decode(bare)
    except NOT_JSON:
        return Reply(text, (Call("call-0", "", None),))
    name = found.get("tool", found.get("name"))
    if isinstance(name, str):
        arguments = found.get("arguments", found.get("parameters", {}))
        return Reply(
            calls=(Call("call-0", name, arguments if isinstance(arguments, dict) else None),)
        )
    answer = found.get("answer")
    return Reply(answer if isinstance(answer, str) else text)


def _is_call(told: Any) -> bool:
    return isinstance(told, dict) and isinstance(told.get("function"), dict)


def _call(told: dict[str, Any], index: int) -> Call:
    function = told["function"]
    arguments = function.get("arguments", {})
    if isinstance(arguments, str):
        try:
            arguments = msgspec.json.decode(arguments.encode() or b"{}")
        except NOT_JSON:
            arguments = None
    return Call(
        id=str(told.get("id") or f"call-{index}"),
        name=str(function.get("name", "")),
        arguments=arguments if isinstance(arguments, dict) else None,
    )
