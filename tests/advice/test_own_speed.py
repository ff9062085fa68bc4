"""Do this machine's own measurements give its speed, and only those that may be compared?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from made_up_curve import made_up_bench, spread, stage

from advisor.advice import own_speed as module
from advisor.advice.own_speed import own_speed
from advisor.bench.document import Bench, Model, ServerFacts
from advisor.documents import Unknown
from advisor.models.calibration import Work
from advisor.models.machine_file import Box
from advisor.models.memory import Room
from advisor.models.model import Model as CatalogueModel
from advisor.models.model import of_catalogue
from advisor.models.own_speed import OwnSpeed, decode_work, prefill_work
from advisor.models.prediction import predict
from advisor.models.traffic import decode_bytes

READ_BYTES_PER_S = 20e9
FLOP_PER_S = 200e9
CACHED_BYTES_PER_S = 8e9
SMALL = ("qwen3-0.6b", "llama-3.2-1b", "qwen2.5-1.5b", "smollm2-1.7b")
BOX = Box(
    name="this one", kind="cpu", room=Room(64_000_000_000), measured_bytes_per_s=READ_BYTES_PER_S
)


def seconds(name: str, depth: int) -> float:
    """A step on a machine of known rates."""
    work = decode_work(of_catalogue(f"{name}:Q4_K_M"), depth)
    return 1e-3 + work.weight_bytes / READ_BYTES_PER_S + work.cached_bytes / CACHED_BYTES_PER_S


def measured(name: str, **other: Any) -> Bench:
    model = of_catalogue(f"{name}:Q4_K_M")
    stages = []
    for sent in (200, 2_000):
        prompt = 5e-3 + prefill_work(model, sent).together_flops / FLOP_PER_S
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
    prompt = 5e-3 + prefill_work(large, 512).together_flops / FLOP_PER_S
    assert told.prefill_tok_per_s.p50 == pytest.approx(512 / prompt, rel=0.1)
    assert told.rests_on.startswith(
        "4 models measured on this machine with llama.cpp, of which this is none; the median error"
    )
    itself = predict(of_catalogue(f"{SMALL[0]}:Q4_K_M"), box)
    assert "this one among them" in itself.rests_on


def test_without_enough_measurements_the_bandwidth_stays_the_basis() -> None:
    own = found(*map(measured, SMALL[:2]))
    assert isinstance(own, Unknown)
    assert "2 of at least 3 models of the catalogue were measured here" in own.reason
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


STREAMS = 4


def step_of_all(name: str) -> float:
    """A step of several streams on a machine that shares the weights' bytes and computes each."""
    work = decode_work(of_catalogue(f"{name}:Q4_K_M"), 250, STREAMS)
    read = work.weight_bytes / READ_BYTES_PER_S + work.cached_bytes / CACHED_BYTES_PER_S
    return 1e-3 + read + work.together_flops / FLOP_PER_S


def with_several(name: str, **other: Any) -> Bench:
    bench = measured(name, **other)
    together = stage(
        STREAMS,
        10.0,
        100.0,
        input_tokens=200.0,
        output_tokens=100.0,
        itl_ms=spread(1e3 * step_of_all(name), 1.0),
    )
    return msgspec.structs.replace(bench, stages=(*bench.stages, together))


def test_several_streams_are_predicted_from_steps_of_several() -> None:
    own = found(*map(with_several, SMALL))
    assert isinstance(own, OwnSpeed)
    assert own.most_streams == STREAMS
    box = msgspec.structs.replace(BOX, own=own)
    told = predict(of_catalogue("llama-3.2-3b:Q4_K_M"), box, 186, STREAMS)
    assert told.output_tok_per_s is not None
    truth = STREAMS / step_of_all("llama-3.2-3b")
    assert told.output_tok_per_s.p50 == pytest.approx(truth, rel=0.05)
    assert not any("were measured here" in each for each in told.assumptions)
    assert not any("chooses its experts" in each for each in told.assumptions)
    other_cache = predict(of_catalogue("llama-3.2-3b:Q4_K_M"), box, 186, STREAMS, "q8_0")
    assert set(other_cache.assumptions) - set(told.assumptions) == {
        "the speed is that of an f16 cache"
    }
    more = predict(of_catalogue("llama-3.2-3b:Q4_K_M"), box, 186, 2 * STREAMS)
    assert any("up to 4 were measured here" in each for each in more.assumptions)


def test_servers_that_may_queue_tell_nothing_of_several_streams() -> None:
    ollama = ServerFacts(kind="ollama", version="1", url="http://127.0.0.1:1")
    own = found(*(with_several(name, server=ollama, measured_on="CPU, ollama") for name in SMALL))
    assert isinstance(own, OwnSpeed)
    assert own.most_streams == 1
    assert own.decode == getattr(
        found(*(measured(name, server=ollama, measured_on="CPU, ollama") for name in SMALL)),
        "decode",
        None,
    )


def test_long_contexts_count() -> None:
    benches = [measured(name) for name in SMALL]
    short = [msgspec.structs.replace(each, stages=each.stages[:1]) for each in benches]
    moved = [
        msgspec.structs.replace(each, stages=each.stages[:1], contexts=each.stages[1:])
        for each in benches
    ]
    assert found(*moved) == found(*benches) != found(*short)


