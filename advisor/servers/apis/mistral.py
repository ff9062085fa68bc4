"""Mistral: which of the common fields does it know?

mistralai 3.7.0, client/models/chatcompletionstreamrequest.py and completionchunk.py (read
2026-11-25): `max_tokens`; the last chunk carries the usage without being asked; `stream_options` is
no field of the requests. Reasoning comes as a list of parts in `delta.content`.
"""

from __future__ import annotations

from typing import ClassVar

from advisor.servers.apis.chat import ChatApi


class MistralApi(ChatApi):
    """Mistral's API."""

    __slots__ = ()
    limit_field: ClassVar[str] = "max_tokens"
