"""The published results and the fit on them: sources, plausibility, split, what the fit finds."""

from __future__ import annotations

import csv
import sys
import tomllib
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from statistics import median

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from published_again import measured_again  # noqa: E402
from published_bands import Residual, bands_of, is_plain  # noqa: E402
from published_fit import Fit, fit  # noqa: E402
from published_later import scored  # noqa: E402
from published_rows import LATER, Row, rows  # noqa: E402
from published_terms import ALL, Term, terms  # noqa: E402
from published_validate import by_chip, by_source, held_out, out_of_fold, residuals_of  # noqa: E402

from advisor.models.elsewhere import decode_seconds, factors, prefill_seconds  # noqa: E402

ROWS = list(rows())
TABLES = sorted((BENCHMARKS / "published").glob("*.csv"))
LATER_TABLES = sorted(LATER.glob("*.csv"))


def _predicted(row: Row) -> float:
    kind = row.quantization_class
    if row.step is not None:
        decode = factors().decode[row.backend]
        return row.streams / decode_seconds(decode, row.step, row.rates, row.device, kind)
    assert row.prompt is not None
    prefill = factors().prefill[row.backend]
    seconds = prefill_seconds(prefill, row.prompt, row.rates, row.device, kind)
    return row.prompt.tokens / seconds


def _named(table: Path) -> set[str]:
    with table.open(encoding="utf-8", newline="") as file:
        return {record.get("source", table.stem) for record in csv.DictReader(file)}


def test_every_table_says_where_it_was_read() -> None:
    text = (BENCHMARKS / "published" / "sources.toml").read_text(encoding="utf-8")
    sources = tomllib.loads(text)
    assert set(sources) == set().union(*(_named(table) for table in TABLES))
    for source in sources.values():
        assert source["url"]
        assert source["read"] in {"2026-11-28", "2026-11-29", "2026-11-30"}


