"""What can the JSON API be asked? OpenAPI 3.1, made from its endpoints and their documents.

https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec

from advisor import __version__
from advisor.web.dashboard.api import ENDPOINTS, EVENTS, Endpoint
from advisor.web.dashboard.contract import Failure

REPEATED = ("side", "allow")


@cache
def openapi() -> dict[str, Any]:
    """The document."""
    kinds = [Failure, *(kind for each in ENDPOINTS for kind in (each.gives, each.takes) if kind)]
    kinds = list(dict.fromkeys(kinds))
    shapes, components = msgspec.json.schema_components(
        kinds, ref_template="#/components/schemas/{name}"
    )
    refs = dict(zip(kinds, shapes, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for each in ENDPOINTS:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "advisor",
            "version": __version__,
            "summary": "Should this language model run on our own box or behind an API?",
            "description": "Every answer is the document that the command prints with `--json`. "
            "A request that changes something is JSON; one from a page of another site is refused.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _operation(each: Endpoint, refs: dict[Any, Any]) -> dict[str, Any]:
    words = re.findall(r"[a-z_]+", each.path.removeprefix("/api/v1/"))
    operation: dict[str, Any] = {
        "operationId": "_".join([each.method.lower(), *words]),
        "summary": each.summary,
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in re.findall(r"{(\w+)}", each.path)
            ),
            *(_parameter(name, meaning) for name, meaning in each.query),
        ],
        "responses": {
            str(each.status): _answer(each, refs),
            "default": {
                "description": "Why it was not done",
                "content": {"application/json": {"schema": refs[Failure]}},
            },
        },
    }
    if each.takes is not None:
        body = {"application/json": {"schema": refs[each.takes]}}
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _answer(each: Endpoint, refs: dict[Any, Any]) -> dict[str, Any]:
    shape = {"type": "string"} if each.media_type == EVENTS else refs[each.gives]
    described = each.summary
    if each.media_type == EVENTS:
        described += f"; the data of each is a {each.gives.__name__}"
    return {"description": described, "content": {each.media_type: {"schema": shape}}}


def _parameter(name: str, meaning: str) -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "string"}
    if name == "limit":
        shape = {"type": "integer", "minimum": 1}
    elif name in REPEATED:
        shape = {"type": "array", "items": shape}
    return {"name": name, "in": "query", "description": meaning, "schema": shape}
