"""Does the table of models say what each prediction and the price book say, in the order asked?"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from advisor.advice.models_table import SORTS, ModelsTable, Sort, models_table
from advisor.cli.models import SORTS as OFFERED
from advisor.cli.models import models
from advisor.cli.schema import json_schema
from advisor.errors import InputError
from advisor.models.catalogue import catalogue
from advisor.models.machine_file import Box, read_machine
from advisor.models.model import of_catalogue
from advisor.models.prediction import predict
from advisor.prices.book import PriceBook

CARD = """
name = "a card"
kind = "cuda"
memory_gib = 24
bandwidth_gb_per_s = 1000
fp16_tflops = 100
active_power_w = 400
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "card.toml"
    path.write_text(CARD)
    return path


@pytest.fixture
def box(file: Path) -> Box:
    return read_machine(file)


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook.load()


def table(box: Box, book: PriceBook, sort: Sort = "size") -> ModelsTable:
    return models_table(box, book, usd_per_kwh=0.3, sort=sort, everything=True)


def test_each_row_is_its_prediction_and_its_energy(box: Box, book: PriceBook) -> None:
    found = table(box, book)
    assert len(found.models) == len(catalogue())
    row = next(each for each in found.models if each.model == "llama-3.1-8b")
    alone = predict(of_catalogue("llama-3.1-8b"), box)
    assert (row.fits, row.decode_tok_per_s) == (alone.fits, alone.decode_tok_per_s)
    assert alone.output_tok_per_s is not None
    assert row.energy_j_per_output_token is not None
    assert row.electricity_usd_per_output_mtok is not None
    joules = 400 / alone.output_tok_per_s.p50
    assert row.energy_j_per_output_token.p50 == pytest.approx(joules)
    assert row.energy_j_per_output_token.p10 < joules < row.energy_j_per_output_token.p90
    assert row.electricity_usd_per_output_mtok.p50 == pytest.approx(joules / 3.6 * 0.3)


def test_the_host_is_the_cheapest_of_the_same_model(box: Box, book: PriceBook) -> None:
    row = next(each for each in table(box, book).models if each.model == "llama-3.1-8b")
    assert row.host is not None
    assert row.host.name == book.hosts_of("llama-3.1-8b")[0].name
    assert row.host.as_of


@pytest.mark.parametrize("sort", SORTS)
def test_what_fits_comes_first_and_then_as_asked(box: Box, book: PriceBook, sort: Sort) -> None:
    rows = table(box, book, sort).models
    assert [each.fits for each in rows] == sorted(
        (each.fits for each in rows), key=["yes", "partly", "no"].index
    )
    fitting = [each for each in rows if each.fits == "yes"]
    values = {
        "size": [-each.memory_bytes for each in fitting],
        "speed": [-each.decode_tok_per_s.p50 for each in fitting if each.decode_tok_per_s],
        "quality": [-each.quality.score for each in fitting if each.quality],
        "cost": [
            each.electricity_usd_per_output_mtok.p50
            for each in fitting
            if each.electricity_usd_per_output_mtok
        ],
    }[sort]
    assert values
    assert values == sorted(values)


def test_what_does_not_fit_is_counted(box: Box, book: PriceBook) -> None:
    found = models_table(replace(box, active_power_w=None), book)
    assert found.left_out
    assert len(found.models) + found.left_out == len(catalogue())
    assert all(each.energy_j_per_output_token is None for each in found.models)


def test_without_a_power_what_costs_least_is_what_runs_fastest(box: Box, book: PriceBook) -> None:
    unknown = models_table(replace(box, active_power_w=None), book, sort="cost")
    assert (unknown.sort, unknown.sorted_by) == ("cost", "speed")
    known = models_table(box, book, sort="cost")
    assert (known.sort, known.sorted_by) == ("cost", "cost")
    assert [each.model for each in unknown.models] == [each.model for each in known.models]


def test_a_model_made_for_shorter_contexts_is_left_out(box: Box, book: PriceBook) -> None:
    asked = {"search": "gemma-3", "context_tokens": 100_000}
    found = models_table(box, book, **asked)
    assert found.left_out_by_context == 1
    assert "gemma-3-270m" not in [each.model for each in found.models]
    last = models_table(box, book, everything=True, **asked).models[-1]
    assert (last.model, last.takes_context) == ("gemma-3-270m", False)


def test_a_name_that_none_holds_is_refused_with_the_nearest(box: Box, book: PriceBook) -> None:
    with pytest.raises(InputError, match=r"holds 'lamma-3.1'.*Did you mean llama-3.*--all"):
        models_table(box, book, search="lamma-3.1")


def test_an_unknown_quantization_is_refused(box: Box, book: PriceBook) -> None:
    with pytest.raises(InputError, match="Q9_Z"):
        models_table(box, book, quantization="Q9_Z")


def test_the_command_shows_and_tells_the_same(file: Path) -> None:
    asked = ["--machine", str(file), "--search", "qwen3", "--sort", "speed"]
    told = CliRunner().invoke(models, [*asked, "--json"], catch_exceptions=False)
    document = json.loads(told.stdout)
    jsonschema.validate(document, json_schema("advisor.models/1"))
    assert document["power"] == {"active_power_w": 400, "source": "the machine file"}
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(models, asked, catch_exceptions=False).stdout
    assert all(each["model"] in shown for each in document["models"])
    assert max(map(len, shown.splitlines())) <= 80


def test_the_orders_offered_are_those_there_are() -> None:
    assert OFFERED == SORTS


def test_energy_stands_in_the_table_where_there_is_room(file: Path) -> None:
    asked = ["--machine", str(file), "--search", "qwen3-8b"]
    for columns, stands in (("80", False), ("100", True)):
        shown = CliRunner(env={"COLUMNS": columns}).invoke(models, asked, catch_exceptions=False)
        assert ("J/token" in shown.stdout) is stands
        assert max(map(len, shown.stdout.splitlines())) <= int(columns)


@pytest.mark.parametrize(("search", "partly"), [("qwen3-8b", False), ("llama-3.3-70b", True)])
def test_a_mark_is_explained_where_it_stands(file: Path, search: str, partly: bool) -> None:
    asked = ["--machine", str(file), "--search", search]
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(models, asked, catch_exceptions=False).stdout
    assert ("(partly)" in shown) is partly
    assert ("partly: some layers stay in main memory." in shown) is partly


def test_where_nothing_fits_no_empty_table_is_shown(file: Path) -> None:
    asked = ["--machine", str(file), "--search", "deepseek-v"]
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(models, asked, catch_exceptions=False).stdout
    assert "None of the models that were asked for fits." in shown
    assert "tok/s" not in shown
