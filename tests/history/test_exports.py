"""What others' formats say of a run is what its requests showed, by the others' definitions."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import msgspec
import pytest
from test_store import bench, run

from advisor.bench.document import (
    Model,
    Rate,
    RequestSample,
    Samples,
    Stage,
    StageSamples,
    WarmUp,
)
from advisor.errors import AdvisorError, InputError
from advisor.history.exports.aiperf import aiperf
from advisor.history.exports.formats import write_file, write_folder
from advisor.history.exports.guidellm import guidellm
from advisor.history.exports.guidellm_spread import NO_VALUES, of_rates, of_streams, of_values
from advisor.history.exports.loads import Recorded, recorded
from advisor.history.exports.requests_csv import requests_csv
from advisor.history.exports.vllm import vllm_files, vllm_lines
from advisor.history.store import RunStore

HOSTILE = '=HYPERLINK("http://x","y"),\n"z"'


def request(sent_ms: float, *, planned_ms: float | None = None, **given) -> RequestSample:
    """100 ms to the first token, four more 10 ms apart, closed 5 ms after the last."""
    sent_us = round(sent_ms * 1e3)
    first_us = sent_us + 100_000
    facts = {
        "counted": True,
        "planned_us": None if planned_ms is None else round(planned_ms * 1e3),
        "sent_us": sent_us,
        "closed_us": first_us + 45_000,
        "input_tokens": 50,
        "cached_input_tokens": None,
        "output_tokens": 5,
        "first_event_tokens": 1,
        "error": None,
        "events_us": (first_us, 10_000, 10_000, 10_000, 10_000),
    }
    return RequestSample(**(facts | given))


def failed(sent_ms: float, error: str) -> RequestSample:
    sent_us = round(sent_ms * 1e3)
    return request(
        sent_ms,
        counted=False,
        closed_us=sent_us + 1_000,
        input_tokens=None,
        output_tokens=None,
        error=error,
        events_us=(),
    )


def stage(**given) -> Stage:
    facts = dict.fromkeys(Stage.__struct_fields__)
    facts |= {
        "overloaded": False,
        "held_back_by": (),
        "drifting": False,
        "requests": 2,
        "attempts": 4,
        "errors": {},
        "error_details": {},
        "output_tokens_asked": 5,
        "output_tok_per_s": Rate(value=40.0, ci95=(39.0, 41.0)),
        "requests_per_s": 8.0,
        "warmup": WarmUp(requests=1, seconds=0.2, steady=True),
        "window_s": 1.0,
        "stopped_by": "precision",
    }
    return Stage(**(facts | given))


CLOSED = StageSamples(
    concurrency=2,
    output_tokens_asked=5,
    requests=(
        request(0, counted=False),
        failed(1, "timeout"),
        request(410),
        request(
            400,
            closed_us=605_000,
            output_tokens=6,
            first_event_tokens=2,
            events_us=(550_000, 10_000, 10_000, 10_000, 20_000),
        ),
        failed(500, "http_500"),
        failed(1_100, "interrupted"),
        request(1_050, counted=False),
    ),
)
OPEN = StageSamples(
    concurrency=None,
    rate=2.0,
    output_tokens_asked=5,
    requests=(request(330, planned_ms=300), failed(600, "interrupted")),
)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


@pytest.fixture
def kept(store: RunStore) -> Recorded:
    document = msgspec.structs.replace(
        bench("a1"),
        model=Model(name=HOSTILE),
        stages=(
            stage(concurrency=2),
            stage(rate=2.0, arrivals="poisson", requests=1, requests_per_s=1.5),
        ),
    )
    samples = Samples(id="a1", stages=(CLOSED, OPEN))
    store.save(msgspec.structs.replace(run("a1"), bench=document), samples)
    return recorded(store, "latest")


def test_a_load_knows_its_own_requests(kept: Recorded) -> None:
    closed, open_ = kept.loads
    assert [each.sent_us for each in closed.counted] == [400_000, 410_000]
    assert [each.error for each in closed.failed] == ["http_500"]
    assert [each.error for each in open_.failed] == ["interrupted"]
    assert closed.not_before_s == datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert open_.not_before_s - closed.not_before_s == pytest.approx(1.195)


def test_a_run_without_a_measurement_has_no_requests(store: RunStore) -> None:
    store.save(run("p1", measured=False))
    with pytest.raises(InputError, match="holds no measurement"):
        recorded(store, "p1")


def test_lost_and_damaged_samples_are_named(store: RunStore) -> None:
    store.save(run("b1"))
    with pytest.raises(AdvisorError, match="none were kept"):
        recorded(store, "b1")
    store.save(run("b2"), samples={"schema": "advisor.samples/9"})
    with pytest.raises(AdvisorError, match="cannot read the requests"):
        recorded(store, "b2")


def test_the_table_has_every_request_and_runs_nothing(kept: Recorded) -> None:
    content = requests_csv(kept).decode()
    assert content.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert len(rows) == 9
    assert {row["model"] for row in rows} == {f"'{HOSTILE}"}
    assert [row["counted"] for row in rows] == ["false"] * 2 + ["true"] * 2 + ["false"] * 3 + [
        "true",
        "false",
    ]
    odd, late = rows[3], rows[7]
    assert [float(odd[key]) for key in ("ttft_ms", "itl_mean_ms", "tpot_ms", "e2e_ms")] == [
        150.0,
        12.5,
        12.5,
        205.0,
    ]
    assert [float(late[key]) for key in ("planned_ms", "sent_ms", "ttft_ms", "e2e_ms")] == [
        300.0,
        330.0,
        130.0,
        175.0,
    ]
    error = rows[1]
    assert error["error"] == "timeout"
    assert {error[key] for key in ("ttft_ms", "tpot_ms", "e2e_ms", "output_tokens")} == {""}


def test_vllm_has_a_line_a_load_in_its_definitions(kept: Recorded) -> None:
    closed, open_ = (json.loads(line) for line in vllm_lines(kept).splitlines())
    assert closed["max_concurrency"] == 2
    assert closed["request_rate"] == "inf"
    assert [closed[key] for key in ("completed", "failed", "num_prompts")] == [2, 1, 3]
    assert closed["total_output_tokens"] == 11
    assert closed["output_throughput"] == 40.0
    assert closed["total_token_throughput"] == 40.0 + 8.0 * 50
    assert closed["mean_ttft_ms"] == pytest.approx(125)
    assert closed["std_ttft_ms"] == pytest.approx(25)
    assert closed["mean_tpot_ms"] == pytest.approx((50 / 5 + 40 / 4) / 2)
    assert closed["p99_itl_ms"] == pytest.approx(19.3)
    assert closed["median_e2el_ms"] == pytest.approx((200 + 140) / 2)
    assert closed["errors"] == ["", "", "http_500"]
    assert closed["output_lens"] == [6, 5, 0]
    assert [len(closed[key]) for key in ("ttfts", "itls", "input_lens", "latencies")] == [3] * 4
    assert closed["request_goodput"] is None
    assert open_["request_rate"] == 2.0
    assert open_["max_concurrency"] is None
    assert open_["burstiness"] == 1.0
    assert open_["mean_ttft_ms"] == pytest.approx(100)
    assert open_["queue_times"][0] == pytest.approx(0.03)
    files = {str(path): json.loads(content) for path, content in vllm_files(kept).items()}
    assert files == {"stage_1_concurrency_2.json": closed, "stage_2_rate_2.json": open_}


def test_aiperf_has_a_folder_a_load_in_its_definitions(kept: Recorded) -> None:
    files = {str(path): content for path, content in aiperf(kept).items()}
    assert set(files) == {
        f"{folder}/{name}"
        for folder in ("stage_1_concurrency_2", "stage_2_rate_2")
        for name in ("profile_export_aiperf.json", "profile_export.jsonl")
    }
    closed = json.loads(files["stage_1_concurrency_2/profile_export_aiperf.json"])
    assert closed["time_to_first_token"]["avg"] == pytest.approx(125)
    assert closed["time_to_first_token"]["std"] == pytest.approx(25)
    assert closed["request_latency"]["p50"] == pytest.approx((200 + 140) / 2)
    assert closed["inter_token_latency"]["max"] == pytest.approx(50 / 4)
    assert closed["inter_chunk_latency"]["count"] == 8
    assert closed["output_sequence_length"]["sum"] == 11
    assert closed["output_token_throughput"] == {"unit": "tokens/sec", "avg": 40.0}
    assert closed["request_count"]["avg"] == 2
    assert closed["error_summary"] == [
        {"error_details": {"code": 500, "type": "http_500", "message": "http_500"}, "count": 1}
    ]
    assert closed["input_config"]["phases"][0]["concurrency"] == 2
    assert "goodput" not in closed

    records = [
        json.loads(line) for line in files["stage_2_rate_2/profile_export.jsonl"].splitlines()
    ]
    assert [record.get("error", {}).get("type") for record in records] == [None, "interrupted"]
    first = records[0]["metadata"]
    assert first["request_start_ns"] - first["credit_issued_ns"] == 30_000_000
    assert first["request_end_ns"] - first["request_start_ns"] == 145_000_000
    assert records[0]["metrics"]["time_to_first_token"] == {"value": 100.0, "unit": "ms"}


def test_guidellm_has_a_report_of_all_loads_in_its_definitions(kept: Recorded) -> None:
    report = json.loads(guidellm(kept))
    assert report["metadata"]["version"] == 2
    assert report["config"]["spec"]["profile"] == {"kind": "concurrent", "streams": [2]}
    closed, open_ = report["benchmarks"]
    assert closed["config"]["strategy"] == {"type_": "concurrent", "streams": 2}
    assert open_["config"]["strategy"] == {"type_": "poisson", "rate": 2.0}
    metrics = {name: held.get("successful") for name, held in closed["metrics"].items()}
    assert metrics["request_totals"] == 2
    assert metrics["time_to_first_token_ms"]["mean"] == pytest.approx(125)
    assert metrics["request_latency"]["max"] == pytest.approx(0.205)
    assert metrics["inter_token_latency_ms"]["mean"] == pytest.approx((50 + 40) / (5 + 4))
    assert metrics["time_per_output_token_ms"]["mean"] == pytest.approx((200 + 140) / (6 + 5))
    assert metrics["output_tokens_per_second"]["mean"] == pytest.approx(11 + 5)
    assert metrics["request_concurrency"]["max"] == 3
    assert metrics["time_to_first_output_token_ms"] == NO_VALUES
    assert closed["scheduler_metrics"]["queued_time_avg"] == -1
    window = closed["scheduler_metrics"]
    assert window["measure_end_time"] - window["measure_start_time"] == pytest.approx(1)
    assert [each["info"]["status"] for each in closed["requests"]["successful"]] == [
        "completed"
    ] * 2
    (error,) = closed["requests"]["errored"]
    assert (error["info"]["status"], error["info"]["error"]) == ("errored", "http_500")
    timings = open_["requests"]["successful"][0]["info"]["timings"]
    assert timings["request_start"] - timings["targeted_start"] == pytest.approx(0.03, abs=1e-6)


def test_values_are_summed_up_by_their_weights() -> None:
    summary = of_values([(1.0, 1.0), (5.0, 2.0), (2.0, 1.0), (9.0, 0.0)])
    assert [summary[key] for key in ("mean", "median", "mode", "min", "max")] == [
        3.25,
        2.0,
        5.0,
        1.0,
        5.0,
    ]
    assert (summary["count"], summary["total_sum"]) == (4, 13.0)
    assert of_values([]) == NO_VALUES


def test_a_rates_mean_is_what_came_over_the_window() -> None:
    steady = of_rates([(0.5, 2.0), (1.5, 2.0), (2.5, 2.0), (9.0, 7.0)], 0.0, 3.0)
    assert steady["mean"] == pytest.approx(2)
    assert steady["max"] == pytest.approx(2 / 0.75)
    bundled = of_rates([(1.0, 3.0), (1.00005, 1.0)], 0.0, 2.0)
    assert bundled["max"] == pytest.approx(4.0)
    assert of_rates([(9.0, 1.0)], 0.0, 3.0) == NO_VALUES


def test_streams_are_weighed_by_their_time() -> None:
    open_at_once = of_streams([(-1.0, 1.0), (0.5, 9.0), (8.0, 9.0)], 0.0, 2.0)
    assert open_at_once["mean"] == pytest.approx((1.0 + 1.5) / 2)
    assert (open_at_once["min"], open_at_once["max"], open_at_once["count"]) == (1, 2, 2)


def test_unknown_tokens_are_null_not_zero(store: RunStore) -> None:
    silent = StageSamples(
        concurrency=1,
        output_tokens_asked=5,
        requests=(request(0, input_tokens=None, output_tokens=None),),
    )
    document = msgspec.structs.replace(bench("a1"), stages=(stage(concurrency=1),))
    store.save(
        msgspec.structs.replace(run("a1"), bench=document), Samples(id="a1", stages=(silent,))
    )
    result = json.loads(vllm_lines(recorded(store, "a1")))
    assert result["total_input_tokens"] is None
    assert result["total_token_throughput"] is None
    assert result["mean_tpot_ms"] is None
    assert result["input_lens"] == [None]
    (record,) = (
        json.loads(content)
        for path, content in aiperf(recorded(store, "a1")).items()
        if path.suffix == ".jsonl"
    )
    (report,) = json.loads(guidellm(recorded(store, "a1")))["benchmarks"]
    assert report["metrics"]["prompt_token_count"]["successful"]["count"] == 0
    assert not {"input_sequence_length", "inter_token_latency"} & set(record["metrics"])


def test_a_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    write_file(target, b"one", replace=False)
    with pytest.raises(InputError, match="--force"):
        write_file(target, b"two", replace=False)
    assert target.read_bytes() == b"one"
    write_file(target, b"two", replace=True)
    assert target.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(AdvisorError, match="cannot write"):
        write_file(tmp_path / "no" / "out.csv", b"", replace=False)
    (tmp_path / "folder").mkdir()
    with pytest.raises(AdvisorError, match="cannot write"):
        write_file(tmp_path / "folder", b"", replace=True)
    assert {path.name for path in tmp_path.iterdir()} == {"out.csv", "folder"}


def test_a_folder_is_written_whole_or_not_begun(tmp_path: Path) -> None:
    files = {PurePosixPath("a/one"): b"1", PurePosixPath("b/two"): b"2"}
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two").write_bytes(b"mine")
    with pytest.raises(InputError, match="--force"):
        write_folder(tmp_path, files, replace=False)
    assert not (tmp_path / "a").exists()
    write_folder(tmp_path, files, replace=True)
    assert (tmp_path / "a" / "one").read_bytes() == b"1"
    assert (tmp_path / "b" / "two").read_bytes() == b"2"
    with pytest.raises(AdvisorError, match="cannot write"):
        write_folder(tmp_path / "b" / "two", files, replace=False)
