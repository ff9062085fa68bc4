"""Is every page asked for, with the right key at the right host, and every answer explained?"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from answering import Answer, answering
from made_up_usage import anthropic_bucket, imported, openai_bucket, page, spend_row, sums

from advisor.errors import AdvisorError, InputError

OPENAI = "/v1/organization/usage/completions"
ANTHROPIC = "/v1/organizations/usage_report/messages"
KEY = "sk-admin-0123456789"


def api(
    respond: Callable[[str, dict[str, list[str]], Any], Answer],
) -> AbstractContextManager[str]:
    """An API's server; `respond` gets the path, the query and the headers."""

    def split(path: str, headers: Any, _: bytes) -> Answer:
        parts = urlsplit(path)
        return respond(parts.path, parse_qs(parts.query), headers)

    return answering(split)


def as_json(value: Any, status: int = 200) -> Answer:
    return status, json.dumps(value).encode()


def test_openais_pages_are_followed_with_the_admin_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ADMIN_KEY", KEY)

    def respond(path: str, asked: dict[str, list[str]], headers: Any) -> Answer:
        assert (path, headers["Authorization"]) == (OPENAI, f"Bearer {KEY}")
        assert asked["group_by"] == ["model"]
        assert (asked["bucket_width"], asked["start_time"]) == (["1d"], ["1790812800"])
        if "page" not in asked:
            return as_json(page([openai_bucket("2026-10-01")], "p=2&x"))
        assert asked["page"] == ["p=2&x"]
        return as_json(page([openai_bucket("2026-10-02")]))

    with api(respond) as url:
        found = imported(f"{url}{OPENAI}?start_time=1790812800&bucket_width=1d")
    assert sums(found)[0] == 2000
    assert KEY not in repr(found)


def test_anthropics_report_takes_its_own_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", KEY)

    def respond(path: str, asked: dict[str, list[str]], headers: Any) -> Answer:
        assert (headers["x-api-key"], headers["anthropic-version"]) == (KEY, "2023-06-01")
        assert asked["group_by[]"] == ["model"]
        return as_json(page([anthropic_bucket("2026-10-01")]))

    with api(respond) as url:
        assert sums(imported(f"{url}{ANTHROPIC}?starting_at=2026-10-01T00:00:00Z"))[0] == 3200


def test_a_litellm_proxy_gets_the_servers_key_and_no_providers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_ADMIN_KEY", KEY)
    monkeypatch.setenv("ADVISOR_SERVER_KEY", "sk-litellm-1234")

    def respond(path: str, asked: dict[str, list[str]], headers: Any) -> Answer:
        assert headers["Authorization"] == "Bearer sk-litellm-1234"
        return as_json([spend_row("a"), spend_row("b")])

    with api(respond) as url:
        assert sums(imported(f"{url}/spend/logs?summarize=false"))[4] == 2


def test_a_servers_metrics_are_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADVISOR_SERVER_KEY", raising=False)
    text = b"llamacpp:prompt_tokens_total 30\nllamacpp:tokens_predicted_total 5\n"
    with api(lambda *_: (200, text)) as url:
        assert sums(imported(f"{url}/metrics")) == (30, 0, 0, 5, None)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, b"<html>Log in</html>"), "a web page, not with usage"),
        ((401, b'{"error": "no"}'), "refuses the key .*OPENAI_ADMIN_KEY"),
        ((500, b'{"error": "broken"}'), "HTTP 500"),
        ((200, b"{broken"), "not JSON"),
        ((200, b'{"hello": 1}'), "no known source"),
        ((200, b'{"data": []}'), "no usage found"),
        (as_json(page([openai_bucket("2026-10-01")], "same")), "again and again"),
    ],
)
def test_other_answers_are_explained(
    monkeypatch: pytest.MonkeyPatch, answer: Answer, said: str
) -> None:
    monkeypatch.setenv("OPENAI_ADMIN_KEY", KEY)
    with api(lambda *_: answer) as url, pytest.raises(AdvisorError, match=said) as caught:
        imported(f"{url}{OPENAI}?start_time=1790812800")
    assert KEY not in str(caught.value)


def test_what_is_missing_is_asked_for_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_ADMIN_KEY", raising=False)
    with pytest.raises(InputError, match="OPENAI_ADMIN_KEY"):
        imported(f"https://api.openai.com{OPENAI}?start_time=1790812800")
    with pytest.raises(InputError, match="start_time=1"):
        imported(f"https://api.openai.com{OPENAI}")


def test_a_providers_key_goes_to_no_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    from advisor.usage.fetch import _api

    assert _api("https", "api.openai.com", OPENAI) is not None
    assert _api("http", "api.openai.com", OPENAI) is None
    assert _api("https", "api.openai.com.example", OPENAI) is None


def test_litellms_numbered_pages_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADVISOR_SERVER_KEY", raising=False)

    def respond(path: str, asked: dict[str, list[str]], headers: Any) -> Answer:
        number = int(asked.get("page", ["1"])[0])
        told = {"total": 3, "page": number, "page_size": 1, "total_pages": 3}
        return as_json({"data": [spend_row(f"r{number}")], **told})

    with api(respond) as url:
        assert sums(imported(f"{url}/spend/logs/ui?page_size=1"))[4] == 3
