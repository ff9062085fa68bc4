"""Nothing leaves that is not named: the allow-list against a record that is full of secrets."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from whole_run import structures, texts, whole_run

from advisor.bench.metrics import DEFINITIONS
from advisor.history.exchange import leaving
from advisor.history.exchange.reduce import LEFT_OUT, is_reduced_form, reduced
from advisor.history.exchange.texts import kernel, label, model_name, version
from advisor.history.record import Run

SECRETS = [
    "eve@example.org",
    "/home/eve/models/x.gguf",
    "C:\\Users\\eve\\x.gguf",
    "http://10.0.0.7:8000/v1",
    "box.example.org:11434",
    "192.168.1.20",
    "fe80::1c2d:3e4f",
    "GPU-5d1f1c2a-7a1c-4e3b-9e1f-2a3b4c5d6e7f",
    "00000000:65:00.0",
    "sk-proj-abcdefghijklmnop",
    "write a letter to my landlord about the rent of the flat in Graz?\nPlease!",
    "eves-laptop.local",
    "\x1b[31mred",
]
"""Each is what the issue says stays home, as it may stand where a name belongs."""

NAMES = {
    *("Bandwidth.method", "Bench.id", "Bench.measured_on", "BoxPower.grade", "Cpu.architecture"),
    *("Cpu.features", "Cpu.governor", "Cpu.model", "CrossCheckOf.definition", "Energy.domain"),
    *("Energy.grade", "Energy.meter", "EnergyTrial.costs_j", "EnergyTrial.held_back_by"),
    *("EnergyTrials.costs_j", "Environment.container", "Environment.limited_by", "Environment.vm"),
    *("Gpu.bandwidth_basis", "Gpu.compute_capability", "Gpu.name", "Gpu.throttle_reasons"),
    *("MemoryModule.kind", "MigInstance.profile", "Model.name", "Model.quantization"),
    *("OperatingSystem.name", "OperatingSystem.system", "Run.id"),
    *("SensorReading.held_back_by", "ServerFacts.kind", "SloLimit.metric", "SloLimit.statistic"),
    *("Source.tool", "Stage.arrivals", "Stage.errors", "Stage.held_back_by"),
    *("Stage.prefill_source", "Stage.stopped_by", "Stage.token_source", "Sustained.held_back_by"),
    *("Sustained.verdict", "ToldMachine.accelerator", "ToldMachine.cpu", "ToldMachine.system"),
    *("ToldMetric.definition", "ToldMetric.load", "ToldMetric.name", "ToldMetric.statistic"),
    *("ColdStart.of", "ServerFacts.http_version", "SettingTold.means", "SettingTold.name"),
    *("SettingTold.value", "Switch.from_model", "Switch.to_model", "TotalOf.definition"),
    *("TotalOf.source",),
    *("ToldMetric.unit", "Workload.name", "Bench.unknown", "Machine.unknown", "Suspect.path"),
}
"""Fields in which a plain word may leave, whatever the word is."""


WHOLE = (*("Change", "Reduced", "SameWork", "Side", "Skip", "Spend", "SpendPrice", "SpentTokens"),)
"""Structures that leave whole, if asked for, or not at all."""


def run_of(text: str) -> Run:
    return whole_run(lambda *_: text)


@pytest.mark.parametrize("secret", SECRETS)
def test_no_field_lets_a_secret_out(secret: str) -> None:
    encoded = msgspec.json.encode(reduced(run_of(secret)))
    for part in (secret, "eve", "10.0.0.7", "landlord", "5d1f1c2a", "\x1b"):
        if part in secret and not (part == "eve" and "eve" not in secret):
            assert msgspec.json.encode(part)[1:-1] not in encoded, part


def test_a_path_before_a_models_name_is_cut_off() -> None:
    whole = run_of("/home/eve/models/x.gguf")
    copy = reduced(whole)
    assert copy.bench is not None
    assert copy.bench.model.name == "x.gguf"
    assert {field for field, text in texts(copy) if "x.gguf" in text} == {
        *("Model.name", "Switch.from_model", "Switch.to_model"),
    }


def test_a_plain_word_leaves_only_from_the_fields_named_here() -> None:
    copy = reduced(run_of("eve"))
    assert {field for field, text in texts(copy) if text == "eve"} == NAMES


@pytest.mark.parametrize("kept", leaving.ASKED)
def test_what_is_asked_for_leaves_and_nothing_else_with_it(kept: str) -> None:
    text = "http://10.0.0.7/eve"
    fields = {f"{of}.{name}" for (of, name), asked in leaving.OPTIONAL.items() if asked == kept}
    reasons = {"Bench.unknown", "Machine.unknown"} if kept == "texts" else set()
    inside = {"Advice", "GpuProcess", *WHOLE}
    found = {
        field
        for field, each in texts(reduced(run_of(text), [kept]))
        if text in each and field.split(".")[0] not in inside
    }
    whole = ("Run.advice", "Run.skip", "Machine.changes", "Bench.spend", "Bench.same_work")
    outermost = fields.difference(whole)
    assert found - {"Run.advice"} <= fields | reasons | {"Run.said"} or kept == "advice"
    assert {field for field in outermost if not field.startswith("Gpu.processes")} <= (
        found | {"Gpu.processes"}
    )


def test_every_field_of_a_record_is_decided_on() -> None:
    decided = {
        *leaving.OPTIONAL,
        *leaving.TEXTS,
        *leaving.KEYS,
        *leaving.DEFINED,
        *leaving.REASONED,
        *leaving.HOME,
        *((of, name) for of, names in leaving.FIELDS.items() for name in names.split()),
    }
    fields = {
        (of, field.name)
        for of, kind in structures().items()
        for field in msgspec.structs.fields(kind)
        if of not in WHOLE and (of, field.name) != ("Run", "reduced")
    }
    assert fields - decided == set(), "may these leave? Say so in exchange/leaving.py"
    assert decided - fields == set(), "these are in no record any more"


def holds_text(kind: Any) -> bool:
    return kind in (str, Any) or any(holds_text(each) for each in get_args(kind))


def test_no_field_leaves_by_name_that_holds_free_text() -> None:
    for of, names in leaving.FIELDS.items():
        for field in msgspec.structs.fields(structures()[of]):
            if field.name in names.split():
                assert not holds_text(field.type), (of, field.name)


def test_the_copy_says_that_it_was_reduced_and_is_a_record() -> None:
    whole = msgspec.structs.replace(run_of("http://10.0.0.7/eve"), reduced=None)
    copy = reduced(whole, ["tags"])
    assert copy.reduced is not None
    assert copy.reduced.kept == ("tags",)
    assert {"ServerFacts.url", "Gpu.uuid", "Run.advice"} <= set(copy.reduced.left_out)
    assert "Run.tags" not in copy.reduced.left_out
    assert msgspec.json.decode(msgspec.json.encode(copy), type=Run) == copy


def test_reducing_again_gives_the_same_bytes() -> None:
    whole = run_of("eve")
    once = reduced(whole)
    assert msgspec.json.encode(once) == msgspec.json.encode(reduced(whole))
    assert is_reduced_form(once, whole)
    assert not is_reduced_form(once, msgspec.structs.replace(whole, partial=False))
    assert not is_reduced_form(whole, once)
    assert reduced(once).reduced is not None


def test_reasons_stay_and_their_paths_leave() -> None:
    copy = reduced(run_of("gpus[0].power_w"))
    assert copy.machine is not None
    assert copy.machine.unknown == {"gpus[0].power_w": LEFT_OUT}


def test_definitions_leave_if_this_program_wrote_them() -> None:
    whole = run_of("eve")
    assert whole.bench is not None
    text = {**DEFINITIONS, "ttft_ms": "as eve@example.org told me"}
    bench = msgspec.structs.replace(whole.bench, definitions=text)
    copy = reduced(msgspec.structs.replace(whole, bench=bench))
    assert copy.bench is not None
    assert copy.bench.definitions == {k: v for k, v in DEFINITIONS.items() if k != "ttft_ms"}


@pytest.mark.parametrize(
    "name",
    [
        "Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz",
        "NVIDIA GeForce RTX 4090",
        "AMD Ryzen 7 7800X3D 8-Core Processor",
        "RAPL energy counters of 2 zones",
        "memory bus width / 8 x maximum memory clock x 2",
        "CPU, embedded llama.cpp",
        "(last - first event with tokens) / (tokens - 1), by its token count",
    ],
)
def test_real_names_of_hardware_and_methods_are_kept(name: str) -> None:
    assert label(name) == name


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"),
        ("llama3.2:1b", "llama3.2:1b"),
        ("qwen3:30b-a3b-q4_K_M", "qwen3:30b-a3b-q4_K_M"),
        ("/srv/eve/a.gguf", "a.gguf"),
        ("~/a.gguf", "a.gguf"),
        ("D:\\eve\\a.gguf", "a.gguf"),
        ("models/eve/a.gguf", "a.gguf"),
        ("http://eve:pass@host:80/", None),
    ],
)
def test_models_keep_their_names_and_lose_their_folders(name: str, kept: str | None) -> None:
    assert (model_name(name) or None) == kept


def test_versions_are_cut_to_their_number() -> None:
    assert kernel("6.8.0-57-eves-kernel") == "6.8.0"
    assert version("0.32.0+cpu (built by eve)") == "0.32.0+cpu"
    assert version("eve") is None
