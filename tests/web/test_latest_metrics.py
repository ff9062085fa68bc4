"""The newest result of each load is told in Prometheus' format, whatever names it carries."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from made_up_latest import UNKIND, energy, guides_advice, made_up, skip, spread, stage
from prometheus_client.parser import text_string_to_metric_families
from real_prometheus import program

from advisor.advice.document import Advice
from advisor.errors import AdvisorError
from advisor.history.record import Run
from advisor.history.store import RunStore
from advisor.schedule.guard import obstacles
from advisor.schedule.look import Seen, ServerUse
from advisor.schedule.perform import DIED, STOPPED, TAKEN
from advisor.schedule.reasons import KINDS, OTHER, kinds_of
from advisor.web import latest as bounds
from advisor.web.latest import LONGEST_LABEL, Latest, Reader, latest
from advisor.web.metrics import render
from advisor.web.watch import SchedulerState, Watch


def told(found: Latest | None, state: SchedulerState | None = None) -> dict[str, list[tuple]]:
    """What Prometheus' own parser reads: by name, the labels and the value of each series."""
    samples: dict[str, list[tuple]] = {}
    for family in text_string_to_metric_families(render(found, state).decode()):
        assert family.documentation
        assert family.type in ("gauge", "counter")
        for sample in family.samples:
            samples.setdefault(sample.name, []).append((sample.labels, sample.value))
    return samples


def values(found: Latest, name: str) -> list[float]:
    return [value for _, value in told(found).get(f"advisor_{name}", [])]


def test_a_load_is_told_in_base_units() -> None:
    found = told(latest([made_up("a", stage(50.0))]))
    ((labels, value),) = found["advisor_decode_tokens_per_second"]
    assert value == 50.0
    assert labels == {
        "machine": "box-a",
        "model": "smollm2",
        "quantization": "Q4_0",
        "server": "ollama",
        "workload": "chat 512/128",
        "load": "concurrency 1",
    }
    ttft = {labels["statistic"]: value for labels, value in found["advisor_ttft_seconds"]}
    assert ttft == {"median": 0.25, "p95": 0.5}
    (started,) = [value for _, value in found["advisor_last_run_timestamp_seconds"]]
    assert started == datetime(2026, 11, 1, 3, tzinfo=UTC).timestamp()
    assert [each[1] for each in found["advisor_output_tokens_per_second"]] == [45.0]
    assert [each[1] for each in found["advisor_joules_per_output_token"]] == [1.5]
    assert [each[1] for each in found["advisor_active_power_watts"]] == [220.0]
    assert found["advisor_idle_power_watts"][0][0]["grade"] == "counter"
    assert [each[1] for each in found["advisor_idle_power_watts"]] == [20.0]


def test_what_was_not_measured_is_absent_and_not_zero() -> None:
    bare = stage(1.0, decode_tok_per_s=None, output_tok_per_s=None, ttft_ms=None, energy=None)
    partly = stage(2.0, concurrency=2, energy=energy(j_per_output_token=None, idle_w=None))
    found = latest([made_up("a", bare, partly)])
    assert values(found, "decode_tokens_per_second") == [2.0]
    assert values(found, "ttft_seconds") == [0.25, 0.5]
    assert values(found, "joules_per_output_token") == []
    assert values(found, "idle_power_watts") == []
    assert values(found, "active_power_watts") == [220.0]
    assert len(values(found, "run_partial")) == 2


def test_numbers_that_are_none_are_left_out() -> None:
    found = latest([made_up("a", stage(float("inf"), ttft_ms=spread(float("nan"))))])
    assert values(found, "decode_tokens_per_second") == []
    assert values(found, "ttft_seconds") == []


def test_each_load_is_of_its_newest_run() -> None:
    newer = made_up("b", stage(60.0), partial=True)
    older = made_up(
        "a", stage(50.0), stage(40.0, concurrency=16), stage(9.0, concurrency=None, rate=2.5)
    )
    found = told(latest([newer, older]))
    rates = {labels["load"]: value for labels, value in found["advisor_decode_tokens_per_second"]}
    assert rates == {"concurrency 1": 60.0, "concurrency 16": 40.0, "rate 2.5": 9.0}
    partial = {labels["load"]: value for labels, value in found["advisor_run_partial"]}
    assert partial == {"concurrency 1": 1.0, "concurrency 16": 0.0, "rate 2.5": 0.0}