def test_a_lone_token_and_several_are_counted_apart() -> None:
    dense = of_catalogue("qwen3-4b:Q4_K_M")
    one, four = decode_work(dense, 64), decode_work(dense, 64, 4)
    assert one.together_flops == four.alone_flops == prefill_work(dense, 64).alone_flops == 0
    assert one.alone_flops > 2 * dense.active_parameters
    six_bits_unpacked = 2 * 2.5 * dense.active_parameters
    assert 0 < four.together_flops - 8 * dense.active_parameters < six_bits_unpacked


def test_on_a_graphics_card_all_types_count_alike() -> None:
    for quantization in ("Q4_0", "Q8_0", "Q6_K"):
        model = of_catalogue(f"llama-3.1-8b:{quantization}")
        flops = 2 * model.active_parameters
        assert decode_work(model, 64, on_processor=False).alone_flops == flops
        assert decode_work(model, 64, 4, on_processor=False).together_flops == 4 * flops
        assert decode_work(model, 64).alone_flops != flops


def test_a_long_prompt_reads_the_weights_once_for_each_batch() -> None:
    dense = of_catalogue("qwen3-4b:Q4_K_M")
    once = prefill_work(dense, 512).weight_bytes
    assert once == decode_work(dense, 64).weight_bytes == decode_bytes(dense.architecture, "Q4_K_M")
    assert prefill_work(dense, 1_024).weight_bytes == 2 * once
    assert prefill_work(dense, 100).weight_bytes == once


def test_every_head_with_keys_and_values_has_bytes_of_its_own() -> None:
    many, few = (of_catalogue(f"{name}:Q4_K_M") for name in ("smollm2-1.7b", "qwen2.5-1.5b"))
    of_many, of_few = decode_work(many, 1_000), decode_work(few, 1_000)
    assert (of_many.attention, of_few.attention) == (24 * 32 * 1_024, 28 * 12 * 1_024)
    assert of_many.cached_bytes == 24 * 32 * 64 * 4 * 1_024
    assert of_few.cached_bytes == 28 * 2 * 128 * 4 * 1_024
    near = decode_work(of_catalogue("gemma-3-1b:Q4_K_M"), 4_000).cached_bytes
    assert near < 26 * 256 * 4 * 4_000 / 2
    assert prefill_work(few, 1_000).attention == 28 * 12 * 128 * 1_000 * 500


def test_a_single_request_takes_the_time_of_the_places_that_the_cache_has_grown_to() -> None:
    one = of_catalogue("llama-3.2-1b:Q4_K_M")
    layers_and_heads = 16 * 32
    for depth, places in ((64, 64), (256, 256), (257, 512), (512, 512), (1_040, 1_280)):
        assert decode_work(one, depth).attention == layers_and_heads * places
        assert decode_work(one, depth, 2).attention == 2 * layers_and_heads * depth


def test_each_request_has_its_own_output_and_cache() -> None:
    one = of_catalogue("llama-3.2-1b:Q4_K_M")
    three = decode_work(one, 64, 3)
    assert three.logits == 3 * 128_256
    assert three.cached_bytes == 3 * 64 * 16 * 2 * 8 * 64 * 2


@pytest.mark.parametrize("name", ["llama-3.2-1b", "llama-3.1-8b"])
def test_a_prompt_s_tokens_do_not_meet_the_output_tied_or_not(name: str) -> None:
    model = of_catalogue(f"{name}:Q4_K_M")
    met = model.active_parameters - 128_256 * model.architecture.hidden
    assert prefill_work(model, 100, on_processor=False).together_flops == 2 * 100 * met
    assert prefill_work(model, 100).together_flops != 2 * 100 * met


def test_layers_of_a_window_look_at_no_more_than_it() -> None:
    """Gemma 3 1B: 22 of 26 layers see 512 tokens, all with 4 heads."""
    one = of_catalogue("gemma-3-1b:Q4_K_M")
    assert decode_work(one, 4_000, 2).attention == 2 * 4 * (4 * 4_000 + 22 * 512)


def test_recurrent_layers_look_at_no_cached_token() -> None:
    """Qwen3.5 27B: 16 of 64 layers attend, with 24 heads."""
    one = of_catalogue("qwen3.5-27b:Q4_K_M")
    assert decode_work(one, 2_000, 2).attention == 2 * 16 * 24 * 2_000


def test_without_measured_prompts_no_rate_of_prompts_is_told() -> None:
    own = found(*map(measured, SMALL))
    assert isinstance(own, OwnSpeed)
    assert replace(own, prefill=None).prefill_rates(of_catalogue("llama-3.2-1b:Q4_K_M")) is None


def test_each_request_has_activations_of_its_own() -> None:
    one = of_catalogue("llama-3.2-1b:Q4_K_M")
    assert decode_work(one, 64, 3).activations == 3 * 16 * 2_048
    assert prefill_work(one, 100).activations == 100 * 16 * 2_048


def test_a_case_that_many_runs_measured_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    depths: list[int] = []

    def counted(model: CatalogueModel, depth: int, streams: int, *, on_processor: bool) -> Work:
        depths.append(depth)
        return decode_work(model, depth, streams, on_processor=on_processor)

    monkeypatch.setattr(module, "decode_work", counted)
    one = measured(SMALL[0])
    stages = tuple(
        msgspec.structs.replace(each, input_tokens=each.input_tokens + 7)
        for each in one.stages
        if each.input_tokens
    )
    found(*[msgspec.structs.replace(one, stages=stages)] * 50)
    assert sorted(depths) == [257, 2_057]
