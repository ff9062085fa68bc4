"""Are exchange rates read as their publishers document them, and anything else refused?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from answering import answering
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from advisor.advice.exchange_rates import fetch_rates
from advisor.cli.main import advisor
from advisor.cli.schema import json_schema
from advisor.errors import AdvisorError, InputError
from advisor.prices.currencies import sources
from advisor.prices.currencies.cbc import read_cbc
from advisor.prices.currencies.document import Rate
from advisor.prices.currencies.ecb import read_ecb
from advisor.prices.currencies.keep import FILE_NAME, keep_rates, kept_rates

DAY = date(2024, 6, 28)
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
<Cube><Cube time='{day}'>{cubes}</Cube></Cube>
</gesmes:Envelope>"""
PUBLISHED = {"USD": "1.0705", "JPY": "171.94", "GBP": "0.84638", "IDR": "17487.21"}
"""Some of the rates that the ECB published for that day."""
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha">'
    + "".join(f'<!ENTITY b{n} "{"&b;" * 10}">' for n in range(9))
    + "]><a>&b8;</a>"
)


def ecb(rates: dict[str, str] | None = None, day: str = "2024-06-28") -> bytes:
    rates = PUBLISHED if rates is None else rates
    cubes = "".join(f"<Cube currency='{code}' rate='{rate}'/>" for code, rate in rates.items())
    return ENVELOPE.format(day=day, cubes=cubes).encode()


def cbc(*rows: dict[str, str]) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


def test_the_ecbs_day_is_crossed_to_usd() -> None:
    found = {rate.code: rate for rate in read_ecb(ecb())}
    assert set(found) == {"EUR", "JPY", "GBP", "IDR"}
    assert found["EUR"].usd_per_unit == pytest.approx(1.0705)
    assert found["JPY"].per_usd == pytest.approx(171.94 / 1.0705)
    assert found["GBP"].usd_per_unit == pytest.approx(1.26480, abs=1e-5)
    assert {rate.as_of for rate in found.values()} == {"2024-06-28"}


@given(st.floats(1e-3, 1e4), st.floats(1e-3, 1e4))
def test_a_cross_rate_takes_the_euro_out(usd: float, other: float) -> None:
    found = {rate.code: rate for rate in read_ecb(ecb({"USD": repr(usd), "JPY": repr(other)}))}
    assert found["JPY"].usd_per_unit * other == pytest.approx(found["EUR"].usd_per_unit)
    assert found["JPY"].per_usd * found["JPY"].usd_per_unit == pytest.approx(1)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no element found"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "DOCTYPE"),
        (b"<html><body><p>Sign in</body></html>", "mismatched tag"),
        (b"<a/>", "no days"),
        (BOMB.encode(), "DOCTYPE"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "DOCTYPE"),
        (ecb()[:-30], "unclosed token"),
        (ecb({**PUBLISHED, "JPY": "NaN"}), "its rate of JPY is 'NaN'"),
        (ecb({**PUBLISHED, "JPY": "-1"}), "its rate of JPY is '-1'"),
        (ecb({**PUBLISHED, "JPY": "0"}), "its rate of JPY is '0'"),
        (ecb({**PUBLISHED, "JPY": "inf"}), "its rate of JPY is 'inf'"),
        (ecb({**PUBLISHED, "JPY": ""}), "its rate of JPY is ''"),
        (ecb({**PUBLISHED, "EUR": "1"}), "EUR twice"),
        (ecb({"JPY": "171.94"}), "no rate of the US dollar"),
        (ecb({"USD": "1", **{f"X{n}": "1" for n in range(400)}}), "more than 300"),
        (ecb().replace(b"</Cube></Cube>", b"<Cube time='2024-06-27'/></Cube></Cube>"), "2 days"),
        (b" " * 1_000_001, "over 1 MB"),
        (b"\xff\xfe\x00", ""),
    ],
)
def test_what_is_not_the_ecbs_document_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(AdvisorError, match="not the ECB's reference rates") as caught:
        read_ecb(data)
    assert says in str(caught.value)


@given(st.binary(max_size=300))
def test_bytes_never_bring_anything_but_a_refusal(data: bytes) -> None:
    for read in (read_ecb, read_cbc):
        with pytest.raises(AdvisorError):
            read(data)


@pytest.mark.parametrize("key", ["NTD_USD", "NTD/USD"])
def test_the_newest_day_of_the_central_bank_of_taiwan_counts(key: str) -> None:
    rows = ({"日期": "20240628", key: "32.450"}, {"日期": "20240627", key: "32.520"})
    (rate,) = read_cbc(cbc(*rows))
    assert (rate.code, rate.as_of) == ("TWD", "2024-06-28")
    assert rate.per_usd == pytest.approx(32.45)


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{}",
        b"<html></html>",
        b"[" * 100_000,
        cbc({"日期": "20240628"}),
        cbc({"日期": "20240628", "NTD_USD": "NaN"}),
        cbc({"日期": "20240628", "NTD_USD": "-32"}),
        cbc({"日期": "20240628", "NTD_USD": "0"}),
        cbc({"日期": "113/06/28", "NTD_USD": "32.45"}),
        cbc({"NTD_USD": "32.45"}),
    ],
)
def test_what_is_not_that_list_is_refused(data: bytes) -> None:
    with pytest.raises(AdvisorError, match="not the central bank's list"):
        read_cbc(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (ecb(day="2024-06-01"), "27 days ago"),
        (ecb(day="2024-07-30"), "a day to come"),
        (ecb(day="2024-06-31"), "the rate of 'EUR' makes no sense"),
        (ecb(day="yesterday"), "the rate of 'EUR' makes no sense"),
        (ecb({"USD": "1", "jpy": "1"}), "the rate of 'jpy' makes no sense"),
        (ecb({"USD": "1e9", "JPY": "1"}), "makes no sense"),
    ],
)
def test_rates_of_other_days_or_of_no_currency_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(AdvisorError, match=says):
        sources.ECB.rates(data, DAY)


