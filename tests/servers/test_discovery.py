"""Is each kind of server told by what it answers, and everything else named plainly?"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fake_servers import Route, as_json, listed, serving
from streams import sse, text, usage

from advisor.documents import Unknown
from advisor.errors import AdvisorError, InputError
from advisor.servers import answers, discovery, known
from advisor.servers.address import parse_url
from advisor.servers.discovery import connect, discover, look_around, pick_model
from advisor.servers.wire import Completion, Endpoint

OLLAMA_ROOT: Route = (200, "text/plain", b"Ollama is running")
LMSTUDIO_LIST = as_json(
    {
        "object": "list",
        "data": [
            {
                "id": "meta-llama-3.1-8b-instruct",
                "type": "llm",
                "publisher": "lmstudio-community",
                "arch": "llama",
                "compatibility_type": "gguf",
                "quantization": "Q4_K_M",
                "state": "not-loaded",
                "max_context_length": 131072,
            },
            {"id": "nomic-embed", "type": "embeddings", "state": "loaded"},
        ],
    }
)
"""After https://www.lmstudio.ai/docs/api/rest-api (seen 2026-11-24)."""


@pytest.mark.parametrize(
    ("kind", "version", "name", "routes"),
    [
        (
            "ollama",
            "0.9.3",
            "",
            {
                "/": OLLAMA_ROOT,
                "/v1/models": listed("library"),
                "/api/version": as_json({"version": "0.9.3"}),
            },
        ),
        (
            "vllm",
            "0.32.0",
            "uvicorn",
            {
                "/v1/models": listed("vllm", max_model_len=4096),
                "/version": as_json({"version": "0.32.0"}),
            },
        ),
        (
            "llama.cpp",
            "b7000-abc",
            "llama.cpp",
            {
                "/v1/models": as_json({"error": {"message": "Loading model"}}, 503),
                "/props": as_json({"build_info": "b7000-abc"}),
            },
        ),
        ("llama.cpp", None, "", {"/v1/models": listed("llamacpp")}),
        ("sglang", None, "uvicorn", {"/v1/models": listed("sglang")}),
        (
            "koboldcpp",
            "1.101",
            "",
            {
                "/": OLLAMA_ROOT,
                "/v1/models": listed("koboldcpp"),
                "/api/extra/version": as_json({"result": "KoboldCpp", "version": "1.101"}),
            },
        ),
        (
            "lmstudio",
            None,
            "",
            {"/v1/models": listed("organization_owner"), "/api/v0/models": LMSTUDIO_LIST},
        ),
        (
            "localai",
            "v2.28.0",
            "",
            {
                "/v1/models": listed(""),
                "/.well-known/localai.json": as_json(
                    {"version": "v2.28.0", "endpoints": {"models": "/v1/models"}}
                ),
                "/version": as_json({"version": "v2.28.0"}),
            },
        ),
        (
            "tgwui",
            None,
            "",
            {
                "/v1/models": listed("user"),
                "/v1/internal/model/info": as_json({"model_name": "m", "lora_names": []}),
            },
        ),
        (
            "llama-swap",
            "v190",
            "llama.cpp",
            {
                "/v1/models": listed("llama-swap", "llama-swap"),
                "/api/version": as_json({"version": "v190"}),
            },
        ),
        ("generic", None, "", {"/v1/models": listed("somebody")}),
    ],
)
def test_each_kind_is_told_by_its_marks(
    kind: str, version: str | None, name: str, routes: dict[str, Route]
) -> None:
    with serving(routes, name=name) as url:
        server = connect(url)
    assert server.kind == kind
    assert kind in known.KINDS
    assert server.version == version if version else isinstance(server.version, Unknown)


def test_an_ollama_of_which_only_v1_can_be_reached_is_generic() -> None:
    with serving({"/v1/models": listed("library")}) as url:
        assert connect(f"{url}/v1").kind == "generic"


def test_a_gateway_before_several_servers_is_none_of_them() -> None:
    with serving({"/v1/models": listed("vllm", "llamacpp", "llama-swap")}) as url:
        assert connect(url).kind == "generic"


