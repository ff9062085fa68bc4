"""Are a server's running totals read right, whatever else its metrics hold?"""

from __future__ import annotations

from fake_servers import as_json, serving
from hypothesis import given
from hypothesis import strategies as st

from advisor.documents import Unknown
from advisor.servers.address import parse_url
from advisor.servers.metrics import parse, samples, totals

VLLM = b"""\
# HELP vllm:prompt_tokens_total Number of prefill tokens processed.
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="a}b\\"c"} 12.0
vllm:prompt_tokens_total{engine="1",model_name="x"} 30 1795570135000
vllm:request_success_total{finished_reason="stop"} 1.0
llamacpp:prompt_tokens_total 7
process_start_time_seconds 1.79557e+09
broken{ 5
nan_gauge NaN
endless +Inf
"""


def test_values_that_differ_by_label_only_are_added_up() -> None:
    found = samples(VLLM)
    assert found["vllm:prompt_tokens_total"] == 42
    assert found["llamacpp:prompt_tokens_total"] == 7
    assert found["process_start_time_seconds"] == 1.79557e9
    assert not {"broken", "nan_gauge", "endless"} & set(found)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    assert all(isinstance(value, float) for value in samples(body).values())


def test_metrics_that_are_off_are_unknown_with_the_reason() -> None:
    off = as_json({"error": {"message": "This server does not support metrics endpoint."}}, 501)
    with serving({"/metrics": off}) as url:
        endpoint = parse_url(url)
        assert totals(endpoint, ()) == Unknown("no metrics at /metrics (HTTP 501)")
    assert isinstance(totals(endpoint, ()), Unknown)


def test_labels_choose_among_samples_of_one_name() -> None:
    metrics = parse(VLLM)
    assert metrics.total("vllm:prompt_tokens_total", {"model_name": 'a}b"c'}) == 12
    assert metrics.total("vllm:prompt_tokens_total", {"model_name": "y"}) is None
    assert metrics.total("no_such_thing") is None
    assert metrics.labels("vllm:prompt_tokens_total")["engine"] == "0"