def test_each_currency_has_its_publisher() -> None:
    assert sources.sources_of(["TWD"]) == (sources.CBC,)
    assert sources.sources_of(["EUR", "JPY"]) == (sources.ECB,)
    assert sources.sources_of([]) == (sources.ECB, sources.CBC)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (404, b"gone", "HTTP 404"),
        (200, b"<html>Sign in</html>", "not the ECB's reference rates"),
        (200, b"\x1b[2J", "not the ECB's reference rates"),
        (200, b"<a>" + b" " * 17_000_000, "too_large"),
    ],
)
def test_a_server_that_answers_something_else(status: int, body: bytes, says: str) -> None:
    with answering(lambda *_: (status, body)) as url:
        source = replace(sources.ECB, url=f"{url}/eurofxref-daily.xml")
        with pytest.raises(AdvisorError, match="by hand") as caught:
            fetch_rates(source, DAY)
    assert says in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_the_newer_rate_of_a_currency_is_kept(tmp_path: Path) -> None:
    def rate(code: str, day: str, worth: float) -> Rate:
        return Rate(code=code, usd_per_unit=worth, as_of=day, source="S")

    assert kept_rates(tmp_path) == ()
    keep_rates(tmp_path, [rate("EUR", "2024-06-28", 1.07), rate("TWD", "2024-06-28", 0.03)])
    keep_rates(tmp_path, [rate("EUR", "2024-06-27", 1.0), rate("TWD", "2024-07-01", 0.031)])
    assert [each.usd_per_unit for each in kept_rates(tmp_path)] == [1.07, 0.031]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"items":[{"code":"EUR","usd_per_unit":-1,"as_of":"2024-06-28"}]}']
)
def test_a_broken_file_says_how_to_mend_it(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="Delete it"):
        kept_rates(tmp_path)


@contextmanager
def publishers(monkeypatch: pytest.MonkeyPatch, *, ecb_status: int = 200) -> Iterator[list[str]]:
    """Both publishers on this machine, with rates of today; yields the paths they are asked for."""
    today, asked = date.today(), []

    def respond(path: str, *_: object) -> tuple[int, bytes]:
        asked.append(path)
        if path == "/ecb":
            return ecb_status, ecb(day=today.isoformat())
        return 200, cbc({"日期": f"{today:%Y%m%d}", "NTD_USD": "32.0"})

    with answering(respond) as url:
        monkeypatch.setattr(sources, "ECB", replace(sources.ECB, url=f"{url}/ecb"))
        monkeypatch.setattr(sources, "CBC", replace(sources.CBC, url=f"{url}/cbc"))
        yield asked


def run(*arguments: str) -> tuple[str, BaseException | None]:
    done = CliRunner().invoke(advisor, arguments)
    return done.stdout, done.exception


def test_fetched_rates_are_kept_and_name_their_source(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    assert "No rate is kept" in run("prices", "currency")[0]
    with publishers(monkeypatch) as asked:
        document = json.loads(run("prices", "currency", "twd", "--fetch", "--json")[0])
        assert asked == ["/cbc"]
        jsonschema.validate(document, json_schema("advisor.currencies/1"))
        assert [rate["code"] for rate in document["items"]] == ["TWD"]
        shown = run("prices", "currency", "--fetch")[0]
        assert sorted(asked) == ["/cbc", "/cbc", "/ecb"]
    assert "European Central Bank" in shown and "Taiwan" in shown and "160.62" in shown
    assert max(map(len, shown.splitlines())) <= 80
    later = json.loads(run("prices", "currency", "JPY", "TWD", "--json")[0])
    assert [rate["code"] for rate in later["items"]] == ["JPY", "TWD"]


def test_one_publisher_that_fails_leaves_the_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    with publishers(monkeypatch, ecb_status=503):
        shown, error = run("prices", "currency", "--fetch", "--json")
    assert isinstance(error, AdvisorError) and "HTTP 503" in str(error)
    document = json.loads(shown)
    assert [rate["code"] for rate in document["items"]] == ["TWD"]
    assert list(document["unknown"]) == ["ECB"]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("NTD", "'NTD' is no currency"),
        ("usd", "all prices are in USD"),
        ("EUR", "no rate of EUR is kept"),
    ],
)
def test_a_code_that_cannot_be_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, says: str
) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    shown, error = run("prices", "currency", code)
    assert isinstance(error, InputError) and says in str(error)
    assert shown == ""