def test_never_pays_back_is_zero_and_has_no_months() -> None:
    found = told(latest([made_up("b"), made_up("a", advice=guides_advice())]))
    pays = {labels["api"]: value for labels, value in found["advisor_pays_back"]}
    months = {labels["api"]: value for labels, value in found["advisor_break_even_months"]}
    assert pays == {"GPT-4": 1.0, "GPT-3.5 Turbo": 0.0, "Claude 3.5 Sonnet": 1.0, "Groq": 0.0}
    assert set(months) == {"GPT-4", "Claude 3.5 Sonnet"}
    assert months["GPT-4"] == pytest.approx(3.92, abs=0.01)


def test_an_unknown_break_even_is_neither_yes_nor_no() -> None:
    advice: Advice = guides_advice()
    unknown = {**advice.unknown, "comparisons[0].break_even_months_full": "no price is known"}
    first = msgspec.structs.replace(advice.comparisons[0], break_even_months_full=None)
    advice = msgspec.structs.replace(
        advice, comparisons=(first, *advice.comparisons[1:]), unknown=unknown
    )
    found = told(latest([made_up("a", advice=advice)]))
    assert first.name not in {labels["api"] for labels, _ in found["advisor_pays_back"]}


def test_unkind_names_are_one_label_and_nothing_else() -> None:
    found = latest([made_up("a", model=UNKIND, workload=UNKIND, machine=UNKIND)])
    ((labels, _),) = told(found)["advisor_decode_tokens_per_second"]
    for name in ("model", "machine", "workload"):
        assert len(labels[name]) <= LONGEST_LABEL
        assert "\n" not in labels[name]
        assert "\x1b" not in labels[name]
        assert labels[name].startswith('a "quoted" \\ model')


def test_names_that_look_alike_once_cleaned_are_one_series() -> None:
    found = latest(
        [made_up("b", stage(2.0), model="m\x1b"), made_up("a", stage(1.0), model="m\x07")]
    )
    assert values(found, "decode_tokens_per_second") == [2.0]


def test_the_number_of_series_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_LOADS", 10)
    found = latest(made_up(str(number), model=f"m{number}") for number in range(25))
    assert len(values(found, "decode_tokens_per_second")) == 10
    assert values(found, "left_out_loads") == [15.0]


def test_without_a_history_it_says_so() -> None:
    found = told(None)
    assert found["advisor_history_readable"] == [({}, 0.0)]
    assert "advisor_run_partial" not in found


