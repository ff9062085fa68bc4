"""`advisor prices`, as a user runs it."""

import json
from subprocess import CompletedProcess

import jsonschema
import pytest
from program import typed

from advisor.cli.schema import json_schema
from advisor.prices.book import PriceBook
from advisor.report.prices import show_price, show_prices


def prices(*arguments: str) -> CompletedProcess[str]:
    return typed("prices", *arguments)


def test_show_prints_one_document() -> None:
    document = json.loads(prices("show", "gpt-4o", "--json").stdout)
    jsonschema.validate(document, json_schema("advisor.price/1"))
    assert (document["schema"], document["model"]) == ("advisor.price/1", "gpt-4o")


def test_show_takes_a_spelling_of_several_words() -> None:
    shown = prices("show", "GPT-3.5", "Turbo").stdout
    assert "openai/gpt-3.5-turbo" in shown
    assert "the guide's" in shown
    assert "historic" in shown


@pytest.mark.parametrize(
    "arguments", [("search", "claude", "sonnet"), ("list", "--provider", "groq")]
)
def test_lists_name_their_book(arguments: tuple[str, ...]) -> None:
    document = json.loads(prices(*arguments, "--json").stdout)
    jsonschema.validate(document, json_schema("advisor.prices/1"))
    assert document["book"]["name"] == "genai-prices"
    assert document["items"]


def test_text_fits_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    book = PriceBook.load()
    show_prices(book.document(book.listing("aws")), [])
    for name in ("gpt-4", "deepseek-v4-pro", "gemini-2.5-pro", "Groq", "ollama/llama3"):
        show_price(book.show(name))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 100
    assert max(map(len, lines)) <= 80


def test_unit_prices_keep_all_their_digits(capsys: pytest.CaptureFixture[str]) -> None:
    show_price(PriceBook.load().show("groq/openai/gpt-oss-20b"))
    assert "input $0.075, output $0.30, cached input $0.0375" in capsys.readouterr().out


def test_an_unknown_model_is_one_line_and_exit_code_2() -> None:
    finished = prices("show", "gpt-4o-mimi")
    assert finished.returncode == 2
    assert len(finished.stderr.splitlines()) == 1
    assert "gpt-4o-mini" in finished.stderr
    assert not finished.stdout


def test_a_search_without_a_result_is_no_error() -> None:
    finished = prices("search", "no-such-model")
    assert finished.returncode == 0
    assert "No price matches" in finished.stdout


def test_text_of_the_book_cannot_act_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    import msgspec

    price = PriceBook.load().show("gpt-4o")
    hostile = msgspec.structs.replace(
        price, title="\x1b[2J", comment="\x1b]0;x\x07", model="a\x1b[0m"
    )
    show_price(hostile)
    assert "\x1b" not in capsys.readouterr().out
