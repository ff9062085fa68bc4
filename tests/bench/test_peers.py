"""Is the comparison with other tools fair: are their reports read, paired and judged rightly?"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from known_timing import timed_server
from peer_tools import aiperf, cpu, guidellm, ours, vllm
from peer_tools.table import table
from peer_tools.tool import Load, Places, Report, Reported
from peer_tools.truth import Logged, judged, pairs_by_order
from timed_server import read_entries, read_sent

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


def answer(arrived_ms: float, *sent_ms: float, name: str = "") -> Logged:
    sent_ns = tuple(int(each * 1e6) for each in sent_ms)
    return Logged(int(arrived_ms * 1e6), sent_ns, {"request_id": name})


LOG = [
    answer(1_000, 1_200, 1_210, 1_220, name="a"),
    answer(1_001, 1_201, 1_213, 1_221, name="b"),
    answer(1_230, 1_430, 1_440, 1_450, name="c"),
]


def test_requests_are_judged_by_the_answer_of_their_name():
    reported = [Reported(203.0, 10.0, name="b"), Reported(201.0, 10.5, name="a")]
    found = judged(Report(reported, output_tok_per_s=27.0), LOG, "request_id")
    assert found["matched"] == 2
    assert found["ttft_ms"]["true"] == pytest.approx({"median": 200, "p99": 200})
    assert found["ttft_ms"]["error"]["median"] == pytest.approx(2.0)
    assert found["ttft_ms"]["error"]["p99"] == pytest.approx(2.98)
    assert found["itl_ms"]["error"]["p99"] == pytest.approx(0.495)
    assert found["output_tok_per_s"]["true"] == pytest.approx(6 / 0.221)


def test_the_size_of_an_error_counts_in_its_percentile_and_not_its_sign():
    found = judged(Report([Reported(150.0, 10.0, name="a")], None), LOG, "request_id")
    assert found["ttft_ms"]["error"] == pytest.approx({"median": -50, "p99": 50})


def test_a_report_of_other_requests_is_refused():
    with pytest.raises(ValueError, match="none of its requests"):
        judged(Report([Reported(200.0, 10.0, name="z")], None), LOG, "request_id")


def test_requests_without_names_are_found_by_their_order():
    before, after = answer(400, 600, 601), answer(2_000, 2_200, 2_210)
    reported = [
        Reported(200.0, 10.0, started_ns=230_400_000, events=3),
        Reported(200.0, 10.0, started_ns=0, events=3),
        Reported(200.0, 10.0, started_ns=1_100_000, events=3),
    ]
    found = pairs_by_order(reported, [after, *reversed(LOG), before])
    assert [entry.names["request_id"] for _, entry in found] == ["a", "b", "c"]
    assert [seen.started_ns for seen, _ in found] == [0, 1_100_000, 230_400_000]


def test_a_rate_is_judged_in_the_window_it_is_of():
    reported = [Reported(200.0, 10.0, started_ns=0, events=3)]
    report = Report(reported, output_tok_per_s=50.0, window_ns=(195_000_000, 215_000_000))
    found = judged(report, [LOG[0]], None)
    assert found["output_tok_per_s"] == {"true": pytest.approx(2 / 0.020), "reported": 50.0}


def test_each_tools_records_are_read(tmp_path):
    write = {
        guidellm.RESULT: {
            "benchmarks": [
                {
                    "requests": {
                        "successful": [
                            {
                                "response_id": "cmpl-7",
                                "time_to_first_token_ms": 201.5,
                                "inter_token_latency_ms": 10.1,
                            }
                        ]
                    },
                    "metrics": {"output_tokens_per_second": {"successful": {"mean": 90.0}}},
                }
            ]
        },
        "profile_export_aiperf.json": {"output_token_throughput": {"avg": 91.0}},
        "profile_export.jsonl": {
            "metadata": {"x_request_id": "r-1"},
            "metrics": {
                "time_to_first_token": {"value": 202.5, "unit": "ms"},
                "inter_token_latency": {"value": 10.2, "unit": "ms"},
            },
        },
        vllm.RESULT: {
            "ttfts": [0.2035, 0.0],
            "itls": [[0.010, 0.012], []],
            "errors": ["", "refused"],
            "output_throughput": 92.0,
        },
    }
    for name, content in write.items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    assert guidellm.read(tmp_path) == Report([Reported(201.5, 10.1, name="cmpl-7")], 90.0)
    assert aiperf.read(tmp_path) == Report([Reported(202.5, 10.2, name="r-1")], 91.0)
    (only,) = vllm.read(tmp_path).requests
    assert (only.ttft_ms, only.itl_ms, only.name) == (
        pytest.approx(203.5),
        pytest.approx(11.0),
        "peers-0",
    )


def test_our_own_samples_are_read(tmp_path):
    stage = {
        "warmup": {"seconds": 1.5},
        "window_s": 2.0,
        "output_tok_per_s": {"value": 93.0, "ci95": None},
    }
    rows = [
        [True, None, 5_000, 230_000, 64, None, 3, 1, None, [205_200, 10_000, 11_000]],
        [False, None, 6_000, 9_000, None, None, None, 0, "timeout", []],
    ]
    (tmp_path / "document.json").write_text(json.dumps({"stages": [stage]}), encoding="utf-8")
    samples = json.dumps({"stages": [{"requests": rows}]})
    (tmp_path / "samples.json").write_text(samples, encoding="utf-8")
    found = ours.read_one_load(tmp_path)
    assert found.requests == [Reported(200.2, 10.5, started_ns=5_000_000, events=3)]
    assert found.window_ns == (1_500_000_000, 3_500_000_000)
    assert found.output_tok_per_s == 93.0


def test_the_record_of_the_whole_command_is_read(tmp_path):
    with timed_server("--ttft-ms", "20", "--itl-ms", "2") as url:
        load = Load(url, 1, requests=1, seconds=1.0, input_tokens=16, output_tokens=8)
        places = Places(tmp_path, tmp_path, tmp_path)
        subprocess.run(
            ours.whole_command(load, places), check=True, capture_output=True, timeout=120
        )
    found = ours.read_record(tmp_path)
    assert found.window_ns is not None
    assert {each.events for each in found.requests} <= set(range(9))
    assert any(each.ttft_ms > 19 for each in found.requests)


def test_the_table_fits_a_terminal():
    pair = {"median": 12_345.678, "p99": 98_765.432}
    both = {"true": pair, "reported": pair, "error": pair}
    measured = {
        "tool": "advisor",
        "matched": 16_384,
        "ttft_ms": both,
        "itl_ms": both,
        "output_tok_per_s": {"true": 8_000.0, "reported": None},
        "cpu_us_per_event": 12_345.6,
        "net_cpu_us_per_event": 12_345.6,
        "times_ours": 123.4,
        "net_times_ours": None,
        "scheduler_ms": pair,
    }
    usual = {**measured, "scheduler_ms": {"median": 0.2, "p99": 230.8}}
    names = ("advisor", "guidellm", "aiperf", "vllm bench")
    lines = list(table(1_024, [{**usual, "tool": name} for name in names]))
    assert max(map(len, lines)) <= 80
    assert any("  12346  12346 " in line for line in lines)
    failed = {"tool": "aiperf", "failed": "x" * 200 + "exit status 1:\nno tokenizer"}
    lines = list(table(1_024, [measured, failed]))
    assert max(map(len, lines)) <= 80
    assert any("exit status 1: no tokenizer" in line for line in lines)


@linux
def test_cpu_time_of_orphans_counts(tmp_path):
    burn = "import time\nend = time.process_time() + 0.6\nwhile time.process_time() < end: pass"
    parent = (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-c', {burn!r}], start_new_session=True)"
    )
    result = tmp_path / "cpu.json"
    command = [sys.executable, cpu.__file__, str(result), sys.executable, "-c", parent]
    subprocess.run(command, check=True)
    found = json.loads(result.read_text(encoding="utf-8"))
    assert found["status"] == 0
    assert 0.6 <= found["cpu_s"] < 3


def test_a_kept_connection_carries_a_second_answer():
    with timed_server("--ttft-ms", "5", "--itl-ms", "1") as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        for name in ("first", "second"):
            body = json.dumps({"prompt": "good word", "max_tokens": 3})
            connection.request("POST", "/v1/completions", body, {"X-Request-ID": name})
            local_port = connection.sock.getsockname()[1]
            events = connection.getresponse().read().split(b"\n\n")
        assert connection.sock.getsockname()[1] == local_port
        log = read_entries(url)
        assert [entry["request_id"] for entry in log] == ["first", "second"]
        assert json.loads(events[0].removeprefix(b"data: "))["id"] == log[1]["answer_id"]
        assert read_sent(url) == 6


@linux
def test_a_request_has_arrived_before_a_slow_server_reads_it():
    with timed_server("--ttft-ms", "0", "--itl-ms", "1") as url:
        (server,) = [
            each for each in psutil.Process().children() if "timed_server.py" in str(each.cmdline())
        ]
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        connection.connect()
        os.kill(server.pid, signal.SIGSTOP)
        connection.request("POST", "/v1/completions", '{"prompt": "x", "max_tokens": 1}')
        sent_ns = time.perf_counter_ns()
        time.sleep(0.3)
        os.kill(server.pid, signal.SIGCONT)
        connection.getresponse().read()
        (entry,) = read_entries(url)
    assert abs(entry["arrived_ns"] - sent_ns) < 0.1e9
    assert entry["sent_ns"][0] - sent_ns > 0.29e9


def test_a_commands_record_names_no_folder_of_this_machine():
    import peers

    load = Load("http://127.0.0.1:1", 4, 12, 3.0, 64, 64)
    for tool in peers.TOOLS.values():
        assert "/home" not in peers.shown(tool, load)
        assert str(Path(sys.executable).parent) not in peers.shown(tool, load)
    assert peers.shown(peers.TOOLS["guidellm"], load).startswith("guidellm run --backend kind=")
