"""How a model's rates follow from where its bytes lie: the seconds of each part add up."""

from __future__ import annotations

import msgspec
import pytest

from advisor.documents import Unknown
from advisor.models import crossing
from advisor.models.band import Band
from advisor.models.calibration import Calibration
from advisor.models.devices import find_device
from advisor.models.elsewhere import predict_elsewhere
from advisor.models.machine_file import Box, main_memory
from advisor.models.memory import Room
from advisor.models.model import of_catalogue
from advisor.models.own_speed import OwnSpeed, decode_work
from advisor.models.prediction import predict
from advisor.models.rates import Reading, Work, decode_rates, prefill_rates

GIB = 2**30
MODEL = of_catalogue("llama-3.1-8b:Q4_K_M")
CARD = find_device("RTX 3090")
HOST = main_memory(80, 64 * GIB)
BOX = Box(name="b", kind="cuda", room=Room(24 * GIB, 64 * GIB), device=CARD, host=HOST)
OF_MEMORY = msgspec.structs.replace(BOX, kind="cpu", device=HOST, host=None)
IN_PARTS = Work(MODEL, 1_000, 2, Reading(3_000_000_000, 2_000_000_000, 1_500_000_000))


def _decode(box: Box, device_bytes: int, host_bytes: int = 0) -> Band:
    found = decode_rates(Work(MODEL, 1_000, 2, Reading(device_bytes, host_bytes)), box)
    assert isinstance(found, Band)
    return found


@pytest.mark.parametrize("of", ["p10", "p50", "p90"])
def test_what_lies_in_main_memory_is_read_after_what_lies_on_the_device(of: str) -> None:
    whole = getattr(_decode(BOX, 3_000_000_000, 2_000_000_000), of)
    first = getattr(_decode(BOX, 3_000_000_000), of)
    then = getattr(_decode(OF_MEMORY, 2_000_000_000), of)
    assert 1 / whole == pytest.approx(1 / first + 1 / then)


def test_of_this_machine_main_memory_s_own_bandwidth_counts_for_what_spilled_alone() -> None:
    here = msgspec.structs.replace(BOX, measured_bytes_per_s=40e9)
    assert _decode(here, 5_000_000_000) == _decode(BOX, 5_000_000_000)
    slower = msgspec.structs.replace(BOX, measured_bytes_per_s=20e9)
    spilled = 3_000_000_000, 2_000_000_000
    saved_s = 2 / _decode(slower, *spilled).p50 - 2 / _decode(here, *spilled).p50
    measured = msgspec.structs.replace(OF_MEMORY, device=None, measured_bytes_per_s=40e9)
    assert saved_s == pytest.approx(2 / _decode(measured, 2_000_000_000).p50)


def test_a_model_that_the_device_holds_runs_as_on_any_such_device() -> None:
    for context, streams in ((None, 1), (8_192, 1), (8_192, 3)):
        found = predict(MODEL, BOX, context, streams)
        alike = predict_elsewhere(CARD, MODEL.architecture, "Q4_K_M", context or 0, streams)
        assert found.output_tok_per_s is not None
        assert found.output_tok_per_s.p50 == pytest.approx(alike.decode_tok_per_s.p50)
        assert found.prefill_tok_per_s == alike.prefill_tok_per_s


def test_an_unknown_part_leaves_the_whole_unknown() -> None:
    nothing_behind = msgspec.structs.replace(BOX, host=None)
    found = decode_rates(IN_PARTS, nothing_behind)
    assert isinstance(found, Unknown)
    assert found.reason == "the memory's bandwidth is not known"
    anonymous = msgspec.structs.replace(
        CARD, name="", generation=None, fp16_tflops=None, fp32_tflops=None
    )
    assert isinstance(decode_rates(IN_PARTS, msgspec.structs.replace(BOX, device=anonymous)), Band)
    prompts = prefill_rates(IN_PARTS, msgspec.structs.replace(BOX, device=anonymous))
    assert isinstance(prompts, Unknown)
    assert "fp16_tflops" in prompts.reason


def test_own_measurements_speak_of_the_middle_of_128_tokens_after_the_context() -> None:
    terms = len(decode_work(MODEL, 1).terms)
    fit = Calibration(
        seconds_each=(1e-9,) * terms,
        spread=((0.0,) * terms,) * terms,
        models=3,
        steps=9,
        log_error=0.1,
        median_error=0.05,
    )
    own = OwnSpeed("llama.cpp", fit, None)
    work = Work(MODEL, 300, 2, Reading(5_000_000_000, 0))
    known = decode_rates(work, msgspec.structs.replace(BOX, own=own))
    assert known == own.decode_rates(MODEL, 364, 2)
    prompts = prefill_rates(work, msgspec.structs.replace(BOX, own=own))
    assert prompts == prefill_rates(work, BOX)


def test_the_speed_of_the_crossing_is_that_of_the_published_pairs() -> None:
    """9.95 GiB cross while a prompt of 512 takes as much longer with all of it in main memory;
    the most is four fifths of 16 lanes of 16 GT/s, of which 128 of 130 bits count."""
    spilled_bytes = 9.95 * GIB
    rocm, vulkan = (
        spilled_bytes / (512 / slow - 512 / fast) for slow, fast in ((249, 684), (71, 374))
    )
    most = 0.8 * 16 * 16e9 / 8 * 128 / 130
    expected = Band(p10=vulkan, p50=rocm, p90=most)
    for of in ("p10", "p50", "p90"):
        assert getattr(crossing.BYTES_PER_S, of) == pytest.approx(getattr(expected, of), rel=0.02)