@pytest.mark.parametrize("table", [*TABLES, *LATER_TABLES], ids=lambda table: table.stem)
def test_every_row_is_a_rate_of_a_named_device(table: Path) -> None:
    with table.open(encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            assert record["device"]
            assert record["model"]
            assert record["test"]
            assert float(record["tokens_per_s"]) > 0
            assert int(record["count"]) >= 1
            assert record["backend"] in {"cuda", "rocm", "metal", "cpu", "vulkan", "sycl"}


def test_later_results_are_of_sources_that_no_fit_reads() -> None:
    sources = tomllib.loads((LATER / "sources.toml").read_text(encoding="utf-8"))
    assert set(sources) == set().union(*(_named(table) for table in LATER_TABLES))
    assert not set(sources) & set().union(*(_named(table) for table in TABLES))
    for source in sources.values():
        assert source["url"]
        assert source["published"]
        assert source["read"] in {"2026-11-29", "2026-11-30"}


def test_later_tables_share_no_source() -> None:
    assert len(LATER_TABLES) > 1
    for one, other in combinations(LATER_TABLES, 2):
        assert not _named(one) & _named(other)


def test_nothing_that_a_fit_read_is_linked_to_by_later_results() -> None:
    fitted, later = (
        tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8"))
        for folder in (BENCHMARKS / "published", LATER)
    )
    assert not _addresses(fitted) & _addresses(later)


def _addresses(sources: dict[str, dict[str, list[str]]]) -> set[str]:
    return {url for source in sources.values() for url in source["url"] if url.startswith("http")}


@pytest.mark.parametrize("table", LATER_TABLES, ids=lambda table: table.stem)
def test_later_tables_have_enough_rows_that_count(table: Path) -> None:
    assert len(list(rows(LATER, table.name))) >= 100


def test_no_single_stream_that_counts_reads_more_than_the_bandwidth() -> None:
    for row in ROWS:
        if row.step is not None and row.streams == 1:
            assert row.share_of_roof <= 1.02, row


def test_there_is_something_to_learn_from() -> None:
    assert len(ROWS) > 1_000
    assert len({row.chip for row in ROWS}) > 70


def test_no_chip_is_on_both_sides_of_the_split() -> None:
    held = {row.chip for row in ROWS if held_out(row)}
    fitted = {row.chip for row in ROWS if not held_out(row)}
    assert held
    assert not held & fitted
    assert 0.2 < len(held) / len(held | fitted) < 0.5


@pytest.mark.parametrize(
    ("what", "typical", "tail"), [("decode", 0.08, 0.25), ("prefill", 0.11, 0.6)]
)
def test_the_kept_factors_explain_what_was_published(
    what: str, typical: float, tail: float
) -> None:
    off = [
        abs(_predicted(row) / row.tokens_per_s - 1)
        for row in ROWS
        if row.measured == "engine's clock"
        and row.engine != "ollama"
        and row.streams == 1
        and row.devices == 1
        and (row.step is not None) == (what == "decode")
    ]
    assert len(off) > 200
    assert median(off) < typical
    assert np.quantile(off, 0.9) < tail


def _made_up(truth: Fit, noise: float) -> list[Row]:
    """Rows of real devices and models whose rates follow `truth`."""
    some = [
        row
        for row in ROWS
        if row.backend in {"cuda", "metal"}
        and row.step is not None
        and row.source != "localmaxxing"
    ][::3]
    random = np.random.default_rng(1)
    return [
        replace(row, tokens_per_s=rate * float(np.exp(random.normal(0, noise))))
        for row, rate in zip(some, truth.rates(some), strict=True)
    ]


def _usual() -> dict[tuple[str, ...], float]:
    whole = {"bandwidth_share": 0.8, "flop_per_weight": 4.0, "layer_s": 50e-6}
    own = {
        ("bandwidth_share", "cuda"): 0.7 / 0.8,
        ("flop_per_weight", "cuda"): 3.0 / 4.0,
        ("layer_s", "cuda"): 40 / 50,
        ("bandwidth_share", "metal"): 0.9 / 0.8,
        ("flop_per_weight", "metal"): 5.0 / 4.0,
        ("layer_s", "metal"): 60 / 50,
    }
    shared = {(name, ALL): value for name, value in whole.items()}
    return {name: float(np.log(value)) for name, value in {**shared, **own}.items()}


def _apart(found: Fit, truth: Fit, some: list[Row]) -> list[float]:
    both = zip(found.rates(some), truth.rates(some), strict=True)
    return [abs(one / other - 1) for one, other in both]


def test_the_fit_finds_the_factors_that_made_the_rates() -> None:
    truth = Fit(_usual(), frozenset())
    made = _made_up(truth, 0.02)
    found = fit(made)
    off = _apart(found, truth, made)
    assert median(off) < 0.02
    assert found.value("bandwidth_share", "metal") == pytest.approx(0.9, rel=0.1)


def test_a_few_wild_rows_do_not_move_the_fit() -> None:
    truth = Fit(_usual(), frozenset())
    made = _made_up(truth, 0.02)
    wild = [replace(row, tokens_per_s=row.tokens_per_s / 5) for row in made[::20]]
    found = fit(made + wild)
    assert median(_apart(found, truth, made)) < 0.04


def test_a_chip_of_many_rows_weighs_as_any_other_in_the_fit() -> None:
    truth = Fit(_usual(), frozenset())
    made = [row for row in _made_up(truth, 0.0) if row.backend == "cuda"]
    odd = next(row for row in made if row.chip == "NVIDIA GeForce RTX 3090")
    slow = replace(odd, tokens_per_s=odd.tokens_per_s / 1.5)
    once, often = fit([*made, slow]), fit([*made, *[slow] * 50])
    assert median(_apart(often, once, made)) < 0.01


def test_out_of_fold_residuals_come_from_fits_that_saw_nothing_of_the_chip() -> None:
    made = _made_up(Fit(_usual(), frozenset()), 0.0)
    chip = made[0].chip
    spoilt = [
        replace(row, tokens_per_s=3 * row.tokens_per_s) if row.chip == chip else row for row in made
    ]
    residuals = out_of_fold(spoilt, lambda row: int(row.chip == chip))
    off = [one.off for one in residuals if one.row.chip == chip]
    assert len(off) == sum(row.chip == chip for row in made)
    assert median(off) == pytest.approx(np.log(3), abs=0.15)


def test_the_terms_of_the_regression_are_the_shipped_formula() -> None:
    some = [row for row in ROWS if row.measured == "engine's clock"]
    for half in ([row for row in some if row.step], [row for row in some if row.prompt]):
        found = fit(half)
        for row, rate in zip(half, found.rates(half), strict=True):
            work = row.streams if row.prompt is None else row.prompt.tokens
            seconds = sum(_seconds(one, found) for one in terms(row))
            assert work / seconds == pytest.approx(rate, rel=1e-6), row


def _seconds(term: Term, found: Fit) -> float:
    return float(
        term.constant * np.exp(sum(found.logs[name] * power for name, power in term.powers))
    )


def test_what_a_fit_saw_of_a_generation_is_told() -> None:
    ada = [row for row in ROWS if row.device.generation == "ada" and row.step]
    seen = {row.backend for row in ada}
    assert {"cuda", "vulkan"} <= seen
    fitted = fit([row for row in ROWS if row.step and row.backend == "cuda"])
    told = {one.row.backend: one.generation for one in residuals_of(fitted, ada)}
    assert (told["cuda"], told["vulkan"]) == ("seen", "other backend")
    without = fit([row for row in ROWS if row.step and row.device.generation != "ada"])
    assert {one.generation for one in residuals_of(without, ada)} == {"unseen"}


def test_bands_hold_four_in_five_and_widen_where_less_is_known() -> None:
    random = np.random.default_rng(2)
    some = [row for row in ROWS if row.step and is_plain(row) and row.backend == "cuda"]
    usual = [Residual(row, random.normal(0, 0.1), "seen", has_experts=False) for row in some]
    lost = [Residual(row, random.normal(0, 0.3), "unseen", has_experts=False) for row in some]
    bands = bands_of(usual, lost)
    for residuals in (usual, lost):
        assert 0.7 < np.mean([bool(bands.holds(one)) for one in residuals]) < 0.92
    assert 2 < bands.unseen < 5
    assert bands.experts == 1.0


def test_what_was_not_seen_widens_the_bands_of_few_chips_and_of_mixtures() -> None:
    random = np.random.default_rng(3)
    some = [row for row in ROWS if row.step and is_plain(row) and row.backend == "cuda"]
    few = replace(some[0], backend="sycl")
    usual = [Residual(row, random.normal(0, 0.1), "seen", has_experts=False) for row in some]
    usual.append(Residual(few, 0.0, "seen", has_experts=False))
    foreign = [replace(one, off=5 * one.off) for one in usual]
    rare = [replace(one, off=3 * one.off, has_experts=True) for one in usual]
    bare, wide = bands_of(usual, []), bands_of(usual, [], foreign, rare)
    assert wide.of["cuda"] == bare.of["cuda"]
    assert wide.of["sycl"].p90 > 1.3 * bare.of["sycl"].p90
    assert (bare.unseen_experts, wide.experts) == (1.0, 1.0)
    assert 2 < wide.unseen_experts < 4
    assert wide.power(rare[-1]) == wide.unseen_experts


def test_later_results_are_scored_by_what_is_shipped() -> None:
    row = next(one for one in rows(LATER) if one.step and one.backend == "cuda")
    one = scored(row)
    assert one.band.p10 < one.band.p50 < one.band.p90
    assert one.error == pytest.approx(one.band.p50 / row.tokens_per_s - 1)


def test_folds_keep_the_sources_of_a_publisher_together() -> None:
    folds: dict[str, set[int]] = {}
    for row in ROWS:
        folds.setdefault(row.publisher, set()).add(by_source(row))
    assert all(len(some) == 1 for some in folds.values())
    assert len({row.source for row in ROWS if row.publisher == "AX Engine"}) > 1


def test_folds_keep_the_variants_of_a_chip_together() -> None:
    folds: dict[str, set[int]] = {}
    for row in ROWS:
        folds.setdefault(row.chip, set()).add(by_chip(row))
    assert all(len(some) == 1 for some in folds.values())
    assert len(set.union(*folds.values())) == 10


def test_a_prompt_in_four_bits_of_mlx_reads_about_half_of_one_in_eight() -> None:
    mine = [row for row in ROWS if row.backend == "mlx" and row.prompt and row.prompt.tokens == 128]
    by_bits = {
        row.quantization: row.prompt.weight_bytes
        for row in mine
        if row.prompt and row.model == "qwen3.6-27b"
    }
    assert by_bits["4bit"] == pytest.approx(4.5 / 8.5 * by_bits["8bit"])


def test_only_what_wires_its_memory_anew_is_told_to_take_that_time() -> None:
    wirings = {name: one.factors.wirings for name, one in factors().prefill.items()}
    assert wirings.pop("mlx") > 1
    assert set(wirings.values()) == {0}


@pytest.mark.parametrize("what", ["step", "prompt"])
def test_another_publisher_of_the_same_is_held_against_a_result(what: str) -> None:
    one = next(row for row in ROWS if getattr(row, what) is not None)
    twice = replace(one, publisher="another", tokens_per_s=2 * one.tokens_per_s)
    four_times = replace(one, publisher="a third", tokens_per_s=4 * one.tokens_per_s)
    elsewhere = replace(one, publisher="a fourth", model="another")
    own = replace(one, tokens_per_s=0.9 * one.tokens_per_s)
    assert measured_again([one, own, elsewhere]) == {}
    found = measured_again([one, twice, four_times, elsewhere])
    assert found == pytest.approx({one: 2.0, twice: 0.25, four_times: 1.5 / 4 - 1})
