"""Is every kind of server told from every other, by its answers and by nothing else?"""

from __future__ import annotations

import pytest
from documented import koboldcpp, lmstudio, localai, mlx, sglang, tgi, tgwui, vllm
from documented.fake import Fake
from fake_servers import as_json, listed

from advisor.documents import Unknown
from advisor.servers.address import parse_url
from advisor.servers.answers import Answers
from advisor.servers.discovery import connect
from advisor.servers.known import IN_ORDER, KINDS

FAKES = {
    "vllm": vllm.FAKE,
    "sglang": sglang.FAKE,
    "sglang older": sglang.OLDER,
    "koboldcpp": koboldcpp.FAKE,
    "lmstudio": lmstudio.FAKE,
    "lmstudio older": lmstudio.OLDER,
    "localai": localai.FAKE,
    "tgwui": tgwui.FAKE,
    "tgi": tgi.FAKE,
    "mlx": mlx.FAKE,
    "ollama": Fake(
        "ollama",
        lambda: {
            "/": (200, "text/plain", b"Ollama is running"),
            "/api/version": as_json({"version": "0.9.3"}),
            "/v1/models": listed("library"),
        },
        version="0.9.3",
    ),
    "llama.cpp": Fake(
        "llama.cpp",
        lambda: {
            "/v1/models": listed("llamacpp"),
            "/health": as_json({"status": "ok"}),
            "/props": as_json({"build_info": "b7000-abc"}),
        },
        version="b7000-abc",
        name="llama.cpp",
    ),
    "llama-swap": Fake(
        "llama-swap",
        lambda: {
            "/v1/models": listed("llama-swap"),
            "/api/version": as_json({"version": "170"}),
        },
        version="170",
    ),
    "generic": Fake("generic", lambda: {"/v1/models": listed("somebody")}),
    "generic in Python": Fake(
        "generic",
        lambda: {"/v1/models": listed("somebody"), "/health": as_json({"status": "ok"})},
        name="BaseHTTP/0.6 Python/3.12.4",
        otherwise=(404, "application/json", b"Not Found"),
    ),
}
IMITATES = {"koboldcpp": {"ollama"}}
"""Whose marks a kind bears beside its own; it stands before them in the order."""


@pytest.mark.parametrize("fake", FAKES.values(), ids=FAKES)
def test_a_server_is_taken_for_its_own_kind_with_its_version(fake: Fake) -> None:
    with fake.running() as url:
        server = connect(url)
    assert server.kind == fake.kind
    if fake.version is None:
        assert isinstance(server.version, Unknown)
    else:
        assert server.version == fake.version


@pytest.mark.parametrize("fake", FAKES.values(), ids=FAKES)
def test_no_other_kind_claims_it(fake: Fake) -> None:
    with fake.running() as url:
        claims = [kind.name for kind in IN_ORDER if kind.is_at(Answers(parse_url(url)))]
    assert claims[0] == fake.kind
    assert set(claims[1:]) <= {"generic", *IMITATES.get(fake.kind, ())}


def test_every_kind_has_such_a_server() -> None:
    assert {fake.kind for fake in FAKES.values()} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_else_is_taken_for_a_server(kind: str) -> None:
    """Whatever a path answers: a page, an error with status 200, or JSON of another shape."""
    page = (200, "text/html", b"<html>hello</html>")
    for everywhere in (page, as_json({"error": "no"}), as_json([1]), as_json({"data": 5})):
        stranger = Fake("none", dict, otherwise=everywhere)
        with stranger.running() as url:
            known = next(each for each in IN_ORDER if each.name == kind)
            assert not known.is_at(Answers(parse_url(url)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fake", FAKES.values(), ids=FAKES)
def test_a_wrong_guess_is_survived(fake: Fake, kind: str) -> None:
    """Asked in any other kind's ways, a server may be of no use, but nothing breaks."""
    from advisor.errors import AdvisorError

    with fake.running() as url:
        server = connect(url, kind=kind)
        counters = server.counters("m")
        try:
            for each in server.settings("m"):
                assert each.name
            for model in server.models():
                assert model.name
        except AdvisorError as error:
            assert str(error)
    assert isinstance(counters, Unknown) or counters.source
