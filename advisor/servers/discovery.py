"""Which servers run here, and what kind is the one at an address?"""

from __future__ import annotations

import difflib
import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from advisor.errors import AdvisorError, InputError
from advisor.servers.address import GIVE_KEY, check_headers, parse_url
from advisor.servers.answers import MODELS, Answers
from advisor.servers.client import Headers, UnreachableError, error_message
from advisor.servers.http import Answer, printable
from advisor.servers.known import BY_NAME, KINDS, LOCAL_PORTS, kind_of
from advisor.servers.opening import PROXY_ASKS, reach
from advisor.servers.route import SYSTEM, Trust
from advisor.servers.wire import Endpoint, ServedModel, Server

LOOK_AROUND_S = 6.0
"""How long discovery may take in all; who has not answered by then is not listed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something listens at `url` that cannot be used, and why."""

    url: str
    message: str


@dataclass(frozen=True, slots=True)
class Found:
    """The servers that run here, and what stood in the way of others."""

    servers: list[Server] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def discover(extra: Iterable[str] = (), headers: Headers = ()) -> list[Server]:
    """The servers at `extra` URLs and on this machine's usual ports. Raises as `look_around`."""
    return look_around(extra, headers).servers


def look_around(extra: Iterable[str] = (), headers: Headers = (), trust: Trust = SYSTEM) -> Found:
    """Asks the `extra` URLs, OLLAMA_HOST and the usual local ports, all at once.

    `headers` and `trust` are for the `extra` URLs only. Raises AdvisorError if one of those cannot
    be used; of the others, those where nothing listens are passed over.
    """
    named = [connect(url, headers=headers, trust=trust) for url in extra]
    found = Found(servers=named)
    taken = {server.endpoint for server in named}
    places = [place for place in _usual_places() if place not in taken]
    outcomes: list[Server | Problem | None] = [None] * len(places)

    def ask(index: int, place: Endpoint) -> None:
        try:
            outcomes[index] = _identify(Answers(reach(place)))
        except UnreachableError:
            pass
        except AdvisorError as error:
            outcomes[index] = Problem(place.url, str(error))

    deadline = time.monotonic() + LOOK_AROUND_S
    threads = [threading.Thread(target=ask, args=each, daemon=True) for each in enumerate(places)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    for outcome in tuple(outcomes):
        if isinstance(outcome, Problem):
            found.problems.append(outcome)
        elif outcome is not None:
            found.servers.append(outcome)
    return found


def connect(
    url: str, kind: str | None = None, headers: Headers = (), trust: Trust = SYSTEM
) -> Server:
    """The server at `url`, identified by what it answers, or taken as `kind` where that is given.

    Raises InputError for a bad URL, header or kind, and AdvisorError where nothing listens, or
    something else than a language model's server.
    """
    check_headers(headers)
    answers = Answers(reach(parse_url(url), trust), headers)
    if kind is None:
        return _identify(answers)
    if kind not in BY_NAME:
        near = difflib.get_close_matches(kind, KINDS, n=1, cutoff=0.4)
        raise InputError(
            f"there is no server kind '{kind}'",
            remedy=f"Did you mean {near[0]}?" if near else f"Known: {', '.join(KINDS)}.",
        )
    answers.at("/")
    return BY_NAME[kind].meet(answers)


def pick_model(server: Server, name: str | None) -> str:
    """What the server calls the model that `chosen_model` finds."""
    return chosen_model(server, name).name


def chosen_model(server: Server, name: str | None) -> ServedModel:
    """The served model called `name`; without a name a loaded one, else the first listed.

    Letter case and Ollama's `:latest` may be left out. Raises InputError naming the nearest if
    the server has no such model, AdvisorError if it has none at all.
    """
    models = server.models()
    if not models:
        pull = server.kind == "ollama"
        raise AdvisorError(
            f"{server.kind} at {server.endpoint.url} serves no model",
            remedy="Get one, e.g. `ollama pull llama3.2`." if pull else "Load one in it.",
        )
    if name is None:
        writers = [model for model in models if "embed" not in model.name.lower()] or models
        return next((model for model in writers if model.loaded is True), writers[0])
    wanted = name.lower().removesuffix(":latest")
    matches = [model for model in models if model.name == name] or [
        model for model in models if model.name.lower().removesuffix(":latest") == wanted
    ]
    if matches:
        return matches[0]
    names = [model.name for model in models]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.3)
    raise InputError(
        f"{server.kind} at {server.endpoint.url} has no model '{name}'",
        remedy=f"Did you mean {near[0]}?" if near else f"It has {', '.join(names[:5])}.",
    )


def _usual_places() -> list[Endpoint]:
    places = [Endpoint("http", "127.0.0.1", port) for port in LOCAL_PORTS]
    host = os.environ.get("OLLAMA_HOST", "").strip()
    if host:
        ollama = _ollama_host(host)
        if ollama is not None and ollama not in places:
            places.insert(0, ollama)
    return places


def _ollama_host(host: str) -> Endpoint | None:
    """OLLAMA_HOST as Ollama reads it: the port may be missing, and may stand alone (":8000")."""
    bare = "://" not in host
    if host.startswith(":"):
        host = f"127.0.0.1{host}"
    try:
        endpoint = parse_url(host)
    except InputError:
        return None
    named = endpoint.host in ("0.0.0.0", "::", "localhost")
    has_port = host.rpartition(":")[2].split("/")[0].isdigit()
    return Endpoint(
        endpoint.scheme,
        "127.0.0.1" if named else endpoint.host,
        11434 if bare and not has_port else endpoint.port,
        endpoint.path,
    )


def _identify(answers: Answers) -> Server:
    listed = answers.at(MODELS)
    kind = kind_of(answers) if listed.status is not None else None
    if kind is None:
        raise _not_a_server(answers.endpoint, listed)
    return kind.meet(answers)


def _not_a_server(endpoint: Endpoint, answer: Answer) -> AdvisorError:
    remedy = "Correct --url, or ask for the right port in the server's log."
    if answer.status in (401, 403):
        why = f"it asks for a key (HTTP {answer.status})"
        remedy = GIVE_KEY
    elif answer.status == 407:
        why, remedy = PROXY_ASKS
    elif answer.error == "timeout":
        why = "it takes connections but does not answer"
    elif answer.error == "not_http":
        why = "it does not speak HTTP"
    elif answer.status is None:
        why = "it closes connections without an answer"
        remedy = f"Try https:// if it speaks TLS. {remedy}"
    elif "html" in answer.headers.get("content-type", ""):
        why = f"it answers with a web page (HTTP {answer.status})"
    elif 300 <= answer.status < 400:
        where = answer.headers.get("location", "another address")
        why = f"it redirects to {printable(where.encode(), 200)}"
        remedy = "Give that address with --url if you trust it."
    else:
        said = error_message(answer.body)
        why = f"it has no list of models (HTTP {answer.status}{': ' if said else ''}{said})"
    return AdvisorError(f"{endpoint.url} is not a language model's server", why=why, remedy=remedy)
