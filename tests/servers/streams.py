"""Answers as bytes, cut into reads: recorded from real servers where it says so."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable

from hypothesis import strategies as st

from advisor.servers.wire import Transcript


def http(
    body: bytes, *, status: str = "200 OK", kind: str = "text/event-stream", chunk: int | None = 64
) -> bytes:
    """An HTTP answer around `body`, in chunks of `chunk` bytes or counted."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n"
    if chunk is None:
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    chunks = [body[at : at + chunk] for at in range(0, len(body), chunk)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks)
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + framed + b"0\r\n\r\n"


def reads(raw: bytes, cuts: Iterable[int] = (), failure: str | None = None) -> Transcript:
    """`raw` as it arrives in several reads, one microsecond apart, the first at 1000 ns."""
    edges = sorted({0, len(raw), *(cut % (len(raw) + 1) for cut in cuts)})
    received = [
        (1000 * (index + 1), raw[start:end])
        for index, (start, end) in enumerate(itertools.pairwise(edges))
    ]
    return Transcript(0, None, 1000 * (len(received) + 1), received, failure)


def sse(*events: object, done: bool = True) -> bytes:
    """Events as OpenAI's API sends them."""
    lines = [f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events]
    return "".join([*lines, "data: [DONE]\n\n"] if done else lines).encode()


cuts = st.lists(st.integers(min_value=0, max_value=10_000), max_size=40)
"""Where a stream may be cut into reads."""

OLLAMA_093_GENERATE = b"""\
{"model":"smollm2","created_at":"2026-11-24T02:28:17.98177371Z","response":" it","done":false}
{"model":"smollm2","created_at":"2026-11-24T02:28:17.993397712Z","response":" -","done":false}
{"model":"smollm2","created_at":"2026-11-24T02:28:18.008400642Z","response":"-","done":false}
{"model":"smollm2","created_at":"2026-11-24T02:28:18.021743252Z","response":" that","done":false}
{"model":"smollm2","created_at":"2026-11-24T02:28:18.037608813Z","response":"ures","done":false}
{"model":"smollm2","created_at":"2026-11-24T02:28:18.037618441Z","response":"","done":true,\
"done_reason":"length","total_duration":1773487145,"load_duration":1673682651,\
"prompt_eval_count":4,"prompt_eval_duration":38841066,"eval_count":5,"eval_duration":59111701}
"""
"""Recorded from Ollama 0.9.3, /api/generate."""

_OLLAMA_V1 = (
    b'data: {"id":"cmpl-261","object":"text_completion","created":1795487298,"choices":[%s],'
    b'"model":"smollm2","system_fingerprint":"fp_ollama","usage":{"prompt_tokens":%d,'
    b'"completion_tokens":%d,"total_tokens":%d}}\n\n'
)
OLLAMA_093_V1 = (
    b"".join(
        _OLLAMA_V1 % (b'{"text":"%s","index":0,"finish_reason":null}' % text, 0, 0, 0)
        for text in (b"1", b"0", b" can", b",", b"-")
    )
    + _OLLAMA_V1 % (b'{"text":"","index":0,"finish_reason":"length"}', 0, 0, 0)
    + _OLLAMA_V1 % (b"", 13, 5, 18)
    + b"data: [DONE]\n\n"
)
"""Recorded from Ollama 0.9.3, /v1/completions: zeros as usage in every event but the last."""

_LLAMACPP = b'"created":1795487606,"model":"m.gguf","system_fingerprint":"b0-unknown",'
LLAMACPP_CHAT = (
    b'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":'
    b"null}}],"
    + _LLAMACPP
    + b'"object":"chat.completion.chunk"}\n\n'
    + b"".join(
        b'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"%s"}}],' % text
        + _LLAMACPP
        + b'"object":"chat.completion.chunk"}\n\n'
        for text in (b"Hey", b" there", b",", b" I")
    )
    + b'data: {"choices":[{"finish_reason":"length","index":0,"delta":{}}],'
    + _LLAMACPP
    + b'"object":"chat.completion.chunk"}\n\ndata: {"choices":[],'
    + _LLAMACPP
    + b'"object":"chat.completion.chunk","usage":{"completion_tokens":4,"prompt_tokens":31,'
    b'"total_tokens":35,"prompt_tokens_details":{"cached_tokens":0}},"timings":{"cache_n":0,'
    b'"prompt_n":31,"prompt_ms":195.729,"prompt_per_token_ms":6.31383870967742,'
    b'"prompt_per_second":158.3822530130946,"predicted_n":4,"predicted_ms":35.601,'
    b'"predicted_per_token_ms":11.866999999999999,"predicted_per_second":84.26729586247578}}\n\n'
    b"data: [DONE]\n\n"
)
"""Recorded from llama.cpp (xllamacpp 2026.10), /v1/chat/completions."""


def chat(content: object = None, finish: str | None = None, **delta: object) -> dict[str, object]:
    """A chunk of a chat stream, after OpenAI's API reference."""
    if content is not None:
        delta["content"] = content
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def text(piece: str, finish: str | None = None) -> dict[str, object]:
    """A chunk of a completion stream, after OpenAI's API reference."""
    return {"choices": [{"index": 0, "text": piece, "finish_reason": finish}]}


def usage(prompt: object, completion: object, **more: object) -> dict[str, object]:
    """The closing chunk with the counts, after OpenAI's API reference."""
    counted = {"prompt_tokens": prompt, "completion_tokens": completion, **more}
    return {"choices": [], "usage": counted}
