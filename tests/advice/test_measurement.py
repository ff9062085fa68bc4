"""Which numbers of a benchmark stand for the box, and which must not."""

from __future__ import annotations

import msgspec
import pytest

from advisor.advice.answer import answer
from advisor.advice.measurement import measured_box
from advisor.bench.document import (
    Bench,
    Distribution,
    Model,
    OperatingPoint,
    Rate,
    ServerFacts,
    Stage,
    WarmUp,
    Workload,
)
from advisor.documents import Unknown
from advisor.machine.document import Gpu
from advisor.machine.probe import probe

MACHINE = msgspec.structs.replace(probe(measure_bandwidth=False), gpus=())


def spread(median: float) -> Distribution:
    return Distribution(
        median=median, mean=median, p95=median, p99=median, n=9, ci95=(0.9 * median, 1.1 * median)
    )


def stage(concurrency: int) -> Stage:
    nothing = {field.name: None for field in msgspec.structs.fields(Stage)}
    known = {
        "concurrency": concurrency,
        "requests": 9,
        "attempts": 9,
        "errors": {},
        "error_details": {},
        "output_tokens_asked": 128,
        "prefill_tok_per_s": spread(900.0),
        "decode_tok_per_s": spread(40.0),
        "output_tok_per_s": Rate(value=100.0, ci95=None),
        "warmup": WarmUp(requests=1, seconds=1.0, steady=True),
        "stopped_by": "precision",
    }
    return Stage(**{**nothing, **known})


def bench(measured_on: str, point: OperatingPoint | None, model: str = "m") -> Bench:
    return Bench(
        id="r1",
        started_at="2026-01-01T00:00:00+00:00",
        duration_s=1.0,
        machine="x",
        measured_on=measured_on,
        server=ServerFacts(kind="ollama", version="1", url="http://127.0.0.1:1"),
        model=Model(name=model),
        workload=Workload(
            name="default",
            input_tokens=512,
            output_tokens=128,
            scaled_from=None,
            seed=1,
            prompts="",
            tokens_per_word=1.0,
        ),
        partial=False,
        first_request=None,
        stages=(stage(1), stage(4)),
        operating_point=point,
        capacity=None,
        suspect=(),
        warnings=(),
        assumptions=(),
        definitions={},
        unknown={},
    )


POINT = OperatingPoint(
    concurrency=4,
    prefill_tok_per_s=2000.0,
    prefill_ci95=(1900.0, 2100.0),
    decode_tok_per_s=120.0,
    decode_ci95=(110.0, 130.0),
    method="two mixes",
    stages=(),
)
CARD = Gpu(
    **{
        **{field.name: None for field in msgspec.structs.fields(Gpu)},
        "index": 0,
        "name": "RTX",
        "vendor": "nvidia",
        "memory_unified": False,
        "bandwidth_basis": "",
    }
)
WITH_CARD = msgspec.structs.replace(MACHINE, gpus=(CARD,))


def test_the_whole_servers_rates_come_from_the_operating_point() -> None:
    box = measured_box(bench("RTX, ollama", POINT), WITH_CARD)
    assert not isinstance(box, Unknown)
    assert (box.prefill_tok_per_s, box.decode_tok_per_s) == (2000.0, 120.0)
    assert box.concurrency == 4


def test_without_a_second_mix_one_streams_rates_stand_in() -> None:
    box = measured_box(bench("RTX, ollama", None), WITH_CARD)
    assert not isinstance(box, Unknown)
    assert (box.prefill_tok_per_s, box.decode_tok_per_s) == (900.0, 40.0)
    assert box.concurrency == 1


def test_a_cpus_numbers_are_a_cpu_boxs_but_never_a_gpu_boxs() -> None:
    assert not isinstance(measured_box(bench("CPU, ollama", POINT), MACHINE), Unknown)
    refused = measured_box(bench("CPU, ollama", POINT), WITH_CARD)
    assert isinstance(refused, Unknown)
    assert "RTX" in refused.reason


def test_a_card_whose_driver_needs_a_reboot_is_not_forgotten() -> None:
    reason = "the NVIDIA driver was upgraded while the old one is still loaded: reboot"
    unread = msgspec.structs.replace(MACHINE, unknown={"gpus": reason})
    refused = measured_box(bench("CPU, embedded llama.cpp", POINT), unread)
    assert isinstance(refused, Unknown)
    assert "reboot" in refused.reason


