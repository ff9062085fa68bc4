"""Does the table of models say what each prediction and the price book say, in the order asked?"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from advisor.advice.models_table import SORTS, ModelsTable, Power, Sort, models_table
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
    power = Power(active_power_w=400, source="a test")
    return models_table(box, book, power=power, usd_per_kwh=0.3, sort=sort, everything=True)


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
        "size": [-each.parameters for each in fitting],
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
    found = models_table(box, book)
    assert found.left_out
    assert len(found.models) + found.left_out == len(catalogue())
    assert all(each.energy_j_per_output_token is None for each in found.models)


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
