"""Is a cold start told in lines that fit, with what is not known named?"""

from __future__ import annotations

from advisor.bench.cold_document import ColdStart, Load, RequestTimes, Switch
from advisor.report.cold import cold_facts

FAST = RequestTimes(ttft_ms=40, e2e_ms=400)


def load(share: float | None, load_s: float | None = 2.5) -> Load:
    first = RequestTimes(ttft_ms=310, e2e_ms=700)
    return Load(disk_cache_share=share, load_s=load_s, first_request=first)


def cold(*loads: Load, switches: tuple[Switch, ...] = ()) -> ColdStart:
    return ColdStart(
        of="model",
        was_loaded=True,
        loads=loads,
        warm_request=FAST,
        warm_requests=5,
        unload_s=0.12,
        switches=switches,
    )


def test_where_each_load_came_from_is_said() -> None:
    facts = cold_facts(cold(load(0.0), load(0.4), load(1.0), load(None)), {})
    assert facts == [
        ("cold start", "2.5 s from the disk, then first token after 310 ms"),
        ("cold start", "2.5 s with 40% from the disk cache, then first token after 310 ms"),
        ("cold start", "2.5 s from the disk cache, then first token after 310 ms"),
        ("cold start", "2.5 s (disk cache not known), then first token after 310 ms"),
        ("when warm", "first token after 40 ms, unloaded in 0.12 s"),
    ]


def test_a_server_that_loads_with_the_first_request_is_told_so() -> None:
    first, _ = cold_facts(cold(load(None, load_s=None)), {})
    assert first[1].startswith("loaded with the first request: first token after 310 ms")


def test_a_switch_names_the_new_model_harmlessly() -> None:
    switch = Switch(
        from_model="a",
        to_model="evil\x1b[31m",
        load_s=1.0,
        first_token_s=1.2,
        kept_loaded=True,
    )
    label, line = cold_facts(cold(load(1.0), switches=(switch,)), {})[-1]
    assert label == "switch"
    assert line.startswith("1.2 s until the first token of evil")
    assert line.endswith(", the other stays loaded")
    assert "\x1b" not in line


def test_only_a_cold_start_that_was_asked_for_is_missed() -> None:
    assert cold_facts(None, {"cold_start": "it was not asked for (--cold)"}) == []
    assert cold_facts(None, {"cold_start": "m was asked to stay loaded"}) == [
        ("cold start", "m was asked to stay loaded")
    ]