def test_graphics_that_nobody_computes_on_do_not_stand_in_the_way() -> None:
    beside = {"gpus": "Intel graphics here cannot be asked yet"}
    machine = msgspec.structs.replace(MACHINE, unknown=beside)
    assert not isinstance(measured_box(bench("CPU, ollama", POINT), machine), Unknown)


TABLES = {
    "usage": {"input_tokens_per_month": 6e6, "output_tokens_per_month": 6e6},
    "box": {"price_usd": 2000.0, "electricity_usd_per_month": 30.0},
    "api": [{"name": "GPT-4", "input_usd_per_mtok": 30.0, "output_usd_per_mtok": 60.0}],
}


def test_a_measurement_fills_what_the_tables_leave_open_and_adds_the_same_model() -> None:
    advice = answer(
        TABLES,
        origin="t",
        machine=WITH_CARD,
        bench=bench("RTX, ollama", POINT, model="llama3.1:8b"),
    )
    assert advice.basis == "measurement"
    busy_hours = (6e6 / 2000 + 6e6 / 120) / 3600
    assert advice.capacity.utilization == pytest.approx(busy_hours / 730)
    added = [each for each in advice.comparisons if each.added]
    assert added
    assert all("llama-3.1-8b" in each.name or "llama3-1-8b" in each.name for each in added)
    assert advice.baseline == "GPT-4"


def test_with_no_api_in_hand_the_cheapest_host_of_the_same_model_decides() -> None:
    tables = {key: value for key, value in TABLES.items() if key != "api"}
    advice = answer(
        tables,
        origin="t",
        machine=WITH_CARD,
        bench=bench("RTX, ollama", POINT, model="llama3.1:8b"),
        guess_missing=True,
    )
    assert advice.baseline == advice.comparisons[0].name
    assert advice.comparisons[0].added
    assert advice.decision == "api"
    bills = [each.api_usd_per_month for each in advice.comparisons]
    assert bills[0] == min(bills)


def test_without_usage_and_price_the_guides_stand_in_and_nothing_is_decided() -> None:
    advice = answer(
        {"api": TABLES["api"]},
        origin="t",
        machine=WITH_CARD,
        bench=bench("RTX, ollama", POINT),
        guess_missing=True,
    )
    assert advice.decision == "measure"
    assert advice.inputs.usage.input_tokens_per_month == 6e6
    assert advice.inputs.box.price_usd == 2000


def test_a_box_too_small_for_sensitive_data_says_how_much_it_serves() -> None:
    tables = {
        **TABLES,
        "usage": {
            "input_tokens_per_month": 0.0,
            "output_tokens_per_month": 730 * 3600 * 100.0 * 4,
            "sensitive": True,
        },
        "box": {**TABLES["box"], "prefill_tok_per_s": 1000.0, "decode_tok_per_s": 100.0},
    }
    advice = answer(tables, origin="t")
    assert advice.decision == "local"
    assert advice.capacity.fits is False
    assert "this box alone serves only 25% of it" in advice.summary
    assert advice.privacy_premium_usd_per_month is None


def test_a_split_that_the_box_cannot_carry_is_not_priced() -> None:
    tables = {
        **TABLES,
        "usage": {**TABLES["usage"], "sensitive": True, "sensitive_share": 0.5},
        "box": {**TABLES["box"], "prefill_tok_per_s": 30.0, "decode_tok_per_s": 1.0},
    }
    advice = answer(tables, origin="t")
    assert advice.decision == "hybrid"
    assert "serves only" in advice.summary
    assert advice.privacy_premium_usd_per_month is None
    assert all(split.kind != "sensitive_local_rest_api" for split in advice.hybrid_splits)


def test_where_all_data_are_sensitive_there_is_no_rest() -> None:
    usage = {"input_tokens_per_month": 1e5, "output_tokens_per_month": 1e5, "sensitive": True}
    advice = answer({**TABLES, "usage": usage}, origin="t")
    assert advice.decision == "hybrid"
    assert "rest" not in advice.summary
