"""Are an Ollama's settings told right from its answers, its variables and its runner?"""

from __future__ import annotations

import math

import pytest

from advisor.documents import Unknown
from advisor.servers.concerns import concerns
from advisor.servers.dialects.ollama_settings import (
    Told,
    keep_alive_s,
    loaded_context,
    model_settings,
    remaining_s,
    server_settings,
)
from advisor.servers.listener import Program
from advisor.servers.told import Means

SHOWN = {
    "modelfile": "# made\nFROM /models/blobs/sha256-abc\nPARAMETER num_ctx 8192\n",
    "parameters": 'num_ctx                        8192\nstop                           "<|x|>"',
    "model_info": {"llama.block_count": 32, "llama.context_length": 131072},
}
HELD = {
    "model": "llama3.1:8b",
    "size": 6591830464,
    "size_vram": 5333539264,
    "expires_at": "2025-10-17T16:47:07.93355-07:00",
    "context_length": 4096,
}
"""After docs.ollama.com/api/ps (read 2026-11-25); its numbers."""
RUNNER = (
    "/usr/bin/ollama runner --model /models/blobs/sha256-abc --ctx-size 16384 --batch-size 512 "
    "--n-gpu-layers 19 --threads 8 --parallel 4 --port 40123"
)
OTHER_RUNNER = "/usr/bin/ollama runner --model /models/blobs/sha256-other --ctx-size 2048"


def program(*runners: str, **environment: str) -> Program:
    children = tuple(tuple(runner.split()) for runner in runners)
    return Program(("/usr/bin/ollama", "serve"), environment, children)


def test_variables_that_change_speed_are_told_and_no_others() -> None:
    told = server_settings(
        program(OLLAMA_NUM_PARALLEL="4", OLLAMA_KEEP_ALIVE="-1", OLLAMA_API_KEY="secret")
    )
    assert {each.name: each.value for each in told} == {
        "OLLAMA_NUM_PARALLEL": 4,
        "OLLAMA_KEEP_ALIVE": math.inf,
    }
    (senseless,) = server_settings(program(OLLAMA_CONTEXT_LENGTH="lots"))
    assert isinstance(senseless.value, Unknown)


def test_variables_that_may_not_be_read_are_unknown_with_the_reason() -> None:
    hidden = Program(("/usr/bin/ollama", "serve"), Unknown("not yours"))
    for found in (hidden, Unknown("not yours")):
        (told,) = server_settings(found)
        assert (told.name, told.value) == ("OLLAMA_*", Unknown("not yours"))


def test_a_tunnel_or_proxy_that_listens_is_not_taken_for_ollama() -> None:
    tunnel = Program(("/usr/bin/ssh", "-L", "11434:box:11434"), {"OLLAMA_NUM_PARALLEL": "9"})
    (told,) = server_settings(tunnel)
    assert told.value == Unknown("'ssh' listens there, which is not Ollama")


def test_a_loaded_model_is_told_by_its_runner_and_the_server() -> None:
    told = model_settings(Told(SHOWN, HELD), program(OTHER_RUNNER, RUNNER))
    last = {each.means: each.value for each in told}
    assert last[Means.CONTEXT_TOKENS] == 4096, "what the server says outranks the rest"
    assert last[Means.STREAMS] == 4
    assert last[Means.GPU_SHARE] == 0.809
    assert (last[Means.GPU_LAYERS], last[Means.LAYERS]) == (19, 33)
    assert concerns(told) == ["model partly on the CPU: 14 of 33 layers"]


def test_the_context_of_a_loaded_model_is_the_runners_share_where_ps_does_not_tell() -> None:
    older = {key: value for key, value in HELD.items() if key != "context_length"}
    assert loaded_context(Told(SHOWN, older), program(RUNNER)) == 4096
    assert loaded_context(Told(SHOWN, HELD), Unknown("not seen")) == 4096
    assert loaded_context(Told(SHOWN, older), Unknown("not seen")) is None
    assert loaded_context(Told(SHOWN, {}), program(RUNNER)) is None


def test_more_layers_than_there_are_is_a_wish_and_not_told() -> None:
    wish = RUNNER.replace("--n-gpu-layers 19", "--n-gpu-layers 999")
    told = model_settings(Told(SHOWN, HELD), program(wish))
    assert Means.GPU_LAYERS not in {each.means for each in told}


@pytest.mark.parametrize("senseless", [{}, {"model_info": 3, "parameters": [], "modelfile": None}])
def test_senseless_answers_tell_nothing(senseless: dict[str, object]) -> None:
    held = {"size": "big", "size_vram": None, "context_length": "x", "expires_at": 7}
    assert model_settings(Told(senseless, held), program()) == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300", 300.0),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("1.5h", 5400.0),
        ("0", 0.0),
        ("-1", math.inf),
        ("-1m", math.inf),
        ("", None),
        ("soon", None),
        ("5 m", None),
        ("1..2s", None),
    ],
)
def test_durations_are_read_as_ollama_reads_them(text: str, seconds: float | None) -> None:
    assert keep_alive_s(text) == seconds


def test_the_time_that_is_left_is_told_from_a_date() -> None:
    assert remaining_s("1970-01-01T00:01:00Z", 20.0) == 40.0
    assert remaining_s("2319-03-07T01:20:14.092223112Z", 0.0) == math.inf
    for senseless in ("", "soon", 5, None, "0001-01-01T00:00:00Z", "2026-01-01T00:00:00"):
        assert remaining_s(senseless, 0.0) is None