def test_the_history_is_read_from_its_newest_end(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    for day in range(1, 8):
        advice = guides_advice() if day == 2 else None
        when = f"2026-11-{day:02}T03:00:00+00:00"
        store.save(made_up(f"r{day}", stage(float(day)), started_at=when, advice=advice))
    store.save(
        skip("s1", "this machine runs on its battery", started_at="2026-11-08T03:00:00+00:00")
    )
    store.save(
        skip("s0", "this machine runs on its battery", started_at="2026-09-01T03:00:00+00:00")
    )
    found = Reader(store).latest(datetime(2026, 11, 9, tzinfo=UTC))
    assert values(found, "decode_tokens_per_second") == [7.0]
    assert len(values(found, "pays_back")) == 4
    assert told(found)["advisor_skipped_runs"] == [
        ({"machine": "box-a", "schedule": "nightly", "reason": "battery"}, 1.0)
    ]


def test_a_damaged_run_is_counted_and_hides_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    store = RunStore(tmp_path)
    store.save(made_up("good"))
    store.save(made_up("bad", model="other"))
    assert store.place.file is not None
    with sqlite3.connect(store.place.file) as connection:
        connection.execute("UPDATE documents SET content = '{}' WHERE run_id = 'bad'")
    found = Reader(store).latest()
    assert values(found, "unreadable_runs") == [1.0]
    assert values(found, "decode_tokens_per_second") == [50.0]


def test_only_new_runs_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunStore(tmp_path)
    store.save(made_up("a"))
    reader = Reader(store)
    assert values(reader.latest(), "decode_tokens_per_second") == [50.0]
    store.save(made_up("b", stage(60.0), started_at="2026-11-02T03:00:00+00:00"))
    loaded: list[str] = []
    load = store.load
    monkeypatch.setattr(store, "load", lambda each: (loaded.append(each), load(each))[1])
    assert values(reader.latest(), "decode_tokens_per_second") == [60.0]
    assert loaded == ["b"]


def everything_in_the_way() -> list[str]:
    """Every reason that a run can be skipped for."""
    seen = Seen(
        others_busy_percent=90.0,
        busiest=("cc1",),
        on_battery=True,
        gpu_temperature_c=90.0,
        busy_cards=(("card 0", 50.0),),
        strangers=(("python", 2**31),),
        servers=(ServerUse("vllm", 2),),
    )
    hot = Seen(others_busy_percent=0.0, held_back_by=("thermal slowdown",))
    missed = "its time was missed by more than 60 minutes"
    failed = "it failed: no server (nobody listens on port 1)"
    return [*obstacles(seen), *obstacles(hot), TAKEN, DIED, STOPPED, missed, failed]


def test_every_reason_of_the_scheduler_has_a_kind() -> None:
    reasons = everything_in_the_way()
    assert OTHER not in kinds_of(reasons)
    assert {*kinds_of(reasons), OTHER} == set(KINDS)
    assert kinds_of(("something from a stranger's bundle",)) == (OTHER,)


def test_the_scheduler_tells_what_it_does() -> None:
    watch = Watch("nightly")
    hear = watch.before(lambda _: None)
    hear({"event": "waiting", "next": "2026-11-29T03:00:00+00:00"})
    first = told(Latest(), watch.state())
    assert first["advisor_schedule_running"] == [({"schedule": "nightly"}, 0.0)]
    assert first["advisor_schedule_next_run_timestamp_seconds"][0][1] == 1795921200.0
    assert "advisor_schedule_last_outcome" not in first
    hear({"event": "started"})
    assert told(Latest(), watch.state())["advisor_schedule_running"][0][1] == 1.0
    hear({"event": "skipped", "reasons": [DIED, TAKEN]})
    after = told(Latest(), watch.state())
    assert after["advisor_schedule_running"][0][1] == 0.0
    outcome = {each["outcome"]: value for each, value in after["advisor_schedule_last_outcome"]}
    assert outcome == {"measured": 0.0, "skipped": 1.0, "failed": 0.0}
    reasons = {each["reason"]: value for each, value in after["advisor_skipped_total"]}
    assert set(reasons) == set(KINDS)
    assert {name for name, count in reasons.items() if count} == {"died", "another_run"}
    runs = {each["outcome"]: value for each, value in after["advisor_schedule_runs_total"]}
    assert runs == {"measured": 0.0, "skipped": 1.0, "failed": 0.0}


def test_every_metric_is_documented_and_no_other() -> None:
    page = Path(__file__).parents[2] / "docs" / "prometheus.md"
    tables = [line for line in page.read_text().splitlines() if line.startswith("| `advisor_")]
    documented = {name for line in tables for name in re.findall(r"`(advisor_\w+)`", line)}
    content = render(Latest(), Watch("nightly").state()).decode()
    assert documented == set(re.findall(r"^# TYPE (\S+)", content, re.MULTILINE))


def test_without_the_client_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(AdvisorError, match=r"local-or-api\[web\]"):
        render(Latest())


def test_promtool_has_nothing_to_say() -> None:
    watch = Watch("nightly")
    hear = watch.before(lambda _: None)
    hear({"event": "waiting", "next": "2026-11-29T03:00:00+00:00"})
    hear({"event": "measured"})
    runs: list[Run] = [made_up("a", advice=guides_advice()), made_up("b", model=UNKIND)]
    found = latest(runs, [skip("s", DIED, started_at="2026-11-08T03:00:00+00:00")])
    done = subprocess.run(
        [program("promtool"), "check", "metrics"],
        input=render(found, watch.state()),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
