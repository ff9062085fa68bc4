"""Are sides compared only where they are alike, and told truly by how much they differ?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from made_up_runs import USAGE, made_up, single

from advisor.cli.schema import json_schema
from advisor.documents import to_json
from advisor.errors import InputError
from advisor.history.compare.compare import compare
from advisor.history.compare.limits import parse_limit
from advisor.history.compare.ranking import rank_sides
from advisor.history.compare.sides import Side, side
from advisor.history.record import Run
from advisor.history.store import RunStore


def one(name: str, *runs: Run) -> Side:
    return Side(name, tuple(runs))


def five(name: str, decode: float, **given: Any) -> Side:
    """Five runs with a spread of half a percent."""
    steps = (1.0, 1.005, 0.995, 1.002, 0.998)
    return one(
        name, *(made_up(f"{name}{i}", decode * step, **given) for i, step in enumerate(steps))
    )


def by_metric(found: Any, side_name: str = "b") -> dict[str, Any]:
    return {line.metric: line for line in found.lines if line.side == side_name}


def test_a_faster_box_is_called_faster_in_every_metric_and_by_how_much() -> None:
    found = compare([five("a", 100), five("b", 131, machine="box-b")])
    lines = by_metric(found)
    assert lines["decode_tok_per_s"].ratio == pytest.approx(1.31, rel=0.01)
    assert lines["ttft_ms"].ratio == pytest.approx(1 / 1.31, rel=0.01)
    low, high = lines["decode_tok_per_s"].ci95
    assert 1.28 < low < 1.31 < high < 1.34
    assert {line.words for line in lines.values()} == {"faster"}
    assert lines["decode_tok_per_s"].runs == (5, 5)
    assert found.sides[1].machines == ("box-b",)
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(msgspec.json.decode(to_json(found)), json_schema("advisor.comparison/1"))


def test_single_runs_tell_large_differences_only_and_say_what_they_assume() -> None:
    found = compare([one("a", made_up("a", 100)), one("b", made_up("b", 108))])
    assert {line.verdict for line in found.lines} == {"too few data"}
    assert any("fewer than 4 runs" in note for note in found.notes)
    found = compare([one("a", made_up("a", 100)), one("b", made_up("b", 50))])
    assert by_metric(found)["decode_tok_per_s"].words == "slower"


@pytest.mark.parametrize(
    ("changed", "part", "shown"),
    [
        ({"server": ("ollama", "0.9.4")}, "server-version", "0.9.4"),
        ({"server": ("vllm", "0.9.3")}, "server", "vllm"),
        ({"digest": "sha256:def"}, "model", "sha256:def"),
        ({"workload": {"input_tokens": 64}}, "workload", "64 in"),
        ({"workload": {"shared_prefix_tokens": 100}}, "workload", "100 shared"),
    ],
)
def test_what_is_not_alike_is_refused_by_name_unless_allowed(
    changed: dict[str, Any], part: str, shown: str
) -> None:
    sides = [one("a", made_up("a", 100)), one("b", made_up("b", 200, **changed))]
    with pytest.raises(InputError) as refused:
        compare(sides)
    assert shown in str(refused.value) and f"--allow {part}" in str(refused.value)
    found = compare(sides, allowed=[part])
    assert [each.part for each in found.differences] == [part]
    assert by_metric(found)["decode_tok_per_s"].ratio == pytest.approx(2.0)


def test_a_part_that_does_not_exist_cannot_be_allowed() -> None:
    sides = [one("a", made_up("a", 100)), one("b", made_up("b", 100))]
    with pytest.raises(InputError, match="cannot be allowed"):
        compare(sides, allowed=["colour"])


def test_the_least_load_is_told_first() -> None:
    stages = tuple(single(100, concurrency=streams) for streams in (16, 1, 4))
    found = compare([one(name, made_up(name, 0, stages=stages)) for name in ("a", "b")])
    assert list(dict.fromkeys(line.load for line in found.lines)) == [
        "1 stream",
        "4 streams",
        "16 streams",
    ]


def test_sides_are_compared_at_the_loads_they_share() -> None:
    both = (single(100), single(80, concurrency=4))
    found = compare(
        [
            one("a", made_up("a", 0, stages=both)),
            one(
                "b", made_up("b", 0, stages=(single(90, concurrency=4), single(70, concurrency=8)))
            ),
        ]
    )
    assert {line.load for line in found.lines} == {"4 streams"}
    with pytest.raises(InputError, match="no load in common"):
        compare(
            [
                one("a", made_up("a", 0, stages=(single(100),))),
                one("b", made_up("b", 0, stages=(single(100, concurrency=2),))),
            ]
        )


def test_a_suite_has_its_geometric_mean() -> None:
    def suite(name: str, first: float, second: float) -> Side:
        return one(
            name,
            made_up(f"{name}1", first),
            made_up(f"{name}2", second, workload={"name": "rag", "input_tokens": 2_000}),
        )

    found = compare([suite("a", 100, 100), suite("b", 200, 50)])
    mean = next(each for each in found.means if each.metric == "decode_tok_per_s")
    assert mean.lines == 2 and mean.ratio == pytest.approx(1.0)


def test_joules_of_unlike_meters_are_not_compared() -> None:
    found = compare([one("a", made_up("a", 100)), one("b", made_up("b", 100))])
    assert "j_per_output_token" not in by_metric(found)
    assert any("joules are not compared" in note for note in found.notes)


def test_money_is_under_one_scenario_with_each_boxs_own_price() -> None:
    def box(name: str, price: float) -> Side:
        said = {"usage": USAGE, "box": {"price_usd": price, "electricity_usd_per_month": 30.0}}
        return one(name, made_up(name, 100, said=said))

    tables = {"api": [{"name": "x", "input_usd_per_mtok": 30.0, "output_usd_per_mtok": 60.0}]}
    found = compare([box("a", 2_000), box("b", 4_000)], tables=tables)
    first, second = found.money
    assert first.break_even_months_simple == pytest.approx(2_000 / 510, abs=0.01)
    assert second.break_even_months_simple == pytest.approx(4_000 / 510, abs=0.01)
    assert (first.box_price_usd, second.box_price_usd) == (2_000, 4_000)


def test_without_usage_there_is_no_money_and_it_says_how_to_get_it() -> None:
    found = compare([one("a", made_up("a", 100)), one("b", made_up("b", 100))])
    assert found.money == () and "--input-tokens-per-month" in found.unknown["money"]


@pytest.mark.parametrize(
    ("limit", "crossed"),
    [
        ("decode_tok_per_s<-5%", True),
        ("decode_tok_per_s < -20 %", False),
        ("ttft_ms>5%", True),
        ("ttft_ms<-5%", False),
    ],
)
def test_a_limit_is_crossed_by_what_is_surely_beyond_it(limit: str, crossed: bool) -> None:
    found = compare([five("a", 100), five("b", 90)], limits=[parse_limit(limit)])
    assert bool(found.crossed) is crossed


def test_noise_crosses_no_limit() -> None:
    sides = [one("a", made_up("a", 100)), one("b", made_up("b", 94))]
    assert compare(sides, limits=[parse_limit("decode_tok_per_s<-5%")]).crossed == ()


@pytest.mark.parametrize("wrong", ["speed<5%", "decode_tok_per_s", "decode_tok_per_s<5", "<-5%"])
def test_what_is_no_limit_is_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="no limit"):
        parse_limit(wrong)


def test_a_ranking_puts_the_best_first_and_unknown_ones_last() -> None:
    sides = [
        one("slow", made_up("slow", 50)),
        one("fast", made_up("fast", 150)),
        one("mute", made_up("mute", 0, stages=(single(1, decode_tok_per_s=None),))),
    ]
    ranking = rank_sides(sides, tables={}, origin="test", sort_by="decode")
    assert [row.side for row in ranking.rows] == ["fast", "slow", "mute"]
    assert ranking.like
    assert ranking.rows[0].decode_ci95 == pytest.approx((149.85, 150.15))


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    kept = RunStore(tmp_path)
    for day, machine in ((1, "box-a"), (2, "box-b"), (3, "box-a")):
        at = f"2026-01-0{day}T12:00:00+00:00"
        kept.save(made_up(f"r{day}", 100 + day, machine=machine, started_at=at))
    kept.tag("r2", "before")
    return kept


@pytest.mark.parametrize(
    ("named", "ids"),
    [
        ("latest", ["r3"]),
        ("r1", ["r1"]),
        ("tag:before", ["r2"]),
        ("machine:box-a", ["r3", "r1"]),
        ("since:2026-01-02", ["r3", "r2"]),
        ("2026-01-01..2026-01-02", ["r2", "r1"]),
        ("..2026-01-01", ["r1"]),
    ],
)
def test_a_side_is_named_by_run_tag_machine_or_time(
    store: RunStore, named: str, ids: list[str]
) -> None:
    assert [run.id for run in side(named, store).runs] == ids


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("tag:none", "no measured run is"),
        ("since:yesterday", "no date"),
        ("r9", "no run"),
        ("missing.json", "cannot read"),
    ],
)
def test_a_side_that_means_nothing_says_so(store: RunStore, named: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        side(named, store)


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"{}", b"\xff\xfe", b'{"id": 1}'])
def test_a_file_that_is_no_record_is_one_clear_error(
    store: RunStore, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match="holds no run"):
        side(str(path), store)


def test_a_record_in_a_file_is_a_side(store: RunStore, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(to_json(made_up("elsewhere", 100)))
    assert side(str(path), store).newest.id == "elsewhere"
