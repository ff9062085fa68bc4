"""Who is let in, and what does every answer carry?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from dashboard_at import dashboard_at, some_runs

from advisor.errors import InputError
from advisor.history.store import RunStore
from advisor.web.dashboard.access import access_to
from advisor.web.dashboard.guard import HEADERS, LARGEST_BODY
from advisor.web.dashboard.languages import language_of

TOKEN = "a-token-of-a-test-1234"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    return some_runs(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def url(store: RunStore) -> Iterator[str]:
    with dashboard_at(store) as url:
        yield url


@pytest.fixture(scope="module")
def guarded(store: RunStore) -> Iterator[str]:
    with dashboard_at(store, host="0.0.0.0", token=TOKEN) as url:
        yield url


PATHS = ("/", "/history", "/runs/run-1", "/nope", "/runs/nope", "/static/dashboard.css", "/healthz")


@pytest.mark.parametrize("path", [*PATHS, "/metrics", "/api/v1/history", "/api/openapi.json"])
def test_every_answer_carries_the_headers(url: str, path: str) -> None:
    answer = requests.get(url + path, timeout=30)
    assert answer.headers.items() >= HEADERS.items()
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil:80", "10.0.0.1", "", "[::"]
)
def test_another_name_for_this_server_is_refused(url: str, host: str) -> None:
    answer = requests.get(url, headers={"Host": host}, timeout=30)
    assert answer.status_code in (400, 421)
    assert "run-1" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:99", "127.0.0.1", "[::1]:8470"])
def test_its_own_names_are_known(url: str, host: str) -> None:
    assert requests.get(url, headers={"Host": host}, timeout=30).status_code == 200


@pytest.mark.parametrize("path", ["/measure", "/measure/stop", "/api/v1/measurement", "/login"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_other_sites_change_nothing(url: str, path: str, headers: dict[str, str]) -> None:
    answer = requests.post(url + path, headers=headers, timeout=30)
    assert answer.status_code == 403
    assert requests.get(f"{url}/api/v1/measurement", timeout=30).json()["state"] == "idle"


def test_other_sites_cannot_embed_or_read_a_page_but_may_link_to_it(url: str) -> None:
    embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert requests.get(f"{url}/history", headers=embedded, timeout=30).status_code == 403
    linked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert requests.get(f"{url}/history", headers=linked, timeout=30).status_code == 200


@pytest.mark.parametrize("path", ["/measure", "/measure/stop"])
@pytest.mark.parametrize("fields", [{}, {"form_secret": "x" * 64}, {"form_secret": "é"}])
def test_a_form_without_this_servers_secret_starts_nothing(
    url: str, path: str, fields: dict[str, str]
) -> None:
    assert requests.post(url + path, data=fields, timeout=30).status_code == 400
    assert requests.get(f"{url}/api/v1/measurement", timeout=30).json()["state"] == "idle"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_the_api_takes_nothing_that_a_form_can_send(url: str, kind: str) -> None:
    answer = requests.post(
        f"{url}/api/v1/measurement", data="{}", headers={"Content-Type": kind}, timeout=30
    )
    assert answer.status_code == 400
    assert requests.get(f"{url}/api/v1/measurement", timeout=30).json()["state"] == "idle"


def test_a_body_is_bounded_whether_its_length_is_told_or_not(url: str) -> None:
    large = b" " * (LARGEST_BODY + 1)
    json = {"Content-Type": "application/json"}
    for body in (large, iter([large[:1000]] * 70)):
        answer = requests.post(f"{url}/api/v1/advice", data=body, headers=json, timeout=30)
        assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/", "/history", "/api/v1/history", "/metrics", "/runs/run-1"])
def test_nothing_is_told_without_the_token(guarded: str, path: str) -> None:
    asked = [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Cookie": f"advisor_session={TOKEN}"},
        {"Cookie": "advisor_session="},
    ]
    for headers in asked:
        answer = requests.get(guarded + path, headers=headers, timeout=30)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    page = requests.get(
        guarded + path, headers={"Accept": "text/html"}, allow_redirects=False, timeout=30
    )
    assert (page.status_code, page.headers["Location"]) == (303, "/login")
    assert requests.get(f"{guarded}{path}?token=wrong", timeout=30).status_code == 401


def test_the_token_opens_and_is_not_kept_in_the_cookie(guarded: str) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert requests.get(f"{guarded}/api/v1/history", headers=bearer, timeout=30).ok
    visitor = requests.Session()
    first = visitor.get(
        f"{guarded}/history?token={TOKEN}&model=smol", allow_redirects=False, timeout=30
    )
    assert (first.status_code, first.headers["Location"]) == (303, "/history?model=smol")
    cookie = first.headers["Set-Cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert TOKEN not in first.headers["Set-Cookie"]
    assert visitor.get(f"{guarded}/history", timeout=30).status_code == 200


def test_the_token_is_typed_into_a_page(guarded: str) -> None:
    visitor = requests.Session()
    assert visitor.get(f"{guarded}/login", timeout=30).ok
    wrong = visitor.post(f"{guarded}/login", data={"token": "no"}, timeout=30)
    assert wrong.status_code == 403 and not visitor.cookies
    right = visitor.post(f"{guarded}/login", data={"token": TOKEN}, timeout=30)
    assert right.ok and urlsplit(right.url).path == "/"


def test_the_way_back_never_leads_elsewhere(guarded: str) -> None:
    answer = requests.get(
        f"{guarded}//evil.example/?token={TOKEN}", allow_redirects=False, timeout=9
    )
    assert answer.headers.get("Location", "/") == "/evil.example/"


def test_beyond_this_machine_there_is_always_a_token() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.4"):
        made, other = access_to(host, token=None), access_to(host, token=None)
        assert made.token and len(made.token) >= 32 and made.token != other.token
        assert made.knows_host("192.168.1.4:8470") and not made.knows_host("evil.example")
    for host in ("127.0.0.1", "::1", "localhost"):
        assert access_to(host, token=None).token is None
    assert access_to("127.0.0.1", token=TOKEN).token == TOKEN
    assert access_to("127.0.0.1", token=None, names=("Box.lan",)).knows_host("box.lan:80")


@pytest.mark.parametrize(("host", "token"), [("nowhere", None), ("127.0.0.1", "short")])
def test_bad_addresses_and_tokens_are_refused(host: str, token: str | None) -> None:
    with pytest.raises(InputError):
        access_to(host, token=token)


@pytest.mark.parametrize(
    ("asked", "cookies", "accepted", "language"),
    [
        (None, {}, "", "en"),
        (None, {}, "zh-TW,zh;q=0.9,en;q=0.8", "zh-TW"),
        (None, {}, "en-GB,zh-TW;q=0.9", "en"),
        (None, {}, "fr,zh-Hant-HK;q=0.3", "zh-TW"),
        (None, {}, "en;q=0,zh-TW;q=0.1", "zh-TW"),
        (None, {}, "zh-TW;q=x", "en"),
        (None, {"advisor_lang": "zh-TW"}, "en", "zh-TW"),
        ("en", {"advisor_lang": "zh-TW"}, "zh-TW", "en"),
        ("<b>", {"advisor_lang": "<b>"}, "fr", "en"),
    ],
)
def test_the_language_is_chosen(
    asked: str | None, cookies: dict[str, str], accepted: str, language: str
) -> None:
    assert language_of(asked, cookies, accepted) == language


def test_a_chosen_language_is_kept(url: str) -> None:
    visitor = requests.Session()
    assert 'lang="en"' in visitor.get(url, timeout=30).text
    assert 'lang="zh-Hant-TW"' in visitor.get(f"{url}/?lang=zh-TW", timeout=30).text
    assert "自有機器還是 API？" in visitor.get(url, timeout=30).text
    assert requests.get(f"{url}/?lang=<script>", timeout=30).ok


def test_a_mistake_of_ours_shows_no_traceback(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ValueError("secret-of-a-traceback\x1b[31m")

    with dashboard_at(store) as url:
        monkeypatch.setattr(RunStore, "history", breaks)
        for path in ("/", "/api/v1/history"):
            answer = requests.get(url + path, timeout=30)
            assert answer.status_code == 500
            assert "secret-of" not in answer.text and "Traceback" not in answer.text
            assert answer.headers.items() >= HEADERS.items()
    told = capsys.readouterr().err
    assert "internal error at /: ValueError: secret-of-a-traceback" in told
    assert "\x1b" not in told and "Traceback" not in told


def test_static_files_lead_nowhere_else(url: str, tmp_path: Path) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd"):
        assert requests.get(url + path, timeout=30).status_code == 404
