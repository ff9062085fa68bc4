"""Predictions: what they say of candidates, and how they follow from bytes and rates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.documents import to_json
from advisor.errors import InputError
from advisor.models import crossing
from advisor.models.catalogue import catalogue, find
from advisor.models.description import describe
from advisor.models.devices import Device
from advisor.models.machine_file import Box, box_of_device, main_memory, read_machine
from advisor.models.memory import Room
from advisor.models.model import of_catalogue, quantized
from advisor.models.prediction import Band, predict
from advisor.models.traffic import decode_bytes

GIB = 2**30
CARD = """
name = "card"
kind = "cuda"
memory_gib = 24
bandwidth_gb_per_s = 936
fp16_tflops = 71
"""


def _box(tmp_path: Path, text: str) -> Box:
    path = tmp_path / "box.toml"
    path.write_text(text)
    return read_machine(path)


def test_an_8b_on_a_card_of_24_gib(tmp_path: Path) -> None:
    found = predict(of_catalogue("llama-3.1-8b:Q4_K_M"), _box(tmp_path, CARD))
    assert (found.fits, found.basis, found.machine) == ("yes", "bandwidth", "card")
    assert 5.0e9 < found.memory_bytes.p50 < 6.2e9
    assert found.context_tokens == 4_096
    assert found.decode_tok_per_s is not None
    roof = 936e9 / decode_bytes(find("llama-3.1-8b"), "Q4_K_M", 64)
    assert 0.4 * roof < found.decode_tok_per_s.p10 < found.decode_tok_per_s.p90 < roof
    assert found.prefill_tok_per_s is not None
    assert found.prefill_tok_per_s.p90 < 2.5 * 71e12 / (2 * 7e9)
    assert list(found.unknown) == ["energy_j_per_output_token"]
    assert found.rests_on.startswith("published rates of llama.cpp")
    assert (found.this_machine, found.narrower_by, found.warnings) == (False, None, ())


def test_a_measured_card_lies_in_the_band(tmp_path: Path) -> None:
    """An RTX 3090 (936 GB/s) decodes Llama 2 7B in Q4_0 with 158 tokens/s (build c76b420, by
    llama.cpp's CUDA scoreboard, discussion 15013)."""
    found = predict(
        of_catalogue("llama-2-7b:Q4_0"), _box(tmp_path, CARD.replace("card", "RTX 3090"))
    )
    assert found.decode_tok_per_s is not None
    assert found.decode_tok_per_s.p10 < 158 < found.decode_tok_per_s.p90


def test_a_mac_may_be_asked_for_mlx(tmp_path: Path) -> None:
    metal, mlx = (
        predict(
            of_catalogue("llama-3.1-8b:Q4_0"),
            _box(tmp_path, f'name = "Apple M4 Max (40-core GPU)"\nkind = "{kind}"'),
        )
        for kind in ("metal", "mlx")
    )
    assert mlx.memory_bytes == metal.memory_bytes
    assert "mlx_lm" in mlx.rests_on
    assert any("mlx_lm" in one for one in mlx.assumptions)
    assert mlx.decode_tok_per_s is not None
    assert metal.decode_tok_per_s is not None
    assert mlx.decode_tok_per_s.p50 > metal.decode_tok_per_s.p50


def test_a_context_counts_for_memory_and_speed(tmp_path: Path) -> None:
    box, model = _box(tmp_path, CARD), of_catalogue("llama-3.1-8b:Q4_K_M")
    short, long = predict(model, box), predict(model, box, context_tokens=32_768)
    assert long.memory_bytes.p50 - short.memory_bytes.p50 > 3.5 * GIB
    assert long.step_read_bytes - short.step_read_bytes == 32_768 * 128 * 1_024
    assert short.decode_tok_per_s is not None
    assert long.decode_tok_per_s is not None
    assert long.decode_tok_per_s.p50 < short.decode_tok_per_s.p50


def test_a_step_reads_as_much_wherever_it_lies(tmp_path: Path) -> None:
    """In the middle of an answer of 128 tokens after the context."""
    model = of_catalogue("llama-3.1-8b:Q4_K_M")
    whole = _box(tmp_path, CARD)
    parted = _box(tmp_path, CARD.replace("memory_gib = 24", "memory_gib = 5"))
    for cache_type in ("f16", "q8_0"):
        found = [predict(model, one, 4_096, 2, cache_type) for one in (whole, parted)]
        assert [one.fits for one in found] == ["yes", "partly"]
        expected = decode_bytes(model.architecture, "Q4_K_M", 4_160, 2, cache_type)
        assert [one.step_read_bytes for one in found] == [expected, expected]


def test_what_is_assumed_of_spill_counts_where_there_is_some(tmp_path: Path) -> None:
    known = msgspec.structs.replace(_box(tmp_path, CARD), assumptions_of_spill=("main memory is",))
    model = of_catalogue("llama-3.3-70b:Q4_K_M")
    small = predict(of_catalogue("llama-3.1-8b:Q4_K_M"), known)
    assert "main memory is" not in small.assumptions
    large = predict(model, known)
    assert (large.fits, "main memory is" in large.assumptions) == ("partly", True)
    silent = msgspec.structs.replace(known, device=None, measured_bytes_per_s=4e10)
    no_prompts = predict(model, silent)
    assert no_prompts.prefill_tok_per_s is None
    assert crossing.ASSUMED not in no_prompts.assumptions


def test_only_several_streams_choose_their_experts_apart(tmp_path: Path) -> None:
    box = _box(tmp_path, CARD)
    told = [
        any(
            "chooses its experts" in each
            for each in predict(of_catalogue(name), box, None, streams).assumptions
        )
        for name, streams in (("qwen3-30b-a3b", 1), ("qwen3-30b-a3b", 2), ("qwen3-8b", 2))
    ]
    assert told == [False, True, False]


def test_a_model_that_does_not_say_for_which_context_it_was_made(tmp_path: Path) -> None:
    model = of_catalogue("qwen3-4b")
    silent = msgspec.structs.replace(model.architecture, context_tokens=0)
    found = predict(replace(model, architecture=silent), _box(tmp_path, CARD), 1_000_000)
    assert (found.model_context_tokens, found.warnings) == (None, ())


def test_streams_share_the_weights(tmp_path: Path) -> None:
    box, model = _box(tmp_path, CARD), of_catalogue("llama-3.1-8b:Q4_K_M")
    one, eight = predict(model, box), predict(model, box, streams=8)
    assert one.decode_tok_per_s is not None
    assert eight.output_tok_per_s is not None
    assert 2 < eight.output_tok_per_s.p50 / one.decode_tok_per_s.p50 < 8
    sparse = predict(of_catalogue("qwen3-30b-a3b"), box, streams=8)
    assert any("chooses its experts" in each for each in sparse.assumptions)


@pytest.mark.parametrize("device", ["RTX 4090", "Arc A770", "M4 Max (40-core GPU)", "EPYC 9274F"])
@pytest.mark.parametrize("streams", [2, 8])
def test_no_stream_gets_more_beside_others_than_alone(device: str, streams: int) -> None:
    box, model = box_of_device(device), of_catalogue("llama-3.1-8b:Q4_K_M")
    alone = predict(model, box, 2_048).decode_tok_per_s
    beside = predict(model, box, 2_048, streams).decode_tok_per_s
    assert alone is not None
    assert beside is not None
    assert beside.p50 < alone.p50
    assert beside.p90 <= alone.p90
    assert beside.p10 < beside.p50 < beside.p90


def test_what_spills_slows_down(tmp_path: Path) -> None:
    model = of_catalogue("llama-3.3-70b:Q4_K_M")
    host = "host_memory_gib = 64\nhost_bandwidth_gb_per_s = 80\n"
    found = predict(model, _box(tmp_path, CARD + host))
    assert found.fits == "partly"
    assert 20 < found.spilled_layers < 50
    assert found.decode_tok_per_s is not None
    whole = predict(model, _box(tmp_path, CARD + "count = 2\n"))
    assert whole.fits == "yes"
    assert whole.decode_tok_per_s is not None
    assert found.decode_tok_per_s.p90 < whole.decode_tok_per_s.p10
    assert found.rests_on.endswith("and main memory's bandwidth")


def test_a_prompt_waits_for_what_spilled_to_cross(tmp_path: Path) -> None:
    """The seconds of a batch on a card that holds all, and those of the copy, add up."""
    model = of_catalogue("qwen3-14b:Q4_K_M")
    small = predict(model, _box(tmp_path, CARD.replace("24", "8", 1)))
    whole = predict(model, _box(tmp_path, CARD))
    assert (small.fits, whole.fits) == ("partly", "yes")
    assert small.prefill_tok_per_s is not None
    assert whole.prefill_tok_per_s is not None
    spilled = sum(
        each.size_bytes
        for each in model.tensors
        if each.shape.layer is not None and each.shape.layer < small.spilled_layers
    )
    seconds = 512 / whole.prefill_tok_per_s.p50 + spilled / crossing.BYTES_PER_S.p50
    assert small.prefill_tok_per_s.p50 == pytest.approx(512 / seconds)
    assert crossing.ASSUMED in small.assumptions
    assert crossing.ASSUMED not in whole.assumptions


def test_a_context_beyond_what_the_model_was_made_for_is_warned_of(tmp_path: Path) -> None:
    box, model = _box(tmp_path, CARD), of_catalogue("qwen3-4b")
    most = model.architecture.context_tokens
    assert predict(model, box, context_tokens=most).warnings == ()
    beyond = predict(model, box, context_tokens=most + 1)
    assert f"{most:,} that the model was made for" in beyond.warnings[0]
    assert beyond.model_context_tokens == most


def test_energy_is_the_boxs_power_over_all_tokens(tmp_path: Path) -> None:
    box, model = _box(tmp_path, CARD + "active_power_w = 400\n"), of_catalogue("qwen3-8b")
    found = predict(model, box, streams=4)
    assert found.output_tok_per_s is not None
    assert found.energy_j_per_output_token == found.output_tok_per_s.under(400)
    assert found.power_source == "the machine file"
    assert found.unknown == {}


def test_this_machine_says_what_would_make_it_surer() -> None:
    room, why = Room(64 * GIB), "0 of at least 3 models were measured"
    box = Box(
        name="b", kind="cpu", room=room, measured_bytes_per_s=4e10, here=True, own_unknown=why
    )
    found = predict(of_catalogue("qwen3-8b"), box)
    assert found.this_machine
    assert "this machine's measured memory bandwidth" in found.rests_on
    assert found.narrower_by == f"advisor models calibrate, some three minutes. {why}"
    disturbed = msgspec.structs.replace(box, others_busy_percent=70.0)
    told = predict(of_catalogue("qwen3-8b"), disturbed).narrower_by or ""
    assert "Now other programs keep the processors 70 % busy" in told
    elsewhere = predict(of_catalogue("qwen3-8b"), msgspec.structs.replace(box, here=False))
    assert elsewhere.narrower_by is None
    too_large = predict(of_catalogue("deepseek-v3"), box)
    assert (too_large.rests_on, too_large.narrower_by) == ("", None)
    card = msgspec.structs.replace(box, kind="cuda")
    assert "calibrate" not in (predict(of_catalogue("qwen3-8b"), card).narrower_by or "")


def test_what_does_not_fit_has_no_speed(tmp_path: Path) -> None:
    found = predict(of_catalogue("deepseek-v3:Q4_K_M"), _box(tmp_path, CARD))
    assert found.fits == "no"
    assert found.decode_tok_per_s is found.prefill_tok_per_s is found.output_tok_per_s is None
    assert found.unknown["decode_tok_per_s"] == "the model does not fit"
    assert found.unknown["energy_j_per_output_token"] == "the model does not fit"


@pytest.mark.parametrize("kind", ["cuda", "rocm", "metal", "cpu", "vulkan", "sycl"])
def test_every_kind_is_predicted(tmp_path: Path, kind: str) -> None:
    text = f'kind = "{kind}"\nmemory_gib = 64\nbandwidth_gb_per_s = 400\n'
    found = predict(of_catalogue("qwen3-8b"), _box(tmp_path, text))
    assert found.machine == "box"
    assert found.decode_tok_per_s is not None
    assert found.prefill_tok_per_s is None
    assert "prefill_tok_per_s" in found.unknown
    rated = predict(of_catalogue("qwen3-8b"), _box(tmp_path, text + "fp16_tflops = 30\n"))
    assert rated.prefill_tok_per_s is not None


def test_an_unknown_bandwidth_is_said() -> None:
    box = Box(name="b", kind="cpu", room=Room(64 * GIB))
    found = predict(of_catalogue("qwen3-8b"), box)
    assert found.decode_tok_per_s is None
    assert found.unknown["decode_tok_per_s"] == "the memory's bandwidth is not known"
    assert found.rests_on == ""


def test_a_file_of_another_recipe_is_taken_by_what_it_reads(tmp_path: Path) -> None:
    box, known = _box(tmp_path, CARD), of_catalogue("llama-3.1-8b:Q4_K_M")
    same = predict(replace(known, quantization="UD-Q4_K_XL", from_file=True), box)
    assert same.decode_tok_per_s == predict(known, box).decode_tok_per_s
    heavier = of_catalogue("llama-3.1-8b:Q5_K_M")
    slower = predict(replace(heavier, quantization="UD-Q5_K_XL", from_file=True), box)
    assert slower.decode_tok_per_s is not None
    assert same.decode_tok_per_s is not None
    assert slower.decode_tok_per_s.p50 < same.decode_tok_per_s.p50


def test_a_family_that_cannot_be_laid_out_has_a_memory_but_no_speed(tmp_path: Path) -> None:
    model = of_catalogue("llama-3.1-8b:Q4_K_M")
    strange = msgspec.structs.replace(model.architecture, family="cohere9")
    found = predict(replace(model, architecture=strange, from_file=True), _box(tmp_path, CARD))
    assert found.fits == "yes"
    assert found.decode_tok_per_s is None
    assert "'cohere9'" in found.unknown["decode_tok_per_s"]


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    first, second = (
        to_json(predict(of_catalogue("gpt-oss-20b"), _box(tmp_path, CARD))) for _ in range(2)
    )
    assert first == second


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([one.name for one in catalogue()]),
    st.sampled_from(["Q4_0", "Q4_K_M", "Q8_0", "F16", "MXFP4"]),
    st.integers(1, 2_000),
    st.one_of(st.none(), st.integers(1, 100_000)),
    st.integers(1, 64),
)
def test_bands_are_in_order_and_verdicts_agree(
    name: str, quantization: str, memory_gib: int, context: int | None, streams: int
) -> None:
    room = Room(memory_gib * GIB, 64 * GIB)
    box = Box(
        name="b",
        kind="cuda",
        room=room,
        device=Device(
            kind="cuda", memory_gib=memory_gib, bandwidth_gb_per_s=1_000, fp16_tflops=100
        ),
        host=main_memory(50, room.host_bytes),
    )
    found = predict(quantized(find(name), quantization), box, context, streams)
    memory = found.memory_bytes
    assert memory.p10 <= memory.p50 <= memory.p90
    assert (found.fits == "yes") == (memory.p50 <= found.free_bytes)
    assert (found.fits == "partly") == (found.spilled_layers > 0)
    for band in (found.decode_tok_per_s, found.output_tok_per_s, found.prefill_tok_per_s):
        assert band is None or 0 < band.p10 < band.p50 < band.p90
    assert (found.decode_tok_per_s is None) == (found.fits == "no")
    assert isinstance(found.decode_tok_per_s, Band | None)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "kind"),
        ("memory_gib = 24\nbandwidth_gb_per_s = 900", "kind"),
        (
            'kind = "cudo"\nmemory_gib = 24\nbandwidth_gb_per_s = 900',
            r"kind: 'cudo' is none of cuda, rocm, metal, .*\. configs/machine",
        ),
        ('kind = "cuda"\nbandwidth_gb_per_s = 900', "memory_gib"),
        ('name = "RTX 4090"\nkind = "mlx"', "not driven by it"),
        ('kind = "cuda"\nmemory_gib = 24', "bandwidth_gb_per_s"),
        (
            'kind = "cuda"\nmemory_gib = "24"\nbandwidth_gb_per_s = 900',
            r"box\.toml: memory_gib: expected a number, got text in quotes\. configs/machine",
        ),
        ('name = "RTX 4090"\nprice_usd = "x"', "price_usd: expected a number, got text in quotes"),
        ('name = "RTX 4090"\ncount = 1.5', "count: expected a whole number, got a number"),
        ('name = "RTX 4090"\nsource = 5', "source: expected text in quotes, got a whole number"),
        ('kind = "cuda"\nmemory_gib = -1\nbandwidth_gb_per_s = 900', "memory_gib = -1"),
        ('kind = "cuda"\nmemory_gib = 24\nbandwidth_gb_per_s = 0', "bandwidth_gb_per_s = 0"),
        ('kind = "cuda"\nmemory_gib = inf\nbandwidth_gb_per_s = 1', "memory_gib = inf"),
        ('kind = "cuda"\nmemory_gib = 1e308\nbandwidth_gb_per_s = 1', "memory_gib = 1e[+]308"),
        ('kind = "cuda"\nmemory_gib = 24\nbandwidth_gb_per_s = 5e-324', "bandwidth_gb_per_s = 5e"),
        ('kind = "cuda"\nmemory_gib = 24\nbandwidth_gb_per_s = nan', "bandwidth_gb_per_s = nan"),
        (
            'name = "RTX 4090"\nidle_power_w = 700\nactive_power_w = 450',
            "idle_power_w = 700: that is above active_power_w = 450",
        ),
        ('kind = "cuda"\nmemory_gib = 24\nbandwidth_gb_per_s = 1\ncount = 0', "count = 0"),
        ('kind = "cuda"\nmemory_gb = 24\nbandwidth_gb_per_s = 1', "Did you mean memory_gib"),
        ("kind = ", "TOML"),
        ("a." * 50_000 + "b = 1", "nested too deeply"),
        ("[" + "a." * 50_000 + "b]", "nested too deeply"),
        ("x = {" + "a . " * 50_000 + "b = 1}", "nested too deeply"),
        ("x = " + "[" * 40 + "]" * 40, "nested too deeply"),
        ("count = 0x" + "f" * 9_000, "more than 64 bits"),
        ("name = 99999999999999999999", "more than 64 bits"),
        ("k" * 5_000 + " = 1", "has a key 'k{60}': no machine"),
    ],
)
def test_bad_machine_files_are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        _box(tmp_path, text)


def test_a_date_of_a_machine_file_needs_no_quotes(tmp_path: Path) -> None:
    text = 'kind = "cuda"\nmemory_gib = 24\nbandwidth_gb_per_s = 900\nas_of = 2026-11-28\n'
    assert _box(tmp_path, text).source == "2026-11-28"


def test_a_description_adds_up() -> None:
    for one in catalogue():
        found = describe(quantized(one, "Q4_K_M"))
        assert found.parameters == one.parameters
        assert found.layers.total == one.layers
        layers = found.layers
        mixers = layers.whole_context + layers.windowed + layers.recurrent + layers.without_mixer
        assert mixers == one.layers
        assert found.bits_per_weight["all"] == pytest.approx(
            8 * found.weights_bytes / found.parameters, rel=0.001
        )
        assert found.sizes_bytes is not None
        assert found.sizes_bytes["Q4_K_M"] == found.weights_bytes
        assert (found.license is None) == ("license" in found.unknown)
