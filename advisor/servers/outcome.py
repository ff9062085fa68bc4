"""How did an exchange end: whole, refused, cut short, or as something else than a stream?

Each function gives an error's name and its detail, or None. The names are those of
`Reading.error`; the detail is a server's own text, untrusted and cut.
"""

from __future__ import annotations

import msgspec

from advisor.servers.client import NOT_JSON, error_message
from advisor.servers.http import Answer, printable
from advisor.servers.wire import Reading, Transcript

Error = tuple[str, str]


def refused(transcript: Transcript, answer: Answer) -> Reading | None:
    """The reading of an exchange that never became a stream, or None if it did."""
    if answer.status is None or answer.error == "content_encoding":
        name = transcript.failure or answer.error or "no_answer"
        return Reading(error=name, error_detail=answer.error_detail)
    if answer.status == 200:
        return None
    where = answer.headers.get("location")
    detail = printable(f"redirected to {where}".encode()) if where else error_message(answer.body)
    return Reading(error=f"http_{answer.status}", error_detail=detail)


def ending(transcript: Transcript, answer: Answer, *, ended: bool) -> Error | None:
    """Why a stream without its own end marker is not whole.

    Once the marker has arrived the answer is complete, however the connection ended.
    """
    if ended:
        return None
    if transcript.failure:
        return transcript.failure, ""
    if answer.error:
        return answer.error, "the connection closed in the middle of the answer"
    return "no_end_marker", "the stream closed without its end marker"


def not_a_stream(answer: Answer) -> Error | None:
    """What a body is that holds no event: an error, one whole answer, or nothing known."""
    body = answer.body.strip()
    if not body:
        return None
    try:
        value = msgspec.json.decode(body)
    except NOT_JSON:
        return "malformed", printable(body)
    if isinstance(value, dict) and ("choices" in value or "response" in value):
        return "not_streamed", "the server sent one whole answer instead of a stream"
    return "error_body", error_message(body)
