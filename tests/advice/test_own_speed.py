"""Do this machine's own measurements give its speed, and only those that may be compared?"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from made_up_curve import made_up_bench, spread, stage

from advisor.advice.own_speed import own_speed
from advisor.bench.document import Bench, Model, ServerFacts
from advisor.documents import Unknown
from advisor.models.machine_file import Box
from advisor.models.memory import Room
from advisor.models.model import of_catalogue
from advisor.models.own_speed import OwnSpeed, decode_work, prefill_work
from advisor.models.prediction import predict

READ_BYTES_PER_S = 20e9
FLOP_PER_S = 200e9
SMALL = ("qwen3-0.6b", "llama-3.2-1b", "qwen2.5-1.5b", "smollm2-1.7b")
BOX = Box(
    name="this one", kind="cpu", room=Room(64_000_000_000), measured_bytes_per_s=READ_BYTES_PER_S
)


def seconds(name: str, depth: int) -> float:
    """A step on a machine of known rates."""
    work = decode_work(of_catalogue(f"{name}:Q4_K_M"), depth)
    return 1e-3 + (work.weight_bytes + work.cache_bytes) / READ_BYTES_PER_S


def measured(name: str, **other: Any) -> Bench:
    model = of_catalogue(f"{name}:Q4_K_M")
    stages = []
    for sent in (200, 2_000):
        prompt = 5e-3 + prefill_work(model, sent).flops / FLOP_PER_S
        stages.append(
            stage(
                1,
                10.0,
                100.0,
                input_tokens=float(sent),
                output_tokens=100.0,
                decode_tok_per_s=spread(1 / seconds(name, sent + 50), 1.0),
                prefill_tok_per_s=spread(sent / prompt, 1.0),
            )
        )
    known = {
        "measured_on": "CPU, embedded llama.cpp",
        "server": ServerFacts(kind="llama.cpp", version="1", url="http://127.0.0.1:1"),
        "model": Model(name=name, quantization="Q4_K_M", synthetic=True),
        "stages": tuple(stages),
    }
    return msgspec.structs.replace(made_up_bench(), **{**known, **other})


def found(*benches: Bench) -> OwnSpeed | Unknown:
    return own_speed(benches, on_processor=True)


def test_a_larger_model_is_predicted_from_four_small_ones() -> None:
    own = found(*map(measured, SMALL))
    assert isinstance(own, OwnSpeed)
    assert own.decode.models == 4
    large = of_catalogue("llama-3.1-8b:Q4_K_M")
    box = msgspec.structs.replace(BOX, own=own)
    told = predict(large, box, 1_000)
    assert told.basis == "calibrated"
    assert told.decode_tok_per_s is not None
    assert told.prefill_tok_per_s is not None
    truth = 1 / seconds("llama-3.1-8b", 1_064)
    assert told.decode_tok_per_s.p50 == pytest.approx(truth, rel=0.05)
    assert told.decode_tok_per_s.p10 <= told.decode_tok_per_s.p50 <= told.decode_tok_per_s.p90
    prompt = 5e-3 + prefill_work(large, 512).flops / FLOP_PER_S
    assert told.prefill_tok_per_s.p50 == pytest.approx(512 / prompt, rel=0.1)
    assert any("4 models measured here with llama.cpp" in each for each in told.assumptions)


def test_without_enough_measurements_the_bandwidth_stays_the_basis() -> None:
    own = found(*map(measured, SMALL[:2]))
    assert isinstance(own, Unknown)
    assert "advisor models calibrate" in own.reason
    assert predict(of_catalogue("llama-3.1-8b"), BOX).basis == "bandwidth"


def test_servers_and_devices_are_not_mixed() -> None:
    other = ServerFacts(kind="ollama", version="1", url="http://127.0.0.1:1")
    mixed = [measured(SMALL[0]), measured(SMALL[1]), measured(SMALL[2], server=other)]
    assert isinstance(found(*mixed), Unknown)
    on_card = [measured(name, measured_on="NVIDIA RTX 4090") for name in SMALL]
    assert isinstance(found(*on_card), Unknown)
    assert isinstance(own_speed(on_card, on_processor=False), OwnSpeed)


def test_what_the_catalogue_does_not_know_is_left_out() -> None:
    strange = measured(SMALL[0], model=Model(name="my-own-model", quantization="Q4_K_M"))
    typeless = measured(SMALL[1], model=Model(name=SMALL[1]))
    odd = measured(SMALL[2], model=Model(name=SMALL[2], quantization="Q9_Z"))
    assert isinstance(found(strange, typeless, odd, measured(SMALL[3])), Unknown)


def test_a_model_that_spills_is_not_predicted_from_measurements_of_models_that_fit() -> None:
    own = found(*map(measured, SMALL))
    assert isinstance(own, OwnSpeed)
    card = Box(name="card", kind="cuda", room=Room(6_000_000_000, 64_000_000_000), own=own)
    assert predict(of_catalogue("qwen3-14b"), card).basis == "bandwidth"
