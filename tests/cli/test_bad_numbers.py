"""Does nonsense at any numeric key of a scenario end in a clear error, never in a wrong number?

The keys come from the scenario's own structs, so that a new key is tried without being listed here.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import inspect

from advisor.advice.inputs import Inputs
from advisor.cli.main import main

BASE: dict[str, Any] = {
    "usage": {
        "input_tokens_per_month": 6e6,
        "output_tokens_per_month": 6e6,
        "requests_per_month": 12000,
        "hours": [{"days": "daily", "from": "00:00", "to": "24:00", "share": 1.0}],
        "request": [{"share": 1.0, "input_tokens": 500, "output_tokens": 500}],
    },
    "box": {
        "price_usd": 2000,
        "prefill_tok_per_s": 3000,
        "decode_tok_per_s": 100,
        "active_power_w": 350,
        "idle_power_w": 60,
    },
    "maintenance": {"hours_per_month": 1, "usd_per_hour": 20},
    "horizon": {"starts_on": "2026-12-01"},
    "api": [
        {
            "name": "GPT-4",
            "input_usd_per_mtok": 30,
            "output_usd_per_mtok": 60,
            "tier": [{"above_input_tokens": 200000, "input_usd_per_mtok": 60}],
            "change": [{"from": "2027-01-01", "input_usd_per_mtok": 20}],
        }
    ],
    "rented": [{"name": "H100", "usd_per_hour": 2.5}],
    "candidate": [
        {
            "name": "Mini PC",
            "price_usd": 1200,
            "prefill_tok_per_s": 900,
            "decode_tok_per_s": 60,
            "active_power_w": 120,
            "idle_power_w": 15,
        }
    ],
    "slo": {"ttft_p95_ms": 2000},
    "arrivals": {"peak_to_mean": 3},
}
INSTEAD: dict[str, dict[str, Any]] = {
    "box.resale": {"box": {"resale": [{"age_months": 60, "share": 0.2}]}},
    "carbon": {"carbon": {"grid_g_per_kwh": 400, "source": "grid", "as_of": "2026-11-25"}},
    "carbon.told": {"carbon": {"told": [{"name": "GPT-4", "g_co2e_per_mtok": 400}]}},
    "candidate.resale": {"candidate": [{"resale": [{"age_months": 60, "share": 0.2}]}]},
    "tariff.band": {
        "tariff": {
            "usd_per_kwh": 0.1,
            "band": [{"days": "daily", "from": "07:00", "to": "23:00", "usd_per_kwh": 0.2}],
        }
    },
    "tariff.block": {
        "tariff": {"block": [{"up_to_kwh": 120, "usd_per_kwh": 0.05}, {"usd_per_kwh": 0.12}]}
    },
    "api.time": {
        "api": [{"time": [{"from_utc": "16:30", "until_utc": "00:30", "output_usd_per_mtok": 30}]}]
    },
    "currency.rate": {
        "currency": {
            "rate": [{"code": "TWD", "usd_per_unit": 0.03, "as_of": "2026-11-25", "source": "bank"}]
        }
    },
}
"""What a list of tables holds where the base has none of it."""

BAD = (-1.0, -1e308, 1e308, math.nan, math.inf, -math.inf)
UNCERTAIN_BAD = (
    {"low": math.nan, "high": 1.0},
    {"low": 0.1, "high": math.inf},
    {"low": 2.0, "high": 1.0},
    {"low": -1e308, "high": 1e308},
    {"mean": 1.0, "sd": -1.0},
    {"mean": 1e308, "sd": 1e308},
    {"mean": math.nan, "sd": 1.0},
)
"""The same for values that stand for a range or a distribution."""


Number = inspect.FloatType | inspect.IntType


def numeric_keys(struct: Any = Inputs, prefix: str = "") -> Iterator[tuple[str, Number]]:
    """Every dotted key whose value is a number, with its bounds, in lists of tables too."""
    kind = inspect.type_info(struct)
    assert isinstance(kind, inspect.StructType)
    for field in kind.fields:
        options = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
        for option in options:
            item = option.item_type if isinstance(option, inspect.VarTupleType) else option
            if isinstance(item, inspect.StructType):
                yield from numeric_keys(item.cls, f"{prefix}{field.encode_name}.")
            elif isinstance(item, inspect.FloatType | inspect.IntType):
                yield prefix + field.encode_name, item


KEYS = dict(numeric_keys())


def with_bad(dotted: str, value: object) -> dict[str, Any]:
    tables = copy.deepcopy(BASE)
    for at, extra in INSTEAD.items():
        if dotted.startswith(f"{at}."):
            lay(tables, copy.deepcopy(extra))
    *way, last = dotted.split(".")
    here: Any = tables
    for name in way:
        here = here.setdefault(name, {})
        here = here[0] if isinstance(here, list) else here
    here[last] = value
    return tables


def lay(tables: Any, extra: Any) -> None:
    for key, value in extra.items():
        if isinstance(value, dict):
            lay(tables.setdefault(key, {}), value)
        elif isinstance(value, list) and isinstance(tables.get(key), list):
            lay(tables[key][0], value[0])
        else:
            tables[key] = value


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, str) else str(value).lower()


def advise(
    tables: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """The command's exit code and its error, its output held against what no output may ever be."""
    file = tmp_path / "scenario.toml"
    file.write_text("".join(f"{name} = {toml(value)}\n" for name, value in tables.items()))
    with pytest.raises(SystemExit) as end:
        main(["advise", "--scenario", str(file), "--json"])
    told = capsys.readouterr()
    code = end.value.code
    assert isinstance(code, int)
    assert code in (0, 2), told.err
    assert "Traceback" not in told.err
    if code == 2:
        assert not told.out
        assert len(told.err) > len("advisor: ")
        return code, told.err
    document = json.loads(told.out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    for path, number in numbers(document):
        assert math.isfinite(number), path
    return code, told.err


def numbers(node: Any, path: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from numbers(value, f"{path}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from numbers(value, f"{path}[{index}]")
    elif isinstance(node, float):
        yield path, node


@pytest.mark.parametrize("extra", [{}, *INSTEAD.values()], ids=["base", *INSTEAD])
def test_what_is_spoilt_below_is_sound(
    extra: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = copy.deepcopy(BASE)
    lay(tables, copy.deepcopy(extra))
    assert advise(tables, tmp_path, capsys) == (0, "")


def test_the_keys_are_found() -> None:
    assert len(KEYS) > 80
    assert {"usage.input_tokens_per_month", "api.tier.above_input_tokens"} < set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_number_that_cannot_be_meant_is_refused_by_its_name(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in BAD:
        if value == -1.0 and KEYS[key].ge is not None and KEYS[key].ge <= value:
            continue
        code, told = advise(with_bad(key, value), tmp_path, capsys)
        assert code == 2, value
        assert key.rsplit(".", 1)[-1] in told, value


@pytest.mark.parametrize("key", KEYS)
def test_the_least_and_the_most_that_a_key_takes_make_sense_or_are_refused(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    least = 5e-324 if KEYS[key].ge is None else KEYS[key].ge
    for value in (least, KEYS[key].le or 1e307):
        advise(with_bad(key, value), tmp_path, capsys)


@pytest.mark.parametrize("key", KEYS)
def test_a_range_that_cannot_be_meant_is_refused(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in UNCERTAIN_BAD:
        code, told = advise(with_bad(key, value), tmp_path, capsys)
        assert code == 2, value
        assert key.rsplit(".", 1)[-1] in told, value


@pytest.mark.parametrize(
    ("dotted", "value", "says"),
    [
        ("box.idle_power_w", 400, "idle is above"),
        ("usage.cache_write_share", 1.0, "cache"),
        ("usage.input_tokens_per_month", None, "is missing"),
        ("box.price_usd", None, "is missing"),
        ("api.output_usd_per_mtok", None, "output_usd_per_mtok"),
        ("box.price_usd", "2000 XXX", "XXX"),
        ("box.price_usd", "-2000 EUR", "price_usd"),
        ("currency.code", "XXX", "XXX"),
        ("usage.requests_per_month", 0, "requests_per_month"),
    ],
)
def test_what_contradicts_itself_or_is_missing_or_unknown_is_refused(
    dotted: str, value: object, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = with_bad(dotted, value)
    if value is None:
        here = tables[dotted.partition(".")[0]]
        (here[0] if isinstance(here, list) else here).pop(dotted.rpartition(".")[2])
    if dotted == "usage.cache_write_share":
        tables["usage"]["cached_input_share"] = 0.5
    code, told = advise(tables, tmp_path, capsys)
    assert code == 2
    assert says in told