def test_each_path_is_asked_once_whoever_wants_to_know() -> None:
    asked: list[str] = []

    def at(path: str, route: Route) -> Callable[[dict[str, object]], Route]:
        def answer(_: dict[str, object]) -> Route:
            asked.append(path)
            return route

        return answer

    routes = {
        "/": at("/", OLLAMA_ROOT),
        "/v1/models": at("/v1/models", listed("library")),
        "/api/version": at("/api/version", as_json({"version": "0.9.3"})),
    }
    with serving(routes) as url:
        assert connect(url).kind == "ollama"
    assert sorted(asked) == ["/", "/api/version", "/v1/models"]


def test_all_questions_together_end_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "ALL_QUESTIONS_S", 0.0)
    with serving({"/v1/models": listed("vllm")}) as url:
        asked = answers.Answers(parse_url(url))
        assert (asked.at("/v1/models").error, asked.lists_models) == ("timeout", False)


def test_a_server_that_answers_everything_with_200_is_not_mistaken() -> None:
    """LM Studio answers unknown routes with 200 and an error."""
    anything = as_json({"error": "Unexpected endpoint or method. (GET /)"})
    with serving({"/v1/models": listed("somebody")}, otherwise=anything) as url:
        assert connect(url).kind == "generic"
    with serving({}, otherwise=anything) as url, pytest.raises(AdvisorError, match="no list"):
        connect(url)


def test_lm_studio_tells_more_of_its_models_than_openais_list() -> None:
    with serving({"/v1/models": listed("x"), "/api/v0/models": LMSTUDIO_LIST}) as url:
        (model,) = connect(url).models()
    assert (model.name, model.quantization) == ("meta-llama-3.1-8b-instruct", "Q4_K_M")
    assert model.loaded is False
    assert isinstance(model.context_tokens, Unknown)


def test_vllm_tells_the_context_it_serves() -> None:
    with serving({"/v1/models": listed("vllm", max_model_len=4096)}) as url:
        (model,) = connect(url).models()
    assert (model.context_tokens, model.loaded) == (4096, True)


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ((200, "text/html", b"<html>router</html>"), "web page"),
        ((404, "text/plain", b"nothing here"), "nothing here"),
        ((302, "text/plain", b"http://elsewhere.example/"), "redirects to http://elsewhere"),
        (as_json({"error": {"message": "key missing"}}, 401), "asks for a key"),
        (as_json([1, 2]), "no list of models"),
        (as_json({"data": "none"}), "no list of models"),
    ],
)
def test_what_is_no_model_server_is_named(route: Route, said: str) -> None:
    with serving({}, otherwise=route) as url, pytest.raises(AdvisorError, match=said) as raised:
        connect(url)
    assert raised.value.exit_code == 1
    assert "\n" not in str(raised.value)


@contextmanager
def speaking(answer: bytes | None) -> Iterator[str]:
    """A port that sends `answer` and closes, or takes connections and is silent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                held.append(connection)
                if answer is not None:
                    connection.sendall(answer)
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        for connection in held:
            connection.close()


def test_ports_that_speak_something_else_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "QUESTION_TIMEOUT_S", 0.3)
    with speaking(b"SSH-2.0-OpenSSH_9.2\r\n") as url, pytest.raises(AdvisorError) as raised:
        connect(url)
    assert "HTTP" in raised.value.why or "closes" in raised.value.why
    with speaking(None) as url, pytest.raises(AdvisorError, match="does not answer"):
        connect(url)
    with speaking(b"hello") as url, pytest.raises(AdvisorError, match="does not speak TLS"):
        connect(f"https://{url}")


def test_nothing_listens_and_no_such_host_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(AdvisorError, match="nothing listens"):
        connect(f"127.0.0.1:{port}")
    with pytest.raises(AdvisorError, match="not known"):
        connect("http://no-such-host.invalid:8000")


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean ollama"):
        connect("127.0.0.1:9", kind="olama")


def test_discovery_finds_servers_and_names_what_is_in_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    web_page: Route = (200, "text/html", b"<html></html>")
    with (
        serving({"/v1/models": listed("vllm")}) as vllm,
        serving({}, otherwise=web_page) as page,
        serving({"/v1/models": listed("somebody")}) as extra,
    ):
        ports = [int(url.rpartition(":")[2]) for url in (vllm, page)]
        monkeypatch.setattr(discovery, "LOCAL_PORTS", (*ports, 1))
        monkeypatch.delenv("OLLAMA_HOST", raising=False)
        found = look_around([extra])
        kinds = [(server.kind, server.endpoint.url) for server in found.servers]
        assert kinds == [("generic", extra), ("vllm", vllm)]
        assert [problem.url for problem in found.problems] == [page]
        assert [server.kind for server in discover([vllm])] == ["vllm"]


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("0.0.0.0", ("127.0.0.1", 11434)),
        (":9999", ("127.0.0.1", 9999)),
        ("192.168.1.5", ("192.168.1.5", 11434)),
        ("192.168.1.5:80", ("192.168.1.5", 80)),
        ("http://box:1234/ollama", ("box", 1234)),
        ("https://box", ("box", 443)),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(
    host: str, place: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", host)
    assert place in [(each.host, each.port) for each in discovery._usual_places()]


def test_a_senseless_ollama_host_does_not_stop_discovery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "::::")
    monkeypatch.setattr(discovery, "LOCAL_PORTS", ())
    assert look_around().servers == []


def test_models_are_picked_by_name_or_the_nearest_is_named() -> None:
    with serving({"/v1/models": listed("vllm", "vllm")}) as url:
        server = connect(url)
        assert pick_model(server, "model-1") == "model-1"
        assert pick_model(server, "MODEL-1") == "model-1"
        assert pick_model(server, None) == "model-0"
        with pytest.raises(InputError, match="Did you mean model-1"):
            pick_model(server, "modell-1")
    with serving({"/v1/models": listed()}) as url, pytest.raises(AdvisorError, match="no model"):
        pick_model(connect(url), None)


def test_an_embedding_model_is_not_picked_by_itself() -> None:
    data = [{"id": "text-embedding-x"}, {"id": "chat-model"}]
    with serving({"/v1/models": as_json({"data": data})}) as url:
        assert pick_model(connect(url), None) == "chat-model"


class _Picky:
    """A server that refuses some fields, as OpenAI's own does with unknown ones."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.asked: list[dict[str, object]] = []

    def __call__(self, body: dict[str, object]) -> Route:
        self.asked.append(body)
        for field in self.refused:
            if field in body:
                return as_json({"error": {"message": f"unknown field {field}"}}, 400)
        return 200, "text/event-stream", sse(text("a"), text("b", "length"), usage(1, 2))


@pytest.mark.parametrize(
    ("refused", "present", "absent"),
    [
        ((), {"ignore_eos", "stream_options"}, set()),
        (("ignore_eos",), {"stream_options"}, {"ignore_eos", "min_tokens"}),
        (("ignore_eos", "stream_options"), set(), {"ignore_eos", "stream_options"}),
    ],
)
def test_refused_fields_are_found_out_before_the_first_request(
    refused: tuple[str, ...], present: set[str], absent: set[str]
) -> None:
    picky = _Picky(*refused)
    routes = {"/v1/models": listed("somebody"), "/v1/completions": picky}
    with serving(routes) as url:
        server = connect(url)
        body = json.loads(server.request("m", Completion("hi", 9, 1)).body)
        asked = len(picky.asked)
        server.request("m", Completion("hi", 9, 2))
    assert asked == len(refused) + 1 == len(picky.asked)
    assert present <= set(body)
    assert not absent & set(body)


def test_without_a_completions_route_chat_is_used() -> None:
    with serving({"/v1/models": listed("x"), "/v1/chat/completions": _Picky()}) as url:
        request = connect(url).request("m", Completion("hi", 4, 1))
    assert request.path == "/v1/chat/completions"


def test_a_server_that_streams_nothing_is_named() -> None:
    with serving({"/v1/models": listed("x")}) as url:
        server = connect(url)
        with pytest.raises(AdvisorError, match="does not stream from 'm': http_404"):
            server.request("m", Completion("hi", 4, 1))


def test_headers_go_to_named_servers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Endpoint, object]] = []

    def spy(endpoint: Endpoint, path: str, *, headers: object, timeout_s: float) -> object:
        asked.append((endpoint, headers))
        raise discovery.UnreachableError("nothing")

    monkeypatch.setattr(answers, "fetch", spy)
    key = (("Authorization", "Bearer k"),)
    with pytest.raises(AdvisorError):
        look_around(["http://named:1"], headers=key)
    look_around(headers=key)
    assert asked[0] == (Endpoint("http", "named", 1), key)
    assert asked[1:]
    assert all(headers == () for _, headers in asked[1:])
